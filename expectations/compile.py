"""YAML checks compiled to Great Expectations suites. The only module that imports great_expectations, and it does so late.

A row check (`checks:`) names a residual (an SQL expression over the columns of one row that should lie between `min` and `max`), a severity,
the column whose cell it points at and its message.

A check across rows, files and forms (`across:`) is a SELECT over the computed tables that returns a residual for everything it judges. Its
bounds, severity and message are declared in the same words.

SQL computes the residuals and says which are different; one suite, with an expectation for each pair of bounds, judges all of them: of the row checks
once for the files that are taken in together, of the checks across files once for a run. SQL then finds the rows of those that fail.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import re
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import yaml

FOLDER = Path(__file__).resolve().parent
SEVERITIES = ("error", "warning", "info")


# What a check of a row may use beside the columns of its form. `missing_as_dead` is the jurisdiction's: whether the missing count for the level.
CONTEXT = {"submission_id": "VARCHAR", "region_id": "VARCHAR", "period": "VARCHAR", "span": "VARCHAR", "basis": "VARCHAR", "submitter_id": "VARCHAR",
           "submitter_level": "VARCHAR", "received_on": "DATE", "received_at": "TIMESTAMP", "missing_as_dead": "BOOLEAN"}


@dataclass(frozen=True)
class Check:
    """One declared check of a row.

    `residual` is null where a value it needs is missing: then there is nothing to judge. `computed` is an SQL expression that residual and
    texts name {computed}: what should stand in the column, or the measure it is judged by. `code`: the word under which its findings are listed, where that is not its number.
    """

    id: str
    severity: str
    residual: str
    column: str
    zh: str
    en: str
    expected: str = ""
    min: float | None = None
    max: float | None = None
    code: str = ""
    computed: str = ""
    place: int = 0

    @property
    def name(self) -> str:
        return f"residual_{self.place}_{self.id}"

    @property
    def expression(self) -> str:
        """The residual in SQL, with `computed` in its place."""
        return self.residual.replace("{computed}", f"({self.computed})")


PLACE = ("form_id", "region_id", "period", "submission_id", "sheet", "cell", "value", "expected")  # what an across check says of each finding


@dataclass(frozen=True)
class Across:
    """One declared check across rows, files or forms.

    `sql` selects form_id, region_id, period, submission_id, sheet, cell, value, expected and residual, one row for everything judged, and
    whatever else the texts name. `number` is the check's number in the specification where `id` is a name. `restricted`: what its texts name
    is not released, only that there is a finding. `source` is the declaring file, `form_id` the form it belongs to, empty in cross.yml.
    """

    id: str
    severity: str
    sql: str
    zh: str
    en: str
    number: str = ""
    min: float | None = None
    max: float | None = None
    restricted: bool = False
    source: str = ""
    form_id: str = ""


@dataclass(frozen=True)
class Shared:
    """A table that several across checks read; a view is spelled out when read, not stored."""

    name: str
    sql: str
    view: bool = False


@dataclass(frozen=True)
class Message:
    """Severity and texts of a finding; `rejects`: the file is refused. `kinds`: the kinds of reconciliation it speaks of. `expects`: what
    should stand in the cell, where the finding's `expected` is the name of its column."""

    severity: str
    zh: str
    en: str
    rejects: bool = False
    kinds: tuple[str, ...] = ()
    expects: str = ""

    def render(self, language: str, **values: str) -> str:
        text = self.zh if language == "zh" else self.en
        return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], place[0])), text)


@dataclass(frozen=True)
class Rule:
    """A rule as the site lists it. `check_id`: the word under which its findings are listed; `found_by`: what gives a finding this number."""

    rule_id: str
    form_id: str
    kind: str
    check_id: str
    severity: str
    zh: str
    en: str
    expected: str = ""
    column: str = ""
    found_by: str = ""


@cache
def _read(path: Path):
    """What a file declares; never changed by who reads it."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def checks_of(form_id: str, columns: set[str], own: Iterable[dict] = ()) -> list[Check]:
    """The declared row checks of a form, and its `own`: those written in the form's own file. Raises ValueError naming a check that is not complete."""
    path = FOLDER / f"{form_id}.yml"
    declared = _read(path).get("checks") or () if path.exists() else ()
    checks = []
    for place, raw in enumerate((*declared, *own)):
        try:
            check = Check(**raw, place=place)
        except TypeError as error:
            raise ValueError(f"{path.name}: {raw.get('id')}: {error}") from error
        if check.severity not in SEVERITIES or check.column not in columns:
            raise ValueError(f"{path.name}: {check.id}: severity {check.severity!r}, column {check.column!r}")
        checks.append(check)
    return checks


def across_checks(forms: Mapping[str, object]) -> tuple[list[Shared], list[Across]]:
    """The shared tables, in the order to make them, and every check across rows, files and forms.

    `forms`: form id -> the form, with `across`, what its own file declares. Raises ValueError naming a check that is not complete.
    """
    tables: list[Shared] = []
    checks = []
    for form_id in ("", *forms):
        path = FOLDER / f"{form_id or 'cross'}.yml"
        declared = _read(path) if path.exists() else {}
        for kind in ("views", "tables"):
            tables += [Shared(name, sql, kind == "views") for name, sql in (declared.get(kind) or {}).items()]
        own = getattr(forms.get(form_id), "across", ())
        for source, entries in ((path.name, declared.get("across") or ()), (f"forms/{path.name}", own)):
            for raw in entries:
                try:
                    check = Across(**{"number": raw["id"], **raw, "source": source, "form_id": form_id})
                except (TypeError, KeyError) as error:
                    raise ValueError(f"{source}: across: {raw.get('id')}: {error}") from error
                if check.severity not in SEVERITIES or check.min is None and check.max is None:
                    raise ValueError(f"{source}: across: {check.id}: severity {check.severity!r}, min {check.min!r}, max {check.max!r}")
                checks.append(check)
    return tables, checks


@cache
def messages() -> dict[str, Message]:
    """The catalogue of findings that are not row checks, by check id."""
    raw = _read(FOLDER / "messages.yml")
    return {check_id: Message(**{**entry, "kinds": tuple(entry.get("kinds", ()))}) for check_id, entry in raw.items()}


def catalogue(forms: Mapping[str, object]) -> list[Rule]:
    """Every rule there is, in the order of the forms: the row checks of each form with the numbers that common checks have in it and its checks
    across files, then the common checks and those between forms. `forms`: form id -> the form, with `column_ids`, `checks` and `across` (those
    in its own file). Raises ValueError for a number that belongs to no check."""
    common = messages()
    of_kind = {kind: name for name, message in common.items() for kind in message.kinds}
    rules = []
    across: dict[str, list[Rule]] = {}
    for check in across_checks(forms)[1]:
        across.setdefault(check.form_id, []).append(
            Rule(check.number, check.form_id, "across", check.id, check.severity, check.zh, check.en, "{expected}"))
    for form_id, form in forms.items():
        for check in checks_of(form_id, form.column_ids, form.checks):
            rules.append(Rule(check.id, form_id, "row", check.code or check.id, check.severity, check.zh, check.en, check.expected, check.column,
                              check.code))
        path = FOLDER / f"{form_id}.yml"
        for found_by, number in (_read(path).get("numbers") or {} if path.exists() else {}).items():
            name = of_kind.get(found_by.partition(".")[0], found_by)
            if name not in common:
                raise ValueError(f"{path.name}: numbers: {found_by}: 没有这种核对 / there is no such check")
            message = common[name]
            rules.append(Rule(number, form_id, "common", name, message.severity, message.zh, message.en, "", found_by.partition(".")[2], found_by))
        rules += across.get(form_id, [])
    rules += [Rule(name, "", "common", name, m.severity, m.zh, m.en) for name, m in common.items()]
    return rules + across.get("", [])


_ONE_AT_A_TIME = threading.RLock()


def _context():
    with _ONE_AT_A_TIME:
        return _made()


@cache
def _made():
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import logging

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with _uncollected(), _put_off("altair", "scipy.stats"):  # half of it, for one check that nobody here declares and for its picture
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        frames = context.data_sources.add_pandas("frames").add_dataframe_asset("frames").add_batch_definition_whole_dataframe("all")
    return gx, frames


@contextmanager
def _uncollected():
    """Half a million objects that stay to the end are not looked through for garbage again and again, nor when all ends."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()
    gc.freeze()
    atexit.register(gc.unfreeze)  # for DuckDB, which counts what is left over
    atexit.register(gc.disable)


def warm() -> None:
    """Import Great Expectations, which takes seconds, before it is needed."""
    _context()


def warm_meanwhile() -> None:
    """The same, while something else is done: whoever needs it first waits for the rest only."""
    if not _made.cache_info().currsize:
        threading.Thread(target=_context, daemon=True).start()


class _PutOff(ModuleType):
    """A module that is not imported before something of it is used, by whatever thread."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _put_off(*modules: str):
    """What is imported in the block does without these until it uses them; whoever imports them afterwards gets them as ever."""
    put_off = [_PutOff(name) for name in modules if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in put_off})
    try:
        yield
    finally:
        for module in put_off:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]


def _validate(frame, expectations: list, result_format: dict):
    gx, frames = _context()
    suite = gx.ExpectationSuite(name="checks", expectations=expectations)
    with _ONE_AT_A_TIME:  # it is one batch, with another frame each time
        result = frames.get_batch({"dataframe": frame}).validate(suite, result_format=result_format)
    for outcome in result.results:
        if outcome.exception_info and outcome.exception_info.get("raised_exception"):
            raise RuntimeError(f"{outcome.expectation_config.kwargs}: {outcome.exception_info}")
    return result.results


def failing_residuals(judged: Sequence[tuple[float | None, float | None, Sequence[float]]]) -> list[list[float]]:
    """For each check (min, max, residuals): every residual outside its bounds, not the first two hundred.

    One suite with an expectation for each pair of bounds, over a frame with a column of the different residuals that have to lie between them:
    an expectation costs 12 ms however few numbers it sees. Bounds under which nothing was judged are left out.
    """
    import numpy as np
    import pandas as pd

    bounds: dict[tuple[float | None, float | None], set[float]] = {}
    for low, high, residuals in judged:
        bounds.setdefault((low, high), set()).update(residuals)
    columns = {between: sorted(residuals) for between, residuals in bounds.items() if residuals}
    if not columns:
        return [[] for _ in judged]
    length = max(map(len, columns.values()))
    frame = pd.DataFrame({f"residual_{i}": np.pad(np.asarray(values, "float64"), (0, length - len(values)), constant_values=np.nan)
                          for i, values in enumerate(columns.values())})
    frame["position"] = range(length)
    gx, *_ = _context()
    expectations = [gx.expectations.ExpectColumnValuesToBeBetween(column=f"residual_{i}", min_value=low, max_value=high, meta={"bounds": i})
                    for i, (low, high) in enumerate(columns)]
    every = {"result_format": "COMPLETE", "unexpected_index_column_names": ["position"], "partial_unexpected_count": length}
    outside: dict[tuple, set[float]] = {}
    for outcome in _validate(frame, expectations, every):
        if not outcome.success:
            between, residuals = list(columns.items())[outcome.expectation_config.meta["bounds"]]
            outside[between] = {residuals[index["position"]] for index in outcome.result["unexpected_index_list"]}
    return [[residual for residual in residuals if residual in outside.get((low, high), ())] for low, high, residuals in judged]


def table_residuals(spec: dict) -> dict[str, str]:
    """What a table's `.yml` asks for as SQL residuals that must be zero in every row: name -> expression."""

    def count(conditions: list[str]) -> str:
        return " + ".join(f"CASE WHEN {c} THEN 1 ELSE 0 END" for c in conditions) or "0"

    missing, unlisted, outside = [], [], []
    for column in spec["columns"]:
        name = '"' + column["name"] + '"'
        if column.get("required"):
            missing.append(f"{name} IS NULL")
        if column.get("enum"):
            unlisted.append(f"{name} NOT IN ({', '.join(repr(str(v)) for v in column['enum'])})")
        if "min" in column:
            outside.append(f"{name} < {column['min']}")
        if "max" in column:
            outside.append(f"{name} > {column['max']}")
    key = ", ".join(f'"{k}"' for k in spec["key"])
    return {
        "required_missing": count(missing),
        "not_in_code_list": count(unlisted),
        "out_of_bounds": count(outside),
        "key_repeated": f"count(*) OVER (PARTITION BY {key}) - 1",
    }


def judge_tables(frame) -> dict[str, dict[str, int]]:
    """Validate a frame of one row a table: `table` and, for each rule of `table_residuals`, how many rows break it.

    Returns for each table the rules it breaks with that number.
    """
    gx, *_ = _context()
    rules = [c for c in frame.columns if c != "table"]
    expectations = [gx.expectations.ExpectColumnValuesToBeBetween(column=rule, min_value=0, max_value=0) for rule in rules]
    every = {"result_format": "COMPLETE", "unexpected_index_column_names": ["table"], "partial_unexpected_count": len(frame)}
    broken: dict[str, dict[str, int]] = {table: {} for table in frame["table"]}
    for outcome in _validate(frame, expectations, every):
        if not outcome.success:
            rule = outcome.expectation_config.kwargs["column"]
            for index in outcome.result["unexpected_index_list"]:
                broken[index["table"]][rule] = int(index[rule])
    return broken

"""YAML checks compiled to Great Expectations suites. The only module that imports great_expectations, and it does so late.

A check names a residual (an SQL expression over the columns of one row that should lie between `min` and `max`), a severity, the column
whose cell it points at and its message. One suite runs once over a batch of rows of many submissions; the failing rows come back all,
not the first twenty, so that each can be routed to its file and cell.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Check:
    """One declared check. `residual` is null where a value it needs is missing: then there is nothing to judge."""

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

    @property
    def name(self) -> str:
        return f"residual_{self.id}_{self.column}"


@dataclass(frozen=True)
class Message:
    """Severity and texts of a finding; `rejects`: the file is refused."""

    severity: str
    zh: str
    en: str
    rejects: bool = False

    def render(self, language: str, **values: str) -> str:
        text = self.zh if language == "zh" else self.en
        return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], place[0])), text)


def _read(path: Path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def checks_of(form_id: str, columns: set[str], own: Iterable[dict] = ()) -> list[Check]:
    """The declared row checks of a form, and its `own`: those written in the form's own file. Raises ValueError naming a check that is not complete."""
    path = FOLDER / f"{form_id}.yml"
    declared = _read(path).get("checks") or () if path.exists() else ()
    checks = []
    for raw in (*declared, *own):
        try:
            check = Check(**raw)
        except TypeError as error:
            raise ValueError(f"{path.name}: {raw.get('id')}: {error}") from error
        if check.severity not in SEVERITIES or check.column not in columns:
            raise ValueError(f"{path.name}: {check.id}: severity {check.severity!r}, column {check.column!r}")
        checks.append(check)
    return checks


@cache
def messages() -> dict[str, Message]:
    """The catalogue of findings that are not row checks, by check id."""
    raw = _read(FOLDER / "messages.yml")
    return {check_id: Message(**entry) for check_id, entry in raw.items()}


@cache
def _context():
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import logging

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return gx, context.data_sources.add_pandas("frames"), itertools.count()


def warm() -> None:
    """Import Great Expectations, which takes seconds, before it is needed."""
    _context()


def _validate(frame, expectations: list, result_format: dict):
    gx, source, numbers = _context()
    name = f"frame_{next(numbers)}"
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    result = batch.validate(gx.ExpectationSuite(name=name, expectations=expectations), result_format=result_format)
    source.delete_asset(name)
    for outcome in result.results:
        if outcome.exception_info and outcome.exception_info.get("raised_exception"):
            raise RuntimeError(f"{outcome.expectation_config.kwargs}: {outcome.exception_info}")
    return result.results


def failing_rows(frame, checks: list[Check]) -> dict[Check, list[int]]:
    """Run the checks as one suite over a pandas frame that has a `residual_<id>_<column>` column for each.

    Returns, for each check, the positions of every row outside its bounds.
    """
    if not checks or frame.empty:
        return {}
    gx, *_ = _context()
    expectations = [
        gx.expectations.ExpectColumnValuesToBeBetween(column=c.name, min_value=c.min, max_value=c.max, meta={"check": i})
        for i, c in enumerate(checks)
    ]
    every = {"result_format": "COMPLETE", "unexpected_index_column_names": ["position"], "partial_unexpected_count": len(frame)}
    failures: dict[Check, list[int]] = {}
    for outcome in _validate(frame, expectations, every):
        if not outcome.success:
            check = checks[outcome.expectation_config.meta["check"]]
            failures[check] = [int(i["position"]) for i in outcome.result["unexpected_index_list"]]
    return failures


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

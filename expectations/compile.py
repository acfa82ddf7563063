"""YAML checks compiled to Great Expectations suites. The only module that imports great_expectations, and it does so late.

A check names a residual (an SQL expression over the columns of one row that should lie between `min` and `max`), a severity, the column
whose cell it points at and its message. One suite runs once over a batch of rows of many submissions; the failing rows come back all,
not the first twenty, so that each can be routed to its file and cell.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
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
        for key, value in values.items():
            text = text.replace("{" + key + "}", str(value))
        return text


def checks_of(form_id: str, columns: set[str]) -> list[Check]:
    """The declared checks of a form that its columns allow. Raises ValueError naming a check that is not complete."""
    path = FOLDER / f"{form_id}.yml"
    if not path.exists():
        return []
    checks = []
    for raw in yaml.safe_load(path.read_text(encoding="utf-8"))["checks"]:
        try:
            check = Check(**raw)
        except TypeError as error:
            raise ValueError(f"{path.name}: {raw.get('id')}: {error}") from error
        if check.severity not in SEVERITIES or check.column not in columns:
            raise ValueError(f"{path.name}: {check.id}: severity {check.severity!r}, column {check.column!r}")
        checks.append(check)
    return checks


def messages() -> dict[str, Message]:
    """The catalogue of findings that are not row checks, by check id."""
    raw = yaml.safe_load((FOLDER / "messages.yml").read_text(encoding="utf-8"))
    return {check_id: Message(**entry) for check_id, entry in raw.items()}


def _context():
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import logging

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return gx, context


def failing_rows(frame, checks: list[Check]) -> dict[Check, list[int]]:
    """Run the checks as one suite over a pandas frame that has a `residual_<id>_<column>` column for each.

    Returns, for each check, the positions of every row outside its bounds.
    """
    if not checks or frame.empty:
        return {}
    gx, context = _context()
    batch = (
        context.data_sources.add_pandas("rows")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame})
    )
    suite = gx.ExpectationSuite(
        name="rows",
        expectations=[
            gx.expectations.ExpectColumnValuesToBeBetween(column=c.name, min_value=c.min, max_value=c.max, meta={"check": i})
            for i, c in enumerate(checks)
        ],
    )
    result = batch.validate(
        suite,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["position"],
            "partial_unexpected_count": len(frame),
        },
    )
    failures: dict[Check, list[int]] = {}
    for outcome in result.results:
        if outcome.exception_info and outcome.exception_info.get("raised_exception"):
            raise RuntimeError(f"{outcome.expectation_config.kwargs}: {outcome.exception_info}")
        if not outcome.success:
            check = checks[outcome.expectation_config.meta["check"]]
            failures[check] = [int(i["position"]) for i in outcome.result["unexpected_index_list"]]
    return failures


def table_expectations(spec: dict) -> list[tuple[str, dict]]:
    """(expectation type, arguments) that a table's `.yml` asks for: key unique, required columns, enums, bounds."""
    found: list[tuple[str, dict]] = []
    if len(spec["key"]) > 1:
        found.append(("ExpectCompoundColumnsToBeUnique", {"column_list": spec["key"], "ignore_row_if": "never"}))
    else:
        found.append(("ExpectColumnValuesToBeUnique", {"column": spec["key"][0]}))
    for column in spec["columns"]:
        name = column["name"]
        if column.get("required"):
            found.append(("ExpectColumnValuesToNotBeNull", {"column": name}))
        if column.get("enum"):
            found.append(("ExpectColumnValuesToBeInSet", {"column": name, "value_set": column["enum"]}))
        if "min" in column or "max" in column:
            bounds = {"min_value": column.get("min"), "max_value": column.get("max")}
            found.append(("ExpectColumnValuesToBeBetween", {"column": name, **bounds}))
    return found


def judge_tables(tables: dict[str, tuple[dict, object]]) -> dict[str, list[dict]]:
    """Validate computed tables against what their `.yml` asks. `tables`: name -> (spec, pandas frame).

    Returns for each table one line per expectation: {expectation, column, success, unexpected}.
    """
    gx, context = _context()
    source = context.data_sources.add_pandas("tables")
    verdicts: dict[str, list[dict]] = {}
    for name, (spec, frame) in tables.items():
        if frame.empty:
            verdicts[name] = []
            continue
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(
            name=name, expectations=[getattr(gx.expectations, kind)(**kwargs) for kind, kwargs in table_expectations(spec)]
        )
        lines = []
        for outcome in batch.validate(suite, result_format="SUMMARY").results:
            kwargs = outcome.expectation_config.kwargs
            lines.append(
                {
                    "expectation": outcome.expectation_config.type,
                    "column": str(kwargs.get("column") or ",".join(kwargs.get("column_list", []))),
                    "success": bool(outcome.success),
                    "unexpected": int(outcome.result.get("unexpected_count") or 0),
                }
            )
        verdicts[name] = lines
    return verdicts

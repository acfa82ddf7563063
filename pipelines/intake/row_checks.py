"""The declared checks of all forms, judged once over the rows of many files; every failing row goes back to its file and cell.

SQL computes a residual for every row and check, Great Expectations judges the different residuals of all checks in one run of one suite, and
the rows of those that fail are found again by SQL, all of them. What a run costs does not depend on how many rows there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from expectations import compile as suites
from pipelines.engines import schema
from pipelines.engines.warehouse import FUNCTIONS, quote
from pipelines.intake.parsed import Finding
from pipelines.intake.reading import Reading
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Form

KEY = ("region_id", "period", "span", "basis")
Files = Mapping[str, tuple[Reading, dt.datetime]]  # by submission: what was read, and when it arrived by the sender's clock


class Part(NamedTuple):
    """A form, its checks, and an Arrow table of its rows as they are stored."""

    form: Form
    checks: list[suites.Check]
    rows: object


def judge(jurisdiction: Jurisdiction, parts: Sequence[Part], columns, files: Files) -> None:
    """Add to the readings what the checks find. `columns`: an Arrow table of where the columns of the rows stand (`sheet_columns`)."""
    import duckdb

    if not parts:
        return
    with duckdb.connect() as con:
        con.execute(FUNCTIONS)
        con.register("files", _context(jurisdiction, files))
        judged = [(part, check, residuals) for part in parts for check, residuals in zip(part.checks, _residuals(con, part), strict=True)]
        verdicts = suites.failing_residuals([(check.min, check.max, residuals) for _, check, residuals in judged])
        failing: dict[str, dict[suites.Check, list[float]]] = {}
        for (part, check, _), residuals in zip(judged, verdicts, strict=True):
            if residuals:
                failing.setdefault(part.form.id, {})[check] = residuals
        found = [(part.form, *row) for part in parts if part.form.id in failing for row in _failing_rows(con, part, failing[part.form.id])]
    if not found:
        return
    letters = _letters(columns, {row["submission_id"] for _, _, row in found})
    for form, check, row in found:
        reading, _ = files[row["submission_id"]]
        letter = letters.get((row["submission_id"], row["sheet"], row["span"], check.column), "A")
        reading.findings.append(_finding(jurisdiction, form, check, row, letter))


# --- what is judged ---------------------------------------------------------------------------------------------------


def _context(jurisdiction: Jurisdiction, files: Files):
    """What a file brings to each of its rows, as an Arrow table."""
    levels = {region_id: regions[-1].level for region_id, regions in jurisdiction.region_by_id.items()}
    by_file = [
        {"submission_id": sid, "submitter_id": reading.submitter, "submitter_level": levels.get(reading.submitter, ""), "received_at": arrived,
         "received_on": arrived.date(), "missing_as_dead": jurisdiction.missing_as_dead["level"]}
        for sid, (reading, arrived) in files.items()
    ]
    columns = {name: suites.CONTEXT[name] for name in by_file[0]}
    return schema.arrow_table(columns, [tuple(file.values()) for file in by_file])


def _residuals(con, part: Part) -> list[list[float]]:
    """For each check the different residuals of the rows. Makes `stored`, `batch` and `judged` of the form: its rows by position, as they are
    stored, as a check sees them, and their residuals."""
    import pyarrow as pa

    form, rows = part.form, part.rows
    stored, batch, judged = (_name(kind, form) for kind in ("stored", "batch", "judged"))
    con.register(f"stored_{form.table}", rows.append_column("position", pa.array(range(len(rows)), pa.int64())))
    names = [quote(n) for n in rows.column_names if n not in (*form.measure_by_id, *KEY)] + [quote(n) for n in suites.CONTEXT if n not in rows.column_names]
    names += [f"nullif({name}, '') AS {name}" for name in KEY]  # of a lost row
    names += [f"CAST({quote(m.id)} AS DOUBLE) AS {quote(m.id)}" for m in form.measures]
    con.execute(f"CREATE VIEW {batch} AS SELECT position, {', '.join(names)} FROM {stored} JOIN files USING (submission_id)")
    residuals = ", ".join(f"CAST(round({c.expression}, 6) AS DOUBLE) AS {quote(c.name)}" for c in part.checks)
    con.execute(f"CREATE TABLE {judged} AS SELECT position, {residuals} FROM {batch}")
    different = ", ".join(f"list(DISTINCT {name}) FILTER ({name} IS NOT NULL)" for name in (quote(c.name) for c in part.checks))
    ((*found,),) = con.execute(f"SELECT {different} FROM {judged}").fetchall()
    return [sorted(residuals or ()) for residuals in found]


def _failing_rows(con, part: Part, failing: Mapping[suites.Check, list[float]]) -> list[tuple[suites.Check, dict]]:
    """Each check with each row that fails it, as it is stored, with what the file brings and what the checks that fail compute."""
    stored, batch, judged = (_name(kind, part.form) for kind in ("stored", "batch", "judged"))
    found = " UNION ALL ".join(f"SELECT {i} AS place, position FROM {judged} WHERE {quote(c.name)} IN (SELECT unnest(CAST(${i} AS DOUBLE[])))"
                               for i, c in enumerate(failing, start=1))
    computed = "".join(f", CAST({c.computed} AS VARCHAR) AS {quote(_computed(c))}" for c in failing if c.computed)
    result = con.execute(
        f"WITH failing AS ({found}), computed AS (SELECT position{computed} FROM {batch}) "
        f"SELECT failing.place, stored.* EXCLUDE (position), files.* EXCLUDE (submission_id), computed.* EXCLUDE (position) FROM failing "
        f"JOIN {stored} AS stored USING (position) JOIN computed USING (position) JOIN files USING (submission_id) "
        f"ORDER BY failing.place, failing.position", list(failing.values()))
    checks, names = list(failing), [column[0] for column in result.description]
    return [(checks[row[0] - 1], dict(zip(names[1:], row[1:], strict=True))) for row in result.fetchall()]


def _name(kind: str, form: Form) -> str:
    return quote(f"{kind}_{form.table}")


def _computed(check: suites.Check) -> str:
    return f"computed_{check.place}"


# --- what is said of it -----------------------------------------------------------------------------------------------


def _letters(columns, submissions: set[str]) -> dict[tuple, str]:
    """The letters of the columns of these submissions, by submission, sheet, span and column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = columns.filter(pc.is_in(columns["submission_id"], pa.array(sorted(submissions), pa.string())))
    return {tuple(place.values())[:4]: place["letter"] for place in wanted.to_pylist()}


def _finding(jurisdiction: Jurisdiction, form: Form, check: suites.Check, row: Mapping[str, object], letter: str) -> tuple[Finding, str, str, str]:
    """A finding of a row that fails, with its severity and its texts in Chinese and English."""
    said = {language: {name: _shown(jurisdiction, form, name, value, language) for name, value in row.items()} for language in ("zh", "en")}
    if check.computed:
        for language in said:
            said[language]["computed"] = _shown(jurisdiction, form, check.column, row[_computed(check)], language)
    fill = suites.Message(check.severity, check.zh, check.en)
    expected = suites.Message("info", check.expected, check.expected).render("zh", **said["zh"])
    finding = Finding(check.code or check.id, row["sheet"], f"{letter}{row['row']}", said["zh"][check.column], expected, row["region_id"], row["period"])
    return finding, check.severity, fill.render("zh", **said["zh"]), fill.render("en", **said["en"])


def _shown(jurisdiction: Jurisdiction, form: Form, column: str, value: object, language: str) -> str:
    """A value as a reader of the language knows it: a code by its name, a number without empty decimals."""
    declared = form.field_by_id.get(column) or next((d for d in form.dimensions if d.id == column), None)
    for code in jurisdiction.reference.codes.get(declared.codes, ()) if declared else ():
        if code.code == value:
            return getattr(code, language)
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[language]
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "" if value is None else str(value).removesuffix(".0")

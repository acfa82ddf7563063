"""The declared checks of all forms, judged once over the rows of many files; every failing row goes back to its file and cell.

SQL computes a residual for every row and check, Great Expectations judges the different residuals of all checks in one run of one suite, and
all rows of those that fail are found again by their place. What a run of the suite costs does not depend on how many rows there are.
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
    import pyarrow as pa
    import pyarrow.compute as pc

    if not parts:
        return
    with duckdb.connect(config={"threads": 1}) as con:  # the other processors read
        con.execute(FUNCTIONS)
        con.register("files", _context(jurisdiction, files))
        judged = [(part, check, positions, residuals) for part in parts for check, positions, residuals in _residuals(con, part)]
        verdicts = suites.failing_residuals(
            [(check.min, check.max, pc.unique(residuals.drop_null()).sort().to_pylist()) for _, check, _, residuals in judged])
        failing: dict[str, dict[suites.Check, object]] = {}
        for (part, check, positions, residuals), outside in zip(judged, verdicts, strict=True):
            if outside:
                chosen = pc.is_in(residuals, pa.array(outside, pa.float64()))
                failing.setdefault(part.form.id, {})[check] = positions.filter(chosen)
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


def _residuals(con, part: Part) -> list[tuple[suites.Check, object, object]]:
    """Each check with the positions of the rows and their residuals, null where there is nothing to judge, as Arrow columns. Makes `stored` and
    `batch` of the form: its rows by position, as they are stored and as a check sees them."""
    import pyarrow as pa

    form, rows = part.form, part.rows
    stored, batch = (_name(kind, form) for kind in ("stored", "batch"))
    con.register(f"stored_{form.table}", rows.append_column("position", pa.array(range(len(rows)), pa.int64())))
    names = [quote(n) for n in rows.column_names if n not in (*form.measure_by_id, *KEY)] + [quote(n) for n in suites.CONTEXT if n not in rows.column_names]
    names += [f"nullif({name}, '') AS {name}" for name in KEY]  # of a lost row
    names += [f"CAST({quote(m.id)} AS DOUBLE) AS {quote(m.id)}" for m in form.measures]
    con.execute(f"CREATE VIEW {batch} AS SELECT position, {', '.join(names)} FROM {stored} JOIN files USING (submission_id)")
    residuals = ", ".join(f"CAST(round({c.expression}, 6) AS DOUBLE) AS {quote(c.name)}" for c in part.checks)
    judged = con.sql(f"SELECT position, {residuals} FROM {batch}").to_arrow_table()
    return [(check, judged["position"], judged[check.name]) for check in part.checks]


def _failing_rows(con, part: Part, failing: Mapping[suites.Check, object]) -> list[tuple[suites.Check, dict]]:
    """Each check with each row that fails it, as it is stored, with what the file brings and what the checks that fail compute.

    `failing`: by check the positions of the rows, as an Arrow column."""
    import pyarrow as pa

    stored, batch = (_name(kind, part.form) for kind in ("stored", "batch"))
    con.register("failing", pa.concat_tables(pa.table({"place": pa.repeat(pa.scalar(i, pa.int32()), len(positions)), "position": positions})
                                             for i, positions in enumerate(failing.values())))
    computed = "".join(f", CAST({c.computed} AS VARCHAR) AS {quote(_computed(c))}" for c in failing if c.computed)
    result = con.execute(
        f"WITH computed AS (SELECT position{computed} FROM {batch}) "
        f"SELECT failing.place, stored.* EXCLUDE (position), files.* EXCLUDE (submission_id), computed.* EXCLUDE (position) FROM failing "
        f"JOIN {stored} AS stored USING (position) JOIN computed USING (position) JOIN files USING (submission_id) "
        f"ORDER BY failing.place, failing.position")
    checks, names = list(failing), [column[0] for column in result.description]
    return [(checks[row[0]], dict(zip(names[1:], row[1:], strict=True))) for row in result.fetchall()]


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

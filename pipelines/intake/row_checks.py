"""The declared checks of a form, run once over the rows of many files; every failing row goes back to its file and cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from expectations import compile as suites
from pipelines.engines import schema
from pipelines.engines.warehouse import FUNCTIONS, quote
from pipelines.intake.reading import Reading
from pipelines.intake.table import Finding
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Form

KEY = ("region_id", "period", "span", "basis")
Files = Mapping[str, tuple[Reading, dt.datetime]]  # by submission: what was read, and when it arrived by the sender's clock


def judge(jurisdiction: Jurisdiction, form: Form, checks: list[suites.Check], rows, columns, files: Files) -> None:
    """Add to the readings what the checks find.

    `rows`: an Arrow table of the form's rows as they are stored; `columns`: where their columns stand (`sheet_columns`).
    """
    import duckdb
    import pyarrow as pa

    con = duckdb.connect()
    con.execute(FUNCTIONS)
    con.register("stored", rows.append_column("position", pa.array(range(len(rows)), pa.int64())))
    con.register("files", _context(jurisdiction, files))
    names = [quote(n) for n in rows.column_names if n not in (*form.measure_by_id, *KEY)] + [quote(n) for n in suites.CONTEXT if n not in rows.column_names]
    names += [f"nullif({name}, '') AS {name}" for name in KEY]  # of a lost row
    names += [f"CAST({quote(m.id)} AS DOUBLE) AS {quote(m.id)}" for m in form.measures]
    con.execute(f"CREATE VIEW batch AS SELECT position, {', '.join(names)} FROM stored JOIN files USING (submission_id)")
    residuals = ", ".join(f"CAST(round({c.expression}, 6) AS DOUBLE) AS {quote(c.name)}" for c in checks)
    judged = con.execute(f"SELECT position, {residuals} FROM batch ORDER BY position").df()
    failing = suites.failing_rows(judged, checks)
    shown = {position: row for row in _rows_at(con, failing) for position in [row.pop("position")]}
    con.close()
    if not failing:
        return
    places = {tuple(place.values())[:4]: place["letter"] for place in columns.to_pylist()}
    for check, positions in failing.items():
        for position in positions:
            row = shown[position]
            said = {language: {name: _shown(jurisdiction, form, name, value, language) for name, value in row.items()} for language in ("zh", "en")}
            if check.computed:
                for language in said:
                    said[language]["computed"] = _shown(jurisdiction, form, check.column, row[_computed(check)], language)
            letter = places.get((row["submission_id"], row["sheet"], row["span"], check.column), "A")
            fill = suites.Message(check.severity, check.zh, check.en)
            expected = suites.Message("info", check.expected, check.expected).render("zh", **said["zh"])
            finding = Finding(check.code or check.id, row["sheet"], f"{letter}{row['row']}", said["zh"][check.column], expected, row["region_id"],
                              row["period"])
            reading, _ = files[row["submission_id"]]
            reading.findings.append((finding, check.severity, fill.render("zh", **said["zh"]), fill.render("en", **said["en"])))


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


def _rows_at(con, failing: Mapping[suites.Check, list[int]]) -> list[dict]:
    """The rows that fail, as they are stored, with what the file brings and what the checks that they fail compute."""
    if not failing:
        return []
    positions = sorted({position for found in failing.values() for position in found})
    computed = "".join(f", CAST({c.computed} AS VARCHAR) AS {quote(_computed(c))}" for c in failing if c.computed)
    result = con.execute(
        f"WITH judged AS (SELECT position{computed} FROM batch) SELECT judged.*, stored.* EXCLUDE (position), files.* EXCLUDE (submission_id) "
        f"FROM judged JOIN stored USING (position) JOIN files USING (submission_id) WHERE position IN (SELECT unnest(?))", [positions])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _computed(check: suites.Check) -> str:
    return f"computed_{check.place}"


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

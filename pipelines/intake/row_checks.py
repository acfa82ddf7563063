"""The declared checks of a form, run once over the rows of many files; every failing row goes back to its file and cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from expectations import compile as suites
from pipelines.engines.warehouse import quote
from pipelines.intake.reading import Reading
from pipelines.intake.table import Finding
from pipelines.reference import Form


def judge(form: Form, checks: list[suites.Check], rows, columns, files: Mapping[str, tuple[Reading, dt.datetime]]) -> None:
    """Add to the readings what the checks find.

    `rows`: an Arrow table of the form's rows as stored; `columns`: where their columns stand (`sheet_columns`); `files`: for each
    submission its reading and when it was received, in local time.
    """
    import duckdb
    import pyarrow as pa

    con = duckdb.connect()
    con.register("stored", rows.append_column("position", pa.array(range(len(rows)), pa.int64())))
    con.register("files", _files(files))
    residuals = ", ".join(f"CAST(round({c.residual}, 6) AS DOUBLE) AS {quote(c.name)}" for c in checks)
    numbers = ", ".join(f"CAST({quote(m.id)} AS DOUBLE) AS {quote(m.id)}" for m in form.measures)
    others = [name for name in rows.column_names if name not in form.measure_by_id]
    judged = con.execute(
        f"WITH batch AS (SELECT position, {', '.join(quote(n) for n in others)}, {numbers or 'NULL'}, submitter_id, received_at, received_on "
        f"FROM stored JOIN files USING (submission_id)) SELECT position, {residuals} FROM batch ORDER BY position").df()
    con.close()
    failing = suites.failing_rows(judged, checks)
    if not failing:
        return
    places = {tuple(place.values())[:4]: place["letter"] for place in columns.to_pylist()}
    for check, positions in failing.items():
        for position in positions:
            row = rows.slice(position, 1).to_pylist()[0]
            reading, received_at = files[row["submission_id"]]
            values = {name: _shown(value) for name, value in row.items()}
            values |= {"submitter_id": reading.submitter, "received_on": str(received_at.date()), "received_at": str(received_at)}
            letter = places.get((row["submission_id"], row["sheet"], row["span"], check.column), "A")
            fill = suites.Message(check.severity, check.zh, check.en)
            expected = suites.Message("info", check.expected, check.expected).render("zh", **values)
            finding = Finding(check.code or check.id, row["sheet"], f"{letter}{row['row']}", values[check.column], expected, row["region_id"],
                              row["period"])
            reading.findings.append((finding, check.severity, fill.render("zh", **values), fill.render("en", **values)))


def _files(files: Mapping[str, tuple[Reading, dt.datetime]]):
    import pyarrow as pa

    moments = [received_at for _, received_at in files.values()]
    return pa.table({
        "submission_id": pa.array(list(files), pa.string()),
        "submitter_id": pa.array([reading.submitter for reading, _ in files.values()], pa.string()),
        "received_at": pa.array(moments, pa.timestamp("us")),
        "received_on": pa.array([moment.date() for moment in moments], pa.date32()),
    })


def _shown(value: object) -> str:
    """A value as the message of a finding shows it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)

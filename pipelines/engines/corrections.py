"""Corrections in the warehouse: each finds the one value it means, as known on its date, and becomes a vintage of its own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from pipelines.corrections import Correction, money_in_yuan
from pipelines.engines import rows
from pipelines.engines.schema import FIELD_TYPES as FIELD_SQL
from pipelines.engines.schema import SQL_TYPES
from pipelines.engines.warehouse import Warehouse, quote
from pipelines.jurisdiction import ConfigurationError, Jurisdiction
from pipelines.reference import Form
from transforms import periods
from transforms.scoring.measures import windows

TEXT = "VARCHAR"
TARGETS = {"line": "INTEGER", "correction": TEXT, "reason": TEXT, "decided_by": TEXT, "known_from": "TIMESTAMP", "form_id": TEXT,
           "region_id": TEXT, "period": TEXT, "span": TEXT, "basis": TEXT, "dimension": TEXT, "category": TEXT, "measure": TEXT,
           "value": "DECIMAL(24,6)", "submission_id": TEXT, "sheet": TEXT, "row": "INTEGER", "cell": TEXT, "newest": "BOOLEAN"}


def targets(warehouse: Warehouse, jurisdiction: Jurisdiction) -> list[tuple[Correction, dict]]:
    """Every correction with the row it means: the one in force on its date, whatever came later.

    Raises ConfigurationError, naming the entry, when it means nothing or more than one thing.
    """
    for objection in jurisdiction.objections:
        if not objection.changes:
            _target(warehouse, jurisdiction.reference.forms[objection.means.form_id], objection.means)
    return [(c, _target(warehouse, jurisdiction.reference.forms[c.form_id], c)) for c in jurisdiction.corrections]


def _target(warehouse: Warehouse, form: Form, correction: Correction) -> dict:
    found, names = [], []
    if form.table in {r[0] for r in warehouse.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}:
        cursor = warehouse.con.execute(rows.rows_on(form), {"form_id": form.id, "moment": correction.known_from, "column": correction.column})
        names = [d[0] for d in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    wanted = {"region_id": correction.region_id, "period": correction.period, "span": correction.span, "basis": correction.basis,
              "category": correction.category, "submission_id": correction.submission_id, "sheet": correction.sheet, "cell": correction.cell,
              **{f"dim{n}": code for n, code in enumerate(correction.dims, start=1)}}
    wanted = {k: v for k, v in wanted.items() if v is not None}
    found = [row for row in found if all(row[k] == v for k, v in wanted.items())]
    where = f"{correction.file}: 第 {correction.line} 行 / line {correction.line}"
    asked = ", ".join(f"{k}={v}" for k, v in wanted.items())
    if not found:
        raise ConfigurationError(
            f"{where}: {correction.form_id}.{correction.column} {asked}: {correction.known_from:%Y-%m-%d} 所知的数中没有这一个；已被更正的来文取代的请删去本条，"
            "写错的请改 / nothing matches among what was known then; take the entry out or write what it means"
        )
    if len(found) > 1:
        differ = [k for k in ("region_id", "period", "span", "basis", "category", "submission_id", "cell") if len({r[k] for r in found}) > 1]
        raise ConfigurationError(
            f"{where}: {correction.form_id}.{correction.column} {asked}: 有 {len(found)} 个数与之相符，请加上 / {len(found)} values match; add "
            f"{' 或 / or '.join(differ) or 'cell'}"
        )
    return found[0]


def apply(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime) -> None:
    """Write `correction_targets`, add the corrected vintages to `cell_values` and to the versions of the registers."""
    forms = jurisdiction.reference.forms
    known = [(c, row) for c, row in targets(warehouse, jurisdiction) if c.known_from <= as_of]
    last = {(row["submission_id"], row["sheet"], row["row"], row["span"], c.column): c for c, row in known}
    records = []
    for c, row in known:
        newest = last[(row["submission_id"], row["sheet"], row["row"], row["span"], c.column)] is c
        value = c.value if isinstance(c.value, Decimal) and forms[c.form_id].kind != "register" else None
        records.append((c.line, c.reference, c.reason, c.decided_by, c.known_from, c.form_id, row["region_id"], row["period"], row["span"],
                        row["basis"], "" if forms[c.form_id].kind == "register" else row["dimension"], row["category"], c.column, value,
                        row["submission_id"], row["sheet"], row["row"], row["cell"], newest))
    warehouse.replace("correction_targets", TARGETS, records)
    _objections(warehouse, jurisdiction)
    if any(forms[c.form_id].kind != "register" for c, _ in known):
        warehouse.con.execute(CORRECTED_CELLS)
        warehouse.con.execute(SUPERSEDE)
    for form in forms.values():
        if form.kind == "register":
            warehouse.con.execute(f"CREATE OR REPLACE TABLE versions_{form.id.lower()} AS {rows.register_versions(form)}")
            for c, row in known:
                if c.form_id == form.id:
                    _version(warehouse, form, c, row)


OBJECTIONS = {"objection": TEXT, "scheme_id": TEXT, "assessment_period": TEXT, "period": TEXT, "region_id": TEXT, "item_id": TEXT, "filed_at": "TIMESTAMP",
              "filed_on": "DATE", "state": TEXT, "old_value": "DECIMAL(24,6)", "new_value": "DECIMAL(24,6)", "decided_at": "TIMESTAMP", "decided_on": "DATE",
              "decided_by": TEXT, "submission_id": TEXT, "sheet": TEXT, "cell": TEXT}


def _objections(warehouse: Warehouse, jurisdiction: Jurisdiction) -> None:
    """Write `objection_targets`: every objection with the typed score it means, what was taken off (or typed) before and what is now."""
    used = {d.scheme.id: windows(d.scheme) for d in jurisdiction.schemes}
    records, before = [], {}
    for o in sorted(jurisdiction.objections, key=lambda o: (o.means.known_from, o.line)):
        row = _target(warehouse, jurisdiction.reference.forms[o.means.form_id], o.means)
        place = (row["submission_id"], row["sheet"], row["row"])
        if place not in before:
            before[place] = warehouse.con.execute(f'SELECT {quote(o.means.column)} FROM rows_f15 WHERE submission_id = ? AND sheet = ? AND "row" = ?',
                                                  list(place)).fetchone()[0]
        scheme, item, _ = o.means.dims
        end = periods.end_month(row["period"])
        window = next((w.period for w in used.get(scheme, ()) if w.first <= end <= w.last), None)
        records.append((o.reference, scheme, window, row["period"], row["region_id"], item, o.filed_at, o.filed_on, o.state, before[place],
                        o.means.value if o.changes else before[place], o.means.known_from, o.means.decided_on, o.means.decided_by or None,
                        row["submission_id"], row["sheet"], row["cell"]))
        if o.changes:
            before[place] = o.means.value
    warehouse.replace("objection_targets", OBJECTIONS, records)


CORRECTED_CELLS = """
INSERT INTO cell_values BY NAME
SELECT r.row_no, m.measure_no, t.value, 'corrected' AS obs_status, 'exact' AS qualifier, NULL AS raw,
  regexp_replace(t.cell, '[0-9]+$', '') AS letter, t.known_from, r.in_force AND t.newest AS in_force, t.correction, t.reason AS correction_reason
FROM correction_targets AS t
JOIN reported_rows AS r
  ON r.form_id = t.form_id AND r.submission_id = t.submission_id AND r.sheet = t.sheet AND r."row" = t."row" AND r.span = t.span
JOIN form_measures AS m ON m.form_id = t.form_id AND m.measure = t.measure AND m.kind NOT IN ('register', 'events', 'event_stock')"""
SUPERSEDE = """
UPDATE cell_values SET in_force = FALSE
WHERE correction IS NULL AND EXISTS (
  SELECT 1 FROM cell_values AS c
  WHERE c.correction IS NOT NULL AND c.row_no = cell_values.row_no AND c.measure_no = cell_values.measure_no)"""


def _version(warehouse: Warehouse, form: Form, correction: Correction, row: dict) -> None:
    """One more version of the thing: the row as it stood, with the corrected column."""
    measure = form.measure_by_id.get(correction.column)
    sql_type = SQL_TYPES[measure.type] if measure else FIELD_SQL[form.field_by_id[correction.column].type]
    value = correction.value
    if value is not None and money_in_yuan(form, correction.column):
        value = value * 10_000
    warehouse.con.execute(
        f"""INSERT INTO versions_{form.id.lower()}
SELECT * REPLACE (CAST($value AS {sql_type}) AS {quote(correction.column)}, CAST($known AS TIMESTAMP) AS known_from,
  CAST($known_on AS DATE) AS known_on, CAST($reference AS VARCHAR) AS correction, CAST($reason AS VARCHAR) AS correction_reason)
FROM versions_{form.id.lower()}
WHERE submission_id = $submission AND sheet = $sheet AND "row" = $row
ORDER BY correction IS NOT NULL DESC, known_from DESC, correction DESC LIMIT 1""",
        {"value": value, "known": correction.known_from, "known_on": correction.decided_on, "reference": correction.reference, "reason": correction.reason,
         "submission": row["submission_id"], "sheet": row["sheet"], "row": row["row"]},
    )

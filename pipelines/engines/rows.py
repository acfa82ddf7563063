"""SQL generated from the declared forms: the rows and cells known at the as-of time, every form in one shape.

This is the only generated SQL: it turns the wide typed table of each form into tidy cells, so that the transforms need not know the forms.
A row and a measure have a number: the million cells are stored and joined by these two and not by what names them.
"""

from __future__ import annotations

from pipelines.engines.warehouse import quote
from pipelines.reference import Form, Reference

_KNOWN = """
    SELECT submission_id, seq, received_at FROM ledger
    WHERE NOT rejected AND received_at <= (SELECT as_of FROM parameters)
      AND submission_id NOT IN (
        SELECT old.submission_id FROM ledger AS old JOIN ledger AS new
          ON new.supersedes IS NOT NULL AND old.form_id = new.form_id AND old.region_id IS NOT DISTINCT FROM new.region_id
         AND (new.supersedes = old.submission_id OR new.supersedes = old.file_sha256 OR new.supersedes = old.path)
        WHERE NOT new.rejected AND new.received_at <= (SELECT as_of FROM parameters) AND new.seq <> old.seq)"""


def _dims(form: Form) -> list[str]:
    names = [quote(d.id) for d in form.dimensions]
    return [*names, *["''"] * (3 - len(names))]


def _category(form: Form) -> str:
    """The codes that are not TOTAL, joined by /, or TOTAL. The free text of a key is never part of it."""
    coded = [d for d in form.dimensions if not d.key]
    if not coded:
        return "'TOTAL'"
    parts = ", ".join(f"nullif({quote(d.id)}, 'TOTAL')" for d in coded)
    return f"coalesce(nullif(concat_ws('/', {parts}), ''), 'TOTAL')"


def _dimension(form: Form) -> str:
    if not form.dimensions:
        return "''"
    return " || ';' || ".join(f"'{d.id}=' || {quote(d.id)}" for d in form.dimensions)


def _versions(form: Form, moment: str) -> tuple[str, str]:
    """SQL that finds when the version a row is of was first sent (`version_by`), and that moment; the arrival of the row where versions have no names.

    A file that was replaced counts: the one in its place corrects the same version.
    """
    if not form.version_by:
        return "", "k.received_at"
    key = ", ".join(f"o.{quote(name)}" for name in (*form.row_key, *form.version_by))
    named = " AND ".join(f"o.{quote(name)} IS NOT NULL" for name in form.version_by)
    return (f"""
  LEFT JOIN (
    SELECT o.submission_id AS of_submission, o.sheet AS of_sheet, o."row" AS of_row, o.span AS of_span, min(l.received_at) OVER (PARTITION BY {key}) AS first_sent
    FROM {form.table} AS o JOIN ledger AS l ON l.submission_id = o.submission_id WHERE NOT l.rejected AND l.received_at <= {moment} AND {named}
  ) AS v ON v.of_submission = r.submission_id AND v.of_sheet = r.sheet AND v.of_row = r."row" AND v.of_span = r.span""", "coalesce(v.first_sent, k.received_at)")


def reported_rows(reference: Reference) -> str:
    """SQL of `reported_rows`: every row of every accepted submission known at as_of, with whether it is the one in force, else `replaced_by` which.

    `first_replaced_by`: the one that came right after it, whatever came later still. In force is the newest received row of its `row_key`, of the
    version that was first sent last (`version_from`: when it was).
    `row_no` is a number of its own, those of a form side by side.
    """
    parts = []
    for form in reference.forms.values():
        d1, d2, d3 = _dims(form)
        through = "\n  WHERE p.end_month <= (SELECT through FROM parameters)" if form.sets_period else ""
        key = ", ".join(f"r.{quote(name)}" for name in form.row_key)
        found, version_from = _versions(form, "(SELECT as_of FROM parameters)")
        parts.append(
            f"""SELECT '{form.id}' AS form_id, r.submission_id, r.sheet, r."row", r.region_id, r.period, r.span, r.basis,
    {d1} AS dim1, {d2} AS dim2, {d3} AS dim3, {_dimension(form)} AS dimension, {_category(form)} AS category,
    r.note, k.received_at AS known_from, k.seq, {version_from} AS version_from,
    row_number() OVER newest = 1 AS in_force,
    CASE WHEN row_number() OVER newest > 1 THEN first_value(r.submission_id) OVER newest END AS replaced_by,
    lag(r.submission_id) OVER newest AS first_replaced_by
  FROM {form.table} AS r JOIN known AS k ON k.submission_id = r.submission_id
  JOIN periods AS p ON p.period = r.period AND p.span = r.span{found}{through}
  WINDOW newest AS (PARTITION BY {key} ORDER BY {version_from} DESC, k.received_at DESC, k.seq DESC, r.sheet, r."row")"""
        )
    return (f"WITH known AS ({_KNOWN}),\nordered AS (\n" + "\nUNION ALL\n".join(parts) + "\n)\n"
            'SELECT CAST(row_number() OVER (ORDER BY form_id, seq, sheet, "row", span) AS INTEGER) AS row_no, * FROM ordered')


def rows_on(form: Form) -> str:
    """SQL of the rows of a form that were in force at $moment, for every span, with the cell of $column: what a correction can mean.

    A row whose file has no such column ($column) is left out.
    """
    d1, d2, d3 = _dims(form)
    key = ", ".join(f"r.{quote(name)}" for name in form.row_key)
    found, version_from = _versions(form, "$moment")
    return f"""WITH known AS (
  SELECT submission_id, seq, received_at FROM ledger
  WHERE NOT rejected AND form_id = $form_id AND received_at <= $moment AND submission_id NOT IN (
    SELECT old.submission_id FROM ledger AS old JOIN ledger AS new
      ON new.supersedes IS NOT NULL AND old.form_id = new.form_id AND old.region_id IS NOT DISTINCT FROM new.region_id
     AND (new.supersedes = old.submission_id OR new.supersedes = old.file_sha256 OR new.supersedes = old.path)
    WHERE NOT new.rejected AND new.received_at <= $moment AND new.seq <> old.seq)
), ordered AS (
  SELECT r.submission_id, r.sheet, r."row", r.region_id, r.period, r.span, r.basis, {d1} AS dim1, {d2} AS dim2, {d3} AS dim3,
    {_dimension(form)} AS dimension, {_category(form)} AS category,
    row_number() OVER (PARTITION BY {key} ORDER BY {version_from} DESC, k.received_at DESC, k.seq DESC, r.sheet, r."row") AS newest
  FROM {form.table} AS r JOIN known AS k ON k.submission_id = r.submission_id{found}
)
SELECT o.*, l.letter || o."row" AS cell FROM ordered AS o
JOIN sheet_columns AS l ON l.submission_id = o.submission_id AND l.sheet = o.sheet AND l.span = o.span AND l.measure = $column
WHERE o.newest = 1 ORDER BY ALL"""


def register_versions(form: Form) -> str:
    """SQL of every known version of a register's rows, with when each became known (`known_on`: the day, in local time)."""
    return f"""SELECT r.*, k.known_from, k.seq, d.received_on AS known_on, CAST(NULL AS VARCHAR) AS correction,
  CAST(NULL AS VARCHAR) AS correction_reason
FROM {form.table} AS r
JOIN reported_rows AS k ON k.form_id = '{form.id}' AND k.submission_id = r.submission_id AND k.sheet = r.sheet AND k."row" = r."row"
JOIN arrival_days AS d ON d.submission_id = r.submission_id"""


def cell_values(reference: Reference) -> str:
    """SQL of `cell_values`: one row per cell that holds something, by number of row and measure, with its letter, status and qualifier. Money comes in 万元.

    Registers are left out: their rows are things, not figures.
    """
    parts = []
    for form in reference.forms.values():
        if form.kind == "register" or not form.measures:
            continue
        casts = []
        for m in form.measures:
            value = f"f.{quote(m.id)} * CAST(0.0001 AS DECIMAL(5,4))" if m.type == "money" else f"f.{quote(m.id)}"
            casts.append(f"CAST({value} AS DECIMAL(24,6)) AS {quote(m.id)}")
        names = ", ".join(quote(m.id) for m in form.measures)
        parts.append(
            f"""SELECT form_id, row_no, sheet_no, measure, value FROM (
    SELECT r.form_id, r.row_no, r.sheet_no, {", ".join(casts)}
    FROM {form.table} AS f JOIN rows AS r
      ON r.form_id = '{form.id}' AND r.submission_id = f.submission_id AND r.sheet = f.sheet AND r."row" = f."row" AND r.span = f.span
  ) UNPIVOT (value FOR measure IN ({names}))"""
        )
    return f"""WITH sheets AS (
  SELECT row_number() OVER () AS sheet_no, submission_id, sheet, span FROM (SELECT DISTINCT submission_id, sheet, span FROM sheet_columns)
), letters AS (
  SELECT s.sheet_no, l.measure, l.letter
  FROM sheet_columns AS l JOIN sheets AS s ON s.submission_id = l.submission_id AND s.sheet = l.sheet AND s.span = l.span
), rows AS (
  SELECT r.form_id, r.row_no, s.sheet_no, r.submission_id, r.sheet, r."row", r.span, r.known_from, r.in_force
  FROM reported_rows AS r LEFT JOIN sheets AS s ON s.submission_id = r.submission_id AND s.sheet = r.sheet AND s.span = r.span
), notes AS (
  SELECT r.form_id, r.row_no, r.sheet_no, n.measure, n.obs_status, n.qualifier, n.raw
  FROM cell_notes AS n JOIN rows AS r
    ON r.submission_id = n.submission_id AND r.sheet = n.sheet AND r."row" = n."row" AND r.span = n.span
), cells AS (
{" UNION ALL ".join(parts)}
  UNION ALL
  SELECT form_id, row_no, sheet_no, measure, CAST(NULL AS DECIMAL(24,6)) AS value FROM notes WHERE obs_status IN ('masked', 'not_applicable')
)
SELECT
  c.row_no, m.measure_no, c.value, coalesce(n.obs_status, 'reported') AS obs_status, coalesce(n.qualifier, 'exact') AS qualifier, n.raw,
  coalesce(l.letter, '') AS letter, r.known_from, r.in_force, CAST(NULL AS VARCHAR) AS correction, CAST(NULL AS VARCHAR) AS correction_reason
FROM cells AS c
JOIN form_measures AS m ON m.form_id = c.form_id AND m.measure = c.measure
JOIN rows AS r ON r.row_no = c.row_no
LEFT JOIN letters AS l ON l.sheet_no = c.sheet_no AND l.measure = c.measure
LEFT JOIN notes AS n ON n.row_no = c.row_no AND n.measure = c.measure"""

-- One row per measure of a row in force that was printed with last year's (yoy) or the last period's (mom) figure, or with the change on it.
-- Internal. These stand in for a base only where our own figure of the base period is missing.
WITH printed AS (
  SELECT
    v.row_no, r.form_id, r.region_id, r.period, r.span, r.basis, r.category, v.measure, v.kind, v.value, v.measured, r.submission_id, r.sheet, r."row",
    v.cell
  FROM printed_values AS v
  JOIN reported_rows AS r ON r.row_no = v.row_no
  WHERE v.state IN ('value', 'level') AND v.kind IN ('prior', 'change', 'mom_change')
),
bases AS (
  SELECT
    form_id, region_id, period, span, basis, category, measure, 'yoy' AS kind, value AS base_value, 'reported_prior' AS reason,
    row_no, submission_id, sheet, "row", cell, 1 AS preference
  FROM printed WHERE kind = 'prior'
  UNION ALL
  SELECT
    form_id, region_id, period, span, basis, category, measure, CASE WHEN kind = 'change' THEN 'yoy' ELSE 'mom' END AS kind,
    measured - value AS base_value, 'reported_change' AS reason, row_no, submission_id, sheet, "row", cell, 2 AS preference
  FROM printed WHERE kind IN ('change', 'mom_change') AND measured IS NOT NULL
),
ordered AS (
  SELECT
    bases.*,
    row_number() OVER (PARTITION BY form_id, region_id, period, span, basis, category, measure, kind ORDER BY preference, cell) AS choice
  FROM bases
)
SELECT form_id, region_id, period, span, basis, category, measure, kind, base_value, reason, row_no, submission_id, sheet,
  "row", cell
FROM ordered
WHERE choice = 1

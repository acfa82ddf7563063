-- One row per measure of a row in force that was printed with last year's (yoy) or the last period's (mom) figure, or with the change on it.
-- Internal. These stand in for a base only where our own figure of the base period is missing.
WITH printed AS (
  SELECT
    c.form_id, r.region_id, r.period, r.span, r.basis, r.category, c.measure, c.kind, c.value, c.submission_id, c.sheet, c."row", c.cell
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  WHERE c.state IN ('value', 'level') AND c.kind IN ('prior', 'change', 'mom_change')
),
changes AS (
  SELECT p.*, f.value AS measured
  FROM printed AS p
  JOIN reported_cells AS f
    ON f.in_force AND f.form_id = p.form_id AND f.submission_id = p.submission_id AND f.sheet = p.sheet AND f."row" = p."row"
   AND f.span = p.span AND f.measure = p.measure
  WHERE p.kind IN ('change', 'mom_change') AND f.value IS NOT NULL
),
bases AS (
  SELECT
    form_id, region_id, period, span, basis, category, measure, 'yoy' AS kind, value AS base_value, 'reported_prior' AS reason,
    submission_id, sheet, "row", cell, 1 AS preference
  FROM printed WHERE kind = 'prior'
  UNION ALL
  SELECT
    form_id, region_id, period, span, basis, category, measure, CASE WHEN kind = 'change' THEN 'yoy' ELSE 'mom' END AS kind,
    measured - value AS base_value, 'reported_change' AS reason, submission_id, sheet, "row", cell, 2 AS preference
  FROM changes
),
ordered AS (
  SELECT
    bases.*,
    row_number() OVER (PARTITION BY form_id, region_id, period, span, basis, category, measure, kind ORDER BY preference, cell) AS choice
  FROM bases
)
SELECT form_id, region_id, period, span, basis, category, measure, kind, base_value, reason, submission_id, sheet, "row", cell
FROM ordered
WHERE choice = 1

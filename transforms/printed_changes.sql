-- One row per change in per cent that a row in force was printed with, where the figures behind it are not known. Internal.
WITH changes AS (
  SELECT
    r.region_id, r.period, r.span, r.basis, r.category, t.indicator_id, c.kind, c.value AS change_pct, s.unit,
    coalesce(CASE WHEN c.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END, r.period) AS base_period, c.submission_id, c.sheet, c.cell,
    l.line_no, n.region_no
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN indicator_terms AS t ON t.form_id = c.form_id AND t.measure = c.measure AND t.category IS NULL
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id AND s.numerator_terms = 1 AND s.denominator_terms = 0
  JOIN periods AS p ON p.period = r.period AND p.span = r.span
  LEFT JOIN indicator_lines AS l
    ON l.indicator_id = t.indicator_id AND l.period = r.period AND l.span = r.span AND l.basis = r.basis AND l.category = r.category
  LEFT JOIN region_numbers AS n ON n.region_id = r.region_id
  WHERE c.kind IN ('yoy', 'mom') AND c.state IN ('value', 'level')
),
known AS (
  SELECT DISTINCT c.line_no, c.region_no
  FROM changes AS c
  JOIN indicator_values AS v ON v.line_no = c.line_no AND v.region_no = c.region_no AND v.value IS NOT NULL
)
SELECT
  c.region_id, c.period, c.span, c.basis, c.category, c.indicator_id, c.kind, c.change_pct, c.unit, c.base_period, c.submission_id, c.sheet, c.cell
FROM changes AS c
WHERE NOT EXISTS (SELECT 1 FROM known AS k WHERE k.line_no = c.line_no AND k.region_no = c.region_no)

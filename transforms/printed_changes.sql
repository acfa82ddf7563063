-- One row per change in per cent that a row in force was printed with, where the figures behind it are not known. Internal.
WITH known AS (
  SELECT DISTINCT c.line_no, c.region_no
  FROM change_lines AS c
  JOIN indicator_values AS v ON v.line_no = c.line_no AND v.region_no = c.region_no AND v.value IS NOT NULL
)
SELECT
  r.region_id, r.period, r.span, r.basis, r.category, c.indicator_id, c.kind, c.change_pct, s.unit,
  coalesce(CASE WHEN c.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END, r.period) AS base_period, r.submission_id, r.sheet, c.cell
FROM change_lines AS c
LEFT JOIN known AS k ON k.line_no = c.line_no AND k.region_no = c.region_no
JOIN reported_rows AS r ON r.row_no = c.row_no
JOIN periods AS p ON p.period = r.period AND p.span = r.span
JOIN indicator_settings AS s ON s.indicator_id = c.indicator_id
WHERE k.line_no IS NULL

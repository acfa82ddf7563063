-- One row per line that has rankings and region that has reported. `reason`: why it has no value all the same; a fraction of nothing is none, and no
-- share can be taken of a target of zero, whether it is exceeded (`over`) or kept (`target_zero`).
-- Internal. A view. What chance works on is the numerator and the denominator; a rate that was printed without them has none.
SELECT
  v.line_no, v.region_no, v.value, v.partial,
  CASE WHEN l.chance IS NULL THEN 0 ELSE coalesce(v.numerator, -1) END AS numerator,
  CASE WHEN l.chance IS NULL THEN 0 ELSE coalesce(v.denominator, 1) END AS denominator,
  CASE WHEN v.value IS NULL THEN 'not_applicable' END AS reason
FROM indicator_values AS v
JOIN ranking_lines AS l ON l.line_no = v.line_no
UNION ALL
SELECT
  l.line_no, r.region_no, CAST(t.progress_pct AS DECIMAL(24,6)), FALSE, CASE WHEN l.chance IS NULL THEN 0 ELSE coalesce(t.actual, -1) END,
  CASE WHEN l.chance IS NULL THEN 0 ELSE coalesce(t.target, 1) END,
  CASE WHEN t.progress_pct IS NULL THEN CASE WHEN t.status = 'over' THEN 'over' ELSE 'target_zero' END END
FROM target_progress AS t
JOIN ranking_lines AS l
  ON l.line_no < 0 AND l.of_indicator = t.indicator_id AND l.category = t.category AND l.period = t.period AND l.basis = t.basis
JOIN region_numbers AS r ON r.region_id = t.region_id

-- One row per line of a yearbook and kind of comparison (yoy, mom) that has a base period, with a number of its own (comparison_no) and the
-- line of that period, if there is one.
-- Internal. `chance`: what its numbers are to an exact test (transforms/certainty.py). `simple`: both lines are one plain number that has no
-- such test and is never passed on as printed.
WITH kinds AS (
  SELECT l.line_no, l.heading_no, l.indicator_id, l.basis, l.span, p.end_month, 'yoy' AS kind, p.yoy_period AS base_period
  FROM indicator_lines AS l
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  WHERE p.yoy_period IS NOT NULL
  UNION ALL
  SELECT l.line_no, l.heading_no, l.indicator_id, l.basis, l.span, p.end_month, 'mom', p.mom_period
  FROM indicator_lines AS l
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  WHERE p.mom_period IS NOT NULL
),
passed_on AS (
  SELECT DISTINCT line_no FROM line_values WHERE as_reported
)
SELECT
  CAST(row_number() OVER (ORDER BY k.line_no, k.kind) AS INTEGER) AS comparison_no, k.line_no, k.heading_no, k.basis, k.kind,
  b.line_no AS base_line_no, k.base_period, k.end_month, k.span, s.chance,
  s.chance IS NULL AND s.numerator_terms = 1 AND s.denominator_terms = 0 AND s.ways = 1 AND k.line_no NOT IN (SELECT line_no FROM passed_on)
    AND coalesce(b.line_no, 0) NOT IN (SELECT line_no FROM passed_on) AS simple
FROM kinds AS k
JOIN indicator_settings AS s ON s.indicator_id = k.indicator_id
LEFT JOIN indicator_lines AS b ON b.heading_no = k.heading_no AND b.basis = k.basis AND b.period = k.base_period

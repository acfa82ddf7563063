-- One row per line of a yearbook that has rankings: an indicator with a good direction, or whose rank a file prints. The progress of control
-- targets makes lines of its own, numbered below zero.
-- Internal. `chance`: what the numbers are to an exact test (transforms/certainty.py).
WITH printed_ranks AS (
  SELECT DISTINCT t.indicator_id
  FROM companions AS c
  JOIN indicator_terms AS t ON t.form_id = c.form_id AND t.measure = c.measure AND t.side = 'numerator'
  WHERE c.kind = 'rank'
),
progress AS (
  SELECT DISTINCT
    CASE WHEN indicator_id = 'deaths' THEN 'target_progress' ELSE 'target_progress.' || indicator_id END AS indicator_id, category, period, basis,
    indicator_id AS of_indicator
  FROM target_progress
  WHERE progress_pct IS NOT NULL
),
lines AS (
  SELECT line_no, indicator_id, category, basis, period, span, indicator_id AS settings_id, indicator_id AS of_indicator FROM indicator_lines
  UNION ALL
  SELECT
    CAST(-row_number() OVER (ORDER BY indicator_id, category, period, basis) AS INTEGER), indicator_id, category, basis, period, 'ytd',
    'target_progress', of_indicator
  FROM progress
)
SELECT
  l.line_no, l.indicator_id, l.category, l.basis, l.period, l.span, l.of_indicator, p.end_date, s.direction,
  -- A count over its target is a rate.
  CASE WHEN l.line_no > 0 THEN c.chance WHEN c.chance = 'count' THEN 'rate' END AS chance
FROM lines AS l
JOIN periods AS p ON p.period = l.period AND p.span = l.span
JOIN indicator_settings AS s ON s.indicator_id = l.settings_id
LEFT JOIN indicator_settings AS c ON c.indicator_id = l.of_indicator
WHERE s.ranked OR l.indicator_id IN (SELECT indicator_id FROM printed_ranks)

-- One row per indicator, period and region of a level: competition ranking (1, 2, 2, 4). Regions that count towards others' ranks, that are
-- ranked and that are only shown may differ; who has not reported, or only in part, is listed without a rank. A number of which neither
-- more nor less is better has no ranking, unless the jurisdiction names it in `ranking.indicators` or a file prints its rank.
WITH printed_ranks AS (
  SELECT DISTINCT t.indicator_id
  FROM companions AS c
  JOIN indicator_terms AS t ON t.form_id = c.form_id AND t.measure = c.measure AND t.side = 'numerator'
  WHERE c.kind = 'rank'
),
progress AS (
  SELECT
    CASE WHEN t.indicator_id = 'deaths' THEN 'target_progress' ELSE 'target_progress.' || t.indicator_id END AS indicator_id, t.category, t.period,
    t.basis, t.region_id, t.progress_pct AS value
  FROM target_progress AS t
  WHERE t.progress_pct IS NOT NULL
),
-- The progress of control targets makes lines of its own, numbered below zero.
progress_lines AS (
  SELECT
    CAST(-row_number() OVER (ORDER BY indicator_id, category, period, basis) AS INTEGER) AS line_no, indicator_id, category, basis, period,
    'ytd' AS span
  FROM (SELECT DISTINCT indicator_id, category, period, basis FROM progress) AS p
),
lines AS (
  SELECT line_no, indicator_id, category, basis, period, span, indicator_id AS settings_id FROM indicator_lines
  UNION ALL
  SELECT line_no, indicator_id, category, basis, period, span, 'target_progress' FROM progress_lines
),
described AS (
  SELECT l.line_no, l.indicator_id, l.category, l.basis, l.period, l.span, p.end_date, s.direction
  FROM lines AS l
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  JOIN indicator_settings AS s ON s.indicator_id = l.settings_id
  WHERE s.ranked OR l.indicator_id IN (SELECT indicator_id FROM printed_ranks)
),
valued AS (
  SELECT v.line_no, v.region_id, v.value, v.obs_status = 'partial' AS partial
  FROM indicator_values AS v
  WHERE v.value IS NOT NULL AND v.line_no IN (SELECT line_no FROM described)
  UNION ALL
  SELECT l.line_no, p.region_id, p.value, FALSE
  FROM progress AS p
  JOIN progress_lines AS l ON l.indicator_id = p.indicator_id AND l.category = p.category AND l.period = p.period AND l.basis = p.basis
),
peers AS (
  SELECT 'all' AS peer_group, region_id FROM region_settings GROUP BY region_id
  UNION ALL
  SELECT peer_group, region_id FROM peer_groups
),
groups AS (
  SELECT DISTINCT g.peer_group, r.level, g.region_id
  FROM peers AS g
  JOIN region_settings AS r ON r.region_id = g.region_id
),
-- A table of a yearbook: a line, for the peers of one level of which at least one has a value.
tables AS (
  SELECT DISTINCT v.line_no, g.peer_group, g.level
  FROM valued AS v
  JOIN groups AS g ON g.region_id = v.region_id
),
-- Who belongs into it on its last day.
on_the_day AS (
  SELECT DISTINCT d.end_date, g.peer_group, g.level, r.region_id, r.ranked, r.counted
  FROM (SELECT DISTINCT end_date FROM described) AS d
  JOIN region_settings AS r ON (r.valid_from IS NULL OR r.valid_from <= d.end_date) AND (r.valid_to IS NULL OR r.valid_to > d.end_date)
  JOIN groups AS g ON g.region_id = r.region_id AND g.level = r.level
),
listed AS (
  SELECT
    t.line_no, t.peer_group, t.level, m.region_id, m.ranked, m.counted, v.value, coalesce(v.partial, FALSE) AS partial,
    CASE WHEN v.value IS NULL OR v.partial THEN NULL WHEN d.direction = 'asc' THEN v.value ELSE -v.value END AS sort_value
  FROM tables AS t
  JOIN described AS d ON d.line_no = t.line_no
  JOIN on_the_day AS m ON m.end_date = d.end_date AND m.peer_group = t.peer_group AND m.level = t.level
  LEFT JOIN valued AS v ON v.line_no = t.line_no AND v.region_id = m.region_id
),
-- How many share each value, and how many are better.
tied AS (
  SELECT
    line_no, peer_group, level, sort_value, sum(CASE WHEN counted THEN 1 ELSE 0 END) AS same_value, sum(CASE WHEN ranked THEN 1 ELSE 0 END) AS same_rank,
    count(*) AS members
  FROM listed
  GROUP BY line_no, peer_group, level, sort_value
),
placed AS (
  SELECT
    line_no, peer_group, level, sort_value, same_rank,
    1 + sum(CASE WHEN sort_value IS NULL THEN 0 ELSE same_value END) OVER (
      PARTITION BY line_no, peer_group, level ORDER BY sort_value ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      - CASE WHEN sort_value IS NULL THEN 0 ELSE same_value END AS place,
    sum(CASE WHEN sort_value IS NULL THEN 0 ELSE same_rank END) OVER (PARTITION BY line_no, peer_group, level) AS ranked_count,
    sum(members) OVER (PARTITION BY line_no, peer_group, level) AS group_size
  FROM tied
)
SELECT
  d.indicator_id, d.category, d.period, d.span, d.basis, l.peer_group, l.level, l.region_id, l.value,
  CASE WHEN l.ranked AND l.sort_value IS NOT NULL THEN CAST(p.place AS BIGINT) END AS rank,
  CAST(p.ranked_count AS BIGINT) AS ranked_count,
  l.ranked AND l.sort_value IS NOT NULL AND p.same_rank > 1 AS tied,
  d.direction, CAST(NULL AS BIGINT) AS rank_low, CAST(NULL AS BIGINT) AS rank_high,
  CASE WHEN l.partial THEN 'partial' WHEN l.value IS NULL THEN 'not_reported' WHEN NOT l.ranked THEN 'not_ranked' END AS reason
FROM listed AS l
JOIN placed AS p
  ON p.line_no = l.line_no AND p.peer_group = l.peer_group AND p.level = l.level AND p.sort_value IS NOT DISTINCT FROM l.sort_value
JOIN described AS d ON d.line_no = l.line_no
WHERE p.group_size > 1

-- One row per indicator, period and region of a level: competition ranking (1, 2, 2, 4). Regions that count towards others' ranks, that are
-- ranked and that are only shown may differ; who has not reported, or only in part, is listed without a rank.
WITH valued AS (
  SELECT
    i.indicator_id, i.category, i.period, i.span, i.basis, i.region_id, i.value, i.obs_status = 'partial' AS partial, p.end_date, s.direction
  FROM indicators AS i
  JOIN periods AS p ON p.period = i.period AND p.span = i.span
  JOIN indicator_settings AS s ON s.indicator_id = i.indicator_id
  WHERE i.value IS NOT NULL
  UNION ALL
  SELECT
    CASE WHEN t.indicator_id = 'deaths' THEN 'target_progress' ELSE 'target_progress.' || t.indicator_id END, t.category, t.period, 'ytd',
    t.basis, t.region_id, t.progress_pct, FALSE, p.end_date, s.direction
  FROM target_progress AS t
  JOIN periods AS p ON p.period = t.period AND p.span = 'ytd'
  JOIN indicator_settings AS s ON s.indicator_id = 'target_progress'
  WHERE t.progress_pct IS NOT NULL
),
peers AS (
  SELECT 'all' AS peer_group, region_id FROM region_settings GROUP BY region_id
  UNION ALL
  SELECT peer_group, region_id FROM peer_groups
),
tables AS (
  SELECT DISTINCT v.indicator_id, v.category, v.period, v.span, v.basis, g.peer_group, r.level, v.end_date, v.direction
  FROM valued AS v
  JOIN peers AS g ON g.region_id = v.region_id
  JOIN (SELECT DISTINCT region_id, level FROM region_settings) AS r ON r.region_id = v.region_id
),
members AS (
  SELECT DISTINCT
    t.indicator_id, t.category, t.period, t.span, t.basis, t.peer_group, t.level, t.direction, r.region_id, r.ranked, r.counted
  FROM tables AS t
  JOIN region_settings AS r
    ON r.level = t.level AND (r.valid_from IS NULL OR r.valid_from <= t.end_date) AND (r.valid_to IS NULL OR r.valid_to > t.end_date)
  JOIN peers AS g ON g.peer_group = t.peer_group AND g.region_id = r.region_id
),
listed AS (
  SELECT
    m.*, v.value, coalesce(v.partial, FALSE) AS partial,
    CASE WHEN v.value IS NULL OR v.partial THEN NULL WHEN m.direction = 'asc' THEN v.value ELSE -v.value END AS sort_value
  FROM members AS m
  LEFT JOIN valued AS v
    ON v.indicator_id = m.indicator_id AND v.category = m.category AND v.period = m.period AND v.span = m.span AND v.basis = m.basis
   AND v.region_id = m.region_id
),
counted AS (
  SELECT
    listed.*,
    sum(CASE WHEN counted AND sort_value IS NOT NULL THEN 1 ELSE 0 END) OVER (
      PARTITION BY indicator_id, category, period, span, basis, peer_group, level ORDER BY sort_value ASC NULLS LAST
      RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS up_to_here,
    sum(CASE WHEN counted AND sort_value IS NOT NULL THEN 1 ELSE 0 END) OVER (
      PARTITION BY indicator_id, category, period, span, basis, peer_group, level, sort_value) AS same_value,
    sum(CASE WHEN ranked AND sort_value IS NOT NULL THEN 1 ELSE 0 END) OVER (
      PARTITION BY indicator_id, category, period, span, basis, peer_group, level, sort_value) AS same_rank,
    sum(CASE WHEN ranked AND sort_value IS NOT NULL THEN 1 ELSE 0 END) OVER (
      PARTITION BY indicator_id, category, period, span, basis, peer_group, level) AS ranked_count,
    count(*) OVER (PARTITION BY indicator_id, category, period, span, basis, peer_group, level) AS group_size
  FROM listed
)
SELECT
  indicator_id, category, period, span, basis, peer_group, level, region_id, value,
  CASE WHEN ranked AND sort_value IS NOT NULL THEN CAST(1 + up_to_here - same_value AS BIGINT) END AS rank,
  CAST(ranked_count AS BIGINT) AS ranked_count,
  ranked AND sort_value IS NOT NULL AND same_rank > 1 AS tied,
  direction, CAST(NULL AS BIGINT) AS rank_low, CAST(NULL AS BIGINT) AS rank_high,
  CASE WHEN partial THEN 'partial' WHEN value IS NULL THEN 'not_reported' WHEN NOT ranked THEN 'not_ranked' END AS reason
FROM counted
WHERE group_size > 1

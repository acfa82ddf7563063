-- One row per region of a ranking of all categories together: where it stands among its peers, whichever way the ranks are counted.
-- The percentile is the share of the other peers that do worse, those that do the same counted half: the best has 100, the worst 0.
-- The bottom are the k worst (parameters.bottom_k), at most a third of the peers, ties at the edge included, and never the best.
WITH peers AS (
  SELECT
    r.indicator_id, r.period, r.span, r.basis, r.peer_group, r.level, r.region_id, r.value, r.rank, r.rank_low, r.rank_high, s.unit,
    coalesce(s.better, CASE r.direction WHEN 'asc' THEN 'lower' ELSE 'higher' END) = 'lower' AS lower_is_better
  FROM rankings AS r
  JOIN indicator_settings AS s
    ON s.indicator_id = CASE WHEN r.indicator_id LIKE 'target_progress%' THEN 'target_progress' ELSE r.indicator_id END
  WHERE r.category = 'TOTAL' AND r.rank IS NOT NULL AND r.ranked_count > 1 AND s.twin IS NULL
),
counted AS (
  SELECT
    peers.*,
    count(*) OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level) AS peers,
    min(value) OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level) AS smallest,
    max(value) OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level) AS largest,
    rank() OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level ORDER BY value ASC NULLS LAST) - 1 AS smaller,
    rank() OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level ORDER BY value DESC NULLS LAST) - 1 AS larger,
    row_number() OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level ORDER BY value ASC NULLS LAST, region_id ASC NULLS LAST) AS place
  FROM peers
),
-- The middle one, or the mean of the two in the middle.
measured AS (
  SELECT
    counted.*, CASE WHEN lower_is_better THEN smaller ELSE larger END AS better, CASE WHEN lower_is_better THEN larger ELSE smaller END AS worse,
    CASE WHEN lower_is_better THEN smallest ELSE largest END AS best_value,
    CASE WHEN lower_is_better THEN largest ELSE smallest END AS worst_value,
    ratio(
      sum(CASE WHEN 2 * place IN (peers, peers + 1, peers + 2) THEN value END) OVER (PARTITION BY indicator_id, period, span, basis, peer_group, level),
      CASE WHEN peers % 2 = 0 THEN 2 ELSE 1 END, 6, 'half_up') AS median
  FROM counted
)
SELECT
  m.indicator_id, m.period, m.span, m.basis, m.peer_group, m.level, m.region_id, m.value, m.unit, m.rank, CAST(m.peers AS BIGINT) AS peers,
  m.best_value AS best, m.median, m.worst_value AS worst, CAST(m.value - m.median AS DECIMAL(24,6)) AS from_median,
  CAST(m.value - m.best_value AS DECIMAL(24,6)) AS from_best,
  CAST(ratio((2 * m.worse + m.peers - 1 - m.worse - m.better) * 50, m.peers - 1, 2, 'half_up') AS DECIMAL(9,2)) AS percentile,
  m.better > 0 AND m.worse < least((SELECT bottom_k FROM parameters), m.peers // 3) AS bottom,
  CAST(m.rank_low AS BIGINT) AS rank_low, CAST(m.rank_high AS BIGINT) AS rank_high
FROM measured AS m

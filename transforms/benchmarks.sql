-- One row per region of a ranking of all categories together: where it stands among its peers, whichever way the ranks are counted.
-- The percentile is the share of the other peers that do worse, those that do the same counted half: the best has 100, the worst 0.
-- The bottom are the k worst (parameters.bottom_k), ties at the edge included, and never the best.
-- A view: the places are stored by number (ranking_standings), and spelled out for every region when they are read.
SELECT
  l.indicator_id, l.period, l.span, l.basis, g.peer_group, g."level", n.region_id, CAST(s.value AS DECIMAL(38,6)) AS value, i.unit, CAST(s.place AS BIGINT) AS rank,
  CAST(s.peers AS BIGINT) AS peers, CAST(s.best_value AS DECIMAL(38,6)) AS best, s.median,
  CAST(s.worst_value AS DECIMAL(38,6)) AS worst, CAST(s.value - s.median AS DECIMAL(24,6)) AS from_median,
  CAST(s.value - s.best_value AS DECIMAL(24,6)) AS from_best, CAST(s.percentile AS DECIMAL(9,2)) AS percentile, s.bottom,
  CAST(s.rank_low AS BIGINT) AS rank_low,
  CASE WHEN s.rank_low IS NOT NULL THEN CAST(greatest(s.place, CASE WHEN r.counted THEN s.last_rank ELSE s.last_rank + 1 END) AS BIGINT) END AS rank_high
FROM ranking_standings AS s
JOIN ranking_lines AS l ON l.line_no = s.line_no
JOIN indicator_settings AS i
  ON i.indicator_id = CASE WHEN l.indicator_id LIKE 'target_progress%' THEN 'target_progress' ELSE l.indicator_id END
JOIN ranking_members AS r ON r.end_date = l.end_date AND r.group_no = s.group_no AND r.ranked
JOIN ranked_values AS v
  ON v.line_no = s.line_no AND v.region_no = r.region_no AND v.value = s.value AND v.numerator = s.numerator AND v.denominator = s.denominator
 AND NOT v.partial
JOIN (SELECT DISTINCT group_no, peer_group, "level" FROM ranking_groups) AS g ON g.group_no = r.group_no
JOIN region_numbers AS n ON n.region_no = r.region_no

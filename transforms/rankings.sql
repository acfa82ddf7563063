-- One row per indicator, period and region of a level: competition ranking (1, 2, 2, 4). Regions that count towards others' ranks, that are
-- ranked and that are only shown may differ; who has not reported, or only in part, or has reported what makes no rate or share, or whose
-- number is withheld, is listed without a rank. A number of which neither more nor less is better has no ranking, unless the jurisdiction names it in `ranking.indicators` or a file
-- prints its rank.
-- A view: the places are stored by number (ranking_places), and spelled out for every region when they are read.
SELECT
  d.indicator_id, d.category, d.period, d.span, d.basis, g.peer_group, g."level", n.region_id, CAST(v.value AS DECIMAL(38,6)) AS value,
  CASE WHEN m.ranked THEN CAST(p.place AS BIGINT) END AS rank, t.ranked_count, m.ranked AND p.place IS NOT NULL AND p.tied AS tied, d.direction,
  CASE WHEN m.ranked THEN CAST(p.rank_low AS BIGINT) END AS rank_low,
  CASE WHEN m.ranked AND p.rank_low IS NOT NULL
    THEN greatest(CAST(p.place AS BIGINT), CASE WHEN m.counted THEN p.last_rank ELSE p.last_rank + 1 END) END AS rank_high,
  CASE WHEN v.line_no IS NULL THEN CASE WHEN w.line_no IS NULL THEN 'not_reported' ELSE 'suppressed' END WHEN v.partial THEN 'partial' WHEN v.value IS NULL THEN v.reason
    WHEN NOT m.ranked THEN 'not_ranked' END AS reason
FROM ranking_tables AS t
JOIN ranking_lines AS d ON d.line_no = t.line_no
JOIN (SELECT DISTINCT group_no, peer_group, "level" FROM ranking_groups) AS g ON g.group_no = t.group_no
JOIN ranking_members AS m ON m.end_date = t.end_date AND m.group_no = t.group_no
JOIN region_numbers AS n ON n.region_no = m.region_no
LEFT JOIN ranked_values AS v ON v.line_no = t.line_no AND v.region_no = m.region_no
LEFT JOIN withheld_ranks AS w ON w.line_no = t.line_no AND w.region_no = m.region_no
LEFT JOIN ranking_places AS p
  ON p.line_no = t.line_no AND p.group_no = t.group_no AND p.value = v.value AND p.numerator = v.numerator AND p.denominator = v.denominator
 AND NOT v.partial

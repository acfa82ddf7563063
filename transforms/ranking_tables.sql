-- One row per ranking: a line, for a group of more than one region of which at least one has a value; how many have a rank in it and how many are listed.
-- Internal.
WITH valued AS (
  SELECT DISTINCT v.line_no, g.group_no
  FROM ranked_values AS v
  JOIN ranking_groups AS g ON g.region_no = v.region_no
  WHERE v.value IS NOT NULL
),
sizes AS (
  SELECT end_date, group_no, count(*) AS listed_count FROM ranking_members GROUP BY end_date, group_no HAVING count(*) > 1
),
ranked AS (
  SELECT line_no, group_no, sum(ranked) AS ranked_count FROM ranking_places GROUP BY line_no, group_no
)
SELECT v.line_no, v.group_no, d.end_date, CAST(coalesce(r.ranked_count, 0) AS BIGINT) AS ranked_count, s.listed_count
FROM valued AS v
JOIN ranking_lines AS d ON d.line_no = v.line_no
JOIN sizes AS s ON s.end_date = d.end_date AND s.group_no = v.group_no
LEFT JOIN ranked AS r ON r.line_no = v.line_no AND r.group_no = v.group_no

-- One row per place in a ranking of all categories together, with what its number means among the peers.
-- Internal.
WITH lines AS (
  SELECT d.line_no, coalesce(s.better, CASE d.direction WHEN 'asc' THEN 'lower' ELSE 'higher' END) = 'lower' AS lower_is_better
  FROM ranking_lines AS d
  JOIN indicator_settings AS s
    ON s.indicator_id = CASE WHEN d.indicator_id LIKE 'target_progress%' THEN 'target_progress' ELSE d.indicator_id END
  WHERE d.category = 'TOTAL' AND s.twin IS NULL
),
-- Each different number of a ranking once, with how many have it.
numbers AS (
  SELECT p.line_no, p.group_no, p.value, sum(p.ranked) AS having_it
  FROM ranking_places AS p
  JOIN lines AS l ON l.line_no = p.line_no
  JOIN ranking_tables AS t ON t.line_no = p.line_no AND t.group_no = p.group_no AND t.ranked_count > 1
  WHERE p.ranked > 0
  GROUP BY p.line_no, p.group_no, p.value
),
counted AS (
  SELECT
    numbers.*, sum(having_it) OVER (PARTITION BY line_no, group_no) AS peers,
    min(value) OVER (PARTITION BY line_no, group_no) AS smallest, max(value) OVER (PARTITION BY line_no, group_no) AS largest,
    sum(having_it) OVER (
      PARTITION BY line_no, group_no ORDER BY value ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - having_it AS smaller
  FROM numbers
),
-- The middle one, or the mean of the two in the middle.
measured AS (
  SELECT
    c.line_no, c.group_no, c.value, c.peers, CASE WHEN l.lower_is_better THEN c.smaller ELSE c.peers - c.smaller - c.having_it END AS better,
    CASE WHEN l.lower_is_better THEN c.peers - c.smaller - c.having_it ELSE c.smaller END AS worse,
    CASE WHEN l.lower_is_better THEN c.smallest ELSE c.largest END AS best_value,
    CASE WHEN l.lower_is_better THEN c.largest ELSE c.smallest END AS worst_value,
    ratio(
      sum(c.value * (CASE WHEN (c.peers + 1) // 2 BETWEEN c.smaller + 1 AND c.smaller + c.having_it THEN 1 ELSE 0 END
        + CASE WHEN c.peers // 2 + 1 BETWEEN c.smaller + 1 AND c.smaller + c.having_it THEN 1 ELSE 0 END)) OVER (PARTITION BY c.line_no, c.group_no),
      2, 6, 'half_up') AS median
  FROM counted AS c
  JOIN lines AS l ON l.line_no = c.line_no
)
SELECT
  p.line_no, p.group_no, p.value, p.numerator, p.denominator, p.place, p.rank_low, p.last_rank, m.peers, m.best_value, m.worst_value, m.median,
  ratio((2 * m.worse + m.peers - 1 - m.worse - m.better) * 50, m.peers - 1, 2, 'half_up') AS percentile,
  m.better > 0 AND m.worse < (SELECT bottom_k FROM parameters) AS bottom
FROM ranking_places AS p
JOIN measured AS m ON m.line_no = p.line_no AND m.group_no = p.group_no AND m.value = p.value

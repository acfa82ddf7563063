-- One row per ranking (line and group) and different number in it: its place, and how many have it.
-- Internal. Who has not reported, or only in part, or has no value, has no place. rank_low..rank_high is where the rank may be but for chance: all exact
-- intervals of a table hold together with 90 %, and only who lies wholly outside of one's own interval is surely better or worse (Klein,
-- Wright and Wieczorek 2020).
WITH alike AS (
  SELECT
    v.line_no, m.group_no, v.value, CAST(0 AS DECIMAL(24,6)) AS numerator, CAST(0 AS DECIMAL(24,6)) AS denominator,
    CAST(sum(CASE WHEN m.counted THEN 1 ELSE 0 END) AS INTEGER) AS counted, CAST(sum(CASE WHEN m.ranked THEN 1 ELSE 0 END) AS INTEGER) AS ranked,
    0 AS compared
  FROM ranking_lines AS d
  JOIN indicator_values AS v ON v.line_no = d.line_no
  JOIN ranking_members AS m ON m.end_date = d.end_date AND m.region_no = v.region_no
  WHERE d.chance IS NULL AND d.line_no > 0 AND v.value IS NOT NULL AND NOT v.partial
  GROUP BY v.line_no, m.group_no, v.value
  UNION ALL
  -- For chance only those are alike that have the same numerator and denominator.
  SELECT
    v.line_no, m.group_no, v.value, v.numerator, v.denominator, CAST(sum(CASE WHEN m.counted THEN 1 ELSE 0 END) AS INTEGER),
    CAST(sum(CASE WHEN m.ranked THEN 1 ELSE 0 END) AS INTEGER), CAST(sum(CASE WHEN m.ranked OR m.counted THEN 1 ELSE 0 END) AS INTEGER)
  FROM ranking_lines AS d
  JOIN ranked_values AS v ON v.line_no = d.line_no
  JOIN ranking_members AS m ON m.end_date = d.end_date AND m.region_no = v.region_no
  WHERE (d.chance IS NOT NULL OR d.line_no < 0) AND v.value IS NOT NULL AND NOT v.partial
  GROUP BY v.line_no, m.group_no, v.value, v.numerator, v.denominator
),
sorted AS (
  SELECT
    a.line_no, a.group_no, CASE d.direction WHEN 'asc' THEN a.value ELSE -a.value END AS sort_value, a.numerator, a.denominator, a.counted,
    a.ranked, a.compared
  FROM alike AS a
  JOIN ranking_lines AS d ON d.line_no = a.line_no
),
-- How many share each value, and how many are better.
summed AS (
  SELECT
    line_no, group_no, sort_value, numerator, denominator, counted, ranked, compared,
    CAST(sum(ranked) OVER (
      PARTITION BY line_no, group_no ORDER BY sort_value ASC NULLS LAST RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS INTEGER) AS same_rank,
    CAST(sum(counted) OVER (
      PARTITION BY line_no, group_no ORDER BY sort_value ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS INTEGER) AS so_far,
    CAST(sum(counted) OVER (
      PARTITION BY line_no, group_no ORDER BY sort_value ASC NULLS LAST RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS INTEGER) AS same_value,
    CAST(sum(compared) OVER (PARTITION BY line_no, group_no) AS INTEGER) AS all_compared,
    CAST(sum(counted) OVER (PARTITION BY line_no, group_no) AS INTEGER) AS all_counted
  FROM sorted
),
placed AS (
  SELECT
    s.line_no, s.group_no, d.direction, d.chance, CASE d.direction WHEN 'asc' THEN s.sort_value ELSE -s.sort_value END AS value, s.numerator,
    s.denominator, s.counted, s.ranked, s.compared, s.same_rank > 1 AS tied, 1 + s.so_far - s.same_value AS place, s.all_compared, s.all_counted
  FROM summed AS s
  JOIN ranking_lines AS d ON d.line_no = s.line_no
),
bounds AS (
  SELECT
    chance, numerator, denominator, all_compared,
    chance_low(chance, CAST(numerator AS DOUBLE), CAST(denominator AS DOUBLE), CAST(all_compared AS DOUBLE)) AS low,
    chance_high(chance, CAST(numerator AS DOUBLE), CAST(denominator AS DOUBLE), CAST(all_compared AS DOUBLE)) AS high
  FROM (SELECT DISTINCT chance, numerator, denominator, all_compared FROM placed WHERE chance IS NOT NULL AND compared > 0) AS different
),
-- Both ends of every interval; of whom nothing is known could be anything.
ends AS (
  SELECT
    p.line_no, p.group_no, p.numerator, p.denominator, p.counted, p.all_counted, e.upper,
    CASE WHEN e.upper THEN coalesce(b.high, 1e300) ELSE coalesce(b.low, -1e0) END AS bound, b.low IS NOT NULL AS known
  FROM placed AS p
  JOIN bounds AS b
    ON b.chance = p.chance AND b.numerator = p.numerator AND b.denominator = p.denominator AND b.all_compared = p.all_compared
  CROSS JOIN (SELECT FALSE AS upper UNION ALL SELECT TRUE AS upper) AS e
  WHERE p.compared > 0
),
-- Going up: how many intervals have ended before this one begins, and how many have begun when it ends.
passed AS (
  SELECT
    line_no, group_no, numerator, denominator, all_counted, upper, known,
    sum(CASE WHEN upper THEN counted ELSE 0 END) OVER (
      PARTITION BY line_no, group_no ORDER BY bound ASC NULLS LAST, upper ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ended,
    sum(CASE WHEN upper THEN 0 ELSE counted END) OVER (
      PARTITION BY line_no, group_no ORDER BY bound ASC NULLS LAST, upper ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS begun
  FROM ends
),
sure AS (
  SELECT
    line_no, group_no, numerator, denominator, max(CASE WHEN upper THEN NULL ELSE ended END) AS smaller,
    max(CASE WHEN upper THEN all_counted - begun END) AS larger
  FROM passed
  WHERE known
  GROUP BY line_no, group_no, numerator, denominator
)
SELECT
  p.line_no, p.group_no, p.value, p.numerator, p.denominator, CAST(p.ranked AS INTEGER) AS ranked, CAST(p.place AS INTEGER) AS place, p.tied,
  CASE WHEN s.line_no IS NOT NULL THEN CAST(least(p.place, 1 + CASE p.direction WHEN 'asc' THEN s.smaller ELSE s.larger END) AS INTEGER) END
    AS rank_low,
  CAST(p.all_counted - CASE p.direction WHEN 'asc' THEN s.larger ELSE s.smaller END AS INTEGER) AS last_rank
FROM placed AS p
LEFT JOIN sure AS s
  ON s.line_no = p.line_no AND s.group_no = p.group_no AND s.numerator = p.numerator AND s.denominator = p.denominator AND p.chance IS NOT NULL

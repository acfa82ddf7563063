-- One row per indicator, period and region of a level: competition ranking (1, 2, 2, 4). Regions that count towards others' ranks, that are
-- ranked and that are only shown may differ; who has not reported, or only in part, is listed without a rank. A number of which neither
-- more nor less is better has no ranking, unless the jurisdiction names it in `ranking.indicators` or a file prints its rank.
-- rank_low..rank_high is where the rank may be but for chance: all exact intervals of a table hold together with 90 %, and only who lies
-- wholly outside of one's own interval is surely better or worse (Klein, Wright and Wieczorek 2020).
WITH printed_ranks AS (
  SELECT DISTINCT t.indicator_id
  FROM companions AS c
  JOIN indicator_terms AS t ON t.form_id = c.form_id AND t.measure = c.measure AND t.side = 'numerator'
  WHERE c.kind = 'rank'
),
progress AS (
  SELECT
    CASE WHEN t.indicator_id = 'deaths' THEN 'target_progress' ELSE 'target_progress.' || t.indicator_id END AS indicator_id, t.category, t.period,
    t.basis, t.region_id, t.progress_pct AS value, t.actual AS numerator, t.target AS denominator
  FROM target_progress AS t
  WHERE t.progress_pct IS NOT NULL
),
-- The progress of control targets makes lines of its own, numbered below zero.
progress_lines AS (
  SELECT
    CAST(-row_number() OVER (ORDER BY indicator_id, category, period, basis) AS INTEGER) AS line_no, indicator_id, category, basis, period,
    'ytd' AS span, CASE WHEN indicator_id = 'target_progress' THEN 'deaths' ELSE substr(indicator_id, 17) END AS of_indicator
  FROM (SELECT DISTINCT indicator_id, category, period, basis FROM progress) AS p
),
lines AS (
  SELECT line_no, indicator_id, category, basis, period, span, indicator_id AS settings_id, indicator_id AS of_indicator FROM indicator_lines
  UNION ALL
  SELECT line_no, indicator_id, category, basis, period, span, 'target_progress', of_indicator FROM progress_lines
),
described AS (
  SELECT
    l.line_no, l.indicator_id, l.category, l.basis, l.period, l.span, p.end_date, s.direction,
    -- A count over its target is a rate.
    CASE WHEN l.line_no > 0 THEN c.chance WHEN c.chance = 'count' THEN 'rate' END AS chance
  FROM lines AS l
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  JOIN indicator_settings AS s ON s.indicator_id = l.settings_id
  LEFT JOIN indicator_settings AS c ON c.indicator_id = l.of_indicator
  WHERE s.ranked OR l.indicator_id IN (SELECT indicator_id FROM printed_ranks)
),
valued AS (
  SELECT v.line_no, v.region_id, v.value, v.obs_status = 'partial' AS partial, v.numerator, v.denominator
  FROM indicator_values AS v
  WHERE v.value IS NOT NULL AND v.line_no IN (SELECT line_no FROM described)
  UNION ALL
  SELECT l.line_no, p.region_id, p.value, FALSE, p.numerator, p.denominator
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
-- A table of a yearbook: a line, for the peers of one level of which at least one has a value; with a number of its own.
tables AS (
  SELECT
    CAST(row_number() OVER (ORDER BY g.line_no, g.peer_group, g.level) AS INTEGER) AS table_no, g.peer_group, g.level, d.line_no, d.indicator_id,
    d.category, d.period, d.span, d.basis, d.end_date, d.direction, d.chance
  FROM (
    SELECT DISTINCT v.line_no, g.peer_group, g.level
    FROM valued AS v
    JOIN groups AS g ON g.region_id = v.region_id
  ) AS g
  JOIN described AS d ON d.line_no = g.line_no
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
    t.table_no, t.chance, m.region_id, m.ranked, m.counted, v.value, coalesce(v.partial, FALSE) AS partial,
    -- What chance works on; a rate that was printed without its numbers has none.
    CASE WHEN t.chance IS NOT NULL THEN coalesce(v.numerator, -1) END AS numerator,
    CASE WHEN t.chance IS NOT NULL THEN coalesce(v.denominator, 1) END AS denominator,
    CASE WHEN v.value IS NULL OR v.partial THEN NULL WHEN t.direction = 'asc' THEN v.value ELSE -v.value END AS sort_value
  FROM tables AS t
  JOIN on_the_day AS m ON m.end_date = t.end_date AND m.peer_group = t.peer_group AND m.level = t.level
  LEFT JOIN valued AS v ON v.line_no = t.line_no AND v.region_id = m.region_id
),
-- How many share each value, and how many are better.
tied AS (
  SELECT
    table_no, sort_value, sum(CASE WHEN counted THEN 1 ELSE 0 END) AS same_value, sum(CASE WHEN ranked THEN 1 ELSE 0 END) AS same_rank,
    count(*) AS members
  FROM listed
  GROUP BY table_no, sort_value
),
placed AS (
  SELECT
    table_no, sort_value, same_rank > 1 AS tied,
    CAST(1 + sum(CASE WHEN sort_value IS NULL THEN 0 ELSE same_value END) OVER (
      PARTITION BY table_no ORDER BY sort_value ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      - CASE WHEN sort_value IS NULL THEN 0 ELSE same_value END AS BIGINT) AS place,
    CAST(sum(CASE WHEN sort_value IS NULL THEN 0 ELSE same_rank END) OVER (PARTITION BY table_no) AS BIGINT) AS ranked_count,
    sum(members) OVER (PARTITION BY table_no) AS group_size
  FROM tied
),
alike AS (
  SELECT table_no, chance, numerator, denominator, sum(CASE WHEN counted THEN 1 ELSE 0 END) AS counted, count(*) AS members
  FROM listed
  WHERE chance IS NOT NULL AND sort_value IS NOT NULL AND (ranked OR counted)
  GROUP BY table_no, chance, numerator, denominator
),
compared AS (
  SELECT
    alike.*, sum(members) OVER (PARTITION BY table_no) AS compared,
    sum(counted) OVER (PARTITION BY table_no) AS all_counted
  FROM alike
),
bounds AS (
  SELECT
    chance, numerator, denominator, compared,
    chance_low(chance, CAST(numerator AS DOUBLE), CAST(denominator AS DOUBLE), CAST(compared AS DOUBLE)) AS low,
    chance_high(chance, CAST(numerator AS DOUBLE), CAST(denominator AS DOUBLE), CAST(compared AS DOUBLE)) AS high
  FROM (SELECT DISTINCT chance, numerator, denominator, compared FROM compared) AS different
),
-- Both ends of every interval; of whom nothing is known could be anything.
ends AS (
  SELECT
    c.table_no, c.numerator, c.denominator, c.counted, c.all_counted, e.upper,
    CASE WHEN e.upper THEN coalesce(b.high, 1e300) ELSE coalesce(b.low, -1e0) END AS place, b.low IS NOT NULL AS known
  FROM compared AS c
  JOIN bounds AS b
    ON b.chance = c.chance AND b.numerator = c.numerator AND b.denominator = c.denominator AND b.compared = c.compared
  CROSS JOIN (SELECT FALSE AS upper UNION ALL SELECT TRUE AS upper) AS e
),
-- Going up: how many intervals have ended before this one begins, and how many have begun when it ends.
passed AS (
  SELECT
    table_no, numerator, denominator, all_counted, upper, known,
    sum(CASE WHEN upper THEN counted ELSE 0 END) OVER (
      PARTITION BY table_no ORDER BY place ASC NULLS LAST, upper ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ended,
    sum(CASE WHEN upper THEN 0 ELSE counted END) OVER (
      PARTITION BY table_no ORDER BY place ASC NULLS LAST, upper ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS begun
  FROM ends
),
sure AS (
  SELECT
    p.table_no, p.numerator, p.denominator, CAST(1 + CASE t.direction WHEN 'asc' THEN p.smaller ELSE p.larger END AS BIGINT) AS rank_low,
    CAST(p.all_counted - CASE t.direction WHEN 'asc' THEN p.larger ELSE p.smaller END AS BIGINT) AS rank_high
  FROM (
    SELECT
      table_no, numerator, denominator, max(all_counted) AS all_counted, max(CASE WHEN upper THEN NULL ELSE ended END) AS smaller,
      max(CASE WHEN upper THEN all_counted - begun END) AS larger
    FROM passed
    WHERE known
    GROUP BY table_no, numerator, denominator
  ) AS p
  JOIN tables AS t ON t.table_no = p.table_no
)
SELECT
  t.indicator_id, t.category, t.period, t.span, t.basis, t.peer_group, t.level, l.region_id, l.value,
  CASE WHEN l.ranked AND l.sort_value IS NOT NULL THEN p.place END AS rank, p.ranked_count,
  l.ranked AND l.sort_value IS NOT NULL AND p.tied AS tied, t.direction,
  CASE WHEN l.ranked AND s.rank_low IS NOT NULL THEN least(p.place, s.rank_low) END AS rank_low,
  CASE WHEN l.ranked AND s.rank_low IS NOT NULL THEN greatest(p.place, CASE WHEN l.counted THEN s.rank_high ELSE s.rank_high + 1 END) END AS rank_high,
  CASE WHEN l.partial THEN 'partial' WHEN l.value IS NULL THEN 'not_reported' WHEN NOT l.ranked THEN 'not_ranked' END AS reason
FROM listed AS l
JOIN tables AS t ON t.table_no = l.table_no
JOIN placed AS p ON p.table_no = l.table_no AND p.sort_value IS NOT DISTINCT FROM l.sort_value
LEFT JOIN sure AS s ON s.table_no = l.table_no AND s.numerator = l.numerator AND s.denominator = l.denominator
WHERE p.group_size > 1

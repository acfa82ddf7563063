-- One row per region, year and kind of letter, in the years in which letters were reported: how many the region signed with those below it, how
-- many of those who should sign did (regions below: one each; townships: as many as the duty system counts), how they ended and what was paid.
WITH letters AS (
  SELECT
    l.region_id, l.period, l.type, l.signee_region_id, l.result, l.reward_yuan,
    CASE WHEN EXISTS (
      SELECT 1 FROM letter_targets AS t
      WHERE t.region_id = l.region_id AND t.period = l.period AND t.letter_id = l.letter_id AND t.state IN ('missed', 'triggered')) THEN 1 ELSE 0 END
      AS broken
  FROM responsibility_letters AS l
  WHERE l.type IS NOT NULL
),
years AS (
  SELECT DISTINCT l.period, p.end_date
  FROM letters AS l
  JOIN periods AS p ON p.period = l.period AND length(p.period) = 4
),
below AS (
  SELECT DISTINCT y.period, r.parent_id AS region_id, r.region_id AS child_id
  FROM years AS y
  JOIN region_settings AS r
    ON r.kind <> 'unallocated' AND (r.valid_from IS NULL OR r.valid_from <= y.end_date) AND (r.valid_to IS NULL OR r.valid_to > y.end_date)
  WHERE r.parent_id IS NOT NULL
),
children AS (
  SELECT b.period, b.region_id, '领导' AS type, count(*) AS expected, count(l.signee_region_id) AS covered
  FROM below AS b
  LEFT JOIN (SELECT DISTINCT region_id, period, signee_region_id FROM letters) AS l
    ON l.region_id = b.region_id AND l.period = b.period AND l.signee_region_id = b.child_id
  GROUP BY b.period, b.region_id
),
townships AS (
  SELECT
    y.period, n.region_id, '乡镇街道' AS type, v.value AS expected,
    row_number() OVER (PARTITION BY y.period, n.region_id ORDER BY p.end_month DESC, l.period DESC, l.basis) AS place
  FROM years AS y
  JOIN indicator_lines AS l ON l.indicator_id = 'F10.should' AND l.category = '乡镇' AND substr(l.period, 1, 4) = y.period
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  JOIN indicator_values AS v ON v.line_no = l.line_no AND NOT v.partial AND v.value > 0
  JOIN region_numbers AS n ON n.region_no = v.region_no
),
expected AS (
  SELECT period, region_id, type, expected, covered FROM children
  UNION ALL
  -- A region with regions below leaves its townships to them.
  SELECT t.period, t.region_id, t.type, CAST(t.expected AS BIGINT), CAST(NULL AS BIGINT)
  FROM townships AS t
  WHERE t.place = 1 AND t.region_id NOT IN (SELECT region_id FROM children)
),
counted AS (
  SELECT
    region_id, period, type, count(*) AS letters,
    sum(CASE WHEN result = '完成' THEN 1 ELSE 0 END) AS met, sum(CASE WHEN result = '未完成' THEN 1 ELSE 0 END) AS missed,
    sum(CASE WHEN result = '否决' THEN 1 ELSE 0 END) AS vetoed, sum(broken) AS broken, sum(reward_yuan) AS reward_yuan
  FROM letters
  GROUP BY region_id, period, type
),
joined AS (
  SELECT
    coalesce(c.region_id, e.region_id) AS region_id, coalesce(c.period, e.period) AS period, coalesce(c.type, e.type) AS type,
    coalesce(c.letters, 0) AS letters, e.expected,
    coalesce(e.covered, CASE WHEN e.expected IS NOT NULL THEN least(coalesce(c.letters, 0), e.expected) END) AS covered,
    coalesce(c.met, 0) AS met, coalesce(c.missed, 0) AS missed, coalesce(c.vetoed, 0) AS vetoed, coalesce(c.broken, 0) AS broken, c.reward_yuan
  FROM counted AS c
  FULL JOIN expected AS e ON e.region_id = c.region_id AND e.period = c.period AND e.type = c.type
)
SELECT
  j.region_id, j.period, j.type, CAST(j.letters AS BIGINT) AS letters, j.expected, CAST(j.covered AS BIGINT) AS covered,
  ratio(j.covered * 100, j.expected, 2, 'half_up') AS coverage_pct, CAST(j.met AS BIGINT) AS met, CAST(j.missed AS BIGINT) AS missed,
  CAST(j.vetoed AS BIGINT) AS vetoed, CAST(j.broken AS BIGINT) AS broken, j.reward_yuan
FROM joined AS j

-- One row per condition of a letter: a target, or a special veto, with its indicator, sign and value; and, where the letter went to a region
-- below and the indicator is one of ours, what was measured there so far in its year and what that means.
WITH written AS (
  SELECT region_id, period, letter_id, signee_region_id, 'target' AS kind, targets AS written FROM responsibility_letters
  UNION ALL
  SELECT region_id, period, letter_id, signee_region_id, 'veto', special_veto FROM responsibility_letters
),
places AS (
  SELECT 1 AS position UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7
  UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11 UNION ALL SELECT 12
),
conditions AS (
  SELECT
    w.region_id, w.period, w.letter_id, w.signee_region_id, w.kind, p.position,
    trim(split_part(replace(replace(replace(w.written, '；', ';'), '≤', '<='), '≥', '>='), ';', p.position)) AS condition
  FROM written AS w
  CROSS JOIN places AS p
  WHERE w.written IS NOT NULL
),
parsed AS (
  SELECT
    c.region_id, c.period, c.letter_id, c.signee_region_id, c.kind, c.position,
    trim(regexp_extract(c.condition, '^([^<>=]+)(<=|>=|=|<|>)', 1)) AS indicator,
    regexp_extract(c.condition, '^[^<>=]+(<=|>=|=|<|>)', 1) AS sign,
    TRY_CAST(regexp_extract(c.condition, '([0-9.]+)%?$', 1) AS DECIMAL(24,6)) AS limit_value
  FROM conditions AS c
  WHERE c.condition <> ''
),
known AS (
  SELECT
    p.region_id, p.period, p.letter_id, p.signee_region_id, p.kind, p.position, p.indicator, w.indicator_id, p.sign, p.limit_value
  FROM parsed AS p
  LEFT JOIN target_words AS w ON w.word = lower(p.indicator)
  WHERE p.sign <> '' AND p.limit_value IS NOT NULL
),
-- The year where it is over, else the newest year to date.
measured AS (
  SELECT
    k.region_id, k.period, k.letter_id, k.kind, k.position, l.period AS measured_period, l.span, v.value,
    row_number() OVER (
      PARTITION BY k.region_id, k.period, k.letter_id, k.kind, k.position
      ORDER BY CASE l.span WHEN 'year' THEN 1 ELSE 2 END, l.period DESC, l.basis) AS place
  FROM known AS k
  JOIN indicator_lines AS l
    ON l.indicator_id = k.indicator_id AND l.category = 'TOTAL' AND l.span IN ('year', 'ytd') AND substr(l.period, 1, 4) = k.period
  JOIN region_numbers AS n ON n.region_id = k.signee_region_id
  JOIN indicator_values AS v ON v.line_no = l.line_no AND v.region_no = n.region_no
  WHERE v.value IS NOT NULL AND NOT v.partial
),
judged AS (
  SELECT
    k.region_id, k.period, k.letter_id, k.kind, k.position, k.indicator, k.indicator_id, k.sign, k.limit_value, m.measured_period, m.value, m.span,
    CASE k.sign WHEN '<=' THEN m.value <= k.limit_value WHEN '<' THEN m.value < k.limit_value WHEN '>=' THEN m.value >= k.limit_value
      WHEN '>' THEN m.value > k.limit_value WHEN '=' THEN m.value = k.limit_value END AS holds
  FROM known AS k
  LEFT JOIN measured AS m
    ON m.region_id = k.region_id AND m.period = k.period AND m.letter_id = k.letter_id AND m.kind = k.kind AND m.position = k.position AND m.place = 1
)
SELECT
  j.region_id, j.period, j.letter_id, j.kind, j.position, j.indicator, j.indicator_id, j.sign, j.limit_value, j.measured_period,
  j.value AS measured,
  CASE
    WHEN j.holds IS NULL THEN NULL
    WHEN j.kind = 'veto' THEN CASE WHEN j.holds THEN 'triggered' ELSE 'clear' END
    WHEN j.span = 'year' THEN CASE WHEN j.holds THEN 'met' ELSE 'missed' END
    -- Before the year is over a limit can be broken already, and a number to be reached can still be reached.
    WHEN j.sign IN ('<=', '<') AND NOT j.holds OR j.sign = '=' AND j.value > j.limit_value THEN 'missed'
    ELSE 'so_far' END AS state
FROM judged AS j

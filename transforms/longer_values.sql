-- One row per number of a region that stands for a longer stretch than was reported: months or quarters added up to the year to date, a quarter,
-- a half year or a year; a cumulative number of March, June or December, which is the quarter's, the half year's or the year's; or what was so
-- at the end of the stretch, of a measure that is a state and not added up (kind `state`).
-- Internal. A sum is made only when every month of the stretch is there once; a reported number always comes before a sum. A region whose code
-- changed is one region: the number is that of the code at the end of the stretch.
WITH parts AS (
  SELECT
    s.slot_no, s.span, s.kind, CAST(substr(s.period, 6) AS INTEGER) AS part_no, p.start_month, p.end_month, p.month_no AS last_no, p.months,
    min(s.slot_no) OVER (PARTITION BY s.form_id, s.measure, s.category, s.basis, substr(s.period, 1, 4)) AS series_no
  FROM slots AS s
  JOIN periods AS p ON p.period = s.period AND p.span = s.span
  WHERE s.span IN ('month', 'quarter') AND s.additive AND s.kind IN ('flow', 'events', 'state')
),
-- The stretches that the parts of a year make: 103 is January to March, whatever it is called.
stretches AS (
  SELECT DISTINCT
    m.series_no, m.kind, t.slot_no, p.end_month, p.end_date, p.month_no AS last_month, p.months,
    (p.month_no - p.months + 1) * 100 + p.month_no AS stretch
  FROM parts AS m
  JOIN slots AS s ON s.slot_no = m.slot_no
  JOIN periods AS p ON p.span IN ('ytd', 'quarter', 'half', 'year') AND m.start_month >= p.start_month AND m.end_month <= p.end_month
  JOIN slots AS t
    ON t.form_id = s.form_id AND t.measure = s.measure AND t.category = s.category AND t.basis = s.basis AND t.period = p.period AND t.span = p.span
),
-- The codes of a region that had several, by the day on which a stretch ends.
codes AS (
  SELECT n.canonical_no, d.end_date, min(n.region_no) AS region_no
  FROM region_numbers AS n
  JOIN region_settings AS r ON r.region_id = n.region_id
  JOIN (SELECT DISTINCT end_date FROM stretches) AS d
    ON (r.valid_from IS NULL OR r.valid_from <= d.end_date) AND (r.valid_to IS NULL OR r.valid_to > d.end_date)
  WHERE NOT n.alone
  GROUP BY n.canonical_no, d.end_date
),
years AS (
  SELECT
    m.series_no, n.canonical_no, sum(CASE WHEN m.span = 'month' THEN 1 ELSE 0 END) AS months, sum(CASE WHEN m.span = 'month' THEN 0 ELSE 1 END) AS reported,
    sum(CASE WHEN m.part_no = 1 AND m.span = 'month' THEN r.value END) AS m1, sum(CASE WHEN m.part_no = 2 AND m.span = 'month' THEN r.value END) AS m2,
    sum(CASE WHEN m.part_no = 3 AND m.span = 'month' THEN r.value END) AS m3, sum(CASE WHEN m.part_no = 4 AND m.span = 'month' THEN r.value END) AS m4,
    sum(CASE WHEN m.part_no = 5 THEN r.value END) AS m5, sum(CASE WHEN m.part_no = 6 THEN r.value END) AS m6,
    sum(CASE WHEN m.part_no = 7 THEN r.value END) AS m7, sum(CASE WHEN m.part_no = 8 THEN r.value END) AS m8,
    sum(CASE WHEN m.part_no = 9 THEN r.value END) AS m9, sum(CASE WHEN m.part_no = 10 THEN r.value END) AS m10,
    sum(CASE WHEN m.part_no = 11 THEN r.value END) AS m11, sum(CASE WHEN m.part_no = 12 THEN r.value END) AS m12,
    sum(CASE WHEN m.part_no = 1 AND m.span = 'quarter' THEN r.value END) AS r1, sum(CASE WHEN m.part_no = 2 AND m.span = 'quarter' THEN r.value END) AS r2,
    sum(CASE WHEN m.part_no = 3 AND m.span = 'quarter' THEN r.value END) AS r3, sum(CASE WHEN m.part_no = 4 AND m.span = 'quarter' THEN r.value END) AS r4
  FROM reported_values AS r
  JOIN parts AS m ON m.slot_no = r.slot_no
  JOIN region_numbers AS n ON n.region_no = r.region_no
  WHERE m.kind <> 'state'
  GROUP BY m.series_no, n.canonical_no
),
-- A month that is missing makes every sum with it unknown; a quarter that was reported needs no months.
quarters AS (
  SELECT
    years.*, coalesce(r1, m1 + m2 + m3) AS q1, coalesce(r2, m4 + m5 + m6) AS q2, coalesce(r3, m7 + m8 + m9) AS q3,
    coalesce(r4, m10 + m11 + m12) AS q4
  FROM years
  WHERE months = CAST(m1 IS NOT NULL AS INTEGER) + CAST(m2 IS NOT NULL AS INTEGER) + CAST(m3 IS NOT NULL AS INTEGER)
    + CAST(m4 IS NOT NULL AS INTEGER) + CAST(m5 IS NOT NULL AS INTEGER) + CAST(m6 IS NOT NULL AS INTEGER) + CAST(m7 IS NOT NULL AS INTEGER)
    + CAST(m8 IS NOT NULL AS INTEGER) + CAST(m9 IS NOT NULL AS INTEGER) + CAST(m10 IS NOT NULL AS INTEGER) + CAST(m11 IS NOT NULL AS INTEGER)
    + CAST(m12 IS NOT NULL AS INTEGER)
    AND reported = CAST(r1 IS NOT NULL AS INTEGER) + CAST(r2 IS NOT NULL AS INTEGER) + CAST(r3 IS NOT NULL AS INTEGER) + CAST(r4 IS NOT NULL AS INTEGER)
),
summed AS (
  SELECT
    t.slot_no, q.canonical_no, t.end_date, CASE WHEN q.months = 0 THEN t.months / 3 ELSE t.months END AS parts,
    CASE t.stretch
      WHEN 101 THEN m1 WHEN 102 THEN m1 + m2 WHEN 103 THEN q1 WHEN 104 THEN q1 + m4 WHEN 105 THEN q1 + m4 + m5 WHEN 106 THEN q1 + q2
      WHEN 107 THEN q1 + q2 + m7 WHEN 108 THEN q1 + q2 + m7 + m8 WHEN 109 THEN q1 + q2 + q3 WHEN 110 THEN q1 + q2 + q3 + m10
      WHEN 111 THEN q1 + q2 + q3 + m10 + m11 WHEN 112 THEN q1 + q2 + q3 + q4 WHEN 406 THEN q2 WHEN 709 THEN q3 WHEN 1012 THEN q4
      WHEN 712 THEN q3 + q4 END AS value
  FROM quarters AS q
  JOIN stretches AS t ON t.series_no = q.series_no
),
-- Nearly every number is exact; only where some are not is it asked which.
marks AS (
  SELECT
    t.slot_no, n.canonical_no, t.end_date, bool_or(r.recovered) AS recovered, bit_or(r.qualifiers) AS bits, count(*) AS marked
  FROM reported_values AS r
  JOIN parts AS m ON m.slot_no = r.slot_no AND m.kind <> 'state'
  JOIN region_numbers AS n ON n.region_no = r.region_no
  JOIN stretches AS t
    ON t.series_no = m.series_no AND m.last_no - m.months >= t.last_month - t.months AND m.last_no <= t.last_month
  WHERE r.recovered OR r.qualifiers <> 1
  GROUP BY t.slot_no, n.canonical_no, t.end_date
),
-- A cumulative number is that of the quarter, the half year or the year that ends with it.
from_ytd AS (
  SELECT y.slot_no, r.region_no, r.value, r.recovered, r.qualifiers
  FROM reported_values AS r
  JOIN slots AS d ON d.slot_no = r.slot_no AND d.span = 'ytd'
  JOIN periods AS p ON p.period = d.period AND p.span = 'ytd'
  JOIN periods AS q ON q.start_month = p.start_month AND q.end_month = p.end_month AND q.span IN ('quarter', 'half', 'year')
  JOIN slots AS y
    ON y.form_id = d.form_id AND y.measure = d.measure AND y.category = d.category AND y.basis = d.basis AND y.period = q.period AND y.span = q.span
),
-- A state at the end of a stretch is that of its last month, or of its last quarter where no month is known.
carried AS (
  SELECT t.slot_no, r.region_no, r.value, r.recovered, r.qualifiers
  FROM reported_values AS r
  JOIN parts AS m ON m.slot_no = r.slot_no AND m.kind = 'state'
  JOIN stretches AS t ON t.series_no = m.series_no AND t.end_month = m.end_month
  WHERE m.span = 'month'
     OR NOT EXISTS (
       SELECT 1
       FROM reported_values AS x
       JOIN parts AS o ON o.slot_no = x.slot_no AND o.span = 'month'
       WHERE o.series_no = m.series_no AND o.end_month = m.end_month AND x.region_no = r.region_no)
),
-- What is known of single numbers: that one was reported, or that not all parts are exact.
exceptions AS (
  SELECT slot_no, region_no, bool_or(told) AS told, bool_or(recovered) AS recovered, bit_or(bits) AS bits, max(marked) AS marked
  FROM (
    SELECT r.slot_no, r.region_no, TRUE AS told, FALSE AS recovered, CAST(0 AS BIGINT) AS bits, CAST(0 AS BIGINT) AS marked
    FROM reported_values AS r
    JOIN (SELECT DISTINCT slot_no FROM stretches) AS t ON t.slot_no = r.slot_no
    UNION ALL
    SELECT slot_no, region_no, TRUE, FALSE, 0, 0 FROM from_ytd
    UNION ALL
    SELECT m.slot_no, coalesce(c.region_no, m.canonical_no), FALSE, m.recovered, m.bits, m.marked
    FROM marks AS m
    LEFT JOIN codes AS c ON c.canonical_no = m.canonical_no AND c.end_date = m.end_date
  ) AS e
  GROUP BY slot_no, region_no
),
named AS (
  SELECT s.slot_no, coalesce(c.region_no, s.canonical_no) AS region_no, s.value, s.parts
  FROM summed AS s
  LEFT JOIN codes AS c ON c.canonical_no = s.canonical_no AND c.end_date = s.end_date
  WHERE s.value IS NOT NULL
)
SELECT d.slot_no, d.region_no, d.value, d.recovered, d.qualifiers, 3 AS source
FROM from_ytd AS d
WHERE NOT EXISTS (SELECT 1 FROM reported_values AS r WHERE r.slot_no = d.slot_no AND r.region_no = d.region_no)
UNION ALL
SELECT
  s.slot_no, s.region_no, CAST(s.value AS DECIMAL(24,6)), coalesce(e.recovered, FALSE),
  CASE WHEN e.bits IS NULL THEN 1 WHEN e.marked < s.parts THEN qualifier_of_sum(e.bits | 1) ELSE qualifier_of_sum(e.bits) END, 4
FROM named AS s
LEFT JOIN exceptions AS e ON e.slot_no = s.slot_no AND e.region_no = s.region_no
WHERE NOT coalesce(e.told, FALSE)
UNION ALL
SELECT c.slot_no, c.region_no, c.value, c.recovered, c.qualifiers, 4
FROM carried AS c
LEFT JOIN exceptions AS e ON e.slot_no = c.slot_no AND e.region_no = c.region_no
WHERE NOT coalesce(e.told, FALSE)

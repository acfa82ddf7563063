-- One row per number of a region that stands for a longer stretch than was reported: months added up to the year to date, a quarter, a half
-- year or a year, or the year that December's year-to-date figure is.
-- Internal. A sum is made only when every month of the stretch is there once; a reported number always comes before a sum of months.
WITH months AS (
  SELECT
    s.slot_no, CAST(substr(s.period, 6) AS INTEGER) AS month_no,
    min(s.slot_no) OVER (PARTITION BY s.form_id, s.measure, s.category, s.basis, substr(s.period, 1, 4)) AS series_no
  FROM slots AS s
  WHERE s.span = 'month' AND s.additive AND s.kind IN ('flow', 'events')
),
-- The stretches that the months of a year make: 103 is January to March, whatever it is called.
stretches AS (
  SELECT DISTINCT
    m.series_no, t.slot_no, p.month_no AS last_month, p.months, (p.month_no - p.months + 1) * 100 + p.month_no AS stretch
  FROM months AS m
  JOIN slots AS s ON s.slot_no = m.slot_no
  JOIN periods AS p ON p.span IN ('ytd', 'quarter', 'half', 'year') AND s.period BETWEEN p.start_month AND p.end_month
  JOIN slots AS t
    ON t.form_id = s.form_id AND t.measure = s.measure AND t.category = s.category AND t.basis = s.basis AND t.period = p.period AND t.span = p.span
),
years AS (
  SELECT
    m.series_no, r.region_no, count(*) AS months,
    sum(CASE WHEN m.month_no = 1 THEN r.value END) AS m1, sum(CASE WHEN m.month_no = 2 THEN r.value END) AS m2,
    sum(CASE WHEN m.month_no = 3 THEN r.value END) AS m3, sum(CASE WHEN m.month_no = 4 THEN r.value END) AS m4,
    sum(CASE WHEN m.month_no = 5 THEN r.value END) AS m5, sum(CASE WHEN m.month_no = 6 THEN r.value END) AS m6,
    sum(CASE WHEN m.month_no = 7 THEN r.value END) AS m7, sum(CASE WHEN m.month_no = 8 THEN r.value END) AS m8,
    sum(CASE WHEN m.month_no = 9 THEN r.value END) AS m9, sum(CASE WHEN m.month_no = 10 THEN r.value END) AS m10,
    sum(CASE WHEN m.month_no = 11 THEN r.value END) AS m11, sum(CASE WHEN m.month_no = 12 THEN r.value END) AS m12
  FROM reported_values AS r
  JOIN months AS m ON m.slot_no = r.slot_no
  GROUP BY m.series_no, r.region_no
),
-- A month that is missing makes every sum with it unknown.
quarters AS (
  SELECT years.*, m1 + m2 + m3 AS q1, m4 + m5 + m6 AS q2, m7 + m8 + m9 AS q3, m10 + m11 + m12 AS q4
  FROM years
  WHERE months = CAST(m1 IS NOT NULL AS INTEGER) + CAST(m2 IS NOT NULL AS INTEGER) + CAST(m3 IS NOT NULL AS INTEGER)
    + CAST(m4 IS NOT NULL AS INTEGER) + CAST(m5 IS NOT NULL AS INTEGER) + CAST(m6 IS NOT NULL AS INTEGER) + CAST(m7 IS NOT NULL AS INTEGER)
    + CAST(m8 IS NOT NULL AS INTEGER) + CAST(m9 IS NOT NULL AS INTEGER) + CAST(m10 IS NOT NULL AS INTEGER) + CAST(m11 IS NOT NULL AS INTEGER)
    + CAST(m12 IS NOT NULL AS INTEGER)
),
summed AS (
  SELECT
    t.slot_no, q.region_no, t.months,
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
    t.slot_no, r.region_no, bool_or(r.recovered) AS recovered, bit_or(r.qualifiers) AS bits, count(*) AS marked
  FROM reported_values AS r
  JOIN months AS m ON m.slot_no = r.slot_no
  JOIN stretches AS t ON t.series_no = m.series_no AND m.month_no BETWEEN t.last_month - t.months + 1 AND t.last_month
  WHERE r.recovered OR r.qualifiers <> 1
  GROUP BY t.slot_no, r.region_no
),
-- A year-to-date figure of December is the year's.
from_december AS (
  SELECT y.slot_no, r.region_no, r.value, r.recovered, r.qualifiers
  FROM reported_values AS r
  JOIN slots AS d ON d.slot_no = r.slot_no AND d.span = 'ytd' AND d.period LIKE '%-12'
  JOIN slots AS y
    ON y.form_id = d.form_id AND y.measure = d.measure AND y.category = d.category AND y.basis = d.basis AND y.span = 'year'
   AND y.period = substr(d.period, 1, 4)
),
-- What is known of single sums: that a number was reported, or that not all parts are exact.
exceptions AS (
  SELECT slot_no, region_no, bool_or(told) AS told, bool_or(recovered) AS recovered, bit_or(bits) AS bits, max(marked) AS marked
  FROM (
    SELECT r.slot_no, r.region_no, TRUE AS told, FALSE AS recovered, CAST(0 AS BIGINT) AS bits, CAST(0 AS BIGINT) AS marked
    FROM reported_values AS r
    JOIN (SELECT DISTINCT slot_no FROM stretches) AS t ON t.slot_no = r.slot_no
    UNION ALL
    SELECT slot_no, region_no, TRUE, FALSE, 0, 0 FROM from_december
    UNION ALL
    SELECT slot_no, region_no, FALSE, recovered, bits, marked FROM marks
  ) AS e
  GROUP BY slot_no, region_no
)
SELECT d.slot_no, d.region_no, d.value, d.recovered, d.qualifiers, 3 AS source
FROM from_december AS d
WHERE NOT EXISTS (SELECT 1 FROM reported_values AS r WHERE r.slot_no = d.slot_no AND r.region_no = d.region_no)
UNION ALL
SELECT
  s.slot_no, s.region_no, CAST(s.value AS DECIMAL(24,6)), coalesce(e.recovered, FALSE),
  CASE WHEN e.bits IS NULL THEN 1 WHEN e.marked < s.months THEN qualifier_of_sum(e.bits | 1) ELSE qualifier_of_sum(e.bits) END, 4
FROM summed AS s
LEFT JOIN exceptions AS e ON e.slot_no = s.slot_no AND e.region_no = s.region_no
WHERE s.value IS NOT NULL AND NOT coalesce(e.told, FALSE)

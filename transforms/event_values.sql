-- One row per number counted from a register, for a region with all it contains, a month, a basis, a category and the number of a measure. Internal.
-- No row of a register in a month means none there, for the regions that its senders answer for, from January of the first year in it on.
WITH amounts AS (
  SELECT form_id, region_id, period, span, basis, list, category, measure, sum(value) AS value, count(*) AS items, count(value) AS known
  FROM event_amounts
  GROUP BY form_id, region_id, period, span, basis, list, category, measure
),
summed AS (
  SELECT
    a.form_id, r.ancestor_id AS region_id, a.period, a.span, a.basis, k.ancestor AS category, a.measure, sum(a.value) AS value,
    sum(a.items) AS items, sum(a.known) AS known
  FROM amounts AS a
  JOIN region_ancestors AS r ON r.region_id = a.region_id
  JOIN code_lineage AS k ON k.list = a.list AND k.code = a.category
  GROUP BY a.form_id, r.ancestor_id, a.period, a.span, a.basis, k.ancestor, a.measure
),
-- The regions a register speaks for: those of its senders and below, and those above a row of it.
covered AS (
  SELECT w.form_id, s.region_id
  FROM (SELECT DISTINCT k.form_id, l.region_id FROM reported_rows AS k JOIN ledger AS l ON l.submission_id = k.submission_id) AS w
  JOIN region_ancestors AS s ON s.ancestor_id = w.region_id
  UNION
  SELECT k.form_id, s.ancestor_id AS region_id
  FROM (SELECT DISTINCT form_id, region_id FROM reported_rows) AS k
  JOIN region_ancestors AS s ON s.region_id = k.region_id
),
bases AS (
  SELECT form_id, basis FROM event_amounts
  UNION
  SELECT 'F01' AS form_id, 'all' AS basis UNION ALL SELECT 'F05', 'all'
),
-- What gets its zeros: every measure of the total; of a category the number of accidents and deaths, and whatever it ever had.
cells AS (
  SELECT form_id, region_id, basis, category, measure FROM summed
  UNION
  SELECT s.form_id, s.region_id, s.basis, s.category, m.measure
  FROM summed AS s
  JOIN form_measures AS m ON m.form_id = s.form_id AND (m.form_id <> 'F01' OR m.measure IN ('events', 'deaths'))
  UNION
  SELECT c.form_id, c.region_id, b.basis, 'TOTAL' AS category, m.measure
  FROM covered AS c
  JOIN bases AS b ON b.form_id = c.form_id
  JOIN form_measures AS m ON m.form_id = c.form_id
),
-- The months that a region exists in.
existing AS (
  SELECT DISTINCT r.region_id, p.period, p.span
  FROM region_settings AS r
  JOIN periods AS p
    ON length(p.period) = 7 AND p.span IN ('month', 'stock') AND (r.valid_from IS NULL OR r.valid_from <= p.end_date)
   AND (r.valid_to IS NULL OR r.valid_to > p.end_date)
),
expected AS (
  SELECT c.form_id, c.region_id, x.period, x.span, c.basis, c.category, c.measure
  FROM cells AS c
  JOIN register_stretches AS s ON s.form_id = c.form_id
  JOIN form_measures AS m ON m.form_id = c.form_id AND m.measure = c.measure
  JOIN existing AS x
    ON x.region_id = c.region_id AND x.period BETWEEN s.first_month AND s.last_month
   AND x.span = CASE WHEN m.kind = 'event_stock' THEN 'stock' ELSE 'month' END
)
SELECT
  m.measure_no, coalesce(s.region_id, e.region_id) AS region_id, coalesce(s.period, e.period) AS period, coalesce(s.span, e.span) AS span,
  coalesce(s.basis, e.basis) AS basis, coalesce(s.category, e.category) AS category,
  CAST(CASE WHEN s.form_id IS NULL THEN 0 ELSE s.value END AS DECIMAL(24,6)) AS value, coalesce(s.known < s.items, FALSE) AS at_least,
  CAST(coalesce(s.items, 0) AS BIGINT) AS items
FROM summed AS s
FULL JOIN expected AS e
  ON e.form_id = s.form_id AND e.region_id = s.region_id AND e.period = s.period AND e.span = s.span AND e.basis = s.basis
 AND e.category = s.category AND e.measure = s.measure
JOIN form_measures AS m ON m.form_id = coalesce(s.form_id, e.form_id) AND m.measure = coalesce(s.measure, e.measure)
WHERE s.form_id IS NULL OR s.value IS NOT NULL

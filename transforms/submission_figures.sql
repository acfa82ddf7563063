-- One row per region, stretch of time and measure: how many reports were due from the region and those below it, how many came in time, and
-- how many have not come at all.
-- Internal. A report counts in the month in which its period ends, once its deadline has passed or everybody has sent it. Added up here for
-- every region, so that a report due from a region that has children counts beside theirs.
WITH closed AS (
  SELECT form_id, period
  FROM reporting_duties
  WHERE due_at IS NOT NULL
  GROUP BY form_id, period
  HAVING min(due_at) <= (SELECT as_of FROM parameters) OR sum(CASE WHEN submission_id IS NULL THEN 1 ELSE 0 END) = 0
),
counted AS (
  SELECT d.region_id, d.end_month, count(*) AS expected, sum(CASE WHEN d.state = 'on_time' THEN 1 ELSE 0 END) AS on_time,
    sum(CASE WHEN d.submission_id IS NULL THEN 1 ELSE 0 END) AS missing
  FROM reporting_duties AS d
  JOIN closed AS c ON c.form_id = d.form_id AND c.period = d.period
  GROUP BY d.region_id, d.end_month
),
summed AS (
  SELECT a.ancestor_id AS region_id, p.period, p.span, sum(c.expected) AS expected, sum(c.on_time) AS on_time, sum(c.missing) AS missing
  FROM counted AS c
  JOIN region_ancestors AS a ON a.region_id = c.region_id
  JOIN periods AS p
    ON p.span IN ('month', 'ytd', 'quarter', 'half', 'year') AND c.end_month BETWEEN p.start_month AND p.end_month
   AND p.end_month <= (SELECT max(end_month) FROM counted)
  GROUP BY a.ancestor_id, p.period, p.span
)
SELECT region_id, period, span, 'expected' AS measure, CAST(expected AS DECIMAL(24,6)) AS value FROM summed
UNION ALL
SELECT region_id, period, span, 'on_time' AS measure, CAST(on_time AS DECIMAL(24,6)) AS value FROM summed
UNION ALL
SELECT region_id, period, span, 'missing' AS measure, CAST(missing AS DECIMAL(24,6)) AS value FROM summed

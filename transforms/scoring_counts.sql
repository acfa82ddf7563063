-- One row per region, counted metric and month: what assessment schemes count that no indicator measures. Internal.
-- Overdue major hazards as they stand, without a month; errors of files in force that are still open. (Concealed accidents are counted from
-- the register, where their day and level are known.)
WITH overdue AS (
  SELECT r.ancestor_id AS region_id, 'major_overdue' AS metric, '' AS "month"
  FROM major_hazards AS h
  JOIN region_ancestors AS r ON r.region_id = h.region_id
  WHERE h.overdue AND h.closed_on IS NULL
),
wrong AS (
  SELECT f.region_id, f.period, f.submission_id, f.sheet, f.cell
  FROM intake_findings AS f
  JOIN ledger AS l ON l.submission_id = f.submission_id
  WHERE f.severity = 'error' AND NOT l.rejected AND l.received_at <= (SELECT as_of FROM parameters)
  UNION
  SELECT region_id, period, submission_id, sheet, cell FROM reconciliations WHERE verdict = 'contradiction' AND kind <> 'region_total'
),
-- The day on which a line was first corrected; one that was split into a month's and a cumulative row, when both were.
corrected AS (
  SELECT r.submission_id, r.sheet, r."row", max(a.received_on) AS corrected_on
  FROM reported_rows AS r
  LEFT JOIN arrival_days AS a ON a.submission_id = r.first_replaced_by AND r.first_replaced_by <> r.submission_id
  GROUP BY r.submission_id, r.sheet, r."row"
  HAVING count(*) = count(a.received_on)
),
errors AS (
  SELECT r.ancestor_id AS region_id, 'open_errors' AS metric, p.end_month AS "month"
  FROM wrong AS w
  JOIN (SELECT period, min(end_month) AS end_month, min(frozen_on) AS frozen_on FROM periods GROUP BY period) AS p ON p.period = w.period
  JOIN region_ancestors AS r ON r.region_id = w.region_id
  LEFT JOIN replacements AS f ON f.submission_id = w.submission_id AND f."row" = 0
  LEFT JOIN arrival_days AS b ON b.submission_id = f.resolved_by
  LEFT JOIN replacements AS l
    ON l.submission_id = w.submission_id AND l.sheet = w.sheet AND l."row" = CAST(nullif(regexp_extract(w.cell, '[0-9]+$'), '') AS INTEGER)
  LEFT JOIN arrival_days AS a ON a.submission_id = l.resolved_by
  LEFT JOIN corrected AS c ON c.submission_id = l.submission_id AND c.sheet = l.sheet AND c."row" = l."row"
  WHERE coalesce(c.corrected_on, a.received_on, b.received_on, DATE '9999-12-31') > coalesce(p.frozen_on, DATE '9999-12-30')
),
-- A month in which a report of the form came late or not at all counts once, however many of its counties it is missing from.
late AS (
  SELECT DISTINCT r.ancestor_id AS region_id, 'late_submissions.' || d.form_id AS metric, d.end_month AS "month"
  FROM reporting_duties AS d
  JOIN region_ancestors AS r ON r.region_id = d.region_id
  WHERE d.state IN ('late', 'rejected', 'missing')
),
counted AS (
  SELECT region_id, metric, "month" FROM overdue
  UNION ALL
  SELECT region_id, metric, "month" FROM errors
  UNION ALL
  SELECT region_id, metric, "month" FROM late
)
SELECT region_id, metric, "month", CAST(count(*) AS DECIMAL(24,6)) AS value
FROM counted
GROUP BY region_id, metric, "month"

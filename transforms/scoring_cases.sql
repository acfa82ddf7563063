-- One row per thing that assessment schemes count and no indicator measures: an overdue hazard, an error that was open at the close, a late report.
-- Internal. `kind`: the table that tells of such things. Overdue major hazards are as they stand, without a month. (Accidents are counted from the
-- register, where their day and level are known.)
WITH wrong AS (
  SELECT region_id, period, submission_id, sheet, cell, min(check_id) AS check_id
  FROM (
    SELECT f.region_id, f.period, f.submission_id, f.sheet, f.cell, f.check_id
    FROM intake_findings AS f
    JOIN ledger AS l ON l.submission_id = f.submission_id
    WHERE f.severity = 'error' AND NOT l.rejected AND l.received_at <= (SELECT as_of FROM parameters)
    UNION ALL
    SELECT region_id, period, submission_id, sheet, cell, kind FROM reconciliations WHERE verdict = 'contradiction' AND kind <> 'region_total'
  ) AS found
  GROUP BY region_id, period, submission_id, sheet, cell
),
-- The day on which a line was first corrected; one that was split into a month's and a cumulative row, when both were.
corrected AS (
  SELECT r.submission_id, r.sheet, r."row", max(a.received_on) AS corrected_on
  FROM reported_rows AS r
  LEFT JOIN arrival_days AS a ON a.submission_id = r.first_replaced_by AND r.first_replaced_by <> r.submission_id
  GROUP BY r.submission_id, r.sheet, r."row"
  HAVING count(*) = count(a.received_on)
)
SELECT
  'open_errors' AS metric, w.region_id, p.end_month AS "month", 'quality_findings' AS kind, w.check_id AS what, w.submission_id, w.sheet, w.cell
FROM wrong AS w
JOIN (SELECT period, min(end_month) AS end_month, min(frozen_on) AS frozen_on FROM periods GROUP BY period) AS p ON p.period = w.period
LEFT JOIN replacements AS f ON f.submission_id = w.submission_id AND f."row" = 0
LEFT JOIN arrival_days AS b ON b.submission_id = f.resolved_by
LEFT JOIN replacements AS l
  ON l.submission_id = w.submission_id AND l.sheet = w.sheet AND l."row" = CAST(nullif(regexp_extract(w.cell, '[0-9]+$'), '') AS INTEGER)
LEFT JOIN arrival_days AS a ON a.submission_id = l.resolved_by
LEFT JOIN corrected AS c ON c.submission_id = l.submission_id AND c.sheet = l.sheet AND c."row" = l."row"
WHERE coalesce(c.corrected_on, a.received_on, b.received_on, DATE '9999-12-31') > coalesce(p.frozen_on, DATE '9999-12-30')
UNION ALL
SELECT 'major_overdue', h.region_id, '', 'major_hazards', h.hazard_id, h.submission_id, h.sheet, h.cell
FROM major_hazards AS h
WHERE h.overdue AND h.closed_on IS NULL
UNION ALL
SELECT 'late_submissions.' || d.form_id, d.region_id, d.end_month, 'reporting_duties', d.form_id || ' ' || d.period, d.submission_id, '', ''
FROM reporting_duties AS d
WHERE d.state IN ('late', 'rejected', 'missing')

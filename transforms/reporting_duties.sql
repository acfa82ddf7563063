-- One row per report that a region has to hand in: form, period and region, with the first accepted file that holds it. What came first counts:
-- a correction after the deadline does not make a report late. A file may hold the reports of several regions.
WITH parents AS (
  SELECT p.form_id, p.period, g.parent_id
  FROM form_periods AS p
  JOIN region_settings AS g
    ON (g.valid_from IS NULL OR g.valid_from <= p.end_date) AND (g.valid_to IS NULL OR g.valid_to > p.end_date) AND g.parent_id IS NOT NULL
  GROUP BY p.form_id, p.period, g.parent_id
),
expected AS (
  SELECT DISTINCT p.form_id, p.period, p.end_month, p.due_at, g.region_id
  FROM form_periods AS p
  JOIN region_settings AS g
    ON (g.valid_from IS NULL OR g.valid_from <= p.end_date) AND (g.valid_to IS NULL OR g.valid_to > p.end_date)
  LEFT JOIN parents AS b ON b.form_id = p.form_id AND b.period = p.period AND b.parent_id = g.region_id
  WHERE CASE p.submitters WHEN 'leaves' THEN b.parent_id IS NULL WHEN 'parents' THEN b.parent_id IS NOT NULL ELSE g.depth = 0 END
),
firsts AS (
  SELECT
    form_id, region_id, end_month, submission_id, received_at,
    row_number() OVER (PARTITION BY form_id, region_id, end_month ORDER BY received_at, seq) AS place
  FROM sent_rows
),
refused AS (
  SELECT DISTINCT e.form_id, e.period, e.region_id
  FROM expected AS e
  JOIN ledger AS l ON l.rejected AND l.form_id = e.form_id AND l.region_id = e.region_id AND (l.period = e.period OR l.period = e.end_month)
  WHERE l.received_at <= (SELECT as_of FROM parameters)
)
SELECT
  e.form_id, e.period, e.region_id, e.due_at, f.submission_id, f.received_at,
  CASE
    WHEN f.submission_id IS NOT NULL AND e.due_at IS NULL THEN 'received' WHEN f.received_at <= e.due_at THEN 'on_time'
    WHEN f.submission_id IS NOT NULL THEN 'late' WHEN x.form_id IS NOT NULL THEN 'rejected'
    WHEN e.due_at > (SELECT as_of FROM parameters) THEN 'not_due' ELSE 'missing' END AS state,
  e.end_month
FROM expected AS e
LEFT JOIN firsts AS f ON f.form_id = e.form_id AND f.region_id = e.region_id AND f.end_month = e.end_month AND f.place = 1
LEFT JOIN refused AS x ON x.form_id = e.form_id AND x.period = e.period AND x.region_id = e.region_id

-- One row per file received by the as-of time, with what became of it. Names of files and senders stay in the ledger.
WITH counts AS (
  SELECT
    submission_id, sum(CASE severity WHEN 'error' THEN 1 ELSE 0 END) AS errors, sum(CASE severity WHEN 'warning' THEN 1 ELSE 0 END) AS warnings,
    sum(CASE WHEN severity = 'error' AND scope = 'files' THEN 1 ELSE 0 END) AS across_errors
  FROM quality_findings
  GROUP BY submission_id
)
SELECT
  l.submission_id, l.form_id, l.region_id, l.period, l.received_at, l.revision,
  CASE WHEN l.rejected THEN 'rejected' WHEN coalesce(c.errors, 0) + coalesce(c.warnings, 0) > 0 THEN 'accepted_with_warnings'
    ELSE 'accepted' END AS verdict,
  l.row_count AS "rows", CAST(coalesce(c.errors, 0) AS BIGINT) AS errors, CAST(coalesce(c.warnings, 0) AS BIGINT) AS warnings, l.on_time,
  l.file_sha256, CAST(coalesce(c.across_errors, 0) AS BIGINT) AS across_errors
FROM ledger AS l
LEFT JOIN counts AS c ON c.submission_id = l.submission_id
WHERE l.received_at <= (SELECT as_of FROM parameters)

-- One row per thing to say about a received value: what intake found, what does not reconcile, and what other rows, files and forms contradict.
WITH reconciled AS (
  SELECT
    CASE
      WHEN verdict = 'contradiction' AND kind IN ('sum', 'category_total') THEN 'SUM_MISMATCH'
      WHEN verdict = 'contradiction' AND kind = 'region_total' THEN 'REGION_MISMATCH'
      WHEN verdict = 'contradiction' THEN 'RATE_MISMATCH'
      WHEN verdict = 'truncated' THEN 'RATE_TRUNCATED'
      WHEN verdict = 'off_in_last_digit' THEN 'RATE_ROUNDING'
      ELSE 'NOT_RECOMPUTABLE' END AS finding_id,
    nullif(check_id, upper(kind)) AS rule_id, CASE WHEN kind = 'region_total' THEN 'files' ELSE 'file' END AS scope,
    form_id, region_id, period, submission_id, sheet, cell, printed AS value,
    CASE WHEN recomputed IS NULL THEN ''
      ELSE regexp_replace(regexp_replace(CAST(recomputed AS VARCHAR), '0+$', ''), '\.$', '') END AS expected
  FROM reconciliations
  WHERE verdict IN ('contradiction', 'truncated', 'off_in_last_digit')
    OR verdict = 'not_recomputable' AND kind NOT IN ('region_total', 'category_total', 'sum')
),
together AS (
  SELECT
    f.check_id, CAST(NULL AS VARCHAR) AS rule_id, 'file' AS scope, f.severity, f.form_id, f.region_id, f.period, f.submission_id, f.sheet, f.cell,
    f.value, f.expected, f.message_zh, f.message_en
  FROM intake_findings AS f
  JOIN ledger AS l ON l.submission_id = f.submission_id
  WHERE l.received_at <= (SELECT as_of FROM parameters)
  UNION ALL
  SELECT
    c.finding_id, c.rule_id, c.scope, m.severity, c.form_id, c.region_id, c.period, c.submission_id, c.sheet, c.cell, c.value, c.expected,
    replace(replace(m.message_zh, '{value}', c.value), '{expected}', c.expected),
    replace(replace(m.message_en, '{value}', c.value), '{expected}', c.expected)
  FROM reconciled AS c
  JOIN finding_messages AS m ON m.check_id = c.finding_id
  UNION ALL
  SELECT
    check_id, number, 'files', severity, form_id, region_id, period, submission_id, sheet, cell, value, expected, message_zh, message_en
  FROM across_findings
)
SELECT DISTINCT
  t.check_id, t.severity, t.form_id, t.region_id, t.period, t.submission_id, t.sheet, t.cell, t.value, t.expected, t.message_zh, t.message_en,
  coalesce(t.rule_id, n.rule_id, t.check_id) AS rule_id, t.scope, coalesce(w.resolved_by, r.resolved_by) AS resolved_by
FROM together AS t
LEFT JOIN check_numbers AS n ON n.form_id = t.form_id AND n.found_by = t.check_id
LEFT JOIN replacements AS w ON w.submission_id = t.submission_id AND w."row" = 0
LEFT JOIN replacements AS r
  ON r.submission_id = t.submission_id AND r.sheet = t.sheet AND r."row" = CAST(nullif(regexp_extract(t.cell, '[0-9]+$'), '') AS INTEGER)

-- One row per thing to say about a received value: what intake found, what does not reconcile, and what our own figures contradict.
WITH reconciled AS (
  SELECT
    CASE
      WHEN verdict = 'contradiction' AND kind IN ('sum', 'category_total') THEN 'SUM_MISMATCH'
      WHEN verdict = 'contradiction' AND kind = 'region_total' THEN 'REGION_MISMATCH'
      WHEN verdict = 'contradiction' THEN 'RATE_MISMATCH'
      WHEN verdict = 'truncated' THEN 'RATE_TRUNCATED'
      WHEN verdict = 'off_in_last_digit' THEN 'RATE_ROUNDING'
      ELSE 'NOT_RECOMPUTABLE' END AS check_id,
    nullif(check_id, upper(kind)) AS rule_id, form_id, region_id, period, submission_id, sheet, cell, printed AS value,
    CASE WHEN recomputed IS NULL THEN ''
      ELSE regexp_replace(regexp_replace(CAST(recomputed AS VARCHAR), '0+$', ''), '\.$', '') END AS expected
  FROM reconciliations
  WHERE verdict IN ('contradiction', 'truncated', 'off_in_last_digit')
    OR verdict = 'not_recomputable' AND kind NOT IN ('region_total', 'category_total', 'sum')
),
-- A printed prior value that differs from our own figure of that period as now known.
priors AS (
  SELECT
    'PRIOR_REVISED' AS check_id, CAST(NULL AS VARCHAR) AS rule_id, b.form_id, b.region_id, b.period, b.submission_id, b.sheet, b.cell,
    regexp_replace(regexp_replace(CAST(b.base_value AS VARCHAR), '0+$', ''), '\.$', '') AS value,
    regexp_replace(regexp_replace(CAST(k.base_value AS VARCHAR), '0+$', ''), '\.$', '') AS expected
  FROM printed_bases AS b
  JOIN comparisons AS k
    ON k.indicator_id = b.form_id || '.' || b.measure AND k.region_id = b.region_id AND k.period = b.period AND k.span = b.span
   AND k.basis = b.basis AND k.category = b.category AND k.kind = b.kind
  WHERE k.reason = 'own_figure' AND k.base_value <> b.base_value
),
months AS (
  SELECT
    f.region_id, p.period, f.basis, f.form_id, f.category, f.measure, sum(f.value) AS value
  FROM figures AS f
  JOIN periods AS p ON p.span = 'ytd' AND f.period BETWEEN p.start_month AND p.end_month
  WHERE f.span = 'month' AND f.value IS NOT NULL
  GROUP BY f.region_id, p.period, f.basis, f.form_id, f.category, f.measure, p.months
  HAVING count(*) = p.months
),
cumulative AS (
  SELECT
    'CUMULATIVE_MISMATCH' AS check_id, CAST(NULL AS VARCHAR) AS rule_id, f.form_id, f.region_id, f.period, f.submission_id, f.sheet, f.cell,
    regexp_replace(regexp_replace(CAST(f.value AS VARCHAR), '0+$', ''), '\.$', '') AS value,
    regexp_replace(regexp_replace(CAST(m.value AS VARCHAR), '0+$', ''), '\.$', '') AS expected
  FROM figures AS f
  JOIN months AS m
    ON m.region_id = f.region_id AND m.period = f.period AND m.basis = f.basis AND m.form_id = f.form_id AND m.category = f.category
   AND m.measure = f.measure
  WHERE f.span = 'ytd' AND f.value IS NOT NULL AND f.value <> m.value
),
targets AS (
  SELECT
    'TARGET_MISMATCH' AS check_id, CAST(NULL AS VARCHAR) AS rule_id, c.form_id, c.region_id, c.period, c.submission_id, c.sheet, c.cell, c.printed AS value,
    regexp_replace(regexp_replace(CAST(t.target AS VARCHAR), '0+$', ''), '\.$', '') AS expected
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN (SELECT DISTINCT region_id, year, category, target FROM target_progress WHERE indicator_id = 'deaths') AS t
    ON t.region_id = r.region_id AND CAST(t.year AS VARCHAR) = substr(r.period, 1, 4) AND t.category = r.category
  WHERE c.kind = 'target' AND c.measure = 'deaths' AND c.value <> t.target
),
computed AS (
  SELECT check_id, rule_id, form_id, region_id, period, submission_id, sheet, cell, value, expected FROM reconciled
  UNION ALL
  SELECT check_id, rule_id, form_id, region_id, period, submission_id, sheet, cell, value, expected FROM priors
  UNION ALL
  SELECT check_id, rule_id, form_id, region_id, period, submission_id, sheet, cell, value, expected FROM cumulative
  UNION ALL
  SELECT check_id, rule_id, form_id, region_id, period, submission_id, sheet, cell, value, expected FROM targets
),
together AS (
  SELECT
    f.check_id, CAST(NULL AS VARCHAR) AS rule_id, f.severity, f.form_id, f.region_id, f.period, f.submission_id, f.sheet, f.cell, f.value, f.expected, f.message_zh, f.message_en
  FROM intake_findings AS f
  JOIN ledger AS l ON l.submission_id = f.submission_id
  WHERE l.received_at <= (SELECT as_of FROM parameters)
  UNION ALL
  SELECT
    c.check_id, c.rule_id, m.severity, c.form_id, c.region_id, c.period, c.submission_id, c.sheet, c.cell, c.value, c.expected,
    replace(replace(m.message_zh, '{value}', c.value), '{expected}', c.expected),
    replace(replace(m.message_en, '{value}', c.value), '{expected}', c.expected)
  FROM computed AS c
  JOIN finding_messages AS m ON m.check_id = c.check_id
)
SELECT DISTINCT
  t.check_id, t.severity, t.form_id, t.region_id, t.period, t.submission_id, t.sheet, t.cell, t.value, t.expected, t.message_zh, t.message_en,
  coalesce(t.rule_id, n.rule_id, t.check_id) AS rule_id
FROM together AS t
LEFT JOIN check_numbers AS n ON n.form_id = t.form_id AND n.found_by = t.check_id

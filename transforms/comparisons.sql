-- One row per indicator and kind of comparison: yoy with the same period of last year, mom with the period before.
-- The base is our own figure as now known; where there is none, the one printed beside the value, else the sum of those printed beside the values of
-- the regions below, and the reason says so.
-- Rates are compared as published, rounded, unless the jurisdiction compares them unrounded (`rounding.rate_yoy_from`).
-- p_value: how often chance alone would make two counts, rates or shares at least this different (exact tests, transforms/certainty.py).
-- A view: the numbers are stored in the tables that it puts together, and spelled out when they are read.
WITH compared AS (
  SELECT
    comparison_no, region_no, value, base_value, value AS now, base_value AS before,
    CASE WHEN base_value = 0 AND value <> 0 THEN 'base_zero' ELSE 'own_figure' END AS reason, 'own_figure' AS base_source,
    CAST(NULL AS VARCHAR) AS base_submission_id, CAST(NULL AS VARCHAR) AS base_sheet, CAST(NULL AS VARCHAR) AS base_cell,
    CAST(NULL AS DOUBLE) AS p_value
  FROM simple_comparisons
  UNION ALL
  SELECT
    comparison_no, region_no, value, base_value, coalesce(raw_now, value), coalesce(raw_base, base_value),
    CASE WHEN base_value = 0 AND value <> 0 THEN 'base_zero' ELSE 'own_figure' END, 'own_figure', NULL, NULL, NULL, p_value
  FROM tested_comparisons
  UNION ALL
  SELECT
    comparison_no, region_no, value, CASE WHEN NOT partial AND NOT division_break THEN base_value END,
    value, CASE WHEN NOT partial AND NOT division_break THEN base_value END,
    CASE WHEN partial THEN 'partial' WHEN division_break THEN 'division_break'
      WHEN base_value IS NULL AND suppressed THEN 'suppressed' WHEN base_value IS NULL AND other_basis THEN 'basis_break' WHEN base_value IS NULL THEN 'base_missing'
      WHEN base_value = 0 AND value <> 0 THEN 'base_zero' ELSE printed_reason END,
    CASE WHEN base_value IS NOT NULL AND NOT partial AND NOT division_break THEN printed_reason END, base_submission_id, base_sheet, base_cell, p_value
  FROM explained_comparisons
  UNION ALL
  SELECT
    m.comparison_no, v.region_no, v.value, CAST(NULL AS DECIMAL(24,6)), v.value, CAST(NULL AS DECIMAL(24,6)), 'base_missing', NULL, NULL, NULL, NULL, NULL
  FROM indicator_values AS v
  JOIN base_lines AS m ON m.line_no = v.line_no
  WHERE v.value IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM simple_comparisons AS k WHERE k.comparison_no = m.comparison_no AND k.region_no = v.region_no)
    AND NOT EXISTS (SELECT 1 FROM tested_comparisons AS k WHERE k.comparison_no = m.comparison_no AND k.region_no = v.region_no)
    AND NOT EXISTS (SELECT 1 FROM explained_comparisons AS k WHERE k.comparison_no = m.comparison_no AND k.region_no = v.region_no)
),
judged AS (
  SELECT
    n.region_id, l.period, l.span, l.basis, l.category, l.indicator_id, m.kind, c.value, c.base_value,
    CAST(c.now - c.before AS DECIMAL(24,6)) AS change,
    CASE WHEN c.now = c.before THEN CAST(0 AS DECIMAL(24,6))  -- 0 after 0 is 持平 too
      ELSE ratio((c.now - c.before) * 100, c.before, r.change_decimals, r.mode) END AS change_pct,
    c.reason, c.base_source, CASE WHEN c.base_source = 'own_figure' THEN a.known_from END AS base_known_from, s.unit,
    coalesce(x.decimals, s.decimals) AS decimals, m.base_period, c.base_submission_id, c.base_sheet, c.base_cell, c.p_value, r.change_decimals, r.confidence
  FROM compared AS c
  JOIN base_lines AS m ON m.comparison_no = c.comparison_no
  JOIN indicator_lines AS l ON l.line_no = m.line_no
  JOIN indicator_settings AS s ON s.indicator_id = l.indicator_id
  JOIN region_numbers AS n ON n.region_no = c.region_no
  LEFT JOIN indicator_decimals AS x ON x.indicator_id = l.indicator_id AND x."level" = n."level"
  LEFT JOIN (SELECT indicator_id, min(form_id) AS form_id FROM indicator_terms WHERE side = 'numerator' GROUP BY indicator_id) AS t
    ON t.indicator_id = l.indicator_id
  LEFT JOIN form_arrivals AS a
    ON a.form_id = t.form_id AND a.canonical_no = n.canonical_no AND a.period = m.base_period AND a.span = m.span
  CROSS JOIN parameters AS r
  UNION ALL
  SELECT
    p.region_id, p.period, p.span, p.basis, p.category, p.indicator_id, p.kind, CAST(NULL AS DECIMAL(24,6)), CAST(NULL AS DECIMAL(24,6)),
    CAST(NULL AS DECIMAL(24,6)), p.change_pct, 'as_reported', NULL, NULL, p.unit, 0, p.base_period, p.submission_id, p.sheet, p.cell, NULL,
    r.change_decimals, r.confidence
  FROM printed_changes AS p
  CROSS JOIN parameters AS r
),
worded AS (
  SELECT
    judged.*,
    CASE change_decimals
      WHEN 0 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,0)) AS VARCHAR) WHEN 1 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,1)) AS VARCHAR)
      WHEN 3 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,3)) AS VARCHAR) WHEN 4 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,4)) AS VARCHAR)
      WHEN 5 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,5)) AS VARCHAR) WHEN 6 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,6)) AS VARCHAR)
      ELSE CAST(CAST(abs(change_pct) AS DECIMAL(18,2)) AS VARCHAR) END AS percent_text,
    CASE decimals
      WHEN 0 THEN CAST(CAST(abs(change) AS DECIMAL(18,0)) AS VARCHAR) WHEN 1 THEN CAST(CAST(abs(change) AS DECIMAL(18,1)) AS VARCHAR)
      WHEN 3 THEN CAST(CAST(abs(change) AS DECIMAL(18,3)) AS VARCHAR) WHEN 4 THEN CAST(CAST(abs(change) AS DECIMAL(18,4)) AS VARCHAR)
      WHEN 5 THEN CAST(CAST(abs(change) AS DECIMAL(18,5)) AS VARCHAR) WHEN 6 THEN CAST(CAST(abs(change) AS DECIMAL(18,6)) AS VARCHAR)
      ELSE CAST(CAST(abs(change) AS DECIMAL(18,2)) AS VARCHAR) END AS change_text,
    CASE kind WHEN 'yoy' THEN '同比' ELSE '环比' END AS kind_zh
  FROM judged
)
SELECT
  region_id, period, span, basis, category, indicator_id, kind, value, CAST(base_value AS DECIMAL(38,6)) AS base_value, change, change_pct,
  CASE
    WHEN reason IN ('partial', 'division_break', 'basis_break', 'suppressed', 'base_missing') THEN '…'
    WHEN change = 0 OR change IS NULL AND change_pct = 0 THEN '持平'
    WHEN reason = 'base_zero' THEN kind_zh || CASE WHEN change > 0 THEN '多' ELSE '少' END || change_text || unit
    WHEN coalesce(change, change_pct) > 0 THEN '上升' || percent_text || '%'
    ELSE '下降' || percent_text || '%' END AS display_zh,
  CASE
    WHEN reason IN ('partial', 'division_break', 'basis_break', 'suppressed', 'base_missing') THEN '…'
    WHEN change = 0 OR change IS NULL AND change_pct = 0 THEN 'unchanged'
    WHEN reason = 'base_zero' THEN change_text || CASE WHEN change > 0 THEN ' more' ELSE ' fewer' END
    WHEN coalesce(change, change_pct) > 0 THEN 'up ' || percent_text || '%'
    ELSE 'down ' || percent_text || '%' END AS display_en,
  reason, base_source, base_known_from, base_period, base_submission_id, base_sheet, base_cell, CAST(p_value AS DECIMAL(5,4)) AS p_value,
  p_value >= 1 - confidence AS within_chance
FROM worded

-- One row per indicator and kind of comparison: yoy with the same period of last year, mom with the period before.
-- The base is our own figure as now known; where there is none, the one printed beside the value, and the reason says so.
WITH measured AS (
  SELECT
    i.region_id, i.period, i.span, i.basis, i.category, i.indicator_id, i.value, i.unit, i.obs_status, g.canonical_id, p.start_month,
    p.end_month, s.decimals, k.kind, CASE WHEN k.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END AS base_period
  FROM indicators AS i
  JOIN periods AS p ON p.period = i.period AND p.span = i.span
  JOIN indicator_settings AS s ON s.indicator_id = i.indicator_id
  JOIN region_lineage AS g ON g.region_id = i.region_id
  CROSS JOIN (SELECT 'yoy' AS kind UNION ALL SELECT 'mom' AS kind) AS k
  WHERE i.value IS NOT NULL
),
stored AS (
  SELECT g.canonical_id, i.indicator_id, i.period, i.span, i.basis, i.category, sum(i.value) AS value, count(*) AS regions,
    bool_or(i.obs_status = 'partial') AS partial
  FROM indicators AS i
  JOIN region_lineage AS g ON g.region_id = i.region_id
  WHERE i.value IS NOT NULL
  GROUP BY g.canonical_id, i.indicator_id, i.period, i.span, i.basis, i.category
  HAVING count(*) = 1
),
direct AS (
  SELECT t.indicator_id, t.form_id, t.measure, t.category
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0
),
broken AS (
  SELECT m.region_id, m.period, m.span, m.kind
  FROM (SELECT DISTINCT region_id, period, span, kind, base_period, end_month FROM measured) AS m
  JOIN periods AS b ON b.period = m.base_period AND b.span = m.span
  JOIN region_breaks AS k ON k.region_id = m.region_id AND k.month > b.end_month AND k.month <= m.end_month
  GROUP BY m.region_id, m.period, m.span, m.kind
),
matched AS (
  SELECT
    m.region_id, m.period, m.span, m.basis, m.category, m.indicator_id, m.kind, m.value, m.unit, m.decimals, m.base_period,
    m.obs_status = 'partial' OR coalesce(o.partial, FALSE) AS partial, x.region_id IS NOT NULL AS division_break,
    coalesce(o.value, b.base_value) AS base_value,
    CASE WHEN o.value IS NULL THEN b.reason END AS printed_reason,
    CASE WHEN o.value IS NULL THEN b.submission_id END AS base_submission_id, CASE WHEN o.value IS NULL THEN b.sheet END AS base_sheet,
    CASE WHEN o.value IS NULL THEN b.cell END AS base_cell,
    EXISTS (
      SELECT 1 FROM stored AS y
      WHERE y.canonical_id = m.canonical_id AND y.indicator_id = m.indicator_id AND y.period = m.base_period AND y.span = m.span
        AND y.category = m.category AND y.basis <> m.basis) AS other_basis
  FROM measured AS m
  LEFT JOIN stored AS o
    ON o.canonical_id = m.canonical_id AND o.indicator_id = m.indicator_id AND o.period = m.base_period AND o.span = m.span
   AND o.basis = m.basis AND o.category = m.category
  LEFT JOIN direct AS d ON d.indicator_id = m.indicator_id
  LEFT JOIN printed_bases AS b
    ON b.form_id = d.form_id AND b.measure = d.measure AND b.region_id = m.region_id AND b.period = m.period AND b.span = m.span
   AND b.basis = m.basis AND b.kind = m.kind AND b.category = coalesce(d.category, m.category)
  LEFT JOIN broken AS x ON x.region_id = m.region_id AND x.period = m.period AND x.span = m.span AND x.kind = m.kind
  WHERE m.base_period IS NOT NULL
),
-- A change in per cent that was printed without the figures behind it.
percent_only AS (
  SELECT
    r.region_id, r.period, r.span, r.basis, r.category, d.indicator_id, c.kind, c.value AS change_pct, s.unit, c.submission_id, c.sheet, c.cell,
    CASE WHEN c.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END AS base_period
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN direct AS d ON d.form_id = c.form_id AND d.measure = c.measure AND d.category IS NULL
  JOIN indicator_settings AS s ON s.indicator_id = d.indicator_id
  JOIN periods AS p ON p.period = r.period AND p.span = r.span
  WHERE c.kind IN ('yoy', 'mom') AND c.state IN ('value', 'level')
    AND NOT EXISTS (
      SELECT 1 FROM indicators AS i
      WHERE i.indicator_id = d.indicator_id AND i.region_id = r.region_id AND i.period = r.period AND i.span = r.span AND i.basis = r.basis
        AND i.category = r.category AND i.value IS NOT NULL)
),
judged AS (
  SELECT
    region_id, period, span, basis, category, indicator_id, kind, value,
    CASE WHEN partial OR division_break THEN NULL ELSE base_value END AS base_value,
    CASE WHEN partial OR division_break THEN NULL ELSE CAST(value - base_value AS DECIMAL(24,6)) END AS change,
    CASE WHEN partial OR division_break THEN NULL WHEN value = base_value THEN CAST(0 AS DECIMAL(24,6))  -- 0 after 0 is 持平 too
      ELSE ratio((value - base_value) * 100, base_value, (SELECT change_decimals FROM parameters), (SELECT mode FROM parameters)) END AS change_pct,
    CASE WHEN partial THEN 'partial' WHEN division_break THEN 'division_break'
      WHEN base_value IS NULL AND other_basis THEN 'basis_break' WHEN base_value IS NULL THEN 'base_missing'
      WHEN base_value = 0 AND value <> 0 THEN 'base_zero' WHEN printed_reason IS NOT NULL THEN printed_reason ELSE 'own_figure' END AS reason,
    unit, decimals, base_period,
    CASE WHEN base_value IS NOT NULL THEN base_submission_id END AS base_submission_id, base_sheet, base_cell
  FROM matched
  UNION ALL
  SELECT
    region_id, period, span, basis, category, indicator_id, kind, CAST(NULL AS DECIMAL(24,6)), CAST(NULL AS DECIMAL(24,6)),
    CAST(NULL AS DECIMAL(24,6)), change_pct, 'as_reported', unit, 0, coalesce(base_period, period), submission_id, sheet, cell
  FROM percent_only
),
worded AS (
  SELECT
    judged.*,
    CASE (SELECT change_decimals FROM parameters)
      WHEN 0 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,0)) AS VARCHAR) WHEN 1 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,1)) AS VARCHAR)
      WHEN 3 THEN CAST(CAST(abs(change_pct) AS DECIMAL(18,3)) AS VARCHAR) ELSE CAST(CAST(abs(change_pct) AS DECIMAL(18,2)) AS VARCHAR)
    END AS percent_text,
    CASE decimals WHEN 0 THEN CAST(CAST(abs(change) AS DECIMAL(18,0)) AS VARCHAR) WHEN 1 THEN CAST(CAST(abs(change) AS DECIMAL(18,1)) AS VARCHAR)
      WHEN 3 THEN CAST(CAST(abs(change) AS DECIMAL(18,3)) AS VARCHAR) ELSE CAST(CAST(abs(change) AS DECIMAL(18,2)) AS VARCHAR) END AS change_text,
    CASE kind WHEN 'yoy' THEN '同比' ELSE '环比' END AS kind_zh
  FROM judged
)
SELECT
  region_id, period, span, basis, category, indicator_id, kind, value, base_value, change, change_pct,
  CASE
    WHEN reason IN ('partial', 'division_break', 'basis_break', 'base_missing') THEN '…'
    WHEN change = 0 OR change IS NULL AND change_pct = 0 THEN '持平'
    WHEN reason = 'base_zero' THEN kind_zh || CASE WHEN change > 0 THEN '多' ELSE '少' END || change_text || unit
    WHEN coalesce(change, change_pct) > 0 THEN '上升' || percent_text || '%'
    ELSE '下降' || percent_text || '%' END AS display_zh,
  CASE
    WHEN reason IN ('partial', 'division_break', 'basis_break', 'base_missing') THEN '…'
    WHEN change = 0 OR change IS NULL AND change_pct = 0 THEN 'unchanged'
    WHEN reason = 'base_zero' THEN change_text || CASE WHEN change > 0 THEN ' more' ELSE ' fewer' END
    WHEN coalesce(change, change_pct) > 0 THEN 'up ' || percent_text || '%'
    ELSE 'down ' || percent_text || '%' END AS display_en,
  reason, base_period, base_submission_id, base_sheet, base_cell
FROM worded

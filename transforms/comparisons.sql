-- One row per indicator and kind of comparison: yoy with the same period of last year, mom with the period before.
-- The base is our own figure as now known; where there is none, the one printed beside the value, and the reason says so.
-- Rates are compared as published, rounded, unless the jurisdiction compares them unrounded (`rounding.rate_yoy_from`).
-- p_value: how often chance alone would make two counts, rates or shares at least this different (exact tests, transforms/certainty.py).
WITH kinds AS (
  SELECT 'yoy' AS kind UNION ALL SELECT 'mom' AS kind
),
-- Each line with the line of its base period, and with the lines of that period on another basis.
base_lines AS (
  SELECT
    l.line_no, k.kind, b.line_no AS base_line_no, CASE WHEN k.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END AS base_period, p.end_month, l.span
  FROM indicator_lines AS l
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  CROSS JOIN kinds AS k
  LEFT JOIN indicator_lines AS b
    ON b.indicator_id = l.indicator_id AND b.category = l.category AND b.basis = l.basis AND b.span = l.span
   AND b.period = CASE WHEN k.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END
  WHERE CASE WHEN k.kind = 'yoy' THEN p.yoy_period ELSE p.mom_period END IS NOT NULL
),
other_bases AS (
  SELECT m.line_no, m.kind, o.line_no AS other_line_no
  FROM base_lines AS m
  JOIN indicator_lines AS l ON l.line_no = m.line_no
  JOIN indicator_lines AS o
    ON o.indicator_id = l.indicator_id AND o.category = l.category AND o.span = l.span AND o.period = m.base_period AND o.basis <> l.basis
),
-- What is known today by the canonical region, and the regions of which one was split or merged in between.
stored AS (
  SELECT
    g.canonical_id, v.line_no, sum(v.value) AS value, bool_or(v.obs_status = 'partial') AS partial, sum(v.numerator) AS numerator,
    sum(v.denominator) AS denominator
  FROM indicator_values AS v
  JOIN region_lineage AS g ON g.region_id = v.region_id
  WHERE v.value IS NOT NULL
  GROUP BY g.canonical_id, v.line_no
  HAVING count(*) = 1
),
on_another_basis AS (
  SELECT DISTINCT o.line_no, o.kind, y.canonical_id
  FROM other_bases AS o
  JOIN stored AS y ON y.line_no = o.other_line_no
),
broken AS (
  SELECT DISTINCT m.line_no, m.kind, k.region_id
  FROM base_lines AS m
  JOIN periods AS b ON b.period = m.base_period AND b.span = m.span
  JOIN region_breaks AS k ON k.month > b.end_month AND k.month <= m.end_month
),
direct AS (
  SELECT t.indicator_id, t.form_id, t.measure, t.category
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0
),
printed AS (
  SELECT l.line_no, b.region_id, b.kind, b.base_value, b.reason, b.submission_id, b.sheet, b.cell
  FROM printed_bases AS b
  JOIN direct AS d ON d.form_id = b.form_id AND d.measure = b.measure
  JOIN indicator_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = b.period AND l.span = b.span AND l.basis = b.basis
   AND b.category = coalesce(d.category, l.category)
),
matched AS (
  SELECT
    v.region_id, v.line_no, m.kind, v.value, m.base_period,
    v.obs_status = 'partial' OR coalesce(o.partial, FALSE) AS partial, x.region_id IS NOT NULL AS division_break,
    coalesce(o.value, b.base_value) AS base_value,
    CASE WHEN o.value IS NULL THEN b.reason END AS printed_reason,
    CASE WHEN o.value IS NULL THEN b.submission_id END AS base_submission_id, CASE WHEN o.value IS NULL THEN b.sheet END AS base_sheet,
    CASE WHEN o.value IS NULL THEN b.cell END AS base_cell,
    y.line_no IS NOT NULL AS other_basis, v.numerator, v.denominator, coalesce(o.numerator, b.base_value) AS base_numerator,
    o.denominator AS base_denominator
  FROM indicator_values AS v
  JOIN base_lines AS m ON m.line_no = v.line_no
  JOIN region_lineage AS g ON g.region_id = v.region_id
  LEFT JOIN stored AS o ON o.line_no = m.base_line_no AND o.canonical_id = g.canonical_id
  LEFT JOIN printed AS b ON b.line_no = v.line_no AND b.region_id = v.region_id AND b.kind = m.kind
  LEFT JOIN broken AS x ON x.line_no = v.line_no AND x.kind = m.kind AND x.region_id = v.region_id
  LEFT JOIN on_another_basis AS y ON y.line_no = v.line_no AND y.kind = m.kind AND y.canonical_id = g.canonical_id
  WHERE v.value IS NOT NULL
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
compared AS (
  SELECT
    m.region_id, l.period, l.span, l.basis, l.category, l.indicator_id, m.kind, m.value, m.base_value, s.unit, s.decimals, m.base_period,
    m.base_submission_id, m.base_sheet, m.base_cell, m.printed_reason, m.partial, m.division_break, m.other_basis,
    CASE WHEN r.raw_rates AND m.denominator IS NOT NULL AND m.base_denominator IS NOT NULL
      THEN ratio(m.numerator * s.scale, m.denominator, 6, 'half_up') ELSE m.value END AS now,
    CASE WHEN r.raw_rates AND m.denominator IS NOT NULL AND m.base_denominator IS NOT NULL
      THEN ratio(m.base_numerator * s.scale, m.base_denominator, 6, 'half_up') ELSE m.base_value END AS before,
    CASE WHEN m.base_value IS NOT NULL AND NOT m.partial AND NOT m.division_break THEN s.chance END AS chance,
    m.numerator, coalesce(m.denominator, 1) AS denominator, m.base_numerator, coalesce(m.base_denominator, 1) AS base_denominator
  FROM matched AS m
  JOIN indicator_lines AS l ON l.line_no = m.line_no
  JOIN indicator_settings AS s ON s.indicator_id = l.indicator_id
  CROSS JOIN parameters AS r
),
tested AS (
  SELECT
    chance, numerator, denominator, base_numerator, base_denominator,
    chance_p_value(
      chance, CAST(numerator AS DOUBLE), CAST(denominator AS DOUBLE), CAST(base_numerator AS DOUBLE), CAST(base_denominator AS DOUBLE)) AS p_value
  FROM (
    SELECT DISTINCT chance, numerator, denominator, base_numerator, base_denominator
    FROM compared
    WHERE chance IS NOT NULL
  ) AS different
),
judged AS (
  SELECT
    m.region_id, m.period, m.span, m.basis, m.category, m.indicator_id, m.kind, m.value,
    CASE WHEN partial OR division_break THEN NULL ELSE base_value END AS base_value,
    CASE WHEN partial OR division_break THEN NULL ELSE CAST(now - before AS DECIMAL(24,6)) END AS change,
    CASE WHEN partial OR division_break THEN NULL WHEN now = before THEN CAST(0 AS DECIMAL(24,6))  -- 0 after 0 is 持平 too
      ELSE ratio((now - before) * 100, before, (SELECT change_decimals FROM parameters), (SELECT mode FROM parameters)) END AS change_pct,
    CASE WHEN partial THEN 'partial' WHEN division_break THEN 'division_break'
      WHEN base_value IS NULL AND other_basis THEN 'basis_break' WHEN base_value IS NULL THEN 'base_missing'
      WHEN base_value = 0 AND value <> 0 THEN 'base_zero' WHEN printed_reason IS NOT NULL THEN printed_reason ELSE 'own_figure' END AS reason,
    m.unit, m.decimals, m.base_period,
    CASE WHEN base_value IS NOT NULL THEN base_submission_id END AS base_submission_id, base_sheet, base_cell, t.p_value
  FROM compared AS m
  LEFT JOIN tested AS t
    ON t.chance = m.chance AND t.numerator = m.numerator AND t.denominator = m.denominator AND t.base_numerator = m.base_numerator
   AND t.base_denominator = m.base_denominator
  UNION ALL
  SELECT
    region_id, period, span, basis, category, indicator_id, kind, CAST(NULL AS DECIMAL(24,6)), CAST(NULL AS DECIMAL(24,6)),
    CAST(NULL AS DECIMAL(24,6)), change_pct, 'as_reported', unit, 0, coalesce(base_period, period), submission_id, sheet, cell, NULL
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
  reason, base_period, base_submission_id, base_sheet, base_cell, CAST(p_value AS DECIMAL(5,4)) AS p_value,
  p_value >= 1 - (SELECT confidence FROM parameters) AS within_chance
FROM worded

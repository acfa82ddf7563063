-- One row per indicator, region, period, span, basis and category, computed from the region's own numerators and denominators.
WITH numerators AS (
  SELECT
    t.indicator_id, f.region_id, f.period, f.span, f.basis,
    CASE WHEN t.category IS NULL THEN f.category ELSE 'TOTAL' END AS category,
    sum(t.sign * f.value) AS value, count(*) AS terms, bool_or(f.partial) AS partial, min(f.obs_status) AS lowest_status,
    max(f.obs_status) AS highest_status, min(f.qualifier) AS lowest_qualifier, max(f.qualifier) AS highest_qualifier, min(f.source) AS source,
    min(CASE WHEN f.partial THEN f.children_reported END) AS children_reported, max(f.children_total) AS children_total
  FROM indicator_terms AS t
  JOIN regional_figures AS f ON f.form_id = t.form_id AND f.measure = t.measure AND (t.category IS NULL OR f.category = t.category)
  WHERE t.side = 'numerator'
  GROUP BY t.indicator_id, f.region_id, f.period, f.span, f.basis, CASE WHEN t.category IS NULL THEN f.category ELSE 'TOTAL' END
),
denominators AS (
  SELECT
    t.indicator_id, f.region_id, f.period, f.span, f.basis, f.category, sum(t.sign * f.value) AS value, count(*) AS terms,
    bool_or(f.partial) AS partial, min(f.qualifier) AS lowest_qualifier, max(f.qualifier) AS highest_qualifier
  FROM indicator_terms AS t
  JOIN regional_figures AS f ON f.form_id = t.form_id AND f.measure = t.measure AND (t.category IS NULL OR f.category = t.category)
  WHERE t.side = 'denominator'
  GROUP BY t.indicator_id, f.region_id, f.period, f.span, f.basis, f.category
),
computed AS (
  SELECT
    n.region_id, n.period, n.span, n.basis, n.category, n.indicator_id, n.value AS numerator,
    d.value AS denominator,
    -- No rate of an incomplete sum: its numerator and denominator may be of different regions.
    CASE WHEN i.denominator_terms = 0 THEN n.value WHEN n.partial OR d.partial THEN NULL ELSE ratio(n.value * i.scale, d.value, i.decimals, (SELECT mode FROM parameters)) END AS value,
    i.unit, n.partial OR coalesce(d.partial, FALSE) AS partial, n.source,
    CASE WHEN n.lowest_status = 'recovered' OR n.highest_status = 'recovered' THEN 'recovered' ELSE 'reported' END AS obs_status,
    CASE
      WHEN n.lowest_qualifier = n.highest_qualifier AND coalesce(d.lowest_qualifier, n.lowest_qualifier) = n.lowest_qualifier
        AND coalesce(d.highest_qualifier, n.lowest_qualifier) = n.lowest_qualifier THEN n.lowest_qualifier
      WHEN i.denominator_terms = 0 THEN 'approx'
      WHEN least(n.lowest_qualifier, d.lowest_qualifier) IN ('exact', 'recovered')
        AND greatest(n.highest_qualifier, d.highest_qualifier) IN ('exact', 'recovered') THEN 'recovered'
      ELSE 'approx' END AS qualifier,
    CASE WHEN n.partial THEN ratio(coalesce(n.children_reported, 0) * 100, n.children_total, 2, 'half_up') ELSE 100 END AS reporting_share
  FROM numerators AS n
  JOIN indicator_settings AS i ON i.indicator_id = n.indicator_id AND i.numerator_terms = n.terms
  LEFT JOIN denominators AS d
    ON d.indicator_id = n.indicator_id AND d.region_id = n.region_id AND d.category = n.category AND d.period = n.period
   AND d.terms = i.denominator_terms
   AND (i.annual AND n.span = 'year' AND d.span = 'stock' OR NOT i.annual AND d.span = n.span AND d.basis = n.basis)
  WHERE i.denominator_terms = 0 OR d.value IS NOT NULL
),
-- A rate that was printed without its numerator and denominator is passed on as printed, and says so. One whose numbers stand beside it
-- never is, not even where they are disputed.
as_reported AS (
  SELECT
    r.region_id, r.period, r.span, r.basis, r.category, f.indicator_id, CAST(NULL AS DECIMAL(24,6)) AS numerator,
    CAST(NULL AS DECIMAL(24,6)) AS denominator, c.value, i.unit, FALSE AS partial, 'own' AS source, 'as_reported' AS obs_status,
    'exact' AS qualifier, CAST(100 AS DECIMAL(24,6)) AS reporting_share
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN form_rates AS f ON f.form_id = c.form_id AND f.printed_id = c.measure
  JOIN indicator_settings AS i ON i.indicator_id = f.indicator_id
  WHERE c.kind = 'rate' AND c.state = 'value'
    AND NOT EXISTS (
      SELECT 1 FROM row_reconciliations AS q
      WHERE q.kind = 'rate' AND q.submission_id = c.submission_id AND q.sheet = c.sheet AND q.cell = c.cell AND q.span = c.span
        AND q.numerator IS NOT NULL AND q.denominator IS NOT NULL)
    AND NOT EXISTS (
      SELECT 1 FROM computed AS k
      WHERE k.indicator_id = f.indicator_id AND k.region_id = r.region_id AND k.period = r.period AND k.span = r.span AND k.basis = r.basis
        AND k.category = r.category)
),
together AS (
  SELECT
    region_id, period, span, basis, category, indicator_id, numerator, denominator, value, unit, partial, source, obs_status, qualifier,
    reporting_share
  FROM computed
  UNION ALL
  SELECT
    region_id, period, span, basis, category, indicator_id, numerator, denominator, value, unit, partial, source, obs_status, qualifier,
    reporting_share
  FROM as_reported
)
SELECT
  t.region_id, l.level, t.period, t.span, t.basis, t.category, t.indicator_id,
  CAST(t.numerator AS DECIMAL(24,6)) AS numerator, CAST(t.denominator AS DECIMAL(24,6)) AS denominator, CAST(t.value AS DECIMAL(24,6)) AS value,
  t.unit, CAST(t.reporting_share AS DECIMAL(9,2)) AS reporting_share,
  CASE WHEN t.partial THEN 'partial' ELSE t.obs_status END AS obs_status, t.qualifier, t.source
FROM together AS t
JOIN (SELECT region_id, min(level) AS level FROM region_settings GROUP BY region_id) AS l ON l.region_id = t.region_id

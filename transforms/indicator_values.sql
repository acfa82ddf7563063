-- One row per line and region, computed from the region's own numerators and denominators.
-- Internal: indicators is the same with the line spelled out.
WITH numerator_slots AS (
  SELECT l.line_no, s.slot_no, t.sign, i.numerator_terms
  FROM indicator_terms AS t
  JOIN indicator_settings AS i ON i.indicator_id = t.indicator_id
  JOIN slots AS s ON s.form_id = t.form_id AND s.measure = t.measure AND (t.category IS NULL OR s.category = t.category)
  JOIN indicator_lines AS l
    ON l.indicator_id = t.indicator_id AND l.category = CASE WHEN t.category IS NULL THEN s.category ELSE 'TOTAL' END AND l.basis = s.basis
   AND l.period = s.period AND l.span = s.span
  WHERE t.side = 'numerator'
),
-- An annual rate of a year divides by what was so at its end; every other rate by the same stretch on the same basis.
denominator_slots AS (
  SELECT l.line_no, s.slot_no, t.sign, i.denominator_terms
  FROM indicator_terms AS t
  JOIN indicator_settings AS i ON i.indicator_id = t.indicator_id
  JOIN indicator_lines AS l ON l.indicator_id = t.indicator_id
  JOIN slots AS s
    ON s.form_id = t.form_id AND s.measure = t.measure AND (t.category IS NULL OR s.category = t.category) AND s.category = l.category
   AND s.period = l.period AND (i.annual AND l.span = 'year' AND s.span = 'stock' OR NOT i.annual AND s.span = l.span AND s.basis = l.basis)
  WHERE t.side = 'denominator'
),
-- Most indicators are one plain measure: nothing to add up.
numerators AS (
  SELECT
    n.line_no, v.region_id, n.sign * v.value AS value, v.partial, v.obs_status AS lowest_status, v.obs_status AS highest_status,
    v.qualifier AS lowest_qualifier, v.qualifier AS highest_qualifier, v.source,
    CASE WHEN v.partial THEN v.children_reported END AS children_reported, v.children_total
  FROM numerator_slots AS n
  JOIN regional_values AS v ON v.slot_no = n.slot_no
  WHERE n.numerator_terms = 1
  UNION ALL
  SELECT
    n.line_no, v.region_id, sum(n.sign * v.value), bool_or(v.partial), min(v.obs_status), max(v.obs_status),
    min(v.qualifier), max(v.qualifier), min(v.source), min(CASE WHEN v.partial THEN v.children_reported END), max(v.children_total)
  FROM numerator_slots AS n
  JOIN regional_values AS v ON v.slot_no = n.slot_no
  WHERE n.numerator_terms > 1
  GROUP BY n.line_no, v.region_id
  HAVING count(*) = max(n.numerator_terms)
),
denominators AS (
  SELECT
    d.line_no, v.region_id, sum(d.sign * v.value) AS value, bool_or(v.partial) AS partial,
    min(v.qualifier) AS lowest_qualifier, max(v.qualifier) AS highest_qualifier
  FROM denominator_slots AS d
  JOIN regional_values AS v ON v.slot_no = d.slot_no
  GROUP BY d.line_no, v.region_id
  HAVING count(*) = max(d.denominator_terms)
),
plain AS (
  SELECT l.line_no FROM indicator_lines AS l JOIN indicator_settings AS i ON i.indicator_id = l.indicator_id WHERE i.denominator_terms = 0
),
rates AS (
  SELECT l.line_no, i.scale, i.decimals
  FROM indicator_lines AS l
  JOIN indicator_settings AS i ON i.indicator_id = l.indicator_id
  WHERE i.denominator_terms > 0
),
computed AS (
  SELECT
    n.line_no, n.region_id, n.value AS numerator, CAST(NULL AS DECIMAL(24,6)) AS denominator, n.value, n.partial, n.source,
    CASE WHEN n.lowest_status = 'recovered' OR n.highest_status = 'recovered' THEN 'recovered' ELSE 'reported' END AS obs_status,
    CASE WHEN n.lowest_qualifier = n.highest_qualifier THEN n.lowest_qualifier ELSE 'approx' END AS qualifier,
    CASE WHEN n.partial THEN ratio(coalesce(n.children_reported, 0) * 100, n.children_total, 2, 'half_up') ELSE 100 END AS reporting_share
  FROM numerators AS n
  JOIN plain AS p ON p.line_no = n.line_no
  UNION ALL
  SELECT
    n.line_no, n.region_id, n.value, d.value,
    -- No rate of an incomplete sum: its numerator and denominator may be of different regions.
    CASE WHEN n.partial OR d.partial THEN NULL ELSE ratio(n.value * r.scale, d.value, r.decimals, (SELECT mode FROM parameters)) END,
    n.partial OR d.partial, n.source,
    CASE WHEN n.lowest_status = 'recovered' OR n.highest_status = 'recovered' THEN 'recovered' ELSE 'reported' END,
    CASE
      WHEN n.lowest_qualifier = n.highest_qualifier AND d.lowest_qualifier = n.lowest_qualifier AND d.highest_qualifier = n.lowest_qualifier
        THEN n.lowest_qualifier
      WHEN least(n.lowest_qualifier, d.lowest_qualifier) IN ('exact', 'recovered')
        AND greatest(n.highest_qualifier, d.highest_qualifier) IN ('exact', 'recovered') THEN 'recovered'
      ELSE 'approx' END,
    CASE WHEN n.partial THEN ratio(coalesce(n.children_reported, 0) * 100, n.children_total, 2, 'half_up') ELSE 100 END
  FROM numerators AS n
  JOIN rates AS r ON r.line_no = n.line_no
  JOIN denominators AS d ON d.line_no = n.line_no AND d.region_id = n.region_id
  WHERE d.value IS NOT NULL
),
-- A rate that was printed without its numerator and denominator is passed on as printed, and says so. One whose numbers stand beside it
-- never is, not even where they are disputed.
as_reported AS (
  SELECT l.line_no, r.region_id, c.value
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN form_rates AS f ON f.form_id = c.form_id AND f.printed_id = c.measure
  JOIN indicator_lines AS l
    ON l.indicator_id = f.indicator_id AND l.category = r.category AND l.basis = r.basis AND l.period = r.period AND l.span = r.span
  WHERE c.kind = 'rate' AND c.state = 'value'
    AND NOT EXISTS (
      SELECT 1 FROM row_reconciliations AS q
      WHERE q.kind = 'rate' AND q.submission_id = c.submission_id AND q.sheet = c.sheet AND q.cell = c.cell AND q.span = c.span
        AND q.numerator IS NOT NULL AND q.denominator IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM computed AS k WHERE k.line_no = l.line_no AND k.region_id = r.region_id)
)
SELECT
  line_no, region_id, CAST(numerator AS DECIMAL(24,6)) AS numerator, CAST(denominator AS DECIMAL(24,6)) AS denominator,
  CAST(value AS DECIMAL(24,6)) AS value, CAST(reporting_share AS DECIMAL(9,2)) AS reporting_share,
  CASE WHEN partial THEN 'partial' ELSE obs_status END AS obs_status, qualifier, source
FROM computed
UNION ALL
SELECT
  line_no, region_id, CAST(NULL AS DECIMAL(24,6)), CAST(NULL AS DECIMAL(24,6)), CAST(value AS DECIMAL(24,6)), CAST(100 AS DECIMAL(9,2)),
  'as_reported', 'exact', 'own'
FROM as_reported

-- One row per indicator, region, period, span, basis and category, computed from the region's own numerators and denominators.
SELECT
  r.region_id, r."level", l.period, l.span, l.basis, l.category, l.indicator_id, v.numerator, v.denominator, v.value, i.unit, v.reporting_share,
  CASE WHEN v.partial THEN 'partial' WHEN v.as_reported THEN 'as_reported' WHEN v.recovered THEN 'recovered' ELSE 'reported' END AS obs_status,
  q.qualifier,
  CASE v.source WHEN 1 THEN 'children' WHEN 2 THEN 'ledger' WHEN 3 THEN 'own' WHEN 4 THEN 'periods' WHEN 5 THEN 'register' ELSE 'dimension' END AS source
FROM indicator_values AS v
JOIN indicator_lines AS l ON l.line_no = v.line_no
JOIN indicator_settings AS i ON i.indicator_id = l.indicator_id
JOIN qualifiers AS q ON q.bit = v.qualifiers
JOIN region_numbers AS r ON r.region_no = v.region_no

-- One row per indicator, region, period, span, basis and category, computed from the region's own numerators and denominators.
SELECT
  v.region_id, r.level, l.period, l.span, l.basis, l.category, l.indicator_id, v.numerator, v.denominator, v.value, i.unit, v.reporting_share,
  v.obs_status, v.qualifier, v.source
FROM indicator_values AS v
JOIN indicator_lines AS l ON l.line_no = v.line_no
JOIN indicator_settings AS i ON i.indicator_id = l.indicator_id
JOIN (SELECT region_id, min(level) AS level FROM region_settings GROUP BY region_id) AS r ON r.region_id = v.region_id

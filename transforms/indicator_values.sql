-- One row per line and region number, computed from the region's own numerators and denominators.
-- Internal. A view: nothing is stored twice; indicators is the same spelled out. Slots that are no line are here too, under their own number.
SELECT
  slot_no AS line_no, region_no, value AS numerator, CAST(NULL AS DECIMAL(24,6)) AS denominator, value,
  CAST(CASE WHEN partial THEN ratio(coalesce(children_reported, 0) * 100, children_total, 2, 'half_up') ELSE 100 END AS DECIMAL(9,2))
    AS reporting_share,
  partial, recovered, FALSE AS as_reported, qualifiers, source
FROM regional_values
UNION ALL
SELECT
  line_no, region_no, numerator, denominator, value, reporting_share, partial, recovered, as_reported, qualifiers, source
FROM line_values

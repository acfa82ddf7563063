-- One row per number of a region with its slot spelled out.
-- Internal. A view: nothing is stored twice.
SELECT
  n.region_id, s.period, s.span, s.basis, s.form_id, s.category, s.measure, r.value, s.unit,
  CASE WHEN r.recovered THEN 'recovered' ELSE 'reported' END AS obs_status, q.qualifier, s.additive, s.kind,
  CASE r.source WHEN 1 THEN 'children' WHEN 2 THEN 'ledger' WHEN 3 THEN 'own' WHEN 4 THEN 'periods' ELSE 'register' END AS source,
  r.partial, r.own_value, r.children_value, r.children_reported, r.children_total
FROM regional_values AS r
JOIN region_numbers AS n ON n.region_no = r.region_no
JOIN qualifiers AS q ON q.bit = r.qualifiers
JOIN slots AS s ON s.slot_no = r.slot_no

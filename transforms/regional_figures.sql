-- One row per number of a region with its slot spelled out.
-- Internal. A view: nothing is stored twice.
SELECT
  r.region_id, s.period, s.span, s.basis, s.form_id, s.category, s.measure, r.value, s.unit, r.obs_status, r.qualifier, s.additive, s.kind,
  r.source, r.partial, r.own_value, r.children_value, r.children_reported, r.children_total
FROM regional_values AS r
JOIN slots AS s ON s.slot_no = r.slot_no

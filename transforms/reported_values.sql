-- One row per usable number that a region has of its own without adding anything up, by slot and region number.
-- Internal. `qualifiers`: the bit of its qualifier; `source`: 2 ledger, 3 the region's own report, 5 register (in the order of their names).
SELECT
  s.slot_no, r.region_no, f.value, f.obs_status = 'recovered' AS recovered, q.bit AS qualifiers,
  CASE f.source WHEN 'ledger' THEN 2 WHEN 'own' THEN 3 ELSE 5 END AS source
FROM usable_figures AS f
JOIN region_numbers AS r ON r.region_id = f.region_id AND r."level" IS NOT NULL
JOIN qualifiers AS q ON q.qualifier = f.qualifier
JOIN slots AS s
  ON s.form_id = f.form_id AND s.measure = f.measure AND s.category = f.category AND s.basis = f.basis AND s.period = f.period AND s.span = f.span

-- One row per usable number that a region has of its own without adding anything up, by slot and region number.
-- Internal. `qualifiers`: the bit of its qualifier; `source`: 2 ledger, 3 the region's own report, 5 register (in the order of
-- their names), 6 the categories.
SELECT s.slot_no, c.region_no, c.value, c.obs_status = 'recovered' AS recovered, q.bit AS qualifiers, 3 AS source
FROM usable_cells AS c
JOIN subject_slots AS s ON s.subject_no = c.subject_no AND s.measure_no = c.measure_no
JOIN qualifiers AS q ON q.qualifier = c.qualifier
WHERE c.region_no IS NOT NULL
UNION ALL
SELECT s.slot_no, r.region_no, f.value, f.recovered, q.bit, f.source
FROM counted_figures AS f
JOIN region_numbers AS r ON r.region_id = f.region_id AND r."level" IS NOT NULL
JOIN qualifiers AS q ON q.qualifier = f.qualifier
JOIN slots AS s
  ON s.form_id = f.form_id AND s.measure = f.measure AND s.category = f.category AND s.basis = f.basis AND s.period = f.period AND s.span = f.span

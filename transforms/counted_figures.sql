-- One row per number of a region that can be computed with and that no row of a file holds: configured by the bureau, counted from a register or
-- from the ledger of files, or added up over the categories.
-- Internal. A view: nothing is stored twice. What is withheld is left out. `source`: 2 ledger, 3 the region's own, 5 register (in the order of their
-- names), 6 the categories.
SELECT f.region_id, f.period, f.span, f.basis, f.form_id, f.category, f.measure, f.value, m.unit, m.additive, m.kind, f.qualifier, 3 AS source, FALSE AS recovered
FROM configured_figures AS f
JOIN form_measures AS m ON m.form_id = f.form_id AND m.measure = f.measure
WHERE f.value IS NOT NULL
UNION ALL
SELECT e.region_id, e.period, e.span, e.basis, e.form_id, e.category, e.measure, e.value, e.unit, e.additive, e.kind, e.qualifier, 5 AS source, FALSE AS recovered
FROM event_figures AS e
WHERE NOT e.withheld
UNION ALL
SELECT
  s.region_id, s.period, s.span, 'all' AS basis, 'LEDGER' AS form_id, 'TOTAL' AS category, s.measure, s.value, '份' AS unit, FALSE AS additive,
  'flow' AS kind, 'exact' AS qualifier, 2 AS source, FALSE AS recovered
FROM submission_figures AS s
UNION ALL
SELECT
  t.region_id, t.period, t.span, t.basis, t.form_id, t.category, t.measure, t.value, t.unit, t.additive, t.kind, t.qualifier, 6 AS source, t.recovered
FROM totalled_figures AS t

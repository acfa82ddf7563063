-- One row per number counted from a register, for a region with all it contains, a month, a basis, a category and a measure.
-- Internal. A view: nothing is stored twice.
SELECT
  m.form_id, e.region_id, e.period, e.span, e.basis, e.category, m.measure, e.value, m.unit, CASE WHEN e.at_least THEN 'ge' ELSE 'exact' END AS qualifier,
  m.additive, m.kind, e.items
FROM event_values AS e
JOIN form_measures AS m ON m.measure_no = e.measure_no

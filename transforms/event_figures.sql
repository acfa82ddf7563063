-- One row per number counted from a register, for a region with all it contains, a month, a basis, a category and a measure.
-- Internal. A view: nothing is stored twice. `withheld`: the loss of a county where fewer accidents than the disclosure threshold are behind it; it
-- is neither published nor computed with.
SELECT
  m.form_id, e.region_id, e.period, e.span, e.basis, e.category, m.measure, e.value, m.unit, CASE WHEN e.at_least THEN 'ge' ELSE 'exact' END AS qualifier,
  m.additive, m.kind, e.items,
  m.form_id = 'F01' AND m.measure = 'loss' AND e.items BETWEEN 1 AND p.k - 1 AND a.region_id IS NULL AS withheld
FROM event_values AS e
JOIN form_measures AS m ON m.measure_no = e.measure_no
CROSS JOIN parameters AS p
LEFT JOIN (SELECT DISTINCT parent_id AS region_id FROM region_settings WHERE parent_id IS NOT NULL) AS a ON a.region_id = e.region_id

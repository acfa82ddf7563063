-- One row per total over the categories of a region that no row of a file gives, of the measures that a form declares to add up over them (`summed`).
-- Internal. Added up are the rows of the codes of the first dimension; of a code that was cut further its own row, or where it has none those of the
-- cut. A row that has some of the measures that go together and lacks one leaves the region without a total of that one: a blank is no zero. A row
-- that has none of them, or to which they do not apply, is no part of it.
WITH lines AS (
  SELECT DISTINCT m.summed, s.region_no, r.form_id, r.period, r.span, r.basis, r.dim1, r.dim2, s.subject_no
  FROM cell_values AS c
  JOIN form_measures AS m ON m.measure_no = c.measure_no AND m.summed IS NOT NULL
  JOIN row_subjects AS s ON s.row_no = c.row_no
  JOIN reported_rows AS r ON r.row_no = c.row_no
  WHERE c.in_force AND c.obs_status <> 'not_applicable' AND s.region_no IS NOT NULL
),
-- Where the region sent a row of all codes, that is the total.
totalled AS (
  SELECT DISTINCT summed, region_no, form_id, period, span, basis FROM lines WHERE dim1 = 'TOTAL' AND dim2 IN ('', 'TOTAL')
),
whole AS (
  SELECT DISTINCT summed, region_no, form_id, period, span, basis, dim1 FROM lines WHERE dim2 = 'TOTAL'
),
parts AS (
  SELECT a.summed, a.region_no, a.form_id, a.period, a.span, a.basis, a.subject_no
  FROM lines AS a
  LEFT JOIN totalled AS t
    ON t.summed = a.summed AND t.region_no = a.region_no AND t.form_id = a.form_id AND t.period = a.period AND t.span = a.span AND t.basis = a.basis
  LEFT JOIN whole AS w
    ON w.summed = a.summed AND w.region_no = a.region_no AND w.form_id = a.form_id AND w.period = a.period AND w.span = a.span AND w.basis = a.basis
   AND w.dim1 = a.dim1
  WHERE a.dim1 <> 'TOTAL' AND t.region_no IS NULL AND (w.region_no IS NULL OR a.dim2 = 'TOTAL')
),
added AS (
  SELECT
    p.region_no, p.period, p.span, p.basis, m.measure_no, CAST(sum(c.value) AS DECIMAL(24,6)) AS value,
    bool_or(c.obs_status = 'recovered') AS recovered, qualifier_of_sum(bit_or(q.bit)) AS bits
  FROM parts AS p
  JOIN form_measures AS m ON m.form_id = p.form_id AND m.summed = p.summed
  LEFT JOIN usable_cells AS c ON c.subject_no = p.subject_no AND c.region_no = p.region_no AND c.measure_no = m.measure_no
  LEFT JOIN qualifiers AS q ON q.qualifier = c.qualifier
  GROUP BY p.region_no, p.period, p.span, p.basis, m.measure_no
  HAVING count(c.value) = count(*)
)
SELECT
  n.region_id, a.period, a.span, a.basis, m.form_id, 'TOTAL' AS category, m.measure, a.value, m.unit, m.additive, m.kind, q.qualifier, a.recovered
FROM added AS a
JOIN form_measures AS m ON m.measure_no = a.measure_no
JOIN region_numbers AS n ON n.region_no = a.region_no
JOIN qualifiers AS q ON q.bit = a.bits

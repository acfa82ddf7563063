-- One row per version of a reported cell that holds something, in force or not, with its row and its measure spelled out.
-- Internal. A view: what a cell has of its own stands in cell_values, and nothing is stored twice.
SELECT
  c.row_no, c.measure_no, r.form_id, r.region_id, r.period, r.span, r.basis, r.dim1, r.dim2, r.dim3, r.dimension, r.category, m.measure, c.value, m.unit,
  m.additive, m.kind, c.obs_status, c.qualifier, c.raw, r.submission_id, r.sheet, r."row", c.letter || r."row" AS cell, c.known_from,
  c.in_force, c.correction, c.correction_reason
FROM cell_values AS c
JOIN reported_rows AS r ON r.row_no = c.row_no
JOIN form_measures AS m ON m.measure_no = c.measure_no

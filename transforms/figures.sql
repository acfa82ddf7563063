-- One row per reported number in force. A number that the file itself contradicts is kept as it is and marked disputed.
-- A view: nothing is stored twice.
SELECT
  r.region_id, r.period, r.span, r.basis, r.form_id, r.dimension, m.measure, c.value, m.unit, c.obs_status, c.qualifier, r.submission_id, r.sheet,
  c.letter || r."row" AS cell, c.known_from, r.category, c.raw, c.correction, c.correction_reason
FROM current_cells AS c
JOIN reported_rows AS r ON r.row_no = c.row_no
JOIN form_measures AS m ON m.measure_no = c.measure_no
UNION ALL
SELECT
  region_id, period, span, basis, form_id, dimension, measure, value, unit, obs_status, qualifier, submission_id, sheet, cell, known_from, category,
  raw, correction, correction_reason
FROM configured_figures

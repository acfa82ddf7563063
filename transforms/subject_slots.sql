-- One row per subject of rows (row_subjects) and measure that has a slot: which.
-- Internal. The million cells find their slot by two numbers.
SELECT r.row_no AS subject_no, m.measure_no, s.slot_no
FROM slots AS s
JOIN form_measures AS m ON m.form_id = s.form_id AND m.measure = s.measure
JOIN reported_rows AS r
  ON r.form_id = s.form_id AND r.category = s.category AND r.basis = s.basis AND r.period = s.period AND r.span = s.span
WHERE r.row_no IN (SELECT subject_no FROM row_subjects)

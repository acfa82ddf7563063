-- One row per row in force: the number of its region, and of what it is about (subject_no): form, category, basis, period and span.
-- Internal. `subject_no` is the number of the first row about the same: what it is stands in reported_rows. `doubtful`: one of its cells is
-- disputed.
SELECT r.row_no, n.region_no, s.subject_no, d.row_no IS NOT NULL AS doubtful
FROM reported_rows AS r
JOIN (
  SELECT form_id, category, basis, period, span, min(row_no) AS subject_no
  FROM reported_rows
  WHERE in_force
  GROUP BY form_id, category, basis, period, span
) AS s ON s.form_id = r.form_id AND s.category = r.category AND s.basis = r.basis AND s.period = r.period AND s.span = r.span
LEFT JOIN region_numbers AS n ON n.region_id = r.region_id AND n."level" IS NOT NULL
LEFT JOIN (SELECT DISTINCT row_no FROM disputed_cells) AS d ON d.row_no = r.row_no
WHERE r.in_force

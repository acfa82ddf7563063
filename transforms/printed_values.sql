-- One row per value that a row in force was printed with beside its figures: last year's, a change, a share, a rank, a rate. `measured`: the
-- figure of the same row that it is measured by.
-- Internal. By the number of the row, so that what follows need not find it again by its place in the file.
WITH placed AS (
  SELECT r.row_no, m.measure_no, c.measure, c.kind, c.printed, c.value, c.state, c.cell
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  LEFT JOIN form_measures AS m ON m.form_id = c.form_id AND m.measure = c.measure AND c.kind NOT IN ('rate', 'prior', 'target')
),
measured AS (
  SELECT f.row_no, f.measure_no, f.value
  FROM cell_values AS f
  JOIN (SELECT DISTINCT row_no, measure_no FROM placed WHERE measure_no IS NOT NULL) AS p ON p.row_no = f.row_no AND p.measure_no = f.measure_no
  WHERE f.in_force
)
SELECT p.row_no, p.measure, p.kind, p.printed, p.value, p.state, p.cell, f.value AS measured
FROM placed AS p
LEFT JOIN measured AS f ON f.row_no = p.row_no AND f.measure_no = p.measure_no

-- One row per value that a row in force was printed with beside its figures: last year's, a change, a share, a rank, a rate.
-- Internal. By the number of the row, so that what follows need not find it again by its place in the file.
SELECT r.row_no, c.measure, c.kind, c.printed, c.value, c.state, c.cell
FROM companions AS c
JOIN reported_rows AS r
  ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force

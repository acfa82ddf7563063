-- One row per denominator in force: a region, a year and a measure of form F13, with the source it was taken from and the vintage of that source.
SELECT
  r.region_id, r.period, m.measure, c.value, m.unit, f.vintage, f.source, c.obs_status, r.submission_id, r.sheet, c.letter || r."row" AS cell, c.known_from
FROM current_cells AS c
JOIN reported_rows AS r ON r.row_no = c.row_no AND r.form_id = 'F13'
JOIN form_measures AS m ON m.measure_no = c.measure_no
JOIN rows_f13 AS f ON f.submission_id = r.submission_id AND f.sheet = r.sheet AND f."row" = r."row" AND f.span = r.span
UNION ALL
SELECT
  g.region_id, g.period, g.measure, g.value, g.unit, k.vintage, k.document AS source, g.obs_status, g.submission_id, g.sheet, g.cell, g.known_from
FROM configured_figures AS g
JOIN configured_cells AS k ON k.form_id = g.form_id AND k.file = g.submission_id AND k.cell = g.cell
WHERE g.form_id = 'F13'

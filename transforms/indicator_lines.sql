-- One row per line of a yearbook: an indicator of a category on a basis over a stretch of time, with a number of its own (line_no).
-- Internal. A value is then a line and a region.
WITH lines AS (
  SELECT
    t.indicator_id, CASE WHEN t.category IS NULL THEN s.category ELSE 'TOTAL' END AS category, s.basis, s.period, s.span
  FROM indicator_terms AS t
  JOIN slots AS s ON s.form_id = t.form_id AND s.measure = t.measure AND (t.category IS NULL OR s.category = t.category)
  WHERE t.side = 'numerator'
  UNION
  SELECT f.indicator_id, r.category, r.basis, r.period, r.span
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN form_rates AS f ON f.form_id = c.form_id AND f.printed_id = c.measure
  WHERE c.kind = 'rate' AND c.state = 'value'
)
SELECT
  CAST(row_number() OVER (ORDER BY indicator_id, category, basis, period, span) AS INTEGER) AS line_no,
  indicator_id, category, basis, period, span
FROM lines

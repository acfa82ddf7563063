-- One row per thing counted over a stretch of time: form, measure, category, basis, period and span, with a number of its own (slot_no).
-- Internal. A value is then a slot and a region, and sums and joins run on two short columns instead of seven.
WITH cells AS (
  SELECT DISTINCT subject_no, measure_no FROM usable_cells
),
reported AS (
  SELECT r.form_id, m.measure, r.category, r.basis, r.period, r.span, m.unit, m.additive, m.kind
  FROM cells AS c
  JOIN reported_rows AS r ON r.row_no = c.subject_no
  JOIN form_measures AS m ON m.measure_no = c.measure_no
  UNION
  SELECT form_id, measure, category, basis, period, span, unit, additive, kind FROM counted_figures
),
-- The stretches that months add up to, and the year that December's year-to-date figure is.
derived AS (
  SELECT r.form_id, r.measure, r.category, r.basis, p.period, p.span, r.unit, r.additive, r.kind
  FROM reported AS r
  JOIN periods AS p ON p.span IN ('ytd', 'quarter', 'half', 'year') AND r.period BETWEEN p.start_month AND p.end_month
  WHERE r.span = 'month' AND r.additive AND r.kind IN ('flow', 'events')
  UNION
  SELECT form_id, measure, category, basis, substr(period, 1, 4), 'year', unit, additive, kind
  FROM reported
  WHERE span = 'ytd' AND period LIKE '%-12'
),
together AS (
  SELECT form_id, measure, category, basis, period, span, unit, additive, kind FROM reported
  UNION
  SELECT form_id, measure, category, basis, period, span, unit, additive, kind FROM derived
)
SELECT
  CAST(row_number() OVER (ORDER BY form_id, measure, category, basis, period, span) AS INTEGER) AS slot_no,
  form_id, measure, category, basis, period, span, unit, additive, kind
FROM together

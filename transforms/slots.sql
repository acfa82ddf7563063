-- One row per thing counted over a stretch of time: form, measure, category, basis, period and span, with a number of its own (slot_no).
-- Internal. A value is then a slot and a region, and sums and joins run on two short columns instead of seven.
WITH reported AS (
  SELECT DISTINCT f.form_id, f.measure, f.category, f.basis, f.period, f.span, f.unit, f.additive, f.kind
  FROM usable_figures AS f
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

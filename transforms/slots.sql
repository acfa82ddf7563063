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
-- The stretches that months and quarters add up to or end, and those that a cumulative number stands for.
derived AS (
  SELECT r.form_id, r.measure, r.category, r.basis, p.period, p.span, r.unit, r.additive, r.kind
  FROM reported AS r
  JOIN periods AS m ON m.period = r.period AND m.span = r.span
  JOIN periods AS p
    ON p.span IN ('ytd', 'quarter', 'half', 'year') AND m.start_month >= p.start_month AND m.end_month <= p.end_month AND p.months % m.months = 0
  WHERE r.span IN ('month', 'quarter') AND r.additive AND r.kind IN ('flow', 'events', 'state')
  UNION
  SELECT r.form_id, r.measure, r.category, r.basis, p.period, p.span, r.unit, r.additive, r.kind
  FROM reported AS r
  JOIN periods AS m ON m.period = r.period AND m.span = r.span
  JOIN periods AS p ON p.start_month = m.start_month AND p.end_month = m.end_month AND p.span IN ('quarter', 'half', 'year')
  WHERE r.span = 'ytd'
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

-- One row per usable number of a region, reported or summed from its months: year to date, quarter, half year, year.
-- Internal. A sum is made only when every month of the stretch is there; a reported number always comes before a sum of months.
-- A loss counted from the register of accidents is left out for a county where fewer accidents than the disclosure threshold are behind it.
WITH reported AS (
  SELECT
    f.region_id, f.period, f.span, f.basis, f.form_id, f.category, f.measure, f.value, f.unit,
    CASE WHEN f.obs_status = 'recovered' THEN 'recovered' ELSE 'reported' END AS obs_status, f.qualifier, m.additive, m.kind, 'own' AS source
  FROM figures AS f
  JOIN form_measures AS m ON m.form_id = f.form_id AND m.measure = f.measure
  WHERE f.value IS NOT NULL AND f.obs_status IN ('reported', 'recovered', 'corrected')
  UNION ALL
  SELECT
    e.region_id, e.period, e.span, e.basis, e.form_id, e.category, e.measure, e.value, e.unit, 'reported' AS obs_status, e.qualifier,
    e.additive, e.kind, 'register' AS source
  FROM event_figures AS e
  WHERE NOT (e.form_id = 'F01' AND e.measure = 'loss' AND e.items BETWEEN 1 AND (SELECT k FROM parameters) - 1
    AND e.region_id NOT IN (SELECT parent_id FROM region_settings WHERE parent_id IS NOT NULL))
),
from_months AS (
  SELECT
    m.region_id, p.period, p.span, m.basis, m.form_id, m.category, m.measure, sum(m.value) AS value, m.unit,
    CASE WHEN min(m.obs_status) = max(m.obs_status) THEN min(m.obs_status) ELSE 'recovered' END AS obs_status,
    CASE WHEN min(m.qualifier) = max(m.qualifier) THEN min(m.qualifier)
      WHEN sum(CASE WHEN m.qualifier NOT IN ('exact', 'ge') THEN 1 ELSE 0 END) = 0 THEN 'ge'
      WHEN sum(CASE WHEN m.qualifier NOT IN ('exact', 'recovered') THEN 1 ELSE 0 END) = 0 THEN 'recovered'
      ELSE 'approx' END AS qualifier,
    m.additive, m.kind
  FROM reported AS m
  JOIN periods AS p ON p.span IN ('ytd', 'quarter', 'half', 'year') AND m.period BETWEEN p.start_month AND p.end_month
  WHERE m.span = 'month' AND m.additive AND m.kind IN ('flow', 'events')
  GROUP BY m.region_id, p.period, p.span, m.basis, m.form_id, m.category, m.measure, m.unit, m.additive, m.kind, p.months
  HAVING count(*) = p.months
),
-- A year-to-date figure of December is the year's.
from_december AS (
  SELECT
    y.region_id, substr(y.period, 1, 4) AS period, 'year' AS span, y.basis, y.form_id, y.category, y.measure, y.value, y.unit, y.obs_status,
    y.qualifier, y.additive, y.kind, y.source
  FROM reported AS y
  WHERE y.span = 'ytd' AND y.period LIKE '%-12'
),
candidates AS (
  SELECT reported.*, 1 AS preference FROM reported
  UNION ALL
  SELECT from_december.*, 2 AS preference FROM from_december
  UNION ALL
  SELECT
    region_id, period, span, basis, form_id, category, measure, value, unit, obs_status, qualifier, additive, kind,
    'periods' AS source, 3 AS preference
  FROM from_months
),
ordered AS (
  SELECT
    candidates.*,
    row_number() OVER (PARTITION BY region_id, period, span, basis, form_id, category, measure ORDER BY preference) AS choice
  FROM candidates
)
SELECT
  region_id, period, span, basis, form_id, category, measure, value, unit, obs_status, qualifier, additive, kind, source
FROM ordered
WHERE choice = 1

-- One row per usable number of a region's own: reported, or summed from its months (year to date, quarter, half year, year).
-- Internal. A sum is made only when every month of the stretch is there; a reported number always comes before a sum of months.
WITH reported AS (
  SELECT s.slot_no, f.region_id, f.value, f.obs_status, f.qualifier, f.source
  FROM usable_figures AS f
  JOIN slots AS s
    ON s.form_id = f.form_id AND s.measure = f.measure AND s.category = f.category AND s.basis = f.basis AND s.period = f.period AND s.span = f.span
),
-- A year-to-date figure of December is the year's.
from_december AS (
  SELECT y.slot_no, r.region_id, r.value, r.obs_status, r.qualifier
  FROM reported AS r
  JOIN slots AS d ON d.slot_no = r.slot_no AND d.span = 'ytd' AND d.period LIKE '%-12'
  JOIN slots AS y
    ON y.form_id = d.form_id AND y.measure = d.measure AND y.category = d.category AND y.basis = d.basis AND y.span = 'year'
   AND y.period = substr(d.period, 1, 4)
),
-- Which month is a part of which longer stretch, and how many months that has.
parts AS (
  SELECT m.slot_no AS month_no, t.slot_no, p.months
  FROM slots AS m
  JOIN periods AS p ON p.span IN ('ytd', 'quarter', 'half', 'year') AND m.period BETWEEN p.start_month AND p.end_month
  JOIN slots AS t
    ON t.form_id = m.form_id AND t.measure = m.measure AND t.category = m.category AND t.basis = m.basis AND t.period = p.period AND t.span = p.span
  WHERE m.span = 'month' AND m.additive AND m.kind IN ('flow', 'events')
),
from_months AS (
  SELECT
    p.slot_no, r.region_id, sum(r.value) AS value,
    CASE WHEN min(r.obs_status) = max(r.obs_status) THEN min(r.obs_status) ELSE 'recovered' END AS obs_status,
    CASE WHEN min(r.qualifier) = max(r.qualifier) THEN min(r.qualifier)
      WHEN sum(CASE WHEN r.qualifier NOT IN ('exact', 'ge') THEN 1 ELSE 0 END) = 0 THEN 'ge'
      WHEN sum(CASE WHEN r.qualifier NOT IN ('exact', 'recovered') THEN 1 ELSE 0 END) = 0 THEN 'recovered'
      ELSE 'approx' END AS qualifier
  FROM reported AS r
  JOIN parts AS p ON p.month_no = r.slot_no
  GROUP BY p.slot_no, r.region_id
  HAVING count(*) = max(p.months)
)
SELECT slot_no, region_id, value, obs_status, qualifier, source FROM reported
UNION ALL
SELECT d.slot_no, d.region_id, d.value, d.obs_status, d.qualifier, 'own'
FROM from_december AS d
WHERE NOT EXISTS (SELECT 1 FROM reported AS r WHERE r.slot_no = d.slot_no AND r.region_id = d.region_id)
UNION ALL
SELECT m.slot_no, m.region_id, m.value, m.obs_status, m.qualifier, 'periods'
FROM from_months AS m
WHERE NOT EXISTS (SELECT 1 FROM reported AS r WHERE r.slot_no = m.slot_no AND r.region_id = m.region_id)
  AND NOT EXISTS (SELECT 1 FROM from_december AS d WHERE d.slot_no = m.slot_no AND d.region_id = m.region_id)

-- One row per control target and month: the cumulative figure as a share of the annual target, beside the share of the year gone by. Of a target
-- that was changed within the year, the version that held at the end of the month. Dual control is said of accidents and deaths of one category
-- together, where both have a target.
WITH actuals AS (
  SELECT
    n.region_id, p.year, p.end_month AS period, p.end_date, l.category, l.indicator_id, l.basis, v.value, p.month_no,
    row_number() OVER (
      PARTITION BY v.region_no, p.end_month, l.category, l.indicator_id, l.basis ORDER BY CASE l.span WHEN 'ytd' THEN 1 ELSE 2 END) AS choice
  FROM indicator_lines AS l
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  JOIN (SELECT DISTINCT year, indicator_id, category FROM target_versions) AS t
    ON t.year = p.year AND t.indicator_id = l.indicator_id AND t.category = l.category
  JOIN indicator_values AS v ON v.line_no = l.line_no
  JOIN region_numbers AS n ON n.region_no = v.region_no
  WHERE l.span IN ('ytd', 'year') AND v.value IS NOT NULL AND NOT v.partial
),
measured AS (
  SELECT
    t.region_id, t.year, a.period, t.category, t.indicator_id, a.value AS actual, t.target, a.basis, t.qualifier, t.submission_id, t.sheet,
    t.cell,
    ratio(a.value * 100, t.target, (SELECT progress_decimals FROM parameters), (SELECT mode FROM parameters)) AS progress_pct,
    ratio(CAST(a.month_no AS DECIMAL(24,6)) * 100, 12, 2, 'half_up') AS time_progress_pct
  FROM target_versions AS t
  JOIN actuals AS a
    ON a.region_id = t.region_id AND a.year = t.year AND a.category = t.category AND a.indicator_id = t.indicator_id AND a.choice = 1
   AND (t.valid_from IS NULL OR t.valid_from <= a.end_date) AND (t.valid_until IS NULL OR t.valid_until > a.end_date)
),
controlled AS (
  SELECT region_id, period, category, basis, max(CASE WHEN actual > target THEN 1 ELSE 0 END) = 0 AS controlled
  FROM measured
  WHERE indicator_id IN ('accidents', 'deaths')
  GROUP BY region_id, period, category, basis
  HAVING count(*) = 2
)
SELECT
  m.region_id, m.year, m.period, m.category, m.indicator_id, m.actual, m.target, m.progress_pct,
  CAST(m.time_progress_pct AS DECIMAL(9,2)) AS time_progress_pct,
  CASE WHEN m.actual > m.target THEN 'over' WHEN m.actual = m.target AND m.target > 0 THEN 'reached'
    WHEN m.progress_pct > m.time_progress_pct THEN 'watch' ELSE 'normal' END AS status,
  m.basis, m.qualifier AS target_qualifier, m.submission_id || ' ' || m.sheet || '!' || m.cell AS target_source, d.doc_no,
  CASE WHEN m.indicator_id IN ('accidents', 'deaths') THEN b.controlled END AS dual_control
FROM measured AS m
LEFT JOIN controlled AS b ON b.region_id = m.region_id AND b.period = m.period AND b.category = m.category AND b.basis = m.basis
LEFT JOIN (
  SELECT submission_id, sheet, 'row' || "row" AS place, min(doc_no) AS doc_no
  FROM target_documents GROUP BY submission_id, sheet, 'row' || "row"
) AS d ON d.submission_id = m.submission_id AND d.sheet = m.sheet AND d.place = 'row' || regexp_replace(m.cell, '[A-Z]', '', 'g')

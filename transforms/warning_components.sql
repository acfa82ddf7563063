-- One row per region, month, industry (TOTAL: the region as a whole) and component of the warning index that is known: what was measured and
-- how hard it presses, 0 to 100. What is not reported, or only in part, has no row. The declaration is warnings.yml.
WITH pressed AS (
  SELECT
    t.region_id, t.period, s.industry, c.component, t.progress_pct - t.time_progress_pct AS measured,
    CASE WHEN t.progress_pct IS NOT NULL THEN t.progress_pct - t.time_progress_pct WHEN t.status = 'over' THEN 100 ELSE 0 END AS value,
    1 AS preference, t.basis, 'target_progress' AS measured_from, t.indicator_id, t.category, 'ytd' AS span
  FROM target_progress AS t
  JOIN warning_parts AS c ON c.target = t.indicator_id
  JOIN warning_scopes AS s ON s.component = c.component AND s.category = t.category
  UNION ALL
  SELECT
    r.region_id, l.period, s.industry, c.component, v.value, coalesce(v.value, CASE WHEN v.denominator = 0 THEN c.empty END),
    n.preference, l.basis, 'indicators', l.indicator_id, l.category, l.span
  FROM warning_parts AS c
  JOIN warning_spans AS n ON n.component = c.component
  JOIN warning_scopes AS s ON s.component = c.component
  JOIN indicator_lines AS l
    ON l.indicator_id = c.indicator_id AND l.span = n.span AND l.category = s.category AND length(l.period) = 7
  JOIN indicator_values AS v ON v.line_no = l.line_no
  JOIN region_numbers AS r ON r.region_no = v.region_no
  WHERE NOT v.partial
),
-- Of several the preferred span, and of several bases the one that presses hardest.
chosen AS (
  SELECT
    p.*, row_number() OVER (PARTITION BY p.region_id, p.period, p.industry, p.component ORDER BY p.preference, p.value DESC, p.basis) AS place
  FROM pressed AS p
  WHERE p.value IS NOT NULL
)
SELECT
  h.region_id, h.period, h.industry, c.position, h.component, CAST(h.measured AS DECIMAL(24,6)) AS measured,
  CAST(least(100, greatest(0, h.value)) AS DECIMAL(24,6)) AS pressure, c.weight, h.measured_from,
  h.indicator_id, h.category, h.span, h.basis
FROM chosen AS h
JOIN warning_parts AS c ON c.component = h.component
WHERE h.place = 1

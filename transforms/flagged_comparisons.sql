-- One row per region and comparison (base_lines) in whose way something stands: a sum is incomplete, the region was split or merged in between,
-- the base or a month of it is withheld, or the base period is known on another basis only.
-- Internal.
WITH other_lines AS (
  SELECT m.comparison_no, m.line_no AS now_line_no, l.line_no
  FROM base_lines AS m
  JOIN indicator_lines AS l ON l.heading_no = m.heading_no AND l.period = m.base_period AND l.basis <> m.basis
),
without_base AS (
  SELECT n.comparison_no, v.region_no
  FROM (SELECT DISTINCT comparison_no, now_line_no FROM other_lines) AS n
  JOIN indicator_values AS v ON v.line_no = n.now_line_no
  LEFT JOIN (
    SELECT comparison_no, region_no FROM simple_comparisons WHERE comparison_no IN (SELECT comparison_no FROM other_lines)
    UNION ALL
    SELECT comparison_no, region_no FROM tested_comparisons WHERE comparison_no IN (SELECT comparison_no FROM other_lines)
  ) AS k ON k.comparison_no = n.comparison_no AND k.region_no = v.region_no
  WHERE k.comparison_no IS NULL
),
other_bases AS (
  SELECT DISTINCT w.comparison_no, w.region_no
  FROM without_base AS w
  JOIN other_lines AS n ON n.comparison_no = w.comparison_no
  JOIN region_numbers AS r ON r.region_no = w.region_no
  JOIN base_values AS k ON k.line_no = n.line_no AND k.canonical_no = r.canonical_no
),
-- What is withheld of a region, as of today.
withheld AS (
  SELECT DISTINCT e.form_id, e.measure, e.category, e.basis, e.period, r.canonical_no
  FROM event_figures AS e
  JOIN region_numbers AS r ON r.region_id = e.region_id
  WHERE e.withheld
),
withheld_bases AS (
  SELECT DISTINCT m.comparison_no, r.region_no
  FROM withheld AS w
  JOIN indicator_terms AS t ON t.form_id = w.form_id AND t.measure = w.measure
  JOIN indicator_lines AS l
    ON l.indicator_id = t.indicator_id AND l.basis = w.basis AND w.category = coalesce(t.category, l.category)
  JOIN base_lines AS m ON m.line_no = l.line_no
  JOIN periods AS b ON b.period = m.base_period AND b.span = m.span AND w.period BETWEEN b.start_month AND b.end_month
  JOIN region_numbers AS r ON r.canonical_no = w.canonical_no
  WHERE NOT EXISTS (SELECT 1 FROM simple_comparisons AS k WHERE k.comparison_no = m.comparison_no AND k.region_no = r.region_no)
    AND NOT EXISTS (SELECT 1 FROM tested_comparisons AS k WHERE k.comparison_no = m.comparison_no AND k.region_no = r.region_no)
),
flags AS (
  SELECT comparison_no, region_no, TRUE AS other_basis, FALSE AS division_break, FALSE AS partial, FALSE AS suppressed FROM other_bases
  UNION ALL
  SELECT comparison_no, region_no, FALSE, FALSE, FALSE, TRUE FROM withheld_bases
  UNION ALL
  SELECT comparison_no, region_no, FALSE, TRUE, FALSE, FALSE FROM division_breaks
  UNION ALL
  SELECT m.comparison_no, v.region_no, FALSE, FALSE, TRUE, FALSE
  FROM indicator_values AS v
  JOIN base_lines AS m ON m.line_no = v.line_no
  WHERE v.partial
  UNION ALL
  SELECT m.comparison_no, r.region_no, FALSE, FALSE, TRUE, FALSE
  FROM base_values AS v
  JOIN base_lines AS m ON m.base_line_no = v.line_no
  JOIN region_numbers AS r ON r.canonical_no = v.canonical_no
  WHERE v.partial
)
SELECT
  comparison_no, region_no, bool_or(other_basis) AS other_basis, bool_or(division_break) AS division_break, bool_or(partial) AS partial,
  bool_or(suppressed) AS suppressed
FROM flags
GROUP BY comparison_no, region_no

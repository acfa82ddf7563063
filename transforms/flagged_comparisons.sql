-- One row per region and comparison (base_lines) in whose way something stands: a sum is incomplete, the region was split or merged in between, or
-- the base period is known on another basis only.
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
flags AS (
  SELECT comparison_no, region_no, TRUE AS other_basis, FALSE AS division_break, FALSE AS partial FROM other_bases
  UNION ALL
  SELECT comparison_no, region_no, FALSE, TRUE, FALSE FROM division_breaks
  UNION ALL
  SELECT m.comparison_no, v.region_no, FALSE, FALSE, TRUE
  FROM indicator_values AS v
  JOIN base_lines AS m ON m.line_no = v.line_no
  WHERE v.partial
  UNION ALL
  SELECT m.comparison_no, r.region_no, FALSE, FALSE, TRUE
  FROM base_values AS v
  JOIN base_lines AS m ON m.base_line_no = v.line_no
  JOIN region_numbers AS r ON r.canonical_no = v.canonical_no
  WHERE v.partial
)
SELECT comparison_no, region_no, bool_or(other_basis) AS other_basis, bool_or(division_break) AS division_break, bool_or(partial) AS partial
FROM flags
GROUP BY comparison_no, region_no

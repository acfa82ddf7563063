-- One row per region and comparison (base_lines) that needs a word: its base was printed beside the value, a sum is incomplete, the region was
-- split or merged in between, or the base period is known on another basis only.
-- Internal. A value without a row here and in the two tables beside it has no base at all: `base_missing`.
WITH direct AS (
  SELECT t.indicator_id, t.form_id, t.measure, t.category
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0
),
printed AS (
  SELECT m.comparison_no, r.region_no, b.base_value, b.reason, b.submission_id, b.sheet, b.cell
  FROM printed_bases AS b
  JOIN direct AS d ON d.form_id = b.form_id AND d.measure = b.measure
  JOIN indicator_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = b.period AND l.span = b.span AND l.basis = b.basis
   AND b.category = coalesce(d.category, l.category)
  JOIN base_lines AS m ON m.line_no = l.line_no AND m.kind = b.kind
  JOIN region_numbers AS r ON r.region_id = b.region_id
),
-- Comparisons with a base of our own that there is nothing to say of stand in the tables beside this one.
plain AS (
  SELECT comparison_no, region_no FROM simple_comparisons
  UNION ALL
  SELECT comparison_no, region_no FROM tested_comparisons
),
other_bases AS (
  SELECT DISTINCT m.comparison_no, r.region_no
  FROM base_lines AS m
  JOIN indicator_lines AS l ON l.heading_no = m.heading_no AND l.period = m.base_period AND l.basis <> m.basis
  JOIN base_values AS k ON k.line_no = l.line_no
  JOIN region_numbers AS r ON r.canonical_no = k.canonical_no
  WHERE NOT EXISTS (SELECT 1 FROM plain AS p WHERE p.comparison_no = m.comparison_no AND p.region_no = r.region_no)
),
partial_bases AS (
  SELECT m.comparison_no, r.region_no
  FROM base_values AS v
  JOIN base_lines AS m ON m.base_line_no = v.line_no
  JOIN region_numbers AS r ON r.canonical_no = v.canonical_no
  WHERE v.partial
),
partial_values AS (
  SELECT m.comparison_no, v.region_no FROM indicator_values AS v JOIN base_lines AS m ON m.line_no = v.line_no WHERE v.partial
),
reasons AS (
  SELECT comparison_no, region_no FROM printed
  UNION
  SELECT comparison_no, region_no FROM division_breaks
  UNION
  SELECT comparison_no, region_no FROM other_bases
  UNION
  SELECT comparison_no, region_no FROM partial_values
  UNION
  SELECT comparison_no, region_no FROM partial_bases
),
asked AS (
  SELECT n.comparison_no, n.region_no, m.line_no, m.chance
  FROM reasons AS n
  JOIN base_lines AS m ON m.comparison_no = n.comparison_no
  WHERE NOT EXISTS (SELECT 1 FROM plain AS p WHERE p.comparison_no = n.comparison_no AND p.region_no = n.region_no)
),
-- Where there is a base of our own after all, incomplete or of another division, the printed one is not used.
not_used AS (
  SELECT x.comparison_no, x.region_no
  FROM printed AS x
  JOIN (
    SELECT comparison_no, region_no FROM division_breaks
    UNION
    SELECT comparison_no, region_no FROM partial_values
    UNION
    SELECT comparison_no, region_no FROM partial_bases
  ) AS w ON w.comparison_no = x.comparison_no AND w.region_no = x.region_no
  JOIN base_lines AS m ON m.comparison_no = x.comparison_no
  JOIN region_numbers AS r ON r.region_no = x.region_no
  JOIN base_values AS o ON o.line_no = m.base_line_no AND o.canonical_no = r.canonical_no
),
explained AS (
  SELECT
    a.comparison_no, a.region_no, a.chance, v.value, b.base_value, v.partial OR o.region_no IS NOT NULL AS partial,
    x.region_no IS NOT NULL AS division_break, y.region_no IS NOT NULL AS other_basis, v.numerator, coalesce(v.denominator, 1) AS of_all,
    b.reason, CASE WHEN b.base_value IS NOT NULL THEN b.submission_id END AS submission_id, b.sheet, b.cell
  FROM asked AS a
  JOIN indicator_values AS v ON v.line_no = a.line_no AND v.region_no = a.region_no AND v.value IS NOT NULL
  LEFT JOIN partial_bases AS o ON o.comparison_no = a.comparison_no AND o.region_no = a.region_no
  LEFT JOIN (
    SELECT * FROM printed AS p
    WHERE NOT EXISTS (SELECT 1 FROM not_used AS u WHERE u.comparison_no = p.comparison_no AND u.region_no = p.region_no)
  ) AS b ON b.comparison_no = a.comparison_no AND b.region_no = a.region_no
  LEFT JOIN other_bases AS y ON y.comparison_no = a.comparison_no AND y.region_no = a.region_no
  LEFT JOIN division_breaks AS x ON x.comparison_no = a.comparison_no AND x.region_no = a.region_no
),
tested AS (
  SELECT
    chance, numerator, of_all, base_value,
    chance_p_value(chance, CAST(numerator AS DOUBLE), CAST(of_all AS DOUBLE), CAST(base_value AS DOUBLE), CAST(1 AS DOUBLE)) AS p_value
  FROM (
    SELECT DISTINCT chance, numerator, of_all, base_value
    FROM explained
    WHERE chance IS NOT NULL AND base_value IS NOT NULL AND NOT partial AND NOT division_break
  ) AS different
)
SELECT
  e.comparison_no, e.region_no, e.value, CAST(e.base_value AS DECIMAL(24,6)) AS base_value, e.partial, e.division_break, e.other_basis,
  e.reason AS printed_reason, e.submission_id AS base_submission_id, e.sheet AS base_sheet, e.cell AS base_cell,
  CASE WHEN NOT e.partial AND NOT e.division_break THEN t.p_value END AS p_value
FROM explained AS e
LEFT JOIN tested AS t ON t.chance = e.chance AND t.numerator = e.numerator AND t.of_all = e.of_all AND t.base_value = e.base_value

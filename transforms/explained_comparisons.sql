-- One row per region and comparison (base_lines) that needs a word: its base was printed beside the value or beside those of the regions inside
-- it, or something stands in its way.
-- Internal. A value without a row here and in the two tables beside it has no base at all: `base_missing`. Where there is a whole base of our own
-- there is nothing to say; where it is incomplete or of another division, the printed one is not used either.
WITH printed AS (
  SELECT comparison_no, region_no, base_value, reason, submission_id, sheet, cell FROM printed_comparisons
  UNION ALL
  SELECT comparison_no, region_no, base_value, 'summed_prior', submission_id, sheet, cell FROM summed_bases
),
whole_bases AS (
  SELECT comparison_no, region_no FROM simple_comparisons WHERE comparison_no IN (SELECT comparison_no FROM printed)
  UNION ALL
  SELECT comparison_no, region_no FROM tested_comparisons WHERE comparison_no IN (SELECT comparison_no FROM printed)
),
not_used AS (
  SELECT DISTINCT p.comparison_no, p.region_no
  FROM printed AS p
  JOIN flagged_comparisons AS w ON w.comparison_no = p.comparison_no AND w.region_no = p.region_no AND (w.division_break OR w.partial)
  JOIN base_lines AS m ON m.comparison_no = p.comparison_no
  JOIN region_numbers AS r ON r.region_no = p.region_no
  JOIN base_values AS o ON o.line_no = m.base_line_no AND o.canonical_no = r.canonical_no
),
reasons AS (
  SELECT
    coalesce(p.comparison_no, w.comparison_no) AS comparison_no, coalesce(p.region_no, w.region_no) AS region_no,
    coalesce(w.other_basis, FALSE) AS other_basis, coalesce(w.division_break, FALSE) AS division_break, coalesce(w.partial, FALSE) AS partial,
    coalesce(w.suppressed, FALSE) AS suppressed
  FROM printed AS p
  FULL JOIN flagged_comparisons AS w ON w.comparison_no = p.comparison_no AND w.region_no = p.region_no
),
explained AS (
  SELECT
    n.comparison_no, n.region_no, n.other_basis, n.division_break, n.partial, n.suppressed, m.chance, v.value, v.numerator, coalesce(v.denominator, 1) AS of_all,
    p.base_value, p.reason, p.submission_id, p.sheet, p.cell
  FROM reasons AS n
  JOIN base_lines AS m ON m.comparison_no = n.comparison_no
  JOIN indicator_values AS v ON v.line_no = m.line_no AND v.region_no = n.region_no AND v.value IS NOT NULL
  LEFT JOIN whole_bases AS k ON k.comparison_no = n.comparison_no AND k.region_no = n.region_no
  LEFT JOIN not_used AS u ON u.comparison_no = n.comparison_no AND u.region_no = n.region_no
  LEFT JOIN printed AS p ON p.comparison_no = n.comparison_no AND p.region_no = n.region_no AND u.comparison_no IS NULL
  WHERE k.comparison_no IS NULL
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
  e.comparison_no, e.region_no, e.value, CAST(e.base_value AS DECIMAL(24,6)) AS base_value, e.partial, e.division_break, e.other_basis, e.suppressed,
  e.reason AS printed_reason, CASE WHEN e.base_value IS NOT NULL THEN e.submission_id END AS base_submission_id, e.sheet AS base_sheet,
  e.cell AS base_cell, CASE WHEN NOT e.partial AND NOT e.division_break THEN t.p_value END AS p_value
FROM explained AS e
LEFT JOIN tested AS t ON t.chance = e.chance AND t.numerator = e.numerator AND t.of_all = e.of_all AND t.base_value = e.base_value

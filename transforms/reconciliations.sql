-- One row per derived value printed in a row in force, beside what we compute: from the same row where it can be, else from our own figures.
WITH printed AS (
  SELECT
    r.form_id, r.region_id, r.period, r.span, r.basis, r.category, r.dim1, r.dim2, r.dim3, c.measure, c.kind, c.printed,
    c.value AS printed_value, c.state, c.submission_id, c.sheet, c."row", c.cell, f.value AS measured, f.unit
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  LEFT JOIN reported_cells AS f
    ON f.form_id = c.form_id AND f.submission_id = c.submission_id AND f.sheet = c.sheet AND f."row" = c."row" AND f.span = c.span
   AND f.measure = c.measure AND f.in_force
  WHERE c.kind <> 'rate'
),
direct AS (
  SELECT t.indicator_id, t.form_id, t.measure
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0 AND t.category IS NULL AND s.family = 'form'
),
-- The base that stands in the same row; failing that, our own figure of the base period.
without_base AS (
  SELECT p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.submission_id, p.sheet, p."row", p.measured
  FROM printed AS p
  WHERE p.kind IN ('yoy', 'mom') AND NOT EXISTS (
    SELECT 1 FROM printed_bases AS b
    WHERE b.form_id = p.form_id AND b.submission_id = p.submission_id AND b.sheet = p.sheet AND b."row" = p."row" AND b.span = p.span
      AND b.measure = p.measure AND b.kind = p.kind AND b.base_value IS NOT NULL)
),
own_bases AS (
  SELECT p.submission_id, p.sheet, p."row", p.span, p.measure, p.kind, k.base_value
  FROM without_base AS p
  LEFT JOIN direct AS d ON d.form_id = p.form_id AND d.measure = p.measure
  LEFT JOIN indicator_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = p.period AND l.span = p.span AND l.basis = p.basis AND l.category = p.category
  LEFT JOIN base_lines AS m ON m.line_no = l.line_no AND m.kind = p.kind
  LEFT JOIN region_numbers AS n ON n.region_id = p.region_id
  LEFT JOIN (
    SELECT comparison_no, region_no, value, base_value FROM simple_comparisons
    UNION ALL
    SELECT comparison_no, region_no, value, base_value FROM tested_comparisons
    UNION ALL
    SELECT comparison_no, region_no, value, base_value FROM explained_comparisons
    WHERE base_value = 0 AND value <> 0 AND NOT partial AND NOT division_break
  ) AS k ON k.comparison_no = m.comparison_no AND k.region_no = n.region_no AND k.value = p.measured
),
changes AS (
  SELECT
    p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state, p.submission_id,
    p.sheet, p."row", p.cell, p.measured, coalesce(b.base_value, k.base_value) AS base_value
  FROM printed AS p
  LEFT JOIN printed_bases AS b
    ON b.form_id = p.form_id AND b.submission_id = p.submission_id AND b.sheet = p.sheet AND b."row" = p."row" AND b.span = p.span
   AND b.measure = p.measure AND b.kind = p.kind
  LEFT JOIN own_bases AS k
    ON k.submission_id = p.submission_id AND k.sheet = p.sheet AND k."row" = p."row" AND k.span = p.span AND k.measure = p.measure
   AND k.kind = p.kind
  WHERE p.kind IN ('yoy', 'mom')
),
progress AS (
  SELECT
    p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state, p.submission_id,
    p.sheet, p."row", p.cell, p.measured, coalesce(t.printed_value, max(g.target)) AS target
  FROM printed AS p
  LEFT JOIN printed AS t
    ON t.kind = 'target' AND t.submission_id = p.submission_id AND t.sheet = p.sheet AND t."row" = p."row" AND t.span = p.span
   AND t.measure = p.measure
  LEFT JOIN (
    SELECT y.form_id, y.measure, y.indicator_id FROM indicator_terms AS y
    JOIN indicator_settings AS s ON s.indicator_id = y.indicator_id
    WHERE s.numerator_terms = 1 AND s.denominator_terms = 0 AND y.category IS NULL
  ) AS i ON i.form_id = p.form_id AND i.measure = p.measure
  LEFT JOIN target_progress AS g
    ON g.region_id = p.region_id AND g.category = p.category AND g.indicator_id = i.indicator_id AND g.basis = p.basis
   AND CAST(g.year AS VARCHAR) = substr(p.period, 1, 4)
  WHERE p.kind = 'progress'
  GROUP BY p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state,
    p.submission_id, p.sheet, p."row", p.cell, p.measured, t.printed_value
),
-- A share is of the TOTAL category of the same region; where the row is a TOTAL itself, of the sum its column is a part of, or of the
-- region above it.
wholes AS (
  SELECT p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, max(w.value) AS value
  FROM printed AS p
  LEFT JOIN (SELECT DISTINCT region_id, parent_id FROM region_settings) AS g ON g.region_id = p.region_id
  JOIN figures AS w
    ON w.form_id = p.form_id AND w.measure = p.measure AND w.period = p.period AND w.span = p.span AND w.basis = p.basis
   AND w.region_id = CASE WHEN p.category = 'TOTAL' THEN g.parent_id ELSE p.region_id END
  WHERE p.kind = 'share' AND w.category = 'TOTAL'
  GROUP BY p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure
),
shares AS (
  SELECT
    p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state, p.submission_id,
    p.sheet, p."row", p.cell, p.measured, coalesce(max(c.value), max(w.value)) AS whole
  FROM printed AS p
  LEFT JOIN form_sums AS s ON s.form_id = p.form_id AND s.part = p.measure AND p.category = 'TOTAL'
  LEFT JOIN reported_cells AS c
    ON c.form_id = p.form_id AND c.submission_id = p.submission_id AND c.sheet = p.sheet AND c."row" = p."row" AND c.span = p.span
   AND c.measure = s.measure AND c.in_force
  LEFT JOIN wholes AS w
    ON w.form_id = p.form_id AND w.region_id = p.region_id AND w.period = p.period AND w.span = p.span AND w.basis = p.basis
   AND w.category = p.category AND w.measure = p.measure
  WHERE p.kind = 'share'
  GROUP BY p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state,
    p.submission_id, p.sheet, p."row", p.cell, p.measured
),
ranks AS (
  SELECT
    p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state, p.submission_id,
    p.sheet, p."row", p.cell, k.rank, t.ranked_count = t.listed_count AS complete
  FROM printed AS p
  LEFT JOIN direct AS d ON d.form_id = p.form_id AND d.measure = p.measure
  LEFT JOIN ranking_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = p.period AND l.span = p.span AND l.basis = p.basis AND l.category = p.category
  LEFT JOIN rankings AS k
    ON k.indicator_id = d.indicator_id AND k.region_id = p.region_id AND k.period = p.period AND k.span = p.span AND k.basis = p.basis
   AND k.category = p.category AND k.peer_group = 'all'
  LEFT JOIN (SELECT DISTINCT group_no, "level" FROM ranking_groups WHERE peer_group = 'all') AS g ON g."level" = k."level"
  LEFT JOIN ranking_tables AS t ON t.line_no = l.line_no AND t.group_no = g.group_no
  WHERE p.kind = 'rank'
),
-- A region's own figure beside the sum of the children that have reported; proven when all have, or when the sum already reaches it.
region_totals AS (
  SELECT
    g.form_id, g.region_id, g.period, g.span, g.basis, g.category, g.measure, f.submission_id, f.sheet, f.cell, g.own_value AS printed_value,
    CASE WHEN g.children_reported = g.children_total OR g.children_value >= g.own_value THEN g.children_value END AS numerator
  FROM regional_figures AS g
  JOIN figures AS f
    ON f.form_id = g.form_id AND f.region_id = g.region_id AND f.period = g.period AND f.span = g.span AND f.basis = g.basis
   AND f.category = g.category AND f.measure = g.measure AND f.value IS NOT NULL
  WHERE g.own_value IS NOT NULL AND g.children_value IS NOT NULL AND g.additive AND (g.children_reported > 1 OR g.children_total = 1)
),
-- The printed changes of a region's children beside its own printed change.
change_totals AS (
  SELECT
    p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure || '_change' AS measure, p.printed, p.printed_value, p.state,
    p.submission_id, p.sheet, p.cell,
    CASE WHEN count(DISTINCT k.region_id) = max(g.children_total) OR sum(k.printed_value) = p.printed_value THEN sum(k.printed_value) END
      AS numerator
  FROM printed AS p
  JOIN (SELECT DISTINCT region_id, parent_id FROM region_settings WHERE included_in_parent) AS c ON c.parent_id = p.region_id
  JOIN printed AS k
    ON k.region_id = c.region_id AND k.kind = 'change' AND k.form_id = p.form_id AND k.measure = p.measure AND k.period = p.period
   AND k.span = p.span AND k.basis = p.basis AND k.category = p.category AND k.printed_value IS NOT NULL
  JOIN regional_figures AS g
    ON g.form_id = p.form_id AND g.region_id = p.region_id AND g.period = p.period AND g.span = p.span AND g.basis = p.basis
   AND g.category = p.category AND g.measure = p.measure
  WHERE p.kind = 'change' AND p.printed_value IS NOT NULL
  GROUP BY p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.printed, p.printed_value, p.state, p.submission_id,
    p.sheet, p.cell
  HAVING count(DISTINCT k.region_id) > 1
),
together AS (
  SELECT form_id, region_id, period, span, basis, category, measure, kind, found_by, printed, printed_value, state, submission_id, sheet, cell,
    numerator, denominator
  FROM row_reconciliations
  UNION ALL
  SELECT form_id, region_id, period, span, basis, category, measure, kind, kind, printed, printed_value, state, submission_id, sheet, cell,
    CAST((measured - base_value) * 100 AS DECIMAL(24,6)), base_value
  FROM changes
  UNION ALL
  SELECT form_id, region_id, period, span, basis, category, measure, kind, kind, printed, printed_value, state, submission_id, sheet, cell,
    CAST(measured * 100 AS DECIMAL(24,6)), CAST(target AS DECIMAL(24,6))
  FROM progress
  UNION ALL
  SELECT form_id, region_id, period, span, basis, category, measure, kind, kind, printed, printed_value, state, submission_id, sheet, cell,
    CAST(measured * 100 AS DECIMAL(24,6)), whole
  FROM shares
  UNION ALL
  SELECT form_id, region_id, period, span, basis, category, measure, kind, kind, printed, printed_value, state, submission_id, sheet, cell,
    CASE WHEN complete OR rank = printed_value THEN CAST(rank AS DECIMAL(24,6)) END, CAST(1 AS DECIMAL(24,6))
  FROM ranks
  UNION ALL
  SELECT form_id, region_id, period, span, basis, category, measure, 'region_total', 'region_total', CAST(CAST(printed_value AS DOUBLE) AS VARCHAR), printed_value,
    'value', submission_id, sheet, cell, numerator, CAST(1 AS DECIMAL(24,6))
  FROM region_totals
  UNION ALL
  SELECT form_id, region_id, period, span, basis, category, measure, 'region_total', 'region_total', printed, printed_value, state, submission_id, sheet, cell,
    numerator, CAST(1 AS DECIMAL(24,6))
  FROM change_totals
),
computed AS (
  SELECT
    form_id, region_id, period, span, basis, category, measure, kind, found_by, printed, state, submission_id, sheet, cell, numerator, denominator,
    CASE WHEN kind IN ('sum', 'category_total') THEN CAST(printed_value / denominator AS DECIMAL(24,6)) ELSE printed_value END AS printed_value,
    CASE WHEN kind IN ('sum', 'category_total') AND denominator > 1 THEN 0 WHEN kind IN ('sum', 'category_total', 'region_total') THEN 6
      ELSE printed_decimals(printed) END AS decimals,
    CASE WHEN denominator = 0 THEN NULL ELSE CAST(numerator AS DOUBLE) / CAST(denominator AS DOUBLE) END AS exact
  FROM together
),
judged AS (
  SELECT
    computed.*,
    CASE WHEN denominator = 1 AND decimals = 6 THEN CAST(numerator AS DECIMAL(36,6)) ELSE ratio(numerator, denominator, decimals, 'half_up') END
      AS rounded,
    CASE WHEN denominator = 1 AND decimals = 6 THEN CAST(numerator AS DECIMAL(36,6)) ELSE ratio(numerator, denominator, decimals, 'truncate') END
      AS cut,
    1.5 * power(10, -decimals) AS tolerance
  FROM computed
)
SELECT
  coalesce(exactly.rule_id, alike.rule_id, upper(kind)) AS check_id,
  region_id, period, span, basis, judged.form_id, category, measure, kind,
  CASE WHEN kind IN ('sum', 'category_total', 'region_total') THEN regexp_replace(printed, '\.0$', '') ELSE printed END AS printed,
  CASE WHEN state = 'value' AND kind NOT IN ('sum', 'category_total', 'region_total') THEN CAST(decimals AS INTEGER) END AS decimals,
  CASE WHEN kind IN ('sum', 'category_total', 'region_total') THEN CAST(numerator AS DECIMAL(36,6)) ELSE rounded END AS recomputed,
  CASE
    WHEN state = 'dash' AND denominator = 0 THEN 'reproduced'
    WHEN state = 'dash' AND numerator IS NOT NULL AND denominator > 0 THEN 'contradiction'
    WHEN state IN ('dash', 'masked', 'unreadable') OR numerator IS NULL OR denominator IS NULL THEN 'not_recomputable'
    WHEN denominator = 0 AND numerator = 0 AND printed_value = 0 THEN 'reproduced'
    WHEN denominator = 0 THEN 'contradiction'
    WHEN printed_value = CASE WHEN (SELECT mode FROM parameters) = 'truncate' THEN cut ELSE rounded END
      AND (printed_value = rounded OR (SELECT mode FROM parameters) <> 'truncate') THEN 'reproduced'
    WHEN printed_value = cut AND (SELECT mode FROM parameters) = 'truncate' THEN 'truncated_as_declared'
    WHEN printed_value = rounded THEN 'reproduced'
    WHEN kind IN ('sum', 'category_total', 'region_total', 'rank') THEN 'contradiction'
    WHEN printed_value = cut THEN 'truncated'
    WHEN abs(CAST(printed_value AS DOUBLE) - exact) <= tolerance THEN 'off_in_last_digit'
    ELSE 'contradiction' END AS verdict,
  submission_id, sheet, cell
FROM judged
-- The number that the check has in this form: for this column, else for all of the kind.
LEFT JOIN check_numbers AS exactly ON exactly.form_id = judged.form_id AND exactly.found_by = judged.found_by
LEFT JOIN check_numbers AS alike
  ON alike.form_id = judged.form_id AND alike.found_by = judged.kind AND position('subtotal' IN judged.found_by) = 0

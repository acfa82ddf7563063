-- One row per derived value printed in a row in force, beside what we compute: from the same row where it can be, else from our own figures.
WITH printed AS (
  SELECT
    v.row_no, r.form_id, r.region_id, r.period, r.span, r.basis, r.category, v.measure, v.kind, v.printed, v.value AS printed_value, v.state, v.cell,
    v.measured
  FROM printed_values AS v
  JOIN reported_rows AS r ON r.row_no = v.row_no
  WHERE v.kind IN ('yoy', 'mom', 'progress', 'share', 'rank', 'change')
),
direct AS (
  SELECT t.indicator_id, t.form_id, t.measure
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0 AND t.category IS NULL AND s.family = 'form'
),
-- The base that stands in the same row; failing that, our own figure of the base period.
with_bases AS (
  SELECT
    p.row_no, p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.kind, p.printed, p.printed_value, p.state, p.cell, p.measured,
    b.base_value
  FROM printed AS p
  LEFT JOIN printed_bases AS b ON b.row_no = p.row_no AND b.measure = p.measure AND b.kind = p.kind
  WHERE p.kind IN ('yoy', 'mom')
),
without_base AS (
  SELECT p.row_no, p.measure, p.kind, p.measured, m.comparison_no, n.region_no
  FROM with_bases AS p
  JOIN direct AS d ON d.form_id = p.form_id AND d.measure = p.measure
  JOIN indicator_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = p.period AND l.span = p.span AND l.basis = p.basis AND l.category = p.category
  JOIN base_lines AS m ON m.line_no = l.line_no AND m.kind = p.kind
  JOIN region_numbers AS n ON n.region_id = p.region_id
  WHERE p.base_value IS NULL
),
own_bases AS (
  SELECT p.row_no, p.measure, p.kind, k.base_value
  FROM without_base AS p
  JOIN (
    SELECT comparison_no, region_no, value, base_value FROM simple_comparisons WHERE comparison_no IN (SELECT comparison_no FROM without_base)
    UNION ALL
    SELECT comparison_no, region_no, value, base_value FROM tested_comparisons WHERE comparison_no IN (SELECT comparison_no FROM without_base)
    UNION ALL
    SELECT comparison_no, region_no, value, base_value FROM explained_comparisons
    WHERE base_value = 0 AND value <> 0 AND NOT partial AND NOT division_break AND comparison_no IN (SELECT comparison_no FROM without_base)
  ) AS k ON k.comparison_no = p.comparison_no AND k.region_no = p.region_no AND k.value = p.measured
),
changes AS (
  SELECT p.row_no, p.measure, p.kind, p.printed, p.printed_value, p.state, p.cell, p.measured, coalesce(p.base_value, k.base_value) AS base_value
  FROM with_bases AS p
  LEFT JOIN own_bases AS k ON k.row_no = p.row_no AND k.measure = p.measure AND k.kind = p.kind
),
-- The target that stands in the same row; failing that, the one of the year that held at the end of the period.
targets AS (
  SELECT y.form_id, y.measure, g.region_id, g.category, p.period, p.span, max(g.target) AS target
  FROM indicator_terms AS y
  JOIN indicator_settings AS s ON s.indicator_id = y.indicator_id
  JOIN target_versions AS g ON g.indicator_id = y.indicator_id
  JOIN periods AS p
    ON p.year = g.year AND (g.valid_from IS NULL OR g.valid_from <= p.end_date) AND (g.valid_until IS NULL OR g.valid_until > p.end_date)
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0 AND y.category IS NULL
  GROUP BY y.form_id, y.measure, g.region_id, g.category, p.period, p.span
),
progress AS (
  SELECT p.row_no, p.measure, p.kind, p.printed, p.printed_value, p.state, p.cell, p.measured, coalesce(t.value, g.target) AS target
  FROM printed AS p
  LEFT JOIN printed_values AS t ON t.kind = 'target' AND t.row_no = p.row_no AND t.measure = p.measure
  LEFT JOIN targets AS g
    ON g.form_id = p.form_id AND g.measure = p.measure AND g.region_id = p.region_id AND g.category = p.category
   AND g.period = p.period AND g.span = p.span
  WHERE p.kind = 'progress'
),
-- A share is of the TOTAL category of the same region; where the row is a TOTAL itself, of the sum its column is a part of, or of the
-- region above it.
wholes AS (
  SELECT p.row_no, p.measure, max(w.value) AS value
  FROM printed AS p
  LEFT JOIN (SELECT DISTINCT region_id, parent_id FROM region_settings) AS g ON g.region_id = p.region_id
  JOIN figures AS w
    ON w.form_id = p.form_id AND w.measure = p.measure AND w.period = p.period AND w.span = p.span AND w.basis = p.basis
   AND w.region_id = CASE WHEN p.category = 'TOTAL' THEN g.parent_id ELSE p.region_id END
  WHERE p.kind = 'share' AND w.category = 'TOTAL'
  GROUP BY p.row_no, p.measure
),
whole_sums AS (
  SELECT p.row_no, p.measure, max(c.value) AS value
  FROM printed AS p
  JOIN form_sums AS s ON s.form_id = p.form_id AND s.part = p.measure
  JOIN form_measures AS m ON m.form_id = s.form_id AND m.measure = s.measure
  JOIN cell_values AS c ON c.row_no = p.row_no AND c.measure_no = m.measure_no AND c.in_force
  WHERE p.kind = 'share' AND p.category = 'TOTAL'
  GROUP BY p.row_no, p.measure
),
shares AS (
  SELECT p.row_no, p.measure, p.kind, p.printed, p.printed_value, p.state, p.cell, p.measured, coalesce(c.value, w.value) AS whole
  FROM printed AS p
  LEFT JOIN whole_sums AS c ON c.row_no = p.row_no AND c.measure = p.measure
  LEFT JOIN wholes AS w ON w.row_no = p.row_no AND w.measure = p.measure
  WHERE p.kind = 'share'
),
rank_lines AS (
  SELECT p.row_no, p.measure, l.line_no, l.end_date, n.region_no
  FROM printed AS p
  JOIN direct AS d ON d.form_id = p.form_id AND d.measure = p.measure
  JOIN ranking_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = p.period AND l.span = p.span AND l.basis = p.basis AND l.category = p.category
  JOIN region_numbers AS n ON n.region_id = p.region_id
  WHERE p.kind = 'rank'
),
-- As in rankings, of the few lines whose rank a file prints.
own_ranks AS (
  SELECT l.row_no, l.measure, k.place AS rank, t.ranked_count = t.listed_count AS complete
  FROM rank_lines AS l
  JOIN ranking_tables AS t ON t.line_no = l.line_no
  JOIN (SELECT DISTINCT group_no FROM ranking_groups WHERE peer_group = 'all') AS g ON g.group_no = t.group_no
  JOIN ranking_members AS m ON m.end_date = l.end_date AND m.group_no = t.group_no AND m.region_no = l.region_no AND m.ranked
  JOIN (
    SELECT line_no, region_no, value, numerator, denominator FROM ranked_values
    WHERE value IS NOT NULL AND NOT partial AND line_no IN (SELECT line_no FROM rank_lines)
  ) AS v ON v.line_no = l.line_no AND v.region_no = l.region_no
  JOIN (
    SELECT line_no, group_no, value, numerator, denominator, place FROM ranking_places WHERE line_no IN (SELECT line_no FROM rank_lines)
  ) AS k ON k.line_no = l.line_no AND k.group_no = t.group_no AND k.value = v.value AND k.numerator = v.numerator AND k.denominator = v.denominator
),
ranks AS (
  SELECT p.row_no, p.measure, p.kind, p.printed, p.printed_value, p.state, p.cell, k.rank, k.complete
  FROM printed AS p
  LEFT JOIN own_ranks AS k ON k.row_no = p.row_no AND k.measure = p.measure
  WHERE p.kind = 'rank'
),
-- A region's own figure beside the sum of the children that have reported; proven when all have, or when the sum already reaches it.
region_sums AS (
  SELECT
    s.form_id, n.region_id, s.period, s.span, s.basis, s.category, s.measure, v.own_value AS printed_value,
    CASE WHEN v.children_reported = v.children_total OR v.children_value >= v.own_value THEN v.children_value END AS numerator
  FROM summed_values AS v
  JOIN slots AS s ON s.slot_no = v.slot_no AND s.additive
  JOIN region_numbers AS n ON n.region_no = v.region_no
  WHERE v.own_value IS NOT NULL AND v.children_value IS NOT NULL AND (v.children_reported > 1 OR v.children_total = 1)
),
region_totals AS (
  SELECT r.row_no, g.measure, g.printed_value, c.letter || r."row" AS cell, g.numerator
  FROM region_sums AS g
  JOIN reported_rows AS r
    ON r.form_id = g.form_id AND r.region_id = g.region_id AND r.period = g.period AND r.span = g.span AND r.basis = g.basis
   AND r.category = g.category AND r.in_force
  JOIN form_measures AS m ON m.form_id = g.form_id AND m.measure = g.measure
  JOIN cell_values AS c ON c.row_no = r.row_no AND c.measure_no = m.measure_no AND c.in_force AND c.value IS NOT NULL
),
-- The printed changes of a region's children beside its own printed change.
child_changes AS (
  SELECT
    p.row_no, p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.printed, p.printed_value, p.state, p.cell,
    count(DISTINCT k.region_id) AS children, sum(k.printed_value) AS children_value
  FROM printed AS p
  JOIN (SELECT DISTINCT region_id, parent_id FROM region_settings WHERE included_in_parent) AS c ON c.parent_id = p.region_id
  JOIN printed AS k
    ON k.region_id = c.region_id AND k.kind = 'change' AND k.form_id = p.form_id AND k.measure = p.measure AND k.period = p.period
   AND k.span = p.span AND k.basis = p.basis AND k.category = p.category AND k.printed_value IS NOT NULL
  WHERE p.kind = 'change' AND p.printed_value IS NOT NULL
  GROUP BY p.row_no, p.form_id, p.region_id, p.period, p.span, p.basis, p.category, p.measure, p.printed, p.printed_value, p.state, p.cell
  HAVING count(DISTINCT k.region_id) > 1
),
direct_children AS (
  SELECT r.parent_id, q.period, q.span, count(DISTINCT r.region_id) AS children
  FROM region_settings AS r
  JOIN periods AS q
    ON (r.valid_from IS NULL OR r.valid_from <= q.end_date) AND (r.valid_to IS NULL OR r.valid_to > q.end_date)
  WHERE r.included_in_parent AND r.parent_id IS NOT NULL
  GROUP BY r.parent_id, q.period, q.span
),
change_totals AS (
  SELECT
    p.row_no, p.measure || '_change' AS measure, p.printed, p.printed_value, p.state, p.cell,
    CASE WHEN p.children = d.children OR p.children_value = p.printed_value THEN p.children_value END AS numerator
  FROM child_changes AS p
  JOIN direct_children AS d ON d.parent_id = p.region_id AND d.period = p.period AND d.span = p.span
),
by_row AS (
  SELECT row_no, measure, kind, found_by, printed, printed_value, state, cell, numerator, denominator FROM row_reconciliations
  UNION ALL
  SELECT row_no, measure, kind, kind, printed, printed_value, state, cell, CAST((measured - base_value) * 100 AS DECIMAL(24,6)), base_value FROM changes
  UNION ALL
  SELECT row_no, measure, kind, kind, printed, printed_value, state, cell, CAST(measured * 100 AS DECIMAL(24,6)), CAST(target AS DECIMAL(24,6))
  FROM progress
  UNION ALL
  SELECT row_no, measure, kind, kind, printed, printed_value, state, cell, CAST(measured * 100 AS DECIMAL(24,6)), whole FROM shares
  UNION ALL
  SELECT row_no, measure, kind, kind, printed, printed_value, state, cell,
    CASE WHEN complete OR rank = printed_value THEN CAST(rank AS DECIMAL(24,6)) END, CAST(1 AS DECIMAL(24,6))
  FROM ranks
  UNION ALL
  SELECT row_no, measure, 'region_total', 'region_total', CAST(CAST(printed_value AS DOUBLE) AS VARCHAR), printed_value, 'value', cell, numerator,
    CAST(1 AS DECIMAL(24,6))
  FROM region_totals
  UNION ALL
  SELECT row_no, measure, 'region_total', 'region_total', printed, printed_value, state, cell, numerator, CAST(1 AS DECIMAL(24,6)) FROM change_totals
),
together AS (
  SELECT r.form_id, r.region_id, r.period, r.span, r.basis, r.category, b.measure, b.kind, b.found_by, b.printed, b.printed_value, b.state,
    r.submission_id, r.sheet, b.cell, b.numerator, b.denominator
  FROM by_row AS b
  JOIN reported_rows AS r ON r.row_no = b.row_no
  UNION ALL
  SELECT g.form_id, g.region_id, g.period, g.span, g.basis, g.category, g.measure, 'region_total', 'region_total',
    CAST(CAST(g.printed_value AS DOUBLE) AS VARCHAR), g.printed_value, 'value', f.submission_id, f.sheet, f.cell, g.numerator, CAST(1 AS DECIMAL(24,6))
  FROM region_sums AS g
  JOIN configured_figures AS f
    ON f.form_id = g.form_id AND f.region_id = g.region_id AND f.period = g.period AND f.span = g.span AND f.basis = g.basis
   AND f.category = g.category AND f.measure = g.measure
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

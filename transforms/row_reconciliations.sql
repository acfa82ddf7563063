-- One row per derived value printed in a row in force that the same file can prove: sums of columns, totals of categories, rates.
-- Internal: part of reconciliations. numerator / denominator is the recomputed value before rounding.
-- Rows have a number here: the million cells are joined by it and not by what names a row.
WITH current_rows AS (
  SELECT
    row_number() OVER (ORDER BY r.submission_id, r.sheet, r."row", r.span) AS row_no, r.form_id, r.submission_id, r.sheet, r."row", r.region_id,
    r.period, r.span, r.basis, r.dim1, r.dim2, r.dim3, r.category
  FROM reported_rows AS r
  WHERE r.in_force
),
current_cells AS (
  SELECT r.row_no, c.form_id, c.measure, c.value, c.additive, c.qualifier, c.cell
  FROM reported_cells AS c
  JOIN current_rows AS r ON r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span
  WHERE c.in_force AND c.value IS NOT NULL
),
column_sums AS (
  SELECT
    t.row_no, t.measure, 'sum' AS kind, 'sum.' || t.measure AS found_by, t.value AS printed_value, t.cell, t.qualifier,
    sum(p.value) AS numerator,
    CASE WHEN count(*) = max(n.parts) OR sum(p.value) > t.value OR count(*) > 1 AND sum(p.value) = t.value THEN 1 ELSE 0 END AS provable
  FROM current_cells AS t
  JOIN form_sums AS s ON s.form_id = t.form_id AND s.measure = t.measure
  JOIN (SELECT form_id, measure, count(*) AS parts FROM form_sums GROUP BY form_id, measure) AS n
    ON n.form_id = t.form_id AND n.measure = t.measure
  JOIN current_cells AS p ON p.row_no = t.row_no AND p.measure = s.part
  GROUP BY t.row_no, t.measure, t.value, t.cell, t.qualifier
),
-- A total, or a category that has parts, beside the top-most reported categories below it on one dimension, the others being equal: a part
-- counts towards the nearest category above it that is there.
along AS (
  SELECT r.row_no, r.form_id, r.submission_id, r.region_id, r.period, r.span, r.basis, 1 AS position, r.dim1 AS code, r.dim2 || '|' || r.dim3 AS others
  FROM current_rows AS r WHERE r.dim1 <> ''
  UNION ALL
  SELECT r.row_no, r.form_id, r.submission_id, r.region_id, r.period, r.span, r.basis, 2 AS position, r.dim2 AS code, r.dim1 || '|' || r.dim3 AS others
  FROM current_rows AS r WHERE r.dim2 <> ''
  UNION ALL
  SELECT r.row_no, r.form_id, r.submission_id, r.region_id, r.period, r.span, r.basis, 3 AS position, r.dim3 AS code, r.dim1 || '|' || r.dim2 AS others
  FROM current_rows AS r WHERE r.dim3 <> ''
),
above AS (
  SELECT
    p.row_no, t.row_no AS whole_no, p.position, a.steps, CASE WHEN k.parent = t.code AND NOT k.optional THEN 1 ELSE 0 END AS child,
    count(*) OVER (PARTITION BY p.row_no, p.position) AS choices
  FROM along AS p
  JOIN form_codes AS k ON k.form_id = p.form_id AND k.position = p.position AND k.code = p.code AND k.addend
   AND position('|' || p.basis || '|' IN '|' || k.excluded_in || '|') = 0
  JOIN code_ancestors AS a ON a.form_id = p.form_id AND a.position = p.position AND a.code = p.code
  JOIN along AS t
    ON t.form_id = p.form_id AND t.submission_id = p.submission_id AND t.region_id = p.region_id AND t.period = p.period AND t.span = p.span
   AND t.basis = p.basis AND t.position = p.position AND t.others = p.others AND t.code = a.ancestor
),
additive_cells AS (
  SELECT row_no, measure, value, CASE WHEN qualifier = 'exact' THEN 1 ELSE 0 END AS exact FROM current_cells WHERE additive
),
-- Only where there are several categories above is the nearest looked for, measure by measure.
category_parts AS (
  SELECT w.whole_no, p.measure, w.position, p.value, w.child * p.exact AS expected_part
  FROM above AS w
  JOIN additive_cells AS p ON p.row_no = w.row_no
  WHERE w.choices = 1
  UNION ALL
  SELECT whole_no, measure, position, value, expected_part
  FROM (
    SELECT w.whole_no, p.measure, w.position, p.value, w.child * p.exact AS expected_part,
      rank() OVER (PARTITION BY p.row_no, p.measure, w.position ORDER BY w.steps) AS nearest
    FROM above AS w
    JOIN additive_cells AS p ON p.row_no = w.row_no
    JOIN additive_cells AS t ON t.row_no = w.whole_no AND t.measure = p.measure
    WHERE w.choices > 1
  )
  WHERE nearest = 1
),
together AS (
  SELECT whole_no, measure, position, sum(value) AS numerator, count(*) AS parts, sum(expected_part) AS children
  FROM category_parts
  GROUP BY whole_no, measure, position
  HAVING count(*) > 1
),
-- How many parts the code list names for a total on a basis: with all of them there, the sum must be exact.
expected_parts AS (
  SELECT k.form_id, k.position, k.parent AS whole, b.basis, count(*) AS parts
  FROM form_codes AS k
  CROSS JOIN (SELECT DISTINCT basis FROM current_rows) AS b
  WHERE k.addend AND NOT k.optional AND position('|' || b.basis || '|' IN '|' || k.excluded_in || '|') = 0
  GROUP BY k.form_id, k.position, k.parent, b.basis
),
category_sums AS (
  SELECT
    t.row_no, t.measure, 'category_total' AS kind,
    CASE WHEN r.code = 'TOTAL' THEN 'category_total.' ELSE 'subtotal.' END || d.dimension AS found_by, t.value AS printed_value, t.cell, t.qualifier,
    c.numerator,
    CASE WHEN c.numerator >= t.value OR c.children = e.parts AND c.parts = e.parts AND t.qualifier = 'exact' THEN 1 ELSE 0 END AS provable,
    c.position
  FROM together AS c
  JOIN current_cells AS t ON t.row_no = c.whole_no AND t.measure = c.measure AND t.additive
  JOIN along AS r ON r.row_no = c.whole_no AND r.position = c.position
  JOIN (SELECT DISTINCT form_id, position, dimension FROM form_codes) AS d ON d.form_id = r.form_id AND d.position = r.position
  LEFT JOIN expected_parts AS e ON e.form_id = r.form_id AND e.position = r.position AND e.whole = r.code AND e.basis = r.basis
),
-- A cell that is a total along several dimensions is judged by the first along which its parts prove anything.
category_totals AS (
  SELECT category_sums.*, row_number() OVER (PARTITION BY row_no, measure ORDER BY provable DESC, position) AS choice
  FROM category_sums
),
totals AS (
  SELECT row_no, measure, kind, found_by, printed_value, cell, qualifier, numerator, provable FROM column_sums
  UNION ALL
  SELECT row_no, measure, kind, found_by, printed_value, cell, qualifier, numerator, provable FROM category_totals WHERE choice = 1
),
printed_rates AS (
  SELECT r.row_no, r.form_id, r.region_id, r.period, r.span, r.basis, r.category, c.measure, c.printed, c.value, c.state, f.indicator_id,
    c.submission_id, c.sheet, c."row", c.cell
  FROM companions AS c
  JOIN current_rows AS r ON r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span
  JOIN form_rates AS f ON f.form_id = c.form_id AND f.printed_id = c.measure
  WHERE c.kind = 'rate'
)
SELECT
  r.form_id, r.region_id, r.period, r.span, r.basis, r.category, t.measure, t.kind, t.found_by,
  CAST(CAST(t.printed_value AS DOUBLE) AS VARCHAR) AS printed, t.printed_value, 'value' AS state,
  CASE WHEN t.provable = 1 OR t.qualifier LIKE 'rounded%' THEN CAST(t.numerator AS DECIMAL(24,6)) END AS numerator,
  -- A total written to the nearest 10^k is compared at that resolution.
  CAST(CASE WHEN t.qualifier LIKE 'rounded%' THEN power(10, CAST(regexp_extract(t.qualifier, '([0-9]+)\)', 1) AS INTEGER)) ELSE 1 END
    AS DECIMAL(24,6)) AS denominator,
  r.submission_id, r.sheet, r."row", t.cell
FROM totals AS t
JOIN current_rows AS r ON r.row_no = t.row_no
UNION ALL
SELECT
  c.form_id, c.region_id, c.period, c.span, c.basis, c.category, c.measure, 'rate' AS kind, 'rate.' || c.measure AS found_by, c.printed,
  c.value AS printed_value, c.state, CAST(n.numerator * i.scale AS DECIMAL(24,6)) AS numerator, n.denominator, c.submission_id, c.sheet, c."row", c.cell
FROM printed_rates AS c
JOIN indicator_settings AS i ON i.indicator_id = c.indicator_id
LEFT JOIN (
  SELECT
    k.indicator_id, v.row_no,
    CASE WHEN count(CASE WHEN k.side = 'numerator' THEN v.value END) = max(s.numerator_terms)
      THEN sum(CASE WHEN k.side = 'numerator' THEN k.sign * v.value END) END AS numerator,
    CASE WHEN count(CASE WHEN k.side = 'denominator' THEN v.value END) = max(s.denominator_terms)
      THEN sum(CASE WHEN k.side = 'denominator' THEN k.sign * v.value END) END AS denominator
  FROM indicator_terms AS k
  JOIN indicator_settings AS s ON s.indicator_id = k.indicator_id
  JOIN current_cells AS v ON v.form_id = k.form_id AND v.measure = k.measure
  WHERE k.indicator_id IN (SELECT indicator_id FROM form_rates)
  GROUP BY k.indicator_id, v.row_no
) AS n ON n.indicator_id = c.indicator_id AND n.row_no = c.row_no

-- One row per derived value printed in a row in force that the same file can prove: sums of columns, totals of categories, rates.
-- Internal: part of reconciliations. numerator / denominator is the recomputed value before rounding. The million cells are joined by the numbers
-- of their rows and measures.
WITH parts_of_sums AS (
  SELECT w.measure_no, p.measure_no AS part_no, count(*) OVER (PARTITION BY w.measure_no) AS parts
  FROM form_sums AS s
  JOIN form_measures AS w ON w.form_id = s.form_id AND w.measure = s.measure
  JOIN form_measures AS p ON p.form_id = s.form_id AND p.measure = s.part
),
added AS (
  SELECT p.row_no, s.measure_no, sum(p.value) AS numerator, count(*) AS there, max(s.parts) AS parts
  FROM cell_values AS p
  JOIN parts_of_sums AS s ON s.part_no = p.measure_no
  WHERE p.in_force AND p.value IS NOT NULL
  GROUP BY p.row_no, s.measure_no
),
column_sums AS (
  SELECT
    a.row_no, a.measure_no, t.value AS printed_value, t.letter, t.qualifier, a.numerator,
    CASE WHEN a.there = a.parts OR a.numerator > t.value OR a.there > 1 AND a.numerator = t.value THEN 1 ELSE 0 END AS provable
  FROM added AS a
  JOIN cell_values AS t ON t.row_no = a.row_no AND t.measure_no = a.measure_no AND t.in_force AND t.value IS NOT NULL
),
-- A total, or a category that has parts, beside the top-most reported categories below it on one dimension, the others being equal: a part
-- counts towards the nearest category above it that is there.
along AS (
  SELECT row_no, form_id, seq, region_id, period, span, basis, 1 AS position, dim1 AS code, dim2 || '|' || dim3 AS others
  FROM reported_rows WHERE in_force AND dim1 <> ''
  UNION ALL
  SELECT row_no, form_id, seq, region_id, period, span, basis, 2 AS position, dim2 AS code, dim1 || '|' || dim3 AS others
  FROM reported_rows WHERE in_force AND dim2 <> ''
  UNION ALL
  SELECT row_no, form_id, seq, region_id, period, span, basis, 3 AS position, dim3 AS code, dim1 || '|' || dim2 AS others
  FROM reported_rows WHERE in_force AND dim3 <> ''
),
-- seq is the number of the file, and a file has one form.
above AS (
  SELECT
    p.row_no, t.row_no AS whole_no, p.position, a.steps, CASE WHEN a.steps = 1 AND NOT k.optional THEN 1 ELSE 0 END AS child,
    count(*) OVER (PARTITION BY p.row_no, p.position) AS choices
  FROM along AS p
  JOIN form_codes AS k ON k.form_id = p.form_id AND k.position = p.position AND k.code = p.code AND k.addend
   AND position('|' || p.basis || '|' IN '|' || k.excluded_in || '|') = 0
  JOIN code_ancestors AS a ON a.form_id = p.form_id AND a.position = p.position AND a.code = p.code
  JOIN along AS t
    ON t.seq = p.seq AND t.region_id = p.region_id AND t.period = p.period AND t.span = p.span AND t.basis = p.basis AND t.position = p.position
   AND t.others = p.others AND t.code = a.ancestor
),
additive_cells AS (
  SELECT c.row_no, c.measure_no, c.value, CASE WHEN c.qualifier = 'exact' THEN 1 ELSE 0 END AS exact
  FROM cell_values AS c
  JOIN form_measures AS m ON m.measure_no = c.measure_no AND m.additive
  WHERE c.in_force AND c.value IS NOT NULL
),
-- Only where there are several categories above is the nearest looked for, measure by measure.
category_parts AS (
  SELECT w.whole_no, p.measure_no, w.position, p.value, w.child * p.exact AS expected_part
  FROM above AS w
  JOIN additive_cells AS p ON p.row_no = w.row_no
  WHERE w.choices = 1
  UNION ALL
  SELECT min_by(w.whole_no, w.steps) AS whole_no, p.measure_no, w.position, max(p.value) AS value, max(w.child * p.exact) AS expected_part
  FROM above AS w
  JOIN additive_cells AS p ON p.row_no = w.row_no
  JOIN additive_cells AS t ON t.row_no = w.whole_no AND t.measure_no = p.measure_no
  WHERE w.choices > 1
  GROUP BY p.row_no, p.measure_no, w.position
),
together AS (
  SELECT whole_no, measure_no, position, sum(value) AS numerator, count(*) AS parts, sum(expected_part) AS children
  FROM category_parts
  GROUP BY whole_no, measure_no, position
  HAVING count(*) > 1
),
-- How many parts the code list names for a total on a basis: with all of them there, the sum must be exact.
expected_parts AS (
  SELECT k.form_id, k.position, k.parent AS whole, b.basis, count(*) AS parts
  FROM form_codes AS k
  CROSS JOIN (SELECT DISTINCT basis FROM reported_rows WHERE in_force) AS b
  WHERE k.addend AND NOT k.optional AND position('|' || b.basis || '|' IN '|' || k.excluded_in || '|') = 0
  GROUP BY k.form_id, k.position, k.parent, b.basis
),
category_sums AS (
  SELECT
    c.whole_no AS row_no, c.measure_no, c.position, r.code = 'TOTAL' AS is_total, t.value AS printed_value, t.letter, t.qualifier, c.numerator,
    CASE WHEN c.numerator >= t.value OR c.children = e.parts AND c.parts = e.parts AND t.qualifier = 'exact' THEN 1 ELSE 0 END AS provable
  FROM together AS c
  JOIN cell_values AS t ON t.row_no = c.whole_no AND t.measure_no = c.measure_no AND t.in_force AND t.value IS NOT NULL
  JOIN along AS r ON r.row_no = c.whole_no AND r.position = c.position
  LEFT JOIN expected_parts AS e ON e.form_id = r.form_id AND e.position = r.position AND e.whole = r.code AND e.basis = r.basis
),
-- A cell that is a total along several dimensions is judged by the first along which its parts prove anything.
category_totals AS (
  SELECT category_sums.*, row_number() OVER (PARTITION BY row_no, measure_no ORDER BY provable DESC, position) AS choice
  FROM category_sums
),
totals AS (
  SELECT row_no, measure_no, 0 AS position, TRUE AS is_total, printed_value, letter, qualifier, numerator, provable FROM column_sums
  UNION ALL
  SELECT row_no, measure_no, position, is_total, printed_value, letter, qualifier, numerator, provable FROM category_totals WHERE choice = 1
),
dimensions AS (
  SELECT DISTINCT form_id, position, dimension FROM form_codes
),
rates AS (
  SELECT row_number() OVER (ORDER BY form_id, printed_id) AS rate_no, form_id, printed_id, indicator_id FROM form_rates
),
rate_terms AS (
  SELECT f.rate_no, m.measure_no, k.side = 'numerator' AS above, k.sign, s.numerator_terms, s.denominator_terms
  FROM rates AS f
  JOIN indicator_terms AS k ON k.indicator_id = f.indicator_id
  JOIN indicator_settings AS s ON s.indicator_id = k.indicator_id
  JOIN form_measures AS m ON m.form_id = k.form_id AND m.measure = k.measure
),
printed_rates AS (
  SELECT v.row_no, f.rate_no, v.measure, v.printed, v.value, v.state, v.cell, i.scale
  FROM printed_values AS v
  JOIN reported_rows AS r ON r.row_no = v.row_no
  JOIN rates AS f ON f.form_id = r.form_id AND f.printed_id = v.measure
  JOIN indicator_settings AS i ON i.indicator_id = f.indicator_id
  WHERE v.kind = 'rate'
),
fractions AS (
  SELECT
    c.row_no, k.rate_no,
    CASE WHEN count(CASE WHEN k.above THEN v.value END) = max(k.numerator_terms) THEN sum(CASE WHEN k.above THEN k.sign * v.value END) END AS numerator,
    CASE WHEN count(CASE WHEN NOT k.above THEN v.value END) = max(k.denominator_terms)
      THEN sum(CASE WHEN NOT k.above THEN k.sign * v.value END) END AS denominator
  FROM (SELECT DISTINCT row_no, rate_no FROM printed_rates) AS c
  JOIN rate_terms AS k ON k.rate_no = c.rate_no
  JOIN cell_values AS v ON v.row_no = c.row_no AND v.measure_no = k.measure_no AND v.in_force AND v.value IS NOT NULL
  GROUP BY c.row_no, k.rate_no
)
SELECT
  t.row_no, m.measure, CASE WHEN t.position = 0 THEN 'sum' ELSE 'category_total' END AS kind,
  CASE WHEN t.position = 0 THEN 'sum.' || m.measure WHEN t.is_total THEN 'category_total.' || d.dimension ELSE 'subtotal.' || d.dimension END AS found_by,
  CAST(CAST(t.printed_value AS DOUBLE) AS VARCHAR) AS printed, t.printed_value, 'value' AS state,
  CASE WHEN t.provable = 1 OR t.qualifier LIKE 'rounded%' THEN CAST(t.numerator AS DECIMAL(24,6)) END AS numerator,
  -- A total written to the nearest 10^k is compared at that resolution.
  CAST(CASE WHEN t.qualifier LIKE 'rounded%' THEN power(10, CAST(regexp_extract(t.qualifier, '([0-9]+)\)', 1) AS INTEGER)) ELSE 1 END
    AS DECIMAL(24,6)) AS denominator,
  t.letter || r."row" AS cell
FROM totals AS t
JOIN reported_rows AS r ON r.row_no = t.row_no
JOIN form_measures AS m ON m.measure_no = t.measure_no
LEFT JOIN dimensions AS d ON d.form_id = r.form_id AND d.position = t.position
UNION ALL
SELECT
  c.row_no, c.measure, 'rate' AS kind, 'rate.' || c.measure AS found_by, c.printed, c.value AS printed_value, c.state,
  CAST(n.numerator * c.scale AS DECIMAL(24,6)) AS numerator, n.denominator, c.cell
FROM printed_rates AS c
LEFT JOIN fractions AS n ON n.row_no = c.row_no AND n.rate_no = c.rate_no

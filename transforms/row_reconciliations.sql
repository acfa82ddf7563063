-- One row per derived value printed in a row in force that the same file can prove: sums of columns, totals of categories, rates.
-- Internal: part of reconciliations. numerator / denominator is the recomputed value before rounding.
WITH current_cells AS (
  SELECT c.* FROM reported_cells AS c WHERE c.in_force
),
column_sums AS (
  SELECT
    t.form_id, t.submission_id, t.sheet, t."row", t.span, t.measure, 'sum' AS kind, 'sum.' || t.measure AS found_by, t.value AS printed_value,
    t.cell, t.qualifier, sum(p.value) AS numerator,
    CASE WHEN count(p.value) = max(n.parts) OR sum(p.value) > t.value OR count(p.value) > 1 AND sum(p.value) = t.value THEN 1 ELSE 0 END AS provable
  FROM current_cells AS t
  JOIN form_sums AS s ON s.form_id = t.form_id AND s.measure = t.measure
  JOIN (SELECT form_id, measure, count(*) AS parts FROM form_sums GROUP BY form_id, measure) AS n
    ON n.form_id = t.form_id AND n.measure = t.measure
  JOIN current_cells AS p
    ON p.form_id = t.form_id AND p.submission_id = t.submission_id AND p.sheet = t.sheet AND p."row" = t."row" AND p.span = t.span
   AND p.measure = s.part AND p.value IS NOT NULL
  WHERE t.value IS NOT NULL
  GROUP BY t.form_id, t.submission_id, t.sheet, t."row", t.span, t.measure, t.value, t.cell, t.qualifier
),
-- A total, or a category that has parts, beside the top-most reported categories below it on one dimension, the others being equal: a part
-- counts towards the nearest category above it that is there.
along AS (
  SELECT c.*, 1 AS position, c.dim1 AS code, c.dim2 || '|' || c.dim3 AS others FROM current_cells AS c WHERE c.dim1 <> '' AND c.additive
  UNION ALL
  SELECT c.*, 2 AS position, c.dim2 AS code, c.dim1 || '|' || c.dim3 AS others FROM current_cells AS c WHERE c.dim2 <> '' AND c.additive
  UNION ALL
  SELECT c.*, 3 AS position, c.dim3 AS code, c.dim1 || '|' || c.dim2 AS others FROM current_cells AS c WHERE c.dim3 <> '' AND c.additive
),
wholes AS (
  SELECT
    t.form_id, t.submission_id, t.sheet, t."row", t.span, t.measure, t.value AS printed_value, t.cell, t.qualifier, t.position,
    k.dimension, t.code AS whole, p.value, p.basis,
    CASE WHEN k.parent = t.code AND NOT k.optional AND p.qualifier = 'exact' THEN 1 ELSE 0 END AS expected_part,
    rank() OVER (PARTITION BY p.submission_id, p.sheet, p."row", p.span, p.measure, p.position ORDER BY a.steps) AS nearest
  FROM along AS p
  JOIN form_codes AS k ON k.form_id = p.form_id AND k.position = p.position AND k.code = p.code AND k.addend
   AND position('|' || p.basis || '|' IN '|' || k.excluded_in || '|') = 0
  JOIN code_ancestors AS a ON a.form_id = p.form_id AND a.position = p.position AND a.code = p.code
  JOIN along AS t
    ON t.form_id = p.form_id AND t.submission_id = p.submission_id AND t.region_id = p.region_id AND t.period = p.period AND t.span = p.span
   AND t.basis = p.basis AND t.measure = p.measure AND t.position = p.position AND t.others = p.others AND t.code = a.ancestor
  WHERE p.value IS NOT NULL AND t.value IS NOT NULL
),
category_parts AS (
  SELECT
    form_id, submission_id, sheet, "row", span, measure, printed_value, cell, qualifier, position, dimension, whole, value, basis, expected_part
  FROM wholes
  WHERE nearest = 1
),
-- How many parts the code list names for a total on a basis: with all of them there, the sum must be exact.
expected_parts AS (
  SELECT k.form_id, k.position, k.parent AS whole, b.basis, count(*) AS parts
  FROM form_codes AS k
  CROSS JOIN (SELECT DISTINCT basis FROM category_parts) AS b
  WHERE k.addend AND NOT k.optional AND position('|' || b.basis || '|' IN '|' || k.excluded_in || '|') = 0
  GROUP BY k.form_id, k.position, k.parent, b.basis
),
category_sums AS (
  SELECT
    c.form_id, c.submission_id, c.sheet, c."row", c.span, c.measure, 'category_total' AS kind,
    CASE WHEN c.whole = 'TOTAL' THEN 'category_total.' ELSE 'subtotal.' END || c.dimension AS found_by, c.printed_value, c.cell, c.qualifier,
    sum(c.value) AS numerator,
    CASE WHEN sum(c.value) >= c.printed_value OR sum(c.expected_part) = max(e.parts) AND count(*) = max(e.parts) AND c.qualifier = 'exact'
      THEN 1 ELSE 0 END AS provable,
    c.position
  FROM category_parts AS c
  LEFT JOIN expected_parts AS e ON e.form_id = c.form_id AND e.position = c.position AND e.whole = c.whole AND e.basis = c.basis
  GROUP BY c.form_id, c.submission_id, c.sheet, c."row", c.span, c.measure, c.printed_value, c.cell, c.qualifier, c.position, c.dimension,
    c.whole
  HAVING count(*) > 1
),
-- A cell that is a total along several dimensions is judged by the first along which its parts prove anything.
category_totals AS (
  SELECT
    category_sums.*,
    row_number() OVER (PARTITION BY submission_id, sheet, cell, span, measure ORDER BY provable DESC, position) AS choice
  FROM category_sums
),
totals AS (
  SELECT form_id, submission_id, sheet, "row", span, measure, kind, found_by, printed_value, cell, qualifier, numerator,
    provable
  FROM column_sums
  UNION ALL
  SELECT form_id, submission_id, sheet, "row", span, measure, kind, found_by, printed_value, cell, qualifier, numerator,
    provable
  FROM category_totals
  WHERE choice = 1
)
SELECT
  t.form_id, r.region_id, r.period, t.span, r.basis, r.category, t.measure, t.kind, t.found_by,
  CAST(CAST(t.printed_value AS DOUBLE) AS VARCHAR) AS printed, t.printed_value, 'value' AS state,
  CASE WHEN t.provable = 1 OR t.qualifier LIKE 'rounded%' THEN CAST(t.numerator AS DECIMAL(24,6)) END AS numerator,
  -- A total written to the nearest 10^k is compared at that resolution.
  CAST(CASE WHEN t.qualifier LIKE 'rounded%' THEN power(10, CAST(regexp_extract(t.qualifier, '([0-9]+)\)', 1) AS INTEGER)) ELSE 1 END
    AS DECIMAL(24,6)) AS denominator,
  t.submission_id, t.sheet, t."row", t.cell
FROM totals AS t
JOIN reported_rows AS r
  ON r.form_id = t.form_id AND r.submission_id = t.submission_id AND r.sheet = t.sheet AND r."row" = t."row" AND r.span = t.span
WHERE r.in_force
UNION ALL
SELECT
  r.form_id, r.region_id, r.period, r.span, r.basis, r.category, c.measure, 'rate' AS kind, 'rate.' || c.measure AS found_by, c.printed, c.value AS printed_value, c.state,
  CAST(n.numerator * i.scale AS DECIMAL(24,6)) AS numerator, n.denominator, c.submission_id, c.sheet, c."row", c.cell
FROM companions AS c
JOIN reported_rows AS r
  ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
JOIN form_rates AS f ON f.form_id = c.form_id AND f.printed_id = c.measure
JOIN indicator_settings AS i ON i.indicator_id = f.indicator_id
LEFT JOIN (
  SELECT
    k.indicator_id, v.submission_id, v.sheet, v."row", v.span,
    CASE WHEN count(CASE WHEN k.side = 'numerator' THEN v.value END) = max(s.numerator_terms)
      THEN sum(CASE WHEN k.side = 'numerator' THEN k.sign * v.value END) END AS numerator,
    CASE WHEN count(CASE WHEN k.side = 'denominator' THEN v.value END) = max(s.denominator_terms)
      THEN sum(CASE WHEN k.side = 'denominator' THEN k.sign * v.value END) END AS denominator
  FROM indicator_terms AS k
  JOIN indicator_settings AS s ON s.indicator_id = k.indicator_id
  JOIN current_cells AS v ON v.form_id = k.form_id AND v.measure = k.measure
  GROUP BY k.indicator_id, v.submission_id, v.sheet, v."row", v.span
) AS n ON n.indicator_id = f.indicator_id AND n.submission_id = c.submission_id AND n.sheet = c.sheet AND n."row" = c."row" AND n.span = c.span
WHERE c.kind = 'rate'

-- One row per derived value printed in a row in force that the same file can prove: sums of columns, totals of categories, rates.
-- Internal: part of reconciliations. numerator / denominator is the recomputed value before rounding.
WITH current_cells AS (
  SELECT c.* FROM reported_cells AS c WHERE c.in_force
),
column_sums AS (
  SELECT
    t.form_id, t.submission_id, t.sheet, t."row", t.span, t.measure, 'sum' AS kind, t.value AS printed_value, t.cell, t.qualifier,
    sum(p.value) AS numerator,
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
-- The top-most reported categories below TOTAL or below a sub-total (GK = GK1 + ... + GK9) on one dimension, the others being equal: a part is
-- left out when one of its own ancestors below that total is there.
along AS (
  SELECT c.*, 1 AS position, c.dim1 AS code, c.dim2 || '|' || c.dim3 AS others FROM current_cells AS c WHERE c.dim1 <> ''
  UNION ALL
  SELECT c.*, 2 AS position, c.dim2 AS code, c.dim1 || '|' || c.dim3 AS others FROM current_cells AS c WHERE c.dim2 <> ''
  UNION ALL
  SELECT c.*, 3 AS position, c.dim3 AS code, c.dim1 || '|' || c.dim2 AS others FROM current_cells AS c WHERE c.dim3 <> ''
),
below AS (
  SELECT form_id, position, code, ancestor AS above FROM code_ancestors
  UNION ALL
  SELECT form_id, position, code, 'TOTAL' AS above FROM form_codes
),
category_parts AS (
  SELECT
    t.form_id, t.submission_id, t.sheet, t."row", t.span, t.measure, t.value AS printed_value, t.cell, t.qualifier, t.position, t.basis,
    t.code, p.value, CASE WHEN k.parent = t.code THEN 1 ELSE 0 END AS is_child
  FROM along AS t
  JOIN below AS b ON b.form_id = t.form_id AND b.position = t.position AND b.above = t.code
  JOIN along AS p
    ON p.form_id = t.form_id AND p.submission_id = t.submission_id AND p.region_id = t.region_id AND p.period = t.period AND p.span = t.span
   AND p.basis = t.basis AND p.measure = t.measure AND p.position = t.position AND p.others = t.others AND p.code = b.code
  JOIN form_codes AS k ON k.form_id = p.form_id AND k.position = p.position AND k.code = p.code AND k.addend
   AND position('|' || p.basis || '|' IN '|' || k.excluded_in || '|') = 0
  WHERE t.value IS NOT NULL AND p.value IS NOT NULL AND t.additive
    AND NOT EXISTS (
      SELECT 1 FROM below AS a
      JOIN below AS c ON c.form_id = a.form_id AND c.position = a.position AND c.code = a.above
      JOIN along AS up
        ON up.form_id = p.form_id AND up.submission_id = p.submission_id AND up.region_id = p.region_id AND up.period = p.period
       AND up.span = p.span AND up.basis = p.basis AND up.measure = p.measure AND up.position = p.position AND up.others = p.others
       AND up.code = a.above AND up.value IS NOT NULL
      WHERE a.form_id = p.form_id AND a.position = p.position AND a.code = p.code AND c.above = t.code)
),
children AS (
  SELECT k.form_id, k.position, k.parent, b.basis, count(*) AS children_total
  FROM form_codes AS k
  JOIN (SELECT DISTINCT form_id, basis FROM reported_rows) AS b ON b.form_id = k.form_id
  WHERE k.addend AND position('|' || b.basis || '|' IN '|' || k.excluded_in || '|') = 0
  GROUP BY k.form_id, k.position, k.parent, b.basis
),
-- Proven where every part is there, or where the parts already reach the total: a blank is not a zero.
category_sums AS (
  SELECT
    p.form_id, p.submission_id, p.sheet, p."row", p.span, p.measure, 'category_total' AS kind, p.printed_value, p.cell, p.qualifier,
    sum(p.value) AS numerator,
    CASE WHEN sum(p.value) >= p.printed_value OR sum(p.is_child) = max(n.children_total) THEN 1 ELSE 0 END AS provable, p.position
  FROM category_parts AS p
  JOIN children AS n ON n.form_id = p.form_id AND n.position = p.position AND n.parent = p.code AND n.basis = p.basis
  GROUP BY p.form_id, p.submission_id, p.sheet, p."row", p.span, p.measure, p.printed_value, p.cell, p.qualifier, p.position
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
  SELECT form_id, submission_id, sheet, "row", span, measure, kind, printed_value, cell, qualifier, numerator, provable FROM column_sums
  UNION ALL
  SELECT form_id, submission_id, sheet, "row", span, measure, kind, printed_value, cell, qualifier, numerator, provable FROM category_totals
  WHERE choice = 1
)
SELECT
  t.form_id, r.region_id, r.period, t.span, r.basis, r.category, t.measure, t.kind,
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
  r.form_id, r.region_id, r.period, r.span, r.basis, r.category, c.measure, 'rate' AS kind, c.printed, c.value AS printed_value, c.state,
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

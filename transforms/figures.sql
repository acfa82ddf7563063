-- One row per reported number in force. A number that the file itself contradicts is kept as it is and marked disputed.
WITH contradicted AS (
  SELECT submission_id, sheet, cell FROM row_reconciliations
  WHERE kind IN ('sum', 'category_total') AND numerator IS NOT NULL
    AND ratio(numerator, denominator, 0, 'half_up') * denominator <> printed_value AND numerator <> printed_value
  UNION
  SELECT submission_id, sheet, cell FROM intake_findings WHERE severity = 'error' AND check_id <> 'MASKED_VALUE'
)
SELECT
  c.region_id, c.period, c.span, c.basis, c.form_id, c.dimension, c.measure, c.value, c.unit,
  -- A decision has settled what a corrected number is.
  CASE WHEN d.cell IS NOT NULL AND c.value IS NOT NULL AND c.correction IS NULL THEN 'disputed' ELSE c.obs_status END AS obs_status,
  c.qualifier, c.submission_id, c.sheet, c.cell, c.known_from, c.category, c.raw, c.correction, c.correction_reason
FROM reported_cells AS c
LEFT JOIN contradicted AS d ON d.submission_id = c.submission_id AND d.sheet = c.sheet AND d.cell = c.cell
WHERE c.in_force
UNION ALL
SELECT
  f.region_id, f.period, 'stock' AS span, 'all' AS basis, f.form_id,
  CASE WHEN f.form_id = 'F14' THEN 'indicator=' || f.dim1 || ';category=' || f.dim2 ELSE '' END AS dimension,
  f.measure, f.value, m.unit, 'reported' AS obs_status, 'exact' AS qualifier, f.file AS submission_id, '' AS sheet, f.cell, f.known_from,
  CASE WHEN f.form_id <> 'F14' THEN 'TOTAL' WHEN f.dim2 = 'TOTAL' THEN f.dim1 ELSE f.dim1 || '/' || f.dim2 END AS category,
  CAST(NULL AS VARCHAR) AS raw, CAST(NULL AS VARCHAR) AS correction, CAST(NULL AS VARCHAR) AS correction_reason
FROM (
  SELECT
    configured_cells.*,
    row_number() OVER (PARTITION BY form_id, region_id, period, dim1, dim2, measure ORDER BY known_from DESC, cell DESC) AS newest
  FROM configured_cells
  WHERE known_from <= (SELECT as_of FROM parameters) AND period <= substr((SELECT through FROM parameters), 1, 4)
) AS f
JOIN form_measures AS m ON m.form_id = f.form_id AND m.measure = f.measure
WHERE f.newest = 1
  AND NOT EXISTS (
    SELECT 1 FROM reported_cells AS c
    WHERE c.in_force AND c.form_id = f.form_id AND c.region_id = f.region_id AND c.period = f.period AND c.measure = f.measure
      AND c.dim1 = f.dim1 AND c.dim2 = f.dim2)

-- One row per number that the bureau configures (targets, denominators) and nobody has reported. Internal.
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
    WHERE c.in_force AND c.form_id IN ('F13', 'F14') AND c.form_id = f.form_id AND c.region_id = f.region_id AND c.period = f.period AND c.measure = f.measure
      AND c.dim1 = f.dim1 AND c.dim2 = f.dim2)

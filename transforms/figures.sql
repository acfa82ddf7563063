-- One row per reported number in force. A number that the file itself contradicts is kept as it is and marked disputed.
-- A view: a reported cell stands in reported_cells, and is not stored twice.
SELECT
  c.region_id, c.period, c.span, c.basis, c.form_id, c.dimension, c.measure, c.value, c.unit,
  -- A decision has settled what a corrected number is.
  CASE WHEN d.cell IS NOT NULL AND c.value IS NOT NULL AND c.correction IS NULL THEN 'disputed' ELSE c.obs_status END AS obs_status,
  c.qualifier, c.submission_id, c.sheet, c.cell, c.known_from, c.category, c.raw, c.correction, c.correction_reason
FROM reported_cells AS c
LEFT JOIN disputed_cells AS d ON d.submission_id = c.submission_id AND d.sheet = c.sheet AND d.cell = c.cell
WHERE c.in_force
UNION ALL
SELECT
  region_id, period, span, basis, form_id, dimension, measure, value, unit, obs_status, qualifier, submission_id, sheet, cell, known_from, category,
  raw, correction, correction_reason
FROM configured_figures

-- One row per version of a reported number. Everything received by the as-of time is here, in force or superseded.
-- A view: a reported cell stands in reported_cells, and is not stored twice.
SELECT
  c.region_id, c.period, c.span, c.basis, c.form_id, c.dimension, c.measure, c.value, c.unit,
  c.obs_status, c.qualifier, c.submission_id, c.sheet, c.cell, c.known_from, c.category, c.raw, c.in_force,
  c.correction, c.correction_reason
FROM reported_cells AS c

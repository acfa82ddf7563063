-- One row per correction known at the as-of time: which value it changed, why, by which post and when.
WITH before AS (
  SELECT
    t.correction, v.value,
    row_number() OVER (PARTITION BY t.correction ORDER BY v.known_from DESC, CASE WHEN v.correction IS NULL THEN 0 ELSE 1 END DESC, v.correction DESC)
      AS nearest
  FROM correction_targets AS t
  JOIN reported_cells AS v
    ON v.form_id = t.form_id AND v.submission_id = t.submission_id AND v.sheet = t.sheet AND v."row" = t."row" AND v.span = t.span
   AND v.measure = t.measure AND (v.correction IS NULL OR v.known_from < t.known_from)
)
SELECT
  t.correction, t.known_from, t.form_id, t.region_id, t.period, t.span, t.basis, t.dimension, t.measure, b.value AS old_value,
  t.value AS new_value, t.reason, t.decided_by, coalesce(c.in_force, r.in_force AND t.newest, FALSE) AS in_force, t.submission_id, t.sheet, t.cell
FROM correction_targets AS t
LEFT JOIN before AS b ON b.correction = t.correction AND b.nearest = 1
LEFT JOIN reported_cells AS c ON c.correction = t.correction AND c.form_id = t.form_id
LEFT JOIN reported_rows AS r
  ON r.form_id = t.form_id AND r.submission_id = t.submission_id AND r.sheet = t.sheet AND r."row" = t."row" AND r.span = t.span

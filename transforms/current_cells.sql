-- One row per reported cell in force, by the numbers of its row and measure. A number that the file itself contradicts is kept as it is and
-- marked disputed.
-- Internal. A view: nothing is stored twice.
SELECT
  c.row_no, c.measure_no, c.value,
  -- A decision has settled what a corrected number is.
  CASE WHEN d.row_no IS NOT NULL AND c.value IS NOT NULL AND c.correction IS NULL THEN 'disputed' ELSE c.obs_status END AS obs_status,
  c.qualifier, c.raw, c.letter, c.known_from, c.correction, c.correction_reason
FROM cell_values AS c
LEFT JOIN disputed_cells AS d ON d.row_no = c.row_no AND d.letter = c.letter
WHERE c.in_force

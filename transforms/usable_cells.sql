-- One row per reported cell that can be computed with, by number: in force, a number, and not disputed by the file that it stands in.
-- Internal. A view: nothing is stored twice. What is masked or does not apply has no value.
SELECT s.subject_no, s.region_no, c.measure_no, c.value, c.obs_status, c.qualifier
FROM cell_values AS c
JOIN row_subjects AS s ON s.row_no = c.row_no
WHERE c.in_force AND c.value IS NOT NULL AND NOT s.doubtful
UNION ALL
-- Only in the few rows with a disputed cell is it asked which.
SELECT s.subject_no, s.region_no, c.measure_no, c.value, c.obs_status, c.qualifier
FROM cell_values AS c
JOIN row_subjects AS s ON s.row_no = c.row_no
LEFT JOIN disputed_cells AS d ON d.row_no = c.row_no AND d.letter = c.letter
WHERE c.in_force AND c.value IS NOT NULL AND s.doubtful
  AND (d.row_no IS NULL OR c.correction IS NOT NULL)  -- a decision has settled what a corrected number is

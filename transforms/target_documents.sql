-- One row per row of a target form or targets.csv that names its document. Internal.
SELECT submission_id, sheet, "row", doc_no FROM rows_f14 WHERE doc_no IS NOT NULL
UNION ALL
SELECT file AS submission_id, '' AS sheet, CAST(regexp_replace(cell, '[A-Z]', '', 'g') AS INTEGER) AS "row", document AS doc_no
FROM configured_cells WHERE form_id = 'F14' AND document IS NOT NULL

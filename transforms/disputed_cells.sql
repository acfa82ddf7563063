-- One row per cell whose number the file itself contradicts, by the number of its row and its letter. Internal.
SELECT c.row_no, regexp_replace(c.cell, '[0-9]+$', '') AS letter
FROM row_reconciliations AS c
WHERE c.kind IN ('sum', 'category_total') AND c.numerator <> c.printed_value
  AND ratio(c.numerator, c.denominator, 0, 'half_up') * c.denominator <> c.printed_value
UNION
SELECT r.row_no, regexp_replace(f.cell, '[0-9]+$', '') AS letter
FROM intake_findings AS f
JOIN reported_rows AS r
  ON r.submission_id = f.submission_id AND r.sheet = f.sheet AND r."row" = CAST(nullif(regexp_extract(f.cell, '[0-9]+$'), '') AS INTEGER)
WHERE f.severity = 'error' AND f.check_id <> 'MASKED_VALUE'

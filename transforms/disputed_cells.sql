-- One row per cell whose number the file itself contradicts. Internal.
SELECT r.submission_id, r.sheet, c.cell
FROM row_reconciliations AS c
JOIN reported_rows AS r ON r.row_no = c.row_no
WHERE c.kind IN ('sum', 'category_total') AND c.numerator <> c.printed_value
  AND ratio(c.numerator, c.denominator, 0, 'half_up') * c.denominator <> c.printed_value
UNION
SELECT submission_id, sheet, cell FROM intake_findings WHERE severity = 'error' AND check_id <> 'MASKED_VALUE'

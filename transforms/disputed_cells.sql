-- One row per cell whose number the file itself contradicts. Internal.
SELECT submission_id, sheet, cell FROM row_reconciliations
WHERE kind IN ('sum', 'category_total') AND numerator IS NOT NULL
  AND ratio(numerator, denominator, 0, 'half_up') * denominator <> printed_value AND numerator <> printed_value
UNION
SELECT submission_id, sheet, cell FROM intake_findings WHERE severity = 'error' AND check_id <> 'MASKED_VALUE'

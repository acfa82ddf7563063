-- One row per change that a row in force was printed with, in per cent, with the line and region that it is of.
-- Internal. No line: nobody has reported the number itself.
SELECT r.row_no, n.region_no, l.line_no, t.indicator_id, c.kind, c.value AS change_pct, c.cell
FROM printed_values AS c
JOIN reported_rows AS r ON r.row_no = c.row_no
JOIN indicator_terms AS t ON t.form_id = r.form_id AND t.measure = c.measure AND t.category IS NULL
JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id AND s.numerator_terms = 1 AND s.denominator_terms = 0
LEFT JOIN indicator_lines AS l
  ON l.indicator_id = t.indicator_id AND l.period = r.period AND l.span = r.span AND l.basis = r.basis AND l.category = r.category
LEFT JOIN region_numbers AS n ON n.region_id = r.region_id
WHERE c.kind IN ('yoy', 'mom') AND c.state IN ('value', 'level')

-- One row per region and comparison (base_lines) whose base was printed beside the value, with that base and where it stands. Internal.
WITH direct AS (
  SELECT t.indicator_id, t.form_id, t.measure, t.category
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0
)
SELECT m.comparison_no, r.region_no, b.base_value, b.reason, b.submission_id, b.sheet, b.cell
FROM printed_bases AS b
JOIN direct AS d ON d.form_id = b.form_id AND d.measure = b.measure
JOIN indicator_lines AS l
  ON l.indicator_id = d.indicator_id AND l.period = b.period AND l.span = b.span AND l.basis = b.basis
 AND b.category = coalesce(d.category, l.category)
JOIN base_lines AS m ON m.line_no = l.line_no AND m.kind = b.kind
JOIN region_numbers AS r ON r.region_id = b.region_id

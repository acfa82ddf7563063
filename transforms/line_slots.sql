-- One row per line of a yearbook and slot that goes into it: on which side of the fraction, with which sign, and of how many terms.
-- Internal. An annual rate of a year divides by what was so at its end, or by the mean of that and of what was so at the end of the year before
-- (`averaged`: both are needed); one of a stretch from January on by what accumulated in it, where that was reported; every other rate by the same stretch on the same basis.
-- A term with a category of its own is that category's number; any other is of the category of the line.
-- `plain`: the line is this one number and nothing else. `way`: 1, or the further way to the number that the slot is of; `is_condition`: it must be 0.
SELECT
  l.line_no, s.slot_no, 'numerator' AS side, t.sign, i.numerator_terms AS terms, i.numerator_terms = 1 AND i.denominator_terms = 0 AND i.ways = 1 AS plain,
  1 AS way, FALSE AS is_condition
FROM indicator_terms AS t
JOIN indicator_settings AS i ON i.indicator_id = t.indicator_id
JOIN slots AS s ON s.form_id = t.form_id AND s.measure = t.measure AND (t.category IS NULL OR s.category = t.category)
JOIN indicator_lines AS l
  ON l.indicator_id = t.indicator_id AND l.category = CASE WHEN t.category IS NULL THEN s.category ELSE 'TOTAL' END AND l.basis = s.basis
 AND l.period = s.period AND l.span = s.span
WHERE t.side = 'numerator'
UNION ALL
SELECT l.line_no, s.slot_no, 'numerator', w.sign, w.terms, FALSE, w.way, w.is_condition
FROM indicator_ways AS w
JOIN slots AS s ON s.form_id = w.form_id AND s.measure = w.measure
JOIN indicator_lines AS l
  ON l.indicator_id = w.indicator_id AND l.category = s.category AND l.basis = s.basis AND l.period = s.period AND l.span = s.span
UNION ALL
SELECT
  l.line_no, s.slot_no, 'denominator', t.sign, CASE WHEN i.averaged THEN 2 * i.denominator_terms ELSE i.denominator_terms END, FALSE, 1, FALSE
FROM indicator_terms AS t
JOIN indicator_settings AS i ON i.indicator_id = t.indicator_id
JOIN indicator_lines AS l ON l.indicator_id = t.indicator_id
JOIN periods AS p ON p.period = l.period AND p.span = l.span
JOIN slots AS s
  ON s.form_id = t.form_id AND s.measure = t.measure AND s.category = coalesce(t.category, l.category)
 AND (s.period = l.period OR i.averaged AND s.period = p.yoy_period) AND (i.annual AND l.span = 'year' AND s.span = 'stock' OR NOT i.annual AND s.span = l.span AND s.basis = l.basis)
WHERE t.side = 'denominator'
UNION ALL
-- The half year and January to June are one stretch under two names; of what was reported under both the first name counts.
SELECT l.line_no, min(s.slot_no), 'denominator', t.sign, i.denominator_terms, FALSE, 1, FALSE
FROM indicator_terms AS t
JOIN indicator_settings AS i ON i.indicator_id = t.indicator_id AND i.annual
JOIN form_measures AS m ON m.form_id = t.form_id AND m.measure = t.measure AND m.cumulative
JOIN indicator_lines AS l ON l.indicator_id = t.indicator_id AND l.span <> 'year'
JOIN periods AS p ON p.period = l.period AND p.span = l.span AND p.start_month = substr(p.end_month, 1, 4) || '-01'
JOIN periods AS q ON q.end_month = p.end_month AND q.span = 'stock' AND (substr(q.period, 5, 1) = '-' OR substr(q.period, 5, 2) IN ('Q1', 'H1'))
JOIN slots AS s
  ON s.form_id = t.form_id AND s.measure = t.measure AND s.category = coalesce(t.category, l.category) AND s.period = q.period AND s.span = 'stock'
WHERE t.side = 'denominator'
GROUP BY l.line_no, t.form_id, t.measure, t.category, t.sign, i.denominator_terms

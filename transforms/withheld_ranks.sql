-- One row per line that has rankings and region whose number, or a month of it, is counted from the register and withheld.
-- Internal.
SELECT DISTINCT l.line_no, r.region_no
FROM event_figures AS e
JOIN region_numbers AS n ON n.region_id = e.region_id
JOIN region_numbers AS r ON r.canonical_no = n.canonical_no
JOIN indicator_terms AS t ON t.form_id = e.form_id AND t.measure = e.measure
JOIN ranking_lines AS l ON l.line_no > 0 AND l.indicator_id = t.indicator_id AND l.basis = e.basis AND e.category = coalesce(t.category, l.category)
JOIN periods AS p ON p.period = l.period AND p.span = l.span AND e.period BETWEEN p.start_month AND p.end_month
WHERE e.withheld

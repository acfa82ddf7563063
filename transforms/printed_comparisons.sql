-- One row per region and comparison (base_lines) whose base was printed beside the value, with that base and where it stands.
-- Internal. What was printed beside the year to date is the base of the year, half year or quarter that is the same stretch, and the other way
-- round, where nothing was printed beside that itself.
WITH direct AS (
  SELECT t.indicator_id, t.form_id, t.measure, t.category
  FROM indicator_terms AS t
  JOIN indicator_settings AS s ON s.indicator_id = t.indicator_id
  WHERE s.numerator_terms = 1 AND s.denominator_terms = 0
),
stretches AS (
  SELECT period AS printed_period, span AS printed_span, period, span, 1 AS preference FROM periods
  UNION ALL
  SELECT d.period, d.span, p.period, p.span, 2
  FROM periods AS d
  JOIN periods AS p ON p.start_month = d.start_month AND p.end_month = d.end_month AND p.span <> d.span
  WHERE d.span IN ('ytd', 'quarter', 'half', 'year') AND p.span IN ('ytd', 'quarter', 'half', 'year')
),
found AS (
  SELECT
    m.comparison_no, r.region_no, b.base_value, b.reason, b.submission_id, b.sheet, b.cell, p.preference,
    min(p.preference) OVER (PARTITION BY m.comparison_no, r.region_no) AS first_preference
  FROM printed_bases AS b
  JOIN stretches AS p ON p.printed_period = b.period AND p.printed_span = b.span AND (p.preference = 1 OR b.kind = 'yoy')
  JOIN direct AS d ON d.form_id = b.form_id AND d.measure = b.measure
  JOIN indicator_lines AS l
    ON l.indicator_id = d.indicator_id AND l.period = p.period AND l.span = p.span AND l.basis = b.basis
   AND b.category = coalesce(d.category, l.category)
  JOIN base_lines AS m ON m.line_no = l.line_no AND m.kind = b.kind
  JOIN region_numbers AS r ON r.region_id = b.region_id
)
SELECT comparison_no, region_no, base_value, reason, submission_id, sheet, cell
FROM found
WHERE preference = first_preference

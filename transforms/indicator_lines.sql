-- One row per line of a yearbook: an indicator of a category on a basis over a stretch of time, with a number of its own (line_no).
-- Internal. A value is then a line and a region. A line that is one plain number has the number of its slot: its values are those of the slot
-- (`slot_no`), and are found without looking the line up. Where several lines are the same plain number the first has it. `heading_no`: lines of
-- one heading differ in period or basis only. An indicator that is what its name says on some bases only has no line on any other.
WITH plain AS (
  SELECT indicator_id FROM indicator_settings WHERE numerator_terms = 1 AND denominator_terms = 0 AND ways = 1
),
counted AS (
  SELECT
    t.indicator_id, CASE WHEN t.category IS NULL THEN s.category ELSE 'TOTAL' END AS category, s.basis, s.period, s.span,
    max(CASE WHEN p.indicator_id IS NOT NULL AND t.sign = 1 THEN s.slot_no END) AS slot_no
  FROM indicator_terms AS t
  JOIN slots AS s ON s.form_id = t.form_id AND s.measure = t.measure AND (t.category IS NULL OR s.category = t.category)
  JOIN indicator_settings AS i ON i.indicator_id = t.indicator_id
  LEFT JOIN plain AS p ON p.indicator_id = t.indicator_id
  WHERE t.side = 'numerator' AND (i.bases IS NULL OR position('|' || s.basis || '|' IN '|' || i.bases || '|') > 0)
  GROUP BY t.indicator_id, CASE WHEN t.category IS NULL THEN s.category ELSE 'TOTAL' END, s.basis, s.period, s.span
),
-- What a further way leads to, where every number it needs was reported for some region.
led_to AS (
  SELECT DISTINCT w.indicator_id, s.category, s.basis, s.period, s.span
  FROM indicator_ways AS w
  JOIN indicator_settings AS i ON i.indicator_id = w.indicator_id
  JOIN slots AS s ON s.form_id = w.form_id AND s.measure = w.measure
  WHERE i.bases IS NULL OR position('|' || s.basis || '|' IN '|' || i.bases || '|') > 0
  GROUP BY w.indicator_id, w.way, w.terms, s.category, s.basis, s.period, s.span
  HAVING count(*) = w.terms
),
passed_on AS (
  SELECT DISTINCT f.indicator_id, r.category, r.basis, r.period, r.span
  FROM companions AS c
  JOIN reported_rows AS r
    ON r.form_id = c.form_id AND r.submission_id = c.submission_id AND r.sheet = c.sheet AND r."row" = c."row" AND r.span = c.span AND r.in_force
  JOIN form_rates AS f ON f.form_id = c.form_id AND f.printed_id = c.measure
  JOIN indicator_settings AS i ON i.indicator_id = f.indicator_id
  WHERE c.kind = 'rate' AND c.state = 'value' AND (i.bases IS NULL OR position('|' || r.basis || '|' IN '|' || i.bases || '|') > 0)
),
lines AS (
  SELECT indicator_id, category, basis, period, span, slot_no FROM counted
  UNION ALL
  SELECT d.indicator_id, d.category, d.basis, d.period, d.span, CAST(NULL AS INTEGER)
  FROM led_to AS d
  WHERE NOT EXISTS (
    SELECT 1 FROM counted AS c
    WHERE c.indicator_id = d.indicator_id AND c.category = d.category AND c.basis = d.basis AND c.period = d.period AND c.span = d.span)
  UNION ALL
  SELECT p.indicator_id, p.category, p.basis, p.period, p.span, CAST(NULL AS INTEGER)
  FROM passed_on AS p
  WHERE NOT EXISTS (
    SELECT 1 FROM counted AS c
    WHERE c.indicator_id = p.indicator_id AND c.category = p.category AND c.basis = p.basis AND c.period = p.period AND c.span = p.span)
    AND NOT EXISTS (
      SELECT 1 FROM led_to AS d
      WHERE d.indicator_id = p.indicator_id AND d.category = p.category AND d.basis = p.basis AND d.period = p.period AND d.span = p.span)
),
chosen AS (
  SELECT
    lines.*, CASE WHEN slot_no IS NOT NULL AND row_number() OVER (PARTITION BY slot_no ORDER BY indicator_id) = 1 THEN slot_no END AS first_of_slot
  FROM lines
)
SELECT
  coalesce(first_of_slot, CAST((SELECT coalesce(max(slot_no), 0) FROM slots) + row_number() OVER (
    PARTITION BY first_of_slot IS NULL ORDER BY indicator_id, category, basis, period, span) AS INTEGER)) AS line_no,
  CAST(dense_rank() OVER (ORDER BY indicator_id, category, span) AS INTEGER) AS heading_no, slot_no, indicator_id, category, basis, period, span
FROM chosen

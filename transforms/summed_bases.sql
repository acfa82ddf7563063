-- One row per year-on-year comparison (base_lines) and region that has others inside it, for the regions of one depth of the tree
-- (parameters.depth), where no base was printed for the region itself: the sum of the bases of its included children, once every one has one.
-- Internal. The engine runs it from the deepest level up, appending; the levels below are then in summed_bases. It has a source of its own only
-- where it is of a single child that was printed with it. A child that was split or merged in between has no base.
WITH parents AS (
  SELECT region_no, region_id FROM region_numbers WHERE region_no < 0 AND depth = (SELECT depth FROM parameters)
),
children AS (
  SELECT DISTINCT p.region_no AS parent_no, n.region_no, r.valid_from, r.valid_to
  FROM region_settings AS r
  JOIN parents AS p ON p.region_id = r.parent_id
  JOIN region_numbers AS n ON n.region_id = r.region_id
  WHERE r.included_in_parent
),
-- Only what can be added up over regions.
summable AS (
  SELECT m.comparison_no, p.end_date
  FROM base_lines AS m
  JOIN indicator_lines AS l ON l.line_no = m.line_no
  JOIN periods AS p ON p.period = l.period AND p.span = l.span
  JOIN indicator_terms AS t ON t.indicator_id = l.indicator_id AND t.side = 'numerator'
  JOIN form_measures AS f ON f.form_id = t.form_id AND f.measure = t.measure AND f.additive
  WHERE m.kind = 'yoy' AND m.comparison_no IN (SELECT comparison_no FROM printed_comparisons)
),
expected AS (
  SELECT c.parent_no, d.end_date, count(DISTINCT c.region_no) AS children_total
  FROM children AS c
  JOIN (SELECT DISTINCT end_date FROM summable) AS d
    ON (c.valid_from IS NULL OR c.valid_from <= d.end_date) AND (c.valid_to IS NULL OR c.valid_to > d.end_date)
  GROUP BY c.parent_no, d.end_date
),
bases AS (
  SELECT comparison_no, region_no, base_value, submission_id, sheet, cell FROM printed_comparisons
  UNION ALL
  SELECT comparison_no, region_no, base_value, submission_id, sheet, cell FROM summed_bases
),
summed AS (
  SELECT
    b.comparison_no, c.parent_no, s.end_date, CAST(sum(b.base_value) AS DECIMAL(24,6)) AS base_value, count(*) AS children_printed,
    min(b.submission_id) AS submission_id, min(b.sheet) AS sheet, min(b.cell) AS cell
  FROM bases AS b
  JOIN summable AS s ON s.comparison_no = b.comparison_no
  JOIN children AS c
    ON c.region_no = b.region_no AND (c.valid_from IS NULL OR c.valid_from <= s.end_date) AND (c.valid_to IS NULL OR c.valid_to > s.end_date)
  WHERE NOT EXISTS (SELECT 1 FROM division_breaks AS x WHERE x.comparison_no = b.comparison_no AND x.region_no = b.region_no)
  GROUP BY b.comparison_no, c.parent_no, s.end_date
)
SELECT
  s.comparison_no, s.parent_no AS region_no, s.base_value, CASE WHEN s.children_printed = 1 THEN s.submission_id END AS submission_id,
  CASE WHEN s.children_printed = 1 THEN s.sheet END AS sheet, CASE WHEN s.children_printed = 1 THEN s.cell END AS cell
FROM summed AS s
JOIN expected AS e ON e.parent_no = s.parent_no AND e.end_date = s.end_date AND e.children_total = s.children_printed
WHERE NOT EXISTS (SELECT 1 FROM printed_comparisons AS p WHERE p.comparison_no = s.comparison_no AND p.region_no = s.parent_no)

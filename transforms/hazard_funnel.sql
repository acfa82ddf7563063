-- One row per region, stretch of time, sector and step of the closed loop (found, ordered, listed, accepted, closed): how many of the listed
-- hazards found in that stretch have taken the step by now, how many of them took the step before it, and the days between the two.
-- Counted are the steps of hazard_steps. Listing may be skipped, so a share is of those that took the step before and never above 100.
WITH counted AS (
  SELECT
    a.ancestor_id AS region_id, p.period, p.span, k.ancestor AS category, s.position, s.step, count(*) AS hazards,
    sum(CASE WHEN s.before THEN 1 ELSE 0 END) AS from_previous, sum(s.days) AS days, count(s.days) AS dated
  FROM hazard_steps AS s
  JOIN region_ancestors AS a ON a.region_id = s.region_id
  JOIN code_lineage AS k ON k.list = 'hazard_sector' AND k.code = s.sector
  JOIN register_stretches AS r ON r.form_id = 'F05'
  JOIN periods AS p
    ON p.span IN ('month', 'quarter', 'half', 'year', 'ytd') AND strftime(s.found_on, '%Y-%m') BETWEEN p.start_month AND p.end_month
   AND p.start_month >= r.first_month AND p.end_month <= r.last_month
  GROUP BY a.ancestor_id, p.period, p.span, k.ancestor, s.position, s.step
)
SELECT
  c.region_id, c.period, c.span, c.category, c.position, c.step, c.hazards,
  CASE WHEN c.position > 1 THEN CAST(c.from_previous AS BIGINT) END AS from_previous,
  CASE WHEN c.position > 1 THEN ratio(c.from_previous * 100, b.hazards, 2, 'half_up') END AS share_of_previous_pct,
  ratio(c.hazards * 100, f.hazards, 2, 'half_up') AS share_of_found_pct, ratio(c.days, c.dated, 1, 'half_up') AS average_days
FROM counted AS c
JOIN counted AS f
  ON f.region_id = c.region_id AND f.period = c.period AND f.span = c.span AND f.category = c.category AND f.position = 1
LEFT JOIN counted AS b
  ON b.region_id = c.region_id AND b.period = c.period AND b.span = c.span AND b.category = c.category AND b.position = c.position - 1

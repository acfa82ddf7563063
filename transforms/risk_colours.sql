-- One row per region, quarter, kind of object (enterprises, risk points; by size where reported), scale and level: how many are graded so.
-- A scale of fewer colours takes several of the form's four together. A level of which a colour was not reported has no row.
WITH graded AS (
  SELECT
    r.region_id, l.period, l.category, g.scale, g."level", g.colour, sum(v.value) AS units
  FROM risk_grades AS g
  JOIN indicator_lines AS l ON l.indicator_id = 'F11.' || g.measure AND l.span = 'stock'
  JOIN indicator_values AS v ON v.line_no = l.line_no
  JOIN region_numbers AS r ON r.region_no = v.region_no
  WHERE NOT v.partial AND v.value IS NOT NULL AND l.category <> 'TOTAL'
  GROUP BY r.region_id, l.period, l.category, g.scale, g."level", g.colour, g.colours
  HAVING count(*) = g.colours
),
assessed AS (
  SELECT region_id, period, category, scale, sum(units) AS units, count(*) AS levels
  FROM graded
  GROUP BY region_id, period, category, scale
)
SELECT
  g.region_id, g.period, g.category, g.scale, g."level", g.colour, CAST(g.units AS BIGINT) AS units,
  CASE WHEN a.levels = n.levels THEN ratio(g.units * 100, a.units, 2, 'half_up') END AS share_pct
FROM graded AS g
JOIN assessed AS a ON a.region_id = g.region_id AND a.period = g.period AND a.category = g.category AND a.scale = g.scale
JOIN (SELECT scale, count(DISTINCT "level") AS levels FROM risk_grades GROUP BY scale) AS n ON n.scale = g.scale

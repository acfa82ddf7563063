-- One row per region, month and industry (TOTAL: the region as a whole): the warning index, 0 to 100 where more is worse, its level (1 is the
-- worst) and colour on the scale in force. The edge of a level belongs to it. With too few components there is an index of nothing: no level.
WITH applicable AS (
  SELECT s.industry, sum(c.weight) AS weights
  FROM warning_scopes AS s
  JOIN warning_parts AS c ON c.component = s.component
  GROUP BY s.industry
),
summed AS (
  SELECT
    p.region_id, p.period, p.industry, sum(p.pressure * p.weight) AS weighted, sum(p.weight) AS weights,
    string_agg(p.component || '=' || CAST(CAST(p.pressure AS DECIMAL(9,2)) AS VARCHAR), '; ' ORDER BY p.position) AS components
  FROM warning_components AS p
  GROUP BY p.region_id, p.period, p.industry
),
covered AS (
  SELECT s.region_id, s.period, s.industry, s.weighted, s.weights, s.components, ratio(s.weights * 100, a.weights, 2, 'half_up') AS covered_pct
  FROM summed AS s
  JOIN applicable AS a ON a.industry = s.industry
),
indexed AS (
  SELECT
    c.region_id, c.period, c.industry, c.components, c.covered_pct, w.scale,
    CASE WHEN c.covered_pct >= w.least_covered THEN ratio(c.weighted, c.weights, w.decimals, 'half_up') END AS index_value
  FROM covered AS c
  CROSS JOIN warning_index AS w
),
levelled AS (
  SELECT i.region_id, i.period, i.industry, min(l."level") AS "level"
  FROM indexed AS i
  JOIN warning_scales AS l ON l.scale = i.scale AND (i.index_value > l.lowest OR i.index_value = l.lowest AND l.inclusive)
  GROUP BY i.region_id, i.period, i.industry
)
SELECT
  i.region_id, i.period, i.industry, i.index_value, v."level", s.colour, i.scale, i.components, i.covered_pct
FROM indexed AS i
LEFT JOIN levelled AS v ON v.region_id = i.region_id AND v.period = i.period AND v.industry = i.industry
LEFT JOIN warning_scales AS s ON s.scale = i.scale AND s."level" = v."level"

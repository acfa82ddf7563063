-- One row per region and comparison (base_lines) of two whole numbers that chance has something to say of, or that are fractions.
-- Internal. `raw_now` and `raw_base`: the rates unrounded, where the jurisdiction compares those (`rounding.rate_yoy_from`).
WITH pairs AS (
  SELECT
    m.comparison_no, v.region_no, m.chance, v.value, o.value AS base_value, v.numerator, v.denominator, o.numerator AS base_numerator,
    o.denominator AS base_denominator, s.scale
  FROM base_lines AS m
  JOIN indicator_values AS v ON v.line_no = m.line_no
  JOIN region_numbers AS r ON r.region_no = v.region_no
  JOIN (
    SELECT * FROM base_values WHERE line_no IN (SELECT base_line_no FROM base_lines WHERE NOT simple AND base_line_no IS NOT NULL) AND NOT partial
  ) AS o ON o.line_no = m.base_line_no AND o.canonical_no = r.canonical_no
  JOIN indicator_lines AS l ON l.line_no = m.line_no
  JOIN indicator_settings AS s ON s.indicator_id = l.indicator_id
  WHERE NOT m.simple AND m.base_line_no IS NOT NULL AND v.value IS NOT NULL AND NOT v.partial
    AND NOT EXISTS (SELECT 1 FROM division_breaks AS x WHERE x.comparison_no = m.comparison_no AND x.region_no = v.region_no)
),
-- The tests are dear: equal numbers are tested once.
tested AS (
  SELECT
    chance, numerator, of_all, base_numerator, base_of_all,
    chance_p_value(
      chance, CAST(numerator AS DOUBLE), CAST(of_all AS DOUBLE), CAST(base_numerator AS DOUBLE), CAST(base_of_all AS DOUBLE)) AS p_value
  FROM (
    SELECT DISTINCT chance, numerator, coalesce(denominator, 1) AS of_all, base_numerator, coalesce(base_denominator, 1) AS base_of_all
    FROM pairs
    WHERE chance IS NOT NULL
  ) AS different
)
SELECT
  p.comparison_no, p.region_no, p.value, p.base_value,
  CASE WHEN r.raw_rates AND p.denominator IS NOT NULL AND p.base_denominator IS NOT NULL THEN ratio(p.numerator * p.scale, p.denominator, 6, 'half_up')
    END AS raw_now,
  CASE WHEN r.raw_rates AND p.denominator IS NOT NULL AND p.base_denominator IS NOT NULL
    THEN ratio(p.base_numerator * p.scale, p.base_denominator, 6, 'half_up') END AS raw_base,
  t.p_value
FROM pairs AS p
CROSS JOIN parameters AS r
LEFT JOIN tested AS t
  ON t.chance = p.chance AND t.numerator = p.numerator AND t.of_all = coalesce(p.denominator, 1) AND t.base_numerator = p.base_numerator
 AND t.base_of_all = coalesce(p.base_denominator, 1)

-- One row per word for how exact a number is, with a bit of its own: what a sum is made of is then the bits of its parts together.
-- Internal. The sums of the other tables know the bits of the first four.
SELECT 'exact' AS qualifier, CAST(1 AS BIGINT) AS bit
UNION ALL
SELECT 'ge', 2
UNION ALL
SELECT 'recovered', 4
UNION ALL
SELECT 'approx', 8
UNION ALL
SELECT qualifier, CAST(power(2, 3 + row_number() OVER (ORDER BY qualifier)) AS BIGINT)
FROM (SELECT DISTINCT qualifier FROM reported_cells WHERE qualifier NOT IN ('exact', 'ge', 'recovered', 'approx')) AS others

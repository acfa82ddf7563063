-- One row per region: a number of its own, and that of the region it is today.
-- Internal. The number of a region with others inside it is below zero. A region that only a change of division
-- names has no level. `alone`: no other region is the same one today.
WITH settings AS (
  SELECT region_id, min("level") AS "level", min(depth) AS depth FROM region_settings GROUP BY region_id
),
today AS (
  SELECT region_id, min(canonical_id) AS canonical_id FROM region_lineage GROUP BY region_id
),
numbered AS (
  SELECT
    CAST(CASE WHEN s.has_parts THEN -1 ELSE 1 END * row_number() OVER (ORDER BY n.region_id) AS INTEGER) AS region_no, n.region_id, s."level", s.depth
  FROM (SELECT region_id FROM settings UNION SELECT canonical_id FROM today) AS n
  LEFT JOIN (
    SELECT settings.*, region_id IN (SELECT parent_id FROM region_settings WHERE included_in_parent AND parent_id IS NOT NULL) AS has_parts
    FROM settings
  ) AS s ON s.region_id = n.region_id
)
SELECT
  n.region_no, n.region_id, n."level", n.depth, c.region_no AS canonical_no, count(*) OVER (PARTITION BY c.region_no) = 1 AS alone
FROM numbered AS n
LEFT JOIN today AS t ON t.region_id = n.region_id
LEFT JOIN numbered AS c ON c.region_id = t.canonical_id

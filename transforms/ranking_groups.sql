-- One row per region and group that it is ranked in at some time: the regions of its level, all of them or those of a peer group.
-- Internal.
WITH peers AS (
  SELECT 'all' AS peer_group, region_id FROM region_settings
  UNION
  SELECT peer_group, region_id FROM peer_groups
)
SELECT CAST(dense_rank() OVER (ORDER BY peer_group, "level") AS INTEGER) AS group_no, peer_group, "level", region_no
FROM (
  SELECT DISTINCT p.peer_group, r."level", n.region_no
  FROM peers AS p
  JOIN region_settings AS r ON r.region_id = p.region_id
  JOIN region_numbers AS n ON n.region_id = p.region_id
) AS g

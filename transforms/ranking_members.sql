-- One row per day on which a period ends, group and region that belongs into it on that day.
-- Internal. `counted`: it counts towards the ranks of others; `ranked`: it has a rank itself.
SELECT DISTINCT d.end_date, g.group_no, g.region_no, r.ranked, r.counted
FROM (SELECT DISTINCT end_date FROM ranking_lines) AS d
JOIN region_settings AS r ON (r.valid_from IS NULL OR r.valid_from <= d.end_date) AND (r.valid_to IS NULL OR r.valid_to > d.end_date)
JOIN region_numbers AS n ON n.region_id = r.region_id
JOIN ranking_groups AS g ON g.region_no = n.region_no AND g."level" = r."level"

-- One row per comparison (base_lines) and region that was split or merged between its two periods. Internal.
SELECT DISTINCT m.comparison_no, r.region_no
FROM base_lines AS m
JOIN periods AS b ON b.period = m.base_period AND b.span = m.span
JOIN region_breaks AS k ON k.month > b.end_month AND k.month <= m.end_month
JOIN region_numbers AS r ON r.region_id = k.region_id

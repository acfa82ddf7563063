-- One row per line and number of a region as it is today: what later periods are compared with.
-- Internal. A view. Of several regions that are one today there is a base only where a single one of them has the number.
SELECT v.line_no, r.canonical_no, v.value, v.numerator, v.denominator, v.partial
FROM indicator_values AS v
JOIN region_numbers AS r ON r.region_no = v.region_no
WHERE r.alone AND v.value IS NOT NULL
UNION ALL
SELECT line_no, canonical_no, value, numerator, denominator, partial FROM merged_values

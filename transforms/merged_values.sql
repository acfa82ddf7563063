-- One row per line and region of today that several regions were before, of which a single one has the number. Internal.
SELECT
  v.line_no, r.canonical_no, max(v.value) AS value, max(v.numerator) AS numerator, max(v.denominator) AS denominator, bool_or(v.partial) AS partial
FROM indicator_values AS v
JOIN region_numbers AS r ON r.region_no = v.region_no
WHERE NOT r.alone AND v.value IS NOT NULL
GROUP BY v.line_no, r.canonical_no
HAVING count(*) = 1

-- One row per region and simple comparison (base_lines) of two numbers that both are whole: there is nothing to say of it but the change.
-- Internal. Two thirds of all that have a base; the others are in tested_comparisons and explained_comparisons.
WITH pairs AS (
  SELECT m.comparison_no, s.slot_no, b.slot_no AS base_slot_no, s.sign
  FROM base_lines AS m
  JOIN line_slots AS s ON s.line_no = m.line_no
  JOIN line_slots AS b ON b.line_no = m.base_line_no
  WHERE m.simple
),
-- Of several regions that are one today there is a base only where a single one of them has the number.
known AS (
  SELECT v.slot_no, r.canonical_no, v.value
  FROM regional_values AS v
  JOIN region_numbers AS r ON r.region_no = v.region_no
  WHERE r.alone AND NOT v.partial
  UNION ALL
  SELECT v.slot_no, r.canonical_no, max(v.value)
  FROM regional_values AS v
  JOIN region_numbers AS r ON r.region_no = v.region_no
  WHERE NOT r.alone
  GROUP BY v.slot_no, r.canonical_no
  HAVING count(*) = 1 AND NOT bool_or(v.partial)
)
SELECT
  p.comparison_no, v.region_no, CASE WHEN p.sign = 1 THEN v.value ELSE -v.value END AS value,
  CASE WHEN p.sign = 1 THEN k.value ELSE -k.value END AS base_value
FROM regional_values AS v
JOIN pairs AS p ON p.slot_no = v.slot_no
JOIN region_numbers AS r ON r.region_no = v.region_no
JOIN known AS k ON k.slot_no = p.base_slot_no AND k.canonical_no = r.canonical_no
WHERE NOT v.partial
  AND NOT EXISTS (SELECT 1 FROM division_breaks AS x WHERE x.comparison_no = p.comparison_no AND x.region_no = v.region_no)

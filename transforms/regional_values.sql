-- One row per slot and region: the sum of the regions inside it (summed_values), or its own number where there are none.
-- Internal. A view: nothing is stored twice. `source`: 1 the regions inside, 2 ledger, 3 the region's own report, 4 its months, 5 register, 6 the categories.
SELECT
  v.slot_no, v.region_no, v.value, v.recovered, v.qualifiers, v.source, FALSE AS partial, v.value AS own_value,
  CAST(NULL AS DECIMAL(24,6)) AS children_value, CAST(0 AS BIGINT) AS children_reported, CAST(0 AS BIGINT) AS children_total
FROM own_values AS v
WHERE v.region_no > 0
UNION ALL
SELECT
  v.slot_no, v.region_no, v.value, v.recovered, v.qualifiers, v.source, v.partial, v.own_value, v.children_value, v.children_reported,
  v.children_total
FROM summed_values AS v

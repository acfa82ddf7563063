-- One row per slot and region that has others inside it, for the regions of one depth of the tree (parameters.depth): the sum of its included
-- children once all of them have reported, otherwise its own figure, otherwise a partial sum that is shown but neither ranked nor compared. Of a
-- denominator (form_measures.from_parts) the own figure comes first.
-- Internal. The engine runs it from the deepest level up, appending; the levels below are then in summed_values.
WITH parents AS (
  SELECT region_no, region_id FROM region_numbers WHERE region_no < 0 AND depth = (SELECT depth FROM parameters)
),
children AS (
  SELECT DISTINCT p.region_no AS parent_no, n.region_no
  FROM region_settings AS r
  JOIN parents AS p ON p.region_id = r.parent_id
  JOIN region_numbers AS n ON n.region_id = r.region_id
  WHERE r.included_in_parent
),
own AS (
  SELECT v.slot_no, v.region_no, v.value, v.recovered, v.qualifiers, v.source
  FROM own_values AS v
  WHERE v.region_no < 0 AND v.region_no IN (SELECT region_no FROM parents)
),
-- The regions without others inside that make up a parent: how much has reported is counted by them, however deep they lie.
expected AS (
  SELECT p.region_no AS parent_no, q.period, q.span, count(DISTINCT n.region_no) AS children_total
  FROM parents AS p
  JOIN region_ancestors AS a ON a.ancestor_id = p.region_id
  JOIN region_numbers AS n ON n.region_id = a.region_id AND n.region_no > 0
  JOIN region_settings AS r ON r.region_id = n.region_id
  JOIN periods AS q
    ON (r.valid_from IS NULL OR r.valid_from <= q.end_date) AND (r.valid_to IS NULL OR r.valid_to > q.end_date)
  GROUP BY p.region_no, q.period, q.span
),
expected_slots AS (
  SELECT e.parent_no, s.slot_no, e.children_total, s.kind
  FROM expected AS e
  JOIN slots AS s ON s.period = e.period AND s.span = e.span
),
parts AS (
  SELECT c.parent_no, v.slot_no, v.value, v.recovered, v.qualifiers, 1 AS reported
  FROM own_values AS v
  JOIN children AS c ON c.region_no = v.region_no
  WHERE v.region_no > 0
  UNION ALL
  SELECT c.parent_no, v.slot_no, v.value, v.recovered, v.qualifiers, CASE WHEN v.partial THEN v.children_reported ELSE v.children_total END
  FROM summed_values AS v
  JOIN children AS c ON c.region_no = v.region_no
),
-- What lives and produces in a zone is in the denominators of the divisions already. These are counted and not what lies below them, because a
-- division that has a denominator of its own needs none from below.
divisions AS (
  SELECT p.region_no AS parent_no, s.slot_no, n.region_no
  FROM slots AS s
  JOIN form_measures AS f ON f.form_id = s.form_id AND f.measure = s.measure AND f.from_parts
  JOIN periods AS q ON q.period = s.period AND q.span = s.span
  JOIN region_settings AS r
    ON (r.valid_from IS NULL OR r.valid_from <= q.end_date) AND (r.valid_to IS NULL OR r.valid_to > q.end_date) AND r.included_in_parent
   AND r.kind = 'division'
  JOIN parents AS p ON p.region_id = r.parent_id
  JOIN region_numbers AS n ON n.region_id = r.region_id
),
denominators AS (
  SELECT
    d.parent_no, d.slot_no, CAST(sum(v.value) AS DECIMAL(24,6)) AS value, bool_or(v.recovered) AS recovered, bit_or(v.qualifiers) AS bits,
    sum(CASE WHEN NOT v.partial THEN 1 ELSE 0 END) AS children_reported, count(*) AS children_total
  FROM divisions AS d
  LEFT JOIN (
    SELECT slot_no, region_no, value, recovered, qualifiers, FALSE AS partial FROM own_values WHERE region_no > 0
    UNION ALL
    SELECT slot_no, region_no, value, recovered, qualifiers, partial FROM summed_values
  ) AS v ON v.slot_no = d.slot_no AND v.region_no = d.region_no
  GROUP BY d.parent_no, d.slot_no
  HAVING count(v.value) > 0
),
from_children AS (
  SELECT
    p.parent_no AS region_no, p.slot_no, CAST(sum(p.value) AS DECIMAL(24,6)) AS value, bool_or(p.recovered) AS recovered, bit_or(p.qualifiers) AS bits,
    sum(p.reported) AS children_reported, CAST(NULL AS BIGINT) AS children_total
  FROM parts AS p
  JOIN slots AS s ON s.slot_no = p.slot_no AND s.additive
  GROUP BY p.parent_no, p.slot_no
  UNION ALL
  SELECT parent_no, slot_no, value, recovered, bits, children_reported, children_total FROM denominators
),
joined AS (
  SELECT
    coalesce(o.slot_no, c.slot_no) AS slot_no, coalesce(o.region_no, c.region_no) AS region_no,
    o.value AS own_value, o.recovered AS own_recovered, o.qualifiers AS own_qualifiers, o.source AS own_source,
    c.value AS children_value, c.recovered AS children_recovered, qualifier_of_sum(c.bits) AS children_qualifiers,
    coalesce(c.children_reported, 0) AS children_reported, c.children_total AS divisions_total
  FROM own AS o
  FULL JOIN from_children AS c ON c.region_no = o.region_no AND c.slot_no = o.slot_no
),
judged AS (
  SELECT
    j.*, coalesce(j.divisions_total, e.children_total, 0) AS children_total,
    j.children_value IS NOT NULL AND j.children_reported = coalesce(j.divisions_total, e.children_total, 0) AND j.children_reported > 0
      -- What is counted from a register holds the regions below already.
      AND NOT (j.own_value IS NOT NULL AND (j.divisions_total IS NOT NULL OR coalesce(e.kind, '') IN ('events', 'event_stock'))) AS complete
  FROM joined AS j
  LEFT JOIN expected_slots AS e ON e.parent_no = j.region_no AND e.slot_no = j.slot_no
)
SELECT
  slot_no, region_no,
  CASE WHEN complete THEN children_value WHEN own_value IS NOT NULL THEN own_value ELSE children_value END AS value,
  CASE WHEN complete THEN children_recovered WHEN own_value IS NOT NULL THEN own_recovered ELSE children_recovered END AS recovered,
  CASE WHEN complete THEN children_qualifiers WHEN own_value IS NOT NULL THEN own_qualifiers ELSE children_qualifiers END AS qualifiers,
  CASE WHEN complete THEN 1 WHEN own_value IS NOT NULL THEN own_source ELSE 1 END AS source,
  NOT complete AND own_value IS NULL AS partial,
  own_value, children_value, children_reported, children_total
FROM judged

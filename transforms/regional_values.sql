-- One row per slot and region, for the regions of one depth of the tree (parameters.depth): the sum of its included children once all
-- of them have reported, otherwise its own figure, otherwise a partial sum that is shown but neither ranked nor compared.
-- Internal. The engine runs it from the deepest level up, appending; the levels below are then in regional_values.
WITH parents AS (
  SELECT DISTINCT region_id FROM region_settings WHERE depth = (SELECT depth FROM parameters)
),
children AS (
  SELECT DISTINCT parent_id, region_id, valid_from, valid_to
  FROM region_settings
  WHERE included_in_parent AND parent_id IN (SELECT region_id FROM parents)
),
own AS (
  SELECT v.slot_no, v.region_id, v.value, v.obs_status, v.qualifier, v.source
  FROM own_values AS v
  WHERE v.region_id IN (SELECT region_id FROM parents)
),
expected AS (
  SELECT c.parent_id, p.period, p.span, count(DISTINCT c.region_id) AS children_total
  FROM children AS c
  JOIN periods AS p
    ON (c.valid_from IS NULL OR c.valid_from <= p.end_date) AND (c.valid_to IS NULL OR c.valid_to > p.end_date)
  GROUP BY c.parent_id, p.period, p.span
),
expected_slots AS (
  SELECT e.parent_id, s.slot_no, e.children_total, s.kind
  FROM expected AS e
  JOIN slots AS s ON s.period = e.period AND s.span = e.span
),
from_children AS (
  SELECT
    c.parent_id AS region_id, r.slot_no, sum(r.value) AS value,
    CASE WHEN min(r.obs_status) = max(r.obs_status) THEN min(r.obs_status) ELSE 'recovered' END AS obs_status,
    CASE WHEN min(r.qualifier) = max(r.qualifier) THEN min(r.qualifier)
      WHEN sum(CASE WHEN r.qualifier NOT IN ('exact', 'ge') THEN 1 ELSE 0 END) = 0 THEN 'ge'
      WHEN sum(CASE WHEN r.qualifier NOT IN ('exact', 'recovered') THEN 1 ELSE 0 END) = 0 THEN 'recovered'
      ELSE 'approx' END AS qualifier,
    sum(CASE WHEN r.partial THEN 0 ELSE 1 END) AS children_reported
  FROM regional_values AS r
  JOIN slots AS s ON s.slot_no = r.slot_no AND s.additive
  JOIN (SELECT DISTINCT parent_id, region_id FROM children) AS c ON c.region_id = r.region_id
  GROUP BY c.parent_id, r.slot_no
),
joined AS (
  SELECT
    coalesce(o.slot_no, c.slot_no) AS slot_no, coalesce(o.region_id, c.region_id) AS region_id,
    o.value AS own_value, o.obs_status AS own_status, o.qualifier AS own_qualifier, o.source AS own_source,
    c.value AS children_value, c.obs_status AS children_status, c.qualifier AS children_qualifier,
    coalesce(c.children_reported, 0) AS children_reported
  FROM own AS o
  FULL JOIN from_children AS c ON c.region_id = o.region_id AND c.slot_no = o.slot_no
),
judged AS (
  SELECT
    j.*, coalesce(e.children_total, 0) AS children_total,
    j.children_value IS NOT NULL AND j.children_reported = coalesce(e.children_total, 0) AND j.children_reported > 0
      -- What is counted from a register holds the regions below already.
      AND NOT (j.own_value IS NOT NULL AND coalesce(e.kind, '') IN ('events', 'event_stock')) AS complete
  FROM joined AS j
  LEFT JOIN expected_slots AS e ON e.parent_id = j.region_id AND e.slot_no = j.slot_no
)
SELECT
  slot_no, region_id,
  CASE WHEN complete THEN children_value WHEN own_value IS NOT NULL THEN own_value ELSE children_value END AS value,
  CASE WHEN complete THEN children_status WHEN own_value IS NOT NULL THEN own_status ELSE children_status END AS obs_status,
  CASE WHEN complete THEN children_qualifier WHEN own_value IS NOT NULL THEN own_qualifier ELSE children_qualifier END AS qualifier,
  CASE WHEN complete THEN 'children' WHEN own_value IS NOT NULL THEN own_source ELSE 'children' END AS source,
  NOT complete AND own_value IS NULL AS partial,
  own_value, children_value, children_reported, children_total
FROM judged

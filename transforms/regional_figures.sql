-- One row per number of a region, for the regions of one depth of the tree (parameters.depth): the sum of its included children once all
-- of them have reported, otherwise its own figure, otherwise a partial sum that is shown but neither ranked nor compared.
-- Internal. The engine runs it from the deepest level up, appending; the levels below are then in regional_figures.
WITH parents AS (
  SELECT DISTINCT region_id FROM region_settings WHERE depth = (SELECT depth FROM parameters)
),
children AS (
  SELECT DISTINCT parent_id, region_id, valid_from, valid_to
  FROM region_settings
  WHERE included_in_parent AND parent_id IN (SELECT region_id FROM parents)
),
own AS (
  SELECT s.* FROM span_figures AS s WHERE s.region_id IN (SELECT region_id FROM parents)
),
expected AS (
  SELECT c.parent_id, p.period, p.span, count(DISTINCT c.region_id) AS children_total
  FROM children AS c
  JOIN periods AS p
    ON (c.valid_from IS NULL OR c.valid_from <= p.end_date) AND (c.valid_to IS NULL OR c.valid_to > p.end_date)
  GROUP BY c.parent_id, p.period, p.span
),
from_children AS (
  SELECT
    c.parent_id AS region_id, r.period, r.span, r.basis, r.form_id, r.category, r.measure, sum(r.value) AS value, min(r.unit) AS unit,
    CASE WHEN min(r.obs_status) = max(r.obs_status) THEN min(r.obs_status) ELSE 'recovered' END AS obs_status,
    CASE WHEN min(r.qualifier) = max(r.qualifier) THEN min(r.qualifier)
      WHEN sum(CASE WHEN r.qualifier NOT IN ('exact', 'ge') THEN 1 ELSE 0 END) = 0 THEN 'ge'
      WHEN sum(CASE WHEN r.qualifier NOT IN ('exact', 'recovered') THEN 1 ELSE 0 END) = 0 THEN 'recovered'
      ELSE 'approx' END AS qualifier,
    sum(CASE WHEN r.partial THEN 0 ELSE 1 END) AS children_reported, min(r.kind) AS kind
  FROM regional_figures AS r
  JOIN (SELECT DISTINCT parent_id, region_id FROM children) AS c ON c.region_id = r.region_id
  WHERE r.additive
  GROUP BY c.parent_id, r.period, r.span, r.basis, r.form_id, r.category, r.measure
),
joined AS (
  SELECT
    coalesce(o.region_id, c.region_id) AS region_id, coalesce(o.period, c.period) AS period, coalesce(o.span, c.span) AS span,
    coalesce(o.basis, c.basis) AS basis, coalesce(o.form_id, c.form_id) AS form_id, coalesce(o.category, c.category) AS category,
    coalesce(o.measure, c.measure) AS measure, coalesce(o.unit, c.unit) AS unit, coalesce(o.kind, c.kind) AS kind,
    coalesce(o.additive, TRUE) AS additive, o.value AS own_value, o.obs_status AS own_status, o.qualifier AS own_qualifier,
    o.source AS own_source, c.value AS children_value, c.obs_status AS children_status, c.qualifier AS children_qualifier,
    coalesce(c.children_reported, 0) AS children_reported
  FROM own AS o
  FULL JOIN from_children AS c
    ON c.region_id = o.region_id AND c.period = o.period AND c.span = o.span AND c.basis = o.basis AND c.form_id = o.form_id
   AND c.category = o.category AND c.measure = o.measure
),
judged AS (
  SELECT
    j.*, coalesce(e.children_total, 0) AS children_total,
    j.children_value IS NOT NULL AND j.children_reported = coalesce(e.children_total, 0) AND j.children_reported > 0
      -- What is counted from a register holds the regions below already.
      AND NOT (j.kind IN ('events', 'event_stock') AND j.own_value IS NOT NULL) AS complete
  FROM joined AS j
  LEFT JOIN expected AS e ON e.parent_id = j.region_id AND e.period = j.period AND e.span = j.span
)
SELECT
  region_id, period, span, basis, form_id, category, measure,
  CASE WHEN complete THEN children_value WHEN own_value IS NOT NULL THEN own_value ELSE children_value END AS value,
  unit,
  CASE WHEN complete THEN children_status WHEN own_value IS NOT NULL THEN own_status ELSE children_status END AS obs_status,
  CASE WHEN complete THEN children_qualifier WHEN own_value IS NOT NULL THEN own_qualifier ELSE children_qualifier END AS qualifier,
  additive, kind,
  CASE WHEN complete THEN 'children' WHEN own_value IS NOT NULL THEN own_source ELSE 'children' END AS source,
  NOT complete AND own_value IS NULL AS partial,
  own_value, children_value, children_reported, children_total
FROM judged

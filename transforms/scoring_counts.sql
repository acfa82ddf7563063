-- One row per region, counted metric and month: how many of the things that assessment schemes count (scoring_cases) are in a region and all it
-- contains. Internal. A month in which a report of a form came late or not at all counts once, however many of its counties it is missing from.
SELECT
  r.ancestor_id AS region_id, c.metric, c."month",
  CAST(CASE WHEN c.kind = 'reporting_duties' THEN 1 ELSE count(*) END AS DECIMAL(24,6)) AS value
FROM scoring_cases AS c
JOIN region_ancestors AS r ON r.region_id = c.region_id
GROUP BY r.ancestor_id, c.metric, c."month", c.kind

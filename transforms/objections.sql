-- One row per objection to a typed score that had been filed by the as-of time, with what was decided by then.
WITH known AS (
  SELECT o.*, o.state <> 'open' AND o.decided_at <= (SELECT as_of FROM parameters) AS is_decided
  FROM objection_targets AS o
  WHERE o.filed_at <= (SELECT as_of FROM parameters)
)
SELECT
  k.objection, k.scheme_id, k.assessment_period, k.period, k.region_id, k.item_id, k.filed_on,
  CASE WHEN k.is_decided THEN k.state ELSE 'open' END AS state, k.old_value, CASE WHEN k.is_decided THEN k.new_value END AS new_value,
  CASE WHEN k.is_decided THEN k.decided_on END AS decided_on, CASE WHEN k.is_decided THEN k.decided_by END AS decided_by, k.submission_id, k.sheet, k.cell
FROM known AS k

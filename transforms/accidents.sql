-- One row per accident in the register, in its newest version. Released are larger and worse accidents, without number, unit and place;
-- ordinary ones are in the figures only.
SELECT
  a.occurred_on, a.region_id, a.category,
  CAST(row_number() OVER (PARTITION BY a.occurred_on, a.region_id, a.category ORDER BY a.accident_id) AS BIGINT) AS serial,
  a.deaths, a."level", a.status, a.counting, a.known_from, a.accident_id, a.version, a.period, a.is_production, a.in_assessment,
  a.deaths_reported, a.deaths_late, a.missing, a.serious, a.minor, a.loss_yuan, a.level_reported, a.level_basis, a.cancel_reason,
  a.notice_from, a.notice_to, a.submission_id, a.sheet, a."row", a.correction
FROM accident_versions AS a
WHERE a.in_force

-- One row per letter of responsibility, in its newest version: who gave it to whom (units and posts, never persons), what it follows from, its
-- targets and special veto as written, and how it ended. A letter to a region below names that region. Of an enterprise only that it signed.
WITH ordered AS (
  SELECT
    v.letter_id, v.parent_id, v.region_id, v.period, v.signer_unit, v.signee_unit, v.type, v.signed_on, v.targets, v.special_veto, v.result,
    v.reward_yuan, v.known_from, v.submission_id, v.sheet, v."row",
    row_number() OVER (
      PARTITION BY v.region_id, v.period, v.letter_id
      ORDER BY v.known_from DESC, CASE WHEN v.correction IS NULL THEN 0 ELSE 1 END DESC, v.seq DESC, v.correction DESC, v.sheet, v."row") AS place
  FROM versions_f16 AS v
),
-- The region below that a letter went to, by its name, with or without the word for its government.
named AS (
  SELECT DISTINCT
    o.region_id, o.period, o.letter_id, first_value(r.region_id) OVER (
      PARTITION BY o.region_id, o.period, o.letter_id ORDER BY r.region_id) AS signee_region_id
  FROM ordered AS o
  JOIN region_settings AS r
    ON r.parent_id = o.region_id
   AND o.signee_unit IN (r.name_zh, r.name_zh || '人民政府', r.name_zh || '政府', r.name_zh || '管委会', r.name_zh || '管理委员会')
  WHERE o.place = 1
)
SELECT
  o.region_id, o.period, o.letter_id, o.parent_id, o.type, o.signer_unit, CASE WHEN o.type <> '企业' THEN o.signee_unit END AS signee_unit,
  n.signee_region_id, o.signed_on, o.targets, o.special_veto, o.result, o.reward_yuan, o.known_from, o.submission_id, o.sheet,
  'A' || o."row" AS cell
FROM ordered AS o
LEFT JOIN named AS n ON n.region_id = o.region_id AND n.period = o.period AND n.letter_id = o.letter_id
WHERE o.place = 1

-- One row per region and stretch of time in which its code was valid.
SELECT
  region_id, name_zh, name_en, level, parent_id, valid_from, valid_to, kind, ranked, counted, included_in_parent, depth
FROM region_settings

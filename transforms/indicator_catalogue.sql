-- One row per indicator: what it is called, how it is computed, on which bases, and which way is good.
SELECT
  indicator_id, name_zh, name_en, formula, unit, decimals, decimals_by_level, better, family, chance, replace(bases, '|', ' ') AS bases
FROM indicator_settings

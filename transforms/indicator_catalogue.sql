-- One row per indicator: what it is called, how it is computed and which way is good.
SELECT indicator_id, name_zh, name_en, formula, unit, decimals, better, family, chance FROM indicator_settings

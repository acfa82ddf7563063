-- One row per item, group with points or limits of its own, bonus, deduction, veto, grade and part of every scheme in use, as declared, with its rule in words.
SELECT
  s.scheme_id, s.rule_id, s.kind, s.position, s.year, s.subject_level, s.cycle, s.scheme_zh, s.scheme_en, s.group_id, s.group_zh, s.group_en, s.name_zh,
  s.name_en, s.points, s.type, s.rule_zh, s.rule_en, s.computed, s.assumed, s.source
FROM declared_rules AS s

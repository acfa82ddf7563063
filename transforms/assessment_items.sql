-- One row per scheme, period, region and item: what was measured, against what, and how many points it gives. Bonuses and deductions that were
-- given have a row too.
SELECT
  a.scheme_id, a.period, a.region_id, a.group_id, a.item_id, a.measured, a.target, a.points, a.deduction, a.score, a.reason_zh, a.reason_en
FROM assessed_items AS a

-- One row per change of division: a region that got another name or code, was merged into another, or gave part of itself to one.
-- `comparable`: the one is the other under a new name, and what was before is compared with what came after.
SELECT old_id, new_id, kind, changed_on, kind IN ('rename', 'recode') AS comparable, source FROM region_change_settings

-- One row per usable number of a region's own: reported, counted, or standing for a longer stretch than was reported.
-- Internal. A view: nothing is stored twice.
SELECT slot_no, region_no, value, recovered, qualifiers, source FROM reported_values
UNION ALL
SELECT slot_no, region_no, value, recovered, qualifiers, source FROM longer_values

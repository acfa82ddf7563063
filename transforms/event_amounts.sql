-- One row per number that one row of a register adds to a month, by basis, category and measure; nothing where it adds none. Internal.
-- A blank is not zero: what a row does not say is a null value.
WITH bases AS (
  SELECT 'all' AS basis UNION ALL SELECT 'production' UNION ALL SELECT 'assessed'
  UNION
  SELECT DISTINCT basis FROM reported_rows WHERE form_id = 'F02'
),
accident_items AS (
  SELECT a.*, b.basis
  FROM accidents AS a
  JOIN bases AS b
    ON b.basis IN ('all', 'all_excl_fire') OR b.basis = 'production' AND a.is_production OR b.basis = 'assessed' AND a.in_assessment
  WHERE a.counting = 'counted' AND NOT EXISTS (
    SELECT 1 FROM code_lineage AS k
    WHERE k.list = 'accident_category' AND k.code = a.category AND position('|' || b.basis || '|' IN '|' || k.excluded_in || '|') > 0)
),
accident_amounts AS (
  SELECT
    'F01' AS form_id, i.region_id, i.period, 'month' AS span, i.basis, 'accident_category' AS list,
    coalesce(i.category, 'TOTAL') AS category, m.measure,
    CAST(CASE m.measure
      WHEN 'events' THEN 1 WHEN 'deaths' THEN i.deaths WHEN 'missing' THEN i.missing WHEN 'serious' THEN i.serious WHEN 'minor' THEN i.minor
      WHEN 'loss' THEN i.loss_yuan * CAST(0.0001 AS DECIMAL(5,4))
      WHEN 'events_larger' THEN CASE WHEN i."level" = 2 THEN 1 ELSE 0 END WHEN 'events_major' THEN CASE WHEN i."level" = 3 THEN 1 ELSE 0 END
      WHEN 'events_extreme' THEN CASE WHEN i."level" = 4 THEN 1 ELSE 0 END
      WHEN 'events_larger_plus' THEN CASE WHEN i."level" >= 2 THEN 1 ELSE 0 END
      WHEN 'events_major_plus' THEN CASE WHEN i."level" >= 3 THEN 1 ELSE 0 END
    END AS DECIMAL(24,6)) AS value,
    i.accident_id AS item, i.submission_id, i.sheet, i."row", i.correction
  FROM accident_items AS i
  JOIN form_measures AS m ON m.form_id = 'F01'
),
hazards AS (
  SELECT
    h.*, h.due_on <= (SELECT as_of_date FROM parameters) OR h.closed_on IS NOT NULL AS judged
  FROM hazard_versions AS h
  WHERE h.in_force AND h.status NOT IN ('void', 'transferred') AND h.listed_on IS NOT NULL
),
hazard_amounts AS (
  SELECT
    'F05' AS form_id, h.region_id, p.period, p.span, 'all' AS basis, 'hazard_sector' AS list, coalesce(h.sector, 'TOTAL') AS category, m.measure,
    CAST(CASE m.measure
      WHEN 'listed' THEN CASE WHEN strftime(h.listed_on, '%Y-%m') = p.period THEN 1 END
      WHEN 'listed_closed' THEN CASE WHEN strftime(h.listed_on, '%Y-%m') = p.period AND h.closed_on IS NOT NULL THEN 1 END
      WHEN 'closed' THEN CASE WHEN strftime(h.closed_on, '%Y-%m') = p.period THEN 1 END
      WHEN 'due_in_period' THEN CASE WHEN strftime(h.due_on, '%Y-%m') = p.period AND h.judged THEN 1 END
      WHEN 'closed_on_time' THEN CASE WHEN strftime(h.due_on, '%Y-%m') = p.period AND h.closed_on <= h.due_on THEN 1 END
      WHEN 'open' THEN CASE WHEN h.listed_on <= p.end_date AND coalesce(h.closed_on > p.end_date, TRUE) THEN 1 END
      WHEN 'overdue' THEN CASE WHEN h.due_on < least(p.end_date, (SELECT as_of_date FROM parameters))
        AND coalesce(h.closed_on > p.end_date, TRUE) THEN 1 END
    END AS DECIMAL(24,6)) AS value,
    h.hazard_id AS item, h.submission_id, h.sheet, h."row", h.correction
  FROM hazards AS h
  JOIN register_stretches AS s ON s.form_id = 'F05'
  JOIN form_measures AS m ON m.form_id = 'F05'
  JOIN periods AS p
    ON p.period BETWEEN s.first_month AND s.last_month AND length(p.period) = 7
   AND p.span = CASE WHEN m.kind = 'event_stock' THEN 'stock' ELSE 'month' END
)
SELECT form_id, region_id, period, span, basis, list, category, measure, value, item, submission_id, sheet, "row", correction
FROM accident_amounts
WHERE value IS NULL OR value <> 0
UNION ALL
SELECT form_id, region_id, period, span, basis, list, category, measure, value, item, submission_id, sheet, "row", correction
FROM hazard_amounts
WHERE value IS NOT NULL

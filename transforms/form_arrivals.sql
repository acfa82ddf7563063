-- One row per form, region as it is today and stretch of time: when the newest file in force about it came, of the region or of one inside it.
-- Internal. A correction counts from its own day.
WITH arrived AS (
  SELECT form_id, region_id, period, span, known_from FROM reported_rows WHERE in_force
  UNION ALL
  SELECT form_id, region_id, period, span, known_from FROM correction_targets
),
placed AS (
  SELECT a.form_id, n.canonical_no, p.year, p.start_month, p.end_month, max(a.known_from) AS known_from
  FROM (SELECT form_id, region_id, period, span, max(known_from) AS known_from FROM arrived GROUP BY form_id, region_id, period, span) AS a
  JOIN periods AS p ON p.period = a.period AND p.span = a.span
  JOIN region_ancestors AS r ON r.region_id = a.region_id
  JOIN region_numbers AS n ON n.region_id = r.ancestor_id
  GROUP BY a.form_id, n.canonical_no, p.year, p.start_month, p.end_month
)
SELECT a.form_id, a.canonical_no, p.period, p.span, max(a.known_from) AS known_from
FROM placed AS a
JOIN periods AS p ON p.year = a.year AND a.start_month >= p.start_month AND a.end_month <= p.end_month
GROUP BY a.form_id, a.canonical_no, p.period, p.span

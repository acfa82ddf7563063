-- One row per listed hazard and step of the closed loop that it has taken by the as-of day: found, ordered, listed, accepted, closed; with the days since the
-- step before and the cell that says so: the date of the step in the version that first gave it, or the state. Internal: it is of single hazards.
-- Void and transferred hazards are left out. `before`: it took the step before, too; the first step has none before it.
WITH hazards AS (
  SELECT
    h.hazard_id, h.region_id, coalesce(h.sector, 'TOTAL') AS sector, h.status, coalesce(h.found_on, h.ordered_on, h.listed_on) AS found_on,
    CASE WHEN h.found_on IS NOT NULL THEN 'found_on' WHEN h.ordered_on IS NOT NULL THEN 'ordered_on' ELSE 'listed_on' END AS found_in,
    h.ordered_on, h.listed_on, h.closed_on,
    -- A date of acceptance counts as long as no later state has taken it back.
    CASE WHEN h.status IN ('accepted', 'closed') OR h.closed_on IS NOT NULL THEN h.accepted_on END AS accepted_on,
    h.submission_id, h.sheet, h.status_cell
  FROM hazard_versions AS h
  WHERE h.in_force AND h.status NOT IN ('void', 'transferred')
),
taken AS (
  SELECT
    z.*, z.ordered_on IS NOT NULL OR z.status = 'ordered' AS ordered, z.listed_on IS NOT NULL OR z.status = 'listed' AS listed,
    z.accepted_on IS NOT NULL OR z.status = 'accepted' AS accepted, z.closed_on IS NOT NULL OR z.status = 'closed' AS closed
  FROM hazards AS z
),
steps AS (
  SELECT
    hazard_id, 1 AS position, 'found' AS step, TRUE AS before, CAST(NULL AS INTEGER) AS days, found_on AS taken_on, found_in AS measure
  FROM taken
  UNION ALL
  SELECT hazard_id, 2, 'ordered', TRUE, date_diff('day', found_on, ordered_on), ordered_on, 'ordered_on' FROM taken WHERE ordered
  UNION ALL
  SELECT hazard_id, 3, 'listed', ordered, date_diff('day', ordered_on, listed_on), listed_on, 'listed_on' FROM taken WHERE listed
  UNION ALL
  SELECT hazard_id, 4, 'accepted', listed, date_diff('day', listed_on, accepted_on), accepted_on, 'accepted_on' FROM taken WHERE accepted
  UNION ALL
  SELECT hazard_id, 5, 'closed', accepted, date_diff('day', accepted_on, closed_on), closed_on, 'closed_on' FROM taken WHERE closed
),
-- The version of the hazard in which a date stands for the first time.
dated AS (
  SELECT
    s.hazard_id, s.position, v.submission_id, v.sheet, coalesce(c.letter, 'A') || v."row" AS cell,
    row_number() OVER (PARTITION BY s.hazard_id, s.position ORDER BY v.version) AS place
  FROM steps AS s
  JOIN hazard_versions AS v
    ON v.hazard_id = s.hazard_id
   AND s.taken_on = CASE s.measure WHEN 'found_on' THEN v.found_on WHEN 'ordered_on' THEN v.ordered_on WHEN 'listed_on' THEN v.listed_on
     WHEN 'accepted_on' THEN v.accepted_on ELSE v.closed_on END
  LEFT JOIN sheet_columns AS c ON c.submission_id = v.submission_id AND c.sheet = v.sheet AND c.measure = s.measure
)
SELECT
  t.hazard_id, t.region_id, t.sector, t.found_on, s.position, s.step, s.before, s.days, s.taken_on, coalesce(d.submission_id, t.submission_id) AS submission_id,
  CASE WHEN d.submission_id IS NULL THEN t.sheet ELSE d.sheet END AS sheet, coalesce(d.cell, t.status_cell) AS cell
FROM steps AS s
JOIN taken AS t ON t.hazard_id = s.hazard_id
LEFT JOIN dated AS d ON d.hazard_id = s.hazard_id AND d.position = s.position AND d.place = 1

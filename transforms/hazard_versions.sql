-- One row per version of a major hazard in the register known at the as-of time, with the state before it. Internal: it names units.
-- found, ordered, [listed], accepted, closed; beside them extended (keeps the first due date), transferred, void.
WITH steps AS (
  SELECT 'found' AS status, 1 AS step UNION ALL SELECT 'ordered', 2 UNION ALL SELECT 'listed', 3 UNION ALL SELECT 'extended', 3
  UNION ALL SELECT 'accepted', 4 UNION ALL SELECT 'closed', 5 UNION ALL SELECT 'transferred', 6 UNION ALL SELECT 'void', 6
),
ordered AS (
  SELECT
    v.hazard_id, v.region_id, v.period, v.unit_name, v.sector, v.content, v."level", v.status, v.found_on, v.ordered_on, v.listed_on, v.due_on,
    v.extended_to, v.duty_unit, v.supervise_unit, v.leader_post, v.funds, v.accepted_on, v.closed_on, v.notice_no, v.known_from, v.known_on,
    v.submission_id, v.sheet, v."row", v.correction, coalesce(s.letter, 'A') || v."row" AS status_cell,
    coalesce(d.letter, 'A') || v."row" AS due_cell,
    row_number() OVER (
      PARTITION BY v.hazard_id
      ORDER BY v.known_from, CASE WHEN v.correction IS NULL THEN 0 ELSE 1 END, v.seq, v.correction, v.sheet DESC, v."row" DESC) AS version
  FROM versions_f05 AS v
  LEFT JOIN sheet_columns AS s ON s.submission_id = v.submission_id AND s.sheet = v.sheet AND s.span = v.span AND s.measure = 'status'
  LEFT JOIN sheet_columns AS d ON d.submission_id = v.submission_id AND d.sheet = v.sheet AND d.span = v.span AND d.measure = 'due_on'
),
-- Dates already reported stay when a later version leaves them blank; the due date is the one before any extension.
carried AS (
  SELECT
    o.*, last_value(o.found_on IGNORE NULLS) OVER w AS found_known, last_value(o.ordered_on IGNORE NULLS) OVER w AS ordered_known,
    last_value(o.listed_on IGNORE NULLS) OVER w AS listed_known, last_value(o.accepted_on IGNORE NULLS) OVER w AS accepted_known,
    last_value(o.closed_on IGNORE NULLS) OVER w AS closed_known, last_value(o.extended_to IGNORE NULLS) OVER w AS extended_known,
    last_value(o.notice_no IGNORE NULLS) OVER w AS notice_known,
    last_value(CASE WHEN o.extended_to IS NULL AND o.status <> 'extended' THEN o.due_on END IGNORE NULLS) OVER w AS due_before,
    first_value(o.due_on IGNORE NULLS) OVER w AS due_first
  FROM ordered AS o
  WINDOW w AS (PARTITION BY o.hazard_id ORDER BY o.version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
  c.hazard_id, c.version, c.version = max(c.version) OVER (PARTITION BY c.hazard_id) AS in_force, c.region_id, c.period, c.unit_name, c.sector,
  c.content, c."level", c.status, lag(c.status) OVER (PARTITION BY c.hazard_id ORDER BY c.version) AS status_before, p.step,
  lag(p.step) OVER (PARTITION BY c.hazard_id ORDER BY c.version) AS step_before, c.found_known AS found_on, c.ordered_known AS ordered_on,
  c.listed_known AS listed_on, coalesce(c.due_before, c.due_first) AS due_on, c.due_on AS due_written, c.extended_known AS extended_to,
  c.accepted_known AS accepted_on,
  -- A later state without a closing date takes the closing back.
  CASE WHEN c.status = 'closed' OR c.closed_on IS NOT NULL THEN c.closed_known END AS closed_on,
  c.duty_unit, c.supervise_unit, c.leader_post, c.funds, c.notice_known AS notice_no, c.known_from, c.known_on, c.submission_id, c.sheet,
  c."row", c.status_cell, c.due_cell, c.correction
FROM carried AS c
LEFT JOIN steps AS p ON p.status = c.status

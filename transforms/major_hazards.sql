-- One row per major hazard in the register, in its newest version. Unit, content, dates and state are public once the listing has been
-- announced (notice_no); before that only number, region and level are.
-- Overdue: past the first due date and not closed on the as-of day, or closed after it. An extension does not move the due date.
SELECT
  h.hazard_id, h.region_id, h."level",
  CASE WHEN h.notice_no IS NOT NULL THEN h.status END AS status, CASE WHEN h.notice_no IS NOT NULL THEN h.listed_on END AS listed_on,
  CASE WHEN h.notice_no IS NOT NULL THEN h.due_on END AS due_on, CASE WHEN h.notice_no IS NOT NULL THEN h.closed_on END AS closed_on,
  CASE WHEN h.notice_no IS NULL OR h.due_on IS NULL OR h.status IN ('void', 'transferred') OR h.status = 'closed' AND h.closed_on IS NULL THEN NULL
    ELSE coalesce(h.closed_on, (SELECT as_of_date FROM parameters)) > h.due_on END AS overdue,
  CASE WHEN h.notice_no IS NOT NULL THEN h.extended_to END AS extended_to,
  CASE WHEN h.notice_no IS NOT NULL THEN h.accepted_on END AS accepted_on,
  CASE WHEN h.notice_no IS NOT NULL THEN h.sector END AS sector, CASE WHEN h.notice_no IS NOT NULL THEN h.unit_name END AS unit_name,
  CASE WHEN h.notice_no IS NOT NULL THEN h.content END AS content, h.notice_no, h.known_from, h.submission_id, h.sheet, 'A' || h."row" AS cell
FROM hazard_versions AS h
WHERE h.in_force

-- One row per file ("row" is 0), or per row of a file, that a newer submission has put out of force, with the newest that did.
-- Internal. A file is replaced as a whole where the newer one names it (替代), where it was refused and then sent again, or where none of its
-- rows is in force any more.
WITH known AS (
  SELECT * FROM ledger WHERE received_at <= (SELECT as_of FROM parameters)
),
files AS (
  SELECT o.submission_id, n.submission_id AS resolved_by, n.seq
  FROM known AS o
  JOIN known AS n
    ON n.form_id = o.form_id AND n.region_id IS NOT DISTINCT FROM o.region_id AND n.seq <> o.seq
   AND (n.supersedes = o.submission_id OR n.supersedes = o.file_sha256 OR n.supersedes = o.path)
  WHERE NOT n.rejected
  UNION ALL
  SELECT o.submission_id, n.submission_id AS resolved_by, n.seq
  FROM known AS o
  JOIN known AS n
    ON n.form_id = o.form_id AND n.region_id IS NOT DISTINCT FROM o.region_id AND n.period IS NOT DISTINCT FROM o.period
   AND (o.region_id IS NOT NULL AND o.period IS NOT NULL OR n.path = o.path)
  WHERE o.rejected AND NOT n.rejected AND (n.received_at > o.received_at OR n.received_at = o.received_at AND n.seq > o.seq)
),
-- A line that was split into a month's and a cumulative row is replaced when both are.
lines AS (
  SELECT r.submission_id, r.sheet, r."row", max(l.seq) AS seq, bool_or(r.in_force) AS in_force
  FROM reported_rows AS r
  JOIN known AS l ON l.submission_id = coalesce(r.replaced_by, r.submission_id)
  GROUP BY r.submission_id, r.sheet, r."row"
),
candidates AS (
  SELECT submission_id, '' AS sheet, 0 AS "row", resolved_by, seq FROM files
  UNION ALL
  SELECT f.submission_id, '' AS sheet, 0 AS "row", l.submission_id AS resolved_by, f.seq
  FROM (SELECT submission_id, max(seq) AS seq FROM lines GROUP BY submission_id HAVING NOT bool_or(in_force)) AS f
  JOIN known AS l ON l.seq = f.seq
  UNION ALL
  SELECT r.submission_id, r.sheet, r."row", l.submission_id AS resolved_by, r.seq
  FROM lines AS r
  JOIN known AS l ON l.seq = r.seq
  WHERE NOT r.in_force AND l.submission_id <> r.submission_id
),
ordered AS (
  SELECT candidates.*, row_number() OVER (PARTITION BY submission_id, sheet, "row" ORDER BY seq DESC) AS choice FROM candidates
)
SELECT submission_id, sheet, "row", resolved_by FROM ordered WHERE choice = 1

-- One row per version of a control target, with the days it holds from and until: what was set for the year, and what it was changed to within it.
-- Internal. `valid_from` is empty for the first version, which is what was set for the whole year, on whatever day that was; `valid_until`, the
-- first day on which it no longer holds, is empty for the last. What is sent later replaces what was sent before it from its own day on;
-- a version that is sent again, corrected, takes its own place and not one after those that came since (reported_rows.version_from). targets.csv
-- counts as sent first.
WITH versions AS (
  SELECT
    r.region_id, r.period, r.dim1 AS indicator_id, r.dim2 AS category, c.value AS target, c.qualifier, r.submission_id, r.sheet,
    c.letter || r."row" AS cell, coalesce(f.valid_from, CAST(r.period || '-01-01' AS DATE)) AS valid_from, 2 AS source, r.version_from, c.known_from,
    r.seq, r."row"
  FROM cell_values AS c
  JOIN reported_rows AS r ON r.row_no = c.row_no AND r.form_id = 'F14'
  JOIN form_measures AS m ON m.measure_no = c.measure_no AND m.measure = 'target'
  JOIN rows_f14 AS f ON f.submission_id = r.submission_id AND f.sheet = r.sheet AND f."row" = r."row"
  WHERE c.value IS NOT NULL AND length(r.period) = 4
  UNION ALL
  SELECT
    region_id, period, dim1, dim2, value, 'exact', file, '', cell, CAST(known_from AS DATE), 1, known_from, known_from, 0,
    CAST(regexp_replace(cell, '[A-Z]', '', 'g') AS INTEGER)
  FROM configured_cells
  WHERE form_id = 'F14' AND measure = 'target' AND known_from <= (SELECT as_of FROM parameters)
    AND period <= substr((SELECT through FROM parameters), 1, 4)
),
ordered AS (
  SELECT
    versions.*,
    row_number() OVER (
      PARTITION BY region_id, period, indicator_id, category ORDER BY source, version_from, known_from, seq, sheet DESC, "row" DESC, cell) AS turn
  FROM versions
),
replaced AS (
  SELECT
    o.*,
    min(valid_from) OVER (
      PARTITION BY region_id, period, indicator_id, category ORDER BY turn ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS replaced_from
  FROM ordered AS o
)
SELECT
  region_id, CAST(period AS INTEGER) AS year, indicator_id, category, target, qualifier, submission_id, sheet, cell,
  CASE WHEN row_number() OVER (PARTITION BY region_id, period, indicator_id, category ORDER BY turn) > 1 THEN valid_from END AS valid_from,
  lead(valid_from) OVER (PARTITION BY region_id, period, indicator_id, category ORDER BY turn) AS valid_until
FROM replaced
WHERE replaced_from IS NULL OR replaced_from > valid_from

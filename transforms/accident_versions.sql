-- One row per version of an accident in the register known at the as-of time, with what of it counts. Internal: it names units and places.
-- A death counts when it is reported within the window of the category (7 days for road and fire, else 30; the day of the accident is not
-- counted); a rise reported later is kept in deaths_late, a fall always counts (State Council Decree 493, Articles 3, 13 and 20).
WITH ordered AS (
  SELECT
    v.accident_id, v.region_id, v.period, v."date" AS occurred_on, v."time" AS occurred_at, v.category, v.is_production, v.in_assessment,
    CASE WHEN v."level" IN ('1', '2', '3', '4') THEN CAST(v."level" AS INTEGER) END AS level_reported,
    coalesce(v.level_basis, 'decree_493') AS level_basis, v.status, v.cancel_reason, v.notice_from, v.notice_to, v.reported_at, v.amended_at,
    v.deaths AS deaths_written, v.missing AS missing_written, v.serious AS serious_written, v.minor AS minor_written,
    v.loss_yuan AS loss_written, v.known_from, v.known_on, v.submission_id, v.sheet, v."row", v.correction, v.correction_reason,
    row_number() OVER (
      PARTITION BY v.accident_id
      ORDER BY v.known_from, CASE WHEN v.correction IS NULL THEN 0 ELSE 1 END, v.seq, v.correction, v.sheet DESC, v."row" DESC) AS version
  FROM versions_f01 AS v
),
-- A blank in a later version leaves what was reported before.
carried AS (
  SELECT
    o.*,
    last_value(o.deaths_written IGNORE NULLS) OVER w AS deaths_reported, last_value(o.missing_written IGNORE NULLS) OVER w AS missing,
    last_value(o.serious_written IGNORE NULLS) OVER w AS serious_reported, last_value(o.minor_written IGNORE NULLS) OVER w AS minor,
    last_value(o.loss_written IGNORE NULLS) OVER w AS loss_yuan
  FROM ordered AS o
  WINDOW w AS (PARTITION BY o.accident_id ORDER BY o.version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
-- What was written down wrongly from the start is no late death: only a correction that reports one later (supplemented) is judged by its day.
timed AS (
  SELECT
    c.*, w.window_days,
    c.version = 1 OR coalesce(c.correction_reason, 'supplemented') <> 'supplemented' OR c.occurred_on IS NULL
      OR date_diff('day', c.occurred_on, coalesce(CASE WHEN c.correction IS NULL THEN CAST(c.amended_at AS DATE) END, c.known_on))
        <= coalesce(w.window_days, 30) AS in_window
  FROM carried AS c
  LEFT JOIN code_windows AS w ON w.list = 'accident_category' AND w.code = c.category
),
anchored AS (
  SELECT
    t.*,
    max(CASE WHEN t.in_window THEN t.version END) OVER (
      PARTITION BY t.accident_id ORDER BY t.version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS anchor
  FROM timed AS t
),
dead AS (
  SELECT
    a.*, min(a.deaths_reported) OVER w AS deaths_counted,
    min(a.deaths_reported + coalesce(a.missing, 0)) OVER w AS dead_or_missing
  FROM anchored AS a
  WINDOW w AS (PARTITION BY a.accident_id, a.anchor ORDER BY a.version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
-- One who dies too late to be counted stays among the seriously injured.
injured AS (
  SELECT
    d.*,
    min(d.serious_reported + coalesce(d.deaths_reported - d.deaths_counted, 0)) OVER (
      PARTITION BY d.accident_id, d.anchor ORDER BY d.version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS serious
  FROM dead AS d
),
levelled AS (
  SELECT
    i.*,
    i.deaths_counted + CASE WHEN (SELECT missing_in_deaths FROM parameters) THEN coalesce(i.missing, 0) ELSE 0 END AS deaths,
    CASE WHEN (SELECT missing_in_level FROM parameters) THEN i.dead_or_missing ELSE i.deaths_counted END AS dead
  FROM injured AS i
)
SELECT
  accident_id, version, version = max(version) OVER (PARTITION BY accident_id) AS in_force, region_id, period, occurred_on, occurred_at,
  category, is_production, in_assessment, status, cancel_reason, notice_from, notice_to, reported_at, amended_at, window_days, in_window,
  deaths_reported, deaths, deaths_reported - deaths_counted AS deaths_late, missing, serious_reported, serious, minor, loss_yuan,
  level_reported, level_basis,
  CASE WHEN level_basis = 'other_decree' THEN level_reported ELSE accident_level(dead, serious, loss_yuan) END AS "level",
  -- A cancellation takes effect when it comes with its reason and a public notice of seven days.
  CASE
    WHEN status = '统计核销' AND cancel_reason IS NOT NULL AND date_diff('day', notice_from, notice_to) >= 7 THEN 'cancelled'
    WHEN coalesce(deaths, 0) + coalesce(missing, 0) + coalesce(serious, 0) + coalesce(minor, 0) = 0 AND coalesce(loss_yuan, 0) < 1000000
      THEN 'below_threshold'
    ELSE 'counted' END AS counting,
  known_from, known_on, submission_id, sheet, "row", correction, correction_reason
FROM levelled

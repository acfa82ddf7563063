-- One row per scheme, period and region: its score, grade and rank, what struck it, and whether all of it is final. The bottom are the k last by rank
-- (parameters.bottom_k), ties at the edge included, and never the first.
WITH shared AS (
  SELECT assessed_scores.*, count(*) OVER (PARTITION BY scheme_id, period, "rank") AS sharing
  FROM assessed_scores
)
SELECT
  a.scheme_id, a.period, a.region_id, a."class", a.score, a.grade, a.vetoed, a.veto_reason, a."rank", a.provisional, a.veto_reason_en,
  a.ranked_count, a.computed, a.judged_score, a.judged_points, a.total_points, a.extra_score, a.vetoes, a.effects, a.interim, a.grade_reason_zh,
  a.grade_reason_en, a.raised, a.unjudged AS items_unjudged, a.weights_zh, a.weights_en,
  a."rank" > 1 AND a.ranked_count - a."rank" + 1 - a.sharing < (SELECT bottom_k FROM parameters) AS bottom
FROM shared AS a

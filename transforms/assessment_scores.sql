-- One row per scheme, period and region: its score, grade and rank, what struck it, and whether all of it is final.
SELECT
  a.scheme_id, a.period, a.region_id, a."class", a.score, a.grade, a.vetoed, a.veto_reason, a."rank", a.provisional, a.veto_reason_en,
  a.ranked_count, a.computed, a.judged_score, a.judged_points, a.total_points, a.extra_score, a.vetoes, a.effects, a.interim, a.grade_reason_zh,
  a.grade_reason_en, a.raised, a.weights_zh, a.weights_en
FROM assessed_scores AS a

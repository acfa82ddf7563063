"""Target assessment by hand: every type of item, edges of grades, quotas, vetoes, weights. The schemes of the library are in test_schemes.py."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.scoring.building import build
from transforms.scoring.expressions import ExpressionError, parse
from transforms.scoring.period import accident_counts, accident_days
from transforms.scoring.provenance import parts_of, summary
from transforms.scoring.score import Manual, combine, score

METRICS = {"deaths", "deaths_target", "deaths_prev", "accidents_larger", "accidents_larger_target", "road", "road_target", "industry", "industry_target",
           "done", "due", "rate", "count", "gdp_rate", "major", "hidden_accidents", "deaths.DL"}
GRADES = [{"name": "优秀", "min": 90}, {"name": "良好", "min": 80}, {"name": "合格", "min": 60}, {"name": "不合格", "min": 0}]


def scheme_of(items: list[dict] | None = None, known: set[str] = METRICS, **more):
    points = sum(Decimal(str(i["points"])) for i in items or ())
    raw = {"id": "s", "name_zh": "方案", "year": 2015, "total": float(points), "grades": GRADES, **more}
    if items:
        raw["groups"] = [{"id": "g", "name_zh": "组", "points": float(points), "items": items}]
    scheme, problems = build(raw, known)
    assert problems == []
    return scheme


def run(scheme, values: dict[str, dict[str, object]], manual=(), interim=False):
    """`values[region][metric]`; a function of the accidents is written acc_level_ge(3)."""
    def measure(region_id, metric, arguments):
        name = f"{metric}({', '.join(map(str, arguments))})" if arguments else metric
        found = values[region_id].get(name)
        return None if found is None else Decimal(str(found))

    return score(scheme, list(values), measure, dict(manual), interim)


def one(item: dict, manual=(), **values):
    """Points of a single item in a region with these values."""
    result = run(scheme_of([{"id": "i", "name_zh": "条目", **item}]), {"a": values}, manual)
    return result.items[0].score


# --- items ------------------------------------------------------------------------------------------------------------

ALL_OR_NOTHING = {"points": 10, "type": "threshold", "metric": "deaths"}
EXCESS = {"points": 15, "type": "per_excess", "metric": "deaths", "per_over": -1}
GAIN = {**EXCESS, "per_under": 0.5, "cap_under": 2}
PERCENT = {"points": 10, "type": "per_percent", "metric": "deaths", "per_pct_over": -0.5}
SHARE = {"points": 8, "type": "ratio", "numerator": "done", "denominator": "due"}
STEPS = {"points": 8, "type": "step", "metric": "rate", "steps": [[">=", 98, 8], [">=", 95, 6], [">=", 90, 4]]}
COUNT = {"points": 6, "type": "count_deduct", "metric": "count", "each": -0.5}


@pytest.mark.parametrize(("item", "values", "points"), [
    (ALL_OR_NOTHING, {"deaths": 10, "deaths_target": 10}, 10),
    (ALL_OR_NOTHING, {"deaths": 11, "deaths_target": 10}, 0),
    (ALL_OR_NOTHING, {"deaths": 0, "deaths_target": 0}, 10),
    (ALL_OR_NOTHING, {"deaths": 1, "deaths_target": 0}, 0),
    (ALL_OR_NOTHING, {"deaths": 1}, None),
    ({**ALL_OR_NOTHING, "target": "deaths_prev", "op": "<"}, {"deaths": 5, "deaths_prev": 5}, 0),
    ({**ALL_OR_NOTHING, "metric": "rate", "target": 90, "op": ">=", "fail": 3}, {"rate": 89.99}, 3),
    (EXCESS, {"deaths": 8, "deaths_target": 10}, 15),
    (EXCESS, {"deaths": 12, "deaths_target": 10}, 13),
    (EXCESS, {"deaths": 40, "deaths_target": 10}, 0),
    (EXCESS, {"deaths": 3, "deaths_target": 0}, 12),
    (GAIN, {"deaths": 8, "deaths_target": 10}, 16),
    (GAIN, {"deaths": 1, "deaths_target": 10}, 17),
    ({**GAIN, "points": 40}, {"deaths": 5, "deaths_target": 10}, 42),
    ({**GAIN, "cap": 15}, {"deaths": 5, "deaths_target": 10}, 15),
    (PERCENT, {"deaths": 11, "deaths_target": 10}, 5),
    (PERCENT, {"deaths": 10, "deaths_target": 10}, 10),
    (PERCENT, {"deaths": 0, "deaths_target": 0}, 10),
    (PERCENT, {"deaths": 1, "deaths_target": 0}, 0),
    (SHARE, {"done": 3, "due": 4}, 6),
    (SHARE, {"done": 5, "due": 4}, 8),
    (SHARE, {"done": 0, "due": 0}, None),
    ({**SHARE, "full_at": 0.8}, {"done": 4, "due": 5}, 8),
    ({**SHARE, "full_at": 0.8}, {"done": 2, "due": 5}, 4),
    (STEPS, {"rate": 98}, 8),
    (STEPS, {"rate": 97.99}, 6),
    (STEPS, {"rate": 90}, 4),
    (STEPS, {"rate": 89.99}, 0),
    (STEPS, {}, None),
    ({**STEPS, "else": 1}, {"rate": 0}, 1),
    (COUNT, {"count": 3}, "4.5"),
    (COUNT, {"count": 0}, 6),
    (COUNT, {"count": 13}, 0),
    ({**COUNT, "floor": -2}, {"count": 99}, -2),
])
def test_an_item(item, values, points):
    assert one(item, **values) == (None if points is None else Decimal(points))


@pytest.mark.parametrize(("item", "measured", "target", "said"), [
    (ALL_OR_NOTHING, "0.0541", "0.0501", "0.0541 ≤ 0.0501：未达到"),
    ({**ALL_OR_NOTHING, "points": 50, "type": "per_excess", "per_over": -1000}, "0.0541", "0.0501", "0.0541，超过 0.0501 计 0.004，每个扣 1000"),
    ({**ALL_OR_NOTHING, "metric": "deaths / 3", "target": "deaths_target"}, 1, Decimal("0.333333"), "0.333333333 ≤ 0.333333：未达到"),
    ({**STEPS, "metric": "deaths"}, "97.996", 0, "97.996 ≥ 95：得 6"),
    (PERCENT, 11, 9, "超过 22.22%，每个百分点扣 0.5"),
    ({**SHARE, "numerator": "deaths", "denominator": "deaths_target"}, 2, 3, "2 / 3 = 66.67%"),
])
def test_a_reason_has_the_numbers_as_they_were_compared(item, measured, target, said):
    result = run(scheme_of([{"id": "i", "name_zh": "条目", **item}]), {"a": {"deaths": measured, "deaths_target": target}})
    assert result.items[0].reason_zh == said


def test_a_ratio_that_gives_full_points_at_zero_is_refused_and_never_divided_by():
    scheme, problems = build({"id": "s", "name_zh": "方案", "year": 2015, "grades": GRADES,
                              "groups": [{"id": "g", "name_zh": "组", "points": 8, "items": [{"id": "i", "name_zh": "率", **SHARE, "full_at": 0}]}], "total": 8}, METRICS)
    assert len(problems) == 1
    assert run(scheme, {"a": {"done": 1, "due": 2}}).items[0].score is None


def test_what_is_gained_is_said():
    result = run(scheme_of([{"id": "i", "name_zh": "条目", **GAIN}]), {"a": {"deaths": 7, "deaths_target": 10}})
    assert (result.items[0].score, result.items[0].reason_zh, result.items[0].reason_en) == (
        Decimal("16.5"), "7，未超过 10，低 3 加 1.5 分", "7, not over 10, 3 under: 1.5 more")


@pytest.mark.parametrize(("entries", "points"), [
    ([], None),
    ([Manual(Decimal("1.5"), None, "台账不全")], Decimal("13.5")),
    ([Manual(Decimal(1), None), Manual(Decimal(2), None)], 12),
    ([Manual(None, Decimal(14))], 14),
    ([Manual(Decimal(99), None)], 0),
])
def test_a_typed_item(entries, points):
    assert one({"points": 15, "type": "manual"}, {("a", "i"): entries} if entries else {}) == points


def test_ranks_give_points_and_ties_share_them():
    item = {"id": "i", "name_zh": "名次", "points": 5, "type": "rank", "metric": "rate", "order": "desc", "table": {1: 5, 2: 4, 3: 3}, "else": 1}
    result = run(scheme_of([item]), {"a": {"rate": 90}, "b": {"rate": 95}, "c": {"rate": 90}, "d": {"rate": 10}, "e": {}})
    assert [i.score for i in result.items] == [4, 5, 4, 1, None]


# --- grades, quotas, ranks --------------------------------------------------------------------------------------------

RATE = [{"id": "i", "name_zh": "率", "points": 100, "type": "ratio", "numerator": "done", "denominator": "due"}]


def graded(shares: dict[str, float], **more):
    scheme = scheme_of(RATE, **more)
    return {s.region_id: s for s in run(scheme, {r: {"done": v, "due": 100, "gdp_rate": 1} for r, v in shares.items()}).scores}


@pytest.mark.parametrize(("share", "grade"), [(89.994, "良好"), (89.995, "优秀"), (90, "优秀"), (80, "良好"), (79.99, "合格"), (60, "合格"), (59.99, "不合格"),
                                              (0, "不合格"), (100, "优秀")])
def test_a_score_is_rounded_before_it_meets_an_edge(share, grade):
    assert graded({"a": share})["a"].grade == grade


def test_an_edge_may_leave_its_number_out():
    assert graded({"a": 90}, grades=[{"name": "优秀", "min": 90, "inclusive": False}, *GRADES[1:]])["a"].grade == "良好"


def test_truncation_instead_of_rounding():
    assert graded({"a": 89.999}, rounding={"mode": "truncate"})["a"].score == Decimal("89.99")


@pytest.mark.parametrize(("shares", "quota", "excellent", "tied"), [
    ({"a": 95, "b": 94, "c": 93}, {"max": 2}, "ab", ""),
    ({"a": 95, "b": 94, "c": 94}, {"max": 2}, "a", "bc"),
    ({"a": 95, "b": 95, "c": 95}, {"max": 1}, "", "abc"),
    ({"a": 95, "b": 95, "c": 95}, {"max": 3}, "abc", ""),
    ({"a": 95, "b": 94, "c": 70, "d": 60}, {"max": "35%"}, "a", ""),
    ({"a": 95}, {"max": 0}, "", ""),
])
def test_a_quota_is_filled_in_order_and_a_tie_at_its_edge_is_left_to_a_person(shares, quota, excellent, tied):
    found = graded(shares, grades=[{"name": "优秀", "min": 90, "quota": quota}, *GRADES[1:]])
    assert "".join(r for r, s in found.items() if s.grade == "优秀") == excellent
    assert "".join(r for r, s in found.items() if "QUOTA_TIE" in s.raised) == tied
    assert all(found[r].grade == "良好" for r in tied)


def test_quotas_by_class():
    classes = {"一类": ["a", "b", "c"], "二类": ["d", "e"]}
    found = graded({"a": 99, "b": 98, "c": 97, "d": 92, "e": 91}, classes=classes,
                   grades=[{"name": "优秀", "min": 90, "quota": {"by": "class", "max": {"一类": 2, "二类": 1}}}, *GRADES[1:]])
    assert "".join(r for r, s in found.items() if s.grade == "优秀") == "abd"
    assert found["a"].class_name == "一类"


def test_ranks_are_shared_and_leave_gaps_and_the_order_of_the_quota_never_changes_them():
    found = graded({"a": 90, "b": 95, "c": 90, "d": 70}, ranking={"order": ["score desc", "gdp_rate asc", "region_id asc"]})
    assert {r: s.rank for r, s in found.items()} == {"a": 2, "b": 1, "c": 2, "d": 4}


def test_all_regions_equal_and_one_region_and_no_data():
    assert {s.rank for s in graded({"a": 80, "b": 80, "c": 80}).values()} == {1}
    assert graded({"a": 80})["a"].rank == 1
    [none] = run(scheme_of(RATE), {"a": {}}).scores
    assert (none.score, none.grade, none.rank, none.provisional) == (None, None, None, True)


def test_what_cannot_be_judged_is_left_out_and_the_score_is_provisional():
    items = [{"id": "i", "name_zh": "率", "points": 60, "type": "ratio", "numerator": "done", "denominator": "due"},
             {"id": "m", "name_zh": "评", "points": 40, "type": "manual"}]
    [found] = run(scheme_of(items), {"a": {"done": 3, "due": 4}}).scores
    assert (found.score, found.provisional) == (75, True)
    [whole] = run(scheme_of(items), {"a": {"done": 3, "due": 4}}, {("a", "m"): [Manual(Decimal(4), None)]}).scores
    assert (whole.score, whole.provisional) == (81, False)
    [interim] = run(scheme_of(items), {"a": {"done": 3, "due": 4}}, {("a", "m"): [Manual(Decimal(4), None)]}, interim=True).scores
    assert interim.provisional


# --- vetoes, bonuses, weights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("effect", "grade", "total", "vetoed"), [("fail", "不合格", 95, True), ("zero", "不合格", 0, True), ("no_excellent", "良好", 95, False),
                                                                   ("yellow_card", "良好", 95, False)])
def test_what_a_veto_does(effect, grade, total, vetoed):
    veto = {"id": "V", "when": "hidden_accidents >= 1", "effect": effect, "text_zh": "瞒报事故"}
    result = run(scheme_of(RATE, vetoes=[veto]), {"a": {"done": 95, "due": 100, "hidden_accidents": 1}, "b": {"done": 50, "due": 100, "hidden_accidents": 0}})
    found = result.scores[0]
    assert (found.grade, found.score, found.vetoed, found.computed, found.veto_reason) == (grade, total, vetoed, 95, "瞒报事故")
    assert found.rank == (2 if vetoed else 1), "whoever is struck out comes last"


def test_a_veto_that_cannot_be_judged_is_said():
    veto = {"id": "V", "when": "hidden_accidents >= 1", "effect": "fail", "text_zh": "瞒报事故"}
    [found] = run(scheme_of(RATE, vetoes=[veto]), {"a": {"done": 95, "due": 100}}).scores
    assert found.raised == ["VETO_UNKNOWN V"] and not found.vetoed


@pytest.mark.parametrize(("bonus", "entries", "total"), [
    ({"cap": 3, "dedupe": "highest"}, [2, 1], 72), ({"cap": 3}, [2, 1], 73), ({"cap": 3}, [2, 2], 73), ({}, [], 70),
])
def test_a_bonus_is_capped_and_of_several_entries_the_highest_may_count(bonus, entries, total):
    scheme = scheme_of(RATE, bonus=[{"id": "E", "name_zh": "经验推广", **bonus}])
    manual = {("a", "E"): [Manual(None, Decimal(n)) for n in entries]}
    assert run(scheme, {"a": {"done": 70, "due": 100}}, manual).scores[0].score == total


def test_a_deduction_counted_by_a_metric():
    scheme = scheme_of(RATE, deductions=[{"id": "D", "name_zh": "通报批评", "per": 2, "cap": 5, "source": "metric", "metric": "count"}])
    assert [run(scheme, {"a": {"done": 70, "due": 100, "count": n}}).scores[0].score for n in (0, 2, 9)] == [70, 66, 65]


def test_a_sum_brought_to_a_hundred():
    items = [{"id": "i", "name_zh": "率", "points": 105, "type": "ratio", "numerator": "done", "denominator": "due"}]
    assert run(scheme_of(items, normalize_to=100), {"a": {"done": 1, "due": 2}}).scores[0].score == 50


def test_an_industry_has_weights_of_its_own():
    groups = [{"id": g, "name_zh": g, "family": g, "points": 50, "items": [{"id": f"{g}1", "name_zh": g, "points": 50, "type": "manual"}]}
              for g in ("accident", "social")]
    scheme, problems = build({"id": "w", "name_zh": "w", "year": 2015, "groups": groups, "grades": GRADES,
                              "profiles": {"高危": {"accident": 1.5, "social": 0.5}}, "profile_of": {"a": "高危"}}, METRICS)
    assert problems == []
    manual = {(r, f"{g}1"): [Manual(Decimal(off), None)] for r in "ab" for g, off in (("accident", 25), ("social", 0))}
    assert [s.score for s in run(scheme, {"a": {}, "b": {}}, manual).scores] == [Decimal("62.5"), 75]


def test_a_scheme_made_of_schemes():
    whole, problems = build({"id": "w", "name_zh": "w", "year": 2015, "grades": GRADES, "parts": [{"scheme": "x", "weight": 0.4}, {"scheme": "y", "weight": 0.6}]}, METRICS)
    assert problems == []
    parts = {name: run(scheme_of(RATE), {"a": {"done": share, "due": 100}}) for name, share in (("x", 90), ("y", 70))}
    [found] = combine(whole, parts, ["a"], lambda *_: None).scores
    assert (found.score, found.grade) == (78, "合格")


@pytest.mark.parametrize(("entries", "total"), [
    ([("a", 5), ("a", 1), ("b", 3)], 78), ([("a", 1), ("a", 1)], 71), ([], 70), ([("a", 5), ("b", 5)], 79),
])
def test_of_one_thing_only_the_highest_counts(entries, total):
    scheme = scheme_of(RATE, bonus=[{"id": "E", "name_zh": "创新", "dedupe": "highest_of_same", "cap": 9}])
    manual = {("a", "E"): [Manual(None, Decimal(points), subject=thing) for thing, points in entries]}
    assert run(scheme, {"a": {"done": 70, "due": 100}}, manual).scores[0].score == total


@pytest.mark.parametrize(("points", "raised"), [(2, []), (1, []), (3, ["LEVEL_UNKNOWN E"])])
def test_a_bonus_may_have_levels(points, raised):
    scheme = scheme_of(RATE, bonus=[{"id": "E", "name_zh": "推广", "levels": {"国家级": 2, "省级": 1}}])
    found = run(scheme, {"a": {"done": 70, "due": 100}}, {("a", "E"): [Manual(None, Decimal(points))]}).scores[0]
    assert (found.score, found.raised) == (70 + points, raised)


def test_bonuses_and_vetoes_of_a_class_leave_the_others_alone():
    classes = {"一类": ["a"], "二类": ["b"]}
    scheme = scheme_of(RATE, classes=classes, bonus=[{"id": "E", "name_zh": "加分", "per": 2, "metric": "count", "classes": ["一类"]}],
                       vetoes=[{"id": "V", "when": "major >= 2", "effect": "fail", "text_zh": "否决", "classes": ["二类"]}])
    found = run(scheme, {r: {"done": 90, "due": 100, "count": 1, "major": 2} for r in "abc"}).scores
    assert [(s.score, s.grade) for s in found] == [(92, "优秀"), (90, "不合格"), (90, "优秀")]


@pytest.mark.parametrize(("share", "grade"), [(95, "良好"), (85, "合格"), (65, "不合格"), (30, "不合格")])
def test_a_grade_may_be_lowered_by_one(share, grade):
    veto = {"id": "V", "when": "hidden_accidents >= 1", "effect": "lower_grade", "text_zh": "弄虚作假"}
    found = run(scheme_of(RATE, vetoes=[veto]), {"a": {"done": share, "due": 100, "hidden_accidents": 1}}).scores[0]
    assert (found.grade, found.score, found.vetoed) == (grade, share, False)


def test_who_is_lowered_keeps_the_place_in_the_quota():
    veto = {"id": "V", "when": "hidden_accidents >= 1", "effect": "lower_grade", "text_zh": "弄虚作假"}
    scheme = scheme_of(RATE, vetoes=[veto], grades=[{"name": "优秀", "min": 90, "quota": {"max": 1}}, *GRADES[1:]])
    values = {"a": {"done": 95, "due": 100, "hidden_accidents": 1}, "b": {"done": 94, "due": 100, "hidden_accidents": 0}}
    assert [s.grade for s in run(scheme, values).scores] == ["良好", "良好"]


def test_a_task_that_not_everybody_has_leaves_the_others_whole():
    items = [{"id": "i", "name_zh": "率", "points": 100, "type": "ratio", "numerator": "done", "denominator": "due"},
             {"id": "x", "name_zh": "专项", "points": 5, "type": "manual", "optional": True}]
    scheme = scheme_of(items, total=100, normalize_to=100)
    found = run(scheme, {"a": {"done": 90, "due": 100}, "b": {"done": 90, "due": 100}}, {("b", "x"): [Manual(Decimal(0), None)]}).scores
    assert [(s.score, s.provisional) for s in found] == [(90, False), (Decimal("90.48"), False)]


def test_a_veto_over_the_whole_year_strikes_a_quarter_in_which_nothing_happened():
    scheme = scheme_of(RATE, vetoes=[{"id": "V", "when": "hidden_accidents >= 1", "effect": "fail", "text_zh": "瞒报", "scope": "year"}])
    quarter = {"done": 90, "due": 100, "hidden_accidents": 0}
    [found] = score(scheme, ["a"], lambda r, m, a: Decimal(quarter[m]), {}, year=lambda r, m, a: Decimal(1)).scores
    assert (found.grade, found.veto_ids) == ("不合格", ("V",))


POOL = [{"id": "A1", "name_zh": "事故", "points": 0, "type": "per_excess", "metric": "count", "target": 2, "per_over": -0.2},
        {"id": "A2", "name_zh": "死亡", "points": 0, "type": "count_deduct", "metric": "deaths", "each": -12}]
REST = {"id": "w", "name_zh": "工作", "points": 70, "items": [{**RATE[0], "points": 70}]}


def grouped(first: dict):
    scheme, problems = build({"id": "s", "name_zh": "方案", "year": 2015, "grades": GRADES, "groups": [{"id": "g", "name_zh": "组", "points": 30, **first}, REST]}, METRICS)
    assert problems == []
    return scheme


@pytest.mark.parametrize(("values", "score", "judged", "rows"), [
    ({"count": 2, "deaths": 0}, 100, 100, {"g": 30, "A1": 0, "A2": 0}),
    ({"count": 7, "deaths": 2}, 75, 100, {"g": 30, "A1": -1, "A2": -24}),
    ({"count": 7, "deaths": 9}, 70, 100, {"g": 31, "A1": -1, "A2": -30}),       # down to the floor, and the rows add up to it
    ({"deaths": 1}, 88, 100, {"g": 30, "A1": None, "A2": -12}),                # one rule cannot be judged: the points are still there
    ({}, 100, 70, {"A1": None, "A2": None}),                                   # none can: the group is left out
])
def test_the_items_of_a_group_may_take_from_points_that_are_the_group_s(values, score, judged, rows):
    result = run(grouped({"pool": True, "items": POOL}), {"a": {"done": 1, "due": 1, **values}})
    [found] = result.scores
    assert (found.score, found.judged_points, found.provisional) == (score, judged, None in rows.values())
    assert {i.item_id: i.score for i in result.items if i.group_id == "g"} == rows
    assert sum(i.score for i in result.items if i.score is not None) == found.judged_score
    assert all(i.points - i.score == i.deduction for i in result.items if i.score is not None)


@pytest.mark.parametrize(("limits", "deaths", "got", "said"), [
    ({}, 0, 35, None), ({"cap": 32}, 0, 32, "合计 35，本组最高 32 分"), ({"cap": 32}, 8, 31, None), ({"cap": 30}, 8, 30, "合计 31，本组最高 30 分"),
    ({"floor": 5}, 99, 5, "合计 0，本组最低 5 分"), ({"floor": 5, "cap": 32}, 12, 28, None),
])
def test_a_group_comes_to_no_less_than_its_floor_and_no_more_than_its_cap(limits, deaths, got, said):
    item = {"id": "A1", "name_zh": "死亡", "points": 30, "type": "per_excess", "metric": "deaths", "target": 10, "per_over": -1, "per_under": 0.5, "cap_under": 5}
    result = run(grouped({**limits, "items": [item]}), {"a": {"done": 0, "due": 1, "deaths": deaths}})
    assert result.scores[0].judged_score == got
    assert [i.reason_zh for i in result.items if i.item_id == "g"] == ([said] if said else [])
    assert sum(i.score for i in result.items) == got


def test_what_a_scorer_types_in_is_a_name_in_expressions():
    scheme = scheme_of(RATE, inputs=[{"id": "fraud", "name_zh": "弄虚作假"}], vetoes=[{"id": "V", "when": "fraud >= 1", "effect": "fail", "text_zh": "弄虚作假"}])
    assert [i.id for i in scheme.inputs] == ["fraud"]
    found = run(scheme, {"a": {"done": 90, "due": 100, "fraud": 1}, "b": {"done": 90, "due": 100}}).scores
    assert [(s.grade, s.raised) for s in found] == [("不合格", []), ("优秀", ["VETO_UNKNOWN V"])]


def test_a_condition_of_a_grade_that_is_not_known_is_not_met_and_is_said():
    found = graded({"a": 95}, grades=[{"name": "优秀", "min": 90, "requires": ["major == 0"]}, *GRADES[1:]])["a"]
    assert (found.grade, found.raised) == ("良好", ["CONDITION_UNKNOWN 优秀"])


def test_a_scheme_made_of_schemes_has_vetoes_of_its_own():
    whole, problems = build({"id": "w", "name_zh": "w", "year": 2015, "grades": GRADES, "parts": [{"scheme": "x", "weight": 1}],
                             "vetoes": [{"id": "V", "when": "hidden_accidents >= 1", "effect": "zero", "text_zh": "瞒报"}]}, METRICS)
    assert problems == []
    parts = {"x": run(scheme_of(RATE), {"a": {"done": 90, "due": 100}})}
    [found] = combine(whole, parts, ["a"], lambda *_: Decimal(1)).scores
    assert (found.score, found.computed, found.grade, found.veto_reason) == (0, 90, "不合格", "瞒报")


def test_a_scheme_without_grades_only_ranks():
    found = graded({"a": 80, "b": 90}, grades=[])
    assert {r: (s.rank, s.grade) for r, s in found.items()} == {"a": (2, None), "b": (1, None)}


# --- which accidents count for a year ---------------------------------------------------------------------------------

DECEMBER = {"start": "12-01", "end": "11-30", "lookback_hidden_years": 3, "lookback_level": 2, "tail_levels": [3, 4]}


@pytest.mark.parametrize(("period", "on", "level", "proven_on", "counts"), [
    ({}, "2017-01-01", 1, None, True), ({}, "2017-12-31", 1, None, True), ({}, "2018-01-01", 4, None, False), ({}, "2016-12-31", 4, None, False),
    (DECEMBER, "2016-11-30", 2, None, False), (DECEMBER, "2016-12-01", 2, None, True), (DECEMBER, "2017-11-30", 2, None, True),
    (DECEMBER, "2017-12-01", 2, None, False),
    (DECEMBER, "2017-12-31", 3, None, True),                      # a major accident of December counts this year,
    (DECEMBER, "2016-12-31", 3, None, False),                     # and so not a second time in the next
    (DECEMBER, "2018-01-01", 4, None, False),
    (DECEMBER, "2013-12-01", 2, "2017-06-01", True), (DECEMBER, "2013-11-30", 2, "2017-06-01", False),
    (DECEMBER, "2015-06-01", 1, "2017-06-01", False),             # only larger and worse ones are looked back for
    (DECEMBER, "2015-06-01", 2, "2016-11-30", False),             # proven before the period: it counted then
    (DECEMBER, "2015-06-01", 2, "2017-12-01", False),
    ({"lookback_hidden_years": 3}, "2014-01-01", 1, "2017-12-31", True), ({"lookback_hidden_years": 3}, "2013-12-31", 1, "2017-12-31", False),
    ({}, "2016-06-01", 2, "2017-06-01", False),
])
def test_which_accident_counts_for_2017(period, on, level, proven_on, counts):
    scheme = scheme_of(RATE, year=2017, period=period)
    assert accident_counts(scheme, on, level, proven_on) is counts


def test_the_days_of_a_period_that_is_not_a_calendar_year():
    scheme = scheme_of(RATE, year=2017, period=DECEMBER)
    assert accident_days(scheme, 2) == ("2016-12-01", "2017-11-30")
    assert accident_days(scheme, 3) == ("2017-01-01", "2017-12-31")


# --- where the parts come from ----------------------------------------------------------------------------------------


def test_each_part_is_sourced_partly_assumed_or_the_jurisdiction_s_own():
    raw = {"id": "s", "name_zh": "方案", "documents": {"x": "某办法", "y": "某通知"}, "document": "x",
           "groups": [{"id": "g", "name_zh": "组", "items": [{"id": "i", "document": ["x", "y"], "assumed": ["points"]}, {"id": "j", "assumed": True}]}],
           "grades": [{"name": "优秀", "document": "y"}]}
    assert [(p.kind, p.id, p.status) for p in parts_of(raw)] == [("scheme", "s", "sourced"), ("group", "g", "unmarked"), ("item", "i", "partly"),
                                                                ("item", "j", "assumed"), ("grade", "优秀", "sourced")]
    assert (parts_of(raw)[2].documents, parts_of(raw)[2].assumed, parts_of(raw)[3].assumed) == (("某办法", "某通知"), ("points",), ("*",))
    assert summary(raw) == {"sourced": 2, "partly": 1, "assumed": 1, "unmarked": 1}


# --- properties -------------------------------------------------------------------------------------------------------

@given(st.lists(st.integers(0, 8), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_ranks_are_a_permutation_with_gaps_where_tied(shares):
    found = graded({f"r{n}": 10 * share for n, share in enumerate(shares)})
    ranks = sorted(s.rank for s in found.values())
    assert ranks[0] == 1
    assert all(b == a or b == n + 2 for n, (a, b) in enumerate(itertools.pairwise(ranks)))
    assert all((x.score > y.score) == (x.rank < y.rank) for x in found.values() for y in found.values())


# --- expressions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "value"), [
    ("1 + 2 * 3", 7), ("deaths / 0", None), ("-deaths + 0.1", Decimal("-1.9")), ("deaths > 1 and missing > 1", None), ("deaths > 5 and missing > 1", False),
    ("deaths > 1 or missing > 1", True), ("not deaths > 1", False), ("1 < deaths < 3", True), ("F04.gen_found - deaths", 8), ("acc_level_ge(3) >= 1", True),
    ("missing + 1", None), ("acc_level_ge.DL(3) + 1", 3), ("acc_level_ge.DL(4) >= 1", None),
])
def test_an_expression(text, value):
    known = {("deaths", ()): Decimal(2), ("F04.gen_found", ()): Decimal(10), ("acc_level_ge", (3,)): Decimal(1), ("acc_level_ge.DL", (3,)): Decimal(2)}
    assert parse(text, {"acc_level_ge": 1}).value(lambda name, arguments: known.get((name, arguments))) == value


@pytest.mark.parametrize("text", ["__import__('os')", "deaths.__class__()", "[1]", "'a'", "deaths ** 2", "lambda: 1", "f(1)", "acc_level_ge(deaths)", "acc_level_ge()",
                                  "1 if deaths else 2", "deaths := 1", "1 +", "", "a" * 600, "-" * 50 + "1", "True", "deaths is None", "x[0]",
                                  "acc_level_ge.__class__(3)", "acc_level_ge.DL.HZ(3)", "deaths.DL(3)"])
def test_what_is_not_in_the_grammar_is_refused(text):
    with pytest.raises(ExpressionError, match="/"):
        parse(text, {"acc_level_ge": 1})


# --- what is wrong with a scheme --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "path", "text"), [
    ({"grade": []}, ("grade",), "unknown key grade"),
    ({"grades": [{"name": "优秀", "min": 80}, {"name": "良好", "min": 90}, {"name": "合格", "min": 0}]}, ("grades", 1, "min"), "overlaps"),
    ({"grades": [{"name": "优秀", "min": 90, "quota": {"by": "class", "max": 4}}, *GRADES[1:]]}, ("grades", 0, "quota"), "needs classes"),
    ({"total": 90}, ("total",), "add up to 100, not 90"),
    ({"total": 90, "groups": [{"id": "g", "name_zh": "组", "points": 90, "items": RATE}]}, ("groups", 0, "points"), "add up to 100, not 90"),
    ({"vetoes": [{"id": "V", "when": "death >= 1", "effect": "fail", "text_zh": "x"}]}, ("vetoes", 0, "when"), "no metric death; write deaths"),
    ({"vetoes": [{"id": "V", "when": "deaths >= 1", "effect": "out", "text_zh": "x"}]}, ("vetoes", 0, "effect"), "must be one of fail"),
    ({"ranking": {"order": ["score"]}}, ("ranking", "order", 0), "asc|desc"),
    ({"document": "law"}, ("document",), "law is not in documents: —"),
    ({"assumed": "points"}, ("assumed",), "a list of what is assumed"),
    ({"documents": {"law": "某办法"}, "grades": [{"name": "优秀", "min": 0, "document": "rule"}]}, ("grades", 0, "document"), "rule is not in documents: law"),
    ({"inputs": [{"id": "deaths", "name_zh": "死亡"}]}, ("inputs", 0, "id"), "is an indicator already"),
    ({"inputs": [{"id": "一票否决", "name_zh": "否决"}]}, ("inputs", 0, "id"), "lower-case letters"),
    ({"vetoes": [{"id": "V", "when": "deaths >= 1", "effect": "fail", "text_zh": "x", "classes": ["三类"]}]}, ("vetoes", 0, "classes"), "no class 三类"),
    ({"vetoes": [{"id": "V", "when": "deaths >= 1", "effect": "fail", "text_zh": "x", "scope": "month"}]}, ("vetoes", 0, "scope"), "one of period, year"),
    ({"vetoes": [{"id": "V", "when": "acc_level_ge.XX(2) >= 1", "effect": "fail", "text_zh": "x"}]}, ("vetoes", 0, "when"), "no category of accidents XX"),
    ({"cycle": "month"}, ("cycle",), "one of year, half, quarter"),
    ({"period": {"start": "1-1"}}, ("period", "start"), "month-day"),
    ({"classes": {"一类": ["a"], "二类": ["a"]}}, ("classes", "二类", 0), "a region is of one class"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "items": [{**RATE[0], "full_at": 0}]}]}, ("groups", 0, "items", 0, "full_at"), "more than 0"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "items": [{**RATE[0], "full_at": -0.5}]}]}, ("groups", 0, "items", 0, "full_at"), "more than 0"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "cap": 90, "items": RATE}]}, ("groups", 0, "cap"), "must not be below the 100 points"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "floor": 101, "items": RATE}]}, ("groups", 0, "floor"), "above the 100 points"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "cap": "all", "items": RATE}]}, ("groups", 0, "cap"), "must be a number"),
    ({"groups": [{"id": "i", "name_zh": "组", "points": 100, "cap": 101, "items": RATE}]}, ("groups", 0, "id"), "give the group another"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "pool": 1, "items": RATE}]}, ("groups", 0, "pool"), "true or false"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "pool": True, "items": [{**COUNT, "id": "i", "name_zh": "次"}]}]}, ("groups", 0, "items", 0, "points"), "write points: 0"),
    ({"groups": [{"id": "g", "name_zh": "组", "points": 100, "pool": True, "items": [{"id": "i", "name_zh": "评", "points": 0, "type": "manual"}]}]},
     ("groups", 0, "items", 0, "type"), "must be one of threshold"),
    ({"government_weight": 0.1}, ("government_weight",), "between 0.15 and 1"),
    ({"bonus": [{"id": "E", "name_zh": "x", "dedupe": "last"}]}, ("bonus", 0, "dedupe"), "one of highest, highest_of_same, sum"),
])
def test_a_wrong_scheme_is_refused_at_its_key_with_what_to_write_instead(change, path, text):
    raw = {"id": "s", "name_zh": "方案", "year": 2015, "total": 100, "grades": GRADES, "groups": [{"id": "g", "name_zh": "组", "points": 100, "items": RATE}], **change}
    _, problems = build(raw, METRICS)
    assert [p.path for p in problems] == [path]
    assert text in problems[0].text

"""Target assessment by hand: every type of item, edges of grades, quotas, vetoes, weights; and the golden examples of the real schemes."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.scoring.expressions import ExpressionError, parse
from transforms.scoring.scheme import build
from transforms.scoring.score import Manual, combine, score

METRICS = {"deaths", "deaths_target", "deaths_prev", "accidents_larger", "accidents_larger_target", "road", "road_target", "industry", "industry_target",
           "done", "due", "rate", "count", "gdp_rate", "major", "hidden_accidents"}
GRADES = [{"name": "优秀", "min": 90}, {"name": "良好", "min": 80}, {"name": "合格", "min": 60}, {"name": "不合格", "min": 0}]
COUNTY_25_75 = """
id: county-25-75
name_zh: 县区目标管理考核(25+75)
year: 2010
subject_level: county
total: 100
groups:
  - id: control
    name_zh: 控制指标
    points: 25
    items:
      - {id: B1, name_zh: 死亡人数, points: 15, type: per_excess, metric: deaths, per_over: -1, per_under: 0.5, cap_under: 0}
      - {id: B2, name_zh: 较大事故, points: 5, type: count_deduct, metric: accidents_larger, each: -5}
      - {id: B3, name_zh: 道路交通, points: 3, type: per_excess, metric: road, per_over: -0.5}
      - {id: B4, name_zh: 工矿商贸, points: 2, type: per_excess, metric: industry, per_over: -0.5}
  - id: tasks
    name_zh: 工作任务
    points: 75
    items:
      - {id: T1, name_zh: 责任, points: 15, type: manual}
      - {id: T2, name_zh: 机构人员, points: 10, type: manual}
      - {id: T3, name_zh: 执法检查, points: 15, type: manual}
      - {id: T4, name_zh: 隐患治理, points: 15, type: manual}
      - {id: T5, name_zh: 专项整治, points: 8, type: manual}
      - {id: T6, name_zh: 宣传培训, points: 6, type: manual}
      - {id: T7, name_zh: 应急, points: 6, type: manual}
vetoes:
  - {id: V1, when: acc_level_ge(3) >= 1, effect: zero, text_zh: 发生重大以上事故}
  - {id: V2, when: acc_level_eq(2) >= 2, effect: zero, text_zh: 较大事故两起以上}
  - {id: V3, when: deaths_target > 0 and deaths >= 2 * deaths_target, effect: zero, text_zh: 死亡人数达到指标两倍}
  - {id: V4, when: tasks_score <= 69, effect: zero, text_zh: 工作任务不足七十分}
grades: [{name: 优秀, min: 90}, {name: 良好, min: 80}, {name: 合格, min: 60}, {name: 不合格, min: 0}]
"""


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
GAIN = {**EXCESS, "per_under": 0.5, "cap_under": 2, "cap": 17}
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


# --- the real schemes -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def county():
    scheme, problems = build(yaml.safe_load(COUNTY_25_75), METRICS)
    assert problems == []
    return scheme


def tasks(points: int, region: str = "a") -> dict:
    """The seven task items with `points` of 75 in all."""
    off, entries = 75 - points, {}
    for name, most in (("T1", 15), ("T2", 10), ("T3", 15), ("T4", 15), ("T5", 8), ("T6", 6), ("T7", 6)):
        mine = min(off, most)
        off -= mine
        entries[region, name] = [Manual(Decimal(mine), None)]
    return entries


BASE = {"deaths": 12, "deaths_target": 10, "accidents_larger": 1, "road": 7, "road_target": 6, "industry": 2, "industry_target": 2,
        "acc_level_ge(3)": 0, "acc_level_eq(2)": 1}


@pytest.mark.parametrize(("values", "points", "total", "grade"), [
    ({}, 71, "88.5", "良好"),
    ({}, 69, "0", "不合格"),
    ({"deaths": 20}, 71, "0", "不合格"),
    ({"deaths": 8}, 71, "90.5", "优秀"),
    ({"deaths": 19}, 71, "81.5", "良好"),
    ({"deaths": 5, "deaths_target": 0}, 71, "85.5", "良好"),
    ({"accidents_larger": 2, "acc_level_eq(2)": 2}, 75, "0", "不合格"),
    ({"acc_level_ge(3)": 1}, 75, "0", "不合格"),
    ({}, 70, "87.5", "良好"),
])
def test_county_25_75(county, values, points, total, grade):
    result = run(county, {"a": {**BASE, **values}}, tasks(points))
    found = result.scores[0]
    assert (found.score, found.grade, found.provisional) == (Decimal(total), grade, False)
    assert found.vetoed == (total == "0") and (found.computed > 60)


def test_lvliang_50_50():
    control = [("deaths", 20), ("industry", 10), ("road", 10), ("accidents_larger", 10)]
    items = [{"id": n, "name_zh": n, "points": p, "type": "threshold", "metric": n} for n, p in control]
    work = [{"id": f"W{n}", "name_zh": "工作", "points": 5, "type": "manual"} for n in range(10)]
    scheme = scheme_of(items + work)
    values = {"deaths": 11, "deaths_target": 10} | {f"{n}{t}": 3 for n in ("industry", "road", "accidents_larger") for t in ("", "_target")}
    entries = {("a", f"W{n}"): [Manual(Decimal(1 if n < 4 else 0), None)] for n in range(10)}
    found = run(scheme, {"a": values}, entries).scores[0]
    assert (found.score, found.grade) == (76, "合格")


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


# --- properties -------------------------------------------------------------------------------------------------------

FIGURES = st.fixed_dictionaries({"deaths": st.integers(0, 40), "deaths_target": st.integers(0, 20), "accidents_larger": st.integers(0, 3),
                                 "road": st.integers(0, 20), "road_target": st.integers(0, 10), "industry": st.integers(0, 9),
                                 "industry_target": st.integers(0, 9), "acc_level_ge(3)": st.integers(0, 1), "acc_level_eq(2)": st.integers(0, 3)})


@given(FIGURES, st.integers(0, 75), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_more_deaths_never_raise_a_score_and_the_items_add_up_to_it(figures, points, more):
    scheme, _ = build(yaml.safe_load(COUNTY_25_75), METRICS)
    result = run(scheme, {"a": figures}, tasks(points))
    worse = run(scheme, {"a": {**figures, "deaths": figures["deaths"] + more}}, tasks(points))
    assert worse.scores[0].score <= result.scores[0].score
    assert sum(i.score for i in result.items) == result.scores[0].computed
    assert all(i.points - i.score == i.deduction for i in result.items)


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
    ("missing + 1", None),
])
def test_an_expression(text, value):
    known = {("deaths", ()): Decimal(2), ("F04.gen_found", ()): Decimal(10), ("acc_level_ge", (3,)): Decimal(1)}
    assert parse(text, {"acc_level_ge": 1}).value(lambda name, arguments: known.get((name, arguments))) == value


@pytest.mark.parametrize("text", ["__import__('os')", "deaths.__class__()", "[1]", "'a'", "deaths ** 2", "lambda: 1", "f(1)", "acc_level_ge(deaths)", "acc_level_ge()",
                                  "1 if deaths else 2", "deaths := 1", "1 +", "", "a" * 600, "-" * 50 + "1", "True", "deaths is None", "x[0]"])
def test_what_is_not_in_the_grammar_is_refused(text):
    with pytest.raises(ExpressionError, match="/"):
        parse(text, {"acc_level_ge": 1})


# --- what is wrong with a scheme --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "path", "text"), [
    ({"grade": []}, ("grade",), "unknown key grade"),
    ({"grades": [{"name": "优秀", "min": 80}, {"name": "良好", "min": 90}]}, ("grades", 1, "min"), "overlaps"),
    ({"grades": [{"name": "优秀", "min": 90, "quota": {"by": "class", "max": 4}}, *GRADES[1:]]}, ("grades", 0, "quota"), "needs classes"),
    ({"total": 90}, ("total",), "add up to 100, not 90"),
    ({"total": 90, "groups": [{"id": "g", "name_zh": "组", "points": 90, "items": RATE}]}, ("groups", 0, "points"), "add up to 100, not 90"),
    ({"vetoes": [{"id": "V", "when": "death >= 1", "effect": "fail", "text_zh": "x"}]}, ("vetoes", 0, "when"), "no metric death（deaths？）"),
    ({"vetoes": [{"id": "V", "when": "deaths >= 1", "effect": "out", "text_zh": "x"}]}, ("vetoes", 0, "effect"), "must be one of fail"),
    ({"ranking": {"order": ["score"]}}, ("ranking", "order", 0), "asc|desc"),
    ({"bonus": [{"id": "E", "name_zh": "x", "dedupe": "last"}]}, ("bonus", 0, "dedupe"), "highest or sum"),
])
def test_a_wrong_scheme_is_refused_at_its_key_with_what_to_write_instead(change, path, text):
    raw = {"id": "s", "name_zh": "方案", "year": 2015, "total": 100, "grades": GRADES, "groups": [{"id": "g", "name_zh": "组", "points": 100, "items": RATE}], **change}
    _, problems = build(raw, METRICS)
    assert [p.path for p in problems] == [path]
    assert text in problems[0].text

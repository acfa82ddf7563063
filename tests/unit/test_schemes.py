"""The schemes of the library: loaded, marked, adding up as their documents print, and scored by hand. Every golden score runs on the file itself."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scheme_cases import NOTHING, RAW, checked, off, one, run, scheme_of

from transforms.scoring.period import accident_counts
from transforms.scoring.provenance import parts_of, summary, table
from transforms.scoring.score import Manual

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE = [f"S{n}" for n in range(1, 16)]
FIRST, SECOND = "360100", "360200"  # a city of the first class, one of the second
PARTS = ("safety", "fire", "relief", "forest")


def marks(name: str) -> str:
    counts = summary(RAW[name])
    return f"{RAW[name].get('number', '-')} {name}: " + ", ".join(f"{n} {status}" for status, n in counts.items() if n)


# --- declared, marked, adding up --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RAW)
def test_a_scheme_of_the_library_has_nothing_wrong_with_it(name):
    scheme, problems = checked(name)
    assert [f"{p.path}: {p.text}" for p in problems] == []
    assert scheme.id == name


def test_all_fifteen_of_the_catalogue_are_there():
    assert {raw["number"] for raw in RAW.values() if raw.get("number", "").startswith("S")} == set(CATALOGUE)


@pytest.mark.parametrize("name", RAW, ids=marks)
def test_every_part_says_which_document_tells_it_or_that_it_is_assumed(name):
    """The name of this test in the output is the line of the table: how many parts are sourced, partly assumed, assumed."""
    assert [f"{p.kind} {p.id}" for p in parts_of(RAW[name]) if p.status == "unmarked"] == []


def test_the_table_of_what_is_told_and_what_is_assumed():
    rows = table(RAW.values())
    assert [r["number"] for r in rows][:3] == ["S1", "S2", "S2"] and [r["number"] for r in rows][-3:] == ["S15", "A", ""]
    county = next(r for r in rows if r["scheme_id"] == "county-25-75")
    assert {k: county[k] for k in ("sourced", "partly", "assumed", "unmarked")} == {"sourced": 9, "partly": 3, "assumed": 11, "unmarked": 0}
    assert [(p.kind, p.id, p.name_en, p.assumed) for p in county["assumed_parts"][:3]] == [
        ("scheme", "county-25-75", "County assessment, 25 points of control and 75 of tasks", ("rounding",)), ("item", "B1", "Deaths", ("cap_under",)),
        ("item", "T1", "Duties", ("*",))]
    assert all(r["sourced"] + r["partly"] and r["assumed_parts"] for r in rows), "no scheme is known to the last line, none is made up"


@pytest.mark.parametrize("name", RAW)
def test_every_document_is_named_in_chinese_and_used(name):
    used = {document for part in parts_of(RAW[name]) for document in part.documents}
    assert used == set(RAW[name]["documents"].values())
    assert all(CHINESE.search(document) for document in used)


@pytest.mark.parametrize("name", RAW)
def test_every_text_is_there_in_chinese_and_english(name):
    def walk(node):
        if isinstance(node, dict):
            for key in ("name_zh", "text_zh"):
                if key in node:
                    english = node[key.replace("zh", "en")]
                    assert CHINESE.search(node[key]) and english and not CHINESE.search(english), node
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(RAW[name])
    assert all(CHINESE.search(g["name"]) and g["name_en"] and not CHINESE.search(g["name_en"]) for g in RAW[name]["grades"])


@pytest.mark.parametrize(("name", "points"), [
    ("county-25-75", {"control": 25, "tasks": 75, "B1": 15, "B2": 5, "B3": 3, "B4": 2}), ("lvliang-50-50", {"control": 50, "work": 50}),
    ("jx-city-2015", {"A": 40, "B": 30, "C": 20, "D": 10}), ("fuzhou-2020-daily", {"duty": 11, "R1": 2, "R2": 1}), ("jx-bureau", {"major": 10}),
    ("county-quarter", {"accident": 30, "deployment": 3, "P1": 1, "P2": "0.3", "P3": "0.5", "P4": "0.2", "P5": "0.5", "P6": "0.5"}),
    ("renhuai-2008", {"basics": 55, "accident": 35, "tasks": 10}), ("shuozhou", {"X1": 5, "X2": 5}),
])
def test_the_points_are_those_that_the_document_prints(name, points):
    scheme = scheme_of(name)
    found = {part.id: part.points for part in (*scheme.groups, *scheme.items)}
    assert {key: found[key] for key in points} == {key: Decimal(value) for key, value in points.items()}


@pytest.mark.parametrize("name", RAW)
def test_what_is_typed_in_and_looked_back_for_is_used(name):
    """A fact that no rule asks for, and a look-back where nothing counts accidents, would only seem to be applied."""
    scheme = scheme_of(name)
    metrics = {metric for metric, _ in scheme.metrics}
    assert {i.id for i in scheme.inputs} - metrics == set()
    assert not scheme.lookback_hidden_years or any(m.startswith(("acc_", "accidents", "deaths", "hidden_accidents")) for m in metrics)


@pytest.mark.parametrize("name", RAW)
def test_the_points_add_up(name):
    scheme = scheme_of(name)
    assert all(sum(i.points for i in g.items) == (0 if g.pool else g.points) for g in scheme.groups)
    if scheme.groups:
        optional = sum(i.points for i in scheme.items if i.optional)
        assert sum(g.points for g in scheme.groups) - optional == scheme.total == 100
    else:
        assert [weight for _, weight in scheme.parts] == [Decimal("0.4"), Decimal("0.2"), Decimal("0.2"), Decimal("0.2")]


@pytest.mark.parametrize("name", RAW)
def test_where_all_is_well_everybody_has_full_marks_and_the_best_grade(name):
    scheme = scheme_of(name)
    region = next((m for members in scheme.classes.values() for m in members), "a")
    found = one(name, region=region)
    assert (found.score, found.provisional, found.raised, found.rank) == (100, False, [], 1)
    assert found.grade == (scheme.grades[0].name if scheme.grades and not _no_places(scheme) else None if not scheme.grades else scheme.grades[1].name)


def _no_places(scheme) -> bool:
    """35 per cent of one region is no place."""
    return scheme.grades[0].percent


# --- S6: 25 points of control, 75 of tasks ----------------------------------------------------------------------------

BASE = {"deaths": 12, "deaths_target": 10, "accidents_larger": 1, "acc_level_eq(2)": 1, "deaths.DL": 7, "deaths.DL_target": 6, "deaths.GK": 2,
        "deaths.GK_target": 2}


def tasks(points: object) -> dict:
    """The seven task items of county-25-75 with so many points of 75 in all."""
    rest, entries = 75 - Decimal(str(points)), {}
    for name, most in (("T1", 15), ("T2", 10), ("T3", 15), ("T4", 15), ("T5", 8), ("T6", 6), ("T7", 6)):
        mine = min(rest, Decimal(most))
        rest -= mine
        entries[name] = off(mine)
    return entries


@pytest.mark.parametrize(("values", "points", "total", "grade"), [
    # 15-2 + 5-5 + 3-0.5 + 2 = 17.5 of control
    (NOTHING, 71, "88.5", "良好"),
    (NOTHING, 69, "0", "不合格"),
    ({"deaths": 20}, 71, "0", "不合格"),
    ({"deaths": 8}, 71, "90.5", "优秀"),
    # not the target, one under it, one over it
    ({"deaths": 10}, 71, "90.5", "优秀"),
    ({"deaths": 11}, 71, "89.5", "良好"),
    ({"deaths": 19}, 71, "81.5", "良好"),
    # a target of zero: no multiple of it is a veto
    ({"deaths": 5, "deaths_target": 0}, 71, "85.5", "良好"),
    ({"deaths": 0, "deaths_target": 0}, 71, "90.5", "优秀"),
    # the vetoes at their edges
    ({"accidents_larger": 2, "acc_level_eq(2)": 2}, 75, "0", "不合格"),
    ({"acc_level_ge(3)": 1}, 75, "0", "不合格"),
    (NOTHING, 70, "87.5", "良好"),
    (NOTHING, "69.01", "86.51", "良好"),
    # every item down to nothing: 15 deaths, 6 road deaths and 4 in industry over
    ({"deaths": 30, "deaths_target": 16, "deaths.DL": 20, "deaths.GK": 9}, 75, "76", "合格"),
])
def test_county_25_75(values, points, total, grade):
    found = one("county-25-75", tasks(points), metrics={**BASE, **values})
    assert (found.score, found.grade, found.provisional) == (Decimal(total), grade, False)
    assert found.vetoed == (total == "0") and found.computed > 60


def test_county_25_75_with_a_task_not_yet_scored_is_provisional_and_its_veto_unknown():
    found = one("county-25-75", {**tasks(75), "T7": []}, metrics=BASE)
    # 86.5 of the 94 points that could be judged
    assert (found.score, found.provisional, found.raised) == (Decimal("92.02"), True, ["VETO_UNKNOWN V4"])


# --- S9: 50 points all or nothing, 50 of work -------------------------------------------------------------------------

FOUR_OFF = {f"W{n}": off(1) for n in (1, 2, 3, 4)}


@pytest.mark.parametrize(("values", "typed", "total", "grade"), [
    ({"deaths": 11, "deaths_target": 10}, FOUR_OFF, 76, "合格"),
    ({"deaths": 10, "deaths_target": 10}, FOUR_OFF, 96, "优秀"),
    ({"deaths.DL": 11}, {}, 90, "优秀"),
    ({"deaths.DL": 11, "deaths.GK": 11}, {}, 80, "良好"),
    ({"deaths": 11, "deaths.DL": 11, "deaths.GK": 11}, {}, 60, "合格"),
    ({"deaths": 11, "deaths.DL": 11, "deaths.GK": 11, "accidents_larger": 11}, {}, 50, "不合格"),
    ({"accidents_larger": 0, "accidents_larger_target": 0}, {}, 100, "优秀"),
    ({"accidents_larger": 1, "accidents_larger_target": 0}, {}, 90, "优秀"),
    # six deaths in a coal mine strike out, five do not; three in a building site do, and are larger accidents anyway
    ({"acc_deaths_ge.GK1(6)": 1}, {}, 100, "不合格"),
    ({"acc_deaths_ge.GK1(3)": 1, "acc_deaths_ge.GK1(6)": 0}, {}, 100, "优秀"),
    ({"acc_deaths_ge.HZ(6)": 1}, {}, 100, "不合格"),
    ({"acc_deaths_ge.GK3(3)": 1}, {}, 100, "不合格"),
    # a road accident of six deaths only with fault
    ({"acc_deaths_ge.DL(6)": 1}, {}, 100, "优秀"),
    ({"road_fault_accidents": 1}, {}, 100, "不合格"),
])
def test_lvliang_50_50(values, typed, total, grade):
    found = one("lvliang-50-50", typed, metrics=values)
    assert (found.score, found.grade) == (total, grade)


def test_lvliang_without_a_register_says_that_two_vetoes_cannot_be_judged():
    unknown = {f"{name}({arguments[0]})": None for name, arguments in scheme_of("lvliang-50-50").metrics if arguments}
    found = one("lvliang-50-50", metrics=unknown)
    assert (found.grade, found.raised) == ("优秀", ["VETO_UNKNOWN V1", "VETO_UNKNOWN V2"])


# --- A: the cities of Jiangxi, 2015 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "typed", "total", "grade"), [
    ({"deaths": 12}, {}, 91, "优秀"),                                       # two over: 4, and more than last year: 5
    ({"deaths": 10}, {}, 95, "优秀"),
    ({"deaths": 5}, {}, 100, "优秀"),                                       # as many as last year
    ({"deaths": 1, "deaths_target": 0}, {}, 98, "优秀"),
    ({"deaths": 18, "deaths_prev": 20}, {}, 84, "良好"),                    # A1 at its floor
    ({"deaths": 20}, {}, 79, "合格"),                                       # twice the target is not above twice the target
    ({"deaths": 21}, {}, 79, "不合格"),
    ({"deaths": 4, "deaths_target": 2}, {}, 96, "优秀"),
    ({"deaths": 5, "deaths_target": 2}, {}, 94, "不合格"),
    ({"deaths.GK": 13}, {}, 97, "优秀"),
    ({"deaths.DL1": 13}, {}, "98.5", "优秀"),
    ({"accidents_larger": 2, "accidents_larger_target": 1}, {}, "97.5", "优秀"),
    ({"F03.units_checked": 80}, {}, "98.4", "优秀"),
    ({"F03.units_checked": 10573, "F03.units_in_charge": 10561}, {}, 100, "优秀"),   # Guangxi 2020: more inspected than in charge
    ({"rectification_rate": 98}, {}, 100, "优秀"),
    ({"rectification_rate": "97.99"}, {}, 98, "优秀"),
    ({"rectification_rate": 95}, {}, 98, "优秀"),
    ({"rectification_rate": "94.99"}, {}, 96, "优秀"),
    ({"rectification_rate": 90}, {}, 96, "优秀"),
    ({"rectification_rate": "89.99"}, {}, 92, "优秀"),
    ({"late_submissions.F03": 3}, {}, "98.5", "优秀"),
    ({"late_submissions.F03": 13}, {}, 94, "优秀"),
    ({"F09.counties_done": 98}, {}, 99, "优秀"),
    ({"responsibility_coverage.行政村": 80}, {}, 100, "优秀"),
    ({"responsibility_coverage.行政村": "79.99"}, {}, 95, "优秀"),
    ({"responsibility_coverage.县": "99.99"}, {}, 95, "优秀"),
    ({"open_errors": 11}, {}, 95, "优秀"),
    # 92 without B2; B1 8 x 0.749375 = 5.995: 89.995 is 90.00 before it meets the edge
    ({"rectification_rate": 0, "F03.units_checked": 749375, "F03.units_in_charge": 1000000}, {}, "90.00", "优秀"),
    ({"rectification_rate": 0, "F03.units_checked": 7493625, "F03.units_in_charge": 10000000}, {}, "89.99", "良好"),
    # bonuses
    ({"deaths": 12}, {"E1": off(2)}, 93, "优秀"),
    ({"deaths": 12}, {"E1": [*off(1), *off(2)]}, 93, "优秀"),
    ({"deaths": 12, "accidents_larger_plus_prev": 0, "accidents_larger_plus_prev2": 0}, {}, 92, "优秀"),
    ({"deaths": 12, "accidents_larger_plus_prev": 0, "accidents_larger_plus_prev2": 1}, {}, 91, "优秀"),
    # vetoes
    ({"acc_level_ge(3)": 1}, {}, 100, "良好"),
    ({"acc_level_ge(3)": 2}, {}, 100, "不合格"),
    ({"hidden_accidents": 1}, {}, 100, "不合格"),
    ({"acc_level_eq(2)": 2}, {}, 100, "优秀"),
    ({"acc_level_eq(2)": 3}, {}, 100, "良好"),
])
def test_jx_city_2015(values, typed, total, grade):
    found = one("jx-city-2015", typed, FIRST, metrics=values)
    assert (found.score, found.grade, found.class_name) == (Decimal(total), grade, "一类")


@pytest.mark.parametrize(("larger", "grade"), [(1, "优秀"), (2, "良好"), (3, "良好")])
def test_a_city_of_the_second_class_of_jiangxi_loses_excellence_with_two_larger_accidents(larger, grade):
    assert one("jx-city-2015", region=SECOND, metrics={"acc_level_eq(2)": larger}).grade == grade


def cities(rates: dict[str, object]) -> dict:
    """Cities by their points: the rest of 100 is taken from the rate of major hazards closed on time (8 points) and the bonus."""
    return {region: {"on_time_rectification_rate": (Decimal(str(points)) - 92) / 8 * 100} for region, points in rates.items()}


@pytest.mark.parametrize(("points", "excellent", "tied"), [
    ({"360100": 99, "360700": 98, "360400": 97, "360900": 96, "361100": 95, "360200": 94, "360300": 93, "360500": 92},
     {"360100", "360700", "360400", "360900", "360200", "360300"}, set()),
    ({"360100": 99, "360700": 98, "360400": 97, "360900": 96, "361100": 96}, {"360100", "360700", "360400"}, {"360900", "361100"}),
    (dict.fromkeys(("360200", "360300", "360500", "360600"), 95), set(), {"360200", "360300", "360500", "360600"}),
    (dict.fromkeys(("360200", "360300"), 95), {"360200", "360300"}, set()),
])
def test_the_places_of_each_class_of_cities(points, excellent, tied):
    found = {s.region_id: s for s in run("jx-city-2015", cities(points)).scores}
    assert {r for r, s in found.items() if s.grade == "优秀"} == excellent
    assert {r for r, s in found.items() if "QUOTA_TIE" in s.raised} == tied
    assert all(s.grade == "良好" for r, s in found.items() if r not in excellent)


def test_a_tie_for_the_last_place_is_settled_by_fewer_larger_accidents_and_the_published_rank_stays_shared():
    values = cities(dict.fromkeys(("360200", "360300", "360500"), 95))
    values["360300"]["accidents_larger_plus"] = 1
    found = {s.region_id: s for s in run("jx-city-2015", values).scores}
    assert [found[r].grade for r in ("360200", "360300", "360500")] == ["优秀", "良好", "优秀"]
    assert {s.rank for s in found.values()} == {1}


# --- S1 and S12: governments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "total", "grade"), [
    ({"accidents_major_plus": 1}, 96, "优秀"),
    ({"accidents_major_plus": 3}, 92, "优秀"),
    ({"supervisor_staffing_rate": 0}, 90, "优秀"),
    ({"supervisor_staffing_rate": 0, "accidents_major_plus": 1}, 86, "良好"),
    ({"fraud_cases": 1}, 100, "良好"),
    ({"fraud_cases": 2, "supervisor_staffing_rate": 0, "plan_filing_rate": 0}, 80, "合格"),
    ({"fraud_cases": 1, "rectification_rate": 0, "standardization_rate": 0, "training_completion_rate": 0, "supervisor_staffing_rate": 0, "plan_filing_rate": 0},
     54, "不合格"),
])
def test_provinces_before_the_state_council(values, total, grade):
    found = one("state-council-2016", metrics=values)
    assert (found.score, found.grade) == (total, grade)


@pytest.mark.parametrize(("values", "total", "grade"), [
    ({"acc_level_eq(3)": 1}, 100, "优秀"),
    ({"acc_level_eq(3)": 2}, 100, "不合格"),
    ({"acc_level_eq(4)": 1}, 100, "不合格"),
    ({"deaths": 60, "accidents_larger_plus": 5}, 80, "良好"),                # no item below zero
    ({"inspection_coverage": 0, "F03.units_checked": 0, "responsibility_coverage": 0, "supervisor_staffing_rate": "33.33"}, "60.00", "合格"),
    ({"F03.units_checked": 0, "responsibility_coverage": 0, "supervisor_staffing_rate": "33.29"}, "59.99", "不合格"),
    ({"fraud_cases": 1}, 100, "良好"),
])
def test_cities_of_shaanxi(values, total, grade):
    found = one("shaanxi-2016", metrics=values)
    assert (found.score, found.grade) == (Decimal(total), grade)


# --- S2, S3, S4, S5: Jiangxi ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("daily", "year_end", "total", "grade"), [
    ("6.5", 3, "90.5", "优秀"), (6, 4, 90, "优秀"), ("6.005", 4, "90.00", "优秀"), ("6.006", 4, "89.99", "良好"), (20, 0, 80, "良好"), ("20.01", 0, "79.99", "合格"),
    (30, "10.01", "59.99", "不合格"), (80, 40, 0, "不合格"),
])
def test_what_routine_monitoring_and_the_year_end_take_off_a_hundred(daily, year_end, total, grade):
    found = one("jx-emergency-city", {"DAILY": off(daily), "YEAREND": off(year_end)}, FIRST)
    assert (found.score, found.grade, found.provisional) == (Decimal(total), grade, False)


def test_before_the_end_of_the_year_only_routine_monitoring_counts_and_the_score_is_provisional():
    found = one("jx-emergency-city", {"DAILY": off(6), "YEAREND": []}, FIRST)
    assert (found.score, found.provisional) == (94, True)


@pytest.mark.parametrize(("region", "values", "grade"), [
    (FIRST, {"acc_level_eq(2)": 2}, "优秀"), (FIRST, {"acc_level_eq(2)": 3}, "良好"), (SECOND, {"acc_level_eq(2)": 1}, "优秀"), (SECOND, {"acc_level_eq(2)": 2}, "良好"),
    (FIRST, {"acc_level_eq(2)": 3, "acc_level_eq.HZ(2)": 1}, "优秀"),         # two accidents and one fire: each counted by itself
    (FIRST, {"acc_level_eq(2)": 3, "acc_level_eq.HZ(2)": 3}, "良好"),
    (FIRST, {"acc_level_ge(3)": 1}, "良好"), (FIRST, {"forest_fires_major": 1}, "良好"), (SECOND, {"veto_cases": 1}, "不合格"),
])
def test_what_keeps_a_city_of_jiangxi_from_excellence(region, values, grade):
    assert one("jx-emergency-city", region=region, metrics=values).grade == grade


COUNTIES = {"classes": {"一类": ["a"], "二类": ["b"], "三类": ["c"]}}


@pytest.mark.parametrize(("region", "larger", "grade"), [("a", 1, "优秀"), ("a", 2, "良好"), ("b", 1, "良好"), ("c", 1, "良好"), ("c", 0, "优秀")])
def test_what_keeps_a_county_of_jiangxi_from_excellence(region, larger, grade):
    others = {f"r{n}": {} for n in range(5)}
    found = run("jx-emergency-county", {region: {"acc_level_eq(2)": larger}, **others}, {(r, "DAILY"): off(20) for r in others}, **COUNTIES).scores[0]
    assert found.grade == grade


@pytest.mark.parametrize("region", "abc")
def test_a_major_accident_keeps_every_county_of_jiangxi_from_excellence(region):
    others = {f"r{n}": {} for n in range(5)}
    values = {region: {"acc_level_ge(3)": 1, "acc_level_eq(2)": 0}, **others}
    found = run("jx-emergency-county", values, {(r, "DAILY"): off(20) for r in others}, **COUNTIES).scores[0]
    assert (found.grade, found.veto_ids) == ("良好", ("V1",))


@pytest.mark.parametrize(("counties", "places"), [(2, 0), (3, 1), (10, 3), (20, 7)])
def test_thirty_five_per_cent_of_the_counties_rounded_down(counties, places):
    values = {f"c{n:02d}": {} for n in range(counties)}
    found = run("jx-emergency-county", values, {(r, "DAILY"): off(Decimal(n) / 10) for n, r in enumerate(values)}).scores
    assert [s.grade for s in found].count("优秀") == places


def ganzhou(*points: object, region: str | None = None) -> dict:
    entries = {f"ganzhou-2020-{part}/DAILY": off(100 - Decimal(str(p))) for part, p in zip(PARTS, points, strict=True)}
    return {(region, k): v for k, v in entries.items()} if region else entries


@pytest.mark.parametrize(("points", "total", "grade"), [
    ((95, 90, 85, 80), 89, "良好"), ((100, 90, 80, 80), 90, "优秀"), (("99.9875", 90, 80, 80), "90.00", "优秀"), (("99.97", 90, 80, 80), "89.99", "良好"),
    ((50, 100, 100, 100), 80, "良好"), ((0, 100, 100, 100), 60, "合格"), ((0, 100, 100, "99.95"), "59.99", "不合格"),
])
def test_ganzhou_weighs_four_assessments(points, total, grade):
    found = one("ganzhou-2020", ganzhou(*points))
    assert (found.score, found.grade) == (Decimal(total), grade)


def test_ganzhou_gives_the_best_grade_to_the_top_six_and_a_tie_for_the_sixth_place_to_nobody():
    counties = {f"c{n}": {} for n in range(8)}
    typed = {k: v for n, r in enumerate(counties) for k, v in ganzhou(*[99 - n] * 4, region=r).items()}
    assert [s.grade for s in run("ganzhou-2020", counties, typed).scores] == ["优秀"] * 6 + ["良好"] * 2
    typed |= ganzhou(*[94] * 4, region="c6")
    found = run("ganzhou-2020", counties, typed).scores
    assert [s.grade for s in found] == ["优秀"] * 5 + ["良好"] * 3
    assert [s.region_id for s in found if "QUOTA_TIE" in s.raised] == ["c5", "c6"]


def test_ganzhou_with_a_veto_or_without_one_of_its_four_parts():
    assert one("ganzhou-2020", veto_cases=1).grade == "良好"
    found = one("ganzhou-2020", {"ganzhou-2020-fire/DAILY": [], "ganzhou-2020-fire/YEAREND": []})
    assert (found.score, found.grade, found.provisional) == (None, None, True)


@pytest.mark.parametrize(("points", "total", "raised"), [("0.5", "99.5", []), (2, 98, []), (5, 98, []), ("0.3", "99.7", ["DEDUCTION_BELOW_LEAST R1"]), (0, 100, [])])
def test_fuzhou_takes_half_a_point_to_two_points_for_an_item(points, total, raised):
    found = one("fuzhou-2020-daily", {"R1": off(points)})
    assert (found.score, found.raised) == (Decimal(total), raised)


@pytest.mark.parametrize(("values", "total", "grade"), [
    ({"accidents_major_plus.DL": 1}, 95, "优秀"), ({"accidents_major_plus.DL": 2, "accidents_major_plus.GK1": 1}, 90, "优秀"),
    ({"accidents_major_plus.GK4": 1}, 100, "不合格"), ({"accidents_major_plus.GK2": 1}, 100, "不合格"), ({"bureau_at_fault": 1}, 100, "不合格"),
    ({"deaths": 13, "accidents_larger": 11}, 95, "优秀"), ({"deaths": 1, "deaths_target": 0, "on_time_submission_rate": 0}, 89, "良好"),
])
def test_bureaus_of_jiangxi(values, total, grade):
    found = one("jx-bureau", metrics=values)
    assert (found.score, found.grade) == (total, grade)


# --- S7, S8: bonuses and deductions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "typed", "total", "grade"), [
    ({"accidents_larger": 1}, {}, "99.5", "优秀"),
    ({"accidents_larger": 2, "accidents_larger_target": 1}, {}, "98.5", "优秀"),         # half a point within the target, a whole one above it
    ({"accidents_larger": 2, "accidents_larger_target": 0}, {}, 98, "优秀"),
    ({"deaths": 10}, {}, 100, "优秀"),
    ({"deaths": 11}, {}, 95, "不达标"),                                                  # ten per cent over, and vetoed
    ({"acc_level_ge(3)": 1}, {}, 100, "不达标"),
    ({"F03.units_checked": "66.6667"}, {}, "95.00", "优秀"),
    ({"F03.units_checked": "66.6"}, {}, "94.99", "良好"),
    ({"responsibility_coverage": 0}, {}, 90, "良好"),
    ({"responsibility_coverage": 0, "training_completion_rate": 0}, {}, 80, "达标"),
    ({"responsibility_coverage": 0, "training_completion_rate": 0, "standardization_rate": "99.9"}, {}, "79.99", "不达标"),
    ({"responsibility_coverage": 0}, {"E1": [*off(5, "甲"), *off(1, "甲"), *off(3, "乙")]}, 98, "优秀"),   # 甲 counts once, at its highest
    ({"responsibility_coverage": 0}, {"E1": [*off(1, "甲"), *off(1, "乙")]}, 92, "良好"),
    (NOTHING, {"D3": [*off(2), *off(2)]}, 96, "优秀"),
    (NOTHING, {"D4": off(9)}, 97, "优秀"),
])
def test_zunyi_2010(values, typed, total, grade):
    found = one("zunyi-2010", typed, metrics=values)
    assert (found.score, found.grade) == (Decimal(total), grade)


def test_a_bonus_of_a_level_that_the_scheme_has_not_counts_and_is_looked_at():
    found = one("zunyi-2010", {"E1": off(2)}, responsibility_coverage=0)
    assert (found.score, found.raised) == (92, ["LEVEL_UNKNOWN E1"])


def test_a_deduction_above_a_target_that_nobody_set_is_said_to_be_unknown():
    found = one("zunyi-2010", metrics={"accidents_larger": 1, "accidents_larger_target": None})
    assert (found.score, found.raised) == (Decimal("99.5"), ["EXTRA_UNKNOWN D2"])


LUZHOU = {"classes": {"区": ["a"], "县": ["b"]}}
FALLING = {"deaths": 1, "deaths_prev": 2, "deaths_prev2": 3, "deaths_prev3": 4}


@pytest.mark.parametrize(("region", "values", "typed", "total"), [
    ("a", FALLING, {}, 102), ("a", {**FALLING, "deaths_prev3": 3}, {}, 100), ("a", {**FALLING, "deaths_prev": 1}, {}, 100),
    ("a", {"accidents_larger_plus_prev": 0}, {}, 100), ("a", {"accidents_larger_plus_prev": 0, "accidents_larger_plus_prev2": 0}, {}, 102),
    ("b", {"accidents_larger_plus_prev": 0}, {}, 102), ("c", {"accidents_larger_plus_prev": 0, "accidents_larger_plus_prev2": 0}, {}, 100),
    ("a", {}, {"E1": [*off(2, "甲"), *off(1, "甲"), *off(1, "乙")]}, 103), ("a", {}, {"E1": [*off(2, "甲"), *off(2, "乙"), *off(2, "丙")]}, 104),
    ("a", {}, {"E4": off("1.7")}, "101.7"), ("a", {}, {"E4": off("2.6")}, 102),
    ("b", {**FALLING, "accidents_larger_plus_prev": 0}, {"E1": [*off(2, "甲"), *off(2, "乙"), *off(1, "丙")], "E4": off(3)}, 110),
])
def test_luzhou_adds_and_caps(region, values, typed, total):
    assert one("luzhou-2008", typed, region, LUZHOU, metrics=values).score == Decimal(total)


@pytest.mark.parametrize(("values", "total", "grade"), [
    ({"responsibility_coverage": 0, "training_completion_rate": 0, "standardization_rate": 50}, 70, "完成目标"),
    ({"responsibility_coverage": 0, "training_completion_rate": 0, "standardization_rate": "49.9"}, "69.99", "未完成目标"),
    ({"accidents_larger_plus": 3, "deaths": 13}, 79, "完成目标"),
    ({"veto_cases": 1}, 100, "未完成目标"),
])
def test_luzhou_meets_its_target_from_seventy_points_on(values, total, grade):
    found = one("luzhou-2008", metrics=values)
    assert (found.score, found.grade) == (Decimal(total), grade)


# --- S10: Hunan -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "values", "grade", "card"), [
    ("hunan-2017-city", {"acc_level_eq(2)": 3}, "先进", False), ("hunan-2017-city", {"acc_level_eq(3)": 1}, "合格", True),
    ("hunan-2017-city", {"acc_level_eq(3)": 2}, "不合格", True), ("hunan-2017-city", {"acc_level_eq(4)": 1}, "不合格", False),
    ("hunan-2017-city", {"responsibility_coverage": 0, "campaign_completion_rate": 50}, "合格", False),
    ("hunan-2017-county", {"acc_level_eq(2)": 1}, "先进", False), ("hunan-2017-county", {"acc_level_eq(2)": 2}, "合格", True),
    ("hunan-2017-county", {"acc_level_eq(2)": 3}, "不合格", True), ("hunan-2017-county", {"acc_level_eq(3)": 1}, "不合格", False),
    ("hunan-2017-county", {"hidden_larger_accidents": 1}, "不合格", False),
])
def test_yellow_cards_and_vetoes_of_hunan(name, values, grade, card):
    found = one(name, metrics=values)
    assert (found.grade, "yellow_card" in found.effects) == (grade, card)


SIXTY = {"responsibility_coverage": 0, "rectification_rate": 0, "campaign_completion_rate": 0}


@pytest.mark.parametrize(("values", "total", "grade", "raised"), [
    (SIXTY | {"yellow_card_conditions": 1}, 60, "黄牌警告", []), (SIXTY | {"yellow_card_conditions": 0}, 60, "不合格", []),
    (SIXTY | {"yellow_card_conditions": None}, 60, "不合格", ["CONDITION_UNKNOWN 黄牌警告"]),
    (SIXTY | {"yellow_card_conditions": 1, "deaths": 11, "deaths_prev": 11}, 59, "不合格", []),
    (SIXTY | {"campaign_completion_rate": 100}, 70, "合格", []),
])
def test_from_sixty_points_on_hunan_gives_a_yellow_card_where_a_condition_holds(values, total, grade, raised):
    found = one("hunan-2017-city", metrics=values)
    assert (found.score, found.grade, found.raised) == (total, grade, raised)


@pytest.mark.parametrize(("name", "on", "level", "proven_on", "counts"), [
    # Hunan: 1 December to 30 November; major accidents of December in their own year; larger concealed ones of three years before
    ("hunan-2017-city", "2016-11-30", 2, None, False), ("hunan-2017-city", "2016-12-01", 2, None, True), ("hunan-2017-city", "2017-12-01", 2, None, False),
    ("hunan-2017-city", "2017-12-31", 3, None, True), ("hunan-2017-city", "2017-12-31", 4, None, True), ("hunan-2017-city", "2016-12-31", 3, None, False),
    ("hunan-2017-county", "2013-12-01", 2, "2017-03-01", True), ("hunan-2017-county", "2013-11-30", 2, "2017-03-01", False),
    ("hunan-2017-county", "2014-06-01", 1, "2017-03-01", False),
    # Jiangxi: the calendar year, and what was concealed in the three years before
    ("jx-city-2015", "2014-12-31", 4, None, False), ("jx-city-2015", "2015-12-31", 1, None, True), ("jx-city-2015", "2011-12-31", 3, "2015-05-01", False),
    ("jx-city-2015", "2012-01-01", 1, "2015-07-01", True), ("ganzhou-2020", "2017-01-01", 1, "2020-05-01", False),  # all of it is scored by people
    ("zunyi-2010", "2009-06-01", 3, "2010-06-01", False),
])
def test_which_accidents_count_for_the_year(name, on, level, proven_on, counts):
    assert accident_counts(scheme_of(name), on, level, proven_on) is counts


# --- S11: Shuozhou ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "typed", "total", "grade"), [
    (NOTHING, {"X1": off(1)}, "99.05", "优秀"),                               # 104 of 105
    (NOTHING, {"X1": off(0), "X2": off(5)}, "95.45", "优秀"),                 # 105 of 110
    (NOTHING, {"X1": off(0), "X2": off(0)}, 100, "优秀"),
    ({"deaths": 15}, {}, 90, "优秀"),
    ({"deaths": 15}, {"X1": off(5)}, "85.71", "良好"),                        # 90 of 105
    ({"deaths": 15}, {"E1": off("0.5")}, "90.5", "优秀"),
    ({"deaths": 15}, {"E1": [*off(2), *off(1)]}, 93, "优秀"),
    ({"deaths": 15}, {"D1": off("0.5")}, "89.5", "良好"),
    ({"deaths": 20}, {}, 80, "良好"),
    ({"deaths": 30, "responsibility_coverage": 0}, {}, 60, "合格"),
    ({"fraud_cases": 1}, {}, 100, "良好"),
])
def test_shuozhou_brings_the_sum_to_a_hundred(values, typed, total, grade):
    found = one("shuozhou", typed, metrics=values)
    assert (found.score, found.grade, found.provisional) == (Decimal(total), grade, False)


# --- S13, S14: quarters and towns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "total"), [
    ({"accidents": 5, "deaths": 5}, 100), ({"accidents": 7, "deaths": 5}, "99.6"), ({"accidents": 7, "deaths": 7}, "97.6"), ({"accidents": 0, "deaths": 7}, 98),
    ({"accidents.GK": 1}, 70), ({"accidents": 7, "deaths": 7, "accidents.GK": 1}, 70), ({"accidents": 500}, 70), ({"deaths": 40}, 70),
    ({"accidents": 0, "accidents_prev": 0, "deaths": 0, "deaths_prev": 0}, 100),
])
def test_three_rules_take_from_the_thirty_points_of_a_quarter_down_to_zero(values, total):
    assert one("county-quarter", metrics=values).score == Decimal(total)


def test_without_last_year_the_accidents_of_a_quarter_cannot_be_judged():
    found = one("county-quarter", metrics={"accidents_prev": None, "deaths_prev": None, "rectification_rate": 50})
    # The 30 points are the group's: what is known of work accidents takes nothing from them. 90 of 100, and not all of it judged.
    assert (found.score, found.provisional) == (90, True)
    struck = one("county-quarter", metrics={"accidents_prev": None, "deaths_prev": 5, "deaths": 9})
    assert (struck.score, struck.judged_points, struck.provisional) == (96, 100, True)
    nothing = one("county-quarter", metrics={"accidents_prev": None, "deaths_prev": None, "accidents.GK": None, "rectification_rate": 50})
    # 60 of the 70 points that could be judged
    assert (nothing.score, nothing.provisional) == (Decimal("85.71"), True)


def test_a_concealed_accident_strikes_out_every_quarter_of_the_year():
    found = one("county-quarter", metrics={"hidden_accidents": 0, "year:hidden_accidents": 1})
    assert (found.grade, found.score, found.veto_ids) == ("不合格", 100, ("V1",))


@pytest.mark.parametrize(("values", "typed", "total", "grade"), [
    (NOTHING, {"T1": off(10)}, 90, "获奖"),
    (NOTHING, {"T1": off("10"), "R2": off("0.01")}, "89.99", "不奖不惩"),
    (NOTHING, {"T1": off(99)}, 90, "获奖"),
    ({"deaths": 10}, {}, 100, "获奖"),
    ({"deaths": 11}, {}, 95, "不奖不惩"),
    ({"deaths": 0, "deaths_target": 0}, {}, 100, "获奖"),
    ({"accidents_larger_plus": 1}, {}, 90, "不奖不惩"),
    ({"unofficial_deaths": 3}, {}, 100, "获奖"),
    ({"unofficial_deaths": 4}, {}, 100, "不奖不惩"),
    ({"F03.units_checked": 0}, {}, 80, "不奖不惩"),
    ({"F03.units_checked": 0}, {"R2": off("0.01")}, "79.99", "一票否决"),
    ({"F03.units_checked": 0}, {"R1": off(12), "R2": off(1)}, 91, "获奖"),
    ({"deaths": 20, "accidents_larger_plus": 2, "F03.units_checked": 0, "rectification_rate": 0}, {"B1": off(15)}, 10, "一票否决"),
])
def test_towns_of_renhuai(values, typed, total, grade):
    found = one("renhuai-2008", typed, metrics=values)
    assert (found.score, found.grade) == (Decimal(total), grade)


# --- S15: a ranking ---------------------------------------------------------------------------------------------------

# 2012 第三季度洛阳市通报: 18 units, two pairs share a rank, three functional zones among the counties.
LUOYANG = {"汝阳县": 1, "瀍河区": 2, "涧西区": 3, "吉利区": 4, "新安县": 4, "栾川县": 6, "西工区": 7, "嵩县": 8, "老城区": 9, "高新区": 10, "龙门园区": 11, "洛龙区": 12,
           "伊滨区": 12, "孟津县": 14, "伊川县": 15, "洛宁县": 16, "宜阳县": 17, "偃师市": 18}


def test_luoyang_ranks_ties_with_gaps_as_its_bulletin_prints_them():
    places = sorted(set(LUOYANG.values()))
    values = {unit: {"rectification_rate": 100 - 5 * places.index(rank)} for unit, rank in LUOYANG.items()}
    found = run("luoyang-ranking", values).scores
    assert {s.region_id: s.rank for s in found} == LUOYANG
    assert {s.grade for s in found} == {None}


@pytest.mark.parametrize(("values", "total"), [({"deaths": 11}, 95), ({"deaths": 17}, 70), ({"acc_deaths_ge(5)": 1}, 90), ({"accidents": 9}, 99)])
def test_points_of_luoyang(values, total):
    assert run("luoyang-ranking", {"a": values, "b": {}}).scores[0].score == total


# --- three families ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "values", "total"), [
    # accidents 40, process 40, society 20; weighted 60/40/10 of 110 where the risk is high, 20/40/30 of 90 in services
    (None, {"accidents_larger_plus": 2}, 90), ("高危", {"accidents_larger_plus": 2}, "86.36"), ("服务", {"accidents_larger_plus": 2}, "94.44"),
    (None, {"F18.safety_sense.群众安全感调查": 50}, 95), ("高危", {"F18.safety_sense.群众安全感调查": 50}, "97.73"), ("服务", {"F18.safety_sense.群众安全感调查": 50}, "91.67"),
    ("高危", {"deaths": 0}, 100), ("服务", {"deaths": 12}, "94.44"),
])
def test_an_industry_weighs_accidents_process_and_society_its_own_way(profile, values, total):
    here = {"profile_of": {"a": profile}} if profile else None
    assert one("three-families", here=here, metrics=values).score == Decimal(total)


# --- every scheme -----------------------------------------------------------------------------------------------------

LOWER = re.compile(r"^(deaths|accidents|acc_|late_|open_|hidden_|major_overdue)")
WORSE = {"responsibility_coverage": 40, "rectification_rate": 70, "F03.units_checked": 60, "standardization_rate": 50, "accidents_larger_plus": 1, "deaths": 11}


@pytest.mark.parametrize("name", RAW, ids=marks)
def test_every_scheme_scores_a_small_province_from_end_to_end(name):
    scheme = scheme_of(name)
    members = [m for each in scheme.classes.values() for m in each][:4] or ["w", "x", "y", "z"]
    good, alike, poor, silent = members
    manual = {(poor, i.id): off(i.points / 2) for i in scheme.items if i.type == "manual" and i.points}
    manual |= {(poor, f"ganzhou-2020-{part}/DAILY"): off(50) for part in PARTS if scheme.parts}
    values = {good: {}, alike: {}, poor: WORSE, silent: None}
    result = run(name, values, manual)
    found = {s.region_id: s for s in result.scores}
    assert found[good].score == found[alike].score > found[poor].computed > 0
    assert [found[r].rank for r in members] == [1, 1, 3, None]
    assert (found[silent].score, found[silent].grade, found[silent].provisional) == (None, None, True), "nothing known is not zero"
    assert {s.grade for s in result.scores} <= {None, *(g.name for g in scheme.grades)}
    assert run(name, values, manual) == result, "the same input gives the same result"
    assert all(i.reason_zh and i.reason_en for i in result.items)


@pytest.mark.parametrize("name", [n for n in RAW if not RAW[n].get("normalize_to") and not RAW[n].get("parts")])
def test_the_items_add_up_to_the_score(name):
    manual = {i.id: off(i.points / 4) for i in scheme_of(name).items if i.type == "manual" and i.points}
    result = run(name, {"a": WORSE}, manual)
    assert sum(i.score for i in result.items) == result.scores[0].computed


@pytest.mark.parametrize("name", [n for n in RAW if scheme_of(n).groups])
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_more_deaths_or_accidents_never_raise_a_score(name, data):
    metrics = sorted({f"{m}({', '.join(map(str, a))})" if a else m for m, a in scheme_of(name).metrics if LOWER.match(m) and not re.search(r"_(target|prev\d?)$", m)})
    if not metrics:
        return
    before = {m: data.draw(st.integers(0, 12), label=m) for m in metrics}
    worse = data.draw(st.sampled_from(metrics), label="worse")
    after = {**before, worse: before[worse] + data.draw(st.integers(1, 9), label="more")}
    first, second = (run(name, {"a": v, "b": {}}).scores[0] for v in (before, after))
    assert second.computed <= first.computed
    assert second.score <= first.score


def test_ranks_of_all_regions_equal_are_first():
    for name in RAW:
        assert {s.rank for s in run(name, {r: {} for r in "abc"}).scores} == {1}


def test_the_catalogue_has_one_scheme_for_each_number_but_for_cities_counties_and_parts():
    shared = {number: sorted(group) for number, group in itertools.groupby(sorted(RAW, key=lambda n: RAW[n].get("number", "")), key=lambda n: RAW[n].get("number", ""))}
    assert {n: g for n, g in shared.items() if len(g) > 1} == {
        "S2": ["jx-emergency-city", "jx-emergency-county"], "S10": ["hunan-2017-city", "hunan-2017-county"],
        "S3": ["ganzhou-2020", *(f"ganzhou-2020-{part}" for part in sorted(PARTS))]}


def test_a_manual_entry_is_of_the_item_that_it_names():
    assert one("fuzhou-2020-daily", {"R2": [Manual(None, Decimal("0.5"))]}).score == Decimal("99.5")

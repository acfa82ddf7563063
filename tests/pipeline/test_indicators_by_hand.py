"""Every rate and share the field computes, by hand: relative indicators, hazards and processes; unrounded rates; merged regions; the mark of a zero base."""

from __future__ import annotations

import json

import pytest

from pipelines import explain
from pipelines import jurisdiction as jurisdictions
from pipelines.intake import templates
from pipelines.intake.blank_table import BlankTable

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at
from .test_accidents import accident, register


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """One county, one year: accidents by category, denominators, and each process form once."""
    bureau = bureau_at(tmp_path_factory.mktemp("by_hand"))
    bureau.write("denominators.csv", "year,region_id,gdp_100m_yuan,employees_gk,motor_vehicles,coal_output_t,population\n"
                                     f"2014,{EAST},4607,100000,150000,20000000,1000000\n2015,{EAST},5000,120000,180000,7896818,1200000\n"
                                     f"2015,{WEST},100,1000,1000,0,\n")
    bureau.report("2015", "2016-01-20", region_id=[EAST] * 5 + [WEST] * 2, category=["TOTAL", "GK", "GK1", "DL", "HZ", "TOTAL", "GK1"],
                  deaths=[150, 80, 73, 40, 3, 0, 0], events=[100, 60, 20, 30, 5, 0, 0], events_larger=[6, 4, 4, 2, 0, 0, 0],
                  events_major=[1, 1, 1, 0, 0, 0, 0], events_extreme=[0] * 7, events_larger_plus=[7, 5, 5, 2, 0, 0, 0], loss=[10, 5, 3, 2, 1, 0, 0])
    bureau.report("2015-12", "2016-01-05", form="F04", region_id=[EAST], gen_found=[913], gen_fixed=[876], gen_fixed_now=[800], maj_found=[182], maj_fixed=[72])
    bureau.report("2015-12", "2016-01-05", form="F12", region_id=[EAST], registered=[400], logged=[390], reporting=[380], checked=[300], found=[90],
                  fixed=[81], base_last_year=[320])
    bureau.report("2015Q4", "2016-01-10", form="F06", region_id=[EAST], industry=["合计"], scope=[51], total=[41])
    bureau.report("2015-12", "2016-01-05", form="F03", region_id=[EAST], units_checked=[120], units_in_charge=[160])
    bureau.report("2015", "2016-01-20", form="F10", region_id=[EAST], item=["合计"], should=[25], done=[24], firms=[200], staff_have=[8], staff_should=[10])
    return bureau.compute()


@pytest.mark.parametrize(("indicator", "value", "by"), [
    ("deaths_per_100m_gdp", 0.03, "150 / 5000"),
    ("worker_deaths_per_100k", 66.667, "80 / 120000 x 100000"),
    ("road_deaths_per_10k_vehicles", 2.22, "40 / 180000 x 10000"),
    ("coal_deaths_per_mt", 9.244, "73 / 7.896818"),
    ("fire_deaths_per_100k", 0.25, "3 / 1200000 x 100000"),
    ("accidents_larger_plus", 7, "6 + 1"),
    ("deaths_per_accident", 1.5, "150 / 100"),
    ("rectification_rate", 95.95, "876 / 913"),
    ("immediate_rectification_rate", 87.62, "800 / 913"),
    ("major_rectification_rate", 39.56, "72 / 182, the rest planned"),
    ("login_rate", 97.5, "390 / 400"),
    ("reporting_rate", 95, "380 / 400"),
    ("selfcheck_rate", 75, "300 / 400"),
    ("system_rectification_rate", 90, "81 / 90"),
    ("standardization_rate", 80.39, "41 / 51"),
    ("inspection_coverage", 75, "120 / 160, units and not visits"),
    ("firms_per_supervisor", 25, "200 / 8"),
    ("staff_shortfall", 2, "10 - 8"),
])
def test_an_indicator_is_what_the_field_computes(year, indicator, value, by):
    rows = [r for r in year.where("indicators", region_id=EAST, indicator_id=indicator, category="TOTAL") if r["span"] != "ytd"]
    assert {r["value"] for r in rows} == {value}, by
    assert {r["reporting_share"] for r in rows} == {100}


def test_no_deaths_are_a_rate_of_zero_and_no_coal_is_no_rate(year):
    rates = {r["indicator_id"]: r["value"] for r in year.where("indicators", region_id=WEST, period="2015", span="year", category="TOTAL") if r["denominator"] is not None}
    assert rates["deaths_per_100m_gdp"] == 0
    assert rates.get("coal_deaths_per_mt") is None
    assert not [r for r in year.where("rankings", indicator_id="coal_deaths_per_mt", region_id=WEST) if r["rank"]]
    assert rates.get("deaths_per_accident") is None, "no accident, no mean"


def test_road_deaths_per_vehicle_are_of_all_road_deaths_and_fire_deaths_per_head_of_all_fires(tmp_path):
    """70 dead on the road, 7 of them with vehicles in business, and 20,000 vehicles are 35.00 for 10,000 and never 3.50; what is not limited has both bases."""
    bureau = bureau_at(tmp_path)
    bureau.write("denominators.csv", f"year,region_id,gdp_100m_yuan,employees_gk,motor_vehicles,coal_output_t,population\n2024,{EAST},1000,50000,20000,0,400000\n")
    for basis, dead in (("all", [90, 10, 70, 10]), ("production", [20, 10, 7, 3]), ("assessed", [15, 9, 5, 1])):
        bureau.report("2024", "2025-01-20", name=f"{basis}.csv", region_id=[EAST] * 4, category=["TOTAL", "GK", "DL", "HZ"], basis=[basis] * 4, deaths=dead)
    bureau.report("2024", "2025-01-20", name="excl.csv", region_id=[WEST] * 2, category=["TOTAL", "DL"], basis=["all_excl_fire"] * 2, deaths=[9, 8])
    bureau.write("denominators.csv", (bureau.folder / "denominators.csv").read_text() + f"2024,{WEST},100,1000,10000,0,10000\n")
    tables = bureau.compute()
    found = {(r["region_id"], r["indicator_id"], r["basis"]): r["value"] for r in tables.where("indicators", span="year", category="TOTAL")}
    rates = {(region, basis): value for (region, indicator, basis), value in found.items() if indicator == "road_deaths_per_10k_vehicles" and region != CITY}
    assert rates == {(EAST, "all"): 35, (WEST, "all_excl_fire"): 8}
    assert {(region, basis): value for (region, indicator, basis), value in found.items() if indicator == "fire_deaths_per_100k"} == {
        (EAST, "all"): 2.5, (CITY, "all"): None}, "of the city's counties not all are known"
    assert [found[EAST, "worker_deaths_per_100k", basis] for basis in ("all", "production", "assessed")] == [20, 20, 18]
    assert [found[EAST, "deaths_per_100m_gdp", basis] for basis in ("all", "production", "assessed")] == [0.09, 0.02, 0.015]
    assert {r["basis"] for r in tables.where("rankings", indicator_id="road_deaths_per_10k_vehicles")} <= {"all", "all_excl_fire"}
    limited = {r["indicator_id"]: r["bases"] for r in tables.tables["indicator_catalogue"] if r["bases"]}
    assert limited == {"road_deaths_per_10k_vehicles": "all all_excl_fire", "fire_deaths_per_100k": "all"}


def test_red_and_graded_enterprises_are_shares_of_enterprises_and_not_of_risk_points_or_of_a_size(tmp_path):
    """East: 2 red of the 90 graded among 100. West: 1 of 20. South has 5 and has graded none. City: 3 of 110 graded among 125."""
    bureau = bureau_at(tmp_path)
    rows = [  # region, object, size, red, orange, yellow, blue, unassessed, total
        (EAST, "企业", "合计", 2, 8, 30, 50, 10, 100), (EAST, "企业", "小微", 2, 3, 5, 30, 10, 50), (EAST, "风险点", "合计", 90, 10, 100, 200, 0, 400),
        (WEST, "企业", "合计", 1, 4, 5, 10, 0, 20), (WEST, "风险点", "合计", 0, 10, 20, 30, 40, 100), (SOUTH, "企业", "合计", 0, 0, 0, 0, 5, 5)]
    names = ("region_id", "object", "size", "red", "orange", "yellow", "blue", "unassessed", "total")
    bureau.report("2024Q1", "2024-04-10", form="F11", **dict(zip(names, zip(*rows, strict=True), strict=True)))
    tables = bureau.compute()
    found = {(r["region_id"], r["indicator_id"]): (r["numerator"], r["denominator"], r["value"], r["period"], r["span"], r["category"])
             for r in tables.tables["indicators"] if r["indicator_id"] in ("red_share", "risk_assessment_coverage")}
    at = ("2024Q1", "stock", "TOTAL")
    assert found == {
        (EAST, "red_share"): (2, 90, 2.22, *at), (WEST, "red_share"): (1, 20, 5, *at), (SOUTH, "red_share"): (0, 0, None, *at), (CITY, "red_share"): (3, 110, 2.73, *at),
        (EAST, "risk_assessment_coverage"): (90, 100, 90, *at), (WEST, "risk_assessment_coverage"): (20, 20, 100, *at),
        (SOUTH, "risk_assessment_coverage"): (0, 5, 0, *at), (CITY, "risk_assessment_coverage"): (110, 125, 88, *at)}
    assert tables.one("indicator_catalogue", indicator_id="red_share")["formula"] == "F11.red[企业] / (F11.total[企业] - F11.unassessed[企业]) x 100"
    assert {r["region_id"]: r["rank"] for r in tables.where("rankings", indicator_id="red_share")} == {EAST: 1, WEST: 2, SOUTH: None}


LEVELS = ("accidents_larger", "accidents_major", "accidents_extreme")


def levels_of(tables, region: str, period: str, span: str, category: str = "TOTAL") -> tuple:
    return tuple(tables.value(region, i, period=period, span=span, category=category) for i in LEVELS)


def test_accidents_of_a_level_follow_from_those_of_a_level_and_above(tmp_path):
    """The official monthly sheet has 较大及以上 and, from January on, 重大及以上 only. East: 3 larger and worse, 1 of them major. West: 2 and 0. South: none."""
    bureau = bureau_at(tmp_path)
    bureau.write("targets.csv", "year,region_id,indicator_id,category,target\n" + "".join(
        f"2024,{region},{code},,{target}\n" for region, *targets in ((EAST, 4, 1, 0), (WEST, 2, 0, 0)) for code, target in zip(("acc_level2", "acc_level3", "acc_level4"), targets, strict=True)))
    for month, larger, so_far, major in (("2024-01", (1, 0, 0), (1, 0, 0), (0, 0, 0)), ("2024-02", (2, 2, 0), (3, 2, 0), (1, 0, 0))):
        bureau.report(month, f"2024-0{int(month[-1]) + 1}-05", region_id=[EAST, WEST, SOUTH], 类别=["合计"] * 3, 本月起数=[9] * 3, **{
            "其中较大及以上起数(本月)": larger, "其中较大及以上起数(累计)": so_far, "其中重大及以上起数(累计)": major})
    tables = bureau.compute()
    assert levels_of(tables, EAST, "2024-02", "ytd") == (2, None, None), "3 - 1; whether the 1 is major or extremely serious nobody has said"
    assert levels_of(tables, WEST, "2024-02", "ytd") == (2, 0, 0)
    assert levels_of(tables, SOUTH, "2024-02", "ytd") == levels_of(tables, SOUTH, "2024-02", "month") == (0, 0, 0)
    assert levels_of(tables, CITY, "2024-02", "ytd") == (4, None, None)
    assert levels_of(tables, EAST, "2024-02", "month") == (None, None, None), "of the month alone the sheet does not tell"
    assert levels_of(tables, WEST, "2024-01", "month") == (0, 0, 0), "a part of none is none"
    progress = {(r["region_id"], r["indicator_id"]): (r["actual"], r["target"], r["progress_pct"], r["status"]) for r in tables.where("target_progress", period="2024-02")}
    assert progress == {(EAST, "accidents_larger"): (2, 4, 50, "watch"), (WEST, "accidents_larger"): (2, 2, 100, "reached"),
                        (WEST, "accidents_major"): (0, 0, None, "normal"), (WEST, "accidents_extreme"): (0, 0, None, "normal")}
    assert tables.one("indicator_catalogue", indicator_id="accidents_larger")["formula"] == (
        "F02.events_larger else F02.events_larger_plus - F02.events_major_plus else 0 if F02.events_larger_plus = 0 "
        "else F01.events_larger if F02.events_larger_plus - F01.events_larger_plus = 0")


def test_the_register_tells_the_level_where_it_has_as_many_as_the_report(tmp_path):
    """East: 2 larger and worse reported, and the register has one larger and one major. West: one reported, none registered: nothing follows."""
    bureau = bureau_at(tmp_path)
    bureau.send("register.csv", register(accident("A", date="2024-02-03", deaths=3), accident("B", date="2024-02-20", deaths=12), period="2024-02"), "2024-03-02")
    for region, larger in ((EAST, 2), (WEST, 1)):
        bureau.report("2024-02", "2024-03-05", name=f"{region}.csv", region_id=[region], basis=["all"], events=[9], events_larger_plus=[larger])
    tables = bureau.compute()
    assert levels_of(tables, EAST, "2024-02", "month") == (1, 1, 0)
    assert levels_of(tables, WEST, "2024-02", "month") == (None, None, None)


def test_a_number_that_follows_is_walked_back_to_what_it_follows_from(tmp_path, capsys):
    bureau = bureau_at(tmp_path)
    bureau.report("2024", "2025-01-20", region_id=[EAST, WEST, SOUTH], events_larger=[None, 2, None], events_larger_plus=[3, 2, 0], events_major_plus=[1, 0, None])
    bureau.release()

    def cells(region: str) -> list[str]:
        assert explain.show(bureau.out, "indicators", ["indicator_id=accidents_larger", f"region_id={region}", "period=2024", "span=year", "category=TOTAL"], as_json=True) == 0
        [tree] = json.loads(capsys.readouterr().out)["results"]
        return [f"{n['row']['measure']} {n['source']['cell']}" for n in tree["inputs"]]

    assert cells(EAST) == ["events_larger_plus E2", "events_major_plus F2"]
    assert cells(WEST) == ["events_larger D3"]
    assert cells(SOUTH) == ["events_larger_plus E4"]


def test_what_is_reported_of_a_level_comes_before_what_follows(tmp_path):
    """East miscounted: 5 larger, and 6 larger and worse less 2 major and worse are 4; its own number stands. West has more major ones than larger and worse."""
    bureau = bureau_at(tmp_path)
    bureau.report("2024", "2025-01-20", region_id=[EAST, WEST], events_larger=[5, None], events_major=[1, None], events_extreme=[1, None], events_larger_plus=[6, 1],
                  events_major_plus=[2, 2])
    tables = bureau.compute()
    assert levels_of(tables, EAST, "2024", "year") == (5, 1, 1)
    assert levels_of(tables, WEST, "2024", "year") == (None, None, None), "fewer than none are no accidents"
    assert tables.value(EAST, "F02.events_larger", period="2024", span="year") == 5
    assert tables.value(WEST, "F02.events_larger", period="2024", span="year") is None, "what was not reported is no figure of the form"


def test_the_blank_form_asks_for_the_enterprises_behind_each_supervisor(tmp_path):
    """The anonymous county: 8 supervisors for 200 enterprises, 25 each; beside it 4 for 70. The city: 270 / 12 = 22.5."""
    bureau = bureau_at(tmp_path)
    jurisdiction = jurisdictions.load(bureau.folder)
    _, [blank] = templates.plan(jurisdiction, "2024H1", ["F10"], [EAST])
    columns = [c for c in BlankTable(blank.form, jurisdiction, "2024H1", blank.rows).columns if not c.formula]
    given = {EAST: {"level": "县", "should": 1, "done": 1, "staff_should": 10, "staff_have": 8, "firms": 200},
             WEST: {"level": "县", "should": 1, "done": 1, "staff_should": 4, "staff_have": 4, "firms": 70},
             SOUTH: {"level": "县", "should": 1, "done": 1, "staff_should": 0, "staff_have": 0, "firms": 0}}
    for region, row in given.items():
        lines = [",".join(c.header.rstrip("*") for c in columns), ",".join(str(row.get(c.id, "")) for c in columns)]
        bureau.send(f"{region}.csv", f"# 表号: F10\n# 行政区划代码: {region}\n# 报告期: 2024H1\n" + "\n".join(lines) + "\n", "2024-07-10")
    tables = bureau.compute()
    found = {r["region_id"]: (r["numerator"], r["denominator"], r["value"]) for r in tables.where("indicators", indicator_id="firms_per_supervisor", category="县")}
    assert found == {EAST: (200, 8, 25), WEST: (70, 4, 17.5), SOUTH: (0, 0, None), CITY: (270, 12, 22.5)}


@pytest.mark.parametrize(("given", "change_pct"), [({}, 0), ({"rate_yoy_from": "raw"}, -0.1)])
def test_rates_are_compared_as_published_or_unrounded(tmp_path, given, change_pct):
    """334 and 333 of 1000 deaths an accident are both 0.33; unrounded 0.333667 after 0.334 is -0.10 %."""
    bureau = bureau_at(tmp_path, rounding=given)
    bureau.report("2014-01", "2014-02-05", region_id=[EAST], deaths=[334], events=[1000])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[1001], events=[3000])
    row = bureau.compute().one("comparisons", region_id=EAST, period="2015-01", span="month", indicator_id="deaths_per_accident", kind="yoy", category="TOTAL")
    assert (row["value"], row["base_value"], row["change_pct"]) == (0.33, 0.33, change_pct)


def test_a_merged_region_is_not_compared_and_says_why(tmp_path):
    bureau = bureau_at(tmp_path, f"""
{CITY},河阳市,Heyang,city
{EAST},东山县,,county,{CITY},,2016-01-01
{WEST},西水县,,county,{CITY}
{SOUTH},南林区,,county,{CITY}
""")
    bureau.write("region_changes.csv", f"old_id,new_id,kind,date,source\n{EAST},{WEST},merge,2016-01-01,公告\n")
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 2, 3])
    bureau.report("2016-01", "2016-02-05", region_id=[WEST, SOUTH], deaths=[4, 3])
    tables = bureau.compute()
    reasons = {r["region_id"]: r["reason"] for r in tables.where("comparisons", period="2016-01", span="month", indicator_id="deaths", kind="yoy", category="TOTAL")}
    assert reasons == {WEST: "division_break", SOUTH: "own_figure", CITY: "own_figure"}
    listed = {r["region_id"] for r in tables.where("rankings", period="2016-01", indicator_id="deaths", span="month")}
    assert listed == {WEST, SOUTH}, "who was merged is in no list of later days"
    before = {r["region_id"] for r in tables.where("rankings", period="2015-01", indicator_id="deaths", span="month")}
    assert before == {EAST, WEST, SOUTH}, "and in the lists of its own"

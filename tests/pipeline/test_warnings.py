"""Warning levels through the whole road: a target, hazards not rectified, hazards overdue and reports that did not come, worked out by hand."""

from __future__ import annotations

import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at
from .test_hazards import hazard, register


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """June 2015. East: 8 deaths of a target of 10, 40 of 50 hazards rectified, one of two listed hazards overdue. West: a target of 0 and one
    death. South: no target, all rectified."""
    made = bureau_at(tmp_path_factory.mktemp("warnings"), calendar={"deadlines": False})
    made.write("targets.csv", f"year,region_id,category,target\n2015,{EAST},TOTAL,10\n2015,{EAST},GK1,4\n2015,{WEST},TOTAL,0\n")
    made.report("2015-01..2015-06", "2015-07-05", region_id=[EAST, EAST, WEST, SOUTH], category=["TOTAL", "GK1", "TOTAL", "TOTAL"],
                events=[8, 3, 1, 1], deaths=[8, 3, 1, 1])
    made.report("2015-06", "2015-07-05", form="F04", region_id=[EAST, EAST, WEST, SOUTH], sector=["TOTAL", "煤矿", "TOTAL", "TOTAL"],
                gen_found=[50, 20, 10, 4], gen_fixed=[40, 8, 10, 4], gen_open=[10, 12, 0, 0])
    made.send("register.csv", register(hazard("LATE", due_on="2015-06-10"), hazard("INTIME", due_on="2015-07-31")), "2015-07-05")
    made.report("2015Q2", "2015-07-05", form="F11", region_id=[EAST, WEST], object=["企业", "企业"], red=[1, 0], orange=[2, 3], yellow=[3, 0],
                blue=[4, ""], unassessed=[5, 1], total=[15, ""])
    return made.compute(as_of="2015-07-06")


def level(tables, region: str, industry: str = "TOTAL", period: str = "2015-06") -> tuple:
    row = tables.one("warning_levels", region_id=region, industry=industry, period=period)
    return row["index_value"], row["level"], row["colour"], row["covered_pct"]


def pressures(tables, region: str, industry: str = "TOTAL") -> dict[str, float]:
    return {r["component"]: r["pressure"] for r in tables.where("warning_components", region_id=region, industry=industry, period="2015-06")}


def test_the_components_are_what_was_measured(tables):
    """80 per cent of the target in half of the year; 10 of 50 not rectified; 1 of 2 overdue; without deadlines nothing is due."""
    assert pressures(tables, EAST) == {"target_pressure": 30, "outstanding_hazards": 20, "overdue_hazards": 50}
    measured = {r["component"]: r["measured"] for r in tables.where("warning_components", region_id=EAST, industry="TOTAL", period="2015-06")}
    assert measured == {"target_pressure": 30, "outstanding_hazards": 20, "overdue_hazards": 50}


def test_the_index_is_the_weighted_mean_of_what_is_known(tables):
    """(30 x 40 + 20 x 30 + 50 x 20) / 90 = 31.11."""
    assert level(tables, EAST) == (31.11, 5, "blue", 90)


def test_a_target_of_zero_that_is_exceeded_presses_with_a_hundred(tables):
    """(100 x 40 + 0 x 30 + 0 x 20) / 90: one death where none was allowed, all hazards rectified, and none listed: none overdue."""
    assert pressures(tables, WEST) == {"target_pressure": 100, "outstanding_hazards": 0, "overdue_hazards": 0}
    assert level(tables, WEST) == (44.44, 4, "yellow", 90)


def test_without_a_target_its_weight_drops_out(tables):
    """Of 100 the 30 of the hazards and the 20 of those overdue: just enough for a level."""
    assert level(tables, SOUTH) == (0, 6, "green", 50)


def test_an_industry_is_judged_by_its_own_target_and_hazards(tables):
    """Coal: 75 per cent of the target in half of the year, 12 of 20 not rectified: (25 x 40 + 60 x 30) / 70 = 40 exactly, which is yellow."""
    assert pressures(tables, EAST, "coal") == {"target_pressure": 25, "outstanding_hazards": 60}
    assert level(tables, EAST, "coal") == (40, 4, "yellow", 77.78)


def test_a_month_of_which_too_little_is_known_has_no_level(tables):
    assert level(tables, EAST, period="2015-01") == (None, None, None, 20)


def test_an_incomplete_sum_does_not_press(tables):
    """The city has no target and its own figures are those of all three counties."""
    assert pressures(tables, CITY)["outstanding_hazards"] == 15.63  # 10 of 64


def colours(tables, region: str, scale: str) -> dict[str, tuple]:
    return {r["colour"]: (r["units"], r["share_pct"]) for r in tables.where("risk_colours", region_id=region, scale=scale)}


def test_firms_are_graded_by_four_colours_and_by_three(tables):
    assert colours(tables, EAST, "four") == {"red": (1, 10), "orange": (2, 20), "yellow": (3, 30), "blue": (4, 40)}
    assert colours(tables, EAST, "three") == {"red": (1, 10), "yellow": (5, 50), "green": (4, 40)}


def test_a_colour_that_was_not_reported_is_not_zero_and_leaves_no_share(tables):
    assert colours(tables, WEST, "three") == {"red": (0, None), "yellow": (3, None)}


def test_reports_that_did_not_come_press(tmp_path):
    """Of three reports due for June two came, one of them late: 33.33 per cent not received, while one in three was in time."""
    made = bureau_at(tmp_path)
    made.report("2015-05", "2015-06-05", region_id=[EAST, WEST, SOUTH], deaths=[0, 0, 0], events=[0, 0, 0])
    made.report("2015-06", "2015-07-05", region_id=[EAST], deaths=[0], events=[0])
    made.report("2015-06", "2015-07-15", region_id=[WEST], deaths=[0], events=[0])
    tables = made.compute(as_of="2015-07-20")
    assert tables.value(CITY, "non_reporting_share", period="2015-06", span="month") == 33.33
    assert tables.value(CITY, "on_time_submission_rate", period="2015-06", span="month") == 33.33
    assert {r: pressures(tables, r).get("non_reporting") for r in (EAST, WEST, SOUTH, CITY)} == {EAST: 0, WEST: 0, SOUTH: 100, CITY: 33.33}


def test_a_scale_of_the_jurisdictions_own_changes_levels_and_no_index(tmp_path):
    made = bureau_at(tmp_path, calendar={"deadlines": False})
    made.write("targets.csv", f"year,region_id,target\n2015,{EAST},10\n")
    made.report("2015-01..2015-06", "2015-07-05", region_id=[EAST], deaths=[8], events=[8])
    made.report("2015-06", "2015-07-05", form="F04", region_id=[EAST], sector=["TOTAL"], gen_found=[50], gen_fixed=[5], gen_open=[45])
    before = level(made.compute(as_of="2015-07-06"), EAST)
    made.write("warnings.yml", "scales:\n  six:\n    name: {zh: 三级, en: Three}\n    levels:\n      - {colour: red, zh: 红, en: Red, min: 55.72}\n"
               "      - {colour: yellow, zh: 黄, en: Yellow, min: 55.71}\n      - {colour: green, zh: 绿, en: Green, min: 0}\n")
    assert before == (55.71, 3, "orange", 70), "(30 x 40 + 90 x 30) / 70 = 55.714"
    assert level(made.compute(as_of="2015-07-06"), EAST) == (55.71, 2, "yellow", 70)


def test_a_level_is_walked_back_to_the_cells_it_was_measured_from(tmp_path):
    from pipelines.explain import Walk

    made = bureau_at(tmp_path, calendar={"deadlines": False})
    made.report("2015", "2015-01-20", form="F14", region_id=[CITY], indicator=["deaths"], target=[10], doc_no=["河安〔2015〕1号"], valid_from=["2015-01-01"])
    made.report("2015-01..2015-06", "2015-07-05", region_id=[CITY], deaths=[8], events=[8])
    made.report("2015-06", "2015-07-05", form="F04", region_id=[CITY], sector=["TOTAL"], gen_found=[50], gen_fixed=[40], gen_open=[10])
    made.release()
    walk = Walk(made.out)
    (row,) = walk.find("warning_levels", {"region_id": CITY, "period": "2015-06", "industry": "TOTAL"})
    node = walk.explain("warning_levels", row)
    assert node["formula"] == "(40 x 30 + 30 x 20) / (40 + 30) = 25.71"
    target, hazards = node["inputs"]
    assert [i["table"] for i in target["inputs"]] == ["target_progress"] and [i["table"] for i in hazards["inputs"]] == ["indicators"]

    def cells(node: dict) -> set[str]:
        own = {node["source"]["file"]} if node.get("source") else set()
        return own.union(*(cells(i) for i in node.get("inputs", ())))

    assert cells(target) == {"F02_2015-01_2015-06_2015-07-05.csv", "F14_2015_2015-01-20.csv"}
    assert cells(hazards) == {"F04_2015-06_2015-07-05.csv"}

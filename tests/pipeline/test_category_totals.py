"""Totals over categories that no row of a file gives: sums of numerators and of denominators, of the measures that a form declares to add up (domain: F10, F05b)."""

from __future__ import annotations

import json

import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at

F10 = "# 表号: F10\n# 行政区划代码: {}\n# 报告期: 2015H1\n层级,应覆盖,已覆盖,应配人员,实配,监管企业数\n{}"
F05B = "# 表号: F05b\n# 行政区划代码: {}\n# 报告期: 2015-06\n专项名称,处置类别,应整治,已完成,进行中\n{}"


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("totals"))
    bureau.send("e10.csv", F10.format(EAST, "乡镇,41,37,90,80,400\n管道,382,381,,,\n网格,906,899,,,\n企业,—,—,,,\n"), "2015-07-05")
    bureau.send("w10.csv", F10.format(WEST, "县,1,1,8,8,\n乡镇,10,10,12,,\n行政村,80,,,,\n"), "2015-07-05")
    bureau.send("s10.csv", F10.format(SOUTH, "合计,50,40,,,\n乡镇,20,19,,,\n"), "2015-07-05")
    bureau.send("e5b.csv", F05B.format(EAST, "涉氨制冷,合计,42,29,13\n涉氨制冷,停产关闭,10,8,2\n涉氨制冷,停产整改,12,11,1\n涉氨制冷,限期整改,20,10,10\n"
                                             "粉尘涉爆,停产整改,5,3,2\n粉尘涉爆,限期整改,8,4,4\n"), "2015-07-05")
    for county in (WEST, SOUTH):
        bureau.send(f"{county}5b.csv", F05B.format(county, "涉氨制冷,合计,10,5,5\n"), "2015-07-05")
    bureau.run()
    return bureau


@pytest.fixture(scope="module")
def rows(bureau):
    return bureau.released()


def test_coverage_of_all_levels_is_the_sum_of_the_covered_over_the_sum_of_those_to_be(rows):
    """(37 + 381 + 899) / (41 + 382 + 906) = 1317 / 1329; a level that does not apply is no part of it. Not the mean of three rates, 96.83."""
    found = rows.one("indicators", region_id=EAST, indicator_id="responsibility_coverage", category="TOTAL")
    assert (found["numerator"], found["denominator"], found["value"], found["source"]) == (1317, 1329, 99.1, "dimension")


def test_where_a_category_is_blank_there_is_no_total(rows):
    assert not rows.where("indicators", region_id=WEST, indicator_id="responsibility_coverage", category="TOTAL"), "a blank is not a zero"
    assert not rows.where("indicators", region_id=WEST, indicator_id="F10.done", category="TOTAL")


def test_a_total_that_was_sent_stands(rows):
    found = rows.one("indicators", region_id=SOUTH, indicator_id="responsibility_coverage", category="TOTAL")
    assert (found["value"], found["source"]) == (80, "own")


def test_what_goes_together_is_of_the_same_rows(rows):
    """80 of 90 posts: no other level has posts. Where a level says how many there should be and not how many there are, there is no rate."""
    found = rows.one("indicators", region_id=EAST, indicator_id="supervisor_staffing_rate", category="TOTAL")
    assert (found["numerator"], found["denominator"], found["value"]) == (80, 90, 88.89)
    assert rows.one("indicators", region_id=WEST, indicator_id="F10.staff_should", category="TOTAL")["value"] == 20
    assert not rows.where("indicators", region_id=WEST, indicator_id="supervisor_staffing_rate", category="TOTAL")


def test_what_is_not_declared_to_add_up_has_no_total(rows):
    """Several levels supervise the same enterprises."""
    assert not rows.where("indicators", region_id=EAST, indicator_id="F10.firms", category="TOTAL")


def test_campaigns_add_up_and_a_campaign_counts_once_with_or_without_its_classes(rows):
    """42 + 5 + 8 in scope, 29 + 3 + 4 done: 36 / 55."""
    found = rows.one("indicators", region_id=EAST, indicator_id="campaign_completion_rate", category="TOTAL")
    assert (found["numerator"], found["denominator"], found["value"]) == (36, 55, 65.45)


def test_the_city_has_the_sum_of_its_counties(rows):
    """(36 + 5 + 5) / (55 + 10 + 10)."""
    found = rows.one("indicators", region_id=CITY, indicator_id="campaign_completion_rate", category="TOTAL")
    assert (found["numerator"], found["denominator"], found["value"], found["source"]) == (46, 75, 61.33, "children")


@pytest.mark.parametrize(("region", "cells"), [
    (EAST, ["e5b.csv D5", "e5b.csv D9", "e5b.csv D10", "e5b.csv C5", "e5b.csv C9", "e5b.csv C10"]),
    (CITY, ["e5b.csv D5", "e5b.csv D9", "e5b.csv D10", f"{WEST}5b.csv D5", f"{SOUTH}5b.csv D5",
            "e5b.csv C5", "e5b.csv C9", "e5b.csv C10", f"{WEST}5b.csv C5", f"{SOUTH}5b.csv C5"]),
])
def test_a_total_is_walked_back_to_the_cells_of_its_categories(bureau, capsys, region, cells):
    capsys.readouterr()
    assert bureau.run("indicators", f"region_id={region}", "indicator_id=campaign_completion_rate", "category=TOTAL", "--json", command="explain") == 0
    [tree] = json.loads(capsys.readouterr().out)["results"]
    assert [f"{n['source']['file']} {n['source']['cell']}" for n in tree["inputs"]] == cells

"""The page of drills and staffing: who held how many drills, who held none, and where posts are not filled."""

from __future__ import annotations

import re

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE_AND_OWN_UNITS, bureau_at, written_pages


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """East: two drills, then one. West: none in either quarter. South has not reported. The city's own units are no county."""
    folder = tmp_path_factory.mktemp("duties")
    bureau = bureau_at(folder / "bureau", CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS, calendar={"deadlines": False})
    for quarter, day, held in (("2015Q1", "2015-04-05", [(1, 1, 0, 60), (0, 0, 0, 0)]), ("2015Q2", "2015-07-05", [(0, 0, 1, 1234), (0, 0, 0, 0)])):
        bureau.report(quarter, day, form="F09", region_id=[EAST, WEST], level=["县级"] * 2, compr=[h[0] for h in held], special=[h[1] for h in held],
                      onsite=[h[2] for h in held], total=[sum(h[:3]) for h in held], persons=[h[3] for h in held])
    bureau.report("2015H1", "2015-07-06", form="F10", region_id=[EAST, EAST, EAST, WEST, OWN], level=["乡镇", "网格", "管道", "乡镇", "网格"],
                  should=[9, 120, 7, 8, 1], done=[9, 120, 7, 8, 1], staff_should=[27, 120, "", 16, 8], staff_have=[20, 117, "", 16, 9],
                  understaffed=[4, 3, "", 0, 0])
    bureau.compute()
    bureau.release()
    return written_pages(bureau, folder / "pages", "zh")["oversight/duties"]


def section(page: str, name: str) -> str:
    return re.search(rf'<section class="ws-section" id="{name}">(.*?)</section>', page, re.DOTALL)[1]


def lines(text: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text.split("<tbody>")[1], re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def test_every_county_stands_with_its_drills_by_quarter_and_in_the_year_so_far(page):
    """The city's sum lacks the south and is left out."""
    assert lines(section(page, "drills")) == [["东山县", "2", "1", "1", "1", "1", "3", "1,294"], ["西水县", "0", "0", "0", "0", "0", "0", "0"]]


def test_a_county_that_lacks_a_quarter_has_its_others_and_is_not_said_to_be_silent(tmp_path):
    """West: 3 drills in the second quarter, of the first nothing is known; its year so far is not known either."""
    bureau = bureau_at(tmp_path / "bureau", CITY_AND_COUNTIES, calendar={"deadlines": False})
    for quarter, day, regions, held in (("2015Q1", "2015-04-05", [EAST], [2]), ("2015Q2", "2015-07-05", [EAST, WEST], [1, 3])):
        bureau.report(quarter, day, form="F09", region_id=regions, level=["县级"] * len(held), compr=held, special=[0] * len(held), onsite=[0] * len(held),
                      total=held, persons=[10] * len(held))
    bureau.compute()
    bureau.release()
    drills = section(written_pages(bureau, tmp_path / "pages", "zh")["oversight/duties"], "drills")
    assert lines(drills) == [["东山县", "2", "1", "3", "0", "0", "3", "20"], ["西水县", "—", "3", *["—"] * 5]]
    said = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", drills, re.DOTALL))
    assert "西水县" not in said["未开展"] + said["本年没有报送"] and "南林区" in said["本年没有报送"]


def test_who_held_none_is_named_and_who_has_not_reported_apart(page):
    said = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", section(page, "drills"), re.DOTALL))
    assert {name: re.findall(r">([^<>]+)</a>", text) for name, text in said.items()} == {"未开展": ["西水县"], "本年没有报送": ["南林区"]}


def test_posts_that_are_not_filled_are_listed_by_region_and_level(page):
    """27 - 20 and 120 - 117; the west is fully staffed, the city's own units have one more than they need, and of pipelines nothing is said."""
    assert lines(section(page, "staffing")) == [["东山县", "乡镇", "27", "20", "7", "74.07", "4", "9"], ["东山县", "网格", "120", "117", "3", "97.50", "3", "120"]]


def test_where_nothing_was_reported_the_page_says_so(tmp_path):
    bureau = bureau_at(tmp_path / "bureau")
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 1, 1])
    bureau.compute()
    bureau.release()
    page = written_pages(bureau, tmp_path / "pages", "en")["oversight/duties"]
    assert "no report on county-level drills" in page and "no report on the staffing" in page and CITY not in page

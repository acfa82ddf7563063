"""Whose number is it? A region's value is the sum of its included children once all have reported, else its own, else it is partial."""

from __future__ import annotations

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, bureau_at

EVERYBODY = [EAST, WEST, SOUTH, OWN]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """2015: in January all reported; in February only the city did; in March half the counties did; in April all and the city, differing.

    2016: the zone's figures in January; in the first quarter all months of the counties but one.
    """
    bureau = bureau_at(tmp_path_factory.mktemp("rollup"), CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS)
    bureau.report("2014-03", "2014-04-05", region_id=EVERYBODY, deaths=[5, 5, 5, 5])
    bureau.report("2015-01", "2015-02-05", region_id=[*EVERYBODY, ZONE], deaths=[1, 2, 3, 4, 100])
    bureau.report("2015-02", "2015-03-05", region_id=[CITY], deaths=[7])
    bureau.report("2015-03", "2015-04-05", region_id=[EAST, WEST], deaths=[1, 6])
    bureau.report("2015-04", "2015-05-05", region_id=EVERYBODY, deaths=[1, 1, 1, 1])
    bureau.report("2015-04", "2015-05-06", region_id=[CITY], deaths=[5])
    bureau.report("2015-05", "2015-06-05", region_id=EVERYBODY, deaths=[1, 1, 1, 0])
    bureau.report("2015-05", "2015-06-06", region_id=[CITY], deaths=[3])
    bureau.report("2015-06", "2015-07-05", region_id=[*EVERYBODY, CITY], deaths=[0, 0, 0, 0, 0], events=[1, None, 2, 3, 9])
    for month in ("2016-01", "2016-02", "2016-03"):
        reporting = EVERYBODY if month != "2016-02" else [EAST, WEST, OWN]
        bureau.report(month, f"{month[:5]}{int(month[5:]) + 1:02d}-05", region_id=reporting, deaths=[1] * len(reporting))
    for month in range(1, 13):
        bureau.report(f"2017-{month:02d}", "2018-01-05", name=f"2017_{month}.csv", region_id=[EAST], deaths=[month])
    bureau.report("2018-01", "2018-02-05", region_id=[EAST], deaths=[1])
    bureau.report("2018-02", "2018-03-05", region_id=[EAST], deaths=[2])
    bureau.report("2018-01..2018-02", "2018-03-05", region_id=[EAST], deaths=[4])
    bureau.report("2019-01..2019-12", "2020-01-05", region_id=[EAST], deaths=[40])
    cut = "".join(f"{r},{c},{d}\n" for r, c, d in zip(EVERYBODY * 2, ["合计"] * 4 + ["煤矿"] * 4, [3, 2, 0, 0, 1, 2, 0, 0], strict=True))
    bureau.send("coal.csv", f"# 表号: F02\n# 报告期: 2020-01\n行政区划代码,类别,死亡\n{cut}", "2020-02-05")
    bureau.report("2020-01", "2020-02-05", form="F04", region_id=EVERYBODY, gen_found=[100, 10, 0, 0], gen_fixed=[50, 10, 0, 0])
    return bureau.compute()


def of(city, region: str, period: str, span: str = "month", indicator: str = "deaths") -> dict:
    return city.one("indicators", region_id=region, period=period, span=span, indicator_id=indicator, category="TOTAL")


def test_once_every_child_has_reported_the_city_is_their_sum_and_the_zone_is_not_counted_twice(city):
    row = of(city, CITY, "2015-01")
    assert (row["value"], row["source"], row["reporting_share"], row["obs_status"]) == (10, "children", 100, "reported")


def test_where_no_child_has_reported_the_citys_own_total_stands(city):
    row = of(city, CITY, "2015-02")
    assert (row["value"], row["source"], row["reporting_share"]) == (7, "own", 100)


def test_a_partial_sum_is_shown_with_how_much_has_reported(city):
    row = of(city, CITY, "2015-03")
    assert (row["value"], row["obs_status"], row["reporting_share"]) == (7, "partial", 50)


def test_a_partial_sum_is_neither_compared_nor_a_base(city):
    for kind in ("yoy", "mom"):
        row = city.one("comparisons", region_id=CITY, period="2015-03", span="month", kind=kind, indicator_id="deaths", category="TOTAL")
        assert (row["reason"], row["change"], row["change_pct"], row["display_zh"]) == ("partial", None, None, "…")
    after = city.one("comparisons", region_id=CITY, period="2015-04", span="month", kind="mom", indicator_id="deaths", category="TOTAL")
    assert (after["reason"], after["change_pct"]) == ("partial", None)


def test_a_partial_sum_is_listed_without_a_rank(tmp_path):
    bureau = bureau_at(tmp_path, """
900000,全省,Province,province
900100,甲市,A,city,900000
900101,甲一县,A1,county,900100
900102,甲二县,A2,county,900100
900200,乙市,B,city,900000
""", root="900000")
    bureau.report("2015-01", "2015-02-05", region_id=["900101", "900200"], deaths=[1, 5])
    tables = bureau.compute()
    ranks = {r["region_id"]: (r["value"], r["rank"], r["reason"], r["ranked_count"])
             for r in tables.where("rankings", indicator_id="deaths", level="city", period="2015-01", span="month")}
    assert ranks == {"900100": (1, None, "partial", 1), "900200": (5, 1, None, 1)}
    province = tables.one("indicators", region_id="900000", indicator_id="deaths", period="2015-01", span="month")
    assert (province["value"], province["obs_status"], province["reporting_share"]) == (6, "partial", 66.67), "a partial city makes the province partial; two of three have reported"


def test_where_both_exist_and_differ_the_sum_is_published_and_the_parent_gets_a_finding(city):
    assert of(city, CITY, "2015-04")["value"] == 4
    finding = city.one("quality_findings", check_id="REGION_MISMATCH")
    assert (finding["region_id"], finding["period"], finding["value"], finding["expected"], finding["severity"]) == (CITY, "2015-04", "5", "4", "error")
    own = city.one("figures", region_id=CITY, period="2015-04", measure="deaths")
    assert (finding["submission_id"], finding["cell"]) == (own["submission_id"], own["cell"])
    assert own["value"] == 5, "what the city reported is kept as it is"


def test_where_both_exist_and_agree_there_is_nothing_to_say(city):
    assert of(city, CITY, "2015-05")["value"] == 3
    assert not city.where("quality_findings", region_id=CITY, period="2015-05")


def test_a_blank_is_not_a_zero_in_a_sum(city):
    """West left 起数 blank in June: the city's sum is not complete, so its own 9 stands; deaths were reported as 0 by all."""
    assert (of(city, CITY, "2015-06", indicator="accidents")["value"], of(city, CITY, "2015-06", indicator="accidents")["source"]) == (9, "own")
    assert of(city, CITY, "2015-06")["value"] == 0
    assert city.value(WEST, "accidents", period="2015-06", span="month") is None


def test_months_make_a_quarter_and_a_year_to_date_only_when_all_are_there(city):
    assert of(city, EAST, "2016Q1", "quarter")["value"] == 3
    assert of(city, EAST, "2016-03", "ytd")["value"] == 3
    assert of(city, EAST, "2016-03", "ytd")["source"] == "periods"
    assert city.value(SOUTH, period="2016-03", span="ytd") is None
    assert city.value(SOUTH, period="2016Q1", span="quarter") is None
    assert of(city, CITY, "2016-01", "ytd")["value"] == 4
    whole = of(city, CITY, "2016-03", "ytd")
    assert (whole["value"], whole["obs_status"], whole["reporting_share"]) == (9, "partial", 75)
    assert city.value(EAST, period="2016", span="year") is None, "three months are no year"


def test_twelve_months_make_a_year_and_two_halves(city):
    made = {(r["period"], r["span"]): r["value"] for r in city.where("indicators", region_id=EAST, indicator_id="deaths")
            if r["span"] in ("half", "year") and r["period"].startswith("2017")}
    assert made == {("2017H1", "half"): 21, ("2017H2", "half"): 57, ("2017", "year"): 78}
    assert of(city, EAST, "2017-12", "ytd")["value"] == 78


def test_a_reported_cumulative_figure_comes_before_the_sum_of_months_and_a_difference_is_a_finding(city):
    row = of(city, EAST, "2018-02", "ytd")
    assert (row["value"], row["source"]) == (4, "own")
    finding = city.one("quality_findings", check_id="CUMULATIVE_MISMATCH")
    assert (finding["region_id"], finding["value"], finding["expected"]) == (EAST, "4", "3")


def test_a_cumulative_december_is_the_year(city):
    assert of(city, EAST, "2019", "year")["value"] == 40


def test_categories_are_summed_apart(city):
    assert (of(city, CITY, "2020-01")["value"], city.value(CITY, period="2020-01", span="month", category="GK1")) == (5, 3)


def test_rates_of_a_city_are_not_averages_of_its_counties(city):
    rates = {r: city.value(r, "rectification_rate", period="2020-01", span="month") for r in (EAST, WEST, SOUTH, CITY)}
    assert rates == {EAST: 50, WEST: 100, SOUTH: None, CITY: 54.55}


def test_a_county_that_did_not_exist_yet_is_not_waited_for(tmp_path):
    bureau = bureau_at(tmp_path, CITY_AND_COUNTIES + f"990104,新北区,Xinbei,county,{CITY},2016-01-01\n")
    bureau.report("2015-12", "2016-01-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 1, 1])
    bureau.report("2016-01", "2016-02-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 1, 1])
    tables = bureau.compute()
    assert [tables.one("indicators", region_id=CITY, period=p, span="month", indicator_id="deaths")["reporting_share"] for p in ("2015-12", "2016-01")] == [100, 75]


def test_sums_climb_the_whole_tree(tmp_path):
    bureau = bureau_at(tmp_path, f"{CITY_AND_COUNTIES}\n980000,大省,Great province,province\n".replace(f"{CITY},河阳市,Heyang,city", f"{CITY},河阳市,Heyang,city,980000"),
                       root="980000")
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 2, 3])
    tables = bureau.compute()
    assert [tables.value(r, period="2015-01", span="month") for r in (EAST, CITY, "980000")] == [1, 6, 6]


def test_how_much_has_reported_is_counted_by_the_regions_without_others_inside(tmp_path):
    """One of a city's three counties is missing: of the four counties of the province three have reported, not one of two cities."""
    small = "990200,河阴市,Heyin,city,980000\n990201,北山县,Beishan,county,990200\n"
    bureau = bureau_at(tmp_path, f"{CITY_AND_COUNTIES}\n{small}980000,大省,Great province,province\n".replace(
        f"{CITY},河阳市,Heyang,city", f"{CITY},河阳市,Heyang,city,980000"), root="980000")
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, "990201"], deaths=[1, 2, 3])
    bureau.report("2015-02", "2015-03-05", region_id=[CITY, "990201"], deaths=[9, 3])
    tables = bureau.compute()
    shares = {p: of(tables, "980000", p)["reporting_share"] for p in ("2015-01", "2015-02")}
    assert shares == {"2015-01": 75, "2015-02": 100}, "a city that gives its own total has reported whole"
    assert of(tables, CITY, "2015-01")["reporting_share"] == 66.67
    assert [of(tables, "980000", p)["obs_status"] for p in shares] == ["partial", "reported"]

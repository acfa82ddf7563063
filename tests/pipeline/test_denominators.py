"""Denominators (F13): whose they are, of which stretch, from which source and vintage."""

from __future__ import annotations

import json

import pytest

from pipelines import explain

from .bureau import CITY, EAST, OWN, SOUTH, WEST, ZONE, bureau_at

PROVINCE, NORTH, NORTH_1, NORTH_2, PARK = "990000", "990200", "990201", "990202", "990172"
# The park lies in East and the zone beside the counties; both report their own accidents, and what is produced there is in the counties' GDP.
PROVINCE_AND_CITIES = f"""
{PROVINCE},河阳省,Heyang,province
{CITY},河阳市,Heyang city,city,{PROVINCE}
{EAST},东山县,Dongshan,county,{CITY}
{WEST},西水县,Xishui,county,{CITY}
{SOUTH},南林区,Nanlin,county,{CITY}
{ZONE},高新区,Hi-tech zone,county,{CITY},,,zone,true,true,true
{OWN},市本级,City's own units,county,{CITY},,,unallocated,false,false,true
{PARK},工业园,Park,township,{EAST},,,zone,false,false,true
{NORTH},北川市,Beichuan,city,{PROVINCE}
{NORTH_1},甲县,Jia,county,{NORTH}
{NORTH_2},乙县,Yi,county,{NORTH}
"""
LEAVES = [PARK, WEST, SOUTH, ZONE, OWN, NORTH_1, NORTH_2]


def province_at(path, **settings):
    bureau = bureau_at(path, PROVINCE_AND_CITIES, **{"root": PROVINCE, **settings})
    bureau.report("2015", "2016-01-20", region_id=LEAVES, deaths=[10, 20, 24, 5, 1, 30, 20], events=[10] * 7)
    return bureau


def rates(tables, indicator: str) -> dict:
    return {r["region_id"]: (r["denominator"], r["value"], r["obs_status"], r["reporting_share"])
            for r in tables.where("indicators", indicator_id=indicator, period="2015", span="year", category="TOTAL")}


def test_a_city_without_a_denominator_has_that_of_its_counties_once_every_one_has_reported(tmp_path):
    """GDP: 100 + 200 + 300 = 600 in Heyang, 60 dead: 0.1; the zone's 50 is inside the counties' already. Beichuan has 500 itself and not 480.
    The province: 600 + 500 = 1100, 110 dead: 0.1. Population: South has not reported, so Heyang and the province have none."""
    bureau = province_at(tmp_path)
    bureau.report("2015", "2016-03-01", form="F13", region_id=[EAST, WEST, SOUTH, ZONE, NORTH, NORTH_1, NORTH_2],
                  gdp_yi=[100, 200, 300, 50, 500, 240, 240], population=[1000, 2000, None, 500, 6000, None, None])
    bureau.report("2015", "2016-01-21", region_id=LEAVES, category=["HZ"] * 7, deaths=[1] * 7, events=[1] * 7)
    tables = bureau.compute()
    gdp = rates(tables, "deaths_per_100m_gdp")
    assert gdp == {EAST: (100, 0.1, "reported", 100), WEST: (200, 0.1, "reported", 100), SOUTH: (300, 0.08, "reported", 100), ZONE: (50, 0.1, "reported", 100),
                   NORTH: (500, 0.1, "reported", 100), NORTH_1: (240, 0.125, "reported", 100), NORTH_2: (240, 0.083, "reported", 100),
                   CITY: (600, 0.1, "reported", 100), PROVINCE: (1100, 0.1, "reported", 100)}
    fires = rates(tables, "fire_deaths_per_100k")
    assert fires[CITY] == (3000, None, "partial", 66.67), "two counties of three are no denominator"
    assert fires[PROVINCE] == (9000, None, "partial", 50), "and a city that has none whole is none"
    assert tables.one("indicators", indicator_id="F13.population", region_id=CITY)["reporting_share"] == 66.67
    assert not [r for r in tables.where("rankings", indicator_id="deaths_per_100m_gdp", region_id=CITY) if r["rank"] != 1], "0.1 in both cities"


def test_a_province_of_its_own_gdp_needs_none_of_its_cities(tmp_path):
    bureau = province_at(tmp_path)
    bureau.report("2015", "2016-03-01", form="F13", region_id=[PROVINCE, CITY, NORTH], gdp_yi=[1000, 600, 500])
    assert rates(bureau.compute(), "deaths_per_100m_gdp")[PROVINCE] == (1000, 0.11, "reported", 100)


@pytest.mark.parametrize(("region", "cells"), [
    (CITY, {f"{EAST} D2", f"{WEST} D3", f"{SOUTH} D4"}), (NORTH, {f"{NORTH} D6"}), (PROVINCE, {f"{EAST} D2", f"{WEST} D3", f"{SOUTH} D4", f"{NORTH} D6"})])
def test_a_rate_is_walked_back_to_the_denominators_that_were_added_up(tmp_path, capsys, region, cells):
    bureau = province_at(tmp_path)
    bureau.report("2015", "2016-03-01", form="F13", region_id=[EAST, WEST, SOUTH, ZONE, NORTH, NORTH_1, NORTH_2], gdp_yi=[100, 200, 300, 50, 500, 240, 240])
    bureau.release()
    assert explain.show(bureau.out, "indicators", ["indicator_id=deaths_per_100m_gdp", f"region_id={region}", "period=2015", "span=year"], as_json=True) == 0
    [tree] = json.loads(capsys.readouterr().out)["results"]
    assert {f"{n['row']['region_id']} {n['source']['cell']}" for n in tree["inputs"] if n["row"]["form_id"] == "F13"} == cells


@pytest.mark.parametrize(("settings", "rate", "denominator", "cells"), [({}, 2, 200000, ["D4"]), ({"vehicle_base": "mean"}, 2.13, 187500.5, ["D2", "D4"])])
def test_the_vehicles_are_those_at_year_end_or_the_mean_of_both_ends(tmp_path, capsys, settings, rate, denominator, cells):
    """East: 175,001 vehicles at the end of 2014 and 200,000 of 2015, 40 dead on the road: 2.00 by year end, 40 / 187,500.5 x 10,000 = 2.13 by the mean.
    West has none of 2014: no mean, and no rate by it; never that of one end."""
    bureau = bureau_at(tmp_path, **settings)
    bureau.report("2015", "2016-01-20", region_id=[EAST, WEST], category=["DL"] * 2, deaths=[40, 1], events=[40, 1])
    bureau.report("2014", "2015-03-01", form="F13", region_id=[EAST], motor_vehicles=[175001])
    bureau.report("2015", "2016-03-01", form="F13", region_id=[WEST, SOUTH, EAST], motor_vehicles=[10000, None, 200000])
    bureau.release()
    tables = bureau.released()
    found = {r["region_id"]: (r["denominator"], r["value"]) for r in tables.where("indicators", indicator_id="road_deaths_per_10k_vehicles")}
    assert found[EAST] == (denominator, rate)
    assert found.get(WEST) == ((10000, 1) if not settings else None)
    assert ("of the year before" in tables.one("indicator_catalogue", indicator_id="road_deaths_per_10k_vehicles")["formula"]) == bool(settings)
    explain.show(bureau.out, "indicators", ["indicator_id=road_deaths_per_10k_vehicles", f"region_id={EAST}"], as_json=True)
    [tree] = json.loads(capsys.readouterr().out)["results"]
    assert sorted(n["source"]["cell"] for n in tree["inputs"] if n["row"]["form_id"] == "F13") == cells


def test_a_denominator_says_from_which_source_and_vintage_it_is(tmp_path):
    """The year book's number is replaced by that of the census; denominators.csv has its own, which is no longer used where a file brings one."""
    bureau = bureau_at(tmp_path)
    bureau.write("denominators.csv", f"year,region_id,gdp_100m_yuan,population,vintage,source\n2015,{WEST},70,900,2016年鉴,西水统计年鉴\n2015,{EAST},99,,2016-01-10,快报\n")
    bureau.report("2015", "2016-03-01", form="F13", region_id=[EAST], gdp_yi=[100], vintage=["初步核算"], source=["统计公报"])
    bureau.report("2015", "2019-12-01", form="F13", region_id=[EAST], gdp_yi=[104.5], population=[1000], vintage=["第四次经济普查修订"], source=["统计年鉴2019第3页"])
    bureau.report("2014", "2015-03-01", form="F13", region_id=[EAST], population=[990], vintage=["初步"], source=["统计局王五口头"])
    found = {(r["region_id"], r["measure"]): (r["value"], r["unit"], r["vintage"], r["source"], r["cell"]) for r in bureau.compute().where("denominators", period="2015")}
    assert bureau.compute().one("denominators", period="2014")["source"] == "〔略〕", "a source that may name somebody is not released"
    assert found == {
        (EAST, "gdp_yi"): (104.5, "亿元", "第四次经济普查修订", "统计年鉴2019第3页", "D2"), (EAST, "population"): (1000, "人", "第四次经济普查修订", "统计年鉴2019第3页", "E2"),
        (WEST, "gdp_yi"): (70, "亿元", "2016年鉴", "西水统计年鉴", "C2"), (WEST, "population"): (900, "人", "2016年鉴", "西水统计年鉴", "D2")}
    first = {(r["region_id"], r["measure"]): (r["value"], r["vintage"]) for r in bureau.compute("2017-01-01").tables["denominators"]}
    assert first[EAST, "gdp_yi"] == (100, "初步核算")


def test_a_rate_of_a_stretch_from_january_takes_what_was_produced_in_it(tmp_path, capsys):
    """East: 3, 8, 9 and 20 dead to March, June, September and December; GDP 100, 210 and 330 to the end of each quarter and 500 of the year. Coal: 7 dead
    and 4.4469 million tonnes in the first quarter are 1.574 (Jiangxi, Q1 2009: 1.57). Vehicles are no flow, and of a month or a third quarter alone there is no GDP."""
    bureau = bureau_at(tmp_path)
    for end, deaths in (("03", 3), ("06", 8), ("09", 9), ("12", 20)):
        bureau.report(f"2015-01..2015-{end}", "2016-01-05", region_id=[EAST], deaths=[deaths], events=[deaths])
    bureau.report("2015-09", "2016-01-06", region_id=[EAST], deaths=[1], events=[1])
    bureau.report("2015-01..2015-03", "2016-01-06", name="coal.csv", region_id=[EAST, EAST], category=["GK1", "DL"], deaths=[7, 1], events=[7, 1])
    for period, gdp, coal, vehicles in (("2015Q1", 100, 4446900, 1000), ("2015H1", 210, None, None), ("2015-01..2015-09", 330, None, None), ("2015Q3", 120, None, None), ("2015", 500, None, None)):
        bureau.report(period, "2016-03-01", form="F13", region_id=[EAST], gdp_yi=[gdp], coal_output_t=[coal], motor_vehicles=[vehicles])
    bureau.release()
    gdp = "deaths_per_100m_gdp"
    rows = [r for r in bureau.released().tables["indicators"] if r["denominator"] is not None and r["region_id"] == EAST]
    found = {(r["indicator_id"], r["period"], r["span"]): (r["denominator"], r["value"]) for r in rows if r["indicator_id"] in (gdp, "coal_deaths_per_mt", "road_deaths_per_10k_vehicles")}
    assert found == {
        (gdp, "2015-03", "ytd"): (100, 0.03), (gdp, "2015Q1", "quarter"): (100, 0.03), (gdp, "2015-06", "ytd"): (210, 0.038), (gdp, "2015H1", "half"): (210, 0.038),
        (gdp, "2015-09", "ytd"): (330, 0.027), (gdp, "2015", "year"): (500, 0.04),
        ("coal_deaths_per_mt", "2015-03", "ytd"): (4446900, 1.574), ("coal_deaths_per_mt", "2015Q1", "quarter"): (4446900, 1.574)}
    for period, value in (("2015-06", 210), ("2015Q1", 100), ("2015", 500)):
        explain.show(bureau.out, "indicators", [f"indicator_id={gdp}", f"region_id={EAST}", f"period={period}"], as_json=True)
        [tree] = json.loads(capsys.readouterr().out)["results"]
        assert [n["row"]["value"] for n in tree["inputs"] if n["row"]["form_id"] == "F13"] == [value]


def test_a_rate_has_more_decimals_for_a_city_than_for_its_province(tmp_path):
    """Guangzhou prints 0.0501 for 100 million of GDP, a province 0.413. Heyang: 501 / 10,000 = 0.0501 and not 0.050; a year before 499 / 10,000 = 0.0499:
    +0.40 % of the numbers as published. The province: 826 / 2,000 = 0.413. A county has three. An order of the jurisdiction holds for all."""
    def at(folder, **settings):
        bureau = bureau_at(folder, PROVINCE_AND_CITIES, root=PROVINCE, **settings)
        for year, deaths in ((2014, [499, 1, 300]), (2015, [501, 1, 826])):
            bureau.report(f"{year}", f"{year + 1}-01-20", region_id=[CITY, EAST, PROVINCE], deaths=deaths, events=deaths)
            bureau.report(f"{year}", f"{year + 1}-03-01", form="F13", region_id=[CITY, EAST, PROVINCE], gdp_yi=[10000, 16, 2000])
        return bureau.compute()

    tables = at(tmp_path / "default")
    assert {r["region_id"]: r["value"] for r in tables.where("indicators", indicator_id="deaths_per_100m_gdp", period="2015")} == {CITY: 0.0501, EAST: 0.063, PROVINCE: 0.413}
    change = tables.one("comparisons", indicator_id="deaths_per_100m_gdp", region_id=CITY, period="2015", kind="yoy")
    assert (change["base_value"], change["change"], change["change_pct"]) == (0.0499, 0.0002, 0.4)
    catalogue = tables.one("indicator_catalogue", indicator_id="deaths_per_100m_gdp")
    assert (catalogue["decimals"], catalogue["decimals_by_level"]) == (3, "city 4")
    fixed = at(tmp_path / "fixed", rounding={"decimals": {"deaths_per_100m_gdp": 2}})
    assert {r["region_id"]: r["value"] for r in fixed.where("indicators", indicator_id="deaths_per_100m_gdp", period="2015")} == {CITY: 0.05, EAST: 0.06, PROVINCE: 0.41}
    assert fixed.one("indicator_catalogue", indicator_id="deaths_per_100m_gdp")["decimals_by_level"] is None

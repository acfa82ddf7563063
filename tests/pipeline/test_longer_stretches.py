"""A quarter, a half year, a year, the year to date: what is added up, what stands at the end, and what is not known at all."""

from __future__ import annotations

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, SOUTH, WEST, bureau_at

RECODED = "990105"  # the code of WEST from September 2016 on


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    bureau = bureau_at(
        tmp_path_factory.mktemp("longer"),
        CITY_AND_COUNTIES.replace(f"{WEST},西水县,Xishui,county,{CITY}", f"{WEST},西水县,Xishui,county,{CITY},,2016-09-01")
        + f"{RECODED},西水市,Xishui,county,{CITY},2016-09-01\n",
    )
    bureau.write("region_changes.csv", f"old_id,new_id,kind,date,source\n{WEST},{RECODED},recode,2016-09-01,test\n")
    for month in range(1, 13):
        at = {"on": "2016-01-20", "region_id": [EAST]}
        bureau.report(f"2015-{month:02d}", form="F07", name=f"F07_{month}.csv", total=[month], planned=[None if month < 3 else 60], sessions=[1], **at)
        bureau.report(f"2015-{month:02d}", form="F03", name=f"F03_{month}.csv", units_in_charge=[100 + month], units_checked=[10], visits=[20], **at)
        bureau.report(f"2015-{month:02d}", form="F12", name=f"F12_{month}.csv", registered=[500 + month], logged=[250], base_last_year=[500], **at)
    # A cumulative sheet of the whole year says how many different units were inspected.
    bureau.report("2014-01..2014-12", "2015-01-20", form="F03", region_id=[EAST], units_in_charge=[100], units_checked=[80], visits=[200])
    for quarter in range(1, 5):
        bureau.report(f"2015Q{quarter}", "2016-01-20", form="F09", name=f"F09_{quarter}.csv", region_id=[EAST], compr=[quarter], special=[0],
                      onsite=[0], total=[quarter], persons=[10], plans_should=[40], plans_filed=[10 * quarter])
    for month in range(1, 13):
        west = WEST if month < 9 else RECODED
        bureau.report(f"2016-{month:02d}", "2017-01-20", name=f"2016_{month}.csv", region_id=[EAST, west, SOUTH], deaths=[1, 2, 2])
    # The months of 2017 say 6, the cumulative number of June 7.
    for month in range(1, 7):
        bureau.report(f"2017-{month:02d}", "2017-07-20", name=f"2017_{month}.csv", region_id=[EAST], deaths=[1])
    bureau.report("2017-01..2017-06", "2017-07-20", region_id=[EAST], deaths=[7])
    bureau.report("2018-01..2018-03", "2018-04-20", region_id=[EAST], deaths=[4])
    bureau.report("2019Q1", "2019-04-20", region_id=[EAST], deaths=[5])
    return bureau.compute()


def of(tables, period: str, span: str, indicator: str, region: str = EAST) -> float | None:
    return tables.value(region, indicator, period=period, span=span)


def test_what_months_count_is_added_up_and_what_stands_at_their_end_is_not(tables):
    assert [of(tables, *p, "F07.total") for p in (("2015Q1", "quarter"), ("2015H1", "half"), ("2015", "year"), ("2015-12", "ytd"))] == [6, 21, 78, 78]
    assert [of(tables, *p, "F07.planned") for p in (("2015Q2", "quarter"), ("2015", "year"), ("2015-05", "ytd"))] == [60, 60, 60]
    assert [of(tables, *p, "F03.units_in_charge") for p in (("2015Q2", "quarter"), ("2015", "year"))] == [106, 112]
    assert of(tables, "2015", "year", "F12.registered") == 512


def test_rates_divide_by_the_state_at_the_end(tables):
    assert of(tables, "2015", "year", "training_completion_rate") == 130  # 78 trained of the 60 that the plan of the year asks for
    assert of(tables, "2015-05", "ytd", "training_completion_rate") == 25
    assert of(tables, "2015", "year", "registration_growth") == 2.4
    assert of(tables, "2015", "year", "login_rate") == 48.83


def test_a_state_that_is_not_known_at_the_end_is_not_known(tables):
    assert of(tables, "2015-02", "ytd", "F07.planned") is None
    assert of(tables, "2015-02", "ytd", "F07.total") == 3


def test_different_units_are_neither_added_up_nor_taken_from_the_last_month(tables):
    assert of(tables, "2015-12", "month", "F03.units_checked") == 10
    assert of(tables, "2015", "year", "F03.units_checked") is None
    assert of(tables, "2015", "year", "inspection_coverage") is None
    assert of(tables, "2014", "year", "inspection_coverage") == 80, "reported for the year"
    assert of(tables, "2015", "year", "F03.visits") == 240


def test_quarters_make_half_years_and_years(tables):
    made = [of(tables, *p, "F09.total") for p in (("2015H1", "half"), ("2015H2", "half"), ("2015", "year"), ("2015-09", "ytd"))]
    assert made == [3, 7, 10, 6]
    assert of(tables, "2015-08", "ytd", "F09.total") is None
    assert [of(tables, *p, "F09.plans_filed") for p in (("2015H1", "half"), ("2015", "year"))] == [20, 40]
    row = tables.one("indicators", region_id=EAST, period="2015", span="year", indicator_id="F09.total", category="TOTAL")
    assert row["source"] == "periods"


def test_a_county_with_a_new_code_has_one_year(tables):
    assert of(tables, "2016-08", "ytd", "deaths", WEST) == 16
    assert of(tables, "2016-09", "ytd", "deaths", RECODED) == 18
    assert [of(tables, *p, "deaths", RECODED) for p in (("2016Q3", "quarter"), ("2016H2", "half"), ("2016", "year"))] == [6, 12, 24]
    assert of(tables, "2016Q3", "quarter", "deaths", WEST) is None
    assert [of(tables, f"2016-{m:02d}", "ytd", "deaths", CITY) for m in (8, 9, 12)] == [40, 45, 60]
    row = tables.one("indicators", region_id=CITY, period="2016", span="year", indicator_id="deaths", category="TOTAL")
    assert (row["value"], row["obs_status"], row["reporting_share"]) == (60, "reported", 100)


def test_one_stretch_of_time_has_one_number(tables):
    assert [of(tables, *p, "deaths") for p in (("2017-06", "ytd"), ("2017H1", "half"))] == [7, 7]
    assert [of(tables, *p, "deaths") for p in (("2018-03", "ytd"), ("2018Q1", "quarter"))] == [4, 4]
    assert [of(tables, *p, "deaths") for p in (("2019-03", "ytd"), ("2019Q1", "quarter"))] == [5, 5]


def test_a_quarter_is_compared_with_the_cumulative_number_of_the_same_months(tables):
    row = tables.one("comparisons", region_id=EAST, period="2019Q1", span="quarter", indicator_id="deaths", kind="yoy", category="TOTAL")
    assert (row["base_value"], row["change_pct"], row["reason"]) == (4, 25, "own_figure")

"""同比 and 环比: which base is used, what is said of it, and the words for every case."""

from __future__ import annotations

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, bureau_at


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("comparisons"))
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST, SOUTH], deaths=[85, 0, 4], events=[389, None, 3], serious=[0, 0, 0])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[94, 4, 0], events=[379, None, 5], serious=[2, 0, 0])
    # Last year's figure only stands beside this year's.
    bureau.send("printed.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-02\n地区,起数,上年同期起数,死亡,死亡同比增减,死亡环比增减\n"
                               "东山县,38,45,9,-15,+3\n西水县,5,0,2,2,\n", "2015-03-05")
    bureau.report("2015-03", "2015-04-05", region_id=[EAST], deaths=[5])
    bureau.send("both.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2016-01\n起数,上年同期起数\n380,400\n", "2016-02-05")
    bureau.report("2012-01", "2012-02-05", region_id=[EAST], deaths=[67])
    bureau.report("2012-01", "2012-03-05", region_id=[EAST], deaths=[88])
    bureau.report("2013-01", "2013-02-05", region_id=[EAST], deaths=[44])
    bureau.send("cut_off.csv", f"form_id,region_id,period,events,events_py,events_yoy\nF02,{WEST},2013-01,238,244,-2.45\n", "2013-02-05")
    bureau.send("percent.csv", f"# 表号: F02\n# 行政区划代码: {SOUTH}\n# 报告期: 2016-01\n起数同比,死亡同比\n-43.7,持平\n", "2016-02-05")
    return bureau.compute()


def of(compared, region, period="2015-01", kind="yoy", indicator="deaths") -> dict:
    return compared.one("comparisons", region_id=region, period=period, span="month", kind=kind, indicator_id=indicator, category="TOTAL")


def shown(row: dict) -> tuple:
    return row["change"], row["change_pct"], row["display_zh"], row["display_en"], row["reason"]


def test_ninety_four_after_eighty_five_is_up_by_ten_point_five_nine_per_cent(compared):
    assert shown(of(compared, EAST)) == (9, 10.59, "上升10.59%", "up 10.59%", "own_figure")


def test_a_fall_of_two_point_five_seven_per_cent_is_worded_without_a_minus(compared):
    assert shown(of(compared, EAST, indicator="accidents")) == (-10, -2.57, "下降2.57%", "down 2.57%", "own_figure")


def test_four_after_none_has_no_percentage_and_is_worded_as_four_more(compared):
    assert shown(of(compared, WEST)) == (4, None, "同比多4人", "4 more", "base_zero")
    assert of(compared, WEST)["base_value"] == 0
    assert of(compared, WEST)["base_source"] == "own_figure"


def test_none_after_four_is_down_by_a_hundred_per_cent(compared):
    assert shown(of(compared, SOUTH)) == (-4, -100, "下降100.00%", "down 100.00%", "own_figure")


def test_none_after_none_is_level_with_zero_per_cent(compared):
    assert shown(of(compared, WEST, indicator="serious_injuries")) == (0, 0, "持平", "unchanged", "own_figure")


def test_without_any_base_there_is_no_comparison_only_a_sign_that_it_is_missing(compared):
    row = of(compared, EAST, "2015-03")
    assert shown(row) == (None, None, "…", "…", "base_missing")
    assert row["base_value"] is None


def test_the_printed_figure_of_last_year_stands_in_where_our_own_is_missing(compared):
    row = of(compared, EAST, "2015-02", indicator="accidents")
    assert (row["base_value"], *shown(row)) == (45, -7, -15.56, "下降15.56%", "down 15.56%", "reported_prior")
    assert row["base_cell"] == "C5"


def test_a_printed_change_gives_the_base_where_nothing_else_does(compared):
    row = of(compared, EAST, "2015-02")
    assert (row["base_value"], *shown(row)) == (24, -15, -62.5, "下降62.50%", "down 62.50%", "reported_change")
    assert of(compared, WEST, "2015-02")["reason"] == "base_zero"
    assert of(compared, WEST, "2015-02", indicator="accidents")["reason"] == "base_zero", "a printed base of 0"
    assert of(compared, WEST, "2015-02", indicator="accidents")["base_source"] == "reported_prior", "and it still says that it was printed"
    assert of(compared, WEST, "2015-02")["base_source"] == "reported_change"


def test_our_own_figure_comes_before_the_printed_one_and_the_difference_is_noted(compared):
    row = of(compared, EAST, "2016-01", indicator="accidents")
    assert (row["base_value"], row["reason"]) == (379, "own_figure")
    note = compared.one("quality_findings", check_id="PRIOR_REVISED", period="2016-01")
    assert (note["value"], note["expected"], note["severity"], note["region_id"]) == ("400", "379", "info", EAST)


def test_month_on_month_prefers_our_own_figure_of_the_month_before(compared):
    row = of(compared, EAST, "2015-02", kind="mom")
    assert (row["base_period"], row["base_value"], row["reason"]) == ("2015-01", 94, "own_figure")
    assert of(compared, EAST, "2015-01", kind="mom")["base_period"] == "2014-12"


def test_a_percentage_printed_without_its_figures_is_passed_on_as_reported(compared):
    row = of(compared, SOUTH, "2016-01", indicator="accidents")
    assert (row["value"], row["base_value"], *shown(row)) == (None, None, None, -43.7, "下降43.70%", "down 43.70%", "as_reported")
    assert of(compared, SOUTH, "2016-01")["display_zh"] == "持平"


def test_a_printed_percentage_that_was_cut_off_and_not_rounded_is_a_warning(compared):
    [found] = compared.where("quality_findings", region_id=WEST, period="2013-01")
    assert (found["check_id"], found["severity"], found["value"], found["expected"]) == ("RATE_TRUNCATED", "warning", "-2.45", "-2.46")


def test_the_year_before_as_now_known_is_the_base_and_not_as_it_was_first_reported(compared):
    assert (of(compared, EAST, "2013-01")["base_value"], of(compared, EAST, "2013-01")["change_pct"]) == (88, -50)


def test_where_cutting_off_is_declared_changes_are_cut_off_and_printed_ones_agree(bureau):
    bureau.settings(rounding={"mode": "truncate", "decimals": {"change_pct": 1}})
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST], deaths=[244, 3])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST], deaths=[238, 5], deaths_yoy=["-2.45", ""])
    tables = bureau.compute()
    assert [of(tables, r)["change_pct"] for r in (EAST, WEST)] == [-2.4, 66.6]
    assert of(tables, WEST)["display_zh"] == "上升66.6%"
    assert [r["verdict"] for r in tables.where("reconciliations", kind="yoy")] == ["truncated_as_declared"]
    assert not tables.tables["quality_findings"]


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The basis changes in 2015; in 2017 a county is recoded and another one split."""
    bureau = bureau_at(tmp_path_factory.mktemp("broken"), f"""
{CITY},河阳市,Heyang,city
990111,北原县,Beiyuan,county,{CITY},,2017-01-01
990112,北原区,Beiyuan,county,{CITY},2017-01-01
990113,大沟县,Dagou,county,{CITY}
990114,小沟县,Xiaogou,county,{CITY},2017-01-01
""", basis=[{"from": "2010-01", "basis": "all"}, {"from": "2015-01", "basis": "production"}])
    bureau.write("region_changes.csv", "old_id,new_id,kind,date,source\n990111,990112,recode,2017-01-01,公告\n990113,990114,split,2017-01-01,公告\n")
    bureau.report("2014-01", "2014-02-05", region_id=["990113"], deaths=[10])
    bureau.report("2015-01", "2015-02-05", region_id=["990113"], deaths=[4])
    bureau.report("2016-01", "2016-02-05", region_id=["990111", "990113"], deaths=[4, 8])
    bureau.report("2017-01", "2017-02-05", region_id=["990112", "990113", "990114"], deaths=[2, 3, 1])
    return bureau.compute()


def test_figures_on_different_bases_are_not_compared(broken):
    row = of(broken, "990113")
    assert shown(row) == (None, None, "…", "…", "basis_break")
    assert row["basis"] == "production"


def test_a_renamed_region_keeps_its_history_and_a_split_one_breaks(broken):
    assert shown(of(broken, "990112", "2017-01"))[:3] == (-2, -50, "下降50.00%")
    assert shown(of(broken, "990113", "2017-01")) == (None, None, "…", "…", "division_break")


PROVINCE = "990000"
PARK = "990181"  # inside the zone


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """A province of one city with its counties, a zone that counts elsewhere and has a park; last year's figures only stand beside this year's."""
    regions = f"{PROVINCE},河省,He,province\n" + CITY_AND_COUNTIES.replace("city\n", f"city,{PROVINCE}\n") + ZONE_AND_OWN_UNITS + f"{PARK},园区,Park,township,{ZONE}\n"
    bureau = bureau_at(tmp_path_factory.mktemp("printed"), regions, root=PROVINCE)
    units = [EAST, WEST, SOUTH, OWN, ZONE, PARK]
    for period, deaths, before in [("2015-01..2015-03", [4, 2, 0, 1, 9, 3], [5, 2, 0, 1, 8, 2]), ("2015-01..2015-06", [6, 3, 1, 1, 10, 4], [8, None, 1, 1, 12, 5]), ("2015-01..2015-09", [7, 4, 1, 1, 10, 4], [0, 0, 0, 0, 1, 1])]:
        bureau.report(period, "2016-01-05", region_id=units, deaths=deaths, deaths_py=before)
    cumulative = "# 表号: F02\n# 行政区划代码: {}\n# 报告期: {}-12\n行政区划代码,累计死亡,上年同期累计死亡\n"
    lines = zip(units, [8, 4, 1, 1, 20, 9], [10, 4, 2, 1, 30, 9], strict=True)
    bureau.send("december.csv", cumulative.format(CITY, 2015) + "".join(f"{u},{d},{before}\n" for u, d, before in lines), "2016-01-06")
    for month, deaths in enumerate([[1, 1, 0, 0], [1, 1, 0, 0], [2, 0, 0, 1]], start=1):
        bureau.report(f"2015-{month:02d}", "2015-04-05", region_id=units[:4], deaths=deaths)
    bureau.report("2016-01..2016-03", "2016-04-05", region_id=[*units[:4], CITY], deaths=[3, 2, 1, 1, 7], deaths_py=[9, 9, 9, 9, 9])
    bureau.report("2013-01..2013-03", "2013-04-05", region_id=[*units[:4], CITY], deaths=[3, 2, 1, 1, 7], deaths_py=[1, 1, 1, 1, 9])
    bureau.report("2018", "2019-01-05", region_id=[EAST], deaths=[6], deaths_py=[5])
    bureau.send("december_2018.csv", cumulative.format(EAST, 2018) + f"{EAST},6,4\n", "2019-01-06")
    return bureau


@pytest.fixture(scope="module")
def bases(printed):
    """`bases(region, period, span)`: base, change in per cent, reason, cell of the base."""
    tables = printed.compute()

    def found(region, period, span="ytd") -> tuple:
        row = tables.one("comparisons", region_id=region, period=period, span=span, kind="yoy", indicator_id="deaths", category="TOTAL")
        return row["base_value"], row["change_pct"], row["reason"], row["base_cell"]

    return found


def test_the_base_printed_beside_decembers_cumulative_figure_is_that_of_the_year(bases):
    assert bases(EAST, "2015-12") == bases(EAST, "2015", "year") == (10, -20, "reported_prior", "C5")


def test_that_of_march_is_the_base_of_the_quarter_and_that_of_june_would_be_the_half_years(bases):
    assert bases(EAST, "2015Q1", "quarter") == (5, -20, "reported_prior", "E2")
    assert bases(EAST, "2015-03", "month") == (None, None, "base_missing", None)


def test_what_is_printed_beside_the_year_itself_comes_first(bases):
    assert (bases(EAST, "2018", "year")[0], bases(EAST, "2018-12")[0]) == (5, 4)


def test_a_region_without_a_printed_base_has_the_sum_of_those_below_that_count_in_it(bases):
    assert bases(CITY, "2015-12") == bases(CITY, "2015", "year") == (17, -17.65, "summed_prior", None)
    assert bases(CITY, "2015Q1", "quarter") == (8, -12.5, "summed_prior", None)


def test_the_sum_goes_up_the_tree_and_a_base_of_ones_own_comes_before_it(bases):
    assert bases(PROVINCE, "2015-12")[:3] == (17, -17.65, "summed_prior")
    assert bases(CITY, "2013-03") == (9, -22.22, "reported_prior", "E6")
    assert bases(PROVINCE, "2013-03") == (9, -22.22, "summed_prior", "E6"), "of a single one below, whose cell it is"


def test_our_own_figure_comes_before_a_printed_base_and_before_a_sum_of_them(bases):
    assert bases(CITY, "2016-03") == (7, 0, "own_figure", None)
    assert bases(PROVINCE, "2016-03") == (7, 0, "own_figure", None)


def test_where_one_that_counts_has_no_printed_base_there_is_no_sum(bases):
    assert bases(CITY, "2015-06") == bases(PROVINCE, "2015-06") == (None, None, "base_missing", None)


def test_a_sum_of_printed_bases_of_zero_is_a_base_of_zero(bases):
    assert bases(CITY, "2015-09") == (0, None, "base_zero", None)


def test_a_summed_base_is_walked_back_to_the_cells_it_was_printed_in(printed):
    from pipelines.explain import Walk

    printed.release()
    walk = Walk(printed.out)
    [row] = walk.find("comparisons", {"region_id": PROVINCE, "period": "2015", "indicator_id": "deaths", "span": "year"})
    leaves = [n for n in walk.explain("comparisons", row)["inputs"] if n["table"] == "printed_base"]
    assert [(n["row"]["region_id"], n["row"]["value"], n["source"]["cell"]) for n in leaves] == [(EAST, 10, "C5"), (WEST, 4, "C6"), (SOUTH, 2, "C7"), (OWN, 1, "C8")]


def test_a_base_says_since_when_it_is_known(tmp_path):
    """East reported January 2014 in February and again in June 2015; West in February only. As of March 2015 both bases are of February 2014."""
    bureau = bureau_at(tmp_path)
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST, SOUTH], deaths=[4, 2, 1])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[5, 2, 1])
    bureau.report("2014-01", "2015-06-01", name="late.csv", region_id=[EAST], deaths=[3])

    def known(day=None) -> dict:
        rows = bureau.compute(day).where("comparisons", period="2015-01", span="month", kind="yoy", indicator_id="deaths")
        return {r["region_id"]: (r["base_value"], str(r["base_known_from"])[:10]) for r in rows}

    assert known("2015-03-31") == {EAST: (4, "2014-02-05"), WEST: (2, "2014-02-05"), SOUTH: (1, "2014-02-05"), CITY: (7, "2014-02-05")}
    assert known() == {EAST: (3, "2015-06-01"), WEST: (2, "2014-02-05"), SOUTH: (1, "2014-02-05"), CITY: (6, "2015-06-01")}

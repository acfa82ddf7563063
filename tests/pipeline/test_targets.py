"""占年控制指标: how much of the year's target is used up, beside how much of the year has gone by."""

from __future__ import annotations

import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at


@pytest.fixture(scope="module")
def progress(tmp_path_factory):
    """{(region, period): row} of the death targets of 2015."""
    bureau = bureau_at(tmp_path_factory.mktemp("targets"))
    bureau.write("targets.csv", "year,region_id,indicator_id,category,target,doc_no,valid_from\n"
                 f"2015,{CITY},deaths,,1944,,\n2015,{EAST},deaths,,12,,\n2015,{WEST},deaths,TOTAL,0,,\n2015,{SOUTH},deaths,,0,,\n"
                 f"2015,{EAST},accidents_larger,,4,,\n2015,{EAST},deaths,煤矿,2,安委〔2015〕3号,2015-01-10\n2014,{EAST},deaths,,9,,\n")
    bureau.send("oct.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01..2015-10\n地区,类别,起数,死亡,较大事故起数,死亡占年控制指标\n"
                           "合计,,7259,1348,62,69.34\n东山县,合计,30,10,1,83.33\n东山县,煤矿,3,3,,\n西水县,,9,0,,\n南林区,,9,1,,\n", "2015-11-05")
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[1])
    bureau.report("2015-02", "2015-03-05", region_id=[EAST], deaths=[1])
    bureau.report("2015-01..2015-12", "2016-01-05", region_id=[EAST, WEST], deaths=[12, 0])
    return {(r["region_id"], r["period"], r["indicator_id"], r["category"]): r for r in bureau.compute().tables["target_progress"]}


def of(progress, region, period, indicator="deaths", category="TOTAL") -> tuple:
    row = progress[region, period, indicator, category]
    return row["actual"], row["target"], row["progress_pct"], row["time_progress_pct"], row["status"]


def test_progress_is_the_cumulative_figure_over_the_target(progress):
    assert of(progress, EAST, "2015-10") == (10, 12, 83.33, 83.33, "normal")


def test_within_the_share_of_the_year_is_normal_and_beyond_it_is_watched(progress):
    assert of(progress, EAST, "2015-01") == (1, 12, 8.33, 8.33, "normal")
    assert of(progress, EAST, "2015-02") == (2, 12, 16.67, 16.67, "normal")
    assert of(progress, EAST, "2015-10", "accidents_larger") == (1, 4, 25, 83.33, "normal")


def test_a_target_just_met_is_reached_and_one_passed_is_over(progress):
    assert of(progress, EAST, "2015-12") == (12, 12, 100, 100, "reached")
    assert of(progress, EAST, "2015-10", category="GK1") == (3, 2, 150, 83.33, "over")
    assert progress[EAST, "2015-10", "deaths", "GK1"]["doc_no"] == "安委〔2015〕3号"


def test_a_target_of_none_is_kept_by_none_and_broken_by_one_and_has_no_percentage(progress):
    assert of(progress, WEST, "2015-10") == (0, 0, None, 83.33, "normal")
    assert of(progress, SOUTH, "2015-10") == (1, 0, None, 83.33, "over")


def test_dual_control_is_kept_while_neither_accidents_nor_deaths_exceed_their_target(bureau):
    """双控: of 30 accidents and 5 deaths the east is just at both; the west has a death too many, the south an accident where none was allowed; of the
    city only the deaths have a target, and of the larger accidents nothing is said."""
    bureau.write("targets.csv", "year,region_id,indicator_id,category,target\n"
                 f"2015,{EAST},accidents,,30\n2015,{EAST},deaths,,5\n2015,{EAST},accidents_larger,,0\n2015,{WEST},accidents,,30\n2015,{WEST},deaths,,5\n"
                 f"2015,{SOUTH},accidents,,0\n2015,{SOUTH},deaths,,0\n2015,{CITY},deaths,,90\n2015,{EAST},deaths,道路交通,1\n2015,{EAST},accidents,道路交通,9\n")
    bureau.report("2015-01..2015-06", "2015-07-05", region_id=[EAST, WEST, SOUTH], events=[30, 3, 1], deaths=[5, 6, 0], events_larger=[1, 0, 0])
    bureau.send("road.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-01..2015-06\n类别,起数,死亡\n道路交通,9,2\n", "2015-07-06")
    found = {(r["region_id"], r["indicator_id"], r["category"]): r["dual_control"] for r in bureau.compute().tables["target_progress"]}
    assert found == {(EAST, "accidents", "TOTAL"): True, (EAST, "deaths", "TOTAL"): True, (EAST, "accidents_larger", "TOTAL"): None,
                     (WEST, "accidents", "TOTAL"): False, (WEST, "deaths", "TOTAL"): False, (SOUTH, "accidents", "TOTAL"): False,
                     (SOUTH, "deaths", "TOTAL"): False, (CITY, "deaths", "TOTAL"): None, (EAST, "deaths", "DL"): False, (EAST, "accidents", "DL"): False}


def test_the_citys_own_cumulative_total_stands_where_its_counties_are_incomplete(bureau):
    bureau.write("targets.csv", f"year,region_id,indicator_id,category,target\n2011,{CITY},deaths,,1944\n2011,{CITY},deaths,火灾,15\n2011,{CITY},accidents_major,,4\n")
    bureau.send("oct.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2011-01..2011-10\n类别,死亡,重大事故起数,死亡占年控制指标\n合计,1348,1,69.34\n火灾,28,,186.67\n",
                "2011-11-25")
    tables = bureau.compute()
    found = {(r["indicator_id"], r["category"]): (r["progress_pct"], r["status"]) for r in tables.tables["target_progress"]}
    assert found == {("deaths", "TOTAL"): (69.34, "normal"), ("deaths", "HZ"): (186.67, "over"), ("accidents_major", "TOTAL"): (25, "normal")}
    assert {r["verdict"] for r in tables.where("reconciliations", kind="progress")} == {"reproduced"}


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """`years(day)`: targets of several years, each with a story of its own, as known then."""
    bureau = bureau_at(tmp_path_factory.mktemp("years"))
    bureau.write("targets.csv", "year,region_id,indicator_id,target,valid_from\n"
                 f"2011,{EAST},deaths,100,\n2012,{CITY},deaths,100,\n2013,{EAST},deaths,100,2013-01-10\n2013,{EAST},deaths,50,2013-06-10\n"
                 f"2014,{EAST},deaths,100,\n2015,{EAST},deaths,100,\n")
    bureau.report("2011-01", "2011-02-05", region_id=[EAST], deaths=[9])
    bureau.report("2012-01", "2012-02-05", region_id=[EAST], deaths=[9])
    bureau.report("2013-01..2013-03", "2013-04-05", region_id=[EAST], deaths=[10])
    bureau.send("f14.csv", "# 表号: F14\n# 报告期: 2014\n地区,指标,目标值,下达文号\n东山县,deaths,80,安委〔2014〕9号\n", "2014-02-01")
    bureau.report("2014-01", "2014-02-05", region_id=[EAST], deaths=[8])
    bureau.send("printed.csv", "# 表号: F02\n# 报告期: 2015-01..2015-03\n地区,死亡,年控制指标\n东山县,8,90\n", "2015-04-05")
    return lambda day=None: bureau.compute(as_of=day)


@pytest.fixture(scope="module")
def now(years):
    return years()


def test_a_share_of_the_year_just_passed_is_watched(now):
    assert now.one("target_progress", year=2011, period="2011-01")["status"] == "watch"


def test_a_partial_sum_is_not_held_against_a_target(now):
    assert now.where("target_progress", year=2012) == []


def test_a_target_changed_within_the_year_is_that_of_the_months_before_still(years, now):
    assert years("2013-05-01").one("target_progress", year=2013)["target"] == 100
    assert now.one("target_progress", year=2013)["target"] == 100, "March is measured by what held in March"


def test_a_target_form_sent_in_comes_before_the_configured_target(now):
    row = now.one("target_progress", year=2014)
    assert (row["target"], row["progress_pct"], row["doc_no"]) == (80, 10, "安委〔2014〕9号")


def test_a_different_target_printed_beside_the_figures_is_a_warning(now):
    finding = now.one("quality_findings", check_id="TARGET_MISMATCH")
    assert (finding["severity"], finding["value"], finding["expected"], finding["period"]) == ("warning", "90", "100", "2015-03")


@pytest.fixture(scope="module")
def revised(tmp_path_factory):
    """Targets that were changed in September, by configuration and by form; one change was taken back, one came to a configured target."""
    bureau = bureau_at(tmp_path_factory.mktemp("revised"))
    bureau.write("targets.csv", "year,region_id,indicator_id,target,doc_no,valid_from\n"
                 f"2024,{EAST},deaths,10,安委〔2024〕1号,2024-03-01\n2024,{EAST},deaths,2,安委〔2024〕9号,2024-09-15\n2024,{CITY},deaths,30,,\n")
    form = "# 表号: F14\n# 行政区划代码: {}\n# 报告期: 2024\n行政区划代码,指标,目标值,下达文号,生效日期\n"
    bureau.send("set.csv", form.format(CITY) + f"{WEST},deaths,10,安委〔2024〕1号,2024-01-05\n{SOUTH},deaths,8,安委〔2024〕1号,2024-01-05\n", "2024-02-01")
    bureau.send("changed.csv", form.format(CITY) + f"{WEST},deaths,2,安委〔2024〕9号,2024-09-15\n{SOUTH},deaths,1,安委〔2024〕9号,2024-09-15\n"
                f"{CITY},deaths,20,安委〔2024〕9号,2024-09-15\n", "2024-09-20")
    bureau.send("taken_back.csv", form.format(CITY) + f"{SOUTH},deaths,8,安委〔2024〕12号,2024-01-05\n", "2024-10-20")
    bureau.report("2024-01", "2024-12-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 2, 2])
    for month in ("06", "08", "09", "11"):
        bureau.report(f"2024-01..2024-{month}", "2024-12-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 2, 2])
    bureau.send("printed.csv", "# 表号: F02\n# 报告期: 2024-01..2024-07\n地区,死亡,年控制指标,死亡占年控制指标\n东山县,2,10,20\n西水县,2,10,\n", "2024-12-06")
    bureau.send("printed_later.csv", "# 表号: F02\n# 报告期: 2024-01..2024-10\n地区,死亡,年控制指标,死亡占年控制指标\n东山县,2,10,\n西水县,2,,100\n", "2024-12-06")
    return bureau


@pytest.fixture(scope="module")
def versions(revised):
    return revised.compute()


def followed(versions, region) -> dict:
    return {r["period"]: (r["target"], r["progress_pct"], r["status"], r["doc_no"]) for r in versions.where("target_progress", region_id=region)}


@pytest.mark.parametrize("region", [EAST, WEST])
def test_a_month_is_measured_by_the_target_that_held_at_its_end(versions, region):
    found = followed(versions, region)
    assert found["2024-06"] == found["2024-08"] == (10, 20, "normal", "安委〔2024〕1号")
    assert found["2024-09"] == found["2024-11"] == (2, 100, "reached", "安委〔2024〕9号")


def test_what_was_set_for_the_year_is_the_target_of_the_months_before_it_was_set_too(versions):
    assert followed(versions, EAST)["2024-01"] == (10, 20, "watch", "安委〔2024〕1号")


def test_a_change_that_was_taken_back_is_no_target_any_more(versions):
    assert {(target, doc_no) for target, _, _, doc_no in followed(versions, SOUTH).values()} == {(8, "安委〔2024〕12号")}


def test_a_form_replaces_a_configured_target_from_its_own_day_on(versions):
    found = followed(versions, CITY)
    assert (found["2024-08"][:2], found["2024-09"][:2]) == ((30, 20), (20, 30))


def test_a_printed_target_is_held_against_the_one_of_its_month(versions):
    found = versions.where("quality_findings", check_id="TARGET_MISMATCH")
    assert {(r["region_id"], r["period"], r["value"], r["expected"]) for r in found} == {(EAST, "2024-10", "10", "2")}
    assert {r["verdict"] for r in versions.where("reconciliations", kind="progress")} == {"reproduced"}


def test_the_walk_back_goes_to_the_target_that_held(revised):
    from pipelines.explain import Walk

    revised.release()
    walk = Walk(revised.out)
    cells = {}
    for region in (EAST, WEST):
        for period in ("2024-06", "2024-11"):
            [row] = walk.find("target_progress", {"region_id": region, "period": period})
            source = walk.explain("target_progress", row)["inputs"][-1]["source"]
            cells[region, period] = source["file"].rpartition("/")[2], source["cell"]
    assert cells == {(EAST, "2024-06"): ("targets.csv", "D2"), (EAST, "2024-11"): ("targets.csv", "D3"),
                     (WEST, "2024-06"): ("set.csv", "C5"), (WEST, "2024-11"): ("changed.csv", "C5")}


@pytest.mark.parametrize("again", ["", "# 替代: set.csv\n"])
def test_a_correction_of_the_first_version_leaves_what_it_was_changed_to_in_force(tmp_path, again):
    """10 by document 1, 2 by document 9 from 15 September. In October document 1 is sent again: it had said 12. So 12 until August, and 2 from September;
    and 2 is the target of the year in the figures. Another document that takes document 9 back would be another matter (`taken_back`)."""
    bureau = bureau_at(tmp_path)
    form = "# 表号: F14\n# 行政区划代码: " + CITY + "\n# 报告期: 2024\n{}行政区划代码,指标,目标值,下达文号,生效日期\n" + EAST + ",deaths,{},安委〔2024〕{}号,{}\n"
    bureau.send("set.csv", form.format("", 10, 1, "2024-01-05"), "2024-02-01")
    bureau.send("changed.csv", form.format("", 2, 9, "2024-09-15"), "2024-09-20")
    bureau.send("corrected.csv", form.format(again, 12, 1, "2024-01-05"), "2024-10-20")
    for month in ("08", "09"):
        bureau.report(f"2024-01..2024-{month}", "2024-12-05", region_id=[EAST], deaths=[2])
    tables = bureau.compute()
    assert {period: row[:2] for period, row in followed(tables, EAST).items()} == {"2024-08": (12, 16.67), "2024-09": (2, 100)}
    assert tables.one("figures", form_id="F14", measure="target")["value"] == 2
    before = bureau.compute("2024-10-01")
    assert {period: row[0] for period, row in followed(before, EAST).items()} == {}

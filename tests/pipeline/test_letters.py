"""Letters of responsibility: who signed with whom, targets and vetoes judged by our own figures, coverage, and whose name never appears."""

from __future__ import annotations

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, bureau_at

HEADER = "责任书编号,上级责任书,签发单位,签订单位,签订类型,签订日期,责任指标,特别否决,完成情况,奖励金"


def letters(*rows: str, region: str = CITY, year: str = "2015") -> str:
    return "\n".join([f"# 表号: F16\n# 行政区划代码: {region}\n# 报告期: {year}", HEADER, *rows]) + "\n"


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    made = bureau_at(tmp_path_factory.mktemp("letters"), CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS, calendar={"deadlines": False})
    made.send("city.csv", letters(
        "C-1,,河阳市人民政府,东山县,领导,2015-01-15,死亡人数 <= 4; 重大事故起数 = 0,较大事故起数 >= 2,完成,50000",
        "C-2,,河阳市人民政府,西水县人民政府,领导,2015-01-15,deaths <= 2；区外重大交通事故 = 0,较大事故起数 >= 1,未完成,",
        "C-3,,河阳市人民政府,市本级,领导,2015-01-15,deaths <= 1,,,",
        "C-4,,河阳市人民政府,市公安局,部门,2015-01-15,deaths <= 30,,否决,",
        "C-5,,河阳市人民政府,张三副市长,领导,2015-01-15,deaths <= 30,,,",
        "C-6,,分管副市长,河阳第一化工有限公司,企业,2015-01-16,deaths = 0,,完成,2000.50",
    ), "2015-02-05")
    made.send("east.csv", letters("E-1,C-1,东山县人民政府,东山镇,乡镇街道,2015-01-20,deaths <= 1,,,",
                                  "E-2,C-1,李四,南山街道办事处,乡镇街道,2015-01-20,deaths <= 1,,,", region=EAST), "2015-02-05")
    made.report("2015H1", "2015-07-05", form="F10", region_id=[EAST], level=["乡镇"], should=[8], done=[8])
    made.report("2015-01..2015-06", "2015-07-05", region_id=[EAST, WEST, SOUTH], events=[9, 9, 9], deaths=[4, 3, 0], events_larger=[1, 1, 0],
                events_major=[0, 0, 0])
    return made


@pytest.fixture(scope="module")
def tables(bureau):
    return bureau.compute(as_of="2015-07-06")


def letter(tables, number: str) -> dict:
    return tables.one("responsibility_letters", letter_id=number)


def states(tables, number: str) -> list[tuple]:
    rows = sorted(tables.where("letter_targets", letter_id=number), key=lambda r: (r["kind"], r["position"]))
    return [(r["kind"], r["indicator_id"], r["sign"], r["limit_value"], r["measured"], r["state"]) for r in rows]


def test_a_letter_names_units_what_it_follows_from_and_the_region_it_went_to(tables):
    row = letter(tables, "C-2")
    assert (row["signer_unit"], row["signee_unit"], row["signee_region_id"], row["type"]) == ("河阳市人民政府", "西水县人民政府", WEST, "领导")
    assert (letter(tables, "E-1")["parent_id"], letter(tables, "E-1")["signee_unit"], letter(tables, "E-1")["signee_region_id"]) == ("C-1", "东山镇", None)


def test_persons_and_enterprises_are_not_published(tables):
    assert letter(tables, "C-5")["signee_unit"] == "〔略〕", "张三副市长 names a person"
    assert letter(tables, "E-2")["signer_unit"] == "〔略〕"
    assert (letter(tables, "C-6")["signer_unit"], letter(tables, "C-6")["signee_unit"]) == ("分管副市长", None)
    published = repr(tables.tables["responsibility_letters"]) + repr(tables.tables["letter_targets"])
    assert not any(name in published for name in ("张三", "李四", "第一化工"))


def test_targets_and_vetoes_are_judged_by_what_was_measured_so_far(tables):
    """Half of the year: 4 deaths of at most 4, no major accident of none, one larger accident where two veto."""
    assert states(tables, "C-1") == [
        ("target", "deaths", "<=", 4, 4, "so_far"), ("target", "accidents_major", "=", 0, 0, "so_far"),
        ("veto", "accidents_larger", ">=", 2, 1, "clear")]


def test_a_limit_is_broken_before_the_year_is_over_and_an_unknown_indicator_is_not_judged(tables):
    """3 deaths of at most 2; the zone's own accidents outside are nothing we count; the first larger accident vetoes."""
    assert states(tables, "C-2") == [
        ("target", "deaths", "<=", 2, 3, "missed"), ("target", None, "=", 0, None, None), ("veto", "accidents_larger", ">=", 1, 1, "triggered")]


def test_a_letter_to_anybody_but_a_region_below_is_not_judged(tables):
    assert states(tables, "C-4") == [("target", "deaths", "<=", 30, None, None)]


def test_over_the_year_a_target_is_met_or_missed(bureau, tmp_path):
    made = bureau.copy(tmp_path)
    made.report("2015", "2016-01-15", region_id=[EAST, WEST, SOUTH], events=[9, 9, 9], deaths=[4, 3, 0], events_larger=[2, 1, 0], events_major=[0, 0, 0])
    tables = made.compute(as_of="2016-01-16")
    assert [s[-1] for s in states(tables, "C-1")] == ["met", "met", "triggered"]
    assert [s[-1] for s in states(tables, "C-2")] == ["missed", None, "triggered"]


def coverage(tables, region: str, kind: str) -> tuple:
    row = tables.one("letter_coverage", region_id=region, type=kind)
    return row["letters"], row["expected"], row["covered"], row["coverage_pct"]


def test_coverage_is_the_share_of_regions_below_that_signed(tables):
    """East and west of three counties and a zone: 2 of 4. The city's own units and the vice mayor signed and are no region below."""
    assert coverage(tables, CITY, "领导") == (4, 4, 2, 50)
    assert {ZONE, OWN} & {r["signee_region_id"] for r in tables.tables["responsibility_letters"]} == {OWN}


def test_townships_are_covered_against_the_duty_system_and_other_letters_only_counted(tables):
    assert coverage(tables, EAST, "乡镇街道") == (2, 8, 2, 25)
    assert coverage(tables, CITY, "部门") == (1, None, None, None)


def test_results_and_rewards_are_added_up(tables):
    leaders, firms = tables.one("letter_coverage", region_id=CITY, type="领导"), tables.one("letter_coverage", region_id=CITY, type="企业")
    assert (leaders["met"], leaders["missed"], leaders["vetoed"], leaders["broken"], leaders["reward_yuan"]) == (1, 1, 0, 1, 50000)
    assert (firms["met"], firms["reward_yuan"]) == (1, 2000.5)
    assert tables.one("letter_coverage", region_id=CITY, type="部门")["vetoed"] == 1


def test_a_newer_version_of_a_letter_replaces_the_older(bureau, tmp_path):
    made = bureau.copy(tmp_path)
    made.send("city2.csv", letters("C-4,,河阳市人民政府,市公安局,部门,2015-01-15,deaths <= 20,,完成,100"), "2015-08-05")
    tables = made.compute(as_of="2015-08-06")
    assert (letter(tables, "C-4")["result"], letter(tables, "C-4")["reward_yuan"]) == ("完成", 100)
    assert len(tables.where("responsibility_letters", region_id=CITY)) == 6

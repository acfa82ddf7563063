"""Every scheme of the program in one bureau: loaded, scored from what was sent, explained in words; and what its rules ask of the registers."""

from __future__ import annotations

import pytest
import yaml

from pipelines.schemes import FOLDER

from .bureau import EAST, SOUTH, WEST, bureau_at

COUNTIES = [EAST, WEST, SOUTH]
RAW = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
CATEGORIES = ["GK", "DL", "DL1"]
SECTORS = [*CATEGORIES, "GK1", "GK3", "HZ", "SS", "TL", "MH", "NJ"]
LEVELS = ["市", "县", "乡镇", "行政村"]
ACCIDENT = ("accident_id,date,region_id,unit_name,industry,category,is_production,in_assessment,deaths,missing,serious,minor,poisoned,loss_yuan,level,"
            "reported_at,status,concealed_proven_on")


def here(name: str) -> dict:
    """What a bureau of three counties says of its own: the year, the level, and who is of which class."""
    classes = {label: [] for label in RAW[name].get("classes", {})}
    for region, label in zip(COUNTIES, [*classes, *classes, *classes], strict=False):
        classes[label].append(region)
    return {"scheme": name, "year": 2015, "subject_level": "county"} | ({"classes": classes} if classes else {})


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("library"), schemes=[here(name) for name in RAW])
    bureau.report("2013-12", "2014-01-05", region_id=COUNTIES, deaths=[1, 1, 1])
    for year in (2014, 2015):
        for month in range(1, 13):
            period, on = f"{year}-{month:02d}", f"{year + month // 12}-{month % 12 + 1:02d}-05"
            deaths = [1, 1, 1 if year == 2014 else 3]
            bureau.report(period, on, region_id=COUNTIES, events=[2, 2, 2], deaths=deaths, events_larger=[0, 0, 0], events_major=[0, 0, 0], events_extreme=[0, 0, 0],
                          events_larger_plus=[0, 0, 0], events_major_plus=[0, 0, 0])
            bureau.report(period, on, name=f"F02_parts_{period}.csv", region_id=[r for r in COUNTIES for _ in SECTORS], category=SECTORS * 3,
                          events=[0, 1, 1, *[0] * 7] * 3, deaths=[0, 1, 1, *[0] * 7] * 3, events_major_plus=[0] * 30)
            if year == 2015 or month == 12:
                late = "2016-03-01" if (year, month) == (2015, 5) else on
                bureau.report(period, late, "F03", region_id=COUNTIES, units_in_charge=[50] * 3, units_checked=[50, 25, 50], hazards_found=[10] * 3, hazards_fixed=[10] * 3)
                bureau.report(period, on, "F04", region_id=COUNTIES, gen_found=[100] * 3, gen_fixed=[100, 100, 90], maj_found=[2] * 3,
                              maj_fixed=[2] * 3)
                bureau.report(period, on, "F07", region_id=COUNTIES, total=[10] * 3, planned=[120] * 3)
                bureau.report(period, on, "F12", region_id=COUNTIES, registered=[100] * 3, logged=[90] * 3, checked=[80] * 3)
                bureau.report(period, on, "F05b", region_id=COUNTIES * 2, campaign_id=["涉氨制冷"] * 3 + ["粉尘涉爆"] * 3, in_scope=[20] * 6, done=[15] * 6, in_progress=[5] * 6)
    for quarter, on in enumerate(("2015-04-10", "2015-07-10", "2015-10-10", "2016-01-10"), start=1):
        bureau.report(f"2015Q{quarter}", on, "F03", region_id=COUNTIES, units_in_charge=[50] * 3, units_checked=[50, 25, 50])
        bureau.report(f"2015Q{quarter}", on, "F06", region_id=COUNTIES, scope=[50] * 3, total=[40] * 3)
        bureau.report(f"2015Q{quarter}", on, "F09", region_id=COUNTIES, counties_should=[1] * 3, counties_done=[1] * 3, plans_should=[10] * 3, plans_filed=[9] * 3)
    bureau.report("2014-12..2015-11", "2015-12-05", "F03", region_id=COUNTIES, units_in_charge=[50] * 3, units_checked=[50, 25, 50])
    bureau.report("2015", "2016-01-20", "F09", region_id=COUNTIES, counties_should=[1] * 3, counties_done=[1] * 3)
    bureau.report("2015", "2016-01-20", "F03", region_id=COUNTIES, units_in_charge=[50] * 3, units_checked=[50, 25, 50])
    for half, on in (("2015H1", "2015-07-10"), ("2015H2", "2016-01-10")):
        bureau.report(half, on, "F10", region_id=[r for r in COUNTIES for _ in LEVELS], level=LEVELS * 3, should=[1, 1, 9, 60] * 3, done=[1, 1, 9, 48] * 3,
                      staff_should=["", 20, 27, ""] * 3, staff_have=["", 16, 23, ""] * 3)
    bureau.report("2015", "2016-01-20", "F18", region_id=COUNTIES * 2, instrument=["群众安全感调查"] * 3 + ["企业安全文化评估"] * 3, safety_sense=[90] * 3 + [""] * 3,
                  culture=[""] * 3 + [70] * 3, n=[300] * 6)
    bureau.write("targets.csv", "year,region_id,indicator_id,category,target\n" + "".join(
        f"2015,{r},{indicator},{category},20\n" for r in COUNTIES for indicator, category in (("deaths", "TOTAL"), *(("deaths", c) for c in CATEGORIES), ("accidents_larger", "TOTAL"),
                                                                                               ("accidents", "TOTAL"), ("accidents_larger_plus", "TOTAL"))))
    bureau.send("F05.csv", "# 表号: F05\n# 报告期: 2015-06\nhazard_id,region_id,unit_name,sector,content,level,found_on,ordered_on,listed_on,due_on,accepted_on,closed_on,status\n" + "".join(
        f"{r}-1,{r},甲厂,危化,储罐,县,2015-05-01,2015-05-02,2015-05-05,2015-08-01,2015-07-01,2015-07-02,摘牌\n" for r in COUNTIES), "2015-07-06")
    bureau.send("F01.csv", "# 表号: F01\n# 报告期: 2015-06\n" + ACCIDENT + "\n"
                f"{SOUTH}20150610001,2015-06-10,{SOUTH},甲煤矿,0610,GK1,是,是,6,0,0,0,0,0,较大,2015-06-10 08:00,结案,\n"
                f"{WEST}20150611001,2015-06-11,{WEST},乙工地,4710,GK3,是,是,3,0,0,0,0,0,较大,2015-06-11 08:00,结案,2015-08-20\n", "2015-06-20")
    bureau.send("F15.csv", "form_id,period,region_id,scheme,item,source,points_max,deduct,score,reason\n" + "".join(
        f"F15,2015,{r},{scheme},{item},年终,100,{off},{100 - off},台账不全\n" for scheme in ("jx-emergency-city", *(n for n in RAW if n.startswith("ganzhou-2020-")))
        for r, daily in zip(COUNTIES, (4, 12, 30), strict=True) for item, off in (("DAILY", daily), ("YEAREND", 2)))
        + f"F15,2015,{EAST},jx-emergency-city,veto_cases,年终,,,1,\n", "2016-01-20")
    return bureau.compute()


def test_every_scheme_of_the_program_scores_the_three_counties(rows):
    scored = {r["scheme_id"] for r in rows.where("assessment_scores") if r["score"] is not None}
    typed_only = {n for n in RAW if RAW[n].get("groups") and all(i["type"] == "manual" for g in RAW[n]["groups"] for i in g["items"])}
    assert scored >= set(RAW) - typed_only
    assert {"jx-emergency-city", "ganzhou-2020"} <= scored, "where everything is typed, what was typed is enough"


def test_every_computed_item_is_judged_where_the_data_is_there(rows):
    """Also what is only ever sent by category: coverage by level, campaigns by name, indices by survey."""
    computed = {(r["scheme_id"], r["rule_id"]) for r in rows.where("scheme_rules", kind="item") if r["computed"]}
    unknown = {(r["scheme_id"], r["item_id"], r["period"]) for r in rows.where("assessment_items") if (r["scheme_id"], r["item_id"]) in computed and r["score"] is None}
    assert sorted(unknown) == []
    assert computed == {(r["scheme_id"], r["item_id"]) for r in rows.where("assessment_items")} & computed


def test_four_assessments_weighed_into_one(rows):
    found = {r["region_id"]: (r["score"], r["grade"]) for r in rows.where("assessment_scores", scheme_id="ganzhou-2020")}
    assert found == {EAST: (94, "优秀"), WEST: (86, "良好"), SOUTH: (68, "合格")}


def test_what_a_scorer_typed_as_a_fact_strikes_out(rows):
    found = {r["region_id"]: (r["score"], r["grade"]) for r in rows.where("assessment_scores", scheme_id="jx-emergency-city")}
    assert found == {EAST: (94, "不合格"), WEST: (86, "良好"), SOUTH: (68, "合格")}


def test_a_fact_is_typed_as_its_number_alone(rows):
    """Points and deduction stay blank and are asked for by nobody; what was used is the number and its cell."""
    [used] = rows.where("assessment_inputs", scheme_id="jx-emergency-city", region_id=EAST, item_id="veto_cases")
    [struck] = rows.where("assessment_inputs", scheme_id="jx-emergency-city", region_id=EAST, metric="veto_cases")  # of the veto that was decided on it
    assert (struck["item_id"], struck["role"], struck["value"], struck["cell"]) == ("V6", "when", 1, used["cell"])
    assert (used["value"], used["cell"][0]) == (1, "I")
    assert not [f for f in rows.where("quality_findings", submission_id=used["submission_id"]) if (f["cell"] or "")[1:] == used["cell"][1:]]


def test_six_deaths_in_a_coal_mine_and_three_on_a_building_site_are_found_in_the_register(rows):
    vetoes = {r["region_id"]: r["veto_reason"] for r in rows.where("assessment_scores", scheme_id="lvliang-50-50")}
    assert vetoes == {EAST: None, WEST: "其他行业发生一次死亡三人以上事故，考核不合格", SOUTH: "煤矿、非煤矿山、危险化学品、消防发生一次死亡六人以上事故，考核不合格"}


def test_a_month_whose_report_came_late_is_counted_for_its_form_alone(rows):
    found = {r["region_id"]: (r["measured"], r["score"]) for r in rows.where("assessment_items", scheme_id="jx-city-2015", item_id="B4")}
    assert found == dict.fromkeys(COUNTIES, (1, 5.5))


def test_a_period_from_december_to_november_takes_last_december(rows):
    [item] = rows.where("assessment_items", scheme_id="hunan-2017-county", item_id="K1", region_id=SOUTH)
    assert item["measured"] == 1 + 11 * 3


def test_quarters_are_scored_by_themselves(rows):
    found = {r["period"] for r in rows.where("assessment_scores", scheme_id="county-quarter")}
    assert found == {"2015Q1", "2015Q2", "2015Q3", "2015Q4"}
    [item] = rows.where("assessment_items", scheme_id="county-quarter", item_id="A2", region_id=SOUTH, period="2015Q2")
    assert (item["measured"], item["target"], item["score"]) == (9, 3, -6)
    [pool] = rows.where("assessment_items", scheme_id="county-quarter", item_id="accident", region_id=SOUTH, period="2015Q2")
    assert (pool["points"], pool["score"], pool["deduction"]) == (30, 30, 0), "the points are the group's; its items take from them"
    assert rows.one("scheme_rules", scheme_id="county-quarter", kind="group")["rule_zh"] == "本组 30 分，由各条目扣，本组最低 0 分"


def test_a_veto_of_the_year_shows_what_it_was_decided_on_in_every_quarter(rows):
    """Proven in August: it strikes out all four quarters, and each says so by the year's number."""
    sheets = rows.where("assessment_scores", scheme_id="county-quarter", region_id=WEST)
    assert [(s["period"], s["vetoes"]) for s in sheets] == [(f"2015Q{n}", "V1") for n in (1, 2, 3, 4)]
    used = rows.where("assessment_inputs", scheme_id="county-quarter", region_id=WEST, item_id="V1")
    assert [(u["period"], u["input_period"], u["span"], u["value"]) for u in used] == [(f"2015Q{n}", "2015", "year", 1) for n in (1, 2, 3, 4)]


def test_every_rule_is_said_in_words_with_its_document_or_that_it_is_assumed(rows):
    rules = rows.where("scheme_rules")
    assert {r["scheme_id"] for r in rules} == set(RAW)
    assert all(r["rule_zh"] and r["rule_en"] and (r["source"] or r["assumed"]) for r in rules)
    [veto] = [r for r in rules if r["scheme_id"] == "lvliang-50-50" and r["rule_id"] == "V3"]
    assert veto["rule_zh"].startswith("一次死亡六人以上")
    assert not [r["rule_zh"] for r in rules if "acc_" in r["rule_zh"] or "_prev" in r["rule_zh"]], "no rule is told in the names of the program"

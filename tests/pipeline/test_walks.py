"""The walk back from what was added up, counted or decided to file, sheet and cell."""

from __future__ import annotations

import json

import openpyxl
import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, SOUTH, WEST, bureau_at

RECODED = "990105"  # the code of WEST from September 2016 on


def walk(bureau, capsys, *question: str) -> list[dict]:
    capsys.readouterr()
    assert bureau.run(*question, "--json", command="explain") == 0
    return json.loads(capsys.readouterr().out)["results"]


def places(node: dict) -> list[str]:
    """File and cell of everything below a node that has one, in order."""
    own = [f"{node['source']['file']} {node['source']['cell']}"] if node.get("source", {}).get("cell") else []
    return own + [place for child in node.get("inputs", ()) for place in places(child)]


@pytest.fixture(scope="module")
def recoded(tmp_path_factory):
    bureau = bureau_at(
        tmp_path_factory.mktemp("recoded"),
        CITY_AND_COUNTIES.replace(f"{WEST},西水县,Xishui,county,{CITY}", f"{WEST},西水县,Xishui,county,{CITY},,2016-09-01")
        + f"{RECODED},西水市,Xishui,county,{CITY},2016-09-01\n",
    )
    bureau.write("region_changes.csv", f"old_id,new_id,kind,date,source\n{WEST},{RECODED},recode,2016-09-01,test\n")
    for month in range(7, 10):
        west = WEST if month < 9 else RECODED
        bureau.report(f"2016-{month:02d}", f"2016-{month + 1:02d}-05", name=f"m{month}.csv", region_id=[EAST, west, SOUTH], deaths=[1, 2, 2])
    bureau.run()
    return bureau


def test_a_county_with_a_new_code_is_walked_back_to_what_it_sent_under_the_old_one(recoded, capsys):
    [tree] = walk(recoded, capsys, "indicators", f"region_id={RECODED}", "period=2016Q3", "indicator_id=deaths")
    assert tree["row"]["value"] == 6
    assert places(tree) == ["m7.csv D3", "m8.csv D3", "m9.csv D3"]


def test_its_city_has_each_of_these_cells_once(recoded, capsys):
    [tree] = walk(recoded, capsys, "indicators", f"region_id={CITY}", "period=2016Q3", "indicator_id=deaths")
    assert tree["row"]["value"] == 15
    assert sorted(places(tree)) == [f"m{month}.csv D{row}" for month in (7, 8, 9) for row in (2, 3, 4)]


def test_a_month_of_one_code_is_that_codes_alone(recoded, capsys):
    [tree] = walk(recoded, capsys, "indicators", f"region_id={WEST}", "period=2016-07", "span=month", "indicator_id=deaths")
    assert places(tree) == ["m7.csv D3"]


# --- what was counted -------------------------------------------------------------------------------------------------

SCHEME = """id: counted
name_zh: 计数考核
name_en: Counted
year: 2015
subject_level: county
total: 100
groups:
  - id: register
    name_zh: 登记
    name_en: Register
    points: 60
    family: accident
    items:
      - {id: H, name_zh: 瞒报, name_en: Concealed, points: 20, type: count_deduct, metric: hidden_accidents, each: -1}
      - {id: D, name_zh: 三人以上, name_en: Of three deaths, points: 20, type: count_deduct, metric: acc_deaths_ge(3), each: -1}
      - {id: M, name_zh: 逾期隐患, name_en: Overdue hazards, points: 20, type: count_deduct, metric: major_overdue, each: -1}
  - id: files
    name_zh: 报送
    name_en: Files
    points: 40
    family: process
    items:
      - {id: O, name_zh: 未更正的错误, name_en: Open errors, points: 20, type: count_deduct, metric: open_errors, each: -1}
      - {id: L, name_zh: 迟报, name_en: Late reports, points: 20, type: count_deduct, metric: late_submissions.F02, each: -1}
profiles:
  高危: {accident: 2, process: 0.5}
grades:
  - {name: 优秀, name_en: Excellent, min: 80, quota: {by: all, max: 1}}
  - {name: 合格, name_en: Passed, min: 0}
"""
F01 = "accident_id,date,region_id,unit_name,industry,category,is_production,in_assessment,deaths,missing,serious,minor,poisoned,loss_yuan,level,reported_at,status,concealed_proven_on"
F05 = "hazard_id,region_id,unit_name,sector,content,level,found_on,ordered_on,listed_on,due_on,accepted_on,closed_on,status,notice_no"
F16 = "责任书编号,上级责任书,签发单位,签订单位,签订类型,签订日期,责任指标,特别否决,完成情况,奖励金"
F11 = "对象,行业,规模,红,橙,黄,蓝,未评估"


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("counted"))
    bureau.write("schemes/counted.yml", SCHEME + f'profile_of: {{"{EAST}": 高危}}\n')
    bureau.report("2015-01", "2015-02-05", name="jan.csv", region_id=[EAST, WEST, SOUTH], deaths=[4, 0, 1], deaths_py=[2, 1, 1], deaths_yoy=[300, -100, 0])
    bureau.report("2015-02", "2015-03-20", name="feb.csv", region_id=[EAST], deaths=[0])
    bureau.report("2015-02", "2015-03-05", name="feb2.csv", region_id=[WEST, SOUTH], deaths=[0, 0])
    bureau.send("acc.csv", f"# 表号: F01\n# 报告期: 2015-01\n{F01}\n"
                f"{EAST}20150110001,2015-01-10,{EAST},甲煤矿,0610,GK1,是,是,3,0,0,0,0,0,较大,2015-01-10 08:00,结案,\n"
                f"{EAST}20150111001,2015-01-11,{EAST},乙工地,4710,GK3,是,是,1,0,0,0,0,0,一般,2015-01-12 08:00,结案,2015-02-01\n"
                f"{SOUTH}20150112001,2015-01-12,{SOUTH},丙矿,0610,GK1,是,是,3,0,0,0,0,0,较大,2015-01-12 08:00,结案,\n", "2015-02-05")
    bureau.send("haz.csv", f"# 表号: F05\n# 报告期: 2015-01\n{F05}\n"
                f"H1,{EAST},甲厂,危化,储罐,县,2015-01-02,2015-01-03,2015-01-05,2015-01-31,,,挂牌,河安〔2015〕1号\n"
                f"H2,{WEST},乙厂,煤矿,风机,县,2015-01-06,,2015-01-08,2015-12-31,,,挂牌,河安〔2015〕2号\n", "2015-02-05")
    bureau.send("haz2.csv", f"# 表号: F05\n# 报告期: 2015-02\n{F05}\nH2,{WEST},乙厂,煤矿,风机,县,,,,2015-12-31,2015-02-10,2015-02-11,摘牌,\n", "2015-03-05")
    bureau.send("letters.csv", f"# 表号: F16\n# 行政区划代码: {CITY}\n# 报告期: 2015\n{F16}\nC-1,,河阳市人民政府,东山县,领导,2015-01-15,死亡人数 <= 3,,,\n"
                "C-2,,河阳市人民政府,西水县,领导,2015-01-15,死亡人数 <= 3,,,\n", "2015-02-05")
    bureau.send("risk.csv", f"# 表号: F11\n# 行政区划代码: {EAST}\n# 报告期: 2015Q1\n{F11}\n企业,合计,合计,2,8,20,60,10\n", "2015-03-06")
    bureau.run("--latest-only")
    return bureau


@pytest.mark.parametrize(("item", "measured", "found"), [
    ("H", 1, [f"acc.csv R5 {EAST}20150111001"]), ("D", 1, [f"acc.csv I4 {EAST}20150110001"]), ("M", 1, ["haz.csv A4 H1"]),
])
def test_what_a_score_counts_is_listed_with_its_cell(counted, capsys, item, measured, found):
    [tree] = walk(counted, capsys, "assessment_items", f"region_id={EAST}", f"item_id={item}")
    assert tree["row"]["measured"] == measured
    assert [f"{c['source']['file']} {c['source']['cell']} {c['row']['what']}" for n in tree["inputs"] for c in n["inputs"]] == found


def test_open_errors_are_listed_with_the_cells_that_are_wrong(counted, capsys):
    """300 % is printed where 4 is twice 2."""
    [tree] = walk(counted, capsys, "assessment_items", f"region_id={EAST}", "item_id=O")
    cases = [c for n in tree["inputs"] for c in n["inputs"]]
    assert len(cases) == tree["row"]["measured"] and "jan.csv F2" in [f"{c['source']['file']} {c['source']['cell']}" for c in cases]


def test_late_reports_are_listed_with_the_files_that_came_late(counted, capsys):
    """One month in which a report came late counts once; the walk names the report and its file."""
    [tree] = walk(counted, capsys, "assessment_items", f"region_id={EAST}", "item_id=L")
    assert tree["row"]["measured"] == 1
    assert [(c["row"]["what"], c["row"]["period"], c["source"]["file"]) for n in tree["inputs"] for c in n["inputs"]] == [("F02 2015-02", "2015-02", "feb.csv")]


def test_who_got_the_place_and_what_the_groups_weigh_is_told(counted, capsys):
    """East (60 points weighed 2, 40 weighed 0.5) is behind; the sheet, the workbook and the walk say by how much, and the weights."""
    score = counted.released().one("assessment_scores", region_id=EAST)
    assert (score["weights_zh"], score["weights_en"]) == ("高危：登记 × 2，报送 × 0.5", "高危: Register × 2, Files × 0.5")
    assert score["grade_reason_zh"].startswith("优秀的名额（1 个）已满：最后一个给了西水县，得分 100，本单位 94.29，差 5.71；")
    capsys.readouterr()
    assert counted.run("assessment_scores", f"region_id={EAST}", command="explain") == 0
    told = capsys.readouterr().out
    assert score["grade_reason_zh"] in told and "行业权重 / weights of the industry: 高危：登记 × 2，报送 × 0.5" in told
    book = openpyxl.load_workbook(next((counted.out / "releases/latest/xlsx").glob("assessment-*.xlsx")))
    cells = [str(c.value) for row in book["东山县"].iter_rows() for c in row if c.value is not None]
    assert score["weights_zh"] in cells and score["grade_reason_zh"] in cells


# --- the closed loop, letters, risks ----------------------------------------------------------------------------------

@pytest.mark.parametrize(("step", "found"), [
    ("found", ["haz.csv G4", "haz.csv G5"]), ("ordered", ["haz.csv H4"]), ("listed", ["haz.csv I4", "haz.csv I5"]), ("accepted", ["haz2.csv K4"]), ("closed", ["haz2.csv L4"]),
])
def test_a_step_of_the_closed_loop_is_walked_back_to_the_cell_of_each_hazard(counted, capsys, step, found):
    """The date of a step stands in the version that first gave it, whichever is in force."""
    [tree] = walk(counted, capsys, "hazard_funnel", f"region_id={CITY}", "period=2015-01", "span=month", "category=TOTAL", f"step={step}")
    assert tree["row"]["hazards"] == len(found) and places(tree) == found


def test_the_closed_loop_of_a_sector_has_its_hazards_alone(counted, capsys):
    [tree] = walk(counted, capsys, "hazard_funnel", f"region_id={CITY}", "period=2015-01", "span=month", "category=煤矿", "step=listed")
    assert places(tree) == ["haz.csv I5"]


def test_a_condition_of_a_letter_is_walked_back_to_the_letter_and_to_what_was_measured(counted, capsys):
    [tree] = walk(counted, capsys, "letter_targets", "letter_id=C-1")
    assert tree["formula"] == "4 <= 3: missed" and places(tree) == ["letters.csv A5", "jan.csv D2", "feb.csv D2"]


def test_coverage_by_letters_is_walked_back_to_each_letter_and_to_what_broke_one(counted, capsys):
    [tree] = walk(counted, capsys, "letter_coverage", f"region_id={CITY}", "type=领导")
    assert tree["formula"] == "2 / 3 x 100 = 66.67 %"
    assert [f"{n['row']['letter_id']} {n['source']['cell']}" for n in tree["inputs"]] == ["C-1 A5", "C-2 A6"]
    assert [len(n["inputs"]) for n in tree["inputs"]] == [1, 0], "east has more deaths than its letter allows"


def test_a_letter_is_walked_back_to_its_row_with_its_conditions(counted, capsys):
    [tree] = walk(counted, capsys, "responsibility_letters", "letter_id=C-2")
    assert places(tree)[0] == "letters.csv A6" and tree["inputs"][0]["formula"] == "0 <= 3: so_far"


@pytest.mark.parametrize(("scale", "level", "share", "cells"), [
    ("four", 1, "2 / 90 x 100 = 2.22 %", ["risk.csv D5"]), ("three", 2, "28 / 90 x 100 = 31.11 %", ["risk.csv E5", "risk.csv F5"]),
])
def test_a_colour_is_walked_back_to_the_cells_that_its_level_takes_together(counted, capsys, scale, level, share, cells):
    [tree] = walk(counted, capsys, "risk_colours", f"region_id={EAST}", "category=企业", f"level={level}", f"scale={scale}")
    assert (tree["formula"], places(tree)) == (share, cells)


def test_a_warning_level_is_walked_back_to_its_scale_its_components_and_their_cells(counted, capsys):
    [tree] = walk(counted, capsys, "warning_levels", f"region_id={EAST}", "period=2015-02", "industry=TOTAL")
    assert any("≥" in line for line in tree["said"])
    assert [n["row"]["component"] for n in tree["inputs"]]

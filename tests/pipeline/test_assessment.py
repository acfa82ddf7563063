"""Assessment in a run: the schemes in use are scored, explained down to the cells, and a scheme that is wrong is refused with file and line."""

from __future__ import annotations

import json
import re

import pytest

from pipelines.jurisdiction import ConfigurationError

from .bureau import CITY, EAST, SOUTH, WEST, Bureau, bureau_at, written_pages

SCHEME = """id: county
name_zh: 县级考核
name_en: Counties
year: 2015
subject_level: county
total: 100
groups:
  - id: control
    name_zh: 事故控制
    name_en: Control
    points: 60
    items:
      - {id: A1, name_zh: 死亡人数, name_en: Deaths, points: 40, type: per_excess, metric: deaths, per_over: -2}
      - {id: A2, name_zh: 不超过上年, name_en: No more than last year, points: 20, type: threshold, metric: deaths, target: deaths_prev}
  - id: work
    name_zh: 工作
    name_en: Work
    points: 40
    items:
      - {id: B1, name_zh: 整改率, name_en: Rectification, points: 10, type: step, metric: rectification_rate, steps: [[">=", 95, 10], [">=", 90, 5]]}
      - {id: T1, name_zh: 责任落实, name_en: Duties, points: 30, type: manual}
bonus:
  - {id: E1, name_zh: 经验推广, name_en: Experience, cap: 3, dedupe: highest}
vetoes:
  - {id: V1, when: deaths_target > 0 and deaths >= 2 * deaths_target, effect: fail, text_zh: 死亡达到指标两倍, text_en: Twice the target}
grades:
  - {name: 优秀, min: 90, quota: {max: 1}}
  - {name: 良好, min: 80}
  - {name: 合格, min: 60}
  - {name: 不合格, min: 0}
"""
TYPED = "scheme,item,points_max,deduct,score,reason"


def typed(bureau: Bureau, period: str, on: str, **points: str) -> None:
    """F15 of a period: `e="T1:2.5"` takes 2.5 off item T1 of the eastern county, `e="E1:+2"` gives a bonus of 2."""
    lines = ["form_id,period,region_id," + TYPED]
    for name, text in points.items():
        item, _, off = text.partition(":")
        region = {"e": EAST, "w": WEST, "s": SOUTH}[name[0]]
        given = off.startswith("+")
        points_max = "3" if given else "30"
        deduct = str(3 - float(off)) if given else off
        lines.append(f"F15,{period},{region},county,{item},{points_max},{deduct},{float(points_max) - float(deduct)},台账不全")
    bureau.send(f"F15_{period}_{on}.csv", "\n".join(lines) + "\n", on)


def county_bureau(path, scheme: str = SCHEME, **settings) -> Bureau:
    """Three counties and two months of 2015, with targets, last year's deaths, hazards and typed scores."""
    bureau = bureau_at(path, **settings)
    bureau.write("schemes/county.yml", scheme)
    bureau.write("targets.csv", f"year,region_id,target\n2015,{EAST},5\n2015,{WEST},2\n2015,{SOUTH},3\n")
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST, SOUTH], deaths=[3, 1, 1])
    bureau.report("2014-02", "2014-03-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 1, 1])
    bureau.report("2014-03", "2014-04-05", region_id=[EAST, WEST, SOUTH], deaths=[9, 9, 9])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 3, 1])
    bureau.report("2015-02", "2015-03-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 2, 3])
    bureau.report("2015-01", "2015-02-06", "F04", region_id=[EAST, WEST, SOUTH], gen_found=[100, 100, 100], gen_fixed=[96, 91, 80])
    bureau.report("2015-02", "2015-03-06", "F04", region_id=[EAST, WEST, SOUTH], gen_found=[100, 100, 100], gen_fixed=[96, 91, 80])
    typed(bureau, "2015Q1", "2015-03-07", e="T1:2.5", w="T1:0", s="T1:10", e2="E1:+2")
    return bureau


@pytest.fixture(scope="module")
def counties(tmp_path_factory):
    """The three counties after a run of the command line."""
    bureau = county_bureau(tmp_path_factory.mktemp("assessment"))
    assert bureau.run("--latest-only") == 0
    return bureau


def points(rows, region: str, scheme: str = "county") -> dict[str, float | None]:
    return {r["item_id"]: r["score"] for r in rows.where("assessment_items", region_id=region, scheme_id=scheme)}


def test_items_scores_grades_and_ranks_come_out_by_hand(counties):
    """East 40+20+10+27.5 and a bonus of 2; west is at 5 deaths of 2, vetoed; south one over its target, more than last year."""
    rows = counties.released()
    assert points(rows, EAST) == {"A1": 40, "A2": 20, "B1": 10, "T1": 27.5, "E1": 2}
    assert points(rows, WEST) == {"A1": 34, "A2": 0, "B1": 5, "T1": 30}
    assert points(rows, SOUTH) == {"A1": 38, "A2": 0, "B1": 0, "T1": 20}
    found = {r["region_id"]: (r["score"], r["grade"], r["rank"], r["vetoed"], r["provisional"]) for r in rows.where("assessment_scores")}
    assert found == {EAST: (99.5, "优秀", 1, False, True), SOUTH: (58, "不合格", 2, False, True), WEST: (69, "不合格", 3, True, True)}
    assert rows.one("assessment_scores", region_id=WEST)["veto_reason"] == "死亡达到指标两倍"


def test_a_score_is_the_sum_of_its_items_and_a_deduction_is_what_is_missing(counties):
    rows = counties.released()
    for score in rows.where("assessment_scores"):
        items = rows.where("assessment_items", region_id=score["region_id"])
        assert sum(i["score"] for i in items) == score["computed"]
        assert all(i["points"] - i["score"] == i["deduction"] for i in items)


def test_last_year_is_the_same_months_while_the_year_is_not_over(counties):
    """January and February: March of last year, with nine deaths, is not yet compared with."""
    item = counties.released().one("assessment_items", region_id=EAST, item_id="A2")
    assert (item["measured"], item["target"]) == (3, 4)


def test_while_the_period_is_not_over_a_score_is_an_interim_one_against_the_target_of_the_year(counties):
    score = counties.released().one("assessment_scores", region_id=EAST)
    assert (score["interim"], score["period"]) == (True, "2015")
    assert counties.released().one("assessment_items", region_id=EAST, item_id="A1")["target"] == 5


def test_every_value_used_is_a_row_that_was_released(counties):
    rows = counties.released()
    used = rows.where("assessment_inputs")
    assert {u["source"] for u in used} == {"indicators", "figures", "F15"}
    for u in used:
        if u["source"] == "indicators":
            of = {k: u[k] for k in ("region_id", "indicator_id", "category", "span", "basis")}
            assert rows.one("indicators", period=u["input_period"], **of)["value"] == u["value"]
        elif u["source"] == "figures":
            assert rows.one("figures", form_id="F14", region_id=u["region_id"], period=u["input_period"])["value"] == u["value"]
        else:
            assert re.fullmatch(r"[A-Z]+\d+", u["cell"]) and rows.where("submissions", submission_id=u["submission_id"])


def test_why_points_were_taken_off_stays_in_the_house(counties):
    assert not any("台账" in str(row) for name in ("assessment_items", "assessment_scores", "assessment_inputs") for row in counties.released().tables[name])


def test_a_score_is_explained_down_to_the_cells(counties, capsys):
    capsys.readouterr()
    assert counties.run("assessment_scores", f"region_id={EAST}", command="explain") == 0
    told = capsys.readouterr().out
    for text in ("sum of the items 97.5 + 加减分 / bonuses and deductions 2 = 99.5", "99.5 ≥ 90，评为优秀", "0 of 3 are ahead: 1 + 0 = 1",
                 "死亡人数不高于死亡人数（年控制指标）得满分，每高 1 扣 2 分", "2 off for each one over", "targets.csv", "F02_2015-02_2015-03-05.csv", "台账不全"):
        assert text in told, text
    assert counties.run("assessment_scores", f"region_id={WEST}", "--json", command="explain") == 0
    tree = json.loads(capsys.readouterr().out)["results"][0]
    veto = next(n for n in tree["inputs"] if n["table"] == "scheme_rules")
    assert veto["row"]["rule_id"] == "V1" and {n["row"].get("value") for n in veto["inputs"]} == {5.0, 2.0}


def test_an_item_is_explained_alone(counties, capsys):
    capsys.readouterr()
    assert counties.run("assessment_items", f"region_id={SOUTH}", "item_id=A1", command="explain") == 0
    told = capsys.readouterr().out
    assert "reason_zh: 4，超过 3 计 1，每个扣 2" in told and "deduction: 2" in told


def test_a_changed_weight_changes_scores_on_the_next_run_and_nothing_else_and_the_run_says_which(counties, tmp_path, capsys):
    bureau = counties.copy(tmp_path)
    before = bureau.released()
    bureau.write("schemes/county.yml", SCHEME.replace("points: 40, type: per_excess", "points: 50, type: per_excess").replace(
        "points: 20, type: threshold", "points: 10, type: threshold"))
    capsys.readouterr()
    assert bureau.run() == 0
    told = capsys.readouterr().out
    after = bureau.released()
    changed = {name for name in before.tables if before.tables[name] != after.tables.get(name)}
    assert changed == {"assessment_items", "assessment_scores", "scheme_rules", "revisions"}
    assert {r["table"] for r in after.where("revisions")} == {"assessment_items", "assessment_scores"}
    assert {r["reason"] for r in after.where("revisions")} == {"definition_changed"}
    assert after.one("assessment_scores", region_id=SOUTH)["score"] == 68
    assert "方案 / scheme county" in told and "A1 40 → 50" in told and "A2 20 → 10" in told and "2 个得分 / scores" in told


def test_the_same_inputs_give_the_same_bytes(counties, tmp_path):
    again = county_bureau(tmp_path)
    assert again.run("--latest-only") == 0
    for name in ("assessment_items", "assessment_scores", "assessment_inputs", "scheme_rules"):
        assert (again.out / f"releases/latest/parquet/{name}.parquet").read_bytes() == (counties.out / f"releases/latest/parquet/{name}.parquet").read_bytes()


def test_as_known_at_a_date(tmp_path):
    """On 6 March nothing had been typed: a score over what could be judged, and it says so."""
    rows = county_bureau(tmp_path).compute("2015-03-06")
    found = rows.one("assessment_scores", region_id=EAST)
    assert (found["score"], found["judged_score"], found["judged_points"], found["provisional"]) == (100, 70, 70, True)
    assert rows.one("assessment_items", region_id=EAST, item_id="T1")["score"] is None


def test_the_score_sheets_are_a_workbook_with_a_sheet_for_each_region(counties):
    import openpyxl

    book = openpyxl.load_workbook(counties.out / "releases/latest/xlsx/assessment-county-2015.xlsx")
    assert book.sheetnames == ["总表", "东山县", "南林区", "西水县"]
    table = [[c.value for c in row] for row in book["总表"].iter_rows(min_row=4)]
    assert [row[:3] + row[4:7] for row in table] == [[1, EAST, "东山县", 99.5, "优秀", "预评：考核期未满 / interim"], [2, SOUTH, "南林区", 58, "不合格", "预评：考核期未满 / interim；末位 / bottom"], [3, WEST, "西水县", 69, "不合格", "预评：考核期未满 / interim；末位 / bottom"]]
    sheet = {row[0].value: row for row in book["东山县"].iter_rows(min_row=4)}
    assert [c.value for c in sheet["事故控制 死亡人数"]][2:] == [3, 5, 40, 0, 40, "3，未超过 5"]
    assert (sheet["合计 / Total"][6].value, sheet["最后得分 / Final score"][6].value) == (97.5, 99.5)
    assert book["东山县"].page_setup.fitToWidth == 1 and book["东山县"].print_title_rows == "$1:$3"


def test_the_same_scheme_in_a_json_schema_is_published_and_holds(counties):
    import jsonschema
    import yaml

    schema = json.loads((counties.out / "releases/latest/metadata/scheme.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(yaml.safe_load(SCHEME), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(SCHEME.replace("total: 100", "totals: 100")), schema)


# --- which schemes ----------------------------------------------------------------------------------------------------


def test_a_jurisdiction_without_schemes_has_empty_tables(tmp_path):
    bureau = bureau_at(tmp_path)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[2])
    rows = bureau.compute()
    assert rows.where("assessment_scores") == rows.where("scheme_rules") == []


def test_a_scheme_of_the_program_is_used_for_another_year_with_classes_of_ones_own(tmp_path):
    bureau = county_bureau(tmp_path, schemes=[{"scheme": "county-25-75", "year": 2015, "id": "letter", "classes": {"山区": [EAST, SOUTH]}}])
    rows = bureau.compute()
    assert {(r["scheme_id"], r["region_id"], r["class"]) for r in rows.where("assessment_scores")} == {("letter", EAST, "山区"), ("letter", SOUTH, "山区")}


def test_the_list_says_which_of_the_files_are_used(tmp_path):
    bureau = county_bureau(tmp_path, schemes=["county"])
    bureau.write("schemes/other.yml", SCHEME.replace("id: county", "id: other"))
    assert {r["scheme_id"] for r in bureau.compute().where("assessment_scores")} == {"county"}
    bureau.settings()
    assert {r["scheme_id"] for r in bureau.compute().where("assessment_scores")} == {"county", "other"}


@pytest.mark.parametrize(("schemes", "told"), [
    ("county", "must be a list"),
    (["nowhere"], "there is no scheme nowhere; 有 / there are: county-25-75"),
    ([{"scheme": "county", "weight": 3}], "entry 1: 不认识的键 / unknown key weight"),
    (["county", "county"], "schemes/county.yml: 第 1 行 / line 1: 方案 county 用了两次"),
    ([{"scheme": "county", "year": "soon"}], "jurisdiction.yml: schemes: county: year"),
    ([{"scheme": "county", "classes": {"a": ["000000"]}}], "jurisdiction.yml: schemes: county: classes: classes.a: 不在 regions.csv 中"),
])
def test_a_wrong_list_of_schemes_is_refused(tmp_path, schemes, told):
    with pytest.raises(ConfigurationError) as error:
        county_bureau(tmp_path, schemes=schemes).compute()
    assert told in str(error.value)


@pytest.mark.parametrize(("wrong", "line", "told"), [
    (("total: 100", "totals: 100"), 6, "unknown key totals; use one of"),
    (("metric: deaths, per_over", "metric: death, per_over"), 13, "there is no metric death; write deaths"),
    (("points: 60", "points: 65"), 11, "the items add up to 60, not 65"),
    (("total: 100", "total: 90"), 6, "the groups add up to 100, not 90"),
    (("min: 80", "min: 95"), 28, "overlaps 优秀 from 90"),
    (("{max: 1}", "{by: class, max: 1}"), 27, "a quota by class needs classes"),
    (("when: deaths_target > 0", "when: open('x') > 0"), 25, "there is no function open"),
    (("type: threshold", "type: thresholds"), 14, "must be one of threshold"),
    (("subject_level: county", "subject_level: town"), 5, "no region of this level; 有 / there are: city, county"),
    (("year: 2015", "year: 2015\ncycle: week"), 5, "must be one of year, half, quarter"),
    (("total: 100", "basis: nothing\ntotal: 100"), 6, "must be one of"),
    (("total: 100", "period: {start: 12-1}\ntotal: 100"), 6, "write month-day in quotes"),
    (("effect: fail", "effect: fail, classes: [一类]"), 25, "there is no class 一类"),
    (("grades:\n", "grades:\n  良好: 80\n"), 28, "is not valid YAML; check this line and the one above"),
])
def test_a_wrong_scheme_is_refused_with_file_line_and_what_to_write(tmp_path, wrong, line, told):
    assert wrong[0] in SCHEME
    bureau = county_bureau(tmp_path, SCHEME.replace(*wrong))
    assert bureau.run() == 2
    with pytest.raises(ConfigurationError) as error:
        bureau.compute()
    message = str(error.value)
    assert told in message and message.startswith("schemes/county.yml")
    assert f"line {line}: " in message


def test_everything_wrong_with_a_scheme_is_said_at_once(tmp_path):
    with pytest.raises(ConfigurationError) as error:
        county_bureau(tmp_path, SCHEME.replace("min: 80", "min: 95").replace("metric: deaths, per_over", "metric: death, per_over")).compute()
    assert len(str(error.value).splitlines()) == 2, "the metric and the grade; the target of a metric that is not there need not be said"


# --- periods ----------------------------------------------------------------------------------------------------------

DEATHS_ONLY = """id: late
name_zh: 跨年考核
year: 2015
total: 10
period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}
groups:
  - id: g
    name_zh: 组
    points: 10
    items: [{id: A1, name_zh: 死亡, points: 10, type: count_deduct, metric: deaths, each: -1}]
vetoes:
  - {id: V1, when: acc_level_ge(3) >= 1, effect: fail, text_zh: 重大事故}
grades: [{name: 合格, min: 6}, {name: 不合格, min: 0}]
"""


def test_an_assessment_from_december_to_november_takes_those_months_and_the_tail_for_the_worst_accidents(tmp_path):
    """December 2014 counts, December 2015 does not, but for a major accident in it."""
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", DEATHS_ONLY)
    months = ["2014-12", *(f"2015-{m:02d}" for m in range(1, 13))]
    for n, month in enumerate(months):
        following = f"{int(month[:4]) + month.endswith('12')}-{int(month[5:]) % 12 + 1:02d}-05"
        last = month == "2015-12"
        bureau.report(month, following, region_id=[EAST, WEST], deaths=[1 if n in (0, 3) else 5 * last, 5 * last],
                      events=[1, 1], events_larger=[0, 0], events_major=[0, int(last)], events_extreme=[0, 0], events_larger_plus=[0, int(last)],
                      events_major_plus=[0, int(last)])
    rows = bureau.compute()
    found = {r["region_id"]: (r["score"], r["vetoed"], r["provisional"]) for r in rows.where("assessment_scores")}
    assert found[EAST] == (8, False, False)
    assert found[WEST] == (10, True, False)
    assert len(rows.where("assessment_inputs", region_id=EAST, item_id="A1")) == 12


def reasons(rows, **where) -> dict[str, tuple[str, str]]:
    return {r["item_id"]: (r["reason_zh"], r["reason_en"]) for r in rows.where("assessment_items", **where) if r["score"] is None}


def test_an_item_without_data_says_which_number_and_which_months_are_missing(tmp_path):
    """December belongs to the year that is assessed, and nobody has reported it; of the west February to May are missing too."""
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", DEATHS_ONLY)
    for n in range(1, 7):
        bureau.report(f"2015-{n:02d}", f"2015-{n + 1:02d}-05", region_id=[EAST, WEST] if n in (1, 6) else [EAST], deaths=[1, 1] if n in (1, 6) else [1])
    bureau.report("2015-01", "2015-02-05", "F04", region_id=[SOUTH], gen_found=[1], gen_fixed=[1])
    rows = bureau.compute()
    assert reasons(rows, region_id=EAST) == {"A1": ("没有数据：死亡人数（2014-12 没有可用的数），不计分", "no data: Deaths (no usable figure of 2014-12); not scored")}
    assert reasons(rows, region_id=WEST)["A1"][0] == "没有数据：死亡人数（2014-12、2015-02、2015-03 等 5 个月没有可用的数），不计分"
    assert reasons(rows, region_id=SOUTH)["A1"] == ("没有数据：死亡人数，不计分", "no data: Deaths; not scored")
    assert {(r["score"], r["rank"], r["grade"], r["items_unjudged"], r["provisional"]) for r in rows.where("assessment_scores")} == {(None, None, None, 1, True)}
    bureau.release()
    page = written_pages(bureau, tmp_path / "pages", "zh")["assessment"]
    assert "没有一个单位能评分" in page and page.count("没有一个条目有数据") == 3


def test_a_score_that_lacks_items_says_how_many_and_each_says_why_also_before_the_period_is_over(tmp_path, capsys):
    """Nothing was typed for the east, the south has no hazards: of its ratio of hazards rectified to those found the divisor is 0."""
    scheme = SCHEME.replace('type: step, metric: rectification_rate, steps: [[">=", 95, 10], [">=", 90, 5]]', "type: ratio, numerator: F04.gen_fixed, denominator: F04.gen_found")
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/county.yml", scheme)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 3, 1])
    bureau.report("2015-01", "2015-02-06", "F04", region_id=[EAST, WEST, SOUTH], gen_found=[100, 100, 0], gen_fixed=[96, 91, 0])
    rows = bureau.compute()
    assert reasons(rows, region_id=EAST) == {
        "A1": ("没有数据：死亡人数（年控制指标），不计分", "no data: Deaths (annual target); not scored"),
        "A2": ("没有数据：死亡人数（上年同期），不计分", "no data: Deaths (last year); not scored"),
        "T1": ("F15 没有填报评分，不计分", "no score was typed in form F15, not scored")}
    assert reasons(rows, region_id=SOUTH)["B1"] == ("除数为 0，不计分", "it divides by 0, not scored")
    assert {r["region_id"]: (r["items_unjudged"], r["judged_points"]) for r in rows.where("assessment_scores")} == {EAST: (3, 10), WEST: (3, 10), SOUTH: (4, 0)}
    bureau.release()
    pages = written_pages(bureau, tmp_path / "pages", "zh")
    assert "3 个单位中 3 个的总分不完整" in pages["assessment"] and "没有一个单位能评分" not in pages["assessment"]
    assert "考核期未满；总分不完整：3 个条目没有数据，按已评的 10 分折算（总分 100 分）" in " ".join(pages[f"assessment/{EAST}"].split())
    capsys.readouterr()
    assert bureau.run("assessment_scores", f"region_id={EAST}", command="explain") == 0
    assert "3 个条目没有数据" in capsys.readouterr().out


def test_a_scheme_by_the_quarter_has_a_score_for_each_quarter_that_has_figures(tmp_path):
    scheme = DEATHS_ONLY.replace('period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}', "cycle: quarter")
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", scheme)
    for n in range(1, 5):
        bureau.report(f"2015-{n:02d}", f"2015-{n + 1:02d}-05", region_id=[EAST, WEST, SOUTH], deaths=[n, 0, 0])
    rows = bureau.compute()
    found = {r["period"]: (r["score"], r["interim"]) for r in rows.where("assessment_scores", region_id=EAST)}
    assert found == {"2015Q1": (4, False), "2015Q2": (6, True)}


def test_a_quarter_is_measured_by_the_target_that_held_at_its_end(tmp_path, capsys):
    """East was given 10, and from 15 September on 2; west 10 by form, changed to 3 in it from July on. Each quarter has 4 deaths."""
    scheme = DEATHS_ONLY.replace("type: count_deduct, metric: deaths, each: -1", "type: threshold, metric: deaths, target: deaths_target").replace(
        'period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}', "cycle: quarter")
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", scheme)
    bureau.write("targets.csv", f"year,region_id,indicator_id,target,valid_from\n2015,{EAST},deaths,10,2015-03-01\n2015,{EAST},deaths,2,2015-09-15\n2015,{SOUTH},deaths,4,\n")
    form = f"# 表号: F14\n# 行政区划代码: {CITY}\n# 报告期: 2015\n行政区划代码,指标,目标值,下达文号,生效日期\n{WEST},deaths,{{}},安委〔2015〕{{}}号,{{}}\n"
    bureau.send("set.csv", form.format(10, 1, "2015-01-05"), "2015-02-01")
    bureau.send("changed.csv", form.format(3, 9, "2015-07-01"), "2015-07-03")
    for n in range(1, 10):
        bureau.report(f"2015-{n:02d}", f"2015-{n + 1:02d}-05", region_id=[EAST, WEST, SOUTH], deaths=[1 + (n % 3 == 0)] * 3)
    rows = bureau.compute()
    found = {(r["region_id"], r["period"]): (r["measured"], r["target"], r["score"]) for r in rows.where("assessment_items", item_id="A1")}
    assert found == {(EAST, "2015Q1"): (4, 10, 10), (EAST, "2015Q2"): (4, 10, 10), (EAST, "2015Q3"): (4, 2, 0), (WEST, "2015Q1"): (4, 10, 10),
                     (WEST, "2015Q2"): (4, 10, 10), (WEST, "2015Q3"): (4, 3, 0), (SOUTH, "2015Q1"): (4, 4, 10), (SOUTH, "2015Q2"): (4, 4, 10), (SOUTH, "2015Q3"): (4, 4, 10)}
    used = {(u["region_id"], u["period"]): u["cell"] for u in rows.where("assessment_inputs", metric="deaths_target")}
    assert (used[EAST, "2015Q2"], used[EAST, "2015Q3"], used[WEST, "2015Q2"]) == ("D2", "D3", "C5")
    bureau.release()
    for region, period, file in ((EAST, "2015Q2", "targets.csv"), (WEST, "2015Q2", "set.csv"), (WEST, "2015Q3", "changed.csv")):
        capsys.readouterr()
        assert bureau.run("assessment_items", f"region_id={region}", f"period={period}", "item_id=A1", command="explain") == 0
        assert file in capsys.readouterr().out
    sheet = written_pages(bureau, tmp_path / "pages", "zh")[f"assessment/{EAST}"]
    assert "targets.csv" in sheet and "D2" in sheet and "D3" in sheet


def test_where_there_is_no_figure_of_last_year_the_one_reported_beside_this_year_s_is_compared_with(tmp_path, capsys):
    """East: 2014 as we know it, January of it, and 5 reported for January and February. West: its own months, whatever is printed. South: neither."""
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", DEATHS_ONLY.replace("type: count_deduct, metric: deaths, each: -1", "type: threshold, metric: deaths, target: deaths_prev").replace(
        'period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}', "basis: all"))
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST], deaths=[9, 1])
    bureau.report("2014-02", "2014-03-05", region_id=[WEST], deaths=[1])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 2, 0])
    bureau.report("2015-01..2015-02", "2015-03-05", region_id=[EAST, WEST, SOUTH], deaths=[6, 2, 1], deaths_py=[5, 7, ""])
    rows = bureau.compute()
    assert {r["region_id"]: (r["measured"], r["target"], r["score"]) for r in rows.where("assessment_items", item_id="A1")} == {
        EAST: (6, 5, 0), WEST: (2, 2, 10), SOUTH: (1, None, None)}
    [used] = rows.where("assessment_inputs", region_id=EAST, item_id="A1", source="comparisons")
    assert (used["metric"], used["span"], used["input_period"], used["value"]) == ("deaths_prev", "ytd", "2015-02", 5)
    assert rows.one("comparisons", region_id=EAST, indicator_id="deaths", span="ytd", period="2015-02", kind="yoy", category="TOTAL")["reason"] == "reported_prior"
    bureau.release()
    capsys.readouterr()
    assert bureau.run("assessment_items", f"region_id={EAST}", "item_id=A1", command="explain") == 0
    assert "reported_prior" in capsys.readouterr().out
    assert any("上年同期，随本期报送" in page for page in written_pages(bureau, tmp_path / "pages", "zh").values())


LISTED = DEATHS_ONLY.replace('period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}', "basis: all")


@pytest.mark.parametrize(("deaths", "k", "bottom"), [
    ([0, 1, 2], 3, {WEST, SOUTH}), ([0, 1, 2], 1, {SOUTH}), ([0, 2, 2], 1, {WEST, SOUTH}), ([1, 1, 1], 3, set()), ([0, 5, ""], 3, {WEST})])
def test_the_worst_by_rank_are_named_with_all_ties_at_the_edge_and_never_the_best(tmp_path, deaths, k, bottom):
    bureau = bureau_at(tmp_path, ranking={"bottom_k": k})
    bureau.write("schemes/listed.yml", LISTED)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=deaths, events=[1, 1, 1])
    rows = bureau.compute().where("assessment_scores")
    assert {r["region_id"] for r in rows if r["bottom"]} == bottom
    assert {r["bottom"] for r in rows if r["rank"] is None} <= {None}


def test_the_page_of_assessment_names_the_bottom(counties, tmp_path):
    rows = counties.released().where("assessment_scores")
    assert {r["region_id"] for r in rows if r["bottom"]} == {SOUTH, WEST}, "the three worst but the best"
    page = written_pages(counties, tmp_path, "zh")["assessment"]
    [named] = re.findall(r"末位（并列一并列出）：(.*?)。", page)
    assert set(re.findall(r">([^<>]+)</a>", named)) == {"西水县", "南林区"}


COUNTED = """id: counted
name_zh: 计数
year: 2015
subject_level: county
cycle: quarter
total: 10
groups:
  - id: g
    name_zh: 组
    points: 10
    items:
      - {id: A1, name_zh: 未更正的错误, points: 10, type: count_deduct, metric: open_errors, each: -1}
grades: []
"""


@pytest.mark.parametrize(("scheme", "periods"), [(COUNTED, {"2015Q1", "2015Q2"}), (COUNTED.replace("cycle: quarter", "cycle: half"), {"2015H1"}),
                                                 (COUNTED.replace("cycle: quarter", "cycle: year"), {"2015"}),
                                                 (COUNTED.replace("cycle: quarter", "cycle: year").replace("year: 2015", "year: 2016"), set())])
def test_a_period_that_has_not_begun_is_not_assessed(tmp_path, scheme, periods):
    """Reports to April: no errors in the third quarter, and no merit in that."""
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/counted.yml", scheme)
    for n in range(1, 5):
        bureau.report(f"2015-{n:02d}", f"2015-{n + 1:02d}-05", region_id=[EAST, WEST, SOUTH], deaths=[n, 0, 0])
    assert {r["period"] for r in bureau.compute().where("assessment_scores")} == periods


@pytest.mark.parametrize(("corrections", "open_errors"), [
    ([], 1), (["2015-02-19"], 0), (["2015-02-20"], 0), (["2015-02-21"], 1), (["2015-02-10", "2015-03-09"], 0),
])
def test_an_error_that_was_corrected_after_the_close_was_open_at_the_close(tmp_path, corrections, open_errors):
    """Figures of January are closed on 20 February. East says that more was rectified than found, and corrects it in time or not."""
    bureau = bureau_at(tmp_path)
    bureau.row_checks = True
    bureau.write("schemes/counted.yml", COUNTED.replace("cycle: quarter", "cycle: year"))
    bureau.report("2015-01", "2015-02-05", "F04", region_id=[EAST], gen_found=[10], gen_fixed=[12])
    for n, day in enumerate(corrections):
        bureau.report("2015-01", day, "F04", region_id=[EAST], gen_found=[12 + n], gen_fixed=[12])
    rows = bureau.compute("2015-03-31")
    assert rows.one("assessment_items", region_id=EAST)["measured"] == open_errors


def test_where_only_a_register_is_kept_it_says_how_far_the_year_has_come(tmp_path):
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/counted.yml", COUNTED.replace("open_errors", "F01.deaths"))
    bureau.send("F01.csv", "form_id,accident_id,date,region_id,unit_name,industry,category,is_production,in_assessment,deaths,missing,serious,loss_yuan,level,"
                f"reported_at,status\nF01,{EAST}20150420001,2015-04-20,{EAST},某厂,3011,GK4,是,是,1,0,0,100,一般,2015-04-20 10:00,结案\n", "2015-05-06")
    found = {r["period"]: (r["score"], r["interim"]) for r in bureau.compute().where("assessment_scores", region_id=EAST)}
    assert found == {"2015Q1": (10, False), "2015Q2": (9, True)}


def test_a_concealed_accident_counts_in_the_year_in_which_it_was_proven_and_within_the_years_looked_back(tmp_path):
    scheme = DEATHS_ONLY.replace("acc_level_ge(3) >= 1", "hidden_accidents >= 1").replace(
        'period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}', "period: {lookback_hidden_years: 3}")
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", scheme)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[0, 0, 0])
    header = ("form_id,accident_id,date,region_id,unit_name,industry,category,is_production,in_assessment,deaths,missing,serious,loss_yuan,level,"
              "reported_at,status,concealed_proven_on")
    lines = [f"F01,{region}{day.replace('-', '')}001,{day},{region},某厂,3011,GK4,是,是,1,0,0,100,一般,{day} 10:00,结案,{proven}"
             for region, day, proven in ((EAST, "2012-05-03", "2015-01-20"), (WEST, "2011-12-30", "2015-01-20"), (SOUTH, "2013-05-03", ""))]
    bureau.send("F01.csv", "\n".join([header, *lines]) + "\n", "2015-02-06")
    rows = bureau.compute()
    assert {r["region_id"]: r["vetoed"] for r in rows.where("assessment_scores")} == {EAST: True, WEST: False, SOUTH: False}
    assert {r["region_id"]: r["measured"] for r in rows.where("assessment_items")} == {EAST: 1, WEST: 0, SOUTH: 0}, "its death counts this year too"
    assert {(u["source"], u["indicator_id"], u["value"]) for u in rows.where("assessment_inputs", region_id=EAST, item_id="A1")} == {
        ("indicators", "deaths", 0), ("counted", "looked_back", 1)}


def test_where_the_register_has_no_larger_fire_a_veto_on_it_is_judged(tmp_path):
    """Neither the monthly reports nor the register have a larger fire: that is none, not unknown."""
    scheme = DEATHS_ONLY.replace("acc_level_ge(3) >= 1", "acc_level_eq(2) - acc_level_eq.HZ(2) >= 1").replace(
        'period: {start: "12-01", end: "11-30", tail_levels: [3, 4]}', "basis: all")
    bureau = bureau_at(tmp_path)
    bureau.write("schemes/late.yml", scheme)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[3, 0, 0], events=[1, 0, 0], events_larger=[1, 0, 0])
    bureau.send("F01.csv", "form_id,accident_id,date,region_id,unit_name,industry,category,is_production,in_assessment,deaths,missing,serious,loss_yuan,level,"
                f"reported_at,status\nF01,{EAST}20150120001,2015-01-20,{EAST},某厂,3011,GK4,是,是,3,0,0,100,较大,2015-01-20 10:00,结案\n", "2015-02-06")
    rows = bureau.compute()
    assert {r["region_id"]: (r["vetoed"], r["raised"]) for r in rows.where("assessment_scores")} == {EAST: (True, None), WEST: (False, None), SOUTH: (False, None)}


def test_scores_typed_for_a_computed_item_or_one_that_is_not_there_are_found(tmp_path):
    bureau = county_bureau(tmp_path)
    bureau.row_checks = True
    typed(bureau, "2015", "2015-03-08", e="A1:1", w="T9:0")
    found = {f["check_id"]: f["value"] for f in bureau.compute().where("quality_findings", form_id="F15")}
    assert found["E1502"] == "T9" and found["X10"] == "29"


def test_an_item_that_needs_evidence_asks_every_entry_for_it(tmp_path):
    bureau = county_bureau(tmp_path, SCHEME.replace("points: 30, type: manual", "points: 30, type: manual, evidence: required"))
    header = "form_id,period,region_id,scheme,item,points_max,deduct,score,reason,evidence_ref\n"
    bureau.send("F15_more.csv", header + f"F15,2015,{EAST},county,T1,30,0,30,,材料12\nF15,2015,{WEST},county,T1,30,0,30,,\n", "2015-03-08")
    found = bureau.compute().where("quality_findings", check_id="E1505")
    assert {(f["region_id"], f["period"]) for f in found} == {(EAST, "2015Q1"), (WEST, "2015Q1"), (SOUTH, "2015Q1"), (WEST, "2015")}
    assert all(f["value"] == "T1" and "佐证材料" in f["message_zh"] for f in found)


def test_city_is_not_among_the_counties(counties):
    assert not counties.released().where("assessment_scores", region_id=CITY)


# --- what if ----------------------------------------------------------------------------------------------------------


def released_bytes(bureau: Bureau) -> dict[str, bytes]:
    return {p.relative_to(bureau.out).as_posix(): p.read_bytes() for p in sorted((bureau.out / "releases").rglob("*")) if p.is_file()}


def whatif(bureau: Bureau, capsys, *options: str) -> dict:
    capsys.readouterr()
    assert bureau.run(*options, "--json", command="whatif") == 0
    return json.loads(capsys.readouterr().out)


def test_other_values_show_who_would_move_and_why_and_no_release_is_touched(counties, capsys):
    before = released_bytes(counties)
    told = whatif(counties, capsys, "--set", f"{WEST}:deaths=3")
    [moved] = told["assessments"]
    west = next(m for m in moved["moved"] if m["region_id"] == WEST)
    assert (west["score"], west["grade"], west["rank"]) == (["69", "73"], ["不合格", "合格"], [3, 2])
    assert west["why"][0].startswith("A1 34 → 38") and "否决 / vetoes V1 → —" in west["why"]
    south = next(m for m in moved["moved"] if m["region_id"] == SOUTH)
    assert (south["rank"], south["why"]) == ([2, 3], ["别人的变动 / others moved"])
    assert moved["interim"] and released_bytes(counties) == before


def test_a_target_and_what_a_scorer_took_off_can_be_others(counties, capsys):
    told = whatif(counties, capsys, "--set", f"{SOUTH}:deaths_target=4", "--deduct", f"{SOUTH}:T1=0")
    [moved] = told["assessments"]
    assert [(m["region_id"], m["score"]) for m in moved["moved"]] == [(SOUTH, ["58", "70"])]


def test_a_fact_that_nobody_typed_can_be_supposed(counties, tmp_path, capsys):
    bureau = counties.copy(tmp_path)
    bureau.write("schemes/county.yml", SCHEME.replace("vetoes:\n", "inputs:\n  - {id: veto_cases, name_zh: 否决情形数}\nvetoes:\n  - {id: V0, when: veto_cases >= 1, "
                                                      "effect: fail, text_zh: 有否决情形}\n"))
    assert bureau.run("--latest-only", "--no-site") == 0
    [moved] = whatif(bureau, capsys, "--set", f"{EAST}:veto_cases=1")["assessments"]
    east = next(m for m in moved["moved"] if m["region_id"] == EAST)
    assert east["grade"] == ["优秀", "不合格"] and "否决 / vetoes — → V0" in east["why"]


def test_the_steps_of_an_item_keep_their_share_of_its_points(counties, tmp_path, capsys):
    """B1 at 20 points: 95 gives all of them, 90 half; T1 at 20 keeps what was taken off."""
    [moved] = whatif(counties, capsys, "--points", "B1=20", "T1=20")["assessments"]
    why = {m["region_id"]: " ".join(m["why"]) for m in moved["moved"]}
    assert "B1 5 → 10" in why[WEST] and "T1 30 → 20" in why[WEST]


def test_a_deduction_for_all_says_who_is_not_touched(counties, tmp_path, capsys):
    bureau = counties.copy(tmp_path)
    assert "not_typed" not in whatif(bureau, capsys, "--deduct", "*:T1=0")["assessments"][0]
    assert whatif(bureau, capsys, "--deduct", "*:E1=1")["assessments"][0]["not_typed"] == {"E1": [WEST, SOUTH]}
    assert bureau.run("--deduct", "*:E1=1", command="whatif") == 0
    assert f"are not touched by --deduct: {WEST}, {SOUTH}" in capsys.readouterr().out


def test_what_whatif_says_of_other_points_is_what_the_next_run_gives(counties, tmp_path, capsys):
    told = whatif(counties, capsys, "--points", "A1=50", "A2=10")
    predicted = {m["region_id"]: m["score"][1] for m in told["assessments"][0]["moved"]}
    bureau = counties.copy(tmp_path)
    bureau.write("schemes/county.yml", SCHEME.replace("points: 40, type: per_excess", "points: 50, type: per_excess").replace(
        "points: 20, type: threshold", "points: 10, type: threshold"))
    assert predicted == {r["region_id"]: f"{r['score']:g}" for r in bureau.compute().where("assessment_scores") if r["region_id"] in predicted}
    assert set(predicted) == {SOUTH, WEST}
    other = whatif(counties, capsys, "--scheme", "county", "--with", str(bureau.folder / "schemes/county.yml"))
    assert other["assessments"][0]["moved"] == told["assessments"][0]["moved"]


def test_how_stable_a_grade_is(counties, capsys):
    """South has 58 of 100: A1 a tenth heavier gives (58 + 3.8) / 104 = 59.42, and no single weight brings it to 60."""
    table = {r["region_id"]: r for r in whatif(counties, capsys, "--sensitivity")["sensitivity"]}
    south = table[SOUTH]
    assert (south["trials"], south["kept"], south["score_high"], south["rank_low"], south["rank_high"]) == (8, 8, "59.42", 2, 2)
    assert south["score_low"] == "56.46", "A1 a tenth lighter: (58 - 3.8) / 96; what it has nothing of, a tenth heavier, does 58 / 102"


@pytest.fixture(scope="module")
def quarterly(tmp_path_factory):
    """Duties of 100 points by the quarter: the east lost 10 in the first and 20 in the second."""
    bureau = bureau_at(tmp_path_factory.mktemp("quarterly"))
    bureau.write("schemes/county.yml", SCHEME.split("groups:")[0] + "cycle: quarter\ngroups:\n  - {id: work, name_zh: 工作, name_en: Work, points: 100, items: "
                                       "[{id: T1, name_zh: 责任落实, name_en: Duties, points: 100, type: manual}]}\n" + SCHEME[SCHEME.index("grades:"):])
    typed(bureau, "2015Q1", "2015-04-07", e="T1:10", w="T1:5")
    typed(bureau, "2015Q2", "2015-07-07", e="T1:20", w="T1:5")
    assert bureau.run("--latest-only") == 0
    return bureau


def test_a_deduction_counts_in_the_quarter_that_is_named_and_in_no_other(quarterly, capsys):
    first, second = (whatif(quarterly, capsys, "--period", period, "--deduct", f"{EAST}:T1=4")["assessments"] for period in ("2015Q1", "2015Q2"))
    assert [(a["period"], [m["score"] for m in a["moved"] if m["region_id"] == EAST]) for a in (*first, *second)] == [("2015Q1", [["90", "96"]]), ("2015Q2", [["80", "96"]])]


def test_a_deduction_in_a_scheme_of_several_periods_needs_the_period(quarterly, capsys):
    capsys.readouterr()
    assert quarterly.run("--deduct", f"{EAST}:T1=4", command="whatif") == 2
    told = capsys.readouterr().err
    assert "分 2 期考核" in told and "write which: --period 2015Q1 or --period 2015Q2" in told
    assert quarterly.run("--period", "2015Q2", "--deduct", f"{SOUTH}:T1=4", command="whatif") == 2
    assert "nothing was typed for it in form F15" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "told"), [
    (["--points", "A9=3"], "there is no A9; 有 / there are: A1, A2, B1, T1"),
    (["--points", "A1"], "ITEM=NUMBER"),
    (["--set", "deaths=3"], "REGION:NAME=NUMBER"),
    (["--set", f"{EAST}:dead=3"], "there is no dead"),
    (["--set", "000000:deaths=3"], "there is no 000000"),
    (["--deduct", f"{EAST}:A1=3"], "there is no A1; 有 / there are: E1, T1"),
    (["--set", f"{EAST}:score=10"], "is what the scoring makes; set what was measured"),
    (["--deduct", f"{WEST}:E1=1"], "nothing was typed for it in form F15"),
    (["--deduct", f"{EAST}:T1=-5"], "what is taken off is 0 or more"),
    (["--points", "A1=-5"], "points are 0 or more"),
    (["--scheme", "city", "--points", "A1=3"], "there are: county"),
    (["--period", "2014", "--points", "A1=3"], "there are: 2015"),
    (["--with", "x.yml"], "--with needs --scheme"),
    ([], "nothing to change"),
])
def test_a_question_that_means_nothing_is_refused(counties, capsys, options, told):
    capsys.readouterr()
    assert counties.run(*options, command="whatif") == 2
    assert told in capsys.readouterr().err


def test_without_an_assessment_there_is_nothing_to_ask(tmp_path, capsys):
    bureau = bureau_at(tmp_path)
    assert bureau.run("--sensitivity", command="whatif") == 1
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[2])
    bureau.compute()
    assert bureau.run("--sensitivity", command="whatif") == 1
    assert "nothing assessed yet" in capsys.readouterr().err


# --- objections -------------------------------------------------------------------------------------------------------

POST = "河阳市安委办主任"
MATCH = f'match: {{scheme: county, region_id: "{SOUTH}", period: 2015Q1, item: T1}}'
OBJECTION = f"- {MATCH}\n  claim: 台账已补齐\n  filed_on: 2015-03-09\n"
UPHELD = OBJECTION + f"  decision: partly\n  deduct: 4\n  decided_by: {POST}\n  decided_on: 2015-03-20\n"


def test_an_objection_leaves_a_trace_and_a_new_vintage(counties, tmp_path, capsys):
    """Filed: nothing changes. Upheld in part: 10 off become 4 from the day of the decision on; what was released stays."""
    bureau = counties.copy(tmp_path)
    first = (bureau.out / "releases/latest").resolve().name
    bureau.write("objections.yml", OBJECTION)
    assert bureau.run() == 0
    rows = bureau.released()
    assert (rows.one("objections")["state"], rows.one("objections")["old_value"]) == ("open", 10)
    assert rows.one("assessment_items", region_id=SOUTH, item_id="T1")["score"] == 20
    bureau.write("objections.yml", UPHELD)
    assert bureau.run() == 0
    rows = bureau.released()
    found = rows.one("objections")
    assert (found["state"], found["old_value"], found["new_value"], found["decided_by"], found["assessment_period"]) == ("partly", 10, 4, POST, "2015")
    assert rows.one("assessment_items", region_id=SOUTH, item_id="T1")["score"] == 26
    assert rows.one("assessment_scores", region_id=SOUTH)["score"] == 64
    newest = (bureau.out / "releases/latest").resolve().name
    revised = {r["key"]: (r["old_value"], r["new_value"], r["reason"], r["correction"]) for r in rows.where("revisions", release=newest)}
    assert revised == {f"scheme_id=county;period=2015;region_id={SOUTH}": (58, 64, "objection", "objections.yml:1"),
                       f"scheme_id=county;period=2015;region_id={SOUTH};item_id=T1": (20, 26, "objection", "objections.yml:1")}
    assert bureau.released(first).one("assessment_scores", region_id=SOUTH)["score"] == 58
    assert rows.one("corrections")["correction"] == "objections.yml:1"
    assert not any("台账" in str(r) for r in rows.tables["objections"])
    capsys.readouterr()
    assert bureau.run("assessment_items", f"region_id={SOUTH}", "item_id=T1", command="explain") == 0
    told = capsys.readouterr().out
    assert "更正 / correction: objections.yml:1" in told and POST in told


def test_where_other_items_changed_too_the_objection_is_named_and_is_not_the_cause_alone(counties, tmp_path):
    """Two deaths more in the south: 34 of 40 for the deaths, and 26 of 30 by the objection. What was objected to has it as its cause, the score both."""
    bureau = counties.copy(tmp_path)
    bureau.write("objections.yml", UPHELD)
    bureau.report("2015-02", "2015-03-19", name="later.csv", region_id=[SOUTH], deaths=[5])
    assert bureau.run() == 0
    rows = bureau.released()
    newest = (bureau.out / "releases/latest").resolve().name
    found = {(r["table"], r["key"].partition("region_id=")[2]): (r["new_value"], r["reason"], r["correction"]) for r in rows.where("revisions", release=newest)}
    assert found["assessment_items", f"{SOUTH};item_id=T1"] == (26, "objection", "objections.yml:1")
    assert found["assessment_items", f"{SOUTH};item_id=A1"] == (34, "inputs_changed", None)
    assert found["assessment_scores", SOUTH] == (60, "inputs_changed", "objections.yml:1")


def test_as_known_before_the_decision_the_points_are_what_was_typed(counties, tmp_path):
    bureau = counties.copy(tmp_path)
    bureau.write("objections.yml", UPHELD)
    rows = bureau.compute("2015-03-19")
    assert (rows.one("objections")["state"], rows.one("objections")["new_value"], rows.one("objections")["decided_by"]) == ("open", None, None)
    assert rows.one("assessment_scores", region_id=SOUTH)["score"] == 58
    assert rows.where("objections", objection="objections.yml:1") and bureau.compute("2015-03-08").where("objections") == []


def test_an_objection_that_was_not_upheld_changes_nothing(counties, tmp_path):
    bureau = counties.copy(tmp_path)
    bureau.write("objections.yml", OBJECTION + f"  decision: rejected\n  decided_by: {POST}\n  decided_on: 2015-03-20\n")
    rows = bureau.compute()
    assert rows.one("objections")["state"] == "rejected" and rows.one("assessment_scores", region_id=SOUTH)["score"] == 58


FACTS = SCHEME.replace("vetoes:\n", "inputs:\n  - {id: veto_cases, name_zh: 否决情形}\nvetoes:\n  - {id: V0, when: veto_cases >= 1, effect: fail, text_zh: 否决情形}\n")


def decided(item: str, region: str, new: str) -> str:
    entry = UPHELD.replace("item: T1", f"item: {item}").replace(SOUTH, region).replace("deduct: 4", new)
    assert entry.count(new) == 1
    return entry


@pytest.mark.parametrize("word", ["score", "value"])
def test_an_objection_that_is_upheld_changes_the_number_of_a_fact_and_of_a_bonus(tmp_path, word):
    """A case of the veto list becomes none, a bonus of 2 becomes 1: the numbers that are used, published with their cells."""
    bureau = county_bureau(tmp_path, FACTS)
    typed(bureau, "2015Q1", "2015-03-08", s="veto_cases:+1")
    rows = bureau.compute()
    assert rows.one("assessment_scores", region_id=SOUTH)["vetoed"] and rows.one("assessment_inputs", region_id=SOUTH, item_id="veto_cases")["value"] == 1
    bureau.write("objections.yml", decided("veto_cases", SOUTH, f"{word}: 0") + decided("E1", EAST, f"{word}: 1"))
    rows = bureau.compute()
    assert not rows.one("assessment_scores", region_id=SOUTH)["vetoed"]
    assert points(rows, EAST)["E1"] == 1 and rows.one("assessment_scores", region_id=EAST)["extra_score"] == 1
    used = {(u["item_id"], u["value"], u["cell"][0]) for u in rows.where("assessment_inputs", source="F15") if u["item_id"] != "T1"}
    assert used == {("veto_cases", 0, "H"), ("V0", 0, "H"), ("E1", 1, "H")}, "column H is that of the score"
    assert {(o["item_id"], o["old_value"], o["new_value"]) for o in rows.where("objections")} == {("veto_cases", 1, 0), ("E1", 2, 1)}


@pytest.mark.parametrize(("entry", "told"), [
    (decided("veto_cases", SOUTH, "deduct: 0"), "write score: with the new number, not deduct"),
    (decided("E1", EAST, "deduct: 0"), "write score: with the new number, not deduct"),
    (decided("T1", SOUTH, "score: 29"), "write deduct: with what is taken off now, not score"),
    (decided("T1", SOUTH, "deduct: 4\n  score: 26"), "write one of them"),
])
def test_an_objection_that_would_change_a_number_that_nothing_uses_is_refused(tmp_path, entry, told):
    bureau = county_bureau(tmp_path, FACTS)
    bureau.write("objections.yml", entry)
    with pytest.raises(ConfigurationError) as error:
        bureau.compute()
    assert told in str(error.value) and str(error.value).startswith("objections.yml: 第 1 行 / line 1: ")


@pytest.mark.parametrize(("wrong", "told"), [
    (("item: T1", "item: T9"), "nothing matches among what was known then"),
    (("2015-03-09", "2015-03-01"), "nothing matches among what was known then"),
    (("decision: partly", "decision: maybe"), "must be one of open, upheld, partly, rejected"),
    (("  deduct: 4\n", ""), "缺少 deduct"),
    (("decision: partly", "decision: rejected"), "take deduct out"),
    (("deduct: 4", "deduct: some"), "deduct 'some' 不是数字"),
    (("deduct: 4", "deduct: -1"), "must be a number, zero or more"),
    ((POST, "张三"), "must name a post, not a person"),
    (("2015-03-20", "2015-03-08"), "was decided before it was filed"),
    (("claim: 台账已补齐", "claims: 台账已补齐"), "unknown key; there are"),
    (("period: 2015Q1", "period: spring"), "write it like 2015Q1 or 2015"),
    ((f'"{SOUTH}"', '"000000"'), "is not in regions.csv"),
    (("- match", "match"), "not valid YAML"),
])
def test_a_wrong_objection_is_refused_with_file_and_line(counties, tmp_path, wrong, told):
    assert wrong[0] in UPHELD
    bureau = counties.copy(tmp_path)
    bureau.write("objections.yml", UPHELD.replace(*wrong).replace("2015-03-20", "2015-03-01") if wrong[1] == "2015-03-01" else UPHELD.replace(*wrong))
    with pytest.raises(ConfigurationError) as error:
        bureau.compute()
    assert told in str(error.value) and str(error.value).startswith("objections.yml")


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "table", "sheet"), [
    ("zh", ["优秀", "死亡达到指标两倍", "预评", "死亡人数不高于死亡人数（年控制指标）得满分"], ["超过 3 计 1", "第 2 名，共 3 个", "未触发", "2015年1—2月"]),
    ("en", ["Excellent", "Twice the target", "interim", "2 off for each one over"], ["1 over 3", "2 of 3", "Did not strike", "Jan–Feb 2015"]),
])
def test_the_table_and_the_score_sheets_are_pages(counties, tmp_path, lang, table, sheet):
    pages = written_pages(counties, tmp_path, lang)
    assert all(text in pages["assessment"] for text in table)
    assert all(text in pages[f"assessment/{SOUTH}"] for text in sheet)
    assert f"assessment/{SOUTH}/" in pages[f"regions/{SOUTH}"] and f"{SOUTH}/" in pages["assessment"]
    assert f"assessment/{CITY}" not in pages


def test_a_hostile_scheme_is_text_on_its_page(tmp_path):
    hostile = SCHEME.replace("name_zh: 死亡人数", "name_zh: '<script>alert(1)</script>'").replace("text_zh: 死亡达到指标两倍", "text_zh: '<img src=x onerror=alert(1)>'")
    bureau = county_bureau(tmp_path, hostile)
    bureau.release()
    pages = written_pages(bureau, tmp_path / "pages", "zh")
    for name in ("assessment", f"assessment/{WEST}"):
        assert "<script>" not in pages[name] and "<img" not in pages[name] and "&lt;script&gt;" in pages[name]


def test_without_schemes_there_is_no_page_of_assessment(tmp_path):
    bureau = bureau_at(tmp_path)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[2])
    bureau.release()
    assert not any(name.startswith("assessment") for name in written_pages(bureau, tmp_path / "pages", "zh"))

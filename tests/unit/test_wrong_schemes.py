"""Schemes as a clerk might get them wrong: each is refused with file and line, and with what to write instead, in Chinese and English."""

from __future__ import annotations

import datetime as dt
import re

import jsonschema
import pytest
import yaml
from scheme_cases import REFERENCE

from pipelines import schemes
from pipelines.jurisdiction import Region
from transforms.scoring.schema import json_schema

SCHEME = """id: t
name_zh: 测试
year: 2024
subject_level: county
classes: {一类: ["990101"], 二类: ["990121"]}
groups:
  - id: g
    name_zh: 组
    points: 100
    items:
      - {id: A1, name_zh: 死亡, points: 40, type: per_excess, metric: deaths, per_over: -1}
      - {id: A2, name_zh: 率, points: 40, type: ratio, numerator: rectification_rate, denominator: 100}
      - {id: A3, name_zh: 人工, points: 20, type: manual}
vetoes:
  - {id: V1, when: acc_level_ge(3) >= 1, effect: fail, text_zh: 重大}
grades:
  - {name: 优秀, min: 90, quota: {by: class, max: {一类: 4, 二类: 2}}}
  - {name: 合格, min: 60}
  - {name: 不合格, min: 0}
"""
WHEN, RATIO, QUOTA, MANUAL = "acc_level_ge(3) >= 1", "type: ratio, numerator: rectification_rate, denominator: 100", "{by: class, max: {一类: 4, 二类: 2}}", "type: manual}"


def region(region_id: str, level: str, parent: str) -> Region:
    days: list[dt.date | None] = [None, None]
    return Region(region_id, region_id, region_id, level, parent, *days, "division", True, True, True, ())


REGIONS = {r.region_id: [r] for r in (region("990000", "province", ""), region("990100", "city", "990000"), region("990101", "county", "990100"),
                                      region("990121", "county", "990100"))}


def refused(folder, text: str, name: str = "t.yml", **here: object) -> list[str]:
    """What is said of a scheme, line by line; every line has file and line and both languages."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(schemes.WrongScheme) as error:
        schemes.read_one(path, here, REFERENCE, REGIONS)
    told = str(error.value).split("\n")
    for line in told:
        assert re.match(rf"{re.escape(name)}: 第 \d+ 行 / line \d+: |jurisdiction\.yml: ", line), line
        assert re.search(r"[\u4e00-\u9fff].* / .*[A-Za-z]", line), line
    return told


def test_the_scheme_that_the_cases_change_is_right(tmp_path):
    (tmp_path / "t.yml").write_text(SCHEME, encoding="utf-8")
    assert schemes.read_one(tmp_path / "t.yml", {}, REFERENCE, REGIONS).scheme.id == "t"
    jsonschema.validate(yaml.safe_load(SCHEME), json_schema())


CASES = [  # what is written instead of what, the line it is reported in, and what is said of it in Chinese and English
    # places of a quota
    ("by: class", "by: 类别", 17, "按类别写 class", "write class for a quota by class"),
    ("by: class", "by: classes", 17, "按类别写 class", "write class for a quota by class"),
    ("by: class, max", "max", 17, "要有 by: class", "write by: class"),
    ("by: class", "by: all", 17, "要有 by: class", "write by: class"),
    ("{一类: 4, 二类: 2}", "{一类: 10, 二类: 25%}", 17, "要么都写个数，要么都写百分数", "numbers for all classes, or shares for all"),
    ("{一类: 4, 二类: 2}", "{一类: 4}", 17, "缺少类别的名额", "no quota for the class 二类"),
    ("{一类: 4, 二类: 2}", "{一类: 4, 二类: 2, 三类: 1}", 17, "没有类别 三类", "there is no class 三类: 一类, 二类"),
    (QUOTA, "{by: all, max: -3}", 17, "不能小于 0", "must not be below 0"),
    (QUOTA, "{by: all, max: 0.35}", 17, "占比写 35%", "write a share as 35%"),
    (QUOTA, "{by: all, max: 2.5}", 17, "应为整数", "must be a whole number"),
    (QUOTA, "{by: all, max: 135%}", 17, "0% 与 100% 之间", "between 0% and 100%"),
    (QUOTA, "{by: all, max: 500%}", 17, "0% 与 100% 之间", "between 0% and 100%"),
    (QUOTA, "{by: all, max: -5%}", 17, "不能小于 0", "must not be below 0"),
    (QUOTA, "{by: all, max: 35％}", 17, "半角的百分数", "a share in ASCII, such as 35%"),
    (QUOTA, "{by: all, max: 三个}", 17, "名额写个数", "write a number of regions"),
    (QUOTA, "35%", 17, "名额写", "write the quota as {by: all, max: 35%}"),
    # days of the period
    ("", "period: {start: 12-26, end: 12-25}\n", 20, '请写 "12-01" 或 "01-01"', 'write "12-31" or "11-30"'),
    ("", 'period: {start: "02-15", end: "11-30"}\n', 20, "只能从某月 1 日起", 'write "02-01" or "03-01"'),
    ("", 'period: {end: "11-29"}\n', 20, "某月最后一日", 'write "11-30" or "10-31"'),
    ("", 'period: {end: "02-30"}\n', 20, "某月最后一日", 'write "02-29" or "01-31"'),
    ("", 'period: {start: "13-01"}\n', 20, "应为月-日", "write month-day in quotes"),
    ("", 'cycle: quarter\nperiod: {start: "12-01", end: "11-30"}\n', 21, "请删去 start、end", "take start and end out, or write cycle: year"),
    ("", 'cycle: half\nperiod: {end: "06-30"}\n', 21, "请删去 start、end", "take start and end out, or write cycle: year"),
    # words where true or false belongs
    ("min: 60}", "min: 60, inclusive: 否}", 18, "“否”写 false", "must be true or false"),
    (MANUAL, "type: manual, optional: 否}", 13, "“否”写 false", "must be true or false"),
    (MANUAL, "type: manual, optional: 1}", 13, "“否”写 false", "must be true or false"),
    # numbers that cannot be meant
    ("denominator: 100", "denominator: 100, full_at: 0", 12, "full_at 0: 应大于 0", "must be more than 0; 0.95"),
    ("denominator: 100", "denominator: 100, full_at: -1", 12, "full_at -1: 应大于 0", "must be more than 0; 0.95"),
    ("denominator: 100", "denominator: 100, full_at: 95", 12, "应写 0.95", "write 0.95"),
    ("per_over: -1", "per_over: -1, floor: 50", 11, "floor 50 高于本条的 40 分", "write 0 or less"),
    ("per_over: -1", "per_over: -1, floor: 5, cap: 2", 11, "cap 2 低于 floor 5", "below the floor of 5"),
    ("points: 100", "points: 100\n    floor: 120", 10, "高于本组的 100 分", "write 0 or less"),
    ("points: 40, type: ratio", "points: -40, type: ratio", 12, "points -40: 不能小于 0", "must not be below 0"),
    (MANUAL, "type: manual, max_deduction: -5}", 13, "max_deduction -5: 不能小于 0", "must not be below 0"),
    (MANUAL, "type: manual, max_deduction: 1, min_deduction: 5}", 13, "小于 min_deduction 5", "below min_deduction 5"),
    ("", "total: -100\n", 20, "total -100: 应大于 0", "must be more than 0"),
    ("", "normalize_to: -100\n", 20, "normalize_to -100: 应大于 0", "must be more than 0"),
    ("", "normalize_to: 0\n", 20, "normalize_to 0: 应大于 0", "must be more than 0"),
    ("", "normalize_to: 一百\n", 20, "应为数，只写数字", "must be a number"),
    ("min: 60}", "min: 60分}", 18, "应为数，只写数字", "must be a number"),
    ("  - {name: 不合格, min: 0}\n", "", 18, "再加一等，min: 0", "add one with min: 0"),
    ("", "bonus:\n  - {id: E1, name_zh: 加, levels: {国家: -2}}\n", 21, "国家 -2: 不能小于 0", "must not be below 0"),
    ("", "bonus:\n  - {id: E1, name_zh: 加, source: 人工}\n", 21, "应为", "must be one of manual, metric"),
    ("", "bonus:\n  - {id: E1, name_zh: 加, source: manual, metric: deaths}\n", 21, "写 source: metric", "write source: metric where it is computed"),
    # words
    (MANUAL, "type: 人工}", 13, "manual（人工）", "must be one of threshold, per_excess"),
    ("effect: fail", "effect: 不合格", 15, "fail（不合格）", "must be one of fail, zero"),
    ("", "cycle: 季度\n", 20, "quarter（季度）", "must be one of year, half, quarter"),
    ("", "rounding: {mode: 四舍五入}\n", 20, "half_up（四舍五入）", "must be one of half_up, truncate"),
    # steps and tables
    (RATIO, "type: step, metric: rectification_rate, steps: [['>=', 90, 20], ['>=', 98, 40]]", 12, "从最严的一级写起", "write the strictest first"),
    (RATIO, "type: step, metric: deaths, steps: [['<', 5, 20], ['<=', 3, 40]]", 12, "从最严的一级写起", "write the strictest first"),
    (RATIO, "type: step, metric: deaths, steps: [['>=', 3, 20], ['==', 3, 40]]", 12, "从最严的一级写起", "write the strictest first"),
    (RATIO, "type: step, metric: rectification_rate, steps: [['≥', 98, 40]]", 12, "如", 'such as [">=", 95, 10]'),
    (RATIO, "type: step, metric: rectification_rate, steps: [['>=', 98, 60]]", 12, "60 分高于本条的 40 分", "more than the 40 points of the item"),
    (RATIO, "type: rank, metric: deaths, table: {1: 60}", 12, "60 分高于本条的 40 分", "more than the 40 points of the item"),
    (RATIO, "type: rank, metric: deaths, table: {0: 40}", 12, "1 起的整数", "a whole number from 1 on"),
    (RATIO, "type: rank, metric: deaths, table: [40, 30]", 12, "应为 名次: 分", "rank: points, {1: 5, 2: 4}"),
    (MANUAL, "type: manual, evidence: 要}", 13, "应为", "must be one of required"),
    # expressions
    (WHEN, "acc_level_ge(7) >= 1", 15, "1 一般、2 较大、3 重大、4 特别重大", "the levels of accidents are 1 to 4"),
    (WHEN, "acc_level_eq(0) >= 1", 15, "1 一般、2 较大、3 重大、4 特别重大", "the levels of accidents are 1 to 4"),
    (WHEN, "acc_deaths_ge(0) >= 1", 15, "至少为 1", "1 death or more"),
    (WHEN, "acc_level_ge(3) = 1", 15, "请写", "write acc_level_ge(3) == 1"),
    (WHEN, "acc_level_ge(3) ≥ 1", 15, "请写", "write acc_level_ge(3) >= 1"),
    (WHEN, "acc_level_ge(3)≥1", 15, "请写", "write acc_level_ge(3) >= 1"),
    (WHEN, "acc_level_ge(3) ＞ ０", 15, "请写", "write acc_level_ge(3) > 0"),
    (WHEN, "acc_level_ge（3） >= 1", 15, "请写", "write acc_level_ge(3) >= 1"),
    (WHEN, "deaths > 3 且 deaths < 5", 15, "请写", "write deaths > 3 and deaths < 5"),
    (WHEN, "deaths > 3 && deaths < 5", 15, "请写", "write deaths > 3 and deaths < 5"),
    (WHEN, "deaths > 3 AND deaths < 5", 15, "请写", "write deaths > 3 and deaths < 5"),
    (WHEN, "deaths > 3 或 deaths < 1", 15, "请写", "write deaths > 3 or deaths < 1"),
    (WHEN, "rectification_rate < 90%", 15, "请写", "write rectification_rate < 90"),
    (WHEN, "deaths >", 15, "写法如", "write it like deaths > deaths_target"),
    (WHEN, "death >= 1", 15, "请写 deaths", "write deaths"),
    ("metric: deaths", "metric: 死亡人数", 11, "请写 deaths", "write deaths"),
    ("metric: deaths", "metric: 死亡人数_prev", 11, "请写 deaths_prev", "write deaths_prev"),
    ("metric: deaths", "metric: 死亡人数.GK", 11, "请写 deaths.GK", "write deaths.GK"),
    (WHEN, "瞒报事故起数 >= 1", 15, "请写 hidden_accidents", "write hidden_accidents"),
    ("metric: deaths", "metric: score, target: 80", 11, "这里不能用 score", "score cannot stand here"),
    ("metric: deaths", "metric: class_size, target: 80", 11, "这里不能用 class_size", "class_size cannot stand here"),
    ("min: 60}", "min: 60, requires: [tasks_score > 60]}", 18, "这里不能用 tasks_score", "tasks_score cannot stand here"),
    (QUOTA, "{by: all, max: 4, requires: [death <= 3]}", 17, "请写 deaths", "write deaths"),
    # what is named twice, or names nothing
    ("id: A2", "id: A1", 12, "A1 出现多次；请另给编号", "give it another id"),
    ("  - {id: V1", "  - {id: V1, when: deaths > 9, effect: zero, text_zh: 死}\n  - {id: V1", 16, "V1 出现多次；请另给编号", "give it another id"),
    ("", "bonus:\n  - {id: A3, name_zh: 加分}\n", 21, "A3 出现多次；请另给编号", "give it another id"),
    ("", "inputs:\n  - {id: facts, name_zh: 事}\n  - {id: facts, name_zh: 事}\n", 22, "facts 出现多次；请另给编号", "give it another id"),
    ('二类: ["990121"]', '二类: ["990101"]', 5, "一个地区只能在一类", "a region is of one class"),
    ("name: 合格", "name: 优秀", 18, "优秀 出现多次", "more than once"),
    ("points: 20, type", "points: 20, points: 30, type", 13, "points 写了两次", "stands there twice, first in line 13"),
    ("", "grades:\n  - {name: 全部, min: 0}\n", 20, "grades 写了两次，先在第 16 行", "stands there twice, first in line 16"),
    ("", "profiles: {高危: {g: 1.5}}\nprofile_of: {\"990101\": 高微}\n", 21, "没有 高微", "use one of: 高危"),
    ("", "profiles: {高危: {g: 1.5}}\nprofile_of: {\"999999\": 高危}\n", 21, "不在 regions.csv 中", "write a region_id of it: 999999"),
    ("", "profiles: {高危: {g: -1.5}}\n", 20, "g -1.5: 不能小于 0", "must not be below 0"),
    ('"990121"', '"990100"', 5, "990100 不是 county 一级", "not of the level county"),
    ("- {id: A3, name_zh: 人工, points: 20, type: manual}", "- A3", 13, "应为一个条目", "must be an item"),
    ('二类: ["990121"]', "二类: []", 5, "classes.二类: 没有成员，优秀", "list the regions of this class"),
    # what is not YAML
    ("    points: 100", "\tpoints: 100", 9, "制表符", "indent with spaces"),
    ("year: 2024", "year:2024", 3, "冒号后要空一格：year: 2024", "write year: 2024"),
    ("year: 2024", "year：2024", 3, "冒号是全角；请写半角冒号加空格：year: 2024", "write year: 2024"),
    ("points: 20, type", "points:20, type", 13, "冒号要用半角，后面空一格", "points: 20"),
    ("id: A3, name_zh: 人工, points: 20, type: manual}", "id: A3, name_zh: 人工, points: 20, type: manual", 14, "引号、括号是否成对", "quotes and brackets in pairs"),
]


@pytest.mark.parametrize(("old", "new", "line", "zh", "en"), CASES, ids=[f"{n}-{new.strip()[:40]}" for n, (_, new, *_) in enumerate(CASES)])
def test_a_wrong_scheme_is_refused_with_file_line_and_what_to_write(tmp_path, old, new, line, zh, en):
    assert old in SCHEME
    told = refused(tmp_path, SCHEME.replace(old, new, 1) if old else SCHEME + new)
    assert f"t.yml: 第 {line} 行 / line {line}: " in told[0]
    assert zh in "\n".join(told) and en in "\n".join(told)


def test_each_thing_that_is_wrong_is_said_once(tmp_path):
    for old, new in (("metric: deaths", "metric: death"), ("id: A2", "id: A1"), ("year: 2024", "year: 二〇二四"), ("min: 60}", "min: 60分}"), ("by: class", "by: 类别")):
        assert len(refused(tmp_path, SCHEME.replace(old, new, 1))) == 1, new


def test_a_file_in_another_encoding_is_said_to_be_one(tmp_path):
    (tmp_path / "t.yml").write_bytes(SCHEME.encode("gb18030"))
    with pytest.raises(schemes.WrongScheme, match="编码不是 UTF-8；请用 UTF-8 另存 / is not in UTF-8; save it in UTF-8"):
        schemes.read_one(tmp_path / "t.yml", {}, REFERENCE, REGIONS)


REFUSED_BY_EDITORS = ["by: 类别", "by: classes", "{by: all, max: -3}", "{by: all, max: 0.35}", "{by: all, max: 135%}", "{一类: 10, 二类: 25%}", "min: 60, inclusive: 否}",
                      "denominator: 100, full_at: 0", "total: -100\n", 'period: {start: "02-15", end: "11-30"}\n', "type: manual, evidence: 要}"]


@pytest.mark.parametrize("new", REFUSED_BY_EDITORS)
def test_the_json_schema_refuses_it_too(new):
    [old] = {case[0] for case in CASES if case[1] == new}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(SCHEME.replace(old, new, 1) if old else SCHEME + new), json_schema())


@pytest.mark.parametrize("text", [
    SCHEME.replace(QUOTA, "{by: all, max: 4, requires: [deaths <= deaths_target]}"), SCHEME.replace(QUOTA, "{max: 35%}"),
    SCHEME.replace("{一类: 4, 二类: 2}", "{一类: 33.3%, 二类: 0%}"), SCHEME.replace("{一类: 4, 二类: 2}", "3"), SCHEME + 'period: {start: "03-01", end: "02-28"}\n',
    SCHEME + 'period: {start: "12-01", end: "11-30"}\n', SCHEME + "cycle: quarter\nperiod: {lookback_hidden_years: 3}\n",
    SCHEME.replace("denominator: 100", "denominator: 1, full_at: 95"),
    SCHEME.replace(RATIO, "type: step, metric: deaths, steps: [['==', 0, 40], ['<=', 3, 20], ['>', 9, 1]]"),
])
def test_what_is_right_is_not_refused(tmp_path, text):
    (tmp_path / "t.yml").write_text(text, encoding="utf-8")
    schemes.read_one(tmp_path / "t.yml", {}, REFERENCE, REGIONS)
    jsonschema.validate(yaml.safe_load(text), json_schema())


def test_a_condition_of_a_quota_is_one_of_its_grade(tmp_path):
    (tmp_path / "t.yml").write_text(SCHEME.replace(QUOTA, "{by: all, max: 4, requires: [deaths <= deaths_target]}"), encoding="utf-8")
    scheme = schemes.read_one(tmp_path / "t.yml", {}, REFERENCE, REGIONS).scheme
    assert [c.text for c in scheme.grades[0].requires] == ["deaths <= deaths_target"]


# --- schemes made of schemes ------------------------------------------------------------------------------------------

PART = """id: {id}
name_zh: 部分
year: {year}
subject_level: county
cycle: {cycle}
groups:
  - {{id: g, name_zh: 组, points: 100, items: [{{id: A, name_zh: 死亡, points: 100, type: per_excess, metric: deaths, per_over: -1}}]}}
grades: []
"""
WHOLE = """id: whole
name_zh: 总
year: 2024
subject_level: county
parts:
  - {scheme: p1, weight: 0.5}
  - {scheme: p2, weight: 0.5}
grades:
  - {name: 优秀, min: 90}
  - {name: 不合格, min: 0}
"""


@pytest.mark.parametrize(("parts", "p1", "told"), [
    (None, {}, None),
    (None, {"year": 2023}, "第 6 行 / line 6: 年份 year 为 2023，whole 为 2024；请把 p1 的 year 写成 2024"),
    (None, {"cycle": "quarter"}, "第 6 行 / line 6: 考核周期 cycle 为 quarter，whole 为 year；请把 p1 的 cycle 写成 year"),
    ("[{scheme: p1, weight: 0.5}, {scheme: p1, weight: 0.5}]", {}, "p1 stands there more than once; write it once, with the sum of the weights"),
    ("[{scheme: p1, weight: 1.5}, {scheme: p2, weight: -0.5}]", {}, "weight -0.5: 应大于 0 / must be more than 0"),
    ("[{scheme: whole, weight: 1}]", {}, "the scheme whole cannot be a part of itself"),
    ("[{scheme: p3, weight: 1}]", {}, "没有使用方案 p3，请列入"),
    ("[{scheme: p1, weight: 0.3}, {scheme: p2, weight: 0.5}]", {}, "权重之和为 0.8，应为 1"),
])
def test_parts_of_a_scheme(tmp_path, parts, p1, told):
    folder = tmp_path / "schemes"
    folder.mkdir()
    for name, given in (("p1", p1), ("p2", {})):
        (folder / f"{name}.yml").write_text(PART.format(**{"id": name, "year": 2024, "cycle": "year", **given}), encoding="utf-8")
    text = WHOLE if parts is None else re.sub(r"parts:\n.*\n.*\n", f"parts: {parts}\n", WHOLE)
    (folder / "whole.yml").write_text(text, encoding="utf-8")
    if told is None:
        assert len(schemes.read(tmp_path, None, REFERENCE, REGIONS)) == 3
        return
    with pytest.raises(schemes.WrongScheme) as error:
        schemes.read(tmp_path, None, REFERENCE, REGIONS)
    assert told in str(error.value) and str(error.value).startswith("schemes/whole.yml: 第 ")


def test_a_part_made_of_parts_is_refused(tmp_path):
    folder = tmp_path / "schemes"
    folder.mkdir()
    (folder / "p1.yml").write_text(PART.format(id="p1", year=2024, cycle="year"), encoding="utf-8")
    (folder / "mid.yml").write_text(WHOLE.replace("id: whole", "id: mid").replace("{scheme: p1, weight: 0.5}", "{scheme: p1, weight: 1}").replace(
        "  - {scheme: p2, weight: 0.5}\n", ""), encoding="utf-8")
    (folder / "top.yml").write_text((folder / "mid.yml").read_text(encoding="utf-8").replace("id: mid", "id: top").replace("scheme: p1", "scheme: mid"), encoding="utf-8")
    with pytest.raises(schemes.WrongScheme, match=r"top\.yml: 第 6 行 / line 6: mid 本身由别的方案组成"):
        schemes.read(tmp_path, None, REFERENCE, REGIONS)


@pytest.mark.parametrize(("name", "told"), [("jx-emergency-county", ["classes.一类: 没有成员，V4a、V4b", "classes.二类", "classes.三类: 没有成员，V5a、V5b"]),
                                            ("luzhou-2008", ["classes.区: 没有成员，E3a", "classes.县: 没有成员，E3b"])])
def test_a_scheme_whose_classes_are_left_empty_says_which_to_fill_when_it_is_used(tmp_path, name, told):
    with pytest.raises(schemes.WrongScheme) as error:
        schemes.read(tmp_path, [{"scheme": name, "year": 2024}], REFERENCE, REGIONS)
    assert all(text in str(error.value) for text in told) and str(error.value).startswith(f"data/reference/schemes/{name}.yml: 第 ")
    classes = {label: [] for label in re.findall(r"classes\.(\w+)", str(error.value))} | {told[0][8:10].rstrip(":"): ["990101"]}
    with pytest.raises(schemes.WrongScheme, match=r"jurisdiction\.yml: schemes: .*: classes: "):
        schemes.read(tmp_path, [{"scheme": name, "year": 2024, "classes": classes}], REFERENCE, REGIONS)


def test_the_parts_of_a_scheme_of_the_program_are_brought_to_its_year_in_the_list(tmp_path):
    used = [{"scheme": "ganzhou-2020", "year": 2024}, *(f"ganzhou-2020-{part}" for part in ("safety", "fire", "relief", "forest"))]
    with pytest.raises(schemes.WrongScheme) as error:
        schemes.read(tmp_path, used, REFERENCE, REGIONS)
    assert len(str(error.value).splitlines()) == 4 and "({scheme: ganzhou-2020-fire, year: 2024} under schemes of jurisdiction.yml)" in str(error.value)
    assert len(schemes.read(tmp_path, [{"scheme": u, "year": 2024} if isinstance(u, str) else u for u in used], REFERENCE, REGIONS)) == 5

"""Rules in words, the JSON schema, and the schemes that come with the program."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from pipelines import reference, schemes
from pipelines.simulate import province
from transforms.scoring import grammar as declared
from transforms.scoring import words
from transforms.scoring.building import build
from transforms.scoring.expressions import parse
from transforms.scoring.schema import json_schema

REFERENCE = reference.load()
KNOWN = schemes.metrics(REFERENCE)
NAME = schemes.name_of(REFERENCE)
GRADES = [{"name": "合格", "min": 60}, {"name": "不合格", "min": 0}]
WITH_PROGRAM = sorted(schemes.FOLDER.glob("*.yml"))


def item(**given):
    raw = {"id": "s", "name_zh": "方案", "year": 2015, "total": 10, "grades": GRADES,
           "groups": [{"id": "g", "name_zh": "组", "points": 10, "items": [{"id": "A", "name_zh": "条目", "points": 10, **given}]}]}
    scheme, problems = build(raw, KNOWN)
    assert problems == []
    jsonschema.validate(raw, json_schema())
    return scheme.items[0]


@pytest.mark.parametrize(("group", "zh", "en"), [
    ({"cap": 12}, "本组最低 0 分，最高 12 分", "no less than 0 for the group, no more than 12"),
    ({"pool": True}, "本组 10 分，由各条目扣，本组最低 0 分", "the items take from 10 points of the group, no less than 0 for the group"),
])
def test_the_limits_of_a_group_are_in_its_rule(group, zh, en, tmp_path):
    item = {"id": "A", "name_zh": "条目", "points": 0 if "pool" in group else 10, "type": "per_excess", "metric": "deaths", "per_over": -2}
    raw = {"id": "s", "name_zh": "方案", "year": 2015, "total": 10, "grades": GRADES, "groups": [{"id": "g", "name_zh": "组", "points": 10, "items": [item], **group}]}
    scheme, problems = build(raw, KNOWN)
    assert problems == []
    jsonschema.validate(raw, json_schema())
    [of_group, of_item] = [r for r in schemes.rules_in_words(schemes.Declared(scheme, raw, tmp_path), REFERENCE) if r[6] in ("group", "item")]
    assert (of_group[16], of_group[17]) == (zh, en)
    assert ("不扣分" in of_item[16]) is ("pool" in group)


@pytest.mark.parametrize(("given", "zh", "en"), [
    ({"type": "per_excess", "metric": "deaths", "per_over": -2}, "死亡人数不高于死亡人数（年控制指标）得满分，每高 1 扣 2 分",
     "full points where Deaths is at most Deaths (annual target); 2 off for each one over"),
    ({"type": "per_excess", "metric": "deaths", "per_over": -1, "per_under": 0.5, "cap_under": 2, "cap": 11}, "每低 1 加 0.5 分，最多 2 分；最高 11 分", "0.5 more for each one under, 2 at most; no more than 11"),
    ({"type": "threshold", "metric": "deaths.GK", "target": "deaths.GK_prev"}, "死亡人数（工矿商贸）不高于死亡人数（工矿商贸）（上年同期），得 10 分，否则 0 分",
     "Deaths (Industry, mining and commerce) at most Deaths (Industry, mining and commerce) (last year) gives 10, else 0"),
    ({"type": "per_percent", "metric": "deaths", "per_pct_over": 0.2}, "每高 1% 扣 0.2 分", "0.2 off for each per cent over"),
    ({"type": "ratio", "numerator": "standardization_rate", "denominator": 100, "full_at": 0.8}, "按 标准化达标率 ÷ 100 计分，达到 80% 得满分", "full points at 80 %"),
    ({"type": "step", "metric": "rectification_rate", "steps": [[">=", 98, 10], [">=", 90, 5]]}, "一般隐患整改率 不低于 98：10 分；一般隐患整改率 不低于 90：5 分；其余 0 分", "at least 98: 10"),
    (dict(type="rank", metric="deaths", table={1: 10, 2: 8}, **{"else": 5}), "按死亡人数排名（低者在前）：第 1 名 10 分，第 2 名 8 分，其余 5 分", "the lowest first: 1: 10, 2: 8, others 5"),
    ({"type": "count_deduct", "metric": "late_submissions", "each": -0.5}, "迟报缺报次数每个扣 0.5 分", "0.5 off for each of late or missing reports"),
    ({"type": "manual", "max_deduction": 4, "floor": -1}, "由评分单位扣分，最多扣 4 分；最低 -1 分", "4 at most; no less than -1"),
])
def test_a_rule_in_words(given, zh, en):
    said = words.rule(item(**given), NAME)
    assert zh in said[0] and en in said[1]


def test_a_veto_in_words_names_levels_and_joins():
    veto = parse("acc_level_ge(3) >= 1 and not hidden_accidents == 0", declared.FUNCTIONS)
    assert words.formula(veto, NAME) == ("重大以上事故起数 ≥ 1 且 非 瞒报事故起数 = 0", "major and worse accidents ≥ 1 and not concealed accidents = 0")


@pytest.mark.parametrize("path", [*WITH_PROGRAM, province.SCHEME], ids=lambda p: p.stem)
def test_a_scheme_that_comes_with_the_program_loads_and_every_rule_has_words_in_both_languages(path):
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw = {"id": "s", "year": 2024, **raw}
    jsonschema.validate(raw, json_schema())
    scheme, problems = build(raw, KNOWN)
    assert problems == []
    for line in schemes.rules_in_words(schemes.Declared(scheme, raw, path), REFERENCE):
        zh, en = line[16], line[17]
        assert zh and en and "None" not in zh + en, line


def test_the_schema_knows_the_keys_that_the_reader_knows():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == declared.SCHEME_KEYS
    group = schema["properties"]["groups"]["items"]["properties"]
    assert set(group) == declared.GROUP_KEYS
    for kind in group["items"]["items"]["oneOf"]:
        name = kind["properties"]["type"]["const"]
        assert set(kind["properties"]) == declared.ITEM_KEYS | declared.TYPES[name], name
    assert set(schema["properties"]["vetoes"]["items"]["properties"]) == declared.VETO_KEYS
    assert set(schema["properties"]["bonus"]["items"]["properties"]) == declared.EXTRA_KEYS


@pytest.mark.parametrize("raw", [
    {"groups": "x"}, {"classes": ["a"]}, {"vetoes": {"id": 1}}, {"grades": "优秀"}, {"ranking": ["score"]}, {"period": "year"}, {"rounding": 2},
    {"groups": [{"id": "g", "name_zh": "g", "points": 1, "items": "A"}]}, {"groups": [3]}, {"groups": [{"items": [None, 4]}]}, {"profiles": {"a": 3}},
    {"parts": [1]}, {"bonus": [None]}, {"vetoes": ["x"]}, {"grades": [None]}, {"year": []}, {"period": {"tail_levels": ["x"]}}, {"rounding": {"decimals": 2.5}},
])
def test_whatever_shape_a_scheme_has_it_is_refused_in_words(raw):
    _, problems = build({"id": "s", "name_zh": "s", "year": 2015, "grades": GRADES, **raw}, KNOWN)
    assert problems and all(p.text for p in problems)

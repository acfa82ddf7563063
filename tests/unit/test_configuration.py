"""A wrong jurisdiction folder: every error names the file, the place and what to write; the command line answers with exit code 2."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import yaml
from pipeline.bureau import CITY, EAST

from pipelines import jurisdiction as jurisdictions
from pipelines import reference
from pipelines.cli import main
from pipelines.jurisdiction import ConfigurationError
from pipelines.reference import DeclarationError

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def error_of(bureau) -> str:
    """The message with which the folder is refused, in Chinese and English."""
    with pytest.raises((ConfigurationError, DeclarationError)) as raised:
        bureau.compute()
    text = str(raised.value)
    assert CHINESE.search(text), f"nothing in Chinese: {text}"
    assert re.search(r"/ [a-z]{2,}", text), f"nothing in English: {text}"
    return text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"root": ""}, "root"),
        ({"name": {"en": "X"}}, "name.zh"),
        ({"id": "../../elsewhere"}, "id"),
        ({"root": "123456"}, "123456"),
        ({"colour": "red"}, "colour"),
        ({"rounding": "truncate"}, "rounding"),
        ({"rounding": {"mode": "banker"}}, "rounding.mode"),
        ({"rounding": {"decimals": {"deaths": 9}}}, "rounding.decimals.deaths"),
        ({"rounding": {"decimals": {"nonsense": 2}}}, "nonsense"),
        ({"ranking": {"rank_1": "first"}}, "ranking.rank_1"),
        ({"ranking": {"bottom_k": 0}}, "ranking.bottom_k"),
        ({"rounding": {"rate_yoy_from": "printed"}}, "rounding.rate_yoy_from"),
        ({"vehicle_base": "average"}, "第 6 行 / line 6: vehicle_base"),
        ({"ranking": {"indicators": {"nonsense": "best"}}}, "nonsense"),
        ({"ranking": {"indicators": {"deaths": "least"}}}, "least"),
        ({"basis": "everything"}, "everything"),
        ({"basis": [{"basis": "all"}]}, "basis"),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"calendar": {"freeze_day": "x"}}, "calendar.freeze_day"),
        ({"calendar": {"month_due_day": 31}}, "calendar.month_due_day"),
        ({"calendar": {"year_due": "Januar"}}, "calendar.year_due"),
        ({"peer_groups": {"east": ["1"]}}, "peer_groups.east"),
        ({"required_columns": {"F77": ["deaths"]}}, "F77"),
        ({"required_columns": {"F02": ["天气"]}}, "天气"),
    ],
)
def test_a_wrong_setting_is_named(bureau, settings, said):
    bureau.settings(**settings)
    text = error_of(bureau)
    assert text.startswith("jurisdiction.yml:") and said in text


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("jurisdiction.yml", "- a\n", "jurisdiction.yml"),
        ("jurisdiction.yml", "id: [", "jurisdiction.yml"),
        ("jurisdiction.yml", "id: 河阳\n".encode("gbk"), "jurisdiction.yml"),
        ("regions.csv", "region_id,name_zh\n990100,河阳市\n".encode("gbk"), "regions.csv"),
        ("regions.csv", "id,name\n990100,河阳市\n", "line 1: 缺少列 / columns missing: region_id, name_zh"),
        ("regions.csv", "region_id,name_zh\n", "regions.csv"),
        ("regions.csv", "region_id,name_zh\n990100,\n", "line 2"),
        ("regions.csv", "region_id,name_zh,ranked\n990100,河阳市,\n990101,东山县,maybe\n", "line 3: 'maybe'"),
        ("regions.csv", "region_id,name_zh,valid_from\n990100,河阳市,1949年\n", "line 2"),
        ("regions.csv", "region_id,name_zh,parent_id\n990100,河阳市,\n990101,东山县,990105\n", "990101"),
        ("regions.csv", "region_id,name_zh,parent_id\n990100,河阳市,\n1,甲,2\n2,乙,1\n", "['1', '2']"),
        ("submissions/received.csv", "path,received_at\na.csv,昨天\n", "submissions/received.csv: 第 2 行 / line 2"),
        ("submissions/received.csv", "file,when\na.csv,2015-02-05\n", "received.csv: 第 1 行 / line 1"),
        ("targets.csv", "year,region_id,indicator_id,category\n2015,990101,deaths,\n", "targets.csv: 第 1 行 / line 1"),
        ("targets.csv", "year,region_id,target\n2015,990101,many\n", "targets.csv: 第 2 行 / line 2: 'many'"),
        ("targets.csv", "year,region_id,target\n2015,990101,5\n2015年,990101,5\n", "targets.csv: 第 3 行 / line 3: '2015年'"),
        ("targets.csv", "year,region_id,target\n2015,999999,5\n", "targets.csv: 第 2 行 / line 2"),
        ("targets.csv", "year,region_id,target,indicator_id\n2015,990101,5,smiles\n", "smiles"),
        ("targets.csv", "year,region_id,target,category\n2015,990101,5,外星人\n", "外星人"),
        ("targets.csv", "year,region_id,target,valid_from\n2015,990101,5,2015-13-01\n", "2015-13-01"),
        ("denominators.csv", "region_id,gdp_100m_yuan\n990100,5\n", "denominators.csv: 第 1 行 / line 1"),
        ("denominators.csv", "year,region_id,gdp_100m_yuan\n2015,990100,viel\n", "denominators.csv: 第 2 行 / line 2: 'viel'"),
        ("region_changes.csv", "old_id,new_id\n990101,990102\n", "region_changes.csv: 第 1 行 / line 1"),
        ("region_changes.csv", "old_id,new_id,kind,date\n990101,990102,moved,2015-01-01\n", "region_changes.csv: 第 2 行 / line 2: kind 'moved'"),
        ("region_changes.csv", "old_id,new_id,kind,date\n990101,990102,merge,2015年\n", "region_changes.csv: 第 2 行 / line 2: date '2015年'"),
        ("codes.yml", "basis: 1\n", "codes.yml"),
        ("indicators.yml", "- {id: smiles}\n", "indicators.yml: smiles"),
        ("forms/F99.yml", "id: F99\n", "F99.yml"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(bureau, file, content, place):
    bureau.write(file, content)
    assert place in error_of(bureau)


@pytest.mark.parametrize(("file", "text", "line", "zh", "en"), [
    ("jurisdiction.yml", "id: heyang\nname: 河阳市\nroot:\"990100\"\n", 3, "冒号后要空一格：root: \"990100\"", "write root: \"990100\""),
    ("jurisdiction.yml", "id: heyang\nname：河阳市\nroot: \"990100\"\n", 2, "冒号是全角；请写半角冒号加空格：name: 河阳市", "write name: 河阳市"),
    ("jurisdiction.yml", "id: heyang\nname: 河阳市\nroot: \"990100\"\ncalendar:\n\tfreeze_day: 20\n", 5, "行首用了制表符", "indent with spaces"),
    ("jurisdiction.yml", "id: heyang\nname: 河阳市\nroot: \"990100\"\nlanguages: [zh, en\n", 4, "引号、括号是否成对", "quotes and brackets in pairs"),
    ("jurisdiction.yml", "id: heyang\nname: 河阳市\nroot: \"990100\"\nid: heyang2\n", 4, "id 写了两次，先在第 1 行", "stands there twice, first in line 1"),
    ("corrections.yml", "- match: {form_id: F02}\n  value：3\n", 2, "冒号是全角", "write value: 3"),
    ("objections.yml", "- match: {scheme: a}\n\tclaim: 台账\n", 2, "行首用了制表符", "indent with spaces"),
    ("warnings.yml", "index:\n  scale:six\n  decimals: 2\n", 2, "冒号后要空一格：scale: six", "write scale: six"),
    ("forms/X01.yml", "id: X01\nfrequency: month\nmeasures: [{id: a\n", 3, "引号、括号是否成对", "quotes and brackets in pairs"),
    ("indicators.yml", "- id: smiles\n  unit：个\n  decimals: 0\n", 2, "冒号是全角", "write unit: 个"),
])
def test_a_file_that_is_not_yaml_is_refused_with_its_line_and_what_to_write(bureau, file, text, line, zh, en):
    """As for a scheme, and not in the words of the parser."""
    bureau.write(file, text)
    told = error_of(bureau)
    assert f"{file.rpartition('/')[2]}: 第 {line} 行 / line {line}: " in told and zh in told and en in told
    assert not any(words in told for words in ("mapping values", "while parsing", "could not find", "found character", "expected <"))


def test_a_jurisdiction_in_another_encoding_is_said_to_be_one(bureau):
    bureau.write("jurisdiction.yml", "id: 河阳\n".encode("gb18030"))
    assert error_of(bureau) == "jurisdiction.yml: 编码不是 UTF-8；请用 UTF-8 另存 / is not in UTF-8; save it in UTF-8"


def test_wrong_configuration_ends_with_exit_code_two_and_says_so_on_standard_error(bureau, capsys):
    bureau.write("regions.csv", "region_id,name_zh\n990100,\n")
    for command in (["run", str(bureau.folder)], ["receive", str(bureau.folder), __file__], ["status", str(bureau.folder)]):
        assert main([*command, "--out", str(bureau.out)]) == 2
        output = capsys.readouterr()
        assert "regions.csv: 第 2 行 / line 2" in output.err
        assert not output.out
    assert not bureau.out.exists(), "nothing is written for a folder that cannot be read"


def test_a_folder_without_a_jurisdiction_is_refused(tmp_path, capsys):
    assert main(["run", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "jurisdiction.yml" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--period", "2015-13"], ["--through", "soon"], ["--as-of", "yesterday"], ["--engine", "abacus"], ["--colour"]])
def test_wrong_usage_ends_with_exit_code_two(bureau, capsys, arguments):
    assert main(["run", str(bureau.folder), "--out", str(bureau.out), *arguments]) == 2
    assert arguments[0] in capsys.readouterr().err


def test_only_id_name_and_root_are_needed_and_the_rest_has_the_documented_defaults(bureau):
    bureau.write("jurisdiction.yml", f"id: heyang\nname: 河阳市\nroot: {CITY}\n")
    loaded = jurisdictions.load(bureau.folder)
    assert (loaded.name, loaded.root) == ({"zh": "河阳市", "en": "河阳市"}, CITY)
    assert loaded.calendar == {"month_due_day": 8, "freeze_day": 20, "quarter_due_day": 15, "year_due": "01-31"}
    assert (loaded.rounding, loaded.ranking["rank_1"], loaded.basis) == ({"mode": "half_up", "decimals": {"default": 2}, "rate_yoy_from": "rounded"}, "best", "all")
    assert (loaded.languages, loaded.simulated, loaded.disclosure) == (["zh", "en"], False, {"k": 3})


def test_one_given_setting_leaves_its_neighbours_at_their_defaults(bureau):
    bureau.settings(calendar={"month_due_day": 10}, rounding={"decimals": {"change_pct": 1}})
    loaded = jurisdictions.load(bureau.folder)
    assert loaded.calendar["freeze_day"] == 20
    assert loaded.rounding == {"mode": "half_up", "decimals": {"default": 2, "change_pct": 1}, "rate_yoy_from": "rounded"}


def test_empty_region_columns_mean_a_ranked_counted_division_in_its_parents_sum(bureau):
    county = jurisdictions.load(bureau.folder).region_by_id[EAST][0]
    assert (county.kind, county.ranked, county.counted, county.included_in_parent) == ("division", True, True, True)
    assert (county.valid_from, county.valid_to, county.aliases) == (None, None, ())


def test_deadlines_are_the_eighth_the_fifteenth_and_the_end_of_january(bureau):
    loaded = jurisdictions.load(bureau.folder)
    for period, frequency, day in [("2015-01", "month", "2015-02-08"), ("2015-12", "month", "2016-01-08"), ("2015Q4", "quarter", "2016-01-15"),
                                   ("2015H1", "half", "2015-07-15"), ("2015", "year", "2016-01-31")]:
        due = loaded.due(period, frequency)
        assert due.date().isoformat() == day
        assert (due.hour, due.minute, due.utcoffset()) == (23, 59, dt.timedelta(hours=8))


def test_the_basis_in_force_follows_its_steps(bureau):
    bureau.settings(basis=[{"from": "2006-01", "basis": "all"}, {"from": "2016-07", "basis": "production"}])
    loaded = jurisdictions.load(bureau.folder)
    assert [loaded.basis_at(m) for m in ("2005-12", "2016-06", "2016-07", "2020-01")] == ["all", "all", "production", "production"]


def test_a_form_of_the_jurisdictions_own_needs_no_program(bureau):
    form = {"id": "X01", "name": {"zh": "街面检查", "en": "Street checks"}, "frequency": "month",
            "measures": [{"id": "visits", "zh": "检查户次", "en": "Visits", "unit": "户次"}]}
    bureau.write("forms/X01.yml", yaml.safe_dump(form, allow_unicode=True))
    bureau.send("x.csv", f"# 表号: X01\n# 报告期: 2015-03\n地区,检查户次\n{EAST},12\n")
    tables = bureau.compute()
    assert tables.value(EAST, "X01.visits", span="month") == 12
    assert tables.one("indicator_catalogue", indicator_id="X01.visits")["name_zh"] == "街面检查:检查户次"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dimensions": [{"id": "d", "zh": "维", "en": "D", "codes": "nonsense", "default": "TOTAL"}]}, "nonsense"),
        ({"measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "", "type": "float"}]}, "type"),
        ({"measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "", "sum_of": ["b"]}]}, "sum_of"),
        ({"measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "", "colour": "red"}]}, "colour"),
        ({"columns": [{"id": "a_m", "zh": "本月", "measure": "b"}]}, "b"),
        ({"fields": [{"id": "due", "zh": "期限", "en": "Due", "plan": True}]}, "due: plan"),
        ({"measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "家", "from_parts": True}]}, "a: from_parts"),
        ({"measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "家", "cumulative": True}]}, "cumulative"),
        ({"version_by": ["doc"]}, "version_by"),
        ({"printed": [{"id": "r", "zh": "率", "en": "R", "indicator": "nonsense"}]}, "nonsense"),
        # Coal mines are a part of industry: added up over both they would count twice.
        ({"dimensions": [{"id": "category", "zh": "类别", "en": "Category", "codes": "accident_category"}],
          "measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "家", "summed": "all"}]}, "GK1"),
    ],
)
def test_a_form_that_refers_to_what_is_not_declared_is_refused_by_name(bureau, change, said):
    form = {"id": "X01", "name": {"zh": "表", "en": "Form"}, "frequency": "month", "measures": [{"id": "a", "zh": "甲", "en": "A", "unit": "家"}], **change}
    bureau.write("forms/X01.yml", yaml.safe_dump(form, allow_unicode=True))
    with pytest.raises(DeclarationError, match=r"X01\.yml") as raised:
        reference.load(bureau.folder)
    assert said in str(raised.value)


def test_an_indicator_over_an_undeclared_measure_is_refused_by_name(bureau):
    bureau.write("indicators.yml", "- {id: smiles, name: {zh: 笑, en: Smiles}, numerator: [F02.smiles], unit: 个, decimals: 0, family: process}\n")
    with pytest.raises(DeclarationError, match=r"smiles: F02\.smiles"):
        reference.load(bureau.folder)


@pytest.mark.parametrize(("bases", "said"), [("[everything]", r"deadly: bases: .*everything"), ("all", r"deadly: .*bases: 'all'"), ("[]", r"deadly: .*bases"), ("[all, all]", r"deadly: .*bases")])
def test_an_indicator_limited_to_bases_that_do_not_exist_is_refused_by_name(bureau, bases, said):
    bureau.write("indicators.yml", f"- {{id: deadly, name: {{zh: 死亡, en: Dead}}, numerator: [F02.deaths], bases: {bases}, unit: 人, decimals: 0, family: accidents}}\n")
    assert re.search(said, error_of(bureau))


@pytest.mark.parametrize(("numerator", "otherwise"), [
    ("[F02.deaths]", "[{terms: [F02.smiles]}]"), ("[F02.deaths]", "[{}]"), ("[F02.deaths]", "[{when: [F02.events]}]"), ("[F02.deaths, F02.missing]", "[{terms: [F02.events]}]"),
    ("['F02.deaths:GK']", "[{terms: [F02.events]}]"), ("[F02.deaths]", "[F02.events]")])
def test_a_further_way_to_an_indicator_that_leads_nowhere_is_refused_by_name(bureau, numerator, otherwise):
    bureau.write("indicators.yml", f"- {{id: deadly, name: {{zh: 死亡, en: Dead}}, numerator: {numerator}, otherwise: {otherwise}, unit: 人, decimals: 0, family: accidents}}\n")
    assert "deadly" in error_of(bureau)


@pytest.mark.parametrize(("given", "said"), [
    ("denominator_base: year_end, annual: true", "denominator_base: 'year_end'"), ("denominator_base: vehicle_base", "denominator_base: 'vehicle_base'"),
    ("decimals_by_level: 4", "decimals_by_level: 4"), ("decimals_by_level: {city: 9}", "decimals_by_level: {'city': 9}")])
def test_a_wrong_denominator_or_decimals_of_an_indicator_is_named(bureau, given, said):
    bureau.write("indicators.yml", "- {id: deadly, name: {zh: 死亡率, en: Deadly}, numerator: [F02.deaths], denominator: [F13.population], scale: 1, unit: 人, decimals: 0, "
                                   f"family: relative, {given}}}\n")
    text = error_of(bureau)
    assert text.startswith("indicators.yml: deadly:") and said in text

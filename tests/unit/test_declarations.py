"""Forms, code lists, indicators, checks and messages: declared once, complete, in Chinese and English."""

from __future__ import annotations

import re
from types import SimpleNamespace

import duckdb
import pytest
import yaml

from expectations import compile as suites
from pipelines import reference
from pipelines.engines.schema import FIELD_TYPES
from pipelines.engines.warehouse import FUNCTIONS
from pipelines.intake.receipt import SETTLED, VERDICTS
from pipelines.publish.release_data import ReleaseData
from pipelines.reference import REFERENCE as FOLDER

REFERENCE = reference.load()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODES = yaml.safe_load((FOLDER / "codes.yml").read_text(encoding="utf-8"))
# What architecture.md names as indicators, where the form behind it exists.
CONTRACT = """accidents deaths serious_injuries direct_loss accidents_larger accidents_major accidents_extreme accidents_larger_plus
accidents_major_plus deaths_per_accident deaths_per_100m_gdp worker_deaths_per_100k road_deaths_per_10k_vehicles coal_deaths_per_mt fire_deaths_per_100k
rectification_rate immediate_rectification_rate major_rectification_rate login_rate reporting_rate selfcheck_rate standardization_rate
training_completion_rate inspection_coverage responsibility_coverage""".split()


def bilingual(zh: str, en: str) -> bool:
    return bool(CHINESE.search(zh)) and bool(en) and not CHINESE.search(en)


@pytest.mark.parametrize("form", REFERENCE.forms.values(), ids=lambda form: form.id)
def test_a_form_and_all_it_asks_for_has_a_chinese_and_an_english_name(form):
    assert bilingual(form.name["zh"], form.name["en"])
    for entry in (*form.measures, *form.dimensions, *form.printed):
        assert bilingual(entry.zh, entry.en), entry
    for entry in form.fields:
        assert bilingual(entry.zh, entry.en), entry
    assert form.frequency in {"month", "quarter", "half", "year", "event"}


@pytest.mark.parametrize("form", REFERENCE.forms.values(), ids=lambda form: form.id)
def test_a_form_is_consistent_with_what_it_refers_to(form):
    assert len(form.dimensions) <= 3, "the tidy cells have room for three dimensions"
    for dimension in (d for d in form.dimensions if not d.key):
        codes = {code.code for code in REFERENCE.codes[dimension.codes]} | {"TOTAL"}
        assert dimension.default in codes
    ids = [m.id for m in form.measures]
    assert len(set(ids)) == len(ids)
    for measure in form.measures:
        assert measure.id not in measure.sum_of
        assert measure.better in (None, "lower", "higher")
    for column in form.fields:  # a month is over for a register when something has happened in it, not when a deadline has passed
        if column.type == "date" and column.id.startswith(("due_", "extended_to", "notice_to")):
            assert column.plan, column.id
    for column in form.extra_columns:
        assert column.get("companion") in (None, *REFERENCE.companions)
        assert column.get("span") in (None, "month", "ytd")


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_two_names_and_one_meaning(name):
    spellings: dict[str, str] = {}
    for code in REFERENCE.codes[name]:
        assert CHINESE.search(code.zh) and code.en and not CHINESE.search(code.en), code
        for text in (code.code, code.zh, *code.aliases):
            first = spellings.setdefault(reference.normalise_header(text), code.code)
            assert first == code.code, f"{name}: {text} means {first} and {code.code}"
    codes = {code.code for code in REFERENCE.codes[name]}
    for code in REFERENCE.codes[name]:
        assert code.parent is None or code.parent in codes
        assert set(code.excluded_in) <= {c.code for c in REFERENCE.codes["basis"]}


@pytest.mark.parametrize("indicator", [i for i in REFERENCE.indicators.values() if i.family != "form"], ids=lambda i: i.id)
def test_an_indicator_has_two_names_a_unit_and_a_sane_number_of_decimals(indicator):
    assert bilingual(indicator.name_zh, indicator.name_en)
    assert indicator.unit
    assert 0 <= indicator.decimals <= 6
    assert indicator.better in (None, "lower", "higher")
    assert indicator.formula
    for _, form, _, category in indicator.numerator + indicator.denominator:
        codes = [c.code for d in REFERENCE.counted[form].dimensions if d.codes for c in REFERENCE.codes[d.codes]]
        assert category in (None, "TOTAL", *codes), f"category {category} is not a code of {form}"


def test_the_indicators_other_programs_rely_on_are_there():
    missing = set(CONTRACT) - set(REFERENCE.indicators)
    assert not missing


def test_every_plain_measure_is_an_indicator_too():
    for form in REFERENCE.forms.values():
        assert {f"{form.id}.{m}" for m in form.figure_by_id} <= set(REFERENCE.indicators)


def test_every_plain_measure_has_a_short_name_on_the_site_those_counted_from_registers_too():
    site = SimpleNamespace(reference=REFERENCE, catalogue={})
    names = {(i, lang): ReleaseData.indicator_name(site, i, lang, short=True) for i, declared in REFERENCE.indicators.items() if declared.family == "form" for lang in ("zh", "en")}
    assert {"F01", "F05", "F16"} <= {i.split(".")[0] for i, _ in names}
    assert all(bilingual(names[i, "zh"], names[i, "en"]) for i, _ in names)


def test_companion_columns_say_what_they_print_and_in_which_words():
    for kind, spec in REFERENCE.companions.items():
        assert "{id}" in spec["id"] and all("{m}" in pattern for pattern in spec["zh"]), kind
        assert spec["type"] in {"number", "percent"}
        assert not CHINESE.search(spec["en"])


# --- checks and messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", REFERENCE.forms.values(), ids=lambda form: form.id)
def test_every_row_check_can_be_computed_and_has_both_texts(form):
    types = suites.CONTEXT | {d.id: "VARCHAR" for d in form.dimensions} | {f.id: FIELD_TYPES[f.type] for f in form.fields}
    types |= {m.id: "DOUBLE" for m in form.measures}
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in types.items())
    con = duckdb.connect()
    con.execute(FUNCTIONS)
    for check in suites.checks_of(form.id, form.column_ids, form.checks):
        names = {*types, "computed"} if check.computed else set(types)
        con.execute(f"SELECT {check.expression}, {check.computed or 'NULL'} FROM (SELECT {columns})")
        assert bilingual(check.zh, check.en), check.id
        assert check.min is not None or check.max is not None, f"{check.id} can never fail"
        for text in (check.zh, check.en, check.expected):
            assert set(re.findall(r"\{(\w+)\}", text)) <= names, f"{check.id}: {text}"
        assert con.execute(f"SELECT ({check.expression}) IS NULL FROM (SELECT {columns})").fetchone()[0] or "CASE" in check.residual, (
            f"{check.id} says something where nothing was reported"
        )


@pytest.mark.parametrize("check", suites.across_checks(REFERENCE.forms)[1], ids=lambda check: f"{check.form_id}-{check.id}")
def test_every_check_across_files_has_both_texts_and_a_name_on_the_site(check):
    words = yaml.safe_load((suites.FOLDER.parent / "site" / "words.yml").read_text(encoding="utf-8"))["check"]
    assert bilingual(check.zh, check.en)
    assert check.severity in suites.SEVERITIES
    assert bilingual(words[check.id]["zh"], words[check.id]["en"])


def test_the_sql_of_the_checks_across_files_is_spark_s_too():
    import sqlglot

    tables, checks = suites.across_checks(REFERENCE.forms)
    for declared in (*tables, *checks):
        [spark] = sqlglot.transpile(declared.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
        sqlglot.parse_one(spark, dialect="spark")


def test_every_file_of_checks_belongs_to_a_form():
    files = {path.stem for path in suites.FOLDER.glob("*.yml")} - {"messages", "cross"}
    assert files <= set(REFERENCE.forms)


def test_a_check_without_its_column_or_severity_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(suites, "FOLDER", tmp_path)
    for line in ("{id: E1, severity: loud, column: deaths, residual: deaths, zh: 甲, en: a}", "{id: E1, severity: error, column: smiles, residual: x, zh: 甲, en: a}",
                 "{id: E1, severity: error, zh: 甲, en: a}"):
        (tmp_path / "F02.yml").write_text(f"checks:\n  - {line}\n", encoding="utf-8")
        with pytest.raises(ValueError, match=r"F02\.yml: E1"):
            suites.checks_of("F02", {"deaths"})


@pytest.mark.parametrize(("check_id", "message"), suites.messages().items())
def test_a_message_says_in_both_languages_what_is_wrong(check_id, message):
    assert CHINESE.search(message.zh)
    words = yaml.safe_load((suites.FOLDER.parent / "site" / "words.yml").read_text(encoding="utf-8"))["check"]
    assert bilingual(words[check_id]["zh"], words[check_id]["en"]), "its name on the site"
    labels = set(re.findall(r"[\u4e00-\u9fff]+", message.en))  # labels and headers are quoted as they stand in the file
    assert labels <= {"表号", "报告期", "行政区划代码", "统计口径", "地区"} and re.match(r"[A-Z{]", message.en)
    assert message.severity in suites.SEVERITIES
    assert not (message.rejects and message.severity != "error"), "only an error refuses a file"
    for text in (message.zh, message.en):
        assert set(re.findall(r"\{(\w+)\}", text)) <= {"value", "expected"}


# The file says it all: there is no value to show and nothing else that is expected.
WITHOUT_VALUE = {"EMPTY_FILE", "PASSWORD_PROTECTED", "NO_ROWS", "NO_REGION", "NO_PERIOD", "FORMULA_NOT_COMPUTED", "SUBTOTAL_LEFT_OUT"}
TO_DO = re.compile(
    r"\b(add|answer|ask|check|choose|compare|confirm|correct|describe|enter|export|fill|give|keep|leave|mend|move|name|open|press|put|register|resend|save|say|send|shorten|"
    r"split|take|unhide|unmerge|use|write|there is nothing to do)\b", re.I)
# Row checks are in test_catalogue.py.
TEXTS = [*((check_id, m.zh, m.en) for check_id, m in suites.messages().items()), *((c.id, c.zh, c.en) for c in suites.across_checks(REFERENCE.forms)[1])]


@pytest.mark.parametrize(("check_id", "zh", "en"), TEXTS, ids=[f"{text[0]}-{n}" for n, text in enumerate(TEXTS)])
def test_every_finding_says_what_was_found_and_what_to_do(check_id, zh, en):
    shown = [set(re.findall(r"\{(\w+?)(?:_en)?\}", text)) for text in (zh, en)]
    assert shown[0] == shown[1], "both languages show the same values"
    assert shown[0] & {"value", "expected"} or check_id not in suites.messages() and shown[0] or check_id in WITHOUT_VALUE
    assert re.search("请|无须", zh), "what the clerk is to do"
    assert TO_DO.search(en), "what to do"


def test_every_finding_the_intake_can_make_has_its_message():
    root = FOLDER.parent.parent
    sources = "".join(path.read_text(encoding="utf-8") for path in (root / "pipelines" / "intake").glob("*.py"))
    used = set(re.findall(r'(?:report|Finding|Unreadable|RegionProblem|problem=)\(?"([A-Z][A-Z_]{5,})"', sources))
    assert len(used) > 20
    assert used <= set(suites.messages())


def test_a_message_is_filled_in_once_and_never_twice():
    message = suites.Message("error", "写作 {value}，应为 {expected}", "{value}, not {expected}")
    assert message.render("zh", value="{expected}", expected="3") == "写作 {expected}，应为 3"


def test_the_three_verdicts_have_both_texts():
    assert set(VERDICTS) == set(SETTLED) == {"accepted", "accepted_with_warnings", "rejected"}
    assert all(bilingual(*texts) for texts in (*VERDICTS.values(), *SETTLED.values()))

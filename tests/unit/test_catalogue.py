"""The catalogue of checks: every number of the specification is declared where it belongs, and what it says can be acted on."""

from __future__ import annotations

import collections
import re

import pytest

from expectations import compile as suites
from pipelines import reference

FORMS = reference.load().forms
RULES = suites.catalogue(FORMS)
# The numbers of the specification, by form. A number that stands twice has two parts.
# What is judged within one row of a file (or beside the other rows of the same file).
ROW = {
    "F01": "E101 E102 E103 E105 E108 E109 E110", "F02": "E206 E207 E212", "F03": "E301 E302 E304 E306", "F03b": "E3b1",
    "F04": "E401 E402 E403 E405 E406 E408 E410", "F05": "E501 E502 E503 E506", "F05b": "E5b1", "F06": "E602", "F07": "E702 E703",
    "F08": "E801 E802 E803 E804", "F09": "E902 E903", "F10": "E1001", "F11": "E1103", "F12": "E1201", "F13": "E1301", "F14": "E1402",
    "F15": "E1501", "F16": "E1602", "F17": "E1701", "F18": "E1801",
}
# What is checked for every form alike and has a number in this one: declared sums, totals of categories, printed rates, units, regions.
COMMON = {
    "F01": "E106", "F02": "E201 E202 E208 E210 E211", "F03": "E303 E305 E307", "F04": "E404 E409", "F05b": "E5b1", "F06": "E601 E603 E605",
    "F07": "E701 E704", "F09": "E901", "F10": "E1001", "F11": "E1101", "F12": "E1201",
}
# What compares rows of different files, periods or forms. The first part of E406 is a row check.
ACROSS = {
    "F01": "E104 E107", "F02": "E204 E205", "F03": "E308", "F04": "E406 E407", "F05": "E504 E505 E507", "F06": "E604", "F11": "E1102",
    "F13": "E1302", "F14": "E1401", "F15": "E1502 E1503 E1505", "F16": "E1601",
    "": "E203 E209 X01 X02 X03 X04 X05 X06 X07 X08 X09 X10 X11 X12 X13 X14 X15 M10 M16 M24 LATE",
}
# Our own, beside the specification: each says in its file why it is there.
OWN = {
    "F01": "E111 E112 E113", "F03": "E309 E311", "F03b": "E3b2", "F06": "E606 E607", "F09": "E904 E905", "F15": "E1504", "F16": "E1603",
}
# Columns of a check that fails where they are blank: there is no value to show. Texts that cannot be read are not repeated.
BLANK, UNREADABLE = {"accident_type", "cancel_reason", "reason", "notice_to", "extended_to"}, {"targets", "special_veto"}


def numbers(kind: str) -> dict[str, set[str]]:
    found = collections.defaultdict(set)
    for rule in RULES:
        if rule.kind == kind and (rule.form_id or kind == "across"):
            found[rule.form_id].add(rule.rule_id)
    return found


def test_every_row_check_of_the_specification_is_declared_with_its_form_and_no_other_number_is_used():
    expected = {form: set(f"{ROW.get(form, '')} {OWN.get(form, '')}".split()) for form in {*ROW, *OWN}}
    assert numbers("row") == expected


def test_checks_made_of_every_form_carry_the_number_they_have_in_a_form():
    found = numbers("common")
    assert not [f"{form}: {number}" for form, text in COMMON.items() for number in text.split() if number not in found[form]]


def test_every_check_across_files_is_declared_where_it_belongs():
    assert numbers("across") == {form: set(text.split()) for form, text in ACROSS.items()}


def test_a_number_belongs_to_one_form():
    forms = collections.defaultdict(set)
    for rule in RULES:
        if rule.form_id:
            forms[rule.rule_id].add(rule.form_id)
    assert {number: where for number, where in forms.items() if len(where) > 1} == {}


def test_a_word_that_findings_are_listed_under_stands_for_one_number_of_a_form():
    """Else the number of a finding could not be told from its word."""
    meant = collections.defaultdict(set)
    for rule in RULES:
        if rule.found_by:
            meant[rule.form_id, rule.found_by].add(rule.rule_id)
    assert {key: found for key, found in meant.items() if len(found) > 1} == {}


def test_every_rule_has_a_severity_both_texts_and_a_known_kind():
    for rule in RULES:
        assert rule.severity in suites.SEVERITIES and rule.zh and rule.en, rule.rule_id
        assert rule.kind in {"row", "common", "across"}


@pytest.mark.parametrize("rule", [r for r in RULES if r.kind == "row"], ids=lambda r: f"{r.rule_id}-{r.column}-{r.severity}")
def test_a_row_check_says_the_value_what_is_expected_and_what_to_do(rule):
    shown = [set(re.findall(r"\{(\w+)\}", text)) for text in (rule.zh, rule.en)]
    assert shown[0] == shown[1], "both languages show the same values"
    assert shown[0] & {rule.column, "computed"} or rule.column in BLANK | UNREADABLE, "the value"
    assert rule.expected, "what is expected"
    assert "请" in rule.zh and re.search(r"[;:,] |or |leave|correct|check", rule.en), "what to do"


def test_a_number_that_belongs_to_no_check_is_refused(tmp_path, monkeypatch):
    (tmp_path / "messages.yml").write_text((suites.FOLDER / "messages.yml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "F07.yml").write_text("checks: []\nnumbers: {weather: E799}\n", encoding="utf-8")
    monkeypatch.setattr(suites, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"F07\.yml: numbers: weather"):
        suites.catalogue({"F07": FORMS["F07"]})

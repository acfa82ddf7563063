"""What a clerk wrote in one cell: numbers, qualifiers, masks, and the difference between blank, dash and zero."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake import cells

STATUSES = {"blank", "value", "not_applicable", "masked", "error"}


def value(text: object, money_unit: str = "") -> Decimal | None:
    cell = cells.read(text, money_unit)
    assert cell.status == "value", cell
    return cell.value


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("94", 94),
        (94, 94),
        (94.0, 94),
        ("94.0", 94),
        (" 94 ", 94),
        ("'360121", 360121),
        ("９４", 94),
        ("１２．５", Decimal("12.5")),
        ("1,234", 1234),
        ("１，２３４", 1234),
        ("1,234,567", 1_234_567),
        ("1 234", 1234),
        ("0.5", Decimal("0.5")),
        (".5", Decimal("0.5")),
        ("-3", -3),
        ("+3", 3),
        ("94起", 94),
        ("5 人", 5),
        ("26期次", None),
        ("一千二百", 1200),
        ("十三", 13),
        ("两", 2),
        ("廿五", 25),
        ("二〇一五", 2015),
        ("三百零五人", 305),
        ("十二万", 120_000),
    ],
)
def test_numbers_are_read_in_the_spellings_clerks_use(written, number):
    cell = cells.read(written)
    if number is None:
        assert (cell.status, cell.problem) == ("error", "NOT_A_NUMBER")
    else:
        assert (cell.status, cell.value, cell.qualifier) == ("value", number, "exact" if "万" not in str(written) else cell.qualifier)


@pytest.mark.parametrize(
    ("written", "number", "qualifier"),
    [
        ("2400余", 2400, "ge"),
        ("1000多", 1000, "ge"),
        ("20多批次", 20, "ge"),
        ("20批次余", 20, "ge"),
        ("2400人以上", 2400, "ge"),
        ("≥300", 300, "ge"),
        ("超过300", 300, "ge"),
        ("5.2万余", 52_000, "ge"),
        ("近600", 600, "le"),
        ("近20万", 200_000, "le"),
        ("不足50", 50, "le"),
        ("100以内", 100, "le"),
        ("约300", 300, "approx"),
        ("300左右", 300, "approx"),
        ("11.85万", 118_500, "rounded(10^2)"),
        ("23.91万处", 239_100, "rounded(10^2)"),
        ("5.2万", 52_000, "rounded(10^3)"),
        ("3亿", 300_000_000, "rounded(10^8)"),
        ("63(推算)", 63, "recovered"),
    ],
)
def test_the_qualifier_says_how_exact_a_number_is(written, number, qualifier):
    cell = cells.read(written)
    assert (cell.value, cell.qualifier) == (number, qualifier)


def test_blank_dash_and_zero_are_three_different_things():
    assert {cells.read(text).status for text in ("", "  ", None, "\u3000")} == {"blank"}
    for dash in ("—", "-", "——", "/", "－", "…", "不适用", "N/A"):
        assert cells.read(dash).status == "not_applicable", dash
        assert cells.read(dash).value is None
    for none in ("0", "0.0", "无", "零", "未发生", "未开展", "〇"):
        assert cells.read(none).status == "value", none
        assert cells.read(none).value == 0


@pytest.mark.parametrize("written", ["*6", "82.*16", "*0.5", "20xx", "XX", "××", "■■", "*6起"])
def test_a_masked_number_has_no_value_and_keeps_what_was_written(written):
    cell = cells.read(written)
    assert (cell.status, cell.value, cell.qualifier, cell.raw) == ("masked", None, "masked", cells.text_of(written))


def test_an_asterisk_behind_a_whole_number_is_a_footnote_and_not_a_mask():
    cell = cells.read("3*")
    assert (cell.status, cell.value, cell.remark) == ("value", 3, "*")


@pytest.mark.parametrize("mark", ["²", "①", "③", "❶", "¹⁰"])
def test_a_raised_or_circled_footnote_mark_never_becomes_a_digit(mark):
    cell = cells.read(f"94 {mark}")
    assert (cell.value, cell.remark) == (94, mark)
    assert cells.read(f"—{mark}").status == "not_applicable"
    assert cells.read(f"9{mark}4").problem == "NOT_A_NUMBER"
    assert cells.read(mark).problem == "NOT_A_NUMBER"
    assert cells.read_printed(f"-4.55{mark}")[1] == Decimal("-4.55")


def test_a_remark_in_brackets_stays_beside_the_number():
    cell = cells.read("5（其中较大1）")
    assert (cell.value, cell.remark) == (5, "其中较大1")


def test_a_bookkeepers_negative_in_brackets_is_named_as_such():
    assert cells.read("(5)").problem == "NEGATIVE_VALUE"
    assert cells.read("(见备注)").problem == "NOT_A_NUMBER"


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#name?"])
def test_a_formula_error_is_named(error):
    assert (cells.read(error).status, cells.read(error).problem) == ("error", "FORMULA_ERROR")


@pytest.mark.parametrize("text", ["abc", "五起左右吧", "1.2.3", "12a", "1,23", "++8", "2015-03-01", "true", "=1+1", "1/2", "½", "12 5", "3、5"])
def test_what_is_not_one_number_is_an_error_and_not_a_guess(text):
    cell = cells.read(text)
    assert (cell.status, cell.value, cell.problem) == ("error", None, "NOT_A_NUMBER")


def test_a_date_or_a_tick_in_a_number_column_is_an_error():
    for thing in (dt.date(2015, 3, 1), dt.datetime(2015, 3, 1, 9), True, False, float("nan"), float("inf")):
        assert cells.read(thing).status == "error", thing


def test_what_a_spreadsheet_shows_is_what_is_read_of_a_binary_fraction():
    assert value(0.1 + 0.2) == Decimal("0.3")
    assert value(93.99999999999999) == 94
    assert value(1e16) == 10**16
    assert value(0.00001) == Decimal("0.00001")


def test_money_comes_back_in_yuan_whatever_unit_it_was_written_in():
    assert value("41.1", "万元") == 411_000
    assert value("41.1", "元") == Decimal("41.1")
    assert value("41.1万元", "元") == 411_000
    assert value("411000元", "万元") == 411_000
    assert value("1.3亿元", "万元") == 130_000_000
    assert cells.read("1.3亿元", "万元").qualifier == "rounded(10^3)"
    assert cells.read("41.1万元", "万元").qualifier == "exact"


def test_the_unit_behind_a_number_is_handed_on_for_comparison():
    assert [cells.read(text).unit for text in ("5人", "5人次", "5家次", "5")] == ["人", "人次", "家次", ""]


@pytest.mark.parametrize(
    ("printed", "number", "state"),
    [
        ("10.59", Decimal("10.59"), "value"),
        ("-4.55%", Decimal("-4.55"), "value"),
        ("−4.55", Decimal("-4.55"), "value"),
        ("上升5.2%", Decimal("5.2"), "value"),
        ("下降5.2%", Decimal("-5.2"), "value"),
        ("同比下降5.2％", Decimal("-5.2"), "value"),
        ("↓16.67", Decimal("-16.67"), "value"),
        ("同比多4人", 4, "value"),
        ("减少3起", -3, "value"),
        ("1,944", 1944, "value"),
        ("持平", 0, "level"),
        ("同比持平", 0, "level"),
        ("—", None, "dash"),
        ("-*.56%", None, "masked"),
        ("很多", None, "unreadable"),
        ("", None, "blank"),
    ],
)
def test_printed_changes_are_read_with_their_direction(printed, number, state):
    assert cells.read_printed(printed)[1:] == (number, state)


def test_free_text_loses_control_characters_and_is_cut():
    assert cells.read_text("见\x00附件\u202e\n说明") == "见附件说明"
    assert len(cells.read_text("长" * 900)) == 500


@settings(max_examples=400)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="0123456789.,+-*×xX万亿千百十一二三零〇约近余多以上 (（)）%人起家次元①²−", max_size=40),
                 st.floats(), st.integers(), st.booleans(), st.none(), st.dates(), st.binary(max_size=8)),
       st.sampled_from(["", "元", "万元"]))
def test_reading_never_raises_and_always_has_a_known_status(thing, money_unit):
    cell = cells.read(thing, money_unit)
    assert cell.status in STATUSES
    assert (cell.value is not None) == (cell.status == "value")
    assert (cell.status == "error") == bool(cell.problem)
    assert cell.value is None or cell.value.is_finite()
    cells.read_printed(thing)
    cells.read_text(thing)


@pytest.mark.parametrize("text", ["一" * 5000, "9" * 5000, "." * 5000, "(" * 5000, "1" + " 1" * 2000, "*" * 5000])
def test_a_very_long_cell_is_read_or_refused_without_an_exception(text):
    assert cells.read(text).status in STATUSES


@given(st.integers(min_value=0, max_value=10**12))
def test_whole_numbers_come_back_as_they_were_written(number):
    for written in (number, str(number), f"{number:,}", f"{number:,}".replace(",", " "), f" {number}人", float(number)):
        assert value(written) == number, written


@given(st.integers(min_value=0, max_value=9999))
def test_chinese_numerals_come_back_as_the_number_they_name(number):
    digits, places = "零一二三四五六七八九", ["", "十", "百", "千"]
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + places[place]
        gap = not digit
    assert cells.chinese_number(text or "零") == number

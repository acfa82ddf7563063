"""Reporting periods: how they are written, what they are stored as, and which period they are compared with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import periods


@pytest.mark.parametrize(
    ("written", "period", "span"),
    [
        ("2015", "2015", "year"),
        (2015, "2015", "year"),
        (2015.0, "2015", "year"),
        ("2015年", "2015", "year"),
        ("2015年度", "2015", "year"),
        ("2015Q3", "2015Q3", "quarter"),
        ("2015q3", "2015Q3", "quarter"),
        ("2015年第三季度", "2015Q3", "quarter"),
        ("2015年一季度", "2015Q1", "quarter"),
        ("2015年1季度", "2015Q1", "quarter"),
        ("2015第2季", "2015Q2", "quarter"),
        ("2015H1", "2015H1", "half"),
        ("2015年下半年", "2015H2", "half"),
        ("2015-03", "2015-03", "month"),
        ("2015-3", "2015-03", "month"),
        ("2015.3", "2015-03", "month"),
        ("2015/03", "2015-03", "month"),
        ("201503", "2015-03", "month"),
        ("2015年3月", "2015-03", "month"),
        ("2015年3月份", "2015-03", "month"),
        (" 2015 年 3 月 ", "2015-03", "month"),
        ("2015-01..2015-10", "2015-10", "ytd"),
        ("2015年1-10月", "2015-10", "ytd"),
        ("2015年1月至10月", "2015-10", "ytd"),
        ("2015-01..2015-01", "2015-01", "month"),
        ("2015-01..2015-12", "2015", "year"),
        ("2015-04..2015-06", "2015Q2", "quarter"),
        ("2015-07..2015-12", "2015H2", "half"),
        ("2016-11..2017-02", "2016-11..2017-02", "range"),
        ("2015年3月-2016年2月", "2015-03..2016-02", "range"),
        ("2014-01..2015-12", "2014-01..2015-12", "range"),
    ],
)
def test_a_period_is_understood_in_the_ways_it_is_written(written, period, span):
    assert periods.parse(written) == (period, span)


def test_a_stretch_from_january_is_year_to_date_even_where_it_is_a_quarter_or_a_half():
    assert periods.parse("2015-01..2015-03") == ("2015-03", "ytd")
    assert periods.parse("2015-01..2015-06") == ("2015-06", "ytd")


@pytest.mark.parametrize(
    "text",
    ["", "上月", "2015-00", "2015-13", "2015Q5", "2015H3", "15-03", "2015-10..2015-01", "2015-01..", "20150301", "1-10月", "0000", "0001-01", "9999", "9999-12",
     "1948", "2015-01..9999-12", "2015年五季度", "٢٠١٥", "2015-01..٢٠١٥-03", "2015-01..2015-10..2015-12"],
)
def test_what_is_no_period_raises_naming_the_text(text):
    with pytest.raises(ValueError):
        periods.parse(text)


def test_base_of_a_year_on_year_comparison_is_the_same_stretch_a_year_before():
    for period, span, base in [
        ("2015-03", "month", "2014-03"), ("2015-10", "ytd", "2014-10"), ("2015Q3", "quarter", "2014Q3"), ("2015H1", "half", "2014H1"),
        ("2015", "year", "2014"), ("2000-01", "month", "1999-01"), ("2016-11..2017-02", "range", "2015-11..2016-02"), ("2015-06", "stock", "2014-06"),
    ]:
        assert periods.shift(period, span, "yoy") == base, period


def test_base_of_a_month_on_month_comparison_is_the_stretch_just_before():
    for period, span, base in [
        ("2015-03", "month", "2015-02"), ("2015-01", "month", "2014-12"), ("2015Q1", "quarter", "2014Q4"), ("2015H1", "half", "2014H2"),
        ("2015Q2", "stock", "2015Q1"),
    ]:
        assert periods.shift(period, span, "mom") == base, period


def test_year_to_date_years_and_odd_stretches_have_no_period_before():
    for period, span in [("2015-10", "ytd"), ("2015", "year"), ("2015", "stock"), ("2016-11..2017-02", "range")]:
        assert periods.shift(period, span, "mom") is None, period


def test_months_of_a_period_depend_on_whether_it_counts_from_january():
    october = periods.months_of("2015-10")
    cumulative = periods.months_of("2015-10", "ytd")
    assert (october.end - october.start + 1, cumulative.end - cumulative.start + 1) == (1, 10)
    assert periods.end_month("2015Q3") == "2015-09"
    assert periods.end_month("2015H1") == "2015-06"
    assert periods.end_month("2016-11..2017-02") == "2017-02"


@given(st.integers(1950 * 12, 2100 * 12), st.integers(0, 30))
def test_any_stretch_of_whole_months_is_stored_so_that_its_months_can_be_told(start, length):
    first, last = (f"{i // 12:04d}-{i % 12 + 1:02d}" for i in (start, start + length))
    period, span = periods.parse(f"{first}..{last}")
    assert periods.months_of(period, span) == periods.Period(start, start + length)
    assert periods.parse(period)[0] == period, "what is stored is itself a way of writing it"


@given(st.text(max_size=20))
def test_text_is_a_period_or_a_value_error_and_nothing_else(text):
    try:
        period, span = periods.parse(text)
    except ValueError:
        return
    assert periods.months_of(period, span).start <= periods.months_of(period, span).end

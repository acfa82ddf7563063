"""Exact intervals and exact tests, against what tables print and sums by hand."""

from __future__ import annotations

from fractions import Fraction
from math import comb, isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import reference
from transforms.certainty import CONFIDENCE, interval, p_value


def bounds(chance: str, numerator: float, denominator: float = 1, compared: int = 1) -> tuple[float, float]:
    low, high = interval([chance], [numerator], [denominator], [compared])
    return float(low[0]), float(high[0])


def test(*numbers: float, chance: str = "count") -> float:
    return float(p_value([chance], *([n] for n in numbers))[0])


test.__test__ = False  # a helper


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0, 2.996), (1, 0.051, 4.744), (2, 0.355, 6.296), (3, 0.818, 7.754), (10, 5.425, 16.962)])
def test_the_interval_of_a_count_is_the_one_in_the_tables(count, low, high):
    """90 % limits of a Poisson mean, Pearson and Hartley, Biometrika Tables for Statisticians, table 40."""
    assert bounds("count", count) == (pytest.approx(low, abs=0.0006), pytest.approx(high, abs=0.0006))


def test_the_interval_of_a_share_is_the_one_of_clopper_and_pearson():
    """None of 20: up to 1 - 0.05 ** (1/20); all of 20: from 0.05 ** (1/20)."""
    assert bounds("share", 0, 20) == (0, pytest.approx(1 - 0.05 ** (1 / 20)))
    assert bounds("share", 20, 20) == (pytest.approx(0.05 ** (1 / 20)), 1)
    low, high = bounds("share", 5, 20)
    assert sum(comb(20, k) * low**k * (1 - low) ** (20 - k) for k in range(5, 21)) == pytest.approx(0.05)
    assert sum(comb(20, k) * high**k * (1 - high) ** (20 - k) for k in range(6)) == pytest.approx(0.05)


def test_a_rate_has_the_interval_of_its_count_over_its_denominator():
    low, high = bounds("count", 7)
    assert bounds("rate", 7, 250) == (pytest.approx(low / 250), pytest.approx(high / 250))


@pytest.mark.parametrize(("now", "before", "fraction"), [
    (3, 2, 1), (2, 10, Fraction(2 * (1 + 12 + 66), 2**12)), (0, 5, Fraction(2, 2**5)), (0, 4, Fraction(2, 2**4)),
    (1, 8, Fraction(2 * (1 + 9), 2**9)), (5, 5, 1), (0, 0, 1),
])
def test_two_counts_are_compared_as_heads_and_tails(now, before, fraction):
    """Given their sum, either year is as likely for each death: twice the smaller tail of a fair coin."""
    assert test(now, 1, before, 1) == pytest.approx(float(fraction))
    assert test(before, 1, now, 1) == pytest.approx(float(fraction)), "either way round"


def test_three_deaths_instead_of_two_are_within_chance_and_five_instead_of_none_are_not():
    assert test(3, 1, 2, 1) >= 1 - CONFIDENCE
    assert test(0, 1, 5, 1) < 1 - CONFIDENCE < test(0, 1, 4, 1)


def test_rates_are_compared_with_what_their_denominators_make_likely():
    """3 deaths of 3, the first denominator a third of both: (1/3) ** 3, twice."""
    assert test(3, 100, 0, 200, chance="rate") == pytest.approx(2 / 27)


def test_the_lady_tasting_tea():
    """Fisher, The Design of Experiments, 1935: 4 of 4 against 0 of 4 is one in 70 on either side."""
    assert test(4, 4, 0, 4, chance="share") == pytest.approx(2 / 70)
    assert test(3, 4, 1, 4, chance="share") == pytest.approx(2 * 17 / 70)


@pytest.mark.parametrize(("chance", "numerator", "denominator"), [
    (None, 3, 1), ("count", 2.5, 1), ("count", -1, 1), ("rate", 3, 0), ("share", 5, 4), ("share", 1, 2.5), ("share", 0, 0), ("count", float("nan"), 1),
])
def test_what_is_no_count_and_no_share_has_neither_interval_nor_test(chance, numerator, denominator):
    assert all(isnan(b) for b in bounds(chance, numerator, denominator))
    assert isnan(test(numerator, denominator, 1, 2, chance=chance))


whole = st.integers(0, 3000)


@given(whole, st.integers(1, 200))
@settings(max_examples=100, deadline=None)
def test_an_interval_holds_its_count_and_widens_with_what_is_compared(count, compared):
    low, high = bounds("count", count, compared=compared)
    wider_low, wider_high = bounds("count", count, compared=compared + 1)
    assert wider_low <= low <= count <= high < wider_high
    assert (low > 0) == (count > 0)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(2, 50))
@settings(max_examples=100, deadline=None)
def test_the_same_share_of_more_is_surer(of, k, times):
    k = min(k, of)
    low, high = bounds("share", k, of)
    surer_low, surer_high = bounds("share", k * times, of * times)
    assert 0 <= low <= k / of <= high <= 1
    assert surer_high - surer_low < high - low


@given(whole, whole, st.integers(1, 100))
@settings(max_examples=100, deadline=None)
def test_a_larger_difference_is_less_likely_by_chance(now, before, more):
    now, before = min(now, before), max(now, before)
    assert 0 <= test(now, 1, before + more, 1) <= test(now, 1, before, 1) <= 1


def test_the_kinds_of_chance_are_declared_with_the_indicators():
    indicators = reference.load().indicators
    assert {i.chance for i in indicators.values()} == {"count", "rate", "share", None}
    assert [i.id for i in indicators.values() if i.family == "accidents" and i.chance is None] == ["direct_loss"], "money is no count"
    # Growth is no share, and one visit may bring several orders.
    assert {i.id for i in indicators.values() if i.unit == "%" and i.family == "process" and i.chance is None} == {"registration_growth", "order_share", "halt_share"}
    for i in indicators.values():
        assert bool(i.denominator) == (i.chance in ("rate", "share")) or i.chance is None, i.id
        assert i.chance != "share" or (i.scale, i.unit) == (100, "%"), i.id


@pytest.mark.parametrize(("chance", "denominator"), [("often", ""), ("count", ", denominator: [F02.events]"), ("rate", "")])
def test_a_kind_of_chance_that_does_not_fit_is_refused_with_the_name_of_the_indicator(tmp_path, chance, denominator):
    (tmp_path / "indicators.yml").write_text(
        f"- {{id: odd, name: {{zh: 怪, en: Odd}}, numerator: [F02.deaths]{denominator}, unit: 人, decimals: 0, family: process, chance: {chance}}}\n",
        encoding="utf-8")
    with pytest.raises(reference.DeclarationError, match=r"indicators\.yml: odd: .*chance"):
        reference.load(tmp_path)


def test_the_other_engine_asks_value_by_value_and_gets_the_same():
    from pipelines.engines.spark import one_by_one

    assert (one_by_one("chance_low")("count", 3, 1, 1), one_by_one("chance_high")("count", 3, 1, 1)) == bounds("count", 3)
    assert one_by_one("chance_p_value")("share", 4, 4, 0, 4) == test(4, 4, 0, 4, chance="share")
    assert one_by_one("chance_p_value")(None, 4, 4, None, 4) is None

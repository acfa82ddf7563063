"""四舍五入 exactly: the engine's `ratio` against decimal arithmetic by hand, at the boundaries and everywhere between."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.engines.warehouse import FUNCTIONS

ROUNDING = {"half_up": ROUND_HALF_UP, "truncate": ROUND_DOWN}


@pytest.fixture(scope="module")
def ratio():
    """`ratio(cases)` for (numerator, denominator, decimals, mode) in one query."""
    con = duckdb.connect()
    con.execute(FUNCTIONS)

    def compute(cases: list[tuple]) -> list[Decimal | None]:
        rows = ", ".join(
            f"({i}, {'NULL' if n is None else f'{n}::DECIMAL(24,6)'}, {'NULL' if d is None else f'{d}::DECIMAL(24,6)'}, {k}, '{mode}')"
            for i, (n, d, k, mode) in enumerate(cases)
        )
        found = con.execute(f"SELECT ratio(n, d, k, mode) FROM (VALUES {rows}) AS t(i, n, d, k, mode) ORDER BY i").fetchall()
        return [row[0] for row in found]

    return compute


def by_hand(numerator: Decimal, denominator: Decimal, decimals: int, mode: str) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        # Exact at a boundary: compare the quotient of integers, never a rounded quotient.
        quotient = Decimal(numerator) / Decimal(denominator)
        return quotient.quantize(Decimal(1).scaleb(-decimals), ROUNDING[mode])


@pytest.mark.parametrize(
    ("numerator", "denominator", "decimals", "half_up", "truncate"),
    [
        ("900", "85", 2, "10.59", "10.58"),
        ("-300", "66", 2, "-4.55", "-4.54"),
        ("-600", "244", 2, "-2.46", "-2.45"),
        ("87600", "913", 2, "95.95", "95.94"),
        ("4100", "51", 2, "80.39", "80.39"),
        ("1", "8", 2, "0.13", "0.12"),
        ("-1", "8", 2, "-0.13", "-0.12"),
        ("2.675", "1", 2, "2.68", "2.67"),
        ("1.005", "1", 2, "1.01", "1"),
        ("-1.005", "1", 2, "-1.01", "-1"),
        ("1.004999", "1", 2, "1", "1"),
        ("0.5", "1", 0, "1", "0"),
        ("-0.5", "1", 0, "-1", "0"),
        ("2.5", "1", 0, "3", "2"),
        ("2", "3", 6, "0.666667", "0.666666"),
        ("100", "3", 0, "33", "33"),
        ("5", "-8", 1, "-0.6", "-0.6"),
        ("0", "7", 2, "0", "0"),
    ],
)
def test_rounding_is_half_away_from_zero_and_truncation_cuts_off(ratio, numerator, denominator, decimals, half_up, truncate):
    assert ratio([(numerator, denominator, decimals, "half_up"), (numerator, denominator, decimals, "truncate")]) == [Decimal(half_up), Decimal(truncate)]


def test_no_denominator_gives_no_ratio_and_never_a_zero(ratio):
    assert ratio([("5", "0", 2, "half_up"), ("0", "0", 2, "half_up"), ("5", None, 2, "half_up"), (None, "5", 2, "half_up")]) == [None] * 4


def test_every_half_in_the_third_decimal_goes_up_in_size(ratio):
    halves = [Decimal(n) / 1000 for n in range(-2005, 2006, 10)]
    assert all(abs(half * 1000) % 10 == 5 for half in halves)
    found = ratio([(half, 1, 2, "half_up") for half in halves])
    assert found == [half + (Decimal("0.005") if half > 0 else Decimal("-0.005")) for half in halves]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(-10**12, 10**12), st.integers(0, 6), st.integers(1, 10**9), st.booleans(), st.integers(0, 6)), min_size=20, max_size=60))
def test_any_ratio_of_decimals_is_what_exact_arithmetic_gives(ratio, numbers):
    cases = [
        (Decimal(n).scaleb(-places), Decimal(-d if minus else d), decimals, mode)
        for n, places, d, minus, decimals in numbers for mode in ROUNDING
    ]
    assert ratio(cases) == [by_hand(*case) for case in cases]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 200_000)), min_size=30, max_size=60))
def test_percentages_of_counts_are_exact_however_close_to_a_boundary(ratio, counts):
    cases = [(Decimal((now - base) * 100), Decimal(base), 2, "half_up") for now, base in counts]
    assert ratio(cases) == [by_hand(*case) for case in cases]


def test_printed_decimals_are_counted_as_printed():
    con = duckdb.connect()
    con.execute(FUNCTIONS)
    for printed, decimals in [("-16.66", 2), ("100", 0), ("5.2%", 1), ("上升10.590%", 3), ("—", 0)]:
        assert con.execute("SELECT printed_decimals(?)", [printed]).fetchone() == (decimals,)

"""What the names in a scheme measure: which months, which basis, and nothing where something is missing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from transforms.scoring.measures import Figure, Measures, Window, asked, windows
from transforms.scoring.scheme import build

GRADES = [{"name": "合格", "min": 60}, {"name": "不合格", "min": 0}]
SCALES = {name: (Decimal(1), 0, True) for name in ("deaths", "accidents", "accidents_larger", "accidents_major", "accidents_extreme", "accidents_larger_plus",
                                                  "accidents_major_plus", "F01.events_larger", "drills")}
SCALES |= {"rate": (Decimal(100), 2, True), "stock": (Decimal(1), 0, False), "on_time_submission_rate": (Decimal(100), 2, True)}


def scheme_of(**more):
    return build({"id": "s", "name_zh": "s", "year": 2015, "grades": GRADES,
                  "groups": [{"id": "g", "name_zh": "g", "points": 100, "items": [{"id": "i", "name_zh": "i", "points": 100, "type": "manual"}]}], **more}, set())[0]


def measures(rows: dict[tuple, object], newest: dict[str, str] | None = None, **more) -> Measures:
    """`rows`: (indicator, span, period) or (indicator, span, period, basis) with a number, or (numerator, denominator)."""
    found = Measures(scales=SCALES, newest=newest or {}, bases=("all",), **more)
    for (indicator, span, period, *basis), number in rows.items():
        top, bottom = number if isinstance(number, tuple) else (number, None)
        value = Decimal(top) if bottom is None else None if not bottom else Decimal(top) * 100 / bottom
        figure = Figure(Decimal(top), None if bottom is None else Decimal(bottom), value, basis[0] if basis else "all")
        found.figures.setdefault(("r", indicator, "TOTAL", span), {}).setdefault(period, {})[figure.basis] = figure
    return found


def value(m: Measures, name: str, *arguments: int, scheme=None, window: Window | None = None):
    scheme = scheme or scheme_of()
    return m.get(scheme, window or windows(scheme)[0], "r", name, arguments)[0]


def months(indicator: str, numbers: dict[str, object]) -> dict[tuple, object]:
    return {(indicator, "month", month): number for month, number in numbers.items()}


@pytest.mark.parametrize(("more", "found"), [
    ({}, [("2015", "2015-01", "2015-12", True)]),
    ({"cycle": "half"}, [("2015H1", "2015-01", "2015-06", True), ("2015H2", "2015-07", "2015-12", True)]),
    ({"cycle": "quarter"}, [(f"2015Q{q}", f"2015-{3 * q - 2:02d}", f"2015-{3 * q:02d}", True) for q in (1, 2, 3, 4)]),
    ({"period": {"start": "12-01", "end": "11-30"}}, [("2015", "2014-12", "2015-11", False)]),
    ({"period": {"start": "01-01", "end": "10-31"}}, [("2015", "2015-01", "2015-10", False)]),
])
def test_the_windows_of_a_scheme(more, found):
    assert [(w.period, w.first, w.last, w.calendar) for w in windows(scheme_of(**more))] == found


def test_a_whole_year_is_the_figure_of_the_year_and_one_under_way_that_from_january_on():
    assert value(measures({("deaths", "year", "2015"): 9, ("deaths", "ytd", "2015-11"): 8}, {"deaths": "2015-12"}), "deaths") == 9
    assert value(measures({("deaths", "ytd", "2015-11"): 8, ("deaths", "ytd", "2015-10"): 7}, {"deaths": "2015-11"}), "deaths") == 8


def test_a_region_that_lags_behind_the_others_has_no_figure_yet():
    assert value(measures({("deaths", "ytd", "2015-10"): 7}, {"deaths": "2015-11"}), "deaths") is None


def test_last_year_is_the_same_months():
    rows = {("deaths", "ytd", "2015-02"): 3, ("deaths", "ytd", "2014-02"): 4, ("deaths", "year", "2014"): 40}
    assert value(measures(rows, {"deaths": "2015-02"}), "deaths_prev") == 4
    assert value(measures({**rows, ("deaths", "year", "2015"): 30}, {"deaths": "2015-12"}), "deaths_prev") == 40
    assert value(measures({("deaths", "ytd", "2015-02"): 3, ("deaths", "year", "2014"): 40}, {"deaths": "2015-02"}), "deaths_prev") is None


ACROSS = scheme_of(period={"start": "12-01", "end": "11-30", "tail_levels": [3, 4]})


def test_odd_years_add_up_their_months_and_a_missing_one_leaves_nothing():
    rows = months("deaths", {"2014-12": 1, "2015-01": 2, "2015-02": 3, "2015-12": 90})
    assert value(measures(rows, {"deaths": "2015-02"}), "deaths", scheme=ACROSS) == 6
    del rows["deaths", "month", "2015-01"]
    assert value(measures(rows, {"deaths": "2015-02"}), "deaths", scheme=ACROSS) is None


def test_a_rate_over_months_is_that_of_the_sums_and_rounded_half_up():
    """1/3 and 0/2 are 1/5 together and not the mean of the rates; 1/16 = 6.25, 5/32 = 15.625 -> 15.63."""
    rows = months("rate", {"2014-12": (1, 3), "2015-01": (0, 2)})
    assert value(measures(rows, {"rate": "2015-01"}), "rate", scheme=ACROSS) == 20
    assert value(measures(months("rate", {"2014-12": (5, 32)}), {"rate": "2014-12"}), "rate", scheme=ACROSS) == Decimal("15.63")
    assert value(measures(months("rate", {"2014-12": (5, 32)}), {"rate": "2014-12"}, truncate=True), "rate", scheme=ACROSS) == Decimal("15.62")
    assert value(measures(months("rate", {"2014-12": (0, 0)}), {"rate": "2014-12"}), "rate", scheme=ACROSS) is None


def test_what_is_reported_by_the_quarter_adds_up_and_a_state_is_that_of_the_newest_quarter():
    four = {("drills", "quarter", f"2015Q{q}"): q for q in (1, 2, 3, 4)}
    assert value(measures(four), "drills") == 10
    assert value(measures({("drills", "half", "2015H1"): 4, ("drills", "half", "2015H2"): 5}), "drills") == 9
    assert value(measures({("drills", "quarter", "2015Q1"): 4}, {"drills": "2015-03"}), "drills") == 4, "so far"
    del four["drills", "quarter", "2015Q2"]
    assert value(measures(four), "drills") is None, "a sum with a quarter missing is no sum of the year"
    assert value(measures({("stock", "stock", "2015Q1"): 5, ("stock", "stock", "2015Q3"): 7, ("stock", "stock", "2016Q1"): 9}), "stock") == 7
    assert value(measures({("stock", "stock", "2014Q4"): 5}), "stock") is None


def test_the_target_is_that_of_the_whole_year():
    m = measures({}, targets={("r", "2015", "deaths", "TOTAL"): Decimal(5), ("r", "2014", "deaths", "TOTAL"): Decimal(7), ("r", "2015", "deaths", "GK"): Decimal(2)})
    assert (value(m, "deaths_target"), value(m, "deaths.GK_target"), value(m, "accidents_target")) == (5, 2, None)


@pytest.mark.parametrize(("name", "level", "rows", "found"), [
    ("acc_level_ge", 2, {"accidents_larger_plus": 3, "accidents_larger": 1}, 3),
    ("acc_level_ge", 2, {"accidents_larger": 1, "accidents_major": 1, "accidents_extreme": 0}, 2),
    ("acc_level_ge", 2, {"accidents_larger": 1, "accidents_major": 1}, None),
    ("acc_level_eq", 2, {"accidents_larger": 1}, 1), ("acc_level_eq", 2, {"F01.events_larger": 2}, 2), ("acc_level_eq", 2, {}, None),
    ("acc_level_ge", 4, {"accidents_extreme": 1}, 1), ("acc_level_ge", 1, {"accidents": 8}, 8), ("acc_level_ge", 9, {"accidents": 8}, None),
])
def test_accidents_by_level(name, level, rows, found):
    assert value(measures({(indicator, "year", "2015"): n for indicator, n in rows.items()}), name, level) == found


def test_the_tail_counts_the_worst_accidents_up_to_the_end_of_the_year():
    year = ["2014-12", *(f"2015-{m:02d}" for m in range(1, 13))]
    rows = {}
    for indicator in ("accidents_larger_plus", "accidents_major_plus"):
        rows |= months(indicator, {month: int(month == "2015-12") for month in year})
    m = measures(rows, {"accidents_larger_plus": "2015-12", "accidents_major_plus": "2015-12"})
    assert (value(m, "acc_level_ge", 3, scheme=ACROSS), value(m, "acc_level_ge", 2, scheme=ACROSS)) == (1, 0)


def test_the_basis_of_the_scheme_comes_first_then_that_of_the_jurisdiction():
    rows = {("deaths", "year", "2015", "all"): 9, ("deaths", "year", "2015", "assessed"): 6, ("deaths", "year", "2015", "production"): 7}
    assert value(measures(rows), "deaths") == 9
    assert value(measures(rows), "deaths", scheme=scheme_of(basis="assessed")) == 6
    assert value(measures({("deaths", "year", "2015", "production"): 7}), "deaths", scheme=scheme_of(basis="assessed")) == 7


def test_late_reports_are_those_due_and_not_in_time():
    assert value(measures({("on_time_submission_rate", "year", "2015"): (38, 40)}), "late_submissions") == 2
    assert value(measures({}), "late_submissions") is None


def test_what_is_counted_is_none_where_its_source_is_kept_and_unknown_where_it_is_not():
    back = scheme_of(period={"lookback_hidden_years": 1})
    counts = {("hidden_accidents", "r"): [("2015-03", "2014-05", Decimal(1)), ("2015-03", "2013-12", Decimal(1)), ("2016-01", "2015-05", Decimal(1))]}
    assert value(measures({}, counts=counts, kept=frozenset({"hidden_accidents"})), "hidden_accidents", scheme=back) == 1
    assert value(measures({}, kept=frozenset({"hidden_accidents"})), "hidden_accidents") == 0
    assert value(measures({}), "hidden_accidents") is None


def test_every_value_says_where_it_was_read():
    rows = months("deaths", {"2014-12": 1, "2015-01": 2})
    _, inputs = measures(rows, {"deaths": "2015-01"}).get(ACROSS, windows(ACROSS)[0], "r", "deaths")
    assert [(i.table, i.span, i.period, i.basis, i.value) for i in inputs] == [("indicators", "month", "2014-12", "all", 1), ("indicators", "month", "2015-01", "all", 2)]


class Looked(dict):
    """No figures, but which indicators and categories were looked at."""

    def get(self, key, default):
        self[key[1:3]] = True
        return default


LIBRARY = sorted((Path(__file__).resolve().parents[2] / "data" / "reference" / "schemes").glob("*.yml"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_what_is_read_for_a_scheme_is_all_that_it_looks_at(path):
    scheme = build(yaml.safe_load(path.read_text(encoding="utf-8")), set())[0]
    aliases = {"train_rate": "training_completion_rate", "hazard_fix_rate": "rectification_rate", "major_accidents": "accidents_major_plus"}
    m = Measures(figures=Looked(), aliases=aliases, scales=SCALES)
    for window in windows(scheme):
        for name, arguments in scheme.metrics:
            m.get(scheme, window, "r", name, arguments)
    assert set(m.figures) <= asked(scheme, aliases)[0]


@pytest.mark.parametrize(("more", "metric", "first"), [
    ({}, "deaths", 2015), ({}, "deaths_prev", 2014), ({}, "deaths.GK_prev3", 2012),
    ({"period": {"start": "12-01", "end": "11-30"}}, "deaths", 2014), ({"period": {"start": "12-01", "end": "11-30"}}, "deaths_prev2", 2012),
])
def test_the_years_that_are_read_are_those_of_the_window_and_of_the_years_it_is_compared_with(more, metric, first):
    item = {"id": "i", "name_zh": "i", "points": 100, "type": "count_deduct", "metric": metric, "each": 1}
    assert asked(scheme_of(groups=[{"id": "g", "name_zh": "g", "points": 100, "items": [item]}], **more), {})[1] == first

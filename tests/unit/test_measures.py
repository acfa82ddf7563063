"""What the names of a scheme measure: look-back for concealed accidents, registers without an event, the tail of a period."""

from __future__ import annotations

from decimal import Decimal

import pytest

from transforms.scoring.building import build
from transforms.scoring.measures import Event, Figure, Measures, Window, windows

ITEM = {"id": "M", "name_zh": "m", "points": 100, "type": "manual"}
YEARS = [f"{year}-{month:02d}" for year in (2016, 2017) for month in range(1, 13)]


def scheme_of(**more):
    scheme, problems = build({"id": "h", "name_zh": "h", "year": 2017, "subject_level": "county", "grades": [],
                              "groups": [{"id": "g", "name_zh": "g", "points": 100, "items": [ITEM]}], **more}, set())
    assert problems == []
    return scheme


def measures(months: dict[str, dict[str, int]], events: list[Event] = (), basis: str = "all", **more) -> Measures:
    """Region R: every indicator named has a figure in every month of two years, zero where `months[indicator]` does not say."""
    figures = {("R", name.partition(":")[0], name.partition(":")[2] or "TOTAL", "month"):
               {m: {basis: Figure(Decimal(values.get(m, 0)), None, Decimal(values.get(m, 0)), basis)} for m in YEARS} for name, values in months.items()}
    indicators = {key[1] for key in figures}
    more.setdefault("registered", "2010-01")
    return Measures(figures=figures, scales={name: (Decimal(1), 0, True) for name in indicators}, bases=(basis,), reached="2017-12",
                    newest=dict.fromkeys(indicators, "2017-12"), events={"R": list(events)}, kept=frozenset({"hidden_accidents"}), **more)


def value(found: Measures, scheme, name: str, *arguments: int, window: Window | None = None):
    return found.get(scheme, window or windows(scheme)[0], "R", name, arguments)[0]


# --- concealed accidents ----------------------------------------------------------------------------------------------

FOUR_DEATHS = Event("2015-06-10", 2, 4, "GK1", "2017-03-10")
ZEROS = {name: {} for name in ("accidents", "deaths", "deaths:GK", "deaths:DL", "accidents_larger", "accidents_larger_plus", "accidents_major_plus", "F01.deaths",
                               "F01.events", "F01.events_larger")}
ASKED = [("acc_deaths_ge", 3), ("acc_level_ge", 2), ("acc_level_eq", 2), ("acc_level_ge", 3), ("acc_level_ge.GK", 2), ("acc_level_ge.DL", 2), ("hidden_accidents",),
         ("accidents",), ("accidents_larger",), ("deaths",), ("deaths.GK",), ("deaths.DL",), ("F01.deaths",), ("F01.events",), ("F01.events_larger",)]


@pytest.mark.parametrize(("period", "counts"), [
    ({"lookback_hidden_years": 3}, [1, 1, 1, 0, 1, 0, 1, 1, 1, 4, 4, 0, 4, 1, 1]),
    ({"lookback_hidden_years": 3, "lookback_level": 2}, [1, 1, 1, 0, 1, 0, 1, 1, 1, 4, 4, 0, 4, 1, 1]),
    ({"lookback_hidden_years": 3, "lookback_level": 3}, [0] * len(ASKED)),
    ({"lookback_hidden_years": 1}, [0] * len(ASKED)),
    ({}, [0] * len(ASKED)),
])
def test_an_accident_of_earlier_years_that_was_concealed_counts_in_everything_once_it_is_proven(period, counts):
    scheme = scheme_of(period=period)
    found = measures(ZEROS | {"accidents_larger_plus:GK": {}, "accidents_larger_plus:DL": {}}, [FOUR_DEATHS])
    assert [value(found, scheme, *name) for name in ASKED] == counts


def test_what_is_looked_back_for_is_a_value_of_its_own_and_keeps_to_the_basis():
    scheme = scheme_of(period={"lookback_hidden_years": 3})
    _, inputs = measures(ZEROS, [FOUR_DEATHS]).get(scheme, windows(scheme)[0], "R", "deaths")
    assert [(i.table, i.indicator_id, i.value) for i in inputs[-2:]] == [("indicators", "deaths", 0), ("counted", "looked_back", 4)]
    private = Event("2015-06-10", 2, 4, "DL9", "2017-03-10", outside=frozenset({"production"}))
    assert value(measures(ZEROS, [private], basis="production"), scheme, "deaths") == 0
    assert value(measures(ZEROS, [private]), scheme, "deaths") == 4


def test_an_accident_of_the_quarter_before_counts_there_and_one_of_earlier_years_in_the_quarter_in_which_it_was_proven():
    scheme = scheme_of(cycle="quarter", period={"lookback_hidden_years": 3})
    found = measures({"deaths": {"2017-02": 1}}, [Event("2017-02-03", 1, 1, "GK1", "2017-05-06"), Event("2014-01-02", 1, 1, "GK1", "2017-05-06")])
    assert [value(found, scheme, "deaths", window=w) for w in windows(scheme)] == [1, 1, 0, 0]
    assert [value(found, scheme, "hidden_accidents", window=w) for w in windows(scheme)] == [0, 2, 0, 0]


def test_a_major_accident_of_the_tail_that_was_concealed_is_not_lost_between_two_years():
    """10 December 2016: the tail of 2016, proven in March 2017. It could not count in 2016."""
    scheme = scheme_of(period={"start": "12-01", "end": "11-30", "lookback_hidden_years": 3, "tail_levels": [3, 4]})
    found = measures({"accidents_major": {"2016-12": 1}}, [Event("2016-12-10", 3, 12, "GK1", "2017-03-01")])
    assert value(found, scheme, "acc_level_eq", 3) == value(found, scheme, "acc_deaths_ge", 10) == 1


# --- a register without such an accident ------------------------------------------------------------------------------

FIRE = Event("2017-03-05", 2, 3, "HZ1")


@pytest.mark.parametrize(("registered", "events", "larger_fires", "worse_fires", "deadly_fires"), [
    ("2010-01", [], 0, 0, 0), ("2010-01", [FIRE], 1, 1, 1), ("2010-01", [Event("2017-03-05", 2, 3, "GK1")], 0, 0, 0), ("", [], None, None, None),
    ("2018-01", [], None, None, None),  # the register begins after the year that is assessed
])
def test_a_register_without_such_an_accident_means_none_by_category_too(registered, events, larger_fires, worse_fires, deadly_fires):
    scheme, found = scheme_of(), measures({"accidents_larger": {"2017-03": 7}}, events, registered=registered)
    assert value(found, scheme, "acc_level_eq", 2) == 7, "as reported, where it is"
    assert [value(found, scheme, *name) for name in (("acc_level_eq.HZ", 2), ("acc_level_ge.HZ", 2), ("acc_deaths_ge.HZ", 3))] == [
        larger_fires, worse_fires, deadly_fires]


# --- the tail of a period -----------------------------------------------------------------------------------------------

TAIL = {"start": "12-01", "end": "11-30", "tail_levels": [3, 4]}


@pytest.mark.parametrize(("major", "larger", "counts"), [
    ({"2017-12": 1}, {}, [1, 1, 1, 0]),                     # of December of the year: counts now, as a larger or worse one too
    ({"2016-12": 1}, {}, [0, 0, 0, 0]),                     # of the December before: counted in its own year
    ({"2016-12": 1, "2017-12": 1}, {"2016-12": 1, "2017-12": 1}, [1, 1, 2, 1]),
    ({}, {"2017-12": 1}, [0, 0, 0, 0]),                     # a larger one of December belongs to the next period
])
@pytest.mark.parametrize("parts", [True, False])
def test_the_tail_of_the_worst_accidents_counts_among_those_of_a_lower_level_and_worse(major, larger, counts, parts):
    """As reported by level and as the official monthly sheet has it: larger and worse, major and worse."""
    both = {m: major.get(m, 0) + larger.get(m, 0) for m in {*major, *larger}}
    reported = {"accidents_larger_plus": both, "accidents_major_plus": major, "accidents_major": major, "accidents_larger": larger}
    if parts:
        reported |= {"accidents_extreme": {}}
    found = measures(reported, registered="")
    scheme = scheme_of(period=TAIL)
    assert [value(found, scheme, *name) for name in (("acc_level_eq", 3), ("acc_level_ge", 3), ("acc_level_ge", 2), ("acc_level_eq", 2))] == counts


def test_without_a_tail_the_months_of_the_period_count():
    found = measures({"accidents_larger_plus": {"2016-12": 1, "2017-12": 5}, "accidents_major_plus": {"2016-12": 1}})
    assert value(found, scheme_of(period={**TAIL, "tail_levels": []}), "acc_level_ge", 2) == 1


# --- last year -----------------------------------------------------------------------------------------------------------


def said(**periods: int) -> dict[str, dict[str, Figure]]:
    return {p.replace("_", "-"): {"all": Figure(Decimal(n), None, Decimal(n), "all")} for p, n in periods.items()}


@pytest.mark.parametrize(("own", "priors", "cycle", "before"), [
    ({"2016-01": 1}, {}, "year", 1),                                                              # as we know it: the months of last year
    (None, {}, "year", None),
    (None, {"ytd": said(m2017_12=7)}, "year", 7),                                                 # reported beside this year's
    (None, {"ytd": said(m2017_03=3, m2017_06=8)}, "quarter", (3, 5, None, None)),                 # from January on, by the quarter
    (None, {"month": said(**{f"m2017_{n:02d}": n for n in range(1, 13)})}, "quarter", (6, 15, 24, 33)),
    (None, {"quarter": said(m2017Q3=4)}, "quarter", (None, None, 4, None)),
])
def test_last_year_is_our_own_figure_or_the_one_reported_beside_this_year_s(own, priors, cycle, before):
    found = measures({"deaths": {}})
    figures = found.figures["R", "deaths", "TOTAL", "month"]
    for period in list(figures):
        if own is None and period.startswith("2016"):
            del figures[period]
        elif own and period in own:
            figures[period] = {"all": Figure(Decimal(own[period]), None, Decimal(own[period]), "all")}
    found.priors = {("R", "deaths", "TOTAL", span): {p.removeprefix("m"): by for p, by in periods.items()} for span, periods in priors.items()}
    scheme = scheme_of(cycle=cycle)
    got = tuple(value(found, scheme, "deaths_prev", window=w) for w in windows(scheme))
    assert got == (before if isinstance(before, tuple) else (before,))
    _, inputs = found.get(scheme, windows(scheme)[0], "R", "deaths_prev")
    assert {(i.table, i.period[:4]) for i in inputs} <= {("indicators", "2016")} if own else {("comparisons", "2017")}
    assert found.get(scheme, windows(scheme)[0], "R", "deaths_prev2") == (None, ())


def test_months_of_our_own_and_months_reported_beside_this_year_s_are_one_sum():
    found = measures({"deaths": {}})
    figures = found.figures["R", "deaths", "TOTAL", "month"]
    del figures["2016-02"]
    figures["2016-01"] = said(x=4)["x"]
    found.priors = {("R", "deaths", "TOTAL", "month"): {"2017-02": said(x=3)["x"], "2017-01": said(x=99)["x"]}}
    scheme = scheme_of(cycle="quarter")
    total, inputs = found.get(scheme, windows(scheme)[0], "R", "deaths_prev")
    assert total == 7 and [(i.table, i.period) for i in inputs] == [("indicators", "2016-01"), ("comparisons", "2017-02"), ("indicators", "2016-03")]


# --- what stands at the end of a month -----------------------------------------------------------------------------------


def test_a_period_that_is_none_of_the_calendar_takes_a_state_from_its_last_month_and_divides_by_one():
    """December to November: 12 months of 10 trained, over the plan of November; the enterprises of November; of different units nothing is known."""
    def of(numerator, denominator=None):
        return {m: {"all": Figure(Decimal(numerator(n)), denominator and Decimal(denominator(n)), Decimal(numerator(n)), "all")} for n, m in enumerate(YEARS)}

    figures = {("R", "training", "TOTAL", "month"): of(lambda _: 10, lambda n: 200 if n == 22 else 90), ("R", "registered", "TOTAL", "month"): of(lambda n: n),
               ("R", "checked", "TOTAL", "month"): of(lambda _: 5), ("R", "visits", "TOTAL", "month"): of(lambda _: 5)}
    names = [key[1] for key in figures]
    found = Measures(figures=figures, scales={"training": (Decimal(100), 2, True)} | {n: (Decimal(1), 0, True) for n in names[1:]}, bases=("all",), reached="2017-12",
                     newest=dict.fromkeys(names, "2017-12"), states={"training": "over", "registered": "state", "checked": "distinct"})
    scheme = scheme_of(period={"start": "12-01", "end": "11-30"})
    assert [value(found, scheme, name) for name in names] == [60, 22, None, 60]

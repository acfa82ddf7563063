"""Benchmarks: median, best, distances, percentile, and the bottom of a list with its ties; in every cycle of the year."""

from __future__ import annotations

import pytest

from .bureau import CITY, bureau_at

COUNTIES = [f"9901{n:02d}" for n in range(1, 10)]
NINE = f"\n{CITY},河阳市,Heyang,city\n" + "".join(f"{c},{n}号县,,county,{CITY}\n" for n, c in enumerate(COUNTIES, start=1))


def standing(tables, indicator="deaths", period="2015-01", span="month", group="all") -> dict:
    rows = tables.where("benchmarks", indicator_id=indicator, period=period, span=span, peer_group=group, level="county")
    return {r["region_id"]: r for r in rows}


def bottom(tables, **where) -> set:
    return {r for r, row in standing(tables, **where).items() if row["bottom"]}


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("benchmarks"), NINE, peer_groups={"山区": COUNTIES[:4], "只有一个": COUNTIES[8:]})
    bureau.report("2015-01", "2015-02-05", region_id=COUNTIES, deaths=[0, 1, 1, 4, 5, 7, 7, 7, None], events=[3] * 8 + [None])
    bureau.report("2015-01", "2015-02-06", form="F04", region_id=COUNTIES[:3], gen_found=[10, 10, 8], gen_fixed=[9, 5, 8])
    return bureau.compute()


def test_the_median_of_eight_is_the_mean_of_the_two_in_the_middle(nine):
    found = standing(nine)
    assert {(r["median"], r["best"], r["worst"], r["peers"]) for r in found.values()} == {(4.5, 0, 7, 8)}
    assert [found[c]["from_median"] for c in COUNTIES[:4]] == [-4.5, -3.5, -3.5, -0.5]
    assert [found[c]["from_best"] for c in COUNTIES[:4]] == [0, 1, 1, 4]
    assert COUNTIES[8] not in found, "who has not reported has no standing"


def test_the_percentile_counts_who_does_worse_and_half_of_who_does_the_same(nine):
    """Of the other seven: all do worse than the first; six less the tied one than the second, which counts half."""
    found = standing(nine)
    assert found[COUNTIES[0]]["percentile"] == 100
    assert found[COUNTIES[1]]["percentile"] == found[COUNTIES[2]]["percentile"] == 78.57, "(5 + 1/2) / 7"
    assert found[COUNTIES[7]]["percentile"] == 14.29, "(0 + 2/2) / 7"


def test_the_bottom_holds_the_three_worst_and_everyone_who_ties_at_its_edge(nine, tmp_path):
    """Of 0, 1, 1, 4, 5, 7, 7, 7 the three worst have 7. Where 5 has a second one, both are the third worst."""
    assert bottom(nine) == set(COUNTIES[5:8])
    bureau = bureau_at(tmp_path, NINE)
    bureau.report("2015-01", "2015-02-05", region_id=COUNTIES, deaths=[0, 1, 1, 4, 5, 5, 6, 7, None])
    assert bottom(bureau.compute()) == set(COUNTIES[4:8])


def test_of_few_the_worst_are_as_many_as_asked_for_but_never_the_best(nine):
    """The specification knows no share of the peers: the three worst of four are three of them, and of three all but the best."""
    assert bottom(nine, group="山区") == set(COUNTIES[1:4])
    assert bottom(nine, indicator="rectification_rate") == {COUNTIES[0], COUNTIES[1]}


def test_where_all_are_equal_nobody_is_at_the_bottom(nine):
    assert bottom(nine, indicator="accidents") == set()
    assert {r["percentile"] for r in standing(nine, "accidents").values()} == {50}


def test_where_more_is_better_the_largest_is_the_best(nine):
    found = standing(nine, "rectification_rate")
    assert [(found[c]["best"], found[c]["median"], found[c]["percentile"]) for c in COUNTIES[:3]] == [(100, 90, 50), (100, 90, 0), (100, 90, 100)]


def test_within_a_group_the_measure_is_the_group(nine):
    found = standing(nine, group="山区")
    assert {(r["median"], r["best"], r["peers"]) for r in found.values()} == {(1, 0, 4)}
    assert standing(nine, group="只有一个") == {}


def test_one_measure_under_two_names_is_one_benchmark(nine):
    assert not nine.where("benchmarks", indicator_id="F02.deaths")


def test_the_bottom_is_the_worst_whichever_way_the_ranks_are_counted_and_as_long_as_configured(tmp_path):
    bureau = bureau_at(tmp_path, NINE, ranking={"rank_1": "worst", "bottom_k": 1})
    bureau.report("2015-01", "2015-02-05", region_id=COUNTIES, deaths=range(9))
    tables = bureau.compute()
    assert bottom(tables) == {COUNTIES[8]}
    assert standing(tables)[COUNTIES[8]]["rank"] == 1
    assert standing(tables)[COUNTIES[8]]["percentile"] == 0


def test_each_cycle_of_the_year_has_its_benchmarks(tmp_path):
    """Month, quarter, half year, year and year to date, each from its own sums."""
    bureau = bureau_at(tmp_path, NINE)
    for month in range(1, 13):
        bureau.report(f"2015-{month:02d}", f"2015-{month:02d}-28" if month == 12 else f"2015-{month + 1:02d}-05", region_id=COUNTIES[:3], deaths=[month, 1, 0])
    tables = bureau.compute()
    cycles = {("2015-03", "month"): 3, ("2015Q1", "quarter"): 6, ("2015H2", "half"): 57, ("2015", "year"): 78, ("2015-11", "ytd"): 66}
    for (period, span), deaths in cycles.items():
        found = standing(tables, period=period, span=span)
        assert (found[COUNTIES[0]]["value"], found[COUNTIES[0]]["percentile"], found[COUNTIES[0]]["bottom"]) == (deaths, 0, True), period


def test_a_benchmark_is_explained_down_to_its_cells(tmp_path, capsys):
    bureau = bureau_at(tmp_path, NINE)
    bureau.report("2015-01", "2015-02-05", region_id=COUNTIES[:3], deaths=[4, 1, 0])
    assert bureau.run() == 0
    capsys.readouterr()
    assert bureau.run("benchmarks", "indicator_id=deaths", "span=month", f"region_id={COUNTIES[0]}", command="explain") == 0
    out = capsys.readouterr().out
    assert "4 - 1 = 3" in out and "100 x (0 + 0/2) / (3 - 1) = 0" in out and "F02_2015-01_2015-02-05.csv" in out

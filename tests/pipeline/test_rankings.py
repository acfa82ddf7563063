"""Ranks: ties and gaps, who is listed without one, which way is good, who counts towards others, and peer groups."""

from __future__ import annotations

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, SOUTH, WEST, bureau_at

COUNTIES = [f"9901{n:02d}" for n in range(1, 9)]
EIGHT = f"\n{CITY},河阳市,Heyang,city\n" + "".join(f"{c},{n}号县,,county,{CITY}\n" for n, c in enumerate(COUNTIES, start=1))
# Of the eight, two tie twice and one has not reported.
DEATHS = dict(zip(COUNTIES, [3, 1, 3, 0, 7, 7, 9, None], strict=True))


def ranks(tables, indicator="deaths", period="2015-01", span="month", group="all", level="county") -> dict:
    """{region: (rank, tied, reason)}"""
    rows = tables.where("rankings", indicator_id=indicator, category="TOTAL", period=period, span=span, peer_group=group, level=level)
    return {row["region_id"]: (row["rank"], row["tied"], row["reason"]) for row in rows}


def sent(path, regions=EIGHT, deaths=DEATHS, **settings):
    bureau = bureau_at(path, regions, **settings)
    reported = {r: d for r, d in deaths.items() if d is not None}
    bureau.report("2015-01", "2015-02-05", region_id=reported, deaths=reported.values())
    return bureau


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    groups = {"一类县": COUNTIES[:3], "二类县": [COUNTIES[4], COUNTIES[7]]}
    return sent(tmp_path_factory.mktemp("rankings"), peer_groups=groups).compute()


def test_ties_share_a_rank_and_leave_a_gap_and_who_has_not_reported_is_listed_last_without_one(ranked):
    assert ranks(ranked) == dict(zip(COUNTIES, [
        (3, True, None), (2, False, None), (3, True, None), (1, False, None), (5, True, None), (5, True, None), (7, False, None),
        (None, False, "not_reported"),
    ], strict=True))


def test_the_list_says_how_many_were_ranked_and_which_way(ranked):
    rows = ranked.where("rankings", indicator_id="deaths", category="TOTAL", period="2015-01", span="month", peer_group="all")
    assert {(row["ranked_count"], row["direction"], row["level"]) for row in rows} == {(7, "asc", "county")}


def test_within_a_peer_group_ranks_start_again_and_an_unreported_member_is_listed(ranked):
    assert ranks(ranked, group="一类县") == {COUNTIES[0]: (2, True, None), COUNTIES[1]: (1, False, None), COUNTIES[2]: (2, True, None)}
    assert ranks(ranked, group="二类县") == {COUNTIES[4]: (1, False, None), COUNTIES[7]: (None, False, "not_reported")}


def test_the_city_alone_on_its_level_gets_no_ranking(ranked):
    assert ranks(ranked, level="city") == {}


def test_a_zero_is_ranked_and_a_blank_is_not(ranked):
    assert ranks(ranked)[COUNTIES[3]][0] == 1


def test_rank_one_may_be_the_worst_and_each_indicator_may_say_otherwise(tmp_path):
    bureau = sent(tmp_path, ranking={"rank_1": "worst", "indicators": {"accidents": "best"}})
    bureau.report("2015-02", "2015-03-05", region_id=COUNTIES[:3], deaths=[1, 2, 3], events=[10, 20, 30])
    tables = bureau.compute()
    assert [ranks(tables)[c][0] for c in COUNTIES] == [4, 6, 4, 7, 2, 2, 1, None]
    assert [ranks(tables, "accidents", "2015-02")[c][0] for c in COUNTIES[:3]] == [1, 2, 3]
    assert {r["direction"] for r in tables.where("rankings", indicator_id="deaths")} == {"desc"}
    for twin, indicator in (("F02.deaths", "deaths"), ("F02.events", "accidents")):
        assert ranks(tables, twin, "2015-02") == ranks(tables, indicator, "2015-02"), "one measure under two names has one order"
    assert {r["direction"] for r in tables.where("rankings", indicator_id="accidents")} == {"asc"}


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three counties: hazards in January, a target of accidents in February, printed ranks in March."""
    bureau = bureau_at(tmp_path_factory.mktemp("three"))
    bureau.report("2015-01", "2015-02-05", form="F04", region_id=[EAST, WEST, SOUTH], gen_found=[100, 100, 200], gen_fixed=[96, 99, 192])
    bureau.write("targets.csv", f"year,region_id,indicator_id,target\n2015,{EAST},accidents,10\n2015,{WEST},accidents,10\n")
    bureau.report("2015-01..2015-02", "2015-03-05", region_id=[EAST, WEST], events=[5, 4])
    bureau.report("2015-03", "2015-04-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 1, 3], deaths_rank=[1, 1, 2])
    return bureau.compute()


def test_where_more_is_better_the_largest_comes_first(three):
    assert {r: v[:2] for r, v in ranks(three, "rectification_rate").items()} == {EAST: (2, True), WEST: (1, False), SOUTH: (2, True)}
    assert {r["direction"] for r in three.where("rankings", indicator_id="rectification_rate")} == {"desc"}


@pytest.fixture(scope="module")
def zones(tmp_path_factory):
    """The zone is shown but not ranked; the resort is ranked but does not push others; both have the fewest deaths."""
    regions = CITY_AND_COUNTIES + f"""
990171,高新区,Zone,county,{CITY},,,zone,false,false,false
990172,风景区,Resort,county,{CITY},,,zone,true,false,false
990173,开发区,Park,county,{CITY},,,zone,false,true,false
"""
    deaths = {EAST: 5, WEST: 8, SOUTH: 8, "990171": 0, "990172": 6, "990173": 7}
    return ranks(sent(tmp_path_factory.mktemp("zones"), regions, deaths).compute())


def test_a_unit_that_is_not_ranked_is_shown_without_a_rank(zones):
    assert zones["990171"] == (None, False, "not_ranked")
    assert zones["990173"] == (None, False, "not_ranked")


def test_a_unit_that_does_not_count_pushes_nobody_and_one_that_counts_does(zones):
    """Before West and South stand East (5) and the park (7, counted); the resort (6) is not counted, the zone (0) neither."""
    assert (zones[EAST], zones["990172"]) == ((1, False, None), (2, False, None))
    assert (zones[WEST], zones[SOUTH]) == ((3, True, None), (3, True, None))


def test_a_unit_that_did_not_exist_yet_is_not_listed(tmp_path):
    bureau = sent(tmp_path, EIGHT + f"990120,新县,,county,{CITY},2015-02-01\n")
    bureau.report("2015-02", "2015-03-05", region_id=COUNTIES[:2], deaths=[1, 2])
    tables = bureau.compute()
    assert "990120" not in ranks(tables)
    assert ranks(tables, period="2015-02")["990120"] == (None, False, "not_reported")


def test_progress_is_ranked_and_more_of_the_target_used_up_is_worse(tmp_path):
    bureau = sent(tmp_path, deaths=dict(zip(COUNTIES[:3], [2, 2, 0], strict=True)))
    bureau.write("targets.csv", "year,region_id,indicator_id,target\n" + "".join(f"2015,{c},{i},{t}\n" for c, i, t in [
        (COUNTIES[0], "deaths", 10), (COUNTIES[1], "deaths", 4), (COUNTIES[2], "deaths", 0), (COUNTIES[0], "accidents", 10), (COUNTIES[1], "accidents", 10)]))
    bureau.report("2015-02", "2015-03-05", region_id=COUNTIES[:3], deaths=[0, 0, 0], events=[0, 1, 0])
    tables = bureau.compute()
    found = ranks(tables, "target_progress", span="ytd")
    assert (found[COUNTIES[0]], found[COUNTIES[1]]) == ((1, False, None), (2, False, None))
    assert found[COUNTIES[2]] == (None, False, "target_zero"), "a target of 0 has no percentage to rank"
    assert found[COUNTIES[3]] == (None, False, "not_reported")
    values = {r["region_id"]: r["value"] for r in tables.where("rankings", indicator_id="target_progress", period="2015-01") if r["value"] is not None}
    assert values == {COUNTIES[0]: 20, COUNTIES[1]: 50}


def test_progress_of_another_target_is_ranked_under_its_own_name(three):
    found = ranks(three, "target_progress.accidents", "2015-02", span="ytd")
    assert {r: v[0] for r, v in found.items()} == {EAST: 2, WEST: 1, SOUTH: None}


def test_who_exceeds_a_target_of_none_is_listed_without_a_percentage_as_having_exceeded_it(tmp_path):
    bureau = sent(tmp_path, deaths=dict(zip(COUNTIES[:4], [9, 1, 0, 5], strict=True)))
    bureau.write("targets.csv", "year,region_id,indicator_id,target\n" + "".join(f"2015,{c},deaths,{t}\n" for c, t in zip(COUNTIES, [10, 0, 0, 10], strict=False)))
    found = ranks(bureau.compute(), "target_progress", span="ytd")
    assert [found[c] for c in COUNTIES[:5]] == [
        (2, False, None), (None, False, "over"), (None, False, "target_zero"), (1, False, None), (None, False, "not_reported")]


def test_who_has_reported_nothing_to_divide_by_has_no_rate_and_has_not_failed_to_report(bureau):
    """No accidents, no mean of deaths; no hazards found, no share rectified. Who is incomplete is so in the ranking of a rate too."""
    bureau.regions(EIGHT, f"990130,新区,,district,{CITY}\n990131,甲街道,,township,990130\n990132,乙街道,,township,990130\n990140,老区,,district,{CITY}\n")
    bureau.report("2015-01", "2015-02-05", region_id=[*COUNTIES[:3], "990131", "990140"], events=[4, 0, 2, 3, 2], deaths=[2, 0, None, 1, 1])
    bureau.report("2015-01", "2015-02-06", form="F04", region_id=COUNTIES[:2], gen_found=[10, 0], gen_fixed=[9, 0])
    tables = bureau.compute()
    assert [ranks(tables, "deaths_per_accident")[c] for c in COUNTIES[:4]] == [
        (1, False, None), (None, False, "not_applicable"), (None, False, "not_reported"), (None, False, "not_reported")]
    assert ranks(tables, "deaths_per_accident", level="district") == {"990130": (None, False, "partial"), "990140": (1, False, None)}
    assert ranks(tables, "rectification_rate")[COUNTIES[1]] == (None, False, "not_applicable")
    assert ranks(tables)[COUNTIES[1]] == (1, False, None), "none is a number of deaths"


def test_printed_ranks_are_compared_with_ours(three):
    verdicts = {r["region_id"]: (r["printed"], r["recomputed"], r["verdict"]) for r in three.where("reconciliations", kind="rank")}
    assert verdicts == {EAST: ("1", 1, "reproduced"), WEST: ("1", 1, "reproduced"), SOUTH: ("2", 3, "contradiction")}

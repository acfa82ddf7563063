"""How sure a rank and a change are: from the files of an invented bureau to the released tables, by hand from exact tables."""

from __future__ import annotations

import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at

COUNTIES = [f"9901{n:02d}" for n in range(1, 7)]
SIX = f"\n{CITY},河阳市,Heyang,city\n" + "".join(f"{c},{n}号县,,county,{CITY}\n" for n, c in enumerate(COUNTIES, start=1))


def intervals(tables, indicator="deaths", period="2015-01", group="all", category="TOTAL") -> dict:
    """{region: (rank, rank_low, rank_high)}"""
    rows = tables.where("rankings", indicator_id=indicator, category=category, period=period, peer_group=group, level="county")
    return {r["region_id"]: (r["rank"], r["rank_low"], r["rank_high"]) for r in rows if r["span"] != "ytd" or indicator.startswith("target")}


def change(tables, region, indicator="deaths", period="2015-01", kind="yoy") -> tuple:
    row = tables.one("comparisons", region_id=region, indicator_id=indicator, period=period, kind=kind, category="TOTAL", span="month")
    return row["p_value"], row["within_chance"]


@pytest.fixture(scope="module")
def sure(tmp_path_factory):
    """Six counties: deaths from 0 to 200, accidents all equal, losses, hazards found and rectified; a year before; targets."""
    bureau = bureau_at(tmp_path_factory.mktemp("certainty"), SIX, peer_groups={"小县": COUNTIES[:3]})
    bureau.report("2014-01", "2014-02-05", region_id=COUNTIES, deaths=[2, 10, 0, 150, 4, 66], events=[5] * 6, loss=[1, 2, 3, 4, 5, 6])
    bureau.report("2015-01", "2015-02-05", region_id=COUNTIES, deaths=[3, 2, 0, 200, 13, 66], events=[5] * 6, loss=[6, 5, 4, 3, 2, 1])
    bureau.report("2015-01", "2015-02-06", form="F04", region_id=COUNTIES, gen_found=[10, 1000, 1000, 10, 20, 8],
                  gen_fixed=[9, 900, 600, 9, 3, 8])
    bureau.write("targets.csv", "year,region_id,indicator_id,target\n" + "".join(f"2015,{c},deaths,20\n" for c in COUNTIES))
    return bureau.compute()


def test_three_instead_of_two_is_within_chance_and_two_instead_of_ten_is_not(sure):
    """Of 5 deaths 3 or more in one of two years: always (p = 1). Of 12, 2 or fewer: 2 x 79/4096 = 0.0386."""
    assert change(sure, COUNTIES[0]) == (1, True)
    assert change(sure, COUNTIES[1]) == (0.0386, False)
    assert change(sure, COUNTIES[2]) == (1, True)
    assert change(sure, COUNTIES[4]) == (0.049, False), "13 of 17: 2 x (2380 + 680 + 136 + 17 + 1)/131072 = 0.0490"


def test_money_is_neither_ranked_with_an_interval_nor_tested(sure):
    assert change(sure, COUNTIES[0], "direct_loss") == (None, None)
    assert {v[1:] for v in intervals(sure, "direct_loss").values()} == {(None, None)}
    assert all(v[0] for v in intervals(sure, "direct_loss").values())


def test_where_all_are_equal_every_rank_may_be_any(sure):
    assert set(intervals(sure, "accidents").values()) == {(1, 1, 6)}


def test_only_who_lies_wholly_outside_is_surely_better_or_worse(sure):
    """Six exact intervals that hold together with 90 %, each with 98.26 %: 0: 0-4.74; 2: 0.1-8.8; 3: 0.4-10.5; 13: 5.9-24.4; 66: 48-89; 200: 167-236."""
    found = intervals(sure)
    assert found[COUNTIES[3]] == (6, 6, 6)
    assert found[COUNTIES[5]] == (5, 5, 5)
    assert found[COUNTIES[2]] == (1, 1, 3), "none is surely better than the county with none; the 13 are surely worse"
    assert found[COUNTIES[4]] == (4, 2, 4)
    assert found[COUNTIES[0]] == (3, 1, 4) and found[COUNTIES[1]] == (2, 1, 4)


def test_a_share_of_few_is_less_sure_than_the_same_share_of_many(sure):
    found = intervals(sure, "rectification_rate")
    assert [found[c][0] for c in COUNTIES] == [2, 2, 5, 2, 6, 1]
    assert found[COUNTIES[2]] == (5, 2, 5), "600 of 1000 is surely behind 900 of 1000, and surely before 3 of 20"
    assert found[COUNTIES[1]] == (2, 1, 4), "900 of 1000 is before both, whatever the small ones are"
    assert found[COUNTIES[0]][1:] == (1, 5), "9 of 10 is only surely before 3 of 20"
    assert found[COUNTIES[4]] == (6, 6, 6), "3 of 20 reaches to 0.44; 8 of 8 begins at 0.0087 ** (1/8) = 0.55, 9 of 10 at 0.48"
    assert found[COUNTIES[5]] == (1, 1, 5), "all of 8"


def test_progress_of_a_target_is_as_sure_as_the_count_in_it(sure):
    assert {c: v[1:] for c, v in intervals(sure, "target_progress").items()} == {c: v[1:] for c, v in intervals(sure).items()}


def test_within_a_group_fewer_are_compared(sure):
    assert set(intervals(sure, group="小县").values()) == {(1, 1, 3), (2, 1, 3), (3, 1, 3)}


def test_the_rank_lies_in_its_interval_in_every_table(sure):
    rows = [r for r in sure.tables["rankings"] if r["rank_low"] is not None]
    assert len(rows) > 100
    assert all(1 <= r["rank_low"] <= r["rank"] <= r["rank_high"] <= r["ranked_count"] for r in rows)


def test_who_is_not_ranked_has_no_interval_and_who_does_not_count_moves_nobody(tmp_path):
    regions = f"\n{CITY},河阳市,Heyang,city\n{EAST},东山县,,county,{CITY}\n{WEST},西水县,,county,{CITY}\n{SOUTH},南林区,,county,{CITY},,,zone,false,false\n"
    regions += f"990104,风景区,,county,{CITY},,,zone,true,false\n990105,北县,,county,{CITY}\n"
    bureau = bureau_at(tmp_path, regions)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH, "990104"], deaths=[0, 100, 0, 50])
    found = intervals(bureau.compute())
    assert found[EAST] == (1, 1, 1) and found[WEST] == (2, 2, 2)
    assert found["990104"] == (2, 2, 2), "behind East and before West, which it does not push"
    assert found[SOUTH] == (None, None, None), "shown only"
    assert found["990105"] == (None, None, None), "not reported"


def test_a_change_that_was_printed_without_its_numbers_is_not_tested(tmp_path):
    bureau = bureau_at(tmp_path)
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST], deaths=[3, 7], deaths_py=["", 30], events=["", ""], events_yoy=["-43.7", ""])
    tables = bureau.compute()
    assert change(tables, EAST, "accidents") == (None, None)
    assert change(tables, EAST) == (None, None)
    assert change(tables, WEST) == (0.0002, False), "the printed number of last year is a base as well: 7 of 37"


def test_certainty_is_in_the_release(tmp_path):
    bureau = bureau_at(tmp_path)
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 9, 30])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[3, 9, 90])
    assert bureau.run() == 0
    tables = bureau.released()
    assert intervals(tables) == {EAST: (1, 1, 2), WEST: (2, 1, 2), SOUTH: (3, 3, 3)}
    assert [change(tables, r)[1] for r in (EAST, WEST, SOUTH)] == [True, True, False]

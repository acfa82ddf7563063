"""The closed loop of listed hazards: found, ordered, listed, accepted, closed, with counts and shares counted by hand."""

from __future__ import annotations

import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at
from .test_hazards import CLOSED, hazard, register

ACCEPTED = {"status": "验收", "accepted_on": "2015-02-25"}
STEPS = ("found", "ordered", "listed", "accepted", "closed")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """January: four in the east (closed, accepted, open, taken back), one each in the west (coal) and void; March: one in the south."""
    made = bureau_at(tmp_path_factory.mktemp("funnel"))
    made.send("january.csv", register(
        hazard("DONE"), hazard("CHECKED"), hazard("OPEN"), hazard("BACK"), hazard("COAL", region=WEST, sector="煤矿"), hazard("VOID"), hazard("SENT"),
    ), "2015-02-05")
    made.send("february.csv", register(
        hazard("DONE", closed_on="2015-02-10", **CLOSED), hazard("CHECKED", **ACCEPTED), hazard("BACK", closed_on="2015-02-10", **CLOSED),
        hazard("VOID", status="误报"), hazard("SENT", status="移送"),
    ), "2015-03-05")
    made.send("march.csv", register(
        hazard("BACK", status="挂牌督办"),
        hazard("SKIP", region=SOUTH, found_on="2015-03-02", ordered_on="", listed_on="2015-03-04", due_on="2015-03-31"), period="2015-03"), "2015-04-05")
    return made.compute(as_of="2015-04-06")


def funnel(tables, region: str, period: str, span: str = "month", category: str = "TOTAL") -> dict[str, tuple]:
    rows = tables.where("hazard_funnel", region_id=region, period=period, span=span, category=category)
    return {r["step"]: (r["hazards"], r["share_of_previous_pct"], r["share_of_found_pct"], r["average_days"]) for r in rows}


def test_each_step_counts_the_hazards_that_took_it_and_their_share_of_the_step_before(tables):
    """DONE and CHECKED were accepted, 35 and 51 days after the listing of 5 January; DONE was closed one day after its acceptance."""
    assert funnel(tables, EAST, "2015-01") == {
        "found": (4, None, 100, None), "ordered": (4, 100, 100, 1), "listed": (4, 100, 100, 2), "accepted": (2, 50, 50, 43), "closed": (1, 50, 25, 1)}


def test_an_acceptance_counts_no_more_once_the_hazard_is_open_again(tables):
    assert tables.one("major_hazards", hazard_id="BACK")["status"] == "listed"
    assert funnel(tables, EAST, "2015-01")["accepted"][0] == 2


def test_what_is_void_or_transferred_is_not_in_the_loop(tables):
    assert funnel(tables, CITY, "2015-01")["found"][0] == 5


def test_a_region_above_adds_up_what_is_below_and_a_sector_stands_alone(tables):
    assert funnel(tables, CITY, "2015-01")["accepted"] == (2, 40, 40, 43)
    assert funnel(tables, CITY, "2015-01", category="煤矿") == {"found": (1, None, 100, None), "ordered": (1, 100, 100, 1), "listed": (1, 100, 100, 2)}
    assert funnel(tables, WEST, "2015-01") == funnel(tables, WEST, "2015-01", category="煤矿")


def test_a_step_that_was_passed_over_does_not_count_and_no_share_is_above_a_hundred(tables):
    """SKIP was listed without an order: of none ordered none could be listed, and yet one was listed."""
    assert funnel(tables, SOUTH, "2015-03") == {"found": (1, None, 100, None), "listed": (1, None, 100, None)}
    for row in tables.tables["hazard_funnel"]:
        assert row["share_of_previous_pct"] is None or 0 <= row["share_of_previous_pct"] <= 100


def test_longer_stretches_hold_the_hazards_of_their_months(tables):
    assert {s: n for s, (n, *_) in funnel(tables, CITY, "2015Q1", "quarter").items()} == dict(zip(STEPS, (6, 5, 6, 2, 1), strict=True))
    assert funnel(tables, CITY, "2015-03", "ytd") == funnel(tables, CITY, "2015Q1", "quarter")
    assert funnel(tables, CITY, "2015", "year") == {}, "the register has not yet spoken of the whole year"


def test_a_month_in_which_none_was_found_has_no_row(tables):
    assert funnel(tables, CITY, "2015-02") == {}

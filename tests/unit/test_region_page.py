"""What a region's page leaves out so that a phone opens it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from pipelines import reference
from pipelines.publish import page_numbers
from pipelines.publish.release_data import ReleaseData
from pipelines.publish.views.reporting import ReportingView
from pipelines.publish.words import Words

REFERENCE = reference.load()


@pytest.fixture
def release(tmp_path):
    """`release(indicators=[...])`: a release of the named tables, given as rows."""
    def write(**tables):
        (tmp_path / "parquet").mkdir()
        (tmp_path / "manifest.json").write_text(json.dumps({"release": "2024-12.v1"}), encoding="utf-8")
        for name, rows in tables.items():
            pd.DataFrame(rows).to_parquet(tmp_path / "parquet" / f"{name}.parquet", index=False)
        return ReleaseData(tmp_path, REFERENCE)

    return write


def number(indicator, period="2024", span="year", category="TOTAL", region="990101", **given):
    return {"region_id": region, "indicator_id": indicator, "category": category, "period": period, "span": span, "basis": "all", "value": 1.0,
            "source": "own", "obs_status": "final", **given}


def shown(data, room=page_numbers.SHOWN):
    page_numbers.choose(data, room)
    return {(r["indicator_id"], r["period"], r["span"]) for r in data.rows("SELECT * FROM page_numbers")}


def test_a_page_without_room_keeps_the_newest_table_of_a_form_and_what_only_older_ones_have(release):
    """The units inspected are known of a month and not of the year; visits are known of both."""
    data = release(indicators=[number("F03.visits"), *(number(name, month, "month") for month in ("2024-12", "2024-11") for name in ("F03.visits", "F03.units_checked"))])
    assert shown(data, 1) == {("F03.visits", "2024", "year"), ("F03.units_checked", "2024-12", "month")}
    assert data.rows("SELECT count(*) AS n FROM page_tables WHERE left_out") == [{"n": 2}]


def test_a_page_with_room_shows_all_but_what_says_the_same_twice_or_nothing(release):
    """January from January on is January; a measure with a name of its own is shown under that; a rate of incomplete sums says nothing."""
    data = release(indicators=[
        number("F03.visits", "2024-01", "month"), number("F03.visits", "2024-01", "ytd"), number("F03.visits", "2024-02", "ytd"),
        number("deaths", "2024-02", "ytd"), number("F02.deaths", "2024-02", "ytd"),
        number("deaths_per_accident", obs_status="partial"), number("deaths", obs_status="partial"),
    ])
    assert shown(data) == {("F03.visits", "2024-01", "month"), ("F03.visits", "2024-02", "ytd"), ("deaths", "2024-02", "ytd"), ("deaths", "2024", "year")}


def test_a_change_whose_numbers_were_not_published_is_shown_and_one_that_is_not_known_is_not(release):
    change = {"region_id": "990101", "category": "TOTAL", "period": "2024", "span": "year", "basis": "all", "kind": "yoy", "change": None}
    data = release(indicators=[number("accidents")], comparisons=[
        {**change, "indicator_id": "deaths", "change_pct": -3.5}, {**change, "indicator_id": "accidents", "change_pct": 1.0},
        {**change, "indicator_id": "injured", "change_pct": None},
    ])
    assert shown(data) == {("accidents", "2024", "year"), ("deaths", "2024", "year")}


def test_the_place_of_a_region_is_the_newest_and_never_one_among_one(release):
    rank = {"region_id": "990101", "category": "TOTAL", "basis": "all", "level": "county", "peer_group": "all", "value": 1.0, "rank": 2, "ranked_count": 3}
    data = release(indicators=[number("deaths")], rankings=[
        {**rank, "indicator_id": "deaths", "period": "2024", "span": "year"}, {**rank, "indicator_id": "deaths", "period": "2024-12", "span": "month"},
        {**rank, "indicator_id": "accidents", "period": "2024", "span": "year", "ranked_count": 1},
        {**rank, "indicator_id": "F02.deaths", "period": "2024", "span": "year"},
    ])
    page_numbers.choose(data)
    assert [(r["indicator_id"], r["span"]) for r in data.rows("SELECT * FROM page_places")] == [("deaths", "year")]


def test_only_figures_that_a_number_may_come_from_are_needed(release):
    data = release(indicators=[number("F03.visits"), number("deaths", category="DL", source="dimension")])
    page_numbers.choose(data)
    found = {(r["form_id"], r["measure"], r["category"]) for r in data.rows("SELECT * FROM page_figures")}
    assert ("F03", "visits", "TOTAL") in found
    assert ("F02", "deaths", None) in found
    assert not any(measure == "units_checked" for _, measure, _ in found)


def test_the_basis_is_named_where_a_form_has_several(release):
    data = release(indicators=[number("F01.deaths"), number("F01.deaths") | {"basis": "production"}, number("F05.closed"), number("F02.deaths")])
    assert [data.basis_of("F01", basis, "zh") for basis in ("all", "production")] == ["各类事故", "生产安全事故"]
    assert data.basis_of("F05", "all", "zh") == ""
    assert data.basis_of("F02", "all", "zh") == "各类事故", "the form has a column for it"


def test_a_month_and_the_year_so_far_are_one_report(release):
    of = {"form_id": "F02", "measure": "deaths", "category": "TOTAL", "basis": "all", "region_id": "990101", "value": 1}
    data = release(figures=[{**of, "period": f"2024-0{n}", "span": span} for n in (1, 2) for span in ("month", "ytd")])
    assert ReportingView(data, Words("zh"), SimpleNamespace(root="990101", time_zone=None))._reports == {("990101", "2024"): {"F02": 2}}

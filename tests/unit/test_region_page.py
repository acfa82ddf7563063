"""What a region's page leaves out so that a phone opens it."""

from __future__ import annotations

from pipelines.publish.views import region
from pipelines.publish.views.region import RegionView


def test_a_page_without_room_keeps_the_newest_table_of_a_form_and_what_only_older_ones_have(monkeypatch):
    """The units inspected are known of a month and not of the year; visits are known of both."""
    def table(*indicators):
        return {("F03", "all"): [{"indicator_id": name} for name in indicators]}

    monkeypatch.setattr(region, "NUMBERS_SHOWN", 1)
    blocks = {("2024", "year"): table("F03.visits"), ("2024-12", "month"): table("F03.visits", "F03.units_checked"),
              ("2024-11", "month"): table("F03.visits", "F03.units_checked")}
    left_out = object.__new__(RegionView)._leave_out_the_old(blocks)
    assert left_out == 2
    assert blocks == {("2024", "year"): table("F03.visits"), ("2024-12", "month"): table("F03.units_checked")}

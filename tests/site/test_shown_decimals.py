"""A number is rounded once, from what is exact, and shown with the decimals that it is stored with."""

from __future__ import annotations

import re

import pytest
from pipeline.bureau import EAST, WEST, bureau_at

from pipelines.cli import main


@pytest.mark.parametrize(("decimals", "shown"), [(2, "0.12%"), (3, "0.125%")])
def test_a_change_is_not_rounded_twice(tmp_path, decimals, shown):
    """623 more than 500,000 are 0.1246 %: 0.12 with two decimals, 0.125 with three, and never 0.13, which is 0.125 rounded again."""
    bureau = bureau_at(tmp_path, rounding={"decimals": {"change_pct": decimals}})
    for year, accidents in ((2014, 500_000), (2015, 500_623)):
        bureau.report(str(year), f"{year + 1}-01-05", region_id=[EAST, WEST], events=[accidents, 1], deaths=[1, 1])
    assert main(["run", str(bureau.folder), "--out", str(bureau.out)]) == 0
    assert bureau.released().one("comparisons", region_id=EAST, indicator_id="accidents", kind="yoy", period="2015", category="TOTAL")["change_pct"] == float(shown[:-1])
    page = (bureau.out / "site" / "regions" / EAST / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r"0\.1[23]5?%", page)) == {shown}

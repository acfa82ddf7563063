"""What becomes of a cell that is more or less than a number: stored, marked, and kept out of sums where it must be."""

from __future__ import annotations

import pytest

from .bureau import EAST, SOUTH, WEST, bureau_at

FILE = """# 表号: F02
# 报告期: 2015-01
地区,类别,起数,死亡,重伤,直接经济损失
东山县,合计,2400余,近20,约5,41.1
东山县,煤矿,*6,—,,82.*16
东山县,道路交通,12,9(其中较大3),63(推算),1.3亿元
西水县,合计,0,5,无,411000元
南林区,合计,3,0,0,0.00001
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("stored"))
    bureau.row_checks = True
    bureau.send("a.csv", FILE, "2015-02-05")
    return bureau.compute()


def of(stored, region, measure, category="TOTAL") -> tuple:
    row = stored.one("figures", region_id=region, measure=measure, category=category)
    return row["value"], row["obs_status"], row["qualifier"], row["raw"]


def test_a_lower_bound_keeps_its_number_and_says_so(stored):
    assert of(stored, EAST, "events") == (2400, "reported", "ge", "2400余")
    assert of(stored, EAST, "deaths")[:3] == (20, "reported", "le")
    assert of(stored, EAST, "serious")[:3] == (5, "reported", "approx")


def test_the_qualifier_follows_the_number_into_the_indicator(stored):
    row = stored.one("indicators", region_id=EAST, indicator_id="accidents", category="TOTAL", period="2015-01", span="month")
    assert (row["value"], row["qualifier"]) == (2400, "ge")


def test_a_masked_number_is_stored_without_a_value_as_written_and_is_a_finding(stored):
    assert of(stored, EAST, "events", "GK1") == (None, "masked", "masked", "*6")
    assert of(stored, EAST, "loss", "GK1")[:2] == (None, "masked")
    found = stored.where("quality_findings", check_id="MASKED_VALUE")
    assert {(f["cell"], f["value"], f["severity"]) for f in found} == {("C5", "*6", "error"), ("F5", "82.*16", "error")}
    assert stored.value(EAST, "accidents", category="GK1", period="2015-01", span="month") is None
    assert stored.one("submissions", rows=5)["verdict"] == "accepted_with_warnings", "a masked cell does not refuse the file"


def test_a_dash_is_stored_as_not_applicable_and_a_blank_not_at_all(stored):
    assert of(stored, EAST, "deaths", "GK1")[:2] == (None, "not_applicable")
    assert not stored.where("figures", region_id=EAST, measure="serious", category="GK1")


def test_none_in_words_is_a_zero(stored):
    assert of(stored, WEST, "serious")[:3] == (0, "reported", "exact")
    assert of(stored, WEST, "serious")[3] is None or of(stored, WEST, "serious")[3] == "无"


def test_a_number_recovered_by_an_identity_is_never_published_as_reported(stored):
    assert of(stored, EAST, "serious", "DL") == (63, "recovered", "recovered", "63(推算)")
    assert stored.one("indicators", region_id=EAST, indicator_id="serious_injuries", category="DL", span="month")["obs_status"] == "recovered"


def test_a_remark_beside_a_number_does_not_change_it(stored):
    assert of(stored, EAST, "deaths", "DL")[:3] == (9, "reported", "exact")


def test_money_is_published_in_ten_thousands_whatever_it_was_written_in(stored):
    assert (of(stored, EAST, "loss")[0], of(stored, WEST, "loss")[0], of(stored, EAST, "loss", "DL")[0]) == (41.1, 41.1, 13_000)
    assert of(stored, EAST, "loss", "DL")[2] == "rounded(10^3)"
    assert of(stored, SOUTH, "loss")[0] == 0.00001, "ten fen"


def test_a_number_that_its_own_row_contradicts_is_kept_marked_and_not_published_as_an_indicator(stored):
    """Five deaths in no accident."""
    assert of(stored, WEST, "deaths")[:2] == (5, "disputed")
    assert stored.value(WEST, period="2015-01", span="month") is None
    assert stored.one("quality_findings", check_id="E207")["cell"] == "D7"


TOTALS = {
    "2016-01": ("", "东山县,合计,4\n东山县,工矿商贸,3\n东山县,煤矿,3\n东山县,道路交通,2\n"),
    "2016-02": ("", "东山县,合计,9\n东山县,工矿商贸,3\n东山县,道路交通,2\n"),
    "2016-03": ("不含火灾", "东山县,合计,5\n东山县,工矿商贸,3\n东山县,道路交通,2\n东山县,火灾,4\n"),
    "2016-04": ("各类事故", "东山县,合计,5\n东山县,工矿商贸,3\n东山县,道路交通,2\n东山县,火灾,4\n"),
    "2016-05": ("", "东山县,合计,2021余\n西水县,合计,2021\n南林区,合计,1000多\n"),
    "2016-06": ("", "东山县,合计,5%\n西水县,合计,5家\n南林区,合计,5人\n"),
}


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    """A month for each way in which a column of deaths can be doubted."""
    bureau = bureau_at(tmp_path_factory.mktemp("doubtful"))
    for period, (basis, rows) in TOTALS.items():
        said = f"# 统计口径: {basis}\n" if basis else ""
        bureau.send(f"{period}.csv", f"# 表号: F02\n# 报告期: {period}\n{said}地区,类别,死亡\n{rows}", "2016-07-05")
    return bureau.compute()


def findings(doubtful, period: str) -> list[tuple]:
    """What is said of a period; that every file came late is no matter here."""
    found = doubtful.where("quality_findings", period=period)
    return [(f["check_id"], f["value"], f["expected"], f["cell"]) for f in found if f["check_id"] != "LATE"]


def test_a_total_below_its_parts_is_a_finding_and_both_are_kept(doubtful):
    assert findings(doubtful, "2016-01") == [("SUM_MISMATCH", "4", "5", "C4")]
    total, part = (doubtful.one("figures", period="2016-01", category=c) for c in ("TOTAL", "GK"))
    assert (total["value"], total["obs_status"]) == (4, "disputed")
    assert (part["value"], part["obs_status"]) == (3, "reported"), "coal mines are a part of industry, not beside it"


def test_a_total_above_some_of_its_parts_is_no_contradiction(doubtful):
    assert not findings(doubtful, "2016-02")


def test_fires_are_left_out_of_a_total_that_leaves_them_out(doubtful):
    assert not findings(doubtful, "2016-03")
    assert findings(doubtful, "2016-04") == [("SUM_MISMATCH", "5", "9", "C5")]


def test_a_rough_count_that_looks_like_a_year_is_doubted(doubtful):
    assert findings(doubtful, "2016-05") == [("YEAR_LIKE_COUNT", "2021余", "", "C4")]


def test_a_percent_sign_or_another_unit_in_a_column_of_people_is_doubted_and_nothing_is_converted(doubtful):
    assert sorted(findings(doubtful, "2016-06")) == [("UNIT_MISMATCH", "5%", "人", "C4"), ("UNIT_MISMATCH", "5家", "人", "C5")]
    assert {f["value"] for f in doubtful.where("figures", period="2016-06")} == {5}

"""Who has sent what: the matrix, its totals and rate, on the terminal, as a page, as a workbook, and the rate as an indicator."""

from __future__ import annotations

import datetime as dt
import json
import re

import openpyxl
import pytest

from pipelines import jurisdiction as jurisdictions
from pipelines import status, status_page, status_text
from pipelines.engines.warehouse import Warehouse
from pipelines.plain_workbook import display_width

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, Bureau, bureau_at

NOW = dt.datetime(2015, 6, 1)
HOSTILE = "<script>alert(1)</script>=1+1"


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> Bureau:
    """Three months of a monthly form and a quarterly one: in time, late, refused, missing, with errors, and corrected after the deadline."""
    bureau = bureau_at(tmp_path_factory.mktemp("status"), CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS)
    for month, day in (("2015-01", "2015-02-05"), ("2015-02", "2015-03-05"), ("2015-03", "2015-04-05")):
        bureau.report(month, day, region_id=[EAST, WEST, OWN], deaths=[1, 2, 0], events=[1, 2, 0])
    bureau.report("2015-01", "2015-02-20", region_id=[SOUTH], deaths=[3])
    bureau.report("2015-01", "2015-03-10", name="correction.csv", region_id=[EAST], deaths=[2])
    bureau.report("2014-05", "2015-02-05", region_id=[EAST], deaths=[2])  # history, taken in long after its deadline
    bureau.report("2015-02", "2015-03-06", name="masked.csv", region_id=[WEST], deaths=["*6"])
    bureau.send("a|b.csv", f"form_id,region_id,period,deaths\nF02,{SOUTH},2015-03,x\n", "2015-04-06")
    bureau.send("city.csv", f"form_id,region_id,period,deaths\nF02,{CITY},2015-03,9\n", "2015-04-06")
    bureau.send("nowhere.csv", b"\x00\x01", "2015-04-06")
    bureau.send("quarter.csv", f"form_id,region_id,period,units\nF08,{EAST},2015Q1,5\n", "2015-04-15")
    bureau.send("refused.csv", f"form_id,region_id,period,units\nF08,{WEST},2015Q1,x\n", "2015-04-14")
    bureau.names = bureau.release()
    return bureau


def collected(bureau: Bureau, period: str | None, now: dt.datetime = NOW) -> status.Overview:
    return status.collect(jurisdictions.load(bureau.folder), bureau.out, period, now)


def states(overview: status.Overview, form: str) -> dict[str, str]:
    return {region: cell.state for (region, f), cell in overview.cells.items() if f == form and cell.expected}


def test_every_county_zone_and_own_unit_is_expected_and_the_city_is_not(year):
    march = collected(year, "2015-03")
    assert march.forms == ["F02", "F08"]
    assert states(march, "F02") == {EAST: "on_time", WEST: "on_time", OWN: "on_time", SOUTH: "rejected", ZONE: "missing"}
    assert states(march, "F08") == {EAST: "on_time", WEST: "rejected", OWN: "missing", SOUTH: "missing", ZONE: "missing"}
    assert march.cells[CITY, "F02"].expected is False and march.cells[CITY, "F02"].state == "on_time"
    assert [r.region_id for r in march.regions] == [CITY, EAST, WEST, SOUTH, ZONE, OWN], "in the order of the tree"


def test_the_first_sending_counts_and_a_correction_after_the_deadline_spoils_nothing(year):
    january = collected(year, "2015-01")
    assert states(january, "F02") == {EAST: "on_time", WEST: "on_time", OWN: "on_time", SOUTH: "late", ZONE: "missing"}
    assert year.receipts()["correction.csv"]["submission_id"] == january.cells[EAST, "F02"].submission_id, "the file in force is the correction"


def test_what_waits_for_a_correction_is_marked(year):
    assert {key for key, cell in collected(year, "2015-02").cells.items() if cell.waits} == {(WEST, "F02")}
    march = collected(year, "2015-03")
    assert march.cells[SOUTH, "F02"].refused
    assert march.total["waits"] >= 1
    quarterly = march.cells[WEST, "F08"]
    assert quarterly.refused and quarterly.submission_id, "a quarter that ends in the month is shown with it, its refused file too"


def test_a_quarter_shows_its_own_forms_and_a_period_that_is_not_over_is_not_due(year):
    assert collected(year, "2015Q1").forms == ["F08"]
    early = collected(year, "2015-03", dt.datetime(2015, 4, 6, 16))
    assert states(early, "F02")[ZONE] == "not_due"
    assert early.forms == ["F02"], "nobody had sent the other yet, so it was expected of nobody"
    later = collected(year, "2015-05", dt.datetime(2015, 6, 1))
    assert set(states(later, "F02").values()) == {"not_due"}


def test_totals_and_rates_follow_from_the_matrix(year):
    march = collected(year, "2015-03")
    assert march.of_form("F02") == {"expected": 5, "on_time": 3, "received": 0, "late": 0, "rejected": 1, "missing": 1, "not_due": 0, "waits": march.of_form("F02")["waits"]}
    assert march.rate(march.of_form("F02")) == "60.00%"
    assert march.rate(march.total) == "40.00%"
    assert march.rate(march.of_region(ZONE)) == "0.00%"
    assert march.rate({**dict.fromkeys(march.total, 0), "expected": 5, "not_due": 5}) == "—"


def test_forms_nobody_has_ever_sent_and_files_that_fit_nowhere_are_listed_apart(year):
    march = collected(year, "2015-03")
    assert "F03" in march.never and "F02" not in march.never and "F01" not in march.never
    assert [u["path"] for u in march.unplaced] == ["nowhere.csv"]


def test_the_terminal_shows_straight_columns_with_chinese_in_them(year, capsys):
    status_text.show(collected(year, "2015-03"), jurisdictions.load(year.folder))
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if re.match(r"99\d{4} ", line)]
    assert len(rows) == 6
    assert {display_width(line[: line.index("按时")]) for line in rows if "按时" in line and "(" not in line} == {display_width(lines[1][: lines[1].index("F02")])}
    assert any(re.match(rf"{SOUTH} 南林区 +退回!", line) for line in rows)
    assert "按时率 / on-time rate: 40.00%  (4 / 10)" in lines
    assert any("F03" in line and "forms nobody has ever sent" in line for line in lines)


def test_with_many_regions_the_silent_ones_are_counted_and_not_listed(year, capsys, monkeypatch):
    monkeypatch.setattr(status_text, "FOLDED", 3)
    status_text.show(collected(year, "2015-03"), jurisdictions.load(year.folder))
    printed = capsys.readouterr().out
    assert f"未报 / nothing received: {CITY} 河阳市: 高新区" in printed
    assert f"\n{ZONE}" not in printed


def test_the_page_and_the_workbook_say_the_same_and_link_to_the_receipts(year, tmp_path):
    overview, jurisdiction = collected(year, "2015-03"), jurisdictions.load(year.folder)
    page, book = status_page.write(overview, jurisdiction, tmp_path / "status", NOW)
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text and not re.search(r"https?://|src=|@import|url\(", text)
    refused = overview.cells[SOUTH, "F02"].submission_id
    assert f'href="../receipts/{refused}.html"' in text and (year.out / "receipts" / f"{refused}.html").exists()
    assert text.count('<tr><th scope="row" class="d') == 6
    sheets = openpyxl.load_workbook(book)
    rows = {row[0]: row for row in sheets.worksheets[0].iter_rows(min_row=3, max_row=8, values_only=True)}
    assert rows[EAST][2:4] == ("按时", "按时") and rows[SOUTH][2] == "退回，待更正" and rows[ZONE][2] == "未报"
    assert (rows[EAST][4], rows[EAST][-1]) == (2, "100.00%")
    assert [s.title for s in sheets] == ["报送情况 2015-03", "待更正 to correct", "答复 answers", "无法归位 unplaced"]


def test_answers_are_shown_as_text_on_the_status_page_and_nowhere_in_public(year, tmp_path):
    bureau = year.copy(tmp_path)
    sid = bureau.receipts()["masked.csv"]["submission_id"]
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        warehouse.append("answers", "submission_id check_id sheet cell answer received_at file_sha256".split(),
                         [(sid, "MASKED_VALUE", "", "C2", HOSTILE, dt.datetime(2015, 3, 9), "0")])
    overview = collected(bureau, "2015-02")
    assert [a["answer"] for a in overview.answers] == [HOSTILE]
    page, book = status_page.write(overview, jurisdictions.load(bureau.folder), tmp_path / "status", NOW)
    assert "&lt;script&gt;" in page.read_text(encoding="utf-8") and "<script" not in page.read_text(encoding="utf-8")
    cell = next(row[7] for row in openpyxl.load_workbook(book)["答复 answers"].iter_rows(min_row=2))
    assert (cell.value, cell.data_type) == (HOSTILE, "s")


def test_the_command_writes_beside_the_output_and_a_busy_warehouse_is_said(year, capsys):
    assert year.run("--period", "2015-01", command="status") == 0
    printed = capsys.readouterr().out
    assert {"2015-01.html", "2015-01.xlsx"} <= {p.name for p in (year.out / "status").iterdir()}
    assert str(year.out / "status" / "2015-01.html") in printed
    assert year.run("--period", "not-a-period", command="status") == 2
    assert year.run("--period", "2013-01", command="status") == 0
    assert "没有收到这一期的文件" in capsys.readouterr().out


# --- the rate as an indicator -----------------------------------------------------------------------------------------


def rate(bureau: Bureau, region: str, period: str, span: str = "month") -> tuple:
    found = bureau.released().where("indicators", indicator_id="on_time_submission_rate", region_id=region, period=period, span=span)
    return tuple(found[0][k] for k in ("numerator", "denominator", "value")) if found else ()


def test_the_rate_is_additive_over_regions_and_months(year):
    assert rate(year, EAST, "2015-03") == (2, 2, 100)
    assert rate(year, SOUTH, "2015-01") == (0, 1, 0)
    assert rate(year, CITY, "2015-01") == (3, 4, 75), "a zone that is not included in its parent counts for itself only"
    assert rate(year, ZONE, "2015-01") == (0, 1, 0)
    assert rate(year, CITY, "2015-03") == (4, 8, 50)
    months = [rate(year, CITY, f"2015-0{m}") for m in (1, 2, 3)]
    assert rate(year, CITY, "2015Q1", "quarter")[:2] == tuple(sum(m[i] for m in months) for i in (0, 1)) == rate(year, CITY, "2015-03", "ytd")[:2]
    children = [rate(year, region, "2015-03") for region in (EAST, WEST, SOUTH, OWN)]
    assert rate(year, CITY, "2015-03")[:2] == tuple(sum(c[i] for c in children) for i in (0, 1))


def test_history_taken_in_late_makes_nobody_late(year):
    assert rate(year, EAST, "2014-05") == ()
    assert not year.released().where("reporting_duties", period="2014-05")


def test_the_released_duties_hold_states_and_no_text_of_a_clerk(year):
    duties = year.released().where("reporting_duties", form_id="F02", period="2015-03")
    assert {d["region_id"]: d["state"] for d in duties} == states(collected(year, "2015-03"), "F02")
    assert {d["submission_id"] is None for d in duties if d["state"] in ("missing", "rejected")} == {True}
    assert set(duties[0]) == {"form_id", "period", "region_id", "due_at", "submission_id", "received_at", "state", "end_month"}


def test_explaining_the_rate_lists_the_reports_that_were_due(year, capsys):
    assert year.run("indicators", f"region_id={CITY}", "period=2015-03", "span=month", "indicator_id=on_time_submission_rate", "--json", command="explain") == 0
    [answer] = json.loads(capsys.readouterr().out)["results"]
    assert answer["formula"].endswith("=  4 / 8")
    listed = [(n["row"]["form_id"], n["row"]["region_id"], n["row"]["state"]) for n in answer["inputs"]]
    assert len(listed) == 8 and listed.count(("F02", SOUTH, "rejected")) == 1
    assert [s for *_, s in listed][-4:] == ["on_time"] * 4, "what did not come in time stands first"
    assert all("source" in n for n in answer["inputs"] if n["row"]["state"] == "on_time")
    assert year.run("indicators", f"region_id={CITY}", "period=2015-03", "span=month", "indicator_id=on_time_submission_rate", command="explain") == 0


def test_without_deadlines_nobody_is_late_and_there_is_no_rate(tmp_path):
    bureau = bureau_at(tmp_path, calendar={"deadlines": False})
    bureau.report("2015-01", "2016-02-05", region_id=[EAST], deaths=[1])
    tables = bureau.compute()
    assert tables.tables["reporting_duties"] == []
    assert not tables.where("indicators", indicator_id="on_time_submission_rate")
    overview = collected(bureau, "2015-01", dt.datetime(2016, 6, 1))
    assert states(overview, "F02") == {EAST: "received", WEST: "missing", SOUTH: "missing"}
    assert overview.rate(overview.total) == "—"

"""The register of major hazards: from found to closed, what is overdue, what is published and when, and the rates counted from it."""

from __future__ import annotations

import duckdb
import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at

COLUMNS = {"hazard_id": "编号", "region": "地区", "unit_name": "隐患单位", "sector": "行业", "content": "隐患内容", "level": "挂牌级别", "found_on": "发现日期",
           "ordered_on": "指令日期", "listed_on": "挂牌日期", "due_on": "整改期限", "extended_to": "延期至", "duty_unit": "整改责任单位",
           "supervise_unit": "督办单位", "accepted_on": "验收日期", "closed_on": "销号日期", "notice_no": "公告文号", "status": "状态"}
UNIT, CONTENT = "河阳第二冷库", "液氨储罐无紧急切断阀"


def hazard(number: str, **given) -> dict:
    return {"hazard_id": number, "region": EAST, "unit_name": UNIT, "sector": "冶金工贸", "content": CONTENT, "level": "市", "found_on": "2015-01-02",
            "ordered_on": "2015-01-03", "listed_on": "2015-01-05", "due_on": "2015-02-10", "extended_to": "", "duty_unit": "东山县政府",
            "supervise_unit": "河阳市安委会", "accepted_on": "", "closed_on": "", "notice_no": "河安〔2015〕1号", "status": "挂牌督办", **given}


def register(*rows: dict, period: str = "2015-01") -> str:
    lines = [",".join(COLUMNS.values()), *(",".join(str(row[c]) for c in COLUMNS) for row in rows)]
    return f"# 表号: F05\n# 行政区划代码: {CITY}\n# 报告期: {period}\n" + "\n".join(lines) + "\n"


CLOSED = {"status": "销号", "accepted_on": "2015-02-09"}


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    made = bureau_at(tmp_path_factory.mktemp("hazards"))
    numbers = ("ONTIME", "LATE", "OPEN", "EXTENDED", "MOVED", "VOID", "GONE", "REOPENED")
    made.send("january.csv", register(
        *(hazard(n) for n in numbers), hazard("SECRET", notice_no="", status="下达指令"), hazard("MARCH", region=WEST, due_on="2015-03-31"),
    ), "2015-02-05")
    made.send("february.csv", register(
        hazard("ONTIME", closed_on="2015-02-10", **CLOSED), hazard("LATE", closed_on="2015-02-11", **CLOSED),
        hazard("EXTENDED", status="延期", extended_to="2015-04-30", due_on="2015-04-30"), hazard("MOVED", due_on="2015-02-20"),
        hazard("VOID", status="误报"), hazard("GONE", status="移送"), hazard("REOPENED", closed_on="2015-02-08", **CLOSED),
        hazard("FEB", listed_on="2015-02-15", due_on="2015-03-01", sector="煤矿", region=SOUTH, period="2015-02"),
    ), "2015-03-05")
    made.send("march.csv", register(
        hazard("EXTENDED", status="销号", extended_to="", due_on="2015-02-10", accepted_on="2015-03-10", closed_on="2015-03-12"), hazard("REOPENED", status="挂牌督办"),
    ), "2015-04-05")
    return made


@pytest.fixture(scope="module")
def tables(bureau):
    return bureau.compute(as_of="2015-04-06")


def state(tables, number: str) -> dict:
    return tables.one("major_hazards", hazard_id=number)


def test_overdue_is_derived_from_the_due_date_and_the_closing_or_the_as_of_day(tables, bureau):
    assert [state(tables, n)["overdue"] for n in ("ONTIME", "LATE", "OPEN", "MARCH")] == [False, True, True, True]
    february = bureau.compute(as_of="2015-02-10")
    assert not any(r["overdue"] for r in february.tables["major_hazards"]), "the due day itself is not over"
    bureau.compute(as_of="2015-04-06")


def test_an_extension_leaves_the_first_due_date_visible_and_in_force(tables, bureau):
    row = state(tables, "EXTENDED")
    assert (str(row["due_on"]), str(row["extended_to"]), str(row["closed_on"]), row["overdue"]) == ("2015-02-10", "2015-04-30", "2015-03-12", True)


def test_a_due_date_corrected_without_an_extension_is_the_new_one(tables):
    assert str(state(tables, "MOVED")["due_on"]) == "2015-02-20"


def test_a_void_or_transferred_hazard_is_not_overdue(tables):
    assert [(state(tables, n)["status"], state(tables, n)["overdue"]) for n in ("VOID", "GONE")] == [("void", None), ("transferred", None)]


def test_unit_dates_and_state_are_published_after_the_notice_only(tables):
    secret, listed = state(tables, "SECRET"), state(tables, "OPEN")
    shown = {k for k, v in secret.items() if v is not None}
    assert shown == {"hazard_id", "region_id", "level", "known_from", "submission_id", "sheet", "cell"}
    assert (listed["unit_name"], listed["content"], listed["status"], listed["level"], listed["region_id"]) == (UNIT, CONTENT, "listed", "市", EAST)


def test_each_version_knows_the_state_before_it(bureau, tables):
    with duckdb.connect(str(bureau.out / "warehouse.duckdb"), read_only=True) as con:
        found = con.execute("SELECT hazard_id, version, status, status_before, in_force FROM hazard_versions WHERE hazard_id = 'EXTENDED' ORDER BY version").fetchall()
    assert [(s, before, force) for _, _, s, before, force in found] == [("listed", None, False), ("extended", "listed", False), ("closed", "extended", True)]


def test_a_later_state_without_a_closing_date_takes_the_closing_back(tables):
    assert (state(tables, "REOPENED")["closed_on"], state(tables, "REOPENED")["overdue"]) == (None, True)


def of(tables, indicator: str, period: str, region: str = CITY, span: str = "month", category: str = "TOTAL"):
    return tables.value(region, indicator, period=period, span=span, category=category)


def test_what_is_listed_closed_due_and_overdue_is_counted_by_month(tables):
    """January: all but the void and the transferred. February: one more listed, two closed. March: the extended one closed."""
    assert [of(tables, "F05.listed", m) for m in ("2015-01", "2015-02", "2015-03")] == [8, 1, 0]
    assert [of(tables, "F05.closed", m) for m in ("2015-01", "2015-02", "2015-03")] == [0, 2, 1]
    assert [of(tables, "F05.overdue", m, span="stock") for m in ("2015-01", "2015-02", "2015-03")] == [0, 5, 5]
    assert [of(tables, "F05.open", m, span="stock") for m in ("2015-01", "2015-02", "2015-03")] == [8, 7, 6]
    assert of(tables, "F05.listed", "2015-02", SOUTH, category="煤矿") == 1


def test_the_rates_are_of_those_listed_and_of_those_due_in_the_period(tables):
    assert of(tables, "delisting_rate", "2015-03", span="ytd") == 33.33, "3 closed of 9 listed from January on"
    assert of(tables, "on_time_rectification_rate", "2015-02") == 14.29, "1 of 7 due in February was closed in time"
    assert of(tables, "delisting_rate", "2015-03") is None, "nothing was listed in March"


def test_seventeen_listed_of_which_eight_are_closed(tmp_path):
    """The published case of a Ningbo district in 2014: 17 listed hazards, 8 closed by November."""
    bureau = bureau_at(tmp_path)
    bureau.send("2014.csv", register(*(hazard(f"N{n}", found_on="2014-03-01", ordered_on="", listed_on="2014-03-10", due_on="2014-10-31",
                                              **({"closed_on": "2014-10-20", **CLOSED} if n < 8 else {})) for n in range(17)), period="2014-03"), "2014-11-20")
    tables = bureau.compute()
    assert of(tables, "delisting_rate", "2014-11", span="ytd") is None, "nothing of November is known yet"
    assert of(tables, "delisting_rate", "2014-10", span="ytd") == 47.06


def test_a_deadline_that_has_passed_reports_nothing_of_its_month(tmp_path):
    """Listed in November, accepted and closed by the last day of December; the deadlines of January and February come before the register does."""
    bureau = bureau_at(tmp_path)
    old = {"found_on": "2014-11-03", "ordered_on": "2014-11-04", "listed_on": "2014-11-05"}
    bureau.send("register.csv", register(
        hazard("CLOSED", **{**old, **CLOSED, "due_on": "2014-12-31", "accepted_on": "2014-12-30", "closed_on": "2014-12-31"}), hazard("DUE", **{**old, "due_on": "2015-01-20"}),
        hazard("EXTENDED", **{**old, "due_on": "2014-12-20", "status": "延期", "extended_to": "2015-02-05"})), "2015-02-07")
    tables = bureau.compute()
    assert [of(tables, "F05.listed", m) for m in ("2014-11", "2014-12", "2015-01", "2015-02")] == [3, 0, None, None]
    assert [of(tables, "F05.open", m, span="stock") for m in ("2014-12", "2015-01")] == [2, None]
    assert of(tables, "F05.listed", "2014", span="year") == 3
    assert not [r for r in tables.where("comparisons", indicator_id="F05.listed") if r["period"].startswith("2015")], "and nothing falls by 100 %"
    bureau.report("2015-01", "2015-02-08", region_id=[EAST], deaths=[0])
    assert of(bureau.compute(), "F05.listed", "2015-01") == 0, "once the month is reported its silence means none"


def test_the_page_of_a_region_lists_its_hazards_the_overdue_first_without_unit_and_content(tmp_path):
    from pipelines import jurisdiction as jurisdictions
    from pipelines.publish.release_data import ReleaseData
    from pipelines.publish.views.region import RegionView
    from pipelines.publish.words import Words

    bureau = bureau_at(tmp_path)
    bureau.report("2015-02", "2015-03-05", region_id=[EAST], deaths=[1])
    bureau.send("register.csv", register(hazard("OPEN"), hazard("DONE", listed_on="2015-01-20", closed_on="2015-02-08", **CLOSED), hazard("WEST", region=WEST, due_on="2015-12-31")),
                "2015-03-05")
    [*_, name] = bureau.release()
    jurisdiction = jurisdictions.load(bureau.folder)
    data = ReleaseData(bureau.out / "releases" / name, jurisdiction.reference)
    listed = RegionView(data, Words("en"), jurisdiction).registers(data.regions[EAST])["hazards"]
    assert [(r["number"], r["due"], r["closed"], r["level"], r["status"], r["overdue"]) for r in listed["rows"]] == [
        ("OPEN", "2015-02-10", "—", "City", "Listed", True), ("DONE", "2015-02-10", "2015-02-08", "City", "Closed", False)]
    assert UNIT not in str(listed) and CONTENT not in str(listed)

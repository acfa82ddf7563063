"""Every number is as known at a date: duplicates, corrections, replacements, late files, and the releases that follow."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil

import pytest

from pipelines import jurisdiction as jurisdictions
from pipelines.engines.warehouse import Warehouse
from pipelines.intake import ledger

from .bureau import CITY, EAST, SOUTH, WEST, Bureau, Rows, bureau_at


def plain(region: str, period: str, deaths: object) -> str:
    return f"form_id,region_id,period,deaths\nF02,{region},{period},{deaths}\n"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """`known(day)` is what was known then; each month of 2015 holds a history of its own."""
    bureau = bureau_at(tmp_path_factory.mktemp("vintages"))
    bureau.send("jan.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    bureau.send("jan_corrected.csv", plain(EAST, "2015-01", 5), "2015-02-10")
    bureau.send("again/renamed.csv", plain(EAST, "2015-01", 3), "2015-02-20")
    bureau.send("z.csv", plain(EAST, "2015-02", 5), "2015-03-05")
    bureau.send("a.csv", plain(EAST, "2015-02", 3), "2015-04-05T08:30")
    bureau.send("in_time.csv", plain(EAST, "2015-03", 3), "2015-04-08T23:00")
    bureau.send("甲 乙.csv", plain(WEST, "2015-03", 3).encode("gb18030"), "2015-04-09T00:30")
    bureau.send("april.csv", enveloped(CITY, "2015-04", "", "东山县,3\n西水县,4"), "2015-05-05")
    bureau.send("april_again.csv", enveloped(CITY, "2015-04", "april.csv", "东山县,5"), "2015-05-10")
    may = bureau.send("may.csv", f"form_id,region_id,period,deaths\nF02,{EAST},2015-05,3\nF02,{WEST},2015-05,4\n", "2015-06-05")
    number = hashlib.sha256(may.read_bytes()).hexdigest()[:16]
    bureau.send("may_again.csv", f"# 替代: {number}\nform_id,region_id,period,deaths\nF02,{EAST},2015-05,5\nF02,{SOUTH},2015-05,1\n", "2015-06-10")
    bureau.send("west.csv", enveloped(WEST, "2015-06", "", "西水县,4"), "2015-07-05")
    bureau.send("east_about_west.csv", enveloped(EAST, "2015-06", "west.csv", "东山县,5"), "2015-07-10")
    bureau.send("july.csv", enveloped(EAST, "2015-07", "", "东山县,4"), "2015-08-05")
    bureau.send("july_wrong.csv", enveloped(EAST, "2015-07", "july.csv", "东山县,许多"), "2015-08-10")
    moments: dict[str, Rows] = {}

    def at(day: str = "2016-01-01") -> Rows:
        if day not in moments:
            moments[day] = bureau.compute(as_of=day)
        return moments[day]

    at.bureau = bureau
    return at


def enveloped(region: str, period: str, replaces: str, rows: str) -> str:
    extra = f"# 替代: {replaces}\n" if replaces else ""
    return f"# 表号: F02\n# 行政区划代码: {region}\n# 报告期: {period}\n{extra}地区,死亡\n{rows}\n"


def of(tables: Rows, period: str) -> dict:
    """{region: deaths in force}"""
    return {f["region_id"]: f["value"] for f in tables.where("figures", period=period)}


def test_the_same_bytes_twice_change_nothing(known):
    files = [p for p in (known.bureau.folder / "submissions").rglob("*.csv") if p.name != "received.csv"]
    assert len(known().tables["submissions"]) == len(files) - 1
    assert len([p for p in (known.bureau.out / "archive").rglob("*") if p.is_file()]) == len(files) - 1
    assert known().one("submissions", period="2015-01", revision=2), "renamed.csv is jan.csv and no third version"
    assert of(known(), "2015-01") == {EAST: 5}, "and does not come back into force by being sent again"


def test_a_received_file_is_kept_unchanged_under_its_own_sum(known):
    data = (known.bureau.folder / "submissions" / "甲 乙.csv").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    assert (known.bureau.out / "archive" / digest[:2] / digest).read_bytes() == data
    assert known().one("submissions", region_id=WEST, period="2015-03")["submission_id"] == digest[:16]


def test_a_corrected_file_takes_the_place_of_the_old_one_and_both_are_kept(known):
    assert of(known(), "2015-01") == {EAST: 5}
    assert [(v["value"], v["in_force"]) for v in known().where("figure_vintages", period="2015-01")] == [(3, False), (5, True)]


def test_a_correction_is_not_known_before_it_arrived(known):
    assert of(known("2015-02-09"), "2015-01") == {EAST: 3}
    assert [v["in_force"] for v in known("2015-02-09").where("figure_vintages", period="2015-01")] == [True]
    assert len(known("2015-02-09").tables["submissions"]) == 1


def test_a_late_file_shows_only_from_the_day_it_arrived_whatever_its_name_sorts_like(known):
    assert of(known("2015-04-04"), "2015-02") == {EAST: 5}
    assert of(known(), "2015-02") == {EAST: 3}, "the newest received is in force"


def test_on_time_is_judged_by_the_arrival(known):
    assert [known().one("submissions", region_id=r, period="2015-03")["on_time"] for r in (EAST, WEST)] == [True, False]


def test_a_replacement_takes_out_all_rows_of_the_old_file(known):
    assert of(known(), "2015-04") == {EAST: 5}
    assert known().value(WEST, period="2015-04", span="month") is None
    assert of(known("2015-05-06"), "2015-04") == {EAST: 3, WEST: 4}


def test_a_replacement_may_name_the_number_on_the_receipt_and_files_of_columns_are_replaced_too(known):
    assert of(known(), "2015-05") == {EAST: 5, SOUTH: 1}


def test_a_bureau_cannot_replace_the_file_of_another(known):
    assert of(known(), "2015-06") == {EAST: 5, WEST: 4}


def test_a_rejected_replacement_leaves_the_old_file_in_force(known):
    assert known().one("submissions", period="2015-07", verdict="rejected")
    assert of(known(), "2015-07") == {EAST: 4}


def checks_of(tables: Rows, **wanted) -> set[str]:
    return {f["check_id"] for f in tables.where("quality_findings", **wanted)} & {"EARLY", "SUPERSEDES_UNKNOWN"}


def test_a_replacement_of_a_file_that_is_not_there_is_found_and_the_file_taken_in(known):
    assert checks_of(known(), period="2015-06", region_id=EAST) == {"SUPERSEDES_UNKNOWN"}, "west.csv is a file of another bureau"
    assert checks_of(known(), period="2015-04") == checks_of(known(), period="2015-05") == set()
    assert known().one("submissions", period="2015-06", region_id=EAST)["verdict"] == "accepted_with_warnings"


def test_a_file_sent_before_its_period_is_over_is_found_and_counts(bureau):
    bureau.send("early.csv", plain(EAST, "2015-01", 3), "2015-01-30")
    bureau.send("last_day.csv", plain(WEST, "2015-01", 4), "2015-01-31T12:00")
    bureau.send("targets.csv", "# 表号: F14\n# 报告期: 2015\n地区,指标,目标值\n东山县,deaths,80\n", "2015-01-05")
    tables = bureau.compute()
    assert [(f["region_id"], f["value"], f["expected"]) for f in tables.where("quality_findings", check_id="EARLY")] == [(EAST, "2015-01-30", "2015-01-31")]
    assert of(tables, "2015-01") == {EAST: 3, WEST: 4}
    assert tables.one("submissions", region_id=EAST, period="2015-01")["on_time"] is True


def test_a_file_found_later_is_placed_where_its_arrival_puts_it(bureau):
    bureau.send("b.csv", plain(EAST, "2015-01", 5), "2015-03-05")
    bureau.receive()
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    assert of(bureau.compute(), "2015-01") == {EAST: 5}, "an older file read later does not replace a newer one"
    assert of(bureau.compute(as_of="2015-02-20"), "2015-01") == {EAST: 3}


def test_a_file_from_elsewhere_of_the_same_name_does_not_inherit_an_old_arrival(bureau, tmp_path):
    """A corrected file handed in by `worksafety receive` under the name of the first one arrives now, not back then."""
    bureau.send("jan.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    bureau.receive()
    elsewhere = tmp_path / "jan.csv"
    elsewhere.write_text(plain(EAST, "2015-01", 5), encoding="utf-8")
    jurisdiction = jurisdictions.load(bureau.folder)
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        ledger.receive(jurisdiction, warehouse, bureau.out / "archive", [elsewhere], dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    assert of(bureau.compute(as_of="2029-01-01"), "2015-01") == {EAST: 3}
    assert of(bureau.compute(), "2015-01") == {EAST: 5}


# --- releases ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twice(tmp_path_factory) -> Bureau:
    """As in Jiangxi in 2015: January's 139 accidents and 67 deaths are 166 and 88 a month later."""
    bureau = bureau_at(tmp_path_factory.mktemp("twice"))
    head = "form_id,region_id,period,events,deaths\n"
    bureau.send("jan.csv", f"{head}F02,{CITY},2015-01,139,67\n", "2015-02-10")
    bureau.send("feb.csv", f"{head}F02,{CITY},2015-02,195,91\n", "2015-03-10")
    bureau.send("jan_again.csv", f"{head}F02,{CITY},2015-01,166,88\n", "2015-03-10")
    bureau.names = bureau.release()
    return bureau


def test_a_release_for_every_round_and_the_second_lists_what_the_first_had_otherwise(twice):
    assert twice.names == ["2015-01.v1", "2015-02.v1"]
    first, second = twice.released("2015-01.v1"), twice.released("2015-02.v1")
    assert (first.value(CITY, "accidents", period="2015-01", span="month"), first.value(CITY, period="2015-01", span="month")) == (139, 67)
    assert (second.value(CITY, "accidents", period="2015-01", span="month"), second.value(CITY, period="2015-01", span="month")) == (166, 88)
    changes = {(r["key"].split("measure=")[1], r["old_value"], r["new_value"], r["reason"]) for r in second.where("revisions", table="figures")}
    assert changes == {("events", 139, 166, "corrected"), ("deaths", 67, 88, "corrected")}
    assert {r["reason"] for r in second.where("revisions", table="indicators")} == {"inputs_changed"}
    assert "2015-01,month" not in str(first.tables["revisions"])


def test_nothing_new_makes_no_new_release(twice):
    assert twice.release() == []
    assert twice.manifest()["release"] == "2015-02.v1"


def test_a_late_correction_makes_a_second_version_of_the_last_release(twice, tmp_path):
    bureau = twice.copy(tmp_path)
    bureau.send("late.csv", f"form_id,region_id,period,events,deaths\nF02,{CITY},2015-02,196,91\n", "2015-03-15")
    assert bureau.release() == ["2015-02.v2"]
    assert (bureau.manifest()["previous_release"], bureau.manifest()["version"]) == ("2015-02.v1", 2)
    assert bureau.released("2015-02.v1").value(CITY, "accidents", period="2015-02", span="month") == 195, "an old release never changes"
    assert len(bureau.released().where("revisions", release="2015-02.v2", table="figures")) == 1
    assert len(bureau.released().where("revisions", release="2015-02.v1", table="figures")) == 2, "the list keeps what earlier releases changed"


def test_a_late_file_is_taken_in_and_changes_a_month_that_was_frozen(twice, tmp_path):
    """January is frozen on 20 February. In April its figure is replaced, and that of a county comes for the first time."""
    bureau = twice.copy(tmp_path)
    bureau.send("jan_late.csv", f"form_id,region_id,period,events,deaths\nF02,{CITY},2015-01,167,88\nF02,{EAST},2015-01,4,2\n", "2015-04-10")
    assert bureau.release() == ["2015-02.v2"]
    tables = bureau.released()
    late = [s for s in tables.where("submissions", period="2015-01") if s["received_at"].month == 4]
    assert [(s["on_time"], s["verdict"] != "rejected") for s in late] == [(False, True)]
    changed = tables.one("revisions", release="2015-02.v2", table="figures")
    assert (changed["key"].split("measure=")[1], changed["old_value"], changed["new_value"], changed["reason"]) == ("events", 166, 167, "corrected")
    assert tables.value(EAST, period="2015-01", span="month") == 2


def test_a_changed_declaration_makes_a_new_version_and_the_reason_says_so(twice, tmp_path):
    bureau = twice.copy(tmp_path)
    bureau.settings(rounding={"decimals": {"change_pct": 1}})
    assert bureau.release() == ["2015-02.v2"]
    changed = bureau.released().where("revisions", release="2015-02.v2")
    assert {(r["table"], r["reason"]) for r in changed} == {("comparisons", "definition_changed")}


def test_a_number_taken_back_is_listed_as_withdrawn(bureau):
    bureau.send("a.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n地区,死亡\n东山县,3\n西水县,4\n", "2015-02-05")
    bureau.release()
    bureau.send("b.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n# 替代: a.csv\n地区,死亡\n东山县,3\n", "2015-02-10")
    bureau.release()
    gone = bureau.released().one("revisions", table="figures")
    assert (gone["old_value"], gone["new_value"], gone["reason"]) == (4, None, "withdrawn")
    assert f"region_id={WEST}" in gone["key"]


def test_one_month_or_each_month_of_a_stretch_can_be_released(twice, tmp_path):
    bureau = twice.copy(tmp_path)
    shutil.rmtree(bureau.out / "releases")
    assert bureau.release("2015-01", "2015-02") == ["2015-01.v1", "2015-02.v1"]
    assert bureau.manifest("2015-01.v1")["as_of"] == "2015-02-10T15:59:59Z"
    assert bureau.released("2015-01.v1").value(CITY, period="2015-01", span="month") == 67, "as known when January was frozen"
    assert bureau.released("2015-01.v1").value(CITY, period="2015-02", span="month") is None


def test_targets_alone_make_no_release_until_figures_come(bureau):
    bureau.send("f14.csv", "# 表号: F14\n# 报告期: 2015\n地区,指标,目标值\n东山县,deaths,80\n", "2015-01-05")
    bureau.send("jan.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    assert bureau.release() == ["2015-01.v1"]

"""Every number is as known at a date: duplicates, corrections, replacements, late files, and the releases that follow."""

from __future__ import annotations

import hashlib

from .bureau import CITY, EAST, SOUTH, WEST, Bureau


def plain(region: str, period: str, deaths: object) -> str:
    return f"form_id,region_id,period,deaths\nF02,{region},{period},{deaths}\n"


def test_the_same_bytes_twice_change_nothing(bureau):
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    before = bureau.compute()
    bureau.send("again/renamed.csv", plain(EAST, "2015-01", 3), "2015-03-05")
    after = bureau.compute()
    assert after.tables == before.tables
    assert len(after.tables["submissions"]) == 1
    assert len([p for p in (bureau.out / "archive").rglob("*") if p.is_file()]) == 1


def test_a_received_file_is_kept_unchanged_under_its_own_sum(bureau):
    path = bureau.send("甲 乙.csv", plain(EAST, "2015-01", 3).encode("gb18030"))
    tables = bureau.compute()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (bureau.out / "archive" / digest[:2] / digest).read_bytes() == path.read_bytes()
    assert (tables.tables["submissions"][0]["submission_id"], tables.tables["submissions"][0]["file_sha256"]) == (digest[:16], digest)


def test_a_corrected_file_takes_the_place_of_the_old_one_and_both_are_kept(bureau):
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    bureau.send("b.csv", plain(EAST, "2015-01", 5), "2015-02-10")
    tables = bureau.compute()
    assert tables.one("figures", region_id=EAST)["value"] == 5
    assert [(v["value"], v["in_force"]) for v in tables.where("figure_vintages", region_id=EAST)] == [(3, False), (5, True)]
    assert sorted(s["revision"] for s in tables.tables["submissions"]) == [1, 2]


def test_a_correction_is_not_known_before_it_arrived(bureau):
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    bureau.send("b.csv", plain(EAST, "2015-01", 5), "2015-03-10")
    before, after = bureau.compute(as_of="2015-03-09"), bureau.compute(as_of="2015-03-10")
    assert (before.value(EAST, period="2015-01", span="month"), after.value(EAST, period="2015-01", span="month")) == (3, 5)
    assert [v["in_force"] for v in before.where("figure_vintages", region_id=EAST)] == [True]
    assert len(before.tables["submissions"]) == 1


def test_a_late_file_shows_only_from_the_day_it_arrived_whatever_its_name_sorts_like(bureau):
    bureau.send("z.csv", plain(EAST, "2015-01", 5), "2015-02-05")
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-04-05T08:30")
    assert bureau.compute(as_of="2015-04-04").value(EAST, period="2015-01", span="month") == 5
    assert bureau.compute().value(EAST, period="2015-01", span="month") == 3, "the newest received is in force"


def test_a_file_found_later_is_placed_where_its_arrival_puts_it(bureau):
    bureau.send("b.csv", plain(EAST, "2015-01", 5), "2015-03-05")
    bureau.compute()
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    tables = bureau.compute()
    assert tables.value(EAST, period="2015-01", span="month") == 5, "an older file read later does not replace a newer one"
    assert bureau.compute(as_of="2015-02-20").value(EAST, period="2015-01", span="month") == 3


def test_on_time_is_judged_by_the_arrival(bureau):
    bureau.send("a.csv", plain(EAST, "2015-01", 3), "2015-02-08T23:00")
    bureau.send("b.csv", plain(WEST, "2015-01", 3), "2015-02-09T00:30")
    tables = bureau.compute()
    assert [tables.one("submissions", region_id=r)["on_time"] for r in (EAST, WEST)] == [True, False]


def test_a_replacement_takes_out_all_rows_of_the_old_file(bureau):
    bureau.send("a.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n地区,死亡\n东山县,3\n西水县,4\n", "2015-02-05")
    bureau.send("b.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n# 替代: a.csv\n地区,死亡\n东山县,5\n", "2015-02-10")
    tables = bureau.compute()
    assert {f["region_id"]: f["value"] for f in tables.tables["figures"]} == {EAST: 5}
    assert tables.value(WEST, period="2015-01", span="month") is None
    assert {f["region_id"] for f in bureau.compute(as_of="2015-02-06").tables["figures"]} == {EAST, WEST}


def test_a_replacement_may_name_the_number_on_the_receipt_and_files_of_columns_are_replaced_too(bureau):
    old = bureau.send("a.csv", f"form_id,region_id,period,deaths\nF02,{EAST},2015-01,3\nF02,{WEST},2015-01,4\n", "2015-02-05")
    number = hashlib.sha256(old.read_bytes()).hexdigest()[:16]
    bureau.send("b.csv", f"# 替代: {number}\nform_id,region_id,period,deaths\nF02,{EAST},2015-01,5\nF02,{SOUTH},2015-01,1\n", "2015-02-10")
    assert {f["region_id"]: f["value"] for f in bureau.compute().tables["figures"]} == {EAST: 5, SOUTH: 1}


def test_a_bureau_cannot_replace_the_file_of_another(bureau):
    bureau.send("a.csv", f"# 表号: F02\n# 行政区划代码: {WEST}\n# 报告期: 2015-01\n死亡\n4\n", "2015-02-05")
    bureau.send("b.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-01\n# 替代: a.csv\n死亡\n5\n", "2015-02-10")
    assert {f["region_id"]: f["value"] for f in bureau.compute().tables["figures"]} == {EAST: 5, WEST: 4}


def test_a_rejected_replacement_leaves_the_old_file_in_force(bureau):
    bureau.send("a.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-01\n死亡\n4\n", "2015-02-05")
    bureau.send("b.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-01\n# 替代: a.csv\n死亡\n许多\n", "2015-02-10")
    assert {f["region_id"]: f["value"] for f in bureau.compute().tables["figures"]} == {EAST: 4}


# --- releases ---------------------------------------------------------------------------------------------------------


def january_then_february(bureau: Bureau) -> Bureau:
    """As in Jiangxi in 2015: January's 139 accidents and 67 deaths are 166 and 88 a month later."""
    head = "form_id,region_id,period,events,deaths\n"
    bureau.send("jan.csv", f"{head}F02,{CITY},2015-01,139,67\n", "2015-02-10")
    bureau.send("feb.csv", f"{head}F02,{CITY},2015-02,195,91\n", "2015-03-10")
    bureau.send("jan_again.csv", f"{head}F02,{CITY},2015-01,166,88\n", "2015-03-10")
    return bureau


def test_a_release_for_every_round_and_the_second_lists_what_the_first_had_otherwise(bureau):
    assert january_then_february(bureau).release() == ["2015-01.v1", "2015-02.v1"]
    first, second = bureau.released("2015-01.v1"), bureau.released("2015-02.v1")
    assert (first.value(CITY, "accidents", period="2015-01", span="month"), first.value(CITY, period="2015-01", span="month")) == (139, 67)
    assert (second.value(CITY, "accidents", period="2015-01", span="month"), second.value(CITY, period="2015-01", span="month")) == (166, 88)
    changes = {(r["key"].split("measure=")[1], r["old_value"], r["new_value"], r["reason"]) for r in second.where("revisions", table="figures")}
    assert changes == {("events", 139, 166, "corrected"), ("deaths", 67, 88, "corrected")}
    assert {r["reason"] for r in second.where("revisions", table="indicators")} == {"inputs_changed"}
    assert "2015-01,month" not in str(first.tables["revisions"])


def test_nothing_new_makes_no_new_release(bureau):
    january_then_february(bureau).release()
    assert bureau.release() == []
    assert bureau.manifest()["release"] == "2015-02.v1"


def test_a_late_correction_makes_a_second_version_of_the_last_release(bureau):
    january_then_february(bureau).release()
    bureau.send("late.csv", f"form_id,region_id,period,events,deaths\nF02,{CITY},2015-02,196,91\n", "2015-03-15")
    assert bureau.release() == ["2015-02.v2"]
    assert (bureau.manifest()["previous_release"], bureau.manifest()["version"]) == ("2015-02.v1", 2)
    assert bureau.released("2015-02.v1").value(CITY, "accidents", period="2015-02", span="month") == 195, "an old release never changes"
    assert len(bureau.released().where("revisions", release="2015-02.v2", table="figures")) == 1
    assert len(bureau.released().where("revisions", release="2015-02.v1", table="figures")) == 2, "the list keeps what earlier releases changed"


def test_a_changed_declaration_makes_a_new_version_and_the_reason_says_so(bureau):
    january_then_february(bureau).release()
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


def test_one_month_or_each_month_of_a_stretch_can_be_released(bureau):
    january_then_february(bureau)
    assert bureau.release("2015-01", "2015-02") == ["2015-01.v1", "2015-02.v1"]
    assert bureau.manifest("2015-01.v1")["as_of"] == "2015-02-10T15:59:59Z"
    assert bureau.released("2015-01.v1").value(CITY, period="2015-01", span="month") == 67, "as known when January was frozen"
    assert bureau.released("2015-01.v1").value(CITY, period="2015-02", span="month") is None


def test_targets_alone_make_no_release_until_figures_come(bureau):
    bureau.send("f14.csv", "# 表号: F14\n# 报告期: 2015\n地区,指标,目标值\n东山县,deaths,80\n", "2015-01-05")
    bureau.send("jan.csv", plain(EAST, "2015-01", 3), "2015-02-05")
    assert bureau.release() == ["2015-01.v1"]

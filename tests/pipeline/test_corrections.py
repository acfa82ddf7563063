"""`corrections.yml`: a decision changes one value from its date on; what was known before stays known, and the next release says why."""

from __future__ import annotations

import json

import pytest

from pipelines.jurisdiction import ConfigurationError

from .bureau import CITY, EAST, SOUTH, WEST, Bureau, bureau_at

POST = "河阳市应急管理局统计科科长"


def entry(match: str, value: object, date: str, reason: str = "更正", post: str = POST) -> str:
    value = "null" if value is None else value
    return f"- match: {{{match}}}\n  value: {value}\n  reason: {reason}\n  decided_by: {post}\n  date: {date}\n"


def of(month: str, region: str = EAST, measure: str = "deaths", form: str = "F02") -> str:
    return f'form_id: {form}, region_id: "{region}", period: {month}, measure: {measure}'


ENTRIES = [  # a line each of five in the file, in this order
    entry(of("2015-01"), 5, "2015-02-15"),
    entry(of("2015-02"), 7, "2015-03-10", "核销"),
    entry(of("2015-03", measure="events"), 9, "2015-04-10", "补报"),
    entry(of("2015-03", WEST), None, "2015-04-10", "口径调整"),
    entry(of("2015-04") + ", span: ytd", 12, "2015-05-10"),
    entry(of("2015-01"), 6, "2015-03-01"),
    entry(of("2015-05", measure="loss"), 12.5, "2015-06-20"),
]


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """`known(day)`: the tables as of that day. January is corrected twice; February's correction is overtaken by a newer file."""
    bureau = bureau_at(tmp_path_factory.mktemp("corrections"))
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST], deaths=[3, 4], events=[30, 40])
    bureau.report("2015-02", "2015-03-05", region_id=[EAST], deaths=[3])
    bureau.report("2015-02", "2015-03-20", region_id=[EAST], deaths=[4])
    bureau.report("2015-03", "2015-04-05", region_id=[EAST, WEST], deaths=[1, 2], events=[None, 8])
    bureau.send("april.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-04\n类别,本月死亡,累计死亡\n合计,2,11\n", "2015-05-05")
    bureau.send("may.csv", f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-05\n类别,死亡,直接经济损失(元)\n合计,1,100000\n煤矿,2,50000\n", "2015-06-05")
    entries = [*ENTRIES]
    entries[-1] = entries[-1].replace("measure: loss", "measure: loss, category: 煤矿")
    bureau.write("corrections.yml", "".join(entries))
    moments = {}

    def at(day: str = "2016-01-01"):
        if day not in moments:
            moments[day] = bureau.compute(as_of=day)
        return moments[day]

    at.bureau = bureau
    return at


def figure(tables, month: str, region: str = EAST, measure: str = "deaths", **more):
    return tables.one("figures", region_id=region, period=month, measure=measure, **more)


def test_a_value_is_corrected_from_the_day_of_the_decision_on(known):
    before, on_the_day = figure(known("2015-02-14"), "2015-01"), figure(known("2015-02-15"), "2015-01")
    assert (before["value"], before["obs_status"], before["correction"]) == (3, "reported", None)
    assert (on_the_day["value"], on_the_day["obs_status"], on_the_day["correction"], on_the_day["correction_reason"]) == (
        5, "corrected", "corrections.yml:1", "corrected")
    assert (before["submission_id"], before["cell"]) == (on_the_day["submission_id"], on_the_day["cell"]), "the cell it corrects"


def test_of_two_corrections_of_a_value_the_later_holds_and_all_are_kept(known):
    assert figure(known(), "2015-01")["value"] == 6
    found = known().where("figure_vintages", region_id=EAST, period="2015-01", measure="deaths")
    assert [(v["value"], v["in_force"], v["correction"]) for v in sorted(found, key=lambda v: v["known_from"])] == [
        (3, False, None), (5, False, "corrections.yml:1"), (6, True, "corrections.yml:26")]


def test_a_later_file_takes_the_place_of_a_correction(known):
    assert figure(known("2015-03-12"), "2015-02")["value"] == 7
    assert (figure(known(), "2015-02")["value"], figure(known(), "2015-02")["correction"]) == (4, None)
    assert [c["in_force"] for c in known().where("corrections", period="2015-02")] == [False]


def test_a_corrected_number_is_computed_with_like_a_reported_one(known):
    assert known("2015-02-14").value(EAST, period="2015-01", span="month") == 3
    row = known().one("indicators", region_id=EAST, period="2015-02", span="ytd", indicator_id="deaths", category="TOTAL")
    assert (row["value"], row["obs_status"]) == (6 + 4, "reported")
    assert known().value(CITY, period="2015-01", span="month") == 6 + 4


def test_a_blank_may_be_filled_in_and_a_number_taken_out(known):
    assert known("2015-04-09").where("figures", region_id=EAST, period="2015-03", measure="events") == []
    filled = figure(known(), "2015-03", measure="events")
    assert (filled["value"], filled["correction_reason"]) == (9, "supplemented")
    assert (figure(known("2015-04-09"), "2015-03", WEST)["value"], figure(known(), "2015-03", WEST)["value"]) == (2, None)
    assert known().value(WEST, period="2015-03", span="month") is None


def test_a_match_may_name_the_span_and_the_category(known):
    assert [figure(known(), "2015-04", span=s)["value"] for s in ("month", "ytd")] == [2, 12]
    assert {f["category"]: f["value"] for f in known().where("figures", period="2015-05", measure="loss")} == {"TOTAL": 10, "GK1": 12.5}


def test_a_decision_settles_what_the_file_itself_contradicts(known):
    """In May coal mines have more deaths than the total: both are disputed. What was decided is not."""
    assert {f["obs_status"] for f in known().where("figures", period="2015-05", measure="deaths")} <= {"reported", "disputed"}
    assert figure(known(), "2015-05", measure="loss", category="GK1")["obs_status"] == "corrected"


def test_the_table_of_corrections_says_what_changed_why_and_who_decided(known):
    row = known().one("corrections", correction="corrections.yml:26")
    assert (row["old_value"], row["new_value"], row["reason"], row["decided_by"], row["in_force"]) == (5, 6, "corrected", POST, True)
    assert {c["reason"] for c in known().tables["corrections"]} == {"corrected", "cancelled", "supplemented", "basis_changed"}


# --- releases ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Bureau:
    """January is released, then corrected without any new file, then released again. A register is corrected, too."""
    bureau = bureau_at(tmp_path_factory.mktemp("released"))
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[3, 4, 5], events=[None, 4, 5])
    bureau.names = bureau.release()
    bureau.write("corrections.yml", entry(of("2015-01"), 2, "2015-02-25") + entry(of("2015-01", measure="events"), 2, "2015-03-25", "补报"))
    bureau.names += bureau.release()
    return bureau


def test_a_correction_is_published_without_any_new_file_in_the_round_of_its_date(released):
    assert released.names == ["2015-01.v1", "2015-01.v2", "2015-01.v3"]
    assert [released.manifest(name)["as_of"][:10] for name in released.names] == ["2015-02-05", "2015-02-25", "2015-03-25"]
    assert [released.released(name).value(EAST, period="2015-01", span="month") for name in released.names] == [3, 2, 2]


def test_the_list_of_changes_gives_the_reason_of_the_decision(released):
    second = released.released("2015-01.v2").one("revisions", table="figures")
    assert (second["old_value"], second["new_value"], second["reason"], second["correction"]) == (3, 2, "corrected", "corrections.yml:1")
    third = released.released().one("revisions", table="figures", release="2015-01.v3")
    assert (third["old_value"], third["new_value"], third["reason"]) == (None, 2, "supplemented")
    assert {r["reason"] for r in released.released("2015-01.v2").where("revisions", table="indicators")} == {"inputs_changed"}
    assert "supplemented" in (released.out / "releases" / "latest" / "CHANGES.csv").read_text(encoding="utf-8-sig")


def test_nothing_is_made_twice_and_one_run_gives_what_many_do(released, tmp_path):
    assert released.release() == []
    at_once = Bureau(released.folder, tmp_path / "out", dict(released.arrivals))
    assert at_once.release() == ["2015-01.v1", "2015-01.v2", "2015-01.v3"]
    for name in ("2015-01.v2", "2015-01.v3"):
        for kind in ("figures", "indicators", "revisions", "corrections"):
            path = f"releases/{name}/parquet/{kind}.parquet"
            assert (at_once.out / path).read_bytes() == (released.out / path).read_bytes()
        assert at_once.manifest(name)["inputs_sha256"] == released.manifest(name)["inputs_sha256"]


def test_the_walk_back_names_the_decision_after_the_cell(released, capsys):
    from pipelines import explain

    assert explain.show(released.out, "figures", [f"region_id={EAST}", "measure=deaths"]) == 0
    printed = capsys.readouterr().out
    source, correction = (next(n for n, line in enumerate(printed.splitlines()) if word in line) for word in ("/ source: ", "/ correction: "))
    assert correction == source + 1
    assert f"corrections.yml:1  3 → 2  更正 / corrected  {POST}  2015-02-25" in printed
    explain.show(released.out, "indicators", [f"region_id={EAST}", "indicator_id=deaths", "span=month"], as_json=True)
    tree = json.loads(capsys.readouterr().out)["results"][0]
    assert tree["inputs"][0]["corrections"][0]["decided_by"] == POST


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def received(tmp_path_factory) -> Bureau:
    bureau = bureau_at(tmp_path_factory.mktemp("received"))
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[3])
    bureau.send("cut.csv", f"# 表号: F02\n# 行政区划代码: {WEST}\n# 报告期: 2015-01\n类别,死亡\n合计,3\n煤矿,1\n", "2015-02-05")
    bureau.send("refused.csv", f"form_id,region_id,period,deaths\nF02,{SOUTH},2015-01,3\nF02,{SOUTH},2015-02,很多\n", "2015-02-05")
    bureau.receive()
    return bureau


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry(of("2015-02"), 1, "2015-03-01"), "nothing matches"),
        (entry(of("2015-01", measure="missing"), 1, "2015-03-01"), "nothing matches"),
        (entry(of("2015-01"), 1, "2015-02-04"), "nothing matches"),
        (entry(of("2015-01", SOUTH), 1, "2015-03-01"), "nothing matches"),
        (entry(of("2015-01") + ", cell: Z9", 1, "2015-03-01"), "nothing matches"),
        (entry(of("2015-01", WEST), 1, "2015-03-01"), "2 values match; add category"),
        (entry(of("2015-01"), 1, "2015-03-01", reason="笔误"), "reason"),
        (entry(of("2015-01"), 1, "2015-03-01", post="王小明"), "a post"),
        (entry(of("2015-01"), 1.5, "2015-03-01"), "whole number"),
        (entry(of("2015-01"), -1, "2015-03-01"), "negative"),
        (entry(of("2015-01"), "many", "2015-03-01"), "not a number"),
        (entry(of("2015-01"), 1, "yesterday"), "not a date"),
        (entry(of("2015-01", "990177"), 1, "2015-03-01"), "regions.csv"),
        (entry(of("2015-13"), 1, "2015-03-01"), "2015-13"),
        (entry(of("2015-01", form="F77"), 1, "2015-03-01"), "F77"),
        (entry(of("2015-01", measure="smiles"), 1, "2015-03-01"), "smiles"),
        (entry(of("2015-01") + ", colour: red", 1, "2015-03-01"), "colour"),
        (entry(of("2015-01") + ", category: 外星人", 1, "2015-03-01"), "外星人"),
        (entry('form_id: F01, field: status', "结案", "2015-03-01"), "accident_id"),
        ("- {match: {form_id: F02}, value: 1}\n", "is missing"),
        ("match: 1\n", "list"),
        ("- [", "YAML"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused_and_named(received, text, said):
    received.write("corrections.yml", text)
    with pytest.raises(ConfigurationError) as raised:
        received.compute()
    message = str(raised.value)
    assert message.startswith("corrections.yml") and said in message
    assert "YAML" in said or said == "list" or "第 1 行 / line 1" in message
    (received.folder / "corrections.yml").unlink()


def test_the_command_line_answers_with_exit_code_two_and_the_line(received, capsys):
    received.write("corrections.yml", "# decisions of the bureau\n" + entry(of("2015-02"), 1, "2015-03-01"))
    assert received.run() == 2
    assert "corrections.yml: 第 2 行 / line 2" in capsys.readouterr().err
    received.write("corrections.yml", entry(of("2015-01"), 1, "2099-03-01"))
    assert received.run() == 2
    assert "2099-03-01" in capsys.readouterr().err
    (received.folder / "corrections.yml").unlink()

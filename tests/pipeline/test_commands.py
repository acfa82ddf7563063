"""run, receive, status and explain: exit codes, what is printed where, and that the second time nothing happens."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest

from .bureau import CITY, EAST, WEST, Bureau

GOOD = f"form_id,region_id,period,deaths\nF02,{EAST},2015-01,3\n"
BAD = "# 表号: F02\n# 报告期: 2015-01\n地区,死亡\n西水县,很多\n"


@pytest.fixture
def copied(outside, tmp_path) -> Bureau:
    """The outside bureau as it stands after its run, to go on with."""
    return outside.copy(tmp_path)


def stamps(bureau) -> dict:
    return {p.relative_to(bureau.out).as_posix(): p.stat().st_mtime_ns for p in (bureau.out / "releases").rglob("*") if p.is_file()}


def test_the_second_run_makes_no_new_release_and_touches_nothing(copied, capsys):
    before = stamps(copied)
    assert copied.run() == 0
    output = capsys.readouterr()
    assert stamps(copied) == before
    assert re.search(r"new releases: 0", output.err)
    assert "2015-02.v1" in output.out


def test_a_run_says_on_standard_output_where_things_are_and_on_standard_error_what_it_does(copied, capsys):
    copied.run()
    output = capsys.readouterr()
    assert [line.split("/")[0].strip() for line in output.out.splitlines()] == ["网站", "数据", "回执"]
    assert "新收文件" in output.err and "新收文件" not in output.out


def test_a_release_as_known_at_an_earlier_time(copied):
    shutil.rmtree(copied.out / "releases")
    assert copied.run("--as-of", "2015-02-20", "--period", "2015-01") == 0
    assert [p.name for p in sorted((copied.out / "releases").iterdir())] == ["2015-01.v1", "latest"]
    tables = copied.released()
    assert tables.value(WEST, period="2015-01", span="month") == 2, "the correction came in March"
    assert max(s["received_at"] for s in tables.tables["submissions"]).isoformat() < "2015-02-20"


def test_a_month_for_which_nothing_is_known_makes_no_release(copied):
    assert copied.run("--period", "2015-01", "--as-of", "2010-01-01") == 0
    assert copied.manifest()["release"] == "2015-02.v1"


def test_receive_prints_a_verdict_a_file_and_fails_when_one_is_rejected(copied, capsys, tmp_path):
    good, bad = tmp_path / "一月.csv", tmp_path / "坏.csv"
    good.write_text(GOOD.replace("deaths", "serious"), encoding="utf-8")
    bad.write_text(BAD, encoding="utf-8")
    assert copied.run(str(good), command="receive") == 0
    assert capsys.readouterr().out.startswith("一月.csv: 已接收 / Accepted")
    assert copied.run(str(good), str(bad), str(tmp_path / "不在.csv"), command="receive") == 1
    output = capsys.readouterr()
    assert "坏.csv: 退回" in output.out and "error B4:" in output.out and "很多" in output.out
    assert "不在.csv" in output.err
    assert copied.manifest()["release"] == "2015-02.v1", "receiving makes no release"


# --- explain ----------------------------------------------------------------------------------------------------------


def explained(outside, capsys, *arguments: str) -> tuple[str, list[dict]]:
    assert outside.run(*arguments, command="explain") == 0
    text = capsys.readouterr().out
    assert outside.run(*arguments, "--json", command="explain") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["release"] == outside.manifest()["release"]
    return text, answer["results"]


def sources(node: dict) -> set[tuple[str, str]]:
    own = {(node["source"]["file"], node["source"]["cell"])} if "source" in node else set()
    return own.union(*(sources(child) for child in node.get("inputs", [])))


@pytest.mark.parametrize(
    ("question", "cells"),
    [
        (["figures", f"region_id={EAST}", "period=2015-01", "measure=deaths"], {("2015/minimal.csv", "D2")}),
        (["indicators", f"region_id={EAST}", "period=2015-01", "span=month", "indicator_id=immediate_rectification_rate", "category=TOTAL"],
         {("2015/hazards.csv", "E5"), ("2015/hazards.csv", "C5")}),
        (["comparisons", f"region_id={EAST}", "period=2015-02", "span=ytd", "kind=yoy", "indicator_id=deaths", "category=TOTAL"],
         {("2015/feb.xlsx", "E5"), ("2015/feb.xlsx", "F5")}),
        (["indicators", f"region_id={CITY}", "period=2015-01", "span=month", "indicator_id=deaths", "category=TOTAL"],
         {("2015/minimal.csv", "D2"), ("2015/january_corrected.csv", "D2"), ("F02_2015-01_2015-02-05.csv", "D3"), ("F02_2015-01_2015-02-05.csv", "D4")}),
        (["target_progress", f"region_id={CITY}", "period=2015-01"], {("targets.csv", "E2")}),
        (["rankings", f"region_id={EAST}", "period=2015-01", "span=month", "indicator_id=deaths", "peer_group=all"], {("2015/minimal.csv", "D2")}),
    ],
)
def test_a_number_is_walked_back_to_its_cells_and_text_and_json_agree(outside, capsys, question, cells):
    text, results = explained(outside, capsys, *question)
    assert len(results) == 1
    found = sources(results[0])
    assert cells <= found
    for file, cell in found:
        assert re.search(rf"{re.escape(file)} .*{cell}\b", text), (file, cell)
    for key in ("value", "progress_pct", "rank"):
        if results[0]["row"].get(key) is not None:
            assert f"{key}: {results[0]['row'][key]:g}".replace("e+", "") in text
    if "formula" in results[0]:
        assert results[0]["formula"] in text


def test_the_formula_of_a_percentage_shows_its_numbers(outside, capsys):
    text, _ = explained(outside, capsys, "comparisons", f"region_id={CITY}", "period=2015-01", "span=month", "kind=yoy", "indicator_id=deaths", "category=TOTAL")
    assert "(9 - 7) / 7 x 100" in text and "28.57 %" in text


def test_a_change_is_walked_back_from_the_list_of_revisions(outside, capsys):
    _, results = explained(outside, capsys, "revisions", "table=figures")
    assert {file for file, _ in sources(results[0])} == {"2015/january_corrected.csv"}


def test_a_wrong_question_is_answered_with_what_can_be_asked(outside, capsys):
    assert outside.run("nonsense", "a=b", command="explain") == 2
    assert "comparisons" in capsys.readouterr().err
    assert outside.run("figures", "colour=red", command="explain") == 2
    assert "region_id" in capsys.readouterr().err
    assert outside.run("figures", "region_id", command="explain") == 2
    assert outside.run("figures", "region_id=000000", command="explain") == 1


def test_two_runs_cannot_write_at_once_and_the_second_says_so(copied, capsys):
    import subprocess
    import sys

    code = (f"import duckdb, sys\ncon = duckdb.connect({str(copied.out / 'warehouse.duckdb')!r})\nprint('open', flush=True)\nsys.stdin.read()\n")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}) as holder:
        assert holder.stdout.readline() == b"open\n"
        assert copied.run() == 1
        holder.communicate(b"")
    error = capsys.readouterr().err
    assert "another worksafety is using it" in error and "Traceback" not in error

"""Regions under the names that they had: a page of an old year does not call a county what it was called later."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace

import duckdb
import openpyxl
import pytest
from pipeline.bureau import CITY, EAST, WEST, bureau_at

from pipelines.cli import main
from pipelines.publish import score_sheets


def test_a_ranking_of_an_old_year_has_the_names_of_that_year_and_the_change_is_released(tmp_path):
    bureau = bureau_at(tmp_path, f"{CITY},河阳市,Heyang,city\n{EAST},东山县,Dongshan,county,{CITY},,2016-07-01\n{EAST},东岭区,Dongling,county,{CITY},2016-07-01\n"
                                 f"{WEST},西水县,Xishui,county,{CITY}\n")
    bureau.write("region_changes.csv", f"old_id,new_id,kind,date,source\n{EAST},{EAST},rename,2016-07-01,民政部清单\n{WEST},{EAST},split,2017-01-01,\n")
    bureau.write("targets.csv", f"year,region_id,target\n2015,{EAST},8\n2017,{EAST},8\n")
    for year in (2015, 2017):
        bureau.report(f"{year}-01..{year}-12", f"{year + 1}-01-05", region_id=[EAST, WEST], deaths=[4, 2])
    assert main(["run", str(bureau.folder), "--out", str(bureau.out)]) == 0
    site = bureau.out / "site"
    ranking = (site / "rankings" / "deaths" / "index.html").read_text(encoding="utf-8")
    old, new = (ranking.index(name) for name in ("东山县", "东岭区"))
    assert new < old, "the newest year comes first, each with its own name"
    region = (site / "regions" / EAST / "index.html").read_text(encoding="utf-8")
    assert "2016-07-01 以前称东山县" in region
    assert "东山县" in (site / "targets" / "index.html").read_text(encoding="utf-8")
    changes = bureau.released().tables["region_changes"]
    assert [(r["old_id"], r["new_id"], r["kind"], str(r["changed_on"]), r["comparable"], r["source"]) for r in changes] == [
        (EAST, EAST, "rename", "2016-07-01", True, "民政部清单"), (WEST, EAST, "split", "2017-01-01", False, None)]


@pytest.mark.parametrize(("period", "name"), [("2015", "濂溪区"), ("2016H1", "濂溪区"), ("2017", "庐山区")])
def test_a_score_sheet_has_the_name_of_its_period(period, name):
    """Whichever of the two names sorts first."""
    con = duckdb.connect()
    con.execute("""CREATE TABLE regions AS SELECT * FROM (VALUES ('360402', '濂溪区', NULL::DATE), ('360402', '庐山区', DATE '2016-07-01')) AS r(region_id, name_zh, valid_from)""")
    con.execute("""CREATE TABLE assessment_scores AS SELECT 's' AS scheme_id, ? AS period, '360402' AS region_id, 1 AS rank, '' AS class, 90.0 AS score, '' AS grade,
        FALSE AS provisional, '' AS veto_reason, 90.0 AS judged_score, 100.0 AS judged_points, 100.0 AS total_points, 0 AS extra_score, '' AS grade_reason_zh, 1 AS ranked_count, '' AS weights_zh, FALSE AS interim, FALSE AS bottom""", [period])
    con.execute("CREATE TABLE scheme_rules AS SELECT 's' AS scheme_id, '方案' AS scheme_zh, '' AS group_zh, '' AS name_zh, '' AS rule_id, '' AS kind, '' AS rule_zh, 1 AS position")
    con.execute("""CREATE TABLE assessment_items AS SELECT 's' AS scheme_id, '' AS period, '' AS region_id, '' AS item_id, 0 AS measured, 0 AS target, 0 AS points, 0 AS deduction,
        0 AS score, '' AS reason_zh""")
    book = openpyxl.load_workbook(BytesIO(score_sheets._book(SimpleNamespace(con=con), "s", period, "")))
    assert book.sheetnames == ["总表", name]

"""Receipts a clerk can act on: the own sheets with the findings in them, everything in one round, answers, and findings that close."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
import zipfile

import openpyxl
import pytest

from pipelines import plain_workbook
from pipelines.engines.warehouse import Warehouse
from pipelines.intake import annotated, receipt

from .bureau import CITY, EAST, SOUTH, WEST, Bureau, bureau_at

SHEET = "2015年1月 事故"
HOSTILE = "<script>alert(1)</script>=cmd|'/C calc'!A0"


def official(rows: list[list], title: str = SHEET, envelope: tuple = ("F02", "2015-01")) -> openpyxl.Workbook:
    """The official layout with a merged title, widths of its own and a footer."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    sheet.append(["河阳市生产安全事故月报"])
    sheet.append(["表号", envelope[0], None, "行政区划代码", CITY])
    sheet.append(["报告期", envelope[1]])
    sheet.append(["地区", "类别", "起数", "死亡", "重伤", "上年同期死亡", "死亡同比", "天气"])
    for row in rows:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s" if cell.data_type == "e" else cell.data_type
    sheet.append(["填报人", "张三", "联系电话", "13812345678"])
    sheet.merge_cells("A1:H1")
    sheet.column_dimensions["A"].width = 27
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# Everything that can be wrong in one file: cells, codes, a region, a line whose key is lost, a total, a rate, a rule of the row.
WRONG = [
    ["东山县", "合计", 7, 3, 1, 4, "-20", "晴"],       # 5: its categories add up to 8, the rate is -25
    ["东山县", "工矿商贸", 5, 2, 0, None, None, "晴"],
    ["东山县", "道路交通", 3, 1, 0, None, None, None],
    ["月亮县", "合计", "三个半", -2, 1, None, None, None],  # 8: nobody knows the region; its other cells are read all the same
    ["西水县", "外星人", 1, "#REF!", 1.5, None, None, None],
    ["南林区", "合计", 0, 2, 0, 2, "持平", None],        # 10: deaths without an accident
]
RIGHT = {"C5": 8, "G5": "-25", "A8": "西水县", "C8": 3, "D8": 2, "B9": "火灾", "D9": 1, "E9": 1, "C10": 2, "H4": None, "H5": None, "H6": None}
FOUND = {("SUM_MISMATCH", "C5"), ("RATE_MISMATCH", "G5"), ("UNKNOWN_REGION", "A8"), ("NOT_A_NUMBER", "C8"), ("NEGATIVE_VALUE", "D8"),
         ("UNKNOWN_CODE", "B9"), ("FORMULA_ERROR", "D9"), ("NOT_AN_INTEGER", "E9"), ("E207", "D10"), ("UNKNOWN_COLUMN", "H4")}


def book_of(bureau: Bureau, found: dict) -> openpyxl.Workbook:
    return openpyxl.load_workbook(bureau.out / "receipts" / f"{found['submission_id']}.xlsx")


def answers_in(book: openpyxl.Workbook, **said: str) -> bytes:
    """The receipt workbook as it comes back, with an answer beside each check named."""
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        if row[0].value in said:
            row[9].value = said[row[0].value]
            row[9].data_type = "s"
    return saved(book)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Bureau:
    """A file with everything wrong in it, a text file, one that cannot be opened, and one that is right; receipts for all."""
    bureau = bureau_at(tmp_path_factory.mktemp("receipts"), publisher={"zh": "河阳市应急管理局", "en": "Heyang bureau", "contact": ""})
    bureau.row_checks = True
    bureau.send("good.csv", f"form_id,region_id,period,deaths,events\nF02,{SOUTH},2014-12,3,4\n", "2015-01-05")
    bureau.send("other.csv", f"form_id,region_id,period,registered\nF12,{SOUTH},2015-01,5\n", "2015-02-06")
    bureau.send("wrong.xlsx", saved(official(WRONG)), "2015-02-05")
    bureau.send("text.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2014-11\n地区,死亡,备注\n西水县,很多,=1+1\n", "2015-02-05")
    bureau.send("cut.xlsx", saved(official(WRONG))[:700], "2015-02-05")
    bureau.release()
    return bureau


@pytest.fixture(scope="module")
def second(first, tmp_path_factory) -> Bureau:
    """The receipt of the wrong file came back answered; then the file, mended in its copy."""
    bureau = first.copy(tmp_path_factory.mktemp("later"))
    told = bureau.receipts()["wrong.xlsx"]
    bureau.send("answered.xlsx", answers_in(book_of(bureau, told), E207=HOSTILE, UNKNOWN_COLUMN="天气请不必理会"), "2015-02-07")
    mended = book_of(bureau, told)
    for cell, value in RIGHT.items():
        mended.worksheets[1][cell] = value
    bureau.send("mended.xlsx", saved(mended), "2015-02-08")
    bureau.names = bureau.release()
    return bureau


# --- one round --------------------------------------------------------------------------------------------------------


def test_a_refused_file_is_told_everything_at_once_sums_and_rates_too(first):
    told = first.receipts()["wrong.xlsx"]
    assert told["verdict"] == "rejected"
    assert {(f["check_id"], f["cell"]) for f in told["findings"]} == FOUND
    assert {f["cell"]: f["expected"] for f in told["findings"]}["C5"] == "8"
    assert {f["cell"]: f["expected"] for f in told["findings"]}["G5"] == "-25"


def test_mended_in_one_round_as_the_receipt_says_the_file_is_accepted_without_a_finding(second):
    mended = second.receipts()["mended.xlsx"]
    assert (mended["verdict"], mended["findings"]) == ("accepted", [])
    tables = second.released()
    assert tables.value(EAST, "accidents", period="2015-01", span="month") == 8
    assert tables.value(WEST, period="2015-01", span="month") == 2


def test_what_is_judged_in_a_refused_file_does_not_depend_on_what_came_with_it(first, tmp_path):
    """The total of one county is not held against the file of another that was refused on the same day."""
    bureau = bureau_at(tmp_path)
    head = "# 表号: F02\n# 报告期: 2015-01\n行政区划代码,死亡,起数\n"
    bureau.send("city.csv", f"{head}{CITY},99,9x\n", "2015-02-05")
    bureau.send("county.csv", f"{head}{EAST},1,9x\n{WEST},1,1\n{SOUTH},1,1\n", "2015-02-05")
    bureau.receive()
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        found = warehouse.con.execute("SELECT check_id, region_id FROM intake_findings ORDER BY ALL").fetchall()
    assert found == [("NOT_A_NUMBER", CITY), ("NOT_A_NUMBER", EAST)]


# --- the workbook -----------------------------------------------------------------------------------------------------


def test_the_own_sheet_is_shown_with_its_values_merged_cells_and_widths(first):
    book = book_of(first, first.receipts()["wrong.xlsx"])
    assert book.sheetnames == ["回执 receipt", SHEET]
    copy, original = book[SHEET], official(WRONG)[SHEET]
    for row in original.iter_rows():
        for cell in row:
            shown = copy[cell.coordinate].value
            assert shown == cell.value or "13812345678" in str(cell.value), cell.coordinate
    assert [str(r) for r in copy.merged_cells.ranges] == ["A1:H1"]
    assert copy.column_dimensions["A"].width == 27
    assert "13812345678" not in str([[c.value for c in row] for row in copy.iter_rows()])


def test_bad_cells_are_coloured_by_severity_and_say_what_is_wrong_in_both_languages(first):
    copy = book_of(first, first.receipts()["wrong.xlsx"])[SHEET]
    fills = {cell: copy[cell].fill.start_color.rgb[2:] for cell in ("C5", "D10", "H4", "C6")}
    assert fills["C5"] == fills["D10"] == annotated.FILLS["error"] and fills["H4"] == annotated.FILLS["warning"]
    assert fills["C6"] == "000000", "a cell without a finding keeps its looks"
    said = copy["C5"].comment.text
    for part in ("SUM_MISMATCH", "错误 / error", "合计印为 7", "应为 / expected：8", "its parts add up to 8"):
        assert part in said
    assert copy["C6"].comment is None


def test_the_list_comes_first_with_a_link_to_every_cell_and_a_place_for_the_answer(first):
    book = book_of(first, first.receipts()["wrong.xlsx"])
    sheet = book.worksheets[0]
    head = next(row for row in sheet.iter_rows() if row[0].value == "规则 / check")
    assert [c.value for c in head][-2:] == ["状态 / state", "答复 / answer"]
    rows = list(sheet.iter_rows(min_row=head[0].row + 1))
    assert {(row[0].value, row[3].value) for row in rows} == FOUND
    for row in rows:
        assert row[3].hyperlink.location == f"'{SHEET}'!{row[3].value}"
        assert row[8].value == "待处理 / open" and row[9].value is None


def test_a_text_file_is_shown_line_by_line_as_it_stands(first):
    copy = book_of(first, first.receipts()["text.csv"])["报送文件 file"]
    rows = [[c.value for c in row] for row in copy.iter_rows()]
    assert [row[0] for row in rows] == ["# 表号: F02", f"# 行政区划代码: {CITY}", "# 报告期: 2014-11", "地区", "西水县"]
    assert rows[4][2] == "=1+1" and copy["C5"].data_type == "s", "text, never a formula"
    assert copy["B5"].comment.text.startswith("NOT_A_NUMBER")


def test_a_file_that_cannot_be_opened_and_one_without_findings_get_the_list_alone(first):
    for name in ("cut.xlsx", "good.csv"):
        assert book_of(first, first.receipts()[name]).sheetnames == ["回执 receipt"]


def test_nothing_that_runs_or_reaches_out_gets_into_the_copy(first, tmp_path):
    book = official(WRONG, "a'b")
    sheet = book.active
    sheet["A12"], sheet["B12"] = "=HYPERLINK(\"http://example.org\",\"x\")", "=1+1"
    sheet["C12"].value, sheet["C12"].data_type = "=cmd|' /C calc'!A0", "s"
    sheet["D12"] = "link"
    sheet["D12"].hyperlink = "http://example.org/"
    book.create_sheet("hidden").sheet_state = "hidden"
    book["hidden"]["A1"] = "secret"
    data = saved(book)
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/vbaProject.bin"] = b"macro"
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b'<mergeCell ref="A1:H1" />', b'<mergeCell ref="A1:H1" /><mergeCell ref="B1:C9" />')
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    found = {"sheet": "a'b", "cell": "C12", "check_id": "X", "rule_id": "X", "severity": "error", "value": "", "expected": "", "message_zh": HOSTILE, "message_en": "",
             "state": "open", "resolved_by": None}
    copies = annotated.copies(buffer.getvalue(), [found], "回执 receipt")
    written = plain_workbook.write(annotated.sheets(copies, [found]))
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        names, everything = archive.namelist(), b"".join(archive.read(name) for name in archive.namelist())
    assert not [name for name in names if re.search(r"vba|external|media|drawing\d*\.xml|embed", name)]
    assert b"<f>" not in everything and b"example.org" not in everything and b"secret" not in everything and b"TargetMode" not in everything
    again = openpyxl.load_workbook(io.BytesIO(written))
    cells = [cell for row in again.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type in "snd" for cell in cells)
    assert again.worksheets[0]["C12"].value == "=cmd|' /C calc'!A0" and again.worksheets[0]["C12"].quotePrefix
    assert [str(r) for r in again.worksheets[0].merged_cells.ranges] == ["A1:H1"], "of ranges that overlap the first counts"
    again.save(tmp_path / "again.xlsx")


def test_of_a_very_large_sheet_the_head_and_the_lines_with_findings_are_shown(monkeypatch):
    monkeypatch.setattr(annotated, "MAX_CELLS", 50)
    lines = [f"西水县,{n}" for n in range(200)]
    [copy] = annotated.copies(("地区,死亡\n" + "\n".join(lines)).encode(), [{"sheet": "", "cell": "B150"}], "list")
    assert not copy.whole
    assert [r + 1 for r, row in enumerate(copy.rows) if row] == [*range(1, 61), 150]
    assert copy.rows[149] == ["西水县", "148"], "where it stands in the file"


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_asks_nobody_for_anything_and_says_what_to_do(first):
    page = (first.out / "receipts" / f"{first.receipts()['wrong.xlsx']['submission_id']}.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page and not re.search(r"https?://|src=|@import|url\(", page)
    for text in ("退回，请改正后重新报送", "请一次改完后重新报送", "河阳市应急管理局", "事故月报", "2015-02-05 23:59", "待处理 10 处"):
        assert text in page, text


# --- answers ----------------------------------------------------------------------------------------------------------


def test_answers_are_read_back_and_stand_in_the_next_receipt(second):
    told = second.receipts()["wrong.xlsx"]
    said = {f["check_id"]: (f["answer"], f["answered_at"]) for f in told["findings"] if f["answer"]}
    assert said == {"E207": (HOSTILE, "2015-02-07T15:59:59Z"), "UNKNOWN_COLUMN": ("天气请不必理会", "2015-02-07T15:59:59Z")}
    sheet = book_of(second, told).worksheets[0]
    assert {row[9].value for row in sheet.iter_rows()} >= {HOSTILE, "天气请不必理会"}
    page = (second.out / "receipts" / f"{told['submission_id']}.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page


def test_an_answered_receipt_is_no_submission_and_answers_are_never_released(second):
    assert "answered.xlsx" not in second.receipts()
    with Warehouse(second.out / "warehouse.duckdb") as warehouse:
        assert warehouse.con.execute("SELECT count(*) FROM ledger").fetchone() == (6,)
        stored = warehouse.con.execute("SELECT check_id, sheet, cell, answer, received_at FROM answers ORDER BY check_id").fetchall()
    assert stored == [("E207", SHEET, "D10", HOSTILE, dt.datetime(2015, 2, 7, 15, 59, 59)),
                      ("UNKNOWN_COLUMN", SHEET, "H4", "天气请不必理会", dt.datetime(2015, 2, 7, 15, 59, 59))]
    for path in (second.out / "releases").rglob("*"):
        if path.is_file() and path.suffix in (".csv", ".json", ".jsonld"):
            assert "天气请不必理会" not in path.read_text(encoding="utf-8-sig"), path
    assert set(second.released().tables) & {"answers", "answer_files"} == set()


def test_the_same_answer_sent_again_is_stored_once_and_a_new_one_takes_its_place(second, tmp_path):
    bureau = second.copy(tmp_path)
    told = bureau.receipts()["wrong.xlsx"]
    bureau.send("again.xlsx", answers_in(book_of(bureau, told), UNKNOWN_COLUMN="天气请不必理会", E207="已核实"), "2015-02-12")
    bureau.receive()
    assert bureau.receive() == []
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        stored = warehouse.con.execute("SELECT check_id, answer FROM answers ORDER BY received_at, check_id").fetchall()
        receipt.write_all(warehouse, bureau.out / "receipts")
    assert stored == [("E207", HOSTILE), ("UNKNOWN_COLUMN", "天气请不必理会"), ("E207", "已核实")]
    assert {f["answer"] for f in bureau.receipts()["wrong.xlsx"]["findings"]} == {None, "已核实", "天气请不必理会"}


def test_a_receipt_whose_number_nobody_knows_is_refused(first, tmp_path):
    bureau = first.copy(tmp_path)
    book = book_of(bureau, bureau.receipts()["wrong.xlsx"])
    book.worksheets[0]["B1"] = "编号 / number 0123456789abcdef"
    bureau.send("stranger.xlsx", answers_in(book, E207="好"), "2015-02-10")
    bureau.receive()
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        assert warehouse.con.execute("SELECT f.check_id, f.value FROM intake_findings AS f JOIN ledger AS l USING (submission_id) WHERE path = 'stranger.xlsx'"
                                     ).fetchall() == [("UNKNOWN_RECEIPT", "0123456789abcdef")]
        assert warehouse.con.execute("SELECT count(*) FROM answers").fetchone() == (0,)


# --- closing ----------------------------------------------------------------------------------------------------------


def test_findings_of_a_refused_file_close_when_it_is_sent_again(second):
    told, mended = second.receipts()["wrong.xlsx"], second.receipts()["mended.xlsx"]
    assert told["state"] == "closed"
    assert {f["resolved_by"] for f in told["findings"]} == {mended["submission_id"]}
    assert told["replaced_by"] == {"submission_id": mended["submission_id"], "file": "mended.xlsx", "received_at": "2015-02-08T15:59:59Z"}
    published = {f["resolved_by"] for f in second.released().where("quality_findings", submission_id=told["submission_id"])}
    assert published == {mended["submission_id"]}
    assert {f["resolved_by"] for f in second.released().where("quality_findings", check_id="NOT_A_NUMBER", period="2014-11")} == {None}


def test_a_corrected_row_closes_its_own_findings_and_no_others(bureau):
    bureau.row_checks = True
    head = "# 表号: F02\n# 行政区划代码: {}\n# 报告期: 2015-01\n地区,起数,死亡\n"
    bureau.send("both.csv", head.format(CITY) + "东山县,0,1\n西水县,0,2\n", "2015-02-05")
    bureau.send("east.csv", head.format(EAST) + "东山县,1,1\n", "2015-02-06")
    bureau.release()
    receipts = bureau.receipts()
    assert {(f["cell"], f["state"], f["resolved_by"]) for f in receipts["both.csv"]["findings"]} == {
        ("C5", "closed", receipts["east.csv"]["submission_id"]), ("C6", "open", None)}
    assert receipts["both.csv"]["replaced_by"] is None, "a part of it is still in force"
    assert [f["state"] for f in receipts["both.csv"]["findings"]] == ["open", "closed"], "what is to be done stands first"


def test_a_file_replaced_by_name_says_by_which_and_what_was_told_stays_as_closed(bureau):
    head = "# 表号: F02\n# 行政区划代码: {}\n# 报告期: 2015-01\n"
    bureau.send("jan.csv", head.format(CITY) + "地区,死亡,上年同期死亡,死亡同比\n东山县,3,4,-20\n", "2015-02-05")
    bureau.release()
    before = bureau.receipts()["jan.csv"]
    assert [(f["check_id"], f["state"]) for f in before["findings"]] == [("RATE_MISMATCH", "open")]
    bureau.send("jan2.csv", head.format(CITY) + "# 替代: jan.csv\n地区,死亡,上年同期死亡,死亡同比\n东山县,3,4,-25\n", "2015-02-06")
    bureau.release()
    after, newer = bureau.receipts()["jan.csv"], bureau.receipts()["jan2.csv"]
    assert after["replaced_by"]["submission_id"] == newer["submission_id"]
    assert [(f["check_id"], f["state"], f["resolved_by"]) for f in after["findings"]] == [("RATE_MISMATCH", "closed", newer["submission_id"])]
    page = (bureau.out / "receipts" / f"{after['submission_id']}.html").read_text(encoding="utf-8")
    assert "本文件已由后来的报送替代" in page and "已了结 1 处" in page


# --- writing ----------------------------------------------------------------------------------------------------------


def test_only_receipts_that_say_something_new_are_written(second, tmp_path):
    bureau = second.copy(tmp_path)
    folder = bureau.out / "receipts"
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        assert receipt.write_all(warehouse, folder) == 0
        assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before
        gone = next(iter(bureau.receipts().values()))["submission_id"]
        (folder / f"{gone}.xlsx").unlink()
        shutil.copy(folder / f"{gone}.json", tmp_path / "kept.json")
        assert receipt.write_all(warehouse, folder) == 1
    assert json.loads((tmp_path / "kept.json").read_text(encoding="utf-8")) == json.loads((folder / f"{gone}.json").read_text(encoding="utf-8"))


def test_the_command_takes_an_answer_and_says_so(first, tmp_path, capsys):
    bureau = first.copy(tmp_path)
    told = bureau.receipts()["wrong.xlsx"]
    path = tmp_path / "答复.xlsx"
    path.write_bytes(answers_in(book_of(bureau, told), E207="已核实"))
    assert bureau.run(str(path), command="receive") == 0
    assert re.search(rf"^答复.xlsx: 收到答复 1 条 .*\[{told['submission_id']}\]", capsys.readouterr().out)
    assert "已核实" in {f["answer"] for f in bureau.receipts()["wrong.xlsx"]["findings"]}

"""A file that cannot be used is answered with everything that is wrong with it, cell by cell, while the others go through."""

from __future__ import annotations

import json

import openpyxl
import pytest

from .bureau import CITY, EAST, SOUTH, WEST, Bureau, bureau_at
from .conftest import workbook

GOOD = f"form_id,region_id,period,deaths\nF02,{EAST},2015-01,3\n"
HEAD = "# 表号: F02\n# 报告期: 2015-01\n"
BROKEN = {  # file: (content, check, cell)
    "text_in_a_number.csv": (f"{HEAD}地区,死亡\n西水县,很多\n", "NOT_A_NUMBER", "B4"),
    "unknown_region.csv": (f"{HEAD}地区,死亡\n月亮县,1\n", "UNKNOWN_REGION", "A4"),
    "garbage.csv": (bytes(range(128, 256)) * 8, "UNKNOWN_ENCODING", ""),
    "gbk_garbage.csv": ("锟斤拷烫烫烫".encode("gbk") * 20, "NO_FORM", ""),
    "empty.csv": (b"", "EMPTY_FILE", ""),
    "truncated.xlsx": (workbook(["表号", "F02"], ["地区", "死亡"], ["西水县", 1])[:900], "BROKEN_FILE", ""),
    "page.xls": (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "UNKNOWN_FILE_TYPE", ""),
    "half_a_person.csv": (f"{HEAD}地区,死亡\n西水县,1.5\n", "NOT_AN_INTEGER", "B4"),
    "minus.csv": (f"{HEAD}地区,死亡\n西水县,-1\n", "NEGATIVE_VALUE", "B4"),
    "bracket.csv": (f"{HEAD}地区,死亡\n西水县,(1)\n", "NEGATIVE_VALUE", "B4"),
    "formula_error.csv": (f"{HEAD}地区,死亡\n西水县,#DIV/0!\n", "FORMULA_ERROR", "B4"),
    "huge.csv": (f"{HEAD}地区,死亡\n西水县,{'9' * 15}\n", "NUMBER_TOO_LARGE", "B4"),
    "twice.csv": (f"{HEAD}地区,死亡\n西水县,1\n西水,2\n", "DUPLICATE_ROW", "A5"),
    "no_such_code.csv": (f"{HEAD}地区,类别,死亡\n西水县,外星人,1\n", "UNKNOWN_CODE", "B4"),
    "no_period.csv": ("# 表号: F02\n地区,死亡\n西水县,1\n", "NO_PERIOD", "A3"),
    "telephone.csv": (f"{HEAD}地区,死亡\n西水县,5(联系人 13812345678)\n", "PERSONAL_DATA", "B4"),
    "telephone_as_number.csv": (f"{HEAD}地区,死亡,死亡同比\n西水县,5,13812345678\n", "PERSONAL_DATA", "C4"),
    "year_9999.csv": ("# 表号: F02\n# 报告期: 9999\n地区,死亡\n西水县,1\n", "BAD_PERIOD", "A2"),
    "year_0000.csv": (f"form_id,region_id,period,deaths\nF02,{WEST},0000,1\n", "BAD_PERIOD", "C2"),
}


def cells_of(receipt: dict, check: str) -> list[str]:
    return [f["cell"] for f in receipt["findings"] if f["check_id"] == check]


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> Bureau:
    bureau = bureau_at(tmp_path_factory.mktemp("rejections"), required_columns={"F07": ["total"]})
    bureau.row_checks = True
    bureau.send("good.csv", GOOD, "2015-02-05")
    for name, (content, _, _) in BROKEN.items():
        bureau.send(name, content, "2015-02-05")
    lines = [f"{r},2015-{m:02d},x{m}" for r in ("东山县", "西水县", "南林区") for m in range(1, 13)]
    bureau.send("many.csv", "# 表号: F02\n地区,报告期,死亡\n" + "\n".join(lines) + "\n", "2015-02-05")
    contradictions = "".join(f"东山县,2014-{m:02d},0,{m}\n西水县,2014-{m:02d},0,1\n" for m in range(1, 13))
    bureau.send("contradictions.csv", f"# 表号: F02\n地区,报告期,起数,死亡\n{contradictions}", "2015-02-05")
    bureau.send("several.xlsx", workbook(
        ["表号", "F02"], ["报告期", "2015-01"], ["地区", "类别", "起数", "死亡", "天气"],
        ["月亮县", "合计", 1, 1, "晴"], ["西水县", "外星人", 1, 1, "晴"], ["南林区", "合计", "三个半", -2, "晴"]), "2015-02-05")
    bureau.send("missing_column.csv", "# 表号: F07\n# 报告期: 2015-01\n地区,培训班期次\n西水县,3\n", "2015-02-05")
    bureau.send("blank_required.csv", "# 表号: F07\n# 报告期: 2015-02\n地区,培训班期次,合计\n西水县,3,\n", "2015-02-05")
    bureau.send("sheet.xlsx", workbook(["表号", "F02"], ["报告期", "2015-01"], ["地区", "死亡", "天气"], ["西水县", 1, "晴"], title="联系人13812345678"), "2015-02-05")
    bureau.send("document.csv", "# 表号: F14\n# 报告期: 2015\n地区,指标,目标值,下达文号\n西水县,deaths,80,电话13812345678\n", "2015-02-05")
    # Numbers that once stopped the intake: they are printed beside a good figure and are only doubted.
    bureau.send("endless.csv", f"form_id,region_id,period,deaths,deaths_yoy,deaths_py,deaths_rank\nF02,{SOUTH},2015-01,1,{'9' * 40},{'9' * 20},{'9' * 19}\n", "2015-02-05")
    bureau.release()
    return bureau


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_rejected_and_its_receipt_names_the_cell(answered, name):
    receipt = answered.receipts()[name]
    _, check, cell = BROKEN[name]
    assert receipt["verdict"] == "rejected"
    assert cells_of(receipt, check) == [cell]
    assert receipt["errors"] >= 1


def test_the_good_file_beside_them_went_through(answered):
    tables = answered.released()
    assert answered.receipts()["good.csv"]["verdict"] == "accepted"
    assert answered.receipts()["good.csv"]["findings"] == []
    assert tables.value(EAST, period="2015-01", span="month") == 3


def test_nothing_of_a_rejected_file_is_in_the_tables(answered):
    tables = answered.released()
    rejected = {s["submission_id"] for s in tables.where("submissions", verdict="rejected")}
    assert len(rejected) == len(BROKEN) + 6
    assert not rejected & {f["submission_id"] for f in tables.tables["figure_vintages"]}
    assert tables.value(WEST, period="2015-01", span="month") is None


def test_a_receipt_holds_every_finding_of_the_file_at_once(answered):
    receipt = answered.receipts()["several.xlsx"]
    assert {(f["check_id"], f["cell"]) for f in receipt["findings"]} == {
        ("UNKNOWN_REGION", "A4"), ("UNKNOWN_CODE", "B5"), ("NOT_A_NUMBER", "C6"), ("NEGATIVE_VALUE", "D6"), ("UNKNOWN_COLUMN", "E3")}
    assert {f["sheet"] for f in receipt["findings"]} == {"Sheet"}
    assert len(cells_of(answered.receipts()["many.csv"], "NOT_A_NUMBER")) == 36


def test_more_than_twenty_rows_that_contradict_themselves_are_all_named(answered):
    receipt = answered.receipts()["contradictions.csv"]
    assert receipt["verdict"] == "accepted_with_warnings"
    assert cells_of(receipt, "E207") == [f"D{row}" for row in range(3, 27)]


def test_required_columns_are_asked_for_by_name(answered):
    assert [f["expected"] for f in answered.receipts()["missing_column.csv"]["findings"] if f["check_id"] == "REQUIRED_COLUMN"] == ["total"]
    assert cells_of(answered.receipts()["blank_required.csv"], "REQUIRED_BLANK") == ["C4"]


def test_an_endless_printed_number_is_doubted_and_the_figure_beside_it_kept(answered):
    receipt = answered.receipts()["endless.csv"]
    assert receipt["verdict"] == "accepted_with_warnings"
    assert cells_of(receipt, "PRINTED_UNREADABLE") == ["E2", "F2", "G2"]
    assert answered.released().value(SOUTH, period="2015-01", span="month") == 1


def test_personal_data_sends_back_its_own_file_and_stops_nobody_else(answered):
    """A telephone number in one cell, in a sheet's name or in a document number once stopped the release of everybody."""
    for name in ("telephone.csv", "telephone_as_number.csv", "sheet.xlsx", "document.csv"):
        receipt = answered.receipts()[name]
        assert receipt["verdict"] == "rejected"
        assert len(cells_of(receipt, "PERSONAL_DATA")) == 1
        assert "13812345678" not in json.dumps(receipt), "the receipt does not repeat it"
    assert answered.manifest()["release"] == "2015-01.v1"


def test_every_receipt_comes_as_json_page_and_workbook_with_the_same_findings(answered):
    for name, receipt in answered.receipts().items():
        stem = answered.out / "receipts" / receipt["submission_id"]
        assert json.loads(stem.with_suffix(".json").read_text(encoding="utf-8")) == receipt
        page = stem.with_suffix(".html").read_text(encoding="utf-8")
        sheet = openpyxl.load_workbook(stem.with_suffix(".xlsx")).worksheets[0]
        rows = [[c.value for c in row] for row in sheet.iter_rows()]
        header = next(i for i, row in enumerate(rows) if row[0] and str(row[0]).startswith("规则"))
        assert [row[0] for row in rows[header + 1:]] == [f["check_id"] for f in receipt["findings"]], name
        assert page.count("<tr class=") == len(receipt["findings"])
        for finding in receipt["findings"]:
            assert finding["message_zh"] and finding["message_en"]
            assert "{value}" not in finding["message_zh"] + finding["message_en"] and "{expected}" not in finding["message_zh"] + finding["message_en"]


def test_findings_stand_in_the_order_in_which_a_clerk_mends_them(answered):
    receipt = answered.receipts()["several.xlsx"]
    order = [("error", "warning", "info").index(f["severity"]) for f in receipt["findings"]]
    assert order == sorted(order)


def test_a_receipt_says_who_when_and_which_version(answered):
    receipt = answered.receipts()["good.csv"]
    assert (receipt["form_id"], receipt["region_id"], receipt["region_zh"], receipt["period"]) == ("F02", EAST, "东山县", "2015-01")
    assert (receipt["received_at"], receipt["revision"], receipt["rows"]) == ("2015-02-05T15:59:59Z", 1, 1)


def test_rejected_files_alone_make_no_release_but_do_get_receipts(bureau, capsys):
    bureau.send("a.csv", f"{HEAD}地区,死亡\n西水县,很多\n", "2015-02-05")
    assert bureau.run() == 1
    output = capsys.readouterr()
    assert "没有可发布的内容" in output.err
    assert bureau.receipts()["a.csv"]["verdict"] == "rejected"
    assert not (bureau.out / "releases" / "latest").exists()


def test_a_mended_file_is_accepted_the_next_time(bureau):
    bureau.send("a.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n地区,死亡\n西水县,很多\n", "2015-02-05")
    bureau.receive()
    bureau.send("a.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n地区,死亡\n西水县,2\n", "2015-02-06")
    tables = bureau.compute()
    assert {s["revision"]: s["verdict"] for s in tables.tables["submissions"]} == {1: "rejected", 2: "accepted"}
    assert tables.value(WEST, period="2015-01", span="month") == 2

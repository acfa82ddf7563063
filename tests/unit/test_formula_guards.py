"""What a spreadsheet program would run or a stranger should not read never leaves as it came: CSV, workbooks, withheld text."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import personal
from pipelines.engines.warehouse import Warehouse, literal
from pipelines.publish import disclosure, tables
from pipelines.workbooks import save, text_cell

FORMULAS = ["=1+1", "+1+cmd", "@SUM(A1)", "-1+cmd|' /C calc'!A0", "\t=1", "\r=1", "=HYPERLINK(\"x\")"]
HARMLESS = ["东山县", "-4.55", "-12%", "—", "", "a=b", "1-2", None]


@pytest.fixture
def warehouse(tmp_path):
    with Warehouse(tmp_path / "w.duckdb") as warehouse:
        yield warehouse


def spec_of(**flags) -> dict:
    return {"key": ["n"], "columns": [{"name": "n", "type": "integer", "zh": "号", "en": "No"}, {"name": "text", "type": "string", "zh": "文", "en": "Text", **flags}]}


def csv_of(warehouse, tmp_path, texts, **flags) -> list[str]:
    """The texts of a table as they come out in CSV, which is written from the Parquet file as in a release."""
    warehouse.replace("t", {"n": "INTEGER", "text": "VARCHAR"}, list(enumerate(texts)))
    tables.write_parquet(warehouse, "t", spec_of(**flags), tmp_path / "t.parquet", {})
    tables.write_csv(warehouse, f"read_parquet({literal(str(tmp_path / 't.parquet'))})", spec_of(), tmp_path / "t.csv")
    data = (tmp_path / "t.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "a spreadsheet program takes a CSV without the mark for GBK"
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["n", "text"]
    return [row[1] for row in rows[1:]]


def test_text_that_would_run_as_a_formula_gets_an_apostrophe_in_csv(warehouse, tmp_path):
    assert csv_of(warehouse, tmp_path, FORMULAS) == [f"'{text}" for text in FORMULAS]


def test_ordinary_text_and_negative_numbers_stay_as_they_are_in_csv(warehouse, tmp_path):
    assert csv_of(warehouse, tmp_path, HARMLESS) == [text or "" for text in HARMLESS]


def test_quotes_commas_and_line_breaks_come_back_from_csv(warehouse, tmp_path):
    texts = ['"', "a,b", "一\n二", "';DROP TABLE t;--"]
    assert csv_of(warehouse, tmp_path, texts) == texts


def test_a_table_larger_than_one_group_of_rows_is_released_whole_and_sorted(warehouse, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROW_GROUP", 1000)
    warehouse.con.execute("CREATE TABLE t AS SELECT CAST((i * 7919) % 10007 AS INTEGER) AS n, 'a' || i AS text FROM range(10007) AS r(i)")
    seen = []
    assert tables.write_parquet(warehouse, "t", spec_of(), tmp_path / "t.parquet", {"release": "x"}, lambda group: seen.append(group.num_rows)) == 10007
    assert seen == [1000] * 10 + [7]
    assert pq.read_table(tmp_path / "t.parquet").column("n").to_pylist() == list(range(10007))
    assert pq.read_metadata(tmp_path / "t.parquet").num_row_groups == 11


def test_csv_numbers_have_no_binary_noise_and_no_trailing_zeros(warehouse, tmp_path):
    warehouse.replace("t", {"n": "INTEGER", "value": "DECIMAL(24,6)"}, [(1, None), (2, 100), (3, -4), (4, 0)])
    warehouse.con.execute("INSERT INTO t VALUES (5, 10.59), (6, 0.000001), (7, 123456789012.34), (8, 4000000000)")
    columns = [{"name": "n", "type": "integer", "zh": "号", "en": "No"}, {"name": "value", "type": "number", "zh": "值", "en": "Value"}]
    spec = {"key": ["n"], "columns": columns}
    tables.write_parquet(warehouse, "t", spec, tmp_path / "t.parquet", {})
    tables.write_csv(warehouse, f"read_parquet({literal(str(tmp_path / 't.parquet'))})", spec, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").split() == [
        "n,value", "1,", "2,100", "3,-4", "4,0", "5,10.59", "6,0.000001", "7,123456789012.34", "8,4000000000"]


def test_a_workbook_holds_text_and_no_formula(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("t")
    for text in [*FORMULAS, "控制\x00\x07字符"]:
        sheet.append([text_cell(sheet, text)])
    data = save(book)
    cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(data))["t"].iter_rows()]
    assert {cell.data_type for cell in cells} == {"s"}
    assert cells[-1].value == "控制字符"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_same_content_makes_the_same_workbook_whenever_it_is_written(monkeypatch):
    import time

    def make() -> bytes:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("t")
        sheet.append([text_cell(sheet, "一"), 1])
        return save(book)

    first = make()
    later = time.time() + 90_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert make() == first


def test_the_released_workbook_guards_text_in_every_table(warehouse, tmp_path):
    pq.write_table(pa.table({"n": range(len(FORMULAS)), "text": FORMULAS}), tmp_path / "t.parquet")
    tables.write_workbook({"t": (spec_of(), tmp_path / "t.parquet")}, tmp_path / "t.xlsx", "题")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]
    assert [c.value for c in sheet[1]] == ["号", "文"]
    assert {row[1].data_type for row in sheet.iter_rows(min_row=3)} == {"s"}


# --- withheld text ----------------------------------------------------------------------------------------------------


def test_what_a_clerk_typed_beside_a_number_is_withheld_alike_in_parquet_and_csv(warehouse, tmp_path):
    texts = ["2400余", "*6", "+5(联系人张三)", "-5(联系人张三)", "=5(联系人张三)", "@张三", "5(联系人张三)", "63(推算)", None]
    public = ["2400余", "*6", *[disclosure.WITHHELD] * 5, "63(推算)", None]
    warehouse.replace("t", {"n": "INTEGER", "text": "VARCHAR"}, list(enumerate(texts)))
    assert csv_of(warehouse, tmp_path, texts, clerk_text=True) == [text or "" for text in public]
    assert pq.read_table(tmp_path / "t.parquet").column("text").to_pylist() == public


@pytest.mark.parametrize("text", ["36012119800101123X", "13812345678", "联系电话0791-12345678", "a.b@example.com", "微信:zhangsan88", "QQ 12345678"])
def test_personal_data_is_recognised(text):
    assert personal.is_personal(text)
    with pytest.raises(disclosure.PersonalData) as raised:
        disclosure.scan("figures", "sheet", ["表1", text])
    assert "figures.sheet" in str(raised.value)
    assert text not in str(raised.value), "the message must not repeat it"


@pytest.mark.parametrize("text", ["360121", "990100", "3601211980", "2015-01..2015-10", "region_id=360121001001;period=2015", "118500", "1.3812345678",
                                  "赣安监统〔2015〕1号", "0.13812345678", "91360100MA35ABCDE1"])
def test_codes_periods_and_numbers_are_not_taken_for_personal_data(text):
    assert not personal.is_personal(text)

"""Bytes become cells: encodings, delimiters, kinds of file, and the files that nobody can read."""

from __future__ import annotations

import csv as csv_module
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline.bureau import CITY, EAST, WEST

from pipelines.intake import limits, sheets, sniff

TEXT = f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: 2015-03\n地区,类别,起数,死亡,备注\n东山县,合计,3,1,“补报”\n西水县,合计,5,—,无\n"
TABLE = [["表号", "F02"], ["行政区划代码", CITY], ["报告期", "2015-03"], ["地区", "类别", "起数", "死亡", "备注"],
         ["东山县", "合计", 3, 1, "“补报”"], ["西水县", "合计", 5, "—", "无"]]


def problem_of(data: bytes) -> str:
    with pytest.raises(sheets.Unreadable) as raised:
        sheets.read(data)
    return raised.value.problem


def meaning(parsed) -> list:
    rows = [(r.region_id, r.period, r.span, r.basis, r.dims, sorted(r.values.items()), r.note) for r in parsed.rows]
    return [parsed.form.id, parsed.region_id, parsed.period, rows, [(n.measure, n.obs_status) for n in parsed.notes], parsed.findings]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_a_spreadsheet_program_saves_reads_the_same(reader, encoding, line_end):
    assert meaning(reader.read(TEXT.replace("\n", line_end).encode(encoding))) == meaning(reader.read(TEXT.encode()))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_read_where_only_one_order_of_bytes_is_plain_text(reader, encoding):
    assert meaning(reader.read(TEXT.encode(encoding))) == meaning(reader.read(TEXT.encode()))
    assert problem_of(TEXT.encode(encoding) + b"\x00") == "UNKNOWN_FILE_TYPE"
    assert problem_of((TEXT + "\ue000").encode(encoding)) == "UNKNOWN_FILE_TYPE"
    assert problem_of(b"ab\x00cd\x00") == "UNKNOWN_FILE_TYPE"


def test_bytes_that_are_no_text_in_any_known_encoding_are_refused_and_never_read_with_gaps():
    assert problem_of("地区,死亡\n东山县,1\n".encode("gb18030") + b"\xff\xff\n") == "UNKNOWN_ENCODING"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("title", ["", "河阳市事故月报\n\n"])
def test_comma_tab_and_semicolon_files_read_alike_with_or_without_a_title(reader, delimiter, title):
    head, body = TEXT.split("地区", 1)
    assert meaning(reader.read((head + title + "地区" + body).replace(",", delimiter).encode())) == meaning(reader.read(TEXT.encode()))


def test_a_workbook_and_a_text_file_with_the_same_cells_read_alike(reader, workbook):
    assert meaning(reader.read(workbook(TABLE))) == meaning(reader.read(TEXT.encode()))


def test_the_envelope_saved_as_rows_of_a_text_file_reads_alike(reader):
    buffer = io.StringIO()
    csv_module.writer(buffer).writerows(row + [""] * (5 - len(row)) for row in TABLE)
    assert meaning(reader.read(buffer.getvalue().encode("gb18030"))) == meaning(reader.read(TEXT.encode()))


def test_an_open_document_spreadsheet_reads_alike(reader):
    def cell(value) -> str:
        if isinstance(value, int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in TABLE)
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet><table:table table:name="表1">{rows}'
               "</table:table></office:spreadsheet></office:body></office:document-content>")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    assert meaning(reader.read(buffer.getvalue())) == meaning(reader.read(TEXT.encode()))


def test_the_kind_of_file_is_told_by_its_content_and_not_by_its_name(workbook):
    assert sniff.kind_of(workbook([["a"]])) == "zip"
    assert sniff.kind_of(b"a,b\n1,2\n") == "text"
    assert sniff.is_html("\ufeff \n<HTML><body>") and not sniff.is_html("a,<b>\n")
    for foreign in (b"%PDF-1.4\x00\x01", b"%PDF-1.4 text", b"\x89PNG\r\n", b"{\\rtf1", b"MIME-Version: 1.0\n", b"\x1f\x8b\x08", b"a\x00b", b"<?xml version='1.0'?><Workbook/>"):
        assert problem_of(foreign) == "UNKNOWN_FILE_TYPE", foreign
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    assert problem_of(buffer.getvalue()) == "UNKNOWN_FILE_TYPE"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", "\ufeff\n".encode("utf-16")])
def test_an_empty_file_is_said_to_be_empty(reader, data):
    checks = [f.check_id for f in reader.read(data).findings]
    assert checks in (["EMPTY_FILE"], ["NO_FORM"])
    assert problem_of(b"") == "EMPTY_FILE"


def test_a_workbook_without_any_cell_is_said_to_be_empty(workbook):
    assert problem_of(workbook([])) == "EMPTY_FILE"


def test_a_cut_off_workbook_is_said_to_be_damaged(workbook):
    whole = workbook(TABLE)
    for share in (0.3, 0.6, 0.9, 0.99):
        assert problem_of(whole[: int(len(whole) * share)]) == "BROKEN_FILE"


def test_too_large_a_file_is_refused_before_it_is_unpacked(monkeypatch, workbook):
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    assert problem_of(b"a,b\n" * 1000) == "FILE_TOO_LARGE"
    monkeypatch.setattr(limits, "MAX_BYTES", 10**6)
    monkeypatch.setattr(limits, "MAX_UNPACKED", 100)
    assert problem_of(workbook(TABLE)) == "FILE_TOO_LARGE"
    monkeypatch.setattr(limits, "MAX_UNPACKED", 10**9)
    monkeypatch.setattr(limits, "MAX_ROWS", 4)
    assert problem_of(workbook(TABLE)) == "FILE_TOO_LARGE"
    assert problem_of(TEXT.encode()) == "FILE_TOO_LARGE"


def test_merged_cells_carry_their_value_to_every_cell_they_cover(workbook):
    [sheet] = sheets.read(workbook([["本月", None, "累计"], ["x", "y", "z"]], merged=["A1:B1"]))
    assert sheet.rows[0] == ["本月", "本月", "累计"]


def test_hidden_and_empty_sheets_are_not_read(workbook):
    found = sheets.read(workbook(TABLE, [["草稿"]], [], hidden=[1]))
    assert [sheet.name for sheet in found] == ["表1"]


def test_two_sheets_of_one_form_are_one_submission_and_two_forms_are_refused(reader, workbook):
    west = [*TABLE[:4], ["西水县", "煤矿", 1, 1, ""]]
    parsed = reader.read(workbook(TABLE, west))
    assert [(r.sheet, r.region_id) for r in parsed.rows] == [("表1", EAST), ("表1", WEST), ("表2", WEST)]
    other = [["表号", "F07"], ["报告期", "2015-03"], ["地区", "合计"], ["东山县", 3]]
    assert "SEVERAL_FORMS" in {f.check_id for f in reader.read(workbook(TABLE, other)).findings}


def test_a_quoted_line_break_does_not_move_the_row_numbers(reader):
    text = TEXT.replace("“补报”", '"一\n二"').replace("5,—", "很多,—")
    assert [(f.check_id, f.cell) for f in reader.read(text.encode()).findings] == [("NOT_A_NUMBER", "C6")]


def test_columns_are_lettered_as_in_a_spreadsheet():
    assert [sheets.letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(str.encode),
    st.tuples(st.integers(0, len(TEXT) - 1), st.text(max_size=12), st.integers(0, 20)).map(
        lambda cut: (TEXT[: cut[0]] + cut[1] + TEXT[cut[0] + cut[2]:]).encode()),
    st.lists(st.lists(st.sampled_from(["F02", "表号", "报告期", "2015-03", "2015", "地区", "东山县", "死亡", "起数", "累计", "是", "合计", "9" * 30, "*3",
                                       "死亡同比", "-", "0", "1.5", "本月", "类别", "单位", "元", "region_id", EAST, "", "#", "# 表号: F02"]), max_size=6),
             max_size=8).map(lambda rows: "\n".join(",".join(row) for row in rows).encode()),
))
def test_whatever_arrives_is_read_or_answered_and_never_raises(reader, data):
    parsed = reader.read(data)
    assert parsed.rows or parsed.findings

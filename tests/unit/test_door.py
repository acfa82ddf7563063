"""What a file may cost: bombs, lies about sizes, dangerous XML and damaged containers are refused with a finding, quickly and without a trace."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from messy import checks, compound, csv, excel95, page, record, table
from pipeline.bureau import CITY

from pipelines.intake import archive, limits, sheets

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "messy"
TABLE = [["表号", "F02"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "起数", "死亡"], ["东山县", 3, 1]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def problem_of(data: bytes) -> str:
    with pytest.raises(sheets.Unreadable) as raised:
        sheets.read(data)
    return raised.value.problem


def xlsx(sheet: str, strings: str = "", styles: str = "", **more: bytes) -> bytes:
    """A workbook of which the content of `sheetData` and of the shared texts is given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        target.writestr("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                        f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        target.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="表1" sheetId="1" r:id="rId1"/></sheets></workbook>')
        target.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        target.writestr("xl/worksheets/sheet1.xml", f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>')
        if strings:
            target.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
        if styles:
            target.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        for name, content in more.items():
            target.writestr(name, content)
    return buffer.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return {name: source.read(name) for name in source.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return buffer.getvalue()


def ods(body: str) -> bytes:
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": (
        f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>').encode()})


@pytest.fixture(autouse=True)
def quick_and_small():
    """Nothing here may take long or much memory, whatever the file claims."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - start < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000


# --- zip archives ------------------------------------------------------------------------------------------------------


def test_a_bomb_is_refused_while_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED", 20 * 2**20)
    assert problem_of(xlsx("<row/>" * (6 * 2**20))) == "FILE_TOO_LARGE"
    assert problem_of(zipped({"content.xml": b" " * 2**25})) == "FILE_TOO_LARGE"


@pytest.mark.parametrize("claimed", [10, 2**31])
def test_a_part_that_lies_about_its_size_is_refused(workbook, claimed):
    data = bytearray(workbook(TABLE))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.find(signature)
        while place >= 0:
            length = struct.unpack_from("<H", data, place + (28 if signature[2] == 1 else 26))[0]
            name = bytes(data[place + (46 if signature[2] == 1 else 30) :][:length])
            if name == b"xl/worksheets/sheet1.xml":
                struct.pack_into("<I", data, place + offset, claimed)
            place = data.find(signature, place + 4)
    assert problem_of(bytes(data)) in ("BROKEN_FILE", "FILE_TOO_LARGE")


def test_a_part_that_is_there_twice_is_refused(workbook):
    parts = parts_of(workbook(TABLE))
    buffer = io.BytesIO(zipped(parts))
    with zipfile.ZipFile(buffer, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("xl/worksheets/sheet1.xml", parts["xl/worksheets/sheet1.xml"])
    assert problem_of(buffer.getvalue()) == "BROKEN_FILE"


def test_overlapping_parts_are_refused(workbook):
    data = bytearray(workbook(TABLE))
    place = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 20, 2**30)
    assert problem_of(bytes(data)) == "BROKEN_FILE"


def test_workbooks_within_workbooks_and_pictures_are_never_opened(workbook):
    inner = parts_of(workbook(TABLE))
    for name in ("xl/embeddings/book.xlsx", "xl/media/image1.png", "customXml/item1.xml", "docProps/core.xml", "xl/externalLinks/externalLink1.xml"):
        inner[name] = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + bytes(10)
    assert sheets.read(zipped(inner))[0].rows == sheets.read(workbook(TABLE))[0].rows
    assert problem_of(zipped({"inner.xlsx": workbook(TABLE)})) == "UNKNOWN_FILE_TYPE"


def test_names_of_parts_are_no_paths(workbook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inner = {**parts_of(workbook(TABLE)), "../../xl/evil.xml": b"<a/>", "/xl/absolute.xml": b"<a/>", "xl/../../up.xml": b"<a/>"}
    assert sheets.read(zipped(inner))
    assert list(tmp_path.iterdir()) == []


def test_what_is_handed_on_holds_the_bytes_that_were_looked_at(workbook):
    parts = parts_of(workbook(TABLE))
    packed = archive.pack(parts)
    assert parts_of(packed) == parts
    assert archive.unpack(packed, lambda name: True) == parts


def test_a_password_is_said_to_be_the_matter(workbook):
    data = bytearray(workbook(TABLE))
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 4)
    assert problem_of(bytes(data)) == "PASSWORD_PROTECTED"
    assert problem_of(compound(b"x", "EncryptedPackage")) == "PASSWORD_PROTECTED"
    assert problem_of(zipped({"content.xml": b"x", "META-INF/manifest.xml": b"<manifest:encryption-data/>"})) == "PASSWORD_PROTECTED"
    assert problem_of(compound(record(0x0809, struct.pack("<HHHH", 0x0600, 5, 0, 0)) + record(0x002F, b"\x00\x00"))) == "PASSWORD_PROTECTED"


def test_other_packages_are_named_as_unknown(workbook):
    assert problem_of(zipped({"word/document.xml": b"<a/>"})) == "UNKNOWN_FILE_TYPE"
    assert problem_of(zipped({"xl/workbook.bin": b"a"})) == "UNKNOWN_FILE_TYPE"
    assert problem_of(compound(b"x", "WordDocument")) == "UNKNOWN_FILE_TYPE"


# --- XML ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("declared", ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!doctype x SYSTEM "file:///etc/passwd">', "<!ENTITY % a 'b'>"])
def test_a_part_that_declares_a_document_type_or_an_entity_is_refused(workbook, part, declared):
    parts = parts_of(workbook(TABLE))
    content = parts.get(part, b"<sst/>")
    head, mark, rest = content.partition(b"?>")
    parts[part] = head + mark + declared.encode() + rest if mark else declared.encode() + content
    assert problem_of(zipped(parts)) == "UNSAFE_XML"
    parts[part] = content.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")
    assert problem_of(zipped(parts)) == "UNSAFE_XML"


def test_entities_in_an_open_document_and_billions_of_laughs_are_refused():
    data = parts_of(ods("<table:table/>"))
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">'.replace("&a0;", "&a;") for n in range(1, 40)) + "]>"
    data["content.xml"] = data["content.xml"].replace(b"?>", b"?>" + laughs.encode(), 1)
    assert problem_of(zipped(data)) == "UNSAFE_XML"


def test_bottomless_nesting_is_refused():
    assert problem_of(xlsx('<row r="1">' + "<c>" * 5_000 + "</c>" * 5_000 + "</row>")) == "TOO_DEEP"
    assert problem_of(xlsx("<x>" * 100_000 + "</x>" * 100_000)) == "TOO_DEEP"
    assert problem_of(ods("<table:table><table:table-row>" + "<text:p>" * 1_000 + "</text:p>" * 1_000 + "</table:table-row></table:table>")) == "TOO_DEEP"
    assert problem_of((page() + "<table><tr><td>" * 1_000).encode()) == "TOO_DEEP"


def test_broken_xml_is_said_to_be_damaged():
    assert problem_of(xlsx("<row><c></row>")) == "BROKEN_FILE"
    assert problem_of(ods("<table:table>")) == "BROKEN_FILE"


# --- sizes of sheets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("far", ["XFD1048576", "A1048576", "ZZ1", "SR99999", "AAA1"])
def test_a_cell_far_away_is_refused_before_a_rectangle_is_made_of_it(far):
    row = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert problem_of(xlsx(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{far}"><v>1</v></c></row>')) == "FILE_TOO_LARGE"
    for spelled in (f"<row><c r='{far}'><v>1</v></c></row>", f'<x:row xmlns:x="{MAIN}"><x:c r="{far}"><x:v>1</x:v></x:c></x:row>',
                    f'<row r="{row}"><c r = "{far}" t="inlineStr"><is><t>x</t></is></c></row>'):
        assert problem_of(xlsx(spelled)) in ("FILE_TOO_LARGE", "BROKEN_FILE"), spelled


def test_an_empty_formatted_cell_far_away_does_no_harm():
    data = xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>')
    assert sheets.read(data)[0].rows == [[1.0]]


def test_too_many_cells_sheets_and_texts_are_refused(monkeypatch, workbook):
    monkeypatch.setattr(limits, "MAX_CELLS", 20)
    assert problem_of(workbook([[1] * 5] * 5)) == "FILE_TOO_LARGE"
    assert problem_of(csv(*["1,2,3,4"] * 9)) == "FILE_TOO_LARGE"
    assert problem_of(page(table(*[[1, 2, 3]] * 9)).encode()) == "FILE_TOO_LARGE"
    assert problem_of(excel95([[1.0] * 5] * 5)) == "FILE_TOO_LARGE"
    assert problem_of((FIXTURES / "monthly.ods").read_bytes()) == "FILE_TOO_LARGE"
    monkeypatch.setattr(limits, "MAX_CELLS", 10**6)
    monkeypatch.setattr(limits, "MAX_SHEETS", 1)
    assert problem_of(workbook([[1]], [[2]])) == "FILE_TOO_LARGE"
    assert problem_of((FIXTURES / "monthly.xls").read_bytes()) == "FILE_TOO_LARGE"
    monkeypatch.setattr(limits, "MAX_STRINGS", 3)
    assert problem_of(xlsx("", "<si><t>a</t></si>" * 9)) == "FILE_TOO_LARGE"


def test_one_long_text_in_many_cells_is_counted_as_often_as_it_stands_there(monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT", 10**6)
    cells = "".join(f'<row r="{r}">' + "".join(f'<c r="{sheets.letter(c)}{r}" t="s"><v>0</v></c>' for c in range(10)) + "</row>" for r in range(1, 11))
    long = f"<si><t>{'长' * 30_000}</t></si><si><t>短</t></si>"
    assert problem_of(xlsx(cells, long)) == "FILE_TOO_LARGE"
    assert len(sheets.read(xlsx(cells.replace("<v>0<", "<v>1<"), long))[0].rows) == 10
    repeated = '<table:table><table:table-row table:number-rows-repeated="99"><table:table-cell table:number-columns-repeated="99" office:value-type="string"><text:p>{}</text:p>'
    assert problem_of(ods(repeated.format("长" * 1_000) + "</table:table-cell></table:table-row></table:table>")) == "FILE_TOO_LARGE"


def test_repeated_cells_of_an_open_document_are_counted_before_they_are_made():
    cell = '<table:table><table:table-row table:number-rows-repeated="{}"><table:table-cell table:number-columns-repeated="{}"{}/></table:table-row></table:table>'
    value = ' office:value-type="float" office:value="1"'
    for down, across in ((1_048_576, 1), (1, 16_384), (99_999, 511), (999_999_999, 999_999_999)):
        assert problem_of(ods(cell.format(down, across, value))) == "FILE_TOO_LARGE"
    assert problem_of(ods(cell.format(1_048_576, 16_384, ""))) == "EMPTY_FILE", "blank rows to the end of the sheet are usual"


def test_merged_cells_over_and_over_are_refused(monkeypatch, workbook):
    monkeypatch.setattr(limits, "MAX_CELLS", 10_000)
    parts = parts_of(workbook([["x"] * 50] * 50))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:AX50"/>' * 500 + b"</mergeCells>")
    assert problem_of(zipped(parts)) == "FILE_TOO_LARGE"
    spans = table(["x"], *[[]] * 900, attributes={(0, 0): "rowspan=99999 colspan=500"})
    assert problem_of(page(spans).encode()) == "FILE_TOO_LARGE"


# --- text --------------------------------------------------------------------------------------------------------------


def test_endless_lines_cells_and_files_of_line_ends_are_refused(workbook):
    assert problem_of(b"1," * 2**21) == "LINE_TOO_LONG"
    assert problem_of(b"a" * 2**22) == "LINE_TOO_LONG"
    assert problem_of(b'a,b\n1,"' + b"x\n" * 200_000) in ("CELL_TOO_LONG", "FILE_TOO_LARGE")
    assert problem_of(b"\n" * 2**24 + b"a") == "FILE_TOO_LARGE"
    assert problem_of(b"a,b\n" + b"1," * 600) == "FILE_TOO_LARGE"
    assert problem_of(csv("x" * 40_000)) == "CELL_TOO_LONG"
    assert problem_of(page(table(["x" * 40_000])).encode()) == "CELL_TOO_LONG"


@pytest.mark.parametrize("piece", ["<!--", "<!", "<?", "<script>", "<td ", '<td a="', "<td a='\"", "&#", "&amp", "<table>", "</table>", "<tr>", "<td rowspan=9 colspan=9>", "<", "<a" * 3,
                                   "<td><p>", "<title>", "<![CDATA["])
def test_a_web_page_takes_time_in_proportion_to_its_length(piece):
    """The parser of the standard library takes minutes for some of these."""
    start = time.process_time()
    with contextlib.suppress(sheets.Unreadable):
        sheets.read(("<html><body><table><tr><td>1</td></tr></table>" + piece * (500_000 // len(piece))).encode())
    assert time.process_time() - start < 10


# --- old workbooks -----------------------------------------------------------------------------------------------------


def test_circular_chains_and_wrong_sectors_of_an_old_workbook_are_refused():
    whole = (FIXTURES / "monthly.xls").read_bytes()
    sector = 512 + struct.unpack_from("<I", whole, 76)[0] * 512
    for target in (0, 1, 2, 5, 10**6):
        data = bytearray(whole)
        for number in range(128):
            if struct.unpack_from("<I", data, sector + 4 * number)[0] < 0xFFFFFFF0:
                struct.pack_into("<I", data, sector + 4 * number, target)
        assert problem_of(bytes(data)) in ("BROKEN_FILE", "UNKNOWN_FILE_TYPE"), target
    for place in (30, 32, 44, 48, 56, 60, 64, 68, 72, 76):
        for value in (0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF):
            data = bytearray(whole)
            struct.pack_into("<I", data, place, value)
            try:
                sheets.read(bytes(data))
            except sheets.Unreadable as error:
                assert error.problem in ("BROKEN_FILE", "UNKNOWN_FILE_TYPE", "EMPTY_FILE")


def test_a_record_that_claims_a_huge_sheet_reserves_nothing():
    """The size record of a sheet, at which a reader that believes it ends the process."""
    whole = bytearray((FIXTURES / "monthly.xls").read_bytes())
    place = whole.find(struct.pack("<HH", 0x0200, 14))
    assert place > 0
    struct.pack_into("<IIHH", whole, place + 4, 0, 0xFFFFFFF0, 0, 0xFF00)
    assert sheets.read(bytes(whole))[0].name == "月报"


@pytest.mark.parametrize("kind", [0x00FD, 0x0203, 0x027E, 0x00BD, 0x0204, 0x0205, 0x0006, 0x0207, 0x00E5, 0x0085, 0x0042, 0x041E, 0x00E0, 0x00FC, 0x0809, 0x003C])
def test_records_cut_short_are_refused(kind):
    for length in range(0, 16, 3):
        start = record(0x0809, struct.pack("<HHHH", 0x0600, 5, 0, 0))
        sheet = record(0x0809, struct.pack("<HHHH", 0x0600, 0x10, 0, 0)) + record(kind, b"\xfe" * length) + record(0x000A)
        bound = record(0x0085, struct.pack("<IBBBB", len(start) + 13 + 4, 0, 0, 1, 0) + b"a")
        for data in (compound(start + bound + record(0x000A) + sheet), compound(start + record(kind, b"\xfe" * length) + record(0x000A))):
            try:
                sheets.read(data)
            except sheets.Unreadable as error:
                assert error.problem in ("BROKEN_FILE", "EMPTY_FILE", "FILE_TOO_LARGE", "UNKNOWN_ENCODING", "UNKNOWN_FILE_TYPE")


def test_a_panic_of_the_reading_library_is_a_damaged_file(workbook, monkeypatch):
    import python_calamine

    class PanicException(BaseException):
        """As raised by libraries written in Rust: no Exception."""

    def panics(*_):
        raise PanicException("index out of bounds")

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", type("Book", (), {"from_filelike": staticmethod(panics)}))
    assert problem_of(workbook(TABLE)) == "BROKEN_FILE"


# --- the whole way -----------------------------------------------------------------------------------------------------


def test_every_refusal_has_its_message_in_two_languages_and_refuses_the_file(reader, workbook):
    from expectations import compile as suites

    catalogue = suites.messages()
    for problem in ("EMPTY_FILE BROKEN_FILE FILE_TOO_LARGE UNKNOWN_FILE_TYPE UNKNOWN_ENCODING MIXED_ENCODING PASSWORD_PROTECTED UNSAFE_XML TOO_DEEP LINE_TOO_LONG CELL_TOO_LONG "
                    "READER_FAILED").split():
        assert catalogue[problem].rejects and catalogue[problem].zh and catalogue[problem].en, problem
    assert checks(reader.read(xlsx("<x>" * 200 + "</x>" * 200))) == {"TOO_DEEP"}


def test_formulas_are_never_evaluated(workbook):
    rows = [["=1+1", "=HYPERLINK(\"file:///etc/passwd\")", "=WEBSERVICE(\"http://127.0.0.1/\")"]]
    assert sheets.read(workbook(rows))[0].rows == [["#NOT_COMPUTED!"] * 3]


def test_a_checksum_that_does_not_fit_is_a_damaged_file(workbook):
    parts = parts_of(workbook(TABLE))
    data = bytearray(archive.pack(parts))
    place = data.find(parts["xl/workbook.xml"])
    data[place + 60] ^= 1
    assert problem_of(bytes(data)) == "BROKEN_FILE"
    assert zlib.crc32(b"") == 0

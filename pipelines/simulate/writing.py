"""Documents become bytes, fast and always the same: sheet XML written by hand into a zip with fixed dates, or delimited text.

openpyxl needs ten times as long, and a year of a province is twelve thousand workbooks. .xls is not written: nothing in the lock does it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import struct
import zlib
from decimal import Decimal

from pipelines.intake.sheets import letter
from pipelines.simulate.documents import Document, Formula

DELIMITERS = {"csv": ",", "tsv": "\t"}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ERROR = re.compile(r"#(REF!|DIV/0!|N/A|VALUE!|NAME\?)$")
_STYLES = (
    f'{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_LETTERS = [letter(c) for c in range(128)]
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_EPOCH = dt.date(1899, 12, 30)


def content(document: Document) -> bytes:
    """The bytes of a document in its own format. What stands in a text file is its numbers and words, without types."""
    if document.raw is not None:
        return document.raw
    grid = document.grid()
    if document.format == "xlsx":
        sheets = [(document.sheet, grid, False), *document.extra_sheets]
        return workbook(sheets, merged(document))
    if document.format == "ods":
        return opendocument([(document.sheet, grid)])
    if document.format == "html":
        return web_page(document.title, grid).encode(document.encoding)
    text = delimited(grid, DELIMITERS[document.format])
    if document.encoding == "utf-16":
        return b"\xff\xfe" + text.encode("utf-16-le")
    return text.encode(document.encoding)


def merged(document: Document) -> list[str]:
    """Ranges of a header of two lines: a group over its columns, a single header over both lines."""
    if document.header_lines != 2 or document.format != "xlsx":
        return []
    bottom = document.header_row
    ranges, c = [], 0
    while c < len(document.headings):
        h, last = document.headings[c], c
        if h.above == h.text:
            ranges.append(f"{letter(c)}{bottom - 1}:{letter(c)}{bottom}")
        else:
            while last + 1 < len(document.headings) and document.headings[last + 1].above == h.above:
                last += 1
            if last > c:
                ranges.append(f"{letter(c)}{bottom - 1}:{letter(last)}{bottom - 1}")
        c = last + 1
    return ranges


def delimited(grid: list[list[object]], delimiter: str) -> str:
    """Rows as text; a comment line is written as it stands."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    for row in grid:
        if len(row) == 1 and str(row[0]).startswith("#"):
            buffer.write(f"{row[0]}\r\n")
        else:
            writer.writerow([_text(value) for value in row])
    return buffer.getvalue()


def web_page(title: str, grid: list[list[object]]) -> str:
    """A table as systems export it that name it .xls."""
    rows = "".join("<tr>" + "".join(f"<td>{_text(value).translate(_ESCAPES)}</td>" for value in row) + "</tr>\r\n" for row in grid)
    return f"<html><head><title>{title.translate(_ESCAPES)}</title></head><body><table border=1>\r\n{rows}</table></body></html>\r\n"


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


# --- workbooks --------------------------------------------------------------------------------------------------------


def workbook(sheets: list[tuple[str, list[list[object]], bool]], ranges: list[str]) -> bytes:
    """An .xlsx of these sheets (name, rows, hidden); `ranges` are merged in the first."""
    entries = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                        f'spreadsheetml.worksheet+xml"/>' for n in numbers)
    parts = [
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType='
        f'"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{overrides}</Types>',
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        f'{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>' + "".join(
            f'<sheet name="{name.translate(_ESCAPES)}" sheetId="{n}"{" state=" + chr(34) + "hidden" + chr(34) if hidden else ""} r:id="rId{n}"/>'
            for n, (name, _, hidden) in zip(numbers, sheets, strict=True)) + "</sheets></workbook>",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">' + "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
        + f'<Relationship Id="rId0" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        _STYLES,
    ]
    for n, (_, rows, _) in zip(numbers, sheets, strict=True):
        entries.append(f"xl/worksheets/sheet{n}.xml")
        parts.append(_sheet_xml(rows, ranges if n == 1 else []))
    return packed(list(zip(entries, parts, strict=True)))


def _sheet_xml(rows: list[list[object]], ranges: list[str]) -> str:
    out = [f"{_HEAD}<worksheet {_MAIN}><sheetData>"]
    for number, row in enumerate(rows, start=1):
        out.append(f'<row r="{number}">')
        for c, value in enumerate(row):
            if value is None or value == "":
                continue
            place = f'<c r="{_LETTERS[c]}{number}"'
            kind = type(value)
            if kind is int or kind is float or kind is Decimal:
                out.append(f"{place}><v>{value}</v></c>")
            elif kind is Formula:
                out.append(f"{place}><f>{value.text}</f></c>")
            elif kind is dt.date:
                out.append(f'{place} s="1"><v>{(value - _EPOCH).days}</v></c>')
            elif _ERROR.match(value):
                out.append(f'{place} t="e"><f>Sheet9!A1</f><v>{value}</v></c>')
            else:
                space = ' xml:space="preserve"' if value != value.strip() else ""
                out.append(f'{place} t="inlineStr"><is><t{space}>{value.translate(_ESCAPES)}</t></is></c>')
        out.append("</row>")
    out.append("</sheetData>")
    if ranges:
        out.append(f'<mergeCells count="{len(ranges)}">' + "".join(f'<mergeCell ref="{r}"/>' for r in ranges) + "</mergeCells>")
    out.append("</worksheet>")
    return "".join(out)


def opendocument(sheets: list[tuple[str, list[list[object]]]]) -> bytes:
    """An .ods of these sheets (name, rows)."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    out = [f'{_HEAD}<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0" '
           'office:version="1.2"><office:body><office:spreadsheet>']
    for name, rows in sheets:
        out.append(f'<table:table table:name="{name.translate(_ESCAPES)}">')
        for row in rows:
            out.append("<table:table-row>")
            for value in row or [""]:
                if value is None or value == "":
                    out.append("<table:table-cell/>")
                elif isinstance(value, int | float | Decimal):
                    out.append(f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>')
                else:
                    out.append(f'<table:table-cell office:value-type="string"><text:p>{_text(value).translate(_ESCAPES)}</text:p></table:table-cell>')
            out.append("</table:table-row>")
        out.append("</table:table>")
    out.append("</office:spreadsheet></office:body></office:document-content>")
    manifest = (f'{_HEAD}<manifest:manifest xmlns:manifest="{space}:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
                'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" '
                'manifest:media-type="text/xml"/></manifest:manifest>')
    return packed([("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "".join(out)),
                   ("META-INF/manifest.xml", manifest)], stored=1)


_PACKED: dict[tuple[str, int], tuple[bytes, int, int]] = {}  # the parts that are the same in every workbook, compressed once


def packed(entries: list[tuple[str, str]], stored: int = 0) -> bytes:
    """A zip of texts, dated 1980-01-01; the first `stored` of them are not compressed."""
    body, directory = bytearray(), bytearray()
    for number, (name, text) in enumerate(entries):
        method = 0 if number < stored else 8
        data, size, checksum = _compressed(text, method)
        title = name.encode()
        fields = struct.pack("<HHHHHIIIHH", 20, 0x800, method, 0, 33, checksum, len(data), size, len(title), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + title
        body += b"PK\x03\x04" + fields + title + data
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def _compressed(text: str, method: int) -> tuple[bytes, int, int]:
    if (text, method) in _PACKED:
        return _PACKED[text, method]
    raw = text.encode()
    if method:
        squeezer = zlib.compressobj(1, zlib.DEFLATED, -15)
        data = squeezer.compress(raw) + squeezer.flush()
    else:
        data = raw
    entry = (data, len(raw), zlib.crc32(raw))
    if len(raw) < 1500 and len(_PACKED) < 1000:
        _PACKED[text, method] = entry
    return entry

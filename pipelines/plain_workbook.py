"""Workbooks written part by part: text, numbers, dates, colours, comments and links within the book, and nothing else.

One is written for every file received, so it has to cost little; and what a sender wrote goes into it, so there is no way to write a
formula, a macro or a link to elsewhere. The same content gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from pipelines.workbooks import FORMULA_LIKE

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DAY_0 = dt.datetime(1899, 12, 30)
_FORMATS = {"yyyy-mm-dd": 164, "yyyy-mm-dd hh:mm": 165}
LONGEST = 32_000


@dataclass(frozen=True)
class Style:
    """How a cell looks. `fill` and `colour` as RRGGBB; `quote`: a program that edits the text does not take it for a formula."""

    bold: bool = False
    size: int = 11
    colour: str = ""
    underline: bool = False
    fill: str = ""
    border: bool = False
    wrap: bool = False
    format: str = ""
    quote: bool = False


PLAIN = Style()


@dataclass
class Sheet:
    """One sheet; rows and columns count from 0. `repeated` is the row that every printed page begins with."""

    title: str
    cells: dict[int, dict[int, tuple[object, Style]]] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    repeated: int | None = None
    frozen: tuple[int, int] = (0, 0)

    def put(self, row: int, column: int, value: object, style: Style = PLAIN) -> None:
        """A text, number, date or nothing in a cell. Text is text whatever it begins with."""
        self.cells.setdefault(row, {})[column] = (value, style)


@lru_cache(100_000)
def place(row: int, column: int) -> str:
    """A1 for (0, 0)."""
    return f"{letters(column)}{row + 1}"


def letters(column: int) -> str:
    """A for 0, AA for 26."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def link_to(title: str, cell: str) -> str:
    """The target of a link to a cell of another sheet."""
    return "'" + title.replace("'", "''") + "'!" + cell


def write(sheets: list[Sheet]) -> bytes:
    """The workbook's bytes."""
    styles = _Styles()
    parts: dict[str, str] = {}
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    for number, sheet in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(sheet, styles)
        overrides.append((f"/xl/worksheets/sheet{number}.xml", "worksheet"))
        if sheet.comments:
            parts[f"xl/comments{number}.xml"] = _comments(sheet)
            parts[f"xl/drawings/vmlDrawing{number}.vml"] = _drawing(sheet, number)
            parts[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = _relations(
                [("comments", f"../comments{number}.xml"), ("vmlDrawing", f"../drawings/vmlDrawing{number}.vml")])
            overrides.append((f"/xl/comments{number}.xml", "comments"))
    names = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n}">{escape(link_to(s.title, f"${s.repeated + 1}:${s.repeated + 1}"))}</definedName>'
        for n, s in enumerate(sheets) if s.repeated is not None)
    listed = "".join(f'<sheet name={quoteattr(_text(s.title))} sheetId="{n}" r:id="rId{n}"/>' for n, s in enumerate(sheets, start=1))
    parts["xl/workbook.xml"] = (f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets>'
                                + (f"<definedNames>{names}</definedNames>" if names else "") + "</workbook>")
    parts["xl/_rels/workbook.xml.rels"] = _relations(
        [*(("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)), ("styles", "styles.xml")])
    parts["xl/styles.xml"] = styles.xml()
    parts["_rels/.rels"] = _relations([("officeDocument", "xl/workbook.xml")])
    kinds = "".join(f'<Override PartName="{name}" ContentType="{_TYPE}{kind}+xml"/>' for name, kind in overrides)
    parts["[Content_Types].xml"] = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>{kinds}</Types>')
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(parts):
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + parts[name]).encode())
    return result.getvalue()


def _text(text: str) -> str:
    return _ILLEGAL.sub("", text)[:LONGEST]


def _relations(targets: list[tuple[str, str]]) -> str:
    each = "".join(f'<Relationship Id="rId{n}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(targets, start=1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _sheet(sheet: Sheet, styles: _Styles) -> str:
    rows = []
    for r in sorted(sheet.cells):
        cells = "".join(_cell(place(r, c), value, style, styles) for c, (value, style) in sorted(sheet.cells[r].items()))
        height = _row_height(sheet, r)
        rows.append(f'<row r="{r + 1}"{height}>{cells}</row>')
    columns = "".join(f'<col min="{c + 1}" max="{c + 1}" width="{width:g}" customWidth="1"/>' for c, width in sorted(sheet.widths.items()))
    merged = "".join(f'<mergeCell ref="{place(t, a)}:{place(b, z)}"/>' for t, b, a, z in sheet.merged)
    links = "".join(f'<hyperlink ref="{place(*at)}" location={quoteattr(target)}/>' for at, target in sorted(sheet.links.items()))
    top, left = sheet.frozen
    pane = (f'<pane{f" xSplit={chr(34)}{left}{chr(34)}" if left else ""}{f" ySplit={chr(34)}{top}{chr(34)}" if top else ""} '
            f'topLeftCell="{place(top, left)}" activePane="{"bottomRight" if top and left else "bottomLeft" if top else "topRight"}" state="frozen"/>'
            if top or left else "")
    return (
        f'<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        + (f"<cols>{columns}</cols>" if columns else "") + f"<sheetData>{''.join(rows)}</sheetData>"
        + (f'<mergeCells count="{len(sheet.merged)}">{merged}</mergeCells>' if merged else "")
        + (f"<hyperlinks>{links}</hyperlinks>" if links else "")
        + '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        + ('<legacyDrawing r:id="rId2"/>' if sheet.comments else "") + "</worksheet>"
    )


def _row_height(sheet: Sheet, row: int) -> str:
    """Height of a row whose texts are wrapped, said outright: not every program finds it by itself."""
    lines, least = 1, 0
    for c, (value, style) in sheet.cells[row].items():
        least = max(least, style.size + 6 if style.size > 11 else 0)
        if style.wrap and type(value) is str and value:
            room = max(2.0, sheet.widths.get(c, 9.0) - 1.5)
            lines = max(lines, sum(max(1, -int(-display_width(part) // room)) for part in value.splitlines()))
    return f' ht="{max(least, min(405, 3 + 15 * lines))}" customHeight="1"' if lines > 1 or least else ""


def display_width(text: str) -> int:
    """Columns that a text takes where a Chinese character takes two."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _cell(at: str, value: object, style: Style, styles: _Styles) -> str:
    if type(value) is str and value and style is PLAIN and value.isalnum():  # most cells, quickly
        return f'<c r="{at}" t="inlineStr"><is><t>{_text(value)}</t></is></c>'
    if type(value) in (float, int) and style is PLAIN:
        return f'<c r="{at}"><v>{value!r}</v></c>'
    if isinstance(value, dt.date) and value.year < 1901:  # before the calendar of spreadsheets
        value = value.isoformat()
    if isinstance(value, dt.date):
        moment = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        days = (moment - _DAY_0) / dt.timedelta(days=1)
        style = Style(**{**vars(style), "format": "yyyy-mm-dd" if days == int(days) else "yyyy-mm-dd hh:mm"})
        return f'<c r="{at}" s="{styles.number(style)}"><v>{days:.10g}</v></c>'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<c r="{at}" s="{styles.number(style)}"><v>{value!r}</v></c>'
    if value is None or value == "":
        return f'<c r="{at}" s="{styles.number(style)}"/>'
    text = _text(str(value))
    if text.startswith(FORMULA_LIKE):
        style = Style(**{**vars(style), "quote": True})
    return f'<c r="{at}" s="{styles.number(style)}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


class _Styles:
    """The styles of a workbook in the order in which they are first used."""

    def __init__(self) -> None:
        self.known: dict[Style, int] = {PLAIN: 0}

    def number(self, style: Style) -> int:
        return self.known.setdefault(style, len(self.known))

    def xml(self) -> str:
        fonts = list(dict.fromkeys((s.bold, s.size, s.colour, s.underline) for s in self.known))
        fills = list(dict.fromkeys(s.fill for s in self.known if s.fill))
        line = "".join(f'<{side} style="thin"><color rgb="FFBFC7CF"/></{side}>' for side in ("left", "right", "top", "bottom")) + "<diagonal/>"
        font_xml = "".join(
            "<font>" + ("<b/>" if bold else "") + ("<u/>" if underline else "") + f'<sz val="{size}"/>'
            + (f'<color rgb="FF{colour}"/>' if colour else "") + '<name val="Microsoft YaHei"/><family val="2"/></font>'
            for bold, size, colour, underline in fonts)
        fill_xml = "".join(f'<fill><patternFill patternType="solid"><fgColor rgb="FF{f}"/><bgColor indexed="64"/></patternFill></fill>' for f in fills)
        xfs = "".join(
            f'<xf numFmtId="{_FORMATS.get(s.format, 0)}" fontId="{fonts.index((s.bold, s.size, s.colour, s.underline))}" '
            f'fillId="{fills.index(s.fill) + 2 if s.fill else 0}" borderId="{int(s.border)}" xfId="0"'
            f'{" quotePrefix=" + quoteattr("1") if s.quote else ""} applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<alignment vertical="top"{" wrapText=" + quoteattr("1") if s.wrap else ""}/></xf>' for s in self.known)
        formats = "".join(f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for code, number in _FORMATS.items())
        return (
            f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(_FORMATS)}">{formats}</numFmts><fonts count="{len(fonts)}">{font_xml}</fonts>'
            f'<fills count="{len(fills) + 2}"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>{fill_xml}</fills>'
            f'<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border>{line}</border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{len(self.known)}">{xfs}</cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        )


# --- comments: the text in one part, the box it is shown in in another ---------------------------------------------------------


def _comments(sheet: Sheet) -> str:
    each = "".join(f'<comment ref="{place(*at)}" authorId="0"><text><t xml:space="preserve">{escape(_text(text))}</t></text></comment>'
                   for at, text in sorted(sheet.comments.items()))
    return f'<comments xmlns="{_MAIN}"><authors><author>worksafety</author></authors><commentList>{each}</commentList></comments>'


def _drawing(sheet: Sheet, number: int) -> str:
    shapes = "".join(
        f'<v:shape id="_x0000_s{number * 100_000 + n}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;width:300pt;'
        f'height:{_height(text)}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/>'
        f'</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row>'
        f"<x:Column>{column}</x:Column></x:ClientData></v:shape>"
        for n, ((row, column), text) in enumerate(sorted(sheet.comments.items()), start=1))
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{number}"/></o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
        'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
        f"{shapes}</xml>"
    )


def _height(text: str) -> int:
    """Points that a comment needs, at some 27 Chinese characters a line."""
    return min(450, 16 + 15 * sum(1 + sum(1 if ord(ch) < 0x2E80 else 2 for ch in line) // 54 for line in text.splitlines()))

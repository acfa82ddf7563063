"""Workbooks (.xlsx): looked through before calamine reads them, so that it reads only what fits, and sees what it leaves out.

calamine is fast, but it fills a rectangle up to the last cell whatever that costs, gives a formula error and a formula that was never
computed as an empty cell, and a percentage as its hundredth part. So each sheet is first searched for the marks of such things; only
where there are any is it walked through element by element.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.intake import archive, limits, xml
from pipelines.intake.cells import NOT_COMPUTED
from pipelines.intake.formats import BUILT_IN, kind_of_format
from pipelines.intake.grid import ERRORS, Grid
from pipelines.intake.limits import Unreadable
from pipelines.intake.text import percentage

_UNUSED = re.compile(r"xl/(?:theme|drawings|charts|media|embeddings|comments|threadedComments|persons|externalLinks|pivot|queryTables|tables|printerSettings|"
                     r"ctrlProps|activeX|calcChain|worksheets/_rels|customProperty|diagrams|slicer|timeline|revisions|model|richData|metadata)", re.IGNORECASE)


def _sheet(column: bytes, row: bytes) -> re.Pattern[bytes]:
    """A sheet as nearly all are: plain cells in plain rows. Whatever else stands there, formulas, errors, comments, other spellings, asks for a closer
    look. Nothing is tried twice (+ behind a repetition): that halves the time."""
    cell = (rb'<c r="' + column + row + rb'"(?: s="\d{1,5}+")?+(?: t="(?:n|s|b|d|str|inlineStr)")?+'
            rb'(?:>(?:<v>[^<]*+</v>|<is><t(?: xml:space="preserve")?+>[^<]*+</t></is>|<v ?/>)?+</c>| ?/>)')
    return re.compile(rb'(?:<row r="' + row + rb'"[^<>]*+(?:(?<=/)>|(?<!/)>(?:' + cell + rb")*+</row>))*+")


_SMALL, _PLAIN = _sheet(rb"[A-Z]{1,2}+", rb"\d{1,3}+"), _sheet(rb"[A-Z]{1,3}+", rb"\d{1,7}+")  # small: up to ZZ999
_COLUMNS, _ROWS = re.compile(rb'\br="([A-Z]{1,3})\d'), re.compile(rb'\br="[A-Z]*(\d{1,9})"')
_INDEX, _END_OF_TEXT = re.compile(rb"<(?:\w+:)?v>(\d{1,9})</"), re.compile(rb"</(?:\w+:)?si>")
_PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,8})")
_MANY = 2_000  # elements beside rows and cells that a sheet may hold without a closer look
_MANY_STYLES = 100  # that show per cent


def wanted(name: str) -> bool:
    """Whether a part of a workbook is opened at all."""
    lower = name.lower()
    return lower in ("[content_types].xml", "_rels/.rels") or lower.startswith("xl/") and lower.endswith((".xml", ".rels")) and not _UNUSED.match(name)


@dataclass
class _Look:
    """What was seen in a sheet before it was read: its size where that had to be counted, and what is to be put where calamine sees nothing."""

    height: int = 0
    width: int = 0
    cells: int = 0
    marks: dict[tuple[int, int], object] = field(default_factory=dict)


def read(parts: dict[str, bytes]) -> list[Grid]:
    """All worksheets. Raises Unreadable."""
    by_fold = {name.lower(): content for name, content in parts.items()}
    sheets = {name for name, content in parts.items() if b"sheetData" in content}
    for name, content in parts.items():
        if name not in sheets:
            xml.refuse_declarations(name, content)
    percent = _percent_styles(by_fold.get("xl/styles.xml", b""))
    looks = {name: _look(name, parts[name], percent) for name in sorted(sheets)}
    strings = by_fold.get("xl/sharedstrings.xml", b"")
    _repeated_texts(strings, [parts[name] for name in looks], sum(look.cells for look in looks.values()))
    marked = any(look.marks for look in looks.values())
    by_name = {name: looks.get(part) for name, part in _parts_of_sheets(by_fold, parts).items()} if marked else {}
    return _read(archive.pack(parts), by_name)


# --- looking ---------------------------------------------------------------------------------------------------------------


def _look(name: str, content: bytes, percent: dict[int, int]) -> _Look:
    start, end = content.find(b"<sheetData>") + 11, content.find(b"</sheetData>")
    whole = start > 10 and end >= start and content.count(b"sheetData") == 2
    small = whole and _SMALL.fullmatch(content, start, end) is not None
    plain = small or whole and _PLAIN.fullmatch(content, start, end) is not None
    if plain:
        head, tail = content[:start], content[end:]
        plain = head.count(b"<") + tail.count(b"<") < _MANY
        xml.refuse_declarations(name, head + tail)
    if plain and percent:
        plain = len(percent) < _MANY_STYLES and not _styled(tuple(percent)).search(content, start, end)
    if plain and not small:
        width = max((column_number(letters.decode()) for letters in set(_COLUMNS.findall(content, start, end))), default=0)
        height = max(map(int, set(_ROWS.findall(content, start, end))), default=0)
        plain = height <= limits.MAX_ROWS and width <= limits.MAX_COLUMNS and height * width <= limits.MAX_CELLS
    if plain:
        return _Look(cells=content.count(b"<c ", start, end))
    look = _walk(name, content, percent)
    if look.height > limits.MAX_ROWS or look.width > limits.MAX_COLUMNS or look.height * look.width > limits.MAX_CELLS:
        raise Unreadable("FILE_TOO_LARGE", f"{look.height} x {look.width}")
    return look


@lru_cache(maxsize=256)
def _styled(styles: tuple[int, ...]) -> re.Pattern[bytes]:
    """Where a cell may have one of these styles."""
    return re.compile(rb's="0*(?:%s)"' % b"|".join(b"%d" % style for style in styles))


def column_number(letters: str) -> int:
    """A -> 1, Z -> 26, AA -> 27."""
    number = 0
    for character in letters.upper():
        number = 26 * number + ord(character) - 64
    return number


def _walk(name: str, content: bytes, percent: dict[int, int]) -> _Look:
    """Element by element, with places counted as calamine counts them."""
    look = _Look()
    row = column = 0
    cell: dict[str, str] | None = None
    value: list[str] = []
    inside = ""
    has_formula = has_content = False

    def start(tag: str, flat: list[str]) -> None:
        nonlocal row, column, cell, value, inside, has_formula, has_content
        local = tag.rpartition(" ")[2]
        if cell is None:
            if local == "row":
                attributes = dict(zip(flat[::2], flat[1::2], strict=True))
                if attributes.get("r", "").isdecimal():
                    row = int(attributes["r"][:9]) - 1
            elif local == "c":
                cell, value, inside, has_formula, has_content = dict(zip(flat[::2], flat[1::2], strict=True)), [], "", False, False
                if match := _PLACE.fullmatch(cell.get("r", "")):
                    row, column = int(match[2]) - 1, column_number(match[1]) - 1
        else:
            has_content = True
            has_formula = has_formula or local == "f"
            inside = local if local in ("v", "is", "t") else ""

    def text(content: str) -> None:
        if cell is not None and inside:
            value.append(content)

    def end(tag: str) -> None:
        nonlocal row, column, cell, inside
        local = tag.rpartition(" ")[2]
        if local == "c" and cell is not None:
            look.cells += 1
            if has_content:
                look.height, look.width = max(look.height, row + 1), max(look.width, column + 1)
                if mark := _mark(cell, "".join(value).strip(), has_formula, percent):
                    look.marks[row, column] = mark
            cell = None
            column += 1
        elif cell is not None:
            inside = ""
        elif local == "row":
            row, column = row + 1, 0

    xml.parse(name, content, start, end, text)
    return look


def _mark(cell: dict[str, str], value: str, has_formula: bool, percent: dict[int, int]) -> object:
    kind = cell.get("t", "n")
    if kind == "e":
        return value if value in ERRORS.values() else "#VALUE!"
    if has_formula and not value and kind != "str":
        return NOT_COMPUTED
    style = cell.get("s", "")
    if kind == "n" and value and style.isdecimal() and int(style) in percent:
        try:
            return percentage(float(value), percent[int(style)])
        except ValueError:
            return ""
    return ""


def _percent_styles(content: bytes) -> dict[int, int]:
    """Numbers of the cell styles that show per cent, with their decimals."""
    if b"%" not in content and not re.search(rb"""numFmtId\s*=\s*["'](?:9|10)["']""", content):
        return {}
    codes, styles, inside = dict(BUILT_IN), [], False

    def start(tag: str, flat: list[str]) -> None:
        nonlocal inside
        local, attributes = tag.rpartition(" ")[2], dict(zip(flat[::2], flat[1::2], strict=True))
        number = attributes.get("numFmtId", "")
        number = int(number) if number.isdecimal() and len(number) < 9 else 0
        if local == "numFmt":
            codes[number] = attributes.get("formatCode", "")
        elif local == "cellXfs":
            inside = True
        elif local == "xf" and inside:
            styles.append(number)

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag.rpartition(" ")[2] != "cellXfs"

    xml.parse("xl/styles.xml", content, start, end)
    kinds = {style: kind_of_format(codes.get(number, "")[:255]) for style, number in enumerate(styles)}
    return {style: int(kind[7:]) for style, kind in kinds.items() if kind.startswith("percent")}


def _repeated_texts(strings: bytes, sheets: list[bytes], cells: int) -> None:
    """Raises Unreadable when the shared texts, each as often as cells name it, are more than memory is meant to hold."""
    lengths = [len(piece) for piece in _END_OF_TEXT.split(strings)]
    if len(lengths) > limits.MAX_STRINGS + 1:
        raise Unreadable("FILE_TOO_LARGE", f"{len(lengths)} texts")
    if max(lengths) * cells <= limits.MAX_TEXT:
        return
    total = 0
    for content in sheets:
        named = Counter(map(int, _INDEX.findall(content)))
        total += sum(lengths[index] * times for index, times in named.items() if index < len(lengths))
        total += max(lengths) * max(0, len(re.findall(rb"<(?:\w+:)?v\b", content)) - named.total())
    if total > limits.MAX_TEXT:
        raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_TEXT} characters")


def _parts_of_sheets(by_fold: dict[str, bytes], parts: dict[str, bytes]) -> dict[str, str]:
    """Which part holds which sheet."""
    folded = {name.lower(): name for name in parts}
    targets: dict[str, str] = {}
    found: dict[str, str] = {}

    def relation(tag: str, flat: list[str]) -> None:
        attributes = dict(zip(flat[::2], flat[1::2], strict=True))
        target = attributes.get("Target", "").replace("\\", "/")
        targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"

    def sheet(tag: str, flat: list[str]) -> None:
        if tag.rpartition(" ")[2] == "sheet":
            attributes = {name.rpartition(" ")[2]: value for name, value in zip(flat[::2], flat[1::2], strict=True)}
            if part := folded.get(targets.get(attributes.get("id", ""), "").lower()):
                found[attributes.get("name", "")] = part

    xml.parse("workbook.xml.rels", by_fold.get("xl/_rels/workbook.xml.rels", b"<x/>"), relation, lambda _: None)
    xml.parse("workbook.xml", by_fold.get("xl/workbook.xml", b"<x/>"), sheet, lambda _: None)
    return found


# --- reading ---------------------------------------------------------------------------------------------------------------


def _read(data: bytes, looks: dict[str, _Look | None]) -> list[Grid]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        metadata = book.sheets_metadata
        if len(metadata) > limits.MAX_SHEETS:
            raise Unreadable("FILE_TOO_LARGE", f"{len(metadata)} sheets")
        grids, left = [], limits.MAX_CELLS
        for number, meta in enumerate(metadata):
            if meta.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_index(number)
            left -= sheet.total_height * sheet.total_width
            if sheet.total_height > limits.MAX_ROWS or sheet.total_width > limits.MAX_COLUMNS or left < 0:
                raise Unreadable("FILE_TOO_LARGE", f"{meta.name[:31]}: {sheet.total_height} x {sheet.total_width}")
            merged = [(top, bottom, first, last) for (top, first), (bottom, last) in sheet.merged_cell_ranges or ()]
            grid = Grid(meta.name, meta.visible is not python_calamine.SheetVisibleEnum.Visible, rows=sheet.to_python(skip_empty_area=False), merged=merged)
            if look := looks.get(meta.name):
                grid.cells = dict(look.marks)
            grids.append(grid)
    except Unreadable:
        raise
    except python_calamine.PasswordError as error:
        raise Unreadable("PASSWORD_PROTECTED") from error
    except TimeoutError:
        raise
    except Exception as error:
        raise Unreadable("BROKEN_FILE", str(error)[:200]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a Rust library raises is no Exception
            raise
        raise Unreadable("BROKEN_FILE", "panic") from error
    return grids

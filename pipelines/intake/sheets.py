"""Bytes become sheets: what kind of file it is by its content, then its cells as they stand. Names are never used as paths, formulas never run.

`.xlsx` goes through `workbook`, `.xls` through `xls`, `.ods` through `ods`, a web page through `html_table`, other text through
`delimited`. Nothing but Unreadable comes out of a file that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from pipelines.intake import archive, delimited, html_table, limits, ods, sniff, workbook, xls
from pipelines.intake.grid import Grid
from pipelines.intake.limits import Unreadable

__all__ = ["Book", "Sheet", "Unreadable", "letter", "open_book", "position", "read"]


@dataclass
class Sheet:
    """Cells of one sheet as rows of Python values; row 1 of the file is `rows[0]`. `envelope` holds `# label: value` lines.

    `merged` are the ranges of merged cells (first and last row, first and last column, from 0), all of which hold the value of the first.
    """

    name: str
    rows: list[list[object]]
    envelope: list[tuple[str, str, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    @cached_property
    def words(self) -> list[list[tuple[int, str]]]:
        """The texts of each row with their places from 0: few beside the numbers, and all that labels and headers are looked for in."""
        return [[(c, value) for c, value in enumerate(row) if type(value) is str and value] for row in self.rows]


@dataclass
class Book:
    """The sheets to be read, and what was left out: (check id, sheet, what was seen)."""

    sheets: list[Sheet]
    left_out: list[tuple[str, str, str]] = field(default_factory=list)


def read(data: bytes) -> list[Sheet]:
    """The sheets of a file that are to be read. Raises Unreadable."""
    return open_book(data).sheets


def open_book(data: bytes) -> Book:
    """A file with what is to be read of it and what is not: hidden sheets, and sheets that repeat another. Raises Unreadable."""
    kind = sniff.kind_of(data)
    if kind == "text":
        text = sniff.decode(data)
        if sniff.is_html(text):
            rows, envelope = html_table.read(text), []
            if not any(any(row) for row in rows):
                raise Unreadable("EMPTY_FILE")
        else:
            rows, envelope = delimited.read(text)
        sheet = Sheet("", rows, envelope)
        _check_texts(sheet)
        return Book([sheet])
    grids = xls.read(data) if kind == "xls" else _zipped(data)
    return _book(grids)


def _zipped(data: bytes) -> list[Grid]:
    parts = archive.unpack(data, lambda name: workbook.wanted(name) or ods.wanted(name))
    if "xl/workbook.xml" in parts:
        return workbook.read(parts)
    if "content.xml" in parts:
        return ods.read(parts)
    raise Unreadable("UNKNOWN_FILE_TYPE", "zip")


def _book(grids: list[Grid]) -> Book:
    """Empty sheets go without a word, hidden ones and repeated ones are named when they hold numbers."""
    book, cells = Book([]), limits.MAX_CELLS
    for grid in grids:
        sheet = _sheet(grid)
        cells -= sum(map(len, sheet.rows))
        if cells < 0:
            raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_CELLS} cells")
        if not _check_texts(sheet):
            continue
        if grid.hidden:
            if count := sum(isinstance(value, int | float) for row in sheet.rows for value in row):
                book.left_out.append(("HIDDEN_SHEET", sheet.name, str(count)))
        elif same := next((other for other in book.sheets if other.rows == sheet.rows), None):
            book.left_out.append(("REPEATED_SHEET", sheet.name, same.name))
        else:
            book.sheets.append(sheet)
    if not book.sheets:
        raise Unreadable("EMPTY_FILE", ", ".join(name for _, name, _ in book.left_out)[:200])
    return book


def _sheet(grid: Grid) -> Sheet:
    """Rows in full, with the cells that were given by place, and merged cells filled."""
    rows = grid.rows
    if grid.cells:
        height = max(row for row, _ in grid.cells) + 1
        width = max(max(column for _, column in grid.cells) + 1, len(rows[0]) if rows else 0)
        if max(height, len(rows)) * width > limits.MAX_CELLS:
            raise Unreadable("FILE_TOO_LARGE", f"{grid.name[:31]}: {height} x {width}")
        rows.extend([""] * width for _ in range(height - len(rows)))
        for row in rows:
            row.extend([""] * (width - len(row)))
        for (row, column), value in grid.cells.items():
            rows[row][column] = value
    merged, steps = [], 0
    for top, bottom, first, last in grid.merged:
        if top >= len(rows) or first >= len(rows[top]) or rows[top][first] in ("", None):
            continue
        bottom, last = min(bottom, len(rows) - 1), min(last, len(rows[top]) - 1)
        steps += (bottom - top + 1) * (last - first + 1)
        if steps > limits.MAX_CELLS:
            raise Unreadable("FILE_TOO_LARGE", f"{grid.name[:31]}: merged cells")
        merged.append((top, bottom, first, last))
        for r in range(top, bottom + 1):
            rows[r][first : last + 1] = [rows[top][first]] * (last - first + 1)
    return Sheet(grid.name, rows, merged=merged)


def _check_texts(sheet: Sheet) -> bool:
    """Whether anything stands in the sheet. Raises Unreadable when a cell holds more than a cell can hold."""
    for number, words in enumerate(sheet.words):
        for column, text in words:
            if len(text) > limits.MAX_CELL:
                raise Unreadable("CELL_TOO_LONG", f"{letter(column)}{number + 1}")
    return any(sheet.words) or any(value != "" and value is not None for row in sheet.rows for value in row)


def letter(column: int) -> str:
    """Spreadsheet letter of a zero-based column: 0 -> A, 26 -> AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def position(cell: str) -> tuple[int, int]:
    """Row and column of a cell from 0: B3 -> (2, 1)."""
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :]) - 1, workbook.column_number(letters) - 1

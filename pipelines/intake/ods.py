"""OpenDocument spreadsheets (.ods): the tables of content.xml, with merged cells, percentages and errors as the clerk sees them.

Read here and not by calamine 0.9, which does not report the merged cells of this format, and ends the process at one element that stands
for a hundred thousand rows of five hundred cells.
"""

from __future__ import annotations

import datetime as dt
import re

from pipelines.intake import limits, xml
from pipelines.intake.cells import NOT_COMPUTED
from pipelines.intake.grid import Grid
from pipelines.intake.limits import Unreadable
from pipelines.intake.text import percentage

_SHORT = {"urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office", "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
          "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text", "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style",
          "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext"}
_CELLS = {"table:table-cell", "table:covered-table-cell"}
_ASIDE = {"office:annotation", "table:tracked-changes", "table:shapes", "text:note", "office:forms"}  # texts that are no cell's content
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)")


def wanted(name: str) -> bool:
    return name in ("content.xml", "META-INF/manifest.xml")


def read(parts: dict[str, bytes]) -> list[Grid]:
    """All tables. Raises Unreadable."""
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise Unreadable("PASSWORD_PROTECTED")
    reader = _Content()
    xml.parse("content.xml", parts["content.xml"], reader.start, reader.end, reader.text)
    return reader.grids


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isdecimal() and 0 < len(text) < 10 and text.isascii() else 1


class _Content:
    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.tables = self.aside = 0
        self.row = self.column = self.down = 0
        self.filled: list[tuple[int, int, object]] = []  # first column, how many, value: of the row being read
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[str] = []
        self.shown = False
        self.left, self.text_left = limits.MAX_CELLS, limits.MAX_TEXT

    @staticmethod
    def _short(name: str) -> str:
        space, _, local = name.rpartition(" ")
        return f"{_SHORT.get(space, '?')}:{local}" if space else local

    def start(self, tag: str, flat: list[str]) -> None:
        name = self._short(tag)
        if name in _ASIDE:
            self.aside += 1
        if self.aside:
            return
        attributes = {self._short(flat[i]): flat[i + 1] for i in range(0, len(flat), 2)}
        if name == "style:style":
            self.style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "table:table":
            self.tables += 1
            if self.tables == 1:
                if len(self.grids) >= limits.MAX_SHEETS:
                    raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_SHEETS} sheets")
                hidden = attributes.get("table:style-name", "") in self.hidden_styles
                self.grids.append(Grid(attributes.get("table:name", ""), hidden))
                self.row = 0
        elif self.tables != 1:
            return
        elif name == "table:table-row":
            self.column, self.down, self.filled = 0, _count(attributes, "table:number-rows-repeated"), []
        elif name in _CELLS:
            self.cell, self.paragraphs, self.shown = attributes, [], False
        elif self.cell is not None:
            if name == "text:p":
                self.shown = True
                if self.paragraphs:
                    self.paragraphs.append("\n")
            elif name == "text:s":
                self.paragraphs.append(" " * min(_count(attributes, "text:c"), 1_000))
            elif name in ("text:tab", "text:line-break"):
                self.paragraphs.append(" ")

    def text(self, content: str) -> None:
        if self.cell is not None and not self.aside:
            self.paragraphs.append(content)

    def end(self, tag: str) -> None:
        name = self._short(tag)
        if name in _ASIDE:
            self.aside -= 1
        if self.aside:
            return
        if name == "table:table":
            self.tables -= 1
        elif self.tables != 1:
            return
        elif name in _CELLS and self.cell is not None:
            self._end_cell(name, self.cell)
            self.cell = None
        elif name == "table:table-row":
            self._end_row()

    def _end_cell(self, name: str, attributes: dict[str, str]) -> None:
        across = _count(attributes, "table:number-columns-repeated")
        value = "" if name == "table:covered-table-cell" else self._value(attributes)
        if value != "":
            self.filled.append((self.column, across, value))
        wide, high = _count(attributes, "table:number-columns-spanned"), _count(attributes, "table:number-rows-spanned")
        if (wide > 1 or high > 1) and value != "":
            self.grids[-1].merged.append((self.row, self.row + high - 1, self.column, self.column + wide - 1))
        self.column += across

    def _end_row(self) -> None:
        grid = self.grids[-1]
        if self.filled:
            last, longest = max(c + n for c, n, _ in self.filled), sum(n * len(v) for _, n, v in self.filled if isinstance(v, str))
            self.left -= self.down * sum(n for _, n, _ in self.filled)
            self.text_left -= self.down * longest
            if self.row + self.down > limits.MAX_ROWS or last > limits.MAX_COLUMNS or self.left < 0 or self.text_left < 0:
                raise Unreadable("FILE_TOO_LARGE", f"{grid.name[:31]}: {self.row + self.down} x {last}")
            for row in range(self.row, self.row + self.down):
                for first, count, value in self.filled:
                    for column in range(first, first + count):
                        grid.cells[row, column] = value
        self.row += self.down
        self.filled = []

    def _value(self, attributes: dict[str, str]) -> object:
        kind, shown = attributes.get("office:value-type", ""), "".join(self.paragraphs)
        if attributes.get("calcext:value-type") == "error" or shown.startswith("Err:"):
            return shown if shown.startswith("#") else "#VALUE!"
        if "table:formula" in attributes and not kind and not self.shown:  # a formula that gives an empty text has an empty paragraph and no type
            return NOT_COMPUTED
        try:
            if kind in ("float", "currency"):
                return float(attributes["office:value"])
            if kind == "percentage":
                number = float(attributes["office:value"])
                decimals = re.fullmatch(r"-?\d+(?:[.,](\d+))? ?%", shown)
                return percentage(number, len(decimals[1] or "") if decimals else 2)
            if kind == "date":
                moment = dt.datetime.fromisoformat(attributes["office:date-value"])
                return moment.date() if moment.time() == dt.time() else moment
            if kind == "time" and (match := _DURATION.match(attributes["office:time-value"])) and int(match[1]) < 24:
                return dt.time(*(int(part) for part in match.groups()))
            if kind == "boolean":
                return attributes["office:boolean-value"] == "true"
        except (KeyError, ValueError) as error:
            raise Unreadable("BROKEN_FILE", f"content.xml: {kind}") from error
        return attributes.get("office:string-value", shown) if kind == "string" else shown

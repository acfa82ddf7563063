"""The tables of a web page, as exported by systems that name it .xls: rows of texts, merged cells filled, nothing run.

The scanner is written here because it must take time in proportion to the page, whatever the page holds: the parser of the standard
library of older Python versions takes quadratic time on broken comments and tags.
"""

from __future__ import annotations

import html
import re

from pipelines.intake import limits
from pipelines.intake.limits import Unreadable

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_SPAN = re.compile(r"\b(colspan|rowspan)\s*=\s*[\"']?\s*(\d{1,9})", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")
_SKIPPED = ("script", "style", "title", "xml", "template", "object", "svg", "noscript", "textarea", "select")  # whatever is in them is no cell
_END_OF_SKIPPED = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _SKIPPED}
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "caption", "center", "br", "hr"}
_LONGEST_TAG = 4_096


def read(text: str) -> list[list[str]]:
    """Rows of all tables in the order of the page; a paragraph outside a table is a row of one cell. Raises Unreadable."""
    grid = _Grid()
    for name, closing, attributes, content in _pieces(text):
        if content is not None:
            grid.text(content)
        elif name == "table":
            grid.close_table() if closing else grid.open_table()
        elif name == "tr":
            grid.end_row()
            if not closing:
                grid.begin_row()
        elif name in ("td", "th"):
            grid.end_cell()
            if not closing:
                grid.begin_cell(attributes)
        elif name in _BLOCKS:
            grid.end_block()
    grid.finish()
    return grid.rows


def _pieces(text: str):
    """(name, closing, attributes, None) of each tag and ("", False, "", text) of what stands between, without comments and scripts."""
    position, end = 0, len(text)
    while position < end:
        opening = text.find("<", position)
        if opening < 0:
            yield "", False, "", html.unescape(text[position:])
            return
        if opening > position:
            yield "", False, "", html.unescape(text[position:opening])
        if text.startswith("<!--", opening):
            closed = text.find("-->", opening + 4)
            position = end if closed < 0 else closed + 3
        elif text.startswith(("<!", "<?"), opening):
            closed = text.find(">", opening)
            position = end if closed < 0 else closed + 1
        elif match := _TAG.match(text, opening):
            position = _end_of_tag(text, match.end())
            name = match[2].lower()
            if name in _SKIPPED and not match[1]:
                ended = _END_OF_SKIPPED[name].search(text, position)
                position = ended.start() if ended else end
            yield name, bool(match[1]), text[match.end() : position], None
        else:
            yield "", False, "", "<"
            position = opening + 1


def _end_of_tag(text: str, position: int) -> int:
    """The place behind the `>` that ends a tag; one within quotes does not."""
    limit = min(len(text), position + _LONGEST_TAG)
    if match := _ATTRIBUTES.match(text, position, limit):
        return match.end()
    closed = text.find(">", position, limit)
    return limit if closed < 0 else closed + 1


class _Grid:
    """Rows as they come. A cell that spans rows or columns stands in each of the places it covers."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.spans = (1, 1)
        self.loose: list[str] = []
        self.below: dict[int, tuple[int, str]] = {}  # column: rows still covered, text
        self.stack: list[tuple] = []
        self.cells = 0

    def text(self, content: str) -> None:
        if self.cell is not None:
            self.cell.append(content)
        elif self.row is None and not self.stack:
            self.loose.append(content)

    def end_block(self) -> None:
        if self.cell is not None:
            self.cell.append(" ")
        elif not self.stack:
            self._paragraph()

    def _paragraph(self) -> None:
        line = _squeezed(self.loose)
        self.loose = []
        if line:
            self._keep([line])

    def open_table(self) -> None:
        if len(self.stack) >= limits.MAX_DEPTH:
            raise Unreadable("TOO_DEEP", str(limits.MAX_DEPTH))
        self._paragraph()
        self.stack.append((self.row, self.cell, self.spans, self.below))
        self.row = self.cell = None
        self.below = {}

    def close_table(self) -> None:
        self.end_row()
        if self.stack:
            self.row, self.cell, self.spans, self.below = self.stack.pop()

    def begin_row(self) -> None:
        self.row = []

    def end_row(self) -> None:
        self.end_cell()
        if self.row is not None and self.stack:
            self._fill(self.row)
            last = max(self.below, default=-1)
            while len(self.row) <= last:
                self.row.append("")
                self._fill(self.row)
            self._keep(self.row)
        self.row = None

    def begin_cell(self, attributes: str) -> None:
        if not self.stack:
            return
        if self.row is None:
            self.begin_row()
        spans = {name.lower(): max(1, int(number)) for name, number in _SPAN.findall(attributes)}
        self.spans = spans.get("colspan", 1), spans.get("rowspan", 1)
        self.cell = []

    def end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text, (across, down) = _squeezed(self.cell), self.spans
        self.cell = None
        for _ in range(across):
            self._fill(self.row)
            if len(self.row) >= limits.MAX_COLUMNS:
                raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_COLUMNS} columns")
            if down > 1:
                self.below[len(self.row)] = (down, text)
            self.row.append(text)

    def _fill(self, row: list[str]) -> None:
        """Put in what cells of rows above cover at this place."""
        while (covered := self.below.get(len(row))) and covered[0] > 0:
            if len(row) >= limits.MAX_COLUMNS:
                raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_COLUMNS} columns")
            row.append(covered[1])

    def _keep(self, row: list[str]) -> None:
        self.cells += len(row)
        if len(self.rows) >= limits.MAX_ROWS or self.cells > limits.MAX_CELLS:
            raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_ROWS} rows or {limits.MAX_CELLS} cells")
        self.rows.append(row)
        self.below = {column: (down - 1, text) for column, (down, text) in self.below.items() if down > 1}

    def finish(self) -> None:
        while self.stack:
            self.close_table()
        self._paragraph()


def _squeezed(pieces: list[str]) -> str:
    return " ".join("".join(pieces).replace("\xa0", " ").split())

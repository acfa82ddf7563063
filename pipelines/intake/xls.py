"""Workbooks of Excel 5 to 2003 and of WPS (.xls, .et): the records of the workbook stream, read cell by cell.

Read here and not by calamine 0.9, because a record that claims a huge sheet ends the whole process there, where no `except` can help, and
because a formula error comes out blank. Formulas are never looked at: a file of this kind holds the value last computed beside each.
Sources: [MS-CFB] and [MS-XLS], the published specifications of the container and of the records.
"""

from __future__ import annotations

import datetime as dt
import struct

from pipelines.intake import compound, limits
from pipelines.intake.formats import BUILT_IN, shown
from pipelines.intake.grid import ERRORS, Grid
from pipelines.intake.limits import Unreadable

_CODE_PAGES = {936: "gb18030", 950: "cp950", 932: "cp932", 949: "cp949", 1200: "utf-16-le", 10000: "mac_roman", 10008: "gb18030", 65001: "utf-8", 367: "ascii",
               20936: "gb18030", 54936: "gb18030", 32768: "mac_roman", 32769: "cp1252"}


def read(data: bytes) -> list[Grid]:
    """All worksheets. Raises Unreadable."""
    try:
        return _Book(compound.workbook_stream(data)).sheets()
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise Unreadable("BROKEN_FILE", f"xls: {error}"[:200]) from error


# --- the records ---------------------------------------------------------------------------------------------------------


class _Book:
    def __init__(self, stream: bytes):
        self.stream = stream
        self.wide = True  # BIFF8: texts are Unicode; before, they are in the code page
        self.encoding = "cp1252"
        self.epoch = dt.datetime(1899, 12, 30)
        self.formats: dict[int, str] = {}
        self.styles: list[int] = []
        self.strings: list[str] = []
        self.bound: list[tuple[int, bool, int, str]] = []
        self.left = limits.MAX_CELLS
        self.text_left = limits.MAX_TEXT

    def records(self, position: int):
        """(type, content) from a place on; the contents of CONTINUE records come as a list of pieces behind their record."""
        stream, end = self.stream, len(self.stream)
        while position + 4 <= end:
            kind, length = struct.unpack_from("<HH", stream, position)
            position += 4
            if position + length > end:
                raise Unreadable("BROKEN_FILE", "xls: record cut off")
            yield kind, stream[position : position + length]
            position += length

    def sheets(self) -> list[Grid]:
        self._globals()
        if len(self.bound) > limits.MAX_SHEETS:
            raise Unreadable("FILE_TOO_LARGE", f"{len(self.bound)} sheets")
        return [self._sheet(position, name, hidden) for position, hidden, kind, name in self.bound if kind == 0]

    def _globals(self) -> None:
        pieces: list[bytes] = []
        for number, (kind, content) in enumerate(self.records(0)):
            if number == 0:
                if kind != 0x0809:
                    raise Unreadable("UNKNOWN_FILE_TYPE", "Excel 2 to 4" if kind in (0x0009, 0x0209, 0x0409) else "xls")
                self.wide = struct.unpack_from("<H", content)[0] >= 0x0600
            elif kind == 0x003C and pieces:
                pieces.append(content)
                continue
            if pieces:
                self._shared(pieces)
                pieces = []
            if kind == 0x000A:
                break
            if kind == 0x002F:
                raise Unreadable("PASSWORD_PROTECTED")
            if kind == 0x0042:
                page = struct.unpack_from("<H", content)[0]
                self.encoding = _CODE_PAGES.get(page, f"cp{page}")
            elif kind == 0x0022 and struct.unpack_from("<H", content)[0]:
                self.epoch = dt.datetime(1904, 1, 1)
            elif kind == 0x041E:
                self.formats[struct.unpack_from("<H", content)[0]] = self._text(content, 2, 2 if self.wide else 1)[:255]
            elif kind == 0x00E0:
                self.styles.append(struct.unpack_from("<H", content, 2)[0])
            elif kind == 0x0085:
                position, state, sheet_kind = struct.unpack_from("<IBB", content)
                self.bound.append((position, bool(state & 3), sheet_kind, self._text(content, 6, 1)))
            elif kind == 0x00FC:
                pieces = [content]
        if pieces:
            self._shared(pieces)

    def _text(self, content: bytes, at: int, counted: int) -> str:
        """A text whose length is in `counted` bytes before it."""
        length = int.from_bytes(content[at : at + counted], "little")
        at += counted
        if not self.wide:
            return self._decoded(content[at : at + length])
        flags = content[at] if length else 0
        at += 1 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
        return content[at : at + 2 * length].decode("utf-16-le") if flags & 1 else content[at : at + length].decode("latin-1")

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode(self.encoding)
        except LookupError as error:
            raise Unreadable("UNKNOWN_ENCODING", self.encoding) from error
        except UnicodeDecodeError as error:
            raise Unreadable("UNKNOWN_ENCODING", self.encoding) from error

    def _shared(self, pieces: list[bytes]) -> None:
        """The table of shared texts; a text may go on in the next piece, which then begins with a byte that says how wide its letters are."""
        unique = struct.unpack_from("<I", pieces[0], 4)[0]
        if unique > limits.MAX_STRINGS:
            raise Unreadable("FILE_TOO_LARGE", f"{unique} texts")
        source = _Pieces(pieces, 8)
        for _ in range(unique):
            if source.ended:
                break
            self.strings.append(source.text())

    # --- one sheet ---

    def _sheet(self, position: int, name: str, hidden: bool) -> Grid:
        grid = Grid(name, hidden)
        depth, awaited = 0, None
        for kind, content in self.records(position):
            if kind == 0x0809:
                depth += 1
            elif kind == 0x000A:
                depth -= 1
                if depth <= 0:
                    break
            elif depth == 0:
                raise Unreadable("BROKEN_FILE", "xls: no sheet at its place")
            elif depth > 1:
                continue  # a chart within the sheet
            elif kind == 0x00FD:
                row, column, _, index = struct.unpack_from("<HHHI", content)
                if index >= len(self.strings):
                    raise Unreadable("BROKEN_FILE", "xls: text number")
                self._put(grid, row, column, self.strings[index])
            elif kind == 0x0203:
                row, column, style, number = struct.unpack_from("<HHHd", content)
                self._put(grid, row, column, self._number(number, style))
            elif kind == 0x027E:
                row, column, style, packed = struct.unpack_from("<HHHI", content)
                self._put(grid, row, column, self._number(_rk(packed), style))
            elif kind == 0x00BD:
                row, first = struct.unpack_from("<HH", content)
                for i in range((len(content) - 6) // 6):
                    style, packed = struct.unpack_from("<HI", content, 4 + 6 * i)
                    self._put(grid, row, first + i, self._number(_rk(packed), style))
            elif kind in (0x0204, 0x00D6):
                row, column = struct.unpack_from("<HH", content)
                self._put(grid, row, column, self._text(content, 6, 2))
            elif kind == 0x0205:
                row, column, _, value, is_error = struct.unpack_from("<HHHBB", content)
                self._put(grid, row, column, ERRORS.get(value, "#VALUE!") if is_error else bool(value))
            elif kind in (0x0006, 0x0206, 0x0406):
                row, column, style = struct.unpack_from("<HHH", content)
                result = content[6:14]
                awaited = None
                if result[6:8] != b"\xff\xff":
                    self._put(grid, row, column, self._number(struct.unpack("<d", result)[0], style))
                elif result[0] == 0:
                    awaited = row, column
                elif result[0] in (1, 2):
                    self._put(grid, row, column, bool(result[2]) if result[0] == 1 else ERRORS.get(result[2], "#VALUE!"))
            elif kind == 0x0207 and awaited:
                self._put(grid, *awaited, self._text(content, 0, 2))
                awaited = None
            elif kind == 0x00E5:
                count = struct.unpack_from("<H", content)[0]
                grid.merged += [struct.unpack_from("<HHHH", content, 2 + 8 * i) for i in range(min(count, (len(content) - 2) // 8))]
        return grid

    def _put(self, grid: Grid, row: int, column: int, value: object) -> None:
        if value == "":
            return
        self.left -= 1
        if isinstance(value, str):
            self.text_left -= len(value)
        if self.left < 0 or self.text_left < 0 or row >= limits.MAX_ROWS or column >= limits.MAX_COLUMNS:
            raise Unreadable("FILE_TOO_LARGE", f"{grid.name[:31]}: {row + 1} x {column + 1}")
        grid.cells[row, column] = value

    def _number(self, number: float, style: int) -> object:
        code = self.styles[style] if style < len(self.styles) else 0
        return shown(number, self.formats.get(code) or BUILT_IN.get(code, ""), self.epoch)


class _Pieces:
    """The shared texts, read across the borders of their records."""

    def __init__(self, pieces: list[bytes], at: int):
        self.pieces, self.piece, self.at = pieces, 0, at

    @property
    def ended(self) -> bool:
        while self.piece < len(self.pieces) and self.at >= len(self.pieces[self.piece]):
            self.piece, self.at = self.piece + 1, 0
        return self.piece >= len(self.pieces)

    def take(self, count: int) -> bytes:
        """Bytes of a header, which are never cut between records."""
        if self.ended:
            raise Unreadable("BROKEN_FILE", "xls: texts cut off")
        taken = self.pieces[self.piece][self.at : self.at + count]
        self.at += count
        if len(taken) < count:
            raise Unreadable("BROKEN_FILE", "xls: texts cut off")
        return taken

    def skip(self, count: int) -> None:
        while count > 0:
            if self.ended:
                return
            step = min(count, len(self.pieces[self.piece]) - self.at)
            self.at += step
            count -= step

    def text(self) -> str:
        length, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        wide, parts = bool(flags & 1), []
        while length:
            if self.at >= len(self.pieces[self.piece]):
                self.piece, self.at = self.piece + 1, 0
                if self.piece >= len(self.pieces):
                    raise Unreadable("BROKEN_FILE", "xls: texts cut off")
                wide = bool(self.take(1)[0] & 1)
            here = self.pieces[self.piece][self.at : self.at + (2 * length if wide else length)]
            letters = len(here) // 2 if wide else len(here)
            if not letters:
                raise Unreadable("BROKEN_FILE", "xls: texts cut off")
            used = letters * 2 if wide else letters
            parts.append(here[:used].decode("utf-16-le", "surrogatepass") if wide else here.decode("latin-1"))
            self.at += used
            length -= letters
        self.skip(4 * runs + extra)
        return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _rk(packed: int) -> float:
    """A number in four bytes: an integer or the upper half of a double, either of them perhaps times 100."""
    if packed & 2:
        whole = packed >> 2
        number: float = whole - (1 << 30) if whole & (1 << 29) else whole
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return number / 100 if packed & 1 else number

"""Bytes become sheets: what kind of file it is by its content, then its cells as they stand. Names are never used as paths.

Workbooks (.xlsx, .xls, .ods) are read by calamine, which never evaluates a formula; text files are decoded strictly, never lossily.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field

MAX_BYTES = 64 * 2**20
MAX_UNPACKED = 512 * 2**20
MAX_ROWS = 100_000
MAX_COLUMNS = 512
MAX_SHEETS = 50


class Unreadable(ValueError):
    """The file cannot be read; `problem` is a check id of the message catalogue, `detail` says what was seen."""

    def __init__(self, problem: str, detail: str = ""):
        super().__init__(f"{problem}: {detail}")
        self.problem, self.detail = problem, detail


@dataclass
class Sheet:
    """Cells of one sheet as rows of Python values; row 1 of the file is `rows[0]`. `envelope` holds `# label: value` lines.

    `merged` are the ranges of merged cells (first and last row, first and last column, from 0), all of which hold the value of the first.
    """

    name: str
    rows: list[list[object]]
    envelope: list[tuple[str, str, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def kind_of(data: bytes) -> str:
    """xlsx, xls, ods or text, by content; raises Unreadable for anything else."""
    if not data.strip():
        raise Unreadable("EMPTY_FILE")
    if len(data) > MAX_BYTES:
        raise Unreadable("FILE_TOO_LARGE", f"{len(data)} > {MAX_BYTES}")
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                    raise Unreadable("FILE_TOO_LARGE", "unpacked")
                names = set(archive.namelist())
        except zipfile.BadZipFile as error:
            raise Unreadable("BROKEN_FILE", str(error)) from error
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "content.xml" in names:
            return "ods"
        raise Unreadable("UNKNOWN_FILE_TYPE", "zip")
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "xls"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    if b"\x00" in data[:4096]:
        raise Unreadable("UNKNOWN_FILE_TYPE", "binary")
    if data.lstrip()[:1] == b"<":
        raise Unreadable("UNKNOWN_FILE_TYPE", "html or xml")
    return "text"


def decode(data: bytes) -> str:
    """Text of a delimited file: UTF-8 (with or without BOM), UTF-16 with BOM, else GB18030; strict, never lossy."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("UNKNOWN_ENCODING", "/".join(encodings))


def read(data: bytes) -> list[Sheet]:
    """All sheets of a file that hold anything. Raises Unreadable."""
    return _workbook(data) if kind_of(data) != "text" else [_delimited(decode(data))]


def _delimited(text: str) -> Sheet:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(("#", '"#')))
    first = next((line for line in lines if any(d in line for d in ",\t;")), "")  # a title has no delimiter
    delimiter = max(",\t;", key=first.count)
    envelope, rows = [], []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter), start=1):
            if number > MAX_ROWS or len(row) > MAX_COLUMNS:
                raise Unreadable("FILE_TOO_LARGE", f"{number} x {len(row)}")
            if row and row[0].lstrip().startswith("#"):
                line = delimiter.join(row).lstrip().lstrip("#").strip().rstrip(delimiter)
                label, colon, value = line.replace("：", ":", 1).partition(":")
                if colon:
                    envelope.append((label.strip(), value.strip().rstrip(delimiter), number))
                rows.append([])
            else:
                rows.append(list(row))
    except csv.Error as error:
        raise Unreadable("BROKEN_FILE", str(error)) from error
    return Sheet("", rows, envelope)


def _workbook(data: bytes) -> list[Sheet]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:  # calamine raises its own types and, for hostile files, a Rust panic
        raise Unreadable("BROKEN_FILE", str(error)[:200]) from error
    sheets = []
    if len(book.sheet_names) > MAX_SHEETS:
        raise Unreadable("FILE_TOO_LARGE", f"{len(book.sheet_names)} sheets")
    for meta in book.sheets_metadata:
        if "visible" not in str(meta.visible).lower() or "hidden" in str(meta.visible).lower():
            continue
        try:
            sheet = book.get_sheet_by_name(meta.name)
            height, width = sheet.total_height, sheet.total_width
            if height > MAX_ROWS or width > MAX_COLUMNS:
                raise Unreadable("FILE_TOO_LARGE", f"{height} x {width}")
            rows = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges if hasattr(sheet, "merged_cell_ranges") else None
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable("BROKEN_FILE", f"{meta.name}: {str(error)[:200]}") from error
        for (top, left), (bottom, right) in merged or ():
            for r in range(top, min(bottom + 1, len(rows))):
                for c in range(left, min(right + 1, len(rows[r]))):
                    rows[r][c] = rows[top][left]
        if any(value not in ("", None) for row in rows for value in row):
            sheets.append(Sheet(meta.name, rows, merged=[(top, bottom, left, right) for (top, left), (bottom, right) in merged or ()]))
    if not sheets:
        raise Unreadable("EMPTY_FILE")
    return sheets


def letter(column: int) -> str:
    """Spreadsheet letter of a zero-based column: 0 -> A, 26 -> AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text

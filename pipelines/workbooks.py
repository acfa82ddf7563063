"""Workbooks that are safe and reproducible: text is never a formula, the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile

FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")


def text_cell(sheet, text: str):
    """A cell of a write-only sheet that is text whatever it begins with: never a formula."""
    from openpyxl.cell import WriteOnlyCell

    return put_text(WriteOnlyCell(sheet), text)


def put_text(cell, text: str):
    """Text into a cell, whatever it begins with; a program that edits the cell later does not take it for a formula either."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell._value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000], "s"
    if text.startswith(FORMULA_LIKE):
        cell.quotePrefix = True
    return cell


def save(book) -> bytes:
    """The workbook's bytes with fixed times and names in a fixed order."""
    buffer = io.BytesIO()
    book.save(buffer)
    result = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in sorted(source.infolist(), key=lambda e: e.filename):
            content = source.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2000-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(entry.filename, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return result.getvalue()

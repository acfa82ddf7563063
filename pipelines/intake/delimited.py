"""Delimited text: comma, tab or semicolon, with the envelope as leading `# label: value` lines."""

from __future__ import annotations

import csv
import io
import re

from pipelines.intake import limits
from pipelines.intake.cells import formula_problem
from pipelines.intake.limits import Unreadable

_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n?", re.IGNORECASE)


def read(text: str) -> tuple[list[list[str]], list[tuple[str, str, int]]]:
    """Rows, and envelope lines as (label, value, line). Raises Unreadable."""
    if text.count("\n") + text.count("\r") > 4 * limits.MAX_ROWS:
        raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_ROWS} x 4")
    lines = text.splitlines()
    if longest := next((number for number, line in enumerate(lines, start=1) if len(line) > limits.MAX_LINE), 0):
        raise Unreadable("LINE_TOO_LONG", str(longest))
    plain = (line for line in lines if not line.lstrip().startswith(("#", '"#')))
    if declared := _SEPARATOR.match(text):  # the line with which a spreadsheet program names its delimiter
        delimiter = declared[1]
    else:
        first = next((line for line in plain if any(d in line for d in ",\t;")), "")  # a title has no delimiter
        delimiter = max(",\t;", key=first.count)
    envelope: list[tuple[str, str, int]] = []
    rows: list[list[str]] = []
    cells = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter), start=1):
            cells += len(row)
            if number > limits.MAX_ROWS or len(row) > limits.MAX_COLUMNS or cells > limits.MAX_CELLS:
                raise Unreadable("FILE_TOO_LARGE", f"{number} x {len(row)}")
            if row and row[0].lstrip().startswith("#") and not formula_problem(row[0].strip()):
                line = delimiter.join(row).lstrip().lstrip("#").strip().rstrip(delimiter)
                label, colon, value = line.replace("：", ":", 1).partition(":")
                if colon:
                    envelope.append((label.strip(), value.strip().rstrip(delimiter), number))
                rows.append([])
            elif number == 1 and declared:
                rows.append([])
            else:
                rows.append(row)
    except csv.Error as error:
        problem = "CELL_TOO_LONG" if "field limit" in str(error) else "BROKEN_FILE"
        raise Unreadable(problem, str(error)) from error
    return rows, envelope

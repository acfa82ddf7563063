"""What a sender writes back in a receipt workbook: answers to its findings, and corrections made in the copy of its own sheets.

A receipt is known by its list: the sheet whose first cell holds MARK, with the number of the receipt beside it. Whoever gets one may write
anything into it, so all of it is text, cut to a length and never looked up by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.intake import cells
from pipelines.intake.sheets import Sheet

MARK = "报送回执 / receipt"  # first cell of the list
HEAD = "规则 / check"  # first cell of the header row
ANSWER = "答复 / answer"  # header of the column for the sender
WHERE = ("工作表 / sheet", "单元格 / cell")
PARTIAL = "副本不全 / partial copy"  # third cell, where the copy of the sender's sheets leaves lines out
LONGEST, MOST = 1_000, 5_000


@dataclass(frozen=True)
class Answer:
    """An answer to the finding of a check at a cell, as it came back."""

    check_id: str
    sheet: str
    cell: str
    text: str


@dataclass
class Reply:
    """A receipt that came back. `sheets`: the sheets beside the list, for they may have been corrected; [] where they are no whole copy."""

    submission_id: str
    answers: list[Answer] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)


def is_list(sheet: Sheet) -> bool:
    """Whether a sheet is the list of a receipt."""
    return bool(sheet.rows and sheet.rows[0]) and cells.text_of(sheet.rows[0][0]) == MARK


def find(sheets: list[Sheet]) -> Reply | None:
    """The reply that a workbook is; None when it is no receipt."""
    at = next((sheet for sheet in sheets if is_list(sheet)), None)
    if at is None:
        return None
    first = [cells.text_of(value) for value in at.rows[0]]
    number = re.search(r"\b[0-9a-f]{16}\b", " ".join(first[1:]))
    partial = PARTIAL in first
    reply = Reply(number[0] if number else "", _answers(at), [] if partial else [s for s in sheets if s is not at])
    return reply


def _answers(sheet: Sheet) -> list[Answer]:
    found: list[Answer] = []
    columns: dict[str, int] = {}
    for row in sheet.rows:
        texts = [cells.read_text(value, LONGEST) for value in row]
        if not columns:
            if texts and texts[0] == HEAD and ANSWER in texts:
                columns = {text: c for c, text in enumerate(texts) if text}
            continue
        place = [texts[columns[name]][:200] if name in columns and columns[name] < len(texts) else "" for name in (HEAD, *WHERE)]
        text = texts[columns[ANSWER]] if columns[ANSWER] < len(texts) else ""
        if text:
            found.append(Answer(*place, text))
    return found[:MOST]


def same_cells(one: list[list[object]], other: list[list[object]]) -> bool:
    """Whether two sheets say the same, however far their empty cells reach."""
    return _filled(one) == _filled(other)


def _filled(rows: list[list[object]]) -> dict[tuple[int, int], str]:
    return {(r, c): text for r, row in enumerate(rows) for c, value in enumerate(row) if (text := cells.text_of(value))}

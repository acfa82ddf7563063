"""A receipt as a workbook: the list of findings, with a place for the sender's answer to each, and the sender's own sheets behind it.

It can be sent back: answers are read from the list, and corrections may be made right in the copied sheets.
"""

from __future__ import annotations

from pipelines import plain_workbook
from pipelines.intake import annotated
from pipelines.intake.annotated import text_of
from pipelines.intake.answers import ANSWER, HEAD, MARK, PARTIAL, WHERE
from pipelines.plain_workbook import Sheet, Style

TITLE = "回执 receipt"
COLUMNS = [("check_id", HEAD, 27), ("severity", "级别 / severity", 16), ("sheet", WHERE[0], 16), ("cell", WHERE[1], 14), ("value", "所填 / value", 18),
           ("expected", "应为 / expected", 28), ("message_zh", "说明", 48), ("message_en", "in English", 48), ("state", "状态 / state", 22),
           ("answer", ANSWER, 36)]
_HEADER, _CELL, _ANSWER = Style(bold=True, fill="E9EDF1", border=True, wrap=True), Style(border=True, wrap=True), Style(fill="FFFDF2", border=True, wrap=True)
_LINK = Style(colour="0B57A4", underline=True, border=True, wrap=True)


def copies_of(receipt: dict, data: bytes) -> list[annotated.Copy]:
    """The sheets of the file that the receipt answers; [] where it cannot be opened."""
    return annotated.copies(data, receipt["findings"], TITLE)


def write(receipt: dict, facts: list[tuple[str, str]], advice: list[str], copies: list[annotated.Copy]) -> bytes:
    """The workbook of a receipt, with the sender's own sheets behind the list."""
    sheet = Sheet(TITLE, widths={c: width for c, (_, _, width) in enumerate(COLUMNS)})
    sheet.put(0, 0, MARK, Style(bold=True, size=14))
    sheet.put(0, 1, f"编号 / number {receipt['submission_id']}")  # with words, or a number of digits alone would become a count on the way
    if not all(copy.whole for copy in copies):
        sheet.put(0, 2, PARTIAL)
    for r, (label, value) in enumerate([*facts, *(("", line) for line in advice)], start=1):
        sheet.put(r, 0, label)
        sheet.put(r, 1, value, Style(bold=r == 1))
    top = len(sheet.cells) + 1
    sheet.repeated = top
    for c, (_, label, _) in enumerate(COLUMNS):
        sheet.put(top, c, label, _HEADER)
    for r, finding in enumerate(receipt["findings"], start=top + 1):
        for c, (key, _, _) in enumerate(COLUMNS):
            sheet.put(r, c, text_of(finding, key), _ANSWER if key == "answer" else _CELL)
        colour = annotated.FILLS[finding["severity"] if finding["state"] == "open" else "closed"]
        sheet.put(r, 1, text_of(finding, "severity"), Style(fill=colour, border=True, wrap=True))
        if at := annotated.place(copies, finding):
            sheet.put(r, 3, finding["cell"], _LINK)
            sheet.links[r, 3] = plain_workbook.link_to(*at)
    return plain_workbook.write([sheet, *annotated.sheets(copies, receipt["findings"])])

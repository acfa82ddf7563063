"""Files that must be sent back, and cells that say too little or too much."""

from __future__ import annotations

import zlib

from pipelines.reference import Column
from pipelines.simulate import writing
from pipelines.simulate.documents import Document, Formula, Heading
from pipelines.simulate.kinds import Clerk, finding, planted, refused, whole_numbers
from pipelines.simulate.untidy_cells import OPTIONAL

# Sent back are forms on which no other form depends, so that nothing else is missing because of it.

LONE = "F06 F07 F08 F09 F10 F12"


@planted("empty file", LONE, format="csv")
def empty_file(document: Document, clerk: Clerk):
    document.raw = bytes(b" \n"[int(bit)] for bit in f"{zlib.crc32(document.path.encode()):032b}")  # nothing, and not twice the same
    refused(document, "EMPTY_FILE", sheet="")


@planted("broken workbook", LONE, format="xlsx")
def broken_file(document: Document, clerk: Clerk):
    whole = writing.content(document)
    document.raw = whole[: len(whole) // 2] + document.path.encode()
    refused(document, "BROKEN_FILE", sheet="")


@planted("not a table at all", LONE, format="csv")
def unknown_type(document: Document, clerk: Clerk):
    document.raw = b"\x89IMG\r\n\x00" + bytes(clerk.chance.whole(0, 255) for _ in range(200))
    refused(document, "UNKNOWN_FILE_TYPE", sheet="")


@planted("M01 bytes of no encoding", LONE, format="csv")
def unknown_encoding(document: Document, clerk: Clerk):
    document.raw = writing.content(document).decode().encode("gb18030") + b"\x80\x80\xff\xff"
    refused(document, "UNKNOWN_ENCODING", sheet="")


@planted("M01 two encodings in one file", LONE, format="csv")
def mixed_encoding(document: Document, clerk: Clerk):
    first, rest = writing.content(document).split(b"\n", 1)
    document.raw = first + b"\n" + rest.decode().encode("gb18030")
    refused(document, "MIXED_ENCODING", sheet="")


@planted("no form number", LONE)
def no_form(document: Document, clerk: Clerk):
    del document.envelope["表号"]
    document.title = ""
    refused(document, "NO_FORM")


@planted("a form that does not exist", LONE)
def unknown_form(document: Document, clerk: Clerk):
    document.envelope["表号"] = "F99"
    refused(document, "UNKNOWN_FORM", cell=document.envelope_cell("表号"))


@planted("no header", "F07 F08 F12")
def no_header(document: Document, clerk: Clerk):
    for number, h in enumerate(document.headings):
        h.text = f"栏目{number + 1}"
    refused(document, "NO_HEADER")


@planted("no rows", LONE)
def no_rows(document: Document, clerk: Clerk):
    document.lines = []
    refused(document, "NO_ROWS", sheet="")


@planted("no region", "F07 F08 F12")
def no_region(document: Document, clerk: Clerk):
    document.envelope.pop("行政区划代码")
    document.envelope.pop("填报单位")
    document.title = ""
    refused(document, "NO_REGION", cell=f"A{document.row_number(0)}")


@planted("no period", "F07 F08 F12")
def no_period(document: Document, clerk: Clerk):
    document.envelope.pop("报告期")
    refused(document, "NO_PERIOD", cell=f"A{document.row_number(0)}")


@planted("a month that does not exist", "F07 F12")
def bad_period(document: Document, clerk: Clerk):
    document.envelope["报告期"] = f"{document.period[:4]}-13"
    refused(document, "BAD_PERIOD", cell=document.envelope_cell("报告期"))


@planted("M14 a code of nobody", LONE)
def unknown_region(document: Document, clerk: Clerk):
    document.envelope["行政区划代码"] = "998999"
    refused(document, "UNKNOWN_REGION", cell=document.envelope_cell("行政区划代码"))


@planted("M14 a misspelt name", LONE)
def misspelt_region(document: Document, clerk: Clerk):
    document.envelope.pop("行政区划代码")
    document.envelope["填报单位"] = f"{document.submitter.name_zh[0]}某县"
    refused(document, "UNKNOWN_REGION", cell=document.envelope_cell("填报单位"))


@planted("M14 a name that city and county share", LONE)
def ambiguous_region(document: Document, clerk: Clerk):
    bare = document.submitter.name_zh[:-1]
    if sum(u.name_zh[:-1] == bare for u in clerk.province.units) < 2:
        return False
    document.envelope.pop("行政区划代码")
    document.envelope["填报单位"] = bare
    refused(document, "AMBIGUOUS_REGION", cell=document.envelope_cell("填报单位"))


@planted("a code that is on no list", "F06 F09 F10")
def unknown_code(document: Document, clerk: Clerk):
    row = clerk.chance.whole(0, len(document.lines) - 1)
    column = document.form.dimensions[0].id
    document.typed[row, column] = "航天"
    refused(document, "UNKNOWN_CODE", row, column)


def one_number(document: Document, clerk: Clerk, text: object, check_id: str) -> None:
    """One count replaced by something for which the file is sent back."""
    row, h = clerk.chance.pick(whole_numbers(document))
    document.typed[row, h.id] = text
    refused(document, check_id, row, h.id)


@planted("words for a number", LONE)
def not_a_number(document: Document, clerk: Clerk):
    one_number(document, clerk, "若干", "NOT_A_NUMBER")


@planted("half a firm", LONE)
def not_whole(document: Document, clerk: Clerk):
    one_number(document, clerk, "3.5", "NOT_AN_INTEGER")


@planted("M19 a negative number", LONE)
def negative(document: Document, clerk: Clerk):
    one_number(document, clerk, "-4", "NEGATIVE_VALUE")


@planted("M19 a number in brackets", LONE)
def bracketed(document: Document, clerk: Clerk):
    one_number(document, clerk, "(5)", "NEGATIVE_VALUE")


@planted("a number that is far too large", LONE)
def too_large(document: Document, clerk: Clerk):
    one_number(document, clerk, "9" * 16, "NUMBER_TOO_LARGE")


@planted("M22 a broken reference", LONE, format="xlsx")
def formula_error(document: Document, clerk: Clerk):
    one_number(document, clerk, clerk.chance.pick(["#REF!", "#DIV/0!", "#N/A", "#VALUE!"]), "FORMULA_ERROR")


@planted("M22 a formula that was never computed", LONE, format="xlsx")
def never_computed(document: Document, clerk: Clerk):
    one_number(document, clerk, Formula("SUM(Z1:Z9)"), "FORMULA_NOT_COMPUTED")


@planted("a telephone number", "F07")
def personal_data(document: Document, clerk: Clerk):
    value = document.lines[0].cells["certified"]
    document.typed[0, "certified"] = f"{value}(电话1390000{clerk.chance.whole(1000, 9999)})"
    refused(document, "PERSONAL_DATA", 0, "certified")


@planted("a row twice", "F06 F09 F10")
def duplicate_row(document: Document, clerk: Clerk):
    document.lines.append(clerk.chance.pick(document.lines))
    refused(document, "DUPLICATE_ROW", cell=f"A{document.row_number(len(document.lines) - 1)}")


# --- cells that say too little or too much -----------------------------------------------------------------------------


@planted("M25 masked digits", "F07 F08")
def masked(document: Document, clerk: Clerk):
    column = {"F07": "p1", "F08": "issues"}[document.form.id]
    document.typed[0, column] = clerk.chance.pick([f"*{document.lines[0].cells[column]}", "2xx", "1**6"])
    document.states[0, column] = ("masked", "masked")
    finding(document, "MASKED_VALUE", 0, column)


@planted("M23 another unit", "F08 F12")
def other_unit(document: Document, clerk: Clerk):
    """Said, and nothing is converted."""
    column = {"F08": "checked", "F12": "registered"}[document.form.id]
    document.typed[0, column] = f"{document.lines[0].cells[column]}家次"
    finding(document, "UNIT_MISMATCH", 0, column, "warning")


@planted("DQ07 a number that looks like a year", "F08")
def year_like(document: Document, clerk: Clerk):
    document.put(0, "trained", 2021)
    document.typed[0, "trained"] = "2021余"
    document.states[0, "trained"] = ("reported", "ge")
    finding(document, "YEAR_LIKE_COUNT", 0, "trained", "warning")


@planted("M03 a pronunciation in a header", " ".join(OPTIONAL))
def gloss(document: Document, clerk: Clerk):
    """What it may have been is proposed; the column is not read before a person has agreed."""
    name = OPTIONAL[document.form.id]
    heading = next(h for h in document.headings if h.id == name)
    heading.text = f"{heading.text[:1]}(jìn){heading.text[1:]}"
    for i in range(len(document.lines)):
        document.states[i, name] = ("blank", "")
    for check in ("UNKNOWN_COLUMN", "MOJIBAKE"):
        finding(document, check, None, name, "warning")


@planted("a column twice", "F07 F08 F12")
def duplicate_column(document: Document, clerk: Clerk):
    first = clerk.chance.pick(document.measures())
    document.headings.append(Heading("again", first.text, Column("extra", "extra")))
    for i, line in enumerate(document.lines):
        line.cells["again"] = document.shown(i, first)
    finding(document, "DUPLICATE_COLUMN", None, "again", "warning")


@planted("DQ11 a round number far above the others", "F07")
def round_number(document: Document, clerk: Clerk):
    line = document.lines[0]
    document.put(0, "p4", 76_000)
    document.put(0, "total", 76_000 + sum(line.cells[f"p{n}"] for n in (1, 2, 3, 5)))
    document.put(0, "sessions", 900)
    finding(document, "ROUND_NUMBER", 0, "p4", "info")

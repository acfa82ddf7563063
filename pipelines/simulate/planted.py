"""Errors that must be found: each is put into one cell, and what has to be said about it is written down beside it.

Errors are chosen so that their consequences can be foretold: a total is changed with its part, a rate is printed as the wrong numbers give it,
unless the total or the rate is itself the error.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_DOWN, Decimal

from pipelines.reference import Column
from pipelines.simulate import documents
from pipelines.simulate.documents import Document, Heading, Planted, half_up
from pipelines.simulate.mess import Clerk, Kind, whole_numbers

PLANTED: list[Kind] = []


def planted(name: str, forms: str = "", format: str = ""):
    def register(function):
        PLANTED.append(Kind(name, function, tuple(forms.split()), format))
        return function

    return register


# The numbers that the specification gives to checks that are made in every form alike.
NUMBERS = {
    ("F03", "fine_total"): "E303", ("F06", "total"): "E601", ("F07", "total"): "E701", ("F09", "total"): "E901", ("F11", "total"): "E1101",
    ("F02", "rate"): "E210", ("F02", "change"): "E208", ("F04", "rate"): "E404", ("F06", "rate"): "E603", ("F10", "rate"): "E1001",
    ("F12", "rate"): "E1201", ("F02", "categories"): "E201", ("F02", "subtotal"): "E202", ("F03", "categories"): "E305",
    ("F04", "categories"): "E409", ("F05b", "categories"): "E5b1", ("F03", "UNIT_MISMATCH"): "E307", ("F07", "ROUND_NUMBER"): "E704",
    ("F02", "TARGET_MISMATCH"): "X09", ("F03", "NOTICES_LT_FIRMS"): "E311", ("F03b", "COUNT_VS_LIST"): "E3b2",
}


def finding(document: Document, check_id: str, row: int | None, column: str, severity: str = "error", lasting: bool = True, sort: str = "") -> None:
    """`sort`: what gives the finding its number, where its word does not."""
    number = NUMBERS.get((document.form.id, sort or check_id), "")
    document.planted.append(Planted(check_id, severity, row, column, lasting=lasting, rule_id=number))


def mismatch(document: Document, row: int, column: str, sort: str = "") -> None:
    """A total that is not the sum of its parts: said where it stands, and the total is disputed."""
    disputed(document, row, column)
    finding(document, "SUM_MISMATCH", row, column, lasting=False, sort=sort or column)


def refused(document: Document, check_id: str, row: int | None = None, column: str = "", cell: str = "", sheet: bool = True) -> None:
    """A finding for which the file is sent back: none of its figures is used."""
    document.planted.append(Planted(check_id, "error", row, column, cell, sheet=sheet))
    document.rejected = True


def disputed(document: Document, row: int, column: str) -> None:
    """The number is kept as it is and used nowhere."""
    document.states[row, column] = ("disputed", "exact")


def shift(document: Document, row: int, column: str, by: int) -> list[int]:
    """Add to a number, to the totals that it is part of, and to one part of each other breakdown of the same total.

    Returns the lines that were changed, the first among them.
    """
    dims = document.lines[row].dims
    changed = [row]
    for i, line in enumerate(document.lines):
        if i == row or line.cells.get(column) is None or line.region_id != document.lines[row].region_id:
            continue
        if all(d == "TOTAL" for d in line.dims) and any(d != "TOTAL" for d in dims):
            changed.append(i)
    cut = [next((k for k, d in enumerate(document.lines[i].dims) if d != "TOTAL"), None) for i in range(len(document.lines))]
    for other in sorted({k for k in cut if k is not None and k != cut[row]}):
        changed += [i for i, k in enumerate(cut) if k == other and document.lines[i].cells.get(column) is not None][:1]
    for i in changed:
        document.put(i, column, document.value(i, column) + by)
    return changed


def where(document: Document, rows: list[int], check_id: str, column: str, broken, severity: str = "error") -> None:
    """A finding in each of the lines in which a rule is broken; where it is an error, the number is disputed."""
    for row in sorted(set(rows)):
        if broken(lambda name, row=row: document.value(row, name)):
            finding(document, check_id, row, column, severity)
            if severity == "error":
                disputed(document, row, column)


# --- files that cannot be read ----------------------------------------------------------------------------------------
# Sent back are forms on which no other form depends, so that nothing else is missing because of it.

LONE = "F06 F07 F08 F09 F10 F12"


@planted("empty file", LONE, format="csv")
def empty_file(document: Document, clerk: Clerk):
    document.raw = b" \r\n" * clerk.chance.whole(1, 4000)
    refused(document, "EMPTY_FILE", sheet=False)


@planted("broken workbook", LONE, format="xlsx")
def broken_file(document: Document, clerk: Clerk):
    from pipelines.simulate import writing

    whole = writing.content(document)
    document.raw = whole[: len(whole) // 2]
    refused(document, "BROKEN_FILE", sheet=False)


@planted("not a table at all", LONE, format="csv")
def unknown_type(document: Document, clerk: Clerk):
    document.raw = b"\x89IMG\r\n\x00" + bytes(clerk.chance.whole(0, 255) for _ in range(200))
    refused(document, "UNKNOWN_FILE_TYPE", sheet=False)


@planted("M01 bytes of no encoding", LONE, format="csv")
def unknown_encoding(document: Document, clerk: Clerk):
    from pipelines.simulate import writing

    document.raw = writing.content(document).replace("表号".encode(), b"\x80\x80\xff\xff")
    refused(document, "UNKNOWN_ENCODING", sheet=False)


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
    refused(document, "NO_ROWS", sheet=False)


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


def one_number(document: Document, clerk: Clerk, text: str, check_id: str) -> None:
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


@planted("a telephone number", "F07")
def personal_data(document: Document, clerk: Clerk):
    value = document.lines[0].cells["certified"]
    document.typed[0, "certified"] = f"{value}(电话1390000{clerk.chance.whole(1000, 9999)})"
    refused(document, "PERSONAL_DATA", 0, "certified")


@planted("a row twice", "F06 F09 F10")
def duplicate_row(document: Document, clerk: Clerk):
    document.lines.append(clerk.chance.pick(document.lines))
    refused(document, "DUPLICATE_ROW", cell=f"A{document.row_number(len(document.lines) - 1)}")


# --- cells that say too little or too much ----------------------------------------------------------------------------


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


# --- totals and printed values ----------------------------------------------------------------------------------------


@planted("E701 a total that is not the sum of its columns", "F07 F09 F11")
def column_total(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims in ((), ("企业",), ("风险点", "TOTAL", "TOTAL")) and line.cells["total"] > 3]
    if not rows:
        return False
    for row in shift(document, rows[0], "total", -clerk.chance.whole(1, 2)):
        mismatch(document, row, "total")


@planted("E303 fines that do not add up", "F03")
def fine_total(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims != ("TOTAL",) and line.cells["fine_total"] > 50_000]
    if not rows:
        return False
    for row in shift(document, clerk.chance.pick(rows), "fine_total", -10_000):
        mismatch(document, row, "fine_total")


@planted("E601 grades that do not add up", "F06")
def grades(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims[0] != "TOTAL" and line.cells["total"] > 2]
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    document.put(row, "total", document.lines[row].cells["total"] - 1)
    mismatch(document, row, "total")


@planted("E305 a total that is not the sum of its industries", "F03")
def industry_total(document: Document, clerk: Clerk):
    row, column = document.total_line, clerk.chance.pick(["documents", "staff_times", "teams"])
    if (true := document.lines[row].cells[column]) < 3:
        return False
    document.put(row, column, true - 1)
    mismatch(document, row, column, "categories")


@planted("E409 a total that is not the sum of its sectors", "F04")
def sector_total(document: Document, clerk: Clerk):
    row = document.total_line
    if (true := document.lines[row].cells["units_should"]) < 20:
        return False
    document.put(row, "units_done", document.value(row, "units_done") - 2)
    mismatch(document, row, "units_done", "categories")
    return true > 0


def printed_rates(document: Document) -> list[tuple[int, str, Decimal]]:
    """Rates that were printed: line, column, the exact value."""
    found = []
    for i, line in enumerate(document.lines):
        for name, recipe in document.recipes.items():
            if recipe.kind != "rate" or line.cells.get(name) in (None, "—"):
                continue
            numerator, denominator = (sum(sign * line.cells[term] for sign, term in side) for side in (recipe.numerator, recipe.denominator))
            found.append((i, name, Decimal(numerator) * recipe.scale / Decimal(denominator)))
    return found


@planted("E208 a rate that is wrong")
def wrong_rate(document: Document, clerk: Clerk):
    rates = printed_rates(document)
    if not rates:
        return False
    row, column, exact = clerk.chance.pick(rates)
    document.typed[row, column] = str(half_up(exact + 5, 2))
    finding(document, "RATE_MISMATCH", row, column, lasting=False, sort="rate")


@planted("DQ02 a rate that was cut off")
def truncated_rate(document: Document, clerk: Clerk):
    rates = [(i, name, exact) for i, name, exact in printed_rates(document) if half_up(exact, 2) != exact.quantize(Decimal("0.01"), ROUND_DOWN)]
    if not rates:
        return False
    row, column, exact = clerk.chance.pick(rates)
    document.typed[row, column] = str(exact.quantize(Decimal("0.01"), ROUND_DOWN))
    finding(document, "RATE_TRUNCATED", row, column, "warning", lasting=False, sort="rate")


@planted("a rate one off in its last digit")
def rounded_up_rate(document: Document, clerk: Clerk):
    rates = [(i, name, exact) for i, name, exact in printed_rates(document)
             if half_up(exact, 2) == exact.quantize(Decimal("0.01"), ROUND_DOWN) and exact % Decimal("0.01") > 0 and exact < 99]
    if not rates:
        return False
    row, column, exact = clerk.chance.pick(rates)
    document.typed[row, column] = str(half_up(exact, 2) + Decimal("0.01"))
    finding(document, "RATE_ROUNDING", row, column, "warning", lasting=False, sort="rate")


@planted("M25 a masked rate")
def masked_rate(document: Document, clerk: Clerk):
    rates = printed_rates(document)
    if not rates:
        return False
    row, column, _ = clerk.chance.pick(rates)
    document.typed[row, column] = "*.56%"
    finding(document, "MASKED_VALUE", row, column)
    finding(document, "NOT_RECOMPUTABLE", row, column, "info", lasting=False, sort="rate")


@planted("a rate in words")
def rate_in_words(document: Document, clerk: Clerk):
    rates = printed_rates(document)
    if not rates:
        return False
    row, column, _ = clerk.chance.pick(rates)
    document.typed[row, column] = "九成以上"
    finding(document, "PRINTED_UNREADABLE", row, column, "warning")
    finding(document, "NOT_RECOMPUTABLE", row, column, "info", lasting=False, sort="rate")


@planted("E208 a change that is wrong", "F02")
def wrong_change(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.cells["acc_yoy"] not in ("持平", "—", None)]
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    right = Decimal(document.lines[row].cells["acc_yoy"])
    document.typed[row, "acc_yoy"] = str(right - 3)
    finding(document, "RATE_MISMATCH", row, "acc_yoy", lasting=False, sort="change")


@planted("X09 another target than the one set", "F02")
def other_target(document: Document, clerk: Clerk):
    row = document.total_line
    if not document.lines[row].cells.get("target"):
        return False
    document.put(row, "target", document.lines[row].cells["target"] + 2)
    finding(document, "TARGET_MISMATCH", row, "target", "warning", lasting=False)


# --- accidents --------------------------------------------------------------------------------------------------------


@planted("E203 a cumulative figure that is not the sum of the months", "F02")
def cumulative(document: Document, clerk: Clerk):
    """What has to be said follows from the figures of the other months, see Truth."""
    if document.submitter.level != "county":
        return False
    for row, line in enumerate(document.lines):
        if line.dims[0] in ("DL9", "DL", "TOTAL"):
            document.put(row, "acc_c", line.cells["acc_c"] + 1)


@planted("E201 a total that is not the sum of its categories", "F02")
def category_total(document: Document, clerk: Clerk):
    row = document.total_line
    if document.submitter.level != "county" or document.lines[row].cells["ser_c"] < 2:
        return False
    document.put(row, "ser_c", document.lines[row].cells["ser_c"] - 1)
    mismatch(document, row, "ser_c", "categories")


@planted("E202 an industry that is not the sum of its branches", "F02")
def branch_total(document: Document, clerk: Clerk):
    row = document.line_of("GK")
    if document.submitter.level != "county" or document.lines[row].cells["ser_c"] < 1:
        return False
    for changed in (row, document.total_line):
        document.put(changed, "ser_c", document.lines[changed].cells["ser_c"] - 1)
    mismatch(document, row, "ser_c", "subtotal")


@planted("E212 a loss that was divided by ten thousand twice", "F02")
def tiny_loss(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims[0] in ("SS", "TL", "NJ", "YC", "QT") and line.cells["death_m"] > 0]
    if not rows or document.submitter.level != "county":
        return False
    row = clerk.chance.pick(rows)
    small = 50 * document.lines[row].cells["death_m"]
    changed = shift(document, row, "loss_m", small - document.lines[row].cells["loss_m"])
    where(document, changed, "E212", "loss_m", lambda v: 0 < v("loss_m") < 100 * v("death_m"), "warning")


@planted("E211 a city's total that is not the sum of its counties", "F02")
def region_total(document: Document, clerk: Clerk):
    """What has to be said follows from the figures of the counties, see Truth."""
    if document.submitter.level != "city":
        return False
    for row, line in enumerate(document.lines):
        if line.dims[0] in ("DL9", "DL", "TOTAL"):
            document.put(row, "ser_m", line.cells["ser_m"] + 7)


@planted("E207 deaths without an accident", "F02")
def deaths_without_accident(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims[0] in ("MH", "YC", "SS", "QT") and line.cells["acc_c"] == 0]
    if not rows or document.submitter.level != "county":
        return False
    row = clerk.chance.pick(rows)
    for accidents, deaths in (("acc_m", "death_m"), ("acc_c", "death_c")):
        changed = shift(document, row, deaths, 1)
        where(document, changed, "E207", deaths, lambda v, a=accidents, d=deaths: v(d) > 0 and v(a) == 0)


@planted("E206 more larger accidents than accidents", "F02")
def more_larger(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims[0] in ("MH", "YC", "SS", "QT", "NJ") and line.cells["acc_m"] == 0]
    if not rows or document.submitter.level != "county":
        return False
    row = clerk.chance.pick(rows)
    changed = shift(document, row, "acc2_m", 1)
    shift(document, row, "death2_m", 3)
    where(document, changed, "E206", "acc2_m", lambda v: v("acc2_m") > v("acc_m"))


# --- row by row -------------------------------------------------------------------------------------------------------


def sector_rows(document: Document, column: str, least: int) -> list[int]:
    """Lines that are part of a total along the first dimension and have at least so many."""
    return [i for i, line in enumerate(document.lines) if line.dims[0] != "TOTAL" and (line.cells.get(column) or 0) >= least]


@planted("E301 more units checked than in charge", "F03")
def checked_above_charge(document: Document, clerk: Clerk):
    rows = sector_rows(document, "units_in_charge", 3)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    by = document.lines[row].cells["units_in_charge"] + 2 - document.lines[row].cells["units_checked"]
    changed = shift(document, row, "units_checked", by)
    shift(document, row, "visits", by)
    where(document, changed, "E301", "units_checked", lambda v: v("units_checked") > v("units_in_charge"), "warning")


@planted("E302 fewer visits than units checked", "F03")
def visits_below_checked(document: Document, clerk: Clerk):
    rows = sector_rows(document, "units_checked", 3)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    changed = shift(document, row, "visits", document.lines[row].cells["units_checked"] - 2 - document.lines[row].cells["visits"])
    where(document, changed, "E302", "visits", lambda v: v("visits") < v("units_checked"))


@planted("E304 fines without a penalty", "F03")
def fines_without_penalty(document: Document, clerk: Clerk):
    rows = [i for i in sector_rows(document, "units_checked", 0) if document.lines[i].cells["penalties"] == 0]
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    shift(document, row, "fine_daily", 20_000)
    changed = shift(document, row, "fine_total", 20_000)
    where(document, changed, "E304", "fine_total", lambda v: v("fine_total") > 0 and v("penalties") == 0)


@planted("E306 more halted than checked", "F03")
def halted_above_checked(document: Document, clerk: Clerk):
    rows = sector_rows(document, "units_checked", 1)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    line = document.lines[row].cells
    changed = shift(document, row, "halted", line["units_checked"] + 1 - line["halted"] - line["closed"])
    where(document, changed, "E306", "halted", lambda v: v("halted") + v("closed") > v("units_checked"), "warning")


@planted("DQ04 fewer orders than firms ordered", "F03")
def fewer_orders(document: Document, clerk: Clerk):
    rows = sector_rows(document, "firms_ordered", 3)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    line = document.lines[row].cells
    changed = shift(document, row, "firms_ordered", line["orders"] + 2 - line["firms_ordered"])
    where(document, changed, "NOTICES_LT_FIRMS", "orders", lambda v: v("firms_ordered") > v("orders"), "warning")


@planted("E3b1 more issues fixed than found", "F03b")
def issues(document: Document, clerk: Clerk):
    above(document, "issues_fixed", "issues_found", "E3b1", 3)


@planted("DQ03 more circulars than numbers listed", "F03b")
def circulars(document: Document, clerk: Clerk):
    document.put(0, "circulars", document.lines[0].cells["circulars"] + 1)
    finding(document, "COUNT_VS_LIST", 0, "circulars", "warning")


@planted("E401 more hazards rectified than found", "F04")
def fixed_above_found(document: Document, clerk: Clerk):
    """Found no longer equals rectified plus open either, in this row and in the totals."""
    rows = sector_rows(document, "gen_found", 3)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    line = document.lines[row].cells
    changed = shift(document, row, "gen_fixed", line["gen_found"] + 2 - line["gen_fixed"])
    where(document, changed, "E401", "gen_fixed", lambda v: v("gen_fixed") > v("gen_found"))
    where(document, changed, "E402", "gen_found", lambda v: v("gen_found") != v("gen_fixed") + v("gen_open"))


@planted("E403 more rectified at once than rectified", "F04")
def at_once_above_fixed(document: Document, clerk: Clerk):
    rows = sector_rows(document, "gen_found", 3)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    line = document.lines[row].cells
    changed = shift(document, row, "gen_fixed_now", line["gen_fixed"] + 1 - line["gen_fixed_now"])
    where(document, changed, "E403", "gen_fixed_now", lambda v: v("gen_fixed_now") > v("gen_fixed"))


@planted("E405 fewer major hazards than rectified and planned", "F04")
def major_identity(document: Document, clerk: Clerk):
    rows = sector_rows(document, "units_should", 1)
    if not rows:
        return False
    changed = shift(document, clerk.chance.pick(rows), "maj_planned", 1)
    where(document, changed, "E405", "maj_found", lambda v: v("maj_fixed") + v("maj_planned") > v("maj_found"), "warning")


@planted("E410 more units checked than there are", "F04")
def done_above_should(document: Document, clerk: Clerk):
    rows = sector_rows(document, "units_should", 2)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    line = document.lines[row].cells
    changed = shift(document, row, "units_done", line["units_should"] + 3 - line["units_done"])
    where(document, changed, "E410", "units_done", lambda v: v("units_done") > v("units_should"))


@planted("E602 more firms certified than there are", "F06")
def certified_above_scope(document: Document, clerk: Clerk):
    rows = sector_rows(document, "scope", 2)
    if not rows:
        return False
    row = clerk.chance.pick(rows)
    line = document.lines[row].cells
    by = line["scope"] + 1 - line["total"]
    shift(document, row, "l3", by)
    changed = shift(document, row, "total", by)
    where(document, changed, "E602", "total", lambda v: v("total") > v("scope"))


@planted("E703 fewer people than sessions", "F07")
def thin_sessions(document: Document, clerk: Clerk):
    document.put(0, "sessions", document.lines[0].cells["total"] + 4)
    finding(document, "E703", 0, "total", "warning")


def above(document: Document, column: str, limit: str, check: str, by: int = 2) -> None:
    """One number of the only line above another that bounds it."""
    document.put(0, column, document.lines[0].cells[limit] + by)
    disputed(document, 0, column)
    finding(document, check, 0, column)


@planted("E801 more units declared than there are", "F08")
def declared_above_units(document: Document, clerk: Clerk):
    above(document, "declared", "units", "E801")


@planted("E802 more workers examined than due", "F08")
def examined_above_due(document: Document, clerk: Clerk):
    above(document, "examined", "should_exam", "E802")


@planted("E803 more units punished than checked", "F08")
def punished_above_checked(document: Document, clerk: Clerk):
    if not document.lines[0].cells["punished"]:
        return False
    above(document, "punished", "checked", "E803")


@planted("E804 a fine and nobody punished", "F08")
def fine_of_nobody(document: Document, clerk: Clerk):
    if document.lines[0].cells["punished"]:
        return False
    document.put(0, "fines", 3000)
    disputed(document, 0, "fines")
    finding(document, "E804", 0, "fines")


@planted("E902 fewer people than drills", "F09")
def thin_drills(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims == ("企业",) and line.cells["total"] >= 3]
    if not rows:
        return False
    changed = shift(document, rows[0], "persons", document.lines[rows[0]].cells["total"] - 1 - document.lines[rows[0]].cells["persons"])
    where(document, changed, "E902", "persons", lambda v: v("persons") < v("total"))


@planted("E1001 more covered than there are", "F10")
def covered_above_should(document: Document, clerk: Clerk):
    row = clerk.chance.pick(sector_rows(document, "should", 1))
    document.put(row, "done", document.lines[row].cells["should"] + 1)
    disputed(document, row, "done")
    finding(document, "E1001", row, "done")


@planted("E1201 more firms logged in than registered", "F12")
def logged_above_registered(document: Document, clerk: Clerk):
    above(document, clerk.chance.pick(["logged", "reporting", "checked"]), "registered", "E1201")


@planted("E1201 more rectified in the system than found", "F12")
def system_fixed_above_found(document: Document, clerk: Clerk):
    above(document, "fixed", "found", "E1201")


@planted("E5b1 more firms done and in progress than in scope", "F05b")
def campaign_scope(document: Document, clerk: Clerk):
    row = clerk.chance.pick([i for i, line in enumerate(document.lines) if line.dims[1] != "TOTAL"])
    line = document.lines[row]
    total = document.line_of(line.dims[0], "TOTAL")
    by = line.cells["in_scope"] + 1 - line.cells["done"] - line.cells["in_progress"]
    for changed in (row, total):
        document.put(changed, "done", document.value(changed, "done") + by)
    where(document, [row, total], "E5b1", "done", lambda v: v("done") + v("in_progress") > v("in_scope"))


@planted("E5b1 a campaign that is not the sum of its classes", "F05b")
def campaign_total(document: Document, clerk: Clerk):
    row = clerk.chance.pick([i for i, line in enumerate(document.lines) if line.dims[1] == "TOTAL"])
    document.put(row, "in_scope", document.lines[row].cells["in_scope"] + 4)
    mismatch(document, row, "in_scope", "categories")


@planted("E606 more certificates withdrawn after accidents than at all", "F06")
def withdrawn_after(document: Document, clerk: Clerk):
    rows = sector_rows(document, "scope", 1)
    changed = shift(document, clerk.chance.pick(rows), "withdrawn_accident", 9) if rows else []
    where(document, changed, "E606", "withdrawn_accident", lambda v: v("withdrawn_accident") > v("withdrawn"))
    return bool(changed)


@planted("E702 people trained and nobody planned", "F07")
def nobody_planned(document: Document, clerk: Clerk):
    document.put(0, "planned", 0)
    finding(document, "E702", 0, "planned", "warning")


@planted("E905 more plans filed than there should be", "F09")
def plans_above_should(document: Document, clerk: Clerk):
    row = document.line_of("企业")
    changed = shift(document, row, "plans_filed", document.lines[row].cells["plans_should"] + 2 - document.lines[row].cells["plans_filed"])
    where(document, changed, "E905", "plans_filed", lambda v: v("plans_filed") > v("plans_should"))


@planted("E903 a county without a drill", "F09")
def no_drill(document: Document, clerk: Clerk):
    row, total = document.line_of("县级"), document.total_line
    line = dict(document.lines[row].cells)
    for column in ("compr", "special", "onsite", "total"):
        for changed in (row, total):
            document.put(changed, column, document.lines[changed].cells[column] - line[column])
    document.put(total, "counties_done", 0)
    finding(document, "E903", row, "total", "info")


@planted("E1103 fewer risk points than firms", "F11")
def few_points(document: Document, clerk: Clerk):
    row, firms = document.line_of("风险点", "TOTAL", "TOTAL"), document.line_of("企业", "TOTAL", "TOTAL")
    line = document.lines[row].cells
    if line["blue"] + line["yellow"] + line["unassessed"] + line["orange"] < line["total"] - document.lines[firms].cells["total"] + 1:
        return False
    wanted = document.lines[firms].cells["total"] - 1 - line["red"]
    for column in ("orange", "yellow", "blue", "unassessed"):
        document.put(row, column, min(line[column], wanted))
        wanted -= min(line[column], wanted)
    document.put(row, "total", document.lines[firms].cells["total"] - 1)
    finding(document, "E1103", row, "total", "warning")


@planted("E1402 half a death as a target", "F14")
def half_target(document: Document, clerk: Clerk):
    """Of a region whose accident reports print no target for the category, so that nothing else contradicts it."""
    rows = [i for i, line in enumerate(document.lines) if line.dims == ("accidents_larger_plus", "TOTAL")]
    row = clerk.chance.pick(rows)
    document.put(row, "target", Decimal(document.lines[row].cells["target"]) + Decimal("0.5"))
    disputed(document, row, "target")
    finding(document, "E1402", row, "target")


@planted("E1701 more firms pledged than registered", "F17")
def pledged_above(document: Document, clerk: Clerk):
    above(document, clerk.chance.pick(["promised", "published", "audited"]), "registered", "E1701")


@planted("E1801 a survey of too few people", "F18")
def small_sample(document: Document, clerk: Clerk):
    row = clerk.chance.whole(0, len(document.lines) - 1)
    document.put(row, "n", 12)
    for column in ("safety_sense", "culture"):
        disputed(document, row, column)
        finding(document, "E1801", row, column)


# --- registers --------------------------------------------------------------------------------------------------------


def write(document: Document, row: int, column: str, value: object, text: str | None = None) -> None:
    """Another value in a field of a register; None leaves it blank."""
    document.false[row, column] = value
    document.typed[row, column] = str(value or "") if text is None else text


def rows_where(document: Document, clerk: Clerk, suits) -> int | None:
    """One of the lines that suit, None where there is none."""
    rows = [i for i, line in enumerate(document.lines) if suits(line)]
    return clerk.chance.pick(rows) if rows else None


@planted("E101 a level that the deaths do not make", "F01")
def wrong_level(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: line.fields["level"] == "1")
    if row is None:
        return False
    write(document, row, "level", "2", "较大")
    finding(document, "E101", row, "level")


@planted("E102 an accident reported before it happened", "F01")
def reported_before(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    moment = dt.datetime.combine(document.lines[row].fields["date"] - dt.timedelta(days=2), dt.time(9, 30))
    write(document, row, "reported_at", moment, f"{moment:%Y-%m-%d %H:%M}")
    finding(document, "E102", row, "date")


@planted("E108 a coal mine among the builders", "F01")
def wrong_industry(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: line.fields["category"] in ("GK1", "GK2", "GK3", "GK5"))
    if row is None:
        return False
    write(document, row, "industry", "8090")
    finding(document, "E108", row, "industry", "warning")


@planted("E109 a credit code with a wrong check digit", "F01")
def wrong_credit_code(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    right = document.lines[row].fields["uscc"]
    write(document, row, "uscc", right[:-1] + ("0" if right[-1] != "0" else "1"))
    finding(document, "E109", row, "uscc")


@planted("E110 an accident reported two days late", "F01")
def reported_late(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    moment = document.lines[row].fields["reported_at"] + dt.timedelta(hours=50)
    write(document, row, "reported_at", moment, f"{moment:%Y-%m-%d %H:%M}")
    finding(document, "E110", row, "reported_at", "warning")


@planted("E112 an industrial accident without its type", "F01")
def no_type(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: line.fields["category"].startswith("GK"))
    if row is None:
        return False
    write(document, row, "accident_type", None)
    finding(document, "E112", row, "accident_type")


@planted("E113 more poisoned than seriously injured", "F01")
def poisoned(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    document.put(row, "poisoned", document.lines[row].cells["serious"] + 2)
    finding(document, "E113", row, "poisoned")


@planted("a date that does not exist", "F01 F05")
def no_such_date(document: Document, clerk: Clerk):
    column = {"F01": "reported_at", "F05": "ordered_on"}[document.form.id]
    row = rows_where(document, clerk, lambda line: True)
    write(document, row, column, None, "2024-02-31")
    finding(document, "BAD_DATE", row, column)


@planted("neither yes nor no", "F01 F05")
def no_such_flag(document: Document, clerk: Clerk):
    column = {"F01": "in_assessment", "F05": "fl_plan"}[document.form.id]
    row = rows_where(document, clerk, lambda line: True)
    write(document, row, column, None, "待定")
    finding(document, "BAD_FLAG", row, column)


@planted("a required field left blank", "F01 F05 F16")
def blank_field(document: Document, clerk: Clerk):
    column = {"F01": "unit_name", "F05": "content", "F16": "signed_on"}[document.form.id]
    row = rows_where(document, clerk, lambda line: True)
    write(document, row, column, None)
    finding(document, "FIELD_MISSING", row, column)


@planted("E501 a hazard accepted before it was listed", "F05")
def accepted_before(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: line.fields.get("accepted_on") and line.fields.get("closed_on"))
    if row is None:
        return False
    day = document.lines[row].fields["found_on"] - dt.timedelta(days=1)
    write(document, row, "accepted_on", day, f"{day:%Y-%m-%d}")
    finding(document, "E501", row, "accepted_on")


@planted("E502 a hazard closed and never accepted", "F05")
def never_accepted(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: line.fields.get("closed_on"))
    if row is None:
        return False
    write(document, row, "accepted_on", None)
    finding(document, "E502", row, "closed_on")


@planted("E503 a deadline before the listing", "F05")
def due_before(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: not line.fields.get("extended_to"))
    if row is None:
        return False
    day = document.lines[row].fields["listed_on"] - dt.timedelta(days=5)
    write(document, row, "due_on", day, f"{day:%Y-%m-%d}")
    finding(document, "E503", row, "due_on")


@planted("E506 a county that lists for the province", "F05")
def listed_too_high(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    write(document, row, "level", "省")
    finding(document, "E506", row, "level")


@planted("E1501 more points than there are", "F15")
def too_many_points(document: Document, clerk: Clerk):
    """Nor is it what the deduction leaves: one number, one cell, said once for each."""
    row = rows_where(document, clerk, lambda line: not line.cells["deduct"])
    document.put(row, "score", Decimal(document.lines[row].cells["points_max"]) + 1)
    finding(document, "E1501", row, "score")


@planted("E1504 points taken off without a reason", "F15")
def no_reason(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: line.cells["deduct"])
    if row is None:
        return False
    write(document, row, "reason", None)
    finding(document, "E1504", row, "reason")


@planted("E1602 a reward for a letter that was not met", "F16")
def undeserved_reward(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    for column, text in (("result", "未完成"), ("reward_yuan", 5000)):
        if all(h.id != column for h in document.headings):
            header = documents.headers_of(document.form)[column][0]
            match = document.form.match(column)
            document.headings.append(Heading(column, header if column == "result" else f"{header}(元)", match, column == "reward_yuan", False))
        document.false[row, column] = document.typed[row, column] = text
    finding(document, "E1602", row, "reward_yuan")


@planted("E1603 a target without a number", "F16")
def loose_target(document: Document, clerk: Clerk):
    row = rows_where(document, clerk, lambda line: True)
    write(document, row, "targets", "事故明显下降")
    finding(document, "E1603", row, "targets")

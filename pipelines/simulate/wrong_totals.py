"""Totals that are not the sum of their parts, and printed values that the numbers beside them do not give."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from pipelines.simulate.documents import Document, half_up
from pipelines.simulate.kinds import Clerk, finding, lines, mismatch, planted, shift, where


@planted("a total that is not the sum of its columns (E701, E901, E1101)", "F07 F09 F11")
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


@planted("E601 grades that do not add up", "F06", rows=lines(lambda line: line.dims[0] != "TOTAL" and line.cells["total"] > 2))
def grades(document: Document, clerk: Clerk, row: int):
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


@planted("M08 rates that were not multiplied by a hundred", "F04 F06 F10 F12 F17")
def fractions(document: Document, clerk: Clerk):
    """The whole column is asked about, and each of its values contradicts the numbers beside it."""
    column = clerk.chance.pick([name for name, recipe in document.recipes.items() if recipe.kind == "rate" and name != "growth"])
    rates = [(i, exact) for i, name, exact in printed_rates(document) if name == column]
    if not any(0 < exact < 100 for _, exact in rates) or any(exact > 100 for _, exact in rates):
        return False
    for row, exact in rates:
        document.typed[row, column] = str(half_up(exact / 100, 4))
        if exact:
            finding(document, "RATE_MISMATCH", row, column, lasting=False, sort="rate")
    finding(document, "PCT_SCALE", None, column, "warning")


@planted("E208 a change that is wrong", "F02", rows=lines(lambda line: line.cells["acc_yoy"] not in ("持平", "—", None)))
def wrong_change(document: Document, clerk: Clerk, row: int):
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


# --- accidents ---------------------------------------------------------------------------------------------------------


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


@planted("E212 a loss that was divided by ten thousand twice", "F02", rows=lines(lambda line: line.dims[0] in ("SS", "TL", "NJ", "YC", "QT") and line.cells["death_m"] > 0, level="county"))
def tiny_loss(document: Document, clerk: Clerk, row: int):
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


@planted("E207 deaths without an accident", "F02", rows=lines(lambda line: line.dims[0] in ("MH", "YC", "SS", "QT") and line.cells["acc_c"] == 0, level="county"))
def deaths_without_accident(document: Document, clerk: Clerk, row: int):
    for accidents, deaths in (("acc_m", "death_m"), ("acc_c", "death_c")):
        changed = shift(document, row, deaths, 1)
        where(document, changed, "E207", deaths, lambda v, a=accidents, d=deaths: v(d) > 0 and v(a) == 0)


@planted("E206 more larger accidents than accidents", "F02", rows=lines(lambda line: line.dims[0] in ("MH", "YC", "SS", "QT", "NJ") and line.cells["acc_m"] == 0, level="county"))
def more_larger(document: Document, clerk: Clerk, row: int):
    changed = shift(document, row, "acc2_m", 1)
    shift(document, row, "death2_m", 3)
    where(document, changed, "E206", "acc2_m", lambda v: v("acc2_m") > v("acc_m"))

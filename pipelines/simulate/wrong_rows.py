"""Numbers of one row that cannot all be true."""

from __future__ import annotations

from decimal import Decimal

from pipelines.simulate.documents import Document
from pipelines.simulate.kinds import Clerk, disputed, finding, mismatch, parts, planted, sector_rows, shift, shift_to, where


@planted("E301 more units checked than in charge", "F03", rows=parts("units_in_charge", 3))
def checked_above_charge(document: Document, clerk: Clerk, row: int):
    by = document.lines[row].cells["units_in_charge"] + 2 - document.lines[row].cells["units_checked"]
    changed = shift(document, row, "units_checked", by)
    shift(document, row, "visits", by)
    where(document, changed, "E301", "units_checked", lambda v: v("units_checked") > v("units_in_charge"), "warning")


@planted("E302 fewer visits than units checked", "F03", rows=parts("units_checked", 3))
def visits_below_checked(document: Document, clerk: Clerk, row: int):
    changed = shift_to(document, row, "visits", document.lines[row].cells["units_checked"] - 2)
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


@planted("E306 more halted than checked", "F03", rows=parts("units_checked", 1))
def halted_above_checked(document: Document, clerk: Clerk, row: int):
    line = document.lines[row].cells
    changed = shift(document, row, "halted", line["units_checked"] + 1 - line["halted"] - line["closed"])
    where(document, changed, "E306", "halted", lambda v: v("halted") + v("closed") > v("units_checked"), "warning")


@planted("DQ04 fewer orders than firms ordered", "F03", rows=parts("firms_ordered", 3))
def fewer_orders(document: Document, clerk: Clerk, row: int):
    changed = shift_to(document, row, "firms_ordered", document.lines[row].cells["orders"] + 2)
    where(document, changed, "NOTICES_LT_FIRMS", "orders", lambda v: v("firms_ordered") > v("orders"), "warning")


@planted("E3b1 more issues fixed than found", "F03b")
def issues(document: Document, clerk: Clerk):
    above(document, "issues_fixed", "issues_found", "E3b1", 3)


@planted("DQ03 more circulars than numbers listed", "F03b")
def circulars(document: Document, clerk: Clerk):
    document.put(0, "circulars", document.lines[0].cells["circulars"] + 1)
    finding(document, "COUNT_VS_LIST", 0, "circulars", "warning")


@planted("E401 more hazards rectified than found", "F04", rows=parts("gen_found", 3))
def fixed_above_found(document: Document, clerk: Clerk, row: int):
    """Found no longer equals rectified plus open either, in this row and in the totals."""
    changed = shift_to(document, row, "gen_fixed", document.lines[row].cells["gen_found"] + 2)
    where(document, changed, "E401", "gen_fixed", lambda v: v("gen_fixed") > v("gen_found"))
    where(document, changed, "E402", "gen_found", lambda v: v("gen_found") != v("gen_fixed") + v("gen_open"))


@planted("E403 more rectified at once than rectified", "F04", rows=parts("gen_found", 3))
def at_once_above_fixed(document: Document, clerk: Clerk, row: int):
    changed = shift_to(document, row, "gen_fixed_now", document.lines[row].cells["gen_fixed"] + 1)
    where(document, changed, "E403", "gen_fixed_now", lambda v: v("gen_fixed_now") > v("gen_fixed"))


@planted("E405 fewer major hazards than rectified and planned", "F04")
def major_identity(document: Document, clerk: Clerk):
    rows = sector_rows(document, "units_should", 1)
    if not rows:
        return False
    changed = shift(document, clerk.chance.pick(rows), "maj_planned", 1)
    where(document, changed, "E405", "maj_found", lambda v: v("maj_fixed") + v("maj_planned") > v("maj_found"), "warning")


@planted("E410 more units checked than there are", "F04", rows=parts("units_should", 2))
def done_above_should(document: Document, clerk: Clerk, row: int):
    changed = shift_to(document, row, "units_done", document.lines[row].cells["units_should"] + 3)
    where(document, changed, "E410", "units_done", lambda v: v("units_done") > v("units_should"))


@planted("E602 more firms certified than there are", "F06", rows=parts("scope", 2))
def certified_above_scope(document: Document, clerk: Clerk, row: int):
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

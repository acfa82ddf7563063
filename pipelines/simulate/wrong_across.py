"""Files that are well by themselves and contradict others: other months, other forms, the register, the region above.

What has to be said about them follows from all files together, see `consequences`; here stands only what it does not model.
"""

from __future__ import annotations

from pipelines.simulate.documents import Document, Line
from pipelines.simulate.firm_forms import quarter_months
from pipelines.simulate.hazard_forms import firm_count
from pipelines.simulate.kinds import Clerk, finding, lines, planted, sector_rows, shift, write

# --- the report and the register of accidents -------------------------------------------------------------------------


@planted("X14 deaths that nobody registered", "F02", rows=lines(lambda line: line.dims[0] in ("MH", "SS", "YC") and line.cells["acc_m"] == 0, level="county"))
def unregistered(document: Document, clerk: Clerk, row: int):
    for column in ("acc_m", "acc_c", "death_m", "death_c"):
        shift(document, row, column, 1)


@planted("X01 an accident that the report forgot", "F02")
def forgotten(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims[0] in ("DL9", "DL", "TOTAL")]
    least = document.lines[document.line_of("DL9")].cells
    if document.submitter.level != "county" or least["acc_m"] < 2 or least["death_m"] >= least["acc_m"]:
        return False
    for row in rows:
        for column in ("acc_m", "acc_c"):
            document.put(row, column, document.lines[row].cells[column] - 1)


@planted("E107 an accident registered twice", "F01", rows=lines(lambda line: line.fields["status"] == "核实"))
def registered_twice(document: Document, clerk: Clerk, row: int):
    """Under another number: the register then has one accident more than the report."""
    line = document.lines[row]
    number = f"{line.region_id}{line.fields['date']:%Y%m%d}9{clerk.chance.whole(10, 99)}"
    document.lines.append(Line(line.region_id, (number,), line.cells | {"accident_id": number}, line.period, line.fields))


@planted("E104 a death after the window", "F01", rows=lines(
    lambda line: line.fields["status"] == "结案" and line.fields["category"].startswith("DL") and line.cells["deaths"] in (0, 1) and line.cells["serious"] < 8))
def late_death(document: Document, clerk: Clerk, row: int):
    """Kept, and counted nowhere; the seven days of a road accident are long over."""
    document.put(row, "deaths", document.lines[row].cells["deaths"] + 1)


# --- hazards ----------------------------------------------------------------------------------------------------------


@planted("X02 a listed hazard that the register does not have", "F04")
def listed_nowhere(document: Document, clerk: Clerk):
    rows = [i for i in sector_rows(document, "maj_found", 1) if document.lines[i].cells["maj_listed"] < document.lines[i].cells["maj_found"]]
    checked = next(line.cells for line in document.lines if line.dims[1:] == ("自查",))
    registered = clerk.rules.world.register(document.submitter.region_id, clerk.province.months[-1])
    if not registered or not rows or checked["maj_listed"] >= checked["maj_found"]:
        return False
    row = clerk.chance.pick(rows)
    for changed in shift(document, row, "maj_listed", 1):
        if document.lines[changed].dims[1] == "TOTAL":
            finding(document, "X02" if changed == document.total_line else "E406", changed, "maj_listed", lasting=False)


@planted("X03 more hazards found by inspectors than in the hazard report", "F03")
def found_nowhere(document: Document, clerk: Clerk):
    inspected = clerk.rules.hazards.monthly(document.submitter, document.period)["TOTAL", "政府检查"]
    total = document.total_line
    by = inspected["gen_found"] + inspected["maj_found"] + 5 - document.lines[total].cells["hazards_found"]
    shift(document, clerk.chance.pick(sector_rows(document, "units_in_charge", 1)), "hazards_found", by)
    finding(document, "X03", total, "hazards_found", "warning", lasting=False)


@planted("E507 a hazard that goes back to its beginning", "F05", rows=lambda document: [
    i for i, line in enumerate(document.lines) if f"{line.fields['listed_on']:%Y-%m}" < document.period and not line.fields.get("accepted_on")])
def goes_back(document: Document, clerk: Clerk, row: int):
    write(document, row, "status", "ordered", "下达指令")


# --- stocks, firms, fines, targets ------------------------------------------------------------------------------------


@planted("E604 new certificates that the stock does not show", "F06")
def new_nowhere(document: Document, clerk: Clerk):
    if document.period.endswith("Q1"):
        return False
    rows = sector_rows(document, "scope", 2)
    return bool(rows) and bool(shift(document, clerk.chance.pick(rows), "new", 2))


@planted("X06 more firms in the hazard system than there are", "F12")
def more_than_graded(document: Document, clerk: Clerk):
    if int(document.period[5:]) < 3:
        return False
    document.put(0, "registered", firm_count(document.submitter) + 7)


@planted("E1102 fewer firms in the credit system than graded", "F17")
def fewer_than_graded(document: Document, clerk: Clerk):
    line = document.lines[0].cells
    if max(line["promised"], line["published"], line["audited"]) > line["registered"] - 1:
        return False
    document.put(0, "registered", line["registered"] - 1)


@planted("X08 fines for health above all fines", "F08")
def health_fines(document: Document, clerk: Clerk):
    if not document.lines[0].cells["punished"]:
        return False
    fined = sum(clerk.rules.hazards.enforcement(document.submitter, month)["TOTAL"]["fine_total"] for month in quarter_months(document.period))
    document.put(0, "fines", fined + 90_000)


@planted("E1401 targets of the parts above that of the whole", "F14")
def targets_above(document: Document, clerk: Clerk):
    rows = [i for i, line in enumerate(document.lines) if line.dims == ("accidents_larger_plus", "TOTAL") and line.region_id != document.submitter.region_id]
    row = clerk.chance.pick(rows)
    document.put(row, "target", document.lines[row].cells["target"] + 400)


@planted("M10 yuan in a column of 万元", "F03")
def yuan_for_wan(document: Document, clerk: Clerk):
    """The whole file in yuan, and nothing says so; judged against what the region usually reports."""
    if not document.lines[document.total_line].cells["fine_total"]:
        return False
    for h in [h for h in document.headings if h.money]:
        for i, line in enumerate(document.lines):
            if line.cells.get(h.id):
                document.put(i, h.id, line.cells[h.id] * 10_000)


@planted("M16 the months so far in the column of one month", "F07")
def cumulative_as_month(document: Document, clerk: Clerk):
    number = int(document.period[5:])
    earlier = [f"{document.period[:5]}{n:02d}" for n in range(1, number)]
    if number < 3 or not set(earlier) <= set(clerk.province.months):
        return False
    for h in document.measures():
        if h.id != "planned":
            so_far = [clerk.rules.firms.training_lines(document.submitter, month)[0].cells[h.id] for month in earlier]
            document.put(0, h.id, document.lines[0].cells[h.id] + sum(so_far))

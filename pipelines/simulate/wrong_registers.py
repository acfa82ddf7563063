"""Rows of registers that cannot be true: accidents, major hazards, scores and letters."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from pipelines.simulate import documents
from pipelines.simulate.documents import Document, Heading
from pipelines.simulate.kinds import Clerk, finding, lines, planted, write


@planted("E101 a level that the deaths do not make", "F01", rows=lines(lambda line: line.fields["level"] == "1"))
def wrong_level(document: Document, clerk: Clerk, row: int):
    write(document, row, "level", "2", "较大")
    finding(document, "E101", row, "level")


@planted("E102 an accident reported before it happened", "F01", rows=lines())
def reported_before(document: Document, clerk: Clerk, row: int):
    moment = dt.datetime.combine(document.lines[row].fields["date"] - dt.timedelta(days=2), dt.time(9, 30))
    write(document, row, "reported_at", moment, f"{moment:%Y-%m-%d %H:%M}")
    finding(document, "E102", row, "date")


@planted("E108 a coal mine among the builders", "F01", rows=lines(lambda line: line.fields["category"] in ("GK1", "GK2", "GK3", "GK5")))
def wrong_industry(document: Document, clerk: Clerk, row: int):
    write(document, row, "industry", "8090")
    finding(document, "E108", row, "industry", "warning")


@planted("E109 a credit code with a wrong check digit", "F01", rows=lines())
def wrong_credit_code(document: Document, clerk: Clerk, row: int):
    right = document.lines[row].fields["uscc"]
    write(document, row, "uscc", right[:-1] + ("0" if right[-1] != "0" else "1"))
    finding(document, "E109", row, "uscc")


@planted("E110 an accident reported two days late", "F01", rows=lines())
def reported_late(document: Document, clerk: Clerk, row: int):
    moment = document.lines[row].fields["reported_at"] + dt.timedelta(hours=50)
    write(document, row, "reported_at", moment, f"{moment:%Y-%m-%d %H:%M}")
    finding(document, "E110", row, "reported_at", "warning")


@planted("E112 an industrial accident without its type", "F01", rows=lines(lambda line: line.fields["category"].startswith("GK")))
def no_type(document: Document, clerk: Clerk, row: int):
    write(document, row, "accident_type", None)
    finding(document, "E112", row, "accident_type")


@planted("E113 more poisoned than seriously injured", "F01", rows=lines())
def poisoned(document: Document, clerk: Clerk, row: int):
    document.put(row, "poisoned", document.lines[row].cells["serious"] + 2)
    finding(document, "E113", row, "poisoned")


@planted("a date that does not exist", "F01 F05", rows=lines())
def no_such_date(document: Document, clerk: Clerk, row: int):
    column = {"F01": "reported_at", "F05": "ordered_on"}[document.form.id]
    write(document, row, column, None, "2024-02-31")
    finding(document, "BAD_DATE", row, column)


@planted("neither yes nor no", "F01 F05", rows=lines())
def no_such_flag(document: Document, clerk: Clerk, row: int):
    column = {"F01": "in_assessment", "F05": "fl_plan"}[document.form.id]
    write(document, row, column, None, "待定")
    finding(document, "BAD_FLAG", row, column)


@planted("M03 a text that lost a byte", "F05", rows=lines())
def garbled(document: Document, clerk: Clerk, row: int):
    write(document, row, "content", "毙掠嗍邪脖")
    finding(document, "MOJIBAKE", row, "content", "warning")


@planted("a required field left blank", "F01 F05 F16", rows=lines())
def blank_field(document: Document, clerk: Clerk, row: int):
    column = {"F01": "unit_name", "F05": "content", "F16": "signed_on"}[document.form.id]
    write(document, row, column, None)
    finding(document, "FIELD_MISSING", row, column)


@planted("E501 a hazard accepted before it was listed", "F05", rows=lines(lambda line: line.fields.get("accepted_on") and line.fields.get("closed_on")))
def accepted_before(document: Document, clerk: Clerk, row: int):
    day = document.lines[row].fields["found_on"] - dt.timedelta(days=1)
    write(document, row, "accepted_on", day, f"{day:%Y-%m-%d}")
    finding(document, "E501", row, "accepted_on")


@planted("E502 a hazard closed and never accepted", "F05", rows=lines(lambda line: line.fields.get("closed_on")))
def never_accepted(document: Document, clerk: Clerk, row: int):
    write(document, row, "accepted_on", None)
    finding(document, "E502", row, "closed_on")


@planted("E503 a deadline before the listing", "F05", rows=lines(lambda line: not line.fields.get("extended_to")))
def due_before(document: Document, clerk: Clerk, row: int):
    day = document.lines[row].fields["listed_on"] - dt.timedelta(days=5)
    write(document, row, "due_on", day, f"{day:%Y-%m-%d}")
    finding(document, "E503", row, "due_on")


@planted("E506 a county that lists for the province", "F05", rows=lines())
def listed_too_high(document: Document, clerk: Clerk, row: int):
    write(document, row, "level", "省")
    finding(document, "E506", row, "level")


def with_room(document: Document) -> list[int]:
    """The lines of which nothing is taken off, of regions of which the scheme takes a point or more off elsewhere: one point more stays within the group's."""
    room: dict[tuple[str, str], Decimal] = {}
    for line in document.lines:
        of = line.region_id, line.dims[0]
        room[of] = room.get(of, Decimal(0)) + line.cells["deduct"]
    return [n for n, line in enumerate(document.lines) if not line.cells["deduct"] and room[line.region_id, line.dims[0]] >= 1]


@planted("E1501 more points than there are", "F15", rows=with_room)
def too_many_points(document: Document, clerk: Clerk, row: int):
    """Nor is it what the deduction leaves: one number, one cell, said once for each."""
    document.put(row, "score", Decimal(document.lines[row].cells["points_max"]) + 1)
    finding(document, "E1501", row, "score")


@planted("E1504 points taken off without a reason", "F15", rows=lines(lambda line: line.cells["deduct"]))
def no_reason(document: Document, clerk: Clerk, row: int):
    write(document, row, "reason", None)
    finding(document, "E1504", row, "reason")


@planted("E1602 a reward for a letter that was not met", "F16", rows=lines())
def undeserved_reward(document: Document, clerk: Clerk, row: int):
    for column, text in (("result", "未完成"), ("reward_yuan", 5000)):
        if all(h.id != column for h in document.headings):
            header = documents.headers_of(document.form)[column][0]
            match = document.form.match(column)
            document.headings.append(Heading(column, header if column == "result" else f"{header}(元)", match, column == "reward_yuan", False))
        document.false[row, column] = document.typed[row, column] = text
    finding(document, "E1602", row, "reward_yuan")


@planted("E1603 a target without a number", "F16", rows=lines())
def loose_target(document: Document, clerk: Clerk, row: int):
    write(document, row, "targets", "事故明显下降")
    finding(document, "E1603", row, "targets")

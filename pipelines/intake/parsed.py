"""What one file holds: its typed rows, what is printed beside them, and the findings."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from pipelines import personal
from pipelines.intake.answers import Reply
from pipelines.reference import Form


@dataclass(slots=True)
class Finding:
    """Something to say about a cell; texts come from the message catalogue by `check_id`."""

    check_id: str
    sheet: str = ""
    cell: str = ""
    value: str = ""
    expected: str = ""
    region_id: str = ""
    period: str = ""


@dataclass(slots=True)
class Row:
    """A typed row: where it stands, its key, its values (counts as int, money in yuan) and its fields (str, date, datetime or bool)."""

    sheet: str
    row: int
    region_id: str
    period: str
    span: str
    basis: str
    dims: tuple[str, ...]
    values: dict[str, int | Decimal] = field(default_factory=dict)
    fields: dict[str, object] = field(default_factory=dict)
    note: str = ""
    lost: bool = False  # its key could not be read: looked at for findings and never stored


class Companion(NamedTuple):
    """A derived or prior value printed beside a measure, as it stands."""

    row: Row
    measure: str
    kind: str
    printed: str
    value: Decimal | None
    state: str
    cell: str


@dataclass(slots=True)
class CellNote:
    """What a plain number cannot say: its status, qualifier, the text as written and the remark beside it."""

    row: Row
    measure: str
    obs_status: str
    qualifier: str
    raw: str
    remark: str


@dataclass
class Parsed:
    """What one file holds."""

    form: Form | None = None
    region_id: str = ""
    period: str = ""
    supersedes: str = ""
    rows: list[Row] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)  # in no order
    notes: list[CellNote] = field(default_factory=list)
    columns: list[tuple[str, str, str, str]] = field(default_factory=list)  # sheet, span, measure or other column, letter
    submitter: str = ""  # region of the envelope
    reply: Reply | None = None  # a receipt that came back, perhaps with corrections
    findings: list[Finding] = field(default_factory=list)
    said: collections.Counter = field(default_factory=collections.Counter)  # findings by check, also those too many to list


def personal_data(parsed: Parsed) -> list[Finding]:
    """Cells of which the text would be kept and that look like personal data; what they hold is not repeated."""
    letters = {(sheet, span, measure): letter for sheet, span, measure, letter in parsed.columns}
    written = [(row, f"{letters.get((row.sheet, row.span, name), 'A')}{row.row}", text)
               for row in [*parsed.rows, *parsed.lost] for name, text in row.fields.items() if isinstance(text, str)]
    written += [(n.row, f"{letters.get((n.row.sheet, n.row.span, n.measure), 'A')}{n.row.row}", f"{n.raw} {n.remark}") for n in parsed.notes]
    written += [(c.row, c.cell, c.printed) for c in parsed.companions if not _short_number(c.printed)]
    written += {row.sheet: (row, "", row.sheet) for row in [*parsed.rows, *parsed.lost]}.values()
    found = {(row.sheet, cell): (row, kinds) for row, cell, text in written if (kinds := personal.kinds_in(text))}
    return [Finding("PERSONAL_DATA", "" if not cell else sheet, cell, "", "; ".join(kinds), row.region_id, row.period)
            for (sheet, cell), (row, kinds) in found.items()]


def _short_number(text: str) -> bool:
    """Whether a text is a number of so few digits that it belongs to nobody."""
    return len(text) <= 10 and not text.strip("+-.%0123456789")

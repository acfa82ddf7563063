"""Kinds of mess: what one is, how it is registered, and what several of them do to a document.

Repairable mess leaves every figure readable as it was meant; a planted error must be found, in its cell and with its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.reference import Reference
from pipelines.simulate.chance import Chance
from pipelines.simulate.documents import Document, Heading, Line, Planted
from pipelines.simulate.province import Province

if TYPE_CHECKING:
    from pipelines.simulate.forms import Rules


@dataclass
class Clerk:
    """What a mess may need to know: the province, the declarations, the formats allowed, and a stream of chance."""

    province: Province
    reference: Reference
    formats: tuple[str, ...]
    chance: Chance
    rules: Rules


@dataclass(frozen=True)
class Kind:
    """A kind of mess: its number and name, the form it needs (any when empty), the format it turns a file into (its own when empty)."""

    name: str
    do: Callable[[Document, Clerk], bool | None]
    forms: tuple[str, ...] = ()
    format: str = ""

    def apply(self, document: Document, clerk: Clerk) -> bool:
        """Do it. False, and the document as it was, where it does not suit."""
        if self.forms and document.form.id not in self.forms or self.format and self.format not in clerk.formats:
            return False
        if self.format and document.format != self.format:
            turn_into(document, self.format)
        if self.do(document, clerk) is False:
            return False
        document.mess = self.name
        return True


REPAIRABLE: list[Kind] = []


def repairable(name: str, forms: str = "", format: str = ""):
    def register(function):
        REPAIRABLE.append(Kind(name, function, tuple(forms.split()), format))
        return function

    return register


def turn_into(document: Document, format: str) -> None:
    """The same content in another format."""
    document.path = f"{document.path.rsplit('.', 1)[0]}.{format}"
    document.format = format
    document.sheet = "" if document.is_text else document.sheet or f"{document.form.id} {document.form.name['zh']}"[:31]


def whole_numbers(document: Document, least: int = 0, most: int = 10**12) -> list[tuple[int, Heading]]:
    """Cells that hold counts within bounds, line by line."""
    return [(i, h) for i, line in enumerate(document.lines) for h in document.measures() if least <= (line.cells.get(h.id) or 0) <= most
            and line.cells.get(h.id) is not None]


# --- planting ---------------------------------------------------------------------------------------------------------

PLANTED: list[Kind] = []


def planted(name: str, forms: str = "", format: str = "", rows: Callable[[Document], list[int]] | None = None):
    """Register an error. With `rows`, the lines that suit it, it is done to one of them and gets its number as well."""

    def register(function):
        def to_one(document: Document, clerk: Clerk) -> bool | None:
            found = rows(document)
            return function(document, clerk, clerk.chance.pick(found)) if found else False

        PLANTED.append(Kind(name, to_one if rows else function, tuple(forms.split()), format))
        return function

    return register


def lines(suits: Callable[[Line], object] = lambda line: True, level: str = "") -> Callable[[Document], list[int]]:
    """The lines that suit, of a file that a sender of this level sends."""
    return lambda document: [i for i, line in enumerate(document.lines) if suits(line) and level in ("", document.submitter.level)]


def parts(column: str, least: int) -> Callable[[Document], list[int]]:
    """The lines that are part of a total along the first dimension and have at least so many."""
    return lambda document: sector_rows(document, column, least)


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


def refused(document: Document, check_id: str, row: int | None = None, column: str = "", cell: str = "", sheet: str | None = None) -> None:
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


def shift_to(document: Document, row: int, column: str, value: int) -> list[int]:
    """Shift a number to a value."""
    return shift(document, row, column, value - document.lines[row].cells[column])


def where(document: Document, rows: list[int], check_id: str, column: str, broken, severity: str = "error") -> None:
    """A finding in each of the lines in which a rule is broken; where it is an error, the number is disputed."""
    for row in sorted(set(rows)):
        if broken(lambda name, row=row: document.value(row, name)):
            finding(document, check_id, row, column, severity)
            if severity == "error":
                disputed(document, row, column)


def sector_rows(document: Document, column: str, least: int) -> list[int]:
    """Lines that are part of a total along the first dimension and have at least so many."""
    return [i for i, line in enumerate(document.lines) if line.dims[0] != "TOTAL" and (line.cells.get(column) or 0) >= least]


def write(document: Document, row: int, column: str, value: object, text: str | None = None) -> None:
    """Another value in a field of a register; None leaves it blank."""
    document.false[row, column] = value
    document.typed[row, column] = str(value or "") if text is None else text

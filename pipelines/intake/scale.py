"""Units and scales: in which unit money is given, which units differ, and percentages that look like fractions. Nothing is converted but money."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from pipelines.intake.cells import MONEY, UNITS, text_of
from pipelines.reference import Form, Measure, Reference

_PER_CENT = ("progress", "share", "rate")  # below 1 in a whole column these are suspicious at once
_CHANGES = ("yoy", "mom")  # these only where several are so small
_SEVERAL = 3


def money_unit(text: str) -> str:
    """The unit of money that a file names, perhaps among others (单位:起、人、万元); empty when it names none, or two."""
    found = {part for part in re.split(r"[、/,,;;和及\\s()]+", text_of(text).removeprefix("人民币")) if part in MONEY}
    return found.pop() if len(found) == 1 else ""


def differs(unit: str, measure: Measure) -> bool:
    """Whether a unit that was written is another than the declared one: 家 and 家次 are two units."""
    if measure.type == "money":
        return unit in UNITS and unit not in MONEY
    return bool(measure.unit) and unit in {*UNITS, *MONEY} and unit not in (measure.unit, *measure.unit.split("/"))


def fractions(form: Form, reference: Reference, companions: Iterable) -> list[tuple[str, str]]:
    """Columns of printed percentages that all lie between -1 and 1 and have no per cent sign: (letter of the column, the first such value)."""
    columns: dict[str, list] = {}
    for companion in companions:
        columns.setdefault(companion.cell.rstrip("0123456789"), []).append(companion)
    units = {p.id: reference.indicators[p.indicator].unit for p in form.printed}
    found = []
    for place, printed in columns.items():
        kind = printed[0].kind
        if kind not in (*_PER_CENT, *_CHANGES) or kind == "rate" and units.get(printed[0].measure) != "%":
            continue
        numbers = [c for c in printed if c.state == "value"]
        small = [c for c in numbers if c.value]
        if len(small) < (1 if kind in _PER_CENT else _SEVERAL) or any(abs(c.value) > 1 or "%" in c.printed or "百分点" in c.printed for c in numbers):
            continue
        if any(c.value != Decimal(1) for c in small):
            found.append((place, small[0].printed))
    return found

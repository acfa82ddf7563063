"""Units and scales: in which unit money is given, which units differ, and percentages that look like fractions. Nothing is converted but money."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from pipelines.intake.cells import MONEY, UNITS, text_of
from pipelines.reference import Form, Indicator, Measure, Reference

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
    """Columns of printed percentages that all lie between -1 and 1 and have no per cent sign: (letter of the column, the first such value).

    A rate that the numbers of its own row give as it stands (a growth of 0.95 %) shows that the column is in per cent.
    """
    columns: dict[str, list] = {}
    for companion in companions:
        columns.setdefault(companion.cell.rstrip("0123456789"), []).append(companion)
    rates = {p.id: reference.indicators[p.indicator] for p in form.printed}
    found = []
    for place, printed in columns.items():
        kind = printed[0].kind
        rate = rates.get(printed[0].measure) if kind == "rate" else None
        if kind not in (*_PER_CENT, *_CHANGES) or kind == "rate" and (rate is None or rate.unit != "%"):
            continue
        numbers = [c for c in printed if c.state == "value"]
        small = [c for c in numbers if c.value]
        if len(small) < (1 if kind in _PER_CENT else _SEVERAL) or any(abs(c.value) > 1 or "%" in c.printed or "百分点" in c.printed for c in numbers):
            continue
        if rate and any(_stands(rate, c) for c in small):
            continue
        if any(c.value != Decimal(1) for c in small):
            found.append((place, small[0].printed))
    return found


def _stands(rate: Indicator, printed) -> bool:
    """Whether the numbers of its row give a printed rate as it stands, to its last digit."""
    sides = []
    for terms in (rate.numerator, rate.denominator):
        values = [printed.row.values.get(measure) for _, _, measure, _ in terms]
        if None in values:
            return False
        sides.append(sum((sign * value for (sign, *_), value in zip(terms, values, strict=True)), Decimal()))
    if not sides[1]:
        return False
    digit = Decimal(1).scaleb(min(0, int(printed.value.as_tuple().exponent)))
    return abs(sides[0] * rate.scale / sides[1] - printed.value) <= digit

"""The columns of a sheet by what they are for, found once a sheet and not once a line.

Nearly all cells of numbers hold a plain number and nothing else: those of many lines are looked at together, and only where that fails one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from math import isfinite
from operator import itemgetter
from typing import NamedTuple

from pipelines.intake import cells
from pipelines.intake.header import CONTENT
from pipelines.intake.sheets import letter
from pipelines.reference import Column, Form

LARGEST = 10**14  # what the typed tables hold with room for the arithmetic


class Placed(NamedTuple):
    """A column of a sheet: its number from 0, its letter, and what it means."""

    place: int
    letter: str
    column: Column


class Number(NamedTuple):
    """A column of numbers. `span`: where it has one by itself; `whole`: only whole numbers belong there; `money`: the unit in which it gives money,
    else empty; `printed`: compared and not counted."""

    place: int
    letter: str
    column: Column
    span: str | None
    whole: bool
    money: str
    printed: bool


class Looked(NamedTuple):
    """What was seen of the numbers of a sheet. `plain`: printed columns that hold a number in every line, with the spans that they have by
    themselves; `others`: the columns to be read line by line; `uncounted`: those of them that are no counts."""

    plain: list[Number]
    spans: list[str | None]
    others: list[Number]
    uncounted: list[Number]


class Layout:
    """The columns of a sheet of a form. `money_unit`: what the file says of all its money."""

    def __init__(self, form: Form, columns: Sequence[Column | None], money_unit: str):
        self.columns = (*columns,)  # kept as they came: a layout is known by their ids
        if any(column and column.span == "ytd" for column in columns):  # beside cumulative columns, progress is that of the year to date
            columns = [replace(c, span="ytd") if c and c.companion in ("target", "progress") and not c.span else c for c in columns]
        placed = [Placed(c, letter(c), column) for c, column in enumerate(columns) if column]
        self.content = [p.place for p in placed if p.column.role in CONTENT]
        self.dimensions = [p for p in placed if p.column.role == "dimension"]
        self.fields = [p for p in placed if p.column.role == "field"]
        self.named = [p for p in placed if p.column.role not in (*CONTENT, "dimension", "retired")]
        self.numbers = [_number(form, p, money_unit) for p in placed if p.column.role in ("measure", "companion", "printed")]
        counts = [n for n in self.numbers if n.whole and not n.span and not n.printed]
        self.counts = [n.column.measure for n in counts]
        self._places = {n.place for n in counts}
        self._counted = itemgetter(*(n.place for n in counts)) if len(counts) > 1 else None
        self._printed = [n for n in self.numbers if n.printed and not n.money]
        self._looked: dict[tuple[int, ...], Looked] = {}

    def counts_of(self, rows: list[list[object]]) -> Iterable[Sequence[int] | None]:
        """The counts of each line, in the order of `counts`; None for a line in which one is not just a whole number."""
        last = max(self._places, default=0)
        if not self._counted or min(map(len, rows), default=0) <= last:
            return [cells.all_counts(self._counted(row)) if self._counted and len(row) > last else None for row in rows]
        if counts := cells.all_counts([*chain.from_iterable(map(self._counted, rows))]):
            return [counts[i : i + len(self.counts)] for i in range(0, len(counts), len(self.counts))]
        return map(cells.all_counts, map(self._counted, rows))

    def look(self, rows: list[list[object]]) -> Looked:
        """Look at the printed columns of all lines."""
        width = min(map(len, rows), default=0)
        plain = [n for n in self._printed if n.place < width and _all_numbers([row[n.place] for row in rows])]
        places = tuple(n.place for n in plain)
        if places not in self._looked:
            others = [n for n in self.numbers if n.place not in places]
            self._looked[places] = Looked(plain, [*dict.fromkeys(n.span for n in plain)], others, [n for n in others if n.place not in self._places])
        return self._looked[places]


def _number(form: Form, placed: Placed, money_unit: str) -> Number:
    column = placed.column
    measure = form.measure_by_id.get(column.measure)
    money = (column.money_unit or money_unit or measure.unit) if measure and measure.type == "money" else ""
    return Number(*placed, column.span if form.kind == "flow" else None, measure is not None and measure.type == "int", money, column.role != "measure")


def _all_numbers(values: list[object]) -> bool:
    return {*map(type, values)} == {float} and min(values) > -LARGEST and max(values) < LARGEST and isfinite(sum(values))

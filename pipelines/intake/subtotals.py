"""小计 rows: a part of the table summed where it stands. Never counted twice, never taken for the total where there is one.

A 小计 is the total of its cut when it is the only one, stands behind all the rows of the cut, and no 合计 stands beside it. Any other is
left out of what is stored and only compared with the rows above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Subtotals:
    """The subtotal rows of one sheet. `axis` is the position of the dimension that says 小计, or -1 for the region."""

    marked: list[tuple[object, int, str]] = field(default_factory=list)  # row, axis, cell

    def left_out(self, rows: list, parents: dict[str, str | None]) -> list[tuple[object, str, dict[str, tuple[int | Decimal, int | Decimal]]]]:
        """The marked rows that are not a total: (row, cell, {measure: (written, sum of the rows above)} where the two differ)."""
        axes = {id(row): (axis, cell) for row, axis, cell in self.marked}
        groups: dict[tuple, list] = {}
        for row in rows:
            for axis in {axis for axis, _ in axes.values()}:
                groups.setdefault(_group(row, axis), []).append(row)
        found = []
        for marked, axis, cell in self.marked:
            group = groups.get(_group(marked, axis), [])
            own = [row for row in group if _key(row) == _key(marked)]
            behind = any(row.row > marked.row and _key(row) != _key(marked) for row in group)
            if len(own) == 1 and not behind:
                continue
            before = max((row.row for row in own if row.row < marked.row), default=0)
            parts = [row for row in group if before < row.row < marked.row and id(row) not in axes and _key(row) != _key(marked)]
            found.append((marked, cell, _differences(marked, _topmost(parts, axis, parents))))
        return found


def _key(row) -> tuple:
    return row.region_id, row.period, row.span, row.basis, row.dims


def _group(row, axis: int) -> tuple:
    """What rows have in common that differ only on an axis."""
    if axis < 0:
        return axis, row.period, row.span, row.basis, row.dims
    return axis, row.region_id, row.period, row.span, row.basis, row.dims[:axis] + row.dims[axis + 1 :]


def _topmost(parts: list, axis: int, parents: dict[str, str | None]) -> list:
    """Without the rows that are part of another row among them."""
    if axis < 0:
        return parts
    codes = {row.dims[axis] for row in parts}

    def inside(code: str | None) -> bool:
        above = parents.get(code)
        return above is not None and (above in codes or inside(above))

    return [row for row in parts if not inside(row.dims[axis])]


def _differences(marked, parts: list) -> dict[str, tuple[int | Decimal, int | Decimal]]:
    found = {}
    for measure, value in marked.values.items():
        addends = [row.values[measure] for row in parts if measure in row.values]
        if addends and len(addends) == len(parts) and sum(addends) != value:
            found[measure] = value, sum(addends)
    return found

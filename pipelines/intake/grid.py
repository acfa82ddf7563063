"""What every reader of workbooks hands on: the cells of a sheet as they stand in the file."""

from __future__ import annotations

from dataclasses import dataclass, field

ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


@dataclass
class Grid:
    """A sheet as it stands in the file: whole rows or cells by place, merged areas as (top, bottom, left, right)."""

    name: str
    hidden: bool
    rows: list[list[object]] = field(default_factory=list)
    cells: dict[tuple[int, int], object] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

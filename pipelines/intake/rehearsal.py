"""What would be found in a refused file had it been taken in, so that a clerk mends everything in one round and not in two.

Sums, totals, rates and changes are judged by SQL over the rows that are stored, and nothing of a refused file is. So it is stored in a
warehouse that lives in memory and is thrown away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines import personal
from pipelines.engines import transform
from pipelines.engines.warehouse import Warehouse
from pipelines.jurisdiction import Jurisdiction
from transforms import catalogue

# What a file contradicts within itself, or against the targets of the jurisdiction folder. Whatever needs other files is judged when it is in.
WITHIN = ("SUM_MISMATCH", "REGION_MISMATCH", "RATE_MISMATCH", "RATE_TRUNCATED", "RATE_ROUNDING", "CUMULATIVE_MISMATCH", "TARGET_MISMATCH")
BATCHES = 40  # a flood of refused files of one place is not judged to the last


def findings(jurisdiction: Jurisdiction, refused: list, append: Callable[[Warehouse, list], None]) -> Iterator[tuple]:
    """Rows (submission_id, check_id, severity, region_id, period, sheet, cell, value, expected, message_zh, message_en).

    `append` stores files in a warehouse as if they had been accepted.
    """
    marks = ", ".join("?" * len(WITHIN))
    for batch in _batches(jurisdiction, refused)[:BATCHES]:
        with Warehouse(Path(":memory:")) as scratch:
            scratch.ensure_form_tables(jurisdiction.reference.forms.values())
            append(scratch, batch)
            transform.prepare(scratch, jurisdiction, dt.datetime(9999, 1, 1), "9999-12")
            transform.build(scratch, catalogue.needed_for("quality_findings"))
            found = scratch.con.execute(
                "SELECT submission_id, check_id, severity, region_id, period, sheet, cell, value, expected, message_zh, message_en "
                f"FROM quality_findings WHERE check_id IN ({marks}) ORDER BY ALL", WITHIN,
            ).fetchall()
        yield from (row for row in found if not personal.is_personal(row[7] or ""))


def _batches(jurisdiction: Jurisdiction, refused: list) -> list[list]:
    """Files that have nothing to do with each other are judged together: no region of one is, or lies in, a region of the other."""
    batches: list[tuple[list, set, set]] = []
    for incoming in refused:
        form = incoming.reading.form_id
        own = {(form, region_id) for region_id in incoming.reading.regions}
        above = {(form, up) for _, region in own for up in jurisdiction.lineage(region)}
        for members, regions, lineage in batches:  # noqa: B007 - the one that fits is used below
            if not own & lineage and not above & regions:
                break
        else:
            members, regions, lineage = [], set(), set()
            batches.append((members, regions, lineage))
        members.append(incoming)
        regions |= own
        lineage |= above
    return [members for members, _, _ in batches]

"""What would be found in refused files had they been taken in, so that a clerk mends everything in one round and not in two.

Sums, totals, rates and changes are judged by SQL over the rows that are stored, and nothing of a refused file is. So the files are stored in
a warehouse that lives in memory and is thrown away, each in a country of its own: what is found in one does not depend on the others.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import personal
from pipelines.engines import transform
from pipelines.engines.warehouse import Warehouse
from pipelines.jurisdiction import Jurisdiction
from transforms import catalogue

# What a file contradicts within itself. Whatever needs other files is judged when it is in.
WITHIN = ("SUM_MISMATCH", "REGION_MISMATCH", "RATE_MISMATCH", "RATE_TRUNCATED", "RATE_ROUNDING", "CUMULATIVE_MISMATCH")


def findings(jurisdiction: Jurisdiction, refused: list, append: Callable[[Warehouse, list], None]) -> Iterator[tuple]:
    """Rows (submission_id, check_id, severity, region_id, period, sheet, cell, value, expected, message_zh, message_en).

    `append` stores files in a warehouse as if they had been accepted.
    """
    if not refused:
        return
    marks = ", ".join("?" * len(WITHIN))
    with Warehouse(Path(":memory:")) as scratch, _abroad(jurisdiction, refused) as world:
        scratch.ensure_form_tables(jurisdiction.reference.forms.values())
        append(scratch, refused)
        scratch.con.execute("UPDATE ledger SET supersedes = NULL")
        transform.prepare(scratch, world, dt.datetime(9999, 1, 1), "9999-12")
        scratch.con.execute(f"DELETE FROM across_checks WHERE check_id NOT IN ({marks})", WITHIN)
        transform.build(scratch, catalogue.needed_for("quality_findings"))
        found = scratch.con.execute(
            "SELECT submission_id, check_id, severity, split_part(region_id, ':', 2), period, sheet, cell, value, expected, message_zh, message_en "
            f"FROM quality_findings WHERE check_id IN ({marks}) ORDER BY ALL", WITHIN,
        ).fetchall()
    yield from (row for row in found if not personal.is_personal(row[7] or ""))


@contextmanager
def _abroad(jurisdiction: Jurisdiction, refused: list) -> Iterator[Jurisdiction]:
    """While it lasts, the rows of each file are of regions of its own; the jurisdiction that has them all."""
    by_parent: dict[str, list] = {}
    for region in jurisdiction.regions:
        by_parent.setdefault(region.parent_id, []).append(region.region_id)
    regions, moved = list(jurisdiction.regions), []
    for number, incoming in enumerate(refused):
        needed: set[str] = set()
        for row in incoming.parsed.rows:
            needed |= {*jurisdiction.lineage(row.region_id), *by_parent.get(row.region_id, ())}
            moved.append((row, row.region_id))
            row.region_id = f"{number}:{row.region_id}"
        for region in (region for region_id in sorted(needed) for region in jurisdiction.region_by_id.get(region_id, ())):
            regions.append(dataclasses.replace(region, region_id=f"{number}:{region.region_id}", parent_id=region.parent_id and f"{number}:{region.parent_id}"))
    try:
        yield dataclasses.replace(jurisdiction, regions=regions, corrections=[])
    finally:
        for row, region_id in moved:
            row.region_id = region_id

"""Received files into the ledger and the append-only rows."""

from pathlib import Path

import dagster as dg

from pipelines import progress
from pipelines.assets.road import Road
from pipelines.intake import ledger as intake


@dg.asset(group_name="intake", check_specs=[dg.AssetCheckSpec("none_rejected", asset="ledger")])
def ledger(road: Road) -> dg.MaterializeResult:
    """Every file of `submissions/**` that is not in the ledger yet, archived, read, validated and appended."""
    jurisdiction = road.jurisdiction
    paths = [Path(f) for f in road.files] or intake.discover(jurisdiction)
    with road.warehouse() as warehouse, progress.bar("接收 / receive") as step:
        last = warehouse.con.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchone()[0]
        taken = intake.receive(jurisdiction, warehouse, road.output / "archive", paths, road.moment, step)
        rejected = warehouse.con.execute("SELECT count(*) FROM ledger WHERE rejected AND seq > ?", [last]).fetchone()[0]
        total = warehouse.con.execute("SELECT count(*), coalesce(sum(row_count), 0) FROM ledger").fetchone()
    return dg.MaterializeResult(
        metadata={"received": len(taken), "rejected": rejected, "in_ledger": total[0], "rows": int(total[1])},
        check_results=[
            dg.AssetCheckResult(check_name="none_rejected", passed=rejected == 0, severity=dg.AssetCheckSeverity.WARN,
                                metadata={"rejected": rejected})
        ],
    )

"""What every stop of the road shares: where the jurisdiction and the output are, and which release is being made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
from pydantic import Field

from pipelines import jurisdiction as jurisdictions
from pipelines.engines.warehouse import Warehouse
from pipelines.jurisdiction import Jurisdiction
from pipelines.publish import plan as plans
from pipelines.reference import REFERENCE

_loaded: dict[tuple[str, str], Jurisdiction] = {}


class Road(dg.ConfigurableResource):
    """The jurisdiction folder, the output folder and the release under way.

    `label`, `through`, `as_of` and `inputs_sha256` are the plan of a release; empty, it follows from the partition of the run.
    """

    folder: str
    out: str
    label: str = ""
    through: str = ""
    as_of: str = ""
    inputs_sha256: str = ""
    files: list[str] = Field(default=[])
    now: str = ""

    @property
    def jurisdiction(self) -> Jurisdiction:
        path = Path(self.folder).resolve()
        declared = [p for pattern in ("*.yml", "*.csv", "forms/*.yml", "schemes/*.yml", "submissions/received.csv") for p in path.glob(pattern)]
        declared += REFERENCE.rglob("*.yml")
        key = (str(path), str(sorted((str(p), p.stat().st_mtime_ns) for p in declared)))
        if key not in _loaded:
            _loaded.clear()
            _loaded[key] = jurisdictions.load(path)
        return _loaded[key]

    @property
    def output(self) -> Path:
        return Path(self.out).resolve()

    def warehouse(self) -> Warehouse:
        return Warehouse(self.output / "warehouse.duckdb")

    @property
    def moment(self) -> dt.datetime:
        """When a file without an arrival time of its own counts as received."""
        return dt.datetime.fromisoformat(self.now) if self.now else dt.datetime.now(dt.UTC)

    def plan(self, context: dg.AssetExecutionContext) -> plans.Plan:
        """The release of this run. Raises dg.Failure when nothing has been received for it."""
        if self.label:
            return plans.Plan(self.label, self.through, dt.datetime.fromisoformat(self.as_of), self.inputs_sha256)
        with self.warehouse() as warehouse:
            month = context.partition_key
            arrivals = warehouse.con.execute("SELECT max(received_at) FROM ledger WHERE NOT rejected").fetchone()[0]
            if arrivals is None:
                raise dg.Failure(f"{month}: 没有收到任何文件 / nothing has been received")
            arrivals = max([arrivals, *(c.known_from for c in self.jurisdiction.corrections)])
            return plans.Plan(month, month, arrivals, plans.fingerprint(self.jurisdiction, warehouse, month, month, arrivals))

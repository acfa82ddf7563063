"""What Dagster loads. No I/O here: the jurisdiction is read when a run starts.

`WORKSAFETY_JURISDICTION` and `WORKSAFETY_OUT` say which folder the web UI works on.
"""

import os
from pathlib import Path

import dagster as dg

from pipelines.assets.ledger import ledger
from pipelines.assets.release import published, receipts, site
from pipelines.assets.road import Road
from pipelines.assets.tables import TABLES

ASSETS = [ledger, *TABLES, published, receipts, site]
ROOT = Path(__file__).resolve().parent.parent


def road() -> Road:
    folder = os.environ.get("WORKSAFETY_JURISDICTION", str(ROOT / "data" / "jiangxi"))
    return Road(folder=folder, out=os.environ.get("WORKSAFETY_OUT", str(ROOT / "build" / Path(folder).name)))


monthly_release = dg.define_asset_job(
    "monthly_release", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor,
    description="接收、核对、计算、发布 / receive, validate, compute, release, publish",
)

defs = dg.Definitions(assets=ASSETS, jobs=[monthly_release], resources={"road": road()}, executor=dg.in_process_executor)

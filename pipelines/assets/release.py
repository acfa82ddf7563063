"""The release: an immutable folder of files, the receipts that say what is known now, and the site."""

import datetime as dt

import dagster as dg

from pipelines import progress
from pipelines.assets.road import Road
from pipelines.assets.tables import PUBLISHED
from pipelines.automation import MONTHS
from pipelines.engines import transform
from pipelines.intake import receipt
from pipelines.publish import release as releases
from pipelines.publish.plan import NO_LIMIT
from transforms import catalogue


@dg.multi_asset(
    specs=[
        dg.AssetSpec("release", deps=sorted(t for tables in PUBLISHED.values() for t in tables), group_name="publish",
                     description="releases/<period>.v<N>/: Parquet, CSV, workbook, metadata, manifest and what changed since the one before."),
    ],
    partitions_def=MONTHS,
)
def published(context: dg.AssetExecutionContext, road: Road):
    """The immutable folder of files."""
    with road.warehouse() as warehouse:
        folder = releases.write(warehouse, road.jurisdiction, road.plan(context), road.output / "releases")
        changed = warehouse.con.execute("SELECT count(*) FROM revisions WHERE release = ?", [folder.name]).fetchone()[0]
    yield dg.MaterializeResult(
        asset_key="release", metadata={"release": folder.name, "revisions": changed, "path": dg.MetadataValue.path(str(folder))}
    )


@dg.asset(deps=["submissions", "quality_findings", "release"], group_name="publish")
def receipts(road: Road) -> dg.MaterializeResult:
    """A receipt for every file received, in JSON, HTML and as a workbook.

    It says what is known now, a release what was known at its time: the tables are computed once more unless the release under way shows
    everything. That replaces them, so it comes after the release.
    """
    with road.warehouse() as warehouse:
        newest = warehouse.con.execute("SELECT max(received_at) FROM ledger").fetchone()[0]
        if not (road.label and road.through == NO_LIMIT and newest and dt.datetime.fromisoformat(road.as_of) >= newest):
            transform.prepare(warehouse, road.jurisdiction, dt.datetime(9999, 1, 1), NO_LIMIT)
            transform.build(warehouse, catalogue.needed_for("submissions") | catalogue.needed_for("replacements"))
        written = receipt.write_all(warehouse, road.output / "receipts")
    return dg.MaterializeResult(metadata={"written": written})


@dg.asset(deps=["release"], group_name="publish")
def site(road: Road) -> dg.MaterializeResult:
    """The website of the newest release, in Chinese and English."""
    from pipelines.publish import pages

    folder = (road.output / "releases" / "latest").resolve()
    pages.build_site(folder, road.output / "releases", road.jurisdiction, road.output / "site", road.output / "work", progress.say)
    return dg.MaterializeResult(metadata={"release": folder.name})

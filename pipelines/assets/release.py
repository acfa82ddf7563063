"""The release: an immutable folder of files, the receipts that say what is known now, and the site."""

import dagster as dg

from pipelines import progress
from pipelines.assets.road import Road
from pipelines.assets.tables import PUBLISHED
from pipelines.automation import MONTHS
from pipelines.intake import receipt
from pipelines.publish import release as releases


@dg.multi_asset(
    specs=[
        dg.AssetSpec("receipts", deps=["submissions", "quality_findings"], group_name="publish",
                     description="A receipt for every file received, in JSON, HTML and as a workbook."),
        dg.AssetSpec("release", deps=sorted(t for tables in PUBLISHED.values() for t in tables), group_name="publish",
                     description="releases/<period>.v<N>/: Parquet, CSV, workbook, metadata, manifest and what changed since the one before."),
    ],
    partitions_def=MONTHS,
)
def published(context: dg.AssetExecutionContext, road: Road):
    """The receipts and the immutable folder of files."""
    with road.warehouse() as warehouse:
        written = receipt.write_all(warehouse, road.output / "receipts")
        folder = releases.write(warehouse, road.jurisdiction, road.plan(context), road.output / "releases")
        changed = warehouse.con.execute("SELECT count(*) FROM revisions WHERE release = ?", [folder.name]).fetchone()[0]
    yield dg.MaterializeResult(asset_key="receipts", metadata={"written": written})
    yield dg.MaterializeResult(
        asset_key="release", metadata={"release": folder.name, "revisions": changed, "path": dg.MetadataValue.path(str(folder))}
    )


@dg.asset(deps=["release"], group_name="publish")
def site(road: Road) -> dg.MaterializeResult:
    """The website of the newest release, in Chinese and English."""
    from pipelines.publish import pages

    folder = (road.output / "releases" / "latest").resolve()
    pages.build_site(folder, road.output / "releases", road.jurisdiction, road.output / "site", road.output / "work", progress.say)
    return dg.MaterializeResult(metadata={"release": folder.name})

"""The release: an immutable folder of files, the receipts that say what is known now, and the site."""

import dagster as dg

from pipelines import progress
from pipelines.assets.road import Road
from pipelines.automation import MONTHS
from pipelines.intake import receipt
from pipelines.publish import release as releases


@dg.asset(deps=["quality_findings"], partitions_def=MONTHS, group_name="publish")
def receipts(road: Road) -> dg.MaterializeResult:
    """A receipt for every file received, in JSON, HTML and as a workbook."""
    with road.warehouse() as warehouse:
        written = receipt.write_all(warehouse, road.output / "receipts")
    return dg.MaterializeResult(metadata={"written": written})


@dg.asset(
    deps=["figures", "indicators", "comparisons", "target_progress", "rankings", "quality_findings"],
    partitions_def=MONTHS,
    group_name="publish",
)
def release(context: dg.AssetExecutionContext, road: Road) -> dg.MaterializeResult:
    """`releases/<period>.v<N>/`: Parquet, CSV, workbook, metadata, manifest and what changed since the release before."""
    with road.warehouse() as warehouse:
        folder = releases.write(warehouse, road.jurisdiction, road.plan(context), road.output / "releases")
        changed = warehouse.con.execute("SELECT count(*) FROM revisions WHERE release = ?", [folder.name]).fetchone()[0]
    return dg.MaterializeResult(metadata={"release": folder.name, "revisions": changed, "path": dg.MetadataValue.path(str(folder))})


@dg.asset(deps=["release"], group_name="publish")
def site(road: Road) -> dg.MaterializeResult:
    """The website of the newest release, in Chinese and English."""
    from pipelines.publish import pages

    folder = (road.output / "releases" / "latest").resolve()
    pages.build_site(folder, road.output / "releases", road.jurisdiction, road.output / "site", road.output / "work", progress.say)
    return dg.MaterializeResult(metadata={"release": folder.name})

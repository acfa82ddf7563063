"""The computed tables, a stop of the road each: figures, indicators, comparisons, target_progress, rankings, quality_findings."""

import dagster as dg

from pipelines import checks
from pipelines.assets.road import Road
from pipelines.automation import MONTHS
from pipelines.engines import transform
from transforms import catalogue

# asset -> the tables it makes; what an asset depends on follows from the SQL.
STOPS: dict[str, tuple[str, ...]] = {
    "figures": ("regions", "indicator_catalogue", "figure_vintages", "row_reconciliations", "printed_bases", "target_documents", "figures"),
    "indicators": ("span_figures", "regional_figures", "indicators"),
    "comparisons": ("comparisons",),
    "target_progress": ("target_progress",),
    "rankings": ("rankings",),
    "quality_findings": ("reconciliations", "quality_findings", "submissions"),
}
_STOP_OF = {table: stop for stop, made in STOPS.items() for table in made}


def _deps(stop: str) -> list[str]:
    above = {_STOP_OF[source] for table in STOPS[stop] for source in catalogue.sources_of(table)} - {stop}
    return sorted(above) or ["submissions"]


def _stop(name: str) -> dg.AssetsDefinition:
    published = [t for t in STOPS[name] if t in catalogue.published()]
    extra = [dg.AssetCheckSpec("no_errors", asset=name)] if name == "quality_findings" else []

    @dg.asset(
        name=name,
        deps=_deps(name),
        partitions_def=MONTHS,
        group_name="tables",
        check_specs=[*checks.declared(name, published), *extra],
        description="; ".join(catalogue.published()[t]["description"]["en"] for t in published),
    )
    def stop(context: dg.AssetExecutionContext, road: Road) -> dg.MaterializeResult:
        with road.warehouse() as warehouse:
            if name == "figures":
                plan = road.plan(context)
                transform.prepare(warehouse, road.jurisdiction, plan.as_of, plan.through)
            counts = transform.build(warehouse, STOPS[name])
            results = checks.judge(warehouse, name, published)
            if name == "quality_findings":
                results.append(_no_errors(warehouse))
        return dg.MaterializeResult(metadata={f"{t}_rows": n for t, n in counts.items()}, check_results=results)

    return stop


def _no_errors(warehouse) -> dg.AssetCheckResult:
    rows = warehouse.con.execute("SELECT severity, count(*) FROM quality_findings GROUP BY severity ORDER BY severity").fetchall()
    found = {severity: int(n) for severity, n in rows}
    return dg.AssetCheckResult(
        check_name="no_errors", asset_key="quality_findings", passed=not found.get("error"), severity=dg.AssetCheckSeverity.WARN, metadata=found
    )


TABLES = [_stop(name) for name in STOPS]

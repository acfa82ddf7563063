"""The computed tables as assets, in four steps: what was reported, what is measured from it, how it is assessed, what is wrong with it."""

import dagster as dg

from expectations import compile as suites
from pipelines import checks
from pipelines.assets.road import Road
from pipelines.automation import MONTHS
from pipelines.engines import transform
from transforms import catalogue

# step -> the tables it makes. Published tables are assets of their own name; what they depend on follows from the SQL.
STEPS: dict[str, tuple[str, ...]] = {
    "reported": ("regions", "region_changes", "region_numbers", "indicator_catalogue", "reported_cells", "figure_vintages", "corrections",
                 "accident_versions", "accidents", "hazard_versions", "major_hazards", "hazard_steps", "hazard_funnel", "responsibility_letters",
                 "printed_values", "row_reconciliations", "printed_bases", "target_documents", "target_versions", "disputed_cells", "current_cells",
                 "configured_figures", "figures", "denominators"),
    "measured": ("reporting_duties", "submission_figures", "event_amounts", "event_values", "event_figures", "row_subjects",
                 "usable_cells", "qualifiers", "totalled_figures", "counted_figures", "slots", "subject_slots", "reported_values", "longer_values",
                 "own_values", "summed_values", "regional_values", "indicator_lines", "line_slots", "line_values",
                 "indicator_values", "indicators", "form_arrivals", "base_lines", "merged_values", "base_values", "division_breaks", "simple_comparisons",
                 "tested_comparisons", "printed_comparisons", "summed_bases", "flagged_comparisons", "explained_comparisons", "change_lines",
                 "printed_changes", "comparisons", "target_progress", "ranking_lines", "withheld_ranks", "ranking_groups", "ranking_members",
                 "ranked_values", "ranking_places", "ranking_tables", "rankings", "ranking_standings", "benchmarks", "letter_targets",
                 "letter_coverage", "warning_components", "warning_levels", "risk_colours"),
    "assessed": ("reconciliations", "replacements", "scheme_rules", "objections", "scoring_cases", "scoring_counts", "assessment_items", "assessment_scores", "assessment_inputs"),
    "judged": ("quality_findings", "submissions"),
}
PUBLISHED = {step: [t for t in made if t in catalogue.published()] for step, made in STEPS.items()}


def _sources(table: str) -> set[str]:
    """The published tables that a table is made from, directly or through internal ones."""
    found: set[str] = set()
    for source in catalogue.sources_of(table):
        source = catalogue.BY_NUMBER.get(source, source)
        found |= {source} if source in catalogue.published() else _sources(source)
    return found


def _step(name: str) -> dg.AssetsDefinition:
    published = PUBLISHED[name]
    first = name == "reported"
    specs = [
        dg.AssetSpec(
            table,
            deps=sorted(_sources(table)) or ["ledger"],
            description=catalogue.published()[table]["description"]["en"],
            group_name="tables",
        )
        for table in published
    ]
    judged = [dg.AssetCheckSpec(check, asset="quality_findings") for check in ("no_errors", "compared_across")] if name == "judged" else []

    @dg.multi_asset(name=name, specs=specs, partitions_def=MONTHS, check_specs=[*checks.declared(published), *judged])
    def step(context: dg.AssetExecutionContext, road: Road):
        suites.warm_meanwhile()  # every step is checked
        with road.warehouse() as warehouse:
            if first:
                plan = road.plan(context)
                transform.prepare(warehouse, road.jurisdiction, plan.as_of, plan.through)
            transform.build(warehouse, STEPS[name])
            counts = transform.count(warehouse, published)
            results = checks.judge(warehouse, published)
            if judged:
                results += [checks.no_errors(warehouse), checks.compared_across(warehouse)]
        for table in published:
            yield dg.MaterializeResult(asset_key=table, metadata={"rows": counts[table]})
        yield from results

    return step


TABLES = [_step(name) for name in STEPS]

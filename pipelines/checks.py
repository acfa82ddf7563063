"""Expectation results as asset checks: an error blocks what depends on the table, a warning shows."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse
from pipelines.publish import tables
from transforms import catalogue


def declared(asset: str, published: Iterable[str]) -> list[dg.AssetCheckSpec]:
    """One blocking check for each published table that an asset makes."""
    return [
        dg.AssetCheckSpec(f"{table}_as_declared", asset=asset, blocking=True, description=f"transforms/{table}.yml") for table in published
    ]


def judge(warehouse: Warehouse, asset: str, published: Iterable[str]) -> list[dg.AssetCheckResult]:
    """Run the suite that each table's `.yml` compiles to."""
    specs = catalogue.published()
    frames = {t: (specs[t], tables.arrow(warehouse, t, specs[t]).to_pandas()) for t in published}
    results = []
    for table, lines in suites.judge_tables(frames).items():
        failed = [line for line in lines if not line["success"]]
        results.append(
            dg.AssetCheckResult(
                check_name=f"{table}_as_declared",
                asset_key=asset,
                passed=not failed,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"expectations": len(lines), "failed": dg.MetadataValue.json(failed)},
            )
        )
    return results

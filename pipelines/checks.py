"""Expectation results as asset checks: an error blocks what depends on the table, a warning shows."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse
from transforms import catalogue


def declared(published: Iterable[str]) -> list[dg.AssetCheckSpec]:
    """One blocking check for each published table."""
    return [dg.AssetCheckSpec("as_declared", asset=table, blocking=True, description=f"transforms/{table}.yml") for table in published]


def judge(warehouse: Warehouse, published: Iterable[str]) -> list[dg.AssetCheckResult]:
    """Run the suite that each table's `.yml` compiles to: SQL makes the residuals, the expectations judge them."""
    results = []
    for table in published:
        residuals = suites.table_residuals(catalogue.published()[table])
        columns = ", ".join(f"{sql} AS {name}" for name, sql in residuals.items())
        frame = warehouse.con.execute(f"SELECT {columns} FROM {table}").df()
        verdict = suites.judge_residuals(frame) if len(frame) else {}
        results.append(
            dg.AssetCheckResult(
                check_name="as_declared",
                asset_key=table,
                passed=not any(verdict.values()),
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"rows": len(frame), **verdict},
            )
        )
    return results


def no_errors(warehouse: Warehouse) -> dg.AssetCheckResult:
    """A warning that shows how many findings of each severity the release carries."""
    rows = warehouse.con.execute("SELECT severity, count(*) FROM quality_findings GROUP BY severity ORDER BY severity").fetchall()
    found = {severity: int(n) for severity, n in rows}
    return dg.AssetCheckResult(
        check_name="no_errors", asset_key="quality_findings", passed=not found.get("error"), severity=dg.AssetCheckSeverity.WARN, metadata=found
    )

"""Expectation results as asset checks: an error blocks what depends on the table, a warning shows."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse, quote
from transforms import catalogue


def declared(published: Iterable[str]) -> list[dg.AssetCheckSpec]:
    """One blocking check for each published table."""
    return [dg.AssetCheckSpec("as_declared", asset=table, blocking=True, description=f"transforms/{table}.yml") for table in published]


def judge(warehouse: Warehouse, published: Iterable[str]) -> list[dg.AssetCheckResult]:
    """Run the suite that the tables' `.yml` compile to: SQL counts what breaks a rule, the expectations judge the counts."""
    con, parts, windows = warehouse.con, [], {}
    for table in published:
        spec = catalogue.published()[table]
        residuals = suites.table_residuals(spec)
        windows[table] = residuals.pop("key_repeated")
        inner = ", ".join(f"{sql} AS {rule}" for rule, sql in residuals.items())
        counts = ", ".join(f"CAST(count(CASE WHEN {rule} <> 0 THEN 1 END) AS BIGINT) AS {rule}" for rule in residuals)
        key = ", ".join(quote(name) for name in spec["key"])
        # As many different hashes as rows: no key is there twice. Where there are fewer, the keys themselves are counted.
        parts.append(f"SELECT '{table}' AS \"table\", {counts}, CASE WHEN count(DISTINCT hash({key})) = count(*) THEN 0 END AS key_repeated "
                     f"FROM (SELECT *, {inner} FROM {table})")
    frame = con.execute(" UNION ALL ".join(parts)).df()
    for place in frame.index[frame["key_repeated"].isna()]:
        table = frame.at[place, "table"]
        sql = f"SELECT count(CASE WHEN repeated <> 0 THEN 1 END) FROM (SELECT {windows[table]} AS repeated FROM {table})"
        frame.loc[place, "key_repeated"] = con.execute(sql).fetchone()[0]
    broken = suites.judge_tables(frame.astype({"key_repeated": "int64"}))
    return [
        dg.AssetCheckResult(
            check_name="as_declared", asset_key=table, passed=not rules, severity=dg.AssetCheckSeverity.ERROR, metadata={**rules}
        )
        for table, rules in broken.items()
    ]


def no_errors(warehouse: Warehouse) -> dg.AssetCheckResult:
    """A warning that shows how many findings of each severity the release carries."""
    rows = warehouse.con.execute("SELECT severity, count(*) FROM quality_findings GROUP BY severity ORDER BY severity").fetchall()
    found = {severity: int(n) for severity, n in rows}
    return dg.AssetCheckResult(
        check_name="no_errors", asset_key="quality_findings", passed=not found.get("error"), severity=dg.AssetCheckSeverity.WARN, metadata=found
    )


def compared_across(warehouse: Warehouse) -> dg.AssetCheckResult:
    """A warning that shows which checks across rows, files and forms failed how often, and which did not run for want of a table."""
    runs = warehouse.con.execute("SELECT check_id, judged, failed, not_run FROM across_runs ORDER BY position").fetchall()
    return dg.AssetCheckResult(
        check_name="compared_across", asset_key="quality_findings", passed=not any(failed for _, _, failed, _ in runs),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "judged": sum(int(judged) for _, judged, _, _ in runs),
            "failed": dg.MetadataValue.json({check_id: int(failed) for check_id, _, failed, _ in runs if failed}),
            "not_run": dg.MetadataValue.json({check_id: f"没有表 / no table {table}" for check_id, _, _, table in runs if table}),
        },
    )

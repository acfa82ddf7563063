"""The checks across rows, files and forms: their SQL runs in the warehouse, Great Expectations judges every residual, SQL writes the findings.

Each check (`across:` in expectations/*.yml) returns a row for everything it judges. What goes to Great Expectations is each check's
different residuals: equal residuals are judged alike, so the verdict on 500,000 rows is exact and costs no more than that on the few
hundred numbers that are different. The rows of the residuals outside the bounds are then found again by SQL, all of them.
"""

from __future__ import annotations

import re

import duckdb

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse, quote

FINDINGS = "across_findings"
_COLUMNS = """check_id VARCHAR, number VARCHAR, severity VARCHAR, form_id VARCHAR, region_id VARCHAR, period VARCHAR, submission_id VARCHAR,
    sheet VARCHAR, cell VARCHAR, value VARCHAR, expected VARCHAR, message_zh VARCHAR, message_en VARCHAR, residual DOUBLE"""
_RUNS = "position INTEGER, check_id VARCHAR, source VARCHAR, judged BIGINT, failed BIGINT, not_run VARCHAR"


def judge(warehouse: Warehouse) -> None:
    """Run every declared check over the computed tables.

    Makes `across_findings` (a row for each failing row) and `across_runs` (for each check how much it judged, how much failed, or which
    table it needs that this jurisdiction does not have). Not inside a transaction: a check that cannot be bound must not undo the others.
    Raises ValueError naming the check whose SQL is wrong.
    """
    con = warehouse.con
    made: list[str] = []
    try:
        for name, sql in con.execute("SELECT name, sql FROM across_tables ORDER BY position").fetchall():
            if not _lacking(con, name, sql, f"tables: {name}"):
                made.append(name)
        checks = con.execute(
            "SELECT position, check_id, number, severity, min, max, message_zh, message_en, sql, source FROM across_checks ORDER BY position"
        ).fetchall()
        run, skipped = [], {}
        for check in checks:
            position, check_id, sql, source = check[0], check[1], check[8], check[9]
            table = f"judged_{position}"
            lacking = _lacking(
                con, table,
                f"SELECT * EXCLUDE (residual), CAST(round(CAST(residual AS DOUBLE), 6) AS DOUBLE) AS residual FROM ({sql}\n) WHERE residual IS NOT NULL",
                f"{source}: {check_id}",
            )
            if lacking:
                skipped[position] = lacking
            else:
                made.append(table)
                run.append(check)
        failing = _failing(con, run)
        with warehouse.transaction():
            con.execute(f"CREATE OR REPLACE TABLE {FINDINGS} ({_COLUMNS})")
            failed = {check[0]: _write(con, check, residuals) for check, residuals in zip(run, failing, strict=True) if residuals}
            _runs(con, checks, failed, skipped)
    finally:
        for name in made:
            con.execute(f"DROP TABLE IF EXISTS {quote(name)}")


def _lacking(con: duckdb.DuckDBPyConnection, name: str, sql: str, where: str) -> str:
    """Make a temporary table of a SELECT; or the name of the table it reads that is not there."""
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {quote(name)} AS {sql}")
    except duckdb.CatalogException as error:
        if missing := re.match(r"Catalog Error: Table with name (\S+) does not exist", str(error)):
            return missing[1]
        raise ValueError(f"{where}: {error}") from error
    except duckdb.Error as error:
        raise ValueError(f"{where}: {error}") from error
    return ""


def _failing(con: duckdb.DuckDBPyConnection, checks: list[tuple]) -> list[list[float]]:
    """For each check its residuals outside the bounds, judged by Great Expectations."""
    if not checks:
        return []
    parts = [f"SELECT {i} AS nth, residual FROM judged_{check[0]} GROUP BY residual" for i, check in enumerate(checks)]
    residuals: list[list[float]] = [[] for _ in checks]
    for nth, residual in con.execute(" UNION ALL ".join(parts) + " ORDER BY nth, residual").fetchall():
        residuals[nth].append(residual)
    return suites.failing_residuals([(check[4], check[5], values) for check, values in zip(checks, residuals, strict=True)])


def _write(con: duckdb.DuckDBPyConnection, check: tuple, residuals: list[float]) -> int:
    """Append a finding for every row whose residual fails, and say how many; `{column}` in the texts is filled in from the row."""
    position, check_id, number, severity, _, _, zh, en = check[:8]
    table = f"judged_{position}"
    types = dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())
    where = f"{check[9]}: {check_id}"
    if lacking := [name for name in suites.PLACE if name not in types]:
        raise ValueError(f"{where}: 缺少列 / columns missing: {', '.join(lacking)}")

    def filled(text: str) -> str:
        sql = _literal(text)
        for name in sorted(set(re.findall(r"\{(\w+)\}", text))):
            if name not in types:
                raise ValueError(f"{where}: {{{name}}}: SQL 没有这一列 / is not a column of the SQL")
            sql = f"replace({sql}, '{{{name}}}', {_text(name, types[name])})"
        return sql

    place = ", ".join(_text(name, types[name]) for name in suites.PLACE)
    con.execute("CREATE OR REPLACE TEMP TABLE failing AS SELECT unnest(CAST(? AS DOUBLE[])) AS residual", [residuals])
    written = con.execute(
        f"INSERT INTO {FINDINGS} SELECT {_literal(check_id)}, {_literal(number)}, {_literal(severity)}, {place}, {filled(zh)}, {filled(en)}, residual "
        f"FROM {table} WHERE residual IN (SELECT residual FROM failing)"
    )
    return written.fetchone()[0]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(name: str, sql_type: str) -> str:
    """SQL for a column as text: numbers without trailing zeros, nothing for null."""
    column = quote(name)
    if re.match(r"DECIMAL|DOUBLE|FLOAT|[A-Z]*INT", sql_type):
        written = f"regexp_replace(regexp_replace(CAST(CAST({column} AS DECIMAL(38,6)) AS VARCHAR), '0+$', ''), '\\.$', '')"
    else:
        written = f"CAST({column} AS VARCHAR)"
    return f"coalesce({written}, '')"


def _runs(con: duckdb.DuckDBPyConnection, checks: list[tuple], failed: dict[int, int], skipped: dict[int, str]) -> None:
    con.execute(f"CREATE OR REPLACE TABLE across_runs ({_RUNS})")
    for position, check_id, *_, source in checks:
        judged = "0" if position in skipped else f"(SELECT count(*) FROM judged_{position})"
        con.execute(f"INSERT INTO across_runs SELECT ?, ?, ?, {judged}, ?, ?",
                    [position, check_id, source, failed.get(position, 0), skipped.get(position)])

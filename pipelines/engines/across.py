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
_RUNS = {"position": "INTEGER", "check_id": "VARCHAR", "source": "VARCHAR", "judged": "BIGINT", "failed": "BIGINT", "not_run": "VARCHAR"}


def judge(warehouse: Warehouse) -> None:
    """Run every declared check over the computed tables.

    Makes `across_findings` (a row for each failing row) and `across_runs` (for each check how much it judged, how much failed, or which
    table it needs that this jurisdiction does not have). Not inside a transaction: a check that cannot be bound must not undo the others.
    Raises ValueError naming the check whose SQL is wrong.
    """
    con, place = warehouse.con, ", ".join(suites.PLACE)
    made: list[tuple[str, str]] = []
    shared: set[str] = set()
    try:
        for name, sql, view in con.execute('SELECT name, sql, "view" FROM across_tables ORDER BY position').fetchall():
            if not _lacking(con, name, sql, f"cross.yml: {name}", "VIEW" if view else "TABLE"):
                made.append(("VIEW" if view else "TABLE", name))
                shared |= set() if view else {name}
        checks = con.execute(
            "SELECT position, check_id, number, severity, min, max, message_zh, message_en, sql, source FROM across_checks ORDER BY position"
        ).fetchall()
        run, skipped, judged, residuals = [], {}, {}, []
        for check in checks:
            position, where, sql = check[0], f"{check[9]}: {check[1]}", check[8]
            # What reads nothing but the stored tables is not worth storing again.
            kind = "VIEW" if set(re.findall(r"(?i)\b(?:FROM|JOIN)\s+(\w+)", sql)) <= shared else "TABLE"
            table = f"judged_{position}"
            skipped[position] = _lacking(
                con, table,
                f"SELECT {place}, CAST(round(CAST(residual AS DOUBLE), 6) AS DOUBLE) AS residual, * EXCLUDE ({place}, residual) FROM ({sql}\n) "
                "WHERE residual IS NOT NULL", where, kind)
            if not skipped[position]:
                made.append((kind, table))
                run.append(check)
                judged[position], different = _different(con, table, where)
                residuals.append((check[4], check[5], different))
        texts = _texts(con, run)
        failing = suites.failing_residuals(residuals)
        with warehouse.transaction():
            con.execute(f"CREATE OR REPLACE TABLE {FINDINGS} ({_COLUMNS})")
            failed = {check[0]: _write(con, check, texts[check[0]], outside) for check, outside in zip(run, failing, strict=True) if outside}
        warehouse.replace("across_runs", _RUNS, [
            (check[0], check[1], check[9], judged.get(check[0], 0), failed.get(check[0], 0), skipped[check[0]] or None) for check in checks
        ])
    finally:
        for kind, name in reversed(made):
            con.execute(f"DROP {kind} IF EXISTS {quote(name)}")


def _lacking(con: duckdb.DuckDBPyConnection, name: str, sql: str, where: str, kind: str = "TABLE") -> str:
    """Make a temporary table or view of a SELECT; or the name of the table it reads that is not there."""
    try:
        con.execute(f"CREATE OR REPLACE TEMP {kind} {quote(name)} AS {sql}")
    except duckdb.CatalogException as error:
        if missing := re.match(r"Catalog Error: Table with name (\S+) does not exist", str(error)):
            return missing[1]
        raise ValueError(f"{where}: {error}") from error
    except duckdb.Error as error:
        raise ValueError(f"{where}: {error}") from error
    return ""


def _different(con: duckdb.DuckDBPyConnection, table: str, where: str) -> tuple[int, list[float]]:
    """How many rows a check judges, and the different residuals they have."""
    try:
        found = con.execute(f"SELECT residual, count(*) FROM {table} GROUP BY residual ORDER BY residual").fetchall()
    except duckdb.Error as error:
        raise ValueError(f"{where}: {error}") from error
    return sum(count for _, count in found), [residual for residual, _ in found]


def _texts(con: duckdb.DuckDBPyConnection, checks: list[tuple]) -> dict[int, str]:
    """For each check, by position, the SQL of its findings' place and texts; `{column}` in a text is filled in from the row.

    Raises ValueError for a text that names no column of the check.
    """
    columns: dict[str, dict[str, str]] = {}
    for table, column, sql_type in con.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'temp'").fetchall():
        columns.setdefault(table, {})[column] = sql_type

    def filled(text: str, types: dict[str, str], where: str) -> str:
        sql = _literal(text)
        for name in sorted(set(re.findall(r"\{(\w+)\}", text))):
            if name not in types:
                raise ValueError(f"{where}: {{{name}}}: SQL 没有这一列 / is not a column of the SQL")
            sql = f"replace({sql}, '{{{name}}}', {_text(name, types[name])})"
        return sql

    found = {}
    for position, check_id, _, _, _, _, zh, en, _, source in checks:
        types = columns[f"judged_{position}"]
        parts = [_text(name, types[name]) for name in suites.PLACE] + [filled(text, types, f"{source}: {check_id}") for text in (zh, en)]
        found[position] = ", ".join(parts)
    return found


def _write(con: duckdb.DuckDBPyConnection, check: tuple, texts: str, residuals: list[float]) -> int:
    """Append a finding for every row whose residual fails, and say how many."""
    position, check_id, number, severity = check[:4]
    written = con.execute(
        f"INSERT INTO {FINDINGS} SELECT {_literal(check_id)}, {_literal(number)}, {_literal(severity)}, {texts}, residual "
        f"FROM judged_{position} WHERE residual IN (SELECT unnest(CAST(? AS DOUBLE[])))", [residuals]
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

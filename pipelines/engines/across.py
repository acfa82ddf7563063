"""The checks across rows, files and forms: their SQL runs in the warehouse, Great Expectations judges every residual, SQL writes the findings.

Each check (`across:` in expectations/*.yml) returns a row for everything it judges. What goes to Great Expectations is each check's
different residuals: equal residuals are judged alike, so the verdict on 500,000 rows is exact and costs no more than that on the few
hundred numbers that are different. The rows of the residuals outside the bounds are then found again by SQL, all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

import duckdb

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse, literal, quote

FINDINGS = "across_findings"
WORK = "across_work"  # a database in memory, for what the checks share and what they judge
_COLUMNS = """check_id VARCHAR, number VARCHAR, severity VARCHAR, form_id VARCHAR, region_id VARCHAR, period VARCHAR, submission_id VARCHAR,
    sheet VARCHAR, cell VARCHAR, value VARCHAR, expected VARCHAR, message_zh VARCHAR, message_en VARCHAR, residual DOUBLE"""
_RUNS = {"position": "INTEGER", "check_id": "VARCHAR", "source": "VARCHAR", "judged": "BIGINT", "failed": "BIGINT", "not_run": "VARCHAR"}


@dataclass
class Judged:
    """What a check found: how many rows it judges and the different residuals they have, or the table it needs that is not there."""

    rows: int = 0
    residuals: Sequence[float] = ()
    lacking: str = ""


def judge(warehouse: Warehouse, meanwhile: Callable[[], None] = lambda: None, makes: frozenset[str] = frozenset()) -> None:
    """Run every declared check over the computed tables.

    `meanwhile` makes the tables `makes`, on the warehouse's own connection; checks that read these come after it.

    Makes `across_findings` (a row for each failing row) and `across_runs` (for each check how much it judged, how much failed, or which
    table it needs that this jurisdiction does not have). Not inside a transaction: the checks run beside each other and see what is committed.
    Raises ValueError naming the check whose SQL is wrong.
    """
    con = warehouse.con
    tables = con.execute('SELECT name, sql, "view" FROM across_tables ORDER BY position').fetchall()
    checks = con.execute(
        "SELECT position, check_id, number, severity, min, max, message_zh, message_en, sql, source FROM across_checks ORDER BY position"
    ).fetchall()
    con.execute(f"ATTACH ':memory:' AS {WORK}")
    try:
        found = _run(warehouse, tables, checks, meanwhile, makes)
        run = [check for check in checks if not found[check[0]].lacking]
        texts = _texts(con, run)
        failing = suites.failing_residuals([(check[4], check[5], found[check[0]].residuals) for check in run])
        with warehouse.transaction():
            con.execute(f"CREATE OR REPLACE TABLE {FINDINGS} ({_COLUMNS})")
            failed = {check[0]: _write(con, check, texts[check[0]], residuals) for check, residuals in zip(run, failing, strict=True) if residuals}
        warehouse.replace("across_runs", _RUNS, [
            (check[0], check[1], check[9], found[check[0]].rows, failed.get(check[0], 0), found[check[0]].lacking or None) for check in checks
        ])
    finally:
        con.execute(f"DETACH {WORK}")


def _run(warehouse: Warehouse, tables: list[tuple], checks: list[tuple], meanwhile: Callable[[], None], makes: frozenset[str]) -> dict[int, Judged]:
    """Make the shared tables and run the checks, several at a time, each after the tables that it names; what was found, by position."""
    stored = {name for name, _, view in tables if not view}
    done: Future = Future()
    needed = dict.fromkeys(makes, done)
    judged: dict[int, Future] = {}
    with _connections(warehouse) as idle, ThreadPoolExecutor(idle.qsize()) as pool:

        def begin(act: Callable, sql: str, *arguments) -> Future:
            words = set(re.findall(r"\w+", sql))
            return pool.submit(_after, [made for name, made in needed.items() if name in words], idle, act, sql, *arguments)

        for name, sql, view in tables:
            needed[name] = begin(_made, sql, name, f"cross.yml: {name}", "VIEW" if view else "TABLE")
        # Those that wait for what is made meanwhile come last, or they would keep the others waiting.
        for check in sorted(checks, key=lambda check: not makes.isdisjoint(_read(check[8]))):
            kind = "VIEW" if _read(check[8]) <= stored else "TABLE"  # what reads nothing but the stored tables is not worth storing again
            judged[check[0]] = begin(_judged, check[8], f"judged_{check[0]}", f"{check[9]}: {check[1]}", kind)
        try:
            meanwhile()
        finally:
            done.set_result(None)
    for name, *_ in tables:
        needed[name].result()
    return {check[0]: judged[check[0]].result() for check in checks}


@contextmanager
def _connections(warehouse: Warehouse):
    """Connections for as many threads as the engine has, to which the names of the work database come first."""
    count, own = warehouse.con.execute("SELECT current_setting('threads'), current_database()").fetchone()
    idle: SimpleQueue = SimpleQueue()
    for _ in range(count):
        con = warehouse.beside()
        con.execute(f"SET search_path = {literal(f'{WORK}.main,{quote(own)}.main')}")
        idle.put(con)
    try:
        yield idle
    finally:
        while not idle.empty():
            idle.get().close()


def _read(sql: str) -> set[str]:
    """The tables that SQL reads, those of its own WITH among them."""
    return set(re.findall(r"(?i)\b(?:FROM|JOIN)\s+(\w+)", sql))


def _after(needed: list[Future], idle: SimpleQueue, act: Callable, *arguments) -> object:
    """Do it once what it needs is made; what it needs was begun before, so that nothing waits for ever."""
    wait(needed)
    con = idle.get()
    try:
        return act(con, *arguments)
    finally:
        idle.put(con)


def _judged(con: duckdb.DuckDBPyConnection, sql: str, name: str, where: str, kind: str) -> Judged:
    place = ", ".join(suites.PLACE)
    rows = (f"SELECT {place}, CAST(round(CAST(residual AS DOUBLE), 6) AS DOUBLE) AS residual, * EXCLUDE ({place}, residual) FROM ({sql}\n) "
            "WHERE residual IS NOT NULL")
    if lacking := _made(con, rows, name, where, kind):
        return Judged(lacking=lacking)
    try:
        found = con.execute(f"SELECT residual, count(*) FROM {name} GROUP BY residual ORDER BY residual").fetchall()
    except duckdb.Error as error:
        raise ValueError(f"{where}: {error}") from error
    return Judged(sum(count for _, count in found), [residual for residual, _ in found])


def _made(con: duckdb.DuckDBPyConnection, sql: str, name: str, where: str, kind: str) -> str:
    """Make a table or view of a SELECT; or the name of the table it reads that is not there."""
    try:
        con.execute(f"CREATE {kind} {WORK}.main.{quote(name)} AS {sql}")
    except duckdb.CatalogException as error:
        if missing := re.match(r"Catalog Error: Table with name (\S+) does not exist", str(error)):
            return missing[1]
        raise ValueError(f"{where}: {error}") from error
    except duckdb.Error as error:
        raise ValueError(f"{where}: {error}") from error
    return ""


def _texts(con: duckdb.DuckDBPyConnection, checks: list[tuple]) -> dict[int, str]:
    """For each check, by position, the SQL of its findings' place and texts; `{column}` in a text is filled in from the row.

    Raises ValueError for a text that names no column of the check.
    """
    columns: dict[str, dict[str, str]] = {}
    for table, column, sql_type in con.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ?", [WORK]).fetchall():
        columns.setdefault(table, {})[column] = sql_type

    def filled(text: str, types: dict[str, str], where: str) -> str:
        sql = literal(text)
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
        f"INSERT INTO {FINDINGS} SELECT {literal(check_id)}, {literal(number)}, {literal(severity)}, {texts}, residual "
        f"FROM {WORK}.main.judged_{position} WHERE residual IN (SELECT unnest(CAST(? AS DOUBLE[])))", [residuals]
    )
    return written.fetchone()[0]


def _text(name: str, sql_type: str) -> str:
    """SQL for a column as text: numbers without trailing zeros, nothing for null."""
    column = quote(name)
    if re.match(r"DECIMAL|DOUBLE|FLOAT|[A-Z]*INT", sql_type):
        written = f"rtrim(rtrim(CAST(CAST({column} AS DECIMAL(38,6)) AS VARCHAR), '0'), '.')"
    else:
        written = f"CAST({column} AS VARCHAR)"
    return f"coalesce({written}, '')"

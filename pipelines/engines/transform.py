"""Runs the transforms in the warehouse, in dependency order, inside one transaction; the checks across files come before what reports them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from expectations import compile as suites
from pipelines.engines import across, assessment, corrections, duties, rows, settings
from pipelines.engines.warehouse import Warehouse
from pipelines.jurisdiction import Jurisdiction
from transforms import catalogue


def prepare(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime, through: str) -> None:
    """Write the settings tables and put every known row and cell into one shape (`reported_rows`, `cell_values`), corrections applied.

    Raises ConfigurationError for a correction that does not mean exactly one value.
    """
    with warehouse.transaction() as con:
        warehouse.ensure_form_tables(jurisdiction.reference.forms.values())
        settings.load(warehouse, jurisdiction, as_of, through)
        con.execute(f"CREATE OR REPLACE TABLE reported_rows AS {rows.reported_rows(jurisdiction.reference)}")
        con.execute(f"CREATE OR REPLACE TABLE cell_values AS {rows.cell_values(jurisdiction.reference)}")
        corrections.apply(warehouse, jurisdiction, as_of)
        duties.load(warehouse, jurisdiction)


def build(warehouse: Warehouse, tables: Iterable[str], progress: Callable[[str], None] = lambda _: None) -> dict[str, int]:
    """Rebuild the named tables in dependency order; returns the row counts of those that are stored and not spelled out when read.

    One transaction for what is measured, one for what was assessed from it, one for what reports the findings; between them all is compared
    across files, while the schemes are scored.
    """
    wanted = set(tables)
    reporting = catalogue.depending_on(across.FINDINGS)
    if wanted & reporting:
        suites.warm_meanwhile()
    assessed = frozenset().union(*(catalogue.depending_on(table) for table in catalogue.COMPUTED)) - reporting
    counts = _rebuild(warehouse, [t for t in catalogue.order() if t in wanted - reporting - assessed], progress)

    def assess() -> None:
        if wanted & assessed:
            with warehouse.transaction():
                assessment.compute(warehouse)
            counts.update(_rebuild(warehouse, [t for t in catalogue.order() if t in wanted & assessed], progress))

    if wanted & reporting:
        across.judge(warehouse, assess, assessed)
        counts |= _rebuild(warehouse, [t for t in catalogue.order() if t in wanted & reporting], progress)
    else:
        assess()
    return counts


def count(warehouse: Warehouse, tables: Iterable[str]) -> dict[str, int]:
    """How many rows each of the named tables has."""
    return {table: warehouse.con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def _rebuild(warehouse: Warehouse, tables: list[str], progress: Callable[[str], None]) -> dict[str, int]:
    counts: dict[str, int] = {}
    with warehouse.transaction() as con:
        for table in tables:
            progress(table)
            try:
                if table in catalogue.RECURSIVE:
                    _build_by_depth(warehouse, table)
                elif table in catalogue.VIEWS:
                    if con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone():
                        con.execute(f"DROP TABLE {table}")  # made by an earlier version
                    con.execute(f"CREATE OR REPLACE VIEW {table} AS {catalogue.sql_of(table)}")
                    continue
                else:
                    con.execute(f"CREATE OR REPLACE TABLE {table} AS {catalogue.sql_of(table)}")
            except Exception as error:
                raise RuntimeError(f"transforms/{table}.sql: {error}") from error
            counts[table] = con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return counts


def _build_by_depth(warehouse: Warehouse, table: str) -> None:
    con = warehouse.con
    sql = catalogue.sql_of(table)
    con.execute(f"DROP TABLE IF EXISTS {table}")
    con.execute(f"CREATE TABLE {table} ({catalogue.RECURSIVE[table]})")  # empty, because its own first run reads it
    deepest = con.execute("SELECT max(depth) FROM region_settings").fetchone()[0]
    for depth in range(deepest, -1, -1):
        con.execute("UPDATE parameters SET depth = ?", [depth])
        con.execute(f"INSERT INTO {table} {sql}")

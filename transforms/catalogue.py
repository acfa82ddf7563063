"""The transforms as a graph: which SQL file makes which table from which others, and what the published tables look like."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
# Spelled out when read, not stored: what is stored are numbers of lines, slots and regions, and what is dear to compute.
VIEWS = {
    "reported_cells", "current_cells", "usable_cells", "event_figures", "counted_figures", "figures", "figure_vintages", "own_values",
    "regional_values", "indicator_values", "indicators", "base_values", "comparisons", "ranked_values", "rankings",
    "benchmarks",
}
# What holds by number what a published table spells out: whatever reads the one depends on the other.
BY_NUMBER = {"usable_cells": "figures"}
# Run once per depth of the region tree, deepest first, appending to a table of this shape.
RECURSIVE = {
    "summed_values": "slot_no INTEGER, region_no INTEGER, value DECIMAL(24,6), recovered BOOLEAN, qualifiers BIGINT, source INTEGER, "
                     "partial BOOLEAN, own_value DECIMAL(24,6), children_value DECIMAL(24,6), children_reported BIGINT, children_total BIGINT",
    "summed_bases": "comparison_no INTEGER, region_no INTEGER, base_value DECIMAL(24,6), submission_id VARCHAR, sheet VARCHAR, cell VARCHAR",
}
# Tables that pure functions make from others and not SQL: what is made from them is made from those.
COMPUTED = {name: frozenset({"indicators", "comparisons", "target_versions", "scoring_cases", "scoring_counts"}) for name in ("assessed_items", "assessed_scores", "assessed_inputs")}


@cache
def sql_of(table: str) -> str:
    """The SELECT that makes a table."""
    return (FOLDER / f"{table}.sql").read_text(encoding="utf-8").strip()


@cache
def tables() -> tuple[str, ...]:
    """Every table that has a SQL file, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


@cache
def published() -> dict[str, dict]:
    """The description of every published table (`<table>.yml`), by name, without the columns that stay in the house."""
    return {name: {**spec, "columns": [c for c in spec["columns"] if not c.get("internal")]} for name, spec in described().items()}


@cache
def described() -> dict[str, dict]:
    """Every `<table>.yml`, by name. `rows`: which rows are released, as a condition in SQL; a column that is `internal` is not."""
    return {p.stem: yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("*.yml"))}


@cache
def reads(table: str) -> frozenset[str]:
    """Every table that a table's SQL names, those of other folders too, and what those that no SQL makes are made from."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql_of(table), dialect="duckdb")
    local = {cte.alias for cte in tree.find_all(exp.CTE)}
    named = {node.name for node in tree.find_all(exp.Table)} - local - {table}
    return frozenset(named.union(*(COMPUTED.get(name, ()) for name in named)))


@cache
def sources_of(table: str) -> tuple[str, ...]:
    """The other tables of this folder that a table is made from, found in its SQL."""
    return tuple(sorted(reads(table) & set(tables())))


@cache
def depending_on(source: str) -> frozenset[str]:
    """The tables made from a source, directly or through others."""
    found: set[str] = set()
    for table in order():
        if source in reads(table) or found & set(sources_of(table)):
            found.add(table)
    return frozenset(found)


@cache
def needed_for(table: str) -> frozenset[str]:
    """The table with everything it is made from."""
    return frozenset({table}.union(*(needed_for(source) for source in sources_of(table))))


@cache
def order() -> tuple[str, ...]:
    """The tables in an order in which each comes after its sources. Raises ValueError when there is a circle."""
    done: list[str] = []
    waiting = list(tables())
    while waiting:
        ready = [t for t in waiting if set(sources_of(t)) <= set(done)]
        if not ready:
            raise ValueError(f"circle among {waiting}")
        done += ready
        waiting = [t for t in waiting if t not in ready]
    return tuple(done)

"""The SQL files: one SELECT each, in an order without a circle, and every published column as declared."""

from __future__ import annotations

import re

import pytest
import sqlglot
from pipeline.bureau import CITY, CITY_AND_COUNTIES, EAST, SOUTH, WEST, bureau_at
from sqlglot import exp

from pipelines import jurisdiction as jurisdictions
from pipelines.assets.tables import STEPS
from pipelines.engines import transform
from pipelines.engines.warehouse import Warehouse
from transforms import catalogue

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TYPES = {"string", "integer", "number", "boolean", "date", "timestamp"}


@pytest.fixture(scope="module")
def columns(tmp_path_factory):
    """Columns of every table in a warehouse that holds a little of everything: {table: {column: type}}."""
    bureau = bureau_at(tmp_path_factory.mktemp("transforms"), CITY_AND_COUNTIES)
    bureau.report("2014-01", "2014-02-05", region_id=[EAST, WEST, SOUTH], deaths=[2, 0, 5], events=[2, 3, 9])
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST, SOUTH], deaths=[1, 2, "3余"], events=[2, 3, "*4"], deaths_yoy=["-50", "", "-40"])
    bureau.write("targets.csv", f"year,region_id,target\n2015,{CITY},20\n")
    bureau.compute()
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        transform.prepare(warehouse, jurisdictions.load(bureau.folder), jurisdictions.dt.datetime(9999, 1, 1), "9999-12")
        transform.build(warehouse, catalogue.tables())
        rows = warehouse.con.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal").fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


@pytest.mark.parametrize("table", catalogue.tables())
def test_a_table_is_one_select_that_begins_by_saying_what_a_row_is(table):
    sql = catalogue.sql_of(table)
    assert sql.startswith("-- "), "the first comment says grain and meaning"
    statements = sqlglot.parse(sql, dialect="duckdb")
    assert len(statements) == 1
    assert isinstance(statements[0], exp.Select | exp.Union)
    assert not list(statements[0].find_all(exp.Star)) or all(
        isinstance(star.parent, exp.Count | exp.Column | exp.Select) for star in statements[0].find_all(exp.Star)
    )


@pytest.mark.parametrize("table", catalogue.tables())
def test_the_last_select_names_its_columns(table):
    """`SELECT *` would publish whatever a source happens to have."""
    tree = sqlglot.parse_one(catalogue.sql_of(table), dialect="duckdb")
    assert "*" not in tree.named_selects


@pytest.mark.parametrize("table", catalogue.tables())
def test_sql_asks_neither_clock_nor_chance(table):
    tree = sqlglot.parse_one(catalogue.sql_of(table), dialect="duckdb")
    clock = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Rand)
    assert not list(tree.find_all(*clock))
    assert not re.search(r"\b(now|today|random|uuid|getdate)\s*\(", catalogue.sql_of(table), re.IGNORECASE)


@pytest.mark.parametrize("table", catalogue.tables())
def test_sql_can_be_written_in_the_dialect_of_spark(table):
    [spark] = sqlglot.transpile(catalogue.sql_of(table), read="duckdb", write="spark")
    assert len(sqlglot.parse(spark, dialect="spark")) == 1


def test_tables_can_be_ordered_and_every_source_comes_first():
    order = catalogue.order()
    assert sorted(order) == list(catalogue.tables())
    for table in order:
        assert all(order.index(source) < order.index(table) for source in catalogue.sources_of(table))


def test_a_circle_is_named(monkeypatch):
    monkeypatch.setattr(catalogue, "tables", lambda: ("hen", "egg", "regions"))
    monkeypatch.setattr(catalogue, "sources_of", lambda table: {"hen": ("egg",), "egg": ("hen",)}.get(table, ()))
    with pytest.raises(ValueError, match=r"circle among \['hen', 'egg'\]"):
        catalogue.order.__wrapped__()


def test_every_table_belongs_to_exactly_one_step_in_an_order_that_works():
    made = [table for tables in STEPS.values() for table in tables]
    assert sorted(made) == list(catalogue.tables())
    before: set[str] = set()
    for step, tables in STEPS.items():
        before |= set(tables)
        for table in tables:
            assert set(catalogue.sources_of(table)) <= before, f"{step}: {table} needs what a later step makes"


def test_every_published_table_has_the_columns_it_declares(columns):
    for table, spec in catalogue.described().items():
        if table == "revisions":  # made from two releases, not from SQL
            continue
        assert set(columns[table]) == {c["name"] for c in spec["columns"]}, table


def test_only_tables_without_a_description_are_internal(columns):
    described = set(catalogue.published())
    assert described - set(catalogue.tables()) == {"revisions"}
    for table in set(catalogue.tables()) - described:
        assert "Internal" in catalogue.sql_of(table), f"{table}.sql is not published: its first comment must say Internal"


@pytest.mark.parametrize("table", catalogue.published())
def test_a_published_table_is_described_in_chinese_and_english(table):
    spec = catalogue.published()[table]
    for text in (spec["title"], spec["description"]):
        assert CHINESE.search(text["zh"]) and not CHINESE.search(text["en"])
    names = [c["name"] for c in spec["columns"]]
    assert len(set(names)) == len(names)
    assert set(spec["key"]) <= set(names)
    assert spec.get("value", names[0]) in names
    for column in spec["columns"]:
        assert CHINESE.search(column["zh"]), column
        assert column["en"] and not CHINESE.search(column["en"]), column
        assert column["type"] in TYPES, column
        assert all(isinstance(value, str) for value in column.get("enum", ())), column
        if "min" in column or "max" in column or "unit" in column:
            assert column["type"] in ("integer", "number"), column


def test_no_two_columns_of_a_table_share_a_label():
    for table, spec in catalogue.published().items():
        for language in ("zh", "en"):
            labels = [c[language] for c in spec["columns"]]
            assert len(set(labels)) == len(labels), f"{table}: {sorted(x for x in labels if labels.count(x) > 1)}"

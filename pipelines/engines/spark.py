"""The other engine: the same SQL files on Spark, for when one machine is not enough. sqlglot writes Spark's dialect; nothing is written twice.

Only the tests ask for it so far: `make spark-test` compares it with DuckDB row by row. Needs pyspark, in an environment of its own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from transforms import catalogue, certainty
from transforms.functions import FUNCTIONS

WHOLE = "DECIMAL(38, 0)"  # of integers that are wider than 64 bits
PLAN = {"spark.sql.shuffle.partitions": "4", "spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false",
        "spark.sql.legacy.allowNegativeScaleOfDecimal": "false", "spark.sql.caseSensitive": "false"}


@cache
def _macros() -> dict[str, tuple[list[str], exp.Expression]]:
    """Our functions by name: their parameters and their one expression."""
    found = {}
    for statement in sqlglot.parse(FUNCTIONS, dialect="duckdb"):
        head = statement.this
        found[head.this.name.lower()] = [p.name for p in head.expressions], statement.expression
    return found


def _spelled_out(node: exp.Expression) -> exp.Expression:
    """A call of one of our functions becomes its expression, with what it was called with."""
    macro = _macros().get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    if macro is None:
        return node
    given = dict(zip(macro[0], node.expressions, strict=True))
    body = exp.paren(macro[1].copy())
    return body.transform(lambda n: exp.paren(given[n.name].copy()) if isinstance(n, exp.Column) and n.name in given else n).transform(_spelled_out)


def _portable(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.DataType) and node.this in (exp.DataType.Type.INT128, exp.DataType.Type.UINT128):
        return exp.DataType.build(WHOLE)
    return node


@cache
def statement(table: str) -> str:
    """The SELECT of a table in Spark's dialect."""
    tree = sqlglot.parse_one(catalogue.sql_of(table), dialect="duckdb").transform(_spelled_out).transform(_portable)
    return tree.sql(dialect="spark")


def one_by_one(name: str):
    """A statistic of `transforms.certainty` as a function of single values; None where there is none."""

    def one(chance, *numbers):
        value = float(certainty.NAMES[name]([chance], *([None if n is None else float(n)] for n in numbers))[0])
        return value if value == value else None

    return one


class Spark:
    """A local session over a folder of Parquet files, one for every source table."""

    def __init__(self, sources: Path, master: str = "local[2]"):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(master).appName("worksafety")
        for key, value in PLAN.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        for name in certainty.NAMES:
            self.session.udf.register(name, one_by_one(name), "double")
        self.sources = sources
        for path in sorted(sources.glob("*.parquet")):
            self.session.read.parquet(str(path)).createOrReplaceTempView(path.stem)

    def build(self, table: str) -> list[tuple]:
        """Make a table and leave it for those that read it; its rows, in no order.

        Raises what Spark raises, with the name of the SQL file.
        """
        try:
            frame = self._by_depth(table) if table in catalogue.RECURSIVE else self.session.sql(statement(table))
            kept = frame.localCheckpoint()
        except Exception as error:
            raise RuntimeError(f"transforms/{table}.sql: {error}") from error
        kept.createOrReplaceTempView(table)
        return [tuple(row) for row in kept.collect()]

    def _by_depth(self, table: str):
        """Deepest regions first, as in the other engine; an empty table of the right shape comes before the first turn."""
        from pyspark.sql.functions import lit

        parameters = self.session.table("parameters").localCheckpoint()
        columns = sqlglot.parse_one(f"CREATE TABLE {table} ({catalogue.RECURSIVE[table]})", dialect="duckdb").this.expressions
        schema = ", ".join(column.sql(dialect="spark") for column in columns)
        made = self.session.createDataFrame([], schema)
        deepest = self.session.sql("SELECT max(depth) FROM region_settings").collect()[0][0]
        for depth in range(deepest, -1, -1):
            made.createOrReplaceTempView(table)
            parameters.withColumn("depth", lit(depth)).createOrReplaceTempView("parameters")
            made = made.unionByName(self.session.sql(statement(table))).localCheckpoint()
        parameters.createOrReplaceTempView("parameters")
        return made

    def stop(self) -> None:
        self.session.stop()

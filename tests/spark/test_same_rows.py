"""The same SQL files give the same rows on Spark as on DuckDB. Runs where pyspark is installed: `make spark-test`."""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="pyspark 有自己的环境，请运行 make spark-test / pyspark has an environment of its own: run `make spark-test`")

from pipelines.engines.spark import Spark
from transforms import catalogue

ROWS = Path(os.environ.get("SPARK_ROWS", "build/spark"))


@pytest.fixture(scope="module")
def spark():
    if not (ROWS / "made").is_dir():
        pytest.fail(f"{ROWS}: 先运行 / first run: make spark-test")
    spark = Spark(ROWS / "sources")
    yield spark
    spark.stop()


def plain(row: tuple) -> tuple:
    """Numbers by value: an integer of one engine is a decimal of the other."""
    return tuple(Decimal(v).normalize() + 0 if isinstance(v, (int, Decimal)) and not isinstance(v, bool) else v for v in row)


@pytest.mark.parametrize("table", catalogue.order())
def test_a_table_has_the_same_rows(spark, table):
    expected = spark.session.read.parquet(str(ROWS / "made" / f"{table}.parquet"))
    names = list(expected.columns)
    wanted = Counter(plain(tuple(row)) for row in expected.collect())
    found = Counter(plain(row) for row in spark.build(table))
    assert spark.session.table(table).columns == names
    missing, more = wanted - found, found - wanted
    assert not missing and not more, (f"{sum(missing.values())} of {sum(wanted.values())} rows of DuckDB are not Spark's: "
                                      f"{sorted(missing, key=str)[:3]} but {sorted(more, key=str)[:3]}")
    # The next table reads what DuckDB made: a difference is told once, where it arises.
    expected.createOrReplaceTempView(table)


def test_there_was_something_to_compare(spark):
    """Numbers, findings and both registers."""
    for table, least in {"figures": 5_000, "indicators": 5_000, "comparisons": 1_000, "rankings": 5_000, "quality_findings": 50, "accidents": 20,
                         "major_hazards": 5}.items():
        assert spark.session.read.parquet(str(ROWS / "made" / f"{table}.parquet")).count() > least, table

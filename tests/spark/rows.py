"""What DuckDB makes of a simulated province, for Spark to be held against: `python tests/spark/rows.py FOLDER`.

FOLDER/sources has a Parquet file for every table that the transforms read, FOLDER/made one for every table that they make. Run with the
project's own environment; the comparison runs in Spark's.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {"HUGEINT": "DECIMAL(38,0)", "TIME": "VARCHAR"}  # what Spark reads from no Parquet file, as what


def write(folder: Path) -> int:
    """Simulate, take in, compute; the number of tables written."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    from pipeline.bureau import Bureau

    from pipelines.engines.warehouse import Warehouse
    from pipelines.simulate import command
    from transforms import catalogue

    shutil.rmtree(folder, ignore_errors=True)
    command.simulate(command.Plan(counties=4, zones=1, cities=2, months=3, mess=0.5, seed=3), folder / "province")
    bureau = Bureau(folder / "province", folder / "out", row_checks=True)
    with (folder / "province" / "submissions" / "received.csv").open(encoding="utf-8", newline="") as handle:
        bureau.compute(as_of=max(row["received_at"] for row in csv.DictReader(handle)))
    made = set(catalogue.tables())
    read = set().union(*(catalogue.reads(table) for table in made)) - made
    with Warehouse(folder / "out" / "warehouse.duckdb") as warehouse:
        for place, tables in (("sources", read), ("made", made)):
            (folder / place).mkdir()
            for table in sorted(tables):
                columns = warehouse.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()
                chosen = ", ".join(f'CAST("{name}" AS {PLAIN.get(kind, kind)}) AS "{name}"' for name, kind in columns)
                warehouse.con.execute(f"COPY (SELECT {chosen} FROM {table}) TO '{folder / place / table}.parquet' (FORMAT parquet)")
    return len(read) + len(made)


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))

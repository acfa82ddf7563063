"""The warehouse: one DuckDB file that holds the ledger and the append-only rows, and runs the transforms."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import duckdb

LEDGER_TABLES = {
    "ledger": """seq BIGINT, submission_id VARCHAR PRIMARY KEY, form_id VARCHAR, region_id VARCHAR, period VARCHAR, received_at TIMESTAMP,
        revision INTEGER, rejected BOOLEAN, row_count INTEGER, on_time BOOLEAN, file_sha256 VARCHAR, path VARCHAR, archived VARCHAR,
        supersedes VARCHAR""",
    "companions": """submission_id VARCHAR, form_id VARCHAR, sheet VARCHAR, "row" INTEGER, region_id VARCHAR, period VARCHAR, span VARCHAR,
        basis VARCHAR, dim1 VARCHAR, dim2 VARCHAR, dim3 VARCHAR, measure VARCHAR, kind VARCHAR, printed VARCHAR, value DECIMAL(24,6),
        state VARCHAR, cell VARCHAR""",
    "cell_notes": """submission_id VARCHAR, sheet VARCHAR, "row" INTEGER, span VARCHAR, measure VARCHAR, obs_status VARCHAR,
        qualifier VARCHAR, raw VARCHAR, remark VARCHAR""",
    "sheet_columns": "submission_id VARCHAR, sheet VARCHAR, span VARCHAR, measure VARCHAR, letter VARCHAR",
    "intake_findings": """submission_id VARCHAR, check_id VARCHAR, severity VARCHAR, form_id VARCHAR, region_id VARCHAR, period VARCHAR,
        sheet VARCHAR, cell VARCHAR, value VARCHAR, expected VARCHAR, message_zh VARCHAR, message_en VARCHAR""",
}
FIELD_TYPES = {"text": "VARCHAR", "date": "DATE", "datetime": "TIMESTAMP", "time": "VARCHAR", "flag": "BOOLEAN", "code": "VARCHAR", "region": "VARCHAR"}
SQL_TYPES = {"int": "BIGINT", "money": "DECIMAL(18,2)", "decimal": "DECIMAL(24,6)"}

# The two arithmetic rules that SQL has no exact word for, as functions of the engine: a ratio of decimals rounded on integers, half away
# from zero (四舍五入) or cut off (截尾); and the number of decimals of a value as printed.
FUNCTIONS = """
CREATE OR REPLACE MACRO ratio(numerator, denominator, decimals, mode) AS
    CASE WHEN numerator IS NULL OR denominator IS NULL OR denominator = 0 THEN NULL ELSE
    CAST(sign(CAST(numerator AS DECIMAL(38,6))) * sign(CAST(denominator AS DECIMAL(38,6))) AS DECIMAL(2,0)) * CAST(
      CAST((2 * abs(CAST(CAST(numerator AS DECIMAL(38,6)) * 1000000 AS HUGEINT)) * CAST(power(10, decimals) AS HUGEINT)
        + CASE WHEN mode = 'truncate' THEN 0 ELSE abs(CAST(CAST(denominator AS DECIMAL(38,6)) * 1000000 AS HUGEINT)) END)
        // (2 * abs(CAST(CAST(denominator AS DECIMAL(38,6)) * 1000000 AS HUGEINT))) * CAST(power(10, 6 - decimals) AS HUGEINT) AS DECIMAL(30,0))
      * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(36,6)) END;
CREATE OR REPLACE MACRO printed_decimals(printed) AS
    length(regexp_extract(printed, '\\.([0-9]+)', 1));
"""


def quote(name: str) -> str:
    """An identifier, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


class WarehouseBusy(RuntimeError):
    """Another process has the warehouse open; one writer at a time."""


class Warehouse:
    """An open DuckDB file. Use as a context manager; one writer at a time."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self.con = duckdb.connect(str(path))
        except duckdb.IOException as error:
            raise WarehouseBusy(f"{path}: 另一个 worksafety 正在使用，请等它结束 / another worksafety is using it; wait until it has finished") from error
        self.con.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
        for name, columns in LEDGER_TABLES.items():
            self.con.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        self.con.execute(FUNCTIONS)

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    @contextmanager
    def transaction(self):
        """All or nothing: rolled back when the block raises."""
        self.con.execute("BEGIN")
        try:
            yield self.con
        except BaseException:
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")

    def ensure_form_tables(self, forms) -> None:
        """A typed, append-only table for every declared form; a measure added later becomes a new column."""
        for form in forms:
            fixed = ["submission_id VARCHAR", "sheet VARCHAR", '"row" INTEGER', "region_id VARCHAR", "period VARCHAR", "span VARCHAR",
                     "basis VARCHAR"]
            dims = [f"{quote(d.id)} VARCHAR" for d in form.dimensions]
            measures = [f"{quote(m.id)} {SQL_TYPES[m.type]}" for m in form.measures]
            fields = [f"{quote(f.id)} {FIELD_TYPES[f.type]}" for f in form.fields]
            wanted = [*fixed, *dims, *measures, *fields, "note VARCHAR"]
            self.con.execute(f"CREATE TABLE IF NOT EXISTS {form.table} ({', '.join(wanted)})")
            have = {row[0] for row in self.con.execute(f"SELECT column_name FROM (DESCRIBE {form.table})").fetchall()}
            for column in wanted:
                name = column.rsplit(" ", 1)[0].strip('"')
                if name not in have:
                    self.con.execute(f"ALTER TABLE {form.table} ADD COLUMN {column}")

    def append(self, table: str, columns: list[str], rows: list[tuple]) -> None:
        """Append rows, in bulk, by column name."""
        if not rows:
            return
        import pyarrow as pa

        types = {r[0]: r[1] for r in self.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()}
        arrays = [pa.array(values, type=_arrow(types[name])) for name, values in zip(columns, zip(*rows, strict=True), strict=True)]
        batch = pa.Table.from_arrays(arrays, names=columns)
        self.con.register("incoming", batch)
        names = ", ".join(quote(c) for c in columns)
        self.con.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        self.con.unregister("incoming")

    def replace(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        """(Re)create a small table of settings from Python rows. `columns`: name -> SQL type."""
        self.con.execute(f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{quote(n)} {t}' for n, t in columns.items())})")
        self.append(table, list(columns), rows)


def _arrow(sql_type: str):
    import re

    import pyarrow as pa

    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql_type):
        return pa.decimal128(int(match[1]), int(match[2]))
    return {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
            "TIMESTAMP": pa.timestamp("us"), "DOUBLE": pa.float64()}[sql_type]

"""The warehouse: one DuckDB file that holds the ledger and the append-only rows, and runs the transforms."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.engines.schema import LEDGER_TABLES, arrow_table, form_columns

# Rules that SQL has no exact word for, as functions of the engine: a ratio of decimals rounded on integers, half away from zero (四舍五入) or
# cut off (截尾); the number of decimals of a value as printed; the level of an accident by State Council Decree 493, Article 3 (以上 includes
# the number; the highest level that any one of the three reaches; loss in yuan), and in the words of bulletins before June 2007, when 重大 was
# 3 to 9 deaths and 特大 10 and more; and the check digit of GB 32100-2015.
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
CREATE OR REPLACE MACRO accident_level(deaths, serious, loss) AS
    CASE WHEN deaths >= 30 OR serious >= 100 OR loss >= 100000000 THEN 4
      WHEN deaths >= 10 OR serious >= 50 OR loss >= 50000000 THEN 3
      WHEN deaths >= 3 OR serious >= 10 OR loss >= 10000000 THEN 2 ELSE 1 END;
CREATE OR REPLACE MACRO accident_level_before_2007(deaths) AS
    CASE WHEN deaths >= 10 THEN '特大' WHEN deaths >= 3 THEN '3' WHEN deaths IS NOT NULL THEN '1' END;
CREATE OR REPLACE MACRO credit_code_digit(code) AS
    substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (31 - CAST(list_sum(list_transform(range(17),
      lambda i: (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, CAST(i AS INTEGER) + 1, 1)) - 1)
        * [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28][i + 1])) AS INTEGER) % 31) % 31, 1);
CREATE OR REPLACE MACRO is_credit_code(code) AS
    regexp_full_match(code, '[0-9A-HJ-NP-RTUWXY]{18}') AND substr(code, 18, 1) = credit_code_digit(code);
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
        have: dict[str, set[str]] = {}
        for table, column in self.con.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall():
            have.setdefault(table, set()).add(column)
        for form in forms:
            wanted = form_columns(form)
            if form.table not in have:
                self.con.execute(f"CREATE TABLE {form.table} ({', '.join(f'{quote(name)} {kind}' for name, kind in wanted.items())})")
                continue
            for name, kind in wanted.items():
                if name not in have[form.table]:
                    self.con.execute(f"ALTER TABLE {form.table} ADD COLUMN {quote(name)} {kind}")

    def append(self, table: str, columns: list[str], rows: list[tuple]) -> None:
        """Append rows, in bulk, by column name."""
        if rows:
            types = {r[0]: r[1] for r in self.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()}
            self.append_arrow(table, arrow_table({name: types[name] for name in columns}, rows))

    def append_arrow(self, table: str, rows) -> None:
        """Append an Arrow table, by column name."""
        names = ", ".join(quote(c) for c in rows.column_names)
        self.con.register("incoming", rows)
        self.con.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        self.con.unregister("incoming")

    def replace(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        """(Re)create a small table of settings from Python rows. `columns`: name -> SQL type."""
        self.con.execute(f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{quote(n)} {t}' for n, t in columns.items())})")
        self.append(table, list(columns), rows)

"""The warehouse: one DuckDB file that holds the ledger and the append-only rows, and runs the transforms."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.engines.schema import LEDGER_TABLES, arrow_table, form_columns
from transforms import certainty
from transforms.functions import FUNCTIONS


def _statistic(name: str):
    """A statistic of `transforms.certainty`, as a function of columns: `chance` and as many numbers as it takes."""
    def of(*columns):
        return _column(certainty.NAMES[name](*map(_values, columns)))

    return (lambda chance, a, b, c: of(chance, a, b, c)) if STATISTICS[name] == 3 else (lambda chance, a, b, c, d: of(chance, a, b, c, d))


def _values(column):
    return column.to_numpy(zero_copy_only=False) if not hasattr(column, "chunks") else column.to_numpy()


def _column(values):
    import pyarrow as pa

    return pa.array(values, from_pandas=True)  # NaN: there is none


# The statistics that the transforms ask for, with how many numbers each takes. They run on whole columns, and so are cheap only on what is distinct.
STATISTICS = {"chance_low": 3, "chance_high": 3, "chance_p_value": 4}


# Two rules of the planner cost the transforms more than they save: one copies what two branches of a SELECT read, the other groups numbers that
# nearly all differ once more before they are joined.
TOO_DEAR = "common_subplan,partial_aggregate_pushdown"
SESSION = "SET enable_progress_bar = false; SET TimeZone = 'UTC'"


def quote(name: str) -> str:
    """An identifier, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text, quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


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
        self.con.execute(f"{SESSION}; SET checkpoint_threshold = '32MB'; SET disabled_optimizers = '{TOO_DEAR}'")
        for name, columns in LEDGER_TABLES.items():
            self.con.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        self.con.execute(FUNCTIONS)
        for name, numbers in STATISTICS.items():
            self.con.create_function(name, _statistic(name), ["VARCHAR", *["DOUBLE"] * numbers], "DOUBLE", type="arrow", null_handling="special")

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    def beside(self) -> duckdb.DuckDBPyConnection:
        """One more connection to the same file, for another thread. It sees what is committed."""
        con = self.con.cursor()
        con.execute(SESSION)
        return con

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
        if rows:
            self.append_arrow(table, arrow_table(columns, rows))

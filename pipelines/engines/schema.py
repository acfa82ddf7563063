"""The tables of the warehouse that the intake appends to: their columns in SQL, and the same in Arrow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipelines.reference import Form

LEDGER_TABLES = {
    "ledger": """seq BIGINT, submission_id VARCHAR PRIMARY KEY, form_id VARCHAR, region_id VARCHAR, period VARCHAR, received_at TIMESTAMP,
        revision INTEGER, rejected BOOLEAN, row_count INTEGER, on_time BOOLEAN, file_sha256 VARCHAR, path VARCHAR, archived VARCHAR,
        supersedes VARCHAR""",
    # Beside a row of a form, whose region, period and codes are not repeated: these are many.
    "companions": """submission_id VARCHAR, form_id VARCHAR, sheet VARCHAR, "row" INTEGER, span VARCHAR, measure VARCHAR, kind VARCHAR,
        printed VARCHAR, value DECIMAL(24,6), state VARCHAR, cell VARCHAR""",
    "cell_notes": """submission_id VARCHAR, sheet VARCHAR, "row" INTEGER, span VARCHAR, measure VARCHAR, obs_status VARCHAR,
        qualifier VARCHAR, raw VARCHAR, remark VARCHAR""",
    "sheet_columns": "submission_id VARCHAR, sheet VARCHAR, span VARCHAR, measure VARCHAR, letter VARCHAR",
    "intake_findings": """submission_id VARCHAR, check_id VARCHAR, severity VARCHAR, form_id VARCHAR, region_id VARCHAR, period VARCHAR,
        sheet VARCHAR, cell VARCHAR, value VARCHAR, expected VARCHAR, message_zh VARCHAR, message_en VARCHAR""",
    # Receipts that came back: the files, and what senders answered. They stay in the house.
    "answer_files": "file_sha256 VARCHAR PRIMARY KEY, submission_id VARCHAR, received_at TIMESTAMP, path VARCHAR, archived VARCHAR",
    "answers": """submission_id VARCHAR, check_id VARCHAR, sheet VARCHAR, cell VARCHAR, answer VARCHAR, received_at TIMESTAMP,
        file_sha256 VARCHAR""",
}
FIELD_TYPES = {"text": "VARCHAR", "date": "DATE", "datetime": "TIMESTAMP", "time": "VARCHAR", "flag": "BOOLEAN", "code": "VARCHAR", "region": "VARCHAR"}
SQL_TYPES = {"int": "BIGINT", "money": "DECIMAL(18,2)", "decimal": "DECIMAL(24,6)"}


def ledger_columns(table: str) -> dict[str, str]:
    """The columns of a table of the ledger with their SQL types."""
    declared = (column.split() for column in re.split(r",\s+", LEDGER_TABLES[table]))
    return {name.strip('"'): kind for name, kind, *_ in declared}


def form_columns(form: Form) -> dict[str, str]:
    """The columns of the table that holds a form's rows, with their SQL types."""
    columns = {"submission_id": "VARCHAR", "sheet": "VARCHAR", "row": "INTEGER", "region_id": "VARCHAR", "period": "VARCHAR", "span": "VARCHAR",
               "basis": "VARCHAR"}
    columns |= {d.id: "VARCHAR" for d in form.dimensions}
    columns |= {m.id: SQL_TYPES[m.type] for m in form.measures}
    columns |= {f.id: FIELD_TYPES[f.type] for f in form.fields}
    return columns | {"note": "VARCHAR"}


def arrow_table(columns: dict[str, str], rows: list[tuple]):
    """Rows, each as long as `columns` (name -> SQL type), as an Arrow table."""
    return arrow_columns(columns, dict(zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True)))


def arrow_columns(columns: dict[str, str], values: dict[str, Sequence]):
    """Some of the columns (name -> SQL type), each with its values, or as an Arrow array of that type, as an Arrow table."""
    import pyarrow as pa

    arrays = [column if isinstance(column, pa.Array) else pa.array(column, type=arrow_type(columns[name])) for name, column in values.items()]
    return pa.Table.from_arrays(arrays, names=list(values))


@cache
def arrow_type(sql_type: str):
    """The Arrow type of an SQL type."""
    import pyarrow as pa

    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql_type):
        return pa.decimal128(int(match[1]), int(match[2]))
    return {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
            "TIMESTAMP": pa.timestamp("us"), "DOUBLE": pa.float64()}[sql_type]

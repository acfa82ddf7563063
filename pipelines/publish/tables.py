"""Computed tables as files: Parquet, CSV and workbook. The same rows give the same bytes."""

from __future__ import annotations

from pathlib import Path

from pipelines.engines.warehouse import Warehouse, quote
from pipelines.publish.disclosure import public_text
from pipelines.workbooks import save, text_cell

_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}
WORKBOOK_ROWS = 50_000


def _select(table: str, spec: dict, expressions: list[str]) -> str:
    order = ", ".join(f"{quote(k)} ASC NULLS FIRST" for k in spec["key"])
    return f"SELECT {', '.join(expressions)} FROM {table}{_where(spec)} ORDER BY {order}"


def _where(spec: dict) -> str:
    """Which rows are released (`rows` of the `.yml`)."""
    return f" WHERE {spec['rows']}" if "rows" in spec else ""


def _value(column: dict) -> str:
    name = quote(column["name"])
    return public_text(name, column["clerk_text"]) if column.get("clerk_text") else name


def arrow(warehouse: Warehouse, table: str, spec: dict):
    """The table as Arrow, with the published columns and types, sorted by its key."""
    columns = [f"CAST({_value(c)} AS {_TYPES[c['type']]}) AS {quote(c['name'])}" for c in spec["columns"]]
    return warehouse.con.sql(_select(table, spec, columns)).to_arrow_table()


def write_parquet(data, path: Path, footer: dict[str, str]) -> None:
    """One zstd Parquet file with a small footer (release, inputs, licence)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in data.schema]
    data = data.cast(pa.schema(fields)).combine_chunks()
    data = data.replace_schema_metadata({k: v for k, v in sorted(footer.items()) if v})
    pq.write_table(data, path, compression="zstd", row_group_size=100_000, version="2.6", write_page_index=True)


def write_csv(warehouse: Warehouse, table: str, spec: dict, path: Path) -> None:
    """UTF-8 with BOM for spreadsheets; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    columns = []
    for c in spec["columns"]:
        name = quote(c["name"])
        if c["type"] == "number":
            text = f"regexp_replace(regexp_replace(CAST(CAST({name} AS DECIMAL(24,6)) AS VARCHAR), '0+$', ''), '\\.$', '')"
        elif c["type"] == "string":
            public = f"({_value(c)})"
            guarded = f"regexp_matches({public}, '^[=+@\\t\\r]') OR regexp_matches({public}, '^-') AND NOT regexp_matches({public}, '^-?[0-9.,%]*$')"
            text = f"CASE WHEN {guarded} THEN '''' || {public} ELSE {public} END"
        elif c["type"] == "timestamp":
            text = f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ')"
        else:
            text = f"CAST({name} AS VARCHAR)"
        columns.append(f"{text} AS {name}")
    order = ", ".join(f"t.{quote(k)} ASC NULLS FIRST" for k in spec["key"])
    body = path.with_suffix(".body")
    warehouse.con.execute(
        f"COPY (SELECT {', '.join(columns)} FROM {table} AS t{_where(spec)} ORDER BY {order}) TO '{str(body).replace(chr(39), chr(39) * 2)}' "
        "(FORMAT csv, HEADER true)"
    )
    with path.open("wb") as target:
        target.write(b"\xef\xbb\xbf")
        target.write(body.read_bytes())
    body.unlink()


def write_workbook(tables: dict[str, tuple[dict, object]], path: Path, title: str) -> None:
    """One workbook, a sheet per table, Chinese headers over the column names; large tables are left to the CSV files."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    book.properties.creator, book.properties.title = "worksafety", title
    for name, (spec, data) in tables.items():
        if data.num_rows > WORKBOOK_ROWS:
            continue
        sheet = book.create_sheet(name[:31])
        sheet.freeze_panes = "A3"
        header = []
        for c in spec["columns"]:
            cell = text_cell(sheet, c["zh"])
            cell.font = Font(bold=True)
            header.append(cell)
        sheet.append(header)
        sheet.append([c["name"] for c in spec["columns"]])
        for row in zip(*(data.column(c["name"]).to_pylist() for c in spec["columns"]), strict=True):
            sheet.append([text_cell(sheet, v) if isinstance(v, str) else v for v in row])
    path.write_bytes(save(book))

"""Computed tables as files: Parquet, CSV and workbook. The same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.engines.warehouse import Warehouse, literal, quote
from pipelines.publish.disclosure import public_text
from pipelines.workbooks import save, text_cell

_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}
WORKBOOK_ROWS = 50_000
ROW_GROUP = 100_000  # rows that a Parquet file keeps together


def _select(table: str, spec: dict, expressions: list[str]) -> str:
    order = ", ".join(f"{quote(k)} ASC NULLS FIRST" for k in spec["key"])
    return f"SELECT {', '.join(expressions)} FROM {table}{_where(spec)} ORDER BY {order}"


def _where(spec: dict) -> str:
    """Which rows are released (`rows` of the `.yml`)."""
    return f" WHERE {spec['rows']}" if "rows" in spec else ""


def _value(column: dict) -> str:
    name = quote(column["name"])
    return public_text(name, column["clerk_text"]) if column.get("clerk_text") else name


def rows(warehouse: Warehouse, table: str, spec: dict):
    """The rows of a table with the published columns and types, sorted by its key: a relation, computed when it is read."""
    columns = [f"CAST({_value(c)} AS {_TYPES[c['type']]}) AS {quote(c['name'])}" for c in spec["columns"]]
    return warehouse.con.sql(_select(table, spec, columns))


def write_parquet(warehouse: Warehouse, table: str, spec: dict, path: Path, footer: dict[str, str], look: Callable = lambda group: None) -> int:
    """One zstd Parquet file with a small footer (release, inputs, licence), written as its rows come; returns how many they are.

    `look` sees every group of rows before it is written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = rows(warehouse, table, spec).to_arrow_reader(ROW_GROUP)
    fields = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in found.schema]
    schema = pa.schema(fields, metadata={k: v for k, v in sorted(footer.items()) if v})
    written = 0
    with pq.ParquetWriter(path, schema, compression="zstd", version="2.6", write_page_index=True) as writer:
        for group in _groups(found):
            look(group)
            writer.write_table(group.cast(schema), ROW_GROUP)
            written += group.num_rows
    return written


def _groups(batches) -> Iterator:
    """The rows of a reader as tables of ROW_GROUP rows, in whatever pieces they come."""
    import pyarrow as pa

    held = batches.schema.empty_table()
    for batch in batches:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        while held.num_rows >= ROW_GROUP:
            yield held.slice(0, ROW_GROUP).combine_chunks()
            held = held.slice(ROW_GROUP)
    if held.num_rows:
        yield held.combine_chunks()


def write_csv(warehouse: Warehouse, source: str, spec: dict, path: Path) -> None:
    """The rows of a source as they come, UTF-8 with BOM for spreadsheets; text that one would run as a formula gets an apostrophe in front.

    `source`: what follows FROM, with the columns and the texts of the released Parquet file.
    """
    names = [c["name"] for c in spec["columns"]]
    names[0] = "\ufeff" + names[0]  # the mark of the file
    columns = ", ".join(f"{_text(c)} AS {quote(name)}" for c, name in zip(spec["columns"], names, strict=True))
    warehouse.con.execute(f"COPY (SELECT {columns} FROM {source}) TO {literal(str(path))} (FORMAT csv, HEADER true)")


def _text(column: dict) -> str:
    """SQL for a column as it stands in a CSV file."""
    name = quote(column["name"])
    if column["type"] == "number":
        # Six decimals of a number that is larger would show how it is stored.
        return (f"CASE WHEN abs({name}) < 1e9 THEN rtrim(rtrim(CAST(CAST({name} AS DECIMAL(24,6)) AS VARCHAR), '0'), '.') "
                f"ELSE regexp_replace(CAST(CAST({name} AS DOUBLE) AS VARCHAR), '\\.0$', '') END")
    if column["type"] == "string":
        # What a formula begins with stands before A and is no digit: most texts are not looked at further.
        suspect = f"{name} < 'A' AND NOT {name} BETWEEN '0' AND ':'"
        formula = f"regexp_matches({name}, '^[=+@\\t\\r]') OR regexp_matches({name}, '^-') AND NOT regexp_matches({name}, '^-?[0-9.,%]*$')"
        return f"CASE WHEN {suspect} THEN CASE WHEN {formula} THEN '''' || {name} ELSE {name} END ELSE {name} END"
    if column["type"] == "timestamp":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ')"
    return f"CAST({name} AS VARCHAR)"


def write_workbook(released: dict[str, tuple[dict, Path]], path: Path, title: str) -> None:
    """One workbook, a sheet per released Parquet file, Chinese headers over the column names; large tables are left to the CSV files."""
    import openpyxl
    import pyarrow.parquet as pq
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    book.properties.creator, book.properties.title = "worksafety", title
    for name, (spec, parquet) in released.items():
        if pq.read_metadata(parquet).num_rows > WORKBOOK_ROWS:
            continue
        data = pq.read_table(parquet)
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

"""What the tests of messy files share: a text file with its envelope, the numbers and findings of a reading, a web page, an old .xls."""

from __future__ import annotations

import struct

from pipeline.bureau import CITY

ENVELOPE = {"表号": "F02", "行政区划代码": CITY, "报告期": "2015-03"}


def csv(*rows: str, **envelope: str) -> bytes:
    """A file in UTF-8; an envelope item given as None is left out."""
    items = {**ENVELOPE, **envelope}
    return ("".join(f"# {label}: {value}\n" for label, value in items.items() if value is not None) + "\n".join(rows) + "\n").encode()


def numbers(parsed) -> dict[tuple, dict[str, float]]:
    """Values by region, span and dimensions."""
    found: dict[tuple, dict[str, float]] = {}
    for row in parsed.rows:
        found.setdefault((row.region_id, row.span, *row.dims), {}).update({k: float(v) for k, v in row.values.items()})
    return found


def found(parsed) -> list[tuple[str, str]]:
    """Findings as (check id, cell)."""
    return [(f.check_id, f.cell) for f in parsed.findings]


def checks(parsed) -> set[str]:
    return {f.check_id for f in parsed.findings}


def the(parsed, check_id: str):
    """The one finding of a kind."""
    [finding] = [f for f in parsed.findings if f.check_id == check_id]
    return finding


def page(*tables: str, head: str = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">') -> str:
    """A web page as systems export it under the name .xls."""
    style = '<style>td { mso-number-format:"\\@"; } /* <table><tr><td>no</td></tr></table> */</style><script>document.write("<td>9</td>")</script>'
    return (f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>{head}<title>导出</title>{style}</head><body>'
            f"<!-- <table><tr><td>注释</td></tr></table> -->{''.join(tables)}</body></html>")


def table(*rows: list, attributes: dict[tuple[int, int], str] | None = None) -> str:
    """An HTML table; `attributes` of cells by place."""
    def cell(r: int, c: int, value: object) -> str:
        return f"<td {(attributes or {}).get((r, c), '')} class=xl24>{value}</td>"

    body = "".join("<tr height=19>" + "".join(cell(r, c, v) for c, v in enumerate(row) if v is not None) + "</tr>\n" for r, row in enumerate(rows))
    return f"<table border=0 cellpadding=0><col width=72>{body}</table>"


# --- the container and the records of an old workbook ------------------------------------------------------------------


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def compound(stream: bytes, name: str = "Workbook", size: int = 512) -> bytes:
    """A compound file with one stream, padded so that it needs no small sectors."""
    stream = stream.ljust(4096, b"\x00")
    used = -(-len(stream) // size)
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0) + _entry(name, 2, 2, len(stream))
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, used + 2), 0xFFFFFFFE]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack(f"<{len(table)}I", *table)
    assert len(fat) <= size, "one sector of the table is enough for tests"
    return header + fat.ljust(size, b"\xff") + directory.ljust(size, b"\x00") + stream.ljust(used * size, b"\x00")


def _entry(name: str, kind: int, start: int, length: int) -> bytes:
    raw = (name + "\x00").encode("utf-16-le")
    return raw.ljust(64, b"\x00") + struct.pack("<HBB", len(raw), kind, 1) + b"\xff" * 12 + bytes(36) + struct.pack("<III", start, length, 0)


def excel95(rows: list[list], code_page: int = 936, encoding: str = "gbk") -> bytes:
    """A workbook of Excel 5 to 95, whose texts are in the code page of the machine that wrote it."""
    name = "表1".encode(encoding)
    sheet = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                raw = value.encode(encoding)
                sheet += record(0x0204, struct.pack("<HHHH", r, c, 0, len(raw)) + raw)
            elif value is not None:
                sheet += record(0x0203, struct.pack("<HHHd", r, c, 0, value))
    sheet += record(0x000A)

    def globals_(position: int) -> bytes:
        return (record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0, 0)) + record(0x0042, struct.pack("<H", code_page))
                + record(0x0085, struct.pack("<IBBB", position, 0, 0, len(name)) + name) + record(0x000A))

    return compound(globals_(len(globals_(0))) + sheet, "Book")

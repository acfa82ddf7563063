"""The container of old workbooks: a small file system of sectors within the file ([MS-CFB]). No chain is followed in a circle."""

from __future__ import annotations

import struct

from pipelines.intake.limits import Unreadable

_END_OF_CHAIN = 0xFFFFFFFA  # this and higher numbers are no sectors


def workbook_stream(data: bytes) -> bytes:
    """The workbook stream of a compound file. Raises Unreadable, and struct.error or IndexError where the file ends too early."""
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise Unreadable("BROKEN_FILE", "xls: sector size")
    size = 1 << shift
    count = -(-len(data) // size)

    def sector(number: int) -> bytes:
        content = data[(number + 1) * size : (number + 2) * size]
        if len(content) < 4:
            raise Unreadable("BROKEN_FILE", "xls: sector outside the file")
        return content

    def numbers(content: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])

    def chain(start: int, table: list[int]) -> list[int]:
        found: list[int] = []
        while start < _END_OF_CHAIN:
            if len(found) > len(table):
                raise Unreadable("BROKEN_FILE", "xls: circular chain")
            found.append(start)
            start = table[start]
        return found

    directory, cutoff, mini_start, _, more, _ = struct.unpack_from("<I4xIIIII", data, 48)
    places = [n for n in numbers(data[76:512]) if n < _END_OF_CHAIN]
    seen = 0
    while more < _END_OF_CHAIN:
        seen += 1
        if seen > count:
            raise Unreadable("BROKEN_FILE", "xls: circular chain")
        *listed, more = numbers(sector(more))
        places += [n for n in listed if n < _END_OF_CHAIN]
    if len(places) > count:
        raise Unreadable("BROKEN_FILE", "xls: sector table")
    table = [n for place in places for n in numbers(sector(place))]
    listing = b"".join(map(sector, chain(directory, table)))
    entries = {}
    for at in range(0, len(listing) - 127, 128):
        length = struct.unpack_from("<H", listing, at + 64)[0]
        name = listing[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
        kind, start, bytes_long = listing[at + 66], *struct.unpack_from("<II", listing, at + 116)
        if kind in (2, 5):
            entries.setdefault("" if kind == 5 else name, (start, bytes_long))
    if "encryptedpackage" in entries:
        raise Unreadable("PASSWORD_PROTECTED")
    if not (found := entries.get("workbook") or entries.get("book")):
        raise Unreadable("UNKNOWN_FILE_TYPE", "OLE")
    start, length = found
    if length >= cutoff:
        return b"".join(map(sector, chain(start, table)))[:length]
    small = b"".join(map(sector, chain(entries[""][0], table))) if "" in entries else b""
    mini_table = [n for place in chain(mini_start, table) for n in numbers(sector(place))]
    return b"".join(small[n * 64 : n * 64 + 64] for n in chain(start, mini_table))[:length]

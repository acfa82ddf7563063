"""The parts of a workbook that is a zip archive, unpacked by us and counted while they are.

A zip archive states its sizes itself and may lie, list a part twice, let parts overlap, or say one thing at its end and another in
front of each part. So every part is unpacked here, in pieces and never beyond the limit, and what is handed on is a new archive of
the very bytes that were looked at: whoever reads it cannot see anything else.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from pipelines.intake import limits
from pipelines.intake.limits import Unreadable

_PIECE = 2**20


def unpack(data: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The wanted parts by name, in the archive's order. Raises Unreadable; parts that are not wanted are never opened."""
    if data.count(b"PK\x01\x02") > 2 * limits.MAX_ENTRIES:  # before as many objects are made of them
        raise Unreadable("FILE_TOO_LARGE", f"> {limits.MAX_ENTRIES} parts")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, struct.error, RuntimeError, OSError) as error:
        raise Unreadable("BROKEN_FILE", str(error)[:200]) from error
    if len(entries) > limits.MAX_ENTRIES:
        raise Unreadable("FILE_TOO_LARGE", f"{len(entries)} parts")
    if sum(entry.compress_size for entry in entries) > len(data):
        raise Unreadable("BROKEN_FILE", "overlapping parts")
    parts: dict[str, bytes] = {}
    left = limits.MAX_UNPACKED
    for entry in entries:
        name = entry.filename.replace("\\", "/").lstrip("/")
        if not wanted(name):
            continue
        if name in parts:
            raise Unreadable("BROKEN_FILE", f"{name[:100]}: twice")
        parts[name] = _unpacked(data, entry, left)
        left -= len(parts[name])
    return parts


def _unpacked(data: bytes, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One part, read from its own place and not beyond `left` bytes."""
    name = entry.filename[:100]
    if entry.flag_bits & 0x1:
        raise Unreadable("PASSWORD_PROTECTED")
    head = data[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise Unreadable("BROKEN_FILE", name)
    start = entry.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = data[start : start + entry.compress_size]
    if len(packed) != entry.compress_size:
        raise Unreadable("BROKEN_FILE", name)
    if entry.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        content = _inflated(packed, left, name)
    else:
        raise Unreadable("BROKEN_FILE", f"{name}: method {entry.compress_type}")
    if len(content) > left:
        raise Unreadable("FILE_TOO_LARGE", f"unpacked > {limits.MAX_UNPACKED}")
    if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise Unreadable("BROKEN_FILE", f"{name}: not what the archive says it is")
    return content


def _inflated(packed: bytes, left: int, name: str) -> bytes:
    engine = zlib.decompressobj(-15)
    pieces, size = [], 0
    try:
        while not engine.eof:
            piece = engine.decompress(packed, _PIECE)
            packed = engine.unconsumed_tail
            size += len(piece)
            if size > left:
                raise Unreadable("FILE_TOO_LARGE", f"unpacked > {limits.MAX_UNPACKED}")
            if not piece and not packed:
                break
            pieces.append(piece)
    except zlib.error as error:
        raise Unreadable("BROKEN_FILE", f"{name}: {error}") from error
    if not engine.eof:
        raise Unreadable("BROKEN_FILE", f"{name}: cut off")
    return b"".join(pieces)


def pack(parts: dict[str, bytes]) -> bytes:
    """A plain archive of these parts, nothing compressed, nothing else in it."""
    body, directory, offset = [], [], 0
    for name, content in parts.items():
        raw = name.encode()
        fields = struct.pack("<HHHHHIIIHH", 20, 0x800, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(raw), 0)
        head = b"PK\x03\x04" + fields + raw
        directory.append(b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, offset) + raw)
        body += (head, content)
        offset += len(head) + len(content)
    listing = b"".join(directory)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(parts), len(parts), len(listing), offset, 0)
    return b"".join((*body, listing, end))

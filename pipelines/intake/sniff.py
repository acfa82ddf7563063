"""What kind of file it is, by its content and never by its name, and the text of a text file: decoded strictly or not at all."""

from __future__ import annotations

import re

from pipelines.intake import limits
from pipelines.intake.limits import Unreadable

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"{\\rtf": "RTF", b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip",
            b"MIME-Version:": "MHTML"}
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# What a text in Chinese is made of: used where nothing but plausibility tells an encoding.
_PLAIN = re.compile(rf"[\t\n\r\x20-\x7e\u00a0-\u017f\u2000-\u206f\u2100-\u22ff\u2460-\u24ff\u2500-\u25ff\u3000-\u303f{_HAN}\uff01-\uff5e\uffe0-\uffe6]*")
_TAG = re.compile(r"<(?:!doctype html|html|head|body|table|meta|style|title|div|p|center)\b", re.IGNORECASE)
_CHARSET = re.compile(r"<meta[^<>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CHINESE_CHARSETS = {"utf-8", "utf8", "gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80", "utf-16", "unicode", "utf-16le", "us-ascii"}


def kind_of(data: bytes) -> str:
    """zip, xls or text; raises Unreadable for what is none of them."""
    if not data.strip():
        raise Unreadable("EMPTY_FILE")
    if len(data) > limits.MAX_BYTES:
        raise Unreadable("FILE_TOO_LARGE", f"{len(data)} > {limits.MAX_BYTES}")
    if data[:4] == b"PK\x03\x04":
        return "zip"
    if data[:8] == OLE:
        return "xls"
    for magic, name in _FOREIGN.items():
        if data.startswith(magic):
            raise Unreadable("UNKNOWN_FILE_TYPE", name)
    return "text"


def decode(data: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 with or without a byte order mark, else GB18030; strict, never lossy. Raises Unreadable."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _strict(data, "utf-16")
    if b"\x00" in data:
        return _unmarked_utf16(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if data[:3] == b"\xef\xbb\xbf":
        raise Unreadable("UNKNOWN_ENCODING", "utf-8 BOM, but not utf-8")
    if line := _line_in_utf8(data):
        raise Unreadable("MIXED_ENCODING", str(line))
    return _strict(data, "gb18030", tried="utf-8/gb18030")


def _strict(data: bytes, encoding: str, tried: str = "") -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("UNKNOWN_ENCODING", tried or encoding) from error


def _unmarked_utf16(data: bytes) -> str:
    """UTF-16 without a mark reads as plain Chinese text in one order of bytes and not in the other."""
    texts = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _PLAIN.fullmatch(text):
            texts.append(text)
    if len(texts) != 1:
        raise Unreadable("UNKNOWN_FILE_TYPE", "binary")
    return texts[0]


def _line_in_utf8(data: bytes) -> int:
    """The first line of a file in GB18030 that is Chinese in UTF-8, counted from 1; 0 when there is none: a file joined from two sources."""
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.isascii():
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if re.search(rf"[{_HAN}]{{2}}", text) and _PLAIN.fullmatch(text):
                return number
    return 0


def is_html(text: str) -> bool:
    """Whether a text is a web page. Raises Unreadable when it is XML of another kind, or a page in an encoding that was not used."""
    head = text.lstrip("\ufeff \t\r\n")[:20_000]
    if not head.startswith("<"):
        return False
    if not _TAG.search(head):
        raise Unreadable("UNKNOWN_FILE_TYPE", "XML" if head.startswith("<?xml") else "<")
    if (declared := _CHARSET.search(head)) and declared[1].lower() not in _CHINESE_CHARSETS:
        raise Unreadable("UNKNOWN_ENCODING", declared[1][:40])
    return True

"""Traditional characters as simplified ones, for looking names up. What is stored is never changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "data" / "reference" / "traditional.txt"


@cache
def _table() -> dict[int, str]:
    traditional, simple = (line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return dict(zip(map(ord, traditional), simple, strict=True))


def simplified(text: str) -> str:
    """The text in simplified characters, one for one.

    >>> simplified("靖安縣"), simplified("死亡人數")
    ('靖安县', '死亡人数')
    """
    return text if text.isascii() else text.translate(_table())

"""What looks like personal data: identity numbers, mobile and land-line telephones, e-mail, QQ and WeChat accounts.

A file that holds any of it in what would be stored is sent back, and a release that would hold any is not made.
"""

from __future__ import annotations

import re
from functools import cache

PATTERNS = {
    "身份证号 / identity number": r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])",
    "手机号 / mobile telephone": r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])",
    "固定电话 / telephone": r"(?<![0-9A-Za-z.])0\d{2,3}-\d{7,8}(?![0-9])",
    "电子邮件 / e-mail": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}",
    "QQ、微信 / account": r"(?:QQ|qq|微信|WeChat)[号:： ]*[0-9A-Za-z_-]{5,}",
}


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def kinds_in(text: str) -> list[str]:
    """The kinds of personal data that a text seems to hold, in Chinese and English."""
    if not _any_of(tuple(PATTERNS.values())).search(text):
        return []  # as nearly always
    return [name for name, pattern in PATTERNS.items() if re.search(pattern, text)]


def is_personal(text: str) -> bool:
    """Whether a text holds what looks like personal data."""
    return bool(kinds_in(text))

"""What the format of a number makes of it: a date, a time of day, a percentage."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache

from pipelines.intake.text import percentage

# Number formats of a Chinese Excel that have no text of their own in the file.
BUILT_IN = {9: "0%", 10: "0.00%", **dict.fromkeys((14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd"),
             **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), "h:mm:ss")}
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=4096)
def kind_of_format(code: str) -> str:
    """date, time, percent with its decimals (`percent2`), or nothing, for the format of a number."""
    plain = _NOT_FORMAT.sub("", code.split(";")[0]).lower()
    if plain in ("general", "g/通用格式", "@"):
        return ""
    if "%" in plain:
        return f"percent{len(re.findall('[0#?]', plain.partition('.')[2]))}"
    if re.search("[yde]", plain.replace("e+", "").replace("e-", "")) or re.search(r"m", plain) and not re.search("[hs0#]", plain):
        return "date"
    return "time" if re.search("[hs]", plain) else ""


def shown(number: float, code: str, epoch: dt.datetime) -> object:
    """A number as its format shows it where that changes what it is: a date, a time, a percentage; else the number."""
    kind = kind_of_format(code) if code else ""
    if not kind or not math.isfinite(number):
        return number
    if kind.startswith("percent"):
        return percentage(number, int(kind[7:]))
    try:
        moment = epoch + dt.timedelta(milliseconds=round(number * 86_400_000))
    except OverflowError:
        return number
    if kind == "time" and 0 <= number < 1:
        return moment.time()
    return moment.date() if moment.time() == dt.time() else moment

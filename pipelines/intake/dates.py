"""Dates, times of day and months as clerks write them (M09 of the messy-file catalogue)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from pipelines.intake.numerals import chinese_number
from pipelines.intake.text import text_of

_DATE = re.compile(r"^(\d{4}|\d{2})[-/.年。、\\](\d{1,2})[-/.月。、\\](\d{1,2})[日号]?$", re.ASCII)
_MONTH_DAY = re.compile(r"^(\d{1,2})月(\d{1,2})[日号]$", re.ASCII)
_COMPACT = re.compile(r"^(19|20)\d{6}$", re.ASCII)
_SERIAL = re.compile(r"^\d{5}(\.\d+)?$", re.ASCII)
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?$")
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十廿卅]+(?=[年月日号])")
_TIME = re.compile(r"^(上午|下午|凌晨|早上|中午|晚上|晚)?(\d{1,2})(?:[:时点](?:(\d{1,2})(?:[:分]\d{0,2}秒?)?分?|(半))?|[时点])(?:许|左右)?$", re.ASCII)
_EPOCH = dt.datetime(1899, 12, 30)  # day 0 of a spreadsheet's serial dates
_SERIALS = range(20_000, 60_000)  # 1954 to 2064
_DECADES = 10  # a year of two digits is believed within so many years of the period


def _squeezed(text: str) -> str:
    """No white space, Chinese numerals before 年, 月 and 日 in digits, no day of the week behind."""
    text = _WEEKDAY.sub("", re.sub(r"\s+", "", text))
    return _NUMERAL.sub(lambda found: str(chinese_number(found[0]) if chinese_number(found[0]) is not None else found[0]), text)


def read_date(value: object, period: str = "") -> dt.date | None:
    """A date as clerks write it; None when it is not one, or only a month.

    2015年3月1日, 二〇一五年三月一日, 2015.3.1, 2015-03-01, 15/3/1, 20150301, a spreadsheet's serial number (42064), and 3月1日, whose year is
    the period's. A time of day behind the date is left out.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = text_of(value)
    try:
        day = _date(_squeezed(text), period)
        if day is None and (parts := re.split(r"[T\s]+|(?<=[日号])", text, maxsplit=1)) and len(parts) == 2 and read_time(parts[1]) is not None:
            day = _date(_squeezed(parts[0]), period)
    except ValueError:
        return None
    return day


def _date(text: str, period: str) -> dt.date | None:
    """Raises ValueError for a day that does not exist."""
    if match := _DATE.match(text):
        year = int(match[1])
        if len(match[1]) == 2:
            year += 2000
            if re.match(r"\d{4}", period) and abs(year - int(period[:4])) > _DECADES:
                return None
        return dt.date(year, int(match[2]), int(match[3]))
    if _COMPACT.match(text):
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if (match := _MONTH_DAY.match(text)) and re.match(r"\d{4}", period):
        return dt.date(_year_of(int(match[1]), period), int(match[1]), int(match[2]))
    if _SERIAL.match(text) and int(float(text)) in _SERIALS:
        return _EPOCH.date() + dt.timedelta(days=int(float(text)))
    return None


def _year_of(month: int, period: str) -> int:
    """The year in which a month lies in a period: in 2016-11..2017-02 February is of 2017. Raises ValueError where it does not lie in it."""
    if ".." not in period:
        return int(period[:4])
    first, last = period.split("..")
    for year in range(int(first[:4]), int(last[:4]) + 1):
        if first <= f"{year:04d}-{month:02d}" <= last:
            return year
    raise ValueError(period)


def read_time(value: object) -> str | None:
    """A time of day as HH:MM; None when it is not one."""
    if isinstance(value, dt.datetime | dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, float) and 0 <= value < 1:
        minutes = round(value * 1440)
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    match = _TIME.match(re.sub(r"\s+", "", text_of(value)))
    if not match:
        return None
    hour, minute = int(match[2]), 30 if match[4] else int(match[3] or 0)
    if match[1] in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def read_datetime(value: object, period: str = "") -> dt.datetime | None:
    """A date with a time of day; a bare date is its midnight. None when it is neither."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, float) and int(value if value == value and abs(value) < 10**6 else 0) in _SERIALS:
        return _EPOCH + dt.timedelta(minutes=round(value * 1440))
    text = unicodedata.normalize("NFKC", value).strip().lstrip("'") if isinstance(value, str) else text_of(value)
    day = read_date(text, period) if not re.search(r"\d[:时点]", text) else None
    if day is not None:
        return dt.datetime.combine(day, dt.time())
    for match in re.finditer(r"T|\s+|(?<=[日号])", text):
        try:
            day, clock = _date(_squeezed(text[: match.start()]), period), read_time(text[match.end() :])
        except ValueError:
            continue
        if day is not None and clock:
            return dt.datetime.combine(day, dt.time.fromisoformat(clock))
    return None

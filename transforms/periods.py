"""Reporting periods: `2015`, `2015Q3`, `2015H1`, `2015-03`, or a span `2015-01..2015-10`. Pure functions, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_MONTH = re.compile(r"^(\d{4})[-./年]?(\d{1,2})月?(?:份)?$", re.ASCII)
_CN_SPAN = re.compile(r"^(\d{4})年(\d{1,2})月?[-—–~至到](?:(\d{4})年)?(\d{1,2})月(?:份)?$", re.ASCII)
YEARS = range(1949, 2200)  # a year outside is a slip of the pen


@dataclass(frozen=True)
class Period:
    """A stretch of whole months; `start` and `end` count months since year 0 (year * 12 + month - 1)."""

    start: int
    end: int

    @property
    def span(self) -> str:
        """month, quarter, half, year, ytd (from January on) or range (any other stretch)."""
        months, first = self.end - self.start + 1, self.start % 12
        if months == 1:
            return "month"
        if first == 0 and months == 12:
            return "year"
        if months == 3 and first % 3 == 0 and first:
            return "quarter"
        if months == 6 and first == 6:
            return "half"
        if first == 0 and months < 12:
            return "ytd"
        return "range"

    def __str__(self) -> str:
        return f"{_month(self.start)}..{_month(self.end)}"


def _month(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


@lru_cache(maxsize=1 << 12)
def month_index(text: str) -> int:
    """`2015-03` as a month count. Raises ValueError when it is not a month."""
    match = _MONTH.match(text.strip())
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(text)
    return int(match[1]) * 12 + int(match[2]) - 1


def parse(text: object) -> tuple[str, str]:
    """(period, span) as stored: a year-to-date span is named by its last month, an odd span by itself.

    >>> parse("2015-01..2015-10")
    ('2015-10', 'ytd')
    >>> parse("2015年3月"), parse("2015Q3"), parse("2015"), parse("2016-11..2017-02")
    (('2015-03', 'month'), ('2015Q3', 'quarter'), ('2015', 'year'), ('2016-11..2017-02', 'range'))

    Raises ValueError naming the text when it is none of these forms.
    """
    raw = re.sub(r"\s+", "", str(text)).upper().replace("年度", "年")
    if not re.match(r"[0-9]{4}", raw) or int(raw[:4]) not in YEARS:
        raise ValueError(str(text))
    if re.fullmatch(r"\d{4}(?:\.0)?年?", raw):
        return raw[:4], "year"
    if match := re.fullmatch(r"(\d{4})年?-?(?:(?:Q|第)([1-4一二三四])(?:季度?)?|([1-4一二三四])季度?)", raw):
        quarter = "一二三四".find(match[2] or match[3]) + 1 or int(match[2] or match[3])
        return f"{match[1]}Q{quarter}", "quarter"
    if match := re.fullmatch(r"(\d{4})年?(?:H([12])|([上下])半年)", raw):
        return f"{match[1]}H{match[2] or '上下'.index(match[3]) + 1}", "half"
    if match := _CN_SPAN.match(raw):
        first, last = month_index(f"{match[1]}-{match[2]}"), month_index(f"{match[3] or match[1]}-{match[4]}")
    elif ".." in raw:
        left, right = raw.split("..", 1)
        first, last = month_index(left), month_index(right)
    else:
        first = last = month_index(raw)
    if last < first or last // 12 not in YEARS:
        raise ValueError(str(text))
    period = Period(first, last)
    name = {"month": _month(last), "ytd": _month(last), "year": f"{first // 12}", "range": str(period)}
    if period.span == "quarter":
        return f"{first // 12}Q{first % 12 // 3 + 1}", "quarter"
    if period.span == "half":
        return f"{first // 12}H{first % 12 // 6 + 1}", "half"
    return name[period.span], period.span


@lru_cache(maxsize=4096)
def months_of(period: str, span: str = "") -> Period:
    """First and last month of a stored period. A year-to-date period starts in January."""
    if ".." in period:
        left, right = period.split("..")
        return Period(month_index(left), month_index(right))
    if re.fullmatch(r"\d{4}", period):
        return Period(int(period) * 12, int(period) * 12 + 11)
    if "Q" in period:
        year, quarter = period.split("Q")
        first = int(year) * 12 + (int(quarter) - 1) * 3
        return Period(first, first + 2)
    if "H" in period:
        year, half = period.split("H")
        first = int(year) * 12 + (int(half) - 1) * 6
        return Period(first, first + 5)
    last = month_index(period)
    return Period(last // 12 * 12 if span == "ytd" else last, last)


def end_month(period: str) -> str:
    """Last month of a period as `YYYY-MM`."""
    return _month(months_of(period).end)


def shift(period: str, span: str, kind: str) -> str | None:
    """The base period of a comparison: the same stretch a year before (yoy), or the stretch just before (mom).

    A year-to-date, yearly or odd stretch has no `mom`; a stock is compared with the stock one reporting step before.
    """
    if kind == "yoy":
        return re.sub(r"\d{4}(?=$|[-QH])", lambda m: f"{int(m[0]) - 1:04d}", period)
    if span in ("ytd", "year", "range") or ".." in period:
        return None
    months = months_of(period)
    length = months.end - months.start + 1
    if length == 12:
        return None
    before = Period(months.start - length, months.end - length)
    if "Q" in period:
        return f"{before.start // 12}Q{before.start % 12 // 3 + 1}"
    if "H" in period:
        return f"{before.start // 12}H{before.start % 12 // 6 + 1}"
    return _month(before.end)


def from_january(period: str, span: str) -> list[str]:
    """The names under which what accumulated over a stretch from January on may have been reported, in the order in which they count.

    >>> from_january("2015-06", "ytd"), from_january("2015Q1", "quarter"), from_january("2015Q2", "quarter"), from_january("2015", "year")
    (['2015-06', '2015H1'], ['2015-03', '2015Q1'], [], [])
    """
    months = months_of(period, span)
    if months.start % 12 or months.end - months.start > 10 or span == "stock":
        return []
    year, month = months.start // 12, months.end % 12 + 1
    return [f"{year:04d}-{month:02d}", *({3: [f"{year:04d}Q1"], 6: [f"{year:04d}H1"]}.get(month, []))]


def made_of(numbers: list[dict], period: str, span: str, state: bool = False) -> list[dict]:
    """Which of a measure's reported numbers (each with `period` and `span`) a number for a longer stretch is made of.

    One of the same months under another name (June's year to date is the half year); otherwise the quarters and months inside, and of a state
    only the one that ends with it.

    >>> months = [{"period": f"2015-0{n}", "span": "month"} for n in range(1, 7)]
    >>> [n["period"] for n in made_of(months, "2015Q2", "quarter")], [n["period"] for n in made_of(months, "2015Q2", "quarter", state=True)]
    (['2015-04', '2015-05', '2015-06'], ['2015-06'])
    >>> [n["span"] for n in made_of([*months, {"period": "2015-06", "span": "ytd"}], "2015H1", "half")]
    ['ytd']
    """
    exact = [n for n in numbers if (n["period"], n["span"]) == (period, span)]
    if exact or span == "stock":
        return exact
    wanted = months_of(period, span)
    spread = [(months_of(n["period"], n["span"]), n) for n in numbers if n["span"] != "stock"]
    same = [n for months, n in spread if months == wanted]
    parts = [(m, n) for m, n in spread if n["span"] in ("month", "quarter") and wanted.start <= m.start and m.end <= wanted.end]
    if state:
        parts = sorted(((m, n) for m, n in parts if m.end == wanted.end), key=lambda part: -part[0].start)[:1]
    quarters = [m for m, n in parts if n["span"] == "quarter"]
    return same or [n for m, n in parts if n["span"] == "quarter" or not any(q.start <= m.start <= q.end for q in quarters)]

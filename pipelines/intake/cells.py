"""What a clerk wrote in one cell: a number, its qualifier and its status. Nothing is repaired silently.

Rules M06 to M13, M18, M19 and M25 of the messy-file catalogue; qualifiers as in the data dictionary.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

NOT_APPLICABLE = {"—", "-", "--", "——", "–", "/", "\\", "×", "NA", "N/A", "n/a", "na", "不适用", "…"}
ZERO_WORDS = {"无", "零", "未发生", "未开展", "没有", "〇"}
UNITS = (
    "家次 人次 户次 起次 亿元 万元 元 起 人 家 个 项 条 次 期 份 部 处 名 户 例 辆 吨 万吨 批次 场次 级 台 册 张 支 所 座 宗 件 "
    "分 位 亿美元 人/亿元 人/10万人 人/万车 人/百万吨"
).split()
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "廿": 20, "卅": 30}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_MAGNITUDE = {"万": 10**4, "亿": 10**8, "百万": 10**6, "千万": 10**7}
_PREFIX = {"约": "approx", "大约": "approx", "近": "le", "不足": "le", "≤": "le", "<=": "le", "超过": "ge", "逾": "ge",
           "至少": "ge", "不少于": "ge", "≥": "ge", ">=": "ge", ">": "ge"}
_SUFFIX = {"余": "ge", "多": "ge", "以上": "ge", "以内": "le", "左右": "approx", "+": "ge"}
_PREFIXES, _SUFFIXES = (sorted(words, key=len, reverse=True) for words in (_PREFIX, _SUFFIX))
_MASK = re.compile(r"\*|[xX]{2,}|×{2,}|■|□|\?{2,}")
_RECOVERED = {"推算", "recovered"}
_FORMULA_ERRORS = {"#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"}
_REMARK = re.compile(r"^(.*?)\(([^()]*)\)$")
_NUMBER = re.compile(r"^([-+]?(?:\d+(?:\.\d*)?|\.\d+))(百万|千万|万|亿)?(余|多|以上|以内|左右|\+)?([^\d]*)$", re.ASCII)
_FOOTNOTE = re.compile(r"[¹²³⁰-⁹₀-₉①-⑳❶-❿]+")  # NFKC would make them digits of the number they stand behind
_CHINESE = re.compile(r"^([零〇一二两三四五六七八九十百千廿卅]+)(百万|千万|万|亿)?(余|多|以上|以内|左右)?([^\d]*)$")


@dataclass(frozen=True)
class Cell:
    """A cell as read. `status`: blank, value, not_applicable, masked or error; `problem` is a check id of the message catalogue."""

    status: str
    value: Decimal | None = None
    qualifier: str = "exact"
    raw: str = ""
    remark: str = ""
    unit: str = ""
    problem: str = ""


BLANK = Cell("blank")


def text_of(value: object) -> str:
    """A cell as normalised text: NFKC, trimmed, no apostrophe in front; a float as a spreadsheet shows it, to 15 digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        text = format(value, ".15g")
        return f"{Decimal(text):f}" if "e" in text else text
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()[:10]
    text = str(value)
    return _folded(text) if len(text) <= 64 else _folded.__wrapped__(text)


@lru_cache(maxsize=1 << 14)
def _folded(text: str) -> str:
    dashed = text.replace("\u2014", "—").replace("\u2026", "…")
    return unicodedata.normalize("NFKC", dashed).replace("...", "…").strip().lstrip("'").strip()


def chinese_number(text: str) -> int | None:
    """一千二百 -> 1200, 十三 -> 13, 二〇一五 -> 2015; None when it is not a Chinese numeral."""
    if not 0 < len(text) <= 20 or any(c not in _DIGITS and c not in _PLACES for c in text):
        return None
    if not any(c in _PLACES or c in "廿卅" for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in "廿卅":
            total += _DIGITS[c]
        elif c in _PLACES:
            total += (digit or 1) * _PLACES[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


def plain(value: object, whole: bool, money_unit: str = "") -> Decimal | None:
    """What `read` makes of a cell that holds a number and nothing else, as nearly all do; None where `read` has to look at it.

    `whole`: only a whole number is plain.
    """
    if type(value) is float:
        if not 0 <= value < 1e10:
            return None
        if value.is_integer():
            number = Decimal(int(value))
        elif whole:
            return None
        else:
            number = Decimal(format(value, ".15g"))
    elif type(value) is str and len(value) <= 10 and value.isdecimal() and value.isascii():
        number = Decimal(value)
    else:
        return None
    return number * 10**4 if money_unit == "万元" else number


def read(value: object, money_unit: str = "") -> Cell:
    """Read one numeric cell.

    `money_unit` is 元 or 万元 for a money column (what a bare number in it means); the value comes back in yuan.
    Never raises: what cannot be read has status `error` and names the problem.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    mark = ""
    if isinstance(value, str) and (found := _FOOTNOTE.search(value)):
        value, mark = value[: found.start()], value[found.start() :].strip()
    bare = text_of(value)
    raw = bare + mark
    if not raw:
        return BLANK
    if bare.upper() in _FORMULA_ERRORS:
        return Cell("error", raw=raw, problem="FORMULA_ERROR")
    if bare in NOT_APPLICABLE:
        return Cell("not_applicable", raw=raw, remark=mark)
    if bare in ZERO_WORDS:
        return Cell("value", Decimal(0), raw=raw, remark=mark)
    text = re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", re.sub(r"\s+", " ", bare))
    remark = mark
    if match := _REMARK.match(text):
        text, remark = match[1].strip(), match[2].strip() or mark
        if not text:
            return Cell("error", raw=raw, problem="NEGATIVE_VALUE" if re.fullmatch(r"[\d.]+", remark) else "NOT_A_NUMBER")
    if re.search(r"\d \d", text) or mark and not _FOOTNOTE.fullmatch(mark):
        return Cell("error", raw=raw, problem="NOT_A_NUMBER")
    text = text.replace(" ", "")
    if re.fullmatch(r"\d[\d.]*\*+", text):
        text, remark = text.rstrip("*"), remark or "*"
    if _MASK.search(text):
        return Cell("masked", qualifier="masked", raw=raw)
    qualifier = "exact"
    for prefix in _PREFIXES:
        if text.startswith(prefix):
            text, qualifier = text[len(prefix):], _PREFIX[prefix]
            break
    match = _NUMBER.match(text)
    if match:
        number = Decimal(match[1])
    elif (match := _CHINESE.match(text)) and (count := chinese_number(match[1])) is not None:
        number = Decimal(count)
    else:
        return Cell("error", raw=raw, problem="NOT_A_NUMBER")
    magnitude, suffix, unit = match[2], match[3], match[4].strip("。,;")
    for word in _SUFFIXES:  # 20批次余, 2400人以上
        if unit.endswith(word):
            unit, suffix = unit[: -len(word)], suffix or word
        elif unit.startswith(word):
            unit, suffix = unit[len(word):], suffix or word
    percent = unit in ("%", "个百分点")
    if unit and not percent and unit not in UNITS:
        return Cell("error", raw=raw, problem="NOT_A_NUMBER")
    if suffix:
        qualifier = _SUFFIX[suffix]
    if magnitude and not money_unit:
        factor = _MAGNITUDE[magnitude]
        decimals = -int(number.as_tuple().exponent)
        number *= factor
        if qualifier == "exact":
            qualifier = f"rounded(10^{len(str(factor)) - 1 - decimals})"
    if money_unit:
        if magnitude or unit == "元":
            resolution = len(str(_MAGNITUDE[magnitude])) - 1 + int(number.as_tuple().exponent) if magnitude else 0
            number *= _MAGNITUDE[magnitude] if magnitude else 1
            if qualifier == "exact" and resolution > 4:  # coarser than the 万元 in which money is published
                qualifier = f"rounded(10^{resolution - 4})"
        else:
            number *= 10**4 if money_unit == "万元" else 1
        unit = "" if unit == "元" else unit
    if remark in _RECOVERED:
        qualifier = "recovered"
    return Cell("value", number, qualifier, raw, remark, unit)


def read_text(value: object, limit: int = 500) -> str:
    """A free-text cell: normalised, control characters dropped, cut at `limit` characters."""
    text = "".join(c for c in text_of(value) if c.isprintable())
    return text[:limit]


_DATE = re.compile(r"^(\d{4}|\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_MONTH_DAY = re.compile(r"^(\d{1,2})月(\d{1,2})日$")
_TIME = re.compile(r"^(\d{1,2})[:时](\d{1,2})(?:[:分]\d{0,2}秒?)?分?$")
_EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet's serial dates
_FLAGS = {"是": True, "有": True, "y": True, "yes": True, "true": True, "1": True, "√": True, "✓": True, "已落实": True,
          "否": False, "无": False, "没有": False, "n": False, "no": False, "false": False, "0": False, "×": False, "未落实": False}


def read_date(value: object, period: str = "") -> dt.date | None:
    """A date as clerks write it; None when it is not one.

    2015年3月1日, 2015.3.1, 2015-03-01, 15/3/1, 20150301, a spreadsheet's serial number (42064) and 3月1日, whose year is the period's.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = re.sub(r"\s+", "", text_of(value))
    try:
        if match := _DATE.match(text):
            year = int(match[1]) + (2000 if len(match[1]) == 2 else 0)
            return dt.date(year, int(match[2]), int(match[3]))
        if re.fullmatch(r"(19|20)\d{6}", text):
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if (match := _MONTH_DAY.match(text)) and re.match(r"\d{4}", period):
            return dt.date(int(period[:4]), int(match[1]), int(match[2]))
        if re.fullmatch(r"\d{5}(\.0+)?", text) and 20_000 < float(text) < 60_000:
            return _EPOCH + dt.timedelta(days=int(float(text)))
        return dt.datetime.fromisoformat(text).date() if re.match(r"\d{4}-\d\d-\d\dT", text) else None
    except ValueError:
        return None


def read_time(value: object) -> str | None:
    """A time of day as HH:MM; None when it is not one."""
    if isinstance(value, (dt.datetime, dt.time)):
        return f"{value:%H:%M}"
    if isinstance(value, float) and 0 <= value < 1:
        minutes = round(value * 1440)
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    match = _TIME.match(re.sub(r"\s+", "", text_of(value)))
    return f"{int(match[1]):02d}:{int(match[2]):02d}" if match and int(match[1]) < 24 and int(match[2]) < 60 else None


def read_datetime(value: object, period: str = "") -> dt.datetime | None:
    """A date with a time of day; a bare date is its midnight. None when it is neither."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, float) and 20_000 < value < 60_000:
        return dt.datetime.combine(_EPOCH, dt.time()) + dt.timedelta(minutes=round(value * 1440))
    text = str(value).strip() if isinstance(value, str) else text_of(value)
    parts = re.split(r"[T\s]+|(?<=日)", unicodedata.normalize("NFKC", text).strip(), maxsplit=1)
    day = read_date(parts[0], period)
    if day is None:
        return None
    if len(parts) == 1 or not parts[1].strip():
        return dt.datetime.combine(day, dt.time())
    clock = read_time(parts[1])
    return dt.datetime.combine(day, dt.time.fromisoformat(clock)) if clock else None


def read_flag(value: object) -> bool | None:
    """Yes or no; None when it is neither."""
    return value if isinstance(value, bool) else _FLAGS.get(text_of(value).lower())


_PRINTED = re.compile(r"^(?:(上升|增长|增加|上涨|同比多|多|提高|\+|↑)|(下降|减少|降低|少|同比少|↓|-|−))?([\d.]+)(%|个百分点|人|起|家)?$")


def read_printed(value: object) -> tuple[str, Decimal | None, str]:
    """A derived value as printed: (text, number, state) with state value, dash, level (持平), masked or unreadable.

    上升5.2% reads +5.2, 下降5.2% reads -5.2; a ratio typed 0.9595 stays 0.9595: the scale is judged against the recomputed value.
    """
    text = text_of(_FOOTNOTE.sub("", value) if isinstance(value, str) else value)
    if type(value) is float and math.isfinite(value):
        return text, Decimal(text), "value"
    if not text:
        return "", None, "blank"
    if text in NOT_APPLICABLE:
        return text, None, "dash"
    if text.rstrip("%") in ("持平", "同比持平", "环比持平"):
        return text, Decimal(0), "level"
    bare = re.sub(r"\s|,(?=\d{3})", "", text).replace("−", "-")
    if _MASK.search(bare):
        return text, None, "masked"
    bare = re.sub(r"^(同比|环比)", "", bare)
    if match := _PRINTED.match(bare):
        try:
            number = Decimal(match[3])
        except InvalidOperation:
            return text, None, "unreadable"
        return text, -number if match[2] else number, "value"
    cell = read(bare)
    if cell.status == "value":
        return text, cell.value, "value"
    return text, None, "unreadable"

"""What a clerk wrote in one cell: a number, its qualifier and its status. Nothing is repaired silently.

Rules M06 to M13, M18, M19, M22 and M25 of the messy-file catalogue; qualifiers as in the data dictionary. Dates are in `dates`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from pipelines.intake.dates import read_date, read_datetime, read_time
from pipelines.intake.numerals import CHARACTERS, chinese_decimal, chinese_number
from pipelines.intake.text import Percentage, number_text, text_of

__all__ = ["BLANK", "MONEY", "NOT_COMPUTED", "UNITS", "Cell", "all_counts", "chinese_number", "formula_problem", "plain", "printed_number", "read", "read_date", "read_datetime", "read_flag", "read_printed",
           "read_text", "read_time", "text_of"]

NOT_APPLICABLE = {"—", "-", "--", "——", "–", "/", "//", "\\", "×", "NA", "N/A", "n/a", "na", "不适用", "…", "―", "─"}
ZERO_WORDS = {"无", "零", "未发生", "没有发生", "未开展", "没有", "〇"}
NOT_REPORTED = {"未统计", "未报", "未上报", "缺报", "暂缺", "暂无", "暂无数据", "无数据", "不详"}
UNITS = (
    "家次 人次 户次 起次 亿元 万元 千元 元 起 人 家 个 项 条 次 期 份 部 处 名 户 例 辆 吨 万吨 批次 场次 级 台 册 张 支 所 座 宗 件 "
    "分 位 亿美元 人/亿元 人/10万人 人/万车 人/百万吨"
).split()
MONEY = {"元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "亿元": 10**8}  # units in which a column or a file may give money
NOT_COMPUTED = "#NOT_COMPUTED!"  # stands where a file holds a formula without its value
_MAGNITUDE = {"百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11,
              "万亿": 10**12}
_PREFIX = {"约": "approx", "大约": "approx", "近": "le", "不足": "le", "不到": "le", "少于": "le", "小于": "le", "低于": "le", "不超过": "le", "至多": "le", "≤": "le",
           "<=": "le", "<": "le", "超过": "ge", "逾": "ge", "多于": "ge", "大于": "ge", "至少": "ge", "不少于": "ge", "≥": "ge", ">=": "ge", ">": "ge"}
_PREFIXED = re.compile("|".join(sorted(map(re.escape, _PREFIX), key=len, reverse=True)))
_SUFFIX = {"余": "ge", "多": "ge", "以上": "ge", "以内": "le", "以下": "le", "左右": "approx", "+": "ge"}
_MASK = re.compile(r"\*|[xX]{2,}|×{2,}|■|□|\?{2,}")
_RECOVERED = {"推算", "recovered"}
_FORMULA_ERRORS = {"#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
_BRACKETS = str.maketrans("[【〔「{]】〕」}", "((((()))))")
_REMARK = re.compile(r"^([^()]*)((?:\((?:[^()]|\([^()]*\))*\))+)$")
_COMMA_REMARK = re.compile(r"^([^,;]{1,30})[,;]\s*((?:其中|含|包括|包含|不含|另有|较大|重大).*)$")
_NUMBER = re.compile(r"^([-+]?(?:\d+(?:\.\d*)?|\.\d+))(万亿|千亿|百亿|十亿|千万|百万|十万|亿|万|千|百)?(余|多|以上|以内|以下|左右|\+)?([^\d]*)$", re.ASCII)
_FOOTNOTE = re.compile(r"[¹²³⁰-⁹₀-₉①-⑳❶-❿]+")  # NFKC would make them digits of the number they stand behind
_CHINESE = re.compile(rf"^([{CHARACTERS}点]+)(余|多|以上|以内|以下|左右)?([^\d]*)$")
_PLAIN = re.compile(r"^\d{1,15}(?:\.\d{1,6})?$", re.ASCII)
_FLAGS = {"是": True, "有": True, "y": True, "yes": True, "true": True, "t": True, "1": True, "√": True, "✓": True, "✔": True, "☑": True, "对": True, "已": True,
          "已落实": True, "落实": True, "否": False, "无": False, "没有": False, "n": False, "no": False, "false": False, "f": False, "0": False, "×": False, "✗": False,
          "✘": False, "☐": False, "□": False, "错": False, "未": False, "不是": False, "未落实": False, "没有落实": False}


class Cell(NamedTuple):
    """A cell as read. `status`: blank, value, not_applicable, masked or error; `problem` is a check id of the message catalogue."""

    status: str
    value: Decimal | None = None
    qualifier: str = "exact"
    raw: str = ""
    remark: str = ""
    unit: str = ""
    problem: str = ""


BLANK = Cell("blank")


def formula_problem(text: str) -> str:
    """The check id for a text that stands for a formula without a result; empty for any other."""
    if not text.startswith("#"):
        return ""
    return "FORMULA_NOT_COMPUTED" if text == NOT_COMPUTED else "FORMULA_ERROR" if text.upper() in _FORMULA_ERRORS else ""


def plain(value: object, whole: bool, money_unit: str = "") -> int | Decimal | None:
    """What `read` makes of a cell that holds a number and nothing else, as nearly all do; None where `read` has to look at it.

    `whole`: only a whole number is plain, and comes as int.
    """
    if type(value) is float:
        if not 0 <= value < 1e10:
            return None
        if value.is_integer():
            number = int(value)
        elif whole:
            return None
        else:
            number = Decimal(format(value, ".15g"))
    elif type(value) is str and len(value) <= 10 and value.isdecimal() and value.isascii():
        number = int(value)
    else:
        return None
    if whole:
        return number
    return Decimal(number) * MONEY.get(money_unit, 1)


def all_counts(values: Sequence[object]) -> Sequence[int] | None:
    """What `plain` makes of cells that all hold whole numbers, as those of nearly all lines do; None where one of them does not."""
    if {*map(type, values)} != {float} or not (min(values) >= 0 and max(values) < 1e10):
        return None
    try:
        counts = [*map(int, values)]
    except ValueError:  # not a number
        return None
    return counts if counts == [*values] else None


def read(value: object, money_unit: str = "") -> Cell:
    """Read one numeric cell.

    `money_unit` is a key of MONEY for a money column (what a bare number in it means); the value comes back in yuan.
    Never raises: what cannot be read has status `error` and names the problem.
    """
    if type(value) is float and math.isfinite(value) or type(value) is int and abs(value) < 10**18:
        raw = text_of(value) if type(value) is float else str(value)
        return Cell("value", Decimal(raw) * MONEY.get(money_unit, 1), raw=raw)
    if type(value) is Percentage and math.isfinite(value.number):  # a count in a cell that shows per cent: the number is sure, the format is not
        return Cell("value", Decimal(text_of(value.number)) * MONEY.get(money_unit, 1), raw=str(value), unit="%")
    mark = ""
    if isinstance(value, str) and (found := _FOOTNOTE.search(value)):
        value, mark = value[: found.start()], value[found.start() :].strip()
    bare = text_of(value)
    raw = bare + mark
    if not raw:
        return BLANK
    if _PLAIN.match(raw):
        return Cell("value", Decimal(raw) * MONEY.get(money_unit, 1), raw=raw)
    if problem := formula_problem(bare):
        return Cell("error", raw="" if bare == NOT_COMPUTED else raw, problem=problem)
    if bare in NOT_APPLICABLE:
        return Cell("not_applicable", raw=raw, remark=mark)
    if bare in ZERO_WORDS:
        return Cell("value", Decimal(0), raw=raw, remark=mark)
    if bare in NOT_REPORTED:
        return Cell("blank", raw=raw)
    text = re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", re.sub(r"\s+", " ", bare)).translate(_BRACKETS)
    text = re.sub(r"^[−–](?=[\d.])", "-", text)
    remark = mark
    if (match := _REMARK.match(text)) or (match := _COMMA_REMARK.match(text)):
        text, remark = match[1].strip(), re.sub(r"^\(|\)$", "", match[2]).strip() or mark
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
    if prefix := _PREFIXED.match(text):
        text, qualifier = text[prefix.end() :], _PREFIX[prefix[0]]
    magnitude = ""
    if match := _NUMBER.match(text):
        number, magnitude, suffix, unit = Decimal(match[1]), match[2] or "", match[3], match[4]
    elif match := _CHINESE.match(text):
        numeral, suffix, unit = match[1], match[2], match[3]
        if len(numeral) > 1 and (ending := re.search("[万亿萬億]+$", numeral)):
            magnitude = ending[0].translate(str.maketrans("萬億", "万亿"))
            numeral = numeral[: ending.start()]
        number = chinese_decimal(numeral)
        if number is None or magnitude not in ("", *_MAGNITUDE):
            return Cell("error", raw=raw, problem="NOT_A_NUMBER")
    else:
        return Cell("error", raw=raw, problem="NOT_A_NUMBER")
    unit = unit.strip("。,;")
    for word in sorted(_SUFFIX, key=len, reverse=True):  # 20批次余, 2400人以上
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
        if magnitude or unit in ("元", "千元"):
            factor = _MAGNITUDE.get(magnitude, 1) * (10**3 if unit == "千元" else 1)
            resolution = len(str(factor)) - 1 + int(number.as_tuple().exponent) if factor > 1 else 0
            number *= factor
            if qualifier == "exact" and resolution > 4:  # coarser than the 万元 in which money is published
                qualifier = f"rounded(10^{resolution - 4})"
        else:
            number *= MONEY.get(money_unit, 1)
        unit = "" if unit in ("元", "千元") else unit
    if remark in _RECOVERED:
        qualifier = "recovered"
    return Cell("value", number, qualifier, raw, remark, unit)


def read_text(value: object, limit: int = 500) -> str:
    """A free-text cell: normalised, control characters dropped, cut at `limit` characters."""
    text = text_of(value)
    return (text if text.isprintable() else "".join(c for c in text if c.isprintable()))[:limit]


def read_flag(value: object) -> bool | None:
    """Yes or no; None when it is neither."""
    return value if isinstance(value, bool) else _FLAGS.get(text_of(value).lower())


@lru_cache(maxsize=20_000)
def printed_number(value: float) -> tuple[str, Decimal]:
    """A finite number as a spreadsheet shows it, and what it then is."""
    text = number_text(value)
    return text, Decimal(text)


_PRINTED = re.compile(r"^(?:(上升|增长|增加|上涨|提高|多|\+|↑)|(下降|减少|降低|下滑|少|↓|-))?了?([\d.]+)(%|个百分点|人|起|家)?([↑↓])?$", re.ASCII)
_LEVEL = {"持平", "基本持平", "无变化", "不变", "与去年同期持平", "与上年同期持平", "与去年持平", "与上年持平", "与上月持平"}


def read_printed(value: object, signed: bool = False) -> tuple[str, Decimal | None, str]:
    """A derived value as printed: (text, number, state) with state value, dash, level (持平), masked, unreadable or a formula's problem.

    上升5.2% reads +5.2, 下降5.2% reads -5.2; with `signed` a bookkeeper's (5) reads -5. A ratio typed 0.9595 stays 0.9595: the scale is judged
    against the recomputed value.
    """
    if type(value) is float and math.isfinite(value) or type(value) is int and abs(value) < 10**18:
        return (*printed_number(value), "value") if type(value) is float else (str(value), Decimal(value), "value")
    text = text_of(_FOOTNOTE.sub("", value) if isinstance(value, str) else value)
    if not text:
        return "", None, "blank"
    if text in NOT_APPLICABLE:
        return text, None, "dash"
    if problem := formula_problem(text):
        return text, None, problem
    bare = re.sub(r"\s|,(?=\d{3})", "", text).replace("−", "-")
    bare = re.sub(r"^(同比|环比)", "", re.sub(r"^–(?=[\d.])", "-", bare))
    if bare.rstrip("%") in _LEVEL:
        return text, Decimal(0), "level"
    if _MASK.search(bare):
        return text, None, "masked"
    if signed and (match := re.fullmatch(r"\(([\d.]+)(%?)\)(%?)", bare)):
        bare = f"-{match[1]}{match[2] or match[3]}"
    if match := _PRINTED.match(bare):
        try:
            number = Decimal(match[3])
        except InvalidOperation:
            return text, None, "unreadable"
        if match[5] and (match[1] or match[2]):
            return text, None, "unreadable"
        return text, -number if match[2] or match[5] == "↓" else number, "value"
    cell = read(bare)
    if cell.status == "value":
        return text, cell.value, "value"
    return text, None, "unreadable"

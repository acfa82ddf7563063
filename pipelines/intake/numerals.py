"""Chinese numerals: 一千二百, 十三, 两, 廿五, 二〇一五, 一亿三千万, 壹佰, 三点五. What may mean two numbers, as 三百五 or 三四, means none."""

from __future__ import annotations

import re
from decimal import Decimal

_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇兩萬億貳參陸", "一二三四五六七八九十百千零两万亿二三六")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_ALONE = {"百": 100, "千": 1_000, "万": 10_000, "亿": 10**8}  # 百余人
CHARACTERS = "零〇一二两三四五六七八九十百千廿卅万亿壹贰叁肆伍陆柒捌玖拾佰仟兩萬億貳參陸"
_SECTION = re.compile(r"(?:([一二两三四五六七八九])千)?(零?)(?:([一二两三四五六七八九])百)?(零?)(?:([一二三四五六七八九]?)十|([廿卅]))?(零?)([一二两三四五六七八九])?")
_WHOLE = re.compile(r"(?:([^万亿]+)亿)?(?:([^万亿]+)万)?([^万亿]*)")


def chinese_number(text: str) -> int | None:
    """The whole number that a Chinese numeral names; None when it is none, or could be another number too.

    >>> chinese_number("一千二百"), chinese_number("十三"), chinese_number("二〇一五"), chinese_number("一万零三百"), chinese_number("三百五")
    (1200, 13, 2015, 10300, None)
    """
    if not 0 < len(text) <= 24:
        return None
    plain = text.translate(_FORMAL)
    if plain in _ALONE:
        return _ALONE[plain]
    if all(c in _DIGITS for c in plain):  # digit by digit; two digits are as likely a span: 三四人
        return int("".join(str(_DIGITS[c]) for c in plain)) if len(plain) == 1 or len(plain) > 2 or "零" in plain else None
    match = _WHOLE.fullmatch(plain)
    if not match:
        return None
    total = 0
    for place, section in zip((10**8, 10**4, 1), match.groups(), strict=True):
        if not section:
            continue
        number = _section(section)
        if number is None or total and number < (1_000 if place == 1 else 0) and not section.startswith("零"):
            return None
        total += number * place
    return total


def _section(text: str) -> int | None:
    match = _SECTION.fullmatch(text)
    if not match:
        return None
    thousands, _, hundreds, _, tens, twenty, gap, ones = match.groups()
    has_tens = tens is not None or twenty is not None
    if ones and (has_tens and gap or not has_tens and (thousands or hundreds) and "零" not in match.groups()[1:4:2] + (gap,)):
        return None
    if not ones and (gap or text.endswith("零")):
        return None
    ten = {None: 0, "": 1}.get(tens, _DIGITS.get(tens or "", 0)) if has_tens and twenty is None else {"廿": 2, "卅": 3}.get(twenty or "", 0)
    return _DIGITS[thousands or "零"] * 1_000 + _DIGITS[hundreds or "零"] * 100 + ten * 10 + _DIGITS[ones or "零"]


def chinese_decimal(text: str) -> Decimal | None:
    """三点五 -> 3.5; a whole numeral as it is; a 万 or 亿 at the end multiplies what stands before it."""
    body, unit = (text[:-1], _ALONE[text[-1].translate(_FORMAL)]) if text[-1:] in tuple("万亿萬億") and len(text) > 1 else (text, 1)
    whole, point, rest = body.partition("点")
    number = chinese_number(whole)
    if number is None or point and not (rest and all(c in _DIGITS for c in rest.translate(_FORMAL))):
        return None
    digits = "".join(str(_DIGITS[c]) for c in rest.translate(_FORMAL))
    return Decimal(f"{number}.{digits}" if point else number) * unit

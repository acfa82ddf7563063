"""The text of a cell, and damage done to a text before it reached us: page numbers, pinyin glosses, a lost byte, a wrong encoding.

Every function on damage proposes: it returns what the text would be, and the caller shows it to a person. Nothing of that is applied
to received data by itself, because each of these marks can also be what the author wrote.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

_MARKER = re.compile(r"^\d{1,3}、")
_CONTINUES = tuple("、，。；：％%）)”》")  # no sentence begins with these
_UNFINISHED = tuple("，、（(“《")  # and none ends with these
_VOWELS = "aāáǎàeēéěèiīíǐìoōóǒòuūúǔùüǖǘǚǜ"
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?[{_VOWELS}]{{1,3}}(?:ng|n|r)?"
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
_GLOSS = re.compile(rf"(?<={_HAN})[(（]{_SYLLABLE}[)）]")
_HAN_RUN = re.compile(rf"{_HAN}{{3,}}")
_LOST_BYTES = (b"\xa1", b"\xa3")  # the rows of GBK that hold the punctuation
_PUNCTUATION = set("“”‘’《》、。，；：（）！？—…·")


class Percentage(str):
    """A number in a cell that shows per cent, as the clerk sees it: 95.95%; `number` is what the cell holds."""

    __slots__ = ("number",)
    number: float


def percentage(number: float, decimals: int) -> Percentage | float:
    """0.9595 in a cell that shows per cent with two decimals is 95.95%; what is no percentage for its size stays a number."""
    if not abs(number) < 10**12:
        return number
    exact = Decimal(format(number, ".15g")) * 100
    shown = Percentage(f"{exact.quantize(Decimal(1).scaleb(-min(decimals, 10)), ROUND_HALF_UP):f}%")
    shown.number = number
    return shown


def text_of(value: object) -> str:
    """A cell as normalised text: NFKC, trimmed, no apostrophe in front; a float as a spreadsheet shows it, to 15 digits."""
    if isinstance(value, str):
        return _normal(value) if len(value) < 60 else _normal.__wrapped__(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return value.isoformat(" ", "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return _normal.__wrapped__(str(value))


def number_text(value: float) -> str:
    """A number as a spreadsheet shows it, to 15 digits."""
    if value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    short = format(value, ".15g")
    return f"{Decimal(short):f}" if "e" in short else short


@lru_cache(maxsize=20_000)
def _normal(text: str) -> str:
    if not text or text.isalnum() and text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).replace("...", "…").strip().lstrip("'’‘").strip()


def strip_page_markers(text: str) -> str:
    """The text without page numbers such as `31、` that a page break left in the middle of a sentence.

    A marker is a line that begins with one to three digits and 、, stands after a blank line and plainly interrupts a
    sentence: nothing or a closing punctuation mark follows it, or the line before the blank one ends in a comma or an
    open bracket. What stands on either side is joined. A numbered list (`1、…`) looks the same but interrupts nothing,
    and is kept. Source of the rule: a district report of 2014 in which `-*.56%`, a blank line and `31、、-2.78%` are
    one sentence.

    >>> strip_page_markers("-*.56%\\n\\n31、、-2.78%")
    '-*.56%、-2.78%'
    """
    kept: list[str] = []
    for line in text.split("\n"):
        marker = _MARKER.match(line.strip())
        if marker and kept and not kept[-1].strip():
            place = next((i for i in range(len(kept) - 1, -1, -1) if kept[i].strip()), None)
            rest = line.strip()[marker.end() :]
            before = kept[place].rstrip() if place is not None else ""
            if before and (not rest or rest.startswith(_CONTINUES) or before.endswith(_UNFINISHED)):
                kept[place:] = [before + rest]
                continue
        kept.append(line)
    return "\n".join(kept)


def has_pinyin_glosses(text: str) -> bool:
    """Whether a Chinese character is followed by its pronunciation in brackets, as in 推進(jìn)."""
    return _GLOSS.search(text) is not None


def strip_pinyin_glosses(text: str) -> str:
    """The text without the pinyin in brackets that some mirrors put after a character; everything else is as it was.

    Only one syllable, directly after a Chinese character, is taken for a gloss: 甲烷(ppm), (GDP) and A(a) are kept.

    >>> strip_pinyin_glosses("推進(jìn)安全發(fā)展")
    '推進安全發展'
    """
    return _GLOSS.sub("", text)


def _rare(text: str) -> int:
    """Characters outside the 3,755 common ones of GB 2312 (level 1, lead bytes B0 to D7)."""
    count = 0
    for character in text:
        code = character.encode("gb18030")
        common = len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1
        count += not common and re.match(_HAN, character) is not None
    return count


def propose_shifted_gbk(text: str) -> list[tuple[str, str]]:
    """Runs that read better with one lost GBK byte put back in front: pairs (as it stands, as it may have been).

    When the first byte of a two-byte punctuation mark is lost, the rest of the run is read one byte out of step and
    every character turns into another: `”新余市安` becomes `毙掠嗍邪脖`. A run is proposed when it holds rare
    characters, its first character becomes a punctuation mark, the others stay Chinese and no more of them are rare
    than before; the last, halved, character is left out. Nothing is replaced in the text.

    >>> propose_shifted_gbk("毙掠嗍邪脖")
    [('毙掠嗍邪脖', '”新余市安')]
    """
    proposals = []
    for run in _HAN_RUN.findall(text):
        for lost in _LOST_BYTES:
            shifted = (lost + run.encode("gb18030")).decode("gb18030", errors="replace").rstrip("\ufffd")
            chinese = re.fullmatch(f"{_HAN}+", shifted[1:]) is not None
            if shifted[0] in _PUNCTUATION and chinese and _rare(run) and _rare(shifted) <= _rare(run):
                proposals.append((run, shifted))
                break
    return proposals


_RECODINGS = (("gb18030", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "gb18030"))


@lru_cache(maxsize=4096)
def proposal(text: str) -> str:
    """What a damaged text may have been: without glosses, with a lost byte put back, or read in the right encoding. Empty when it looks whole.

    >>> proposal("鍦板尯"), proposal("µØÇø"), proposal("推進(jìn)安全"), proposal("東山縣")
    ('地区', '地区', '推進安全', '')
    """
    if text.isascii() or len(text) > 300:
        return ""
    for wrong, right in _RECODINGS:
        try:
            recoded = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if recoded != text and re.fullmatch(rf"(?:{_HAN}|[\x20-\x7e，。、；：（）“”《》—])*", recoded) and re.search(rf"{_HAN}{{2}}", recoded) and (_rare(recoded) <= _rare(text) or not re.search(_HAN, text)):
            return recoded
    repaired = strip_pinyin_glosses(text)
    for run, shifted in propose_shifted_gbk(repaired):
        repaired = repaired.replace(run, shifted)
    return repaired if repaired != text else ""

"""Lines of a sheet that are no data: signatures below the table, the numbering of columns; and what a code means that a clerk numbered.

The names and telephones of a signature are personal data: the line is passed over and nothing of it is kept, not even in a finding.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.intake.text import text_of
from pipelines.intake.traditional import simplified
from pipelines.reference import normalise_header

_SIGNED = "填报人|填表人|审核人|联系电话|负责人|单位负责人|统计负责人|制表|报出日期"  # may be followed by a name without a colon
_LABELS = ("注|说明|备注|填表说明|填报说明|审核|复核|复核人|校核|校核人|核对人|经办人|分管领导|分管负责人|主管领导|单位领导|领导签字|签字|签章|盖章|单位盖章|联系人|联系方式|电话|"
           "办公电话|手机|手机号|手机号码|传真|邮箱|电子邮箱|上报日期|报送日期|填报日期|填表日期|填报时间|上报时间|制表时间|制表日期|审核日期|打印日期|数据来源|资料来源")
_PERSON = ("填报人|填表人|制表人|制表|审核人|审核|复核人|复核|校核人|经办人|负责人|单位负责人|统计负责人|分管领导|分管负责人|主管领导|单位领导|联系人|联系电话|联系方式|电话|"
           "办公电话|手机|手机号码?|传真|邮箱|电子邮箱")
_FOOTER = re.compile(rf"^(?:(?:{_SIGNED})|(?:{_LABELS})(?:\([^()]*\))?(?:\d+)?(?::|$)|注\d+|\(?(?:公章|盖章)\)?$)")
_PERSONAL = re.compile(rf"^(?:{_PERSON})(?:\([^()]*\))?(?::|$)")
_BEGINNING = 60  # characters of a cell in which a label stands
_STEMS = set("甲乙丙丁戊")
_NUMBERED = re.compile(r"^(?:\(?[一二三四五六七八九十]{1,3}[)/.]|\(?\d{1,2}[)/.]|\d{1,2}(?=[^\d./%]))")
_PART = re.compile(r"^(?:其中|#|--?|—+)+")
_WHOLE = {"全省", "全市", "全县", "全区", "全州", "全国", "总数", "总体", "合计数"}
_ENDING = re.compile(r"(.{2,})(?:小计|合计|总计)")
SUBTOTAL = "小计"


def is_footer(row: list[object], words: list[str], content: list[int]) -> bool:
    """Whether a line below the header signs or explains the table. `words` are its texts, `content` the places of numbers and fields."""
    if not any(_is_label(word[:_BEGINNING]) for word in words):  # nearly always
        return False
    if _is_footer(words[0][:_BEGINNING]) and words[0] is next(value for value in row if value not in ("", None)):
        return True
    if not any(map(is_personal, words)):
        return False
    texts = [text_of(row[c]) for c in content if c < len(row)]
    return not any(text and len(text) < 9 and any(ch.isdigit() for ch in text) and not is_personal(text) for text in texts)


@lru_cache(maxsize=4096)
def _is_label(text: str) -> bool:
    return _is_footer(text) or _is_personal(text)


@lru_cache(maxsize=4096)
def _is_footer(text: str) -> bool:
    return _FOOTER.match(_squeezed(text)) is not None


def is_personal(text: str) -> bool:
    """Whether a cell says who made or checked the table, or how to reach them: 填报人:…"""
    return _is_personal(text[:_BEGINNING])


@lru_cache(maxsize=4096)
def _is_personal(text: str) -> bool:
    return _PERSONAL.match(_squeezed(text)) is not None


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text_of(text))


def is_numbering(row: list[object]) -> bool:
    """The line below a header that numbers the columns: 甲, 乙, 1, 2, 3."""
    filled = [text for value in row if (text := text_of(value))]
    stems = [text for text in filled if text in _STEMS or text == "栏次"]
    numbers = [text for text in filled if text not in stems]
    return bool(stems) and filled[: len(stems)] == stems and len(numbers) > 1 and numbers == [str(int(numbers[0][:4]) + i) if numbers[0].isdecimal() else ""
                                                                                            for i in range(len(numbers))]


def code_of(lookup: dict[str, str], text: str) -> str:
    """The code that a cell means: as declared, in traditional characters, numbered (一、煤矿), as a part (其中:煤矿) or with its total (工矿商贸小计)."""
    header = normalise_header(text)
    if header in lookup:
        return lookup[header]
    if not header or len(header) > 60:
        return ""
    plain = simplified(header)
    for spelling in (plain, _NUMBERED.sub("", plain), _PART.sub("", plain), _PART.sub("", _NUMBERED.sub("", _PART.sub("", plain)))):
        if spelling in lookup:
            return lookup[spelling]
        if spelling in _WHOLE:
            return lookup.get("合计", "")
        if (match := _ENDING.fullmatch(spelling)) and match[1] in lookup:
            return lookup[match[1]]
    return ""


def is_subtotal(text: str) -> bool:
    return normalise_header(text) == SUBTOTAL

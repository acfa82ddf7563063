"""Which row or rows are the header, and what each column means (M04, M16, M20 and M23 of the messy-file catalogue).

A header may stand in one, two or three rows, with a row of units below it. The texts above one another are joined, with or without a
separator and in either order, and must then be a column that the form declares. A group such as 其中农村 that the form does not know
is never dropped from the name of its columns: they are unknown, not something else.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from pipelines.intake.cells import MONEY, UNITS, text_of
from pipelines.intake.sheets import Sheet
from pipelines.intake.traditional import simplified
from pipelines.reference import Column, Form, looks_numeric, normalise_header

SEARCHED = 40  # rows in which a header is looked for
REMEMBERED = 10_000
CONTENT = ("measure", "companion", "printed", "field")  # columns without which a line says nothing
IGNORED = Column("ignored", "retired")
_SERIAL = {"序号", "行次", "栏次", "no.", "no", "项次", "序"}
_SEPARATORS = re.compile(r"[|_·\-—–/\\>:,;.]+")
_ROUND = str.maketrans("[]【】〔〕{}", "()()()()")
_BESIDE = {*UNITS, *MONEY, "%", "‰", "百分比", "百分点", "必填", "选填", "数", "数量"}  # what may stand in brackets and say nothing new
_UNIT = re.compile(r"[(\[]?(?:单位:?)?([^()\[\]]{1,8})[)\]]?")
_BRACKET = re.compile(r"^(.+?)[(\[](?:单位:?)?([^()\[\]]{1,8})[)\]]$")
_NEUTRAL = re.compile(r"(?:本表|总体|基本|主要|有关|各类|生产|安全|事故|执法|隐患|统计|相关|各项|分项|监管)*(?:情况|指标|统计|项目|数据|内容|绝对数|事故|数量)(?:名称)?")
_TO_DATE = r"(?:(?:\d{4}年)?1月?[-—–~至到](?:\d{1,2}|本)月(?:份|末|底)?(?:累计)?|年初至今累计|年初至今|本年累计|今年累计|自?年初累计|今年以来|截至本月累计|截至本月|年累计|本月累计|累计)"
_IN_MONTH = r"(?:(?:\d{4}年)?\d{1,2}月份?当月|(?:\d{4}年)?\d{1,2}月份?|本月份|本月|当月)"
_OWN_SPAN = re.compile(r"(?:本期|本季度|本季|当期)(?=.)")  # the span of the file itself
_BEFORE = re.compile(rf"({_TO_DATE})|({_IN_MONTH})")
_BEHIND = re.compile(rf"(.+?)\(?(?:({_TO_DATE})|({_IN_MONTH}))\)?")
_NAMED_MONTH = re.compile(r"(?:(\d{4})年)?(?:1月?[-—–~至到])?(\d{1,2})月")


@dataclass
class Header:
    """First and last row of the header, the column each place means, its text, and its unit where one is written."""

    first: int
    last: int
    columns: list[Column | None]
    texts: list[str]
    units: dict[int, str] = field(default_factory=dict)

    @cached_property
    def known(self) -> int:
        """How many columns it names."""
        return len({c.id for c in self.columns if c and c.role != "retired"})


class Matcher:
    """What header texts mean in one form. It remembers what it was asked, also for the next file; `known` is that memory."""

    def __init__(self, form: Form, known: dict[str, Column | None] | None = None, period: str = ""):
        self.form, self.period = form, period
        self.known = {} if known is None else known
        self.longest = form.longest_header + 24

    def column(self, text: str) -> Column | None:
        """The column a text means, or None. A unit in brackets is understood and, for money, obeyed."""
        if text in self.known:
            return self.known[text]
        if len(text) > self.longest:
            return None
        column = self._column(text)
        if not _NAMED_MONTH.search(text):  # 3月 depends on the period of the file
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[text] = column
        return column

    def _column(self, text: str) -> Column | None:
        header = normalise_header(text).translate(_ROUND).rstrip("*")  # the templates mark required columns
        if header in _SERIAL:
            return IGNORED
        plain = simplified(header)
        for spelling in dict.fromkeys((header, plain, _SEPARATORS.sub("", plain))):
            if found := self._declared(spelling) or self._spanned(spelling):
                return self._with_unit(found, plain)
        return None

    def _declared(self, header: str) -> Column | None:
        """The column of this name, with or without its unit in brackets. What else stands in brackets changes the meaning: 死亡(农村)."""
        header = header.rstrip("*")
        bracket = _BRACKET.match(header)
        if header in self.form.headers or not bracket:
            return self.form.match(header)
        found = self.form.match(bracket[1])
        measure = self.form.measure_by_id.get(found.measure or "") if found else None
        return found if _is_beside(bracket[2]) or measure and bracket[2] == measure.unit else None

    def _spanned(self, header: str) -> Column | None:
        """本月 or 累计 before or behind a measure of a form of flows, in any of the ways in which they are said."""
        if own := _OWN_SPAN.match(header):
            return self._declared(header[own.end() :])
        bare = _BRACKET.match(header)
        for text in (header, bare[1]) if bare and _is_beside(bare[2]) else (header,):
            if match := _BEFORE.match(text):
                parts = match[1], match[2], text[match.end() :]
            elif match := _BEHIND.fullmatch(text):
                parts = match[2], match[3], match[1]
            else:
                continue
            if parts[2] and self._in_period(parts[0] or parts[1]) and (found := self._of_span("ytd" if parts[0] else "month", parts[2])):
                return found
        return None

    def _of_span(self, span: str, rest: str) -> Column | None:
        if found := self._declared(("本月" if span == "month" else "累计") + rest):
            return found
        plain = self._declared(rest)
        if plain and plain.role in ("measure", "companion") and plain.span is None and self.form.kind == "flow":
            return replace(plain, id=f"{plain.id}@{span}", span=span)
        return None

    def _in_period(self, words: str) -> bool:
        """Whether a month named in a header, if one is, is the one that the file is about."""
        named = _NAMED_MONTH.search(words)
        last = self.period[-7:]
        return not named or bool(re.fullmatch(r"\d{4}-\d\d", last)) and named[1] in (None, last[:4]) and int(named[2]) == int(last[5:])

    def _with_unit(self, column: Column, header: str) -> Column:
        unit = _BRACKET.match(header)
        measure = self.form.measure_by_id.get(column.measure or "")
        if unit and unit[2] in MONEY and measure and measure.type == "money":
            return replace(column, money_unit=unit[2])
        return column


def _is_beside(bracket: str) -> bool:
    return bracket in _BESIDE or all(part in _BESIDE for part in bracket.split("/"))


def find(matcher: Matcher, sheet: Sheet, labels: set[int] = frozenset()) -> Header | None:
    """The header of a sheet: the rows that, read together, name the most columns. None when no column with content is named.

    `labels` are the rows that hold the envelope: they are no upper row of a header.
    """
    numeric = matcher.form.has_numeric_headers  # of most forms no header begins like a number
    rows = min(len(sheet.rows), SEARCHED + 3)
    most = [*map(len, sheet.words[:rows]), 0, 0, 0]  # texts of a row, before they are looked at
    texts: list[list[str]] = []
    words: list[list[int]] = []

    def look(count: int) -> None:
        """At so many rows. Those below a header that was found are seldom looked at."""
        for row, own in zip(sheet.rows[len(texts) : min(count, rows)], sheet.words[len(texts) :], strict=False):
            text = _texts(row, own)
            texts.append(text)
            words.append([c for c, _ in own if (t := text[c]) and (numeric or not looks_numeric(t))])

    best: Header | None = None
    for top in range(min(rows, SEARCHED)):
        for height in (1, 2, 3):
            known = best.known if best else 0
            if sum(most[top : top + 3]) <= known:
                break
            look(top + 3)
            if sum(map(len, words[top : top + 3])) <= known:
                break
            if height > 1 and (top in labels or not _may_be_groups(texts[top])) or top + height > rows or not words[top + height - 1]:
                break
            if sum(map(len, words[top : top + height])) <= known or height > 1 and len(set().union(*words[top : top + height])) <= known:
                continue  # rows cannot name more columns than they have words
            found = _read(matcher, texts[top : top + height], top)
            # The labels of an envelope on one line may be as many as the names of the columns; they name no content.
            if found.known > known and any(column and column.role in CONTENT for column in found.columns):
                best = found
    if best is None:
        return None
    look(best.last + 2)
    _leave_out_groups(best, texts, sheet.merged)
    _units_below(matcher, best, texts, sheet.rows)
    return best


def _texts(row: list[object], words: list[tuple[int, str]]) -> list[str]:
    """The texts of a row in their places. A number is no header."""
    texts = [""] * len(row)
    for c, text in words:
        texts[c] = text_of(text)
    return texts


def _may_be_groups(row: list[str]) -> bool:
    """Not a title, which stands alone at the left or over the whole width."""
    return bool(row) and (not row[0] or len(set(row) - {""}) > 1)


def _read(matcher: Matcher, block: list[list[str]], first: int) -> Header:
    width = max(map(len, block))
    if len(block) == 1:
        return Header(first, first, [matcher.column(t) if t else None for t in block[0]], list(block[0]))
    levels = [_carried(row, width) for row in block[:-1]] + [[*block[-1], *[""] * (width - len(block[-1]))]]
    titles = [_is_title(row) for row in block]
    header = Header(first, first + len(block) - 1, [], [])
    for c in range(width):
        own = [row[c] if c < len(row) else "" for row in block]
        parts = [level[c] for level, title in zip(levels, titles, strict=True) if not title]
        if not own[-1] and not any(own[:-1]):
            parts = []
        elif not own[-1]:  # a cell merged downwards, or a blank below it: nothing is carried into it
            parts = [text for text, title in zip(own, titles, strict=True) if not title]
        parts = [text for text in dict.fromkeys(parts) if text]
        column = _joined(matcher, parts)
        if column is None and parts:
            alone = [matcher.column(text) for text in dict.fromkeys(reversed(own)) if text]
            column = next((found for found in alone if found and found.role not in CONTENT), None)
        header.columns.append(column)
        header.texts.append("|".join(parts))
    return header


def _carried(row: list[str], width: int) -> list[str]:
    """A row of group names, each standing for the blanks to its right as well."""
    carried, result = "", []
    for c in range(width):
        carried = (row[c] if c < len(row) else "") or carried
        result.append(carried)
    return result


def _is_title(row: list[str]) -> bool:
    """One text over the whole width, which says nothing of a single column."""
    return len(row) > 2 and len(set(row)) == 1


def _joined(matcher: Matcher, parts: list[str]) -> Column | None:
    telling = [text for text in parts if not _NEUTRAL.fullmatch(normalise_header(text))] or parts
    for chosen in dict.fromkeys((tuple(parts), tuple(telling))) if parts else ():
        if len(chosen) == 1:
            if column := matcher.column(chosen[0]):
                return column
            continue
        for order in itertools.permutations(chosen):
            unit = normalise_header(order[-1]).strip("()")
            text = "".join(order[:-1]) + f"({unit})" if unit in UNITS or unit in MONEY else "".join(order)
            if column := matcher.column(text):
                return column
    return None


def _leave_out_groups(header: Header, texts: list[list[str]], merged: list[tuple[int, int, int, int]]) -> None:
    """Columns below a merged cell that is no part of the header, and says more than a title: what it says cannot be dropped."""
    for top, bottom, left, right in merged:
        if bottom != header.first - 1 or right <= left or left >= len(header.columns) or left == 0 and right >= len(header.columns) - 1:
            continue
        group = texts[top][left] if top < len(texts) and left < len(texts[top]) else ""
        if not group or ":" in group or _NEUTRAL.fullmatch(normalise_header(group)) or (left == 0 and right >= len(header.columns) - 2):
            continue
        for c in range(left, min(right + 1, len(header.columns))):
            column = header.columns[c]
            if column and column.role in ("measure", "companion", "printed"):
                header.columns[c], header.texts[c] = None, f"{group}|{header.texts[c]}"


def _units_below(matcher: Matcher, header: Header, texts: list[list[str]], rows: list[list[object]]) -> None:
    """Units in brackets behind the names, and a row of nothing but units below them. A row of numbers and dashes is none: it is data."""
    for c, text in enumerate(header.texts):
        if (match := _BRACKET.match(normalise_header(text))) and header.columns[c]:
            header.units[c] = match[2]
    if header.last + 1 >= len(texts) or any(type(value) is not str and value is not None for value in rows[header.last + 1]):
        return
    below = texts[header.last + 1]
    found = {c: match[1] for c, text in enumerate(below) if text and (match := _UNIT.fullmatch(normalise_header(text)))}
    known = {c: unit for c, unit in found.items() if unit in UNITS or unit in MONEY or unit in ("%", "‰", "-", "—")}
    filled = [c for c, text in enumerate(below) if text]
    if not set(known.values()) - {"-", "—"} or not all(c in known or c < len(header.columns) and _is_name(header.columns[c], below[c]) for c in filled):
        return
    header.last += 1
    for c, unit in known.items():
        if c >= len(header.columns) or (column := header.columns[c]) is None or unit in ("-", "—"):
            continue
        header.units[c] = unit
        measure = matcher.form.measure_by_id.get(column.measure or "")
        if unit in MONEY and measure and measure.type == "money":
            header.columns[c] = replace(column, money_unit=unit)


def _is_name(column: Column | None, text: str) -> bool:
    """Whether a text below a column without a unit only says that this is the row of units, or repeats a merged name."""
    return bool(column) and column.role not in CONTENT and (normalise_header(text) in ("计量单位", "单位") or text in ("甲", "乙"))

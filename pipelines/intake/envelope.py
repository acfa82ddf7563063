"""The envelope of a sheet: which form, whose, of which period, in labels and values beside them or behind a colon (表号:F02  报告期:2015-03)."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from pipelines.intake import cells, header, scale
from pipelines.intake.sheets import Sheet, letter, position
from pipelines.reference import Reference, normalise_header

LABELS = {
    "form_id": ["表号", "form_id", "form"],
    "submitter": ["填报单位", "报送单位", "编报单位", "submitter"],
    "region_id": ["行政区划代码", "区划代码", "region_id"],
    "period": ["报告期", "报告时期", "统计期间", "统计时期", "所属期", "统计月份", "填报月份", "period"],
    "basis": ["统计口径", "basis"],
    "cumulative": ["累计", "cumulative"],
    "money_unit": ["金额单位", "unit_money", "单位"],
    "filled_on": ["填报日期", "报出日期", "上报日期", "填报时间", "filled_on"],
    "supersedes": ["替代", "supersedes"],
    "form_version": ["表式版本", "form_version"],
}
_LABEL = {normalise_header(label): key for key, labels in LABELS.items() for label in labels}
_SEVERAL = re.compile(r"\s*(" + "|".join(sorted((label for labels in LABELS.values() for label in labels), key=len, reverse=True))
                      + r")(?:\([^()]*\))?\s*[:：]\s*")  # labels of one line: 表号:F02  报告期:2015-03
_STAMP = re.compile(r"\([^()]*\)$")
FORM = ("form_id", "表号")  # also the name of a column
LONGEST_LABEL = 300  # a longer cell holds no item of the envelope


class Labels:
    """Tells the labels and values of envelopes from headers, in the forms of one jurisdiction. It remembers texts, also for the next file."""

    def __init__(self, reference: Reference):
        self.reference = reference
        self._headers: dict[str, bool] = {}

    def is_value(self, label: str, right: str) -> bool:
        """Whether the cell to the right is a value: beside a header such as 报告期 or form_id stands another header instead."""
        key = _LABEL[normalise_header(label)]
        if key in ("region_id", "period", "filled_on", "form_id", "supersedes"):
            return any(ch.isdigit() for ch in right) and not self._is_header(right)
        if key == "basis":
            return normalise_header(right) in self.reference.code_lookup["basis"]
        if key == "money_unit":
            return bool(scale.money_unit(right)) or normalise_header(label) == "金额单位"
        return not self._is_header(right)

    def _is_header(self, text: str) -> bool:
        known = self._headers.get(text)
        if known is None:
            if len(self._headers) >= header.REMEMBERED:
                self._headers.clear()
            known = self._headers[text] = any(form.match(text) for form in self.reference.forms.values())
        return known


class Envelope:
    """What a sheet says of itself: `items` are key -> (text, cell), the first of each, and `rows` those that hold one, from 0."""

    def __init__(self, sheet: Sheet, labels: Labels):
        self.items: dict[str, tuple[str, str]] = {}
        self.rows: set[int] = set()
        for label, value, line in sheet.envelope:
            self._add(label, cells.text_of(value), f"A{line}")
        for r, words in enumerate(sheet.words[: header.SEARCHED]):
            for c, text in words:
                if len(text) <= LONGEST_LABEL and (found := _labels_in(text)):
                    self._read(found, sheet.rows[r], r, c, labels)

    def __contains__(self, key: str) -> bool:
        return key in self.items

    def text(self, key: str) -> str:
        return self.place(key)[0]

    def place(self, key: str) -> tuple[str, str]:
        """Text and cell of an item, both empty where it is not given."""
        return self.items.get(key, ("", ""))

    def _read(self, found: list[tuple[str, str]], row: list[object], r: int, c: int, labels: Labels) -> None:
        """The labels of one cell: their values stand behind their colons, or in the next cell to the right that is filled."""
        label, inline = found[0]
        if inline:
            for label, inline in found:
                self._add(label, inline, f"{letter(c)}{r + 1}")
            return
        text = cells.text_of(row[c])
        for d in range(c + 1, min(c + 6, len(row))):
            right = period_text(row[d]) if _LABEL[normalise_header(label)] == "period" else cells.text_of(row[d])
            if right and right != text:
                if normalise_header(right.rstrip(":")) not in _LABEL and labels.is_value(label, right):
                    self._add(label, right, f"{letter(d)}{r + 1}")
                return

    def _add(self, label: str, value: str, cell: str) -> None:
        name = normalise_header(_STAMP.sub("", label))
        key = _LABEL.get(name)
        if key == "money_unit" and name == "单位" and not scale.money_unit(value):
            key = "" if set(re.split(r"[、/,;\s]+", value)) & set(cells.UNITS) else "submitter"  # 单位:起、人 or 单位:河阳市
        if key and key not in self.items and value:
            self.items[key] = (value, cell)
            self.rows.add(position(cell)[0])


@lru_cache(maxsize=4096)
def _labels_in(value: str) -> list[tuple[str, str]]:
    """Labels of the envelope in a cell, each with the value behind its colon: 表号:F02  报告期:2015-03."""
    text = cells.text_of(value).lstrip("# ")  # a line of a text file in a copy of it
    label, colon, inline = text.partition(":")
    if colon and len(pieces := _SEVERAL.split(text)) > 3:
        return [(name, inner.strip(" ,;")) for name, inner in zip(pieces[1::2], pieces[2::2], strict=True)]
    label = _STAMP.sub("", label)
    return [(label, inline.strip())] if normalise_header(label) in _LABEL else []


def period_text(value: object) -> str:
    """A period as text. A spreadsheet turns 2015-03 into the first of March, which is taken back; 2015.1 as a number may have been 2015.10."""
    if isinstance(value, dt.date) and value.day == 1:
        return f"{value:%Y-%m}"
    text = cells.read_text(value)
    if isinstance(value, float) and re.fullmatch(r"\d{4}\.\d", text):
        return f"{text}(?)"
    return text

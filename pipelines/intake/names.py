"""Region names as clerks write them: codes, full and old names, aliases, names without their suffix, with the city in front, in traditional
characters. Ambiguity is an error and a slip of the pen is answered with what it may have been; neither is ever guessed.
"""

from __future__ import annotations

import bisect
import datetime as dt
import re
import unicodedata
from functools import cached_property, lru_cache

from pipelines.intake.traditional import simplified
from pipelines.jurisdiction import Jurisdiction
from transforms import periods

TOTAL_WORDS = {"合计", "总计", "小计", "全市", "全省", "全县", "全区", "全国", "全州", "全盟", "全旗", "全域", "total"}
SUBTOTAL = "小计"
OWN_LEVEL = {"本级", "市本级", "县本级", "区本级", "省本级", "州本级", "市直", "省直", "县直", "区直", "市直属", "省直属", "县直属", "直属"}
_WITH_TOTAL = re.compile(r"(.{2,})(?:合计|总计|小计|汇总)")  # 九江市合计 is the city's own row
REMEMBERED = 10_000  # names that a province's files come back to, month after month
PROPOSED = 5
_OFFICE = re.compile(
    r"(?:安全生产监督管理局|安监局|应急管理局|应急局|安全生产委员会办公室|安委办|安委会|管理委员会|管委会|人民政府|政府)?(?:\((?:盖章|公章|章)\))?:?$"
)  # the office that signs stands for its area
_SUFFIXES = (re.compile(r"(?:特别行政区|自治区|自治州|自治县|地区|省|市|区|县|盟|旗)$"), re.compile(r"(?:林区|新区|矿区)$"))


class RegionProblem(ValueError):
    """`problem` is UNKNOWN_REGION or AMBIGUOUS_REGION; `candidates` names what it could have been, in the first case by its looks."""

    def __init__(self, problem: str, candidates: list[str]):
        super().__init__(problem)
        self.problem, self.candidates = problem, candidates


class RegionNames:
    """Looks up region ids by what stands in a cell."""

    def __init__(self, jurisdiction: Jurisdiction):
        self.jurisdiction = jurisdiction
        self._known: dict[tuple[str, str | None, int], str] = {}
        self._valid: dict[tuple[str, int], bool] = {}
        self._eras: dict[str, int] = {}
        self._lineage: dict[str, list[str]] = {}
        self.index: dict[str, set[str]] = {}
        for region in jurisdiction.regions:
            spellings = {region.region_id, region.name_zh, region.name_en, *region.aliases}
            spellings |= {bare for suffix in _SUFFIXES if len(bare := suffix.sub("", region.name_zh)) >= 2}
            parent = jurisdiction.region_by_id.get(region.parent_id)
            if parent:
                spellings.add(parent[0].name_zh + region.name_zh)
            for spelling in spellings:
                self.index.setdefault(self._fold(spelling), set()).add(region.region_id)

    @staticmethod
    def _fold(text: object) -> str:
        return simplified(re.sub(r"[\s·]+", "", unicodedata.normalize("NFKC", str(text))).lower())

    def resolve(self, text: str, within: str | None, period: str) -> str:
        """The region id that `text` means in a file sent by `within` for `period`. Raises RegionProblem."""
        asked = (text, within, self._era(period))
        known = self._known.get(asked)
        return _remember(self._known, asked, self._resolve(text, within, period)) if known is None else known

    def _resolve(self, text: str, within: str | None, period: str) -> str:
        spelled = str(text).strip()
        key = self._fold(spelled[:-2] if re.fullmatch(r"\d+\.0", spelled) else spelled)
        if key in TOTAL_WORDS and within:
            return within
        found = self.index.get(key) or self.index.get(_OFFICE.sub("", key), set())
        if not found and key in OWN_LEVEL and within and (own := self._own_level(within, self._last_day(period))):
            return own
        if not found and (whole := _WITH_TOTAL.fullmatch(key)):
            found = self.index.get(whole[1], set())
        if not found:
            found = self._behind_its_city(key) or self._behind_its_city(_OFFICE.sub("", key))
        if not found:
            raise RegionProblem("UNKNOWN_REGION", self._similar(key, within, period))
        if len(found) > 1:
            found = self._narrow(found, self._last_day(period), within)
        if len(found) > 1:
            raise RegionProblem("AMBIGUOUS_REGION", sorted(f"{i} {self.label(i)}" for i in found))
        return next(iter(found))

    def _own_level(self, within: str, day: dt.date) -> str:
        """市本级 and the like: the one unit below the sender that belongs to no other, or the sender itself where it has nothing below it."""
        below = [r for r in self.jurisdiction.regions if r.parent_id == within and r.valid_on(day)]
        own = {r.region_id for r in below if r.kind == "unallocated" and ("本级" in r.name_zh or "直" in r.name_zh)}
        if len(own) == 1:
            return own.pop()
        return "" if below else within

    @cached_property
    def _prefixes(self) -> dict[str, set[str]]:
        """Spellings of regions that have others below them."""
        above = {r.parent_id for r in self.jurisdiction.regions}
        return {spelling: ids & above for spelling, ids in self.index.items() if ids & above and len(spelling) >= 2 and not spelling.isascii()}

    def _behind_its_city(self, key: str, depth: int = 3) -> set[str]:
        """南昌新建, 江西省南昌市新建区: a name behind the names of regions it lies in."""
        found: set[str] = set()
        for end in range(2, min(len(key) - 1, 16)):
            for above in self._prefixes.get(key[:end], ()):
                rest = self.index.get(key[end:], set()) or (self._behind_its_city(key[end:], depth - 1) if depth > 1 else set())
                found |= {i for i in rest if above in self.jurisdiction.lineage(i) and i != above}
        return found

    @cached_property
    def _shortened(self) -> dict[str, set[str]]:
        """Spellings by what is left of them without one of their characters."""
        found: dict[str, set[str]] = {}
        for spelling in self.index:
            if not spelling.isascii():
                for short in _shorter(spelling):
                    found.setdefault(short, set()).add(spelling)
        return found

    def _similar(self, key: str, within: str | None, period: str) -> list[str]:
        """Regions in force whose name differs by one character, those of the sender's area first."""
        if not 2 <= len(key) <= 16:
            return []
        day, by_id = self._last_day(period), self.jurisdiction.region_by_id
        alike = {spelling for short in (key, *_shorter(key)) for spelling in self._shortened.get(short, ())}
        alike |= {short for short in _shorter(key) if short in self.index}
        near = {i for spelling in alike if _one_apart(key, spelling) for i in self.index[spelling] if any(r.valid_on(day) for r in by_id[i])}
        inside = {i for i in near if within and within in self.jurisdiction.lineage(i)}
        return sorted(f"{i} {self.label(i)}" for i in inside or near)[:PROPOSED]

    def label(self, region_id: str) -> str:
        rows = self.jurisdiction.region_by_id.get(region_id)
        return rows[-1].name_zh if rows else region_id

    def valid(self, region_id: str, period: str) -> bool:
        """Whether the code was in force on the last day of the period."""
        asked = (region_id, self._era(period))
        known = self._valid.get(asked)
        if known is None:
            day = self._last_day(period)
            known = _remember(self._valid, asked, any(r.valid_on(day) for r in self.jurisdiction.region_by_id[region_id]))
        return known

    def within(self, region_id: str, area: str) -> bool:
        """Whether a region is the area or lies in it."""
        lineage = self._lineage.get(region_id)
        return area in (_remember(self._lineage, region_id, self.jurisdiction.lineage(region_id)) if lineage is None else lineage)

    def _narrow(self, found: set[str], day: dt.date, within: str | None) -> set[str]:
        by_id = self.jurisdiction.region_by_id
        now = {i for i in found if any(r.valid_on(day) for r in by_id[i])} or found
        if within and len(now) > 1:
            inside = {i for i in now if i != within and self.within(i, within)}
            now = inside or now
        return now

    @cached_property
    def _changes(self) -> list[dt.date]:
        """The days on which regions come or go."""
        return sorted({day for r in self.jurisdiction.regions for day in (r.valid_from, r.valid_to) if day})

    def _era(self, period: str) -> int:
        """Periods between two changes of the regions have the same number: a name means the same in all of them."""
        era = self._eras.get(period)
        return _remember(self._eras, period, bisect.bisect_right(self._changes, self._last_day(period))) if era is None else era

    @staticmethod
    @lru_cache(maxsize=4096)
    def _last_day(period: str) -> dt.date:
        end = periods.month_index(periods.end_month(period)) + 1
        return dt.date(end // 12, end % 12 + 1, 1) - dt.timedelta(days=1)


def _remember(memory: dict, key, value):
    if len(memory) > REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def _shorter(text: str) -> list[str]:
    return [text[:i] + text[i + 1 :] for i in range(len(text))] if len(text) > 1 else []


def _one_apart(one: str, other: str) -> bool:
    """Whether two texts differ by one character put in, left out or replaced, or by two that stand the other way round."""
    if len(one) == len(other):
        different = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        return len(different) == 1 or len(different) == 2 and [one[i] for i in different] == [other[i] for i in reversed(different)]
    short, long = sorted((one, other), key=len)
    return len(short) >= 2 and short in _shorter(long)

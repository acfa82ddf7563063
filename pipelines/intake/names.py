"""Region names as clerks write them: codes, full and old names, aliases, names without their suffix. Ambiguity is an error, never a guess."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata

from pipelines.jurisdiction import Jurisdiction
from transforms import periods

REMEMBERED = 10_000  # names that a province's files come back to, month after month
TOTAL_WORDS = {"合计", "总计", "小计", "全市", "全省", "全县", "全区", "全国", "全州", "total"}
_OFFICE = re.compile(
    r"(?:安全生产监督管理局|安监局|应急管理局|应急局|安全生产委员会办公室|安委办|安委会|管理委员会|管委会|人民政府)?(?:\((?:盖章|公章|章)\))?$"
)  # the office that signs stands for its area
_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|地区|省|市|区|县|盟|旗)$")


class RegionProblem(ValueError):
    """`problem` is UNKNOWN_REGION or AMBIGUOUS_REGION; `candidates` names what it could have been, in the first case by its looks."""

    def __init__(self, problem: str, candidates: list[str]):
        super().__init__(problem)
        self.problem, self.candidates = problem, candidates


class RegionNames:
    """Looks up region ids by what stands in a cell."""

    def __init__(self, jurisdiction: Jurisdiction):
        self.jurisdiction = jurisdiction
        self._known: dict[tuple[str, str | None, str], str] = {}
        self._alike: dict[str, list[str]] = {}
        self._valid: dict[tuple[str, str], bool] = {}
        self._lineage: dict[str, list[str]] = {}
        self.index: dict[str, set[str]] = {}
        for region in jurisdiction.regions:
            spellings = {region.region_id, region.name_zh, region.name_en, *region.aliases}
            bare = _SUFFIX.sub("", region.name_zh)
            if len(bare) >= 2:
                spellings.add(bare)
            parent = jurisdiction.region_by_id.get(region.parent_id)
            if parent:
                spellings.add(parent[0].name_zh + region.name_zh)
            for spelling in spellings:
                self.index.setdefault(self._fold(spelling), set()).add(region.region_id)

    @staticmethod
    def _fold(text: object) -> str:
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).lower()

    def resolve(self, text: str, within: str | None, period: str) -> str:
        """The region id that `text` means in a file sent by `within` for `period`. Raises RegionProblem."""
        asked = (text, within, period)
        if asked in self._known:
            return self._known[asked]
        key = self._fold(text)
        key = key[:-2] if key.endswith(".0") and key[:-2].isdigit() else key
        if key in TOTAL_WORDS and within:
            return within
        found = self.index.get(key) or self.index.get(_OFFICE.sub("", key), set())
        if not found:
            raise RegionProblem("UNKNOWN_REGION", self._lookalikes(key))
        if len(found) > 1:
            found = self._narrow(found, self._last_day(period), within)
        if len(found) > 1:
            raise RegionProblem("AMBIGUOUS_REGION", sorted(f"{i} {self.label(i)}" for i in found))
        return _remember(self._known, asked, next(iter(found)))

    def _lookalikes(self, key: str) -> list[str]:
        found = self._alike.get(key)
        if found is None:
            near = difflib.get_close_matches(key, self.index, 3, 0.5) if len(key) <= 20 else []
            known = {i for name in near for i in self.index[name]}
            found = _remember(self._alike, key, sorted(f"{i} {self.label(i)}" for i in known if self.label(i).isalnum()))
        return found

    def label(self, region_id: str) -> str:
        rows = self.jurisdiction.region_by_id.get(region_id)
        return rows[-1].name_zh if rows else region_id

    def valid(self, region_id: str, period: str) -> bool:
        """Whether the code was in force on the last day of the period."""
        known = self._valid.get((region_id, period))
        if known is None:
            day = self._last_day(period)
            known = _remember(self._valid, (region_id, period), any(r.valid_on(day) for r in self.jurisdiction.region_by_id[region_id]))
        return known

    def within(self, region_id: str, area: str) -> bool:
        """Whether a region is the area or lies in it."""
        lineage = self._lineage.get(region_id)
        return area in (_remember(self._lineage, region_id, self.jurisdiction.lineage(region_id)) if lineage is None else lineage)

    def _narrow(self, found: set[str], day: dt.date, within: str | None) -> set[str]:
        by_id = self.jurisdiction.region_by_id
        now = {i for i in found if any(r.valid_on(day) for r in by_id[i])} or found
        if within and len(now) > 1:
            inside = {i for i in now if within in self.jurisdiction.lineage(i) and i != within}
            now = inside or now
        return now

    @staticmethod
    def _last_day(period: str) -> dt.date:
        end = periods.month_index(periods.end_month(period)) + 1
        return dt.date(end // 12, end % 12 + 1, 1) - dt.timedelta(days=1)


def _remember(memory: dict, key, value):
    if len(memory) > REMEMBERED:
        memory.clear()
    memory[key] = value
    return value

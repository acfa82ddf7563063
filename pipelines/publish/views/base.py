"""What all views share: the release, the words, and how a region is named."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from pipelines.publish.release_data import Region, ReleaseData, recency
from pipelines.publish.words import Words


class PageBase:
    """What all views share: the release, the words, and how a region is named."""

    def __init__(self, data: ReleaseData, words: Words, jurisdiction: object) -> None:
        self.data = data
        self.w = words
        self.lang = words.lang
        self.jurisdiction = jurisdiction
        self.root = data.regions.get(str(jurisdiction.root)) or (data.roots[0] if data.roots else None)
        self.zone = ZoneInfo(getattr(jurisdiction, "time_zone", None) or "Asia/Shanghai")
        self._streams: dict[str, object] = {}

    def region_link(self, region: Region) -> dict:
        """What every list needs of a region."""
        other = region.names["en" if self.lang == "zh" else "zh"]
        name = region.name(self.lang)
        return {
            "id": region.id,
            "name": name,
            "other": other if other != name else "",
            "foreign": self.lang == "en" and name == region.names["zh"],
            "level": region.level,
            "level_name": self.level_name(region),
            "kind": region.kind,
            "path": f"regions/{slug(region.id)}/",
            "closed": region.valid_to or "",
        }

    def level_name(self, region: Region) -> str:
        if region.kind in ("zone", "unallocated"):
            return self.w(f"kind.{region.kind}")
        return self.w.get(f"level.{region.level}", region.level)

    def children_name(self, region: Region | None) -> str:
        """What the regions below are called together: 设区市, 县(市、区), or 下级地区 where they differ in level."""
        levels = {r.level for r in region.children if r.kind == "division"} if region else set()
        return self.w.get(f"levels.{levels.pop()}", self.w("levels.other")) if len(levels) == 1 else self.w("levels.other")

    def basis(self, row: dict) -> str:
        return self.data.basis_of(self.data.form_of(row["indicator_id"]), row["basis"], self.lang)

    def is_partial_rate(self, row: dict) -> bool:
        """A rate of incomplete sums: its numerator and its denominator may be of different regions, so it says nothing."""
        declared = self.data.declared(row["indicator_id"])
        return row["obs_status"] == "partial" and declared is not None and bool(declared.denominator)

    def form_order(self, form_id: str) -> tuple:
        forms = list(self.data.reference.forms)
        return (forms.index(form_id), "") if form_id in forms else (len(forms), form_id)

    def take(self, name: str, sql: str, region_id: str) -> list[dict]:
        if name not in self._streams:
            self._streams[name] = self.data.stream(sql)
        return self._streams[name].take(region_id)


def slug(text: str) -> str:
    """An id as part of an address. Only letters, digits, - and _ survive, so that nothing in data can name a path."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "x"


def rules_anchor(form_id: str) -> str:
    """Where the page of checks lists those of a form; without one, those common to all."""
    return slug(f"rules-{form_id.lower()}") if form_id else "rules-common"


def row_key(row: dict) -> tuple:
    """What a number, its change and its rank have in common."""
    return (row["indicator_id"], row["category"], row["period"], row["span"], row["basis"])


def release_key(name: str) -> tuple:
    """2015-12.v2 after 2015-12.v1: by last month, then by version number."""
    period, _, version = name.rpartition(".v")
    return (recency(period, "")[0], period, int(version) if version.isdigit() else 0)


def local_time(text: str, zone: ZoneInfo) -> str:
    """A stored time (UTC where it names no offset) as `2016-03-20 18:00` in the jurisdiction's own time."""
    try:
        parsed = dt.datetime.fromisoformat(text)
    except ValueError:
        return text[:16].replace("T", " ")
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
    return parsed.astimezone(zone).strftime("%Y-%m-%d %H:%M")

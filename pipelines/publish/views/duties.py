"""Emergency drills county by county (F09), and where posts of supervisors are not filled (F10)."""

from __future__ import annotations

from pipelines.publish.release_data import Region, recency
from pipelines.publish.views.base import PageBase

COUNTY = "县级"
DRILLS = ("F09.compr", "F09.special", "F09.onsite", "F09.total", "F09.persons")
STAFF = ("F10.staff_should", "F10.staff_have", "staff_shortfall", "supervisor_staffing_rate", "F10.understaffed", "F10.should")


class DutiesView(PageBase):
    """The drills of the newest year, and the list of staffing shortfalls of the newest period."""

    def page(self) -> dict:
        """Everything on the page of drills and staffing."""
        return {"drills": self._drills(), "staffing": self._staffing()}

    def _regions(self) -> list[Region]:
        return [region for root in self.data.roots for region in (root, *root.below())]

    def _rows(self, ids: tuple[str, ...], where: str) -> list[dict]:
        return self.data.rows(f"SELECT * FROM indicators WHERE indicator_id IN ({', '.join('?' * len(ids))}) AND value IS NOT NULL AND {where} "
                              "ORDER BY region_id, category, indicator_id, period, span", list(ids))

    def _cell(self, row: dict | None) -> str:
        return self.w.number(row["value"], self.data.decimals(row["indicator_id"])) if row else ""

    def _heads(self, ids: tuple[str, ...]) -> list[str]:
        return [self.data.indicator_name(i, self.lang, short=True) for i in ids]

    def _drills(self) -> dict | None:
        """County-level drills: how many in each quarter of the newest year, of which kind in the year so far, and who has held none. Sums of which a part
        is missing are left out."""
        rows = self._rows(DRILLS, f"category = '{COUNTY}' AND span IN ('quarter', 'ytd', 'year') AND obs_status <> 'partial'")
        if not rows:
            return None
        year = max(r["period"][:4] for r in rows)
        newest = max((r["period"] for r in rows if r["period"][:4] == year), key=lambda p: recency(p, "ytd")[0])
        quarters = sorted({r["period"] for r in rows if r["span"] == "quarter" and r["period"][:4] == year})
        held = {(r["region_id"], r["period"]): r for r in rows if r["span"] == "quarter" and r["indicator_id"] == "F09.total"}
        # The year so far of those of whom all of it is known; a region that lacks a quarter has its other quarters only.
        so_far = {(r["region_id"], r["indicator_id"]): r for r in rows if r["span"] in ("ytd", "year") and r["period"][:4] == year
                  and recency(r["period"], "ytd")[0] == recency(newest, "ytd")[0]}
        lines, none, silent = [], [], []
        for region in self._regions():
            cells = [so_far.get((region.id, i)) for i in DRILLS]
            county = region.kind == "division" and not any(r.kind == "division" for r in region.below())
            total = so_far.get((region.id, "F09.total"))
            if county:
                none += [self.region_link(region)] if total is not None and not total["value"] else []
                silent += [self.region_link(region)] if total is None and not any((region.id, q) in held for q in quarters) else []
            if total is not None or any((region.id, q) in held for q in quarters):
                lines.append({"region": self.region_link(region), "total": self.root is not None and region.id == self.root.id,
                              "quarters": [self._cell(held.get((region.id, q))) for q in quarters], "cells": [self._cell(c) for c in cells]})
        return {"year": self.w.period(year), "until": self.w.period(newest, "ytd" if "-" in newest else ""), "quarters": [self.w.period(q) for q in quarters],
                "heads": self._heads(DRILLS), "lines": lines, "none": none, "silent": silent}

    def _staffing(self) -> dict | None:
        """Every region and level of the duty system with fewer people in post than required; all levels together only where none is known by itself."""
        rows = self._rows(STAFF, "span = 'stock' AND obs_status <> 'partial'")
        if not any(r["indicator_id"] == "staff_shortfall" for r in rows):
            return None
        period = max((r["period"] for r in rows if r["indicator_id"] == "staff_shortfall"), key=lambda p: recency(p, "stock"))
        found = {(r["region_id"], r["category"], r["indicator_id"]): r for r in rows if r["period"] == period}
        categories = sorted({c for _, c, i in found if i == "staff_shortfall"}, key=lambda c: (self.data.category_sort(c, "F10"), c))
        split = {region for region, category, i in found if i == "staff_shortfall" and category not in ("", "TOTAL")}
        lines = []
        for region in self._regions():
            for category in categories:
                if region.id in split and category in ("", "TOTAL"):
                    continue
                short = found.get((region.id, category, "staff_shortfall"))
                if short is not None and short["value"] > 0:
                    lines.append({"region": self.region_link(region), "total": self.root is not None and region.id == self.root.id,
                                  "category": "" if category in ("", "TOTAL") else self.data.category_name(category, "F10", self.lang),
                                  "cells": [self._cell(found.get((region.id, category, i))) for i in STAFF]})
        return {"period": self.w.period(period, "stock"), "heads": self._heads(STAFF), "lines": lines}

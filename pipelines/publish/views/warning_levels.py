"""Warning levels by region and industry with what they are made of, and risks by colour."""

from __future__ import annotations

from collections import Counter

from pipelines import warning_scales
from pipelines.publish import charts
from pipelines.publish.release_data import recency
from pipelines.publish.views.base import PageBase

MONTHS_SHOWN = 36


class WarningsView(PageBase):
    """Warning levels by region and industry with what they are made of, and risks by colour."""

    @property
    def declared(self) -> warning_scales.Warnings:
        return self.jurisdiction.warnings or warning_scales.load(self.jurisdiction.folder, self.data.reference)

    def page(self) -> dict:
        """Everything on the page of warnings: the newest month in which a whole region has a level."""
        months = self.data.rows("SELECT max(period) AS period FROM warning_levels WHERE industry = 'TOTAL' AND level IS NOT NULL")
        period = months[0]["period"] if months else None
        rows = self._rows(period) if period else {}
        return {
            "any": bool(rows),
            "period": self.w.period(period) if period else "",
            "components": [{"id": c.id, "name": getattr(c, self.lang), "weight": self.w.number(c.weight)} for c in self.declared.components],
            "regions": [r for r in (self._region(region, rows[region.id, "TOTAL"]) for region in self._regions() if (region.id, "TOTAL") in rows) if r],
            "spread": self._spread(rows),
            "industries": self._industries(rows),
            "lines": self._lines(rows),
            "series": self._series(),
            "scale": self._scale(self.declared.scale),
            "scale_name": self.declared.scales[self.declared.scale][0][self.lang],
            "least": self.w.number(self.declared.least_covered),
            "risks": self._risks(),
        }

    def _regions(self):
        for root in self.data.roots:
            yield root
            yield from root.below()

    # --- levels

    def chip(self, scale: str, level: int | None) -> dict | None:
        """A level in its colour and its word; None where there is none."""
        if level is None or scale not in self.declared.scales:
            return None
        found = self.declared.scales[scale][1][level - 1]
        return {"level": level, "colour": found.colour, "word": getattr(found, self.lang)}

    def _rows(self, period: str) -> dict[tuple[str, str], dict]:
        rows = self.data.rows("SELECT * FROM warning_levels WHERE period = ? ORDER BY region_id, industry", [period])
        parts: dict[tuple[str, str], dict[str, float]] = {}
        for row in self.data.rows("SELECT * FROM warning_components WHERE period = ? ORDER BY region_id, industry, position", [period]):
            parts.setdefault((row["region_id"], row["industry"]), {})[row["component"]] = row["pressure"]
        return {(r["region_id"], r["industry"]): {**r, "parts": parts.get((r["region_id"], r["industry"]), {})} for r in rows}

    def _region(self, region, row: dict) -> dict:
        return {
            "region": self.region_link(region.at(row["period"])),
            "total": self.root is not None and region.id == self.root.id,
            "index": self.w.number(row["index_value"], self.declared.decimals),
            "chip": self.chip(row["scale"], row["level"]),
            "parts": [self.w.number(row["parts"].get(c.id), 2) for c in self.declared.components],
            "covered": self.w.number(row["covered_pct"], 0),
        }

    def _spread(self, rows: dict) -> list[dict]:
        """How many regions below the root stand on each level, and how many on none."""
        counts = Counter(row["level"] for (region, industry), row in rows.items() if industry == "TOTAL" and not (self.root and region == self.root.id))
        total = sum(counts.values()) or 1
        found = [
            {"chip": self.chip(self.declared.scale, level.level), "count": counts.get(level.level, 0), "width": round(counts.get(level.level, 0) / total * 100, 2)}
            for level in self.declared.scales[self.declared.scale][1]
        ]
        return [*found, {"chip": None, "count": counts[None], "width": round(counts[None] / total * 100, 2)}] if counts[None] else found

    def _industries(self, rows: dict) -> list[dict]:
        """The industries in which some region has a level, with the root's own."""
        have = {industry for (_, industry), row in rows.items() if row["level"] is not None}
        return [{"id": i.id, "name": getattr(i, self.lang)} for i in self.declared.industries if i.id in have]

    def _lines(self, rows: dict) -> list[dict]:
        shown = self._industries(rows)
        found = []
        for region in self._regions():
            cells = [rows.get((region.id, i["id"])) for i in shown]
            if any(c and c["level"] is not None for c in cells):
                found.append(
                    {
                        "region": self.region_link(region),
                        "total": self.root is not None and region.id == self.root.id,
                        "cells": [
                            {"chip": self.chip(c["scale"], c["level"]), "index": self.w.number(c["index_value"], self.declared.decimals)}
                            if c and c["level"] is not None else None
                            for c in cells
                        ],
                    }
                )
        return found

    def _series(self) -> dict | None:
        """The index of the whole as a line, where there are at least three months of it."""
        rows = self.data.rows(
            "SELECT period, index_value FROM warning_levels WHERE region_id = ? AND industry = 'TOTAL' AND index_value IS NOT NULL ORDER BY period",
            [self.root.id if self.root else ""],
        )[-MONTHS_SHOWN:]
        if len(rows) < 3:
            return None
        points = [
            {"code": r["period"], "period": r["period"], "at": recency(r["period"], "month")[0], "value": r["index_value"],
             "text": self.w.number(r["index_value"], self.declared.decimals)}
            for r in rows
        ]
        return {"name": f"{self.root.name(self.lang)} · {self.w('warnings.index')}", "unit": "", "basis": "", "from": self.w.period(points[0]["period"]),
                "to": self.w.period(points[-1]["period"]), "points": points, "step": 1, "line": charts.line(points, 1)}

    def _scale(self, name: str) -> list[dict]:
        levels = self.declared.scales[name][1]
        found = []
        for above, level in zip([None, *levels], levels, strict=False):
            low = self.w("warnings.from" if level.inclusive else "warnings.above", value=self.w.number(level.min))
            high = "" if above is None else self.w("warnings.below" if above.inclusive else "warnings.up_to", value=self.w.number(above.min))
            found.append({"chip": self.chip(name, level.level), "range": f"{low}{self.w('comma') if high else ''}{high}"})
        return found

    # --- risks by colour

    def _risks(self) -> list[dict]:
        """For each kind of object and each scale: the newest quarter, region by region."""
        rows = self.data.rows("SELECT * FROM risk_colours WHERE position('/' IN category) = 0 ORDER BY category, scale, period, region_id, level")
        groups: dict[tuple[str, str], dict[str, list[dict]]] = {}
        for row in rows:
            groups.setdefault((row["category"], row["scale"]), {}).setdefault(row["period"], []).append(row)
        found = []
        for (category, scale), periods in groups.items():
            if scale not in self.declared.scales:
                continue
            period = max(periods, key=lambda p: recency(p, "stock"))
            levels = [level for level in self.declared.scales[scale][1] if level.of]
            by_region: dict[str, dict[int, dict]] = {}
            for row in periods[period]:
                by_region.setdefault(row["region_id"], {})[row["level"]] = row
            lines = [
                {
                    "region": self.region_link(region),
                    "total": self.root is not None and region.id == self.root.id,
                    "cells": [
                        {"units": self.w.number(c["units"], 0), "share": f"{self.w.number(c['share_pct'], 2)}%" if c["share_pct"] is not None else ""}
                        if (c := by_region[region.id].get(level.level)) else None
                        for level in levels
                    ],
                    "bar": [{"colour": level.colour, "width": c["share_pct"]} for level in levels
                            if (c := by_region[region.id].get(level.level)) and c["share_pct"]],
                }
                for region in self._regions() if region.id in by_region
            ]
            found.append({"name": self.data.category_name(category, "F11", self.lang), "scale": self.declared.scales[scale][0][self.lang],
                          "period": self.w.period(period, "stock"), "heads": [self.chip(scale, level.level) for level in levels], "lines": lines})
        return found

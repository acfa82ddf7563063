"""The newest figures of a region, in numbers and as a sentence; tiles and charts of the home page."""

from __future__ import annotations

import itertools
from functools import cached_property

from pipelines.publish import charts
from pipelines.publish.numbers import NumberWriter, Sources
from pipelines.publish.release_data import STEPS, Region, recency, span_rank
from pipelines.publish.views.reporting import ReportingView

CORE = ("accidents", "deaths")


class HeadlineView(ReportingView):
    """The newest figures of a region, in numbers and as a sentence; tiles and charts of the home page."""

    @cached_property
    def headline_category(self) -> str:
        """TOTAL; where a release holds no total at all, the category that most of its accident figures are about."""
        rows = self.data.rows(
            "SELECT category, count(*) AS n FROM indicators WHERE indicator_id IN ('accidents', 'deaths') AND value IS NOT NULL "
            "GROUP BY category ORDER BY category <> 'TOTAL', n DESC, category LIMIT 1"
        )
        return rows[0]["category"] if rows else "TOTAL"

    @cached_property
    def headline_category_name(self) -> str:
        category = self.headline_category
        return "" if category == "TOTAL" else self.data.category_name(category, "F02", self.lang)

    @cached_property
    def _headline_rows(self) -> dict[str, list[dict]]:
        ids = ", ".join(f"'{name}'" for name in self.data.headline_ids)
        found: dict[str, list[dict]] = {}
        for row in self.data.rows(
            "SELECT i.* FROM indicators i JOIN shown USING (period, span) WHERE category = ? AND value IS NOT NULL "
            f"AND indicator_id IN ({ids or 'NULL'}) ORDER BY region_id, indicator_id, period, span, basis",
            [self.headline_category],
        ):
            if not self.is_partial_rate(row):
                found.setdefault(row["region_id"], []).append(row)
        return found

    @cached_property
    def _headline_changes(self) -> dict[tuple, dict]:
        ids = ", ".join(f"'{name}'" for name in self.data.headline_ids)
        rows = self.data.rows(
            f"SELECT c.* FROM comparisons c JOIN shown USING (period, span) WHERE category = ? AND indicator_id IN ({ids or 'NULL'})",
            [self.headline_category],
        )
        return {(r["region_id"], r["indicator_id"], r["period"], r["span"], r["basis"], r["kind"]): r for r in rows}

    def headline(self, region: Region) -> dict | None:
        """The newest figures of a region: accidents and deaths where there are any, else its other main indicators."""
        rows = self._headline_rows.get(region.id, [])
        rows = [r for r in rows if r["indicator_id"] in CORE] or rows
        rows = [r for r in rows if r["obs_status"] != "partial"] or rows
        if not rows:
            return None
        newest = max(rows, key=lambda r: (*recency(r["period"], r["span"]), -span_rank(r["span"]), r["basis"] or ""))
        key = (newest["period"], newest["span"], newest["basis"])
        order = {name: at for at, name in enumerate(self.data.headline_ids)}
        cells = []
        for row in sorted(self._headline_rows[region.id], key=lambda r: order[r["indicator_id"]]):
            if (row["period"], row["span"], row["basis"]) == key:
                cells.append(self._headline_cell(region, row))
        return {
            "period": self.w.period(newest["period"], newest["span"]),
            "period_code": self.w.period_code(newest["period"], newest["span"]),
            "basis": " · ".join(text for text in (self.basis(newest), self.headline_category_name) if text),
            "cells": cells[:4],
            "key": key,
            "sentence": self._sentence(region, newest, cells),
            "both_down": self._both_down(cells),
        }

    def _headline_cell(self, region: Region, row: dict) -> dict:
        writer = NumberWriter(self.data, self.w, Sources(), [])
        key = (region.id, row["indicator_id"], row["period"], row["span"], row["basis"])
        number = writer.number(row)
        number.source = 0
        return {
            "id": row["indicator_id"],
            "name": self.data.indicator_name(row["indicator_id"], self.lang),
            "number": number,
            "yoy": writer.change(self._headline_changes.get((*key, "yoy"))),
            "mom": writer.change(self._headline_changes.get((*key, "mom"))),
        }

    @staticmethod
    def _both_down(cells: list[dict]) -> bool:
        core = [c["yoy"] for c in cells if c["id"] in CORE]
        return len(core) == 2 and all(c is not None and c.arrow == "▼" for c in core)

    def _sentence(self, region: Region, row: dict, cells: list[dict]) -> str:
        """The newest figures as one sentence of plain words."""
        parts = []
        for cell in cells:
            if cell["id"] in CORE:
                parts.append(self.w(f"sentence.{cell['id']}", value=cell["number"].text))
        if not parts:
            parts = [
                self.w(
                    "sentence.other",
                    name=c["name"],
                    value=f"{c['number'].text}{'' if c['number'].unit == '%' else ' '}{c['number'].unit}".strip(),
                )
                for c in cells[:2]
            ]
        period = self.w.period(row["period"], row["span"])
        key = "sentence.partial" if row["obs_status"] == "partial" else "sentence.whole"
        share = self.w.number(row["reporting_share"], 0)
        name = region.name(self.lang)
        if self.headline_category_name:
            name = f"{name}{'' if self.lang == 'zh' else ', '}{self.headline_category_name}"
        text = self.w(key, period=period, region=name, parts=self._sentence_list(parts), share=share)
        changes = []
        for cell in cells:
            change = cell["yoy"]
            if cell["id"] in CORE and change is not None and change.known:
                key = "same" if change.tone == "flat" else "up" if change.arrow == "▲" else "down"
                size = change.percent.lstrip("+\u2212") or change.difference.lstrip("+\u2212")
                changes.append(self.w(f"sentence.{key}", name=cell["name"] if self.lang == "zh" else cell["name"].lower(), size=size))
        if changes:
            text += self.w("sentence.yoy", changes=self._sentence_list(changes))
        return text + self.w("sentence.stop")

    def _sentence_list(self, parts: list[str]) -> str:
        return ("、" if self.lang == "zh" else " and ").join(parts)

    def tree(self) -> list[dict]:
        """All regions from the roots down, each with its status and, for the first two levels, its headline."""

        def entry(region: Region, depth: int) -> dict:
            children = [entry(child, depth + 1) for child in region.children]
            return {
                "region": self.region_link(region),
                "status": self.status(region),
                "headline": self.headline(region) if depth < 2 else None,
                "children": children,
                "leaves": [c for c in children if not c["children"]],
            }

        return [entry(root, 0) for root in self.data.roots]

    def tiles(self, region: Region, layout: dict[str, tuple[int, int]]) -> dict | None:
        """The regions below as tiles with one indicator: the main one that most of them have, at its newest period."""
        if not region.children:
            return None
        groups: dict[tuple, dict[str, dict]] = {}
        for child in region.children:
            for row in self._headline_rows.get(child.id, []):
                groups.setdefault((row["indicator_id"], row["period"], row["span"], row["basis"]), {})[child.id] = row
        order = {name: at for at, name in enumerate(self.data.headline_ids)}
        chosen: dict[str, dict] = {}
        caption = None
        if groups:
            most = max(len(rows) for rows in groups.values())
            enough = {key: rows for key, rows in groups.items() if 2 * len(rows) >= most}
            key = max(enough, key=lambda k: (-order[k[0]], *recency(k[1], k[2]), k[3] or ""))
            chosen = enough[key]
            caption = {
                "indicator": self.data.indicator_name(key[0], self.lang),
                "unit": self.w.get(f"unit.{next(iter(chosen.values()))['unit']}", next(iter(chosen.values()))["unit"] or ""),
                "period": self.w.period(key[1], key[2]),
                "basis": self.basis(next(iter(chosen.values()))),
            }
        placed = all(child.id in layout for child in region.children)
        tiles = []
        for child in region.children:
            row = chosen.get(child.id)
            cell = self._headline_cell(child, row) if row else None
            column, line = layout.get(child.id, (0, 0)) if placed else (0, 0)
            status = self.status(child)
            tiles.append({"region": self.region_link(child), "cell": cell, "status": status, "column": column, "line": line})
        columns = max((t["column"] for t in tiles), default=0)
        return {"tiles": tiles, "caption": caption, "placed": placed, "columns": columns, "with_value": len(chosen)}

    def pairs(self, region: Region) -> list[dict]:
        """Accidents and deaths of at least three periods of one kind, each beside the same period of the year before."""
        rows = self.data.rows(
            "SELECT c.* FROM comparisons c JOIN shown USING (period, span) WHERE region_id = ? AND category = ? AND kind = 'yoy' "
            "AND value IS NOT NULL AND base_value IS NOT NULL AND indicator_id IN ('accidents', 'deaths') ORDER BY ALL",
            [region.id, self.headline_category],
        )
        groups: dict[tuple, dict[str, list[dict]]] = {}
        for row in rows:
            groups.setdefault((row["span"], row["basis"]), {}).setdefault(row["indicator_id"], []).append(row)
        enough = {key: each for key, each in groups.items() if max(len(r) for r in each.values()) >= 3}
        if not enough:
            return []
        key = max(
            enough,
            key=lambda k: (max(recency(r["period"], k[0])[0] for each in enough[k].values() for r in each), span_rank(k[0]), k[1] or ""),
        )
        writer = NumberWriter(self.data, self.w, Sources(), [])
        found = []
        for indicator in CORE:
            each = sorted(enough[key].get(indicator, []), key=lambda r: recency(r["period"], r["span"]))
            if len(each) < 3:
                continue
            decimals = self.data.decimals(indicator)
            lines = [
                {
                    "code": self.w.period_code(r["period"], r["span"]),
                    "value": r["value"],
                    "base": r["base_value"],
                    "value_text": self.w.number(r["value"], decimals),
                    "base_text": self.w.number(r["base_value"], decimals),
                    "change": writer.change(r),
                }
                for r in each
            ]
            unit = (self.data.catalogue.get(indicator) or {}).get("unit") or ""
            found.append(
                {
                    "name": self.data.indicator_name(indicator, self.lang),
                    "unit": self.w.get(f"unit.{unit}", unit),
                    "basis": self.basis({"indicator_id": indicator, "basis": key[1]}),
                    "from": self.w.period(each[0]["period"], key[0]),
                    "to": self.w.period(each[-1]["period"], key[0]),
                    "rows": lines,
                    "gaps": any(b - a > STEPS.get(key[0], 1) for a, b in itertools.pairwise(recency(r["period"], key[0])[0] for r in each)),
                    "spec": charts.pairs_spec([{**line, "code": r["period"]} for line, r in zip(lines, each, strict=True)]),
                }
            )
        return found

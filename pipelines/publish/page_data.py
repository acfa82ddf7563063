"""What each page shows, as plain data: no markup, no files. The templates in `site/templates` only lay it out."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from functools import cached_property
from zoneinfo import ZoneInfo

from pipelines.publish import charts
from pipelines.publish.numbers import NumberWriter, Sources
from pipelines.publish.release_data import Region, ReleaseData, recency, span_rank
from pipelines.publish.words import Words

CORE = ("accidents", "deaths")
INPUT_FORMS = "('F13', 'F14')"  # denominators and targets: filled in above, not a sign that a region has reported
FINDINGS_SHOWN = 50
REVISIONS_SHOWN = 100
CONTENTS_SHOWN = 12
RANK_ROWS_SHOWN = 1500
OLDER_RANKINGS = 6
INPUT_YEARS = 8
SEVERITIES = ("error", "warning", "info")
VERDICTS = ("reproduced", "truncated_as_declared", "truncated", "off_in_last_digit", "contradiction", "not_recomputable")
STEPS = {"year": 12, "half": 6, "quarter": 3, "stock": 0}  # months from one period to the next
STATUS_WORST = {"over": 0, "reached": 1, "watch": 2, "normal": 3}


def slug(text: str) -> str:
    """An id as part of an address. Only letters, digits, - and _ survive, so that nothing in data can name a path."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "x"


class PageData:
    """The views of one release in one language. Region pages are asked for in ascending order of region id."""

    def __init__(self, data: ReleaseData, words: Words, jurisdiction: object) -> None:
        self.data = data
        self.w = words
        self.lang = words.lang
        self.jurisdiction = jurisdiction
        self.root = data.regions.get(str(jurisdiction.root)) or (data.roots[0] if data.roots else None)
        self.zone = ZoneInfo(getattr(jurisdiction, "time_zone", None) or "Asia/Shanghai")
        self._streams: dict[str, object] = {}

    # --- regions -----------------------------------------------------------------------------------------------------

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
            "basis": " · ".join(text for text in (self._basis(newest), self.headline_category_name) if text),
            "cells": cells[:4],
            "key": key,
            "sentence": self._sentence(region, newest, cells),
            "both_down": self._both_down(cells),
        }

    def _basis(self, row: dict) -> str:
        form = self.data.reference.forms.get(self.data.form_of(row["indicator_id"]))
        return self.data.basis_name(row["basis"], self.lang) if form is not None and form.has_basis else ""

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
                self.w("sentence.other", name=c["name"], value=f"{c['number'].text}{'' if c['number'].unit == '%' else ' '}{c['number'].unit}".strip())
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

    # --- who has reported --------------------------------------------------------------------------------------------

    @cached_property
    def _reports(self) -> dict[tuple[str, str], dict[str, int]]:
        """(region, year) -> form -> number of periods reported, the annual inputs left aside."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.data.rows(
            "SELECT region_id, left(period, 4) AS year, form_id, count(DISTINCT period || span) AS n FROM figures "
            f"WHERE form_id NOT IN {INPUT_FORMS} GROUP BY ALL ORDER BY ALL"
        ):
            found.setdefault((row["region_id"], row["year"]), {})[row["form_id"]] = row["n"]
        return found

    @cached_property
    def years(self) -> list[dict]:
        """For each year, newest first, how many regions have reported; the root is told apart from those below it."""
        root = self.root.id if self.root else ""
        found: dict[str, dict] = {}
        for region, year in self._reports:
            entry = found.setdefault(year, {"year": year, "below": 0, "root": False})
            if region == root:
                entry["root"] = True
            else:
                entry["below"] += 1
        return [found[year] for year in sorted(found, reverse=True)]

    @cached_property
    def reporting_year(self) -> str:
        """The newest year in which at least half as many regions reported as in the best year: a year that has only begun waits."""
        if not self.years:
            return ""
        most = max(entry["below"] for entry in self.years)
        return next(entry["year"] for entry in self.years if 2 * entry["below"] >= most)

    @cached_property
    def reported(self) -> dict[str, dict[str, int]]:
        """region -> form -> number of periods reported in the reporting year."""
        return {region: forms for (region, year), forms in self._reports.items() if year == self.reporting_year}

    @cached_property
    def _last_year(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for region, year in self._reports:
            found[region] = max(year, found.get(region, ""))
        return found

    def status(self, region: Region) -> dict:
        """reported: figures of its own for the reporting year or later; earlier: only older ones; below: only of regions under it."""
        below = list(region.below())
        reporting = sum(1 for r in below if r.id in self.reported)
        last = self._last_year.get(region.id, "")
        key = "reported" if last and last >= self.reporting_year else "earlier" if last else "below" if reporting else "none"
        word = "below_complete" if key == "below" and self._rolled_up.get(region.id) else key
        return {
            "key": key,
            "word": self.w(f"status.{word}", year=last),
            "forms": len(self.reported.get(region.id, {})),
            "below_reporting": reporting,
            "below_total": len(below),
        }

    @cached_property
    def _rolled_up(self) -> dict[str, bool]:
        """Regions that have a figure of the reporting year, own or summed; False where it is only a part of a sum."""
        rows = self.data.rows(
            "SELECT region_id, bool_or(obs_status <> 'partial') AS complete FROM indicators WHERE left(period, 4) = ? "
            "AND left(indicator_id, 4) NOT IN ('F13.', 'F14.') AND value IS NOT NULL GROUP BY region_id",
            [self.reporting_year],
        )
        return {row["region_id"]: row["complete"] for row in rows}

    def matrix(self, region: Region) -> dict | None:
        """Who has reported which form in the reporting year; the region itself first."""
        members = [region, *region.children]
        below: dict[str, dict[str, int]] = {}
        leaves: dict[str, list[Region]] = {}
        for member in members:
            counts = below.setdefault(member.id, {})
            leaves[member.id] = [each for each in member.below() if not each.children]
            for each in leaves[member.id]:
                for form in self.reported.get(each.id, {}):
                    counts[form] = counts.get(form, 0) + 1
        forms = sorted(
            {f for r in members for f in self.reported.get(r.id, {})} | {f for counts in below.values() for f in counts}, key=self._form_order
        )
        if not forms:
            return None
        rows = []
        for member in members:
            own = self.reported.get(member.id, {})
            status = self.status(member)
            rows.append(
                {
                    "region": self.region_link(member),
                    "self": member is region,
                    "cells": [{"own": own.get(f, 0), "below": below[member.id].get(f, 0), "of": len(leaves[member.id])} for f in forms],
                    "status": status,
                }
            )
        return {
            "forms": [{"id": f, "name": self.data.form_name(f, self.lang)} for f in forms],
            "rows": rows,
            "year": self.reporting_year,
            "any_below": any(c["below"] and not c["own"] for row in rows for c in row["cells"]),
        }

    def _form_order(self, form_id: str) -> tuple:
        forms = list(self.data.reference.forms)
        return (forms.index(form_id), "") if form_id in forms else (len(forms), form_id)

    def coverage(self) -> list[dict]:
        """How many units of each level have figures in the reporting year."""
        if self.root is None:
            return []
        levels: dict[str, list[Region]] = {}
        for region in self.root.below():
            if region.kind == "division" and not region.valid_to:
                levels.setdefault(region.level, []).append(region)
        found = []
        for level, members in levels.items():
            complete = sum(1 for r in members if self._rolled_up.get(r.id) or r.id in self.reported)
            partial = sum(1 for r in members if r.id in self._rolled_up) - sum(1 for r in members if self._rolled_up.get(r.id))
            found.append(
                {
                    "level": self.w.get(f"levels.{level}", level),
                    "total": len(members),
                    "reported": complete,
                    "partial": partial,
                    "missing": len(members) - complete - partial,
                }
            )
        return found

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

    # --- tiles -------------------------------------------------------------------------------------------------------

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
                "basis": self._basis(next(iter(chosen.values()))),
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

    # --- region page -------------------------------------------------------------------------------------------------

    def _take(self, name: str, sql: str, region_id: str) -> list[dict]:
        if name not in self._streams:
            self._streams[name] = self.data.stream(sql)
        return self._streams[name].take(region_id)

    def region_rows(self, region_id: str) -> dict[str, list[dict]]:
        """All rows of one region that its page needs."""
        shown = "JOIN shown USING (period, span)"
        return {
            "indicators": self._take(
                "indicators",
                f"SELECT t.* FROM indicators t {shown} ORDER BY region_id, indicator_id, category, period, span, basis",
                region_id,
            ),
            "comparisons": self._take(
                "comparisons",
                f"SELECT t.* FROM comparisons t {shown} ORDER BY region_id, indicator_id, category, period, span, basis, kind",
                region_id,
            ),
            "rankings": self._take(
                "rankings",
                f"SELECT t.* FROM rankings t {shown} WHERE rank IS NOT NULL AND ranked_count > 1 "  # one alone is no ranking
                "ORDER BY region_id, indicator_id, category, period, span, basis, peer_group",
                region_id,
            ),
            "figures": self._take(
                "figures",
                "SELECT * FROM figures WHERE period IN (SELECT period FROM shown) OR left(period, 4) IN (SELECT period FROM shown) "
                "ORDER BY region_id, form_id, measure, category, period, span, basis",
                region_id,
            ),
            "printed": self._take(
                "printed",
                "SELECT * FROM reconciliations WHERE kind IN ('rate', 'yoy', 'mom', 'change', 'mom_change') "
                "ORDER BY region_id, form_id, measure, category, period, span, basis, kind, submission_id, sheet, cell",
                region_id,
            ),
            "targets": self._take(
                "targets", "SELECT * FROM target_progress ORDER BY region_id, year, period, indicator_id, category, basis", region_id
            ),
            "findings": self._take(
                "findings",
                "SELECT * FROM quality_findings WHERE region_id IS NOT NULL "
                "ORDER BY region_id, severity, check_id, period, form_id, submission_id, sheet, cell, value, expected",
                region_id,
            ),
            "series": self._take(
                "series",
                "SELECT region_id, indicator_id, period, span, basis, value, unit FROM indicators "
                f"WHERE category = '{self.headline_category.replace(chr(39), '')}' AND value IS NOT NULL AND span <> 'range' AND indicator_id IN ({', '.join(repr(i) for i in self.data.headline_ids) or 'NULL'}) "
                "ORDER BY region_id, indicator_id, span, basis, period",
                region_id,
            ),
        }

    def region(self, region: Region) -> dict:
        """Everything on one region's page."""
        rows = self.region_rows(region.id)
        sources = Sources()
        writer = NumberWriter(self.data, self.w, sources, rows["figures"], rows["printed"])
        blocks, inputs = self._blocks(rows, writer)
        headline = self.headline(region)
        named = list(dict.fromkeys(r["indicator_id"] for r in rows["indicators"] if r["indicator_id"] not in self.data.plain))
        named.sort(key=self.data.order)
        return {
            "region": self.region_link(region),
            "contents": [self.data.indicator_name(name, self.lang, short=True) for name in named[:CONTENTS_SHOWN]],
            "contents_count": len(named),
            "ancestors": [self.region_link(r) for r in region.ancestors],
            "valid_from": region.valid_from or "",
            "valid_to": region.valid_to or "",
            "ranked": region.ranked,
            "included": region.included_in_parent or not region.ancestors,
            "status": self.status(region),
            "year": self.reporting_year,
            "headline": headline,
            "blocks": blocks,
            "inputs": inputs,
            "targets": self.targets(rows["targets"]),
            "ranks": self._ranks(rows["rankings"]),
            "findings": self._findings(rows["findings"]),
            "series": self._series(rows["series"]),
            "children": self._children(region),
            "children_name": self.children_name(region),
            "sources": sources.entries,
            "files": self.submissions(sources.submissions),
            "legend": sources.legend,
            "hidden_periods": self.data.hidden_periods,
            "empty": not blocks and not inputs and not rows["targets"],
        }

    def _children(self, region: Region) -> list[dict]:
        return [
            {"region": self.region_link(child), "status": self.status(child), "headline": self.headline(child)}
            for child in region.children
        ]

    def _blocks(self, rows: dict[str, list[dict]], writer: NumberWriter) -> tuple[list[dict], list[dict]]:
        """The figures by period, newest first; in each by form; in each a table by category and a list. Then the annual inputs."""
        changes: dict[tuple, dict[str, dict]] = {}
        for row in rows["comparisons"]:
            changes.setdefault(row_key(row), {})[row["kind"]] = row
        ranks = {row_key(r): r for r in rows["rankings"] if r["peer_group"] == "all"}
        inputs: dict[str, list[dict]] = {}
        blocks: dict[tuple, dict[tuple, list[dict]]] = {}
        for row in self._block_rows(rows["indicators"], changes):
            form = self.data.form_of(row["indicator_id"])
            if self._is_input(form):
                inputs.setdefault(form, []).append(row)
            else:
                blocks.setdefault((row["period"], row["span"]), {}).setdefault((form, row["basis"]), []).append(row)
        found = []
        for period, span in sorted(blocks, key=lambda k: (*recency(*k), -span_rank(k[1])), reverse=True):
            groups = []
            for form, basis in sorted(blocks[(period, span)], key=lambda k: (self._form_order(k[0]), k[1] or "")):
                groups.append(self._group(form, basis, blocks[(period, span)][(form, basis)], changes, ranks, writer))
            found.append(
                {
                    "title": self.w.period(period, span),
                    "code": self.w.period_code(period, span),
                    "anchor": slug(f"p-{period}-{span}"),
                    "forms": list(dict.fromkeys(g["name"] for g in groups)),
                    "groups": groups,
                }
            )
        return found, [self._inputs(form, inputs[form], writer) for form in sorted(inputs, key=self._form_order)]

    def _block_rows(self, indicators: list[dict], changes: dict[tuple, dict[str, dict]]) -> list[dict]:
        """The indicator rows to show, and a row for each change whose numbers were not published.

        Left out: a plain measure that is shown under its own name, and January "from January on" where January is there.
        """
        months = {row_key(r)[:3] + (r["basis"],) for r in indicators if r["span"] == "month"}
        found, have = [], set()
        for row in indicators:
            again = row["span"] == "ytd" and row["period"].endswith("-01") and row_key(row)[:3] + (row["basis"],) in months
            if row["indicator_id"] not in self.data.plain and not again:
                found.append(row)
            have.add(row_key(row))
        for key, kinds in changes.items():
            if key not in have and key[0] not in self.data.plain:
                row = next(iter(kinds.values()))
                if row["change"] is not None or row["change_pct"] is not None:
                    only = {"unit": None, "qualifier": "exact", "obs_status": "change_only", "source": "own", "reporting_share": None}
                    found.append({**row, **only})
        return found

    def _is_input(self, form_id: str) -> bool:
        form = self.data.reference.forms.get(form_id)
        return form is not None and form.kind == "stock" and form.frequency == "year"

    def _inputs(self, form: str, rows: list[dict], writer: NumberWriter) -> dict:
        """A form filled in once a year (denominators, targets): a line an item, a column a year."""
        periods = sorted({(r["period"], r["span"]) for r in rows}, key=lambda k: recency(*k), reverse=True)[:INPUT_YEARS]
        lines: dict[tuple, dict] = {}
        for row in rows:
            lines.setdefault((row["indicator_id"], row["category"]), {})[(row["period"], row["span"])] = row
        found = []
        for indicator, category in sorted(lines, key=lambda k: (self.data.order(k[0]), self.data.category_sort(k[1], form), k[1])):
            cells = lines[(indicator, category)]
            unit = next(iter(cells.values()))["unit"]
            found.append(
                {
                    "name": self.data.indicator_name(indicator, self.lang, short=True),
                    "category": self.data.category_name(category, form, self.lang) if category not in ("", "TOTAL") else "",
                    "unit": writer.unit(unit),
                    "cells": [writer.number(cells[p]) if p in cells and cells[p]["value"] is not None else None for p in periods],
                }
            )
        return {"form": form, "name": self.data.form_name(form, self.lang), "periods": [p for p, _ in periods], "lines": found}

    def _group(self, form: str, basis: str, rows: list[dict], changes: dict, ranks: dict, writer: NumberWriter) -> dict:
        by_indicator: dict[str, list[dict]] = {}
        for row in sorted(rows, key=lambda r: self.data.order(r["indicator_id"])):
            by_indicator.setdefault(row["indicator_id"], []).append(row)
        wide = {name for name, each in by_indicator.items() if len(each) > 1}
        categories = sorted(
            {r["category"] for name in wide for r in by_indicator[name]}, key=lambda c: (self.data.category_sort(c, form), c)
        )
        matrix = None
        if len(categories) > 1:
            columns = list(by_indicator) if not any(c == "TOTAL" for c in categories) else [n for n in by_indicator if n in wide]
            cells = {(r["indicator_id"], r["category"]): r for name in columns for r in by_indicator[name]}
            lines = []
            for category in categories:
                lines.append(
                    {
                        "name": self.data.category_name(category, form, self.lang),
                        "depth": self.data.category_depth(category, form, set(categories)),
                        "total": category == "TOTAL",
                        "cells": [self._cell(cells.get((name, category)), changes, ranks, writer) for name in columns],
                    }
                )
            heads = [
                {
                    "name": self.data.indicator_name(name, self.lang, short=True),
                    "unit": writer.unit(by_indicator[name][0]["unit"]),
                }
                for name in columns
            ]
            matrix = {"heads": heads, "lines": lines}
            by_indicator = {name: each for name, each in by_indicator.items() if name not in columns}
        listed = []
        for name, each in by_indicator.items():
            for row in each:
                cell = self._cell(row, changes, ranks, writer)
                cell["name"] = self.data.indicator_name(name, self.lang, short=True)
                cell["category"] = "" if row["category"] in ("", "TOTAL") else self.data.category_name(row["category"], form, self.lang)
                listed.append(cell)
        declared = self.data.reference.forms.get(form)
        cells = [c for line in (matrix["lines"] if matrix else []) for c in line["cells"]] + listed
        numbers = [c["number"] for c in cells if c["number"]]
        shared = [m for m in numbers[0].marks if m.key == "partial" and all(m in n.marks for n in numbers)] if numbers else []
        for number in numbers:
            number.marks = [m for m in number.marks if m not in shared]
        return {
            "marks": shared,  # what would stand beside every number of the group stands beside its name
            "form": form,
            "name": self.data.form_name(form, self.lang),
            "basis": self.data.basis_name(basis, self.lang) if declared is not None and declared.has_basis else "",
            "matrix": matrix,
            "list": listed,
            "any_mom": any(c["mom"] for c in listed),
            "any_yoy": any(c["yoy"] for c in listed),
            "any_rank": any(c["rank"] for c in listed),
        }

    def _cell(self, row: dict | None, changes: dict, ranks: dict, writer: NumberWriter) -> dict:
        if row is None:
            return {"number": None, "unpublished": False, "change_source": 0, "yoy": None, "mom": None, "rank": None}
        kinds = changes.get(row_key(row), {})
        number = None
        if row["obs_status"] != "change_only" and row["value"] is not None:
            number = writer.number(row, kinds.get("yoy"))
        rank = ranks.get(row_key(row))
        only = kinds.get("yoy") or kinds.get("mom")
        return {
            "number": number,
            "change_source": writer.printed_change(only) if row["obs_status"] == "change_only" and only else 0,
            "unpublished": row["obs_status"] == "change_only",
            "yoy": writer.change(kinds.get("yoy")),
            "mom": writer.change(kinds.get("mom")),
            "rank": self.rank(rank) if rank else None,
        }

    def rank(self, row: dict) -> dict:
        """A place in a ranking: 3 of 11, tied or not."""
        return {"rank": row["rank"], "of": row["ranked_count"], "tied": bool(row["tied"])}

    def _ranks(self, rows: list[dict]) -> list[dict]:
        """The newest place of a region for each indicator it is ranked by."""
        newest: dict[tuple, dict] = {}
        for row in rows:
            if self._not_for_ranking(row):
                continue
            key = (row["indicator_id"], row["category"], row["peer_group"])
            if key not in newest or recency(row["period"], row["span"]) > recency(newest[key]["period"], newest[key]["span"]):
                newest[key] = row
        found = []
        for (indicator, category, group), row in sorted(newest.items(), key=lambda kv: (self.data.order(kv[0][0]), kv[0])):
            found.append(
                {
                    "name": self.ranking_name(indicator),
                    "category": "" if category in ("", "TOTAL") else self.data.category_name(category, self.data.form_of(indicator), self.lang),
                    "peer_group": "" if group == "all" else group,
                    "period": self.w.period_code(row["period"], row["span"]),
                    "value": self.w.number(row["value"], self._rank_decimals(indicator)),
                    "path": f"rankings/{slug(indicator)}/",
                    **self.rank(row),
                }
            )
        return found

    def _not_for_ranking(self, row: dict) -> bool:
        """The same number under its form's name, or an annual input: nobody is ranked by population."""
        return row["indicator_id"] in self.data.plain or self._is_input(self.data.form_of(row["indicator_id"]))

    def _rank_decimals(self, indicator: str) -> int | None:
        return 2 if indicator.startswith("target_progress") else self.data.decimals(indicator)

    def ranking_name(self, indicator: str) -> str:
        if indicator.startswith("target_progress"):
            of = indicator.partition(".")[2] or "deaths"
            return self.w("rankings.progress", name=self.data.indicator_name(of, self.lang))
        return self.data.indicator_name(indicator, self.lang)

    def _series(self, rows: list[dict]) -> list[dict]:
        """Series of at least three periods of one indicator at one span and basis, drawn as lines."""
        groups: dict[tuple, list[dict]] = {}
        for row in rows:
            groups.setdefault((row["indicator_id"], row["span"], row["basis"]), []).append(row)
        found = []
        for (indicator, span, basis), each in groups.items():
            if len(each) < 3:
                continue
            points = sorted(each, key=lambda r: recency(r["period"], r["span"]))[-36:]
            decimals = self.data.decimals(indicator)
            found.append(
                {
                    "id": indicator,
                    "name": self.data.indicator_name(indicator, self.lang),
                    "unit": self.w.get(f"unit.{points[0]['unit']}", points[0]["unit"] or ""),
                    "basis": self._basis({"indicator_id": indicator, "basis": basis}),
                    "span": self.w.get(f"span.{span}", span),
                    "from": self.w.period(points[0]["period"], span),
                    "to": self.w.period(points[-1]["period"], span),
                    "points": [
                        {
                            "code": self.w.period_code(p["period"], span),
                            "period": p["period"],
                            "at": recency(p["period"], span)[0],
                            "value": p["value"],
                            "text": self.w.number(p["value"], decimals),
                        }
                        for p in points
                    ],
                    "step": STEPS.get(span, 1),
                }
            )
        found.sort(key=lambda s: (self.data.order(s["id"]), -len(s["points"])))
        for series in found[:4]:
            series["line"] = charts.line(series["points"], series["step"])
        return found[:4]

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
        key = max(enough, key=lambda k: (max(recency(r["period"], k[0])[0] for each in enough[k].values() for r in each), span_rank(k[0]), k[1] or ""))
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
                    "basis": self._basis({"indicator_id": indicator, "basis": key[1]}),
                    "from": self.w.period(each[0]["period"], key[0]),
                    "to": self.w.period(each[-1]["period"], key[0]),
                    "rows": lines,
                    "gaps": any(b - a > STEPS.get(key[0], 1) for a, b in itertools.pairwise(recency(r["period"], key[0])[0] for r in each)),
                    "spec": charts.pairs_spec([{**line, "code": r["period"]} for line, r in zip(lines, each, strict=True)]),
                }
            )
        return found

    # --- targets -----------------------------------------------------------------------------------------------------

    def targets(self, rows: list[dict]) -> list[dict]:
        """Progress against control targets, by period, newest first; each with a bar drawn to one scale."""
        periods: dict[str, list[dict]] = {}
        for row in rows:
            periods.setdefault(row["period"], []).append(row)
        found = []
        for period in sorted(periods, key=lambda p: recency(p, "ytd"), reverse=True):
            each = periods[period]
            scale = max([100.0] + [r["progress_pct"] for r in each if r["progress_pct"] is not None]) * 1.04
            span = "year" if re.fullmatch(r"\d{4}", period) else "ytd"
            found.append(
                {
                    "period": self.w.period(period, span),
                    "code": self.w.period_code(period, span),
                    "anchor": slug(f"t-{period}"),
                    "time": self.w.number(each[0]["time_progress_pct"], 2),
                    "rows": [
                        self.target(r, scale)
                        for r in sorted(each, key=lambda r: (r["category"] != "TOTAL", self.data.category_sort(r["category"], "F02"), self.data.order(r["indicator_id"])))
                    ],
                }
            )
        return found

    def target(self, row: dict, scale: float) -> dict:
        """One bar: actual, target, progress, the share of the year gone by, and the status in words."""
        progress, time = row["progress_pct"], row["time_progress_pct"]
        status = row["status"] or ("normal" if progress is None else "over" if progress > 100 else "normal")
        ahead = None if progress is None or time is None else round(progress - time, 2)
        decimals = self.data.decimals(row["indicator_id"])
        category = row["category"]
        qualifier = row["target_qualifier"] or "exact"
        return {
            "indicator": self.data.indicator_name(row["indicator_id"], self.lang),
            "category": self.data.category_name(category, "F02", self.lang) if category not in ("", "TOTAL") else "",
            "actual": self.w.number(row["actual"], decimals),
            "target": self.w.qualified(self.w.number(row["target"], None), qualifier),
            "recovered": qualifier == "recovered",
            "progress": self.w.number(progress, 2) + "%" if progress is not None else "—",
            "time": self.w.number(time, 2) + "%",
            "width": round(min(100.0, (progress or 0) / scale * 100), 2),
            "marker": round((time or 0) / scale * 100, 2),
            "full": round(100 / scale * 100, 2),
            "status": status,
            "word": self.w.get(f"target.{status}", status) if row["target"] or status != "over" else self.w("target.over_zero"),
            "ahead": "" if ahead is None else self.w("target.ahead" if ahead > 0 else "target.behind", points=self.w.number(abs(ahead), 2)) if ahead else "",
            "doc_no": row["doc_no"] or "",
            "source": re.sub(r"^([0-9a-f]{8})[0-9a-f]{8}\b", r"\1", row["target_source"] or ""),
        }

    def targets_page(self) -> dict:
        """The root's own targets in full; every other region's total at its newest period."""
        rows = self.data.rows("SELECT * FROM target_progress ORDER BY region_id, year, period, indicator_id, category, basis")
        by_region: dict[str, list[dict]] = {}
        for row in rows:
            by_region.setdefault(row["region_id"], []).append(row)
        root = self.root.id if self.root else ""
        others = []
        totals = [r for region, each in by_region.items() if region != root for r in each if r["category"] == "TOTAL"]
        groups: dict[tuple, list[dict]] = {}
        for row in totals:
            region = self.data.regions.get(row["region_id"])
            groups.setdefault((row["indicator_id"], row["period"], region.level if region else ""), []).append(row)
        for (indicator, period, level), each in sorted(
            groups.items(), key=lambda kv: (recency(kv[0][1], "ytd"), -self.data.order(kv[0][0]), kv[0][2]), reverse=True
        ):
            scale = max([100.0] + [r["progress_pct"] for r in each if r["progress_pct"] is not None]) * 1.04
            lines = []
            for row in sorted(each, key=lambda r: (STATUS_WORST.get(r["status"] or "", 4), -(r["progress_pct"] or 0), r["region_id"])):
                region = self.data.regions.get(row["region_id"])
                lines.append({"region": self.region_link(region) if region else None, "id": row["region_id"], **self.target(row, scale)})
            others.append(
                {
                    "indicator": self.data.indicator_name(indicator, self.lang),
                    "period": self.w.period(period, "year" if len(period) == 4 else "ytd"),
                    "level": self.w.get(f"levels.{level}", level),
                    "time": self.w.number(each[0]["time_progress_pct"], 2),
                    "anchor": slug(f"t-{indicator}-{period}-{level}"),
                    "rows": lines,
                }
            )
        return {
            "root": self.region_link(self.root) if self.root else None,
            "own": self.targets(by_region.get(root, [])),
            "others": others[:13],
            "more": max(0, len(others) - 13),
            "any": bool(rows),
        }

    # --- rankings ----------------------------------------------------------------------------------------------------

    @cached_property
    def rankings(self) -> list[dict]:
        """One entry an indicator: its tables, newest first. An indicator nobody is ranked by has no page."""
        found: dict[str, dict[tuple, list[dict]]] = {}
        for row in self.data.rows(
            "SELECT * FROM rankings JOIN shown USING (period, span) "
            "ORDER BY indicator_id, category, level, peer_group, period, span, basis, rank NULLS LAST, region_id"
        ):
            if self._not_for_ranking(row):
                continue
            key = tuple(row[c] for c in ("category", "level", "peer_group", "period", "span", "basis"))
            found.setdefault(row["indicator_id"], {}).setdefault(key, []).append(row)
        pages = []
        for indicator in sorted(found, key=lambda i: (self.data.order(i), i)):
            tables = {key: rows for key, rows in found[indicator].items() if rows[0]["ranked_count"] > 1}
            if tables:
                pages.append(self._ranking(indicator, tables))
        return pages

    def _ranking(self, indicator: str, tables: dict[tuple, list[dict]]) -> dict:
        form = self.data.form_of(indicator)
        newest_first = sorted(
            tables,
            key=lambda k: (k[0] == "TOTAL", k[2] == "all", *recency(k[3], k[4]), len(tables[k]), k),
            reverse=True,
        )
        shown, budget, seen = [], RANK_ROWS_SHOWN, {}
        for key in newest_first:
            category, level, group, period, span, basis = key
            nth = seen.get((category, level, group), 0)
            rows = tables[key]
            if nth > OLDER_RANKINGS or (nth and len(rows) > budget):
                continue
            seen[(category, level, group)] = nth + 1
            budget -= len(rows)
            shown.append(
                {
                    "category": "" if category in ("", "TOTAL") else self.data.category_name(category, form, self.lang),
                    "level": self.w.get(f"levels.{level}", level),
                    "peer_group": "" if group == "all" else group,
                    "period": self.w.period(period, span),
                    "code": self.w.period_code(period, span),
                    "basis": self._basis({"indicator_id": indicator, "basis": basis}) if form else "",
                    "newest": nth == 0,
                    "direction": rows[0]["direction"],
                    "ranked": rows[0]["ranked_count"],
                    "total": len(rows),
                    "anchor": slug("-".join(str(part) for part in key)),
                    "rows": [self._ranking_row(indicator, r) for r in rows],
                }
            )
        best = [r for r in shown[0]["rows"] if r["rank"]][:3]
        return {
            "id": indicator,
            "slug": slug(indicator),
            "path": f"rankings/{slug(indicator)}/",
            "name": self.ranking_name(indicator),
            "unit": "%" if indicator.startswith("target_progress") else self.w.get(f"unit.{self.data.catalogue.get(indicator, {}).get('unit')}", self.data.catalogue.get(indicator, {}).get("unit") or ""),
            "better": self.data.better(indicator) if not indicator.startswith("target_progress") else "lower",
            "tables": shown,
            "more": len(tables) - len(shown),
            "first": best,
        }

    def _ranking_row(self, indicator: str, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"])
        return {
            "region": self.region_link(region) if region else None,
            "id": row["region_id"],
            "value": self.w.number(row["value"], self._rank_decimals(indicator)) if row["value"] is not None else "—",
            "rank": row["rank"],
            "tied": bool(row["tied"]),
            "reason": self.w.get(f"unranked.{row['reason']}", row["reason"] or "") if row["rank"] is None else "",
        }

    # --- quality -----------------------------------------------------------------------------------------------------

    def _findings(self, rows: list[dict], limit: int = FINDINGS_SHOWN) -> dict:
        """Findings by severity, then by check."""
        groups: dict[tuple, list[dict]] = {}
        for row in rows:
            groups.setdefault((row["severity"], row["check_id"]), []).append(row)
        found = []
        for severity, check in sorted(groups, key=lambda k: (SEVERITIES.index(k[0]) if k[0] in SEVERITIES else 9, k[1])):
            each = groups[(severity, check)]
            found.append(
                {
                    "severity": severity,
                    "severity_word": self.w.get(f"severity.{severity}", severity),
                    "check": check,
                    "check_name": self.w.get(f"check.{check}", ""),
                    "anchor": slug(f"c-{severity}-{check}"),
                    "count": len(each),
                    "rows": [self._finding(r) for r in each[:limit]],
                    "more": max(0, len(each) - limit),
                }
            )
        counts = {s: sum(1 for r in rows if r["severity"] == s) for s in SEVERITIES}
        return {"groups": found, "counts": counts, "total": len(rows)}

    def _finding(self, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"] or "")
        return {
            "region": self.region_link(region) if region else None,
            "region_id": row["region_id"] or "",
            "period": row["period"] or "",
            "form": row["form_id"] or "",
            "form_name": self.data.form_name(row["form_id"], self.lang) if row["form_id"] else "",
            "submission": (row["submission_id"] or "")[:8],
            "place": f"{row['sheet']}!{row['cell']}" if row["sheet"] and row["cell"] else row["cell"] or row["sheet"] or "",
            "value": row["value"] or "",
            "expected": row["expected"] or "",
            "message": row[f"message_{self.lang}"] or row["message_zh"] or "",
        }

    def quality(self) -> dict:
        """All findings and the tally of printed values."""
        rows = self.data.rows(
            "SELECT * FROM quality_findings ORDER BY severity, check_id, region_id, period, form_id, submission_id, sheet, cell, value, expected"
        )
        tally = {r["verdict"]: r["n"] for r in self.data.rows("SELECT verdict, count(*) AS n FROM reconciliations GROUP BY ALL")}
        kinds: dict[str, dict[str, int]] = {}
        for r in self.data.rows("SELECT kind, verdict, count(*) AS n FROM reconciliations GROUP BY ALL ORDER BY ALL"):
            kinds.setdefault(r["kind"], {})[r["verdict"]] = r["n"]
        total = sum(tally.values())
        verdicts = [v for v in VERDICTS if tally.get(v)] + sorted(set(tally) - set(VERDICTS))
        contradictions = self.data.rows(
            "SELECT * FROM reconciliations WHERE verdict IN ('contradiction', 'off_in_last_digit', 'truncated') "
            "ORDER BY verdict, region_id, period, form_id, category, measure, kind, submission_id, sheet, cell LIMIT 200"
        )
        found = self._findings(rows)
        found["printed"] = {
            "total": total,
            "verdicts": [
                {
                    "key": v,
                    "word": self.w.get(f"verdict.{v}", v),
                    "note": self.w.get(f"verdict_note.{v}", ""),
                    "count": tally[v],
                    "share": self.w.number(tally[v] / total * 100, 1),
                    "width": round(tally[v] / total * 100, 2),
                }
                for v in verdicts
            ],
            "kinds": [
                {"word": self.w.get(f"derived.{kind}", kind), "counts": [each.get(v, 0) for v in verdicts], "total": sum(each.values())}
                for kind, each in sorted(kinds.items())
            ],
            "failed": [self._printed(r) for r in contradictions],
        }
        found["submissions"] = self.data.rows("SELECT verdict, count(*) AS n FROM submissions GROUP BY ALL ORDER BY ALL")
        for row in found["submissions"]:
            row["word"] = self.w.get(f"receipt.{row['verdict']}", row["verdict"])
        return found

    def _printed(self, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"] or "")
        return {
            "region": self.region_link(region) if region else None,
            "region_id": row["region_id"],
            "period": self.w.period_code(row["period"], row["span"]),
            "what": self.data.measure_name(row["form_id"], row["measure"], self.lang),
            "category": self.data.category_name(row["category"], row["form_id"], self.lang) if row["category"] not in ("", "TOTAL") else "",
            "kind": self.w.get(f"derived.{row['kind']}", row["kind"]),
            "printed": row["printed"] or "",
            "recomputed": self.w.number(row["recomputed"], row["decimals"]),
            "verdict": row["verdict"],
            "word": self.w.get(f"verdict.{row['verdict']}", row["verdict"]),
            "submission": (row["submission_id"] or "")[:8],
            "place": f"{row['sheet']}!{row['cell']}" if row["sheet"] and row["cell"] else row["cell"] or "",
        }

    # --- releases ----------------------------------------------------------------------------------------------------

    def submissions(self, ids: list[str]) -> list[dict]:
        """The received files that a page's numbers come from."""
        found = []
        for name in ids:
            row = self._submissions.get(name)
            if row:
                found.append(
                    {
                        "id": name,
                        "form": row["form_id"] or "",
                        "form_name": self.data.form_name(row["form_id"], self.lang) if row["form_id"] else "",
                        "sender": self.data.region_name(row["region_id"], self.lang),
                        "period": row["period"] or "",
                        "received": local_time(row["received_at"] or "", self.zone),
                        "verdict": self.w.get(f"receipt.{row['verdict']}", row["verdict"]),
                        "sha256": row["file_sha256"] or "",
                    }
                )
        return found

    @cached_property
    def _submissions(self) -> dict[str, dict]:
        return {r["submission_id"]: r for r in self.data.rows("SELECT * FROM submissions")}

    def revisions(self, limit: int = REVISIONS_SHOWN) -> list[dict]:
        """What changed, by release, newest first; reported figures before what is computed from them."""
        groups: dict[tuple, dict] = {}
        for row in self.data.rows(
            """SELECT * FROM revisions ORDER BY release, previous_release,
               CASE "table" WHEN 'figures' THEN 0 WHEN 'indicators' THEN 1 WHEN 'comparisons' THEN 2 ELSE 3 END, "table", "key" """
        ):
            indicator = re.search(r"(?:^|;)indicator_id=([^;]*)", row["key"] or "")
            if indicator and indicator[1] in self.data.plain:
                continue  # the same number under its form's name
            group = groups.setdefault(
                (row["release"], row["previous_release"]),
                {"release": row["release"], "previous": row["previous_release"], "rows": [], "count": 0, "reasons": {}},
            )
            group["count"] += 1
            group["reasons"][row["reason"]] = group["reasons"].get(row["reason"], 0) + 1
            if len(group["rows"]) < limit:
                group["rows"].append(self._revision(row))
        for group in groups.values():
            group["more"] = group["count"] - len(group["rows"])
            group["reasons"] = [
                {"word": self.w.get(f"revision.{r}", r), "count": n} for r, n in sorted(group["reasons"].items(), key=lambda kv: -kv[1])
            ]
        return sorted(groups.values(), key=lambda g: release_key(g["release"]), reverse=True)

    def _revision(self, row: dict) -> dict:
        key = dict(part.split("=", 1) for part in (row["key"] or "").split(";") if "=" in part)
        region = self.data.regions.get(key.get("region_id", ""))
        what, decimals = "", None
        form = key.get("form_id", "")
        if indicator := key.get("indicator_id"):
            what, form, decimals = self.data.indicator_name(indicator, self.lang), self.data.form_of(indicator), self.data.decimals(indicator)
        elif form:
            what = self.data.measure_name(form, key.get("measure", ""), self.lang)
        category = key.get("category", "")
        if row["table"] in ("comparisons", "target_progress"):
            decimals = 2
        elif row["table"] == "rankings":
            decimals = 0
        return {
            "table": row["table"],
            "table_name": (self.data.tables.get(row["table"], {}).get("title") or {}).get(self.lang, row["table"]),
            "region": self.region_link(region) if region else None,
            "region_id": key.get("region_id", ""),
            "period": self.w.period_code(key.get("period", key.get("year", "")), key.get("span", "")),
            "what": what or row["key"],
            "category": self.data.category_name(category, form, self.lang) if category not in ("", "TOTAL") else "",
            "kind": self.w.get(f"derived.{key['kind']}", key["kind"]) if "kind" in key else "",
            "old": self.w.number(row["old_value"], decimals),
            "new": self.w.number(row["new_value"], decimals),
            "reason": self.w.get(f"revision.{row['reason']}", row["reason"]),
        }


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

"""The page of one region."""

from __future__ import annotations

from pipelines.engines.warehouse import literal
from pipelines.publish import charts, page_numbers
from pipelines.publish.numbers import NumberWriter, Sources
from pipelines.publish.page_numbers import KEY
from pipelines.publish.release_data import STEPS, Region, ReleaseData, recency, span_rank
from pipelines.publish.views.assessment import AssessmentView
from pipelines.publish.views.base import row_key, slug
from pipelines.publish.views.headline import HeadlineView
from pipelines.publish.views.quality import QualityView
from pipelines.publish.views.rankings import RankingsView
from pipelines.publish.views.registers import RegistersView
from pipelines.publish.views.targets import TargetsView
from pipelines.publish.words import Words

CONTENTS_SHOWN = 12
INPUT_YEARS = 8


class RegionView(HeadlineView, TargetsView, RankingsView, AssessmentView, RegistersView, QualityView):
    """The page of one region."""

    def __init__(self, data: ReleaseData, words: Words, jurisdiction: object) -> None:
        super().__init__(data, words, jurisdiction)
        page_numbers.choose(data)
        rows = data.rows("SELECT region_id, count(*) AS tables FROM page_tables WHERE left_out GROUP BY region_id")
        self._left_out = {row["region_id"]: row["tables"] for row in rows}

    def region_rows(self, region_id: str) -> dict[str, list[dict]]:
        """All rows of one region that its page needs."""
        return {
            "indicators": self.take(
                "indicators",
                f"SELECT * FROM indicators SEMI JOIN page_numbers USING ({KEY}) ORDER BY region_id, indicator_id, category, period, span, basis",
                region_id,
            ),
            "comparisons": self.take(
                "comparisons",
                f"SELECT * FROM comparisons SEMI JOIN page_numbers USING ({KEY}) ORDER BY region_id, indicator_id, category, period, span, basis, kind",
                region_id,
            ),
            "ranks": self.take(
                "ranks",
                f"SELECT * FROM rankings SEMI JOIN page_numbers USING ({KEY}) WHERE rank IS NOT NULL AND ranked_count > 1 AND peer_group = 'all' "
                "ORDER BY region_id",
                region_id,
            ),
            "places": self.take(
                "places",
                f"SELECT * FROM rankings SEMI JOIN page_places USING ({KEY}, peer_group) ORDER BY region_id, indicator_id, category, peer_group",
                region_id,
            ),
            "benchmarks": self.take(
                "benchmarks",
                "SELECT * FROM benchmarks SEMI JOIN page_places USING (region_id, indicator_id, period, span, basis, peer_group) ORDER BY region_id",
                region_id,
            ),
            "figures": self.take(
                "figures",
                "SELECT * FROM figures WHERE (period IN (SELECT period FROM shown) OR left(period, 4) IN (SELECT period FROM shown)) "
                "AND (obs_status IN ('masked', 'disputed') "
                "OR (region_id, form_id, measure, category) IN (SELECT (region_id, form_id, measure, category) FROM page_figures WHERE category IS NOT NULL) "
                "OR (region_id, form_id, measure) IN (SELECT (region_id, form_id, measure) FROM page_figures WHERE category IS NULL)) "
                "ORDER BY region_id, form_id, measure, category, period, span, basis",
                region_id,
            ),
            "printed": self.take(
                "printed",
                "SELECT * FROM reconciliations SEMI JOIN shown USING (period, span) WHERE kind IN ('rate', 'yoy', 'mom', 'change', 'mom_change') "
                "ORDER BY region_id, form_id, measure, category, period, span, basis, kind, submission_id, sheet, cell",
                region_id,
            ),
            "targets": self.take(
                "targets", "SELECT * FROM target_progress ORDER BY region_id, year, period, indicator_id, category, basis", region_id
            ),
            "findings": self.take(
                "findings",
                "SELECT * FROM quality_findings WHERE region_id IS NOT NULL AND resolved_by IS NULL "
                "ORDER BY region_id, severity, check_id, period, form_id, submission_id, sheet, cell, value, expected",
                region_id,
            ),
            "series": self.take(
                "series",
                "SELECT region_id, indicator_id, period, span, basis, value, unit FROM indicators "
                f"WHERE category = {literal(self.headline_category)} AND value IS NOT NULL AND span <> 'range' "
                f"AND indicator_id IN ({', '.join(map(literal, self.data.headline_ids)) or 'NULL'}) "
                "ORDER BY region_id, indicator_id, span, basis, period",
                region_id,
            ),
        }

    def region(self, region: Region) -> dict:
        """Everything on one region's page."""
        rows = self.region_rows(region.id)
        sources = Sources()
        writer = NumberWriter(self.data, self.w, sources, rows["figures"], rows["printed"], rows["findings"], self.jurisdiction.zero_base_mark)
        blocks, inputs = self._blocks(rows, writer)
        headline = self.headline(region)
        aside = [self._aside(row) for row in rows["figures"] if row["obs_status"] in ("masked", "disputed")]
        named = list(
            dict.fromkeys(r["indicator_id"] for r in rows["indicators"])
        )
        named.sort(key=self.data.order)
        return {
            "region": self.region_link(region),
            "contents": [self.data.indicator_name(name, self.lang, short=True) for name in named[:CONTENTS_SHOWN]],
            "contents_count": len(named),
            "ancestors": [self.region_link(r) for r in region.ancestors],
            "former": [{"name": names.get(self.lang) or names["zh"], "until": end} for _, end, names in region.spells if end and names != region.names],
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
            **self.registers(region),
            "ranks": self.region_ranks(rows["places"], rows["benchmarks"]),
            "assessment": self.region_assessments(region.id),
            "findings": self.findings(rows["findings"]),
            "series": self._series(rows["series"]),
            "children": self._children(region),
            "children_name": self.children_name(region),
            "completeness": self.completeness(region),
            "sources": sources.entries,
            "files": self.submissions(sources.submissions),
            "legend": sources.legend,
            "hidden_periods": self.data.hidden_periods + self._left_out.get(region.id, 0),
            "by_chance": sources.by_chance,
            "aside": aside,
            "empty": not aside and not blocks and not inputs and not rows["targets"],
        }

    def _children(self, region: Region) -> list[dict]:
        return [
            {"region": self.region_link(child), "status": self.status(child), "headline": self.headline(child)} for child in region.children
        ]

    def _title(self, period: str, span: str) -> str:
        """A period in words; January and the months up to January would have the same name."""
        text = self.w.period(period, span)
        return self.w("region.cumulative", period=text) if span == "ytd" and period.endswith("-01") else text

    def _blocks(self, rows: dict[str, list[dict]], writer: NumberWriter) -> tuple[list[dict], list[dict]]:
        """The figures by period, newest first; in each by form; in each a table by category and a list. Then the annual inputs."""
        changes: dict[tuple, dict[str, dict]] = {}
        for row in rows["comparisons"]:
            changes.setdefault(row_key(row), {})[row["kind"]] = row
        ranks = {row_key(r): r for r in rows["ranks"]}
        inputs: dict[str, list[dict]] = {}
        blocks: dict[tuple, dict[tuple, list[dict]]] = {}
        for row in self._block_rows(rows["indicators"], changes):
            form = self.data.form_of(row["indicator_id"])
            if self.data.is_input(form):
                inputs.setdefault(form, []).append(row)
            else:
                blocks.setdefault((row["period"], row["span"]), {}).setdefault((form, row["basis"]), []).append(row)
        found = []
        for period, span in self._newest_first(blocks):
            groups = []
            for form, basis in sorted(blocks[(period, span)], key=lambda k: (self.form_order(k[0]), k[1] or "")):
                groups.append(self._group(form, basis, blocks[(period, span)][(form, basis)], changes, ranks, writer))
            found.append(
                {
                    "title": self._title(period, span),
                    "code": self.w.period_code(period, span),
                    "anchor": slug(f"p-{period}-{span}"),
                    "forms": list(dict.fromkeys(g["name"] for g in groups)),
                    "groups": groups,
                }
            )
        return found, [self._inputs(form, inputs[form], writer) for form in sorted(inputs, key=self.form_order)]

    @staticmethod
    def _newest_first(blocks: dict[tuple, dict]) -> list[tuple[str, str]]:
        return sorted(blocks, key=lambda k: (*recency(*k), -span_rank(k[1])), reverse=True)

    @staticmethod
    def _block_rows(indicators: list[dict], changes: dict[tuple, dict[str, dict]]) -> list[dict]:
        """The indicator rows to show, and a row for each change whose numbers were not published."""
        have = {row_key(row) for row in indicators}
        only = {"unit": None, "qualifier": "exact", "obs_status": "change_only", "source": "own", "reporting_share": None}
        return indicators + [{**next(iter(kinds.values())), **only} for key, kinds in changes.items() if key not in have]

    def _aside(self, row: dict) -> dict:
        """A figure that was reported and is not computed with: it contradicts others, or cannot be read."""
        return {
            "name": self.data.measure_name(row["form_id"], row["measure"], self.lang),
            "category": self.data.category_name(row["category"], row["form_id"], self.lang) if row["category"] not in ("", "TOTAL") else "",
            "period": self.w.period_code(row["period"], row["span"]),
            "value": row["raw"] or self.w.number(row["value"]),
            "unit": self.w.get(f"unit.{row['unit']}", row["unit"] or "") if row["unit"] else "",
            "status": row["obs_status"],
            "word": self.w(f"aside.{row['obs_status']}"),
            "form": row["form_id"],
            "submission": (row["submission_id"] or "")[:8],
            "place": f"{row['sheet']}!{row['cell']}" if row["sheet"] else row["cell"] or "",
        }

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
        cells = [c for line in (matrix["lines"] if matrix else []) for c in line["cells"]] + listed
        numbers = [c["number"] for c in cells if c["number"]]
        shared = [m for m in numbers[0].marks if m.key == "partial" and all(m in n.marks for n in numbers)] if numbers else []
        for number in numbers:
            number.marks = [m for m in number.marks if m not in shared]
        return {
            "marks": shared,  # what would stand beside every number of the group stands beside its name
            "form": form,
            "name": self.data.form_name(form, self.lang),
            "basis": self.data.basis_of(form, basis, self.lang),
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
        if row["obs_status"] == "partial":
            kinds = {}  # the number says so itself
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
            decimals = self.data.decimals(indicator, points[0]["region_id"])
            found.append(
                {
                    "id": indicator,
                    "name": self.data.indicator_name(indicator, self.lang),
                    "unit": self.w.get(f"unit.{points[0]['unit']}", points[0]["unit"] or ""),
                    "basis": self.basis({"indicator_id": indicator, "basis": basis}),
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

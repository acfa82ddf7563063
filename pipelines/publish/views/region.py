"""The page of one region."""

from __future__ import annotations

from pipelines.engines.warehouse import literal
from pipelines.publish import charts
from pipelines.publish.numbers import NumberWriter, Sources
from pipelines.publish.release_data import STEPS, Region, recency, span_rank
from pipelines.publish.views.assessment import AssessmentView
from pipelines.publish.views.base import row_key, slug
from pipelines.publish.views.headline import HeadlineView
from pipelines.publish.views.quality import QualityView
from pipelines.publish.views.rankings import RankingsView
from pipelines.publish.views.registers import RegistersView
from pipelines.publish.views.targets import TargetsView

CONTENTS_SHOWN = 12
INPUT_YEARS = 8
NUMBERS_SHOWN = 1200  # on one page, so that a phone opens it; beyond them only the newest table of each form


class RegionView(HeadlineView, TargetsView, RankingsView, AssessmentView, RegistersView, QualityView):
    """The page of one region."""

    def region_rows(self, region_id: str) -> dict[str, list[dict]]:
        """All rows of one region that its page needs."""
        shown = "JOIN shown USING (period, span)"
        return {
            "indicators": self.take(
                "indicators",
                f"SELECT t.* FROM indicators t {shown} ORDER BY region_id, indicator_id, category, period, span, basis",
                region_id,
            ),
            "comparisons": self.take(
                "comparisons",
                f"SELECT t.* FROM comparisons t {shown} ORDER BY region_id, indicator_id, category, period, span, basis, kind",
                region_id,
            ),
            "rankings": self.take(
                "rankings",
                f"SELECT t.* FROM rankings t {shown} WHERE rank IS NOT NULL AND ranked_count > 1 "  # one alone is no ranking
                "ORDER BY region_id, indicator_id, category, period, span, basis, peer_group",
                region_id,
            ),
            "benchmarks": self.take(
                "benchmarks",
                f"SELECT t.* FROM benchmarks t {shown} ORDER BY region_id, indicator_id, period, span, basis, peer_group",
                region_id,
            ),
            "figures": self.take(
                "figures",
                "SELECT * FROM figures WHERE period IN (SELECT period FROM shown) OR left(period, 4) IN (SELECT period FROM shown) "
                "ORDER BY region_id, form_id, measure, category, period, span, basis",
                region_id,
            ),
            "printed": self.take(
                "printed",
                "SELECT * FROM reconciliations WHERE kind IN ('rate', 'yoy', 'mom', 'change', 'mom_change') "
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
            dict.fromkeys(
                r["indicator_id"] for r in rows["indicators"] if not self.is_partial_rate(r) and r["indicator_id"] not in self.data.plain
            )
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
            "ranks": self.region_ranks(rows["rankings"], rows["benchmarks"]),
            "assessment": self.region_assessments(region.id),
            "findings": self.findings(rows["findings"]),
            "series": self._series(rows["series"]),
            "children": self._children(region),
            "children_name": self.children_name(region),
            "completeness": self.completeness(region),
            "sources": sources.entries,
            "files": self.submissions(sources.submissions),
            "legend": sources.legend,
            "hidden_periods": self.data.hidden_periods + self.left_out,
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
        ranks = {row_key(r): r for r in rows["rankings"] if r["peer_group"] == "all"}
        inputs: dict[str, list[dict]] = {}
        blocks: dict[tuple, dict[tuple, list[dict]]] = {}
        for row in self._block_rows(rows["indicators"], changes):
            form = self.data.form_of(row["indicator_id"])
            if self.is_input(form):
                inputs.setdefault(form, []).append(row)
            else:
                blocks.setdefault((row["period"], row["span"]), {}).setdefault((form, row["basis"]), []).append(row)
        self.left_out = self._leave_out_the_old(blocks)
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

    def _leave_out_the_old(self, blocks: dict[tuple, dict[tuple, list[dict]]]) -> int:
        """Keep the newest table of every form, then others from new to old while the page has room; how many are left out.

        What the newer tables of a form do not have, such as a count of the month that makes none of the year, is kept.
        """
        turns: dict[tuple, int] = {}
        tables = []
        for at in self._newest_first(blocks):
            for table, rows in blocks[at].items():
                turns[table] = turns.get(table, 0) + 1
                tables.append((turns[table], len(tables), at, table, len(rows)))
        room, left_out = NUMBERS_SHOWN, 0
        shown: dict[tuple, set[str]] = {}
        for turn, _, at, table, numbers in sorted(tables):
            rows, known = blocks[at][table], shown.setdefault(table, set())
            room -= numbers
            if room < 0 and turn > 1:
                blocks[at][table] = [row for row in rows if row["indicator_id"] not in known]
                left_out += 1
                if not blocks[at][table]:
                    del blocks[at][table]
            known |= {row["indicator_id"] for row in rows}
        for at in [at for at, kept in blocks.items() if not kept]:
            del blocks[at]
        return left_out

    def _block_rows(self, indicators: list[dict], changes: dict[tuple, dict[str, dict]]) -> list[dict]:
        """The indicator rows to show, and a row for each change whose numbers were not published.

        Left out: a plain measure that is shown under its own name, and January "from January on" where January is there.
        """
        months = {row_key(r)[:3] + (r["basis"],) for r in indicators if r["span"] == "month"}
        found, have = [], set()
        for row in indicators:
            again = row["span"] == "ytd" and row["period"].endswith("-01") and row_key(row)[:3] + (row["basis"],) in months
            if row["indicator_id"] not in self.data.plain and not again and not self.is_partial_rate(row):
                found.append(row)
            have.add(row_key(row))
        for key, kinds in changes.items():
            if key not in have and key[0] not in self.data.plain:
                row = next(iter(kinds.values()))
                if row["change"] is not None or row["change_pct"] is not None:
                    only = {"unit": None, "qualifier": "exact", "obs_status": "change_only", "source": "own", "reporting_share": None}
                    found.append({**row, **only})
        return found

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

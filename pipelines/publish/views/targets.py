"""Progress against control targets."""

from __future__ import annotations

import re

from pipelines.publish.release_data import recency
from pipelines.publish.views.base import PageBase, slug

STATUS_WORST = {"over": 0, "reached": 1, "watch": 2, "normal": 3}


class TargetsView(PageBase):
    """Progress against control targets."""

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
                        for r in sorted(
                            each,
                            key=lambda r: (
                                r["category"] != "TOTAL",
                                self.data.category_sort(r["category"], "F02"),
                                self.data.order(r["indicator_id"]),
                            ),
                        )
                    ],
                }
            )
        return found

    def target(self, row: dict, scale: float) -> dict:
        """One bar: actual, target, progress, the share of the year gone by, and the status in words."""
        progress, time = row["progress_pct"], row["time_progress_pct"]
        status = row["status"] or ("normal" if progress is None else "over" if progress > 100 else "normal")
        ahead = None if progress is None or time is None else round(progress - time, 2)
        decimals = self.data.decimals(row["indicator_id"], row["region_id"])
        category = row["category"]
        qualifier = row["target_qualifier"] or "exact"
        return {
            "indicator": self.data.indicator_name(row["indicator_id"], self.lang),
            "category": self.data.category_name(category, "F02", self.lang) if category not in ("", "TOTAL") else "",
            "actual": self.w.number(row["actual"], decimals),
            "target": self.w.qualified(self.w.number(row["target"], None), qualifier),
            "recovered": qualifier == "recovered",
            "progress": self.w.number(progress, self.data.decimals("target_progress")) + "%" if progress is not None else "—",
            "time": self.w.number(time, 2) + "%",
            "width": round(min(100.0, (progress or 0) / scale * 100), 2),
            "marker": round((time or 0) / scale * 100, 2),
            "full": round(100 / scale * 100, 2),
            "status": status,
            "word": self.w.get(f"target.{status}", status) if row["target"] or status != "over" else self.w("target.over_zero"),
            "ahead": ""
            if ahead is None
            else self.w("target.ahead" if ahead > 0 else "target.behind", points=self.w.number(abs(ahead), 2))
            if ahead
            else "",
            "dual": bool(row["dual_control"]),
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
                lines.append({"region": self.region_link(region.at(row["period"])) if region else None, "id": row["region_id"], **self.target(row, scale)})
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

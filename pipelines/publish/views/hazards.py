"""The closed loop of listed hazards, and the register with what is overdue."""

from __future__ import annotations

import datetime as dt

from pipelines.publish.release_data import recency, span_rank
from pipelines.publish.views.base import PageBase, local_time, slug

STEPS = ("found", "ordered", "listed", "accepted", "closed")
PERIODS_SHOWN = 12
ROWS_SHOWN = 300


class HazardsView(PageBase):
    """The closed loop of listed hazards, and the register with what is overdue."""

    def page(self) -> dict:
        """Everything on the page of hazards."""
        loops = self._loops()
        register = self._register()
        overdue = [r for r in register if r["overdue"] and not r["closed_on"]]
        pending = [r for r in register if r["open"] and not r["overdue"]]
        done = [r for r in register if r["closed_on"]]
        return {
            "any": bool(loops or register),
            "loop_of": loops[0] if loops else None,
            "earlier": loops[1:PERIODS_SHOWN],
            "by_region": self._regions(loops[0]["key"]) if loops else [],
            "sectors": self._sectors(loops[0]["key"]) if loops else [],
            "lists": [
                {"key": key, "rows": rows[:ROWS_SHOWN], "count": len(rows), "more": max(0, len(rows) - ROWS_SHOWN)}
                for key, rows in (("overdue", overdue), ("pending", pending), ("done", done))
            ],
            "unannounced": sum(1 for r in register if not r["announced"]),
            "as_of": self._as_of.isoformat(),
        }

    @property
    def _as_of(self) -> dt.date:
        return dt.date.fromisoformat(local_time(self.data.manifest.get("as_of", ""), self.zone)[:10])

    # --- the loop

    def _loops(self) -> list[dict]:
        """The loop of the whole, a table a period: newest first, the longest of those that end together before the others."""
        rows = self.data.rows(
            "SELECT * FROM hazard_funnel WHERE region_id = ? AND category = 'TOTAL' ORDER BY period, span, position", [self.root.id if self.root else ""]
        )
        periods: dict[tuple, list[dict]] = {}
        for row in rows:
            periods.setdefault((row["period"], row["span"]), []).append(row)
        ends: set[tuple] = set()
        found = []
        for key in sorted(periods, key=lambda k: (*recency(*k), -span_rank(k[1])), reverse=True):
            counts = (recency(*key), tuple(r["hazards"] for r in periods[key]))
            if counts not in ends:  # December year to date is the year
                ends.add(counts)
                found.append({"key": key, "title": self.w.period(*key), "anchor": slug(f"loop-{key[0]}-{key[1]}"), "steps": self._steps(periods[key])})
        return found

    def _steps(self, rows: list[dict]) -> list[dict]:
        """The five steps; one that none has taken is 0."""
        by_step = {r["step"]: r for r in rows}
        found = []
        for step in STEPS:
            row = by_step.get(step)
            previous = found[-1]["hazards"] if found else None
            share = row["share_of_previous_pct"] if row else 0 if previous else None
            found.append(
                {
                    "step": step,
                    "name": self.w(f"hazards.step.{step}"),
                    "hazards": row["hazards"] if row else 0,
                    "count": self.w.number(row["hazards"] if row else 0, 0),
                    "of_previous": "—" if share is None else f"{self.w.number(share, 2)}%",
                    "of_found": f"{self.w.number(row['share_of_found_pct'] if row else 0, 2)}%",
                    "width": row["share_of_found_pct"] if row else 0,
                    "days": self.w.number(row["average_days"], 1) if row and row["average_days"] is not None else "—",
                }
            )
        return found

    def _regions(self, key: tuple) -> list[dict]:
        """Every region with its loop of the same period, and what is open and overdue at its newest month end."""
        loops: dict[str, dict[str, dict]] = {}
        for row in self.data.rows(
            "SELECT * FROM hazard_funnel WHERE period = ? AND span = ? AND category = 'TOTAL' ORDER BY region_id, position", list(key)
        ):
            loops.setdefault(row["region_id"], {})[row["step"]] = row
        stocks: dict[str, dict[str, float]] = {}
        for row in self.data.rows(
            "SELECT region_id, indicator_id, value, period FROM indicators WHERE indicator_id IN ('F05.open', 'F05.overdue') AND category = 'TOTAL' "
            "AND span = 'stock' AND value IS NOT NULL ORDER BY period, basis"
        ):
            stocks.setdefault(row["region_id"], {})[row["indicator_id"]] = row["value"]
        found = []
        for region in self._in_order(set(loops) | {r for r, s in stocks.items() if s.get("F05.open")}):
            steps, stock = loops.get(region.id, {}), stocks.get(region.id, {})
            closed = steps.get("closed")
            found.append(
                {
                    "region": self.region_link(region),
                    "total": self.root is not None and region.id == self.root.id,
                    "counts": [self.w.number(steps[s]["hazards"] if s in steps else 0, 0) for s in STEPS],
                    "share": f"{self.w.number(closed['share_of_found_pct'] if closed else 0, 2)}%" if steps else "—",
                    "open": self.w.number(stock.get("F05.open"), 0),
                    "overdue": self.w.number(stock.get("F05.overdue"), 0),
                    "late": bool(stock.get("F05.overdue")),
                }
            )
        return found

    def _sectors(self, key: tuple) -> list[dict]:
        rows = self.data.rows(
            "SELECT * FROM hazard_funnel WHERE region_id = ? AND period = ? AND span = ? AND category <> 'TOTAL' ORDER BY category, position",
            [self.root.id if self.root else "", *key],
        )
        found: dict[str, dict[str, dict]] = {}
        for row in rows:
            found.setdefault(row["category"], {})[row["step"]] = row
        return [
            {
                "region": None,
                "total": False,
                "name": self._sector_name(sector),
                "counts": [self.w.number(steps[s]["hazards"] if s in steps else 0, 0) for s in STEPS],
                "share": f"{self.w.number(steps['closed']['share_of_found_pct'] if 'closed' in steps else 0, 2)}%",
            }
            for sector, steps in sorted(found.items(), key=lambda kv: (list(self._sector_codes).index(kv[0]) if kv[0] in self._sector_codes else 99, kv[0]))
        ]

    @property
    def _sector_codes(self) -> dict[str, str]:
        return {c.code: getattr(c, self.lang) for c in self.data.reference.codes.get("hazard_sector", ())}

    def _sector_name(self, sector: str | None) -> str:
        return self._sector_codes.get(sector or "", sector or "")

    def _in_order(self, ids: set[str]):
        """The root first, then as the tree of regions goes."""
        for root in self.data.roots:
            for region in (root, *root.below()):
                if region.id in ids:
                    yield region

    # --- the register

    def _register(self) -> list[dict]:
        """The hazards that are not void or transferred, the longest overdue first."""
        found = []
        levels = {c.code: getattr(c, self.lang) for c in self.data.reference.codes.get("listing_level", ())}
        for row in self.data.rows("SELECT * FROM major_hazards WHERE status IS NULL OR status NOT IN ('void', 'transferred') ORDER BY hazard_id"):
            region = self.data.regions.get(row["region_id"])
            due = dt.date.fromisoformat(row["due_on"][:10]) if row["due_on"] else None
            until = dt.date.fromisoformat(row["closed_on"][:10]) if row["closed_on"] else self._as_of
            found.append(
                {
                    "id": row["hazard_id"],
                    "announced": bool(row["notice_no"]),
                    "region": self.region_link(region) if region else None,
                    "region_id": row["region_id"],
                    "sector": self._sector_name(row["sector"]),
                    "level": levels.get(row["level"] or "", row["level"] or ""),
                    "unit": row["unit_name"] or "",
                    "content": row["content"] or "",
                    "status": self.w.get(f"hazards.status.{row['status']}", row["status"] or ""),
                    "listed_on": (row["listed_on"] or "")[:10],
                    "due_on": (row["due_on"] or "")[:10],
                    "extended_to": (row["extended_to"] or "")[:10],
                    "closed_on": (row["closed_on"] or "")[:10],
                    "notice_no": row["notice_no"] or "",
                    "overdue": bool(row["overdue"]),
                    "open": bool(row["notice_no"]) and not row["closed_on"] and row["status"] != "closed",
                    "days": (until - due).days if due and row["overdue"] else 0,
                }
            )
        return sorted(found, key=lambda r: (-r["days"], r["due_on"], r["id"]))

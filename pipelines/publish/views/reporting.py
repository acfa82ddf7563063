"""Who has reported and who has not."""

from __future__ import annotations

from functools import cached_property

from pipelines.publish.release_data import Region
from pipelines.publish.views.base import PageBase

REPORT_STATES = {"on_time": ("on_time",), "late": ("late", "received"), "missing": ("missing", "rejected"), "not_due": ("not_due",)}
INPUT_FORMS = "('F13', 'F14')"  # denominators and targets: filled in above, not a sign that a region has reported


class ReportingView(PageBase):
    """Who has reported and who has not."""

    @cached_property
    def _reports(self) -> dict[tuple[str, str], dict[str, int]]:
        """(region, year) -> form -> number of periods reported, the annual inputs left aside."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.data.rows(
            "SELECT region_id, left(period, 4) AS year, form_id, count(DISTINCT period) AS n FROM figures "
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
            "AND left(indicator_id, 4) NOT IN ('F13.', 'F14.') AND source <> 'ledger' AND value IS NOT NULL GROUP BY region_id",
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
            {f for r in members for f in self.reported.get(r.id, {})} | {f for counts in below.values() for f in counts},
            key=self.form_order,
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

    @cached_property
    def _duties(self) -> tuple[str, dict[tuple[str, str], str]]:
        """The newest month that was due, and the state of every report due for it: (region, form) -> state."""
        rows = self.data.rows(
            "SELECT region_id, form_id, state, end_month FROM reporting_duties WHERE end_month = (SELECT max(end_month) FROM reporting_duties "
            "WHERE due_at IS NOT NULL AND state <> 'not_due') ORDER BY ALL"
        )
        return (rows[0]["end_month"] if rows else "", {(r["region_id"], r["form_id"]): r["state"] for r in rows})

    def completeness(self, region: Region) -> dict | None:
        """How many reports of each form came in time, late or not at all for the newest month due: the region and those right below it."""
        month, states = self._duties
        inside_of = {member.id: [member.id, *(each.id for each in member.below())] for member in (region, *region.children)}
        here = set(inside_of[region.id])
        forms = sorted({form for each, form in states if each in here}, key=self.form_order)
        if not forms or not region.children:
            return None
        rows = []
        for member in (region, *region.children):
            inside = inside_of[member.id]
            cells = []
            for form in forms:
                found = [states[each, form] for each in inside if (each, form) in states]
                counts = {key: sum(state in names for state in found) for key, names in REPORT_STATES.items()}
                cells.append({"due": len(found), **counts, "word": self.w(f"completeness.{next(k for k in REPORT_STATES if counts[k])}") if len(found) == 1 else ""})
            rows.append({"region": self.region_link(member), "self": member is region, "cells": cells})
        return {"period": self.w.period(month, "month"), "forms": [{"id": f, "name": self.data.form_name(f, self.lang)} for f in forms], "rows": rows}

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

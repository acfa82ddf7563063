"""What of the registers may be shown: larger and worse accidents, and listed major hazards, of a region and those below it."""

from __future__ import annotations

from functools import cached_property

from pipelines.publish.release_data import Region
from pipelines.publish.views.base import PageBase

SHOWN = 50  # newest of each on a page; the tables have them all


class RegistersView(PageBase):
    """The lists of accidents and hazards. They hold released columns only, and of hazards neither unit nor content."""

    def registers(self, region: Region) -> dict:
        """`accidents` and `hazards`, each with its rows, newest first, and how many there are in all; empty where there are none."""
        inside = {region.id, *(r.id for r in region.below())}
        made = {"accidents": (self._accidents, self._accident), "hazards": (self._hazards, self._hazard)}
        found = {}
        for name, (rows, shown) in made.items():
            own = [row for row in rows if row["region_id"] in inside]
            found[name] = {"rows": [shown(row) for row in own[:SHOWN]], "total": len(own)} if own else None
        return found

    @cached_property
    def _accidents(self) -> list[dict]:
        return self.data.rows("SELECT * FROM accidents ORDER BY occurred_on DESC NULLS LAST, region_id, category, serial")

    @cached_property
    def _hazards(self) -> list[dict]:
        return self.data.rows("SELECT * FROM major_hazards ORDER BY overdue AND closed_on IS NULL DESC NULLS LAST, listed_on DESC NULLS LAST, hazard_id")

    def _accident(self, row: dict) -> dict:
        region = self.data.regions[row["region_id"]]
        return {
            "date": row["occurred_on"] or "—",
            "region": self.region_link(region.at(row["occurred_on"][:7]) if row["occurred_on"] else region),
            "category": self.data.category_name(row["category"], "F02", self.lang) if row["category"] else "",
            "level": self.data.code_name("accident_level", str(row["level"]), self.lang),
            "deaths": self.w.number(row["deaths"], 0),
            "status": self.data.code_name("accident_status", row["status"], self.lang),
            "counting": "" if row["counting"] == "counted" else self.w(f"counting.{row['counting']}"),
        }

    def _hazard(self, row: dict) -> dict:
        return {
            "number": row["hazard_id"],
            "region": self.region_link(self.data.regions[row["region_id"]]),
            "sector": self.data.code_name("hazard_sector", row["sector"], self.lang),
            "level": self.data.code_name("listing_level", row["level"], self.lang),
            "listed": row["listed_on"] or "—",
            "due": row["due_on"] or "—",
            "closed": row["closed_on"] or "—",
            "status": self.data.code_name("hazard_status", row["status"], self.lang),
            "overdue": bool(row["overdue"]),
        }

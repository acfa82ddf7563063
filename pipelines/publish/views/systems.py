"""The systems of supervision, each with the form, the table and the page that serve it, and whether this release does."""

from __future__ import annotations

from functools import cache

import yaml

from pipelines.publish.views.base import PageBase
from pipelines.reference import REFERENCE


@cache
def declared() -> tuple[dict, ...]:
    """Every system of `data/reference/systems.yml`."""
    return tuple(yaml.safe_load((REFERENCE / "systems.yml").read_text(encoding="utf-8")))


class SystemsView(PageBase):
    """The systems of supervision."""

    def page(self, paths: set[str]) -> dict:
        """Every system with its state; `paths`: the pages that this site has."""
        systems = [self._system(system, paths) for system in declared()]
        return {"systems": systems, "served": sum(s["state"] == "served" for s in systems), "total": len(systems)}

    def address(self, system: dict) -> str:
        return system.get("page", "").format(root=self.region_link(self.root)["path"].split("/")[1] if self.root else "")

    def rows(self, system: dict) -> int:
        """How many rows of this release are the system's."""
        where = f" WHERE {system['where']}" if "where" in system else ""
        return self.data.rows(f'SELECT count(*) AS n FROM "{system["table"]}"{where}')[0]["n"]

    def state(self, system: dict, paths: set[str]) -> str:
        """served, empty (this release has no such data), not_yet (no such table or page), documents (nothing is counted)."""
        if not system.get("statistics", True):
            return "documents"
        if system["table"] not in self.data.tables:
            return "not_yet"
        if not self.rows(system):
            return "empty"
        return "served" if self.address(system) in paths else "not_yet"

    def _system(self, system: dict, paths: set[str]) -> dict:
        state = self.state(system, paths)
        table = system.get("table", "")
        return {
            "id": system["id"],
            "name": system[self.lang],
            "forms": [{"id": f, "name": self.data.form_name(f, self.lang)} for f in system["forms"]],
            "table": {"name": table, "title": self.data.tables[table]["title"][self.lang]} if table in self.data.tables else None,
            "page": self.address(system) if state == "served" else "",
            "state": state,
            "word": self.w(f"systems.state.{state}"),
            "rows": self.w.number(self.rows(system), 0) if state in ("served", "empty") else "",
        }

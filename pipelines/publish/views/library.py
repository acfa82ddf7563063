"""The assessment schemes that come with the program: what a document tells of each, and what is assumed."""

from __future__ import annotations

import yaml

from pipelines import schemes
from pipelines.publish.views.base import PageBase
from transforms.scoring import provenance


class LibraryView(PageBase):
    """The library of schemes."""

    def page(self) -> dict:
        """Every scheme by its number in the catalogue, with how many of its parts are sourced, partly sourced, assumed and unmarked."""
        raws = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(schemes.FOLDER.glob("*.yml"))]
        rows = [{**row, "name": row[f"name_{self.lang}"], "assumed_parts": [self._part(part) for part in row["assumed_parts"]]}
                for row in provenance.table(raws)]
        return {"schemes": rows, "statuses": provenance.STATUSES, "totals": {status: sum(row[status] for row in rows) for status in provenance.STATUSES}}

    def _part(self, part: provenance.Part) -> dict:
        """An assumed part: its kind and name and, where not all of it is assumed, which of its keys are (`only`)."""
        return {"kind": self.w(f"library.kind.{part.kind}"), "name": part.name_zh if self.lang == "zh" else part.name_en,
                "only": "" if "*" in part.assumed else self.w("comma").join(part.assumed)}

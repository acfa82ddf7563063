"""Credit of enterprises and cards (F17), and the indices of social surveys (F18)."""

from __future__ import annotations

from pipelines.publish.release_data import recency
from pipelines.publish.views.base import PageBase

CREDIT = ("F17.registered", "pledge_rate", "credit_publication_rate", "credit_audit_rate", "F17.warned", "F17.blacklisted", "F17.red_cards", "F17.yellow_cards")
SURVEY = ("F18.safety_sense", "F18.culture", "F18.n")


class CreditView(PageBase):
    """Credit of enterprises and cards, and the indices of social surveys, each of the newest period and region by region."""

    def page(self) -> dict:
        """Everything on the page of credit and surveys."""
        return {"credit": self._table(CREDIT), "survey": self._table(SURVEY)}

    def _table(self, ids: tuple[str, ...]) -> dict | None:
        """The newest period of the indicators: a row for each region and category, a column for each indicator."""
        marks = ", ".join("?" * len(ids))
        rows = self.data.rows(
            f"SELECT * FROM indicators WHERE indicator_id IN ({marks}) AND value IS NOT NULL AND span IN ('stock', 'year') "
            "ORDER BY region_id, category, indicator_id, period, basis", list(ids))
        if not rows:
            return None
        period, span = max({(r["period"], r["span"]) for r in rows}, key=lambda k: recency(*k))
        cells = {(r["region_id"], r["category"], r["indicator_id"]): r for r in rows if r["period"] == period}
        shown = [i for i in ids if any(key[2] == i for key in cells)]
        form = self.data.form_of(ids[0])
        lines = []
        for root in self.data.roots:
            for region in (root, *root.below()):
                for category in sorted({key[1] for key in cells if key[0] == region.id}, key=lambda c: (self.data.category_sort(c, form), c)):
                    each = [cells.get((region.id, category, i)) for i in shown]
                    lines.append(
                        {
                            "region": self.region_link(region),
                            "category": "" if category in ("", "TOTAL") else self.data.category_name(category, form, self.lang),
                            "total": self.root is not None and region.id == self.root.id,
                            "cells": [self._cell(c) for c in each],
                        }
                    )
        return {
            "period": self.w.period(period, span),
            "heads": [{"name": self.data.indicator_name(i, self.lang, short=True), "unit": self.unit(i)} for i in shown],
            "lines": lines,
        }

    def _cell(self, row: dict | None) -> dict | None:
        if row is None:
            return None
        partial = row["obs_status"] == "partial"
        return {
            "text": self.w.qualified(self.w.number(row["value"], self.data.decimals(row["indicator_id"])), row["qualifier"]),
            "mark": self.w("mark.partial.word", share=self.w.number(row["reporting_share"], 0)) if partial else "",
        }

    def unit(self, indicator_id: str) -> str:
        unit = (self.data.catalogue.get(indicator_id) or {}).get("unit") or ""
        return self.w.get(f"unit.{unit}", unit)

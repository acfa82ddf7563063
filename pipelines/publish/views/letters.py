"""Letters of responsibility: coverage, what our own figures say of their targets, and the tree of who signed with whom."""

from __future__ import annotations

from pipelines.publish.views.base import PageBase

LETTERS_SHOWN = 2000
TYPES = ("领导", "部门", "乡镇街道", "企业")


class LettersView(PageBase):
    """Letters of responsibility of the newest year."""

    def page(self) -> dict:
        """Everything on the page of letters."""
        years = self.data.rows("SELECT DISTINCT period FROM responsibility_letters ORDER BY period DESC")
        if not years:
            return {"any": False, "year": "", "years": [], "types": [], "regions": [], "broken": [], "tree": [], "more": 0, "type_names": []}
        year = years[0]["period"]
        letters = self.data.rows("SELECT * FROM responsibility_letters WHERE period = ? ORDER BY region_id, letter_id", [year])
        conditions: dict[tuple[str, str], list[dict]] = {}
        for row in self.data.rows("SELECT * FROM letter_targets WHERE period = ? ORDER BY region_id, letter_id, kind, position", [year]):
            conditions.setdefault((row["region_id"], row["letter_id"]), []).append(self._condition(row))
        coverage = self.data.rows("SELECT * FROM letter_coverage WHERE period = ? ORDER BY region_id, type", [year])
        nodes = [self._letter(row, conditions.get((row["region_id"], row["letter_id"]), [])) for row in letters[:LETTERS_SHOWN]]
        return {
            "any": True,
            "year": self.w.period(year),
            "type_names": [self.type_name(t) for t in TYPES],
            "years": [y["period"] for y in years[1:]],
            "types": self._types(coverage),
            "regions": self._regions(coverage),
            "broken": [n for n in nodes if n["broken"]],
            "tree": self._tree(nodes),
            "more": max(0, len(letters) - LETTERS_SHOWN),
        }

    def type_name(self, code: str | None) -> str:
        return next((getattr(c, self.lang) for c in self.data.reference.codes.get("letter_type", ()) if c.code == code), code or "—")

    def _result(self, code: str | None) -> str:
        return next((getattr(c, self.lang) for c in self.data.reference.codes.get("letter_result", ()) if c.code == code), code or "")

    def _condition(self, row: dict) -> dict:
        decimals = self.data.decimals(row["indicator_id"], row["region_id"]) if row["indicator_id"] else None
        return {
            "kind": row["kind"],
            "text": f"{self.data.indicator_name(row['indicator_id'], self.lang) if row['indicator_id'] else row['indicator']} "
                    f"{row['sign'].replace('<=', '≤').replace('>=', '≥')} {self.w.number(row['limit_value'])}",
            "measured": self.w.number(row["measured"], decimals) if row["measured"] is not None else "",
            "period": self.w.period(row["measured_period"], "year" if len(row["measured_period"]) == 4 else "ytd") if row["measured_period"] else "",
            "state": row["state"] or "",
            "word": self.w(f"letters.state.{row['state']}") if row["state"] else "",
        }

    def _letter(self, row: dict, conditions: list[dict]) -> dict:
        region, signee = self.data.regions.get(row["region_id"]), self.data.regions.get(row["signee_region_id"] or "")
        return {
            "id": row["letter_id"],
            "parent": row["parent_id"] or "",
            "region": self.region_link(region) if region else None,
            "region_id": row["region_id"],
            "type": self.type_name(row["type"]),
            "signer": row["signer_unit"] or "",
            "signee": self.region_link(signee) if signee else None,
            "signee_text": row["signee_unit"] or (self.w("letters.enterprise") if row["type"] == "企业" else "—"),
            "signed_on": (row["signed_on"] or "")[:10],
            "targets": [c for c in conditions if c["kind"] == "target"],
            "vetoes": [c for c in conditions if c["kind"] == "veto"],
            "broken": any(c["state"] in ("missed", "triggered") for c in conditions),
            "result": self._result(row["result"]),
            "reward": self.w.number(row["reward_yuan"], 2) if row["reward_yuan"] is not None else "",
            "children": [],
        }

    def _tree(self, nodes: list[dict]) -> list[dict]:
        """Letters that follow from none of ours on top; of letters that follow from each other in a circle the first is on top."""
        by_id = {}
        for node in nodes:
            by_id.setdefault(node["id"], node)
        top = []
        for node in nodes:
            up, seen = by_id.get(node["parent"]), {node["id"]}
            while up is not None and up["id"] not in seen:
                seen.add(up["id"])
                up = by_id.get(up["parent"])
            parent = by_id.get(node["parent"])
            if parent is None or up is not None:
                top.append(node)
            else:
                parent["children"].append(node)
        return top

    def _types(self, coverage: list[dict]) -> list[dict]:
        found = []
        for kind in TYPES:
            rows = [r for r in coverage if r["type"] == kind]
            if not rows:
                continue
            paid = [r["reward_yuan"] for r in rows if r["reward_yuan"] is not None]
            expected = [r for r in rows if r["expected"] is not None]
            found.append(
                {
                    "name": self.type_name(kind),
                    "letters": self.w.number(sum(r["letters"] for r in rows), 0),
                    "covered": f"{sum(r['covered'] for r in expected):,} / {sum(r['expected'] for r in expected):,}" if expected else "—",
                    **{key: self.w.number(sum(r[key] for r in rows), 0) for key in ("met", "missed", "vetoed", "broken")},
                    "open": self.w.number(sum(r["letters"] - r["met"] - r["missed"] - r["vetoed"] for r in rows), 0),
                    "reward": self.w.number(sum(paid), 2) if paid else "—",
                }
            )
        return found

    def _regions(self, coverage: list[dict]) -> list[dict]:
        """Every region with its letters by type and, where something says how many should sign, the share that did."""
        found = []
        by_region: dict[str, dict[str, dict]] = {}
        for row in coverage:
            by_region.setdefault(row["region_id"], {})[row["type"]] = row
        for root in self.data.roots:
            for region in (root, *root.below()):
                rows = by_region.get(region.id)
                if rows is None:
                    continue
                counted = [r for r in rows.values() if r["expected"] is not None]
                share = counted[0]["coverage_pct"] if counted else None
                found.append(
                    {
                        "region": self.region_link(region),
                        "counts": [self.w.number(rows[t]["letters"], 0) if t in rows else "—" for t in TYPES],
                        "who": self.type_name(counted[0]["type"]) if counted else "",
                        "covered": f"{counted[0]['covered']} / {counted[0]['expected']}" if counted else "—",
                        "share": f"{self.w.number(share, 2)}%" if share is not None else "—",
                        "width": share or 0,
                        "broken": self.w.number(sum(r["broken"] for r in rows.values()), 0),
                    }
                )
        return found

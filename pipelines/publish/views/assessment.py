"""Target assessment: the table of a scheme, and the score sheet of a region."""

from __future__ import annotations

import re
from functools import cached_property

from pipelines.publish.release_data import Region, recency
from pipelines.publish.views.base import PageBase, slug


def _cycle(period: str) -> str:
    """The cycle that a period of assessment is of."""
    return {"Q": "quarter", "H": "half"}.get(period[4:5], "year")


class AssessmentView(PageBase):
    """Target assessment: the table of a scheme, and the score sheet of a region."""

    @cached_property
    def assessed(self) -> dict[tuple[str, str], list[dict]]:
        """The scores by scheme and period; the newest year and period first."""
        found: dict[tuple[str, str], list[dict]] = {}
        for row in self.data.rows("SELECT * FROM assessment_scores ORDER BY scheme_id, period, rank NULLS LAST, score DESC NULLS LAST, region_id"):
            found.setdefault((row["scheme_id"], row["period"]), []).append(row)
        places = {name: n for n, name in enumerate(self.schemes)}
        order = sorted(found, key=lambda k: (-recency(k[1], "")[0], places.get(k[0], len(places)), k))
        return {key: found[key] for key in order}

    @cached_property
    def schemes(self) -> dict[str, dict]:
        """The schemes in use by id: name, level, year, rules by kind."""
        found: dict[str, dict] = {}
        for row in self.data.rows("SELECT * FROM scheme_rules ORDER BY scheme_id, position"):
            scheme = found.setdefault(row["scheme_id"], {"id": row["scheme_id"], "name": row[f"scheme_{self.lang}"], "year": row["year"],
                                                         "level": self.w.get(f"levels.{row['subject_level']}", row["subject_level"]),
                                                         "source": row["source"] or "", "rules": {}, "by_id": {}})
            rule = {"id": row["rule_id"], "kind": row["kind"], "group": row[f"group_{self.lang}"] or "", "group_id": row["group_id"],
                    "name": self.grade(row["rule_id"]) if row["kind"] == "grade" else row[f"name_{self.lang}"], "rule": row[f"rule_{self.lang}"],
                    "points": self.w.number(row["points"]) if row["points"] is not None else "", "assumed": row["assumed"], "position": row["position"],
                    "effect": self.w.get(f"assessment.effect_{row['type']}", "") if row["kind"] == "veto" else ""}
            scheme["rules"].setdefault(row["kind"], []).append(rule)
            scheme["by_id"][row["kind"] == "grade", row["rule_id"]] = rule
        return found

    def grade(self, name: str | None) -> str:
        """A grade, in English where it is one of the usual ones."""
        return self.w.get(f"grade.{name}", name or "—") if name else "—"

    def sheet_path(self, region_id: str) -> str:
        return f"assessment/{slug(region_id)}/"

    @cached_property
    def sheet_regions(self) -> list[str]:
        """The regions that have a score sheet."""
        return sorted({row["region_id"] for rows in self.assessed.values() for row in rows if row["region_id"] in self.data.regions})

    @cached_property
    def cycles(self) -> dict[str, str]:
        """The cycles that are assessed, the longest first, with the page of each: years on the page of the chapter, halves and quarters on their own."""
        found = {_cycle(period) for _, period in self.assessed}
        return {cycle: "assessment/" if cycle == "year" else f"assessment/{cycle}/" for cycle in ("year", "half", "quarter") if cycle in found}

    def assessment_page(self, cycle: str) -> dict:
        """The table of each scheme of a cycle, newest period first, and what its rules are; where the other cycles are."""
        shown: dict[str, list[dict]] = {}
        for (scheme_id, period), rows in self.assessed.items():
            if _cycle(period) != cycle:
                continue
            shown.setdefault(scheme_id, []).append({
                "period": self.w.period(period), "anchor": slug(f"a-{scheme_id}-{period}"), "interim": rows[0]["interim"],
                "unscored": all(r["score"] is None for r in rows), "unjudged": sum(r["items_unjudged"] > 0 for r in rows),
                "classes": any(r["class"] for r in rows), "rows": [self._score(r) for r in rows],
                "bottom": [self.region_link(self.data.regions[r["region_id"]]) for r in rows if r["bottom"] and r["region_id"] in self.data.regions]})
        others = [{"path": path, "name": self.w(f"assessment.cycle_{name}")} for name, path in self.cycles.items() if name != cycle]
        return {"schemes": [{**self._scheme(name), "periods": periods} for name, periods in shown.items()], "cycle": cycle, "others": others}

    def _scheme(self, scheme_id: str) -> dict:
        return self.schemes.get(scheme_id) or {"id": scheme_id, "name": scheme_id, "year": "", "level": "", "source": "", "rules": {}, "by_id": {}}

    def _score(self, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"])
        raised = (row["raised"] or "").split(",")
        return {
            "region": {**self.region_link(region.at(row["period"])), "path": self.sheet_path(region.id)} if region else None, "id": row["region_id"],
            "class": row["class"] or "", "score": self.w.number(row["score"], 2) if row["score"] is not None else "—", "grade": self.grade(row["grade"]),
            "rank": row["rank"], "of": row["ranked_count"], "vetoed": row["vetoed"], "provisional": row["provisional"], "interim": row["interim"],
            "veto": row["veto_reason" if self.lang == "zh" else "veto_reason_en"] or "", "reason": row[f"grade_reason_{self.lang}"] or "",
            "computed": self.w.number(row["computed"], 2) if row["computed"] != row["score"] else "",
            "judged_score": self.w.number(row["judged_score"], 2), "judged_points": self.w.number(row["judged_points"]),
            "total": self.w.number(row["total_points"]), "scaled": row["judged_points"] is not None and row["judged_points"] != row["total_points"],
            "extra": self.w.signed(row["extra_score"], 2) if row["extra_score"] else "",
            "weights": row[f"weights_{self.lang}"] or "", "unjudged": row["items_unjudged"], "bottom": bool(row["bottom"]), "tie": "QUOTA_TIE" in raised, "unknown": [r.partition(" ")[2] for r in raised if r.startswith("VETO_UNKNOWN")],
        }

    def region_assessments(self, region_id: str) -> dict | None:
        """The newest score of a region by each scheme, for its own page."""
        newest: dict[str, dict] = {}
        for (scheme_id, period), rows in self.assessed.items():
            mine = next((r for r in rows if r["region_id"] == region_id), None)
            if mine and scheme_id not in newest:
                newest[scheme_id] = {"name": self._scheme(scheme_id)["name"], "period": self.w.period(period), **self._score(mine)}
        return {"path": self.sheet_path(region_id), "rows": list(newest.values())} if newest else None

    def score_sheet(self, region: Region) -> dict:
        """Every assessment of a region: its score, its items with what was measured, and where each value comes from."""
        items = self.take("assessment_items", "SELECT * FROM assessment_items ORDER BY region_id, scheme_id, period, item_id", region.id)
        inputs = self.take("assessment_inputs", "SELECT * FROM assessment_inputs ORDER BY region_id, scheme_id, period, item_id, role, metric, serial", region.id)
        objections = self.take("objections", "SELECT * FROM objections ORDER BY region_id, scheme_id, filed_on, objection", region.id)
        sheets = []
        for (scheme_id, period), rows in self.assessed.items():
            mine = next((r for r in rows if r["region_id"] == region.id), None)
            if mine is None:
                continue
            scheme = self._scheme(scheme_id)
            here = [i for i in items if (i["scheme_id"], i["period"]) == (scheme_id, period)]
            used: dict[str, list[dict]] = {}
            for i in inputs:
                if (i["scheme_id"], i["period"]) == (scheme_id, period):
                    used.setdefault(i["item_id"], []).append(self._input(i))
            lines = [self._item(scheme, i, used) for i in here]
            lines.sort(key=lambda line: (line["position"], line["id"]))
            sheets.append({
                "scheme": scheme, "period": self.w.period(period), "anchor": slug(f"s-{scheme_id}-{period}"), "score": self._score(mine), "items": lines,
                "parts": scheme["rules"].get("part", []),
                "vetoes": [{**rule, "struck": rule["id"] in (mine["vetoes"] or "").split(","), "inputs": used.get(rule["id"], [])}
                           for rule in scheme["rules"].get("veto", [])],
                "objections": [self._objection(o, scheme) for o in objections if o["scheme_id"] == scheme_id and o["assessment_period"] == period],
            })
        return {"region": self.region_link(region), "ancestors": [self.region_link(r) for r in region.ancestors], "sheets": sheets}

    def _item(self, scheme: dict, row: dict, used: dict[str, list[dict]]) -> dict:
        rule = scheme["by_id"].get((False, row["item_id"]), {"group": row["group_id"], "name": row["item_id"], "rule": "", "position": 0, "assumed": False})
        number = self.w.number

        def points(name: str) -> str:
            return number(row[name]) if row[name] is not None else "—"

        extra = row["group_id"] in ("bonus", "deductions")
        return {"id": row["item_id"], "position": rule["position"], "group": self.w(f"assessment.{row['group_id']}") if extra else rule["group"],
                "name": rule["name"], "rule": rule["rule"], "assumed": rule["assumed"], "measured": points("measured"), "target": points("target"),
                "points": "" if extra else points("points"), "deduction": "" if extra else points("deduction"), "score": points("score"),
                "reason": row[f"reason_{self.lang}"], "lost": bool(row["deduction"] and row["deduction"] > 0), "inputs": used.get(row["item_id"], [])}

    def _input(self, row: dict) -> dict:
        """A value that was used: what it is, of which period, and where it stands."""
        known = self.data.catalogue.get(row["indicator_id"])
        name = self.data.indicator_name(row["indicator_id"], self.lang) if known else ""
        if row["source"] == "counted":
            name = self.w.get(f"assessment.{row['indicator_id']}", row["indicator_id"])
        if row["source"] == "figures":
            name = self.w("assessment.target_of", name=name)
        if row["source"] == "comparisons":
            name = self.w("assessment.last_year_of", name=name)
        if row["category"] not in (None, "", "TOTAL"):
            name += f" · {self.data.category_name(row['category'], self.data.form_of(row['indicator_id']), self.lang)}"
        path = f"regions/{slug(row['region_id'])}/" if row["source"] in ("indicators", "comparisons", "figures") and row["region_id"] in self.data.regions else ""
        return {"name": name or self.w("assessment.typed"), "period": self.w.period(row["input_period"], row["span"] if row["source"] in ("indicators", "comparisons") else ""),
                "value": self.w.number(row["value"]) if row["value"] is not None else "—", "path": path,
                "anchor": f"#p-{slug(row['input_period'])}-{slug(row['span'])}" if row["source"] in ("indicators", "comparisons") else "#targets" if path else "",
                "cell": f"{row['sheet']}!{row['cell']}" if row["sheet"] else row["cell"] or "", "submission": re.sub(r"^([0-9a-f]{8})[0-9a-f]{8}$", r"\1", row["submission_id"] or "")}

    def _objection(self, row: dict, scheme: dict) -> dict:
        rule = scheme["by_id"].get((False, row["item_id"]))
        return {"item": rule["name"] if rule else row["item_id"], "filed_on": str(row["filed_on"]), "state": self.w(f"objection.{row['state']}"),
                "decided_on": str(row["decided_on"] or "—"), "decided_by": row["decided_by"] or "—",
                "old": self.w.number(row["old_value"]) if row["old_value"] is not None else "—",
                "new": self.w.number(row["new_value"]) if row["new_value"] is not None else "—", "id": row["objection"]}

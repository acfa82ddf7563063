"""Findings, printed values, the files received, and what changed between releases."""

from __future__ import annotations

import re
from functools import cached_property

from expectations import compile as suites
from pipelines.publish.views.base import PageBase, local_time, release_key, rules_anchor, slug

FINDINGS_SHOWN = 50
REVISIONS_SHOWN = 100
SEVERITIES = ("error", "warning", "info")
VERDICTS = ("reproduced", "truncated_as_declared", "truncated", "off_in_last_digit", "contradiction", "not_recomputable")


class QualityView(PageBase):
    """Findings, printed values, the files received, and what changed between releases."""

    def findings(self, rows: list[dict], limit: int = FINDINGS_SHOWN) -> dict:
        """Findings by severity, then by check."""
        groups: dict[tuple, list[dict]] = {}
        for row in rows:
            groups.setdefault((row["severity"], row["check_id"]), []).append(row)
        found = []
        for severity, check in sorted(groups, key=lambda k: (SEVERITIES.index(k[0]) if k[0] in SEVERITIES else 9, k[1])):
            each = groups[(severity, check)]
            found.append(
                {
                    "severity": severity,
                    "severity_word": self.w.get(f"severity.{severity}", severity),
                    "check": check,
                    "check_name": self.w.get(f"check.{check}", ""),
                    "anchor": slug(f"c-{severity}-{check}"),
                    "count": len(each),
                    "rows": [self._finding(r) for r in each[:limit]],
                    "more": max(0, len(each) - limit),
                }
            )
        counts = {s: sum(1 for r in rows if r["severity"] == s) for s in SEVERITIES}
        return {"groups": found, "counts": counts, "total": len(rows)}

    @cached_property
    def _rules(self) -> set[tuple[str, str]]:
        """The form and number of each check that belongs to a form."""
        return {(rule.form_id, rule.rule_id) for rule in suites.catalogue(self.data.reference.forms) if rule.form_id}

    def _finding(self, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"] or "")
        return {
            "region": self.region_link(region) if region else None,
            "region_id": row["region_id"] or "",
            "period": row["period"] or "",
            "form": row["form_id"] or "",
            "form_name": self.data.form_name(row["form_id"], self.lang) if row["form_id"] else "",
            "submission": (row["submission_id"] or "")[:8],
            "place": f"{row['sheet']}!{row['cell']}" if row["sheet"] and row["cell"] else row["cell"] or row["sheet"] or "",
            "value": row["value"] or "",
            "expected": row["expected"] or "",
            "message": row[f"message_{self.lang}"] or row["message_zh"] or "",
            "rule": row.get("rule_id") or "",
            "rule_at": rules_anchor(row["form_id"] if (row["form_id"], row.get("rule_id")) in self._rules else ""),
        }

    def quality(self) -> dict:
        """All open findings, how many a later file has settled, and the tally of printed values."""
        rows = self.data.rows(
            "SELECT * FROM quality_findings WHERE resolved_by IS NULL ORDER BY severity, check_id, region_id, period, form_id, submission_id, sheet, cell, value, expected"
        )
        tally = {r["verdict"]: r["n"] for r in self.data.rows("SELECT verdict, count(*) AS n FROM reconciliations GROUP BY ALL")}
        kinds: dict[str, dict[str, int]] = {}
        for r in self.data.rows("SELECT kind, verdict, count(*) AS n FROM reconciliations GROUP BY ALL ORDER BY ALL"):
            kinds.setdefault(r["kind"], {})[r["verdict"]] = r["n"]
        total = sum(tally.values())
        verdicts = [v for v in VERDICTS if tally.get(v)] + sorted(set(tally) - set(VERDICTS))
        contradictions = self.data.rows(
            "SELECT * FROM reconciliations WHERE verdict IN ('contradiction', 'off_in_last_digit', 'truncated') "
            "ORDER BY verdict, region_id, period, form_id, category, measure, kind, submission_id, sheet, cell LIMIT 200"
        )
        found = self.findings(rows)
        found["closed"] = self.data.rows("SELECT count(*) AS n FROM quality_findings WHERE resolved_by IS NOT NULL")[0]["n"]
        found["printed"] = {
            "total": total,
            "verdicts": [
                {
                    "key": v,
                    "word": self.w.get(f"verdict.{v}", v),
                    "note": self.w.get(f"verdict_note.{v}", ""),
                    "count": tally[v],
                    "share": self._share(tally[v], total),
                    "width": round(tally[v] / total * 100, 2),
                }
                for v in verdicts
            ],
            "kinds": [
                {"word": self.w.get(f"derived.{kind}", kind), "counts": [each.get(v, 0) for v in verdicts], "total": sum(each.values())}
                for kind, each in sorted(kinds.items())
            ],
            "failed": [self._printed(r) for r in contradictions],
        }
        found["submissions"] = self.data.rows("SELECT verdict, count(*) AS n FROM submissions GROUP BY ALL ORDER BY ALL")
        for row in found["submissions"]:
            row["word"] = self.w.get(f"receipt.{row['verdict']}", row["verdict"])
        return found

    def _share(self, part: int, total: int) -> str:
        """A share in per cent with one decimal; neither the few nor nearly all are rounded away."""
        if 0 < part * 2000 < total:
            return "<0.1"
        return ">99.9" if part < total < part + total / 2000 else self.w.number(part / total * 100, 1)

    def _printed(self, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"] or "")
        return {
            "region": self.region_link(region) if region else None,
            "region_id": row["region_id"],
            "period": self.w.period_code(row["period"], row["span"]),
            "what": self.data.measure_name(row["form_id"], row["measure"], self.lang),
            "category": self.data.category_name(row["category"], row["form_id"], self.lang) if row["category"] not in ("", "TOTAL") else "",
            "kind": self.w.get(f"derived.{row['kind']}", row["kind"]),
            "printed": row["printed"] or "",
            "recomputed": self.w.number(row["recomputed"], row["decimals"]),
            "verdict": row["verdict"],
            "word": self.w.get(f"verdict.{row['verdict']}", row["verdict"]),
            "submission": (row["submission_id"] or "")[:8],
            "place": f"{row['sheet']}!{row['cell']}" if row["sheet"] and row["cell"] else row["cell"] or "",
        }

    def submissions(self, ids: list[str]) -> list[dict]:
        """The received files that a page's numbers come from."""
        found = []
        for name in ids:
            row = self._submissions.get(name)
            if row:
                found.append(
                    {
                        "id": name,
                        "form": row["form_id"] or "",
                        "form_name": self.data.form_name(row["form_id"], self.lang) if row["form_id"] else "",
                        "sender": self.data.region_name(row["region_id"], self.lang),
                        "period": row["period"] or "",
                        "received": local_time(row["received_at"] or "", self.zone),
                        "verdict": self.w.get(f"receipt.{row['verdict']}", row["verdict"]),
                        "sha256": row["file_sha256"] or "",
                    }
                )
        return found

    @cached_property
    def _submissions(self) -> dict[str, dict]:
        return {r["submission_id"]: r for r in self.data.rows("SELECT * FROM submissions")}

    def revisions(self, limit: int = REVISIONS_SHOWN) -> list[dict]:
        """What changed, by release, newest first; reported figures before what is computed from them."""
        groups: dict[tuple, dict] = {}
        for row in self.data.rows(
            """SELECT * FROM revisions ORDER BY release, previous_release,
               CASE "table" WHEN 'figures' THEN 0 WHEN 'indicators' THEN 1 WHEN 'comparisons' THEN 2 ELSE 3 END, "table", "key" """
        ):
            indicator = re.search(r"(?:^|;)indicator_id=([^;]*)", row["key"] or "")
            if indicator and indicator[1] in self.data.plain:
                continue  # the same number under its form's name
            group = groups.setdefault(
                (row["release"], row["previous_release"]),
                {"release": row["release"], "previous": row["previous_release"], "rows": [], "count": 0, "reasons": {}},
            )
            group["count"] += 1
            group["reasons"][row["reason"]] = group["reasons"].get(row["reason"], 0) + 1
            if len(group["rows"]) < limit:
                group["rows"].append(self._revision(row))
        for group in groups.values():
            group["more"] = group["count"] - len(group["rows"])
            group["reasons"] = [
                {"word": self.w.get(f"revision.{r}", r), "count": n} for r, n in sorted(group["reasons"].items(), key=lambda kv: -kv[1])
            ]
        return sorted(groups.values(), key=lambda g: release_key(g["release"]), reverse=True)

    def _revision(self, row: dict) -> dict:
        key = dict(part.split("=", 1) for part in (row["key"] or "").split(";") if "=" in part)
        region = self.data.regions.get(key.get("region_id", ""))
        what, decimals = "", None
        form = key.get("form_id", "")
        if indicator := key.get("indicator_id"):
            what, form, decimals = (
                self.data.indicator_name(indicator, self.lang),
                self.data.form_of(indicator),
                self.data.decimals(indicator, key.get("region_id", "")),
            )
        elif form:
            what = self.data.measure_name(form, key.get("measure", ""), self.lang)
        category = key.get("category", "")
        if row["table"] in ("comparisons", "target_progress"):
            decimals = self.data.change_decimals if row["table"] == "comparisons" else self.data.decimals("target_progress")
        elif row["table"] == "rankings":
            decimals = 0
        return {
            "table": row["table"],
            "table_name": (self.data.tables.get(row["table"], {}).get("title") or {}).get(self.lang, row["table"]),
            "region": self.region_link(region) if region else None,
            "region_id": key.get("region_id", ""),
            "period": self.w.period_code(key.get("period", key.get("year", "")), key.get("span", "")),
            "what": what or row["key"],
            "category": self.data.category_name(category, form, self.lang) if category not in ("", "TOTAL") else "",
            "kind": self.w.get(f"derived.{key['kind']}", key["kind"]) if "kind" in key else "",
            "old": self.w.number(row["old_value"], decimals),
            "new": self.w.number(row["new_value"], decimals),
            "reason": self.w.get(f"revision.{row['reason']}", row["reason"]),
        }

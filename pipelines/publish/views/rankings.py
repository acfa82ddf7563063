"""Rankings by indicator, and the places of one region."""

from __future__ import annotations

from functools import cached_property

import pyarrow as pa

from pipelines.publish.release_data import recency
from pipelines.publish.views.base import PageBase, slug

RANK_ROWS_SHOWN = 1500
OLDER_RANKINGS = 6
TABLE = ("category", "level", "peer_group", "period", "span", "basis")  # what sets a table of a ranking apart
PLACES_SHOWN = 60  # of one region; where there are more, those of totals only


class RankingsView(PageBase):
    """Rankings by indicator, and the places of one region."""

    @cached_property
    def rankings(self) -> list[dict]:
        """One entry an indicator: its tables, newest first. An indicator nobody is ranked by has no page."""
        sizes: dict[str, dict[tuple, int]] = {}
        for row in self.data.rows(
            f"SELECT indicator_id, {', '.join(TABLE)}, count(*) AS regions FROM rankings JOIN shown USING (period, span) JOIN page_indicators "
            "USING (indicator_id) WHERE ranked_count > 1 AND NOT plain AND NOT input GROUP BY ALL"
        ):
            sizes.setdefault(row["indicator_id"], {})[tuple(row[c] for c in TABLE)] = row["regions"]
        chosen = {indicator: self._chosen(tables) for indicator, tables in sizes.items()}
        columns = dict.fromkeys(("indicator_id", *TABLE), pa.string())
        self.data.table("page_rankings", columns, [(indicator, *key) for indicator, tables in chosen.items() for key in tables])
        rows: dict[tuple, list[dict]] = {}
        for row in self.data.rows(
            f"SELECT * FROM rankings SEMI JOIN page_rankings USING (indicator_id, {', '.join(TABLE)}) ORDER BY rank NULLS LAST, "
            # After those ranked, first who has exceeded a target of zero: worse than any share of a target, but without one.
            "CASE reason WHEN 'over' THEN 1 WHEN 'target_zero' THEN 2 WHEN 'not_applicable' THEN 3 WHEN 'not_ranked' THEN 4 WHEN 'partial' THEN 5 "
            "WHEN 'suppressed' THEN 6 WHEN 'not_reported' THEN 7 ELSE 0 END, region_id"
        ):
            rows.setdefault((row["indicator_id"], *(row[c] for c in TABLE)), []).append(row)
        return [
            self._ranking(indicator, [(key, nth, rows[indicator, *key]) for key, nth in chosen[indicator].items()], len(sizes[indicator]))
            for indicator in sorted(sizes, key=lambda i: (self.data.order(i), i))
        ]

    @staticmethod
    def _chosen(sizes: dict[tuple, int]) -> dict[tuple, int]:
        """The tables of an indicator that its page has room for, newest first, each with how many newer ones of its kind there are."""
        newest_first = sorted(sizes, key=lambda k: (k[0] == "TOTAL", k[2] == "all", *recency(k[3], k[4]), sizes[k], k), reverse=True)
        chosen: dict[tuple, int] = {}
        seen: dict[tuple, int] = {}
        budget = RANK_ROWS_SHOWN
        for key in newest_first:
            nth = seen.get(key[:3], 0)
            if nth > OLDER_RANKINGS or ((nth or key[0] not in ("", "TOTAL")) and sizes[key] > budget):
                continue
            seen[key[:3]] = nth + 1
            budget -= sizes[key]
            chosen[key] = nth
        return chosen

    def _ranking(self, indicator: str, tables: list[tuple[tuple, int, list[dict]]], total: int) -> dict:
        form = self.data.form_of(indicator)
        shown = []
        for key, nth, rows in tables:
            category, level, group, period, span, basis = key
            shown.append(
                {
                    "category": "" if category in ("", "TOTAL") else self.data.category_name(category, form, self.lang),
                    "level": self.w.get(f"levels.{level}", level),
                    "peer_group": "" if group == "all" else group,
                    "period": self.w.period(period, span),
                    "code": self.w.period_code(period, span),
                    "basis": self.basis({"indicator_id": indicator, "basis": basis}) if form else "",
                    "newest": nth == 0,
                    "direction": rows[0]["direction"],
                    "ranked": rows[0]["ranked_count"],
                    "total": len(rows),
                    "anchor": slug("-".join(str(part) for part in key)),
                    "rows": [self._ranking_row(indicator, r) for r in rows],
                    "ranged": any(r["rank_low"] is not None for r in rows),
                    "benchmark": self._benchmark(indicator, key),
                }
            )
        best = [r for r in shown[0]["rows"] if r["rank"]][:3]
        return {
            "id": indicator,
            "slug": slug(indicator),
            "path": f"rankings/{slug(indicator)}/",
            "name": self.ranking_name(indicator),
            "unit": "%"
            if indicator.startswith("target_progress")
            else self.w.get(
                f"unit.{self.data.catalogue.get(indicator, {}).get('unit')}", self.data.catalogue.get(indicator, {}).get("unit") or ""
            ),
            "better": self.data.better(indicator) if not indicator.startswith("target_progress") else "lower",
            "tables": shown,
            "more": total - len(shown),
            "first": best,
        }

    @cached_property
    def _benchmarks(self) -> dict[tuple, dict]:
        """What a table of all categories is measured by: its median, its best, and who is at the bottom."""
        found = self.data.rows(
            "SELECT indicator_id, level, peer_group, period, span, basis, any_value(median) AS median, any_value(best) AS best, "
            "list(region_id ORDER BY region_id) FILTER (WHERE bottom) AS bottom FROM benchmarks JOIN shown USING (period, span) GROUP BY ALL"
        )
        return {tuple(r[c] for c in ("indicator_id", "level", "peer_group", "period", "span", "basis")): r for r in found}

    def _benchmark(self, indicator: str, key: tuple) -> dict | None:
        row = self._benchmarks.get((indicator, *key[1:])) if key[0] == "TOTAL" else None
        if row is None:
            return None
        regions = [self.data.regions[r] for r in row["bottom"] or () if r in self.data.regions]
        return {**{name: self._value(indicator, row[name], (row["bottom"] or [""])[0]) for name in ("median", "best")}, "bottom": [self.region_link(r.at(*key[3:5])) for r in regions]}

    def _value(self, indicator: str, value: float, region_id: str) -> str:
        """A value with the decimals of its indicator; with one more where it is a mean of two."""
        decimals = self._rank_decimals(indicator, region_id)
        if decimals is not None and round(value, decimals) != round(value, 6):
            decimals += 1
        return self.w.number(value, decimals)

    def _ranking_row(self, indicator: str, row: dict) -> dict:
        region = self.data.regions.get(row["region_id"])
        places = max(row["rank_high"] or 0, row["ranked_count"] or 0)
        return {
            "range": self._range(row),
            "bar": None
            if row["rank"] is None or row["rank_low"] is None
            else {
                "from": round((row["rank_low"] - 1) / places * 100, 2),
                "width": round((row["rank_high"] - row["rank_low"] + 1) / places * 100, 2),
                "at": round((row["rank"] - 0.5) / places * 100, 2),
            },
            "region": self.region_link(region.at(row["period"], row["span"])) if region else None,
            "id": row["region_id"],
            "value": self.w.number(row["value"], self._rank_decimals(indicator, row["region_id"])) if row["value"] is not None else "—",
            "rank": row["rank"],
            "tied": bool(row["tied"]),
            "reason": self.w.get(f"unranked.{row['reason']}", row["reason"] or "") if row["rank"] is None else "",
        }

    def ranking_name(self, indicator: str) -> str:
        if indicator.startswith("target_progress"):
            of = indicator.partition(".")[2] or "deaths"
            return self.w("rankings.progress", name=self.data.indicator_name(of, self.lang))
        return self.data.indicator_name(indicator, self.lang)

    def rank(self, row: dict) -> dict:
        """A place in a ranking: 3 of 11, tied or not, and where it may be but for chance."""
        return {"rank": row["rank"], "of": row["ranked_count"], "tied": bool(row["tied"]), "range": self._range(row)}

    def _range(self, row: dict) -> str:
        """The interval of a rank in words; empty where it has none."""
        low, high = row["rank_low"], row["rank_high"]
        if row["rank"] is None or low is None:
            return ""
        return self.w("rank.sure") if low == high else self.w("rank.range", low=low, high=high)

    def region_ranks(self, rows: list[dict], benchmarks: list[dict]) -> list[dict]:
        """The newest place of a region for each indicator it is ranked by."""
        if len(rows) > PLACES_SHOWN:
            rows = [row for row in rows if row["category"] in ("", "TOTAL")]
        columns = ("indicator_id", "period", "span", "basis", "peer_group", "level")
        measured = {tuple(r[c] for c in columns): r for r in benchmarks}
        found = []
        for row in sorted(rows, key=lambda r: self.data.order(r["indicator_id"])):
            indicator, category, group = row["indicator_id"], row["category"], row["peer_group"]
            found.append(
                {
                    "name": self.ranking_name(indicator),
                    "category": ""
                    if category in ("", "TOTAL")
                    else self.data.category_name(category, self.data.form_of(indicator), self.lang),
                    "peer_group": "" if group == "all" else group,
                    "period": self.w.period_code(row["period"], row["span"]),
                    "value": self.w.number(row["value"], self._rank_decimals(indicator, row["region_id"])),
                    "path": f"rankings/{slug(indicator)}/",
                    "standing": self._standing(indicator, measured.get(tuple(row[c] for c in columns)) if category == "TOTAL" else None),
                    **self.rank(row),
                }
            )
        return found

    def _standing(self, indicator: str, row: dict | None) -> dict | None:
        """A region beside the median and the best of its peers."""
        if row is None:
            return None
        decimals = self._rank_decimals(indicator, row["region_id"])
        away = {name: self.w.signed(row[name], (decimals or 0) + (round(row[name], decimals or 0) != round(row[name], 6))) for name in ("from_median", "from_best")}
        return {
            "median": self._value(indicator, row["median"], row["region_id"]),
            "best": self._value(indicator, row["best"], row["region_id"]),
            "from_median": away["from_median"] if row["from_median"] else "",
            "from_best": away["from_best"] if row["from_best"] else "",
            "percentile": self.w.number(row["percentile"], 0),
            "bottom": bool(row["bottom"]),
        }

    def _rank_decimals(self, indicator: str, region_id: str) -> int | None:
        return self.data.decimals("target_progress" if indicator.startswith("target_progress") else indicator, region_id)

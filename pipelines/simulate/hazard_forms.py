"""Numbers of enforcement (F03, F03b), hidden hazards (F04) and the hazard system (F12)."""

from __future__ import annotations

from functools import cache

from pipelines.simulate.documents import Line
from pipelines.simulate.events import SECTORS, World
from pipelines.simulate.province import Unit

INDUSTRIES = {"煤矿": "coal", "金属非金属矿山": "mines", "化工和危化": "chemicals", "烟花爆竹": "fireworks", "工贸": "industry", "建筑": "construction",
              "其他": "industry"}
SOURCES = (("自查", 0.62), ("政府检查", 0.25), ("第三方", 0.11), ("举报", 0.02))
_WEIGHTS = {"煤矿": ("coal", 0.4), "非煤矿山": ("mines", 0.8), "危化": ("chemicals", 0.8), "烟花": ("fireworks", 0.5), "冶金工贸": ("industry", 2.4),
            "建筑": ("construction", 1.5), "道路": ("roads", 1.0), "水上": ("water", 0.2), "消防": ("industry", 2.0), "特种设备": ("industry", 0.8),
            "农机": ("farms", 0.3), "其他": ("industry", 0.6)}
FLAGS = ("fl_measure", "fl_duty", "fl_fund", "fl_due", "fl_plan")


class Hazards:
    """Monthly process figures of a world, remembered."""

    def __init__(self, world: World):
        self.world, self.province = world, world.province
        self.monthly = cache(self._monthly)
        self.enforcement = cache(self._enforcement)

    def _monthly(self, unit: Unit, month: str) -> dict[tuple[str, str], dict[str, int]]:
        """F04 by (sector, source), the totals among them."""
        chance = self.province.chance("F04", unit.region_id, month)
        major = self.world.hazards[unit.region_id, month]
        rows: dict[tuple[str, str], dict[str, int]] = {}
        for sector in SECTORS:
            trade, weight = _WEIGHTS[sector]
            strength = unit.trades[trade] * weight
            should = round(12 * strength) if strength else 0
            done = chance.part(should, 0.93)
            found = chance.negative_binomial(22 * strength)
            now = chance.part(found, 0.8)
            fixed = now + chance.part(found - now, 0.8)
            # On the books: what was found in the month, and what is in the register of listed hazards and was not closed before it.
            listed = [h for h in self.world.register(unit.region_id, month) if h.sector == sector and f"{h.closed:%Y-%m}" >= month]
            books = len(listed) + major[sector]["found"] - len(major[sector]["listed"])
            fixed_major = major[sector]["fixed"] + sum(f"{h.closed:%Y-%m}" == month for h in listed)
            planned = books - fixed_major
            row = {"units_should": should, "units_done": done, "gen_found": found, "gen_fixed": fixed, "gen_fixed_now": now, "gen_open": found - fixed,
                   "maj_found": books, "maj_fixed": fixed_major, "maj_planned": planned, "maj_listed": len(listed)}
            row |= {flag: chance.part(planned, 0.9) for flag in FLAGS}
            rows[sector, "TOTAL"] = row | {"funds": sum(h.funds for h in listed)}
        total = {k: sum(row[k] for row in rows.values()) for k in next(iter(rows.values()))}
        weights = [weight for _, weight in SOURCES]
        parts = {"gen_fixed_now": chance.split(total["gen_fixed_now"], weights), "gen_open": chance.split(total["gen_open"], weights)}
        later = chance.split(total["gen_fixed"] - total["gen_fixed_now"], weights)
        parts["gen_fixed"] = [a + b for a, b in zip(parts["gen_fixed_now"], later, strict=True)]
        parts["gen_found"] = [a + b for a, b in zip(parts["gen_fixed"], parts["gen_open"], strict=True)]
        parts["maj_fixed"] = chance.split(total["maj_fixed"], weights)
        parts["maj_planned"] = chance.split(total["maj_planned"], weights)
        parts["maj_found"] = [a + b for a, b in zip(parts["maj_fixed"], parts["maj_planned"], strict=True)]
        parts["maj_listed"] = chance.within(total["maj_listed"], parts["maj_found"])
        for position, (source, _) in enumerate(SOURCES):
            rows["TOTAL", source] = {k: values[position] for k, values in parts.items()}
        rows["TOTAL", "TOTAL"] = total
        return rows

    def hazard_lines(self, unit: Unit, month: str) -> list[Line]:
        order = ("units_should", "units_done", "gen_found", "gen_fixed", "gen_fixed_now", "gen_open", "maj_found", "maj_fixed", "maj_planned",
                 "maj_listed", *FLAGS, "funds")
        return [Line(unit.region_id, key, {k: row[k] for k in order if k in row}) for key, row in self.monthly(unit, month).items()]

    # --- enforcement --------------------------------------------------------------------------------------------------

    def _enforcement(self, unit: Unit, month: str) -> dict[str, dict[str, int]]:
        """F03 by industry, TOTAL last. What inspectors found is part of what F04 has from government inspection."""
        chance = self.province.chance("F03", unit.region_id, month)
        steady = self.province.chance("F03", unit.region_id)
        found = chance.part(self.monthly(unit, month)["TOTAL", "政府检查"]["gen_found"], 0.9)
        strengths = [unit.trades[trade] + 0.02 for trade in INDUSTRIES.values()]
        rows: dict[str, dict[str, int]] = {}
        for industry, strength, hazards in zip(INDUSTRIES, strengths, chance.split(found, strengths), strict=True):
            charge = 2 + round(45 * strength * steady.between(0.8, 1.2))
            checked = chance.part(charge, 0.16)
            visits = checked + chance.poisson(checked * 0.4)
            halted = chance.part(checked, 0.03, 0.02)
            closed = chance.part(checked - halted, 0.008, 0.008)
            penalties = chance.part(checked, 0.12)
            daily = sum(chance.whole(2, 60) * 1000 for _ in range(penalties))
            accident = chance.whole(10, 40) * 10_000 if penalties and chance.happens(0.04) else 0
            orders = chance.part(visits, 0.6)
            rows[industry] = {
                "units_in_charge": charge, "units_checked": checked, "visits": visits, "teams": chance.part(visits, 0.3),
                "joint": chance.part(visits, 0.1), "covert": chance.part(visits, 0.15), "staff_times": visits * 3, "documents": visits + orders,
                "orders": orders, "hazards_found": hazards, "illegal_acts": chance.poisson(0.5 * strength), "violations": chance.poisson(1.5 * strength),
                "halted": halted, "licences": chance.part(halted, 0.2), "closed": closed, "penalties": penalties, "fine_daily": daily,
                "fine_accident": accident, "fine_total": daily + accident, "prosecuted": int(accident > 0 and chance.happens(0.3)),
                "warnings": chance.part(visits, 0.05), "firms_ordered": chance.part(orders, 0.7),
            }
        rows["TOTAL"] = {k: sum(row[k] for row in rows.values()) for k in next(iter(rows.values()))}
        return rows

    def enforcement_lines(self, unit: Unit, month: str) -> list[Line]:
        return [Line(unit.region_id, (industry,), dict(row)) for industry, row in self.enforcement(unit, month).items()]

    def round_lines(self, city: Unit, quarter: str) -> list[Line]:
        """F03b: the city's round of supervision in a quarter."""
        chance = self.province.chance("F03b", city.region_id, quarter)
        found = chance.whole(40, 160)
        circulars = chance.whole(1, 3)
        numbers = "、".join(f"{city.name_zh[0]}安督〔{quarter[:4]}〕{quarter[-1]}{n}号" for n in range(1, circulars + 1))
        below = sum(u.kind == "division" for u in self.province.children[city.region_id])
        cells = {"rounds": 1, "regions_visited": max(1, chance.part(below, 0.8)), "issues_found": found, "issues_fixed": chance.part(found, 0.9),
                 "circulars": circulars, "issued_doc": numbers}
        return [Line(city.region_id, (quarter[-1],), cells)]

    # --- the hazard system --------------------------------------------------------------------------------------------

    def system_lines(self, unit: Unit, month: str) -> list[Line]:
        """F12: firms in the hazard system, more of them every month."""
        chance = self.province.chance("F12", unit.region_id, month)
        steady = self.province.chance("F12", unit.region_id)
        firms = firm_count(unit)
        base = round(firms * steady.between(0.35, 0.6))
        pace = steady.between(0.004, 0.03)
        years = int(month[:4]) - self.province.years[0]
        at_year_end = min(round(firms * 0.97), base + round(firms * pace * 12 * years))
        registered = min(round(firms * 0.97), base + round(firms * pace * (12 * years + int(month[5:]))))
        logged = chance.part(registered, 0.85)
        reporting = chance.part(logged, 0.85)
        found = chance.negative_binomial(1.2 * reporting * 0.2 + 1)
        cells = {"registered": registered, "logged": logged, "reporting": reporting, "checked": chance.part(logged, 0.9), "found": found,
                 "fixed": chance.part(found, 0.95, 0.03), "base_last_year": at_year_end}
        return [Line(unit.region_id, (), cells)]


def firm_count(unit: Unit) -> int:
    """Firms of a region; every form that counts firms stays within it."""
    return 40 + round(unit.trades["firms"])

"""Numbers about firms and people: standardization (F06), training (F07), occupational health (F08), drills (F09), duty system (F10), denominators (F13)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from pipelines.simulate.accident_forms import Accidents
from pipelines.simulate.documents import Line
from pipelines.simulate.hazard_forms import Hazards, firm_count
from pipelines.simulate.province import Unit

STANDARD_SECTORS = {"非煤矿山": "mines", "危化": "chemicals", "烟花爆竹": "fireworks", "冶金": "industry", "建材": "industry", "机械": "industry",
                    "轻工": "industry", "商贸": "industry", "交通": "roads"}
SIZES = (("规模以上", 0.15), ("中等", 0.25), ("小微", 0.6))
TRACKS = (("国家", 0.7), ("地方", 0.3))
LEVELS = ("l1", "l2", "l3", "l4_local")
SCORED = {"责任体系": 15, "监管执法": 15, "隐患治理": 15, "宣传培训": 6, "应急管理": 6}  # items that people score, with their points
SPOT_CHECKED = {"现场抽查": 15, "问题整改": 15}  # those of the scheme of the quarter
DRILLS = ("县级", "乡镇", "企业")


def quarter_months(quarter: str) -> list[str]:
    first = (int(quarter[-1]) - 1) * 3 + 1
    return [f"{quarter[:4]}-{n:02d}" for n in range(first, first + 3)]


class Firms:
    """Quarterly and yearly figures of a province, remembered where they move from one period to the next."""

    def __init__(self, accidents: Accidents, hazards: Hazards):
        self.accidents, self.hazards = accidents, hazards
        self.province = accidents.province
        self.stocks = cache(self._stocks)

    # --- standardization ----------------------------------------------------------------------------------------------

    def _stocks(self, unit: Unit, quarter: str) -> dict[tuple[str, str, str], dict[str, int]]:
        """F06 by (sector, size, track), the smallest parts: what was there a quarter before, plus new, less expired and withdrawn."""
        chance = self.province.chance("F06", unit.region_id, quarter)
        year, number = int(quarter[:4]), int(quarter[-1])
        first = self.province.years[0]
        if (year, number) <= (first - 1, 4):
            before = None
        else:
            before = self.stocks(unit, f"{year}Q{number - 1}" if number > 1 else f"{year - 1}Q4")
        happened = [a for m in quarter_months(quarter) for a in self.accidents.world.accidents.get((unit.region_id, m), ())] if before else ()
        fatal = sum(a.deaths > 0 and a.category.startswith("GK") for a in happened)
        cells: dict[tuple[str, str, str], dict[str, int]] = {}
        for sector, trade in STANDARD_SECTORS.items():
            for size, size_share in SIZES:
                for track, track_share in TRACKS:
                    key = (sector, size, track)
                    if before is None:
                        scope = round(14 * unit.trades[trade] * size_share * track_share * 3)
                        certified = chance.part(scope, 0.6, 0.1)
                        levels = chance.split(certified, (0.01, 0.12, 0.87, 0) if track == "国家" else (0, 0.02, 0.38, 0.6))
                        cells[key] = dict(zip(LEVELS, levels, strict=True)) | {"scope": scope, "new": 0, "expired": 0, "withdrawn": 0, "accident": 0}
                        continue
                    old = before[key]
                    levels = {name: old[name] for name in LEVELS}
                    bottom = "l3" if track == "国家" else "l4_local"
                    new = chance.part(old["scope"] - sum(levels.values()), 0.08, 0.05)
                    expired = chance.part(levels[bottom], 0.03, 0.02)
                    withdrawn = chance.part(levels[bottom] - expired, 0.006, 0.006)
                    accident = min(withdrawn, fatal)
                    fatal -= accident
                    levels[bottom] += new - expired - withdrawn
                    cells[key] = levels | {"scope": old["scope"], "new": new, "expired": expired, "withdrawn": withdrawn, "accident": accident}
        return cells

    def standard_lines(self, unit: Unit, quarter: str) -> list[Line]:
        stocks = self.stocks(unit, quarter)
        rows = [(sector, "TOTAL", "TOTAL") for sector in STANDARD_SECTORS]
        rows += [("TOTAL", size, "TOTAL") for size, _ in SIZES] + [("TOTAL", "TOTAL", track) for track, _ in TRACKS] + [("TOTAL",) * 3]
        lines = []
        for row in rows:
            parts = [part for key, part in stocks.items() if all(want in ("TOTAL", code) for want, code in zip(row, key, strict=True))]
            sums = {k: sum(part[k] for part in parts) for k in parts[0]}
            cells = {"scope": sums["scope"]} | {level: sums[level] for level in LEVELS} | {"total": sum(sums[level] for level in LEVELS)}
            cells |= {k: sums[k] for k in ("new", "expired", "withdrawn")} | {"withdrawn_accident": sums["accident"], "subsidy": 5000 * sums["new"]}
            lines.append(Line(unit.region_id, row, cells))
        return lines

    # --- training, health, drills, duty system ------------------------------------------------------------------------

    def training_lines(self, unit: Unit, month: str) -> list[Line]:
        chance = self.province.chance("F07", unit.region_id, month)
        strength = 0.3 + unit.size
        cells = {"sessions": 0, "p1": chance.poisson(12 * strength), "p2": chance.poisson(25 * strength), "p3": chance.poisson(30 * strength),
                 "p4": chance.negative_binomial(260 * strength), "p5": chance.poisson(1 + strength)}
        cells["total"] = sum(cells[f"p{n}"] for n in range(1, 6))
        cells["sessions"] = max(1, round(cells["total"] / chance.whole(40, 90)))
        cells |= {"planned": 100 * round(44 * strength), "certified": chance.part(cells["p3"], 0.9), "hall_visitors": chance.negative_binomial(90 * strength)}
        return [Line(unit.region_id, (), cells)]

    def health_lines(self, unit: Unit, quarter: str) -> list[Line]:
        chance = self.province.chance("F08", unit.region_id, quarter)
        units = max(2, round(60 * unit.trades["industry"]))
        checked = chance.part(units, 0.2)
        punished = chance.part(checked, 0.05)
        fined = sum(self.hazards.enforcement(unit, month)["TOTAL"]["fine_total"] for month in quarter_months(quarter))
        punished = punished if fined >= 3000 * punished else 0
        should = units * chance.whole(18, 30)
        cells = {"units": units, "declared": chance.part(units, 0.9), "checked": checked, "issues": chance.poisson(checked * 1.6),
                 "warned": chance.part(checked, 0.2), "punished": punished, "fines": sum(1000 * chance.whole(1, 3) for _ in range(punished)),
                 "should_exam": should, "examined": chance.part(should, 0.85), "sessions": chance.whole(1, 4), "trained": chance.whole(60, 400),
                 "new_cases": chance.poisson(0.4 * unit.size)}
        return [Line(unit.region_id, (), cells)]

    def drill_lines(self, unit: Unit, quarter: str) -> list[Line]:
        chance = self.province.chance("F09", unit.region_id, quarter)
        rows = {}
        for level, scale, crowd in zip(DRILLS, (1.2, 3 * unit.size, 20 * unit.size), (120, 60, 35), strict=True):
            row = {"compr": chance.poisson(0.4 * scale), "special": chance.poisson(0.5 * scale), "onsite": chance.poisson(0.8 * scale)}
            row["compr"] = max(row["compr"], int(level == "县级"))  # in the drill week every county holds one
            row["total"] = sum(row.values())
            row |= {"persons": row["total"] * chance.whole(crowd // 2, crowd), "cost": row["total"] * chance.whole(2, 40) * 1000}
            if level == "企业":
                should = round(25 * unit.size) + 1
                row |= {"firms": chance.part(row["total"], 0.9), "plans_should": should, "plans_filed": chance.part(should, 0.9)}
            else:
                row |= {"firms": 0, "plans_should": 1, "plans_filed": 1}
            rows[level] = row
        total = {k: sum(row[k] for row in rows.values()) for k in rows["企业"]}
        county = int(unit.kind == "division")
        total |= {"counties_should": county, "counties_done": min(county, rows["县级"]["total"])}
        return [Line(unit.region_id, (level,), row) for level, row in (*rows.items(), ("TOTAL", total))]

    def duty_lines(self, unit: Unit, half: str) -> list[Line]:
        """F10: every level, so that a city's sum is complete; a level that a unit does not have is 0 of 0. Whoever has supervisors, at each
        level of a unit, has all its enterprises to supervise."""
        chance = self.province.chance("F10", unit.region_id)
        county = unit.kind == "division"
        should = {"市": int(unit.kind == "unallocated"), "县": int(county), "乡镇": round(14 * unit.size) if county else 0,
                  "行政村": round(80 * unit.size) if county else 0, "企业": firm_count(unit), "网格": round(120 * unit.size),
                  "管道": round(10 * unit.trades["chemicals"])}
        missing = 0.06 if half.endswith("H1") else 0.02
        lines = []
        for level, count in should.items():
            lacking = 0 if level in ("市", "县") else min(count, chance.poisson(count * missing * (0 if level == "乡镇" else 1)))
            staff = {"乡镇": 3 * count, "县": 25 * count, "市": 40 * count, "网格": count if county else 8}.get(level, 0)
            have = chance.part(staff, 0.92)
            most = min(count, staff - have)  # units that lack somebody
            cells = {"should": count, "done": count - lacking, "staff_should": staff, "staff_have": have, "firms": firm_count(unit) if staff else 0,
                     "understaffed": self.province.chance("F10", unit.region_id, half, level).whole(1, most) if most else 0}
            lines.append(Line(unit.region_id, (level,), cells))
        return lines

    def risk_lines(self, unit: Unit, quarter: str) -> list[Line]:
        """F11: firms by colour, those of each size among them, and risk points."""
        chance = self.province.chance("F11", unit.region_id, quarter)
        weights = {"red": 0.02, "orange": 0.08, "yellow": 0.3, "blue": 0.5, "unassessed": 0.1}
        rows = {}
        for (size, _), firms in zip(SIZES, chance.split(firm_count(unit), [share for _, share in SIZES]), strict=True):
            rows["企业", "TOTAL", size] = dict(zip(weights, chance.split(firms, list(weights.values())), strict=True)) | {"total": firms}
        rows["企业", "TOTAL", "TOTAL"] = {k: sum(row[k] for row in rows.values()) for k in (*weights, "total")}
        points = round(firm_count(unit) * chance.between(3.8, 5.2))
        rows["风险点", "TOTAL", "TOTAL"] = dict(zip(weights, chance.split(points, list(weights.values())), strict=True)) | {"total": points}
        return [Line(unit.region_id, key, row) for key, row in rows.items()]

    def credit_lines(self, unit: Unit, quarter: str) -> list[Line]:
        chance = self.province.chance("F17", unit.region_id, quarter)
        registered = firm_count(unit)
        promised = chance.part(registered, 0.95)
        cells = {"registered": registered, "promised": promised, "published": chance.part(promised, 0.95), "audited": chance.part(promised, 0.9),
                 "warned": chance.part(registered, 0.03, 0.01), "blacklisted": chance.part(registered, 0.005, 0.003),
                 "red_cards": chance.poisson(0.5), "yellow_cards": chance.poisson(1.5)}
        return [Line(unit.region_id, (), cells)]

    def survey_lines(self, root: Unit, year: str) -> list[Line]:
        """F18: the survey of the province in each of its cities."""
        lines = []
        for city in self.province.cities:
            chance = self.province.chance("F18", city.region_id, year)
            cells = {"safety_sense": Decimal(chance.whole(8200, 9700)) / 100, "culture": Decimal(chance.whole(5500, 9000)) / 100,
                     "n": chance.whole(300, 900), "method": "电话和入户调查（模拟）"}
            lines.append(Line(city.region_id, ("群众安全感调查",), cells))
        return lines

    def score_lines(self, setter: Unit, quarter: str) -> list[Line]:
        """F15: what the level above took off for the work of the quarter, of a county also at its spot checks; items that other forms decide are not
        typed here."""
        lines = []
        for unit in self.province.children[setter.region_id]:
            if unit.kind == "unallocated":
                continue
            of_year, of_quarter = f"heyue-{quarter[:4]}" + ("-city" if unit.level == "city" else ""), f"heyue-{quarter[:4]}-quarter"
            scored = [(of_year, *each) for each in SCORED.items()] + [(of_quarter, *each) for each in SPOT_CHECKED.items() if unit.level != "city"]
            for scheme, item, points in scored:
                chance = self.province.chance("F15", unit.region_id, quarter, item)
                deduct = Decimal(chance.whole(1, 4)) / 2 if chance.happens(0.3) else Decimal(0)
                cells = {"points_max": points, "deduct": deduct, "score": points - deduct, "scorer_unit": f"{setter.name_zh}安委办",
                         "reason": "日常检查发现台账不全（模拟）" if deduct else None}
                lines.append(Line(unit.region_id, (scheme, item, "日常"), cells))
        return lines

    # --- denominators -------------------------------------------------------------------------------------------------

    def denominator_lines(self, root: Unit, year: str) -> list[Line]:
        """F13 for the province, its cities and counties; what a city has is the sum of what its counties have."""
        names = ("gdp_yi", "employees_gk", "motor_vehicles", "coal_output_t", "population")

        def of(unit: Unit) -> dict[str, object]:
            below = [u for u in self.province.children.get(unit.region_id, ()) if u.kind == "division"]
            if below:
                parts = [of(u) for u in below]
                return {k: sum((p[k] for p in parts), Decimal(0) if k == "gdp_yi" else 0) for k in names}
            chance = self.province.chance("F13", unit.region_id, year)
            people = round(unit.trades["people"] * chance.between(0.995, 1.005))
            growth = 1.055 ** (int(year) - self.province.years[0])
            return {"gdp_yi": Decimal(round(unit.trades["output"] * growth * 100)) / 100, "employees_gk": round(people * 0.19),
                    "motor_vehicles": round(people * 0.24), "coal_output_t": round(unit.trades["coal"] * 900_000), "population": people}

        told = {"vintage": "初步核算", "source": f"（模拟）{root.name_zh}{year}年统计公报"}
        return [Line(u.region_id, (), of(u) | told) for u in self.province.units if u.kind == "division"]

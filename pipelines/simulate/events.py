"""What happens in the province, before anybody reports it: accidents by county and day, major hazards from finding to closing.

Everything reported is counted from these, so that a register and a monthly sheet, a month and a cumulative figure agree by construction.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from pipelines.simulate.province import Province, Unit

# Accidents a year in a middling county, which trade they follow, deaths per accident, whether they happen in production, months with more.
_SPRING_LULL = (0.9, 0.6, 1.0, 1.1, 1.1, 1.1, 1.05, 1.0, 1.0, 1.05, 1.05, 1.05)
_HEATING = (1.5, 1.6, 1.2, 1.0, 0.8, 0.7, 0.7, 0.7, 0.7, 0.8, 1.0, 1.3)
_HARVEST = (1.05, 0.95, 0.9, 0.95, 1.0, 1.0, 1.0, 1.0, 1.05, 1.1, 1.1, 1.15)
CATEGORIES = {
    "GK1": ("coal", 0.5, 1.5, True, _SPRING_LULL), "GK2": ("mines", 0.3, 1.2, True, _SPRING_LULL),
    "GK3": ("construction", 0.9, 1.1, True, _SPRING_LULL), "GK4": ("chemicals", 0.2, 1.0, True, _SPRING_LULL),
    "GK5": ("fireworks", 0.2, 1.6, True, _SPRING_LULL), "GK9": ("industry", 1.1, 0.9, True, _SPRING_LULL),
    "DL1": ("roads", 7.0, 0.6, True, _HARVEST), "DL9": ("roads", 13.0, 0.35, False, _HARVEST),
    "HZ1": ("industry", 4.0, 0.03, True, _HEATING), "HZ9": ("people", 12.0, 0.03, False, _HEATING),
    "SS": ("water", 0.3, 0.9, True, _HARVEST), "TL": ("rail", 0.5, 0.8, True, _HARVEST), "NJ": ("farms", 0.8, 0.4, True, _HARVEST),
    "YC": ("fishing", 0.3, 0.8, True, _HARVEST), "QT": ("industry", 0.2, 0.7, True, _SPRING_LULL),
}
# GB/T 4754 classes and GB 6441 accident types that go with a category.
_INDUSTRIES = {"GK1": ("0610", "0620"), "GK2": ("0810", "0933", "1011"), "GK3": ("4710", "4813", "4910", "5013"), "GK4": ("2511", "2614", "2631"),
               "GK5": ("2672",), "GK9": ("3110", "3311", "1713", "2110"), "DL1": ("5430", "5421"), "DL9": ("5430",), "HZ1": ("5211", "6110"),
               "HZ9": ("8090",), "SS": ("5521",), "TL": ("5310",), "NJ": ("0511",), "YC": ("0412",), "QT": ("7810",)}
_TYPES = {"GK1": (1, 11, 12, 15), "GK2": (1, 2, 10, 13), "GK3": (1, 4, 9, 10), "GK4": (7, 17, 18, 19), "GK5": (14, 18), "GK9": (1, 3, 4, 5, 9)}
FATAL_LEVELS = ((30, 4), (10, 3), (3, 2))
SECTORS = ("煤矿", "非煤矿山", "危化", "烟花", "冶金工贸", "建筑", "道路", "水上", "消防", "特种设备", "农机", "其他")
_SECTOR_TRADES = {"煤矿": "coal", "非煤矿山": "mines", "危化": "chemicals", "烟花": "fireworks", "建筑": "construction", "道路": "roads", "水上": "water",
                  "农机": "farms"}


@dataclass(frozen=True)
class Accident:
    """One accident. Levels follow the deaths alone (Decree 493, Art. 3): injuries and losses stay below the next limit."""

    accident_id: str
    region_id: str
    moment: dt.datetime
    category: str
    deaths: int
    serious: int
    minor: int
    loss: int  # yuan
    is_production: bool
    industry: str
    accident_type: int
    reported_at: dt.datetime

    @property
    def level(self) -> int:
        return next((level for least, level in FATAL_LEVELS if self.deaths >= least), 1)

    @property
    def month(self) -> str:
        return f"{self.moment:%Y-%m}"


@dataclass(frozen=True)
class MajorHazard:
    """A major hazard that was listed for supervision; found, ordered and listed in one month."""

    hazard_id: str
    region_id: str
    sector: str
    found: dt.date
    ordered: dt.date
    listed: dt.date
    due: dt.date
    extended: dt.date | None
    accepted: dt.date | None
    closed: dt.date | None
    funds: int  # yuan

    @property
    def month(self) -> str:
        return f"{self.found:%Y-%m}"


def month_span(month: str) -> tuple[dt.date, dt.date]:
    year, number = int(month[:4]), int(month[5:])
    return dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1])


def months_before(month: str) -> list[str]:
    """January up to the month itself."""
    return [f"{month[:4]}-{n:02d}" for n in range(1, int(month[5:]) + 1)]


class World:
    """Everything that has happened; drawn once, region by region, and then only counted."""

    def __init__(self, province: Province):
        self.province = province

    @cached_property
    def months(self) -> list[str]:
        """From January of the year before the simulation to its last month: the year before gives the figures to compare with."""
        last = self.province.months[-1]
        years = range(self.province.years[0] - 1, int(last[:4]) + 1)
        return [f"{y}-{n:02d}" for y in years for n in range(1, 13) if f"{y}-{n:02d}" <= last]

    @cached_property
    def accidents(self) -> dict[tuple[str, str], list[Accident]]:
        """By region and month."""
        found: dict[tuple[str, str], list[Accident]] = defaultdict(list)
        for unit in self.province.submitters:
            if not unit.sends_everything:
                continue
            chance = self.province.chance("accidents", unit.region_id)
            for month in self.months:
                drawn = []
                for category, (trade, rate, lethality, production, season) in CATEGORIES.items():
                    strength = unit.size if trade == "people" else unit.trades[trade]
                    for _ in range(chance.negative_binomial(rate / 12 * strength * season[int(month[5:]) - 1])):
                        drawn.append(self._accident(chance, unit, month, category, lethality, production))
                if (unit.region_id, month) == self.disaster:
                    drawn.append(self._accident(chance, unit, month, "DL1", 0, True, deaths=chance.whole(10, 13)))
                self._apart(chance, drawn)
                serials: dict[str, int] = defaultdict(int)
                for moment, raw in sorted(drawn, key=lambda item: item[0]):
                    day = f"{moment:%Y%m%d}"
                    serials[day] += 1
                    found[unit.region_id, month].append(Accident(f"{unit.region_id}{day}{serials[day]:03d}", unit.region_id, moment, **raw))
        return found

    @staticmethod
    def _apart(chance, drawn: list[tuple[dt.datetime, dict]]) -> None:
        """Two accidents of one day, category and outcome look like one reported twice: the second happens on another day."""
        seen: set[tuple] = set()
        for position, (moment, raw) in enumerate(drawn):
            for _ in range(200):
                key = (moment.day, raw["category"], raw["deaths"], raw["serious"])
                if key not in seen:
                    break
                moved = dt.timedelta(days=moment.day % 28 + 1 - moment.day)
                moment, raw = moment + moved, raw | {"reported_at": raw["reported_at"] + moved}
            else:
                raw = raw | {"serious": raw["serious"] + 1}
            seen.add(key)
            drawn[position] = (moment, raw)

    @cached_property
    def disaster(self) -> tuple[str, str]:
        """Where and when the one 重大 accident of the province happens."""
        chance = self.province.chance("disaster")
        counties = [u for u in self.province.submitters if u.kind == "division"]
        return chance.pick(counties).region_id, chance.pick(self.province.months)

    @staticmethod
    def _accident(chance, unit: Unit, month: str, category: str, lethality: float, production: bool, deaths: int | None = None):
        first, last = month_span(month)
        day = chance.whole(first.day, last.day)
        moment = dt.datetime(first.year, first.month, day, chance.weighted([(h, 1.6 if 8 <= h <= 19 else 0.6) for h in range(24)]), chance.whole(0, 59))
        if deaths is None:
            deaths = chance.poisson(lethality * 0.8)
            while deaths and deaths < 9 and chance.happens(0.09):  # the tail of severity
                deaths += 1
            deaths = min(deaths, 9)
        serious = min(chance.poisson(0.5), 9)
        minor = chance.poisson(0.7) or (0 if deaths + serious else 1)
        loss = deaths * chance.whole(600_000, 1_100_000) + round(30_000 * 2.718 ** max(-1.5, min(1.5, 0.9 * chance.normal())))
        loss = min(loss, 9_000_000 if deaths < 3 else 45_000_000)
        return moment, {
            "category": category, "deaths": deaths, "serious": serious, "minor": minor, "loss": loss, "is_production": production,
            "industry": chance.pick(_INDUSTRIES[category]), "accident_type": chance.pick(_TYPES.get(category, (20,))),
            "reported_at": moment + dt.timedelta(minutes=chance.whole(20, 180)),
        }

    def counted(self, region_id: str, months: list[str]) -> dict[str, dict[str, int]]:
        """Accidents, deaths, serious injuries and loss (yuan) by leaf category over some months; with the larger ones among them."""
        sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for month in months:
            for a in self.accidents.get((region_id, month), ()):
                row = sums[a.category]
                row["events"] += 1
                row["deaths"] += a.deaths
                row["serious"] += a.serious
                row["loss"] += a.loss
                if a.level >= 2:
                    row["events_larger_plus"] += 1
                    row["deaths_larger_plus"] += a.deaths
                if a.level >= 3:
                    row["events_major_plus"] += 1
                    row["deaths_major_plus"] += a.deaths
        return sums

    # --- hazards ------------------------------------------------------------------------------------------------------

    @cached_property
    def hazards(self) -> dict[tuple[str, str], dict[str, dict]]:
        """By region and month, for each sector: `found`, `fixed`, `planned` and the `listed` ones."""
        found: dict[tuple[str, str], dict[str, dict]] = {}
        for unit in self.province.submitters:
            chance = self.province.chance("hazards", unit.region_id)
            serials: dict[str, int] = defaultdict(int)
            for month in self.months:
                sectors = {}
                for sector in SECTORS:
                    trade = _SECTOR_TRADES.get(sector)
                    count = chance.poisson(0.12 * unit.size * (1 if trade is None else min(1.5, unit.trades[trade])))
                    fixed = sum(chance.happens(0.35) for _ in range(count))
                    listed = []
                    for _ in range(count - fixed):
                        if chance.happens(0.5) and unit.sends_everything:
                            serials[month[:4]] += 1
                            listed.append(self._hazard(chance, unit, month, sector, serials[month[:4]]))
                    sectors[sector] = {"found": count, "fixed": fixed, "planned": count - fixed, "listed": listed}
                found[unit.region_id, month] = sectors
        return found

    @staticmethod
    def _hazard(chance, unit: Unit, month: str, sector: str, serial: int) -> MajorHazard:
        first, last = month_span(month)
        found = first + dt.timedelta(days=chance.whole(0, 17))
        ordered = found + dt.timedelta(days=chance.whole(0, 3))
        listed = min(last, ordered + dt.timedelta(days=chance.whole(1, 6)))
        due = listed + dt.timedelta(days=chance.pick((30, 60, 90, 120, 180)))
        late = chance.happens(0.12)
        accepted = due + dt.timedelta(days=chance.whole(3, 40)) if late else listed + dt.timedelta(days=chance.whole(12, (due - listed).days))
        extended = due + dt.timedelta(days=30) if late and chance.happens(0.5) else None
        return MajorHazard(f"{unit.region_id}-{month[:4]}-{serial:03d}", unit.region_id, sector, found, ordered, listed, due, extended, accepted,
                           accepted + dt.timedelta(days=chance.whole(0, 6)), chance.whole(3, 80) * 10_000)

    def register(self, region_id: str, month: str) -> list[MajorHazard]:
        """The listed hazards of a region that were found up to a month of the same simulation, oldest first."""
        first = self.province.months[0]
        return [h for m in self.months if first <= m <= month for s in self.hazards[region_id, m].values() for h in s["listed"]]

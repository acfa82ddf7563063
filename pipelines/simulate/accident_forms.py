"""Numbers of the accident report (F02) and of the control targets (F14), counted from the accidents that happened."""

from __future__ import annotations

from functools import cache

from pipelines.simulate.documents import Line
from pipelines.simulate.events import World, months_before
from pipelines.simulate.province import ROOT, Unit

# The rows of the monthly sheet with the leaf categories that each adds up.
ROWS = {
    "GK": ("GK1", "GK2", "GK3", "GK4", "GK5", "GK9"), "GK1": ("GK1",), "GK2": ("GK2",), "GK3": ("GK3",), "GK4": ("GK4",), "GK5": ("GK5",),
    "GK9": ("GK9",), "DL": ("DL1", "DL9"), "DL1": ("DL1",), "DL9": ("DL9",), "HZ": ("HZ1", "HZ9"), "SS": ("SS",), "TL": ("TL",), "MH": (),
    "NJ": ("NJ",), "YC": ("YC",), "QT": ("QT",),
}
TOP = ("GK", "DL", "HZ", "SS", "TL", "MH", "NJ", "YC", "QT")
ALL = {**ROWS, "TOTAL": tuple(leaf for top in TOP for leaf in ROWS[top])}
TARGETS = (("deaths", "TOTAL"), ("deaths", "GK"), ("deaths", "DL"), ("accidents", "TOTAL"), ("accidents_larger_plus", "TOTAL"))
_MONTH = {"acc_m": "events", "death_m": "deaths", "ser_m": "serious", "loss_m": "loss", "acc2_m": "events_larger_plus", "death2_m": "deaths_larger_plus"}
_YEAR = {"acc_c": "events", "death_c": "deaths", "ser_c": "serious", "loss_c": "loss", "acc2_c": "events_larger_plus",
         "death2_c": "deaths_larger_plus", "acc3_c": "events_major_plus"}
_PRIOR = {"acc_py": "events", "death_py": "deaths", "loss_py": "loss"}


class Accidents:
    """Counts of a world, remembered."""

    def __init__(self, world: World):
        self.world, self.province = world, world.province
        self.sums = cache(self._sums)
        self.targets = cache(self._targets)

    def _sums(self, region_id: str, months: tuple[str, ...]) -> dict[str, dict[str, int]]:
        """Sums by row of the monthly sheet; those of a region that has others below it are theirs together."""
        below = self.province.children.get(region_id)
        if below:
            parts = [self.sums(u.region_id, months) for u in below]
            return {row: {k: sum(p[row][k] for p in parts) for k in parts[0][row]} for row in ALL}
        leaves = self.world.counted(region_id, list(months))
        names = {*_MONTH.values(), *_YEAR.values()}
        return {row: {k: sum(leaves[leaf][k] for leaf in members if leaf in leaves) for k in names} for row, members in ALL.items()}

    def report(self, unit: Unit, month: str) -> list[Line]:
        """F02: the month and the year so far, beside the same months of last year, by category."""
        so_far = tuple(months_before(month))
        last_year = tuple(f"{int(m[:4]) - 1}{m[4:]}" for m in so_far)
        now, year, prior = (self.sums(unit.region_id, span) for span in ((month,), so_far, last_year))
        targets = self.targets(int(month[:4]))
        lines = []
        for row in ALL:
            cells: dict[str, object] = {name: now[row][k] for name, k in _MONTH.items()}
            cells |= {name: year[row][k] for name, k in _YEAR.items()}
            cells |= {name: prior[row][k] for name, k in _PRIOR.items()}
            if (target := targets.get((unit.region_id, "deaths", row))) is not None:
                cells["target"] = target
            lines.append(Line(unit.region_id, (row,), cells))
        return lines

    def _targets(self, year: int) -> dict[tuple[str, str, str], int]:
        """Targets of every region: a little under the year before, those of a region's parts never more than its own."""
        before = tuple(f"{year - 1}-{n:02d}" for n in range(1, 13))
        before = before if before[0] in self.world.months else ()
        found: dict[tuple[str, str, str], int] = {}
        measures = {"deaths": "deaths", "accidents": "events", "accidents_larger_plus": "events_larger_plus"}
        for unit in reversed(self.province.units):  # the parts come after the whole
            if not unit.sends_everything:
                continue
            below = self.province.children.get(unit.region_id, ())
            for indicator, row in TARGETS:
                past = self.sums(unit.region_id, before)[row][measures[indicator]] if before else 0
                least = sum(found[u.region_id, indicator, row] for u in below)
                found[unit.region_id, indicator, row] = max(least, round(past * 0.97)) if below else round(past * 0.97)
        return found

    def target_lines(self, unit: Unit, year: str) -> list[Line]:
        """F14 as sent by the region that sets the targets: its own where it is the root, and those of the regions below."""
        targets = self.targets(int(year))
        about = [unit] if unit.region_id == ROOT else []
        about += [u for u in self.province.children.get(unit.region_id, ()) if u.sends_everything]
        short = unit.name_zh[0]
        lines = []
        for serial, region in enumerate(about, start=1):
            for indicator, row in TARGETS:
                cells = {"target": targets[region.region_id, indicator, row], "doc_no": f"{short}安委〔{year}〕{serial}号", "valid_from": f"{year}-01-05"}
                lines.append(Line(region.region_id, (indicator, row), cells))
        return lines

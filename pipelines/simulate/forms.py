"""Who sends which form when: the one table to extend when a form is added. Headers and envelope come from its declaration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.reference import Reference
from pipelines.simulate.accident_forms import Accidents
from pipelines.simulate.documents import Line, Report
from pipelines.simulate.events import World
from pipelines.simulate.firm_forms import Firms
from pipelines.simulate.hazard_forms import Hazards
from pipelines.simulate.province import Province, Unit
from pipelines.simulate.register_forms import Registers
from transforms import periods


@dataclass(frozen=True)
class Rule:
    """Who sends a form: `unit` counties, zones and own-level units; `city`; `root`; `setters` the root and the
    cities; `signers` everybody.

    `event_only`: only units whose accidents are counted apart. `when`: a yearly form `opens` the year, or tells of the year that has ended.
    `results`: the lines of a form that opens the year, as it is sent again when the year is over.
    """

    senders: str
    lines: Callable[[Unit, str], list[Line]]
    event_only: bool = False
    when: str = "ends"
    results: Callable[[Unit, str], list[Line]] | None = None


class Rules:
    """The rules of a world by form."""

    def __init__(self, world: World):
        self.world = world
        self.accidents = Accidents(world)
        self.hazards = Hazards(world)
        self.firms = Firms(self.accidents, self.hazards)
        self.registers = Registers(world, self.accidents)
        a, h, f, r = self.accidents, self.hazards, self.firms, self.registers
        self.by_form = {
            "F01": Rule("unit", r.accident_lines, event_only=True),
            "F02": Rule("unit+city", a.report, event_only=True),
            "F03": Rule("unit", h.enforcement_lines),
            "F03b": Rule("city", h.round_lines),
            "F04": Rule("unit", h.hazard_lines),
            "F05": Rule("unit", r.hazard_lines, event_only=True),
            "F05b": Rule("city", r.campaign_lines),
            "F06": Rule("unit", f.standard_lines),
            "F07": Rule("unit", f.training_lines),
            "F08": Rule("unit", f.health_lines),
            "F09": Rule("unit", f.drill_lines),
            "F10": Rule("unit", f.duty_lines),
            "F11": Rule("unit", f.risk_lines),
            "F12": Rule("unit", h.system_lines),
            "F13": Rule("root", f.denominator_lines),
            "F14": Rule("setters", a.target_lines, when="opens"),
            "F15": Rule("setters", f.score_lines),
            "F16": Rule("signers", r.letter_lines, when="opens", results=r.result_lines),
            "F17": Rule("unit", f.credit_lines),
            "F18": Rule("root", f.survey_lines),
        }

    def expected(self, reference: Reference, wanted: list[str]) -> int:
        """About how many reports there are."""
        land = self.world.province
        whens = [(f, when) for f in wanted for when in (self.by_form[f].when, *(["ends"] if self.by_form[f].results else []))]
        return sum(len(self.senders(self.by_form[f], land)) * len(reporting_periods(land, reference.forms[f].frequency, when)) for f, when in whens)

    def senders(self, rule: Rule, province: Province) -> list[Unit]:
        units = [u for u in province.submitters if u.sends_everything or not rule.event_only]
        return {"unit": units, "unit+city": [*units, *province.cities], "city": province.cities, "root": province.units[:1],
                "setters": [province.units[0], *province.cities], "signers": [u for u in province.units if u.sends_everything]}[rule.senders]


def reports(rules: Rules, reference: Reference, wanted: list[str]) -> Iterator[Report]:
    """Every report of the province in the order of forms, periods and senders, with its time of arrival."""
    province = rules.world.province
    for form_id in wanted:
        form, rule = reference.forms[form_id], rules.by_form[form_id]
        sent = [(period, rule.lines, rule.when) for period in reporting_periods(province, form.frequency, rule.when)]
        sent += [(period, rule.results, "ends") for period in reporting_periods(province, form.frequency, "ends")[1:] if rule.results]
        for period, lines_of, when in sent:
            for unit in rules.senders(rule, province):
                lines = lines_of(unit, period)
                if lines:
                    yield Report(form, unit, period, lines, arrival(province, form_id, form.frequency, unit, period, when))


def reporting_periods(province: Province, frequency: str, when: str) -> list[str]:
    """The periods of a frequency that the simulated months hold whole; a year that opens is this one, one that has ended includes the last."""
    months = province.months
    if frequency in ("month", "event"):
        return months
    if frequency == "year":
        if when == "opens":
            return [str(y) for y in province.years]
        return [str(province.years[0] - 1), *(str(y) for y in province.years if f"{y}-01" in months and f"{y}-12" in months)]
    width = {"quarter": 3, "half": 6}[frequency]
    found = []
    for month in months:
        number = int(month[5:])
        whole = [f"{month[:4]}-{n:02d}" for n in range(number - width + 1, number + 1)]
        if number % width == 0 and all(m in months for m in whole):
            found.append(f"{month[:4]}{'Q' if width == 3 else 'H'}{number // width}")
    return found


def arrival(province: Province, form_id: str, frequency: str, unit: Unit, period: str, when: str) -> dt.datetime:
    """Mostly some days before it is due, now and then late."""
    chance = province.chance("arrival", form_id, unit.region_id, period)
    if frequency == "year" and when == "opens":
        start = dt.datetime(int(period), 1, 6)
    else:
        end = periods.month_index(periods.end_month(period)) + 1
        start = dt.datetime(end // 12, end % 12 + 1, 1)
    due = {"month": 8, "event": 8, "quarter": 15, "half": 15, "year": 31}[frequency]
    day = chance.whole(due + 1, due + 10) if chance.happens(0.05) else chance.whole(2, due - 1)
    if frequency == "year":
        day = chance.whole(2, 20)
    return start + dt.timedelta(days=day - 1, hours=chance.whole(8, 17), minutes=chance.whole(0, 59), seconds=chance.whole(0, 59))

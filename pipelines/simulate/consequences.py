"""What follows from the files together: findings that no single file shows, foretold from the figures in force.

An error in one cell contradicts other months, other files and the region above. Each rule is stated here in its own words, from the
specification; where this model and the pipeline disagree, one of them is wrong.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from pipelines.simulate.accident_forms import ALL
from pipelines.simulate.documents import Document, Planted, in_wan
from pipelines.simulate.firm_forms import quarter_months
from transforms import periods

if TYPE_CHECKING:
    from pipelines.simulate.truth import Figure, Truth

Found = tuple[Document, Planted, str]  # the file, what is found in it, the cell
# Measures of flows that are a state all the same: they may stand still or fall, and are not added up.
STATES = {"F03.units_in_charge", "F04.units_should", "F04.gen_open", "F04.maj_planned", "F04.maj_listed", "F04.fl_target", "F04.fl_measure", "F04.fl_duty",
          "F04.fl_fund", "F04.fl_due", "F04.fl_plan", "F04.funds", "F07.planned", "F08.units", "F08.declared", "F09.plans_should", "F09.plans_filed",
          "F09.counties_should", "F12.registered", "F12.logged", "F12.reporting", "F12.checked", "F12.base_last_year", "F12.warning_levels"}
CENT = Decimal("0.01")  # 万元
STEPS = {"found": 1, "ordered": 2, "listed": 3, "extended": 3, "accepted": 4, "closed": 5, "transferred": 6, "void": 6}
COUNTED = {"events": None, "deaths": "deaths", "serious": "serious", "loss": "loss_yuan"}  # of the monthly sheet, in the register


class Consequences:
    """Findings between files, for what is known at `as_of` (local time)."""

    def __init__(self, truth: Truth, as_of: dt.datetime):
        self.truth, self.as_of = truth, as_of
        self.province, self.figures = truth.province, truth.figures
        self.exact = {key: f for key, f in self.figures.items() if f.counts and f.qualifier in ("exact", "recovered")}

    def all(self) -> Iterator[Found]:
        yield from self.region_totals()
        yield from self.cumulative()
        yield from self.register_of_accidents()
        yield from self.registered_twice()
        yield from self.late_deaths()
        yield from self.months_that_only_grow()
        yield from self.stocks()
        yield from self.targets()
        yield from self.firms()
        yield from self.fines()
        yield from self.money()
        yield from self.overdue()
        yield from self.states()
        yield from self.arrivals()

    @staticmethod
    def _say(figure: Figure, check_id: str, severity: str, rule_id: str = "") -> Found:
        return figure.document, Planted(check_id, severity, rule_id=rule_id), figure.cell

    # --- regions ------------------------------------------------------------------------------------------------------

    def region_totals(self) -> Iterator[Found]:
        """E211: a region's own figure beside the sum of its parts, where that sum is whole or already exceeds it. X11: the difference is a zone's."""
        for key, figure in self.figures.items():
            form_id, region, *rest, measure = key
            parts = self.province.children.get(region)
            if not parts or not figure.counts or not self.truth.adds(form_id, measure):
                continue
            pairs = {u: self.truth.value_of((form_id, u.region_id, *rest, measure)) for u in parts}
            values = [pair[1] for pair in pairs.values() if pair]
            whole, difference = len(values) == len(parts), figure.value - sum(values)
            if len(values) > 1 and difference and (whole or difference <= 0):
                yield self._say(figure, "REGION_MISMATCH", "error", "E211" if form_id == "F02" else "")
            zones = [u for u in self.province.submitters if u.kind == "zone" and u.parent_id == region] if whole and difference else []
            for zone in zones:
                own = self.exact.get((form_id, zone.region_id, *rest, measure))
                if own and own.value > 0 and difference == (-own.value if zone.included else own.value):
                    yield self._say(own, "X11", "warning")

    # --- months -------------------------------------------------------------------------------------------------------

    def cumulative(self) -> Iterator[Found]:
        """E203: January to this month is the sum of the months, or last month's figure plus this month's. E204: it never falls."""
        series: dict[tuple, dict[str, Figure]] = {}
        for (form_id, region, period, span, dims, measure), figure in self.exact.items():
            if span == "ytd":
                series.setdefault((form_id, region, dims, measure, period[:4]), {})[period] = figure
        for (form_id, region, dims, measure, _), figures in series.items():
            before: tuple[str, Figure] | None = None
            for period, figure in sorted(figures.items()):
                number = int(period[5:])
                months = [self.exact.get((form_id, region, f"{period[:5]}{n:02d}", "month", dims, measure)) for n in range(1, number + 1)]
                make = None
                if all(months):
                    make = sum(m.value for m in months)
                elif before and int(before[0][5:]) == number - 1 and months[-1]:
                    make = before[1].value + months[-1].value
                if make is not None and abs(figure.value - make) > (CENT if measure == "loss" else 0):
                    yield self._say(figure, "CUMULATIVE_MISMATCH", "error", "E203")
                if form_id == "F02" and before and figure.value < before[1].value and "替代" not in figure.document.envelope:
                    yield self._say(figure, "E204", "error")
                before = period, figure

    def months_that_only_grow(self) -> Iterator[Found]:
        """M16: none of a month's totals is below the month before, and together they have grown as figures since January do.

        Suspect when they jump to three quarters of what the number of the month asks, or two months running grow by half of it and none has
        fallen since January.
        """
        pairs: dict[tuple[str, str, str], list[tuple[Decimal, Decimal]]] = {}
        for (form_id, region, period, span, dims, measure), (_, now) in self.truth.usable.items():
            if span != "month" or set(dims) - {"TOTAL"} or f"{form_id}.{measure}" in STATES or not self.truth.adds(form_id, measure) or int(period[5:]) < 2:
                continue
            before = self.truth.usable.get((form_id, region, f"{period[:5]}{int(period[5:]) - 1:02d}", span, dims, measure))
            if before and before[1] > 0 and now > 0:
                pairs.setdefault((form_id, region, period), []).append((now, before[1]))
        grows: dict[tuple[str, str, str], bool] = {}
        fell: set[tuple[str, str, str]] = set()
        for (form_id, region, period), values in sorted(pairs.items()):
            number, rising = int(period[5:]), all(now >= before for now, before in values)
            now, before = (sum(side) for side in zip(*values, strict=True))
            key = form_id, region, period
            grows[key] = len(values) >= 5 and rising and now * 2 * (number - 1) >= before * (2 * number - 1)
            jumps = len(values) >= 5 and rising and number >= 3 and now * 4 >= before * 3 * number
            if not rising and len(values) >= 5:
                fell.add((form_id, region, period[:4]))
            before_too = grows.get((form_id, region, f"{period[:5]}{number - 1:02d}"))
            if jumps or grows[key] and before_too and (form_id, region, period[:4]) not in fell:
                held = {f.document.path: f.document for k, f in self.figures.items() if k[:4] == (form_id, region, period, "month")}
                if not any(k[:4] == (form_id, region, period, "ytd") for k in self.figures):
                    yield next(iter(held.values())), Planted("CUMULATIVE_SUSPECT", "warning", sheet="", rule_id="M16"), ""

    def stocks(self) -> Iterator[Found]:
        """E604: certified firms are those of the quarter before, plus the new, less the expired and the withdrawn."""
        for (form_id, region, period, span, dims, measure), figure in self.exact.items():
            if form_id != "F06" or measure != "total":
                continue
            year, quarter = int(period[:4]), int(period[-1])
            earlier = f"{year}Q{quarter - 1}" if quarter > 1 else f"{year - 1}Q4"
            before = self.exact.get((form_id, region, earlier, span, dims, "total"))
            moves = [self.exact.get((form_id, region, period, span, dims, name)) for name in ("new", "expired", "withdrawn")]
            if before and all(moves) and figure.value != before.value + moves[0].value - moves[1].value - moves[2].value:
                yield self._say(figure, "E604", "error")

    # --- the register of accidents ------------------------------------------------------------------------------------

    def register_of_accidents(self) -> Iterator[Found]:
        """X01, E205: the month in the report is what the register has. X14: deaths of which the register knows no accident."""
        counted = self._registered()
        if not counted:
            return
        for (form_id, region, period, span, dims, measure), figure in self.exact.items():
            if form_id != "F02" or span != "month" or measure not in COUNTED:
                continue
            row = counted.get((region, period), {}).get(dims[0], dict.fromkeys(COUNTED, Decimal(0)))
            deaths = self.exact.get((form_id, region, period, span, dims, "deaths"))
            if deaths and deaths.value > 0 and row["events"] == 0:
                if measure == "deaths":
                    yield self._say(figure, "UNREPORTED_EVENT", "error", "X14")
            elif abs(figure.value - row[measure]) > CENT:
                yield self._say(figure, "X01" if dims == ("TOTAL",) else "E205", "error")

    def _registered(self) -> dict[tuple[str, str], dict[str, dict[str, Decimal]]]:
        """Sums of the register by region (with those above) and month, for every row of the monthly sheet.

        A death reported after its window does not count: the true number does.
        """
        found: dict[tuple[str, str], dict[str, dict[str, Decimal]]] = {}
        for key, (d, i, _) in self.truth.in_force.items():
            if key[0] != "F01":
                continue
            line = d.lines[i]
            region = line.region_id
            while region:
                rows = found.setdefault((region, line.period), {})
                for row, leaves in ALL.items():
                    if line.fields["category"] in leaves:
                        sums = rows.setdefault(row, dict.fromkeys(COUNTED, Decimal(0)))
                        for measure, column in COUNTED.items():
                            sums[measure] += 1 if column is None else in_wan(line.cells[column]) if measure == "loss" else line.cells[column]
                region = self.province.by_id[region].parent_id
        return found

    def registered_twice(self) -> Iterator[Found]:
        """E107: accidents of one region, day, category and outcome; said of all but the one that was known first."""
        alike: dict[tuple, list[tuple]] = {}
        for key, (d, i, _) in self.truth.in_force.items():
            if key[0] == "F01":
                line = d.lines[i]
                deaths, serious, loss = (d.value(i, name) for name in ("deaths", "serious", "loss_yuan"))
                same = (line.region_id, line.fields["date"], line.fields["category"], deaths, serious, 0 if deaths + serious else loss)
                alike.setdefault(same, []).append((d.arrives, line.dims[0], d, i))
        for rows in alike.values():
            for _, _, d, i in sorted(rows, key=lambda row: row[:2])[1:]:
                yield d, Planted("E107", "warning"), d.cell(i, "accident_id")

    def _versions(self, form_id: str) -> list[list[tuple[Document, int]]]:
        """The rows of a register that tell of one thing, in order of arrival."""
        found: dict[tuple, list[tuple[Document, int]]] = {}
        for d in self.truth.known:
            for key, i, _ in self.truth.rows_of(d) if d.form.id == form_id else ():
                found.setdefault(key, []).append((d, i))
        return list(found.values())

    def late_deaths(self) -> Iterator[Found]:
        """E104: deaths that rise after the window: seven days on roads and in fires, else thirty."""
        for rows in self._versions("F01"):
            for (old, before), (d, i) in itertools.pairwise(rows):
                fields = d.lines[i].fields
                days = ((fields.get("amended_at") or d.arrives).date() - fields["date"]).days
                if d.value(i, "deaths") > old.value(before, "deaths") and days > (7 if fields["category"][:2] in ("DL", "HZ") else 30):
                    yield d, Planted("E104", "error"), d.cell(i, "deaths")

    # --- targets, firms, fines, money ---------------------------------------------------------------------------------

    def targets(self) -> Iterator[Found]:
        """E1401: the targets of a region's parts are together no more than its own."""
        for key, figure in self.exact.items():
            if key[0] != "F14":
                continue
            below = [self.exact.get((key[0], u.region_id, *key[2:])) for u in self.province.children.get(key[1], ())]
            if any(below) and sum(b.value for b in below if b) > figure.value:
                yield self._say(figure, "TARGET_ALLOC", "warning", "E1401")

    def firms(self) -> Iterator[Found]:
        """X05, X06, E1102: certified, registered and graded firms lie one within the other."""
        for (form_id, region, period, span, dims, measure), figure in self.exact.items():
            firms = ("F11", region, period, span, ("企业", "TOTAL", "TOTAL"))
            graded = self.exact.get((*firms, "total"))
            if form_id == "F06" and measure == "total" and set(dims) == {"TOTAL"} and graded:
                idle = self.exact.get((*firms, "unassessed"))
                if figure.value > graded.value - (idle.value if idle else 0):
                    yield self._say(figure, "X05", "warning")
            if form_id == "F17" and measure == "registered" and graded and graded.value > figure.value:
                yield self._say(graded, "E1102", "warning")
            if form_id == "F12" and measure == "registered":
                quarters = [f"{y}Q{q}" for y in self.province.years for q in range(1, 5) if quarter_months(f"{y}Q{q}")[-1] <= period]
                known = [g for q in quarters if (g := self.exact.get(("F11", region, q, "stock", ("企业", "TOTAL", "TOTAL"), "total")))]
                if known and figure.value > known[-1].value:
                    yield self._say(figure, "X06", "warning")

    def fines(self) -> Iterator[Found]:
        """X08: fines for occupational health are part of all fines of the quarter."""
        for (form_id, region, period, _, _, measure), figure in self.exact.items():
            if form_id == "F08" and measure == "fines":
                months = [self.truth.value_of(("F03", region, month, "month", ("TOTAL",), "fine_total")) for month in quarter_months(period)]
                if all(months) and figure.value - sum(value for _, value in months) > CENT:
                    yield self._say(figure, "X08", "warning")

    def money(self) -> Iterator[Found]:
        """M10: an amount a thousand times what the region usually reports, or a thousandth of it; from four amounts on."""
        groups: dict[tuple, list[Figure]] = {}
        for (form_id, region, _, span, dims, measure), figure in self.exact.items():
            declared = self.truth.jurisdiction.reference.forms[form_id].measure_by_id[measure]
            if declared.unit == "万元" and figure.value > 0:
                groups.setdefault((form_id, region, span, dims, measure), []).append(figure)
        for figures in groups.values():
            usual = median(f.value for f in figures)
            for figure in figures if len(figures) >= 4 else ():
                if figure.value >= 1000 * usual or figure.value * 1000 <= usual:
                    yield self._say(figure, "UNIT_SUSPECT", "warning", "M10")

    # --- time ---------------------------------------------------------------------------------------------------------

    def overdue(self) -> Iterator[Found]:
        """E504: a listed hazard that was closed after its deadline, or is open after it. No error of anybody's file, but said at its cell."""
        for key, (d, i, _) in self.truth.in_force.items():
            if key[0] != "F05":
                continue
            line = d.lines[i]
            due, closed = (d.false.get((i, name), line.fields.get(name)) for name in ("due_on", "closed_on"))
            if due and (closed or self.as_of.date()) > due:
                yield d, Planted("E504", "info"), d.cell(i, "due_on")

    def states(self) -> Iterator[Found]:
        """E505: what has ended stays ended. E507: the states of a hazard follow each other, with the dates of those between."""
        for rows in self._versions("F05"):
            before, known = "", {}
            for d, i in rows:
                told = {name: d.false.get((i, name), d.lines[i].fields.get(name)) for name in ("status", "ordered_on", "accepted_on")}
                known |= {name: value for name, value in told.items() if value}
                status, step, last = told["status"], STEPS[told["status"]], STEPS.get(before, 0)
                if last >= 5 and status != before:
                    yield d, Planted("E505", "error"), d.cell(i, "status")
                elif last and last < 5 and step != 6 and (step < last or last == 1 and step > 2 and "ordered_on" not in known
                                                          or last < 4 and step == 5 and "accepted_on" not in known):
                    yield d, Planted("E507", "error"), d.cell(i, "status")
                before = status

    def arrivals(self) -> Iterator[Found]:
        """LATE: a file after its deadline that brings something new and replaces none. X15: one after the close that changes something."""
        seen: dict[tuple, tuple[Document, int]] = {}
        freeze_day = int(self.truth.jurisdiction.calendar["freeze_day"])
        for d in self.truth.known:
            end = periods.month_index(periods.end_month(periods.parse(d.period)[0])) + 1
            frozen = dt.date(end // 12, end % 12 + 1, freeze_day) if len(d.period) > 4 else None
            new, old = False, []
            for key, i, span in self.truth.rows_of(d):
                new |= key not in seen
                old += [(seen[key], i, span)] if key in seen else []
                seen[key] = (d, i)
            if d.form.kind == "register":
                continue
            replaces = "替代" in d.envelope
            if new and not replaces and self.truth.on_time(d) is False:
                yield d, Planted("LATE", "info", sheet=""), ""
            changed = any(self.truth.values_of(d, i, span) != self.truth.values_of(*before, span) for before, i, span in old) or replaces and not old
            if frozen and d.arrives.date() > frozen and changed:
                yield d, Planted("FROZEN_PERIOD", "info", sheet="", rule_id="X15"), ""

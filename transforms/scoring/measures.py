"""What the names in a scheme measure: which figures of which months, for the window of an assessment, and where each value came from. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from transforms import periods
from transforms.scoring.expressions import written
from transforms.scoring.period import accident_counts, accident_days, looked_back
from transforms.scoring.scheme import Scheme

SPANS = ("month", "ytd", "quarter", "half", "year", "stock")
SUFFIXES = ("_target", "_prev", "_prev2", "_prev3")
EQUAL = {1: "accidents", 2: "accidents_larger", 3: "accidents_major", 4: "accidents_extreme"}
AT_LEAST = {1: "accidents", 2: "accidents_larger_plus", 3: "accidents_major_plus", 4: "accidents_extreme"}
REGISTER = {"accidents": "F01.events", "accidents_larger": "F01.events_larger", "accidents_major": "F01.events_major",
            "accidents_extreme": "F01.events_extreme", "accidents_larger_plus": "F01.events_larger_plus", "accidents_major_plus": "F01.events_major_plus"}
# The levels of the accidents that a number counts. A concealed accident of an earlier year adds to these, and its deaths to the deaths.
LEVELS = {"accidents": (1, 4), "accidents_larger": (2, 2), "accidents_major": (3, 3), "accidents_extreme": (4, 4), "accidents_larger_plus": (2, 4),
          "accidents_major_plus": (3, 4)}
LEVELS |= {each: levels for name, levels in LEVELS.items() for each in (REGISTER[name], REGISTER[name].replace("F01", "F02"))}
DEATHS = ("deaths", "F01.deaths", "F02.deaths")


def _moved(period: str, years: int) -> str:
    return f"{int(period[:4]) + years:04d}{period[4:]}"


def month(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


@dataclass(frozen=True)
class Window:
    """The months that an assessment looks at. `calendar`: they are a period of the calendar, which has figures of its own."""

    period: str
    span: str
    first: str
    last: str
    calendar: bool

    @property
    def months(self) -> list[str]:
        return [month(m) for m in range(periods.month_index(self.first), periods.month_index(self.last) + 1)]

    def shifted(self, years: int) -> Window:
        return Window(_moved(self.period, years), self.span, _moved(self.first, years), _moved(self.last, years), self.calendar)

    def until(self, last: str) -> Window:
        return Window(self.period, self.span, self.first, last, False)


def windows(scheme: Scheme) -> list[Window]:
    """The windows of a scheme's year: the year (which may begin in December), its halves or its quarters."""
    year = scheme.year
    if scheme.cycle == "quarter":
        return [Window(f"{year}Q{q}", "quarter", f"{year}-{3 * q - 2:02d}", f"{year}-{3 * q:02d}", True) for q in (1, 2, 3, 4)]
    if scheme.cycle == "half":
        return [Window(f"{year}H1", "half", f"{year}-01", f"{year}-06", True), Window(f"{year}H2", "half", f"{year}-07", f"{year}-12", True)]
    first, last = scheme.start[:2], scheme.end[:2]
    if first <= last:
        return [Window(str(year), "year", f"{year}-{first}", f"{year}-{last}", (first, last) == ("01", "12"))]
    return [Window(str(year), "year", f"{year - 1}-{first}", f"{year}-{last}", False)]


def whole_year(scheme: Scheme) -> Window:
    """The window of what a scheme judges over the whole year: where it scores quarters or halves the calendar year, else its own."""
    year = str(scheme.year)
    return windows(scheme)[0] if scheme.cycle == "year" else Window(year, "year", f"{year}-01", f"{year}-12", True)


@dataclass(frozen=True)
class Input:
    """A value that a metric was read from: a row of `indicators`, a base in `comparisons`, a target among the `figures`, or something counted."""

    table: str
    indicator_id: str
    category: str
    span: str
    period: str
    basis: str
    value: Decimal | None
    place: tuple[str, str, str] = ("", "", "")  # file, sheet and cell of a target
    events: tuple[Event, ...] = ()  # the accidents of the register that were counted


@dataclass(frozen=True)
class Target:
    """A version of a control target: the days from and until which it holds, "" where there are none, and its place."""

    value: Decimal
    since: str
    until: str
    place: tuple[str, str, str]


@dataclass(frozen=True)
class Figure:
    """A row of `indicators`, as far as scoring needs it."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    basis: str


@dataclass(frozen=True)
class Event:
    """An accident of the register: day, level, deaths, category, and the day on which it was proven to have been concealed.

    `counted`: it is in the statistics; `outside`: the bases on which it does not count; `place`: its number and region, and file, sheet and row.
    """

    on: str
    level: int
    deaths: int
    category: str
    proven_on: str | None = None
    counted: bool = True
    outside: frozenset[str] = frozenset()
    place: tuple[str, ...] = ()


def asked(scheme: Scheme, aliases: dict[str, str]) -> tuple[set[tuple[str, str]], int]:
    """The (indicator, category) whose figures `Measures.get` may look at for a scheme, and the first year of them."""
    pairs, years = {("on_time_submission_rate", "TOTAL")}, 0
    for name, arguments in scheme.metrics:
        function, _, category = name.partition(".")
        if arguments and function != "acc_deaths_ge":
            worse = range(arguments[0], 5 if function == "acc_level_ge" else arguments[0] + 1)
            named = {EQUAL.get(level) for level in worse} | {AT_LEAST.get(level) for level in (worse if function == "acc_level_ge" else arguments)}
            pairs |= {(indicator, category or "TOTAL") for each in named - {None} for indicator in (each, REGISTER[each])}
        if arguments:
            continue
        name = aliases.get(name, name)
        base = re.sub(r"_(target|prev[23]?)$", "", name)
        if before := re.search(r"_prev([23]?)$", name):
            years = max(years, int(before[1] or 1))
        for each in (name, aliases.get(base, base)):
            indicator, _, category = each.rpartition(".")
            pairs |= {(each, "TOTAL"), (aliases.get(indicator, indicator), category)}
    return pairs, int(windows(scheme)[0].first[:4]) - years


Found = tuple[Decimal | None, tuple[Input, ...]]
NOTHING: Found = (None, ())


@dataclass
class Measures:
    """The values that expressions ask for, of the regions of one level.

    `figures`: by (region, indicator, category, span) and then period, every basis; `targets`: by (region, year, indicator, category),
    every version;
    `counts`: by (metric, region) what was counted, as (month, number), the month "" where there is none; `kept`: the counted metrics whose source this
    jurisdiction has, so that nothing counted means none; `newest`: the newest month of each indicator, `reached` that of all reports.
    """

    figures: dict[tuple[str, str, str, str], dict[str, dict[str, Figure]]] = field(default_factory=dict)
    targets: dict[tuple[str, str, str, str], list[Target]] = field(default_factory=dict)
    priors: dict[tuple[str, str, str, str], dict[str, dict[str, Figure]]] = field(default_factory=dict)  # like figures: last year's, as reported beside this year's
    counts: dict[tuple[str, str], list[tuple[str, Decimal]]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    scales: dict[str, tuple[Decimal, int, bool]] = field(default_factory=dict)  # indicator: scale, decimals, whether months add up
    states: dict[str, str] = field(default_factory=dict)  # indicator: "state" (that of the last month), "over" (divided by one) or "distinct" (not known of several months)
    aliases: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)  # larger and concealed accidents of the register by region, those below it included
    registered: str = ""  # the first month that a register of accidents speaks for, from which on no event means no accident; "" without one
    newest: dict[str, str] = field(default_factory=dict)
    reached: str = ""
    bases: tuple[str, ...] = ()
    truncate: bool = False
    overrides: dict[tuple[str, str], Decimal] = field(default_factory=dict)  # by (region or *, metric): what to take instead of what was measured

    def get(self, scheme: Scheme, window: Window, region_id: str, name: str, arguments: tuple[int, ...] = ()) -> Found:
        """The value of a metric in a window with what it was read from; (None, ()) where it is not known."""
        if self.overrides:
            for key in ((region_id, written(name, arguments)), ("*", written(name, arguments))):
                if key in self.overrides:
                    return self.overrides[key], ()
        if arguments:
            function, _, category = name.partition(".")
            if function == "acc_deaths_ge":
                return self._deadly(scheme, window, region_id, category, arguments[0])
            return self._accidents(scheme, window, region_id, function, arguments[0], category or "TOTAL")
        name = self.aliases.get(name, name)
        if name in self.kept or name == "late_submissions":
            return self._counted(scheme, window, region_id, name)
        for suffix in SUFFIXES:
            if name.endswith(suffix) and name not in self.scales:
                base = name.removesuffix(suffix)
                indicator, category = self._split(self.aliases.get(base, base))
                if suffix == "_target":
                    return self._target(window, region_id, indicator, category)
                return self._before(scheme, window, region_id, indicator, category, int(suffix.removeprefix("_prev") or 1))
        indicator, category = self._split(name)
        return self._with_concealed(scheme, window, region_id, indicator, category, self._measured(scheme, window, region_id, indicator, category))

    def _with_concealed(self, scheme: Scheme, window: Window, region_id: str, indicator: str, category: str, found: Found) -> Found:
        """A number of accidents or deaths, with the concealed accidents of earlier years that were proven in the window: the months in which
        they happened are not among those that were measured.
        """
        value, inputs = found
        if value is None or indicator not in LEVELS and indicator not in DEATHS:
            return found
        least, most = LEVELS.get(indicator, (1, 4))
        basis = inputs[0].basis if inputs else ""
        events = [e for e in self.events.get(region_id, ()) if e.counted and least <= e.level <= most and basis not in e.outside
                  and _within(e, category) and self._proven(scheme, window, e)]
        if not events:
            return found
        added = Decimal(sum(e.deaths for e in events) if indicator in DEATHS else len(events))
        return value + added, (*inputs, Input("counted", "looked_back", category, window.span, window.period, basis, added, events=tuple(events)))

    @staticmethod
    def _proven(scheme: Scheme, window: Window, event: Event) -> bool:
        """Whether a concealed accident of an earlier year counts in a window: the year, or the quarter in which it was proven."""
        return looked_back(scheme, event.on, event.level, event.proven_on) and window.first <= event.proven_on[:7] <= window.last

    def gaps(self, window: Window, region_id: str, name: str) -> list[str]:
        """The months of a window, as far as it has come, that an indicator lacks while it has others, for which they could not be added up."""
        indicator, category = self._split(self.aliases.get(name, name))
        months = window.until(min(window.last, self.newest.get(indicator, window.last))).months
        missing = [m for m in months if m not in self.figures.get((region_id, indicator, category, "month"), {})]
        return missing if len(missing) < len(months) else []

    def _split(self, name: str) -> tuple[str, str]:
        if name in self.scales:
            return name, "TOTAL"
        indicator, _, category = name.rpartition(".")
        return (self.aliases.get(indicator, indicator), category) if indicator else (name, "TOTAL")

    def _target(self, window: Window, region_id: str, indicator: str, category: str) -> Found:
        """The target of the whole year, in the version that holds when the window ends: a score of part of the year is measured against it too."""
        year, last = window.period[:4], f"{window.last}-31"
        held = next((t for t in self.targets.get((region_id, year, indicator, category), ()) if t.since <= last and (not t.until or t.until > last)), None)
        return NOTHING if held is None else (held.value, (Input("figures", indicator, category, "stock", year, "", held.value, held.place),))

    def _before(self, scheme: Scheme, window: Window, region_id: str, indicator: str, category: str, years: int) -> Found:
        """The same months so many years before: no more of them than have been reported this year.

        Where there is no figure of our own of last year, the one reported beside this year's is the base, as in `comparisons`.
        """
        end = min(window.last, self.newest.get(indicator, window.last))
        past = window.shifted(-years)
        if end < window.last:
            past = Window(past.period, past.span, past.first, f"{int(end[:4]) - years:04d}{end[4:]}", past.calendar)
        found = self._measured(scheme, past, region_id, indicator, category, whole=end == window.last)
        if found[0] is not None or years > 1 or not any((region_id, indicator, category, span) in self.priors for span in SPANS):
            return found
        known = {span: self._bases((region_id, indicator, category, span)) for span in SPANS}
        value, inputs = self._measured(scheme, Window(window.period, window.span, window.first, end, window.calendar), region_id, indicator, category,
                                       end == window.last, known)
        if value is None:
            value, inputs = self._since(scheme, window.first, end, indicator, category, known["ytd"])
        return value, tuple(self._as_read(i, (region_id, indicator, category, i.span)) for i in inputs)

    def _since(self, scheme: Scheme, first: str, last: str, indicator: str, category: str, known: dict[str, dict[str, Figure]]) -> Found:
        """The sum of months within a year where only the figures from January on are known: those to the last month less those to the one before."""
        until = month(periods.month_index(first) - 1)
        whole, before = known.get(last, {}), known.get(until, {})
        start = first[5:] == "01"
        if first[:4] != last[:4] or not self.scales.get(indicator, (Decimal(1), 2, True))[2]:
            return NOTHING
        for basis in sorted(whole if start else whole.keys() & before.keys(), key=lambda b: (b != scheme.basis, (*self.bases, b).index(b), b)):
            used = [Input("indicators", indicator, category, "ytd", period, basis, found[basis].value)
                    for period, found in ((last, whole), *(() if start else ((until, before),)))]
            if all(f[basis].denominator is None for f in (whole, *(() if start else (before,)))):
                return used[0].value - (Decimal(0) if start else used[1].value), tuple(used)
        return NOTHING

    def _bases(self, key: tuple[str, str, str, str]) -> dict[str, dict[str, Figure]]:
        """What periods are compared with: our own figure of the year before, where there is none the one reported beside them."""
        own = {_moved(period, 1): by for period, by in self.figures.get(key, {}).items() if ".." not in period}
        said = self.priors.get(key, {})
        return {period: own.get(period) or said[period] for period in own.keys() | said.keys()}

    def _as_read(self, used: Input, key: tuple[str, str, str, str]) -> Input:
        before = _moved(used.period, -1)
        if before in self.figures.get(key, {}):
            return replace(used, period=before)
        return replace(used, table="comparisons")

    def _measured(self, scheme: Scheme, window: Window, region_id: str, indicator: str, category: str, whole: bool = True,
                  known: dict[str, dict[str, dict[str, Figure]]] | None = None) -> Found:
        """The figure of a window, or the sum of its months; `known`: the figures to take by span, instead of those of the region."""
        def of(span: str) -> dict[str, dict[str, Figure]]:
            return self.figures.get((region_id, indicator, category, span), {}) if known is None else known.get(span, {})

        def at(span: str, period: str) -> Input | None:
            found = of(span).get(period)
            if not found:
                return None
            basis = min(found, key=lambda b: (b != scheme.basis, (*self.bases, b).index(b), b))
            return Input("indicators", indicator, category, span, period, basis, found[basis].value)

        if window.calendar:
            if whole and (hit := at(window.span, window.period)):
                return hit.value, (hit,)
            end = min(window.last, self.newest.get(indicator, window.last)) if whole else window.last
            if window.span == "year" and (hit := at("ytd", end)):
                return hit.value, (hit,)
        elif whole and (hit := at("range", f"{window.first}..{window.last}")):  # a report of just these months, from December to November
            return hit.value, (hit,)
        last = min(window.last, self.newest.get(indicator, window.last))
        _, _, adds = self.scales.get(indicator, (Decimal(1), 2, True))
        state = self.states.get(indicator)
        if state == "distinct":
            return NOTHING
        if state == "state":
            hit = at("month", last) or at("quarter", f"{last[:4]}Q{int(last[5:]) // 3}" if int(last[5:]) % 3 == 0 else "")
            return (hit.value, (hit,)) if hit else NOTHING
        if adds:
            hits = [at("month", m) for m in window.until(last).months]
            if hits and None not in hits:
                return self._sum(of, hits), tuple(hits)
            for length, span, letter in ((3, "quarter", "Q"), (6, "half", "H")):
                hits = [at(span, stretch) for stretch in self._stretches(window, last, length, letter)]
                if hits and None not in hits:
                    return self._sum(of, hits), tuple(hits)
        states = ("stock",) if adds else ("stock", "quarter", "half", "year")
        stretches = [(periods.end_month(p), span, p) for span in states for p in of(span) if ".." not in p]
        inside = [s for s in stretches if window.first <= s[0] <= window.last]
        if not inside:
            return NOTHING
        _, span, period = max(inside, key=lambda s: (s[0], s[1] == "stock", s[1]))
        hit = at(span, period)
        return hit.value, (hit,)

    def _stretches(self, window: Window, last: str, length: int, letter: str) -> list[str]:
        """The quarters or halves of the calendar that make up the window as far as it has come; none where they do not fit it."""
        first, end = periods.month_index(window.first), periods.month_index(last)
        if first % length or (end + 1) % length:
            return []
        return [f"{m // 12:04d}{letter}{m % 12 // length + 1}" for m in range(first, end + 1, length)]

    def _sum(self, of: Callable[[str], dict], hits: list[Input]) -> Decimal | None:
        """The sum of months; of a rate its summed numerator over its summed denominator, or over a state at the end, rounded like the indicator."""
        found = [of(hit.span)[hit.period][hit.basis] for hit in hits]
        if any(f.numerator is None for f in found):
            return None
        numerator = sum((f.numerator for f in found), Decimal(0))
        if all(f.denominator is None for f in found):
            return numerator
        over = found[-1:] if self.states.get(hits[0].indicator_id) == "over" else found
        denominator = sum((f.denominator or Decimal(0) for f in over), Decimal(0))
        if not denominator:
            return None
        scale, decimals, _ = self.scales[hits[0].indicator_id]
        return (numerator * scale / denominator).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN if self.truncate else ROUND_HALF_UP)

    def _counted(self, scheme: Scheme, window: Window, region_id: str, name: str) -> Found:
        if name == "late_submissions":
            return self._late(scheme, window, region_id)
        if name == "hidden_accidents":
            return self._hidden(scheme, window, region_id)
        value = sum((n for at, n in self.counts.get((name, region_id), ()) if not at or window.first <= at <= window.last), Decimal(0))
        return value, (Input("counted", name, "TOTAL", window.span, window.period, "", value),)

    def _hidden(self, scheme: Scheme, window: Window, region_id: str) -> Found:
        """Accidents of the register of which it was proven in the window that they had been concealed: those of this year, and those looked back for."""
        first, _ = accident_days(scheme)
        events = tuple(e for e in self.events.get(region_id, ()) if e.proven_on is not None and window.first <= e.proven_on[:7] <= window.last
                       and (e.on >= first or self._proven(scheme, window, e)))
        value = Decimal(len(events))
        return value, (Input("counted", "hidden_accidents", "TOTAL", window.span, window.period, "", value, events=events),)

    def _late(self, scheme: Scheme, window: Window, region_id: str) -> Found:
        """Reports due in the window that did not come in time."""
        _, inputs = self._measured(scheme, window, region_id, "on_time_submission_rate", "TOTAL")
        parts = [self.figures.get((region_id, "on_time_submission_rate", "TOTAL", i.span), {})[i.period][i.basis] for i in inputs]
        if not parts or any(p.numerator is None or p.denominator is None for p in parts):
            return NOTHING
        return sum((p.denominator - p.numerator for p in parts), Decimal(0)), inputs

    def _deadly(self, scheme: Scheme, window: Window, region_id: str, category: str, deaths: int) -> Found:
        """acc_deaths_ge(n): accidents of the register with so many deaths, of a category and those below it; not known without a register."""
        if not self._registers(window):
            return NOTHING
        counted = [e for e in self.events.get(region_id, ()) if e.counted and e.deaths >= deaths and _within(e, category) and self._counts(scheme, window, e)]
        value = Decimal(len(counted))
        return value, (Input("counted", f"acc_deaths_ge({deaths})", category or "TOTAL", window.span, window.period, "", value, events=tuple(counted)),)

    def _counts(self, scheme: Scheme, window: Window, event: Event) -> bool:
        if scheme.cycle == "year":
            return accident_counts(scheme, event.on, event.level, event.proven_on)
        return window.first <= event.on[:7] <= window.last or self._proven(scheme, window, event)

    def _registers(self, window: Window) -> bool:
        return bool(self.registered) and self.registered <= window.last

    def _accidents(self, scheme: Scheme, window: Window, region_id: str, name: str, level: int, category: str) -> Found:
        """acc_level_ge(n), acc_level_eq(n): accidents of a level in the window; those of the levels of the tail in the calendar year.

        As reported; where they are not, as counted from the register; n and worse also as the sum of its levels. A register without such an
        accident means none.
        """
        if name == "acc_level_ge" and window.span == "year" and (tail := [n for n in scheme.tail_levels if n > level]) and level not in scheme.tail_levels:
            return self._with_tail(scheme, window, region_id, level, tail, category)
        return self._of_level(scheme, window, region_id, name, level, category)

    def _with_tail(self, scheme: Scheme, window: Window, region_id: str, level: int, tail: list[int], category: str) -> Found:
        """n and worse where only worse ones belong to the tail: those of the window, and of the levels of the tail the calendar year's instead."""
        plain = replace(scheme, tail_levels=())
        names = [("acc_level_ge", min(tail))] if set(tail) == set(range(min(tail), 5)) else [("acc_level_eq", n) for n in tail]
        base = self._of_level(plain, window, region_id, "acc_level_ge", level, category)
        taken = [self._of_level(plain, window, region_id, name, n, category) for name, n in names]
        given = [self._of_level(scheme, window, region_id, name, n, category) for name, n in names]
        if any(value is None for value, _ in (base, *taken, *given)):
            return NOTHING
        inputs = tuple(dict.fromkeys(i for _, found in (base, *taken, *given) for i in found))
        return base[0] + sum((g - t for (g, _), (t, _) in zip(given, taken, strict=True)), Decimal(0)), inputs

    def _of_level(self, scheme: Scheme, window: Window, region_id: str, name: str, level: int, category: str) -> Found:
        direct = (AT_LEAST if name == "acc_level_ge" else EQUAL).get(level)
        if direct is None:
            return NOTHING
        here = window
        if level in scheme.tail_levels and window.span == "year":
            first, last = accident_days(scheme, level)
            here = Window(window.period, window.span, first[:7], last[:7], True)
        for indicator in (direct, REGISTER[direct]):
            found = self._measured(scheme, here, region_id, indicator, category)
            if found[0] is not None:
                return self._with_concealed(scheme, window, region_id, indicator, category, found)
        if name == "acc_level_ge" and level < 4:
            parts = [self._of_level(scheme, window, region_id, "acc_level_eq", n, category) for n in range(level, 5)]
            if all(value is not None for value, _ in parts):
                return sum((value for value, _ in parts), Decimal(0)), tuple(i for _, inputs in parts for i in inputs)
        if not self._registers(window):
            return NOTHING
        least, most = LEVELS[direct]
        basis = scheme.basis or next(iter(self.bases), "")
        events = tuple(e for e in self.events.get(region_id, ()) if e.counted and least <= e.level <= most and basis not in e.outside and _within(e, category)
                       and here.first <= e.on[:7] <= here.last)
        value = Decimal(len(events))
        found = value, (Input("counted", f"{name}({level})", category, here.span, here.period, basis, value, events=events),)
        return self._with_concealed(scheme, window, region_id, direct, category, found)


def _within(event: Event, category: str) -> bool:
    """Whether an accident is of a category or of one below it."""
    return category in ("", "TOTAL") or event.category.startswith(category)

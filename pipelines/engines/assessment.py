"""Scores the schemes in use from the computed tables and from what was typed in form F15, with where every value was read.

Reads `scheme_settings` (the schemes as declared), `indicators`, `comparisons`, `target_versions`, `scoring_counts` and the rows of F15 in force; writes
`assessed_items`, `assessed_scores` and `assessed_inputs`, from which the published tables are selected, and `assessed_cases`: of what was counted
every accident, finding, report and hazard, which stay in the house.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from pipelines.engines.warehouse import Warehouse
from transforms import periods
from transforms.scoring.building import build
from transforms.scoring.expressions import written
from transforms.scoring.measures import Event, Figure, Input, Measures, Target, Window, asked, month, whole_year, windows
from transforms.scoring.scheme import Scheme
from transforms.scoring.score import Manual, Measure, Names, RegionScore, Result, combine, score
from transforms.scoring.words import plain

ASSESSED = "assessed_scores"
TEXT, NUMBER, FLAG = "VARCHAR", "DECIMAL(24,6)", "BOOLEAN"
SMALLEST = Decimal("0.000001")
GAPS_NAMED = 3  # of the months that are missing; of more it is said how many
ITEMS = {"scheme_id": TEXT, "period": TEXT, "region_id": TEXT, "group_id": TEXT, "item_id": TEXT, "measured": NUMBER, "target": NUMBER,
         "points": NUMBER, "deduction": NUMBER, "score": NUMBER, "reason_zh": TEXT, "reason_en": TEXT}
SCORES = {"scheme_id": TEXT, "period": TEXT, "region_id": TEXT, "class": TEXT, "score": NUMBER, "computed": NUMBER, "grade": TEXT, "vetoed": FLAG,
          "veto_reason": TEXT, "veto_reason_en": TEXT, "rank": "BIGINT", "ranked_count": "BIGINT", "provisional": FLAG, "interim": FLAG,
          "judged_score": NUMBER, "judged_points": NUMBER, "total_points": NUMBER, "extra_score": NUMBER, "vetoes": TEXT, "effects": TEXT,
          "grade_reason_zh": TEXT, "grade_reason_en": TEXT, "raised": TEXT, "unjudged": "BIGINT", "weights_zh": TEXT, "weights_en": TEXT}
INPUTS = {"scheme_id": TEXT, "period": TEXT, "region_id": TEXT, "item_id": TEXT, "metric": TEXT, "serial": "BIGINT", "role": TEXT, "source": TEXT,
          "indicator_id": TEXT, "category": TEXT, "span": TEXT, "input_period": TEXT, "basis": TEXT, "value": NUMBER, "submission_id": TEXT,
          "sheet": TEXT, "cell": TEXT}
CASES = {"scheme_id": TEXT, "period": TEXT, "region_id": TEXT, "item_id": TEXT, "metric": TEXT, "serial": "BIGINT", "position": "BIGINT", "kind": TEXT, "what": TEXT,
         "case_region": TEXT, "case_time": TEXT, "submission_id": TEXT, "sheet": TEXT, "cell": TEXT}
# The column of the register that says what an accident was counted for.
PROOF = {"hidden_accidents": "concealed_proven_on", "looked_back": "concealed_proven_on", "acc_deaths_ge": "deaths"}

_NUMBERS = itertools.count()  # of the tables of figures, which are read as long as somebody asks them


@dataclass(frozen=True)
class Typed:
    """A row of form F15 in force, as it is known: what a scorer wrote, and where."""

    region_id: str
    item_id: str
    period: str
    manual: Manual
    submission_id: str
    sheet: str
    cell: str


@dataclass
class Assessment:
    """A scheme scored for one window, with what it was scored from. `every`: what was typed in the whole year."""

    scheme: Scheme
    window: Window
    measures: Measures
    typed: list[Typed]
    interim: bool
    result: Result
    every: list[Typed]


def compute(warehouse: Warehouse) -> None:
    """Score every scheme in use and write its tables; of what has not begun there are no rows."""
    items, scores, inputs, cases = [], [], [], []
    listed = _Listed(warehouse)
    for a in assess(warehouse, declared(warehouse)):
        key = (a.scheme.id, a.window.period)
        ranked = sum(s.rank is not None for s in a.result.scores)
        items += [(*key, i.region_id, i.group_id, i.item_id, i.measured, i.target, i.points, i.deduction, i.score, i.reason_zh, i.reason_en)
                  for i in a.result.items if not a.scheme.parts]
        for s in a.result.scores:
            # A reason is given once: a region that is barred in two parts is not told twice.
            notes = [tuple(dict.fromkeys(n[side] for n in s.notes)) for side in (0, 1)]
            scores.append((*key, s.region_id, s.class_name or None, s.score, s.computed, s.grade, s.vetoed, s.veto_reason, s.veto_reason_en, s.rank, ranked,
                           s.provisional, a.interim, s.judged_score, s.judged_points, a.scheme.normalize_to or a.scheme.total, s.extra_score,
                           ",".join(s.veto_ids) or None, ",".join(sorted(s.effects)) or None, "；".join(notes[0]) or None,
                           "; ".join(notes[1]) or None, ",".join(s.raised) or None, s.unjudged, *_weights(s)))
        used = _inputs(a)
        inputs += [(*key, *row) for row, *_ in used]
        cases += [(*key, *row[:4], n, *case) for row, i, window in used if i and i.table == "counted" for n, case in enumerate(listed.of(row[0], i, window), start=1)]
    for table, columns, rows in (("assessed_items", ITEMS, items), (ASSESSED, SCORES, scores), ("assessed_inputs", INPUTS, inputs), ("assessed_cases", CASES, cases)):
        warehouse.replace(table, columns, [tuple(map(_stored, row)) for row in rows])


def _weights(s: RegionScore) -> tuple[str | None, str | None]:
    """What each group counts in the industry of a region, in words; None where all count as they stand."""
    if not s.weights:
        return None, None
    said = [[f"{names[side]} × {plain(weight)}" for *names, weight in s.weights] for side in (0, 1)]
    return f"{s.profile}：{'，'.join(said[0])}", f"{s.profile}: {', '.join(said[1])}"


def _stored(value: object) -> object:
    """A number with no more decimals than a table holds; a third of four points has no end."""
    return value.quantize(SMALLEST, ROUND_HALF_UP) if isinstance(value, Decimal) and value.as_tuple().exponent < -6 else value


def declared(warehouse: Warehouse) -> list[Scheme]:
    """The schemes in use: they were checked when the jurisdiction was read."""
    rows = warehouse.con.execute("SELECT declared FROM scheme_settings ORDER BY position").fetchall()
    return [build(json.loads(text), set())[0] for (text,) in rows]


def assess(warehouse: Warehouse, schemes: Iterable[Scheme], change: Callable[[Scheme, Measures, list[Typed]], None] | None = None,
           weights: dict[str, Decimal] | None = None, read: dict[str, tuple[Measures, list[Typed]]] | None = None) -> list[Assessment]:
    """Score schemes, those made of others last.

    `change` may alter what was measured and typed before a scheme is scored; `weights` as in `score`; `read` keeps what was read by scheme, for
    scoring the same again.
    """
    done: dict[tuple[str, str], Assessment] = {}
    ordered = sorted(schemes, key=lambda s: len(s.parts))
    known, names = None, _names(warehouse)
    for scheme in ordered:
        regions = _regions(warehouse, scheme)
        if read and scheme.id in read:
            measures, every = read[scheme.id]
        else:
            known = known or _known(warehouse, ordered)
            measures, every = _measures(*known, regions, scheme), _typed(warehouse, scheme)
        if read is not None:
            read[scheme.id] = (measures, every)
        if change:
            change(scheme, measures, every)
        for window in windows(scheme):
            typed = [t for t in every if window.first <= periods.end_month(t.period) <= window.last]
            if measures.reached < window.first and not typed and not scheme.parts:
                continue  # it has not begun: nothing that happened in it is known, and nothing is no merit
            found = _score(scheme, window, regions, measures, typed, every, done, weights, names.get(scheme.id, {}))
            if found:
                done[scheme.id, window.period] = found
    return list(done.values())


def _score(scheme: Scheme, window: Window, regions: Sequence[str], measures: Measures, typed: list[Typed], every: list[Typed], done: dict,
           weights: dict[str, Decimal] | None, names: Names) -> Assessment | None:
    """None where a part of the scheme has not begun. `every`: what was typed in the whole year."""
    facts = {i.id for i in scheme.inputs}

    def measuring(seen: Window, entries: list[Typed]) -> Measure:
        given = {(t.region_id, t.item_id): t.manual.score for t in entries if t.item_id in facts}  # the newest, as they are in order

        def measure(region_id: str, name: str, arguments: tuple[int, ...]) -> Decimal | None:
            supposed = {(region_id, name), ("*", name)} & set(measures.overrides)
            return given.get((region_id, name)) if name in facts and not supposed else measures.get(scheme, seen, region_id, name, arguments)[0]

        return measure

    measure = measuring(window, typed)
    interim = measures.reached < window.last
    if scheme.parts:
        parts = [done.get((name, window.period)) for name, _ in scheme.parts]
        if None in parts:
            return None
        result = combine(scheme, {p.scheme.id: p.result for p in parts}, regions, measure, names)
        return Assessment(scheme, window, measures, typed, any(p.interim for p in parts), result, every)
    manual: dict[tuple[str, str], list[Manual]] = {}
    for t in typed:
        manual.setdefault((t.region_id, t.item_id), []).append(t.manual)
    year = measure if scheme.cycle == "year" else measuring(whole_year(scheme), every)

    def lacking(region_id: str, name: str, arguments: tuple[int, ...]) -> tuple[str, str]:
        text = written(name, arguments)
        zh, en = names.get(text, (text, text))
        if name in facts:
            return f"{zh}（F15 没有填报）", f"{en} (not typed in form F15)"
        months = [] if arguments else measures.gaps(window, region_id, name)
        some = months[:GAPS_NAMED]
        more = len(months) - len(some)
        return (f"{zh}（{'、'.join(some)}{f' 等 {len(months)} 个月' if more else ' '}没有可用的数）", f"{en} (no usable figure of {', '.join(some)}{f' and {more} more' if more else ''})") if months else (zh, en)

    return Assessment(scheme, window, measures, typed, interim, score(scheme, regions, measure, manual, interim, weights, year, names, lacking), every)


def _inputs(a: Assessment) -> list[tuple[tuple, Input | None, Window]]:
    """Every value that was used, by region, item and metric, with where it was read and in which window. What a veto of the year was judged by is of
    the year.
    """
    rows = []
    facts, year = {i.id for i in a.scheme.inputs}, whole_year(a.scheme)
    rules = [(i.id, role, expression, a.window) for i in a.scheme.items for role, expression in i.formulas.items()]
    rules += [(e.id, "metric", e.metric, a.window) for e in (*a.scheme.bonus, *a.scheme.deductions) if e.metric]
    rules += [(v.id, "when", v.when, year if v.whole_year else a.window) for v in a.scheme.vetoes]
    numbers = _numbers_typed(a.scheme)
    for s in a.result.scores:
        seen: set[tuple] = set()
        for rule_id, role, expression, window in rules:
            for name, arguments in sorted(expression.metrics):
                text = written(name, arguments)
                if (rule_id, text) in seen:
                    continue
                seen.add((rule_id, text))
                if name in facts:
                    given = [t for t in (a.typed if window is a.window else a.every) if (t.region_id, t.item_id) == (s.region_id, name)]
                    rows += [((s.region_id, rule_id, text, 1, role, "F15", None, None, None, t.period, None, t.manual.score, t.submission_id, t.sheet, t.cell),
                              None, window) for t in given[-1:]]
                    continue
                _, found = a.measures.get(a.scheme, window, s.region_id, name, arguments)
                rows += [((s.region_id, rule_id, text, n, role, *_row(i), *(p or None for p in i.place)), i, window) for n, i in enumerate(found, start=1)]
        mine = [t for t in a.typed if t.region_id == s.region_id]
        serial: dict[str, int] = {}
        for t in mine:
            serial[t.item_id] = serial.get(t.item_id, 0) + 1
            value = t.manual.deduct
            if t.item_id in numbers or value is None:
                value = t.manual.score if t.manual.score is not None else t.manual.deduct
            rows.append(((s.region_id, t.item_id, "typed", serial[t.item_id], "typed", "F15", None, None, None, t.period, None, value,
                          t.submission_id, t.sheet, t.cell), None, a.window))
    return rows


class _Listed:
    """What was counted, one by one: kind, name, region and time of each, and file, sheet and cell."""

    def __init__(self, warehouse: Warehouse):
        self.con, self.read = warehouse.con, {}
        self.letters = {(submission, sheet, measure): letter for submission, sheet, measure, letter in self.con.execute(
            "SELECT c.submission_id, c.sheet, c.measure, c.letter FROM sheet_columns AS c JOIN ledger AS l ON l.submission_id = c.submission_id WHERE l.form_id = 'F01'"
        ).fetchall()}

    def of(self, region_id: str, used: Input, window: Window) -> list[tuple]:
        if used.events or used.indicator_id.startswith("acc_"):
            column = PROOF.get(used.indicator_id.partition("(")[0], "level")
            return [("accidents", number, region, e.on, submission, sheet, self.letters.get((submission, sheet, column), "A") + row)
                    for e in used.events for number, region, submission, sheet, row in [e.place]]
        if used.indicator_id not in self.read:
            found: dict[str, list[tuple]] = {}
            for region, at, *case in self.con.execute(
                "SELECT r.ancestor_id, c.\"month\", c.kind, c.what, c.region_id, c.\"month\", c.submission_id, c.sheet, c.cell FROM scoring_cases AS c "
                "JOIN region_ancestors AS r ON r.region_id = c.region_id WHERE c.metric = ? ORDER BY ALL", [used.indicator_id]).fetchall():
                found.setdefault(region, []).append((at, tuple(case)))
            self.read[used.indicator_id] = found
        return [case for at, case in self.read[used.indicator_id].get(region_id, ()) if not at or window.first <= at <= window.last]


def _numbers_typed(scheme: Scheme) -> set[str]:
    """Of what a scorer types the number in the column of the score counts: bonuses, deductions and facts. Of the items, what is taken off does."""
    return {each.id for each in (*scheme.bonus, *scheme.deductions, *scheme.inputs)}


def _row(i: Input) -> tuple:
    return (i.table, i.indicator_id, i.category, i.span, i.period, i.basis or None, i.value)


# --- reading ----------------------------------------------------------------------------------------------------------


def _regions(warehouse: Warehouse, scheme: Scheme) -> list[str]:
    """The regions that a scheme assesses: those of its classes, or where it has none the ranked ones of its level in force that year."""
    if members := {m for each in scheme.classes.values() for m in each}:
        return sorted(members)
    day = dt.date(scheme.year, 12, 31)
    rows = warehouse.con.execute(
        "SELECT DISTINCT region_id FROM region_settings WHERE level = ? AND ranked AND (valid_from IS NULL OR valid_from <= ?) "
        "AND (valid_to IS NULL OR valid_to > ?) ORDER BY region_id", [scheme.subject_level, day, day]).fetchall()
    return [r for (r,) in rows]


def _names(warehouse: Warehouse) -> dict[str, Names]:
    """What the reasons of each scheme call regions and metrics."""
    con = warehouse.con
    regions = {region: (zh, en) for region, zh, en in con.execute(
        "SELECT region_id, max_by(name_zh, coalesce(valid_from, DATE '0001-01-01')), max_by(coalesce(name_en, name_zh), coalesce(valid_from, DATE '0001-01-01')) "
        "FROM region_settings GROUP BY region_id").fetchall()}
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for scheme, metric, zh, en in con.execute("SELECT scheme_id, metric, zh, en FROM metric_words").fetchall():
        found.setdefault(scheme, {})[metric] = (zh, en)
    return {scheme: {**regions, **metrics} for scheme, metrics in found.items()}


def _known(warehouse: Warehouse, schemes: Sequence[Scheme]) -> tuple[Measures, Reports]:
    """What is known whatever the scheme: names and scales of the indicators, figures, targets, counts, the accidents of the register; and how far
    reporting has come."""
    con = warehouse.con
    found = Measures(aliases=dict(con.execute("SELECT alias, metric FROM metric_aliases").fetchall()))
    over_months = {indicator: (adds, state) for indicator, adds, state in con.execute(
        "SELECT t.indicator_id, bool_and(m.additive AND m.kind <> 'stock'), CASE WHEN bool_or(m.kind = 'distinct') THEN 'distinct' "
        "WHEN bool_or(m.kind = 'state' AND t.side = 'numerator') THEN 'state' WHEN bool_or(m.kind = 'state') THEN 'over' END FROM indicator_terms AS t "
        "LEFT JOIN form_measures AS m ON m.form_id = t.form_id AND m.measure = t.measure GROUP BY t.indicator_id").fetchall()}
    for indicator, scale, decimals in con.execute("SELECT indicator_id, scale, decimals FROM indicator_settings").fetchall():
        adds, state = over_months.get(indicator, (None, None))
        found.scales[indicator] = (Decimal(scale or 1), decimals, adds is not False)
        if state:
            found.states[indicator] = state
    for region, year, indicator, category, value, since, until, *place in con.execute(
        "SELECT region_id, CAST(year AS VARCHAR), indicator_id, category, target, CAST(valid_from AS VARCHAR), CAST(valid_until AS VARCHAR), submission_id, "
        "sheet, cell FROM target_versions ORDER BY ALL").fetchall():
        found.targets.setdefault((region, year, indicator, category), []).append(Target(value, since or "", until or "", tuple(place)))
    for region, metric, at, value in con.execute("SELECT region_id, metric, \"month\", value FROM scoring_counts ORDER BY ALL").fetchall():
        found.counts.setdefault((metric, region), []).append((at, value))
    found.kept = frozenset(_kept(warehouse))
    if "hidden_accidents" in found.kept:
        found.registered = con.execute("SELECT min(first_month) FROM register_stretches WHERE form_id = 'F01'").fetchone()[0] or ""
        found.events = _events(con)
    found.bases = tuple(b for (b,) in con.execute("SELECT basis FROM basis_steps ORDER BY position DESC").fetchall())
    found.truncate = con.execute("SELECT mode FROM parameters").fetchone()[0] == "truncate"
    wanted = [asked(scheme, found.aliases) for scheme in schemes]
    pairs = set().union(*(pairs for pairs, _ in wanted))
    found.figures = _Figures(con, pairs, min(year for _, year in wanted), max(scheme.year for scheme in schemes))
    if any(name.endswith("_prev") for scheme in schemes for name, _ in scheme.metrics):
        found.priors = _priors(con, pairs)
    return found, _reports(warehouse, {indicator for indicator, _ in pairs})


def _priors(con, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str, str], dict[str, dict[str, Figure]]]:
    """The bases of last year that `comparisons` takes from beside the value, as there is none of our own: by region, indicator, category and span."""
    indicators, categories = zip(*sorted(pairs), strict=True)
    found: dict[tuple[str, str, str, str], dict[str, dict[str, Figure]]] = {}
    for region, indicator, category, span, period, basis, value in con.execute(
        "SELECT r.region_id, l.indicator_id, l.category, l.span, l.period, l.basis, e.base_value FROM explained_comparisons AS e "
        "JOIN base_lines AS m ON m.comparison_no = e.comparison_no AND m.kind = 'yoy' JOIN indicator_lines AS l ON l.line_no = m.line_no "
        "JOIN (SELECT unnest(?::VARCHAR[]) AS indicator_id, unnest(?::VARCHAR[]) AS category) AS a ON a.indicator_id = l.indicator_id AND a.category = l.category "
        "JOIN region_numbers AS r ON r.region_no = e.region_no WHERE e.base_value IS NOT NULL AND NOT e.partial AND NOT e.division_break",
        [list(indicators), list(categories)]
    ).fetchall():
        found.setdefault((region, indicator, category, span), {}).setdefault(period, {})[basis] = Figure(value, None, value, basis)
    return found


def _events(con) -> dict[str, list[Event]]:
    """The accidents of the register that are larger or worse, of three deaths or more, or were concealed, by the regions that contain them."""
    excluded = {code: {b for b in (bases or "").split("|") if b} for code, bases in con.execute(
        "SELECT code, string_agg(DISTINCT excluded_in, '|') FROM code_lineage WHERE list = 'accident_category' GROUP BY code").fetchall()}
    found: dict[str, list[Event]] = {}
    for region, on, level, deaths, category, proven, counting, production, assessed, *place in con.execute(
        "SELECT r.ancestor_id, CAST(a.occurred_on AS VARCHAR), coalesce(a.\"level\", 1), coalesce(a.deaths, 0), coalesce(a.category, ''), "
        "CAST(f.concealed_proven_on AS VARCHAR), a.counting, a.is_production, a.in_assessment, a.accident_id, a.region_id, a.submission_id, a.sheet, CAST(a.\"row\" AS VARCHAR) FROM accidents AS a "
        "JOIN region_ancestors AS r ON r.region_id = a.region_id LEFT JOIN rows_f01 AS f ON f.submission_id = a.submission_id AND f.sheet = a.sheet "
        "AND f.\"row\" = a.\"row\" WHERE a.counting <> 'cancelled' AND a.occurred_on IS NOT NULL AND (a.\"level\" >= 2 OR a.deaths >= 3 OR f.concealed_proven_on IS NOT NULL) "
        "ORDER BY ALL").fetchall():
        outside = {basis for basis, inside in (("production", production), ("assessed", assessed)) if not inside} | excluded.get(category, set())
        found.setdefault(region, []).append(Event(on, level, deaths, category, proven, counting == "counted", frozenset(outside), tuple(place)))
    return found


@dataclass(frozen=True)
class Reports:
    """How far reporting has come: the newest month of all reports by region, and that of an indicator of which all is known, by region, year and indicator."""

    reached: dict[str, str]
    register: str  # the last month of the registers, for where nothing else is kept
    newest: dict[tuple[str, str, str], str]


def _reports(warehouse: Warehouse, indicators: Iterable[str]) -> Reports:
    lines = ("(SELECT l.line_no, l.indicator_id, substr(l.period, 1, 4) AS year, p.year * 12 + p.month_no - 1 AS \"month\" FROM indicator_lines AS l "
             "JOIN periods AS p ON p.period = l.period AND p.span = l.span WHERE l.span IN ('month', 'ytd', 'quarter', 'half', 'year'){}) AS l")
    values = "JOIN indicator_values AS v ON v.line_no = l.line_no JOIN region_numbers AS r ON r.region_no = v.region_no"
    # What a register or the ledger of files says is left out, its sums too: there a month in which nothing came is counted as well.
    reached = warehouse.con.execute(
        f"SELECT r.region_id, max(l.\"month\") FROM {lines.format('')} {values} WHERE l.indicator_id NOT IN (SELECT t.indicator_id FROM indicator_terms AS t "
        "LEFT JOIN form_measures AS m ON m.form_id = t.form_id AND m.measure = t.measure GROUP BY t.indicator_id "
        "HAVING bool_and(m.kind IS NULL OR m.kind IN ('events', 'event_stock'))) GROUP BY r.region_id").fetchall()
    alone = warehouse.con.execute("SELECT max(last_month) FROM register_stretches").fetchone()[0] or ""
    newest = warehouse.con.execute(
        f"SELECT r.region_id, l.year, l.indicator_id, max(l.\"month\") FROM {lines.format(' AND l.indicator_id IN (SELECT unnest(?::VARCHAR[]))')} {values} "
        "WHERE v.value IS NOT NULL AND NOT v.partial GROUP BY r.region_id, l.year, l.indicator_id", [sorted(indicators)]).fetchall()
    return Reports({region: month(at) for region, at in reached}, alone, {(region, year, indicator): month(at) for region, year, indicator, at in newest})


def _measures(known: Measures, reports: Reports, regions: Sequence[str], scheme: Scheme) -> Measures:
    """What is known, with how far the regions of a scheme have come."""
    ours, newest = set(regions), {}
    for (region, year, indicator), at in reports.newest.items():
        if region in ours and year == str(scheme.year):
            newest[indicator] = max(newest.get(indicator, ""), at)
    return replace(known, newest=newest, reached=max((reports.reached.get(r, "") for r in regions), default="") or reports.register, overrides={})


class _Figures(dict):
    """The figures of `Measures` that schemes may ask for: `pairs` of indicator and category, from the first to the last year.

    What an indicator has in a category over a span is read when it is first asked for: much is asked for only where other things are not known.
    """

    def __init__(self, con, pairs: Iterable[tuple[str, str]], first: int, last: int):
        super().__init__()
        self.con, self.have, self.table = con, set(), f"assessed_{next(_NUMBERS)}"
        indicators, categories = zip(*sorted(pairs), strict=True)
        con.execute(f"CREATE TEMP TABLE {self.table}_lines AS SELECT l.line_no, l.indicator_id, l.category, l.span, l.period, l.basis FROM indicator_lines AS l "
                    "JOIN (SELECT unnest(?::VARCHAR[]) AS indicator_id, unnest(?::VARCHAR[]) AS category) AS a "
                    "ON a.indicator_id = l.indicator_id AND a.category = l.category WHERE substr(l.period, 1, 4) BETWEEN ? AND ?",
                    [list(indicators), list(categories), str(first), str(last)])
        con.execute(f"CREATE TEMP TABLE {self.table} AS SELECT v.line_no, v.region_no, v.numerator, v.denominator, v.value FROM indicator_values AS v "
                    f"WHERE v.line_no IN (SELECT line_no FROM {self.table}_lines) AND v.value IS NOT NULL AND NOT v.partial")

    def get(self, key: tuple[str, str, str, str], default: dict) -> dict:
        if key[1:] not in self.have:
            self.have.add(key[1:])
            for region, period, basis, *numbers in self.con.execute(
                f"SELECT r.region_id, l.period, l.basis, v.numerator, v.denominator, v.value FROM {self.table}_lines AS l JOIN {self.table} AS v "
                "ON v.line_no = l.line_no JOIN region_numbers AS r ON r.region_no = v.region_no "
                "WHERE l.indicator_id = ? AND l.category = ? AND l.span = ?", key[1:]
            ).fetchall():
                self.setdefault((region, *key[1:]), {}).setdefault(period, {})[basis] = Figure(*numbers, basis)
        return super().get(key, default)


def _kept(warehouse: Warehouse) -> Iterable[str]:
    """The counted metrics that mean none where nothing was counted: the jurisdiction has their source."""
    forms = {f for (f,) in warehouse.con.execute("SELECT DISTINCT form_id FROM reported_rows").fetchall()}
    if "F01" in forms:
        yield "hidden_accidents"
    if "F05" in forms:
        yield "major_overdue"
    yield "open_errors"
    for (form_id,) in warehouse.con.execute("SELECT DISTINCT form_id FROM reporting_duties WHERE state <> 'not_due'").fetchall():
        yield f"late_submissions.{form_id}"


def _typed(warehouse: Warehouse, scheme: Scheme) -> list[Typed]:
    """The rows of F15 for a scheme that are in force, corrected where that was decided. Why points were taken off is free text and stays in the house."""
    if not warehouse.con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'versions_f15'").fetchone():
        return []
    rows = warehouse.con.execute(
        """WITH newest AS (
  SELECT v.*, row_number() OVER (PARTITION BY v.submission_id, v.sheet, v."row", v.span
    ORDER BY v.known_from DESC, v.correction IS NOT NULL DESC, v.correction DESC) AS choice
  FROM versions_f15 AS v WHERE v.scheme = ?)
SELECT n.region_id, n.item, n.period, n.deduct, n.score, n.evidence_ref, n.submission_id, n.sheet,
  coalesce(CASE WHEN n.deduct IS NULL THEN p.letter ELSE c.letter END, 'A') || n."row", coalesce(p.letter, 'A') || n."row"
FROM newest AS n
JOIN reported_rows AS r ON r.form_id = 'F15' AND r.submission_id = n.submission_id AND r.sheet = n.sheet AND r."row" = n."row" AND r.in_force
LEFT JOIN sheet_columns AS c ON c.submission_id = n.submission_id AND c.sheet = n.sheet AND c.span = n.span AND c.measure = 'deduct'
LEFT JOIN sheet_columns AS p ON p.submission_id = n.submission_id AND p.sheet = n.sheet AND p.span = n.span AND p.measure = 'score'
WHERE n.choice = 1
ORDER BY n.region_id, n.item, n.period, n.source, n.seq, n."row\"""", [scheme.id]).fetchall()
    numbers = _numbers_typed(scheme)
    return [Typed(region, item, period, Manual(deduct, points, subject=evidence or ""), submission, sheet, number if item in numbers else cell)
            for region, item, period, deduct, points, evidence, submission, sheet, cell, number in rows]

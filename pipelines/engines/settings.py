"""The small tables that the transforms read beside the rows: parameters, regions, periods, forms, indicators, targets."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse, quote
from pipelines.intake.sheets import letter
from pipelines.jurisdiction import ConfigurationError, Jurisdiction, read_csv
from pipelines.reference import Form, Measure, Reference, normalise_header
from pipelines.schemes import ALIASES, metrics_in_words, rules_in_words
from pipelines.warning_scales import Warnings
from transforms import certainty, periods

TEXT, INT, FLAG, DATE, NUMBER = "VARCHAR", "INTEGER", "BOOLEAN", "DATE", "DECIMAL(24,6)"
ALWAYS = dt.datetime(1949, 10, 1)
NO_LIMIT = 9000  # an as-of time from this year on means: all there is
WINDOW = 30  # days within which a death counts, where the code list gives none (State Council Decree 493, Article 13)


def load(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime, through: str) -> None:
    """Write every settings table. `as_of` in UTC without zone; `through` is the last month that counts (`YYYY-MM`)."""
    reference = jurisdiction.reference
    rounding = jurisdiction.rounding
    decimals = rounding["decimals"]
    warehouse.replace(
        "parameters",
        {"as_of": "TIMESTAMP", "through": TEXT, "mode": TEXT, "change_decimals": INT, "progress_decimals": INT, "zero_base_mark": TEXT,
         "depth": INT, "as_of_date": DATE, "missing_in_level": FLAG, "missing_in_deaths": FLAG, "k": INT,
         "confidence": "DOUBLE", "bottom_k": INT, "raw_rates": FLAG},
        [(as_of, through, rounding["mode"], jurisdiction.decimals_of("change_pct"), jurisdiction.decimals_of("progress_pct"),
          jurisdiction.zero_base_mark, 0, _today(warehouse, jurisdiction, as_of),
          jurisdiction.missing_as_dead["level"], jurisdiction.missing_as_dead["deaths"], jurisdiction.disclosure["k"],
          certainty.CONFIDENCE, jurisdiction.ranking["bottom_k"], rounding["rate_yoy_from"] == "raw")],
    )
    _arrivals(warehouse, jurisdiction)
    warehouse.replace("bureau", {"issuer": TEXT, "time_zone": TEXT, "simulated": FLAG},
                      [(jurisdiction.publisher.get("zh") or jurisdiction.name["zh"], jurisdiction.time_zone, bool(jurisdiction.simulated))])
    warehouse.replace("form_names", {"form_id": TEXT, "name_zh": TEXT}, [(f.id, f.name["zh"]) for f in reference.forms.values()])
    _regions(warehouse, jurisdiction)
    _forms(warehouse, reference)
    _indicators(warehouse, jurisdiction, reference, decimals)
    # What a letter of responsibility may call an indicator.
    words = {word.lower(): code.code for code in reference.codes["target_indicator"] for word in (*code.aliases, code.zh, code.en, code.code)}
    warehouse.replace("target_words", {"word": TEXT, "indicator_id": TEXT}, sorted({**{i.lower(): i for i in reference.indicators}, **words}.items()))
    _configured(warehouse, jurisdiction)
    _periods(warehouse, jurisdiction, as_of, through)
    _across(warehouse, reference)
    _schemes(warehouse, jurisdiction)
    _warnings(warehouse, jurisdiction.warnings)
    rules = suites.catalogue(reference.forms)
    warehouse.replace("check_numbers", {"form_id": TEXT, "found_by": TEXT, "rule_id": TEXT},
                      [(rule.form_id, rule.found_by, rule.rule_id) for rule in rules if rule.found_by])
    kept = {(f.id, column.id) for f in reference.forms.values() for column in f.fields if column.restricted}
    warehouse.replace("restricted_checks", {"form_id": TEXT, "check_id": TEXT},
                      [(rule.form_id, rule.check_id) for rule in rules if (rule.form_id, rule.column) in kept])
    messages = suites.messages()
    warehouse.replace("finding_messages", {"check_id": TEXT, "severity": TEXT, "message_zh": TEXT, "message_en": TEXT},
                      [(k, m.severity, m.zh, m.en) for k, m in messages.items()])


def _local_day(jurisdiction: Jurisdiction, moment: dt.datetime) -> dt.date:
    return moment.replace(tzinfo=dt.UTC).astimezone(jurisdiction.zone).date()


def _today(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime) -> dt.date:
    """The day on which it is asked what is overdue: the as-of day; where there is no limit, the day of the last arrival."""
    if as_of.year >= NO_LIMIT:
        arrived = warehouse.con.execute("SELECT max(received_at) FROM ledger").fetchone()[0]
        as_of = max([arrived or ALWAYS, *(c.known_from for c in jurisdiction.corrections)])
    return _local_day(jurisdiction, as_of)


def _regions(warehouse: Warehouse, jurisdiction: Jurisdiction) -> None:
    rows = [
        (r.region_id, r.name_zh, r.name_en, r.level, r.parent_id or None, r.valid_from, r.valid_to, r.kind, r.ranked, r.counted,
         r.included_in_parent, jurisdiction.depth[r.region_id])
        for r in jurisdiction.regions
    ]
    warehouse.replace(
        "region_settings",
        {"region_id": TEXT, "name_zh": TEXT, "name_en": TEXT, "level": TEXT, "parent_id": TEXT, "valid_from": DATE, "valid_to": DATE,
         "kind": TEXT, "ranked": FLAG, "counted": FLAG, "included_in_parent": FLAG, "depth": INT},
        rows,
    )
    containing = [(r, above) for r in jurisdiction.region_by_id for above in _containing(jurisdiction, r)]
    warehouse.replace("region_ancestors", {"region_id": TEXT, "ancestor_id": TEXT}, containing)
    groups = [(name, region) for name, members in jurisdiction.peer_groups.items() for region in members]
    warehouse.replace("peer_groups", {"peer_group": TEXT, "region_id": TEXT}, [(a, str(b)) for a, b in groups])
    successor, broken, changes = {}, [], []
    for line, row in read_csv(jurisdiction.folder / "region_changes.csv", "old_id", "new_id", "kind", "date"):
        changes.append(_change(line, row))
        if row["kind"] in ("rename", "recode"):
            successor[row["old_id"]] = row["new_id"]
        else:
            broken += [(row[side], row["date"][:7]) for side in ("old_id", "new_id") if row.get(side)]
    lineage = []
    for region_id in jurisdiction.region_by_id:
        current, seen = region_id, {region_id}
        while (following := successor.get(current)) and following not in seen and following != current:
            current = following
            seen.add(current)
        lineage.append((region_id, current))
    warehouse.replace("region_lineage", {"region_id": TEXT, "canonical_id": TEXT}, lineage)
    warehouse.replace("region_breaks", {"region_id": TEXT, "month": TEXT}, broken)
    warehouse.replace("region_change_settings", {"old_id": TEXT, "new_id": TEXT, "kind": TEXT, "changed_on": DATE, "source": TEXT}, changes)


def _change(line: int, row: dict[str, str]) -> tuple:
    """A line of region_changes.csv. Raises ConfigurationError where it says no kind, no day or no region: a break that is overlooked compares unlike things."""
    where = f"region_changes.csv: 第 {line} 行 / line {line}"
    if row["kind"] not in ("rename", "recode", "merge", "split"):
        raise ConfigurationError(f"{where}: kind {row['kind']!r}: 应为 / must be rename, recode, merge, split")
    if not row["old_id"] or not row["new_id"]:
        raise ConfigurationError(f"{where}: 缺少 old_id 或 new_id / old_id or new_id is missing")
    try:
        day = dt.date.fromisoformat(row["date"])
    except ValueError as error:
        raise ConfigurationError(f"{where}: date {row['date']!r}: 应如 2019-12-01 / must be like 2019-12-01") from error
    return row["old_id"], row["new_id"], row["kind"], day, row.get("source") or None


def _containing(jurisdiction: Jurisdiction, region_id: str) -> list[str]:
    """The region and every region above it whose sum holds what happens in it."""
    chain = jurisdiction.lineage(region_id)
    outside = next((n for n, r in enumerate(chain[:-1]) if not any(x.included_in_parent for x in jurisdiction.region_by_id.get(r, ()))), len(chain))
    return [r for r in chain[: outside + 1] if r in jurisdiction.region_by_id]


def _kind(form: Form, measure: Measure) -> str:
    """What a measure's numbers are over time: a flow, which months add up to; events, likewise, counted from a register; a state, which is that
    of the last month; a distinct count, of which a longer stretch is only known where it is reported; a stock, which has a span of its own."""
    if form.figures:
        return "event_stock" if measure.stock else "events"
    return "state" if measure.stock and form.kind == "flow" else "distinct" if measure.distinct else form.kind


def _forms(warehouse: Warehouse, reference: Reference) -> None:
    warehouse.replace(
        "form_measures",
        {"measure_no": INT, "form_id": TEXT, "measure": TEXT, "unit": TEXT, "additive": FLAG, "kind": TEXT, "from_parts": FLAG,
         "cumulative": FLAG, "summed": TEXT},
        [(number, f.id, m.id, m.unit, m.additive, _kind(f, m), m.from_parts, m.cumulative, m.summed or None)
         for number, (f, m) in enumerate(((f, m) for f in reference.forms.values() for m in f.figure_by_id.values()), start=1)],
    )
    lineage, windows = [], []
    for name, entries in reference.codes.items():
        codes = {c.code: c for c in entries}
        lineage.append((name, "TOTAL", "TOTAL", ""))
        for code in entries:
            above, chain = code, [code]
            while above.parent:
                above = codes[above.parent]
                chain.append(above)
            lineage += [(name, code.code, c.code, "|".join(code.excluded_in)) for c in chain]
            if code.addend:
                lineage.append((name, code.code, "TOTAL", "|".join(code.excluded_in)))
            windows.append((name, code.code, next((c.window for c in chain if c.window is not None), WINDOW)))
    warehouse.replace("code_lineage", {"list": TEXT, "code": TEXT, "ancestor": TEXT, "excluded_in": TEXT}, lineage)
    warehouse.replace("code_windows", {"list": TEXT, "code": TEXT, "window_days": INT}, windows)
    warehouse.replace(
        "form_sums",
        {"form_id": TEXT, "measure": TEXT, "part": TEXT},
        [(f.id, m.id, part) for f in reference.forms.values() for m in f.measures for part in m.sum_of],
    )
    warehouse.replace(
        "form_rates",
        {"form_id": TEXT, "printed_id": TEXT, "indicator_id": TEXT},
        [(f.id, p.id, p.indicator) for f in reference.forms.values() for p in f.printed],
    )
    members, ancestors = [], []
    for form in reference.forms.values():
        for position, dim in enumerate(form.dimensions, start=1):
            codes = {c.code: c for c in reference.codes.get(dim.codes, ())}
            for code in codes.values():
                members.append((form.id, position, dim.id, code.code, code.parent or "TOTAL", code.addend, code.optional, "|".join(code.excluded_in)))
                above, steps = code.parent or "TOTAL", 1
                while above != "TOTAL":
                    ancestors.append((form.id, position, code.code, above, steps))
                    above, steps = codes[above].parent or "TOTAL", steps + 1
                ancestors.append((form.id, position, code.code, "TOTAL", steps))
    warehouse.replace("form_codes", {"form_id": TEXT, "position": INT, "dimension": TEXT, "code": TEXT, "parent": TEXT, "addend": FLAG,
                                     "optional": FLAG, "excluded_in": TEXT}, members)
    warehouse.replace("code_ancestors", {"form_id": TEXT, "position": INT, "code": TEXT, "ancestor": TEXT, "steps": INT},
                      ancestors)


def _indicators(warehouse: Warehouse, jurisdiction: Jurisdiction, reference: Reference, decimals: dict) -> None:
    settings, terms, ways, by_level = [], [], [], []
    best = {"lower": "asc", "higher": "desc", None: "desc"}
    ranking = jurisdiction.ranking
    for i in reference.indicators.values():
        wish = ranking["indicators"].get(i.id) or ranking["indicators"].get(i.twin, ranking["rank_1"])
        direction = best[i.better]
        if wish == "worst":
            direction = {"asc": "desc", "desc": "asc"}[direction]
        # Where neither more nor less is better a number has no rank, unless the bureau wants one.
        ranked = i.better is not None or bool({i.id, i.twin} & set(ranking["indicators"]))
        levels = () if i.id in decimals else i.decimals_by_level
        by_level += [(i.id, level, count) for level, count in levels]
        settings.append((i.id, i.name_zh, i.name_en, i.formula, i.unit, int(decimals.get(i.id, i.decimals)), i.better, i.family, i.scale,
                         i.annual, len(i.numerator), len(i.denominator), direction, ranked, i.chance, "|".join(i.bases) or None, 1 + len(i.otherwise), i.twin,
                         i.averaged, ";".join(f"{level} {count}" for level, count in levels) or None))
        for side, side_terms in (("numerator", i.numerator), ("denominator", i.denominator)):
            for sign, form, measure, category in side_terms:
                terms.append((i.id, side, sign, form, measure, category))
        for way, sides in enumerate(i.otherwise, start=2):
            ways += [(i.id, way, zero, sign, form, measure, sum(map(len, sides))) for zero, each in enumerate(sides) for sign, form, measure, _ in each]
    warehouse.replace("indicator_decimals", {"indicator_id": TEXT, "level": TEXT, "decimals": INT}, by_level)
    # A way has at least one term, and `is_condition` marks those that must add up to 0.
    warehouse.replace(
        "indicator_ways",
        {"indicator_id": TEXT, "way": INT, "is_condition": FLAG, "sign": INT, "form_id": TEXT, "measure": TEXT, "terms": INT},
        [(i, way, bool(zero), sign, form, measure, count) for i, way, zero, sign, form, measure, count in ways],
    )
    progress = ranking["indicators"].get("target_progress", ranking["rank_1"])
    settings.append(("target_progress", "控制指标进度", "Target progress", "actual / target x 100", "%",
                     jurisdiction.decimals_of("progress_pct"), "lower", "relative", 100, False, 0, 0,
                     "asc" if progress == "best" else "desc", True, None, None, 1, None, False, None))
    warehouse.replace(
        "indicator_settings",
        {"indicator_id": TEXT, "name_zh": TEXT, "name_en": TEXT, "formula": TEXT, "unit": TEXT, "decimals": INT, "better": TEXT,
         "family": TEXT, "scale": INT, "annual": FLAG, "numerator_terms": INT, "denominator_terms": INT, "direction": TEXT, "ranked": FLAG,
         "chance": TEXT, "bases": TEXT, "ways": INT, "twin": TEXT, "averaged": FLAG, "decimals_by_level": TEXT},
        settings,
    )
    warehouse.replace(
        "indicator_terms",
        {"indicator_id": TEXT, "side": TEXT, "sign": INT, "form_id": TEXT, "measure": TEXT, "category": TEXT},
        terms,
    )


def _configured(warehouse: Warehouse, jurisdiction: Jurisdiction) -> None:
    """targets.csv and denominators.csv as cells, so that they too can be walked back to."""
    lookup = jurisdiction.reference.code_lookup
    cells: list[tuple] = []

    def number(text: str, where: str) -> Decimal:
        try:
            return Decimal(text.replace(",", ""))
        except ArithmeticError as error:
            raise ConfigurationError(f"{where}: {text!r} 不是数字 / is not a number") from error

    def known(text: str, where: str) -> dt.datetime:
        if not text or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return ALWAYS
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError as error:
            raise ConfigurationError(f"{where}: {text!r} 不是日期 / is not a date") from error

    def year(text: str, where: str) -> str:
        if not re.fullmatch(r"[0-9]{4}", text) or int(text) not in periods.YEARS:
            raise ConfigurationError(f"{where}: {text!r} 不是年份，应如 2015 / is not a year like 2015")
        return text

    for line, row in read_csv(jurisdiction.folder / "targets.csv", "year", "region_id", "target"):
        where = f"targets.csv: 第 {line} 行 / line {line}"
        indicator = lookup["target_indicator"].get(normalise_header(row.get("indicator_id") or "deaths"))
        category = lookup["accident_category"].get(normalise_header(row.get("category") or "TOTAL"))
        if row.get("region_id") not in jurisdiction.region_by_id:
            raise ConfigurationError(f"{where}: 地区 / region {row.get('region_id')!r} 不在 regions.csv 中 / is not in regions.csv")
        if indicator in (None, "TOTAL") or category is None:
            raise ConfigurationError(f"{where}: indicator_id {row.get('indicator_id')!r}, category {row.get('category')!r}: 不认识 / unknown")
        column = list(row).index("target")
        cells.append(("F14", row["region_id"], year(row["year"], where), indicator, category, "target", number(row["target"], where), "targets.csv",
                      f"{letter(column)}{line}", known(row.get("valid_from", ""), where), row.get("doc_no") or None, None))
    columns = {"gdp_100m_yuan": "gdp_yi", "employees_gk": "employees_gk", "motor_vehicles": "motor_vehicles",
               "coal_output_t": "coal_output_t", "population": "population"}
    for line, row in read_csv(jurisdiction.folder / "denominators.csv", "year", "region_id"):
        where = f"denominators.csv: 第 {line} 行 / line {line}"
        if row.get("region_id") not in jurisdiction.region_by_id:
            raise ConfigurationError(f"{where}: 地区 / region {row.get('region_id')!r} 不在 regions.csv 中 / is not in regions.csv")
        for position, name in enumerate(row):
            if name in columns and row[name]:
                cells.append(("F13", row["region_id"], year(row["year"], where), "", "", columns[name], number(row[name], where), "denominators.csv",
                              f"{letter(position)}{line}", known(row.get("vintage", ""), where), row.get("source") or None, row.get("vintage") or None))
    warehouse.replace(
        "configured_cells",
        {"form_id": TEXT, "region_id": TEXT, "period": TEXT, "dim1": TEXT, "dim2": TEXT, "measure": TEXT, "value": NUMBER,
         "file": TEXT, "cell": TEXT, "known_from": "TIMESTAMP", "document": TEXT, "vintage": TEXT},
        cells,
    )


def _registers(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime, through: str) -> set[tuple[str, str]]:
    """Write `register_stretches`, the first and the last month each register speaks for as known at `as_of`; returns the months of all.

    The first is January of the year of its first row; the last is the newest month of any monthly row or, up to the last arrival, of anything that has
    happened in the register: no row in between means none. A deadline that has passed is no report of its month.
    """
    con, stretches, pairs = warehouse.con, [], set()
    arrived = con.execute("SELECT max(received_at) FROM ledger WHERE NOT rejected AND received_at <= ?", [as_of]).fetchone()[0]
    known = "JOIN ledger AS l ON l.submission_id = r.submission_id AND l.received_at <= $as_of"
    newest = ""
    for form in jurisdiction.reference.forms.values():
        if form.sets_period and arrived:
            found = con.execute(f"SELECT max(r.period) FROM {form.table} AS r {known} WHERE r.span IN ('month', 'ytd')", {"as_of": as_of}).fetchone()
            newest = max(newest, found[0] or "")
    for form in jurisdiction.reference.forms.values():
        if not form.figures or not arrived:
            continue
        today = _local_day(jurisdiction, arrived)
        dates = [f"max(CASE WHEN r.{quote(f.id)} <= $today THEN r.{quote(f.id)} END)" for f in form.fields if f.type == "date" and not f.plan]
        first, *lasts = con.execute(f"SELECT min(r.period), {', '.join(dates)} FROM {form.table} AS r {known} WHERE r.span = 'month'",
                                    {"as_of": as_of, "today": today}).fetchone()
        last = min(max([newest, *(f"{day:%Y-%m}" for day in lasts if day)]), f"{today:%Y-%m}", through)
        if first:
            first = f"{first[:4]}-01"  # of the year that begins it the register holds all there is
            stretches.append((form.id, first, last))
            months = range(periods.month_index(first), periods.month_index(last) + 1)
            pairs |= {(f"{m // 12:04d}-{m % 12 + 1:02d}", span) for m in months for span in ("month", "stock")}
    warehouse.replace("register_stretches", {"form_id": TEXT, "first_month": TEXT, "last_month": TEXT}, stretches)
    return pairs


def _periods(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime, through: str) -> None:
    """Every period in the rows, the spans that can be summed from months and quarters, and the base periods of comparisons."""
    pairs = {("2000", "stock")}
    for form in jurisdiction.reference.forms.values():
        pairs |= set(warehouse.con.execute(f"SELECT DISTINCT period, span FROM {form.table}").fetchall())
    pairs |= {(p, "stock") for (p,) in warehouse.con.execute("SELECT DISTINCT period FROM configured_cells").fetchall()}
    pairs |= _registers(warehouse, jurisdiction, as_of, through)
    ends = {periods.months_of(p, span).end for p, span in pairs if span in ("month", "ytd", "quarter")}
    for index in ends:
        year, number = index // 12, index % 12
        pairs |= {(f"{year:04d}-{number + 1:02d}", "ytd"), (f"{year}Q{number // 3 + 1}", "quarter"), (f"{year}H{number // 6 + 1}", "half"), (f"{year}", "year")}
    for period, span in list(pairs):
        for kind in ("yoy", "mom"):
            base = periods.shift(period, span, kind)
            if base:
                pairs.add((base, span))
    rows = []
    deadlines = jurisdiction.calendar.get("deadlines", True)
    for period, span in sorted(pairs):
        stretch = periods.months_of(period, span)
        end = stretch.end + 1
        # The day on which the figures are closed. A yearly report is due after that day, so it has none.
        frozen = dt.date(end // 12, end % 12 + 1, jurisdiction.calendar["freeze_day"]) if deadlines and len(period) > 4 else None
        rows.append(
            (period, span, f"{stretch.start // 12:04d}-{stretch.start % 12 + 1:02d}", f"{stretch.end // 12:04d}-{stretch.end % 12 + 1:02d}",
             stretch.end - stretch.start + 1, stretch.end // 12, stretch.end % 12 + 1,
             dt.date(end // 12, end % 12 + 1, 1) - dt.timedelta(days=1), frozen,
             periods.shift(period, span, "yoy"), periods.shift(period, span, "mom"))
        )
    warehouse.replace(
        "periods",
        {"period": TEXT, "span": TEXT, "start_month": TEXT, "end_month": TEXT, "months": INT, "year": INT, "month_no": INT, "end_date": DATE,
         "frozen_on": DATE, "yoy_period": TEXT, "mom_period": TEXT},
        rows,
    )


def _arrivals(warehouse: Warehouse, jurisdiction: Jurisdiction) -> None:
    """The local dates on which each submission came and was due; SQL knows no time zones."""
    rows = []
    for submission_id, form_id, period, at in warehouse.con.execute("SELECT submission_id, form_id, period, received_at FROM ledger").fetchall():
        form = jurisdiction.reference.forms.get(form_id)
        due = jurisdiction.due(period, form.frequency) if form and period else None
        rows.append((submission_id, _local_day(jurisdiction, at), due.date() if due else None))
    warehouse.replace("arrival_days", {"submission_id": TEXT, "received_on": DATE, "due_on": DATE}, rows)


def _across(warehouse: Warehouse, reference: Reference) -> None:
    """The checks across rows, files and forms, as declared."""
    tables, checks = suites.across_checks(reference.forms)
    warehouse.replace("across_tables", {"position": INT, "name": TEXT, "sql": TEXT, "view": FLAG}, [(i, t.name, t.sql, t.view) for i, t in enumerate(tables)])
    warehouse.replace(
        "across_checks",
        {"position": INT, "check_id": TEXT, "number": TEXT, "severity": TEXT, "min": "DOUBLE", "max": "DOUBLE", "message_zh": TEXT,
         "message_en": TEXT, "sql": TEXT, "source": TEXT, "restricted": FLAG},
        [(i, c.id, c.number, c.severity, c.min, c.max, c.zh, c.en, c.sql, c.source, c.restricted) for i, c in enumerate(checks)],
    )


def _schemes(warehouse: Warehouse, jurisdiction: Jurisdiction) -> None:
    """The assessment schemes in use, as declared and rule by rule. Without any there is no `scheme_items`, and what is checked against it is not."""
    used = jurisdiction.schemes
    warehouse.replace("scheme_settings", {"position": INT, "scheme_id": TEXT, "declared": TEXT}, [(n, d.scheme.id, d.text) for n, d in enumerate(used)])
    warehouse.replace("metric_aliases", {"alias": TEXT, "metric": TEXT}, list(ALIASES.items()))
    named = [(d.scheme.id, written, *said) for d in used for written, said in metrics_in_words(d, jurisdiction.reference).items()]
    warehouse.replace("metric_words", {"scheme_id": TEXT, "metric": TEXT, "zh": TEXT, "en": TEXT}, named)
    steps = jurisdiction.raw["basis"]
    bases = [steps] if isinstance(steps, str) else [step["basis"] for step in steps]
    warehouse.replace("basis_steps", {"position": INT, "basis": TEXT}, list(enumerate(bases)))
    lines = [line for declared in used for line in rules_in_words(declared, jurisdiction.reference)]
    warehouse.replace(
        "declared_rules",
        {"scheme_id": TEXT, "scheme_zh": TEXT, "scheme_en": TEXT, "year": "BIGINT", "subject_level": TEXT, "cycle": TEXT, "kind": TEXT, "position": "BIGINT",
         "group_id": TEXT, "group_zh": TEXT, "group_en": TEXT, "rule_id": TEXT, "name_zh": TEXT, "name_en": TEXT, "points": NUMBER, "type": TEXT,
         "rule_zh": TEXT, "rule_en": TEXT, "computed": FLAG, "assumed": FLAG, "source": TEXT, "evidence": FLAG},
        lines,
    )
    warehouse.con.execute("DROP TABLE IF EXISTS scheme_items")
    if used:
        warehouse.con.execute("CREATE TABLE scheme_items AS SELECT scheme_id, rule_id AS item_id, group_id, points, computed, evidence FROM declared_rules "
                              "WHERE kind IN ('item', 'bonus', 'deduction', 'input')")


def _warnings(warehouse: Warehouse, declared: Warnings) -> None:
    """The declaration of warning levels: parts of the index, what each is looked up under, the scale in force, and how F11 is graded."""
    parts = [(c.id, at, c.weight, c.target or None, c.indicator or None, c.empty) for at, c in enumerate(declared.components, start=1)]
    warehouse.replace("warning_parts", {"component": TEXT, "position": INT, "weight": NUMBER, "target": TEXT, "indicator_id": TEXT, "empty": NUMBER}, parts)
    warehouse.replace("warning_spans", {"component": TEXT, "span": TEXT, "preference": INT},
                      [(c.id, span, at) for c in declared.components for at, span in enumerate(c.spans, start=1)])
    scopes = [("TOTAL", c.id, "TOTAL") for c in declared.components]
    scopes += [(i.id, c.id, i.codes[c.list]) for i in declared.industries for c in declared.components if c.list in i.codes]
    warehouse.replace("warning_scopes", {"industry": TEXT, "component": TEXT, "category": TEXT}, scopes)
    warehouse.replace("warning_index", {"scale": TEXT, "decimals": INT, "least_covered": NUMBER},
                      [(declared.scale, declared.decimals, declared.least_covered)])
    warehouse.replace("warning_scales", {"scale": TEXT, "level": INT, "colour": TEXT, "lowest": NUMBER, "inclusive": FLAG},
                      [(name, level.level, level.colour, level.min, level.inclusive) for name, (_, levels) in declared.scales.items() for level in levels])
    warehouse.replace("risk_grades", {"scale": TEXT, "level": INT, "colour": TEXT, "colours": INT, "measure": TEXT},
                      [(name, level.level, level.colour, len(level.of), measure)
                       for name, (_, levels) in declared.scales.items() for level in levels for measure in level.of])

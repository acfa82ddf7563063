"""The small tables that the transforms read beside the rows: parameters, regions, periods, forms, indicators, targets."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse
from pipelines.intake.sheets import letter
from pipelines.jurisdiction import ConfigurationError, Jurisdiction, read_csv
from pipelines.reference import Reference, normalise_header
from transforms import periods

TEXT, INT, FLAG, DATE, NUMBER = "VARCHAR", "INTEGER", "BOOLEAN", "DATE", "DECIMAL(24,6)"
ALWAYS = dt.datetime(1949, 10, 1)


def load(warehouse: Warehouse, jurisdiction: Jurisdiction, as_of: dt.datetime, through: str) -> None:
    """Write every settings table. `as_of` in UTC without zone; `through` is the last month that counts (`YYYY-MM`)."""
    reference = jurisdiction.reference
    rounding = jurisdiction.rounding
    decimals = rounding["decimals"]
    warehouse.replace(
        "parameters",
        {"as_of": "TIMESTAMP", "through": TEXT, "mode": TEXT, "change_decimals": INT, "progress_decimals": INT, "zero_base_mark": TEXT,
         "depth": INT},
        [(as_of, through, rounding["mode"], decimals.get("change_pct", decimals["default"]),
          decimals.get("progress_pct", decimals["default"]), jurisdiction.zero_base_mark, 0)],
    )
    _regions(warehouse, jurisdiction)
    _forms(warehouse, reference)
    _indicators(warehouse, jurisdiction, reference, decimals)
    _configured(warehouse, jurisdiction)
    _periods(warehouse, jurisdiction)
    rules = suites.catalogue(reference.forms)
    warehouse.replace("check_numbers", {"form_id": TEXT, "found_by": TEXT, "rule_id": TEXT},
                      [(rule.form_id, rule.found_by, rule.rule_id) for rule in rules if rule.found_by])
    kept = {(f.id, column.id) for f in reference.forms.values() for column in f.fields if column.restricted}
    warehouse.replace("restricted_checks", {"form_id": TEXT, "check_id": TEXT},
                      [(rule.form_id, rule.check_id) for rule in rules if (rule.form_id, rule.column) in kept])
    messages = suites.messages()
    warehouse.replace("finding_messages", {"check_id": TEXT, "severity": TEXT, "message_zh": TEXT, "message_en": TEXT},
                      [(k, m.severity, m.zh, m.en) for k, m in messages.items()])


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
    groups = [(name, region) for name, members in jurisdiction.peer_groups.items() for region in members]
    warehouse.replace("peer_groups", {"peer_group": TEXT, "region_id": TEXT}, [(a, str(b)) for a, b in groups])
    successor, broken = {}, []
    for _, row in read_csv(jurisdiction.folder / "region_changes.csv", "old_id", "new_id", "kind", "date"):
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


def _forms(warehouse: Warehouse, reference: Reference) -> None:
    warehouse.replace(
        "form_measures",
        {"form_id": TEXT, "measure": TEXT, "unit": TEXT, "additive": FLAG, "kind": TEXT},
        [(f.id, m.id, m.unit, m.additive, f.kind) for f in reference.forms.values() for m in f.measures],
    )
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
                above = code.parent
                while above:
                    ancestors.append((form.id, position, code.code, above))
                    above = codes[above].parent
                ancestors.append((form.id, position, code.code, "TOTAL"))
    warehouse.replace("form_codes", {"form_id": TEXT, "position": INT, "dimension": TEXT, "code": TEXT, "parent": TEXT, "addend": FLAG,
                                     "optional": FLAG, "excluded_in": TEXT}, members)
    warehouse.replace("code_ancestors", {"form_id": TEXT, "position": INT, "code": TEXT, "ancestor": TEXT}, ancestors)


def _indicators(warehouse: Warehouse, jurisdiction: Jurisdiction, reference: Reference, decimals: dict) -> None:
    settings, terms = [], []
    best = {"lower": "asc", "higher": "desc", None: "desc"}
    ranking = jurisdiction.ranking
    for i in reference.indicators.values():
        wish = ranking["indicators"].get(i.id) or ranking["indicators"].get(i.twin, ranking["rank_1"])
        direction = best[i.better]
        if wish == "worst":
            direction = {"asc": "desc", "desc": "asc"}[direction]
        if i.better is None and not {i.id, i.twin} & set(ranking["indicators"]):
            direction = None  # neither more nor less is better: a number without a rank
        settings.append((i.id, i.name_zh, i.name_en, i.formula, i.unit, int(decimals.get(i.id, i.decimals)), i.better, i.family, i.scale,
                         i.annual, len(i.numerator), len(i.denominator), direction))
        for side, side_terms in (("numerator", i.numerator), ("denominator", i.denominator)):
            for sign, form, measure, category in side_terms:
                terms.append((i.id, side, sign, form, measure, category))
    progress = ranking["indicators"].get("target_progress", ranking["rank_1"])
    settings.append(("target_progress", "控制指标进度", "Target progress", "actual / target x 100", "%",
                     int(decimals.get("progress_pct", decimals["default"])), "lower", "relative", 100, False, 0, 0,
                     "asc" if progress == "best" else "desc"))
    warehouse.replace(
        "indicator_settings",
        {"indicator_id": TEXT, "name_zh": TEXT, "name_en": TEXT, "formula": TEXT, "unit": TEXT, "decimals": INT, "better": TEXT,
         "family": TEXT, "scale": INT, "annual": FLAG, "numerator_terms": INT, "denominator_terms": INT, "direction": TEXT},
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
                      f"{letter(column)}{line}", known(row.get("valid_from", ""), where), row.get("doc_no") or None))
    columns = {"gdp_100m_yuan": "gdp_yi", "employees_gk": "employees_gk", "motor_vehicles": "motor_vehicles",
               "coal_output_t": "coal_output_t", "population": "population"}
    for line, row in read_csv(jurisdiction.folder / "denominators.csv", "year", "region_id"):
        where = f"denominators.csv: 第 {line} 行 / line {line}"
        if row.get("region_id") not in jurisdiction.region_by_id:
            raise ConfigurationError(f"{where}: 地区 / region {row.get('region_id')!r} 不在 regions.csv 中 / is not in regions.csv")
        for position, name in enumerate(row):
            if name in columns and row[name]:
                cells.append(("F13", row["region_id"], year(row["year"], where), "", "", columns[name], number(row[name], where), "denominators.csv",
                              f"{letter(position)}{line}", known(row.get("vintage", ""), where), row.get("source") or None))
    warehouse.replace(
        "configured_cells",
        {"form_id": TEXT, "region_id": TEXT, "period": TEXT, "dim1": TEXT, "dim2": TEXT, "measure": TEXT, "value": NUMBER,
         "file": TEXT, "cell": TEXT, "known_from": "TIMESTAMP", "document": TEXT},
        cells,
    )


def _periods(warehouse: Warehouse, jurisdiction: Jurisdiction) -> None:
    """Every period in the rows, the spans that can be summed from months, and the base periods of comparisons."""
    pairs = {("2000", "stock")}
    for form in jurisdiction.reference.forms.values():
        pairs |= set(warehouse.con.execute(f"SELECT DISTINCT period, span FROM {form.table}").fetchall())
    pairs |= {(p, "stock") for (p,) in warehouse.con.execute("SELECT DISTINCT period FROM configured_cells").fetchall()}
    months = {p for p, span in pairs if span in ("month", "ytd")}
    for month in months:
        index = periods.month_index(month)
        year, number = index // 12, index % 12
        pairs |= {(month, "ytd"), (f"{year}Q{number // 3 + 1}", "quarter"), (f"{year}H{number // 6 + 1}", "half"), (f"{year}", "year")}
    for period, span in list(pairs):
        for kind in ("yoy", "mom"):
            base = periods.shift(period, span, kind)
            if base:
                pairs.add((base, span))
    rows = []
    for period, span in sorted(pairs):
        stretch = periods.months_of(period, span)
        end = stretch.end + 1
        rows.append(
            (period, span, f"{stretch.start // 12:04d}-{stretch.start % 12 + 1:02d}", f"{stretch.end // 12:04d}-{stretch.end % 12 + 1:02d}",
             stretch.end - stretch.start + 1, stretch.end // 12, stretch.end % 12 + 1,
             dt.date(end // 12, end % 12 + 1, 1) - dt.timedelta(days=1),
             periods.shift(period, span, "yoy"), periods.shift(period, span, "mom"))
        )
    warehouse.replace(
        "periods",
        {"period": TEXT, "span": TEXT, "start_month": TEXT, "end_month": TEXT, "months": INT, "year": INT, "month_no": INT, "end_date": DATE,
         "yoy_period": TEXT, "mom_period": TEXT},
        rows,
    )

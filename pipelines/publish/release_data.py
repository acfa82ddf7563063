"""One release, read for the pages: its tables as views in DuckDB, its regions as a tree, its names by language."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.engines.warehouse import literal
from pipelines.reference import Indicator, Reference
from transforms import catalogue, periods

TRANSFORMS = Path(__file__).resolve().parents[2] / "transforms"
TYPES = {"string": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "VARCHAR", "timestamp": "VARCHAR"}
RECENT, LEAST = 13, 4  # periods of each span and length that pages show, and where all forms report; older ones are in the files
NUMBERS = 6000  # of a region that its page has to choose from
STEPS = {"year": 12, "half": 6, "quarter": 3, "stock": 0}  # months from one period to the next; 1 where the span is not here
SPAN_ORDER = ["year", "stock", "half", "ytd", "quarter", "range", "month"]


@dataclass
class Region:
    """A node of the tree of regions; `ancestors` from the root down."""

    id: str
    names: dict[str, str]
    level: str
    kind: str
    parent_id: str | None
    valid_from: str | None
    valid_to: str | None
    ranked: bool
    included_in_parent: bool
    spells: list[tuple] = field(default_factory=list)  # (valid_from, valid_to, names) of every stretch of time in which the code was in use
    children: list[Region] = field(default_factory=list)
    ancestors: list[Region] = field(default_factory=list)

    def name(self, lang: str) -> str:
        return self.names.get(lang) or self.names["zh"]

    def at(self, period: str, span: str = "") -> Region:
        """The region under the name that it had at the end of a period."""
        if len(self.spells) < 2:
            return self
        after = periods.months_of(period, span).end + 1
        day = f"{after // 12:04d}-{after % 12 + 1:02d}-01"
        then = (names for start, end, names in self.spells if (start is None or start < day) and (end is None or end >= day))
        return replace(self, names=next(then, self.names))

    def below(self) -> Iterator[Region]:
        """Every region under this one, in order of the tree."""
        for child in self.children:
            yield child
            yield from child.below()


def span_rank(span: str) -> int:
    return SPAN_ORDER.index(span) if span in SPAN_ORDER else len(SPAN_ORDER)


def recency(period: str, span: str) -> tuple[int, int]:
    """Sort key: newest end first when reversed, longest stretch first among those that end together."""
    try:
        months = periods.months_of(period, span)
    except (ValueError, TypeError):
        return (-1, 0)
    return (months.end, months.end - months.start + (0.5 if span == "year" else 0))


def declarations() -> dict[str, dict]:
    """The declaration of every released table, by name."""
    return catalogue.published()


class RegionStream:
    """Rows of a query ordered by region_id, handed out region by region in that order, so that memory holds one region only."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sql: str) -> None:
        self.cursor = con.cursor()
        self.cursor.execute(sql)
        self.columns = [column[0] for column in self.cursor.description]
        self.buffer: list[tuple] = []
        self.at = 0
        self.region = self.columns.index("region_id")

    def take(self, region_id: str) -> list[dict]:
        """The rows of `region_id`; must be called with ascending ids."""
        found = []
        while True:
            if self.at >= len(self.buffer):
                self.buffer, self.at = self.cursor.fetchmany(5000), 0
            end = bisect_right(self.buffer, region_id, lo=self.at, key=itemgetter(self.region))
            found += [dict(zip(self.columns, row, strict=True)) for row in self.buffer[self.at:end] if row[self.region] == region_id]
            self.at = end
            if end < len(self.buffer) or not self.buffer:
                return found


class ReleaseData:
    """The tables of a release folder. A table or column that a release does not have is read as empty: old releases stay readable."""

    def __init__(self, release_dir: Path, reference: Reference, change_decimals: int = 2) -> None:
        self.dir = release_dir
        self.change_decimals = change_decimals  # with which a change in per cent is stored; shown with fewer it would be rounded twice
        self.reference = reference
        self.manifest = json.loads((release_dir / "manifest.json").read_text(encoding="utf-8"))
        self.tables = declarations()
        self.con = duckdb.connect()
        self.con.execute("SET enable_progress_bar = false")
        self.con.execute("SET preserve_insertion_order = true")
        for name, declared in self.tables.items():
            self._view(name, declared["columns"])
        self._shown_periods()
        self.regions = self._regions()
        self.roots = [r for r in self.regions.values() if not r.ancestors]

    def _view(self, name: str, columns: list[dict]) -> None:
        path = self.dir / "parquet" / f"{name}.parquet"
        present: set[str] = set()
        source = ""
        if path.is_file():
            source = f" FROM read_parquet({literal(str(path))})"
            present = {row[0] for row in self.con.execute(f"DESCRIBE SELECT *{source}").fetchall()}
        chosen = ", ".join(
            f'CAST({chr(34) + c["name"] + chr(34) if c["name"] in present else "NULL"} AS {TYPES[c["type"]]}) AS "{c["name"]}"'
            for c in columns
        )
        self.con.execute(f'CREATE VIEW "{name}" AS SELECT {chosen}{source or " WHERE false"}')

    def _shown_periods(self) -> None:
        found = self.rows("SELECT period, span FROM indicators UNION SELECT period, span FROM comparisons")
        usual = self.rows("SELECT count(*) / greatest(count(DISTINCT (region_id, period, span)), 1) AS numbers FROM indicators")[0]["numbers"] or 1
        by_length: dict[tuple, list[str]] = {}
        for row in sorted(found, key=lambda r: recency(r["period"], r["span"]), reverse=True):
            by_length.setdefault((row["span"], len(row["period"])), []).append(row["period"])
        recent = min(RECENT, max(LEAST, int(NUMBERS / usual / max(len(by_length), 1))))
        self.hidden_periods = sum(max(0, len(each) - recent) for each in by_length.values())
        shown = [(period, span) for (span, _), each in by_length.items() for period in each[:recent]]
        shown.sort(key=lambda at: (*recency(*at), -span_rank(at[1]), at), reverse=True)
        self.table("shown", {"period": pa.string(), "span": pa.string(), "newest": pa.int32()}, [(*at, n) for n, at in enumerate(shown)])

    def table(self, name: str, columns: dict[str, pa.DataType], rows: list[tuple]) -> None:
        """A table of our own beside those of the release."""
        given = pa.table({column: pa.array([row[n] for row in rows], kind) for n, (column, kind) in enumerate(columns.items())})
        self.con.register("given", given)
        self.con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
        self.con.unregister("given")

    def rows(self, sql: str, parameters: list | None = None) -> list[dict]:
        """The result of a query as dictionaries."""
        cursor = self.con.execute(sql, parameters or [])
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def stream(self, sql: str) -> RegionStream:
        return RegionStream(self.con, sql)

    def _regions(self) -> dict[str, Region]:
        """Regions by id; of a code that was used twice, the newest use."""
        found: dict[str, Region] = {}
        for row in self.rows("SELECT * FROM regions ORDER BY region_id, valid_from NULLS FIRST"):
            names = {"zh": row["name_zh"], "en": row["name_en"] or ""}
            before = found[row["region_id"]].spells if row["region_id"] in found else []
            found[row["region_id"]] = Region(
                id=row["region_id"],
                names=names,
                spells=[*before, (row["valid_from"], row["valid_to"], names)],
                level=row["level"] or "",
                kind=row["kind"] or "division",
                parent_id=row["parent_id"],
                valid_from=row["valid_from"],
                valid_to=row["valid_to"],
                ranked=row["ranked"] is not False,
                included_in_parent=row["included_in_parent"] is not False,
            )
        for region in found.values():
            if region.parent_id in found and region.parent_id != region.id:
                found[region.parent_id].children.append(region)
        for region in found.values():
            seen, up = {region.id}, found.get(region.parent_id or "")
            while up is not None and up.id not in seen:
                region.ancestors.insert(0, up)
                seen.add(up.id)
                up = found.get(up.parent_id or "")
            region.children.sort(key=lambda r: (r.kind == "unallocated", r.id))
        return found

    # --- names -------------------------------------------------------------------------------------------------------

    @cached_property
    def catalogue(self) -> dict[str, dict]:
        return {row["indicator_id"]: row for row in self.rows("SELECT * FROM indicator_catalogue")}

    @cached_property
    def indicator_order(self) -> dict[str, int]:
        return {name: at for at, name in enumerate([*self.reference.indicators, *sorted(self.catalogue)][::-1])}

    def order(self, indicator_id: str) -> int:
        """Place of an indicator: as declared, undeclared ones last."""
        return -self.indicator_order.get(indicator_id, -1)

    def indicator_name(self, indicator_id: str, lang: str, short: bool = False) -> str:
        """Name of an indicator; `short` leaves out the form's name before a form's plain measure."""
        declared = self.reference.indicators.get(indicator_id)
        if short and declared is not None and declared.family == "form":
            _, form_id, measure, _ = declared.numerator[0]
            return getattr(self.reference.forms[form_id].figure_by_id[measure], lang)
        row = self.catalogue.get(indicator_id)
        if row:
            return row[f"name_{lang}"]
        if declared is not None:
            return declared.name_zh if lang == "zh" else declared.name_en
        return indicator_id

    def decimals(self, indicator_id: str, region_id: str = "") -> int | None:
        """The decimals of an indicator, of a region of a level that has its own."""
        row = self.catalogue.get(indicator_id)
        if row is None:
            return None
        levels = dict(each.rsplit(" ", 1) for each in (row["decimals_by_level"] or "").split(";") if each)
        return int(levels.get(self.regions[region_id].level, row["decimals"]) if levels and region_id in self.regions else row["decimals"])

    def better(self, indicator_id: str) -> str | None:
        row = self.catalogue.get(indicator_id)
        return row["better"] if row else None

    @cached_property
    def plain(self) -> dict[str, str]:
        """F02.events -> accidents: a form's measure that has a name of its own is shown under that name only."""
        found = {}
        for indicator in self.reference.indicators.values():
            if indicator.family != "form" and not indicator.denominator and len(indicator.numerator) == 1:
                sign, form_id, measure, category = indicator.numerator[0]
                if sign == 1 and category is None:
                    found[f"{form_id}.{measure}"] = indicator.id
        return found

    def declared(self, indicator_id: str) -> Indicator | None:
        return self.reference.indicators.get(indicator_id)

    def form_of(self, indicator_id: str) -> str:
        """The form an indicator comes from: that of the first term of its numerator."""
        declared = self.declared(indicator_id)
        return declared.numerator[0][1] if declared else indicator_id.partition(".")[0]

    @cached_property
    def _several_bases(self) -> set[str]:
        """Forms of which numbers stand on more than one basis, as those counted from a register may."""
        bases: dict[str, set[str]] = {}
        for row in self.rows("SELECT DISTINCT indicator_id, basis FROM indicators WHERE basis IS NOT NULL"):
            bases.setdefault(self.form_of(row["indicator_id"]), set()).add(row["basis"])
        return {form for form, found in bases.items() if len(found) > 1}

    def basis_of(self, form_id: str, basis: str | None, lang: str) -> str:
        """On what basis a number of a form is counted; empty where the form has but one."""
        form = self.reference.forms.get(form_id)
        return self.basis_name(basis, lang) if form is not None and (form.has_basis or form_id in self._several_bases) else ""

    def is_input(self, form_id: str) -> bool:
        """Whether a form is filled in once a year: denominators, targets."""
        form = self.reference.forms.get(form_id)
        return form is not None and form.kind == "stock" and form.frequency == "year"

    @cached_property
    def headline_ids(self) -> list[str]:
        return [i.id for i in self.reference.indicators.values() if i.headline]

    @cached_property
    def _codes(self) -> dict[str, dict[str, tuple[int, str, str, str | None]]]:
        return {name: {c.code: (at, c.zh, c.en, c.parent) for at, c in enumerate(codes)} for name, codes in self.reference.codes.items()}

    def category_name(self, category: str, form_id: str, lang: str) -> str:
        """危化;国家 -> 危化 · 国家: the names of the codes of a category, looked up in the form's own code lists first."""
        if category in ("", "TOTAL"):
            return {"zh": "合计", "en": "Total"}[lang]
        return " · ".join(self._code_name(code, form_id, lang) for code in split_category(category))

    def _code_name(self, code: str, form_id: str, lang: str) -> str:
        form = self.reference.forms.get(form_id)
        lists = [d.codes for d in form.dimensions] if form else []
        for name in [*lists, *sorted(self._codes)]:
            if code in self._codes.get(name, {}):
                return self._codes[name][code][1 if lang == "zh" else 2]
        return code

    def category_sort(self, category: str, form_id: str) -> tuple:
        """TOTAL first, then in the order of the code lists; a code follows what it is a part of."""
        if category in ("", "TOTAL"):
            return (-1,)
        return tuple(self._code_place(code, form_id)[0] for code in split_category(category))

    def category_depth(self, category: str, form_id: str, present: set[str]) -> int:
        """How far a category is indented: 1 for a part of the total, one more for each category in `present` it is a part of."""
        if category in ("", "TOTAL"):
            return 0
        code, depth = split_category(category)[0], 1
        while (parent := self._code_place(code, form_id)[1]) and depth < 4:
            code, depth = parent, depth + (parent in present)
        return depth

    def _code_place(self, code: str, form_id: str) -> tuple[int, str | None]:
        form = self.reference.forms.get(form_id)
        for name in [d.codes for d in form.dimensions] if form else []:
            if code in self._codes.get(name, {}):
                place = self._codes[name][code]
                return place[0], place[3]
        return (9999, None)

    def code_name(self, name: str, code: str | None, lang: str) -> str:
        """A code of a list by name; as it stands where the list does not have it."""
        place = self._codes.get(name, {}).get(code or "")
        return place[1 if lang == "zh" else 2] if place else (code or "—")

    def basis_name(self, basis: str | None, lang: str) -> str:
        place = self._codes.get("basis", {}).get(basis or "")
        return place[1 if lang == "zh" else 2] if place else ""

    def form_name(self, form_id: str, lang: str) -> str:
        form = self.reference.counted.get(form_id)
        return form.name[lang] if form else form_id

    def measure_name(self, form_id: str, measure: str, lang: str) -> str:
        form = self.reference.counted.get(form_id)
        if form is None:
            return measure
        for each in (*form.measures, *form.figures, *form.printed):
            if each.id == measure:
                return getattr(each, lang)
        return measure

    def region_name(self, region_id: str | None, lang: str) -> str:
        region = self.regions.get(region_id or "")
        return region.name(lang) if region else (region_id or "")


def split_category(category: str) -> list[str]:
    """The codes of a category: `危化;国家`, `deaths/DL` or `sector=危化;track=国家`."""
    return [part.partition("=")[2] or part for part in re.split("[;/]", category) if part]

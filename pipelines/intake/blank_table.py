"""The columns and lines of a blank form, from its declaration: what stands in which cell, and what is computed. No workbook yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.jurisdiction import Jurisdiction, Region
from pipelines.reference import Code, Dimension, Field, Form
from transforms import periods

REGISTER_LINES = 200
SPARE_LINES = 20
MOST_MARGINS = 40  # lines given for the codes of a further dimension; where they are more, spare lines with drop-downs have to do
NUMBERS = ("int", "money", "decimal", "percent")
TOTAL = Code("TOTAL", "合计", "Total")
ROLES = {"region_id": "Division code", "region": "Region", "period": "Period", "basis": "Basis", "form_id": "Form", "note": "Remarks"}
SPANS = {"month": "of the month", "ytd": "since January", None: ""}


@dataclass(frozen=True)
class Sum:
    """A cell that adds up others of its line."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Rate:
    """A cell that divides others of its line: (signed ids) * scale / (signed ids), rounded."""

    above: tuple[tuple[int, str], ...]
    below: tuple[tuple[int, str], ...]
    scale: int
    decimals: int


@dataclass(frozen=True)
class BlankColumn:
    """One column. `kind`: region_id, region, text, code, flag, date, datetime, time, int, money, decimal, percent or note."""

    id: str
    zh: str
    en: str
    kind: str
    unit: str = ""
    required: bool = False
    signed: bool = False
    codes: tuple[Code, ...] = ()
    max_length: int = 0
    measure: str | None = None
    span: str | None = None
    companion: str | None = None
    additive: bool = False
    formula: Sum | Rate | None = None
    hint: tuple[str, str] = ("", "")

    @property
    def header(self) -> str:
        """What stands above the column: 死亡(人)*; the asterisk marks what must be filled in."""
        return self.zh + (f"({self.unit})" if self.unit else "") + ("*" if self.required else "")


@dataclass
class BlankLine:
    """One line below the header: its fixed region and codes. `parts`: positions of the lines that its code is the sum of."""

    region: Region | None = None
    codes: dict[str, Code] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)
    is_total: bool = False
    excluded_in: tuple[str, ...] = ()


def _hint(declared: Dimension | Field) -> tuple[str, str]:
    """How a text is written, in both languages; of a restricted one, that it is never released."""
    hints = [(declared.hint["zh"], declared.hint["en"])] if declared.hint else []
    if getattr(declared, "restricted", False):
        hints.append(("只留存，不公布", "kept, never released"))
    return "；".join(zh for zh, _ in hints), "; ".join(en for _, en in hints)


class BlankTable:
    """What one submitter's workbook of a form holds for a period; `regions` are the rows of a form filled in for several regions."""

    def __init__(self, form: Form, jurisdiction: Jurisdiction, period: str, regions: Iterable[Region] = ()):
        self.form, self.jurisdiction, self.period = form, jurisdiction, period
        self.regions = list(regions)
        self.columns = self._columns()
        self.lines = self._lines()

    # --- columns ------------------------------------------------------------------------------------------------------

    def _columns(self) -> list[BlankColumn]:
        known = {column.id: column for column in self._declared()}
        wanted = [name for name in self.form.template or known if name in known]
        chosen = {name: known[name] for name in wanted}
        table = []
        for column in chosen.values():
            formula = self._formula(column, chosen)
            if column.kind == "percent" and formula is None:
                continue  # a rate that is computed from other forms is not for the sender to write
            table.append(column if formula is None else BlankColumn(**{**column.__dict__, "formula": formula, "required": False}))
        regions = [BlankColumn("region_id", "行政区划代码", "Division code", "region_id"), BlankColumn("region", "地区", "Region", "region")]
        regions = regions[1:] if self.form.kind == "register" else regions  # where no line has a region yet, its name is enough
        return [*(regions if self.regions else ()), *table, BlankColumn("note", "备注", "Remarks", "note", max_length=500)]

    def _declared(self) -> Iterable[BlankColumn]:
        """Every column that the form declares and a sender could fill in, in the order of the declaration."""
        form, codes = self.form, self.jurisdiction.reference.codes
        needed = {column.id for name in self.jurisdiction.required_columns.get(form.id, ()) if (column := form.match(name))}
        for dim in form.dimensions:
            if dim.key:
                yield BlankColumn(dim.id, dim.zh, dim.en, "text", required=True, max_length=60, hint=_hint(dim))
            else:
                yield BlankColumn(dim.id, dim.zh, dim.en, "code", codes=self._offered(codes[dim.codes], dim.default), required=dim.id in needed)
        for role, names in form.envelope.items():
            yield BlankColumn(role, names[0], ROLES.get(role, role), role if role in ("region_id", "region") else "text")
        fields = [BlankColumn(f.id, f.zh, f.en, f.type, required=f.required or f.id in needed, max_length=f.max_length, hint=_hint(f),
                              codes=self._offered(codes[f.codes]) if f.type == "code" else ()) for f in form.fields]
        yield from fields if form.kind == "register" else ()
        for extra in form.extra_columns:
            measure, kind = form.measure_by_id[extra["measure"]], extra.get("companion")
            percent = kind is not None and form.companions[kind]["type"] == "percent"
            words = [measure.en, form.companions[kind]["en"].lower() if kind else "", SPANS[extra.get("span")]]
            yield BlankColumn(
                extra["id"], extra["zh"], ", ".join(word for word in words if word), "percent" if percent else measure.type,
                "%" if percent else measure.unit, measure.required and not kind or extra["id"] in needed, measure.signed, measure=measure.id,
                span=extra.get("span"), companion=kind, additive=measure.additive and kind in (None, "prior"),
            )
        for m in () if form.extra_columns and not form.template else form.measures:  # an official layout stands in for the plain columns
            yield BlankColumn(m.id, m.zh, m.en, m.type, m.unit, m.required or m.id in needed, m.signed, measure=m.id, additive=m.additive)
        for p in form.printed:
            yield BlankColumn(p.id, p.zh, p.en, "percent", self.jurisdiction.reference.indicators[p.indicator].unit)
        yield from fields if form.kind != "register" else ()

    def _offered(self, codes: Iterable[Code], default: str = "") -> tuple[Code, ...]:
        """The codes of a drop-down: those in use at the period, 合计 first where adding up means something."""
        month = periods.end_month(self.period)
        current = tuple(code for code in codes if code.since <= month <= (code.until or month))
        return (TOTAL, *current) if default == "TOTAL" and any(code.addend for code in current) else current

    def _formula(self, column: BlankColumn, chosen: dict[str, BlankColumn]) -> Sum | Rate | None:
        def at(measure: str, companion: str | None = None, span: str | None = column.span) -> str | None:
            found = (c.id for c in chosen.values() if (c.measure, c.companion, c.span) == (measure, companion, span))
            return next(found, None)

        rounding = self.jurisdiction.rounding["decimals"]
        if column.companion in ("yoy", "progress"):
            span = column.span or next((c.span for c in chosen.values() if c.span == "ytd"), None)
            value = at(column.measure, span=span)
            base = at(column.measure, "prior", span) if column.companion == "yoy" else at(column.measure, "target", column.span)
            if not value or not base:
                return None
            above = ((1, value), (-1, base)) if column.companion == "yoy" else ((1, value),)
            return Rate(above, ((1, base),), 100, rounding.get("change_pct" if column.companion == "yoy" else "progress_pct", rounding["default"]))
        if column.measure and not column.companion:
            parts = tuple(at(part) for part in self.form.measure_by_id[column.measure].sum_of)
            return Sum(parts) if parts and all(parts) else None
        printed = next((p for p in self.form.printed if p.id == column.id), None)
        if printed is None:
            return None
        indicator = self.jurisdiction.reference.indicators[printed.indicator]
        sides = []
        for terms in (indicator.numerator, indicator.denominator):
            own = [(sign, at(measure)) for sign, form, measure, category in terms if form == self.form.id and category is None]
            if len(own) != len(terms) or not own or not all(name and chosen[name].kind != "money" for _, name in own):
                return None
            sides.append(tuple(own))
        return Rate(*sides, indicator.scale, int(rounding.get(indicator.id, indicator.decimals)))

    # --- lines --------------------------------------------------------------------------------------------------------

    def _lines(self) -> list[BlankLine]:
        if self.form.kind == "register":
            return [BlankLine() for _ in range(REGISTER_LINES)]
        coded = [c for c in self.columns if c.kind == "code" and any(c.id == d.id for d in self.form.dimensions)]
        if self.regions:
            lines = [BlankLine(region) for region in self.regions]
            if coded:
                for line in lines:
                    line.codes = {d.id: self._code(d.id, d.default) for d in self.form.dimensions}
                lines += [BlankLine() for _ in range(SPARE_LINES)]
            return lines
        if not coded:
            return [BlankLine()]
        first, others = coded[0], coded[1:]
        fixed = {c.id: self._code(c.id, next(d.default for d in self.form.dimensions if d.id == c.id)) for c in others}
        lines = [BlankLine(codes={first.id: code, **fixed}, is_total=code.code == "TOTAL", excluded_in=code.excluded_in) for code in first.codes]
        places = {line.codes[first.id].code: i for i, line in enumerate(lines)}
        for code, place in places.items():
            children = [c for c in first.codes if c.code != "TOTAL" and c.addend and (c.parent if c.parent in places else "TOTAL") == code]
            lines[place].parts = [places[c.code] for c in children]
        return lines + self._margins(first, others, fixed) + [BlankLine() for _ in range(SPARE_LINES if others else 0)]

    @staticmethod
    def _margins(first: BlankColumn, others: list[BlankColumn], fixed: dict[str, Code]) -> list[BlankLine]:
        """Lines for each code of the further dimensions: by source, by size. Of the whole only, or, where the first dimension has none, of each of its codes.

        Whoever has one thing by the other, a sector by source, takes a spare line.
        """
        whole = tuple(code for code in first.codes if code.code == "TOTAL") or first.codes
        lines = []
        for column in others:
            parts = [code for code in column.codes if code.code != "TOTAL"]
            if len(parts) < len(column.codes) and len(whole) * len(parts) <= MOST_MARGINS:
                lines += [BlankLine(codes={first.id: code, **fixed, column.id: part}, excluded_in=code.excluded_in) for code in whole for part in parts]
        return lines

    def _code(self, dimension: str, code: str) -> Code:
        """The code with its names; a default that the drop-down does not offer, such as a 合计 that adds up nothing, is 合计 all the same."""
        offered = next(c.codes for c in self.columns if c.id == dimension)
        return next((c for c in offered if c.code == code), TOTAL)

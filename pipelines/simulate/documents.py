"""A submission before it is bytes: its envelope, columns, rows and where each of them will stand in the sheet.

Headers and envelope come from the form's declaration, so that a new form needs only a rule for its numbers.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from pipelines.intake.sheets import letter
from pipelines.reference import Column, Form, Reference
from pipelines.simulate.province import Unit


@dataclass
class Line:
    """A row of numbers: the region it is about, the codes it is cut by, and values by column id (money in yuan).

    `fields` keeps the typed fields of a register (dates, flags, codes); in `cells` they stand as a clerk writes them. A line that does not
    `count` is there for the reader to leave out.
    """

    region_id: str
    dims: tuple[str, ...]
    cells: dict[str, object]
    period: str = ""
    fields: dict[str, object] = field(default_factory=dict)
    counts: bool = True


@dataclass
class Report:
    """What somebody has to report: a form, a period and the lines."""

    form: Form
    submitter: Unit
    period: str
    lines: list[Line]
    arrives: dt.datetime


@dataclass
class Heading:
    """A column of the sheet: what it means to the reader and what stands in its header."""

    id: str
    text: str
    column: Column
    money: bool = False
    wan: bool = True  # money in 万元, not in yuan
    above: str = ""  # of a header of two lines: what stands over it


@dataclass(frozen=True)
class Recipe:
    """How a printed value is made from other columns: a rate of sums of columns, or a change on an earlier figure."""

    kind: str  # rate or change
    numerator: tuple[tuple[int, str], ...]
    denominator: tuple[tuple[int, str], ...]
    scale: int = 100
    decimals: int = 2

    def printed(self, cells: dict[str, object]) -> str | None:
        """The value as a tidy clerk prints it; None where a column it needs is blank."""
        sides = []
        for terms in (self.numerator, self.denominator):
            values = [cells.get(name) for _, name in terms]
            if None in values:
                return None
            sides.append(sum(sign * value for (sign, _), value in zip(terms, values, strict=True)))
        return change(*sides) if self.kind == "change" else rate(*sides, scale=self.scale, decimals=self.decimals)


@dataclass(frozen=True)
class Formula:
    """A formula that the program which wrote the file never computed."""

    text: str


@dataclass
class Planted:
    """A finding that must be raised: where, which and how severe.

    `rule_id`: the number of the check in the specification, where that is not its word. `lasting`: found on receipt, so that a later
    correction leaves it.
    """

    check_id: str
    severity: str
    row: int | None = None
    column: str = ""
    cell: str = ""  # given where there is no row or column
    lasting: bool = True
    sheet: str | None = None  # the sheet that the finding names, where that is not the document's own
    rule_id: str = ""


@dataclass
class Document:
    """A file to be written. Mess is done to it; the truth stays in `lines`, what the clerk typed instead stands in `typed`."""

    path: str
    form: Form
    submitter: Unit
    period: str
    lines: list[Line]
    headings: list[Heading]
    envelope: dict[str, object]
    arrives: dt.datetime
    title: str
    format: str = "xlsx"
    encoding: str = "utf-8"
    sheet: str = ""
    footers: list[str] = field(default_factory=list)
    typed: dict[tuple[int, str], object] = field(default_factory=dict)
    mess: str = ""
    planted: list[Planted] = field(default_factory=list)
    rejected: bool = False
    states: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)  # obs_status, qualifier of a cell that is not plain
    false: dict[tuple[int, str], object] = field(default_factory=dict)  # values that are not the truth
    extra_sheets: list[tuple[str, list[list[object]], bool]] = field(default_factory=list)  # name, rows, hidden
    blank_lines: int = 0  # between envelope and header
    header_lines: int = 1
    below_header: list[list[object]] = field(default_factory=list)  # rows between header and data
    recipes: dict[str, Recipe] = field(default_factory=dict)
    raw: bytes | None = None  # not a table at all

    def copy(self, path: str, arrives: dt.datetime) -> Document:
        """The same content in another file that arrives later."""
        twin = copy.copy(self)
        twin.lines = [Line(line.region_id, line.dims, dict(line.cells), line.period, line.fields, line.counts) for line in self.lines]
        twin.headings = [copy.copy(h) for h in self.headings]
        for name in ("envelope", "typed", "states", "false"):
            setattr(twin, name, dict(getattr(self, name)))
        for name in ("footers", "planted", "extra_sheets", "below_header"):
            setattr(twin, name, list(getattr(self, name)))
        twin.path, twin.arrives = path, arrives
        if "填报日期" in twin.envelope:
            twin.envelope["填报日期"] = f"{arrives:%Y-%m-%d}"
        return twin

    # --- where things stand -------------------------------------------------------------------------------------------

    @property
    def is_text(self) -> bool:
        return self.format in ("csv", "tsv")

    def envelope_rows(self) -> list[list[object]]:
        """Everything above the header, as rows of cells; text files have a line for each item instead."""
        if self.is_text:
            return [[f"# {label}: {value}"] for label, value in self.envelope.items()] + [[]] * self.blank_lines
        rows: list[list[object]] = [[self.title]] if self.title else []
        items = list(self.envelope.items())
        for start in range(0, len(items), 3):
            row: list[object] = []
            for label, value in items[start : start + 3]:
                row += [label, value, ""]
            rows.append(row[:-1])
        return rows + [[]] * self.blank_lines

    @property
    def header_row(self) -> int:
        """Number of the last header row, from 1."""
        return len(self.envelope_rows()) + self.header_lines

    def row_number(self, line: int) -> int:
        return self.header_row + len(self.below_header) + 1 + line

    def position(self, column: str) -> int:
        return next(i for i, h in enumerate(self.headings) if h.id == column)

    def cell(self, line: int | None, column: str) -> str:
        """Spreadsheet address of a line's column; the header's where there is no line."""
        number = self.header_row if line is None else self.row_number(line)
        return f"{letter(self.position(column))}{number}"

    def envelope_cell(self, label: str) -> str:
        """Address of the value of an envelope item, as the reader names it."""
        for number, row in enumerate(self.envelope_rows(), start=1):
            for c, value in enumerate(row):
                if self.is_text and str(value).startswith(f"# {label}:"):
                    return f"A{number}"
                if value == label:
                    return f"{letter(c + 1)}{number}"
        raise KeyError(label)

    def shown(self, line: int, heading: Heading) -> object:
        """What stands in a cell."""
        key = (line, heading.id)
        if key in self.typed:
            return self.typed[key]
        return plain(self.false.get(key, self.lines[line].cells.get(heading.id)), heading)

    def grid(self) -> list[list[object]]:
        """The whole sheet."""
        rows = self.envelope_rows()
        if self.header_lines == 2:
            rows.append([h.above for h in self.headings])
        rows.append([h.text for h in self.headings])
        rows += self.below_header
        if self.typed or self.false:
            rows += [[self.shown(i, h) for h in self.headings] for i in range(len(self.lines))]
        else:
            rows += [[plain(line.cells.get(h.id), h) for h in self.headings] for line in self.lines]
        return rows + [[text] for text in self.footers]

    # --- finding places for mess --------------------------------------------------------------------------------------

    def measures(self, of_type: Iterable[str] = ("int",)) -> list[Heading]:
        declared = self.form.measure_by_id
        return [h for h in self.headings if h.column.role == "measure" and declared[h.column.measure].type in of_type]

    def line_of(self, *dims: str) -> int:
        """Position of the line with these codes; the first where a form has none."""
        return next(i for i, line in enumerate(self.lines) if not dims or line.dims == dims)

    def value(self, line: int, column: str) -> object:
        """The number that the file gives, true or not."""
        return self.false.get((line, column), self.lines[line].cells.get(column))

    def put(self, line: int, column: str, value: object) -> None:
        """Give another number than the true one, and print what is derived from it as if it were right."""
        self.false[line, column] = value
        given = self.lines[line].cells | {name: v for (i, name), v in self.false.items() if i == line}
        for name, recipe in self.recipes.items():
            if any(column == term for _, term in recipe.numerator + recipe.denominator):
                self.typed[line, name] = recipe.printed(given) or ""

    @property
    def total_line(self) -> int:
        """The line that is the total of the others, or the only one."""
        return next((i for i, line in enumerate(self.lines) if all(d == "TOTAL" for d in line.dims)), 0)


def plain(value: object, heading: Heading) -> object:
    """A true value as a tidy clerk writes it: money in 万元 without needless zeros."""
    if value is None:
        return ""
    if heading.money and heading.wan and not isinstance(value, str):
        return in_wan(value)
    return value


def in_wan(yuan: object) -> Decimal:
    """Yuan as 万元, exactly."""
    return trimmed(Decimal(yuan) / 10_000)


def trimmed(number: Decimal) -> Decimal:
    """The number without zeros at its end and without an exponent."""
    return Decimal(format(number.normalize(), "f"))


def half_up(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def rate(numerator: int, denominator: int, scale: int = 100, decimals: int = 2) -> str:
    """A ratio as printed: half up on integers, `—` where there is nothing to divide by."""
    return f"{half_up(Decimal(numerator) * scale / Decimal(denominator), decimals)}" if denominator else "—"


def change(now: int, before: int) -> str:
    """A year-on-year change as printed: 持平, `—` from zero, else per cent with two decimals."""
    if now == before:
        return "持平"
    return rate(now - before, before) if before else "—"


# --- from a report ----------------------------------------------------------------------------------------------------


_SPELLINGS: dict[str, dict[str, list[str]]] = {}


def headers_of(form: Form) -> dict[str, list[str]]:
    """Column id -> its Chinese header and the other spellings that the form declares."""
    if str(form.source) not in _SPELLINGS:
        _SPELLINGS[str(form.source)] = _headers_of(form)
    return _SPELLINGS[str(form.source)]


def _headers_of(form: Form) -> dict[str, list[str]]:
    found = {d.id: [d.zh, *d.aliases] for d in form.dimensions}
    found |= {f.id: [f.zh, *f.aliases] for f in form.fields}
    found |= {e["id"]: [e["zh"], *e.get("aliases", ())] for e in form.extra_columns}
    for m in form.measures:
        found.setdefault(m.id, [m.zh, *m.aliases])
        for spec in form.companions.values():
            found.setdefault(spec["id"].format(id=m.id), [spec["zh"][0].format(m=m.zh)])
    return found | {p.id: [p.zh, *p.aliases] for p in form.printed}


def document(report: Report, reference: Reference, path: str, format: str) -> Document:
    """A report as a tidy file: the declared columns that have something in them, printed rates computed, the envelope filled in."""
    form, unit = report.form, report.submitter
    spellings = headers_of(form)
    used = {name for line in report.lines for name in line.cells}
    recipes = _recipes(form, reference, used)
    for line in report.lines:
        for name, recipe in recipes.items():
            line.cells[name] = recipe.printed(line.cells)
    used |= set(recipes)
    headings = []
    named = form.envelope.get("region_id", ["行政区划代码"])[0]
    if {line.region_id for line in report.lines} != {unit.region_id} or "region_id" in form.envelope:
        headings.append(Heading("region_id", named, Column("region_id", "region_id")))
        for line in report.lines:
            line.cells["region_id"] = line.region_id
    for position, dim in enumerate(form.dimensions):
        words = {code.code: code.zh for code in reference.codes.get(dim.codes, ())} | {"TOTAL": "合计"}
        for line in report.lines:
            line.cells[dim.id] = line.dims[position] if dim.key else words[line.dims[position]]
    used |= {dim.id for dim in form.dimensions}
    for line in report.lines:
        dated = line.cells.get(form.period_from)
        line.period = line.period or (f"{dated:%Y-%m}" if dated else "")
    _write_fields(report, reference)
    for name, texts in spellings.items():
        if name in used:
            column = form.match(name)
            money = column.role in ("measure", "companion") and form.measure_by_id[column.measure].type == "money"
            money = money and column.companion in (None, "prior", "change", "target")
            wan = not money or form.measure_by_id[column.measure].unit != "元"
            headings.append(Heading(name, texts[0] if wan else f"{texts[0]}(元)", column, money, wan))
    if "note" in used:
        headings.append(Heading("note", "备注", Column("note", "note")))
    envelope: dict[str, object] = {"表号": form.id, "填报单位": unit.name_zh, "行政区划代码": unit.region_id, "报告期": report.period}
    if form.has_basis:
        envelope["统计口径"] = "各类事故"
    if form.id == "F02":
        envelope["累计"] = "是"  # the progress column of the form is about the months so far
    if any(h.money and h.wan for h in headings):
        envelope["金额单位"] = "万元"
    envelope["填报日期"] = f"{report.arrives:%Y-%m-%d}"
    title = f"{unit.name_zh}{form.name['zh']}（模拟数据）"
    return Document(path, form, unit, report.period, report.lines, headings, envelope, report.arrives, title, format=format, recipes=recipes,
                    sheet="" if format in ("csv", "tsv") else f"{form.id} {form.name['zh']}"[:31])


def _write_fields(report: Report, reference: Reference) -> None:
    """Dates, flags and codes as a clerk writes them."""
    for declared in report.form.fields:
        words = {code.code: code.zh for code in reference.codes.get(declared.codes, ())}
        for line in report.lines:
            value = line.cells.get(declared.id)
            if value is None:
                continue
            line.fields[declared.id] = value
            if declared.type == "flag":
                value = "是" if value else "否"
            elif declared.type == "code":
                value = words[value]
            elif isinstance(value, dt.date):
                value = f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else f"{value:%Y-%m-%d}"
            line.cells[declared.id] = value


def _recipes(form: Form, reference: Reference, used: set[str]) -> dict[str, Recipe]:
    """The rates that the form prints of its own columns, and the changes and progress beside its figures."""
    found = {}
    for printed in form.printed:
        indicator = reference.indicators[printed.indicator]
        terms = [*indicator.numerator, *indicator.denominator]
        if all(term[1] == form.id and not term[3] and term[2] in used for term in terms):
            sides = [tuple((sign, measure) for sign, _, measure, _ in side) for side in (indicator.numerator, indicator.denominator)]
            found[printed.id] = Recipe("rate", *sides, indicator.scale, indicator.decimals)
    extra = [e for e in form.extra_columns if e["id"] in used or e.get("companion") in ("yoy", "progress")]
    for column in extra:
        kind, span = column.get("companion"), column.get("span") or "ytd"
        if kind not in ("yoy", "progress"):
            continue
        other = "prior" if kind == "yoy" else "target"
        beside = [e for e in extra if e["measure"] == column["measure"] and (e.get("span") or "ytd") == span]
        now = next((e["id"] for e in beside if not e.get("companion")), None)
        base = next((e["id"] for e in beside if e.get("companion") == other), None)
        if now and base:
            found[column["id"]] = Recipe("change" if kind == "yoy" else "rate", ((1, now),), ((1, base),))
    return found

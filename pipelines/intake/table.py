"""A sheet becomes typed rows: envelope, header, then every cell, with a finding for whatever cannot be understood.

The whole file is always read to its end: a clerk gets every finding at once, not the first.
"""

from __future__ import annotations

import collections
import datetime as dt
import logging
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from pipelines import personal
from pipelines.intake import answers, cells, header, limits, lines, scale
from pipelines.intake.answers import Reply
from pipelines.intake.header import CONTENT
from pipelines.intake.names import SUBTOTAL, RegionNames, RegionProblem
from pipelines.intake.sheets import Sheet, Unreadable, letter, open_book, position
from pipelines.intake.subtotals import Subtotals
from pipelines.intake.text import proposal
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Column, Form, normalise_header
from transforms import periods

ENVELOPE_LABELS = {
    "form_id": ["表号", "form_id", "form"],
    "submitter": ["填报单位", "报送单位", "编报单位", "submitter"],
    "region_id": ["行政区划代码", "区划代码", "region_id"],
    "period": ["报告期", "报告时期", "统计期间", "统计时期", "所属期", "统计月份", "填报月份", "period"],
    "basis": ["统计口径", "basis"],
    "cumulative": ["累计", "cumulative"],
    "money_unit": ["金额单位", "unit_money", "单位"],
    "filled_on": ["填报日期", "报出日期", "上报日期", "填报时间", "filled_on"],
    "supersedes": ["替代", "supersedes"],
    "form_version": ["表式版本", "form_version"],
}
_LABEL = {normalise_header(label): key for key, labels in ENVELOPE_LABELS.items() for label in labels}
_SEVERAL = re.compile(r"\s*(" + "|".join(sorted((label for labels in ENVELOPE_LABELS.values() for label in labels), key=len, reverse=True))
                      + r")(?:\([^()]*\))?\s*[:：]\s*")  # labels of one line: 表号:F02  报告期:2015-03
_STAMP = re.compile(r"\([^()]*\)$")
HEADER_SEARCH = header.SEARCHED
LONGEST_LABEL = 300  # a longer cell holds no item of the envelope
NOTICES = {"HIDDEN_SHEET", "REPEATED_SHEET", "SHEET_WITHOUT_FORM", "SUBTOTAL_LEFT_OUT"}  # findings that say what was left out on purpose
INSTRUCTIONS = re.compile(r"^填[表报]说明$|^说明$")
LARGEST = 10**14  # what the typed tables hold with room for the arithmetic


@dataclass
class Finding:
    """Something to say about a cell; texts come from the message catalogue by `check_id`."""

    check_id: str
    sheet: str = ""
    cell: str = ""
    value: str = ""
    expected: str = ""
    region_id: str = ""
    period: str = ""


@dataclass
class Row:
    """A typed row: where it stands, its key, its values (money in yuan) and its fields (str, date, datetime or bool)."""

    sheet: str
    row: int
    region_id: str
    period: str
    span: str
    basis: str
    dims: tuple[str, ...]
    values: dict[str, Decimal] = field(default_factory=dict)
    fields: dict[str, object] = field(default_factory=dict)
    note: str = ""
    lost: bool = False  # its key could not be read: looked at for findings and never stored


@dataclass
class Companion:
    """A derived or prior value printed beside a measure, as it stands."""

    row: Row
    measure: str
    kind: str
    printed: str
    value: Decimal | None
    state: str
    cell: str


@dataclass
class CellNote:
    """What a plain number cannot say: its status, qualifier, the text as written and the remark beside it."""

    row: Row
    measure: str
    obs_status: str
    qualifier: str
    raw: str
    remark: str


@dataclass
class Parsed:
    """What one file holds."""

    form: Form | None = None
    region_id: str = ""
    period: str = ""
    supersedes: str = ""
    rows: list[Row] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)
    notes: list[CellNote] = field(default_factory=list)
    columns: list[tuple[str, str, str, str]] = field(default_factory=list)  # sheet, span, measure or other column, letter
    submitter: str = ""  # region of the envelope
    reply: Reply | None = None  # a receipt that came back, perhaps with corrections
    findings: list[Finding] = field(default_factory=list)
    said: collections.Counter = field(default_factory=collections.Counter)  # findings by check, also those too many to list


class Reader:
    """Reads files of one jurisdiction."""

    def __init__(self, jurisdiction: Jurisdiction):
        self.jurisdiction = jurisdiction
        self.reference = jurisdiction.reference
        self.names = RegionNames(jurisdiction)
        self.headers: dict[str, dict[str, Column | None]] = {}  # by form: what header texts have meant
        self.is_header: dict[str, bool] = {}  # texts beside a label: whether any form has them for a header

    def read(self, data: bytes) -> Parsed:
        """Everything in a file; never raises for bad input: what is wrong comes back as findings."""
        parsed = Parsed()
        try:
            self._read(data, parsed)
        except Unreadable as error:
            return Parsed(findings=[Finding(error.problem, value=error.detail)])
        except (TimeoutError, MemoryError):
            raise  # the limits of the process that reads, which tells of them itself
        except Exception as error:  # a fault of ours must not stop the files behind this one; it is logged, and the sender is told
            logging.getLogger(__name__).exception("a file could not be read")
            return Parsed(findings=[Finding("READER_FAILED", value=type(error).__name__)])
        return parsed

    def _read(self, data: bytes, parsed: Parsed) -> None:
        book = open_book(data)
        for check_id, sheet, seen in book.left_out:
            parsed.findings.append(Finding(check_id, sheet, value=seen))
        parsed.reply = answers.find(book.sheets)
        sheets = parsed.reply.sheets if parsed.reply else [s for s in book.sheets if not self._is_instructions(s)] or book.sheets
        readers = [_SheetReader(self, parsed, sheet) for sheet in sheets]
        for reader in readers:
            reader.read_envelope()
        named = [reader for reader in readers if reader.names_a_form()] if len(readers) > 1 else readers
        for reader in readers:
            if reader in named or not named:
                reader.read()
            elif count := sum(isinstance(value, int | float) for row in reader.sheet.rows for value in row):
                parsed.findings.append(Finding("SHEET_WITHOUT_FORM", reader.sheet.name, value=str(count)))
        if parsed.form and not parsed.rows and not any(f.check_id not in NOTICES for f in parsed.findings):
            parsed.findings.append(Finding("NO_ROWS"))
        parsed.findings += _personal_data(parsed)
        parsed.findings += [Finding("MORE_FINDINGS", value=str(count - limits.MAX_FINDINGS), expected=check_id)
                            for check_id, count in sorted(parsed.said.items()) if count > limits.MAX_FINDINGS]
        for finding in parsed.findings:
            finding.sheet = "" if personal.is_personal(finding.sheet) else finding.sheet
        for attribute in ("region_id", "period"):
            seen = {getattr(row, attribute) for row in parsed.rows}
            if not getattr(parsed, attribute) and len(seen) == 1:
                setattr(parsed, attribute, seen.pop())

    def _is_instructions(self, sheet: Sheet) -> bool:
        """A sheet of instructions as the templates have one: so named, and holding neither a form number nor a header."""
        if not INSTRUCTIONS.match(sheet.name):
            return False
        rows = [[cells.text_of(value) for value in row] for row in sheet.rows[:HEADER_SEARCH]]
        if any(_LABEL.get(normalise_header(text)) == "form_id" for row in rows for text in row):
            return False
        forms = self.reference.forms.values()
        return all(len({column.id for text in row if (column := form.match(text))}) < 3 for row in rows for form in forms)


def _personal_data(parsed: Parsed) -> list[Finding]:
    """Cells of which the text would be kept and that look like personal data; what they hold is not repeated."""
    letters = {(sheet, span, measure): letter for sheet, span, measure, letter in parsed.columns}
    written = [(row, f"{letters.get((row.sheet, row.span, name), 'A')}{row.row}", text)
               for row in [*parsed.rows, *parsed.lost] for name, text in row.fields.items() if isinstance(text, str)]
    written += [(n.row, f"{letters.get((n.row.sheet, n.row.span, n.measure), 'A')}{n.row.row}", f"{n.raw} {n.remark}") for n in parsed.notes]
    written += [(c.row, c.cell, c.printed) for c in parsed.companions if not _short_number(c.printed)]
    written += {row.sheet: (row, "", row.sheet) for row in [*parsed.rows, *parsed.lost]}.values()
    found = {(row.sheet, cell): (row, kinds) for row, cell, text in written if (kinds := personal.kinds_in(text))}
    return [Finding("PERSONAL_DATA", "" if not cell else sheet, cell, "", "; ".join(kinds), row.region_id, row.period)
            for (sheet, cell), (row, kinds) in found.items()]


def _is_filled(value: object) -> bool:
    return type(value) is float or value != "" and cells.text_of(value) != ""


def _short_number(text: str) -> bool:
    """Whether a text is a number of so few digits that it belongs to nobody."""
    return len(text) <= 10 and not text.strip("+-.%0123456789")


class _SheetReader:
    def __init__(self, reader: Reader, parsed: Parsed, sheet: Sheet):
        self.reader, self.parsed, self.sheet = reader, parsed, sheet
        self.jurisdiction, self.reference, self.names = reader.jurisdiction, reader.reference, reader.names
        self.envelope: dict[str, tuple[str, str]] = {}
        self.label_rows: set[int] = set()
        self.offered: set[str] = set()

    def report(self, check_id: str, cell: str = "", value: object = "", expected: str = "", row: Row | None = None) -> None:
        self.parsed.said[check_id] += 1
        if self.parsed.said[check_id] > limits.MAX_FINDINGS:
            return
        self.parsed.findings.append(
            Finding(check_id, self.sheet.name, cell, str(value)[:200], expected[:300],
                    (row and row.region_id) or self.parsed.region_id, (row and row.period) or self.parsed.period)
        )

    # --- envelope -----------------------------------------------------------------------------------------------------

    def read_envelope(self) -> None:
        for label, value, line in self.sheet.envelope:
            self._envelope_item(label, cells.text_of(value), f"A{line}")
        for r, row in enumerate(self.sheet.rows[:HEADER_SEARCH]):
            for c, value in enumerate(row):
                if not isinstance(value, str) or not value:
                    continue  # no label is a number
                labels = _labels_in(value) if len(value) <= LONGEST_LABEL else []
                if not labels:
                    continue
                label, inline = labels[0]
                if inline:
                    for label, inline in labels:
                        self._envelope_item(label, inline, f"{letter(c)}{r + 1}")
                    continue
                text = cells.text_of(value)
                for d in range(c + 1, min(c + 6, len(row))):
                    right = _period_text(row[d]) if _LABEL[normalise_header(label)] == "period" else cells.text_of(row[d])
                    if right and right != text:
                        if normalise_header(right.rstrip(":")) not in _LABEL and self._is_envelope_value(label, right):
                            self._envelope_item(label, right, f"{letter(d)}{r + 1}")
                        break

    def _is_envelope_value(self, label: str, right: str) -> bool:
        """Whether the cell to the right is a value: beside a header such as 报告期 or form_id stands another header instead."""
        key = _LABEL[normalise_header(label)]
        if key in ("region_id", "period", "filled_on", "form_id", "supersedes"):
            return any(ch.isdigit() for ch in right) and not self._is_header(right)
        if key == "basis":
            return normalise_header(right) in self.reference.code_lookup["basis"]
        if key == "money_unit":
            return bool(scale.money_unit(right)) or normalise_header(label) == "金额单位"
        return not self._is_header(right)

    def _is_header(self, text: str) -> bool:
        known = self.reader.is_header.get(text)
        if known is None:
            if len(self.reader.is_header) >= header.REMEMBERED:
                self.reader.is_header.clear()
            known = self.reader.is_header[text] = any(form.match(text) for form in self.reference.forms.values())
        return known

    def _envelope_item(self, label: str, value: str, cell: str) -> None:
        name = normalise_header(_STAMP.sub("", label))
        key = _LABEL.get(name)
        if key == "money_unit" and name == "单位" and not scale.money_unit(value):
            key = "" if set(re.split(r"[、/,;\s]+", value)) & set(cells.UNITS) else "submitter"  # 单位:起、人 or 单位:河阳市
        if key and key not in self.envelope and value:
            self.envelope[key] = (value, cell)
            self.label_rows.add(position(cell)[0])

    def env(self, key: str) -> str:
        return self.envelope.get(key, ("", ""))[0]

    # --- header -------------------------------------------------------------------------------------------------------

    def names_a_form(self) -> bool:
        """Whether the sheet says which form it is: in a workbook of several sheets the others are notes."""
        return bool(self.env("form_id")) or any(normalise_header(v) in ("form_id", "表号") for row in self.sheet.rows[:HEADER_SEARCH] for v in row if isinstance(v, str))

    def find_form(self) -> Form | None:
        text, cell = self.envelope.get("form_id", ("", ""))
        if not text:
            for row in self.sheet.rows[:HEADER_SEARCH]:
                headers = [normalise_header(v) for v in row]
                for name in ("form_id", "表号"):
                    if name in headers:
                        column = headers.index(name)
                        below = self.sheet.rows[self.sheet.rows.index(row) + 1 :]
                        values = {cells.text_of(r[column]) for r in below if len(r) > column} - {""}
                        text = next(iter(values)) if len(values) == 1 else ""
                        if len(values) > 1:
                            self.report("SEVERAL_FORMS", value=", ".join(sorted(values)))
                            return None
        if not text:
            self.report("NO_FORM", expected=", ".join(self.reference.forms))
            return None
        match = re.search(r"[A-Za-z]+\d*[a-z]?", text)
        by_fold = {form_id.lower(): form for form_id, form in self.reference.forms.items()}
        form = by_fold.get(match[0].lower()) if match else None
        if form is None:
            self.report("UNKNOWN_FORM", cell, text, ", ".join(self.reference.forms))
        elif self.parsed.form not in (None, form):
            self.report("SEVERAL_FORMS", cell, text, self.parsed.form.id)
            return None
        return form

    # --- rows ---------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        form = self.find_form()
        self._submitter()
        if form is None:
            return
        self.parsed.form = form
        self._version(form)
        matcher = header.Matcher(form, self.reader.headers.setdefault(form.id, {}), self.period)
        found = header.find(matcher, self.sheet.rows, self.sheet.merged, self.label_rows)
        if found is None:
            self.report("NO_HEADER", expected=", ".join(m.zh for m in form.measures[:6]))
            for r, row in enumerate(self.sheet.rows[:HEADER_SEARCH]):
                for c, value in enumerate(row):
                    if isinstance(value, str) and value and not value.isascii():
                        self._propose(f"{letter(c)}{r + 1}")
            return
        last, columns, texts = found.last, found.columns, found.texts
        self._money_unit()
        for c, (column, text) in enumerate(zip(columns, texts, strict=True)):
            if text and column is None and not lines.is_personal(text):
                self.report("UNKNOWN_COLUMN", f"{letter(c)}{last + 1}", text)
                for r in range(found.first, last + 1):
                    self._propose(f"{letter(c)}{r + 1}")
        seen: dict[str, int] = {}
        for c, column in enumerate(columns):
            if column and column.role not in ("note", "retired"):
                if column.id in seen:
                    self.report("DUPLICATE_COLUMN", f"{letter(c)}{last + 1}", texts[c], letter(seen[column.id]))
                    columns[c] = None
                seen.setdefault(column.id, c)
        self._required(form, seen, last)
        self._header_units(form, found)
        self._merged_numbers(last, columns)
        self._layout(form, columns)
        content = [c for c, _, column in self.placed if column.role in CONTENT]
        self.subtotals = Subtotals()
        before, printed_before = len(self.parsed.rows), len(self.parsed.companions)
        for r in range(last + 1, len(self.sheet.rows)):
            row = self.sheet.rows[r]
            if not any(_is_filled(row[c]) for c in content if c < len(row)):
                continue  # a line of the template that was not filled in
            if lines.is_footer(row, content) or r == last + 1 and lines.is_numbering(row):
                continue
            self._row(form, row, r + 1)
        self.parsed.columns += sorted(self.letters)
        self._leave_out_subtotals(form, before)
        for place, value in scale.fractions(form, self.reference, self.parsed.companions[printed_before:]):
            c = next((c for c, column in enumerate(columns) if letter(c) == place), 0)
            self.report("PCT_SCALE", f"{place}{last + 1}", value, texts[c])

    def _propose(self, cell: str) -> None:
        """Offer what a damaged text may have been; a person decides, nothing is read in its place."""
        row, column = position(cell)
        value = self.sheet.rows[row][column] if column < len(self.sheet.rows[row]) else ""  # as it stands: normalised, µ would be another letter
        if isinstance(value, str) and len(value) <= 300 and value not in self.offered and (repaired := proposal(value.strip())):
            self.offered.add(value)
            self.report("MOJIBAKE", cell, value.strip(), repaired)

    def _money_unit(self) -> None:
        text, cell = self.envelope.get("money_unit", ("", ""))
        self.money_unit = scale.money_unit(text)
        if text and not self.money_unit:
            self.report("UNKNOWN_MONEY_UNIT", cell, text, ", ".join(cells.MONEY))

    def _header_units(self, form: Form, found: header.Header) -> None:
        """A unit in the header other than the declared one is told; nothing is converted but money."""
        for c, unit in found.units.items():
            column = found.columns[c]
            measure = form.measure_by_id.get(column.measure or "") if column else None
            if measure and column.companion in (None, "prior", "change", "mom_change", "target") and scale.differs(unit, measure):
                self.report("UNIT_MISMATCH", f"{letter(c)}{found.last + 1}", found.texts[c], measure.unit)

    def _merged_numbers(self, last: int, columns: list[Column | None]) -> None:
        """A number in cells merged over several lines or columns belongs to none of them for certain: told, and taken for none."""
        content = {c for c, column in enumerate(columns) if column and column.role in ("measure", "companion", "printed")}
        for top, bottom, left, right in self.sheet.merged:
            covered = content & set(range(left, right + 1))
            if top <= last or not covered or bottom == top and len(covered) < 2:
                continue
            value = self.sheet.rows[top][left]
            if cells.read(value).status == "value":
                self.report("MERGED_NUMBER", f"{letter(left)}{top + 1}", cells.text_of(value), f"{letter(left)}{top + 1}:{letter(right)}{bottom + 1}")
                for row in self.sheet.rows[top : bottom + 1]:
                    for c in covered:
                        row[c] = ""

    def _leave_out_subtotals(self, form: Form, before: int) -> None:
        parents = {code.code: code.parent for dim in form.dimensions if dim.codes for code in self.reference.codes[dim.codes]}
        left_out = self.subtotals.left_out(self.parsed.rows[before:], parents) if self.subtotals.marked else []
        if not left_out:
            return
        gone = {id(row) for row, _, _ in left_out}
        for row, cell, differences in left_out:
            self.report("SUBTOTAL_LEFT_OUT", cell, SUBTOTAL, "", row)
            for measure, (written, expected) in differences.items():
                self.report("SUBTOTAL_MISMATCH", cell, f"{written:f}", f"{form.measure_by_id[measure].zh} {expected:f}", row)
        self.parsed.rows = [row for row in self.parsed.rows if id(row) not in gone]
        self.parsed.companions = [c for c in self.parsed.companions if id(c.row) not in gone]
        self.parsed.notes = [n for n in self.parsed.notes if id(n.row) not in gone]

    def _layout(self, form: Form, columns: list[Column | None]) -> None:
        """The columns by what they are for, found once a sheet and not once a row: number, letter, column; of columns of numbers also the span
        that they have by themselves, whether they are whole, the unit in which they give money, and whether they are compared and not counted."""
        if any(column and column.span == "ytd" for column in columns):  # beside cumulative columns, progress is that of the year to date
            columns = [replace(c, span="ytd") if c and c.companion in ("target", "progress") and not c.span else c for c in columns]
        self.placed = [(c, letter(c), column) for c, column in enumerate(columns) if column]
        self.numbers = []
        for c, place, column in self.placed:
            if column.role in ("measure", "companion", "printed"):
                measure = form.measure_by_id.get(column.measure)
                money = (column.money_unit or self.money_unit or measure.unit) if measure and measure.type == "money" else ""
                whole = measure is not None and measure.type == "int"
                self.numbers.append((c, place, column, column.span if form.kind == "flow" else None, whole, money, column.role != "measure"))
        self.dimensions = [p for p in self.placed if p[2].role == "dimension"]
        self.fields = [p for p in self.placed if p[2].role == "field"]
        self.named = [p for p in self.placed if p[2].role not in (*CONTENT, "dimension", "retired")]
        self.letters: set[tuple[str, str, str, str]] = set()
        self.shapes: set[tuple[str, int]] = set()

    def _required(self, form: Form, seen: dict[str, int], last: int) -> None:
        self.required: set[str] = set()
        for name in self.jurisdiction.required_columns.get(form.id, []):
            column = form.match(name)
            self.required |= {column.id} if column else set()
            if column is None or column.id not in seen:
                self.report("REQUIRED_COLUMN", f"A{last + 1}", "", name)

    def _version(self, form: Form) -> None:
        text, cell = self.envelope.get("form_version", ("", ""))
        if text and not (text.isdecimal() and int(text) <= form.version):
            self.report("FORM_VERSION", cell, text, f"1–{form.version}")

    def _submitter(self) -> None:
        if self.parsed.supersedes == "":
            self.parsed.supersedes = self.env("supersedes")
        period, cell = self.envelope.get("period", ("", ""))
        self.period = self.span = ""
        if period:
            try:
                self.period, self.span = periods.parse(period)
            except ValueError:
                self.report("BAD_PERIOD", cell, period, "2015, 2015Q3, 2015H1, 2015-03, 2015-01..2015-10")
            cumulative = self.env("cumulative").lower() in ("是", "true", "1", "yes", "累计", "y")
            if cumulative and self.span == "month":
                self.span = "ytd"
            self.parsed.period = self.parsed.period or self.period
        self.region = ""
        for key in ("region_id", "submitter"):
            text, cell = self.envelope.get(key, ("", ""))
            if text and not self.region:
                try:
                    self.region = self.names.resolve(text, None, self.period or "9998")
                except RegionProblem as problem:
                    if key == "region_id" or not self.env("region_id"):
                        self.report(problem.problem, cell, text, "; ".join(problem.candidates))
        self.parsed.region_id = self.parsed.region_id or self.region
        self.parsed.submitter = self.parsed.submitter or self.region

    def _row(self, form: Form, raw: list, number: int) -> None:
        by_role: dict[str, tuple[str, str]] = {}
        self.damaged = False  # a key that is a formula without a result
        for c, place, column in self.named:
            text = (_period_text(raw[c]) if column.role == "period" else cells.read_text(raw[c])) if c < len(raw) else ""
            if text and not lines.is_personal(text):
                if text[0] == "#" and (problem := cells.formula_problem(text)):
                    self.report(problem, f"{place}{number}", text)
                    self.damaged = True
                    continue
                by_role[column.role] = (text, f"{place}{number}")
        row = self._key(form, raw, number, by_role)
        by_span: dict[str, Row] = {row.span: row} if form.kind == "register" else {}
        new_shape = (row.span, len(raw)) not in self.shapes
        width = len(raw)
        at = target = None
        for c, place, column, own_span, whole, money, compared in self.numbers:
            if c >= width:
                continue
            value, span = raw[c], own_span or row.span
            if span != at:
                at, target = span, by_span.get(span) or by_span.setdefault(span, self._of_span(row, span))
            if compared:
                if value != "":
                    self._companion(form, column, target, value, f"{place}{number}", money)
                continue
            plain = cells.plain(value, whole, money)
            if plain is None:
                self._measure(form, column, target, value, f"{place}{number}", money)
            else:
                target.values[column.measure] = plain
            if new_shape:
                self.letters.add((self.sheet.name, span, column.measure, place))
        for target in by_span.values() or [row]:
            (self.parsed.lost if row.lost else self.parsed.rows).append(target)
            self.subtotals.marked += [(target, axis, cell) for axis, cell in self.subtotal_axes if not row.lost]
            if new_shape:
                self.letters |= {(self.sheet.name, target.span, column.id, place) for _, place, column in self.dimensions + self.fields}
        self.shapes.add((row.span, len(raw)))

    @staticmethod
    def _of_span(row: Row, span: str) -> Row:
        """The row of the columns of a line that have a span by themselves."""
        period = _end_month(row.period) if span != row.span and row.period else row.period
        return Row(row.sheet, row.row, row.region_id, period, span, row.basis, row.dims, {}, row.fields, row.note, row.lost)

    def _key(self, form: Form, raw: list, number: int, by_role: dict) -> Row:
        """The row that a line is, without its numbers; `lost` when what identifies it could not be read: its other cells are read all the same."""
        ok, period, span = not self.damaged, self.period, self.span
        self.subtotal_axes: list[tuple[int, str]] = []
        fields = self._fields(form, raw, number)
        if fields is None:
            ok, fields = False, {}
        if (dated := fields.get(form.period_from)) is not None:
            period, span = f"{dated:%Y-%m}", "month"
        if "period" in by_role:
            text, cell = by_role["period"]
            try:
                period, span = periods.parse(text)
            except ValueError:
                self.report("BAD_PERIOD", cell, text, "2015, 2015Q3, 2015H1, 2015-03, 2015-01..2015-10")
                ok = False
        if not period:
            if ok and "period" not in self.envelope:
                self.report("NO_PERIOD", f"A{number}")
            ok = False
        if form.kind == "stock":
            span = "stock"
        region = self.region
        named = by_role.get("region_id") or by_role.get("region")
        if named:
            try:
                region = self.names.resolve(named[0], self.region or None, period or "9998")
            except RegionProblem as problem:
                self.report(problem.problem, named[1], named[0], "; ".join(problem.candidates))
                self._propose(named[1])
                region, ok = "", False
            if SUBTOTAL in named[0] and lines.is_subtotal(named[0]):
                self.subtotal_axes.append((-1, named[1]))
        if not region:
            if ok and not named and not ({"region_id", "submitter"} & set(self.envelope)):
                self.report("NO_REGION", f"A{number}")
            ok = False
        basis = "all"
        if form.has_basis:
            text, cell = by_role.get("basis") or self.envelope.get("basis", ("", ""))
            basis = self.jurisdiction.basis_at(_end_month(period)) if period else "all"
            if text:
                known = lines.code_of(self.reference.code_lookup["basis"], text) or None
                if known in (None, "TOTAL") and normalise_header(text) != normalise_header("各类事故"):
                    self.report("UNKNOWN_CODE", cell, text, ", ".join(c.code for c in self.reference.codes["basis"]))
                    ok = False
                basis = "all" if known in (None, "TOTAL") else known
        dims = []
        for axis, dim in enumerate(form.dimensions):
            code = "" if dim.key else dim.default
            for c, place, column in self.dimensions:
                if column.id == dim.id and c < len(raw):
                    text = cells.text_of(raw[c])
                    if dim.key:
                        code = cells.read_text(raw[c], 60)
                    elif text:
                        code = lines.code_of(self.reference.code_lookup[dim.codes], text)
                        if SUBTOTAL in text and lines.is_subtotal(text):
                            self.subtotal_axes.append((axis, f"{place}{number}"))
                        if not code:
                            self._unknown_code(text, dim.codes, f"{place}{number}")
                            ok = False
            if dim.key and not code:
                self.report("KEY_MISSING", f"A{number}", "", dim.zh)
                ok = False
            dims.append(code)
        row = Row(self.sheet.name, number, region, period, span, basis, tuple(dims), {}, fields, by_role.get("note", ("", ""))[0], not ok)
        if row.lost:
            return row
        if not self.names.valid(region, period):
            self.report("REGION_NOT_VALID", (named or ("", f"A{number}"))[1], f"{region} {self.names.label(region)}", period, row)
        if self.region and region != self.region and not self.names.within(region, self.region):
            self.report("REGION_OUTSIDE", (named or ("", f"A{number}"))[1], self.names.label(region),
                        self.names.label(self.region), row)
        return row

    def _unknown_code(self, text: str, codes: str, cell: str) -> None:
        if problem := cells.formula_problem(text):
            self.report(problem, cell, text)
            return
        self.report("UNKNOWN_CODE", cell, text, ", ".join(code.zh for code in self.reference.codes[codes]))
        self._propose(cell)

    def _fields(self, form: Form, raw: list, number: int) -> dict[str, object] | None:
        """The typed fields of a line that could be read; None when one of them refuses the line."""
        found: dict[str, object] = {}
        refused = False
        for c, place, column in self.fields:
            declared, cell = form.field_by_id[column.id], f"{place}{number}"
            value = raw[c] if c < len(raw) else ""
            text = cells.read_text(value, 10_000)
            if not text:
                if declared.required:
                    self.report("FIELD_MISSING", cell, "", declared.zh)
                continue
            if problem := cells.formula_problem(text):
                self.report(problem, cell, text)
                refused = True
            elif declared.type in ("date", "datetime", "time", "flag"):
                reading = getattr(cells, f"read_{declared.type}")
                found[column.id] = reading(value) if declared.type in ("time", "flag") else reading(value, self.period)
                if found[column.id] is None:
                    del found[column.id]
                    self.report("BAD_FLAG" if declared.type == "flag" else "BAD_DATE", cell, text, declared.zh)
            elif declared.type == "code":
                code = lines.code_of(self.reference.code_lookup[declared.codes], text)
                if not code:
                    self._unknown_code(text, declared.codes, cell)
                    refused = True
                found[column.id] = code
            elif declared.type == "region":
                try:
                    found[column.id] = self.names.resolve(text, self.region or None, self.period or "9998")
                except RegionProblem as problem:
                    self.report(problem.problem, cell, text, "; ".join(problem.candidates))
                    refused = True
            else:
                if len(text) > declared.max_length:
                    self.report("TEXT_TOO_LONG", cell, f"{text[:40]}…", f"≤ {declared.max_length}")
                found[column.id] = text[: declared.max_length]
                self._propose(cell)
        return None if refused else found

    def _measure(self, form: Form, column: Column, row: Row, value: object, cell: str, money: str) -> None:
        measure = form.measure_by_id[column.measure]
        read = cells.read(value, money)
        if read.status == "blank":
            if column.id in self.required:
                self.report("REQUIRED_BLANK", cell, "", measure.zh, row)
            return
        if read.status == "error":
            self.report(read.problem, cell, read.raw, measure.zh, row)
            self._propose(cell)
            return
        if read.status == "value":
            if measure.type == "int" and read.value != read.value.to_integral_value():
                self.report("NOT_AN_INTEGER", cell, read.raw, measure.zh, row)
                return
            if read.value < 0 and not measure.signed:
                self.report("NEGATIVE_VALUE", cell, read.raw, measure.zh, row)
                return
            if abs(read.value) >= LARGEST:
                self.report("NUMBER_TOO_LARGE", cell, read.raw, measure.zh, row)
                return
            if read.unit and (read.unit in ("%", "个百分点") and measure.unit != "%" or scale.differs(read.unit, measure)):
                self.report("UNIT_MISMATCH", cell, read.raw, measure.unit, row)
            if read.qualifier in ("ge", "approx") and 1990 <= read.value <= 2035:
                self.report("YEAR_LIKE_COUNT", cell, read.raw, "", row)
            row.values[measure.id] = read.value
        if read.status == "masked":
            self.report("MASKED_VALUE", cell, read.raw, measure.zh, row)
        if read.status != "value" or read.qualifier != "exact" or read.remark:
            status = {"value": "recovered" if read.qualifier == "recovered" else "reported"}.get(read.status, read.status)
            self.parsed.notes.append(CellNote(row, measure.id, status, read.qualifier, read.raw[:200], read.remark[:200]))

    def _companion(self, form: Form, column: Column, row: Row, value: object, cell: str, money: str) -> None:
        kind = column.companion or "rate"
        text, number, state = cells.read_printed(value, signed=kind in ("change", "mom_change", "yoy", "mom"))
        if state == "blank":
            return
        if state.startswith("FORMULA"):
            self.report(state, cell, text, "", row)
            return
        if number is not None and abs(number) >= LARGEST:
            number, state = None, "unreadable"
        if state == "unreadable":
            self.report("PRINTED_UNREADABLE", cell, text, "", row)
        elif state == "masked":
            self.report("MASKED_VALUE", cell, text, "", row)
        if kind == "rate" and text.endswith("%"):
            printed = next(p for p in form.printed if p.id == column.measure)
            unit = self.reference.indicators[printed.indicator].unit
            if unit != "%":
                self.report("UNIT_SUSPECT", cell, text, unit, row)
        if money and money != "万元" and number is not None and kind in ("prior", "change", "mom_change", "target"):
            number = number * cells.MONEY.get(money, 10**4) / 10**4  # companions are kept in 万元
        self.parsed.companions.append(Companion(row, column.measure, kind, text[:60], number, state, cell))


_end_month = lru_cache(maxsize=4096)(periods.end_month)


@lru_cache(maxsize=4096)
def _labels_in(value: str) -> list[tuple[str, str]]:
    """Labels of the envelope in a cell, each with the value behind its colon: 表号:F02  报告期:2015-03."""
    text = cells.text_of(value).lstrip("# ")  # a line of a text file in a copy of it
    label, colon, inline = text.partition(":")
    if colon and len(pieces := _SEVERAL.split(text)) > 3:
        return [(name, inner.strip(" ,;")) for name, inner in zip(pieces[1::2], pieces[2::2], strict=True)]
    label = _STAMP.sub("", label)
    return [(label, inline.strip())] if normalise_header(label) in _LABEL else []


def _period_text(value: object) -> str:
    """A period as text. A spreadsheet turns 2015-03 into the first of March, which is taken back; 2015.1 as a number may have been 2015.10."""
    if isinstance(value, dt.date) and value.day == 1:
        return f"{value:%Y-%m}"
    text = cells.read_text(value)
    if isinstance(value, float) and re.fullmatch(r"\d{4}\.\d", text):
        return f"{text}(?)"
    return text

"""A sheet becomes typed rows: envelope, header, then every cell, with a finding for whatever cannot be understood.

The whole file is always read to its end: a clerk gets every finding at once, not the first.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import repeat

from pipelines import personal
from pipelines.intake import answers, cells, header, limits, lines, scale
from pipelines.intake.envelope import FORM, Envelope, Labels, period_text
from pipelines.intake.layout import LARGEST, Layout, Looked
from pipelines.intake.names import SUBTOTAL, RegionNames, RegionProblem
from pipelines.intake.parsed import CellNote, Companion, Finding, Parsed, Row, personal_data
from pipelines.intake.sheets import Sheet, Unreadable, letter, open_book, position
from pipelines.intake.subtotals import Subtotals
from pipelines.intake.text import proposal
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Column, Form, normalise_header
from transforms import periods

NOTICES = {"HIDDEN_SHEET", "REPEATED_SHEET", "SHEET_WITHOUT_FORM", "SUBTOTAL_LEFT_OUT"}  # findings that say what was left out on purpose
LAYOUTS = 500  # that a reader remembers
INSTRUCTIONS = re.compile(r"^填[表报]说明$|^说明$")


class Reader:
    """Reads files of one jurisdiction."""

    def __init__(self, jurisdiction: Jurisdiction):
        self.jurisdiction = jurisdiction
        self.reference = jurisdiction.reference
        self.names = RegionNames(jurisdiction)
        self.headers: dict[str, dict[str, Column | None]] = {}  # by form: what header texts have meant
        self.labels = Labels(self.reference)
        self._layouts: dict[tuple, Layout] = {}

    def layout(self, form: Form, columns: list[Column | None], money_unit: str) -> Layout:
        """The layout of these columns, which have nearly always been met before: files of a form look alike."""
        key = form.id, money_unit, *map(id, columns)  # the layout keeps its columns, and so no other gets their ids
        if key not in self._layouts:
            if len(self._layouts) >= LAYOUTS:
                self._layouts.clear()
            self._layouts[key] = Layout(form, columns, money_unit)
        return self._layouts[key]

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
        readers = [_SheetReader(self, parsed, sheet) for sheet in (parsed.reply.sheets if parsed.reply else book.sheets)]
        told = [reader for reader in readers if reader.names_a_form()] or [r for r in readers if not INSTRUCTIONS.match(r.sheet.name)] or readers
        for reader in readers:
            if reader in told:
                reader.read()
            elif count := sum(isinstance(value, int | float) for row in reader.sheet.rows for value in row):
                parsed.findings.append(Finding("SHEET_WITHOUT_FORM", reader.sheet.name, value=str(count)))
        if parsed.form and not parsed.rows and not any(f.check_id not in NOTICES for f in parsed.findings):
            parsed.findings.append(Finding("NO_ROWS"))
        parsed.findings += personal_data(parsed)
        parsed.findings += [Finding("MORE_FINDINGS", value=str(count - limits.MAX_FINDINGS), expected=check_id)
                            for check_id, count in sorted(parsed.said.items()) if count > limits.MAX_FINDINGS]
        for finding in parsed.findings:
            finding.sheet = "" if personal.is_personal(finding.sheet) else finding.sheet
        for attribute in ("region_id", "period"):
            seen = {getattr(row, attribute) for row in parsed.rows}
            if not getattr(parsed, attribute) and len(seen) == 1:
                setattr(parsed, attribute, seen.pop())


def _is_filled(value: object) -> bool:
    return type(value) is float or value != "" and cells.text_of(value) != ""


class _SheetReader:
    def __init__(self, reader: Reader, parsed: Parsed, sheet: Sheet):
        self.reader, self.parsed, self.sheet = reader, parsed, sheet
        self.jurisdiction, self.reference, self.names = reader.jurisdiction, reader.reference, reader.names
        self.envelope = Envelope(sheet, reader.labels)
        self.offered: set[str] = set()

    def report(self, check_id: str, cell: str = "", value: object = "", expected: str = "", row: Row | None = None) -> None:
        self.parsed.said[check_id] += 1
        if self.parsed.said[check_id] > limits.MAX_FINDINGS:
            return
        self.parsed.findings.append(
            Finding(check_id, self.sheet.name, cell, str(value)[:200], expected[:300],
                    (row and row.region_id) or self.parsed.region_id, (row and row.period) or self.parsed.period)
        )

    # --- header -------------------------------------------------------------------------------------------------------

    def names_a_form(self) -> bool:
        """Whether the sheet says which form it is: in a workbook of several sheets the others are notes."""
        return "form_id" in self.envelope or any(normalise_header(v) in FORM for row in self.sheet.rows[: header.SEARCHED] for v in row if isinstance(v, str))

    def find_form(self) -> Form | None:
        text, cell = self.envelope.place("form_id")
        if not text:
            for row in self.sheet.rows[: header.SEARCHED]:
                headers = [normalise_header(v) for v in row]
                for name in FORM:
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
        found = header.find(matcher, self.sheet, self.envelope.rows)
        if found is None:
            self.report("NO_HEADER", expected=", ".join(m.zh for m in form.measures[:6]))
            for r, row in enumerate(self.sheet.rows[: header.SEARCHED]):
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
        layout = self.layout = self.reader.layout(form, columns, self.money_unit)
        self.letters: set[tuple[str, str, str, str]] = set()
        self.shapes: set[tuple[str, int]] = set()
        self.subtotals = Subtotals()
        before, printed_before = len(self.parsed.rows), len(self.parsed.companions)
        body = [r for r in range(last + 1, len(self.sheet.rows)) if self._is_body(r, first=r == last + 1)]
        rows = [self.sheet.rows[r] for r in body]
        looked = layout.look(rows)
        targets = [self._row(form, row, r + 1, counts, looked) for r, row, counts in zip(body, rows, layout.counts_of(rows), strict=True)]
        self._plain_companions(looked, body, rows, targets)
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
        text, cell = self.envelope.place("money_unit")
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
                for r in range(top, bottom + 1):
                    self.sheet.words[r] = [(c, text) for c, text in self.sheet.words[r] if c not in covered]
                    for c in covered:
                        self.sheet.rows[r][c] = ""

    def _leave_out_subtotals(self, form: Form, before: int) -> None:
        parents = {code.code: code.parent for dim in form.dimensions if dim.codes for code in self.reference.codes[dim.codes]}
        left_out = self.subtotals.left_out(self.parsed.rows[before:], parents) if self.subtotals.marked else []
        if not left_out:
            return
        gone = {id(row) for row, _, _ in left_out}
        for row, cell, differences in left_out:
            self.report("SUBTOTAL_LEFT_OUT", cell, SUBTOTAL, "", row)
            for measure, (written, expected) in differences.items():
                self.report("SUBTOTAL_MISMATCH", cell, f"{Decimal(written):f}", f"{form.measure_by_id[measure].zh} {Decimal(expected):f}", row)
        self.parsed.rows = [row for row in self.parsed.rows if id(row) not in gone]
        self.parsed.companions = [c for c in self.parsed.companions if id(c.row) not in gone]
        self.parsed.notes = [n for n in self.parsed.notes if id(n.row) not in gone]

    def _required(self, form: Form, seen: dict[str, int], last: int) -> None:
        self.required: set[str] = set()
        for name in self.jurisdiction.required_columns.get(form.id, []):
            column = form.match(name)
            self.required |= {column.id} if column else set()
            if column is None or column.id not in seen:
                self.report("REQUIRED_COLUMN", f"A{last + 1}", "", name)

    def _version(self, form: Form) -> None:
        text, cell = self.envelope.place("form_version")
        if text and not (text.isdecimal() and int(text) <= form.version):
            self.report("FORM_VERSION", cell, text, f"1–{form.version}")

    def _submitter(self) -> None:
        if self.parsed.supersedes == "":
            self.parsed.supersedes = self.envelope.text("supersedes")
        period, cell = self.envelope.place("period")
        self.period = self.span = ""
        if period:
            try:
                self.period, self.span = periods.parse(period)
            except ValueError:
                self.report("BAD_PERIOD", cell, period, "2015, 2015Q3, 2015H1, 2015-03, 2015-01..2015-10")
            cumulative = self.envelope.text("cumulative").lower() in ("是", "true", "1", "yes", "累计", "y")
            if cumulative and self.span == "month":
                self.span = "ytd"
            self.parsed.period = self.parsed.period or self.period
        self.region = ""
        for key in ("region_id", "submitter"):
            text, cell = self.envelope.place(key)
            if text and not self.region:
                try:
                    self.region = self.names.resolve(text, None, self.period or "9998")
                except RegionProblem as problem:
                    if key == "region_id" or not self.envelope.text("region_id"):
                        self.report(problem.problem, cell, text, "; ".join(problem.candidates))
        self.parsed.region_id = self.parsed.region_id or self.region
        self.parsed.submitter = self.parsed.submitter or self.region

    def _is_body(self, r: int, first: bool) -> bool:
        """Whether a line below the header says something: not one of the template that was not filled in, and no signature."""
        row, content = self.sheet.rows[r], self.layout.content
        if not (content and content[0] < len(row) and type(row[content[0]]) is float or any(_is_filled(row[c]) for c in content if c < len(row))):
            return False
        return not (lines.is_footer(row, [text for _, text in self.sheet.words[r]], content) or first and lines.is_numbering(row))

    def _row(self, form: Form, raw: list, number: int, counts: Sequence[int] | None, looked: Looked) -> dict[str | None, Row]:
        """Read a line; `counts` are those of the layout. Returns the row of each span of the columns that were looked at before."""
        by_role: dict[str, tuple[str, str]] = {}
        self.damaged = False  # a key that is a formula without a result
        for c, place, column in self.layout.named:
            text = (period_text(raw[c]) if column.role == "period" else cells.read_text(raw[c])) if c < len(raw) else ""
            if text and not lines.is_personal(text):
                if text[0] == "#" and (problem := cells.formula_problem(text)):
                    self.report(problem, f"{place}{number}", text)
                    self.damaged = True
                    continue
                by_role[column.role] = (text, f"{place}{number}")
        row = self._key(form, raw, number, by_role)
        by_span: dict[str, Row] = {row.span: row} if form.kind == "register" else {}
        width = len(raw)
        numbers = looked.others
        if counts:
            row.values.update(zip(self.layout.counts, counts, strict=True))
            by_span[row.span], numbers = row, looked.uncounted
        for c, place, column, own_span, whole, money, printed in numbers:
            if c >= width:
                continue
            value, target = raw[c], self._of_span(by_span, row, own_span)
            if printed:
                if type(value) is float and -LARGEST < value < LARGEST and not money:
                    text, exact = cells.printed_number(value)
                    self.parsed.companions.append(Companion(target, column.measure, column.companion or "rate", text, exact, "value", f"{place}{number}"))
                elif value != "":
                    self._companion(form, column, target, value, f"{place}{number}", money)
                continue
            plain = cells.plain(value, whole, money)
            if plain is None:
                self._measure(form, column, target, value, f"{place}{number}", money)
            else:
                target.values[column.measure] = plain
        targets = {own_span: self._of_span(by_span, row, own_span) for own_span in looked.spans}
        for target in by_span.values() or [row]:
            (self.parsed.lost if row.lost else self.parsed.rows).append(target)
            if self.subtotal_axes and not row.lost:
                self.subtotals.marked += [(target, axis, cell) for axis, cell in self.subtotal_axes]
        if (row.span, width) not in self.shapes:
            self.shapes.add((row.span, width))
            self._place_letters(row, width, by_span.values() or [row])
        return targets

    def _plain_companions(self, looked: Looked, body: list[int], rows: list[list[object]], targets: list[dict[str | None, Row]]) -> None:
        """The values of the columns that hold a plain number in every line."""
        for place, letters, column, span, *_ in looked.plain:
            texts, numbers = zip(*map(cells.printed_number, [row[place] for row in rows]), strict=True)
            self.parsed.companions += map(Companion, [of_span[span] for of_span in targets], repeat(column.measure), repeat(column.companion or "rate"),
                                          texts, numbers, repeat("value"), [f"{letters}{r + 1}" for r in body])

    def _place_letters(self, row: Row, width: int, targets: Iterable[Row]) -> None:
        """Note where the columns of lines of this span and width stand."""
        self.letters |= {(self.sheet.name, own_span or row.span, column.measure, place)
                         for c, place, column, own_span, _, _, printed in self.layout.numbers if c < width and not printed}
        self.letters |= {(self.sheet.name, target.span, column.id, place)
                         for target in targets for _, place, column in self.layout.dimensions + self.layout.fields}

    @staticmethod
    def _of_span(by_span: dict[str, Row], row: Row, own_span: str | None) -> Row:
        """The row that columns with a span of their own, or with that of the line, go to."""
        span = own_span or row.span
        if span not in by_span:
            period = _end_month(row.period) if span != row.span and row.period else row.period
            by_span[span] = Row(row.sheet, row.row, row.region_id, period, span, row.basis, row.dims, {}, row.fields, row.note, row.lost)
        return by_span[span]

    def _key(self, form: Form, raw: list, number: int, by_role: dict) -> Row:
        """The row that a line is, without its numbers; `lost` when what identifies it could not be read: its other cells are read all the same."""
        ok, period, span = not self.damaged, self.period, self.span
        self.subtotal_axes: list[tuple[int, str]] = []
        fields = self._fields(form, raw, number) if self.layout.fields else {}
        if fields is None:
            ok, fields = False, {}
        if fields and (dated := fields.get(form.period_from)) is not None:
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
            if ok and not named and "region_id" not in self.envelope and "submitter" not in self.envelope:
                self.report("NO_REGION", f"A{number}")
            ok = False
        basis = "all"
        if form.has_basis:
            text, cell = by_role.get("basis") or self.envelope.place("basis")
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
            for c, place, column in self.layout.dimensions:
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
        for c, place, column in self.layout.fields:
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
            row.values[measure.id] = int(read.value) if measure.type == "int" else read.value
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

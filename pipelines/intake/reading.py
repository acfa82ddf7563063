"""What the ledger keeps of a file: a file is read to its end, and its rows, companions, notes and findings become columns.

This is what the reading processes do (`readers`): files come in as bytes, Arrow tables go out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from expectations import compile as suites
from pipelines.engines import schema
from pipelines.intake import annotated, answers, limits, receipt_book
from pipelines.intake.answers import Reply
from pipelines.intake.parsed import CellNote, Companion, Finding, Parsed, Row
from pipelines.intake.table import Reader
from pipelines.reference import Form

# How finely numbers that are not whole are kept, by the type of their measure.
QUANTUM = {"money": Decimal("0.01"), "decimal": Decimal("0.000001")}
COMPANIONS, NOTES, COLUMNS = "companions", "cell_notes", "sheet_columns"
UNREAD = frozenset({"TIME_LIMIT", "READER_DIED"})  # a file with such a finding is read again nowhere
LOST = "lost row"  # no column of a form is named so


@dataclass
class Reading:
    """What one file says of itself, and what there is to say about it.

    `regions`: those of its rows; `reply`: what it is where a receipt came back; `findings`: finding, severity, Chinese, English.
    """

    submission_id: str
    form_id: str | None = None
    region_id: str = ""
    period: str = ""
    submitter: str = ""
    supersedes: str = ""
    row_count: int = 0
    regions: tuple[str, ...] = ()
    rejected: bool = False
    reply: Reply | None = None
    findings: list[tuple[Finding, str, str, str]] = field(default_factory=list)

    def say(self, finding: Finding) -> None:
        """Add a finding of the catalogue, and what follows from it."""
        message = suites.messages()[finding.check_id]
        texts = {"value": finding.value, "expected": finding.expected}
        self.findings.append((finding, message.severity, message.render("zh", **texts), message.render("en", **texts)))
        self.rejected |= message.rejects


@dataclass
class Harvest:
    """Several files read: a reading for each, and the rows of all by table, in the order of the files.

    The tables are those of the warehouse; rows of a form also say whether they are `lost`, which is looked at for findings and never stored.
    """

    readings: list[Reading]
    tables: dict[str, object]


def harvest(reader: Reader, files: Iterable[tuple[str, bytes]], begun: Callable[[], None] = lambda: None) -> Harvest:
    """Read files, each a submission id and bytes; `begun` is called at the beginning of each."""
    readings, gathered = [], {}
    for sid, data in files:
        begun()
        parsed = reader.read(data)
        readings.append(_reading(sid, parsed))
        if parsed.form is None:
            continue
        for table, rows in _rows(sid, parsed).items():
            gathered.setdefault(table, []).extend(rows)
    kinds = {name: schema.ledger_columns(name) for name in (COMPANIONS, NOTES, COLUMNS)}
    kinds |= {form.table: schema.form_columns(form) | {LOST: "BOOLEAN"} for form in reader.reference.forms.values() if form.table in gathered}
    return Harvest(readings, {table: schema.arrow_table(kinds[table], rows) for table, rows in gathered.items() if rows})


def is_copy(data: bytes, reply: Reply) -> bool:
    """Whether the sheets that came back with a receipt are those of the file that it answers, unchanged."""
    sent = annotated.copies(data, [], receipt_book.TITLE)
    return len(sent) == len(reply.sheets) and all(answers.same_cells(a.rows, b.rows) for a, b in zip(sent, reply.sheets, strict=True))


def refused(sid: str, check_id: str, value: str = "", expected: str = "") -> Harvest:
    """What is kept of a file that could not be read at all."""
    reading = Reading(sid)
    reading.say(Finding(check_id, value=value, expected=expected))
    return Harvest([reading], {})


def _reading(sid: str, parsed: Parsed) -> Reading:
    _duplicates(parsed)
    _round_numbers(parsed)
    form_id = parsed.form.id if parsed.form else None
    reading = Reading(sid, form_id, parsed.region_id, parsed.period, parsed.submitter, parsed.supersedes, len(parsed.rows),
                      tuple(sorted({row.region_id for row in parsed.rows})), reply=parsed.reply)
    found: dict[str, int] = {}
    for finding in parsed.findings:
        found[finding.check_id] = found.get(finding.check_id, 0) + 1
        if found[finding.check_id] <= limits.MAX_FINDINGS:
            reading.say(finding)
    for check_id, count in found.items():
        if count > limits.MAX_FINDINGS:
            reading.say(Finding("MORE_FINDINGS", value=str(count - limits.MAX_FINDINGS), expected=check_id))
    return reading


def _duplicates(parsed: Parsed) -> None:
    if parsed.form is None:
        return
    dims = {d.id: i for i, d in enumerate(parsed.form.dimensions)}
    keyed = [dims[name] for name in parsed.form.row_key if name in dims]
    named = [name for name in parsed.form.row_key if name not in dims]
    if len(named) == 4 and len(keyed) == len(dims):
        keys = [(row.region_id, row.period, row.span, row.basis, row.dims) for row in parsed.rows]
    else:
        keys = [(*(getattr(row, name) for name in named), *(row.dims[i] for i in keyed)) for row in parsed.rows]
    if len(set(keys)) == len(keys):
        return
    seen: dict[tuple, Row] = {}
    for key, row in zip(keys, parsed.rows, strict=True):
        first = seen.setdefault(key, row)
        if first is not row:
            parsed.findings.append(
                Finding("DUPLICATE_ROW", row.sheet, f"A{row.row}", f"{first.sheet}!{first.row}".lstrip("!"), "", row.region_id, row.period)
            )


def _round_numbers(parsed: Parsed) -> None:
    """A part of a sum that is a round thousand and at least ten times each of its siblings (the training case of the sources)."""
    for total in (m for m in parsed.form.measures if len(m.sum_of) > 2) if parsed.form else ():
        for row in parsed.rows:
            parts = {name: value for name in total.sum_of if (value := row.values.get(name))}
            if not parts or max(parts.values()) < 10_000:
                continue
            for name, value in parts.items():
                others = [v for n, v in parts.items() if n != name]
                if value >= 10_000 and value % 1000 == 0 and others and all(value >= 10 * v for v in others):
                    letters = {(sheet, span, measure): letter for sheet, span, measure, letter in parsed.columns}
                    cell = f"{letters.get((row.sheet, row.span, name), '')}{row.row}"
                    parsed.findings.append(Finding("ROUND_NUMBER", row.sheet, cell, f"{value:f}", "", row.region_id, row.period))


# --- rows of the tables -----------------------------------------------------------------------------------------------


def _rows(sid: str, parsed: Parsed) -> dict[str, list[tuple]]:
    form = parsed.form
    return {
        form.table: _form_rows(form, sid, [*parsed.rows, *parsed.lost]),
        COMPANIONS: [_companion_tuple(form, sid, c) for c in parsed.companions if not c.row.lost],
        NOTES: [_note_tuple(sid, n) for n in parsed.notes if not n.row.lost],
        COLUMNS: [(sid, *c) for c in parsed.columns],
    }


def _form_rows(form: Form, sid: str, rows: list[Row]) -> list[tuple]:
    quanta = [(m.id, QUANTUM.get(m.type)) for m in form.measures]
    fields = [f.id for f in form.fields]
    return [
        (sid, row.sheet, row.row, row.region_id, row.period, row.span, row.basis, *row.dims,
         *[None if (value := row.values.get(name)) is None else int(value) if quantum is None else value.quantize(quantum, ROUND_HALF_UP)
           for name, quantum in quanta],
         *[row.fields.get(name) for name in fields], row.note or None, row.lost)
        for row in rows
    ]


def _companion_tuple(form: Form, sid: str, c: Companion) -> tuple:
    row = c.row
    dim1, dim2, dim3, *_ = (*row.dims, "", "", "")
    value = None if c.value is None else c.value.quantize(QUANTUM["decimal"], ROUND_HALF_UP)
    return (sid, form.id, row.sheet, row.row, row.region_id, row.period, row.span, row.basis, dim1, dim2, dim3, c.measure, c.kind, c.printed,
            value, c.state, c.cell)


def _note_tuple(sid: str, n: CellNote) -> tuple:
    return (sid, n.row.sheet, n.row.row, n.row.span, n.measure, n.obs_status, n.qualifier, n.raw, n.remark)

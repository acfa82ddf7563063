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
from pipelines.intake.parsed import Companion, Finding, Parsed, Row
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

    def __getstate__(self):
        """As it goes from one process to another: in Arrow's own format, which costs a tenth of pickling a table."""
        return self.readings, {name: _packed(table) for name, table in self.tables.items()}

    def __setstate__(self, state):
        import pyarrow as pa

        self.readings, packed = state
        self.tables = {name: pa.ipc.open_stream(stream).read_all() for name, stream in packed.items()}


def _packed(table) -> bytes:
    import pyarrow as pa

    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue().to_pybytes()


def harvest(reader: Reader, files: Iterable[tuple[str, bytes]], begun: Callable[[], None] = lambda: None) -> Harvest:
    """Read files, each a submission id and bytes; `begun` is called at the beginning of each."""
    readings, of_a_form = [], []
    for sid, data in files:
        begun()
        parsed = reader.read(data)
        readings.append(_reading(sid, parsed))
        if parsed.form is not None:
            of_a_form.append((sid, parsed))
    return Harvest(readings, _tables(of_a_form) if of_a_form else {})


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
                    parsed.findings.append(Finding("ROUND_NUMBER", row.sheet, cell, f"{Decimal(value):f}", "", row.region_id, row.period))


# --- rows of the tables -----------------------------------------------------------------------------------------------


def _tables(files: list[tuple[str, Parsed]]) -> dict[str, object]:
    """The rows of the files as Arrow tables: what a row is known by is written once, and taken from there for all that belongs to it."""
    import pyarrow as pa

    places: dict[int, int] = {}  # of the rows that are kept and of those that are lost, by identity
    of_form: dict[str, list[int]] = {}
    rows: list[tuple[str, str, Row]] = []
    for sid, parsed in files:
        for row in (*parsed.rows, *parsed.lost):
            places[id(row)] = len(rows)
            rows.append((sid, parsed.form.id, row))
            of_form.setdefault(parsed.form.id, []).append(places[id(row)])
    keys = _keys(rows)
    forms = {parsed.form.id: parsed.form for _, parsed in files}
    tables = {forms[form_id].table: _form_table(forms[form_id], keys.take(pa.array(own, pa.int32())), [rows[i][2] for i in own])
              for form_id, own in of_form.items()}
    companions = [c for _, parsed in files for c in parsed.companions if not c.row.lost]
    of_row, *printed = zip(*companions, strict=True) if companions else [()] * len(Companion._fields)
    own = dict(zip(Companion._fields[1:], printed, strict=True))
    own["value"] = [value if value is None else value.quantize(QUANTUM["decimal"], ROUND_HALF_UP) for value in own["value"]]
    tables[COMPANIONS] = _beside(COMPANIONS, keys, [places[id(row)] for row in of_row], own)
    notes = [n for _, parsed in files for n in parsed.notes if not n.row.lost]
    tables[NOTES] = _beside(NOTES, keys, [places[id(n.row)] for n in notes], {
        "measure": [n.measure for n in notes], "obs_status": [n.obs_status for n in notes], "qualifier": [n.qualifier for n in notes],
        "raw": [n.raw for n in notes], "remark": [n.remark for n in notes]})
    tables[COLUMNS] = schema.arrow_table(schema.ledger_columns(COLUMNS), [(sid, *column) for sid, parsed in files for column in parsed.columns])
    return {name: table for name, table in tables.items() if table.num_rows}


def _keys(rows: list[tuple[str, str, Row]]):
    """What each row is known by, as an Arrow table."""
    dims = [(*row.dims, "", "", "")[:3] for *_, row in rows]
    known = {
        "submission_id": [sid for sid, *_ in rows], "form_id": [form_id for _, form_id, _ in rows], "sheet": [row.sheet for *_, row in rows],
        "row": [row.row for *_, row in rows], "region_id": [row.region_id for *_, row in rows], "period": [row.period for *_, row in rows],
        "span": [row.span for *_, row in rows], "basis": [row.basis for *_, row in rows], "dim1": [one for one, _, _ in dims],
        "dim2": [two for _, two, _ in dims], "dim3": [three for *_, three in dims]}
    return schema.arrow_columns(dict.fromkeys(known, "VARCHAR") | {"row": "INTEGER"}, known)


def _form_table(form: Form, keys, rows: list[Row]):
    """The rows of one form. Raises ValueError for a form of more than three dimensions."""
    import pyarrow as pa

    columns = schema.form_columns(form) | {LOST: "BOOLEAN"}
    given = {name for row in rows for name in row.values}
    own = {}
    for measure in form.measures:
        if measure.id not in given:
            own[measure.id] = pa.nulls(len(rows), schema.arrow_type(columns[measure.id]))
            continue
        values = [row.values.get(measure.id) for row in rows]
        if quantum := QUANTUM.get(measure.type):
            values = [value if value is None else value.quantize(quantum, ROUND_HALF_UP) for value in values]
        own[measure.id] = values
    own |= {field.id: [row.fields.get(field.id) for row in rows] for field in form.fields}
    own |= {"note": [row.note or None for row in rows], LOST: [row.lost for row in rows]}
    written = schema.arrow_columns(columns, own)
    known = {name: keys[name] for name in keys.column_names if name in columns} | {
        dimension.id: keys[f"dim{i}"] for i, dimension in enumerate(form.dimensions, start=1)}
    return pa.Table.from_arrays([known[name] if name in known else written[name] for name in columns], names=list(columns))


def _beside(table: str, keys, places: list[int], own: dict[str, list]):
    """Rows of a table of the ledger that belong each to the row at a place."""
    import pyarrow as pa

    columns = schema.ledger_columns(table)
    known, written = keys.select([name for name in columns if name not in own]).take(pa.array(places, pa.int32())), schema.arrow_columns(columns, own)
    return pa.Table.from_arrays([(written if name in own else known)[name] for name in columns], names=list(columns))

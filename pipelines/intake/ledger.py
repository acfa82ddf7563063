"""Taking files in: archive, read, validate, and append to the warehouse with the ledger, a chunk of files in one transaction.

A crash leaves all of a submission or none of it. The same bytes are never taken in twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from expectations import compile as suites
from pipelines.engines.warehouse import FUNCTIONS, Warehouse
from pipelines.intake import annotated, answers, receipt_book, rehearsal
from pipelines.intake.table import CellNote, Companion, Finding, Parsed, Reader, Row
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Form
from transforms import periods

CHUNK = 500
IGNORED = re.compile(r"^(received\.csv|readme.*|\..*|~\$.*|.*\.(md|yml|yaml|py|tmp))$", re.IGNORECASE)


@dataclass
class Incoming:
    """A file to be taken in."""

    path: str
    data: bytes
    received_at: dt.datetime
    sha256: str = ""
    parsed: Parsed | None = None
    findings: list[tuple[Finding, str, str, str]] = field(default_factory=list)  # finding, severity, zh, en
    rejected: bool = False

    @property
    def submission_id(self) -> str:
        return self.sha256[:16]


def discover(jurisdiction: Jurisdiction) -> list[Path]:
    """The files of `submissions/**`, in a fixed order."""
    folder = jurisdiction.folder / "submissions"
    return sorted(p for p in folder.rglob("*") if p.is_file() and not IGNORED.match(p.name)) if folder.is_dir() else []


def unknown(warehouse: Warehouse, paths: Iterable[Path]) -> list[Path]:
    """The files whose bytes have not been taken in."""
    known = _known(warehouse)
    return [path for path in paths if sha256(path) not in known]


def receive(
    jurisdiction: Jurisdiction,
    warehouse: Warehouse,
    archive: Path,
    paths: Iterable[Path],
    now: dt.datetime,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> list[str]:
    """Take in the files that have not been taken in yet, oldest arrival first.

    Returns the submission ids taken in. One bad file never stops the others. A receipt that comes back with answers is no submission,
    unless the copy of the sender's sheets in it was corrected.
    """
    warehouse.ensure_form_tables(jurisdiction.reference.forms.values())
    known = _known(warehouse)
    first: dict[str, tuple[dt.datetime, str, Path, str]] = {}  # of several copies the one that arrived first counts
    for path in paths:
        digest = sha256(path)
        if digest in known:
            continue
        name, arrived = _place(jurisdiction, path)
        copy = (arrived or now, name, path, digest)
        first[digest] = min(first.get(digest, copy), copy, key=lambda item: item[:2])
    queue = sorted(first.values(), key=lambda item: item[:2])
    reader = Reader(jurisdiction)
    taken: list[str] = []
    for start in range(0, len(queue), CHUNK):
        chunk = []
        for number, (received_at, name, path, digest) in enumerate(queue[start : start + CHUNK], start=start + 1):
            progress("receive", number, len(queue))
            incoming = Incoming(name, path.read_bytes(), received_at.astimezone(jurisdiction.zone), digest)
            incoming.parsed = reader.read(incoming.data)
            _keep(archive, incoming)
            chunk.append(incoming)
        replies = [incoming for incoming in chunk if incoming.parsed.reply]
        chunk = [incoming for incoming in chunk if not (incoming.parsed.reply and _only_answers(warehouse, archive, incoming, chunk))]
        validate(jurisdiction, chunk)
        with warehouse.transaction():
            _append(jurisdiction, warehouse, chunk)
            _append_answers(warehouse, [incoming for incoming in replies if incoming.parsed.reply])
        taken += [item.submission_id for item in chunk]
    return taken


def _known(warehouse: Warehouse) -> set[str]:
    return {row[0] for row in warehouse.con.execute("SELECT file_sha256 FROM ledger UNION SELECT file_sha256 FROM answer_files").fetchall()}


def _only_answers(warehouse: Warehouse, archive: Path, incoming: Incoming, chunk: list[Incoming]) -> bool:
    """Whether a receipt came back as it was sent, but for its answers. One whose number nobody knows is refused."""
    reply = incoming.parsed.reply
    row = warehouse.con.execute("SELECT file_sha256 FROM ledger WHERE submission_id = ?", [reply.submission_id]).fetchone()
    digest = row[0] if row else next((i.sha256 for i in chunk if i.submission_id == reply.submission_id and i is not incoming), None)
    if digest is None:
        incoming.parsed = Parsed(findings=[Finding("UNKNOWN_RECEIPT", value=reply.submission_id)])
        return False
    if not reply.sheets:
        return True
    sent = annotated.copies((archive / archive_name(digest)).read_bytes(), [], receipt_book.TITLE)
    return len(sent) == len(reply.sheets) and all(answers.same_cells(a.rows, b.rows) for a, b in zip(sent, reply.sheets, strict=True))


def sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _place(jurisdiction: Jurisdiction, path: Path) -> tuple[str, dt.datetime | None]:
    """The name of a file below `submissions/` with its time in received.csv; a file from elsewhere has a bare name and arrives now."""
    try:
        name = path.resolve().relative_to(jurisdiction.folder / "submissions").as_posix()
    except ValueError:
        return path.name, None
    return name, jurisdiction.received.get(name)


def archive_name(sha256: str) -> str:
    """Where a file's bytes are kept, below the archive folder: by content, never by the sender's name."""
    return f"{sha256[:2]}/{sha256}"


def _keep(archive: Path, incoming: Incoming) -> None:
    target = archive / archive_name(incoming.sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(incoming.data)
    os.replace(partial, target)


# --- validation -------------------------------------------------------------------------------------------------------


def validate(jurisdiction: Jurisdiction, chunk: list[Incoming]) -> None:
    """Add to each file what the checks say of it; every form is judged once for all files."""
    catalogue = suites.messages()
    by_form: dict[str, list[Incoming]] = {}
    for incoming in chunk:
        parsed = incoming.parsed
        _duplicates(parsed)
        _round_numbers(parsed)
        _early(jurisdiction, incoming)
        for finding in parsed.findings:
            incoming.rejected |= _say(incoming, finding, catalogue[finding.check_id]).rejects
        if parsed.form and (parsed.rows or parsed.lost):
            by_form.setdefault(parsed.form.id, []).append(incoming)
    for form_id, members in sorted(by_form.items()):
        form = jurisdiction.reference.forms[form_id]
        checks = suites.checks_of(form_id, form.column_ids, form.checks)
        if checks:
            _row_checks(jurisdiction, form, checks, members)
    _rehearse(jurisdiction, [incoming for incoming in chunk if incoming.rejected and incoming.parsed.rows])


def _rehearse(jurisdiction: Jurisdiction, refused: list[Incoming]) -> None:
    """Say of refused files too what only the stored rows tell."""
    by_id = {incoming.submission_id: incoming for incoming in refused}

    def append(scratch: Warehouse, batch: list[Incoming]) -> None:
        _append(jurisdiction, scratch, [replace(incoming, rejected=False, findings=[]) for incoming in batch])

    for sid, check_id, severity, region_id, period, sheet, cell, value, expected, zh, en in rehearsal.findings(jurisdiction, refused, append):
        by_id[sid].findings.append((Finding(check_id, sheet, cell, value, expected, region_id, period), severity, zh, en))


def _say(incoming: Incoming, finding: Finding, message: suites.Message) -> suites.Message:
    texts = {"value": finding.value, "expected": finding.expected}
    incoming.findings.append((finding, message.severity, message.render("zh", **texts), message.render("en", **texts)))
    return message


def _early(jurisdiction: Jurisdiction, incoming: Incoming) -> None:
    """A report of a period that was not over. Registers are written as things happen, and where there are no deadlines arrivals mean nothing."""
    form, period = incoming.parsed.form, incoming.parsed.period
    if not form or not period or form.kind == "register" or not form.sets_period or jurisdiction.due(period, form.frequency) is None:
        return
    following = periods.months_of(period).end + 1
    last = dt.date(following // 12, following % 12 + 1, 1) - dt.timedelta(days=1)
    if incoming.received_at.date() < last:
        incoming.parsed.findings.append(Finding("EARLY", "", "", str(incoming.received_at.date()), str(last), incoming.parsed.region_id, period))


def _replaces_nothing(warehouse: Warehouse, chunk: list[Incoming]) -> None:
    """Say so where 替代 names no file that came before from the same sender for the same form."""
    if not any(incoming.parsed.supersedes for incoming in chunk):
        return
    before = warehouse.con.execute("SELECT form_id, region_id, submission_id, file_sha256, path, rejected FROM ledger").fetchall()
    names: set[tuple] = set()
    for form, region, *spellings, rejected in before:
        names |= {(form, region, name) for name in spellings} | ({("", "", name) for name in spellings} if rejected else set())
    message = suites.messages()["SUPERSEDES_UNKNOWN"]
    for incoming in chunk:
        parsed = incoming.parsed
        key = (parsed.form.id if parsed.form else None, parsed.region_id or None)
        if parsed.supersedes and not {(*key, parsed.supersedes), ("", "", parsed.supersedes)} & names:
            _say(incoming, Finding("SUPERSEDES_UNKNOWN", "", "", parsed.supersedes, "", parsed.region_id, parsed.period), message)
        spellings = (incoming.submission_id, incoming.sha256, incoming.path)
        names |= {(*key, name) for name in spellings} | ({("", "", name) for name in spellings} if incoming.rejected else set())


def _duplicates(parsed: Parsed) -> None:
    seen: dict[tuple, Row] = {}
    for row in parsed.rows:
        dims = {d.id: code for d, code in zip(parsed.form.dimensions, row.dims, strict=True)}
        key = tuple(dims[name] if name in dims else getattr(row, name) for name in parsed.form.row_key)
        first = seen.setdefault(key, row)
        if first is not row:
            parsed.findings.append(
                Finding("DUPLICATE_ROW", row.sheet, f"A{row.row}", f"{first.sheet}!{first.row}".lstrip("!"), "", row.region_id, row.period)
            )


def _round_numbers(parsed: Parsed) -> None:
    """A part of a sum that is a round thousand and at least ten times each of its siblings (the training case of the sources)."""
    if parsed.form is None:
        return
    letters = {(sheet, span, measure): letter for sheet, span, measure, letter in parsed.columns}
    for total in (m for m in parsed.form.measures if len(m.sum_of) > 2):
        for row in parsed.rows:
            parts = {name: row.values[name] for name in total.sum_of if row.values.get(name)}
            for name, value in parts.items():
                others = [v for n, v in parts.items() if n != name]
                if value >= 10_000 and value % 1000 == 0 and others and all(value >= 10 * v for v in others):
                    cell = f"{letters.get((row.sheet, row.span, name), '')}{row.row}"
                    parsed.findings.append(Finding("ROUND_NUMBER", row.sheet, cell, f"{value:f}", "", row.region_id, row.period))


def _row_checks(jurisdiction: Jurisdiction, form: Form, checks: list[suites.Check], members: list[Incoming]) -> None:
    import duckdb
    import pyarrow as pa

    owners = [(incoming, row) for incoming in members for row in [*incoming.parsed.rows, *incoming.parsed.lost]]
    con = duckdb.connect()
    con.execute(FUNCTIONS)
    con.register("batch", pa.table(_frame(jurisdiction, form, owners)))
    residuals = ", ".join(f'CAST(round({c.expression}, 6) AS DOUBLE) AS "{c.name}"' for c in checks)
    judged = con.execute(f"SELECT position, {residuals} FROM batch ORDER BY position").df()
    failing = suites.failing_rows(judged, checks)
    computed = {c: [v for (v,) in con.execute(f"SELECT CAST({c.computed} AS VARCHAR) FROM batch ORDER BY position").fetchall()]
                for c in failing if c.computed}
    con.close()
    for check, positions in failing.items():
        for position in positions:
            incoming, row = owners[position]
            letters = {(s, span, measure): letter for s, span, measure, letter in incoming.parsed.columns}
            cell = f"{letters.get((row.sheet, row.span, check.column), 'A')}{row.row}"
            said = {}
            for language in ("zh", "en"):
                said[language] = _values(jurisdiction, form, incoming, row, language)
                if check in computed:
                    said[language]["computed"] = _shown(jurisdiction, form, check.column, computed[check][position], language)
            fill = suites.Message(check.severity, check.zh, check.en)
            expected = suites.Message("info", check.expected, check.expected).render("zh", **said["zh"])
            finding = Finding(check.code or check.id, row.sheet, cell, said["zh"][check.column], expected, row.region_id, row.period)
            incoming.findings.append((finding, check.severity, fill.render("zh", **said["zh"]), fill.render("en", **said["en"])))


def _frame(jurisdiction: Jurisdiction, form: Form, owners: list[tuple[Incoming, Row]]) -> dict:
    """The rows as columns, under the names that checks use."""
    import pyarrow as pa

    types = {"date": pa.date32(), "datetime": pa.timestamp("us"), "flag": pa.bool_()}
    frame = {"position": pa.array(range(len(owners)), pa.int64())}
    for name in ("region_id", "period", "span", "basis"):
        frame[name] = pa.array([getattr(row, name) or None for _, row in owners], pa.string())
    context = {incoming.sha256: _context(jurisdiction, incoming) for incoming in {id(i): i for i, _ in owners}.values()}
    kinds = {"VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "BOOLEAN": pa.bool_()}
    for name, kind in suites.CONTEXT.items():
        if name not in frame:
            frame[name] = pa.array([context[incoming.sha256][name] for incoming, _ in owners], kinds[kind])
    for position, dim in enumerate(form.dimensions):
        frame[dim.id] = pa.array([row.dims[position] for _, row in owners], pa.string())
    for m in form.measures:
        values = [row.values.get(m.id) for _, row in owners]
        frame[m.id] = pa.array([None if v is None else float(v) for v in values], pa.float64())
    for f in form.fields:
        frame[f.id] = pa.array([row.fields.get(f.id) for _, row in owners], types.get(f.type, pa.string()))
    return frame


def _context(jurisdiction: Jurisdiction, incoming: Incoming) -> dict:
    """What a file brings to each of its rows."""
    submitter = incoming.parsed.submitter
    known = jurisdiction.region_by_id.get(submitter)
    arrived = incoming.received_at.astimezone(jurisdiction.zone).replace(tzinfo=None, microsecond=0)  # by the sender's clock
    return {"submission_id": incoming.submission_id, "submitter_id": submitter, "submitter_level": known[-1].level if known else "",
            "received_at": arrived, "received_on": arrived.date(), "missing_as_dead": jurisdiction.missing_as_dead["level"]}


def _values(jurisdiction: Jurisdiction, form: Form, incoming: Incoming, row: Row, language: str) -> dict[str, str]:
    """What the texts of a finding may show of a row."""
    values = {name: str(value) for name, value in _context(jurisdiction, incoming).items()}
    values |= {"region_id": row.region_id, "period": row.period, "span": row.span, "basis": row.basis}
    values |= {m.id: _plain(row.values[m.id]) if m.id in row.values else "" for m in form.measures}
    values |= {f.id: _shown(jurisdiction, form, f.id, row.fields.get(f.id), language) for f in form.fields}
    return values | {d.id: _shown(jurisdiction, form, d.id, code, language) for d, code in zip(form.dimensions, row.dims, strict=True)}


def _shown(jurisdiction: Jurisdiction, form: Form, column: str, value: object, language: str) -> str:
    """A value as a reader of the language knows it: a code by its name."""
    declared = form.field_by_id.get(column) or next((d for d in form.dimensions if d.id == column), None)
    for code in jurisdiction.reference.codes.get(declared.codes, ()) if declared else ():
        if code.code == value:
            return getattr(code, language)
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[language]
    return "" if value is None else str(value).removesuffix(".0")


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- appending --------------------------------------------------------------------------------------------------------


def _append(jurisdiction: Jurisdiction, warehouse: Warehouse, chunk: list[Incoming]) -> None:
    con = warehouse.con
    seq = con.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchone()[0]
    revisions = {
        tuple(row[:3]): row[3]
        for row in con.execute("SELECT form_id, region_id, period, count(*) FROM ledger GROUP BY ALL").fetchall()
    }
    _replaces_nothing(warehouse, chunk)
    ledger, findings, companions, notes, columns = [], [], [], [], []
    rows: dict[str, list[tuple]] = {}
    for incoming in chunk:
        parsed, sid = incoming.parsed, incoming.submission_id
        form = parsed.form
        seq += 1
        key = (form.id if form else None, parsed.region_id or None, parsed.period or None)
        revisions[key] = revisions.get(key, 0) + 1
        on_time = None
        if form and parsed.period and not incoming.rejected:
            due = jurisdiction.due(parsed.period, form.frequency)
            on_time = None if due is None else incoming.received_at <= due
        ledger.append(
            (seq, sid, *key, _utc(incoming.received_at), revisions[key], incoming.rejected, len(parsed.rows), on_time, incoming.sha256,
             incoming.path, archive_name(incoming.sha256), parsed.supersedes or None)
        )
        for finding, severity, zh, en in incoming.findings:
            findings.append((sid, finding.check_id, severity, key[0] or "", finding.region_id, finding.period, finding.sheet, finding.cell,
                             finding.value, finding.expected, zh, en))
        if incoming.rejected:
            continue
        rows.setdefault(form.id, []).extend(_row_tuple(form, sid, row) for row in parsed.rows)
        companions += [_companion_tuple(form, sid, c) for c in parsed.companions if not c.row.lost]
        notes += [_note_tuple(sid, n) for n in parsed.notes if not n.row.lost]
        columns += [(sid, *c) for c in parsed.columns]
    warehouse.append("ledger", "seq submission_id form_id region_id period received_at revision rejected row_count on_time file_sha256 "
                     "path archived supersedes".split(), ledger)
    warehouse.append("intake_findings", "submission_id check_id severity form_id region_id period sheet cell value expected message_zh "
                     "message_en".split(), findings)
    for form_id, tuples in rows.items():
        form = jurisdiction.reference.forms[form_id]
        names = ["submission_id", "sheet", "row", "region_id", "period", "span", "basis", *(d.id for d in form.dimensions),
                 *(m.id for m in form.measures), *(f.id for f in form.fields), "note"]
        warehouse.append(form.table, names, tuples)
    warehouse.append("companions", "submission_id form_id sheet row region_id period span basis dim1 dim2 dim3 measure kind printed value "
                     "state cell".split(), companions)
    warehouse.append("cell_notes", "submission_id sheet row span measure obs_status qualifier raw remark".split(), notes)
    warehouse.append("sheet_columns", "submission_id sheet span measure letter".split(), columns)


def _append_answers(warehouse: Warehouse, replies: list[Incoming]) -> None:
    """Store the answers that are new; of answers to one finding the newest counts."""
    newest = {row[:4]: row[4] for row in warehouse.con.execute(
        "SELECT submission_id, check_id, sheet, cell, answer FROM answers ORDER BY received_at, answer").fetchall()}
    files, rows = [], []
    for incoming in replies:
        reply, received_at = incoming.parsed.reply, _utc(incoming.received_at)
        files.append((incoming.sha256, reply.submission_id, received_at, incoming.path, archive_name(incoming.sha256)))
        for answer in reply.answers:
            key = (reply.submission_id, answer.check_id, answer.sheet, answer.cell)
            if newest.get(key) != answer.text:
                newest[key] = answer.text
                rows.append((*key, answer.text, received_at, incoming.sha256))
    warehouse.append("answer_files", "file_sha256 submission_id received_at path archived".split(), files)
    warehouse.append("answers", "submission_id check_id sheet cell answer received_at file_sha256".split(), rows)


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)


def _row_tuple(form: Form, sid: str, row: Row) -> tuple:
    measures = []
    for m in form.measures:
        value = row.values.get(m.id)
        if value is not None:
            value = int(value) if m.type == "int" else value.quantize(Decimal(1).scaleb(-2 if m.type == "money" else -6), ROUND_HALF_UP)
        measures.append(value)
    fields = [row.fields.get(f.id) for f in form.fields]
    return (sid, row.sheet, row.row, row.region_id, row.period, row.span, row.basis, *row.dims, *measures, *fields, row.note or None)


def _companion_tuple(form: Form, sid: str, c: Companion) -> tuple:
    dims = (*c.row.dims, "", "", "")[:3]
    value = None if c.value is None else Decimal(c.value).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return (sid, form.id, c.row.sheet, c.row.row, c.row.region_id, c.row.period, c.row.span, c.row.basis, *dims, c.measure, c.kind, c.printed,
            value, c.state, c.cell)


def _note_tuple(sid: str, n: CellNote) -> tuple:
    return (sid, n.row.sheet, n.row.row, n.row.span, n.measure, n.obs_status, n.qualifier, n.raw, n.remark)

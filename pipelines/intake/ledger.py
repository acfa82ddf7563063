"""Taking files in: archive, read, validate, and append to the warehouse with the ledger, a chunk of files in one transaction.

A crash leaves all of a submission or none of it. The same bytes are never taken in twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from expectations import compile as suites
from pipelines.engines.warehouse import Warehouse
from pipelines.intake.table import CellNote, Companion, Finding, Parsed, Reader, Row
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Form

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
    """The files whose bytes are not in the ledger."""
    known = {row[0] for row in warehouse.con.execute("SELECT file_sha256 FROM ledger").fetchall()}
    return [path for path in paths if sha256(path) not in known]


def receive(
    jurisdiction: Jurisdiction,
    warehouse: Warehouse,
    archive: Path,
    paths: Iterable[Path],
    now: dt.datetime,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> list[str]:
    """Take in the files that are not in the ledger yet, oldest arrival first.

    Returns the submission ids taken in. One bad file never stops the others.
    """
    warehouse.ensure_form_tables(jurisdiction.reference.forms.values())
    known = {row[0] for row in warehouse.con.execute("SELECT file_sha256 FROM ledger").fetchall()}
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
        _validate(jurisdiction, chunk)
        with warehouse.transaction():
            _append(jurisdiction, warehouse, chunk)
        taken += [item.submission_id for item in chunk]
    return taken


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


def _validate(jurisdiction: Jurisdiction, chunk: list[Incoming]) -> None:
    catalogue = suites.messages()
    by_form: dict[str, list[Incoming]] = {}
    for incoming in chunk:
        parsed = incoming.parsed
        _duplicates(parsed)
        _round_numbers(parsed)
        for finding in parsed.findings:
            message = catalogue[finding.check_id]
            texts = {"value": finding.value, "expected": finding.expected}
            incoming.findings.append((finding, message.severity, message.render("zh", **texts), message.render("en", **texts)))
            incoming.rejected |= message.rejects
        if parsed.form and parsed.rows:
            by_form.setdefault(parsed.form.id, []).append(incoming)
    for form_id, members in sorted(by_form.items()):
        form = jurisdiction.reference.forms[form_id]
        checks = suites.checks_of(form_id, form.column_ids, form.checks)
        if checks:
            _row_checks(form, checks, members)


def _duplicates(parsed: Parsed) -> None:
    seen: dict[tuple, Row] = {}
    for row in parsed.rows:
        key = (row.region_id, row.period, row.span, row.basis, row.dims)
        if parsed.form.keys:
            key = tuple(row.dims[i] for i in parsed.form.keys)
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


def _row_checks(form: Form, checks: list[suites.Check], members: list[Incoming]) -> None:
    import duckdb
    import pyarrow as pa

    owners = [(incoming, row) for incoming in members for row in incoming.parsed.rows]
    types = {"date": pa.date32(), "datetime": pa.timestamp("us"), "flag": pa.bool_()}
    frame = {"position": pa.array(range(len(owners)), pa.int64())}
    for name in ("region_id", "period", "span", "basis"):
        frame[name] = pa.array([getattr(row, name) for _, row in owners], pa.string())
    frame["submitter_id"] = pa.array([incoming.parsed.submitter for incoming, _ in owners], pa.string())
    frame["received_at"] = pa.array([_local(incoming.received_at) for incoming, _ in owners], pa.timestamp("us"))
    frame["received_on"] = pa.array([_local(incoming.received_at).date() for incoming, _ in owners], pa.date32())
    for position, dim in enumerate(form.dimensions):
        frame[dim.id] = pa.array([row.dims[position] for _, row in owners], pa.string())
    for m in form.measures:
        values = [row.values.get(m.id) for _, row in owners]
        frame[m.id] = pa.array([None if v is None else float(v) for v in values], pa.float64())
    for f in form.fields:
        frame[f.id] = pa.array([row.fields.get(f.id) for _, row in owners], types.get(f.type, pa.string()))
    con = duckdb.connect()
    con.register("batch", pa.table(frame))
    residuals = ", ".join(f'CAST(round({c.residual}, 6) AS DOUBLE) AS "{c.name}"' for c in checks)
    judged = con.execute(f"SELECT position, {residuals} FROM batch ORDER BY position").df()
    con.close()
    for check, positions in suites.failing_rows(judged, checks).items():
        for position in positions:
            incoming, row = owners[position]
            values = {m.id: _plain(row.values[m.id]) if m.id in row.values else "" for m in form.measures}
            values |= {f.id: str(row.fields.get(f.id, "")) for f in form.fields}
            values |= {d.id: code for d, code in zip(form.dimensions, row.dims, strict=True)}
            values |= {"region_id": row.region_id, "period": row.period, "submitter_id": incoming.parsed.submitter}
            values |= {"received_on": str(_local(incoming.received_at).date()), "received_at": str(_local(incoming.received_at))}
            letters = {(s, span, measure): letter for s, span, measure, letter in incoming.parsed.columns}
            cell = f"{letters.get((row.sheet, row.span, check.column), 'A')}{row.row}"
            fill = suites.Message(check.severity, check.zh, check.en)
            expected = suites.Message("info", check.expected, check.expected).render("zh", **values)
            finding = Finding(check.code or check.id, row.sheet, cell, values[check.column], expected, row.region_id, row.period)
            incoming.findings.append((finding, check.severity, fill.render("zh", **values), fill.render("en", **values)))


def _local(moment: dt.datetime) -> dt.datetime:
    """The wall-clock time of the sender, without its zone: what dates in a file are compared with."""
    return moment.replace(tzinfo=None, microsecond=0)


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
        companions += [_companion_tuple(form, sid, c) for c in parsed.companions]
        notes += [_note_tuple(sid, n) for n in parsed.notes]
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

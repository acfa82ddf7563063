"""Taking files in: archive, read, validate, and append to the warehouse with the ledger, a chunk of files in one transaction.

A crash leaves all of a submission or none of it. The same bytes are never taken in twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from expectations import compile as suites
from pipelines import progress as display
from pipelines.engines import schema
from pipelines.engines.warehouse import Warehouse
from pipelines.intake import readers, reading, rehearsal, row_checks
from pipelines.intake.parsed import Finding
from pipelines.intake.reading import Harvest, Reading
from pipelines.jurisdiction import Jurisdiction
from transforms import periods

CHUNK = 1000  # files to a transaction and to a run of the checks
CHUNK_BYTES = 256 * 2**20
IGNORED = re.compile(r"^(received\.csv|readme.*|\..*|~\$.*|.*\.(md|yml|yaml|py|tmp))$", re.IGNORECASE)


@dataclass
class Incoming:
    """A file to be taken in."""

    place: Path
    path: str
    received_at: dt.datetime
    sha256: str = ""
    reading: Reading | None = None

    @property
    def submission_id(self) -> str:
        return self.sha256[:16]


@dataclass
class Chunk:
    """Files that go into one transaction, with what was read of them, by table."""

    files: list[Incoming] = field(default_factory=list)
    tables: dict[str, list] = field(default_factory=dict)

    def add(self, files: list[Incoming], harvests: list[Harvest]) -> None:
        readings = [reading for harvest in harvests for reading in harvest.readings]
        for incoming, one in zip(files, readings, strict=True):
            incoming.reading = one
        self.files += files
        for harvest in harvests:
            for name, rows in harvest.tables.items():
                self.tables.setdefault(name, []).append(rows)

    def rows(self, table: str):
        """The rows of a table, those of refused files and lost rows among them; None where there are none."""
        import pyarrow as pa

        if table not in self.tables:
            return None
        if len(self.tables[table]) > 1:  # in one piece: DuckDB takes many small ones one by one
            self.tables[table] = [pa.concat_tables(self.tables[table]).combine_chunks()]
        return self.tables[table][0]

    def stored(self, table: str):
        """The rows of a table that are kept: neither lost nor of a refused file."""
        rows = self.rows(table)
        if reading.LOST in rows.column_names:
            import pyarrow.compute as pc

            rows = rows.filter(pc.invert(rows[reading.LOST])).drop_columns(reading.LOST)
        return _of(rows, {incoming.submission_id for incoming in self.files if incoming.reading.rejected}, among=False)

    def part(self, files: list[Incoming]) -> Chunk:
        """Some of the files, with what was read of them."""
        wanted = {incoming.submission_id for incoming in files}
        return Chunk(files, {name: [_of(self.rows(name), wanted, among=True)] for name in self.tables})


def _of(rows, submissions: Collection[str], among: bool):
    """The rows of the submissions, or those of all others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not submissions and not among:
        return rows
    chosen = pc.is_in(rows["submission_id"], pa.array(sorted(submissions), pa.string()))
    return rows.filter(chosen if among else pc.invert(chosen))


def discover(jurisdiction: Jurisdiction) -> list[Path]:
    """The files of `submissions/**`, in a fixed order."""
    folder = jurisdiction.folder / "submissions"
    return sorted(p for p in folder.rglob("*") if p.is_file() and not IGNORED.match(p.name)) if folder.is_dir() else []


def unknown(warehouse: Warehouse, paths: Iterable[Path]) -> list[Path]:
    """The files whose bytes have not been taken in."""
    digests = {path: sha256(path) for path in paths}
    known = _known(warehouse, digests.values())
    return [path for path, digest in digests.items() if digest not in known]


def receive(
    jurisdiction: Jurisdiction,
    warehouse: Warehouse,
    archive: Path,
    paths: Iterable[Path],
    now: dt.datetime,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    processes: int | None = None,
) -> list[str]:
    """Take in the files that have not been taken in yet, oldest arrival first.

    Returns the submission ids taken in. One bad file never stops the others. A receipt that comes back with answers is no submission,
    unless the copy of the sender's sheets in it was corrected. `processes`: how many read; what comes out does not depend on it.
    """
    warehouse.ensure_form_tables(jurisdiction.reference.forms.values())
    paths = list(paths)
    ((before,),) = warehouse.con.execute("SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM answer_files)").fetchall()
    likely = len(paths) - before
    taken: list[str] = []
    chunk = Chunk()
    done = size = 0
    with readers.Readers(jurisdiction, processes or readers.suited_to(len(paths))) as pool:
        if likely > readers.BATCH:  # many files: what takes seconds to start does so while the first are looked at
            pool.start()
            suites.warm_meanwhile()
        queue = Queue(jurisdiction, warehouse, paths, now)
        for (files, read), harvests in pool.read(_batches(archive, queue, min(CHUNK, readers.batch_of(likely)))):
            chunk.add(files, harvests)
            done, size = done + len(files), size + read
            progress("receive", done, queue.left)
            if len(chunk.files) >= CHUNK or size >= CHUNK_BYTES:
                taken += _take(jurisdiction, warehouse, archive, pool, chunk)
                chunk, size = Chunk(), 0
        if chunk.files:
            taken += _take(jurisdiction, warehouse, archive, pool, chunk)
    return taken


def _take(jurisdiction: Jurisdiction, warehouse: Warehouse, archive: Path, pool: readers.Readers, chunk: Chunk) -> list[str]:
    replies = [incoming for incoming in chunk.files if incoming.reading.reply]
    if replies:
        only_answers = [incoming for incoming in replies if _only_answers(warehouse, archive, pool, incoming, chunk.files)]
        unread = [incoming for incoming in replies if not incoming.reading.reply]
        rest = [incoming for incoming in chunk.files if incoming not in only_answers]
        chunk = Chunk(rest, chunk.part([incoming for incoming in rest if incoming not in unread]).tables)
    validate(jurisdiction, chunk)
    with warehouse.transaction():
        _append(jurisdiction, warehouse, chunk)
        _append_answers(warehouse, [incoming for incoming in replies if incoming.reading.reply])
    return [incoming.submission_id for incoming in chunk.files]


class Queue:
    """The files that are new, in the order in which they are taken in; of several copies the one that arrived first.

    Whether a file is new is found out on the way, while those before it are read. `left`: how many there are, less those of which it is known
    that they are not new.
    """

    def __init__(self, jurisdiction: Jurisdiction, warehouse: Warehouse, paths: Iterable[Path], now: dt.datetime):
        self._warehouse = warehouse
        self._arrived: list[Incoming] = []
        for path in paths:
            name, arrived = _place(jurisdiction, path)
            self._arrived.append(Incoming(path, name, (arrived or now).astimezone(jurisdiction.zone)))
        self._arrived.sort(key=lambda incoming: (incoming.received_at, incoming.path))
        self._seen: set[str] = set()
        self.left = len(self._arrived)

    def __iter__(self) -> Iterator[Incoming]:
        while self._arrived:
            some, self._arrived = self._arrived[:CHUNK], self._arrived[CHUNK:]  # what was taken in is not kept
            yield from self._new(some)

    def _new(self, some: list[Incoming]) -> list[Incoming]:
        for incoming in some:
            incoming.sha256 = sha256(incoming.place)
        self._seen |= _known(self._warehouse, (incoming.sha256 for incoming in some))
        new = []
        for incoming in some:
            if incoming.sha256 not in self._seen:
                self._seen.add(incoming.sha256)
                new.append(incoming)
        self.left -= len(some) - len(new)
        return new


def _known(warehouse: Warehouse, digests: Iterable[str]) -> set[str]:
    """Those of the digests that have been taken in."""
    rows = _among(warehouse, "SELECT file_sha256 FROM asked WHERE file_sha256 IN (FROM (SELECT file_sha256 FROM ledger UNION ALL "
                             "SELECT file_sha256 FROM answer_files))", {"file_sha256": "VARCHAR"}, ((digest,) for digest in digests))
    return {digest for (digest,) in rows}


def _among(warehouse: Warehouse, sql: str, columns: dict[str, str], rows: Iterable[tuple]) -> list[tuple]:
    """What a SELECT says of the rows of the table `asked`."""
    warehouse.con.register("asked", schema.arrow_table(columns, list(rows)))
    try:
        return warehouse.con.execute(sql).fetchall()
    finally:
        warehouse.con.unregister("asked")


def _batches(archive: Path, queue: Iterable[Incoming], most: int) -> Iterator[tuple[tuple[list[Incoming], int], list[readers.File]]]:
    """The queue in batches of at most so many files for the readers, archived on the way; each with its size in bytes."""
    batch: list[Incoming] = []
    content: list[readers.File] = []
    size = 0
    for incoming in queue:
        data = incoming.place.read_bytes()
        if hashlib.sha256(data).hexdigest() != incoming.sha256:
            display.say(f"{incoming.path}: 正在写入，下次再收 / still being written; left for the next run")
            continue
        _keep(archive, incoming.sha256, data)
        batch.append(incoming)
        content.append((incoming.submission_id, data))
        size += len(data)
        if len(batch) >= most or size >= readers.BATCH_BYTES:
            yield (batch, size), content
            batch, content, size = [], [], 0
    if batch:
        yield (batch, size), content


def _only_answers(warehouse: Warehouse, archive: Path, pool: readers.Readers, incoming: Incoming, files: list[Incoming]) -> bool:
    """Whether a receipt came back as it was sent, but for its answers. One whose number nobody knows is refused."""
    reply = incoming.reading.reply
    row = warehouse.con.execute("SELECT file_sha256 FROM ledger WHERE submission_id = ?", [reply.submission_id]).fetchall()
    digest = row[0][0] if row else next((i.sha256 for i in files if i.submission_id == reply.submission_id and i is not incoming), None)
    if digest is None:
        incoming.reading = Reading(incoming.submission_id)
        incoming.reading.say(Finding("UNKNOWN_RECEIPT", value=reply.submission_id))
        return False
    return not reply.sheets or pool.is_copy((archive / archive_name(digest)).read_bytes(), reply)


def sha256(path: Path) -> str:
    with path.open("rb", buffering=0) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _place(jurisdiction: Jurisdiction, path: Path) -> tuple[str, dt.datetime | None]:
    """The name of a file below `submissions/` with its time in received.csv; a file from elsewhere has a bare name and arrives now."""
    folder = f"{jurisdiction.folder / 'submissions'}{os.sep}"
    place = str(path)
    if not place.startswith(folder) or ".." in path.parts:
        place = str(path.resolve())
    if not place.startswith(folder):
        return path.name, None
    name = Path(place[len(folder) :]).as_posix()
    return name, jurisdiction.received.get(name)


def archive_name(sha256: str) -> str:
    """Where a file's bytes are kept, below the archive folder: by content, never by the sender's name."""
    return f"{sha256[:2]}/{sha256}"


def _keep(archive: Path, sha256: str, data: bytes) -> None:
    target = os.path.join(archive, archive_name(sha256))
    if os.path.exists(target):
        return
    partial = f"{target}.{os.getpid()}.part"
    try:
        _write(partial, data)
    except FileNotFoundError:  # the first of its folder
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _write(partial, data)
    os.replace(partial, target)


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as handle:
        handle.write(data)


# --- validation -------------------------------------------------------------------------------------------------------


def validate(jurisdiction: Jurisdiction, chunk: Chunk) -> None:
    """Add to each file what the checks say of it; all forms and files are judged at once."""
    for incoming in chunk.files:
        _early(jurisdiction, incoming)
    files = {incoming.submission_id: (incoming.reading, _local(jurisdiction, incoming)) for incoming in chunk.files}
    parts = []
    for form_id in sorted({incoming.reading.form_id for incoming in chunk.files} - {None}):
        form = jurisdiction.reference.forms[form_id]
        rows, checks = chunk.rows(form.table), suites.checks_of(form_id, form.column_ids, form.checks)
        if checks and rows is not None:
            parts.append(row_checks.Part(form, checks, rows))
    row_checks.judge(jurisdiction, parts, chunk.rows(reading.COLUMNS), files)
    _rehearse(jurisdiction, chunk)


def _rehearse(jurisdiction: Jurisdiction, chunk: Chunk) -> None:
    """Say of refused files too what only the stored rows tell."""
    refused = {incoming.submission_id: incoming for incoming in chunk.files if incoming.reading.rejected and incoming.reading.row_count}

    def append(scratch: Warehouse, batch: list[Incoming]) -> None:
        accepted = [replace(incoming, reading=replace(incoming.reading, rejected=False, findings=[])) for incoming in batch]
        _append(jurisdiction, scratch, chunk.part(accepted))

    for sid, check_id, severity, region_id, period, sheet, cell, value, expected, zh, en in rehearsal.findings(
            jurisdiction, list(refused.values()), append):
        refused[sid].reading.findings.append((Finding(check_id, sheet, cell, value, expected, region_id, period), severity, zh, en))


def _early(jurisdiction: Jurisdiction, incoming: Incoming) -> None:
    """A report of a period that was not over. Registers are written as things happen, and where there are no deadlines arrivals mean nothing."""
    form, period = jurisdiction.reference.forms.get(incoming.reading.form_id), incoming.reading.period
    if not form or not period or form.kind == "register" or not form.sets_period or jurisdiction.due(period, form.frequency) is None:
        return
    following = periods.months_of(period).end + 1
    last = dt.date(following // 12, following % 12 + 1, 1) - dt.timedelta(days=1)
    if incoming.received_at.date() < last:
        incoming.reading.say(Finding("EARLY", "", "", str(incoming.received_at.date()), str(last), incoming.reading.region_id, period))


def _local(jurisdiction: Jurisdiction, incoming: Incoming) -> dt.datetime:
    """When a file arrived by the sender's clock, without a zone: what dates in the file are compared with."""
    return incoming.received_at.astimezone(jurisdiction.zone).replace(tzinfo=None, microsecond=0)


def _replaces_nothing(warehouse: Warehouse, chunk: Chunk) -> None:
    """Say so where 替代 names no file that came before from the same sender for the same form."""
    asked = {incoming.reading.supersedes for incoming in chunk.files} - {""}
    if not asked:
        return
    before = _among(warehouse, "SELECT form_id, region_id, submission_id, file_sha256, path, rejected FROM ledger WHERE submission_id IN (FROM asked) "
                               "OR file_sha256 IN (FROM asked) OR path IN (FROM asked)", {"name": "VARCHAR"}, ((name,) for name in asked))
    names: set[tuple] = set()
    for form, region, *spellings, rejected in before:
        names |= {(form, region, name) for name in spellings} | ({("", "", name) for name in spellings} if rejected else set())
    for incoming in chunk.files:
        one = incoming.reading
        key = _key(one)[:2]
        if one.supersedes and not {(*key, one.supersedes), ("", "", one.supersedes)} & names:
            one.say(Finding("SUPERSEDES_UNKNOWN", "", "", one.supersedes, "", one.region_id, one.period))
        spellings = (incoming.submission_id, incoming.sha256, incoming.path)
        names |= {(*key, name) for name in spellings} | ({("", "", name) for name in spellings} if one.rejected else set())


# --- appending --------------------------------------------------------------------------------------------------------


def _append(jurisdiction: Jurisdiction, warehouse: Warehouse, chunk: Chunk) -> None:
    ((seq,),) = warehouse.con.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchall()
    revisions = _revisions(warehouse, {_key(incoming.reading) for incoming in chunk.files})
    _replaces_nothing(warehouse, chunk)
    ledger, findings = [], []
    for incoming in chunk.files:
        one, sid = incoming.reading, incoming.submission_id
        seq += 1
        key = _key(one)
        revisions[key] = revisions.get(key, 0) + 1
        on_time = None
        if one.form_id and one.period and not one.rejected:
            due = jurisdiction.due(one.period, jurisdiction.reference.forms[one.form_id].frequency)
            on_time = None if due is None else incoming.received_at <= due
        ledger.append((seq, sid, *key, _utc(incoming.received_at), revisions[key], one.rejected, one.row_count, on_time, incoming.sha256,
                       incoming.path, archive_name(incoming.sha256), one.supersedes or None))
        for finding, severity, zh, en in one.findings:
            findings.append((sid, finding.check_id, severity, key[0] or "", finding.region_id, finding.period, finding.sheet, finding.cell,
                             finding.value, finding.expected, zh, en))
    for table, rows in (("ledger", ledger), ("intake_findings", findings)):
        warehouse.append_arrow(table, schema.arrow_table(schema.ledger_columns(table), rows))
    for table in chunk.tables:
        warehouse.append_arrow(table, chunk.stored(table))


def _key(one: Reading) -> tuple[str | None, str | None, str | None]:
    """What the revisions of a report are counted by."""
    return one.form_id, one.region_id or None, one.period or None


def _revisions(warehouse: Warehouse, keys: Collection[tuple]) -> dict[tuple, int]:
    """How many submissions of each key the ledger holds."""
    found = _among(warehouse, "SELECT asked.form_id, asked.region_id, asked.period, count(*) FROM asked JOIN ledger "
                              "ON asked.form_id IS NOT DISTINCT FROM ledger.form_id AND asked.region_id IS NOT DISTINCT FROM ledger.region_id "
                              "AND asked.period IS NOT DISTINCT FROM ledger.period GROUP BY ALL",
                   dict.fromkeys(("form_id", "region_id", "period"), "VARCHAR"), keys)
    return {(form_id, region_id, period): count for form_id, region_id, period, count in found}


def _append_answers(warehouse: Warehouse, replies: list[Incoming]) -> None:
    """Store the answers that are new; of answers to one finding the newest counts."""
    if not replies:
        return
    stored = _among(warehouse, "SELECT submission_id, check_id, sheet, cell, answer FROM answers WHERE submission_id IN (FROM asked) "
                               "ORDER BY received_at, answer", {"submission_id": "VARCHAR"}, ((i.reading.reply.submission_id,) for i in replies))
    newest = {row[:4]: row[4] for row in stored}
    files, rows = [], []
    for incoming in replies:
        reply, received_at = incoming.reading.reply, _utc(incoming.received_at)
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

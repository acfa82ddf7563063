"""Taking files in: archive, read, validate, and append to the warehouse with the ledger, a chunk of files in one transaction.

A crash leaves all of a submission or none of it. The same bytes are never taken in twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from expectations import compile as suites
from pipelines import progress as display
from pipelines.engines import schema
from pipelines.engines.warehouse import Warehouse
from pipelines.intake import readers, row_checks
from pipelines.intake.reading import COLUMNS, Harvest, Reading
from pipelines.jurisdiction import Jurisdiction

CHUNK = 2000  # files to a transaction and to a run of the checks
CHUNK_BYTES = 256 * 2**20
IGNORED = re.compile(r"^(received\.csv|readme.*|\..*|~\$.*|.*\.(md|yml|yaml|py|tmp))$", re.IGNORECASE)


@dataclass
class Incoming:
    """A file to be taken in."""

    place: Path
    path: str
    received_at: dt.datetime
    sha256: str
    reading: Reading | None = None

    @property
    def submission_id(self) -> str:
        return self.sha256[:16]


@dataclass
class Chunk:
    """Files that go into one transaction, with the rows of all of them by table."""

    files: list[Incoming] = field(default_factory=list)
    tables: dict[str, list] = field(default_factory=dict)

    def add(self, files: list[Incoming], harvests: list[Harvest]) -> None:
        readings = [reading for harvest in harvests for reading in harvest.readings]
        for incoming, reading in zip(files, readings, strict=True):
            incoming.reading = reading
        self.files += files
        for harvest in harvests:
            for name, rows in harvest.tables.items():
                self.tables.setdefault(name, []).append(rows)

    def rows(self, table: str, accepted: bool = False):
        """The rows of a table; with `accepted` those of refused files are left out. None where there are none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if table not in self.tables:
            return None
        rows = pa.concat_tables(self.tables[table])
        refused = [incoming.submission_id for incoming in self.files if incoming.reading.rejected]
        return rows.filter(pc.invert(pc.is_in(rows["submission_id"], pa.array(refused, pa.string())))) if accepted and refused else rows


def discover(jurisdiction: Jurisdiction) -> list[Path]:
    """The files of `submissions/**`, in a fixed order."""
    folder = jurisdiction.folder / "submissions"
    return sorted(p for p in folder.rglob("*") if p.is_file() and not IGNORED.match(p.name)) if folder.is_dir() else []


def unknown(warehouse: Warehouse, paths: Iterable[Path]) -> list[Path]:
    """The files whose bytes are not in the ledger."""
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
    """Take in the files that are not in the ledger yet, oldest arrival first.

    Returns the submission ids taken in. One bad file never stops the others. `processes`: how many read; what comes out is the same.
    """
    warehouse.ensure_form_tables(jurisdiction.reference.forms.values())
    queue = _queue(jurisdiction, warehouse, paths, now)
    taken: list[str] = []
    chunk = Chunk()
    done = 0
    if len(queue) > readers.BATCH:  # while the first files are read
        threading.Thread(target=suites.warm, daemon=True).start()
    with readers.Readers(jurisdiction, processes or readers.suited_to(len(queue))) as reading:
        for (files, last), harvests in reading.read(_batches(archive, queue)):
            chunk.add(files, harvests)
            done += len(files)
            progress("receive", done, len(queue))
            if last:
                validate(jurisdiction, chunk)
                with warehouse.transaction():
                    _append(jurisdiction, warehouse, chunk)
                taken += [incoming.submission_id for incoming in chunk.files]
                chunk = Chunk()
    return taken


def _queue(jurisdiction: Jurisdiction, warehouse: Warehouse, paths: Iterable[Path], now: dt.datetime) -> list[Incoming]:
    """The files that are new, in the order in which they are taken in; of several copies the one that arrived first."""
    found: list[Incoming] = []
    for path in paths:
        name, arrived = _place(jurisdiction, path)
        found.append(Incoming(path, name, arrived or now, sha256(path)))
    known = _known(warehouse, (incoming.sha256 for incoming in found))
    first: dict[str, Incoming] = {}
    for incoming in sorted(found, key=lambda incoming: (incoming.received_at, incoming.path)):
        if incoming.sha256 not in known:
            first.setdefault(incoming.sha256, incoming)
    return list(first.values())


def _known(warehouse: Warehouse, digests: Iterable[str]) -> set[str]:
    """Those of the digests that are in the ledger."""
    import pyarrow as pa

    warehouse.con.register("asked", pa.table({"file_sha256": pa.array(list(digests), pa.string())}))
    known = warehouse.con.execute("SELECT file_sha256 FROM asked SEMI JOIN ledger USING (file_sha256)").fetchall()
    warehouse.con.unregister("asked")
    return {digest for (digest,) in known}


def _batches(archive: Path, queue: list[Incoming]) -> Iterator[tuple[tuple[list[Incoming], bool], list[readers.File]]]:
    """The queue in batches for the readers, archived on the way; each with whether it is the last of its chunk."""
    batch: list[Incoming] = []
    content: list[readers.File] = []
    files = size = 0
    for number, incoming in enumerate(queue, start=1):
        data = incoming.place.read_bytes()
        if hashlib.sha256(data).hexdigest() == incoming.sha256:
            _keep(archive, incoming.sha256, data)
            batch.append(incoming)
            content.append((incoming.submission_id, data))
            files, size = files + 1, size + len(data)
        else:
            display.say(f"{incoming.path}: 正在写入，下次再收 / still being written; left for the next run")
        last = files >= CHUNK or size >= CHUNK_BYTES or number == len(queue)
        if last or len(batch) >= readers.BATCH or sum(len(c) for _, c in content) >= readers.BATCH_BYTES:
            yield (batch, last), content
            batch, content = [], []
        if last:
            files = size = 0


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


def _keep(archive: Path, sha256: str, data: bytes) -> None:
    target = archive / archive_name(sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(data)
    os.replace(partial, target)


def validate(jurisdiction: Jurisdiction, chunk: Chunk) -> None:
    """Add to each file what the checks of its form say of its rows; every form is judged once for all files."""
    files = {incoming.submission_id: (incoming.reading, _local(jurisdiction, incoming)) for incoming in chunk.files}
    for form_id in sorted({reading.form_id for reading, _ in files.values() if reading.form_id}):
        form = jurisdiction.reference.forms[form_id]
        rows = chunk.rows(form.table)
        checks = suites.checks_of(form_id, form.column_ids, form.checks)
        if checks and rows is not None:
            row_checks.judge(jurisdiction, form, checks, rows, chunk.rows(COLUMNS), files)


def _local(jurisdiction: Jurisdiction, incoming: Incoming) -> dt.datetime:
    """When a file arrived by the sender's clock, without a zone: what dates in the file are compared with."""
    return incoming.received_at.astimezone(jurisdiction.zone).replace(tzinfo=None, microsecond=0)


# --- appending --------------------------------------------------------------------------------------------------------


def _append(jurisdiction: Jurisdiction, warehouse: Warehouse, chunk: Chunk) -> None:
    ((seq,),) = warehouse.con.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchall()
    revisions = _revisions(warehouse, {_key(incoming.reading) for incoming in chunk.files})
    ledger, findings = [], []
    for incoming in chunk.files:
        reading, sid = incoming.reading, incoming.submission_id
        seq += 1
        key = _key(reading)
        revisions[key] = revisions.get(key, 0) + 1
        on_time = None
        if reading.form_id and reading.period and not reading.rejected:
            due = jurisdiction.due(reading.period, jurisdiction.reference.forms[reading.form_id].frequency)
            on_time = None if due is None else incoming.received_at <= due
        ledger.append(
            (seq, sid, *key, _utc(incoming.received_at), revisions[key], reading.rejected, reading.row_count, on_time, incoming.sha256,
             incoming.path, archive_name(incoming.sha256), reading.supersedes or None)
        )
        for finding, severity, zh, en in reading.findings:
            findings.append((sid, finding.check_id, severity, key[0] or "", finding.region_id, finding.period, finding.sheet, finding.cell,
                             finding.value, finding.expected, zh, en))
    for table, rows in (("ledger", ledger), ("intake_findings", findings)):
        warehouse.append_arrow(table, schema.arrow_table(schema.ledger_columns(table), rows))
    for table in chunk.tables:
        warehouse.append_arrow(table, chunk.rows(table, accepted=True))


def _key(reading: Reading) -> tuple[str | None, str | None, str | None]:
    """What the revisions of a report are counted by."""
    return reading.form_id, reading.region_id or None, reading.period or None


def _revisions(warehouse: Warehouse, keys: set[tuple]) -> dict[tuple, int]:
    """How many submissions of each key the ledger holds."""
    import pyarrow as pa

    asked = pa.table([pa.array(column, pa.string()) for column in zip(*keys, strict=True)], names=["form_id", "region_id", "period"])
    warehouse.con.register("asked", asked)
    found = warehouse.con.execute(
        "SELECT asked.form_id, asked.region_id, asked.period, count(*) FROM asked JOIN ledger ON asked.form_id IS NOT DISTINCT FROM ledger.form_id "
        "AND asked.region_id IS NOT DISTINCT FROM ledger.region_id AND asked.period IS NOT DISTINCT FROM ledger.period GROUP BY ALL").fetchall()
    warehouse.con.unregister("asked")
    return {tuple(row[:3]): row[3] for row in found}


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)

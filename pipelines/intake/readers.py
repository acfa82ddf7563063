"""Processes that read files, so that no file can hold up, crash or exhaust the run: only the file that did it is refused.

Each process belongs to a thread that holds the watch. A process is a fresh interpreter, never a fork of this one, which has the threads of
DuckDB and Dagster in it; it gets bytes, not names, and ends when its line to this process does, however this one ended.

We deliberately do not use a pool of the standard library or of pebble: neither can tell which file of a batch a killed process was at, and in
pools that share one pipe a process that dies while it holds the pipe's lock takes the others with it.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import pickle
import queue
import resource
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from pipelines.intake import reading
from pipelines.intake.answers import Reply
from pipelines.intake.reading import Harvest
from pipelines.intake.table import Reader
from pipelines.jurisdiction import Jurisdiction

SECONDS = 60.0  # for one file; the largest that is accepted takes a quarter of it
MEMORY = 4 * 2**30  # address space of a reading process
BATCH, BATCH_BYTES = 25, 4 * 2**20  # what goes to a process at a time; of many files up to four times as many, which costs less a file
AHEAD_FILES, AHEAD_BYTES = 1000, 64 * 2**20  # what is read before its turn to be stored has come
START_SECONDS = 120.0
LOOKS = 8  # how often within the limit it is looked whether a process goes on
ROOT = Path(__file__).resolve().parents[2]
File = tuple[str, bytes]  # submission id, content
Tag = TypeVar("Tag")


class Lost(Exception):
    """A process did not survive its batch: it was at file number `at`, and `check_id` says what became of it."""

    def __init__(self, check_id: str, at: int = 0, detail: str = ""):
        super().__init__(f"{check_id} {at} {detail}")
        self.check_id, self.at, self.detail = check_id, at, detail


@dataclass
class Broken:
    """What a process sends where it could not answer: the name of what was raised."""

    name: str


class Readers:
    """Some reading processes for the files of one jurisdiction. Use as a context manager. Nothing starts before there is a file to read."""

    def __init__(self, jurisdiction: Jurisdiction, count: int):
        self._jurisdiction = jurisdiction
        self._free: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        for _ in range(count):
            self._free.put(None)
        self._hired: set[_Process] = set()
        self._closed = False
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="reading")

    def __enter__(self) -> Readers:
        self._settings = pickle.dumps(self._jurisdiction, protocol=5)
        self._digest = hashlib.sha256(self._settings).digest()
        return self

    def start(self) -> None:
        """Start the processes before there is a file to read."""
        for _ in range(self._free.qsize()):
            process = self._free.get() or _idle() or _Process()
            self._hired.add(process)
            self._free.put(process)

    def __exit__(self, kind: object, *_: object) -> None:
        self._closed = True
        if kind is not None:
            for process in list(self._hired):
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._hired:
            _keep_idle(process)

    def read(self, batches: Iterable[tuple[Tag, Sequence[File]]]) -> Iterator[tuple[Tag, list[Harvest]]]:
        """Every batch with what was read of it, in the order given, which no number of processes changes."""
        ahead: deque[tuple[Tag, Future, int, int]] = deque()
        for tag, files in batches:
            size = sum(len(data) for _, data in files)
            while ahead and (sum(a[2] for a in ahead) + len(files) > AHEAD_FILES or sum(a[3] for a in ahead) + size > AHEAD_BYTES):
                done, future, *_ = ahead.popleft()
                yield done, future.result()
            ahead.append((tag, self._threads.submit(self._read, files), len(files), size))
        while ahead:
            done, future, *_ = ahead.popleft()
            yield done, future.result()

    def is_copy(self, data: bytes, reply: Reply) -> bool:
        """Whether a receipt came back with the sheets of a file as they were; no where that cannot be found out."""
        try:
            return self._threads.submit(self._ask, reading.is_copy, data, reply).result()
        except Lost:
            return False

    def _read(self, files: Sequence[File]) -> list[Harvest]:
        try:
            return [self._ask(reading.harvest, files)]
        except Lost as lost:
            late = lost.at if lost.check_id == "TIME_LIMIT" else None
            return [_refusal(file, lost) if n == late else self._read_alone(file) for n, file in enumerate(files)]

    def _read_alone(self, file: File) -> Harvest:
        """A file of a batch that was lost: perhaps through no fault of this one."""
        try:
            return self._ask(reading.harvest, [file])
        except Lost as lost:
            return _refusal(file, lost)

    def _ask(self, function: Callable, *arguments: object) -> object:
        process = self._free.get()
        try:
            if self._closed:
                raise RuntimeError("closed")
            if process is None:
                process = _idle() or _Process()
                self._hired.add(process)
            process.settle(self._settings, self._digest)
            return process.ask(function, *arguments)
        except BaseException:
            if process is not None:
                self._hired.discard(process)
                process.kill()
            process = None
            raise
        finally:
            self._free.put(process)


def suited_to(files: int) -> int:
    """How many processes so many files are worth."""
    return max(1, min(len(os.sched_getaffinity(0)), files // (2 * BATCH)))


def batch_of(files: int) -> int:
    """How many of so many files go to a process at a time."""
    return max(BATCH, min(4 * BATCH, files // 40))


def _refusal(file: File, lost: Lost) -> Harvest:
    return reading.refused(file[0], lost.check_id, lost.detail, f"{SECONDS:g}")


# --- a process, seen from here ----------------------------------------------------------------------------------------


class _Process:
    def __init__(self):
        ours, theirs = socket.socketpair()
        with theirs:
            self.line = Connection(ours.detach())
            path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
            self.marks, marks = os.pipe()  # a byte for each file that is begun: looked at only when an answer is late
            os.set_blocking(self.marks, False)
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", "from pipelines.intake import readers; readers.serve()",
                 str(theirs.fileno()), str(marks), str(MEMORY)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno(), marks],
                env={**os.environ, "PYTHONPATH": path}, process_group=0)  # Ctrl-C is for us alone
            os.close(marks)
        self.owner = os.getpid()
        self.ready = False
        self.settled = b""

    def settle(self, settings: bytes, digest: bytes) -> None:
        """Wait until it runs, and tell it the jurisdiction. Raises RuntimeError when it does not start: no file is to blame for that."""
        try:
            if not self.ready and (not self.line.poll(START_SECONDS) or self.line.recv_bytes()):
                raise EOFError
            self.ready = True
            if self.settled != digest:
                self.line.send_bytes(settings)
                if not self.line.poll(START_SECONDS) or self.line.recv_bytes():
                    raise EOFError
                self.settled = digest
        except (EOFError, OSError) as error:
            self.kill()
            raise RuntimeError(f"读表进程没有启动 / the reading process did not start: exit {self.process.returncode}") from error

    def ask(self, function: Callable, *arguments: object) -> object:
        """What a function of `reading` gives there. Raises Lost: no file is read for longer than its time, though when it began is seen a little later."""
        between = SECONDS / LOOKS
        begun, end = 0, time.monotonic() + SECONDS - between
        try:
            self.line.send_bytes(pickle.dumps((function, arguments), protocol=5))
            while not self.line.poll(max(0, min(between, end - time.monotonic()))):
                if more := self._begun():
                    begun, end = begun + more, time.monotonic() + SECONDS - between
                elif time.monotonic() >= end:
                    raise Lost("TIME_LIMIT", max(begun - 1, 0))
            result = pickle.loads(self.line.recv_bytes())
            self._begun()
        except (EOFError, OSError) as error:
            self.kill()
            raise Lost("READER_DIED", detail=f"exit {self.process.returncode}") from error
        if isinstance(result, Broken):
            raise Lost("READER_DIED", detail=result.name)
        return result

    def _begun(self) -> int:
        """How many files it has begun since this was last asked."""
        try:
            return len(os.read(self.marks, 2**16))
        except BlockingIOError:
            return 0

    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def kill(self) -> None:
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        if not self.line.closed:
            self.line.close()
            os.close(self.marks)


_kept: list[_Process] = []  # one process stays for the next time: starting it costs more than reading a few files
_keeping = threading.Lock()


def _idle() -> _Process | None:
    with _keeping:
        process = _kept.pop() if _kept else None
    return process if process and process.alive() else None


def _keep_idle(process: _Process) -> None:
    with _keeping:
        if not _kept and process.alive():
            _kept.append(process)
            return
    process.kill()


@atexit.register
def dismiss() -> None:
    """End the process that waits for the next time."""
    with _keeping:
        while _kept:
            _kept.pop().kill()


# --- the process itself -----------------------------------------------------------------------------------------------


def serve() -> None:
    """Read files until the line ends. Empty messages say: ready, settled. A mark says: next file."""
    line, marks, memory = Connection(int(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
    import gc

    import pyarrow  # noqa: F401
    import python_calamine  # noqa: F401

    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # what is read of a file holds no cycles
    say: Callable[[], None] = lambda: line.send_bytes(b"")  # noqa: E731
    mark: Callable[[], object] = lambda: os.write(marks, b".")  # noqa: E731
    reader: Reader | None = None
    with contextlib.suppress(EOFError, OSError):
        say()
        while True:
            message = pickle.loads(line.recv_bytes())
            if isinstance(message, Jurisdiction):
                reader = Reader(message)
                say()
                continue
            try:
                function, arguments = message
                result = function(reader, *arguments, mark) if function is reading.harvest else function(*arguments)
                answer = pickle.dumps(result, protocol=5)
            except BaseException as error:  # a panic of the workbook reader is not an Exception
                answer = pickle.dumps(Broken(type(error).__name__))
            line.send_bytes(answer)

"""A file that cannot be read within its time, or that takes its reader down with it, is refused; the others go through, in the same order."""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
import time

import duckdb
import openpyxl
import pytest

from pipelines.intake import ledger, readers

from .bureau import CITY, EAST, bureau_at

# What the reading processes do to a file that says so: the interpreter runs this before anything else.
TRAPS = """
import os, signal, time
from pipelines.intake import table

whole = table.open_book

def read(data):
    if b"nap" in data:
        time.sleep(0.6)
    if b"hang" in data:
        time.sleep(600)
    if b"crash" in data or b"once" in data and not os.path.exists("{mark}"):
        open("{mark}", "w").close()
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"devour" in data:
        bytearray(1 << 50)
    if b"stumble" in data:
        raise BaseException("a panic")
    return whole(data)

table.open_book = read
"""


@pytest.fixture
def traps(tmp_path, monkeypatch):
    """Reading processes fall into the traps, and have four seconds for a file."""
    (tmp_path / "traps").mkdir()
    (tmp_path / "traps" / "sitecustomize.py").write_text(TRAPS.format(mark=tmp_path / "mark"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "traps"))
    monkeypatch.setattr(readers, "SECONDS", 4)
    readers.dismiss()
    yield
    readers.dismiss()


def report(number: int, word: str = "") -> str:
    return f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-{number:02d}\n起数,死亡,备注\n{number},1,{word}\n"


def table(bureau, sql: str) -> list[tuple]:
    with duckdb.connect(str(bureau.out / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def verdicts(bureau) -> dict[str, tuple]:
    found = table(bureau, "SELECT path, rejected, check_id, value, expected FROM ledger LEFT JOIN intake_findings USING (submission_id) ORDER BY path, check_id")
    return {path: (rejected, *finding) for path, rejected, *finding in found}


def test_a_file_that_does_not_end_is_refused_and_the_others_are_taken_in_within_the_time(bureau, traps):
    for number in range(1, 13):
        bureau.send(f"{number:02d}.csv", report(number, "hang" if number in (3, 9) else ""), f"2015-12-{number:02d}")
    begun = time.monotonic()
    bureau.receive()
    assert time.monotonic() - begun < 60
    found = verdicts(bureau)
    assert {path for path, (rejected, *_) in found.items() if rejected} == {"03.csv", "09.csv"}
    assert found["03.csv"] == (True, "TIME_LIMIT", "", "4")
    assert table(bureau, "SELECT path FROM ledger ORDER BY seq") == [(f"{n:02d}.csv",) for n in range(1, 13)]
    assert table(bureau, "SELECT period, events FROM rows_f02") == [(f"2015-{n:02d}", n) for n in range(1, 13) if n not in (3, 9)]
    assert (bureau.out / "archive").joinpath(*table(bureau, "SELECT archived FROM ledger WHERE path = '03.csv'")[0]).read_bytes().endswith(b"hang\n")


def test_no_file_is_read_for_longer_than_its_time_whenever_in_its_batch_it_began(bureau, traps):
    """It is looked every half second: the file that hangs begins just after that, and is not given the time until it was seen on top."""
    from pipelines import jurisdiction as jurisdictions

    with readers.Readers(jurisdictions.load(bureau.folder), 1) as pool:
        files = [(f"{n:016d}", report(n, word).encode()) for n, word in ((1, ""), (2, "nap"), (3, "hang"))]
        list(pool.read([("warm", files[:1])]))
        begun = time.monotonic()
        process = next(iter(pool._hired))
        with pytest.raises(readers.Lost) as lost:
            process.ask(readers.reading.harvest, files[1:])
        took = time.monotonic() - begun
        process.kill()
    assert (lost.value.check_id, lost.value.at) == ("TIME_LIMIT", 1)
    assert 0.6 + 3 < took < 0.6 + readers.SECONDS + 0.3, took


@pytest.mark.parametrize(("word", "said"), [
    ("crash", ("READER_DIED", "exit -11", "4")), ("devour", ("READER_DIED", "MemoryError", "4")), ("stumble", ("READER_DIED", "BaseException", "4"))])
def test_a_file_that_takes_its_reader_down_is_refused_alone(bureau, traps, word, said):
    for number in range(1, 6):
        bureau.send(f"{number}.csv", report(number, word if number == 2 else ""), f"2015-12-0{number}")
    bureau.receive()
    found = verdicts(bureau)
    assert found.pop("2.csv") == (True, *said)
    assert {rejected for rejected, *_ in found.values()} == {False}


def test_a_file_that_took_its_reader_down_is_not_read_again_for_its_receipt(bureau, traps, monkeypatch):
    from pipelines.intake import annotated

    copied = []
    monkeypatch.setattr(annotated, "copies", lambda data, *_: copied.append(data) or [])
    bureau.send("1.csv", report(1, "crash"), "2015-12-01")
    bureau.send("2.csv", report(2).replace("2,1", "2,*1"), "2015-12-02")
    bureau.release()
    receipts = bureau.receipts()
    assert [f["check_id"] for f in receipts["1.csv"]["findings"]] == ["READER_DIED"]
    assert [b"*1" in data for data in copied] == [True]


def test_a_reader_that_dies_once_through_no_fault_of_the_file_is_replaced(bureau, traps):
    bureau.send("1.csv", report(1, "once"), "2015-12-01")
    bureau.receive()
    assert verdicts(bureau) == {"1.csv": (False, None, None, None)}


def test_a_small_file_with_a_cell_at_the_far_end_neither_stops_nor_exhausts_the_run(bureau, monkeypatch):
    """Five thousand bytes that unfold to fifty million cells."""
    book = openpyxl.Workbook()
    book.active.append(["表号", "F02", "行政区划代码", CITY, "报告期", "2015-01"])
    book.active.cell(99_999, 510, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    bureau.send("far.xlsx", buffer.getvalue(), "2015-02-01")
    bureau.send("near.csv", report(1), "2015-02-02")
    monkeypatch.setattr(readers, "SECONDS", 5)
    monkeypatch.setattr(readers, "MEMORY", 2**30)
    readers.dismiss()
    bureau.receive()
    readers.dismiss()
    assert [rejected for rejected, *_ in verdicts(bureau).values()] == [True, False]


def test_the_number_of_processes_changes_nothing_that_is_stored(tmp_path, monkeypatch, traps):
    """Sixty files in batches of four, of which one crashes its reader and several are wrong in the ordinary way."""
    monkeypatch.setattr(readers, "BATCH", 4)
    monkeypatch.setattr(ledger, "CHUNK", 24)
    stored = []
    for processes in (1, 2):
        bureau = bureau_at(tmp_path / str(processes))
        for n in range(60):
            region, period = ("990101", "990102", "990103", "990109")[n % 4], f"{2000 + n // 12}-{n % 12 + 1:02d}"
            rows = f"煤矿,{n},*{n},-{n}.5,{'crash' if n == 31 else ''}\n道路交通,{n + 1},{n}余,—,无\n合计,{3 * n},{n},x,\n"
            bureau.send(f"{n:02d}.csv", f"# 表号: F02\n# 行政区划代码: {region}\n# 报告期: {period}\n类别,起数,死亡,死亡同比,备注\n{rows}")
        take_in(bureau, processes)
        names = [name for (name,) in table(bureau, "SELECT table_name FROM duckdb_tables() ORDER BY 1")]
        stored.append({name: table(bureau, f"SELECT * FROM {name}") for name in names})
    assert len(stored[0]["ledger"]) == 60
    assert {"READER_DIED", "UNKNOWN_REGION", "MASKED_VALUE"} <= {row[1] for row in stored[0]["intake_findings"]}
    assert stored[0] == stored[1]


def take_in(bureau, processes: int) -> None:
    from expectations import compile as suites
    from pipelines import jurisdiction as jurisdictions
    from pipelines.engines.warehouse import Warehouse

    jurisdiction = jurisdictions.load(bureau.folder)
    with pytest.MonkeyPatch.context() as patch, Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        patch.setattr(suites, "checks_of", lambda *_: [])
        patch.setattr(suites, "warm", lambda: None)
        ledger.receive(jurisdiction, warehouse, bureau.out / "archive", ledger.discover(jurisdiction), dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
                       processes=processes)


def test_a_file_that_changes_while_it_is_taken_in_waits_for_the_next_run(bureau, monkeypatch, capsys):
    bureau.send("1.csv", report(1), "2015-12-01")
    bureau.send("2.csv", report(2), "2015-12-02")
    sha256 = ledger.sha256
    monkeypatch.setattr(ledger, "sha256", lambda path: "0" * 64 if path.name == "1.csv" else sha256(path))
    bureau.receive()
    assert set(verdicts(bureau)) == {"2.csv"}
    assert "1.csv" in capsys.readouterr().err
    monkeypatch.setattr(ledger, "sha256", sha256)
    bureau.receive()
    assert set(verdicts(bureau)) == {"1.csv", "2.csv"}


def test_reading_processes_end_with_the_run_that_started_them(bureau):
    bureau.send("1.csv", report(1), "2015-12-01")
    code = ("import datetime as dt, os, signal, sys\nfrom pathlib import Path\nfrom pipelines.intake import readers\n"
            "from pipelines import jurisdiction as jurisdictions\nplace = jurisdictions.load(Path(sys.argv[1]))\n"
            "with readers.Readers(place, 1) as pool:\n    list(pool.read([('', [('0', b'a')])]))\n"
            "    print(*(p.process.pid for p in pool._hired), flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    done = subprocess.run([sys.executable, "-c", code, str(bureau.folder)], capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PYTHONPATH": str(readers.ROOT)})
    (process,) = (int(pid) for pid in done.stdout.split())
    deadline = time.monotonic() + 20
    while running(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(process)


def running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False

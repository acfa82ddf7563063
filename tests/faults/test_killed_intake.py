"""Killed in the middle of taking files in: of each file there is all or nothing, and the next run finishes the work."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from pipeline.bureau import CITY, CITY_AND_COUNTIES, EAST, WEST, Bureau, bureau_at

ROOT = Path(__file__).resolve().parents[2]
FILES = 14
# Takes in everything, four files to a transaction, and kills itself the N-th time a named thing happens.
VICTIM = """
import datetime as dt, os, signal, sys
from pathlib import Path
from expectations import compile as suites
from pipelines import jurisdiction as jurisdictions
from pipelines.engines import warehouse as engine
from pipelines.intake import ledger, readers

folder, out, event, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
ledger.CHUNK = 4
suites.checks_of = lambda *_: []

def deadly(function, before):
    def wrapped(*args, **kwargs):
        global count
        count -= 1
        if count == 0 and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return wrapped

if event == "append":
    engine.Warehouse.append_arrow = deadly(engine.Warehouse.append_arrow, False)
if event == "archive":
    ledger.os.replace = deadly(os.replace, True)
if event == "commit":
    ledger._append = deadly(ledger._append, False)
if event == "read":
    ledger.Chunk.add = deadly(ledger.Chunk.add, True)
if event == "reading":
    readers.Readers._ask = deadly(readers.Readers._ask, True)
jurisdiction = jurisdictions.load(folder)
with engine.Warehouse(out / "warehouse.duckdb") as warehouse:
    ledger.receive(jurisdiction, warehouse, out / "archive", ledger.discover(jurisdiction), dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
"""
APPENDED = ("ledger", "intake_findings", "companions", "cell_notes", "sheet_columns", "rows_f02")


def bureau_with_files(path) -> Bureau:
    """Files of several rows with masked cells, printed values and remarks, so that every table of the intake is written to."""
    bureau = bureau_at(path, CITY_AND_COUNTIES)
    for n in range(FILES):
        rows = f"东山县,{n},{n},-{n}.5,*{n}\n西水县,{n + 1},{n}余,—,{n}\n合计,{3 * n},{n},x,{n}\n"
        bureau.send(f"{n:02d}.csv", f"# 表号: F02\n# 行政区划代码: {CITY}\n# 报告期: {2000 + n}-01\n地区,起数,死亡,死亡同比,重伤\n{rows}", f"2015-01-{n + 1:02d}")
    return bureau


def take_in(bureau: Bureau, event: str = "", count: int = 0) -> int:
    command = [sys.executable, "-c", VICTIM, str(bureau.folder), str(bureau.out), event, str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def state(bureau: Bureau) -> dict[str, list]:
    with duckdb.connect(str(bureau.out / "warehouse.duckdb"), read_only=True) as con:
        there = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        return {table: sorted(con.execute(f"SELECT * FROM {table}").fetchall(), key=repr) if table in there else [] for table in APPENDED}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, list]:
    bureau = bureau_with_files(tmp_path_factory.mktemp("undisturbed"))
    bureau.receive()
    whole = state(bureau)
    assert len(whole["ledger"]) == FILES
    assert all(whole.values()), "every table is written to"
    return whole


@pytest.mark.parametrize(("event", "count", "taken"), [
    ("read", 2, {4}), ("reading", 3, {0, 4, 8}), ("archive", 2, {0}), ("append", 11, {4}), ("commit", 3, {8})])
def test_after_a_kill_each_file_is_there_with_all_its_rows_or_not_at_all(undisturbed, tmp_path, event, count, taken):
    bureau = bureau_with_files(tmp_path)
    assert take_in(bureau, event, count) == -signal.SIGKILL
    if (bureau.out / "warehouse.duckdb").exists():
        left = state(bureau)
        known = {row[1] for row in left["ledger"]}
        assert len(known) in taken, "whole transactions only"
        for table in APPENDED[1:]:
            owner = 0
            assert left[table] == [row for row in undisturbed[table] if row[owner] in known], table
    kept = [p for p in (bureau.out / "archive").rglob("*") if p.is_file() and not p.name.endswith(".part")]
    assert all(hashlib.sha256(p.read_bytes()).hexdigest() == p.name for p in kept), "the archive never holds half a file"
    bureau.receive()
    assert state(bureau) == undisturbed


def test_an_error_in_one_transaction_leaves_the_ones_before(tmp_path, monkeypatch):
    """Not a kill but a full disk: the exception comes through, nothing of the transaction stays."""
    from pipelines.engines.warehouse import Warehouse
    from pipelines.intake import ledger

    bureau = bureau_with_files(tmp_path)
    monkeypatch.setattr(ledger, "CHUNK", 4)
    append, calls = Warehouse.append_arrow, []

    def full(self, table, rows):
        calls.append(table)
        if calls.count("companions") == 2 and table == "companions":
            raise OSError(28, "No space left on device")
        append(self, table, rows)

    monkeypatch.setattr(Warehouse, "append_arrow", full)
    with pytest.raises(OSError, match="No space left"):
        bureau.receive()
    assert len(state(bureau)["ledger"]) == 4
    assert len(state(bureau)["rows_f02"]) == 12
    monkeypatch.setattr(Warehouse, "append_arrow", append)
    bureau.receive()
    assert len(state(bureau)["ledger"]) == FILES


def test_one_unreadable_file_among_many_does_not_stop_the_others(bureau):
    bureau.report("2015-01", "2015-02-05", region_id=[EAST, WEST], deaths=[1, 2])
    bureau.send("a.csv", b"\x00\x01\x02")
    bureau.send("b.xlsx", b"PK\x03\x04 but no more")
    tables = bureau.compute()
    assert sorted(s["verdict"] for s in tables.tables["submissions"]) == ["accepted", "rejected", "rejected"]
    assert json.dumps(tables.value(EAST, period="2015-01", span="month")) == "1.0"

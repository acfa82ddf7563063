"""A province-year of 12,000 workbooks: how fast they are taken in, in how much memory, and what one more file costs. `make bench`.

Targets: at most three times the floor (calamine to DuckDB with no check at all), at least five times as fast as pandas with openpyxl file by
file; memory that does not grow with the number of files; one more file costs the same whatever came before.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from pathlib import Path

import pytest

from . import measure, province

pytestmark = pytest.mark.timeout(0)
ROOT = Path(__file__).resolve().parents[2]
SIZES = (1_500, 6_000, 12_000)
SAMPLE = 10  # the office way is run on every tenth file and scaled
ROUNDS = 5  # intake and floor by turns, and of each the fastest: what others do on the machine only adds. The run in the middle is printed too


def contest(contestant: str, folder: Path, out: Path, step: int = 1) -> measure.Measured:
    measured = measure.run([sys.executable, str(Path(__file__).with_name("contestants.py")), contestant, str(folder), str(out), str(step)],
                           cwd=ROOT, env=province.environment(ROOT))
    assert int(measured.said) == len(range(0, len(list((folder / "submissions").rglob("*.xlsx"))), step))
    return measured


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[int, Path]:
    place = tmp_path_factory.mktemp("province")
    begun = time.perf_counter()
    for files in SIZES:
        province.write(place / str(files), files, of=place / str(max(SIZES)))
    print(f"\n{max(SIZES):,} 份工作簿 / workbooks written in {time.perf_counter() - begun:.0f} s")
    yield {files: place / str(files) for files in SIZES}


@pytest.fixture(scope="module")
def taken_in(folders) -> dict[int, measure.Measured]:
    """The intake at each size; the files are in the page cache for all contestants."""
    return {files: contest("intake", folder, folder / "out") for files, folder in folders.items()}


def line(name: str, measured: measure.Measured, scale: int = 1, note: str = "") -> None:
    print(f"  {name:<44} {measured.seconds * scale:8.1f} s  {measured.processor * scale:8.1f} s CPU  {measured.memory:7.0f} MiB  {note}")


def test_the_intake_takes_at_most_three_times_the_floor_and_a_fifth_of_the_office_way(folders, taken_in):
    most = max(SIZES)
    rounds = [(contest("intake", folders[most], folders[most] / f"out{n}"), contest("floor", folders[most], folders[most] / f"floor{n}")) for n in range(ROUNDS)]
    by_speed = [sorted(measured, key=lambda one: one.seconds) for measured in zip(*rounds, strict=True)]
    ours, floor = (measured[0] for measured in by_speed)
    middle = [measured[ROUNDS // 2].seconds for measured in by_speed]
    office = contest("office", folders[most], folders[most] / "office", SAMPLE)
    print(f"\n{most:,} 份 / workbooks, {ours.said} 份收下 / taken in")
    line("(a) 接收 / the intake", ours)
    line("(b) 下限 / the floor: calamine, Arrow, DuckDB", floor)
    line("(c) 手写 / pandas + openpyxl, file by file", office, SAMPLE, f"每 {SAMPLE} 份取 1，按比例放大 / every {SAMPLE}th file, scaled")
    print("  (a), (b):", ", ".join(f"{a.seconds:.1f} / {b.seconds:.1f} s" for a, b in rounds))
    print(f"  (a) / (b) = {ours.seconds / floor.seconds:.2f}, 居中者 / in the middle {middle[0] / middle[1]:.2f}   (c) / (a) = {office.seconds * SAMPLE / ours.seconds:.1f}")
    assert ours.seconds <= 3 * floor.seconds
    assert office.seconds * SAMPLE >= 5 * ours.seconds


def test_memory_does_not_grow_with_the_number_of_files(taken_in):
    print()
    for files, measured in taken_in.items():
        line(f"{files:>6,} 份 / workbooks", measured)
    assert taken_in[max(SIZES)].memory <= 1.2 * taken_in[min(SIZES)].memory


def test_one_more_file_costs_the_same_whatever_came_before(folders, taken_in, tmp_path):
    from pipelines import jurisdiction as jurisdictions
    from pipelines.engines.warehouse import Warehouse
    from pipelines.intake import ledger

    few = tmp_path / "few"
    province.write(few, 100, of=folders[max(SIZES)])
    contest("intake", few, few / "out")
    seconds: dict[str, list[float]] = {}
    for number in range(8):  # the first is not counted: it imports and starts
        for name, folder in (("100", few), (f"{max(SIZES):,}", folders[max(SIZES)])):
            jurisdiction = jurisdictions.load(folder)
            path = tmp_path / f"{number}.xlsx"
            path.write_bytes(province.workbook(number, "F04", 1, again=True))
            with Warehouse(folder / "out" / "warehouse.duckdb") as warehouse:
                begun = time.perf_counter()
                assert len(ledger.receive(jurisdiction, warehouse, folder / "out" / "archive", [path], dt.datetime(2030, 1, 1, tzinfo=dt.UTC))) == 1
                seconds.setdefault(name, []).append(time.perf_counter() - begun)
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    print("\n" + "\n".join(f"  再收一份，之前 {name} 份 / one more after {name}: {1000 * median:.0f} ms" for name, median in medians.items()))
    before, after = medians.values()
    print(f"  {after / before:.2f}")
    assert after <= 1.5 * before

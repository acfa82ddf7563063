"""Runs each published jurisdiction through the whole road once, and reports at the end what became of every printed value."""

from __future__ import annotations

import collections
import csv
import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import summary

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FOLDERS = {path.parent.name: path.parent for path in sorted(HERE.glob("*/jurisdiction.yml"))}
FOLDERS["jiangxi"] = ROOT / "data" / "jiangxi"
CLASSES = ["reproduced", "truncated_as_declared", "truncated", "off_in_last_digit", "contradiction", "not_recomputable"]
VERDICTS = pytest.StashKey[dict]()


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


@dataclass
class Run:
    """What came out of one run: `table(name)` of the newest release, `every(name)` of all releases, later ones winning."""

    name: str
    out: Path
    code: int
    tables: dict = field(default_factory=dict)

    @cached_property
    def releases(self) -> list[Path]:
        """Oldest first; `latest` is one of them under another name."""
        made = [path for path in (self.out / "releases").glob("*/manifest.json") if not path.parent.is_symlink()]
        return [path.parent for path in sorted(made, key=lambda path: json.loads(path.read_text(encoding="utf-8"))["sequence"])]

    @property
    def latest(self) -> Path:
        return self.out / "releases" / "latest"

    def table(self, table: str, release: Path | None = None) -> list[dict]:
        path = (release or self.latest) / "parquet" / f"{table}.parquet"
        if path not in self.tables:
            self.tables[path] = pq.read_table(path).to_pylist()
        return self.tables[path]

    def where(self, table: str, **wanted) -> list[dict]:
        """Rows of the newest release with these values."""
        return [row for row in self.table(table) if all(row[key] == value for key, value in wanted.items())]

    def one(self, table: str, **wanted) -> dict:
        found = self.where(table, **wanted)
        assert len(found) == 1, f"{self.name}: {table} {wanted}: {len(found)} rows {found[:3]}"
        return found[0]

    def every(self, table: str, *key: str) -> list[dict]:
        """Rows of all releases by key, each as the last release that has it says: a superseded file is only in the older ones."""
        found: dict[tuple, dict] = {}
        for release in [*self.releases, self.latest]:
            for row in self.table(table, release):
                found[tuple(row[k] for k in key)] = row
        return list(found.values())

    @cached_property
    def reconciliations(self) -> list[dict]:
        return self.every("reconciliations", "submission_id", "sheet", "cell", "kind", "measure", "span")

    @cached_property
    def findings(self) -> list[dict]:
        return self.every("quality_findings", "check_id", "submission_id", "sheet", "cell", "value")


@pytest.fixture(scope="session")
def road(tmp_path_factory):
    """`road(folder)` runs a jurisdiction folder into a fresh directory and reads what comes out."""
    from pipelines.cli import main

    def travel(folder: Path, *options: str) -> Run:
        out = tmp_path_factory.mktemp(folder.name)
        return Run(folder.name, out, main(["run", str(folder), "--out", str(out), "--no-site", *options]))

    return travel


@pytest.fixture(scope="session")
def runs(road, request):
    """`runs(name)` is the one run of a published jurisdiction that all tests share."""
    done: dict[str, Run] = {}

    def of(name: str) -> Run:
        if name not in done:
            # Only Jiangxi's revisions are looked at release by release; for the others the newest says it all.
            jiangxi = name == "jiangxi"
            done[name] = Run(name, request.getfixturevalue("jiangxi_out"), 0) if jiangxi else road(FOLDERS[name], "--latest-only")
        return done[name]

    return of


@pytest.fixture
def copy_of(tmp_path):
    """`copy_of(name)` is a folder of one's own to change."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(FOLDERS[name], tmp_path / name))

    return copy


@pytest.fixture(scope="session")
def verdicts(request) -> dict:
    """Counts for the summary: (jurisdiction, class) of what was found."""
    return request.config.stash.setdefault(VERDICTS, collections.Counter())


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session) -> None:
    counts = session.config.stash.get(VERDICTS, None)
    if not counts:
        return
    names = sorted({name for name, _ in counts})
    width = max(map(len, names))
    lines = [" " * width + "".join(f"  {c}" for c in CLASSES)]
    lines += [name.ljust(width) + "".join(f"  {counts[name, c] or '.':>{len(c)}}" for c in CLASSES) for name in names]
    totals = [sum(counts[name, c] for name in names) for c in CLASSES]
    lines.append("合计 total".ljust(width - 2) + "".join(f"  {n:>{len(c)}}" for n, c in zip(totals, CLASSES, strict=True)))
    lines.append(f"{sum(totals)} 个印刷的派生值，逐一列在 tests/published/expected.csv / printed derived values, each listed by name")
    summary.say(session.config, "印刷值核对 / printed values against what the pipeline computes", *lines)

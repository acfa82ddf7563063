"""What tests of several folders share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import summary
from filelock import FileLock
from pipeline.bureau import bureau_at

HERE = Path(__file__).resolve().parent
JIANGXI = HERE.parent / "data" / "jiangxi"
SHARED = ("site", "published")  # folders whose tests share long runs and therefore a process; so do users of a shared fixture
LONG_RUNS = {"jiangxi_out": "published", "outside": "outside"}


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items) -> None:
    """Which tests share a process when several run side by side: those that share a long run. The longest begin first."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        group = next((g for fixture, g in LONG_RUNS.items() if fixture in getattr(item, "fixturenames", ())), str(item.path))
        item.add_marker(pytest.mark.xdist_group(folder if folder in SHARED else group))
    order = {"site": 0, "pipeline": 1, "published": 2}  # site and published both read the run of Jiangxi: not at the same time
    items.sort(key=lambda item: order.get(item.path.relative_to(HERE).parts[0], 3))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["summary"] = session.config.stash.get(summary.SECTIONS, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    for title, lines, bad in getattr(node, "workeroutput", {}).get("summary", []):
        summary.say(node.config, title, *lines, bad=bad)


def pytest_terminal_summary(terminalreporter, config) -> None:
    summary.show(terminalreporter, config)


@pytest.fixture(scope="session", autouse=True)
def no_history():
    """Runs are not written to a Dagster history: that costs more than the runs. Ask for `history` where it matters."""
    from pipelines import cli

    def forgetful(runner):
        import dagster as dg

        return dg.DagsterInstance.ephemeral()

    kept, cli._Runner._history = cli._Runner._history, forgetful
    yield kept
    cli._Runner._history = kept


@pytest.fixture
def history(no_history, monkeypatch):
    """Runs of this test are kept, as for anybody else."""
    from pipelines import cli

    monkeypatch.setattr(cli._Runner, "_history", no_history)


@pytest.fixture(scope="session")
def jiangxi_out(tmp_path_factory) -> Path:
    """The real figures of Jiangxi with all their releases, without the site: made once however many processes test, a copy for each of them."""
    from pipelines.cli import main

    own = tmp_path_factory.mktemp("jiangxi") / "out"
    shared = tmp_path_factory.getbasetemp().parent / "jiangxi_of_all" if "PYTEST_XDIST_WORKER" in os.environ else own.with_name("made")
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            shutil.rmtree(half := shared.with_name("jiangxi_half"), ignore_errors=True)
            assert main(["run", str(JIANGXI), "--out", str(half), "--no-site"]) == 0
            half.rename(shared)
    shutil.copytree(shared, own, symlinks=True)
    return own


@pytest.fixture
def bureau(tmp_path):
    """A city with three counties, in an empty folder."""
    return bureau_at(tmp_path)

"""What tests of several folders share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipeline.bureau import bureau_at

JIANGXI = Path(__file__).resolve().parents[1] / "data" / "jiangxi"


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
    """The real figures of Jiangxi with all their releases, made once for every test that reads them; without the site."""
    from pipelines.cli import main

    out = tmp_path_factory.mktemp("jiangxi")
    assert main(["run", str(JIANGXI), "--out", str(out), "--no-site"]) == 0
    return out


@pytest.fixture
def bureau(tmp_path):
    """A city with three counties, in an empty folder."""
    return bureau_at(tmp_path)

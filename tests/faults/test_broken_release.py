"""Stopped in the middle of publishing: nobody sees half a release, `latest` stays whole, and the next run makes what is missing."""

from __future__ import annotations

import os

import pytest
from pipeline.bureau import EAST, Bureau, bureau_at

from pipelines.publish import release as releases
from pipelines.publish import tables as publishing
from transforms import catalogue


class Killed(BaseException):
    """As sudden as a kill: nothing catches it."""


@pytest.fixture(scope="module")
def january(tmp_path_factory) -> Bureau:
    """January is out; February has come in."""
    bureau = bureau_at(tmp_path_factory.mktemp("january"))
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[3])
    assert bureau.release() == ["2015-01.v1"]
    bureau.report("2015-02", "2015-03-05", region_id=[EAST], deaths=[4])
    return bureau


@pytest.fixture
def published(january, tmp_path) -> Bureau:
    return january.copy(tmp_path)


def names(bureau) -> set[str]:
    return {p.name for p in (bureau.out / "releases").iterdir() if not p.name.startswith(".")}


def stop_at(monkeypatch, ending: str) -> None:
    real = os.replace

    def replace(source, target):
        if str(source).endswith(ending):
            raise Killed
        return real(source, target)

    monkeypatch.setattr(releases.os, "replace", replace)


def crash(bureau) -> None:
    with pytest.raises(Killed):
        bureau.release()


def test_a_release_stopped_while_its_files_are_written_is_not_seen(published, monkeypatch):
    write, written = publishing.write_parquet, []

    def fails(*arguments):
        written.append(arguments)
        if len(written) == 5:
            raise Killed
        return write(*arguments)

    monkeypatch.setattr(publishing, "write_parquet", fails)
    crash(published)
    assert names(published) == {"2015-01.v1", "latest"}
    assert published.manifest()["release"] == "2015-01.v1"
    monkeypatch.undo()
    assert published.release() == ["2015-02.v1"]
    assert published.manifest()["previous_release"] == "2015-01.v1"
    assert published.released().value(EAST, period="2015-02", span="month") == 4


def test_a_release_complete_but_not_yet_in_its_place_is_made_again(published, monkeypatch):
    stop_at(monkeypatch, ".v1.partial")
    crash(published)
    left = published.out / "releases" / ".2015-02.v1.partial" / "manifest.json"
    assert left.exists(), "the crash came after everything had been written"
    assert names(published) == {"2015-01.v1", "latest"}
    monkeypatch.undo()
    assert published.release() == ["2015-02.v1"]
    assert published.manifest()["release"] == "2015-02.v1"
    assert not left.exists()


def test_latest_left_behind_is_mended_by_the_next_run(published, monkeypatch):
    stop_at(monkeypatch, ".latest.partial")
    crash(published)
    assert names(published) == {"2015-01.v1", "2015-02.v1", "latest"}
    assert published.manifest()["release"] == "2015-01.v1", "the old release is still whole and still the one that is shown"
    monkeypatch.undo()
    releases.point_latest(published.out / "releases")
    assert published.manifest()["release"] == "2015-02.v1"
    assert published.release() == []


def test_the_first_release_ever_stopped_before_latest_was_set_is_found_by_the_next_run(bureau, monkeypatch, capsys):
    bureau.report("2015-01", "2015-02-05", region_id=[EAST], deaths=[3])
    stop_at(monkeypatch, ".latest.partial")
    crash(bureau)
    assert names(bureau) == {"2015-01.v1"}
    monkeypatch.undo()
    assert bureau.run() == 0
    assert bureau.manifest()["release"] == "2015-01.v1"
    assert "new releases: 0" in capsys.readouterr().err


def test_a_failing_transform_leaves_the_tables_of_the_last_run(published, monkeypatch):
    sql_of = catalogue.sql_of
    monkeypatch.setattr(catalogue, "sql_of", lambda table: "SELECT 1 FROM nowhere" if table == "rankings" else sql_of(table))
    with pytest.raises(RuntimeError, match=r"transforms/rankings\.sql"):
        published.release()
    assert names(published) == {"2015-01.v1", "latest"}
    monkeypatch.undo()
    import duckdb

    with duckdb.connect(str(published.out / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("SELECT DISTINCT period FROM indicators WHERE span = 'month'").fetchall() == [("2015-01",)], "all tables are of one moment"
    assert published.release() == ["2015-02.v1"]


def test_a_release_that_would_hold_personal_data_is_not_made(published, monkeypatch):
    from pipelines import personal
    from pipelines.publish import disclosure

    monkeypatch.setattr(personal, "PATTERNS", {"东山 / Dongshan": "东山县"})
    with pytest.raises(disclosure.PersonalData):
        published.release()
    assert names(published) == {"2015-01.v1", "latest"}

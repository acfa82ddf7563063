"""The same folder gives the same bytes, wherever and however often it is run."""

from __future__ import annotations

import datetime as dt
import json
import shutil

from .bureau import Bureau


def contents(bureau: Bureau) -> dict[str, bytes]:
    root = bureau.out / "releases"
    files = [p for p in root.rglob("*") if p.is_file() and "latest" not in p.relative_to(root).parts]
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in files}


def test_no_release_holds_a_path_of_the_machine_or_the_time_of_the_run(outside):
    now = dt.datetime.now(dt.UTC)
    for name, data in contents(outside).items():
        assert str(outside.folder).encode() not in data, name
        assert str(outside.out).encode() not in data, name
        for stamp in (now.strftime("%Y-%m-%d"), now.strftime("%Y%m%d")):
            assert stamp.encode() not in data, f"{name} holds today's date"


def test_another_folder_and_another_pace_give_the_same_bytes(outside, tmp_path):
    """Parquet, CSV, workbook, metadata, list of changes, manifest and receipts: a bureau that runs every month, elsewhere, publishes what one that
    runs once does."""
    gradual = Bureau(tmp_path / "other name", tmp_path / "deep" / "er" / "out")
    shutil.copytree(outside.folder, gradual.folder)
    later = {name: (gradual.folder / "submissions" / name).read_bytes() for name, day in outside.arrivals.items() if day >= "2015-03"}
    for name in later:
        (gradual.folder / "submissions" / name).unlink()
    assert gradual.release() == ["2015-01.v1"]
    for name, data in later.items():
        (gradual.folder / "submissions" / name).write_bytes(data)
    assert gradual.release() == ["2015-02.v1"]
    whole, parts = contents(outside), contents(gradual)
    assert set(whole) == set(parts)
    assert {p.split("/", 1)[1].split("/")[0] for p in whole} == {"parquet", "csv", "xlsx", "metadata", "manifest.json", "CHANGES.csv"}
    assert [name for name in whole if whole[name] != parts[name]] == []
    receipts = [{p.name: p.read_bytes() for p in (b.out / "receipts").iterdir()} for b in (outside, gradual)]
    assert receipts[0] == receipts[1]


def test_the_manifest_names_what_the_release_was_made_from(outside):
    manifest = outside.manifest()
    assert {"release", "period", "version", "as_of", "previous_release", "jurisdiction", "program_version", "inputs_sha256", "files"} <= set(manifest)
    assert (manifest["period"], manifest["version"], manifest["previous_release"]) == ("2015-02", 1, "2015-01.v1")
    assert manifest["jurisdiction"]["name"] == {"zh": "河阳市", "en": "Heyang"}
    assert json.dumps(manifest, ensure_ascii=False).count("outside") == 0

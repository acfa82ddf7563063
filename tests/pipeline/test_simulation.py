"""The recovery test: a fictional province whose truth is known goes down the whole road, and what comes out is that truth.

Half of its files are untidy or wrong. Every figure must be recovered, every planted error found in its cell with its number, and nothing else.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import summary
import yaml

from pipeline.bureau import Bureau, Rows
from pipelines import cli
from pipelines.simulate import command, kinds, recovery

ROOT = Path(__file__).resolve().parents[2]
PLAN = command.Plan(counties=6, zones=1, cities=2, months=6, mess=0.75, seed=2)


def computed(folder: Path, out: Path) -> tuple[Rows, recovery.Recovery]:
    """The province received, checked and computed as known when its last file had come, beside its truth."""
    bureau = Bureau(folder, out, row_checks=True)
    with (folder / "submissions" / "received.csv").open(encoding="utf-8", newline="") as handle:
        last = max(row["received_at"] for row in csv.DictReader(handle))
    return bureau.compute(as_of=last), recovery.compare(folder, out)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, command.Made]:
    folder = tmp_path_factory.mktemp("simulated") / "province"
    return folder, command.simulate(PLAN, folder)


@pytest.fixture(scope="module")
def recovered(made, request) -> recovery.Recovery:
    _, found = computed(made[0], made[0].parent / "out")
    summary.say(request.config, "模拟省份 / simulated province", str(found), bad=not found.complete)
    return found


def test_every_figure_is_what_the_truth_says_it_must_be(recovered):
    assert recovered.figures > 30_000
    assert recovered.figures_same == recovered.figures, recovered.differences


def test_the_truth_of_clean_and_repaired_files_is_recovered_exactly(recovered):
    assert recovered.true_same == recovered.true_figures, recovered.differences


def test_sums_of_cities_and_of_the_province_are_those_of_their_counties(recovered):
    assert recovered.sums > 10_000
    assert recovered.sums_same == recovered.sums, recovered.differences


def test_every_planted_error_is_found_in_its_cell_with_its_number(recovered):
    assert recovered.planted > 100
    assert recovered.planted_found == recovered.planted, recovered.differences


def test_nothing_is_found_that_was_not_planted(recovered):
    assert recovered.unplanted == 0, recovered.differences


def test_every_file_has_the_verdict_it_deserves_and_is_late_when_it_was(recovered):
    assert recovered.verdicts_same == recovered.files, recovered.differences


def test_every_denominator_says_where_it_is_from(made, recovered):
    with duckdb.connect(str(made[0].parent / "out" / "warehouse.duckdb"), read_only=True) as con:
        told = con.execute("SELECT DISTINCT vintage, source FROM denominators ORDER BY source").fetchall()
    assert told == [("初步核算", "(模拟)河岳省2023年统计公报")]


def test_every_kind_of_mess_occurs(made):
    every = {kind.name for kind in [*kinds.REPAIRABLE, *kinds.PLANTED]}
    assert every - set(made[1].messy) == set()


def test_every_number_of_a_check_that_was_planted_is_among_the_findings(made):
    with (made[0] / "truth" / "findings.csv").open(encoding="utf-8", newline="") as handle:
        numbers = {row["rule_id"] for row in csv.DictReader(handle)}
    planted = {kind.name.split()[0] for kind in kinds.PLANTED if re.match(r"[EX]\d", kind.name)}
    assert planted - numbers == set()
    assert len(planted) > 60


def test_clean_files_raise_nothing_but_what_is_so(tmp_path):
    """Files that came late and hazards past their deadline; no error and no warning."""
    command.simulate(command.Plan(counties=3, zones=2, cities=1, months=3, mess=0), tmp_path / "province")
    rows, found = computed(tmp_path / "province", tmp_path / "out")
    assert {row["check_id"] for row in rows.tables["quality_findings"]} <= {"LATE", "E504"}
    assert found.complete, found.differences


# --- the folder -------------------------------------------------------------------------------------------------------


def digests(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    plan = {"counties": 2, "zones": 1, "cities": 1, "months": 2, "mess": 0.2}
    for name, seed in (("a", 5), ("c", 6)):
        command.simulate(command.Plan(**plan, seed=seed), tmp_path / name)
    words = [text for key, value in plan.items() for text in (f"--{key}", str(value))]
    for name in ("b", "d"):  # another process has its sets of texts in another order
        subprocess.run([sys.executable, "-m", "pipelines.cli", "simulate", "--out", tmp_path / name, "--seed", "5", *words], cwd=ROOT, check=True,
                       capture_output=True, env={**os.environ, "PYTHONHASHSEED": str(ord(name))})
    first, again, other, later = (digests(tmp_path / name) for name in "abcd")
    assert first == again == later
    assert not set(first.values()) & {v for k, v in other.items() if k.startswith("submissions/")}


def test_a_second_simulation_replaces_the_first_and_nothing_else(tmp_path):
    command.simulate(command.Plan(counties=2, zones=0, cities=1, months=1), tmp_path / "a")
    command.simulate(command.Plan(counties=2, zones=0, cities=1, months=1, seed=7), tmp_path / "a")
    assert len(list((tmp_path / "a" / "truth").iterdir())) == 5
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        command.simulate(command.Plan(), tmp_path / "other")
    assert (tmp_path / "other" / "letter.txt").read_text() == "mine"


def test_the_province_says_that_it_is_simulated_and_its_codes_are_of_no_place(made):
    folder, _ = made
    settings = yaml.safe_load((folder / "jurisdiction.yml").read_text(encoding="utf-8"))
    assert settings["simulated"] is True
    assert "模拟" in settings["name"]["zh"]
    with (folder / "regions.csv").open(encoding="utf-8", newline="") as handle:
        regions = list(csv.DictReader(handle))
    assert all(re.fullmatch(r"99\d{4}|Z99\d{4}", r["region_id"]) for r in regions)
    real = (Path(__file__).resolve().parents[2] / "data" / "jiangxi" / "regions.csv").read_text(encoding="utf-8")
    assert not [r["name_zh"] for r in regions if r["name_zh"][:2] in real]
    assert {r["included_in_parent"] for r in regions if r["kind"] == "zone"} <= {"", "false"}


def test_one_accident_of_the_province_is_a_major_one(made):
    import duckdb

    worst = duckdb.sql(f"SELECT max(truth) FROM '{made[0] / 'truth' / 'sums.parquet'}' WHERE region_id = '990000' AND measure = 'events_major_plus'").fetchall()
    assert worst[0][0] == 1


# --- the command line -------------------------------------------------------------------------------------------------


def test_the_command_writes_a_folder_that_can_be_run_to_its_site(tmp_path, capsys):
    """All forms, registers among them: every page is made, and the numbers counted from the registers have their names on it."""
    folder, out = tmp_path / "province", tmp_path / "out"
    assert cli.main(["simulate", "--out", str(folder), "--counties", "2", "--zones", "1", "--cities", "1", "--months", "2", "--mess", "0"]) == 0
    assert str(folder / "truth") in capsys.readouterr().out
    assert cli.main(["run", str(folder), "--out", str(out), "--latest-only"]) == 0
    assert recovery.main([str(folder), str(out)]) == 0
    assert re.search(r"结论 / verdicts (\d+)/\1\b", capsys.readouterr().out)
    region = (out / "site" / "regions" / "990100" / "index.html").read_text(encoding="utf-8")
    assert "新挂牌中已销号" in region


@pytest.mark.parametrize("wrong", [("--counties", "0"), ("--cities", "9"), ("--mess", "2"), ("--formats", "docx"), ("--forms", "F99"), ("--months", "0")])
def test_a_plan_that_cannot_be_carried_out_is_refused(tmp_path, wrong, capsys):
    assert cli.main(["simulate", "--out", str(tmp_path / "x"), "--counties", "4", *wrong]) == 2
    assert not (tmp_path / "x").exists()
    assert "simulate" in capsys.readouterr().err

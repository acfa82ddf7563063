"""Imports point one way, and heavy ones wait until they are needed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pipelines", "transforms", "expectations")
MODULES = {path: path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
           for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
HEAVY = {"duckdb", "pandas", "numpy", "pyarrow", "dagster", "great_expectations", "sqlglot", "openpyxl", "python_calamine", "mkdocs", "altair",
         "scipy", "jieba", "rich", "vl_convert"}


def imports(path: Path, top_level: bool = False) -> set[str]:
    """Names of imported modules; with `top_level` only those imported when the module is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    if top_level:
        inside = {child for node in nodes if isinstance(node, ast.FunctionDef | ast.Lambda) for child in ast.walk(node)}
        nodes = [node for node in nodes if node not in inside]
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def users_of(name: str, among: str = "") -> set[str]:
    return {module for path, module in MODULES.items()
            if module.startswith(among) and any(used == name or used.startswith(name + ".") for used in imports(path))}


def test_transforms_know_neither_files_received_nor_engine_nor_dagster():
    for name in ("pipelines", "expectations", "dagster", "duckdb", "pandas", "pyarrow", "great_expectations"):
        assert not users_of(name, "transforms"), name


def test_transforms_ask_neither_clock_nor_chance_nor_environment():
    for name in ("random", "time", "os", "datetime", "secrets", "uuid"):
        assert not users_of(name, "transforms"), name


def test_expectations_know_nothing_of_pipelines():
    for name in ("pipelines", "dagster", "transforms"):
        assert not users_of(name, "expectations"), name


def test_only_one_module_imports_great_expectations():
    assert users_of("great_expectations") == {"expectations.compile"}


def test_nothing_imports_the_assets_but_what_dagster_loads_and_the_command_line():
    outside = {module for module in users_of("pipelines.assets") if not module.startswith("pipelines.assets")}
    assert outside <= {"pipelines.definitions", "pipelines.cli"}


def test_intake_publish_and_engines_do_not_know_dagster():
    for package in ("intake", "publish", "engines"):
        assert not users_of("dagster", f"pipelines.{package}"), package
    assert not set(users_of("pipelines.publish", "pipelines.intake"))
    assert not set(users_of("pipelines.publish", "pipelines.engines"))


def test_the_definitions_stay_short():
    assert len((ROOT / "pipelines" / "definitions.py").read_text(encoding="utf-8").splitlines()) < 50


@pytest.mark.parametrize("path", [ROOT / "pipelines" / "cli.py"], ids=["cli"])
def test_the_command_line_imports_nothing_heavy_before_it_knows_the_command(path):
    assert not {name.split(".")[0] for name in imports(path, top_level=True)} & HEAVY


def loaded_by(arguments: list[str]) -> set[str]:
    code = ("import sys, json\nfrom pipelines.cli import main\ncode = main(json.loads(sys.argv[1]))\n"
            "print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]), file=sys.stderr)\n")
    done = subprocess.run([sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    status, modules = json.loads(done.stderr.splitlines()[-1])
    assert status in (0, 1, 2)
    return set(modules)


def test_help_loads_nothing_heavy():
    assert not loaded_by(["--help"]) & HEAVY


def test_status_of_a_bureau_that_has_received_nothing_does_not_wait_for_great_expectations_or_dagster(bureau):
    assert not loaded_by(["status", str(bureau.folder), "--out", str(bureau.out)]) & {"great_expectations", "dagster", "pandas"}

"""What may not stand in the project: addresses of package registries, paths of one machine, left-over conflict marks."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Put together from pieces, so that this file does not hold what it forbids.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "npmjs" + ".", "registry.yarn" + "pkg", "mirrors." + "aliyun", "tuna." + "tsinghua", "pypi." + "tuna",
              "index" + "-url =", "jfrog" + ".io", "conda" + ".anaconda"]
MACHINE_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "C:" + "\\\\", "../sha" + "red"]


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.CalledProcessError):
        return [p for p in ROOT.rglob("*") if p.is_file() and not {".venv", "build", ".git"} & set(p.relative_to(ROOT).parts)]
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    found = {}
    for path in tracked():
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    assert len(found) > 100
    return found


@pytest.mark.parametrize("word", REGISTRIES)
def test_no_file_names_a_package_registry(texts, word):
    assert [name for name, text in texts.items() if word in text] == []


@pytest.mark.parametrize("word", MACHINE_PATHS)
def test_no_file_names_a_path_of_one_machine(texts, word):
    beginning = re.compile(rf"(?<![\w.}}/-]){re.escape(word)}")
    assert [name for name, text in texts.items() if beginning.search(text)] == []


def test_no_file_holds_the_marks_of_an_unfinished_merge(texts):
    assert [name for name, text in texts.items() if re.search(r"^(<{7}|>{7}) ", text, re.MULTILINE)] == []


def test_the_lock_file_names_no_address(texts):
    assert "://" not in texts["requirements.lock"]
    assert "--hash=sha256:" in texts["requirements.lock"]


def test_no_file_in_the_repository_is_larger_than_two_megabytes():
    assert [path.name for path in tracked() if path.stat().st_size > 2 * 2**20] == []


def test_no_source_file_is_left_unfinished(texts):
    words = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]) + r")\b")
    code = {name: text for name, text in texts.items() if name.startswith(("pipelines/", "transforms/", "expectations/"))}
    assert [name for name, text in code.items() if words.search(text)] == []


def test_every_yaml_file_can_be_read(texts):
    for name, text in texts.items():
        if name.endswith((".yml", ".yaml")) and "mkdocs" not in name:
            yaml.safe_load(text)


def test_the_continuous_integration_runs_the_test_command_of_the_makefile(texts):
    assert "make test" in texts[".ci/run"]
    assert re.search(r"^test:.*\n(?:\t.*\n)*\t.*pytest", texts["Makefile"], re.MULTILINE)

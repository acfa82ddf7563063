"""The `worksafety` command says what it can do, in Chinese and English, and every option is in its help."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import __version__, cli

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
COMMANDS = "run receive status templates explain serve".split()


def subparsers() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def help_of(capsys, *arguments: str) -> str:
    assert cli.main([*arguments, "--help"]) == 0
    return capsys.readouterr().out


def test_help_lists_every_command(capsys):
    text = help_of(capsys)
    assert set(COMMANDS) <= set(subparsers())
    for name in subparsers():
        assert re.search(rf"^\s+{name}\s", text, re.MULTILINE), name


@pytest.mark.parametrize("command", sorted(subparsers()))
def test_every_option_of_a_command_is_in_its_help_with_a_text_in_both_languages(command, capsys):
    text = help_of(capsys, command)
    for action in subparsers()[command]._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        for option in action.option_strings:
            assert option in text
        if action.option_strings and action.option_strings[0] != "--port":
            assert action.help and CHINESE.search(action.help) and re.search(r"/ \w+", action.help), f"{command} {action.option_strings}"


def test_the_version_is_the_packages(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_no_command_and_an_unknown_command_are_wrong_usage(capsys):
    assert cli.main([]) == 2
    assert cli.main(["dance"]) == 2
    assert "dance" in capsys.readouterr().err


def test_the_installed_command_and_the_module_are_the_same_program():
    done = subprocess.run([sys.executable, "-m", "pipelines.cli", "--version"], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, __version__)


def test_the_program_ends_with_the_code_of_the_command_and_has_said_all(capsys, monkeypatch):
    """It ends without taking apart what it holds: nothing printed may be lost by that, and nobody is told when whoever read along has gone."""
    program = [sys.executable, "-m", "pipelines.cli"]
    wrong = subprocess.run([*program, "dance"], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert wrong.returncode == 2 and "dance" in wrong.stderr
    monkeypatch.setenv("COLUMNS", "80")
    full = subprocess.run([*program, "run", "--help"], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (full.returncode, full.stdout) == (0, help_of(capsys, "run"))
    with subprocess.Popen([*program, "run", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as gone:
        gone.stdout.close()
        assert gone.stderr.read() == b"" and gone.wait(60) == 0


def test_asking_before_anything_was_received_is_answered_in_words(bureau, capsys):
    for command in (["status", str(bureau.folder)], ["explain", str(bureau.folder), "figures", "region_id=990101"]):
        assert cli.main([*command, "--out", str(bureau.out)]) == 1
        assert "worksafety run" in capsys.readouterr().err
    assert cli.main(["serve", str(bureau.out / "site")]) == 1
    assert cli.main(["receive", str(bureau.folder), str(bureau.folder / "nothing.csv"), "--out", str(bureau.out)]) == 2

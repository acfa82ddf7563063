"""What the README, CONTRIBUTING and the glossary say is true: commands, folders, tables, examples, words."""

from __future__ import annotations

import argparse
import collections
import csv
import hashlib
import re
import shlex
import subprocess
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml

from expectations import compile as suites
from pipelines import cli, jurisdiction, reference
from transforms import catalogue

ROOT = Path(__file__).resolve().parents[2]
READMES = {"en": "README.md", "zh": "README.zh-CN.md"}
PAGES = [*READMES.values(), "CONTRIBUTING.md", "CHANGELOG.md"]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language ('' where none is named)."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == language]


def shell(page: str, *words: str) -> str:
    """The one shell block that holds all these words."""
    found = [block for block in blocks(page, "sh") if all(word in block for word in words)]
    assert len(found) == 1, f"{page}: {len(found)} blocks with {words}"
    return found[0]


@pytest.fixture(scope="module")
def commands() -> dict[str, set[str]]:
    """Each command of the parser with its options."""
    action = next(a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))
    return {name: {o for a in sub._actions for o in a.option_strings} for name, sub in action.choices.items()}


# --- commands, folders, tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", READMES.values())
def test_the_table_of_commands_is_that_of_the_parser(page, commands):
    rows = re.findall(r"^\| `worksafety (\w+)[^`]*` \| (.*) \|$", text_of(page), re.MULTILINE)
    assert {name for name, _ in rows} == set(commands)
    for name, text in rows:
        assert set(re.findall(r"--[a-z-]+", text)) <= commands[name], name


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_targets_that_are_printed_exist(page, commands):
    code = "\n".join([*blocks(page, "sh"), *re.findall(r"`([^`\n]+)`", text_of(page))])
    assert set(re.findall(r"^(?:\S+/)?worksafety (\w+)", code, re.MULTILINE)) <= set(commands)
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", READMES.values())
def test_what_is_not_there_yet_is_not_there(page):
    missing = re.search(r"^## (?:Not there yet|还没有的)\n(.*?)^## ", text_of(page), re.MULTILINE | re.DOTALL)[1]
    absent, present = re.split(r"There are|已有", missing.splitlines()[1])
    declared = set(reference.load().forms)
    assert forms_in(present) == declared
    assert not forms_in(absent) & declared


def forms_in(text: str) -> set[str]:
    """Form numbers of a text; `F06 to F10` and `F06 至 F10` name those between as well."""
    found = set(re.findall(r"F\d\db?", text))
    for first, last in re.findall(r"F(\d\d) (?:to|至) F(\d\d)", text):
        found |= {f"F{n:02d}" for n in range(int(first), int(last) + 1)}
    return found


@pytest.mark.parametrize("page", READMES.values())
def test_the_house_is_as_described(page):
    house = next(block for block in blocks(page, "") if block.startswith("pipelines/"))
    listed, top = set(), ""
    for line in house.splitlines():
        indent, name = re.match(r"( *)(\w+)/", line).groups()
        top = top if indent else name
        listed.add(f"{top}/{name}" if indent else name)
    for path in listed - {"build"}:
        assert (ROOT / path).is_dir(), path
    hidden = re.compile(r"\.|__pycache__|build$|.*\.egg-info")
    for folder in (".", "pipelines"):
        folders = [p for p in (ROOT / folder).iterdir() if p.is_dir() and not hidden.match(p.name)]
        there = {p.relative_to(ROOT).as_posix() for p in folders if not (p / "jurisdiction.yml").exists()}
        assert there <= listed, f"not in the house of {page}: {sorted(there - listed)}"
    told = set(re.findall(r"[a-z]+", re.search(r"^tests/ +(.*)$", house, re.MULTILINE)[1]))
    assert {p.parent.name for p in (ROOT / "tests").glob("*/test_*.py")} <= told


@pytest.mark.parametrize("page", READMES.values())
def test_every_published_table_is_listed(page):
    listed = re.findall(r"^\| `(\w+)` \|", text_of(page), re.MULTILINE)
    assert set(listed) == set(catalogue.published())


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if "://" in target or target == "method.md":  # the latter is part of an example
            continue
        path, _, anchor = target.partition("#")
        assert (ROOT / path).exists(), target
        assert not anchor or anchor in anchors(path or page), target


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page):
    """Paths in backticks that begin with a folder of the house; those of the examples are made by the examples."""
    folders = "pipelines|transforms|expectations|data|site|tests"
    for path in re.findall(rf"`((?:{folders})/[^`\s<]+)`", text_of(page)):  # < stands for a name
        assert (ROOT / path).exists(), path


def anchors(page: str) -> set[str]:
    """The addresses of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_both_readmes_print_the_same_commands():
    def bare(page: str) -> list[str]:
        return [re.sub(r" +# .*", "", block) for block in blocks(page, "sh")]

    assert bare(READMES["en"]) == bare(READMES["zh"])
    sections = [len(re.findall(r"^## ", text_of(page), re.MULTILINE)) for page in READMES.values()]
    assert sections[0] == sections[1]


@pytest.mark.parametrize("page", READMES.values())
def test_the_number_walked_back_stands_in_the_cell_that_is_named(page):
    found = re.findall(r"raw: (\S+)\n.*source: (\S+\.xlsx)  (.+)!([A-Z]+\d+)  \[(\w+)\]", text_of(page))
    assert found
    for raw, name, sheet, cell, submission in found:
        path = ROOT / "data" / "jiangxi" / "submissions" / name
        assert openpyxl.load_workbook(path)[sheet][cell].value == raw
        assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == submission


# --- the examples, as printed ----------------------------------------------------------------------------------------


def play(script: str, folder: Path, *skip: str) -> None:
    """Run a printed shell block in a folder. `worksafety` runs in this process; the commands in `skip` are left out."""
    ours = re.compile(r"^worksafety (.+)$", re.MULTILINE)
    lines = ours.findall(script)
    subprocess.run(["sh", "-euc", ours.sub(":", script)], cwd=folder, check=True, capture_output=True)
    for line in lines:
        arguments = shlex.split(line)
        if arguments[0] in skip:
            continue
        if arguments[0] == "run" and "--no-site" not in arguments:
            arguments.append("--no-site")
        assert cli.main(arguments) == 0, line


def test_the_example_bureau_runs_as_printed(tmp_path, monkeypatch, capsys):
    """README: receive, run, correct, run. CONTRIBUTING: a form and an indicator of its own, in the second run."""
    monkeypatch.chdir(tmp_path)
    readme, more = READMES["en"], "CONTRIBUTING.md"
    play(shell(readme, "jurisdiction.yml", "receive"), tmp_path)
    printed = capsys.readouterr().out
    for line in next(block for block in blocks(readme, "") if block.startswith("error E10")).splitlines():
        assert line in printed
    latest = tmp_path / "build" / "my-city" / "releases" / "latest"
    tree = next(block for block in blocks(readme, "") if block.startswith("build/jiangxi/"))
    for name in re.findall(r"^ {4,}(\w[\w.]+)/? ", tree, re.MULTILINE):
        assert list(latest.parent.glob(f"*/{name}")) or (latest / name).exists() or name in ("latest", "2015"), name

    play(shell(more, "forms/XZ.yml"), tmp_path, "run")
    play(shell(more, "indicators.yml"), tmp_path, "run", "explain")
    (tmp_path / "my-city" / "jurisdiction.yml").touch()  # one process keeps a jurisdiction until this file changes
    correct, *after = shell(readme, "corrected").split("worksafety run")
    play(correct + "\nworksafety run" + "worksafety run".join(after), tmp_path)
    with (latest / "CHANGES.csv").open(encoding="utf-8-sig", newline="") as handle:
        changes = list(csv.DictReader(handle))
    told = [(c["table"], c["old_value"], c["new_value"], c["reason"]) for c in changes]
    assert told == [("figures", "16", "15", "corrected")]
    play(re.search(r"^worksafety explain.*$", shell(more, "indicators.yml"), re.MULTILINE)[0], tmp_path)
    printed = capsys.readouterr().out
    assert "XZ.have / XZ.should x 100" in printed
    assert "84.29" in printed  # (38 + 21) / (40 + 30)
    assert {"XZ.should", "XZ.have"} <= set(jurisdiction.load(tmp_path / "my-city").reference.indicators)


def test_the_example_check_finds_what_it_says():
    raw = yaml.safe_load(next(block for block in blocks("CONTRIBUTING.md", "yaml") if "checks:" in block))["checks"]
    (check,) = [suites.Check(**entry) for entry in raw]
    rows = "(VALUES (31, 30), (30, 30), (NULL, 30)) AS t (have, should)"
    values = duckdb.sql(f"SELECT {check.residual} FROM {rows}").fetchall()
    assert [v is not None and v > check.max for (v,) in values] == [True, False, False]


def test_the_example_table_has_the_columns_it_declares():
    sql = blocks("CONTRIBUTING.md", "sql")[0]
    spec = yaml.safe_load(next(block for block in blocks("CONTRIBUTING.md", "yaml") if "transforms/" in block))
    types = {"string": "VARCHAR", "timestamp": "TIMESTAMP", "integer": "BIGINT", "boolean": "BOOLEAN"}
    columns = ", ".join(f'"{c["name"]}" {types[c["type"]]}' for c in catalogue.published()["submissions"]["columns"])
    con = duckdb.connect()
    con.execute(f"CREATE TABLE submissions ({columns})")
    made = con.execute(f"DESCRIBE {sql}").fetchall()
    assert [(name, kind) for name, kind, *_ in made] == [(c["name"], types[c["type"]]) for c in spec["columns"]]
    assert set(suites.table_residuals(spec)) >= {"required_missing", "key_repeated"}


# --- the words -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def glossary() -> list[dict]:
    return yaml.safe_load((reference.REFERENCE / "glossary.yml").read_text(encoding="utf-8"))


def test_every_term_of_the_glossary_is_complete_and_stands_once(glossary):
    for term in glossary:
        assert set(term) <= {"id", "zh", "en", "note", "also", "name"}, term
        for text in (term["id"], term["zh"], term["en"], term["note"]["zh"], term["note"]["en"]):
            assert text and text == text.strip(), term["id"]
        assert re.search("[\u4e00-\u9fff]", term["note"]["zh"]), term["id"]
        assert not re.search("[\u4e00-\u9fff]", term["en"]), term["id"]
        assert term["note"]["zh"].endswith("。"), term["id"]
        assert term["note"]["en"].endswith("."), term["id"]
    for key in ("id", "zh", "en"):
        counts = collections.Counter(term[key].lower() for term in glossary)
        assert not [word for word, n in counts.items() if n > 1], key
    assert len(glossary) >= 50


def labels(path: Path) -> dict[str, set[str]]:
    """Every Chinese label of a declaration with the English ones beside it."""
    found: dict[str, set[str]] = collections.defaultdict(set)

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("zh"), str) and isinstance(node.get("en"), str):
                found[node["zh"]].add(node["en"])
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


def folded(word: str) -> str:
    """A word without regard to capitals and to one or many."""
    return " ".join(re.sub(r"(?<!s)s$", "", w) for w in word.lower().replace("cities", "city").split())


def test_the_words_of_tables_codes_indicators_and_site_are_those_of_the_glossary(glossary):
    words = {term["zh"]: {folded(word) for word in (term["en"], *term.get("also", ()))} for term in glossary}
    declared = [*catalogue.FOLDER.glob("*.yml"), *(reference.REFERENCE / "forms").glob("*.yml")]
    declared += [reference.REFERENCE / "codes.yml", reference.REFERENCE / "indicators.yml"]
    for path in declared:
        for zh, english in labels(path).items():
            if zh in words:
                assert {folded(word) for word in english} <= words[zh], f"{path.name}: {zh}: {english} / {words[zh]}"
    site = ROOT / "site" / "words.yml"
    for zh, english in labels(site).items():
        if zh in words:
            assert {folded(word) for word in english} & words[zh], f"{site.name}: {zh}: {english} / {words[zh]}"


def test_names_in_the_glossary_are_used_in_tables_codes_or_indicators(glossary):
    declared = reference.load()
    used = set(catalogue.published()) | set(declared.indicators) | {"half_up"}
    used |= {code.code for codes in declared.codes.values() for code in codes}
    used |= {m.id for form in declared.forms.values() for m in form.measures}
    for spec in catalogue.published().values():
        used |= {c["name"] for c in spec["columns"]} | {str(v) for c in spec["columns"] for v in c.get("enum", ())}
        used |= {kind for c in spec["columns"] if c["name"] == "qualifier" for kind in ("masked", "recovered")}
    assert not [term["name"] for term in glossary if "name" in term and term["name"] not in used]

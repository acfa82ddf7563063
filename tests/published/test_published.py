"""Every published table through the whole road: each printed percentage, share, rank and total gets the verdict that hand arithmetic gives.

`expected.csv` is the oracle: one line for each derived value that a bulletin printed, with the arithmetic in its note, made without any
code of the pipeline. ACCOUNT.md says what of the bulletins is not in it and why.
"""

from __future__ import annotations

import collections
import re
from decimal import Decimal, InvalidOperation

import pytest

from .conftest import CLASSES, FOLDERS, HERE, read_csv
from .reading import Folder, plain

EXPECTED = read_csv(HERE / "expected.csv")
KEY = ("form_id", "region_id", "period", "span", "basis", "category", "measure", "kind")
TOTALS = ("sum", "category_total", "region_total")
JURISDICTIONS = sorted(FOLDERS)


def expected_of(name: str) -> list[dict]:
    return [line for line in EXPECTED if line["jurisdiction"] == name]


def number(text: str) -> Decimal | None:
    """The number printed, in the column's own unit: 1.3亿元 in a column of 万元 is 13000."""
    bare = re.sub(r"[%,+]|以上|家次|万元", "", plain(text)).replace("−", "-")
    scale = Decimal(1)
    if bare.endswith(("亿元", "亿")):
        bare, scale = bare.rstrip("亿元"), Decimal(10_000)
    if bare == "持平":
        return Decimal(0)
    try:
        return Decimal(bare) * scale
    except InvalidOperation:
        return None


def same_printed(kind: str, one: str, other: str) -> bool:
    """Whether two spellings are the same printed value; a total may come back in yuan instead of 万元."""
    a, b = number(one), number(other)
    if a is None or b is None:
        return plain(one) == plain(other)
    return a == b or (kind in TOTALS and 0 not in (a, b) and max(a / b, b / a) == 10_000)


def matches(name: str, found: list[dict]) -> tuple[list[tuple[dict, dict]], list[dict], list[dict]]:
    """(pairs of expected line and reconciliation, lines not found, reconciliations not expected)."""
    by_key = collections.defaultdict(list)
    for line in expected_of(name):
        by_key[tuple(line[k] for k in KEY)].append(line)
    pairs, seen, strangers = [], set(), []
    for row in found:
        lines = [x for x in by_key[tuple(row[k] for k in KEY)] if same_printed(row["kind"], x["printed"], row["printed"])]
        if not lines:
            strangers.append(row)
        for line in lines:
            pairs.append((line, row))
            seen.add(line["name"])
    return pairs, [line for line in expected_of(name) if line["name"] not in seen], strangers


def told(row: dict) -> str:
    place = " ".join(str(row[k]) for k in KEY)
    return f"{place}: printed {row['printed']}, recomputed {row['recomputed']}, {row['verdict']} ({row['sheet']}!{row['cell']})"


# --- the account itself, before any pipeline -----------------------------------------------------------------------------------------


def test_every_name_in_the_account_is_unique_and_every_class_is_known():
    assert [n for n, count in collections.Counter(line["name"] for line in EXPECTED).items() if count > 1] == []
    assert {line["expected_class"] for line in EXPECTED} <= set(CLASSES)
    assert {line["jurisdiction"] for line in EXPECTED} <= set(FOLDERS)
    assert [line["name"] for line in EXPECTED if not line["note"]] == []


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_every_printed_cell_is_in_the_account_and_every_line_of_the_account_is_printed(name):
    """By a second reader: no percentage, share, progress, rank or rate is left out, and none is made up."""
    printed = list(Folder(FOLDERS[name]).printed())
    unlisted = []
    found = set()
    by_key = collections.defaultdict(list)
    for line in expected_of(name):
        by_key[tuple(line[k] for k in KEY)].append(line)
    for cell in printed:
        lines = [x for x in by_key[tuple(cell[k] for k in KEY)] if same_printed(cell["kind"], x["printed"], cell["printed"])]
        found |= {x["name"] for x in lines}
        if not lines:
            unlisted.append(cell)
    assert unlisted == []
    assert [x["name"] for x in expected_of(name) if x["kind"] not in TOTALS and x["name"] not in found] == []


# --- the whole road ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_the_bulletin_is_accepted_and_released(runs, name):
    run = runs(name)
    assert run.code == 0
    assert run.latest.exists()
    rejected = [(s["submission_id"], s["form_id"]) for s in run.table("submissions") if s["verdict"] == "rejected"]
    assert rejected == []


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_every_printed_value_gets_the_verdict_of_hand_arithmetic(runs, verdicts, name):
    pairs, _, _ = matches(name, runs(name).reconciliations)
    for line in {line["name"]: line for line, _ in pairs}.values():
        given = {row["verdict"] for other, row in pairs if other["name"] == line["name"]}
        verdicts[name, line["expected_class"] if line["expected_class"] in given else min(given)] += 1
    wrong = [f"{x['name']}: expected {x['expected_class']} ({x['note']}); {told(row)}" for x, row in pairs if row["verdict"] != x["expected_class"]]
    assert wrong == []


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_no_reconciliation_is_unaccounted_for(runs, name):
    _, _, strangers = matches(name, runs(name).reconciliations)
    assert [told(row) for row in strangers] == []


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_every_line_of_the_account_is_found(runs, name):
    _, missing, _ = matches(name, runs(name).reconciliations)
    assert [f"{x['name']}: printed {x['printed']}" for x in missing] == []


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_every_contradiction_is_told_at_its_cell(runs, name):
    run = runs(name)
    cells = {(f["submission_id"], f["sheet"], f["cell"]) for f in run.findings if f["severity"] in ("error", "warning")}
    silent = [
        told(row)
        for row in run.reconciliations
        if row["verdict"] in ("contradiction", "truncated", "off_in_last_digit")
        and (row["submission_id"], row["sheet"], row["cell"]) not in cells
    ]
    assert silent == []


@pytest.mark.parametrize("name", JURISDICTIONS)
def test_every_reconciliation_names_the_cell_of_a_received_file(runs, name):
    run = runs(name)
    received = {s["submission_id"] for s in run.every("submissions", "submission_id")}
    assert [told(row) for row in run.reconciliations if row["submission_id"] not in received or not row["cell"]] == []

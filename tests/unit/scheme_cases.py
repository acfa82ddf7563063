"""Scores a scheme of `data/reference/schemes` without the pipeline: a county where all is well, and what a case changes of it."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import yaml

from pipelines import reference
from pipelines import schemes as reader
from transforms.scoring.building import build
from transforms.scoring.reader import Problem
from transforms.scoring.scheme import Scheme
from transforms.scoring.score import Manual, Result, combine, score

REFERENCE = reference.load()
KNOWN = reader.metrics(REFERENCE)
RAW = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(reader.FOLDER.glob("*.yml"))}
NOTHING: dict[str, object] = {}


@cache
def checked(name: str) -> tuple[Scheme, list[Problem]]:
    return build(RAW[name], KNOWN)


def scheme_of(name: str, **here: object) -> Scheme:
    """A scheme of the library, with what a jurisdiction would say of its own."""
    scheme, problems = build({**RAW[name], **here}, KNOWN) if here else checked(name)
    assert problems == []
    return scheme


def healthy(metric: str) -> Decimal:
    """What a metric is where all is well: no accidents, targets of 10, five of everything a year ago, every rate 100 %, counts alike."""
    name = metric.partition("(")[0]
    if name.endswith("_target"):
        return Decimal(10)
    if re.search(r"_prev\d?$", name):
        return Decimal(5)
    indicator = REFERENCE.indicators.get(name) or REFERENCE.indicators.get(name.rpartition(".")[0])
    if name.startswith(("F03.units", "F09.counties", "F18.")) or indicator is not None and indicator.unit == "%":
        return Decimal(100)
    return Decimal(0)


def full_marks(scheme: Scheme, regions: list[str]) -> dict[tuple[str, str], list[Manual]]:
    """Nothing taken off anywhere; tasks that not everybody has are not scored."""
    return {(r, i.id): [Manual(Decimal(0), None)] for r in regions for i in scheme.items if i.type == "manual" and not i.optional}


def off(points: object, subject: str = "") -> list[Manual]:
    """An entry that takes points off an item, or gives them where it is one of a bonus."""
    return [Manual(Decimal(str(points)), None, subject=subject)]


def run(name: str, values: dict[str, dict[str, object] | None], typed: dict | None = None, interim: bool = False, names: dict | None = None,
        **here: object) -> Result:
    """Score regions. `values[region]`: what differs from where all is well; None: nothing at all is known of the region.

    `typed[item]` or `typed[region, item]`: entries of form F15; `here`: keys of the scheme that are replaced. The value None is unknown.
    """
    scheme = scheme_of(name, **here)

    def measure(region_id: str, metric: str, arguments: tuple[int, ...]) -> Decimal | None:
        if values[region_id] is None:
            return None
        key = f"{metric}({', '.join(map(str, arguments))})" if arguments else metric
        found = values[region_id].get(key, healthy(key))
        return None if found is None else Decimal(str(found))

    regions = list(values)
    manual = full_marks(scheme, [r for r in regions if values[r] is not None])
    for key, entries in (typed or {}).items():
        for region, item in [key] if isinstance(key, tuple) else [(r, key) for r in regions]:
            manual[region, item] = entries
    if scheme.parts:
        return combine(scheme, {part: run(part, values, _of_part(typed, part)) for part, _ in scheme.parts}, regions, measure)
    return score(scheme, regions, measure, manual, interim, names=names,
                 year=lambda r, m, a: measure(r, f"year:{m}" if f"year:{m}" in (values[r] or {}) else m, a))


def _of_part(typed: dict | None, part: str) -> dict:
    """Entries of one part of a scheme of schemes: `typed["part/item"]`, or of one region `typed[region, "part/item"]`."""
    found = {}
    for key, entries in (typed or {}).items():
        region, item = key if isinstance(key, tuple) else (None, key)
        head, _, tail = item.partition("/")
        if head == part:
            found[(region, tail) if region else tail] = entries
    return found


def one(name: str, typed: dict | None = None, region: str = "a", here: dict | None = None, **values: object):
    """The result of one region; a metric that is no name in Python is written through `metrics`."""
    values = {**values.pop("metrics", {}), **values}
    [found] = run(name, {region: values}, typed, **(here or {})).scores
    return found

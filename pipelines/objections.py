"""`objections.yml` (申诉): what a region objects to in its score, and what was decided. An objection that is upheld changes the points typed in
form F15 from the day of the decision on, as a correction does; what was typed stays in the file and in the releases made before.

An entry says which typed score (`match`: scheme, region_id, period, item, and source where there are several), what is claimed (`claim`, which
stays in the house), when it was filed, and once it is decided `decision`, the new `deduct`, `decided_by` (a post) and `decided_on`. Of a bonus, a
deduction outside the groups or a fact that is typed in, the number itself is objected to: there the new one is written as `score`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines import personal
from pipelines.corrections import POST, Correction, WrongCorrection, entries_of, moment_of
from pipelines.reference import Reference, normalise_header
from transforms import periods
from transforms.scoring.scheme import Scheme

FILE = "objections.yml"
FORM = "F15"
STATES = {"open": "办理中", "upheld": "采纳", "partly": "部分采纳", "rejected": "不予采纳"}
CHANGING = ("upheld", "partly")
NEW = ("deduct", "score", "value")  # what an entry may change; value: another word for score
ENTRY = {"match", "claim", "filed_on", "decision", "decided_by", "decided_on", *NEW}
MATCH = {"scheme", "region_id", "period", "item", "source"}


@dataclass(frozen=True)
class Objection:
    """An entry. `means` finds the typed score; where `changes`, it is the correction that the decision makes. Times in UTC without zone."""

    line: int
    state: str
    filed_at: dt.datetime
    filed_on: dt.date
    means: Correction
    changes: bool

    @property
    def reference(self) -> str:
        return f"{FILE}:{self.line}"


def read(folder: Path, reference: Reference, regions, zone: ZoneInfo) -> list[Objection]:
    """The entries of a jurisdiction's file; [] where there is none. Raises WrongCorrection naming file and line."""
    return [_entry(raw, line, reference, regions, zone) for raw, line in entries_of(folder, FILE)]


def settled(objections: Iterable[Objection], schemes: Iterable[Scheme]) -> list[Objection]:
    """The objections, each to the number that its scheme uses: what is taken off an item, or the number typed for a bonus, a deduction or a fact.

    Raises WrongCorrection for one that would change the other number, which nothing uses.
    """
    numbers: dict[tuple[str, str], bool] = {}
    for scheme in schemes:
        numbers |= {(scheme.id, item.id): False for item in scheme.items}
        numbers |= {(scheme.id, each.id): True for each in (*scheme.bonus, *scheme.deductions, *scheme.inputs)}
    found = []
    for o in objections:
        number = numbers.get(o.means.dims[:2])
        column = o.means.column if number is None else "score" if number else "deduct"
        if o.changes and column != o.means.column:
            item = o.means.dims[1]
            zh, en = ((f"{item} 是加减分或填报的事实，不按扣分计；请写 score: 和改后的数，不写 deduct",
                       f"{item} is a bonus, a deduction or a typed fact, of which the number itself counts; write score: with the new number, not deduct") if number else
                      (f"{item} 是评分条目，按扣分计；请写 deduct: 和改后的扣分，不写 score", f"{item} is an item of which points are taken off; write deduct: with what is taken off now, not score"))
            raise WrongCorrection(f"{FILE}: 第 {o.line} 行 / line {o.line}: {zh} / {en}")
        found.append(o if column == o.means.column else replace(o, means=replace(o.means, column=column)))
    return found


def _entry(raw: object, line: int, reference: Reference, regions, zone: ZoneInfo) -> Objection:
    def wrong(zh: str, en: str) -> WrongCorrection:
        return WrongCorrection(f"{FILE}: 第 {line} 行 / line {line}: {zh} / {en}")

    needed = {"scheme", "region_id", "period", "item"}
    if not isinstance(raw, dict) or not isinstance(raw.get("match"), dict) or not needed <= set(raw["match"]):
        raise wrong("应有 match: {scheme, region_id, period, item}", "needs match: {scheme, region_id, period, item}")
    match = raw["match"]
    if unknown := sorted((set(raw) - ENTRY) | (set(match) - MATCH)):
        raise wrong(f"不认识的键 {', '.join(map(str, unknown))}", f"unknown key; there are {', '.join(sorted(ENTRY | MATCH))}")
    state = str(raw.get("decision") or "open")
    if state not in STATES:
        raise wrong(f"decision {state!r}", f"应为 / must be one of {', '.join(STATES)}")
    decided = {"decided_by", "decided_on"} if state != "open" else set()
    if missing := sorted(k for k in {"claim", "filed_on"} | decided if raw.get(k) is None):
        raise wrong(f"缺少 {', '.join(missing)}", "is missing")
    new = [k for k in NEW if raw.get(k) is not None]
    if state in CHANGING and not new:
        raise wrong("缺少 deduct（加减分和填报的事实写 score）", "deduct is missing (score for a bonus, a deduction or a typed fact)")
    if len(new) > 1:
        raise wrong(f"{' 和 '.join(new)} 只写一个", "write one of them")
    if (given := [k for k in NEW if k in raw]) and state not in CHANGING:
        raise wrong(f"没有采纳的申诉不作改动，请删去 {given[0]}", f"an objection that was not upheld changes nothing; take {given[0]} out")
    region = str(match["region_id"])
    if region not in regions:
        raise wrong(f"region_id {region} 不在 regions.csv 中", "is not in regions.csv")
    try:
        period, span = periods.parse(match["period"])
    except ValueError as error:
        raise wrong(f"period {match['period']!r} 无法识别", "write it like 2015Q1 or 2015") from error
    source = match.get("source")
    if source is not None and (source := reference.code_lookup["score_source"].get(normalise_header(source))) is None:
        raise wrong(f"source {match['source']!r} 不在代码表中", "is not in the code list")
    filed = moment_of(raw["filed_on"], zone, wrong)
    moment = moment_of(raw["decided_on"], zone, wrong) if state != "open" else filed
    if moment < filed:
        raise wrong("decided_on 早于 filed_on", "was decided before it was filed")
    post = str(raw.get("decided_by") or "")
    if state != "open" and (not POST.search(post) or personal.is_personal(post)):
        raise wrong(f"decided_by {post!r} 应写职务，不写姓名", "must name a post, not a person")
    means = Correction(line, FORM, region, period, span, None, None, (str(match["scheme"]), str(match["item"]), source),
                       "deduct" if not new or new[0] == "deduct" else "score", None, None, None, _points(raw, new, wrong), "corrected", post, _utc(moment), moment.date(), FILE)
    return Objection(line, state, _utc(filed), filed.date(), means, state in CHANGING)


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _points(raw: dict, new: list[str], wrong) -> Decimal | None:
    if not new:
        return None
    given = raw[new[0]]
    try:
        number = Decimal(str(given))
    except InvalidOperation as error:
        raise wrong(f"{new[0]} {given!r} 不是数字", "is not a number") from error
    if isinstance(given, bool) or not number.is_finite() or number < 0:
        raise wrong(f"{new[0]} {given!r} 应为不小于零的数", "must be a number, zero or more")
    return number

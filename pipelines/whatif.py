"""`worksafety whatif`: the schemes in use scored again with other points, targets or values, beside what they give now. Nothing is written.

It reads the warehouse as the last run left it, and no more. What it shows is two scorings of the same figures that differ in the change alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb

from pipelines import schemes
from pipelines.engines import assessment
from pipelines.engines.assessment import Assessment, Typed
from pipelines.jurisdiction import ConfigurationError, Jurisdiction
from pipelines.progress import say
from transforms.periods import end_month
from transforms.scoring.building import build
from transforms.scoring.expressions import written
from transforms.scoring.grammar import OWN_METRICS
from transforms.scoring.measures import Measures, windows
from transforms.scoring.scheme import Scheme
from transforms.scoring.score import Manual, RegionScore, Result
from transforms.scoring.words import plain

NUDGE = (Decimal("0.9"), Decimal("1.1"))


@dataclass
class Change:
    """What is to be different: points of items, values of metrics by (region, metric), points taken off by (region, item), another scheme file."""

    points: dict[str, Decimal] = field(default_factory=dict)
    values: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    deductions: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    file: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.points or self.values or self.deductions or self.file)


@dataclass
class _Reading:
    """A warehouse that is only read."""

    con: duckdb.DuckDBPyConnection


def parse(points: Sequence[str], values: Sequence[str], deductions: Sequence[str], file: Path | None) -> Change:
    """The options of the command. Raises ConfigurationError for one that is not `NAME=NUMBER` or `REGION:NAME=NUMBER`."""
    return Change({name: number for (_, name), number in _pairs("--points", points, False).items()}, _pairs("--set", values, True),
                  _pairs("--deduct", deductions, True), file)


def _pairs(option: str, texts: Sequence[str], regional: bool) -> dict[tuple[str, str], Decimal]:
    found = {}
    for text in texts:
        left, equals, number = text.rpartition("=")
        region, colon, name = left.partition(":") if regional else ("", ":", left)
        try:
            value = Decimal(number)
        except InvalidOperation:
            value = Decimal("NaN")
        if not equals or not colon or not name or not value.is_finite():
            form = "地区代码:名称=数 / REGION:NAME=NUMBER" if regional else "条目=数 / ITEM=NUMBER"
            raise ConfigurationError(f"{option} {text}: 应写成 / write {form}")
        if value < 0 and option != "--set":
            what = ("扣多少分，写不小于 0 的数", "what is taken off is 0 or more") if option == "--deduct" else ("标准分写不小于 0 的数", "points are 0 or more")
            raise ConfigurationError(f"{option} {text}: {what[0]} / {what[1]}")
        found[region, name] = value
    return found


def score(warehouse: Path, jurisdiction: Jurisdiction, change: Change, only: str | None = None, period: str | None = None) -> list[tuple[Assessment, Assessment]]:
    """The assessments as they are, each with what it would be. Raises ConfigurationError for a scheme, period, item, region or metric there is not."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        con.execute("SET enable_progress_bar = false")
        reading = _Reading(con)
        used = assessment.declared(reading)
        if only and only not in {s.id for s in used}:
            raise ConfigurationError(f"--scheme {only}: 没有使用这个方案 / is not in use; 有 / there are: {', '.join(s.id for s in used) or '—'}")
        wanted = _with_parts(used, only)
        now = {(a.scheme.id, a.window.period): a for a in assessment.assess(reading, wanted)}
        if period and period not in {p for _, p in now}:
            raise ConfigurationError(f"--period {period}: 没有这一期的得分 / there is no score of it; 有 / there are: {', '.join(sorted({p for _, p in now})) or '—'}")
        _check(change, now, jurisdiction, period)
        other = [_changed(s, con, change, jurisdiction) for s in wanted]
        then = {(a.scheme.id, a.window.period): a for a in assessment.assess(reading, other, lambda s, m, t: _alter(s, m, t, change, period))}
    keys = [k for k in now if (not only or k[0] == only) and (not period or k[1] == period)]
    return [(now[k], then[k]) for k in keys if k in then]


def _with_parts(used: list[Scheme], only: str | None) -> list[Scheme]:
    names = {only} if only else {s.id for s in used}
    names |= {part for s in used if s.id in names for part, _ in s.parts}
    return [s for s in used if s.id in names]


def _check(change: Change, now: dict[tuple[str, str], Assessment], jurisdiction: Jurisdiction, period: str | None) -> None:
    """Refuse what would change nothing because there is no such thing, and what could mean several."""
    items = {i.id for a in now.values() for i in a.scheme.items if not i.pooled}
    typed = {i.id for a in now.values() for i in a.scheme.items if i.type == "manual"}
    extras = {e.id for a in now.values() for e in (*a.scheme.bonus, *a.scheme.deductions) if e.manual}
    metrics = {written(name, arguments) for a in now.values() for name, arguments in a.scheme.metrics}
    metrics -= OWN_METRICS | {"region_id"}
    regions = {s.region_id for a in now.values() for s in a.result.scores} | {"*"}

    def known(option: str, given: set[str], allowed: set[str]) -> None:
        if wrong := sorted(given - allowed):
            raise ConfigurationError(f"{option}: 没有 / there is no {', '.join(wrong)}; 有 / there are: {', '.join(sorted(allowed))}")

    if own := sorted({name for _, name in change.values} & (OWN_METRICS - metrics)):
        raise ConfigurationError(f"--set: {', '.join(own)} 是评出来的，不能直接设定；请用 --set 改指标，或用 --points、--deduct / is what the scoring makes; set what was "
                                 "measured, or use --points or --deduct")
    known("--points", set(change.points), items)
    known("--set", {name for _, name in change.values}, metrics)
    known("--deduct", {name for _, name in change.deductions}, typed | extras)
    known("--set, --deduct", {region for region, _ in (*change.values, *change.deductions)}, regions)
    for region, item in change.deductions:
        asked = {}
        for (scheme_id, at), a in now.items():
            if item in {i.id for i in (*a.scheme.items, *a.scheme.bonus, *a.scheme.deductions)}:
                asked.setdefault(scheme_id, []).append(at)
        for scheme_id, periods in asked.items():
            if len(periods) > 1 and not period:
                raise ConfigurationError(f"--deduct {region}:{item}: 方案 {scheme_id} 分 {len(periods)} 期考核，请写明是哪一期：{' 或 '.join(f'--period {p}' for p in sorted(periods))} / "
                                         f"{scheme_id} scores {len(periods)} periods; write which: {' or '.join(f'--period {p}' for p in sorted(periods))}")
        if not any(t.item_id == item and region in ("*", t.region_id) for a in now.values() if period in (None, a.window.period) for t in a.typed):
            raise ConfigurationError(f"--deduct {region}:{item}: 表 F15 没有这一条目的评分，没有可改的；请先填报 F15 / nothing was typed for it in form F15, so there is "
                                     "nothing to change; type it in form F15 first")
    if change.file and len(now) and change.points:
        raise ConfigurationError("--with 与 --points 不能合用 / --with and --points do not go together")


def _changed(scheme: Scheme, con: duckdb.DuckDBPyConnection, change: Change, jurisdiction: Jurisdiction) -> Scheme:
    """The scheme with other points for some items, or as another file has it. A total that changes is brought back to the old one."""
    raw = json.loads(con.execute("SELECT declared FROM scheme_settings WHERE scheme_id = ?", [scheme.id]).fetchone()[0])
    if change.file:
        other = schemes.read_one(change.file, {"id": scheme.id, "year": scheme.year, **{k: raw[k] for k in ("classes", "subject_level") if k in raw}},
                                 jurisdiction.reference, jurisdiction.region_by_id)
        return other.scheme if other.raw.get("groups") or not scheme.groups else scheme
    raw = copy.deepcopy(raw)
    touched = False
    for group in raw.get("groups") or ():
        for item in group["items"]:
            if str(item.get("id")) in change.points:
                _scale(item, change.points[str(item["id"])])
                touched = True
        if group.get("pool"):
            continue  # the points are the group's
        group["points"] = str(sum((Decimal(str(i["points"])) for i in group["items"]), Decimal(0)))
    if not touched:
        return scheme
    raw.setdefault("normalize_to", str(scheme.normalize_to or scheme.total))
    raw["total"] = str(sum((Decimal(g["points"]) for g in raw["groups"]), Decimal(0)))
    if Decimal(raw["total"]) == Decimal(str(raw["normalize_to"])) and not scheme.normalize_to:
        del raw["normalize_to"]
    return build(raw, set())[0]


def _scale(item: dict, points: Decimal) -> None:
    """Other points for an item; the points of its steps and ranks, and what it is capped at, keep their share of them."""
    before = Decimal(str(item["points"]))
    item["points"] = str(points)
    if not before:
        return

    def scaled(given: object) -> str:
        return str(given) if given == "full" else str((Decimal(str(given)) * points / before).normalize())

    for key in ("else", "pass", "fail", "cap"):
        if key in item:
            item[key] = scaled(item[key])
    if "steps" in item:
        item["steps"] = [[op, edge, scaled(given)] for op, edge, given in item["steps"]]
    if "table" in item:
        item["table"] = {rank: scaled(given) for rank, given in item["table"].items()}


def _untyped(now: Assessment, change: Change) -> list[tuple[str, list[str]]]:
    """The regions that a deduction for all does not reach: nothing was typed for them."""
    found = []
    for region, item in change.deductions:
        if region != "*" or item not in {i.id for i in (*now.scheme.items, *now.scheme.bonus, *now.scheme.deductions)}:
            continue
        typed = {t.region_id for t in now.typed if t.item_id == item}
        if missing := [s.region_id for s in now.result.scores if s.region_id not in typed]:
            found.append((item, missing))
    return found


def _alter(scheme: Scheme, measures: Measures, typed: list[Typed], change: Change, period: str | None) -> None:
    """Put other values and deductions in place; deductions in the period asked for, or in the one that there is."""
    measures.overrides.update(change.values)
    months = {m for w in windows(scheme) if period in (None, w.period) for m in w.months}
    for (region, item), points in change.deductions.items():
        mine = [t for t in typed if region in ("*", t.region_id) and t.item_id == item and end_month(t.period) in months]
        for region_id in sorted({t.region_id for t in mine}):
            own = [t for t in mine if t.region_id == region_id]
            first, rest = own[0], own[1:]
            # One entry with the new sum of what is taken off; the others then take off nothing.
            typed[typed.index(first)] = Typed(first.region_id, item, first.period, Manual(points, None), first.submission_id, first.sheet, first.cell)
            for t in rest:
                typed[typed.index(t)] = Typed(t.region_id, item, t.period, Manual(Decimal(0), None), t.submission_id, t.sheet, t.cell)


# --- what it comes to -------------------------------------------------------------------------------------------------


def movers(now: Assessment, then: Assessment) -> list[dict]:
    """The regions whose score, grade or rank differs, the largest change first, with the items and notes that make the difference."""
    after = {s.region_id: s for s in then.result.scores}
    found = []
    for s in now.result.scores:
        t = after.get(s.region_id)
        if t is None or (s.score, s.grade, s.rank, s.veto_ids) == (t.score, t.grade, t.rank, t.veto_ids):
            continue
        found.append({"region_id": s.region_id, "score": [_text(s.score), _text(t.score)], "grade": [s.grade, t.grade], "rank": [s.rank, t.rank],
                      "why": _why(now.result, then.result, s, t)})
    return sorted(found, key=lambda m: (-abs(Decimal(m["score"][1] or 0) - Decimal(m["score"][0] or 0)), m["region_id"]))


def _why(before: Result, after: Result, s: RegionScore, t: RegionScore) -> list[str]:
    def items(result: Result) -> dict:
        return {i.item_id: i for i in result.items if i.region_id == s.region_id}

    old, new = items(before), items(after)
    lines = [f"{i} {_text(old[i].score) if i in old else '—'} → {_text(new[i].score) if i in new else '—'}" + (
        f"（{new[i].reason_zh} / {new[i].reason_en}）" if i in new else "")
        for i in dict.fromkeys((*old, *new)) if (old[i].score if i in old else None) != (new[i].score if i in new else None)
        or (old[i].points if i in old else None) != (new[i].points if i in new else None)]
    if s.veto_ids != t.veto_ids:
        lines.append(f"否决 / vetoes {', '.join(s.veto_ids) or '—'} → {', '.join(t.veto_ids) or '—'}")
    if s.grade != t.grade:
        lines += [f"{zh} / {en}" for zh, en in dict.fromkeys(t.notes)]
    if not lines:
        lines.append("别人的变动 / others moved" if s.score == t.score else "总分折算 / the total was brought back")
    return lines


def sensitivity(warehouse: Path, only: str | None = None, period: str | None = None) -> list[dict]:
    """How stable each grade is: every item in turn counts a tenth less and a tenth more than it does, the total kept.

    Per region: its grade, in how many of the trials it keeps it, the lowest and highest score and rank, and which trials change it.
    """
    with duckdb.connect(str(warehouse), read_only=True) as con:
        reading = _Reading(con)
        wanted = _with_parts(assessment.declared(reading), only)
        read: dict = {}
        now = {(a.scheme.id, a.window.period): a for a in assessment.assess(reading, wanted, read=read)}
        trials: dict[tuple[str, str], list[tuple[str, Assessment]]] = {}
        for item_id in dict.fromkeys(i.id for s in wanted for i in s.items):
            for factor in NUDGE:
                sign = "+" if factor > 1 else "−"
                for a in assessment.assess(reading, wanted, weights={item_id: factor}, read=read):
                    trials.setdefault((a.scheme.id, a.window.period), []).append((f"{item_id} {sign}10%", a))
    rows = []
    for key, a in now.items():
        if only and key[0] != only or period and key[1] != period:
            continue
        mine = {i.id for i in a.scheme.items} | {i.id for s in wanted if s.id in dict(a.scheme.parts) for i in s.items}
        tried = [(name, {s.region_id: s for s in t.result.scores}) for name, t in trials.get(key, ()) if name.rpartition(" ")[0] in mine]
        for s in a.result.scores:
            if s.score is None:
                continue
            outcomes = [(name, found[s.region_id]) for name, found in tried]
            flips = [f"{name} → {o.grade}" for name, o in outcomes if o.grade != s.grade]
            scores = [s.score, *(o.score for _, o in outcomes if o.score is not None)]
            ranks = [r for r in (s.rank, *(o.rank for _, o in outcomes)) if r is not None]
            rows.append({"scheme_id": key[0], "period": key[1], "region_id": s.region_id, "score": _text(s.score), "grade": s.grade, "rank": s.rank,
                         "trials": len(outcomes), "kept": len(outcomes) - len(flips), "score_low": _text(min(scores)), "score_high": _text(max(scores)),
                         "rank_low": min(ranks, default=None), "rank_high": max(ranks, default=None), "flips": flips})
    return rows


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


# --- printing ---------------------------------------------------------------------------------------------------------


def show(out: Path, jurisdiction: Jurisdiction, change: Change, only: str | None, period: str | None, stable: bool, as_json: bool) -> int:
    """Print who would move and why, and where asked how stable the grades are; 1 where nothing has been assessed."""
    warehouse = out / "warehouse.duckdb"
    names = {r.region_id: r.name_zh for r in jurisdiction.regions}
    try:
        pairs = score(warehouse, jurisdiction, change, only, period)
        table = sensitivity(warehouse, only, period) if stable else []
    except duckdb.IOException:
        say("数据仓库正被使用，请等它结束 / the warehouse is in use; wait until the run has finished")
        return 1
    except duckdb.CatalogException:
        pairs = []
    if not pairs:
        say("还没有考核得分：没有使用方案，或还没有运行 / nothing assessed yet: no scheme is in use, or nothing has been run")
        return 1
    found = [(now, movers(now, then)) for now, then in pairs]
    if as_json:
        told = {"assessments": [{"scheme_id": a.scheme.id, "period": a.window.period, "interim": a.interim, "regions": len(a.result.scores), "moved": moved,
                                 **({"not_typed": dict(_untyped(a, change))} if _untyped(a, change) else {})} for a, moved in found]}
        print(json.dumps({**told, **({"sensitivity": table} if stable else {})}, ensure_ascii=False, indent=1))
        return 0
    for a, moved in found:
        interim = "（预评 / interim）" if a.interim else ""
        print(f"{a.scheme.id} {a.window.period}{interim}: {len(moved)}/{len(a.result.scores)} 个单位会变动 / regions would move")
        for item, missing in _untyped(a, change):
            print(f"  {item}: {len(missing)} 个单位表 F15 没有填报，不受 --deduct 影响 / regions have nothing typed in form F15 and are not touched by --deduct: {', '.join(missing)}")
        for m in moved:
            rank = f"  名次 / rank {m['rank'][0] or '—'} → {m['rank'][1] or '—'}"
            grade = f"  {m['grade'][0] or '—'} → {m['grade'][1] or '—'}" if m["grade"][0] != m["grade"][1] else f"  {m['grade'][0] or '—'}"
            print(f"  {m['region_id']} {names.get(m['region_id'], '')}: {m['score'][0] or '—'} → {m['score'][1] or '—'}{grade}{rank}")
            for line in m["why"]:
                print(f"    {line}")
    if stable:
        print("每个条目的权重各减、增一成，等次不变的次数 / each item's weight a tenth less and more: how often the grade stays")
        for r in table:
            kept = f"{r['kept']}/{r['trials']}"
            print(f"  {r['scheme_id']} {r['period']} {r['region_id']} {names.get(r['region_id'], '')}: {r['grade'] or '—'} {kept}  得分 / score "
                  f"{r['score_low']}–{r['score_high']}  名次 / rank {r['rank_low'] or '—'}–{r['rank_high'] or '—'}" + (f"  {'; '.join(r['flips'])}" if r["flips"] else ""))
    print("没有改动任何已发布的内容 / nothing released was touched")
    return 0

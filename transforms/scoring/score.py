"""Scores, grades and ranks of a scheme, with the reason for every point. Exact decimals; the same input gives the same result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from transforms.scoring.expressions import written
from transforms.scoring.scheme import Extra, Grade, Group, Item, Scheme, Veto

Measure = Callable[[str, str, tuple[int, ...]], Decimal | None]
Lookup = Callable[[str, tuple[int, ...]], Decimal | None]
Lacking = Callable[[str, str, tuple[int, ...]], tuple[str, str]]  # what is not known of a region and a metric, in Chinese and English
Names = Mapping[str, tuple[str, str]]  # of regions and metrics, in Chinese and English
ZERO = Decimal(0)


@dataclass(frozen=True)
class Manual:
    """A typed score of an item or an entry of a bonus (form F15): points taken off, points given, why, and the thing it is for."""

    deduct: Decimal | None
    score: Decimal | None
    reason: str = ""
    subject: str = ""


@dataclass
class ItemScore:
    """What a region got for one item: `score` None where nothing is known to judge it by."""

    region_id: str
    group_id: str
    item_id: str
    measured: Decimal | None
    target: Decimal | None
    points: Decimal
    deduction: Decimal | None
    score: Decimal | None
    reason_zh: str
    reason_en: str


@dataclass
class RegionScore:
    """The result of a region. `computed` is its score whatever a veto makes of it; `raised` lists what a person has to decide.

    `judged_score` of `judged_points` is what the items that could be judged came to, with the weights of the groups; `extra_score` what
    bonuses and deductions add. Where every item was judged the first and the last add up to `computed`; `unjudged` counts those that were not.
    """

    region_id: str
    class_name: str
    computed: Decimal | None
    score: Decimal | None
    grade: str | None = None
    vetoed: bool = False
    veto_ids: tuple[str, ...] = ()
    veto_reason: str | None = None
    effects: frozenset[str] = frozenset()
    rank: int | None = None
    provisional: bool = False
    raised: list[str] = field(default_factory=list)
    veto_reason_en: str | None = None
    judged_score: Decimal | None = None
    judged_points: Decimal | None = None
    extra_score: Decimal = ZERO
    unjudged: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)  # why the grade is what it is, in Chinese and English
    profile: str = ""  # the industry whose weights count, with what each group counts: its names and the factor
    weights: tuple[tuple[str, str, Decimal], ...] = ()


@dataclass
class Result:
    items: list[ItemScore]
    scores: list[RegionScore]


def score(scheme: Scheme, regions: Sequence[str], measure: Measure, manual: dict[tuple[str, str], Sequence[Manual]], interim: bool = False,
          weights: dict[str, Decimal] | None = None, year: Measure | None = None, names: Names | None = None, lacking: Lacking | None = None) -> Result:
    """Score every region.

    `measure(region_id, metric, arguments)` gives a measured value or None; `manual[(region_id, item_id)]` the typed entries. A region of
    which an item cannot be judged is scored over the others, scaled to the total, and is provisional (预评), as is everything `interim`.
    `weights` lets an item count more or less than it does, the total kept: for asking how much depends on it. `year` measures over the
    whole year, for the vetoes that are judged so in a scheme that scores quarters. `names` is what the reasons call regions and metrics.
    `lacking` names what is not known of a region.
    """
    ranks = _metric_ranks(scheme, regions, measure)
    items, scores = [], []
    for region_id in regions:
        judged = [_item(scheme, item, region_id, measure, manual, ranks, lacking or _written) for item in scheme.items]
        items += judged
        scores.append(_region(scheme, region_id, judged, measure, manual, interim, items, weights or {}, year or measure))
    _grades(scheme, scores, measure, names or {})
    _ranks(scheme, scores)
    return Result(items, scores)


def combine(scheme: Scheme, parts: dict[str, Result], regions: Sequence[str], measure: Measure, names: Names | None = None) -> Result:
    """A scheme made of other schemes: the weighted sum of their scores, their vetoes kept beside its own, graded and ranked by its own rules."""
    scores = []
    for region_id in regions:
        found = {name: next((s for s in parts[name].scores if s.region_id == region_id), None) for name, _ in scheme.parts}
        known = [(found[name], weight) for name, weight in scheme.parts if found[name] and found[name].score is not None]
        total = _round(scheme, sum((s.score * w for s, w in known), ZERO)) if len(known) == len(scheme.parts) else None
        whole = RegionScore(region_id, scheme.class_of(region_id), total, total, provisional=total is None or any(s.provisional for s, _ in known))
        whole.unjudged = sum(s.unjudged for s in found.values() if s)
        for part, _ in known:
            whole.effects |= part.effects
            whole.veto_ids += part.veto_ids
            whole.raised += part.raised
        reasons = [(s.veto_reason, s.veto_reason_en or s.veto_reason) for s, _ in known if s.veto_reason]
        _strike(scheme, whole, _lookup(whole, measure), _lookup(whole, measure), reasons)
        scores.append(whole)
    _grades(scheme, scores, measure, names or {})
    _ranks(scheme, scores)
    return Result([i for name, _ in scheme.parts for i in parts[name].items], scores)


# --- items ------------------------------------------------------------------------------------------------------------


def _item(scheme: Scheme, item: Item, region_id: str, measure: Measure, manual: dict, ranks: dict, lacking: Lacking) -> ItemScore:
    def value(name: str) -> Decimal | None:
        formula = item.formulas.get(name)
        found = formula.value(lambda metric, arguments: measure(region_id, metric, arguments)) if formula else None
        return None if found is None else Decimal(found)

    measured, target = value("numerator" if item.type == "ratio" else "metric"), value("denominator" if item.type == "ratio" else "target")
    points, zh, en = _JUDGE[item.type](item, measured, target, manual.get((region_id, item.id), ()), ranks.get((item.id, region_id)))
    if points is not None:
        points = min(max(points, item.floor), item.cap)
        if scheme.each_item:
            points = _round(scheme, points)
    else:
        zh, en = _why_not(item, region_id, measure, lacking)
    return ItemScore(region_id, item.group_id, item.id, measured, target, item.points, None if points is None else item.points - points, points, zh, en)


def _why_not(item: Item, region_id: str, measure: Measure, lacking: Lacking) -> tuple[str, str]:
    """Why an item could not be judged: nobody typed its score, what is not known, or that it divides by nothing."""
    if item.type == "manual":
        return "F15 没有填报评分，不计分", "no score was typed in form F15, not scored"
    unknown = sorted({m for formula in item.formulas.values() for m in formula.metrics if measure(region_id, *m) is None})
    if not unknown:
        return "除数为 0，不计分", "it divides by 0, not scored"
    said = [lacking(region_id, *m) for m in unknown]
    return f"没有数据：{'、'.join(zh for zh, _ in said)}，不计分", f"no data: {', '.join(en for _, en in said)}; not scored"


def _written(region_id: str, name: str, arguments: tuple[int, ...]) -> tuple[str, str]:
    return written(name, arguments), written(name, arguments)


EXACT = 6  # decimals that a figure has at most


def _plain(number: Decimal | None, decimals: int = EXACT) -> str:
    """A number as it was compared, without trailing zeros; a quotient with the decimals asked for."""
    if number is None:
        return "—"
    text = f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}" if number != number.to_integral_value() else f"{number:.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _both(left: Decimal, right: Decimal) -> tuple[str, str]:
    """Two numbers that were compared; with as many decimals as tell them apart."""
    decimals = next((n for n in (EXACT, 9, 12) if _plain(left, n) != _plain(right, n)), EXACT)
    return _plain(left, decimals), _plain(right, decimals)


_SIGN = {"<=": "≤", "<": "<", ">=": "≥", ">": ">", "==": "="}
NO_DATA = (None, "", "")  # why, `_why_not` says


def _compare(op: str, left: Decimal, right: Decimal) -> bool:
    return {"<=": left <= right, "<": left < right, ">=": left >= right, ">": left > right, "==": left == right}[op]


def _threshold(item: Item, measured, target, *_):
    if measured is None or target is None:
        return NO_DATA
    op = item.rule.get("op", "<=")
    met = _compare(op, measured, target)
    points = item.rule.get("pass", item.points) if met else item.rule.get("fail", ZERO)
    left, right = _both(measured, target)
    said = f"{left} {_SIGN[op]} {right}"
    return points, f"{said}：{'达到' if met else '未达到'}", f"{said}: {'met' if met else 'not met'}"


def _per_excess(item: Item, measured, target, *_):
    if measured is None or target is None:
        return NO_DATA
    over = measured - target
    if over > 0:
        change = item.rule["per_over"] * over
        change = -abs(change)
        return item.points + change, f"{_plain(measured)}，超过 {_plain(target)} 计 {_plain(over)}，每个扣 {_plain(abs(item.rule['per_over']))}", (
            f"{_plain(measured)}, {_plain(over)} over {_plain(target)}, {_plain(abs(item.rule['per_over']))} off for each")
    gain = min(item.rule.get("per_under", ZERO) * -over, item.rule.get("cap_under", ZERO)) if over < 0 else ZERO
    more_zh, more_en = (f"，低 {_plain(-over)} 加 {_plain(gain)} 分", f", {_plain(-over)} under: {_plain(gain)} more") if gain else ("", "")
    return item.points + gain, f"{_plain(measured)}，未超过 {_plain(target)}{more_zh}", f"{_plain(measured)}, not over {_plain(target)}{more_en}"


def _per_percent(item: Item, measured, target, *_):
    if measured is None or target is None:
        return NO_DATA
    if measured <= target:
        return item.points, f"{_plain(measured)}，未超过 {_plain(target)}", f"{_plain(measured)}, not over {_plain(target)}"
    if target == 0:
        return item.floor, f"目标为 0，实际 {_plain(measured)}", f"the target is 0, the figure {_plain(measured)}"
    percent = (measured - target) * 100 / target
    off = abs(item.rule["per_pct_over"])
    return item.points - off * percent, f"超过 {_plain(percent, 2)}%，每个百分点扣 {_plain(off)}", f"{_plain(percent, 2)} % over, {_plain(off)} off for each per cent"


def _ratio(item: Item, measured, target, *_):
    if measured is None or target is None or target == 0:
        return NO_DATA
    share = measured / target
    full = item.rule.get("full_at", Decimal(1))
    if full <= 0:  # such a scheme is refused; nothing divides by it
        return NO_DATA
    return item.points * min(Decimal(1), share / full), f"{_plain(measured)} / {_plain(target)} = {_plain(share * 100, 2)}%", (
        f"{_plain(measured)} / {_plain(target)} = {_plain(share * 100, 2)} %")


def _step(item: Item, measured, *_):
    if measured is None:
        return NO_DATA
    for op, edge, points in item.rule["steps"]:
        if _compare(op, measured, edge):
            left, right = _both(measured, edge)
            said = f"{left} {_SIGN[op]} {right}"
            return points, f"{said}：得 {_plain(points)}", f"{said}: {_plain(points)} points"
    rest = item.rule.get("else", ZERO)
    return rest, f"{_plain(measured)} 不在各级之内：得 {_plain(rest)}", f"{_plain(measured)} is in none of the steps: {_plain(rest)} points"


def _rank(item: Item, measured, target, entries, rank):
    if measured is None or rank is None:
        return NO_DATA
    points = item.rule["table"].get(rank, item.rule.get("else", ZERO))
    return points, f"{_plain(measured)}，第 {rank} 名：得 {_plain(points)}", f"{_plain(measured)}, rank {rank}: {_plain(points)} points"


def _count_deduct(item: Item, measured, *_):
    if measured is None:
        return NO_DATA
    off = abs(item.rule["each"])
    return item.points - off * measured, f"{_plain(measured)} 个，每个扣 {_plain(off)}", f"{_plain(measured)}, {_plain(off)} off for each"


def _manual(item: Item, measured, target, entries, rank):
    if not entries:
        return NO_DATA
    off = sum(((item.points - e.score) if e.deduct is None and e.score is not None else (e.deduct or ZERO) for e in entries), ZERO)
    off = min(off, item.rule.get("max_deduction", item.points))
    why = "；".join(e.reason for e in entries if e.reason)
    return item.points - off, f"评分扣 {_plain(off)}" + (f"：{why}" if why else ""), f"{_plain(off)} taken off by the scorer"


_JUDGE = {"threshold": _threshold, "per_excess": _per_excess, "per_percent": _per_percent, "ratio": _ratio, "step": _step, "rank": _rank,
          "count_deduct": _count_deduct, "manual": _manual}


def _metric_ranks(scheme: Scheme, regions: Sequence[str], measure: Measure) -> dict[tuple[str, str], int]:
    """Competition ranks of the regions by the metric of each item of type rank; the smallest is first unless `order: desc`."""
    found = {}
    for item in scheme.items:
        if item.type != "rank":
            continue
        values = {}
        for region_id in regions:
            value = item.formulas["metric"].value(lambda metric, arguments, r=region_id: measure(r, metric, arguments))
            if value is not None:
                values[region_id] = -Decimal(value) if item.rule.get("order") == "desc" else Decimal(value)
        for region_id, value in values.items():
            found[item.id, region_id] = 1 + sum(other < value for other in values.values())
    return found


# --- regions ----------------------------------------------------------------------------------------------------------


def _round(scheme: Scheme, value: Decimal) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-scheme.decimals), ROUND_DOWN if scheme.truncate else ROUND_HALF_UP)


def _extra(extra: Extra, region_id: str, measure: Measure, manual: dict) -> Decimal:
    """Points of a bonus, or below zero of a deduction; nothing typed and nothing measured is none."""
    if extra.manual:
        each = [(e.subject, _entry(e)) for e in manual.get((region_id, extra.id), ())]
        if extra.dedupe == "highest":
            amount = max((points for _, points in each), default=ZERO)
        elif extra.dedupe == "highest_of_same":
            amount = sum((max(p for s, p in each if s == subject) for subject in sorted({s for s, _ in each})), ZERO)
        else:
            amount = sum((points for _, points in each), ZERO)
        amount *= 1 if extra.per >= 0 else -1
    else:
        count = extra.metric.value(lambda metric, arguments: measure(region_id, metric, arguments))
        amount = extra.per * Decimal(count or 0)
        if extra.dedupe != "sum" and count:
            amount = extra.per
    if extra.cap is not None:
        amount = max(min(amount, abs(extra.cap)), -abs(extra.cap))
    return amount


def _entry(entry: Manual) -> Decimal:
    return abs(entry.score if entry.score is not None else entry.deduct or ZERO)


def _questions(scheme: Scheme, region_id: str, class_name: str, measure: Measure, manual: dict) -> list[str]:
    """What a person has to look at: typed entries that the scheme does not provide for, and bonuses of which nothing is known."""
    wrong = []
    for item in scheme.items:
        least = item.rule.get("min_deduction")
        if least is not None and any(e.deduct and e.deduct < least for e in manual.get((region_id, item.id), ())):
            wrong.append(f"DEDUCTION_BELOW_LEAST {item.id}")
    for extra in (*scheme.bonus, *scheme.deductions):
        if extra.levels and any(_entry(e) not in extra.levels.values() for e in manual.get((region_id, extra.id), ())):
            wrong.append(f"LEVEL_UNKNOWN {extra.id}")
        mine = not extra.classes or class_name in extra.classes
        if mine and extra.metric and extra.metric.value(lambda metric, arguments: measure(region_id, metric, arguments)) is None:
            wrong.append(f"EXTRA_UNKNOWN {extra.id}")
    return wrong


def _region(scheme: Scheme, region_id: str, judged: list[ItemScore], measure: Measure, manual: dict, interim: bool, items: list[ItemScore],
            counts: dict[str, Decimal], year: Measure) -> RegionScore:
    class_name = scheme.class_of(region_id)
    optional = {i.id for i in scheme.items if i.optional}
    profile = scheme.profile_of.get(region_id, "")
    weights = scheme.profiles.get(profile, {})
    got = possible = whole = ZERO
    for group in scheme.groups:
        weight = weights.get(group.family or group.id, Decimal(1))
        mine = [s for s in judged if s.group_id == group.id and s.score is not None]
        spared = sum((s.points for s in judged if s.group_id == group.id and s.score is None and s.item_id in optional), ZERO)
        whole += weight * (group.points - spared)
        if not mine:
            continue
        pool = group.points if group.pool else ZERO
        possible += weight * (pool + sum((s.points * counts.get(s.item_id, 1) for s in mine), ZERO))
        summed = pool + sum((s.score * counts.get(s.item_id, 1) for s in mine), ZERO)
        held = max(summed if group.cap is None else min(summed, group.cap), group.floor)
        got += weight * held
        if group.pool or held != summed:
            items.append(_group(region_id, group, pool, summed, held))
    total, added = None, ZERO
    if possible:
        # Only where something could not be judged, where groups are weighted, or where the scheme says so, is the sum scaled.
        scaled = possible != whole or weights or scheme.normalize_to is not None
        total = got * (scheme.normalize_to or scheme.total) / possible if scaled else got
        for extra in (*scheme.bonus, *scheme.deductions):
            if extra.classes and class_name not in extra.classes:
                continue
            amount = _extra(extra, region_id, measure, manual)
            added += amount
            if amount:
                items.append(ItemScore(region_id, "bonus" if extra.per >= 0 else "deductions", extra.id, None, None, ZERO, -amount, amount,
                                       f"{extra.name_zh}：{_plain(amount)}", f"{extra.name_en}: {_plain(amount)}"))
        total = _round(scheme, max(total + added, ZERO))
    unjudged = sum(s.score is None and s.item_id not in optional for s in judged)
    found = RegionScore(region_id, class_name, total, total, provisional=interim or unjudged > 0, unjudged=unjudged, judged_score=got if possible else None,
                        judged_points=possible, extra_score=added, raised=_questions(scheme, region_id, class_name, measure, manual), profile=profile,
                        weights=tuple((g.name_zh, g.name_en, weights.get(g.family or g.id, Decimal(1))) for g in scheme.groups if weights))
    manual_items = {i.id for i in scheme.items if i.type == "manual"}
    typed = [s.score for s in judged if s.item_id in manual_items]

    def lookup(measured: Measure) -> Lookup:
        def value(metric: str, arguments: tuple[int, ...]) -> Decimal | None:
            if metric == "tasks_score":
                return None if not typed or None in typed else sum(typed, ZERO)
            if metric == "class_size":
                return Decimal(len(scheme.classes.get(class_name, ()))) or None
            return _lookup(found, measured)(metric, arguments)

        return value

    _strike(scheme, found, lookup(measure), lookup(year))
    return found


def _group(region_id: str, group: Group, pool: Decimal, summed: Decimal, held: Decimal) -> ItemScore:
    """What a group adds to its items: the points that they share, and what its floor or its cap makes of their sum."""
    zh, en = [f"本组 {_plain(pool)} 分，由各条目扣"] if group.pool else [], [f"the items take from {_plain(pool)} points"] if group.pool else []
    if held > summed:
        zh.append(f"合计 {_plain(summed)}，本组最低 {_plain(held)} 分")
        en.append(f"they come to {_plain(summed)}, the group to no less than {_plain(held)}")
    if held < summed:
        zh.append(f"合计 {_plain(summed)}，本组最高 {_plain(held)} 分")
        en.append(f"they come to {_plain(summed)}, the group to no more than {_plain(held)}")
    points = pool + held - summed
    return ItemScore(region_id, group.id, group.id, None, None, pool, pool - points, points, "；".join(zh), "; ".join(en))


def _strike(scheme: Scheme, found: RegionScore, lookup: Lookup, year: Lookup, reasons: Sequence[tuple[str, str]] = ()) -> None:
    """Apply the vetoes of the scheme to a region; `reasons` (zh, en) are those of the schemes it is made of."""
    judged = [(v, v.when.holds(year if v.whole_year else lookup)) for v in scheme.vetoes if not v.classes or found.class_name in v.classes]
    found.raised += [f"VETO_UNKNOWN {v.id}" for v, so in judged if so is None]
    struck: list[Veto] = [v for v, so in judged if so]
    found.effects |= {v.effect for v in struck}
    found.vetoed = bool(found.effects & {"fail", "zero"})
    found.veto_ids += tuple(v.id for v in struck)
    reasons = [*reasons, *((v.text_zh, v.text_en) for v in struck)]
    found.veto_reason = "；".join(zh for zh, _ in reasons) or None
    found.veto_reason_en = "; ".join(en for _, en in reasons) or None
    if "zero" in found.effects and found.score is not None:
        found.score = ZERO


def _reaches(grade: Grade, value: Decimal) -> bool:
    return value > grade.min or grade.inclusive and value == grade.min


def _grades(scheme: Scheme, scores: list[RegionScore], measure: Measure, names: Names) -> None:
    """Grades from the highest down: who reaches the score, meets the conditions, is not barred, and is within the quota of its class.

    Whoever is to be lowered by one grade keeps the place in a quota that it took: nobody moves up for it.
    """
    if not scheme.grades:
        return
    labels = [g.name for g in scheme.grades]
    waiting = [s for s in scores if s.score is not None]
    for s in waiting:
        if s.effects & {"fail", "zero"}:
            s.grade = labels[-1]
            s.notes.append(("一票否决", "vetoed"))
    waiting = [s for s in waiting if s.grade is None]
    for grade in scheme.grades:
        reached = [s for s in waiting if _reaches(grade, s.score)]
        if grade is scheme.grades[0]:
            reached = _without(reached, lambda s: bool(s.effects & {"no_excellent", "yellow_card"}),
                               f"有否决事项，不得评为{grade.name}", f"barred from {grade.name_en} by a veto")
        for s in reached:
            if None in (held := [c.holds(_lookup(s, measure)) for c in grade.requires]) and False not in held:
                s.raised.append(f"CONDITION_UNKNOWN {grade.name}")
        for condition in grade.requires:
            reached = _without(reached, lambda s, c=condition: not c.holds(_lookup(s, measure)),
                               f"不满足{grade.name}的条件 {condition.text}", f"does not meet the condition {condition.text} of {grade.name_en}")
        if grade.quota:
            reached = _within_quota(scheme, grade, reached, scores, measure, names)
        for s in reached:
            s.grade = grade.name
            edge = ("≥" if grade.inclusive else ">") + f" {_plain(grade.min)}"
            s.notes.append((f"{_plain(s.score)} {edge}，评为{grade.name}", f"{_plain(s.score)} {edge}: {grade.name_en}"))
        waiting = [s for s in waiting if s.grade is None]
    for s in waiting:
        s.grade = labels[-1]
        s.notes.append((f"{_plain(s.score)}，评为{s.grade}", f"{_plain(s.score)}: {scheme.grades[-1].name_en}"))
    for s in scores:
        if "lower_grade" in s.effects and s.grade not in (None, labels[-1]):
            lower = scheme.grades[labels.index(s.grade) + 1]
            s.grade = lower.name
            s.notes.append((f"降低一个等次，为{lower.name}", f"one grade lower: {lower.name_en}"))


def _without(reached: list[RegionScore], barred: Callable[[RegionScore], bool], zh: str, en: str) -> list[RegionScore]:
    """Those who stay; to the others it is said why not."""
    for s in reached:
        if barred(s):
            s.notes.append((zh, en))
    return [s for s in reached if not barred(s)]


def _lookup(s: RegionScore, measure: Measure) -> Lookup:
    return lambda metric, arguments: s.score if metric == "score" else measure(s.region_id, metric, arguments)


def _order_key(scheme: Scheme, s: RegionScore, measure: Measure) -> tuple:
    """The order in which a quota is filled; what is not known comes last. The code of the region is no reason to win a place."""
    key = []
    for metric, highest_first in scheme.order:
        if metric == "region_id":
            continue
        value = _lookup(s, measure)(metric, ())
        key.append((value is None, ZERO if value is None else -Decimal(value) if highest_first else Decimal(value)))
    return tuple(key)


def _within_quota(scheme: Scheme, grade: Grade, reached: list[RegionScore], scores: list[RegionScore], measure: Measure, names: Names) -> list[RegionScore]:
    """Who gets a place; the others are told who is ahead of them and by how much."""
    admitted: list[RegionScore] = []
    for name, largest in grade.quota.items():
        mine = [s for s in reached if not grade.quota_by_class or s.class_name == name]
        size = sum(1 for s in scores if not grade.quota_by_class or s.class_name == name)
        places = int(largest * size / 100) if grade.percent else int(largest)
        mine.sort(key=lambda s: _order_key(scheme, s, measure))
        if len(mine) <= places:
            admitted += mine
            continue
        edge = _order_key(scheme, mine[places], measure)
        inside = [s for s in mine[:places] if _order_key(scheme, s, measure) < edge]
        admitted += inside
        tied = [s for s in mine if _order_key(scheme, s, measure) == edge] if len(inside) < places else []
        many_zh, many_en = (f"{name} {places} 个", f"{places} of {name}") if grade.quota_by_class else (f"{places} 个", str(places))
        for s in tied:  # equal in everything at the edge of the quota: a person decides, none of them gets it unasked
            others = [_called(names, t.region_id) for t in tied if t is not s]
            s.raised.append("QUOTA_TIE")
            s.notes.append((f"与{'、'.join(zh for zh, _ in others)}并列于{grade.name}名额（{many_zh}）的边缘，由人决定",
                            f"tied with {', '.join(en for _, en in others)} at the edge of the places of {grade.name_en} ({many_en}); a person decides"))
        for s in (s for s in mine if s not in inside and s not in tied):
            if not places:
                of_zh, of_en = (f"（{size} 个单位的 {_plain(largest)}%）", f" ({_plain(largest)} % of {size})") if grade.percent else ("", "")
                s.notes.append((f"{grade.name}没有名额{of_zh}", f"there is no place for {grade.name_en}{of_en}"))
                continue
            ahead = tied or [mine[places - 1]]
            zh, en = _ahead(scheme, ahead[0], s, measure, names)
            who = [_called(names, t.region_id) for t in ahead]
            who_zh, who_en = "、".join(zh for zh, _ in who), ", ".join(en for _, en in who)
            if tied:
                s.notes.append((f"{grade.name}的名额（{many_zh}）由人决定：在前的{who_zh}，{zh}", f"a person decides on the places of {grade.name_en} ({many_en}): {who_en} come before, {en}"))
            else:
                s.notes.append((f"{grade.name}的名额（{many_zh}）已满：最后一个给了{who_zh}，{zh}", f"the places of {grade.name_en} ({many_en}) are taken: the last went to {who_en}, {en}"))
    for s in reached if grade.quota_by_class else ():
        if s.class_name not in grade.quota:
            s.notes.append((f"不在有{grade.name}名额的类别中", f"is in no class that has places of {grade.name_en}"))
    return admitted


def _ahead(scheme: Scheme, first: RegionScore, second: RegionScore, measure: Measure, names: Names) -> tuple[str, str]:
    """What puts one region before another, and by how much: the first thing of the order in which they differ."""
    for metric, _ in scheme.order:
        theirs, ours = _lookup(first, measure)(metric, ()) if metric != "region_id" else None, _lookup(second, measure)(metric, ()) if metric != "region_id" else None
        if theirs == ours:
            continue
        zh, en = _called(names, metric)
        if ours is None:
            return f"{zh} {_plain(theirs)}，本单位没有数据", f"{en} {_plain(theirs)} to no data"
        left, right = _both(theirs, ours)
        return f"{zh} {left}，本单位 {right}，差 {_plain(abs(theirs - ours))}", f"{en} {left} to {right}, {_plain(abs(theirs - ours))} ahead"
    return "各项相同", "equal in everything"


def _called(names: Names, name: str) -> tuple[str, str]:
    return names.get(name, (name, name))


def _ranks(scheme: Scheme, scores: list[RegionScore]) -> None:
    """Competition ranks by score; vetoed regions come last or are left out, as the scheme says."""
    def key(s: RegionScore) -> tuple:
        return (s.vetoed, -s.score)

    listed = [s for s in scores if s.score is not None and (scheme.vetoed_ranked or not s.vetoed)]
    for s in listed:
        s.rank = 1 + sum(key(other) < key(s) for other in listed)

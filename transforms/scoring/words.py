"""The rules of a scheme in words, in Chinese and English: what is measured, against what, and what a point more or less costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from transforms.scoring.expressions import Expression
from transforms.scoring.scheme import Extra, Grade, Group, Item

Name = Callable[[str], tuple[str, str]]
Words = tuple[str, str]
_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)*(?:\(\s*\d+\s*\))?")
_CALL = re.compile(r"(\w+)(?:\.(\w+))?\(\s*(\d+)\s*\)")
_OPERATORS = {"<=": ("不高于", "at most"), "<": ("低于", "below"), ">=": ("不低于", "at least"), ">": ("高于", "above"), "==": ("等于", "equal to")}
_LEVELS = {"1": ("一般", "ordinary"), "2": ("较大", "larger"), "3": ("重大", "major"), "4": ("特别重大", "extremely serious")}
_FUNCTIONS = {"acc_level_ge": ("{zh}以上事故起数", "{en} and worse accidents"), "acc_level_eq": ("{zh}事故起数", "{en} accidents"),
              "acc_deaths_ge": ("一次死亡{n}人以上事故起数", "accidents of {n} deaths or more")}
_ONCE = {"highest": ("；多项只计最高一项", "; of several only the highest counts"), "sum": ("", ""),
         "highest_of_same": ("；同一项只计最高一次", "; of one thing only the highest counts")}
_JOINTS = {"and": ("且", "and"), "or": ("或", "or"), "not": ("非", "not")}


def plain(number: object) -> str:
    """A number without trailing zeros."""
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def formula(expression: Expression, name: Name) -> Words:
    """An expression with the names of its metrics written out: `deaths <= deaths_prev` as 死亡人数 ≤ 死亡人数（上年同期）."""

    def side(n: int) -> str:
        def word(match: re.Match) -> str:
            text = match[0]
            if text in _JOINTS:
                return _JOINTS[text][n]
            if call := _CALL.fullmatch(text):
                zh, en = _LEVELS.get(call[3], (call[3], call[3]))
                said = _FUNCTIONS.get(call[1], (text, text))[n].format(zh=zh, en=en, n=call[3])
                return said + _of(name, call[2])[n]
            return name(text)[n]

        text = _NAME.sub(word, expression.text)
        return text.replace(">=", "≥").replace("<=", "≤").replace("==", "=").replace("*", "×")

    return side(0), side(1)


def _of(name: Name, category: str | None) -> Words:
    """The category of accidents, in brackets as the name of an indicator has it."""
    if not category:
        return "", ""
    (zh, en), (bare_zh, bare_en) = name(f"deaths.{category}"), name("deaths")
    return zh.removeprefix(bare_zh), en.removeprefix(bare_en)


def rule(item: Item, name: Name) -> Words:
    """The rule of an item: `死亡人数不高于年控制指标得满分，每高 1 扣 2 分，扣完为止`."""
    said = {key: formula(expression, name) for key, expression in item.formulas.items()}
    zh, en = _RULES[item.type](item, {k: v[0] for k, v in said.items()}), _RULES_EN[item.type](item, {k: v[1] for k, v in said.items()})
    if item.pooled:
        zh, en = zh.replace("得满分，", "不扣分，"), en.replace("full points where", "nothing off where")
    limits_zh, limits_en = "", ""
    if item.floor != 0 and not item.pooled:
        limits_zh, limits_en = f"；最低 {plain(item.floor)} 分", f"; no less than {plain(item.floor)}"
    if item.cap != item.points + item.rule.get("cap_under", Decimal(0)):  # what may be gained is said with the rule
        limits_zh, limits_en = limits_zh + f"；最高 {plain(item.cap)} 分", limits_en + f"; no more than {plain(item.cap)}"
    return zh + limits_zh, en + limits_en


def group(entry: Group) -> Words:
    """What a group makes of the points of its items."""
    zh, en = [f"本组 {plain(entry.points)} 分，由各条目扣"] if entry.pool else [], [f"the items take from {plain(entry.points)} points of the group"] if entry.pool else []
    zh.append(f"本组最低 {plain(entry.floor)} 分")
    en.append(f"no less than {plain(entry.floor)} for the group")
    if entry.cap is not None:
        zh.append(f"最高 {plain(entry.cap)} 分")
        en.append(f"no more than {plain(entry.cap)}")
    return "，".join(zh), ", ".join(en)


def extra(entry: Extra, name: Name) -> Words:
    """The rule of a bonus or a deduction."""
    way_zh, way_en = ("加", "added") if entry.per >= 0 else ("扣", "off")
    cap_zh = f"，最多{way_zh} {plain(abs(entry.cap))} 分" if entry.cap is not None else ""
    cap_en = f", {plain(abs(entry.cap))} at most" if entry.cap is not None else ""
    once_zh, once_en = _ONCE[entry.dedupe]
    if entry.levels:
        once_zh = "（" + "、".join(f"{k} {plain(v)} 分" for k, v in entry.levels.items()) + "）" + once_zh
        once_en = " (" + ", ".join(plain(v) for v in entry.levels.values()) + ")" + once_en
    if entry.classes:
        once_zh, once_en = f"{once_zh}；限{'、'.join(entry.classes)}", f"{once_en}; for {', '.join(entry.classes)} only"
    if entry.manual:
        return f"由评分单位{way_zh}分{cap_zh}{once_zh}", f"points {way_en} by the scorer{cap_en}{once_en}"
    zh, en = formula(entry.metric, name)
    return f"{zh}，每个{way_zh} {plain(abs(entry.per))} 分{cap_zh}{once_zh}", f"{en}: {plain(abs(entry.per))} {way_en} for each{cap_en}{once_en}"


def grade(entry: Grade) -> Words:
    """From which score a grade is given, and to how many."""
    zh = f"{plain(entry.min)} 分{'以上（含）' if entry.inclusive else '以上（不含）'}"
    en = f"{'from' if entry.inclusive else 'above'} {plain(entry.min)}"
    unit = "%" if entry.percent else ""
    for name, largest in entry.quota.items():
        zh += f"；{'名额' if name == 'all' else name + '名额'} {plain(largest)}{unit}"
        en += f"; places{'' if name == 'all' else ' of ' + name}: {plain(largest)}{unit}"
    for condition in entry.requires:
        zh, en = f"{zh}；条件 {condition.text}", f"{en}; condition {condition.text}"
    return zh, en


def _steps(item: Item, n: int, metric: str) -> str:
    parts = [f"{metric} {_OPERATORS[op][n]} {plain(edge)}" + (f"：{plain(points)} 分" if n == 0 else f": {plain(points)}") for op, edge, points in item.rule["steps"]]
    rest = plain(item.rule.get("else", 0))
    return "；".join([*parts, f"其余 {rest} 分"]) if n == 0 else "; ".join([*parts, f"otherwise {rest}"])


def _ranks(item: Item, n: int, metric: str) -> str:
    high = item.rule.get("order") == "desc"
    table = sorted(item.rule["table"].items())
    rest = plain(item.rule.get("else", 0))
    if n == 0:
        return f"按{metric}排名（{'高' if high else '低'}者在前）：" + "，".join(f"第 {k} 名 {plain(v)} 分" for k, v in table) + f"，其余 {rest} 分"
    return f"by rank in {metric}, the {'highest' if high else 'lowest'} first: " + ", ".join(f"{k}: {plain(v)}" for k, v in table) + f", others {rest}"


def _under(item: Item, n: int) -> str:
    per, cap = item.rule.get("per_under", Decimal(0)), item.rule.get("cap_under", Decimal(0))
    if not per or not cap:
        return ""
    return f"；每低 1 加 {plain(per)} 分，最多 {plain(cap)} 分" if n == 0 else f"; {plain(per)} more for each one under, {plain(cap)} at most"


def _met(item: Item, n: int) -> str:
    full, none = item.rule.get("pass", item.points), item.rule.get("fail", Decimal(0))
    return f"得 {plain(full)} 分，否则 {plain(none)} 分" if n == 0 else f"gives {plain(full)}, else {plain(none)}"


def _percent(item: Item) -> str:
    return plain(item.rule.get("full_at", Decimal(1)) * 100)


_RULES = {
    "threshold": lambda i, s: f"{s['metric']}{_OPERATORS[i.rule.get('op', '<=')][0]}{s['target']}，{_met(i, 0)}",
    "per_excess": lambda i, s: f"{s['metric']}不高于{s['target']}得满分，每高 1 扣 {plain(abs(i.rule['per_over']))} 分{_under(i, 0)}",
    "per_percent": lambda i, s: f"{s['metric']}不高于{s['target']}得满分，每高 1% 扣 {plain(abs(i.rule['per_pct_over']))} 分",
    "ratio": lambda i, s: f"按 {s['numerator']} ÷ {s['denominator']} 计分，达到 {_percent(i)}% 得满分",
    "step": lambda i, s: _steps(i, 0, s["metric"]),
    "rank": lambda i, s: _ranks(i, 0, s["metric"]),
    "count_deduct": lambda i, s: f"{s['metric']}每个扣 {plain(abs(i.rule['each']))} 分",
    "manual": lambda i, s: f"由评分单位扣分，最多扣 {plain(i.rule.get('max_deduction', i.points))} 分",
}
_RULES_EN = {
    "threshold": lambda i, s: f"{s['metric']} {_OPERATORS[i.rule.get('op', '<=')][1]} {s['target']} {_met(i, 1)}",
    "per_excess": lambda i, s: f"full points where {s['metric']} is at most {s['target']}; {plain(abs(i.rule['per_over']))} off for each one over{_under(i, 1)}",
    "per_percent": lambda i, s: f"full points where {s['metric']} is at most {s['target']}; {plain(abs(i.rule['per_pct_over']))} off for each per cent over",
    "ratio": lambda i, s: f"{s['numerator']} / {s['denominator']}; full points at {_percent(i)} %",
    "step": lambda i, s: _steps(i, 1, s["metric"]),
    "rank": lambda i, s: _ranks(i, 1, s["metric"]),
    "count_deduct": lambda i, s: f"{plain(abs(i.rule['each']))} off for each of {s['metric']}",
    "manual": lambda i, s: f"points taken off by the scorer, {plain(i.rule.get('max_deduction', i.points))} at most",
}

"""An assessment scheme as declared: groups of items, bonuses, deductions, vetoes, classes, grades with quotas, ranking order.

`build` turns the parsed YAML into a checked Scheme. Everything wrong with it is collected as problems with the path of the key, so that
the reader can say file and line for each.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from transforms.scoring.expressions import Expression, ExpressionError, parse

# Accidents of a level or worse, of just that level, of at least so many deaths; of a category too: acc_deaths_ge.GK1(6).
FUNCTIONS = {"acc_level_ge": 1, "acc_level_eq": 1, "acc_deaths_ge": 1}
# What the scoring itself provides, beside the metrics of the data.
OWN_METRICS = {"score", "tasks_score", "class_size"}
# Where a part comes from: `document`, a key of `documents` (or several); `assumed`, true or the aspects of it that no document tells.
MARKS = {"document", "assumed"}
TYPES = {
    "threshold": {"metric", "target", "op", "pass", "fail"},
    "per_excess": {"metric", "target", "per_over", "per_under", "cap_under"},
    "per_percent": {"metric", "target", "per_pct_over"},
    "ratio": {"numerator", "denominator", "full_at"},
    "step": {"metric", "steps", "else"},
    "rank": {"metric", "table", "order", "else"},
    "count_deduct": {"metric", "each"},
    "manual": {"max_deduction", "min_deduction", "evidence"},
}
REQUIRED = {"threshold": {"metric"}, "per_excess": {"metric", "per_over"}, "per_percent": {"metric", "per_pct_over"},
            "ratio": {"numerator", "denominator"}, "step": {"metric", "steps"}, "rank": {"metric", "table"}, "count_deduct": {"metric", "each"},
            "manual": set()}
ITEM_KEYS = {"id", "name_zh", "name_en", "points", "floor", "cap", "type", "optional"} | MARKS
OPERATORS = ("<=", "<", ">=", ">", "==")
CYCLES = ("year", "half", "quarter")
SCHEME_KEYS = {"id", "number", "name_zh", "name_en", "year", "subject_level", "cycle", "basis", "period", "total", "rounding", "normalize_to", "classes",
               "groups", "bonus", "deductions", "vetoes", "grades", "ranking", "parts", "profiles", "profile_of", "documents", "inputs", "notes",
               "government_weight"} | MARKS
GROUP_KEYS = {"id", "name_zh", "name_en", "points", "floor", "cap", "pool", "family", "items"} | MARKS
# What may take from the points of a group that its items share.
POOLED = ("threshold", "per_excess", "per_percent", "step", "rank", "count_deduct")
EXTRA_KEYS = {"id", "name_zh", "name_en", "per", "cap", "dedupe", "source", "metric", "levels", "classes"} | MARKS
VETO_KEYS = {"id", "when", "effect", "text_zh", "text_en", "classes", "scope"} | MARKS
GRADE_KEYS = {"name", "name_en", "min", "inclusive", "quota", "requires", "text_zh", "text_en"} | MARKS
PERIOD_KEYS = {"start", "end", "lookback_hidden_years", "lookback_level", "tail_levels"} | MARKS
ROUNDING_KEYS = {"decimals", "mode", "when"} | MARKS
RANKING_KEYS = {"method", "order", "vetoed"} | MARKS
INPUT_KEYS = {"id", "name_zh", "name_en"} | MARKS
NOTE_KEYS = {"text_zh", "text_en"} | MARKS
EFFECTS = ("fail", "zero", "no_excellent", "yellow_card", "lower_grade")
DEDUPE = ("highest", "highest_of_same", "sum")
# Work safety weighs at least so much in the assessment of a local government.
LEAST_GOVERNMENT_WEIGHT = Decimal("0.15")
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something wrong: the path of the key in the YAML and what to write instead."""

    path: Path
    text: str


@dataclass(frozen=True)
class Item:
    """An item of a group; `rule` holds the parameters of its type, `formulas` its parsed expressions by parameter.

    `optional`: a task that not everybody was given; whoever has no score for it is judged without it, and not provisionally.
    """

    id: str
    group_id: str
    name_zh: str
    name_en: str
    points: Decimal
    floor: Decimal
    cap: Decimal
    type: str
    rule: dict[str, Any]
    formulas: dict[str, Expression]
    assumed: bool
    optional: bool = False
    pooled: bool = False  # it has no points of its own and takes from those of its group


@dataclass(frozen=True)
class Group:
    """Items and their points; what they come to is no less than `floor` and no more than `cap`.

    `pool`: the points are the group's, and the items, which have none, take from them.
    """

    id: str
    name_zh: str
    name_en: str
    points: Decimal
    floor: Decimal
    family: str
    items: tuple[Item, ...]
    cap: Decimal | None = None
    pool: bool = False

    @property
    def limited(self) -> bool:
        """Whether the group may come to something else than its items: it has points or limits of its own, or items that go below zero."""
        return self.pool or self.cap is not None or self.floor != 0 or any(i.floor < 0 for i in self.items)


@dataclass(frozen=True)
class Extra:
    """A bonus or a deduction outside the groups: `per` for each, up to `cap`.

    Of several typed entries the sum counts, the highest, or the sum of the highest for each same thing (`dedupe`). `levels`: what an entry
    may be worth. `classes`: only for regions of these.
    """

    id: str
    name_zh: str
    name_en: str
    per: Decimal
    cap: Decimal | None
    dedupe: str
    manual: bool
    metric: Expression | None
    levels: dict[str, Decimal] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    assumed: bool = False

    @property
    def highest_only(self) -> bool:
        return self.dedupe == "highest"


@dataclass(frozen=True)
class Veto:
    """What strikes a region out or bars it from a grade. `whole_year`: judged over the year even where the scheme scores quarters."""

    id: str
    when: Expression
    effect: str
    text_zh: str
    text_en: str
    assumed: bool = False
    classes: tuple[str, ...] = ()  # the classes it is for; none: all
    whole_year: bool = False


@dataclass(frozen=True)
class Grade:
    """A grade from `min` on. `quota`: by class (or `all`), a number of regions, or with `percent` a share of them, rounded down.

    `text_zh`, `text_en`: what follows from the grade.
    """

    name: str
    min: Decimal
    inclusive: bool
    quota_by_class: bool
    quota: dict[str, Decimal]
    percent: bool
    requires: tuple[Expression, ...]
    name_en: str = ""
    text_zh: str = ""
    text_en: str = ""


@dataclass(frozen=True)
class Input:
    """A fact that no form reports and a scorer types in form F15 under this item: its number stands in the column of the score."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Note:
    """A rule of the document that is not computed: deadlines, rewards, consequences."""

    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Scheme:
    id: str
    name_zh: str
    name_en: str
    year: int
    subject_level: str
    cycle: str
    start: str
    end: str
    lookback_hidden_years: int
    lookback_level: int  # concealed accidents of earlier years count from this level on
    tail_levels: tuple[int, ...]
    total: Decimal
    decimals: int
    truncate: bool
    each_item: bool
    normalize_to: Decimal | None
    classes: dict[str, tuple[str, ...]]
    groups: tuple[Group, ...]
    bonus: tuple[Extra, ...]
    deductions: tuple[Extra, ...]
    vetoes: tuple[Veto, ...]
    grades: tuple[Grade, ...]
    order: tuple[tuple[str, bool], ...]  # metric, highest first
    vetoed_ranked: bool
    parts: tuple[tuple[str, Decimal], ...]  # other schemes and their weights
    profiles: dict[str, dict[str, Decimal]]
    profile_of: dict[str, str]
    documents: dict[str, str] = field(default_factory=dict)
    basis: str = ""  # the counting basis of the figures that have several; empty: that of the jurisdiction
    number: str = ""
    inputs: tuple[Input, ...] = ()
    notes: tuple[Note, ...] = ()
    government_weight: Decimal | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for group in self.groups for item in group.items)

    def class_of(self, region_id: str) -> str:
        return next((name for name, members in self.classes.items() if region_id in members), "")

    @property
    def metrics(self) -> set[tuple[str, tuple[int, ...]]]:
        """Every metric that some expression of the scheme uses."""
        found = [f for item in self.items for f in item.formulas.values()]
        found += [e.metric for e in (*self.bonus, *self.deductions) if e.metric]
        found += [v.when for v in self.vetoes] + [r for g in self.grades for r in g.requires]
        return {m for f in found for m in f.metrics} | {(name, ()) for name, _ in self.order}


class _Builder:
    def __init__(self, raw: dict, known: set[str]):
        self.raw, self.known = raw, known
        self.documents = raw.get("documents") if isinstance(raw.get("documents"), dict) else {}
        self.classes = raw.get("classes") if isinstance(raw.get("classes"), dict) else {}
        self.problems: list[Problem] = []

    def bad(self, path: Path, text: str) -> None:
        self.problems.append(Problem(path, text))

    def keys(self, raw: Any, allowed: set[str], path: Path, required: set[str] = frozenset()) -> dict:
        if not isinstance(raw, dict):
            self.bad(path, "应为 键: 值 / must be key: value")
            return {}
        for key in raw:
            if key not in allowed:
                self.bad((*path, key), f"不认识的键 {key}；可用 / unknown key {key}; use one of {', '.join(sorted(allowed))}")
        for key in sorted(required - set(raw)):
            self.bad(path, f"缺少 {key} / {key} is missing")
        self._marks(raw, path)
        return raw

    def _marks(self, raw: dict, path: Path) -> None:
        for document in _several(raw.get("document")):
            if document not in self.documents:
                self.bad((*path, "document"), f"documents 中没有 {document} / {document} is not in documents: {', '.join(map(str, self.documents)) or '—'}")
        if not isinstance(raw.get("assumed", True), bool | list):
            self.bad((*path, "assumed"), "应为 true 或所假定各项的列表 / must be true, or a list of what is assumed")

    def members(self, raw: dict, path: Path) -> tuple[str, ...]:
        """The classes that a veto, a bonus or a deduction is for."""
        found = tuple(str(c) for c in _several(raw.get("classes")))
        if unknown := [c for c in found if c not in map(str, self.classes)]:
            self.bad((*path, "classes"), f"没有类别 {', '.join(unknown)} / there is no class {', '.join(unknown)}")
        return found

    def many(self, raw: dict, key: str, path: Path) -> list:
        """The list under a key, empty where it is not there."""
        found = raw.get(key)
        if found is not None and not isinstance(found, list):
            self.bad((*path, key), f"{key} 应为列表，每条以 - 开头 / {key} must be a list of entries that begin with -")
        return found if isinstance(found, list) else []

    def named(self, raw: dict, key: str, path: Path) -> dict:
        """The key: value lines under a key, empty where they are not there."""
        found = raw.get(key)
        if found is not None and not isinstance(found, dict):
            self.bad((*path, key), f"{key} 应为 键: 值 / {key} must be key: value lines")
        return found if isinstance(found, dict) else {}

    def one_of(self, value: Any, allowed: tuple[str, ...], path: Path) -> None:
        if value not in allowed:
            self.bad(path, f"{path[-1]} {value!r}: 应为 / must be one of {', '.join(allowed)}")

    def whole(self, value: Any, path: Path, low: int, high: int) -> int:
        number = self.number(value, path)
        if number != number.to_integral_value() or not low <= number <= high:
            self.bad(path, f"{value!r}: 应为 {low} 到 {high} 的整数 / must be a whole number from {low} to {high}")
            return low
        return int(number)

    def number(self, value: Any, path: Path, default: str = "0") -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            self.bad(path, f"{value!r}: 应为数 / must be a number")
            return Decimal(default)
        try:
            found = Decimal(str(value))
            if found.is_finite():
                return found
        except ArithmeticError:
            pass
        self.bad(path, f"{value!r}: 应为数 / must be a number")
        return Decimal(default)

    def expression(self, value: Any, path: Path) -> Expression:
        try:
            found = parse(str(value), FUNCTIONS)
        except ExpressionError as error:
            self.bad(path, str(error))
            return parse("0")
        for name, arguments in sorted(found.metrics):
            if arguments and "." in name and (category := name.partition(".")[2]) and f"deaths.{category}" not in self.known:
                self.bad(path, f"没有事故类别 {category} / there is no category of accidents {category}")
            if not arguments and name not in self.known and name not in OWN_METRICS:
                self.bad(path, f"没有指标 {name}{_nearest(name, self.known)} / there is no metric {name}{_nearest(name, self.known)}")
        return found

    def item(self, raw: Any, group_id: str, path: Path, pool: Decimal | None = None) -> Item | None:
        """`pool`: the points of the group that the item takes from, where it has none of its own."""
        kind = raw.get("type") if isinstance(raw, dict) else None
        if not isinstance(kind, str) or kind not in TYPES:
            self.bad((*path, "type"), f"type {kind!r}: 应为 / must be one of {', '.join(TYPES)}")
            return None
        raw = self.keys(raw, ITEM_KEYS | TYPES[kind], path, {"id", "name_zh", "points"} | REQUIRED[kind])
        points = self.number(raw.get("points", 0), (*path, "points"))
        rule = {k: v for k, v in raw.items() if k in TYPES[kind]}
        formulas = {k: self.expression(rule[k], (*path, k)) for k in ("metric", "target", "numerator", "denominator") if k in rule}
        if kind in ("threshold", "per_excess", "per_percent") and "target" not in rule and "metric" in rule:
            name = f"{rule['metric']}_target"
            formulas["target"] = self.expression(name, (*path, "metric"))
        for key in ("per_over", "per_under", "cap_under", "per_pct_over", "full_at", "each", "max_deduction", "min_deduction", "else"):
            if key in rule:
                rule[key] = self.number(rule[key], (*path, key))
        if rule.get("full_at", Decimal(1)) <= 0:
            self.bad((*path, "full_at"), f"full_at {raw['full_at']!r}: 应为大于零的数，满分所需的比，如 0.95 / must be a number above zero: the ratio that gives full points, such as 0.95")
        for key in ("pass", "fail"):
            if key in rule:
                rule[key] = points if rule[key] == "full" else self.number(rule[key], (*path, key))
        if rule.get("op", "<=") not in OPERATORS:
            self.bad((*path, "op"), f"op {rule['op']!r}: 应为 / must be one of {' '.join(OPERATORS)}")
        if kind == "step":
            rule["steps"] = self._steps(rule.get("steps"), (*path, "steps"))
        if kind == "rank":
            table = rule.get("table") if isinstance(rule.get("table"), dict) else {}
            if not table:
                self.bad((*path, "table"), "应为 名次: 分 / must be rank: points")
            for k in table:
                if not str(k).isdecimal():
                    self.bad((*path, "table", k), f"{k!r}: 名次应为整数 / a rank must be a whole number")
            rule["table"] = {int(k): self.number(v, (*path, "table", k)) for k, v in table.items() if str(k).isdecimal()}
            self.one_of(rule.get("order", "asc"), ("asc", "desc"), (*path, "order"))
        most = points + max(rule.get("cap_under", Decimal(0)), Decimal(0))  # what may be gained is no more than that, and no less
        if pool is not None:
            if points:
                self.bad((*path, "points"), f"本组的 {pool} 分由各条目共用（pool），条目写 points: 0 / the items share the {pool} points of the group (pool); write points: 0")
            if kind not in POOLED:
                self.bad((*path, "type"), f"pool 组中的条目应为 / an item of a group with pool must be one of {', '.join(POOLED)}")
        lowest = Decimal(0) if pool is None else -pool
        return Item(str(raw.get("id", "")), group_id, str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))), points,
                    self.number(raw["floor"], (*path, "floor")) if "floor" in raw else lowest,
                    self.number(raw["cap"], (*path, "cap")) if "cap" in raw else most, kind, rule, formulas,
                    bool(raw.get("assumed", False)), bool(raw.get("optional", False)), pool is not None)

    def _steps(self, raw: Any, path: Path) -> list[tuple[str, Decimal, Decimal]]:
        steps = []
        for n, step in enumerate(raw if isinstance(raw, list) else []):
            if not isinstance(step, list) or len(step) != 3 or step[0] not in OPERATORS:
                self.bad((*path, n), f"{step!r}: 应为 [{'|'.join(OPERATORS)}, 值, 分] / must be [operator, value, points]")
                continue
            steps.append((step[0], self.number(step[1], (*path, n)), self.number(step[2], (*path, n))))
        if not steps:
            self.bad(path, "至少要有一级 / needs at least one step")
        return steps

    def group(self, raw: Any, path: Path) -> Group | None:
        raw = self.keys(raw, GROUP_KEYS, path, {"id", "name_zh", "points", "items"})
        points = self.number(raw.get("points", 0), (*path, "points"))
        pool = raw.get("pool", False)
        if not isinstance(pool, bool):
            self.bad((*path, "pool"), f"pool {pool!r}: 应为 true 或 false / must be true or false")
        items = [self.item(i, str(raw.get("id", "")), (*path, "items", n), points if pool is True else None) for n, i in enumerate(self.many(raw, "items", path))]
        found = tuple(i for i in items if i)
        if pool is not True and len(found) == len(items) and sum((i.points for i in found), Decimal(0)) != points:
            self.bad((*path, "points"), f"各条目分之和为 {sum(i.points for i in found)}，本组为 {points} / the items add up to {sum(i.points for i in found)}, not {points}")
        floor = self.number(raw.get("floor", 0), (*path, "floor"))
        cap = self.number(raw["cap"], (*path, "cap"), str(points)) if "cap" in raw else None
        if floor > points:
            self.bad((*path, "floor"), f"floor {floor}: 应不高于本组的 {points} 分 / must not be above the {points} points of the group")
        if cap is not None and cap < points:
            self.bad((*path, "cap"), f"cap {cap}: 应不低于本组的 {points} 分，否则无人得满分 / must not be below the {points} points of the group, which nobody could reach")
        return Group(str(raw.get("id", "")), str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))), points, floor, str(raw.get("family", "")),
                     found, cap, pool is True)

    def extra(self, raw: Any, path: Path, sign: int) -> Extra:
        raw = self.keys(raw, EXTRA_KEYS, path, {"id", "name_zh"})
        self.one_of(raw.get("dedupe", "sum"), DEDUPE, (*path, "dedupe"))
        manual = raw.get("source", "metric" if "metric" in raw else "manual") == "manual"
        if not manual and "metric" not in raw:
            self.bad(path, "source: metric 要有 metric / needs a metric")
        return Extra(str(raw.get("id", "")), str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))),
                     sign * abs(self.number(raw.get("per", 1), (*path, "per"))), self.number(raw["cap"], (*path, "cap")) if "cap" in raw else None,
                     str(raw.get("dedupe", "sum")), manual, self.expression(raw["metric"], (*path, "metric")) if "metric" in raw else None,
                     {str(k): self.number(v, (*path, "levels", k)) for k, v in self.named(raw, "levels", path).items()}, self.members(raw, path),
                     bool(raw.get("assumed")))

    def veto(self, raw: Any, path: Path) -> Veto:
        raw = self.keys(raw, VETO_KEYS, path, {"id", "when", "effect", "text_zh"})
        if raw.get("effect") not in EFFECTS:
            self.bad((*path, "effect"), f"effect {raw.get('effect')!r}: 应为 / must be one of {', '.join(EFFECTS)}")
        self.one_of(raw.get("scope", "period"), ("period", "year"), (*path, "scope"))
        return Veto(str(raw.get("id", "")), self.expression(raw.get("when", "0"), (*path, "when")), str(raw.get("effect", "")),
                    str(raw.get("text_zh", "")), str(raw.get("text_en", raw.get("text_zh", ""))), bool(raw.get("assumed")), self.members(raw, path),
                    raw.get("scope") == "year")

    def grade(self, raw: Any, path: Path) -> Grade:
        raw = self.keys(raw, GRADE_KEYS, path, {"name", "min"})
        quota, by_class, percent = {}, False, False
        if raw.get("quota") is not None:
            given = self.keys(raw["quota"], {"by", "max"} | MARKS, (*path, "quota"), {"max"})
            by_class = given.get("by", "all") == "class"
            if by_class and not self.classes:
                self.bad((*path, "quota"), "按类别的名额要有 classes / a quota by class needs classes")
            largest = given.get("max", 0)
            each = largest if isinstance(largest, dict) else dict.fromkeys(self.classes if by_class else ("all",), largest)
            percent = any(str(v).endswith("%") for v in each.values())
            for name, value in each.items():
                if by_class and name not in self.classes:
                    self.bad((*path, "quota", "max", name), f"没有类别 {name} / there is no class {name}")
                quota[str(name)] = self.number(str(value).rstrip("%"), (*path, "quota", "max"))
            if by_class and (missing := sorted(set(self.classes) - set(each))):
                self.bad((*path, "quota", "max"), f"缺少类别的名额 / no quota for the class {', '.join(missing)}")
        requires = tuple(self.expression(r, (*path, "requires", n)) for n, r in enumerate(self.many(raw, "requires", path)))
        text_zh = str(raw.get("text_zh", ""))
        return Grade(str(raw.get("name", "")), self.number(raw.get("min", 0), (*path, "min")), bool(raw.get("inclusive", True)), by_class, quota, percent, requires,
                     str(raw.get("name_en", raw.get("name", ""))), text_zh, str(raw.get("text_en", text_zh)))

    def inputs(self, raw: dict) -> tuple[Input, ...]:
        """The facts that are typed in, whose names expressions may then use."""
        found = []
        for n, given in enumerate(self.many(raw, "inputs", ())):
            given = self.keys(given, INPUT_KEYS, ("inputs", n), {"id", "name_zh"})
            name = str(given.get("id", ""))
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                self.bad(("inputs", n, "id"), f"{name!r}: 应为小写英文字母、数字和下划线 / must be lower-case letters, digits and underscores")
            elif name in self.known:
                self.bad(("inputs", n, "id"), f"{name} 已是指标，不用再录 / {name} is an indicator already and need not be typed")
            found.append(Input(name, str(given.get("name_zh", "")), str(given.get("name_en", given.get("name_zh", "")))))
        self.known = self.known | {i.id for i in found}
        return tuple(found)

    def notes(self, raw: dict) -> tuple[Note, ...]:
        found = [self.keys(n, NOTE_KEYS, ("notes", i), {"text_zh"}) for i, n in enumerate(self.many(raw, "notes", ()))]
        return tuple(Note(str(n.get("text_zh", "")), str(n.get("text_en", n.get("text_zh", "")))) for n in found)

    def scheme(self) -> Scheme:
        raw = self.keys(self.raw, SCHEME_KEYS, (), {"id", "name_zh", "year", "grades"})
        period = self.keys(self.named(raw, "period", ()), PERIOD_KEYS, ("period",))
        for edge, usual in (("start", "01-01"), ("end", "12-31")):
            if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", str(period.get(edge, usual))):
                self.bad(("period", edge), f"{period[edge]!r}: 应为月-日，加引号 / write month-day in quotes: \"{usual}\"")
        rounding = self.keys(self.named(raw, "rounding", ()), ROUNDING_KEYS, ("rounding",))
        inputs = self.inputs(raw)
        self.one_of(raw.get("cycle", "year"), CYCLES, ("cycle",))
        weight = self.number(raw["government_weight"], ("government_weight",)) if "government_weight" in raw else None
        if weight is not None and not LEAST_GOVERNMENT_WEIGHT <= weight <= 1:
            self.bad(("government_weight",), f"{weight}: 安全生产在政府考核中的权重应在 {LEAST_GOVERNMENT_WEIGHT} 与 1 之间 / the weight in the assessment of the government "
                                             f"must be between {LEAST_GOVERNMENT_WEIGHT} and 1")
        classes = {str(k): tuple(str(m) for m in self.many({str(k): v}, str(k), ("classes",))) for k, v in self.named(raw, "classes", ()).items()}
        self._unique("classes", [m for members in classes.values() for m in members])
        groups = tuple(g for n, g in enumerate(self.group(g, ("groups", n)) for n, g in enumerate(self.many(raw, "groups", ()))) if g)
        total = self.number(raw.get("total", 100), ("total",))
        parts = tuple((str(p.get("scheme")), self.number(p.get("weight", 0), ("parts", n, "weight")))
                      for n, p in enumerate(self.many(raw, "parts", ())) if self.keys(p, {"scheme", "weight"} | MARKS, ("parts", n), {"scheme", "weight"}))
        if bool(groups) == bool(parts):
            self.bad((), "要么有 groups，要么有 parts / needs either groups or parts")
        if groups and sum((g.points for g in groups), Decimal(0)) != total and not raw.get("normalize_to"):
            self.bad(("total",), f"各组分之和为 {sum(g.points for g in groups)}，总分为 {total} / the groups add up to {sum(g.points for g in groups)}, not {total}")
        if parts and sum((w for _, w in parts), Decimal(0)) != 1:
            self.bad(("parts",), f"权重之和为 {sum(w for _, w in parts)}，应为 1 / the weights add up to {sum(w for _, w in parts)}, not 1")
        self._unique("groups", [g.id for g in groups])
        self._unique("groups", [i.id for g in groups for i in g.items])
        for n, group in enumerate(groups):
            if group.limited and group.id in {i.id for g in groups for i in g.items}:
                self.bad(("groups", n, "id"), f"{group.id} 已是条目的编号，请另给组的编号 / {group.id} is the id of an item; give the group another")
        grades = tuple(self.grade(g, ("grades", n)) for n, g in enumerate(self.many(raw, "grades", ())))
        for n, (above, below) in enumerate(itertools.pairwise(grades)):
            if below.min > above.min or below.min == above.min and not above.quota and not above.requires:
                self.bad(("grades", n + 1, "min"), f"{below.name} 的下限 {below.min} 与 {above.name} 的 {above.min} 重叠；从高到低写 / {below.name} from {below.min} "
                                                   f"overlaps {above.name} from {above.min}; write them from high to low")
        self._unique("grades", [g.name for g in grades])
        self._unique("inputs", [i.id for i in inputs] + [i.id for g in groups for i in g.items])
        ranking = self.keys(self.named(raw, "ranking", ()), RANKING_KEYS, ("ranking",))
        self.one_of(ranking.get("method", "competition"), ("competition",), ("ranking", "method"))
        self.one_of(ranking.get("vetoed", "last"), ("last", "excluded"), ("ranking", "vetoed"))
        self.one_of(rounding.get("mode", "half_up"), ("half_up", "truncate"), ("rounding", "mode"))
        order = []
        for n, text in enumerate(self.many(ranking, "order", ("ranking",)) or ["score desc"]):
            name, _, way = str(text).partition(" ")
            if way not in ("asc", "desc"):
                self.bad(("ranking", "order", n), f"{text!r}: 应为 指标 asc|desc / must be metric asc|desc")
            elif name not in self.known | OWN_METRICS | {"region_id"}:
                self.bad(("ranking", "order", n), f"没有指标 {name} / there is no metric {name}{_nearest(name, self.known)}")
            order.append((name, way == "desc"))
        profiles = {str(k): {str(f): self.number(w, ("profiles", k, f)) for f, w in self.named({k: v}, k, ("profiles",)).items()}
                    for k, v in self.named(raw, "profiles", ()).items()}
        for name, weights in profiles.items():
            if wrong := sorted(set(weights) - {g.family or g.id for g in groups}):
                self.bad(("profiles", name), f"没有这样的组或类 / there is no group or family {', '.join(wrong)}")
        when = rounding.get("when", "final")
        if when not in ("after_each_item", "final"):
            self.bad(("rounding", "when"), "应为 after_each_item 或 final / must be after_each_item or final")
        return Scheme(
            str(raw.get("id", "")), str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))), self.whole(raw.get("year", 0), ("year",), 1949, 2199),
            str(raw.get("subject_level", "county")), str(raw.get("cycle", "year")), str(period.get("start", "01-01")), str(period.get("end", "12-31")),
            self.whole(period.get("lookback_hidden_years", 0), ("period", "lookback_hidden_years"), 0, 20),
            self.whole(period.get("lookback_level", 1), ("period", "lookback_level"), 1, 4),
            tuple(self.whole(level, ("period", "tail_levels", n), 1, 4) for n, level in enumerate(self.many(period, "tail_levels", ("period",)))), total,
            self.whole(rounding.get("decimals", 2), ("rounding", "decimals"), 0, 6),
            rounding.get("mode") == "truncate", when == "after_each_item",
            self.number(raw["normalize_to"], ("normalize_to",)) if raw.get("normalize_to") else None, classes, groups,
            tuple(self.extra(b, ("bonus", n), 1) for n, b in enumerate(self.many(raw, "bonus", ()))),
            tuple(self.extra(d, ("deductions", n), -1) for n, d in enumerate(self.many(raw, "deductions", ()))),
            tuple(self.veto(v, ("vetoes", n)) for n, v in enumerate(self.many(raw, "vetoes", ()))), grades, tuple(order),
            ranking.get("vetoed", "last") != "excluded", parts, profiles, {str(k): str(v) for k, v in self.named(raw, "profile_of", ()).items()},
            {str(k): str(v) for k, v in self.named(raw, "documents", ()).items()}, str(raw.get("basis", "")), str(raw.get("number", "")), inputs,
            self.notes(raw), weight)

    def _unique(self, path: str, names: list[str]) -> None:
        for name in sorted({n for n in names if names.count(n) > 1}):
            self.bad((path,), f"{name} 出现多次 / {name} stands there more than once")


def _several(value: Any) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"（{close[0]}？）" if close else ""


def build(raw: dict, known: set[str]) -> tuple[Scheme, list[Problem]]:
    """The scheme that parsed YAML declares, with everything that is wrong with it. `known`: the names of all metrics there are."""
    if isinstance(raw, dict) and set(raw) == {"scheme"}:
        raw = raw["scheme"]
    builder = _Builder(raw if isinstance(raw, dict) else {}, known)
    return builder.scheme(), builder.problems

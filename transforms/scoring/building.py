"""Turns the parsed YAML of a scheme into a checked Scheme.

Everything wrong with it is collected as problems with the path of the key, so that whoever reads the file can say file and line for each.
"""

from __future__ import annotations

import calendar
import difflib
import itertools
import re
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from transforms.scoring import grammar
from transforms.scoring.expressions import Expression, ExpressionError, parse
from transforms.scoring.reader import Path, Problem, Reader
from transforms.scoring.scheme import Extra, Grade, Group, Input, Item, Note, Scheme, Veto


class _Builder(Reader):
    def __init__(self, raw: dict, known: set[str], called: dict[str, str]):
        super().__init__(raw)
        self.known, self.called = known, called

    def expression(self, value: Any, path: Path, own: Collection[str] = ()) -> Expression:
        """A condition or formula; `own`: which of the names that the scoring provides itself may stand in it."""
        try:
            found = parse(str(value), grammar.FUNCTIONS)
        except ExpressionError as error:
            self.bad(path, str(error))
            return parse("0")
        for name, arguments in sorted(found.metrics):
            function, _, category = name.partition(".")
            if arguments:
                if category and f"deaths.{category}" not in self.known:
                    self.bad(path, f"没有事故类别 {category} / there is no category of accidents {category}")
                if function == "acc_deaths_ge" and arguments[0] < 1:
                    self.bad(path, f"{name}({arguments[0]}): 死亡人数至少为 1 / write 1 death or more")
                elif function != "acc_deaths_ge" and arguments[0] not in grammar.LEVELS:
                    levels = "、".join(f"{n} {zh}" for n, zh in grammar.LEVELS.items())
                    self.bad(path, f"{name}({arguments[0]}): 事故等级写 {levels} / the levels of accidents are 1 to 4")
            elif name in grammar.OWN_METRICS and name not in self.known:
                if name not in own:
                    self.bad(path, f"这里不能用 {name}：它要等各条目评完才有；请写指标，如 deaths / {name} cannot stand here: it is only known once the "
                                   f"items are judged; write an indicator, such as deaths")
            elif name not in self.known:
                self.bad(path, self.unknown(name))
        return found

    def unknown(self, name: str) -> str:
        """That there is no such metric, and the one that is probably meant; a Chinese name is looked up among the names of the indicators."""
        close = self._meant(name)
        return f"没有指标 {name}" + (f"，请写 {close}" if close else "") + f" / there is no metric {name}" + (f"; write {close}" if close else "")

    def _meant(self, name: str) -> str:
        if name.isascii():
            return next(iter(difflib.get_close_matches(name, sorted(self.known), 1)), "")
        ending = next((suffix for suffix in ("_target", "_prev", "_prev2", "_prev3") if name.endswith(suffix)), "")
        base, dot, category = name.removesuffix(ending).partition(".")
        named = base if base in self.called else next(iter(difflib.get_close_matches(base, sorted(self.called), 1, 0.5)), "")
        if not named:
            return ""
        metric = self.called[named]
        return next((m for m in (f"{metric}{dot}{category}{ending}", f"{metric}{ending}", metric) if m in self.known), "")

    def item(self, raw: Any, group_id: str, path: Path, pool: Decimal | None = None) -> Item | None:
        """`pool`: the points of the group that the item takes from, where it has none of its own."""
        if not isinstance(raw, dict):
            self.bad(path, f"{raw!r}: 应为一个条目 / must be an item: {{id: A1, name_zh: 名称, points: 10, type: manual}}")
            return None
        kind = raw.get("type")
        if not isinstance(kind, str) or kind not in grammar.TYPES:
            self.one_of(kind, tuple(grammar.TYPES), (*path, "type"))
            return None
        raw = self.keys(raw, grammar.ITEM_KEYS | grammar.TYPES[kind], path, {"id", "name_zh", "points"} | grammar.REQUIRED[kind])
        points = self.least(self.number(raw.get("points", 0), (*path, "points")), (*path, "points"))
        rule = {k: v for k, v in raw.items() if k in grammar.TYPES[kind]}
        before = len(self.problems)
        formulas = {k: self.expression(rule[k], (*path, k)) for k in ("metric", "target", "numerator", "denominator") if k in rule}
        if kind in ("threshold", "per_excess", "per_percent") and "target" not in rule and "metric" in rule:
            after = len(self.problems)
            formulas["target"] = self.expression(f"{rule['metric']}_target", (*path, "metric"))
            if after > before:
                del self.problems[after:]  # of a metric that there is not, its target need not be said
        for key in ("per_over", "per_under", "cap_under", "per_pct_over", "full_at", "each", "max_deduction", "min_deduction", "else"):
            if key in rule:
                rule[key] = self.number(rule[key], (*path, key))
        most = points + max(rule.get("cap_under", Decimal(0)), Decimal(0))  # what may be gained is no more than that, and no less
        floor = self.number(raw.get("floor", 0 if pool is None else -pool), (*path, "floor"))
        cap = self.number(raw.get("cap", most), (*path, "cap"))
        if "floor" in raw and floor > points:
            self.bad((*path, "floor"), f"floor {floor} 高于本条的 {points} 分，谁都得 {floor} 分；最低分写 0 或更小 / above the {points} points of the item: "
                                       f"everybody would get it; write 0 or less")
        elif "cap" in raw and cap < floor:
            self.bad((*path, "cap"), f"cap {cap} 低于 floor {floor}；最高分应大于最低分 / below the floor of {floor}; write more than that")
        for key in ("pass", "fail"):
            if key in rule:
                rule[key] = points if rule[key] == "full" else self.number(rule[key], (*path, key))
        if rule.get("op", "<=") not in grammar.OPERATORS:
            self.bad((*path, "op"), f"op {rule['op']!r}: 应为 / must be one of {' '.join(grammar.OPERATORS)}")
        if kind == "ratio":
            self._full_at(rule, path)
        if kind == "manual":
            self._typed(rule, path)
        if kind == "step":
            rule["steps"] = self._steps(rule.get("steps"), (*path, "steps"))
        if kind == "rank":
            table = rule.get("table") if isinstance(rule.get("table"), dict) else {}
            if not table:
                self.bad((*path, "table"), "应为 名次: 分 / must be rank: points, {1: 5, 2: 4}")
            for k in table:
                if not str(k).isdecimal() or int(k) < 1:
                    self.bad((*path, "table", k), f"{k!r}: 名次应为 1 起的整数 / a rank must be a whole number from 1 on")
            rule["table"] = {int(k): self.number(v, (*path, "table", k)) for k, v in table.items() if str(k).isdecimal()}
            self.one_of(rule.get("order", "asc"), ("asc", "desc"), (*path, "order"))
        given = [((*path, key), rule[key]) for key in ("pass", "fail", "else") if key in rule]
        given += [((*path, "steps", n), step[2]) for n, step in enumerate(rule.get("steps", ()))]
        given += [((*path, "table", k), v) for k, v in rule.get("table", {}).items()]
        for where, value in given:
            if value > max(points, cap) and points >= 0:
                self.bad(where, f"{value} 分高于本条的 {max(points, cap)} 分；请写不高于它的分 / more than the {max(points, cap)} points of the item; write no more than that")
        if pool is not None:
            if points:
                self.bad((*path, "points"), f"本组的 {pool} 分由各条目共用（pool），条目写 points: 0 / the items share the {pool} points of the group (pool); write points: 0")
            if kind not in grammar.POOLED:
                self.bad((*path, "type"), f"pool 组中的条目应为 / an item of a group with pool must be one of {', '.join(grammar.POOLED)}")
        return Item(str(raw.get("id", "")), group_id, str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))), points, floor, cap, kind,
                    rule, formulas, bool(raw.get("assumed", False)), self.flag(raw, "optional", path, False), pool is not None)

    def _full_at(self, rule: dict, path: Path) -> None:
        """`full_at` is a share, 1 for all of it: from 0 or below everybody would have full marks."""
        full, whole = rule.get("full_at", Decimal(1)), str(rule.get("denominator", ""))
        if full <= 0:
            self.bad((*path, "full_at"), f"full_at {full}: 应大于 0，如 0.95 表示达到 95% 得满分 / must be more than 0; 0.95 gives full marks from 95 % on")
        elif full > 10 and whole == "100":
            self.bad((*path, "full_at"), f"full_at {full}: 是与分母 100 之比，应写 {full / 100} / is a share of the denominator 100; write {full / 100}")

    def _typed(self, rule: dict, path: Path) -> None:
        for key in ("max_deduction", "min_deduction"):
            if key in rule:
                self.least(rule[key], (*path, key))
        if {"max_deduction", "min_deduction"} <= set(rule) and rule["max_deduction"] < rule["min_deduction"]:
            self.bad((*path, "max_deduction"), f"max_deduction {rule['max_deduction']} 小于 min_deduction {rule['min_deduction']}；最多扣的分不能少于最少扣的分 / "
                                               f"below min_deduction {rule['min_deduction']}; write no less than that")
        if "evidence" in rule:
            self.one_of(rule["evidence"], ("required",), (*path, "evidence"))

    def _steps(self, raw: Any, path: Path) -> list[tuple[str, Decimal, Decimal]]:
        steps = []
        for n, step in enumerate(raw if isinstance(raw, list) else []):
            if not isinstance(step, list) or len(step) != 3 or step[0] not in grammar.OPERATORS:
                self.bad((*path, n), f"{step!r}: 应为 [{'|'.join(grammar.OPERATORS)}, 值, 分]，如 / must be [operator, value, points], such as [\">=\", 95, 10]")
                continue
            steps.append((step[0], self.number(step[1], (*path, n)), self.number(step[2], (*path, n))))
            first = next((one for one in steps[:-1] if _covers(one, steps[-1])), None)
            if first:
                self.bad((*path, n), f"第 {n + 1} 级 {step[0]} {step[1]} 永远用不上，前面的 {first[0]} {first[1]} 已包括它；从最严的一级写起 / step {n + 1} is never reached: "
                                     f"{first[0]} {first[1]} comes before it; write the strictest first")
        if not steps and not raw:
            self.bad(path, "至少要有一级 / needs at least one step: [[\">=\", 95, 10], [\">=\", 90, 5]]")
        return steps

    def group(self, raw: Any, path: Path) -> Group | None:
        raw = self.keys(raw, grammar.GROUP_KEYS, path, {"id", "name_zh", "points", "items"})
        points = self.least(self.number(raw.get("points", 0), (*path, "points")), (*path, "points"))
        pool = self.flag(raw, "pool", path, False)
        items = [self.item(i, str(raw.get("id", "")), (*path, "items", n), points if pool else None) for n, i in enumerate(self.many(raw, "items", path))]
        found = tuple(i for i in items if i)
        if not pool and len(found) == len(items) and sum((i.points for i in found), Decimal(0)) != points:
            self.bad((*path, "points"), f"各条目分之和为 {sum(i.points for i in found)}，本组为 {points} / the items add up to {sum(i.points for i in found)}, not {points}")
        if (floor := self.number(raw.get("floor", 0), (*path, "floor"))) > points:
            self.bad((*path, "floor"), f"floor {floor} 高于本组的 {points} 分 / above the {points} points of the group; 应为 0 或更小 / write 0 or less")
        cap = self.number(raw["cap"], (*path, "cap"), str(points)) if "cap" in raw else None
        if cap is not None and cap < points:
            self.bad((*path, "cap"), f"cap {cap}: 应不低于本组的 {points} 分，否则无人得满分 / must not be below the {points} points of the group, which nobody could reach")
        return Group(str(raw.get("id", "")), str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))), points, floor, str(raw.get("family", "")),
                     found, cap, pool)

    def extra(self, raw: Any, path: Path, sign: int) -> Extra:
        raw = self.keys(raw, grammar.EXTRA_KEYS, path, {"id", "name_zh"})
        self.one_of(raw.get("dedupe", "sum"), grammar.DEDUPE, (*path, "dedupe"))
        source = raw.get("source", "metric" if "metric" in raw else "manual")
        self.one_of(source, ("manual", "metric"), (*path, "source"))
        manual = source != "metric"
        if source == "manual" and "metric" in raw:
            self.bad((*path, "metric"), "人工录入的不用 metric；由指标计算的写 source: metric / what is typed has no metric; write source: metric where it is computed")
        if not manual and "metric" not in raw:
            self.bad(path, "source: metric 要有 metric / needs a metric")
        return Extra(str(raw.get("id", "")), str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))),
                     sign * abs(self.number(raw.get("per", 1), (*path, "per"))), self.number(raw["cap"], (*path, "cap")) if "cap" in raw else None,
                     str(raw.get("dedupe", "sum")), manual, self.expression(raw["metric"], (*path, "metric")) if "metric" in raw else None,
                     {str(k): self.least(self.number(v, (*path, "levels", k)), (*path, "levels", k)) for k, v in self.named(raw, "levels", path).items()}, self.members(raw, path),
                     bool(raw.get("assumed")))

    def veto(self, raw: Any, path: Path) -> Veto:
        raw = self.keys(raw, grammar.VETO_KEYS, path, {"id", "when", "effect", "text_zh"})
        self.one_of(raw.get("effect"), grammar.EFFECTS, (*path, "effect"))
        self.one_of(raw.get("scope", "period"), ("period", "year"), (*path, "scope"))
        return Veto(str(raw.get("id", "")), self.expression(raw.get("when", "0"), (*path, "when"), grammar.OWN_METRICS), str(raw.get("effect", "")),
                    str(raw.get("text_zh", "")), str(raw.get("text_en", raw.get("text_zh", ""))), bool(raw.get("assumed")), self.members(raw, path),
                    raw.get("scope") == "year")

    def grade(self, raw: Any, path: Path) -> Grade:
        raw = self.keys(raw, grammar.GRADE_KEYS, path, {"name", "min"})
        quota, by_class, percent, needed = {}, False, False, []
        if raw.get("quota") is not None:
            quota, by_class, percent = self._quota(raw["quota"], (*path, "quota"))
            needed = self._conditions(raw["quota"], (*path, "quota")) if isinstance(raw["quota"], dict) else []
        requires = (*self._conditions(raw, path), *needed)
        text_zh = str(raw.get("text_zh", ""))
        return Grade(str(raw.get("name", "")), self.number(raw.get("min", 0), (*path, "min")), self.flag(raw, "inclusive", path, True), by_class, quota, percent,
                     requires, str(raw.get("name_en", raw.get("name", ""))), text_zh, str(raw.get("text_en", text_zh)))

    def _conditions(self, raw: dict, path: Path) -> list[Expression]:
        return [self.expression(r, (*path, "requires", n), {"score"}) for n, r in enumerate(self.many(raw, "requires", path))]

    def _quota(self, raw: Any, path: Path) -> tuple[dict[str, Decimal], bool, bool]:
        """Places by class (or `all`), whether they are by class, and whether they are shares."""
        if not isinstance(raw, dict):
            self.bad(path, f"{raw!r}: 名额写 / write the quota as {{by: all, max: {raw if isinstance(raw, str | int) else 4}}}")
            return {}, False, False
        given = self.keys(raw, grammar.QUOTA_KEYS, path, {"max"})
        largest, by = given.get("max", 0), given.get("by", "all")
        if by not in ("class", "all"):
            self.bad((*path, "by"), f"by {by!r}: 按类别写 class，不分类别写 all / write class for a quota by class, all for one quota")
        elif by == "all" and isinstance(largest, dict):
            self.bad((*path, "max"), "max 分类别写时要有 by: class / where max is given by class write by: class")
        by_class = by != "all" or isinstance(largest, dict)
        if by_class and not self.classes:
            self.bad(path, "按类别的名额要有 classes / a quota by class needs classes")
        each = largest if isinstance(largest, dict) else dict.fromkeys(map(str, self.classes) if by_class else ("all",), largest)
        quota, shares = {}, {}
        for name, value in each.items():
            where = (*path, "max", name) if isinstance(largest, dict) else (*path, "max")
            if by_class and self.classes and str(name) not in map(str, self.classes):
                self.bad(where, f"没有类别 {name} / there is no class {name}: {', '.join(map(str, self.classes))}")
            quota[str(name)], shares[str(name)] = self._places(value, where)
            if not isinstance(largest, dict):
                quota, shares = dict.fromkeys(map(str, each), quota[str(name)]), dict.fromkeys(map(str, each), shares[str(name)])
                break
        if by_class and (missing := sorted(set(map(str, self.classes)) - set(map(str, each)))):
            self.bad((*path, "max"), f"缺少类别的名额，如 / no quota for the class {', '.join(missing)}: {missing[0]}: 2")
        if len(set(shares.values())) > 1:
            self.bad((*path, "max"), "各类的名额要么都写个数，要么都写百分数 / write numbers for all classes, or shares for all")
        return quota, by_class, any(shares.values())

    def _places(self, value: Any, path: Path) -> tuple[Decimal, bool]:
        """A number of regions or a share of them, and which it is."""
        text = str(value).strip().replace("％", "%")
        try:
            number = Decimal(text.removesuffix("%"))
        except ArithmeticError:
            number = Decimal("NaN")
        if not number.is_finite() or isinstance(value, bool) or "％" in str(value):
            self.bad(path, f"{value!r}: 名额写个数，如 4，或半角的百分数，如 / write a number of regions, such as 4, or a share in ASCII, such as 35%")
        elif number < 0:
            self.bad(path, f"{value}: 名额不能小于 0；没有名额限制就不写 quota / must not be below 0; leave quota out where there is no limit")
        elif text.endswith("%"):
            if number > 100:
                self.bad(path, f"{value}: 百分数应在 0% 与 100% 之间 / a share must be between 0% and 100%")
        elif number != number.to_integral_value():
            share = f"，占比写 {_percent(number)}" if number < 1 else ""
            self.bad(path, f"{value}: 名额应为整数{share} / must be a whole number" + (f"; write a share as {_percent(number)}" if number < 1 else ""))
        else:
            return number, False
        return (number if number.is_finite() else Decimal(0)), text.endswith("%")

    def inputs(self, raw: dict) -> tuple[Input, ...]:
        """The facts that are typed in, whose names expressions may then use."""
        found = []
        for n, given in enumerate(self.many(raw, "inputs", ())):
            given = self.keys(given, grammar.INPUT_KEYS, ("inputs", n), {"id", "name_zh"})
            name = str(given.get("id", ""))
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                self.bad(("inputs", n, "id"), f"{name!r}: 应为小写英文字母、数字和下划线 / must be lower-case letters, digits and underscores")
            elif name in self.known:
                self.bad(("inputs", n, "id"), f"{name} 已是指标，不用再录 / {name} is an indicator already and need not be typed")
            found.append(Input(name, str(given.get("name_zh", "")), str(given.get("name_en", given.get("name_zh", "")))))
        self.known = self.known | {i.id for i in found}
        return tuple(found)

    def notes(self, raw: dict) -> tuple[Note, ...]:
        found = [self.keys(n, grammar.NOTE_KEYS, ("notes", i), {"text_zh"}) for i, n in enumerate(self.many(raw, "notes", ()))]
        return tuple(Note(str(n.get("text_zh", "")), str(n.get("text_en", n.get("text_zh", "")))) for n in found)

    def scheme(self) -> Scheme:
        raw = self.keys(self.raw, grammar.SCHEME_KEYS, (), {"id", "name_zh", "year", "grades"})
        period = self.keys(self.named(raw, "period", ()), grammar.PERIOD_KEYS, ("period",))
        year = self.whole(raw.get("year", 0), ("year",), 1949, 2199)
        start, end = self._days(period, year)
        if raw.get("cycle", "year") != "year" and (start, end) != ("01-01", "12-31"):
            self.bad(("period",), f"cycle: {raw['cycle']} 按日历的季度、半年考核，不能另定起止；请删去 start、end，或改为 cycle: year / cycle: {raw['cycle']} goes by "
                                  "the calendar: take start and end out, or write cycle: year")
        rounding = self.keys(self.named(raw, "rounding", ()), grammar.ROUNDING_KEYS, ("rounding",))
        inputs = self.inputs(raw)
        self.one_of(raw.get("cycle", "year"), grammar.CYCLES, ("cycle",))
        weight = self.number(raw["government_weight"], ("government_weight",)) if "government_weight" in raw else None
        if weight is not None and not grammar.LEAST_GOVERNMENT_WEIGHT <= weight <= 1:
            self.bad(("government_weight",), f"{weight}: 安全生产在政府考核中的权重应在 {grammar.LEAST_GOVERNMENT_WEIGHT} 与 1 之间 / the weight in the assessment of the government "
                                             f"must be between {grammar.LEAST_GOVERNMENT_WEIGHT} and 1")
        classes = {str(k): tuple(str(m) for m in self.many({str(k): v}, str(k), ("classes",))) for k, v in self.named(raw, "classes", ()).items()}
        self.unique(((("classes", label, n), member) for label, members in classes.items() for n, member in enumerate(members)),
                     "一个地区只能在一类 / a region is of one class")
        groups = tuple(g for n, g in enumerate(self.group(g, ("groups", n)) for n, g in enumerate(self.many(raw, "groups", ()))) if g)
        total = self.least(self.number(raw.get("total", 100), ("total",), "1"), ("total",), above=True)
        normalize_to = None
        if raw.get("normalize_to") is not None:
            normalize_to = self.least(self.number(raw["normalize_to"], ("normalize_to",), "1"), ("normalize_to",), above=True)
        parts = tuple((str(p.get("scheme")), self.number(p.get("weight", 0), ("parts", n, "weight")))
                      for n, p in enumerate(self.many(raw, "parts", ())) if self.keys(p, {"scheme", "weight"} | grammar.MARKS, ("parts", n), {"scheme", "weight"}))
        if bool(groups) == bool(parts):
            self.bad(("parts",) if parts else (), "要么有 groups，要么有 parts / needs either groups or parts")
        for n, (part, weight) in enumerate(parts):
            self.least(weight, ("parts", n, "weight"), above=True)
            if part == str(raw.get("id", "")):
                self.bad(("parts", n, "scheme"), f"方案 {part} 不能是自己的一部分；请写别的方案 / the scheme {part} cannot be a part of itself; name another one")
        self.unique(((("parts", n, "scheme"), part) for n, (part, _) in enumerate(parts)), "写一次，权重相加 / write it once, with the sum of the weights")
        if groups and sum((g.points for g in groups), Decimal(0)) != total and normalize_to is None:
            self.bad(("total",), f"各组分之和为 {sum(g.points for g in groups)}，总分为 {total} / the groups add up to {sum(g.points for g in groups)}, not {total}")
        if parts and sum((w for _, w in parts), Decimal(0)) != 1:
            self.bad(("parts",), f"权重之和为 {sum(w for _, w in parts)}，应为 1 / the weights add up to {sum(w for _, w in parts)}, not 1")
        self.unique(_ids(raw, "groups"))
        self.unique((*(found for n, g in enumerate(self.many(raw, "groups", ())) for found in _ids(g, "items", ("groups", n))),
                      *_ids(raw, "bonus"), *_ids(raw, "deductions"), *_ids(raw, "inputs")))
        self.unique(_ids(raw, "vetoes"))
        for n, group in enumerate(groups):
            if group.limited and group.id in {i.id for g in groups for i in g.items}:
                self.bad(("groups", n, "id"), f"{group.id} 已是条目的编号，请另给组的编号 / {group.id} is the id of an item; give the group another")
        grades = tuple(self.grade(g, ("grades", n)) for n, g in enumerate(self.many(raw, "grades", ())))
        for n, (above, below) in enumerate(itertools.pairwise(grades)):
            if any(p.path in (("grades", n, "min"), ("grades", n + 1, "min")) for p in self.problems):
                continue  # one of them is not a number
            if below.min > above.min or below.min == above.min and not above.quota and not above.requires:
                self.bad(("grades", n + 1, "min"), f"{below.name} 的下限 {below.min} 与 {above.name} 的 {above.min} 重叠；从高到低写 / {below.name} from {below.min} "
                                                   f"overlaps {above.name} from {above.min}; write them from high to low")
        self.unique((("grades", n, "name"), g.name) for n, g in enumerate(grades))
        if grades and min(g.min for g in grades) > 0:
            self.bad(("grades", len(grades) - 1, "min"), f"最低一等 {grades[-1].name} 从 {grades[-1].min} 分起，更低的分没有等次；再加一等，min: 0 / the lowest grade "
                                                         f"begins at {grades[-1].min}, and there is none below; add one with min: 0")
        ranking = self.keys(self.named(raw, "ranking", ()), grammar.RANKING_KEYS, ("ranking",))
        self.one_of(ranking.get("method", "competition"), ("competition",), ("ranking", "method"))
        self.one_of(ranking.get("vetoed", "last"), ("last", "excluded"), ("ranking", "vetoed"))
        self.one_of(rounding.get("mode", "half_up"), ("half_up", "truncate"), ("rounding", "mode"))
        order = []
        for n, text in enumerate(self.many(ranking, "order", ("ranking",)) or ["score desc"]):
            name, _, way = str(text).partition(" ")
            if way not in ("asc", "desc"):
                self.bad(("ranking", "order", n), f"{text!r}: 应为 指标 asc|desc / must be metric asc|desc")
            elif name not in self.known | {"score", "region_id"}:
                self.bad(("ranking", "order", n), self.unknown(name))
            order.append((name, way == "desc"))
        profiles = {str(k): {str(f): self.least(self.number(w, ("profiles", k, f)), ("profiles", k, f)) for f, w in self.named({k: v}, k, ("profiles",)).items()}
                    for k, v in self.named(raw, "profiles", ()).items()}
        for name, weights in profiles.items():
            if wrong := sorted(set(weights) - {g.family or g.id for g in groups}):
                self.bad(("profiles", name), f"没有这样的组或类 / there is no group or family {', '.join(wrong)}")
        profile_of = {str(k): str(v) for k, v in self.named(raw, "profile_of", ()).items()}
        for region, name in profile_of.items():
            if name not in profiles:
                self.bad(("profile_of", region), f"profiles 中没有 {name}；可用 / there is no profile {name}; use one of: {', '.join(profiles) or '—'}")
        when = rounding.get("when", "final")
        self.one_of(when, ("after_each_item", "final"), ("rounding", "when"))
        return Scheme(
            str(raw.get("id", "")), str(raw.get("name_zh", "")), str(raw.get("name_en", raw.get("name_zh", ""))), year,
            str(raw.get("subject_level", "county")), str(raw.get("cycle", "year")), start, end,
            self.whole(period.get("lookback_hidden_years", 0), ("period", "lookback_hidden_years"), 0, 20),
            self.whole(period.get("lookback_level", 1), ("period", "lookback_level"), 1, 4),
            tuple(self.whole(level, ("period", "tail_levels", n), 1, 4) for n, level in enumerate(self.many(period, "tail_levels", ("period",)))), total,
            self.whole(rounding.get("decimals", 2), ("rounding", "decimals"), 0, 6),
            rounding.get("mode") == "truncate", when == "after_each_item",
            normalize_to, classes, groups,
            tuple(self.extra(b, ("bonus", n), 1) for n, b in enumerate(self.many(raw, "bonus", ()))),
            tuple(self.extra(d, ("deductions", n), -1) for n, d in enumerate(self.many(raw, "deductions", ()))),
            tuple(self.veto(v, ("vetoes", n)) for n, v in enumerate(self.many(raw, "vetoes", ()))), grades, tuple(order),
            ranking.get("vetoed", "last") != "excluded", parts, profiles, profile_of,
            {str(k): str(v) for k, v in self.named(raw, "documents", ()).items()}, str(raw.get("basis", "")), str(raw.get("number", "")), inputs,
            self.notes(raw), weight)

    def _days(self, period: dict, year: int) -> tuple[str, str]:
        """First and last day of the period. Figures come by the month, so it begins and ends with one."""
        edges = {"start": "01-01", "end": "12-31"}
        for edge, usual in list(edges.items()):
            text = str(period.get(edge, usual))
            if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", text):
                self.bad(("period", edge), f"{period[edge]!r}: 应为月-日，加引号 / write month-day in quotes: \"{usual}\"")
                continue
            month, day = int(text[:2]), text[3:]
            last = f"{calendar.monthrange(year, month)[1]:02d}"
            if day == "01" if edge == "start" else day in (last, *(("28", "29") if month == 2 else ())):
                edges[edge] = f"{month:02d}-{'01' if edge == 'start' else last}"
                continue
            other = (month % 12 + 1) if edge == "start" else (month - 2) % 12 + 1
            choices = [f'"{m:02d}-{"01" if edge == "start" else f"{calendar.monthrange(year, m)[1]:02d}"}"' for m in (month, other)]
            said = ("只能从某月 1 日起", "must be the first day of a month") if edge == "start" else ("只能到某月最后一日止", "must be the last day of a month")
            self.bad(("period", edge), f"{edge} {text}: 数字按月报送，考核期{said[0]}，请写 {' 或 '.join(choices)} / figures come by the month, so it {said[1]}; write "
                                       f"{' or '.join(choices)}")
        return edges["start"], edges["end"]


def _ids(raw: Any, key: str, path: Path = ()) -> list[tuple[Path, str]]:
    """Where the ids of a list stand, and what they are."""
    entries = raw.get(key) if isinstance(raw, dict) else None
    return [((*path, key, n, "id"), str(e["id"])) for n, e in enumerate(entries if isinstance(entries, list) else []) if isinstance(e, dict) and "id" in e]


def _covers(first: tuple[str, Decimal, Decimal], later: tuple[str, Decimal, Decimal]) -> bool:
    """Whether whatever reaches the later step reaches the first already."""
    (one, edge, _), (other, value, _) = first, later
    if other == "==":
        return {"<=": value <= edge, "<": value < edge, ">=": value >= edge, ">": value > edge, "==": value == edge}[one]
    if one == "==" or one[0] != other[0]:
        return False
    beyond = value > edge if one[0] == ">" else value < edge
    return beyond or value == edge and (len(one) == 2 or len(other) == 1)


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def build(raw: dict, known: set[str], called: dict[str, str] | None = None) -> tuple[Scheme, list[Problem]]:
    """The scheme that parsed YAML declares, with everything that is wrong with it. `known`: the names of all metrics there are; `called`: the
    metric that a Chinese name stands for.
    """
    if isinstance(raw, dict) and set(raw) == {"scheme"}:
        raw = raw["scheme"]
    builder = _Builder(raw if isinstance(raw, dict) else {}, known, called or {})
    return builder.scheme(), builder.problems

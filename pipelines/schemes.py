"""The assessment schemes that a jurisdiction uses: YAML, read with line numbers and checked against what can be measured.

`schemes:` of jurisdiction.yml lists them: by id, or as a mapping with `scheme` and what is different here (`id`, `year`, `classes`, ...).
Without it every file of the jurisdiction's own `schemes/` is used. A scheme that is not there is looked for among those of the program.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipelines import yaml_files
from pipelines.reference import REFERENCE, Reference
from transforms.scoring import words
from transforms.scoring.building import build
from transforms.scoring.expressions import Expression, written
from transforms.scoring.measures import SUFFIXES
from transforms.scoring.provenance import parts_of
from transforms.scoring.scheme import Scheme

FOLDER = REFERENCE / "schemes"
HERE = {"id", "year", "classes", "profile_of", "basis", "name_zh", "name_en", "subject_level"}  # what a jurisdiction may say of its own
# Short names of the schemes' literature for indicators that are declared under a longer one.
ALIASES = {"report_on_time_rate": "on_time_submission_rate", "hazard_fix_rate": "rectification_rate", "std_rate": "standardization_rate",
           "train_rate": "training_completion_rate", "gdp_rate": "deaths_per_100m_gdp", "major_accidents": "accidents_major_plus"}
# Counted for the scoring from the registers, the ledger and the findings (transforms/scoring_counts.sql).
COUNTED = {"hidden_accidents": ("瞒报事故起数", "concealed accidents"), "major_overdue": ("逾期未销号的重大隐患", "overdue major hazards"),
           "late_submissions": ("迟报缺报次数", "late or missing reports"), "open_errors": ("未更正的错误", "errors not corrected")}


class WrongScheme(ValueError):
    """A scheme, or the list of them, is wrong; the message says file and line of everything, and what to write instead."""


@dataclass(frozen=True)
class Declared:
    """A scheme in use: what was written (with what is different here), the file it stands in, and what it means."""

    scheme: Scheme
    raw: dict
    path: Path

    @property
    def text(self) -> str:
        """What was written, as JSON: the same scheme gives the same text."""
        return json.dumps(self.raw, ensure_ascii=False, sort_keys=True, default=str)


@dataclass(frozen=True)
class _File:
    name: str
    path: Path
    raw: dict
    node: yaml.Node | None


def metrics(reference: Reference) -> set[str]:
    """Every name that an expression may use: indicators, one of their categories (`deaths.GK`), `_target` and `_prev` of each (`_prev2`: two
    years before), and what is counted, late reports of one form (`late_submissions.F03`) too.
    """
    names = set(reference.indicators) | set(ALIASES)
    for indicator in reference.indicators.values():
        for form_id in {term[1] for term in indicator.numerator} & set(reference.forms):
            coded = [d for d in reference.forms[form_id].dimensions if d.codes]
            if len(coded) == 1:
                names |= {f"{indicator.id}.{c.code}" for c in reference.codes[coded[0].codes]}
    return names | {name + suffix for name in names for suffix in SUFFIXES} | set(COUNTED) | {f"late_submissions.{form_id}" for form_id in reference.forms}


def called(reference: Reference) -> dict[str, str]:
    """The metric that a Chinese name stands for; of several the shortest, so that 死亡人数 is `deaths`."""
    found: dict[str, str] = {}
    for indicator in sorted(reference.indicators.values(), key=lambda i: ("." in i.id, len(i.id), i.id)):
        found.setdefault(indicator.name_zh, indicator.id)
    return {**{zh: name for name, (zh, _) in COUNTED.items()}, **found}


def read(folder: Path, wanted: object, reference: Reference, regions: dict) -> list[Declared]:
    """The schemes in use, in the order of the list or of the file names. `wanted`: `schemes:` of jurisdiction.yml, None where it is not there.

    Raises WrongScheme with everything that is wrong with the first one that is, each with file and line.
    """
    own = _files(folder / "schemes", "schemes/")
    if wanted is None:
        entries = [(file, {}) for file in own.values()]
    else:
        entries = _listed(wanted, {**_files(FOLDER, "data/reference/schemes/"), **own})
    names = (metrics(reference), called(reference)) if entries else (set(), {})
    used: dict[str, Declared] = {}
    files: dict[str, _File] = {}
    for file, here in entries:
        declared = _declared(file, here, names, regions, {c.code for c in reference.codes["basis"]})
        if declared.scheme.id in used:
            line = line_of(file.node, ("id",))
            raise WrongScheme(f"{file.name}: 第 {line} 行 / line {line}: 方案 {declared.scheme.id} 用了两次，请另给 id / the scheme is used twice; give it another id")
        used[declared.scheme.id], files[declared.scheme.id] = declared, file
    for declared in used.values():
        if wrong := _parts(declared.scheme, used, files[declared.scheme.id]):
            raise WrongScheme("\n".join(wrong))
    return list(used.values())


def _parts(whole: Scheme, used: dict[str, Declared], file: _File) -> list[str]:
    """What is wrong with the parts of a scheme: they are in use, and scored for the same regions, year and cycle."""
    lines = []
    for n, (name, _) in enumerate(whole.parts):
        said: list[tuple[str, str]] = []
        if name not in used:
            said.append((f"没有使用方案 {name}，请列入 jurisdiction.yml 的 schemes", f"{name} is not in use; list it under schemes of jurisdiction.yml"))
        else:
            part = used[name].scheme
            for key, zh in (("year", "年份"), ("cycle", "考核周期"), ("subject_level", "考核对象")):
                ours, theirs = getattr(whole, key), getattr(part, key)
                if ours != theirs:
                    there = f"{{scheme: {name}, {key}: {ours}}}"
                    borrowed = (f"（借用的方案在 jurisdiction.yml 的 schemes 写 {there}）", f" ({there} under schemes of jurisdiction.yml)") if key in HERE else ("", "")
                    said.append((f"{zh} {key} 为 {theirs}，{whole.id} 为 {ours}；请把 {name} 的 {key} 写成 {ours}{borrowed[0]}",
                                 f"{key} is {theirs} in {name} and {ours} in {whole.id}; write {key}: {ours} in {name}{borrowed[1]}"))
            if part.parts:
                said.append((f"{name} 本身由别的方案组成；请直接写它的各部分，权重相乘", f"{name} is made of schemes itself; write its parts here, with the weights multiplied"))
        line = line_of(file.node, ("parts", n, "scheme"))
        lines += [f"{file.name}: 第 {line} 行 / line {line}: {zh} / {en}" for zh, en in said]
    return lines


def read_one(path: Path, here: dict, reference: Reference, regions: dict) -> Declared:
    """A scheme of a file that is not (yet) in use, with what is different here. Raises WrongScheme."""
    found = _files(path.parent, "", glob.escape(path.name))
    if not found:
        raise WrongScheme(f"{path}: 没有这个文件 / no such file")
    return _declared(next(iter(found.values())), here, (metrics(reference), called(reference)), regions, {c.code for c in reference.codes["basis"]})


def _files(folder: Path, prefix: str, pattern: str = "*.yml") -> dict[str, _File]:
    """The scheme files of a folder by the id of the scheme; by their name where they give none."""
    found = {}
    for path in sorted(folder.glob(pattern)):
        name = prefix + path.name
        try:
            raw, node = yaml_files.read(path, name)
        except yaml_files.WrongYaml as error:
            raise WrongScheme(str(error)) from error
        if not isinstance(raw, dict):
            raise WrongScheme(f"{name}: 第 1 行 / line 1: 应为 键: 值 / must be key: value lines")
        raw = raw["scheme"] if set(raw) == {"scheme"} and isinstance(raw["scheme"], dict) else raw
        scheme_id = str(raw.get("id", path.stem))
        if scheme_id in found:
            line = line_of(node, ("id",))
            raise WrongScheme(f"{name}: 第 {line} 行 / line {line}: 方案 {scheme_id} 已在 {found[scheme_id].name} / the scheme is already in that file")
        found[scheme_id] = _File(name, path, raw, node)
    return found


def _listed(wanted: object, there: dict[str, _File]) -> list[tuple[_File, dict]]:
    where = "jurisdiction.yml: schemes"
    if not isinstance(wanted, list):
        raise WrongScheme(f"{where}: 应为列表，如 / must be a list, such as [{', '.join(there)}]")
    entries = []
    for n, entry in enumerate(wanted, start=1):
        entry = {"scheme": entry} if isinstance(entry, str) else entry
        if not isinstance(entry, dict) or "scheme" not in entry:
            raise WrongScheme(f"{where}: 第 {n} 条应为方案编号，或 {{scheme: 编号, year: 年份}} / entry {n} must be an id or {{scheme: id, year: year}}")
        if unknown := sorted(set(entry) - HERE - {"scheme"}):
            raise WrongScheme(f"{where}: 第 {n} 条 / entry {n}: 不认识的键 / unknown key {', '.join(unknown)}; 可用 / known: {', '.join(sorted(HERE))}")
        file = there.get(str(entry["scheme"]))
        if file is None:
            raise WrongScheme(f"{where}: 第 {n} 条 / entry {n}: 没有方案 / there is no scheme {entry['scheme']}; 有 / there are: {', '.join(there) or '—'}")
        entries.append((file, {k: v for k, v in entry.items() if k in HERE}))
    return entries


def _declared(file: _File, here: dict, names: tuple[set[str], dict[str, str]], regions: dict, bases: Collection[str]) -> Declared:
    raw = {**file.raw, **here}
    scheme, problems = build(raw, *names)
    lines = []

    def bad(path: tuple, text: str) -> None:
        if path and path[0] in here:
            lines.append(f"jurisdiction.yml: schemes: {raw.get('id')}: {path[0]}: {text}")
        else:
            line = line_of(file.node, path)
            lines.append(f"{file.name}: 第 {line} 行 / line {line}: {text}")

    for problem in problems:
        bad(problem.path, problem.text)
    for label, members in scheme.classes.items():
        if unknown := [m for m in members if m not in regions]:
            bad(("classes", label), f"classes.{label}: 不在 regions.csv 中 / not in regions.csv: {', '.join(unknown)}")
    levels = {region.level for versions in regions.values() for region in versions}
    for label, members in scheme.classes.items() if scheme.subject_level in levels else ():
        if other := [m for m in members if m in regions and scheme.subject_level not in {r.level for r in regions[m]}]:
            bad(("classes", label), f"classes.{label}: {', '.join(other)} 不是 {scheme.subject_level} 一级；请改正，或改 subject_level / not of the level "
                                    f"{scheme.subject_level}; take them out, or write another subject_level")
    for label, rules in _restricted(scheme).items():
        if label in scheme.classes and not scheme.classes[label]:
            bad(("classes", label), f"classes.{label}: 没有成员，{'、'.join(rules)} 对谁都不起作用；请写这一类的地区代码，如 {label}: [\"360101\"]（借用的方案写在 jurisdiction.yml 的 schemes 里）"
                                    f" / has no members, so {', '.join(rules)} would apply to nobody; list the regions of this class: {label}: [\"360101\"] (for a "
                                    "scheme of the program, under schemes of jurisdiction.yml)")
    for region in scheme.profile_of:
        if region not in regions:
            bad(("profile_of", region), f"profile_of: 不在 regions.csv 中，请写那里的 region_id / not in regions.csv; write a region_id of it: {region}")
    if not any(scheme.classes.values()) and not scheme.parts and scheme.subject_level not in levels:
        bad(("subject_level",), f"subject_level {scheme.subject_level}: regions.csv 中没有这一级 / no region of this level; 有 / there are: {', '.join(sorted(levels))}")
    if scheme.basis and scheme.basis not in bases:
        bad(("basis",), f"basis {scheme.basis}: 应为 / must be one of {', '.join(sorted(bases))}")
    if lines:
        raise WrongScheme("\n".join(lines))
    return Declared(scheme, raw, file.path)


def _restricted(scheme: Scheme) -> dict[str, list[str]]:
    """The classes that a rule is for, with those rules."""
    found: dict[str, list[str]] = {}
    for rule in (*scheme.bonus, *scheme.deductions, *scheme.vetoes):
        for label in rule.classes:
            found.setdefault(label, []).append(rule.id)
    for grade in scheme.grades:
        for label in grade.quota if grade.quota_by_class else ():
            found.setdefault(label, []).append(grade.name)
    return found


def name_of(reference: Reference, scheme: Scheme | None = None) -> words.Name:
    """How a metric of a scheme is called in Chinese and English; `scheme` names what is typed in for it."""
    own = {i.id: (i.name_zh, i.name_en) for i in (scheme.inputs if scheme else ())} | {"score": ("得分", "score"), "tasks_score": ("人工评分合计", "points of the items scored by people"), "class_size": ("同类单位数", "regions of the class")}

    def name(metric: str) -> tuple[str, str]:
        metric = ALIASES.get(metric, metric)
        if metric in own or metric in COUNTED:
            return {**own, **COUNTED}[metric]
        if metric in reference.indicators:
            return reference.indicators[metric].name_zh, reference.indicators[metric].name_en
        for suffix, zh, en in (("_target", "年控制指标", "annual target"), ("_prev", "上年同期", "last year"),
                               ("_prev2", "前年同期", "two years before"), ("_prev3", "三年前同期", "three years before")):
            if metric.endswith(suffix):
                base = name(metric.removesuffix(suffix))
                return f"{base[0]}（{zh}）", f"{base[1]} ({en})"
        indicator, _, code = metric.rpartition(".")
        if indicator in COUNTED:
            return tuple(f"{text} ({code})" for text in COUNTED[indicator])
        if indicator in reference.indicators:
            form = reference.forms[reference.indicators[indicator].numerator[0][1]]
            codes = {c.code: c for d in form.dimensions if d.codes for c in reference.codes[d.codes]}
            zh, en = name(indicator)
            return f"{zh}（{codes[code].zh if code in codes else code}）", f"{en} ({codes[code].en if code in codes else code})"
        return metric, metric

    return name


def metrics_in_words(declared: Declared, reference: Reference) -> dict[str, tuple[str, str]]:
    """What a scheme measures, as it writes it, in Chinese and English."""
    name, found = name_of(reference, declared.scheme), {}
    for metric, arguments in sorted(declared.scheme.metrics):
        text = written(metric, arguments)
        found[text] = words.formula(Expression(text, None, frozenset()), name)
    return found


def rules_in_words(declared: Declared, reference: Reference) -> list[tuple]:
    """A line for everything a scheme says, with its rule in words: the columns of `declared_rules`."""
    scheme, name = declared.scheme, name_of(reference, declared.scheme)
    told = {(part.kind, part.id): part for part in parts_of(declared.raw)}
    head = (scheme.id, scheme.name_zh, scheme.name_en, scheme.year, scheme.subject_level, scheme.cycle)
    lines: list[tuple] = []

    def add(kind: str, group: tuple, rule_id: str, zh: str, en: str, points, sort: str | None, said: tuple[str, str], computed: bool,
            evidence: bool = False) -> None:
        part = told.get((kind, rule_id))
        source = "；".join(part.documents) if part and part.documents else None
        lines.append((*head, kind, len(lines) + 1, *group, rule_id, zh, en, points, sort, *said, computed, bool(part and part.assumed), source, evidence))

    for group in scheme.groups:
        if group.limited:
            add("group", (group.id, None, None), group.id, group.name_zh, group.name_en, group.points if group.pool else None, None, words.group(group), True)
        for item in group.items:
            add("item", (group.id, group.name_zh, group.name_en), item.id, item.name_zh, item.name_en, item.points, item.type, words.rule(item, name),
                item.type != "manual", item.rule.get("evidence") == "required")
    for kind, key, entries in (("bonus", "bonus", scheme.bonus), ("deduction", "deductions", scheme.deductions)):
        for entry in entries:
            add(kind, (key, None, None), entry.id, entry.name_zh, entry.name_en, None if entry.cap is None else abs(entry.cap), None,
                words.extra(entry, name), not entry.manual)
    for veto in scheme.vetoes:
        add("veto", ("vetoes", None, None), veto.id, veto.text_zh, veto.text_en, None, veto.effect, words.formula(veto.when, name), True)
    for grade in scheme.grades:
        add("grade", ("grades", None, None), grade.name, grade.name, grade.name_en, grade.min, None, words.grade(grade), True)
    for part, weight in scheme.parts:
        add("part", ("parts", None, None), part, part, part, weight, None, (f"得分 × {words.plain(weight)}", f"score x {words.plain(weight)}"), True)
    for fact in scheme.inputs:
        add("input", ("inputs", None, None), fact.id, fact.name_zh, fact.name_en, None, None, ("由评分单位填报，数写在“得分”栏，标准分、扣分不填", "typed by the scorer, the number in the column of the score; points and deduction stay blank"), False)
    return lines


def line_of(node: yaml.Node | None, path: tuple[str | int, ...]) -> int:
    """Line of a key of the YAML, counted from 1; of the nearest key above it where it does not stand in the file."""
    line = 1
    if isinstance(node, yaml.MappingNode) and [k.value for k, _ in node.value] == ["scheme"]:
        node = node.value[0][1]
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line

"""Scales, index and industries of the warning levels: `data/reference/warnings.yml`, overridden key by key by a jurisdiction's `warnings.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml

from pipelines import yaml_files
from pipelines.reference import REFERENCE, Reference

COLOURS = ("purple", "red", "orange", "yellow", "blue", "green")  # those that the style sheet can paint
RISK_COLOURS = ("red", "orange", "yellow", "blue")  # the columns of form F11
SPANS = ("month", "quarter", "half", "year", "ytd", "stock")
WHOLE = Decimal(100)


class WrongScale(ValueError):
    """A declaration of warnings is wrong; the message names file, line and what to write instead."""


@dataclass(frozen=True)
class Level:
    """A level of a scale from `min` on; 1 is the worst. `of`: the colours of F11 that it takes in."""

    level: int
    colour: str
    zh: str
    en: str
    min: Decimal
    inclusive: bool
    of: tuple[str, ...]


@dataclass(frozen=True)
class Component:
    """A part of the index: the progress of a control target (`target`) or an indicator in per cent, with its weight."""

    id: str
    zh: str
    en: str
    weight: Decimal
    target: str
    indicator: str
    spans: tuple[str, ...]
    list: str
    empty: Decimal | None


@dataclass(frozen=True)
class Industry:
    """An industry, with its code in each code list that components use."""

    id: str
    zh: str
    en: str
    codes: dict[str, str]


@dataclass(frozen=True)
class Warnings:
    """What warning levels are computed by. `scales`: name in both languages and levels from the worst down, by id."""

    scales: dict[str, tuple[dict[str, str], tuple[Level, ...]]]
    scale: str
    decimals: int
    least_covered: Decimal
    components: tuple[Component, ...]
    industries: tuple[Industry, ...]


class Node:
    """A node of a YAML file that knows its file and line, and refuses what should not be there."""

    def __init__(self, file: str, node: yaml.Node, path: str) -> None:
        self.file, self.node, self.path = file, node, path

    def wrong(self, zh: str, en: str) -> WrongScale:
        line = self.node.start_mark.line + 1
        return WrongScale(f"{self.file}: 第 {line} 行 / line {line}: {self.path}: {zh} / {en}")

    def keys(self, required: str, optional: str = "") -> dict[str, Node]:
        """The entries of a mapping. Raises WrongScale for one that is missing, unknown or there twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("应为 键: 值", "must be key: value")
        found: dict[str, Node] = {}
        for key, value in self.node.value:
            name = str(key.value)
            if name in found:
                raise Node(self.file, key, self.path).wrong(f"键 {name} 重复", f"the key {name} stands twice")
            found[name] = Node(self.file, value, f"{self.path}.{name}".lstrip("."))
            known = {*required.split(), *optional.split()}
            if known and name not in known:
                raise Node(self.file, key, self.path or name).wrong(f"不认识的键 {name}；可用 {', '.join(sorted(known))}", f"unknown key {name}")
        if missing := [name for name in required.split() if name not in found]:
            raise self.wrong(f"缺少 {', '.join(missing)}", "is missing")
        return found

    def items(self) -> list[Node]:
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.value:
            raise self.wrong("应为列表，至少一项", "must be a list of at least one")
        return [Node(self.file, value, f"{self.path}[{at}]") for at, value in enumerate(self.node.value, start=1)]

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.wrong("应为文字", "must be a text")
        return self.node.value

    def one_of(self, allowed) -> str:
        if self.text() not in allowed:
            raise self.wrong(f"{self.text()!r}：应为 {', '.join(sorted(allowed))} 之一", "must be one of these")
        return self.text()

    def number(self, low: Decimal, high: Decimal) -> Decimal:
        try:
            value = Decimal(self.text())
        except ArithmeticError:
            value = None
        if value is None or not value.is_finite() or not low <= value <= high:
            raise self.wrong(f"{self.text()!r}：应为 {low} 到 {high} 的数", f"must be a number from {low} to {high}")
        return value

    def flag(self) -> bool:
        return self.one_of(("true", "false")) == "true"


def load(folder: Path, reference: Reference) -> Warnings:
    """The declaration in force for a jurisdiction folder. Raises WrongScale with file, line and what to write instead."""
    scales: dict[str, tuple[dict[str, str], tuple[Level, ...]]] = {}
    parts: dict[str, Node] = {}
    for path in (REFERENCE / "warnings.yml", folder / "warnings.yml"):
        if not path.is_file():
            continue
        top = _top(path)
        for name, node in top.pop("scales").keys("").items() if "scales" in top else ():
            scales[name] = _scale(node)
        parts |= top
    return _warnings(parts, scales, reference)


def _top(path: Path) -> dict[str, Node]:
    try:
        _, node = yaml_files.read(path)
    except yaml_files.WrongYaml as error:
        raise WrongScale(str(error)) from error
    return Node(path.name, node, "").keys("", "scales index industries") if node is not None else {}


def _scale(node: Node) -> tuple[dict[str, str], tuple[Level, ...]]:
    given = node.keys("name levels")
    names = {lang: text.text() for lang, text in given["name"].keys("zh en").items()}
    levels: list[Level] = []
    for number, entry in enumerate(given["levels"].items(), start=1):
        keys = entry.keys("colour zh en min", "inclusive of")
        level = Level(number, keys["colour"].one_of(COLOURS), keys["zh"].text(), keys["en"].text(), keys["min"].number(Decimal(0), WHOLE),
                      keys["inclusive"].flag() if "inclusive" in keys else True,
                      tuple(c.one_of(RISK_COLOURS) for c in keys["of"].items()) if "of" in keys else ())
        if levels and level.min >= levels[-1].min:
            raise keys["min"].wrong(f"{level.min} 不低于上一级的 {levels[-1].min}；从最重的一级往下写", "levels go down from the worst")
        if level.colour in {other.colour for other in levels}:
            raise keys["colour"].wrong(f"颜色 {level.colour} 重复", "the colour stands twice")
        levels.append(level)
    if levels[-1].min != 0 or not levels[-1].inclusive:
        raise given["levels"].wrong(f"最轻的一级从 {levels[-1].min} 起；应从 0 起（含），否则有的指数没有等级", "the last level must begin at 0, inclusive")
    taken = [colour for level in levels for colour in level.of]
    if taken and sorted(taken) != sorted(RISK_COLOURS):
        raise given["levels"].wrong("of：红橙黄蓝各须归入恰好一级", "of: each of red, orange, yellow and blue belongs to exactly one level")
    return names, tuple(levels)


def _warnings(parts: dict[str, Node], scales: dict, reference: Reference) -> Warnings:
    index = parts["index"].keys("scale components", "decimals least_covered")
    components = [_component(entry, reference) for entry in index["components"].items()]
    if len({c.id for c in components}) < len(components):
        raise index["components"].wrong("id 重复", "an id stands twice")
    total = sum(c.weight for c in components)
    if total != WHOLE:
        raise index["components"].wrong(f"权重合计 {total}，应为 100", f"the weights add up to {total}, not to 100")
    industries = [_industry(entry, reference) for entry in parts["industries"].items()]
    if len({i.id for i in industries}) < len(industries):
        raise parts["industries"].wrong("id 重复", "an id stands twice")
    return Warnings(
        scales=scales,
        scale=index["scale"].one_of(scales),
        decimals=int(index["decimals"].one_of(("0", "1", "2", "3", "4"))) if "decimals" in index else 2,
        least_covered=index["least_covered"].number(Decimal(0), WHOLE) if "least_covered" in index else WHOLE,
        components=tuple(components),
        industries=tuple(industries),
    )


def _component(node: Node, reference: Reference) -> Component:
    keys = node.keys("id zh en weight", "target indicator spans list empty")
    if ("target" in keys) == ("indicator" in keys):
        raise node.wrong("target 和 indicator 须有且只有一个", "needs either target or indicator")
    percent = {i.id for i in reference.indicators.values() if i.unit == "%"}
    targets = {code.code for code in reference.codes["target_indicator"]}
    if "indicator" in keys and "spans" not in keys:
        raise node.wrong("缺少 spans", "spans is missing")
    if "indicator" in keys and keys["indicator"].text() not in percent:
        raise keys["indicator"].wrong(f"{keys['indicator'].text()!r} 不是以 % 计的指标", "is not an indicator in per cent")
    return Component(
        id=keys["id"].text(),
        zh=keys["zh"].text(),
        en=keys["en"].text(),
        weight=keys["weight"].number(Decimal("0.01"), WHOLE),
        target=keys["target"].one_of(targets) if "target" in keys else "",
        indicator=keys["indicator"].text() if "indicator" in keys else "",
        spans=tuple(s.one_of(SPANS) for s in keys["spans"].items()) if "spans" in keys else (),
        list=keys["list"].one_of(reference.codes) if "list" in keys else "",
        empty=keys["empty"].number(Decimal(0), WHOLE) if "empty" in keys else None,
    )


def _industry(node: Node, reference: Reference) -> Industry:
    keys = node.keys("id zh en", " ".join(reference.codes))
    codes = {name: value.one_of({c.code for c in reference.codes[name]}) for name, value in keys.items() if name in reference.codes}
    if keys["id"].text() == "TOTAL" or not codes:
        raise node.wrong("id 不能是 TOTAL，并至少要有一个代码", "the id cannot be TOTAL and one code is needed")
    return Industry(keys["id"].text(), keys["zh"].text(), keys["en"].text(), codes)

"""Reads parsed YAML and says of everything wrong where it stands and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from transforms.scoring.grammar import MEANING

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something wrong: the path of the key in the YAML and what to write instead."""

    path: Path
    text: str


class Reader:
    """Reads keys and values of one file, each with its path, and collects what is wrong."""

    def __init__(self, raw: dict):
        self.raw = raw
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
            if key in allowed:
                continue
            name, colon, value = str(key).replace("：", ":").partition(":")
            if colon and name.strip() in allowed:
                self.bad((*path, key), f"{key}: 冒号要用半角，后面空一格 / write an ASCII colon and a space after it: {name.strip()}: {value.strip()}")
            else:
                self.bad((*path, key), f"不认识的键 {key}；可用 / unknown key {key}; use one of {', '.join(sorted(allowed))}")
        for key in sorted(required - set(raw)):
            self.bad(path, f"缺少 {key} / {key} is missing")
        self._marks(raw, path)
        return raw

    def _marks(self, raw: dict, path: Path) -> None:
        for document in several(raw.get("document")):
            if document not in self.documents:
                self.bad((*path, "document"), f"documents 中没有 {document} / {document} is not in documents: {', '.join(map(str, self.documents)) or '—'}")
        if not isinstance(raw.get("assumed", True), bool | list):
            self.bad((*path, "assumed"), "应为 true 或所假定各项的列表 / must be true, or a list of what is assumed")

    def members(self, raw: dict, path: Path) -> tuple[str, ...]:
        """The classes that a veto, a bonus or a deduction is for."""
        found = tuple(str(c) for c in several(raw.get("classes")))
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
        if not isinstance(value, str) or value not in allowed:
            words = "、".join(f"{a}（{MEANING[a]}）" if a in MEANING else a for a in allowed)
            self.bad(path, f"{path[-1]} {value!r}: 应为 {words} / must be one of {', '.join(allowed)}")

    def flag(self, raw: dict, key: str, path: Path, default: bool) -> bool:
        """true or false; the words 是 and 否 are texts to YAML, and any text would count as true."""
        value = raw.get(key, default)
        if not isinstance(value, bool):
            self.bad((*path, key), f"{key} {value!r}: “是”写 true，“否”写 false / must be true or false")
            return default
        return value

    def least(self, value: Decimal, path: Path, above: bool = False) -> Decimal:
        """A number that may not be below zero, or where so asked must be above it."""
        if value < 0 or above and value == 0:
            self.bad(path, f"{path[-1]} {value}: 应大于 0 / must be more than 0" if above else f"{path[-1]} {value}: 不能小于 0 / must not be below 0")
        return value

    def whole(self, value: Any, path: Path, low: int, high: int) -> int:
        before = len(self.problems)
        number = self.number(value, path)
        if len(self.problems) > before:
            self.problems.pop()
        elif number == number.to_integral_value() and low <= number <= high:
            return int(number)
        self.bad(path, f"{value!r}: 应为 {low} 到 {high} 的整数 / must be a whole number from {low} to {high}")
        return low

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
        self.bad(path, f"{value!r}: 应为数，只写数字 / must be a number, without words or units")
        return Decimal(default)

    def unique(self, named: Iterable[tuple[Path, str]], remedy: str = "请另给编号 / give it another id") -> None:
        """Every name once; the second is reported where it stands."""
        seen: set[str] = set()
        zh, _, en = remedy.partition(" / ")
        for path, name in named:
            if name in seen:
                self.bad(path, f"{name} 出现多次；{zh} / {name} stands there more than once; {en}")
            seen.add(name)


def several(value: Any) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]

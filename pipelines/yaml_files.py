"""YAML that people write: the value with its nodes, which know their lines; of a text that is none, the line and what to write, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml


class WrongYaml(ValueError):
    """A file is not YAML, or says a thing twice; the message names file and line, and what to write instead."""


def read(path: Path, name: str = "") -> tuple[object, yaml.Node | None]:
    """The value of a file and its nodes. `name`: what messages call it. Raises WrongYaml."""
    name = name or path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw, node = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise WrongYaml(f"{name}: {wrong(path, error)}") from error
    if twice := list(_twice(node)):
        raise WrongYaml("\n".join(f"{name}: {line}" for line in twice))
    return raw, node


def wrong(path: Path, error: Exception) -> str:
    """What is wrong with a file that could not be read: not in UTF-8, not YAML, or with a value that is none."""
    if isinstance(error, UnicodeDecodeError):
        return "编码不是 UTF-8；请用 UTF-8 另存 / is not in UTF-8; save it in UTF-8"
    if isinstance(error, yaml.YAMLError):
        return _syntax(path.read_text(encoding="utf-8-sig"), error)
    # A day that is none, or nested beyond all measure.
    return f"第 1 行 / line 1: 有不是日期的日期，或嵌套过深；请查看 / a date that is none, or nested too deeply; look for it: {error}"


def _syntax(text: str, error: yaml.YAMLError) -> str:
    """What is wrong with a text that is not YAML: the line, and what to write. PyYAML may notice it a line too late."""
    marks = [m for m in (getattr(error, "context_mark", None), getattr(error, "problem_mark", None)) if m is not None]
    lines = text.splitlines() or [""]
    at = marks[-1].line if marks else 0
    near = dict.fromkeys(n for m in marks for n in (m.line, m.line - 1) if 0 <= n < len(lines))
    for n in sorted(near):
        line = lines[n].split(" #")[0]
        for wrong, zh, en in _SLIPS:
            if found := re.search(wrong, line):
                here = f"第 {n + 1} 行 / line {n + 1}: "
                return here + f"{zh.format(*found.groups())} / {en.format(*found.groups())}"
    at = min(at, len(lines) - 1)
    return (f"第 {at + 1} 行 / line {at + 1}: 读不懂“{lines[at].strip()[:40]}”；请查这一行和上一行：缩进是否对齐，冒号后有没有空格，引号、括号是否成对 / is not valid YAML; check this line and the "
            "one above: indentation in line, a space after each colon, quotes and brackets in pairs")


# Slips of the hand that make a text something else than YAML: the pattern, and what to write.
_SLIPS = (
    (r"^\s*\t", "行首用了制表符（Tab）；请改用空格缩进", "a tab at the beginning; indent with spaces"),
    (r"^\s*(?:- )?([\w.]+)\s*：\s*(.*)$", "冒号是全角；请写半角冒号加空格：{0}: {1}", "a full-width colon; write {0}: {1}"),
    (r"[{,]\s*(\w+)\s*：\s*([^,}]*)", "冒号是全角；请写半角冒号加空格：{0}: {1}", "a full-width colon; write {0}: {1}"),
    (r"^\s*(?:- )?([A-Za-z_]\w*):([^\s:/].*)$", "冒号后要空一格：{0}: {1}", "a space is missing after the colon; write {0}: {1}"),
    (r"([｛｝［］【】，])", "用了全角的 {0}；请改用半角", "the full-width {0}; write the ASCII character"),
    (r":\s+(%[^\s,}]*|@\S*|`\S*)", "{0} 要加引号：\"{0}\"", "{0} needs quotes: \"{0}\""),
)


def _twice(node: yaml.Node | None, seen: set[int] | None = None) -> Iterator[str]:
    """Keys that stand twice in one place: YAML would take the last without a word."""
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in first:
                yield (f"第 {line} 行 / line {line}: {key.value} 写了两次，先在第 {first[key.value]} 行；请删去一个 / {key.value} stands there twice, first in line "
                       f"{first[key.value]}; take one out")
            first.setdefault(str(key.value), line)
            yield from _twice(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _twice(each, seen)

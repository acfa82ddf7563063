"""Conditions and formulas of a scheme: numbers, metric names, + - * /, comparisons, and/or/not, and functions of the fixed list.

Python's own parser reads them; nothing is ever evaluated by Python. A value that is not known makes the result unknown (None), as in
SQL: unknown and False is False, unknown or True is True, anything else with an unknown is unknown. A division by zero is unknown too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

Value = Decimal | bool | None
Lookup = Callable[[str, tuple[int, ...]], Decimal | None]
LONGEST = 500
DEEPEST = 20


class ExpressionError(ValueError):
    """The expression is not one; the message says what is wrong, in Chinese and English."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression. `metrics`: the names it uses, each with the arguments of its call, () for a plain name."""

    text: str
    tree: ast.expr
    metrics: frozenset[tuple[str, tuple[int, ...]]]

    def value(self, lookup: Lookup) -> Value:
        """What it comes to, with `lookup(name, arguments)` giving the value of a metric or None where it is not known."""
        return _value(self.tree, lookup)

    def holds(self, lookup: Lookup) -> bool | None:
        """Whether it is so; None where that is not known."""
        found = _value(self.tree, lookup)
        return found if isinstance(found, bool) or found is None else found != 0


def written(name: str, arguments: tuple[int, ...] = ()) -> str:
    """A metric as it stands in a scheme: deaths, acc_level_ge(2)."""
    return f"{name}({', '.join(map(str, arguments))})" if arguments else name


def parse(text: str, functions: dict[str, int] | None = None) -> Expression:
    """Parse an expression; `functions` names the functions with their number of arguments. One of them may be asked of a category of
    accidents: acc_level_ge.DL(3).

    Raises ExpressionError for anything outside the grammar.
    """
    functions = functions or {}
    if len(text) > LONGEST:
        raise ExpressionError(f"表达式超过 {LONGEST} 个字符 / the expression is longer than {LONGEST} characters")
    tree = _tree(text)
    if tree is None:
        better = _mended(text)
        if better != text.strip() and _tree(better) is not None:
            raise ExpressionError(f"{text!r}: 请写 / write {better}")
        raise ExpressionError(f"{text!r}: 不是表达式；写法如 / is not an expression; write it like deaths > deaths_target and acc_level_ge(3) >= 1")
    found: set[tuple[str, tuple[int, ...]]] = set()
    _check(tree, functions, found, 0)
    return Expression(text.strip(), tree, frozenset(found))


def _tree(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


# What is written for a sign or a word of the grammar; full-width characters beside.
_SAID = (("≥|=>", ">="), ("≤|=<", "<="), ("≠|<>", "!="), ("×", "*"), ("÷", "/"), ("[−–—]", "-"), (r"(?<![<>=!])=(?!=)", "=="), ("&&?|并且|而且|且|(?i:\\bAND\\b)", " and "),
         (r"\|\|?|或者|或|(?i:\bOR\b)", " or "), ("!(?!=)|不是|非|(?i:\\bNOT\\b)", " not "), (r"(?<=\d)\s*%", ""))


def _mended(text: str) -> str:
    """A text in the signs of the grammar: acc_level_ge（3）≥1 becomes acc_level_ge(3) >= 1, and 90% is the number 90."""
    found = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    for said, sign in _SAID:
        found = re.sub(said, sign, found)
    found = re.sub(r"\s*(>=|<=|==|!=|(?<![<>=!])[<>](?!=))\s*", r" \1 ", found)
    return re.sub(r"\s+", " ", found).strip()


def _name(node: ast.expr) -> str | None:
    """deaths, F04.gen_found or target_progress.deaths as one name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := _name(node.value)):
        return f"{left}.{node.attr}"
    return None


def _check(node: ast.expr, functions: dict[str, int], found: set, depth: int) -> None:
    if depth > DEEPEST:
        raise ExpressionError(f"嵌套超过 {DEEPEST} 层 / nested deeper than {DEEPEST}")

    def below(*nodes: ast.expr) -> None:
        for child in nodes:
            _check(child, functions, found, depth + 1)

    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
        return below(node.left, node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        return below(node.operand)
    if isinstance(node, ast.BoolOp):
        return below(*node.values)
    if isinstance(node, ast.Compare) and all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq | ast.NotEq) for op in node.ops):
        return below(node.left, *node.comparators)
    if isinstance(node, ast.Call) and (name := _name(node.func)) and not node.keywords:
        base, _, category = name.partition(".")
        wanted = functions.get(base)
        if wanted is None or category.startswith("_") or "." in category:
            raise ExpressionError(f"没有函数 {name} / there is no function {name}; 可用 / known: {', '.join(sorted(functions)) or '—'}")
        numbers = [a.value for a in node.args if isinstance(a, ast.Constant) and type(a.value) is int]
        if len(numbers) != len(node.args) or len(numbers) != wanted:
            raise ExpressionError(f"{name} 要 {wanted} 个整数 / takes {wanted} whole number(s)")
        found.add((name, tuple(numbers)))
        return None
    if name := _name(node):
        found.add((name, ()))
        return None
    raise ExpressionError(f"{ast.unparse(node)!r}: 只能用数、指标名、+ - * /、比较、and or not / only numbers, metric names, + - * /, comparisons, and or not")


def _value(node: ast.expr, lookup: Lookup) -> Value:
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, lookup)
        if isinstance(node.op, ast.Not):
            return None if inner is None else not inner
        return None if inner is None else -Decimal(inner)
    if isinstance(node, ast.BoolOp):
        stop = isinstance(node.op, ast.Or)
        values = [_value(v, lookup) for v in node.values]
        if any(v is not None and bool(v) is stop for v in values):
            return stop
        return None if None in values else not stop
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, lookup), _value(node.right, lookup)
        if left is None or right is None or isinstance(node.op, ast.Div) and right == 0:
            return None
        left, right = Decimal(left), Decimal(right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        return left * right if isinstance(node.op, ast.Mult) else left / right
    if isinstance(node, ast.Compare):
        values = [_value(v, lookup) for v in (node.left, *node.comparators)]
        results = [_compare(op, a, b) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
        return False if False in results else None if None in results else True
    if isinstance(node, ast.Call):
        return lookup(_name(node.func), tuple(a.value for a in node.args))
    return lookup(_name(node), ())


def _compare(op: ast.cmpop, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(op, ast.Lt):
        return left < right
    if isinstance(op, ast.LtE):
        return left <= right
    if isinstance(op, ast.Gt):
        return left > right
    if isinstance(op, ast.GtE):
        return left >= right
    return left == right if isinstance(op, ast.Eq) else left != right

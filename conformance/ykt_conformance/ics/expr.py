"""Applicability expressions: a small, safe language over the ICS.

``tunion and not tunion.ef17``, ``behaviour.balance == "shared"``, ``lnt.log_records >= 10``.
Names are the ICS's sections and entries; a section counts as true when it is claimed.
Everything else of Python is refused when the expression is read, not when it is used.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from ykt_sim.errors import UsageError

_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
}
_MAX_LENGTH: Final = 400


@lru_cache(maxsize=1024)
def _parse(text: str) -> ast.expr:
    if len(text) > _MAX_LENGTH:
        raise UsageError(f"expression longer than {_MAX_LENGTH} characters")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"expression {text!r} cannot be read: {error}") from None
    for node in ast.walk(tree):
        allowed = (
            ast.BoolOp | ast.And | ast.Or | ast.UnaryOp | ast.Not | ast.Compare | ast.cmpop
            | ast.Name | ast.Attribute | ast.Load | ast.Constant | ast.Tuple | ast.List
        )  # fmt: skip
        if not isinstance(node, allowed):
            raise UsageError(f"expression {text!r}: {type(node).__name__} is not allowed")
    return tree


def names(text: str) -> frozenset[str]:
    """Dotted names an expression asks for."""
    found = {_dotted(node) for node in ast.walk(_parse(text)) if isinstance(node, ast.Attribute)}
    inner = {name.rpartition(".")[0] for name in found}
    plain = {node.id for node in ast.walk(_parse(text)) if isinstance(node, ast.Name)}
    return frozenset(found | (plain - inner))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def evaluate(text: str, values: Mapping[str, Any]) -> bool:
    """Evaluate an expression; raises UsageError for a name the values do not have."""
    return bool(_value(_parse(text), values, text))


def explain(text: str, values: Mapping[str, Any]) -> str:
    """The expression with the value of each name in it, for reports."""
    parts = []
    for name in sorted(names(text)):
        value = _value(_parse(name), values, text)
        shown = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else repr(value)
        parts.append(f"{name}={shown}")
    return f"{text} with {', '.join(parts)}" if parts else text


def _value(node: ast.expr, values: Mapping[str, Any], text: str) -> Any:  # noqa: PLR0911 - a table
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            if node.id not in values:
                known = ", ".join(sorted(values))
                raise UsageError(f"expression {text!r}: no {node.id!r}; known: {known}")
            value = values[node.id]
            return value.get("claimed", True) if isinstance(value, Mapping) else value
        case ast.Attribute(value=ast.Name(id=section), attr=attr):
            inside = values.get(section)
            if not isinstance(inside, Mapping) or attr not in inside:
                raise UsageError(f"expression {text!r}: no {section}.{attr}")
            return inside[attr]
        case ast.BoolOp(op=ast.And()):
            return all(_value(part, values, text) for part in node.values)
        case ast.BoolOp():
            return any(_value(part, values, text) for part in node.values)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, values, text)
        case ast.Compare(ops=[op], comparators=[right]):
            left = _value(node.left, values, text)
            try:
                return _COMPARE[type(op)](left, _value(right, values, text))
            except (KeyError, TypeError) as error:
                raise UsageError(f"expression {text!r} cannot be compared: {error}") from None
        case ast.Tuple() | ast.List():
            return [_value(part, values, text) for part in node.elts]
        case _:
            raise UsageError(f"expression {text!r} is too complicated")

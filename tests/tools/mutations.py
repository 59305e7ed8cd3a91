"""The ways to break a module in one place, each as a change of its text.

Only what decides something is broken: no docstring, annotation, decorator, text, assertion, and
nothing below ``TYPE_CHECKING`` or ``__name__``.
"""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

_COMPARE: Final[dict[type[ast.cmpop], tuple[str, tuple[str, ...]]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: (r"is\s+not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: (r"not\s+in", ("in",)),
}
_ARITHMETIC: Final[dict[type[ast.operator], tuple[str, str]]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.Div: ("/", "*"),
    ast.Mod: ("%", "//"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
}
_DECLARED: Final = {"__all__", "__slots__"}
_BUILTIN_TYPES: Final = {"bool", "bytes", "dict", "int", "list", "set", "str", "tuple"}


@dataclass(frozen=True)
class Point:
    """One change: bytes ``start`` to ``end`` of ``source`` become ``text``."""

    module: str
    function: str
    kind: str
    source: bytes
    start: int
    end: int
    text: str

    @property
    def line(self) -> int:
        """Where the change begins, counted from 1."""
        return self.source.count(b"\n", 0, self.start) + 1

    @property
    def mutated(self) -> bytes:
        """The module with the change in it."""
        return self.source[: self.start] + self.text.encode() + self.source[self.end :]

    @cached_property
    def change(self) -> str:
        """The lines touched, before and after, without their layout."""
        first = self.source.rfind(b"\n", 0, self.start) + 1
        last = (self.source + b"\n").find(b"\n", self.end)
        after = self.source[first : self.start] + self.text.encode() + self.source[self.end : last]
        before = self.source[first:last]
        return " → ".join(" ".join(lines.decode().split()) for lines in (before, after))

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the change whatever lines are added above it."""
        return self.module, self.function, self.change

    def rank(self, seed: int) -> bytes:
        """Its place in the lot: drawn by seed, and by nothing else in the module."""
        return hashlib.sha256(repr((seed, *self.key)).encode()).digest()


class _Collector(ast.NodeVisitor):
    def __init__(self, module: str, source: bytes) -> None:
        self.points: list[Point] = []
        self._module = module
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._scope: list[str] = []

    def _start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def _add(self, kind: str, start: int, end: int, text: str) -> None:
        function = ".".join(self._scope)
        self.points.append(Point(self._module, function, kind, self._source, start, end, text))

    def _between(self, kind: str, left: ast.expr, right: ast.expr, old: str, new: str) -> None:
        """Change the operator that stands between two operands."""
        start, word = self._end(left), old.replace(r"\s+", "").isalpha()
        pattern = rf"\b{old}\b" if word else re.escape(old)
        found = re.search(pattern.encode(), self._source[start : self._start(right)])
        if found:
            self._add(kind, start + found.start(), start + found.end(), new)

    def _drop(self, kind: str, node: ast.stmt) -> None:
        self._add(kind, self._start(node), self._end(node), "pass")

    def _negate(self, test: ast.expr) -> None:
        """A condition with no operator of its own that could be turned."""
        if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            self._add("condition", self._start(test), self._start(test), "not ")

    # -- what is left alone -----------------------------------------------------------------

    def _nothing(self, node: ast.AST) -> None:
        del node

    visit_JoinedStr = visit_Assert = _nothing  # noqa: N815 - names of ast

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.append(node.name)
        for part in (*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body):
            self.visit(part)
        self._scope.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815 - names of ast

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        for part in node.body:
            self.visit(part)
        self._scope.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        names = {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
        if node.value and not names & _DECLARED:
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not (isinstance(node.value, ast.Name) and node.value.id == "Literal"):
            self.generic_visit(node)

    # -- statements -------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in _DECLARED:
            return
        if isinstance(target, ast.Attribute | ast.Subscript):
            self._drop("statement", node)
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._drop("statement", node)
        old, new = _ARITHMETIC.get(type(node.op), ("", ""))
        if old:
            self._between("arithmetic", node.target, node.value, f"{old}=", f"{new}=")
        self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom):
            self._drop("statement", node)
        self.generic_visit(node)

    def _jump(self, node: ast.stmt) -> None:
        self._drop("raise" if isinstance(node, ast.Raise) else "statement", node)
        self.generic_visit(node)

    visit_Raise = visit_Continue = visit_Break = _jump  # noqa: N815

    def visit_Delete(self, node: ast.Delete) -> None:
        """A name that is deleted only says that it is not used: nothing can notice it gone."""
        if not all(isinstance(target, ast.Name) for target in node.targets):
            self._jump(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self._drop("return", node)
        elif not isinstance(node.value, ast.Constant):
            self._add("return", self._start(node), self._end(node), "return None")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        names = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
        if not names & {"TYPE_CHECKING", "__name__"}:
            self._conditional(node)

    def _conditional(self, node: ast.If | ast.IfExp | ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    visit_IfExp = visit_While = _conditional  # noqa: N815 - names of ast

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    # -- expressions ------------------------------------------------------------------------

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = (node.left, *node.comparators)
        for (left, right), operator in zip(pairwise(operands), node.ops, strict=True):
            old, others = _COMPARE[type(operator)]
            for new in others:
                self._between("comparison", left, right, old, new)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            self._between("boolean", left, right, old, new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._add("not", self._start(node), self._start(node) + len("not"), "")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        old, new = _ARITHMETIC.get(type(node.op), ("", ""))
        sides = (node.left, node.right)
        if old and not any(_is_text(side) for side in sides) and not all(map(_is_type, sides)):
            self._between("arithmetic", *sides, old, new)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add("boolean", self._start(node), self._end(node), str(not node.value))
        elif isinstance(node.value, int):
            written = self._source[self._start(node) : self._end(node)][:2].lower()
            text = f"{node.value + 1:#x}" if written == b"0x" else str(node.value + 1)
            self._add("number", self._start(node), self._end(node), text)

    def visit_Call(self, node: ast.Call) -> None:
        for word in node.keywords:
            if word.arg and not _is_text(word.value):
                end = self._end(word)
                comma = re.match(rb"\s*,", self._source[end:])
                self._add("argument", self._start(word), end + (comma.end() if comma else 0), "")
        self.generic_visit(node)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _is_type(node: ast.expr) -> bool:
    """`int | None`, `Card | Terminal`: a union of types, by the way its parts are written."""
    if isinstance(node, ast.BinOp):
        return _is_type(node.left) and _is_type(node.right)
    if isinstance(node, ast.Subscript):
        return _is_type(node.value)
    name = {ast.Name: "id", ast.Attribute: "attr"}.get(type(node))
    word = getattr(node, name) if name else ""
    camel = word[:1].isupper() and not word.isupper()
    return (
        camel or word in _BUILTIN_TYPES or (isinstance(node, ast.Constant) and node.value is None)
    )


def points_of(module: str, source: bytes) -> list[Point]:
    """All points of a module, in the order of its text; ``module`` is its path, as told."""
    collector = _Collector(module, source)
    collector.visit(ast.parse(source))
    return sorted(collector.points, key=lambda point: (point.start, point.end, point.text))

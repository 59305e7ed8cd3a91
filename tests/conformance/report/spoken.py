"""What the suite says in words: every text in the sources of the rooms that give reasons.

A text is any literal with two words or more, one of them in small letters. Left out is what is no
message: docstrings, ids, what stands beside its own Chinese, what is said to a command line, and
the lines of ``no_messages.txt``: expressions over the form, and words for headers and operators.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SUITE = Path(__file__).parents[3] / "conformance" / "ykt_conformance"
#: Rooms whose words come into results.
ROOMS = ("judge", "drive", "cases", "model", "run")
#: Rooms of the product whose words do.
_PRODUCT = ("ykt_sim/meaning/duty", "ykt_sim/meaning/books")
#: Modules of other rooms whose words do.
_ALONE = ("ics/observe.py",)
#: Words of arguments that hold ids, expressions and names, and never words.
_NO_MESSAGES = frozenset(
    ("title", "title_zh", "applies", "needs", "clauses", "official", "group", "where")
)
#: Calls whose words are for a command line, or for nobody.
_NO_SPEAKERS = frozenset(
    ("late", "cast", "TypeVar", "UsageError", "ProfileError", "AssertionError")
)
#: Modules that speak to a command line only, and tables whose words are for who reads them.
_NO_ROOMS = frozenset(
    ("judge/campaign.py", "cases/clauses/__init__.py", "run/plan.py", "run/again.py",
     "ykt_sim/meaning/duty/outputs/telling.py", "ykt_sim/meaning/duty/outputs/written.py")
)  # fmt: skip
_WORD = re.compile(r"(?<![A-Za-z0-9_.$:-])[a-z]{2,}(?![A-Za-z0-9_:.]*[_:.=][A-Za-z0-9_])")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_ID = re.compile(r"CL-[A-Z]+-\d+|[CT]-\d+|keys:[a-z.]+|reset|fresh|tear|report|\{\d\}")


def no_messages() -> set[str]:
    """Texts that come into no result."""
    return set((Path(__file__).parent / "no_messages.txt").read_text("utf-8").splitlines())


def spoken(rooms: tuple[str, ...] = ROOMS) -> dict[str, str]:
    """Template -> where it stands; a field of a template is ``{1}``, ``{2}``, in order."""
    found: dict[str, str] = {}
    paths = [path for room in rooms for path in sorted((SUITE / room).rglob("*.py"))]
    for room in _PRODUCT if rooms is ROOMS else ():
        paths += sorted((SUITE.parents[1] / room).rglob("*.py"))
    for path in (*paths, *(SUITE / name for name in _ALONE)):
        home = SUITE if path.is_relative_to(SUITE) else SUITE.parents[1]
        where = path.relative_to(home).as_posix()
        if where not in _NO_ROOMS:
            for text, line in _texts(ast.parse(path.read_text("utf-8"))):
                found.setdefault(text, f"{where}:{line}")
    for text in no_messages():
        found.pop(text, None)
    return found


def template(node: ast.AST) -> str | None:
    """A literal as a template; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    parts: list[str] = []
    count = 0
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        else:
            count += 1
            parts.append(f"{{{count}}}")
    return "".join(parts)


def _texts(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.keyword) and node.arg in _NO_MESSAGES:
        return
    if isinstance(node, ast.AnnAssign | ast.arg | ast.Subscript) and node.__dict__.get(
        "annotation"
    ):
        children: list[ast.AST] = [
            child for name, child in ast.iter_fields(node)
            if name != "annotation" and isinstance(child, ast.AST)
        ]  # fmt: skip
    else:
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _NO_SPEAKERS:
        return
    beside = _beside_chinese(children)
    text = template(node)
    if text is not None and _is_message(text):
        yield text, getattr(node, "lineno", 0)
    for child in children:
        if child not in beside and not (text is not None and isinstance(child, ast.Constant)):
            yield from _texts(child)


def _beside_chinese(children: list[ast.AST]) -> set[ast.AST]:
    """Literals that are in Chinese, and those that stand right before one."""
    found: set[ast.AST] = set()
    before: ast.AST | None = None
    for child in children:
        value = child.value if isinstance(child, ast.keyword) else child
        text = template(value)
        if text is not None and _CHINESE.search(text):
            found |= {child} | ({before} if before is not None else set())
        before = child if text is not None else None
    return found


def _is_message(text: str) -> bool:
    words = text.split()
    return len(words) > 1 and bool(_WORD.search(text)) and not all(map(_ID.fullmatch, words))

"""Which places of a module are broken, and how."""

from __future__ import annotations

import pytest

from tests.tools.mutations import Point, points_of

SOURCE = '''"""Text with 1 < 2 in it."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    Wide = 4

__all__ = ["limit"]
Either = int | Point | None
Mode = Literal[1, 2]
BIG: int = 3


@cache(maxsize=5)
def limit(rest: Literal[7], /, low: int = 6) -> Literal[8]:
    """More than 9."""
    assert rest != 10
    if rest < low:
        raise ValueError(f"{rest + 11}, too low", code=rest)
    return rest
'''


def changes(source: str) -> set[str]:
    return {point.change for point in points_of("m.py", source.encode())}


def test_what_is_declared_or_only_told_is_left_alone() -> None:
    assert changes(SOURCE) == {
        "BIG: int = 3 → BIG: int = 4",
        "def limit(rest: Literal[7], /, low: int = 6) -> Literal[8]: → "
        "def limit(rest: Literal[7], /, low: int = 7) -> Literal[8]:",
        "if rest < low: → if rest <= low:",
        "if rest < low: → if rest >= low:",
        'raise ValueError(f"{rest + 11}, too low", code=rest) → pass',
        'raise ValueError(f"{rest + 11}, too low", code=rest) → '
        'raise ValueError(f"{rest + 11}, too low", )',
        "return rest → return None",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a <= b", ["a < b", "a > b"]),
        ("a == b", ["a != b"]),
        ("a is  not b", ["a is b"]),
        ("a not in (b)", ["a in (b)"]),
        ("(a) in b", ["(a) not in b"]),
        ("a and (b or c)", ["a or (b or c)", "a and (b and c)"]),
        ("not a", ["a"]),
        ("a + 0x0F", ["a - 0x0F", "a + 0x10"]),
        ("a | b", ["a & b"]),
        ("a % 'text'", []),
        ("True", ["False"]),
        ("f(a, b=c, d='text', e=g)", ["f(a, d='text', e=g)", "f(a, b=c, d='text', )"]),
        ("a if b else c", ["a if not b else c"]),
        ("[a for a in b if c]", ["[a for a in b if not c]"]),
        ("'汉' < a", ["'汉' <= a", "'汉' >= a"]),
    ],
)
def test_an_expression_is_turned(before: str, after: list[str]) -> None:
    expected = {f"x = {before} → x = {text}" for text in after}
    assert {" ".join(change.split()) for change in changes(f"x = {before}")} == {
        " ".join(change.split()) for change in expected
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("self.x = y", {"pass"}),
        ("x = y", set()),
        ("x += y", {"pass", "x -= y"}),
        ("f(x)", {"pass"}),
        ("raise x", {"pass"}),
        ("return", {"pass"}),
        ("return True", {"return False"}),
        ("while x: break", {"while not x: break", "while x: pass"}),
    ],
)
def test_a_statement_is_dropped(before: str, after: set[str]) -> None:
    source = f"def f():\n    {before}\n"
    assert changes(source) == {f"{before} → {text}" for text in after}


def test_a_point_says_where_it_is() -> None:
    source = "class A:\n    def f(self):\n        '''汉'''\n        self.g(\n1,\n)\n"
    dropped, number = points_of("m.py", source.encode())
    assert (dropped.function, dropped.line, dropped.kind) == ("A.f", 4, "statement")
    assert dropped.change == "self.g( 1, ) → pass"
    assert (number.line, number.change) == (5, "1, → 2,")
    assert number.mutated.decode() == source.replace("1,", "2,")


def test_a_change_keeps_its_name_and_rank_whatever_stands_above() -> None:
    def one(above: str) -> Point:
        return points_of("m.py", f"{above}def f(a):\n    return not a\n".encode())[1]

    assert one("").key == one("import os\n\n").key == ("m.py", "f", "return not a → return a")
    assert one("").rank(1) == one("import os\n\n").rank(1) != one("").rank(2)

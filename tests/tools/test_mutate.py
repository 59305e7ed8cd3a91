"""What the mutator draws, where it looks for tests, and what it makes of their result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.tools import mutant_tree, mutate
from tests.tools.mutant_tree import Tree
from tests.tools.mutate import (
    WHOLE,
    Fate,
    drawn,
    mirrored,
    modules_of,
    run_mirrored,
    run_whole,
    table,
)
from tests.tools.mutations import Point, points_of

SOURCE = b"def add(a, b):\n    while a > 9:\n        a -= 1\n    return a + b\n"
TEST = """from ykt_sim.card.sums import add

def test_add():
    assert add(8, 1) == 9

def test_wrong_as_it_is():
    assert add(1, 2) == 4
"""
MODULE = "ykt_sim/card/sums.py"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A copy of a small project."""
    files = {MODULE: SOURCE.decode(), "ykt_sim/__init__.py": "", "tests/card/test_sums.py": TEST}
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(tmp_path / "copy", tmp_path / "project")


def point(change: str) -> Point:
    return next(one for one in points_of(MODULE, SOURCE) if one.change == change)


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        ("ykt_sim/card/sums.py", "tests/card/test_sums.py"),
        ("ykt_sim/card/rules/money.py", "tests/card"),
        ("ykt_sim/meaning/spans.py", "tests"),
        ("conformance/judge/view.py", "tests/conformance/judge/test_view.py"),
        ("conformance/ykt_conformance/judge/view.py", "tests/conformance/judge/test_view.py"),
        ("conformance/judge/keys.py", "tests/conformance/judge"),
    ],
)
def test_mirrored_tests_follow_from_the_path(tmp_path: Path, module: str, tests: str) -> None:
    for name in ("card/test_sums.py", "conformance/judge/test_view.py"):
        (tmp_path / "tests" / name).parent.mkdir(parents=True)
        (tmp_path / "tests" / name).touch()
    assert mirrored(module, tmp_path) == tests


def test_a_room_is_a_folder_or_a_module(tmp_path: Path) -> None:
    names = (
        "ykt_sim/wire/tlv.py", "ykt_sim/wires/a.py", "ykt_sim/trace/readers/blocks.py",
        "ykt_sim/cli/main.py", "conformance/ykt_conformance/judge/view.py", "tests/wire/b.py",
    )  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert modules_of(["wire"], tmp_path) == ["ykt_sim/wire/tlv.py"]
    assert modules_of(["ykt_sim/wire", "judge"], tmp_path) == [names[4], names[0]]
    assert modules_of(["trace/readers/blocks.py"], tmp_path) == [names[2]]
    assert set(modules_of([], tmp_path)) == {names[0], names[1], names[2], names[4]}
    with pytest.raises(SystemExit, match="no room 'wir' in"):
        modules_of(["wir"], tmp_path)


def test_the_draw_hangs_on_the_seed_alone() -> None:
    points = points_of(MODULE, SOURCE)
    first = drawn(points, 3, 1)
    assert len(set(first)) == 3
    assert drawn(reversed(points), 3, 1) == first
    assert drawn(points, 4, 1)[:3] == first
    assert {tuple(drawn(points, 3, seed)) for seed in range(5)} != {tuple(first)}


def test_a_mutant_lives_or_is_killed(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    points = [
        point("return a + b → return a - b"),
        point("while a > 9: → while a >= 9:"),
        Point(MODULE, "add", "statement", SOURCE, 0, 3, "de f"),
    ]
    killers = run_mirrored(points, [tree], lambda *words: told.append(words))
    test = "tests/card/test_sums.py::test_add"
    assert list(killers.values()) == [test, "", "does not compile"]
    assert told == list(killers.items())
    assert f"nothing broken: {test.replace('add', 'wrong_as_it_is')}" in capsys.readouterr().err
    assert (tree.folder / MODULE).read_bytes() == SOURCE


def test_what_is_broken_is_what_the_tests_import(tmp_path: Path) -> None:
    """Of the suite's package too, which is installed from another folder."""
    module = "conformance/ykt_conformance/sums.py"
    test = TEST.replace("ykt_sim.card.sums", "ykt_conformance.sums")
    for name, text in ((module, SOURCE.decode()), ("tests/test_sums.py", test)):
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    (tmp_path / "project" / module).with_name("__init__.py").touch()
    one = next(found for found in points_of(module, SOURCE) if "a - b" in found.change)
    copy = Tree(tmp_path / "copy", tmp_path / "project")
    assert copy.killer(one, ("tests",)) == "tests/test_sums.py::test_add"


def test_what_fails_without_the_change_too_kills_nothing(tree: Tree) -> None:
    """It passed once, with nothing broken, and never again."""
    (tree.folder / "tests" / "card" / "test_sums.py").write_text(
        "from pathlib import Path\n\ndef test_chance():\n"
        "    used = Path('used')\n    assert not used.exists()\n    used.touch()\n"
    )
    assert tree.killer(point("return a + b → return a - b"), ("tests",)) == ""


def test_tests_that_do_not_run_at_all_are_refused(tree: Tree) -> None:
    (tree.folder / "tests" / "card" / "test_sums.py").write_text("import nothing_like_it\n")
    with pytest.raises(SystemExit, match="pytest does not run tests"):
        tree.killer(point("return a + b → return a - b"), ("tests",))


def test_a_mutant_that_hangs_is_killed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant_tree, "PATIENCE", (0.0, 2.0))
    assert tree.killer(point("while a > 9: → while a <= 9:"), ("tests",)) == "hangs"


def test_an_explained_mutant_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = "ykt_sim/crypto/sm4.py"
    [one] = drawn(points_of(module, (mutate.ROOT / module).read_bytes()), 1, 5)
    explained = tmp_path / "explained.toml"
    entry = "[[mutant]]\nmodule = {}\nfunction = {}\nchange = {}\nwhy = {}\n"
    words = [json.dumps(word, ensure_ascii=False) for word in (*one.key, "no key is 0")]
    gone = [json.dumps(word) for word in (module, "gone", "a → b", "it was")]
    explained.write_text(entry.format(*words) + entry.format(*gone), encoding="utf-8")
    monkeypatch.setattr(Tree, "killer", lambda *_: pytest.fail("it was run"))
    result = tmp_path / "out" / "result.json"
    code = mutate.main([
        "--rooms", "crypto/sm4.py", "--seed", "5", "--explained", str(explained),
        "--json", str(result),
    ])  # fmt: skip
    assert code == 0
    [told] = json.loads(result.read_text(encoding="utf-8"))["mutants"]
    assert (told["change"], told["end"], told["how"]) == (one.change, "explained", "no key is 0")
    assert f"explains nothing any more: {module} gone" in capsys.readouterr().err


class Fake(Tree):
    """A tree whose tests fail as a table says: for each test, the changes it notices."""

    def __init__(self, notices: dict[str, set[str]]) -> None:
        self.notices = notices
        self.runs: list[int] = []

    def failing(self, points: Iterable[Point], tests: Sequence[str]) -> list[str] | None:
        assert tests == WHOLE
        changes = {point.change for point in points}
        self.runs.append(len(changes))
        failed = [test for test, noticed in self.notices.items() if noticed & changes]
        return None if "hang" in failed else failed

    def killer(self, point: Point, tests: Sequence[str]) -> str:
        noticing = (test for test, changes in self.notices.items() if point.change in changes)
        return next((test for test in noticing if test in tests or tests == WHOLE), "")


FIVE = [Point(f"{name}.py", "", "number", b"1", 0, 1, name) for name in "abcde"]


@pytest.mark.parametrize(
    ("notices", "killed", "runs"),
    [
        ({}, "", [5]),
        ({"one": {"1 → a", "1 → c"}, "two": {"1 → d"}}, "acd", [5, 2]),
        ({"hang": {"1 → b"}, "one": {"1 → c"}}, "bc", [5]),
    ],
)
def test_all_tests_are_run_with_many_broken(
    notices: dict[str, set[str]], killed: str, runs: list[int]
) -> None:
    tree = Fake(notices)
    killers = run_whole(FIVE, tree, lambda *_: None)
    assert [bool(killers[one]) for one in FIVE] == [one.text in killed for one in FIVE]
    assert tree.runs == runs


def test_of_one_module_one_place_at_a_time_is_broken() -> None:
    tree = Fake({"one": {"1 → a"}})
    points = [*FIVE, Point("a.py", "", "number", b"1", 0, 1, "z")]
    killers = run_whole(points, tree, lambda *_: None)
    assert [one.text for one, killer in killers.items() if killer] == ["a"]
    assert tree.runs == [5, 5]


def test_what_fails_by_chance_kills_nothing() -> None:
    tree = Fake({"one": {"1 → a"}})
    tree.killer = lambda *_: ""  # type: ignore[method-assign]
    assert set(run_whole(FIVE, tree, lambda *_: None).values()) == {""}


def test_many_broken_at_once(tree: Tree) -> None:
    assert tree.failing([point("while a > 9: → while a >= 9:")], ("tests",)) == []
    found = tree.failing([point("return a + b → return None")], ("tests",))
    assert found == ["tests/card/test_sums.py::test_add"]
    assert (tree.folder / MODULE).read_bytes() == SOURCE


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--no-whole"], 1)])
def test_who_lives_through_the_mirrored_tests_meets_all(
    words: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Tree, "failing", lambda *_: ["tests/test_bench.py::test_x"])
    monkeypatch.setattr(
        Tree, "killer", lambda *words: "x" if "tests/test_bench.py::test_x" in words[2] else ""
    )
    assert mutate.main(["--rooms", "crypto/sm4.py", *words]) == code
    assert ("lives: ykt_sim/crypto/sm4.py:" in capsys.readouterr().out) == bool(code)


def test_the_table_counts_modules_folders_and_all() -> None:
    points = points_of(MODULE, SOURCE)
    ends = ("mirrored", "whole", "survived", "explained")
    fates = {one: Fate(end) for one, end in zip(points, ends, strict=False)}
    rows = [line.split() for line in table(fates)][1:]
    numbers = ["1", "1", "1", "1", "67%"]
    assert rows == [["ykt_sim/card/", *numbers], [MODULE, *numbers], ["all", *numbers]]

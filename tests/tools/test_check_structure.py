"""What the check of the structure finds, on small trees that are wrong in one point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import check_structure as check


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "ykt_sim/__init__.py": '"""The program."""\n',
        "ykt_sim/codes.py": '"""Numbers."""\n',
        "ykt_sim/card/__init__.py": '"""The card."""\n',
        "ykt_sim/card/engine.py": '"""The engine\nof it | whole.\n\nMore."""\n',
        "conformance/ykt_conformance/__init__.py": '"""The suite."""\n',
        "tests/test_codes.py": "",
        "tests/card/test_engine.py": "",
        "tests/tools/mirror.toml": "[elsewhere]\n",
        "docs/reference/architecture.md": "`ykt_sim/`, `ykt_sim/card/` and "
        "`conformance/ykt_conformance/`\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / check.FILES).write_text(check.sheet(tmp_path), "utf-8")
    return tmp_path


def found(tree: Path) -> Iterator[str]:
    (tree / check.FILES).write_text(check.sheet(tree), "utf-8")
    return check.findings(tree)


def test_a_tree_in_order(tree: Path) -> None:
    assert list(check.findings(tree)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import ykt_sim.card.engine",
        "from ykt_sim.card import engine",
        "from ykt_sim.card.engine import Card",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ykt_sim.card.engine",
    ],
)
def test_a_circle(tree: Path, line: str) -> None:
    (tree / "ykt_sim/card/engine.py").write_text('"""E."""\nfrom ykt_sim import codes\n')
    (tree / "ykt_sim/codes.py").write_text(f'"""N."""\n{line}\n')
    assert list(found(tree)) == ["circle of imports: ykt_sim.card.engine, ykt_sim.codes"]


def test_an_import_inside_a_function_makes_no_circle(tree: Path) -> None:
    (tree / "ykt_sim/card/engine.py").write_text('"""E."""\nfrom ykt_sim import codes\n')
    (tree / "ykt_sim/codes.py").write_text(
        '"""N."""\n\n\ndef late():\n    import ykt_sim.card.engine\n'
    )
    assert list(found(tree)) == []


def test_circles_of_any_length() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["a", "d"], "d": ["e"], "e": ["d"], "f": []}
    assert sorted(check.circles(graph)) == [("a", "b", "c"), ("d", "e")]


def test_a_crowded_folder(tree: Path) -> None:
    for number in range(20):
        (tree / f"ykt_sim/card/m{number}.py").write_text('"""M."""\n')
        (tree / f"tests/card/test_m{number}.py").write_text("")
    assert list(found(tree)) == ["ykt_sim/card: 21 files, at most 20"]


def test_a_module_without_test(tree: Path) -> None:
    (tree / "ykt_sim/card/files.py").write_text('"""F."""\n')
    assert list(found(tree)) == ["ykt_sim/card/files.py: no tests/card/test_files.py"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('"ykt_sim/card/files.py" = "tests/card/test_engine.py"', None),
        ('"ykt_sim/card" = "tests/card"', "has a test file"),
        ('"ykt_sim/card/files.py" = "tests/gone.py"', "which is not there"),
        ('"ykt_sim/card/gone.py" = "tests/card"', "there is no ykt_sim/card/gone.py"),
    ],
)
def test_exceptions(tree: Path, row: str, said: str | None) -> None:
    (tree / "ykt_sim/card/files.py").write_text('"""F."""\n')
    (tree / check.EXCEPTIONS).write_text(f"[elsewhere]\n{row}\n")
    lines = list(found(tree))
    if said is None or said == "has a test file":
        assert lines == []
    else:
        assert any(said in line for line in lines)


def test_an_exception_for_what_has_a_test(tree: Path) -> None:
    (tree / check.EXCEPTIONS).write_text('[elsewhere]\n"ykt_sim/codes.py" = "tests/card"\n')
    (line,) = found(tree)
    assert "needs no exception" in line


def test_the_sheet_says_what_files_say(tree: Path) -> None:
    text = check.sheet(tree)
    assert "## `ykt_sim/card/`\n\nThe card.\n" in text
    assert "| `engine.py` | The engine of it \\| whole. |" in text
    (tree / "ykt_sim/codes.py").write_text('"""Other words."""\n')
    (line,) = check.findings(tree)
    assert line.startswith("docs/reference/files.md")


def test_a_file_that_does_not_say_what_it_is(tree: Path) -> None:
    (tree / "ykt_sim/codes.py").write_text("")
    assert list(found(tree)) == ["ykt_sim/codes.py: ykt_sim.codes does not say what it is"]


def test_the_architecture_names_what_is_there(tree: Path) -> None:
    page = tree / check.ARCHITECTURE
    page.write_text(page.read_text() + "`ykt_sim/sam/`\n")
    (tree / "ykt_sim/wire").mkdir()
    (tree / "ykt_sim/wire/__init__.py").write_text('"""W."""\n')
    assert list(found(tree)) == [
        "docs/reference/architecture.md: there is no ykt_sim/sam/",
        "docs/reference/architecture.md: does not say what ykt_sim/wire/ is",
    ]

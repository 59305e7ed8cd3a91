"""Fragments become a change log, in order, and what is none keeps the release back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.changelog import CHANGES, PLACES, ROOT, fragments, main, section, version_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, front in PLACES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'# 0.1.0\n{front}0.1.0"\nother = "0.1.0"\n', "utf-8")
    changes = tmp_path / CHANGES
    changes.mkdir(parents=True)
    (changes / "README.md").write_text("what a fragment is", "utf-8")
    (changes / "010.fixed.md").write_text("Ten is right.\n", "utf-8")
    (changes / "002.added.md").write_text("Two can be done.\nAt once.\n\n    $ ykt two\n", "utf-8")
    (changes / "009.added.md").write_text("Nine can be done.\n", "utf-8")
    return tmp_path


TEXT = """## 0.2.0

### Added

* Two can be done.
  At once.

      $ ykt two
* Nine can be done.

### Fixed

* Ten is right.
"""


def test_this_tree_is_fit_for_a_release() -> None:
    assert version_of(ROOT)
    assert all(text for _, _, text in fragments(ROOT))


def test_by_kind_and_number(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert section(root, "0.2.0") == TEXT
    assert main([], root) == 0
    assert capsys.readouterr().out.startswith("## 0.1.0\n")
    assert not (root / "CHANGELOG.md").exists()


def test_a_release(root: Path) -> None:
    assert main(["0.2.0", "--write"], root) == 0
    log = root / "CHANGELOG.md"
    assert log.read_text("utf-8") == f"# Changes of every version\n\n{TEXT}"
    assert [path.name for path in (root / CHANGES).iterdir()] == ["README.md"]
    assert version_of(root) == "0.2.0"
    assert (root / "docs/conf.py").read_text("utf-8").count("0.1.0") == 2
    (root / CHANGES / "011.changed.md").write_text("Eleven is otherwise.", "utf-8")
    assert main(["0.3.0", "--write"], root) == 0
    said = log.read_text("utf-8")
    assert said.startswith("# Changes of every version\n\n## 0.3.0\n\n### Changed\n\n* Eleven")
    assert said.endswith(f"otherwise.\n\n{TEXT}")


@pytest.mark.parametrize(
    ("name", "text", "words", "why"),
    [
        ("12.added.md", "x", [], "12.added.md: expected NNN.KIND.md, KIND one of added, changed"),
        ("012.new.md", "x", [], "012.new.md: expected NNN.KIND.md"),
        ("012.added.txt", "x", [], "012.added.txt: expected NNN.KIND.md"),
        ("012.added.md", " \n", [], "012.added.md: it is empty"),
        ("012.added.md", "x", ["0.2", "--write"], "'0.2': a version is three numbers"),
        ("012.added.md", "x", ["0.0.9", "--write"], "0.0.9 is below 0.1.0"),
    ],
)
def test_what_keeps_it_back(
    root: Path,
    name: str,
    text: str,
    words: list[str],
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (root / CHANGES / name).write_text(text, "utf-8")
    assert main(words, root) == 1
    assert why in capsys.readouterr().err
    assert (root / CHANGES / "010.fixed.md").exists()
    assert not (root / "CHANGELOG.md").exists()


def test_nothing_twice_and_nothing_from_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["0.2.0", "--write"], root) == 0
    assert main([], root) == 1
    assert "no fragment" in capsys.readouterr().err
    (root / CHANGES / "011.fixed.md").write_text("x", "utf-8")
    assert main(["0.2.0", "--write"], root) == 1
    assert "CHANGELOG.md has 0.2.0 already" in capsys.readouterr().err
    (root / "ykt_sim/version.py").write_text('__version__: Final = "9"', "utf-8")
    assert main([], root) == 1
    assert "versions differ" in capsys.readouterr().err

"""What the suite says is what its version stands for."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.conformance.cases import version
from ykt_conformance.cases.registry import SUITE_VERSION

TABLE = "conformance/ykt_conformance/cases/tables/loads.py"


def test_the_version_stands_for_what_the_suite_says_now() -> None:
    kept = tomllib.loads((version.ROOT / version.KEPT).read_text("utf-8"))
    assert kept["version"] == SUITE_VERSION
    assert kept["digest"] == version.digest(), (
        "cases, clauses or rules have changed: `make reference` raises the version of the suite"
    )


def test_the_version_is_raised_by_another_digest_only() -> None:
    text = '# 0.5.0\nversion = "1.5.9"\ndigest = "aa"\n'
    assert version.raised(text, "aa") == text
    assert version.raised(text, "bb") == '# 0.5.0\nversion = "1.5.10"\ndigest = "bb"\n'


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The files that the digest is over."""
    for name in ("conformance/ykt_conformance/cases", "conformance/ykt_conformance/model",
                 "ykt_sim/meaning/duty"):  # fmt: skip
        shutil.copytree(version.ROOT / name, tmp_path / name)
    assert version.digest(tmp_path) == version.digest()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        (TABLE, "\nfrom __future__", "\n# a comment\nfrom __future__", "same"),
        (TABLE, '"""', '"""Other words. ', "same"),
        (TABLE, 'id="T-', 'id="T-9', "other"),
        ("conformance/ykt_conformance/cases/clauses/terminal.toml", "\nlevel =",
         "\n#\nlevel =", "same"),
        ("conformance/ykt_conformance/cases/clauses/terminal.toml", '"must"', '"should"', "other"),
        ("conformance/ykt_conformance/model/rules.toml", '"must"', '"should"', "other"),
        ("ykt_sim/meaning/duty/rules.toml", "is let through", "may go through", "other"),
        ("conformance/ykt_conformance/cases/suite.toml", "digest", "other", "same"),
    ],
)  # fmt: skip
def test_a_row_a_clause_and_a_rule_count_and_comments_do_not(
    copied: Path, name: str, before: str, after: str, told: str
) -> None:
    path = copied / name
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    same = version.digest(copied) == version.digest()
    assert same is (told == "same")

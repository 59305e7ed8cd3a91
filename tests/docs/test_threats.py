"""The page on threats says nothing that no test holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/explanation/threat-model.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_is_named_is_there() -> None:
    named = _TEST.findall(PAGE.read_text("utf-8"))
    assert len(named) > 30
    for name, test in named:
        assert test, f"{name}: which test?"
        body = ast.parse((ROOT / name).read_text("utf-8")).body
        assert test in {one.name for one in body if isinstance(one, ast.FunctionDef)}, test


def test_every_threat_is_held_by_a_test() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    threats = [row for row in rows if not row.startswith("| threat ")]
    assert len(threats) > 20
    assert not [row for row in threats if not _TEST.search(row)]

"""The table of rules: every rule is asked for, and the clauses it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import ykt_conformance.model as room
from ykt_conformance.cases.clauses import load_clauses
from ykt_conformance.model.rules import RULES

_NAMES = re.compile(r'"([A-Z0-9]+(?:-[A-Z0-9]+)+|CLASS|INS|P1P2|LENGTH|BROKEN|DATA|BAL|INIT|COUNT'
                    r'|COMMIT|PROOF|BLOCK)"')  # fmt: skip


def test_every_rule_is_used_and_every_name_is_a_rule() -> None:
    folder = Path(str(room.__file__)).parent
    named = {
        name for path in folder.rglob("*.py") for name in _NAMES.findall(path.read_text("utf-8"))
    }
    assert named & RULES.keys() == RULES.keys()


def test_the_clauses_that_rules_name_are_there() -> None:
    known = load_clauses()
    for rule in RULES.values():
        assert rule.id.startswith("R-")
        assert rule.text
        assert rule.source
        assert set(rule.clauses) <= known.keys(), rule.id


def test_a_rule_is_no_stricter_than_its_clauses() -> None:
    known, order = load_clauses(), ("must", "should", "observed", "project")
    for rule in RULES.values():
        levels = [known[clause].level for clause in rule.clauses]
        strictest = min(map(order.index, levels), default=order.index(rule.level))
        assert order.index(rule.level) >= strictest, rule.id

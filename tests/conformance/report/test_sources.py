"""The bibliography, and official item numbers."""

from __future__ import annotations

import pytest

from ykt_conformance.cases.clauses import Clause, load_clauses
from ykt_conformance.cases.registry import all_cases
from ykt_conformance.model import RULES
from ykt_conformance.report.sources import marks, official, sources


def test_every_mark_of_a_clause_or_rule_is_in_the_bibliography() -> None:
    texts = [clause.source for clause in load_clauses().values()]
    texts += [rule.source for rule in RULES.values()]
    used = {mark for text in texts for mark in marks(text)}
    assert used - sources().keys() == set()
    assert {name for name, one in sources().items() if not (one.en and one.zh)} == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("[GM 8.8][LAB PICCL2/statemachine]", ("GM", "LAB")),
        ("[DUMP-edited] one; [JT/T 1356.2 6.1.7, excerpt] EP_JBGN_007", ("DUMP-edited", "JT/T")),
        ("[GM 8][CODE x6][GM 9]", ("GM", "CODE")),
        ("decision 4", ()),
    ],
)
def test_marks(source: str, found: tuple[str, ...]) -> None:
    assert marks(source) == found


def test_official_items_are_those_that_a_source_gives() -> None:
    def clause(source: str) -> Clause:
        return Clause(id="CL-X-001", text="t", text_zh="t", source=source, level="must",
                      basis="laboratory")  # fmt: skip

    assert official("", [clause("[GM 8]")]) == ""
    assert official("EP_JBGN_002", [clause("[LAB EP_JYSJ_001] x"), clause("EP_JBGN_002")]) == (
        "EP_JBGN_002 EP_JYSJ_001"
    )
    known = load_clauses()
    given = [official(case.official, (known[one] for one in case.clauses)) for case in all_cases()]
    assert sum(map(bool, given)) > sum(bool(case.official) for case in all_cases())

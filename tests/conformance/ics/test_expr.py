from __future__ import annotations

import pytest

from ykt_conformance.ics.expr import evaluate, explain, names
from ykt_sim.errors import UsageError

VALUES = {
    "tunion": {"claimed": True, "ef17": False, "log_records": 10},
    "lnt": {"claimed": False},
    "behaviour": {"balance": "shared"},
    "group": "purchase",
    "clauses": ["CL-A-001"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True", True),
        ("tunion", True),
        ("lnt", False),
        ("behaviour", True),  # a section without a claim is there
        ("tunion and not tunion.ef17", True),
        ("tunion and lnt", False),
        ("lnt or tunion.log_records", True),
        ("tunion.log_records >= 10", True),
        ("tunion.log_records > 10", False),
        ("tunion.log_records <= 10", True),
        ("tunion.log_records < 10", False),
        ('behaviour.balance == "shared"', True),
        ('behaviour.balance != "shared"', False),
        ('group in ("load", "purchase")', True),
        ('"CL-A-002" in clauses', False),
    ],
)
def test_expressions(text: str, expected: bool) -> None:  # noqa: FBT001
    assert evaluate(text, VALUES) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tunion and", "cannot be read"),
        ("tunion.upper()", "Call is not allowed"),
        ("[x for x in clauses]", "ListComp is not allowed"),
        ("tunion.log_records + 1", "BinOp is not allowed"),
        ("nothing", "no 'nothing'; known: behaviour, clauses"),
        ("tunion.nothing", "no tunion.nothing"),
        ("group.nothing", "no group.nothing"),
        ("tunion.ef17.deep", "too complicated"),
        ("1 < 2 < 3", "too complicated"),
        ("group < 3", "cannot be compared"),
        ("group not in clauses", "cannot be compared"),
        ("tunion or " * 50 + "lnt", "longer than 400"),
    ],
)
def test_everything_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        evaluate(text, VALUES)


def test_the_values_behind_an_expression_are_told() -> None:
    assert names("tunion and tunion.ef17 or lnt") == {"tunion.ef17", "lnt"}
    assert explain("lnt or tunion.log_records > 9", VALUES) == (
        "lnt or tunion.log_records > 9 with lnt=no, tunion.log_records=10"
    )
    assert explain('group == "load"', VALUES) == "group == \"load\" with group='purchase'"
    assert explain("True", VALUES) == "True"

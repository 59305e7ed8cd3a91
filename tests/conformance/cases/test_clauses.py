from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.conformance.support import case, selected
from tests.conformance.terminals import scene
from ykt_conformance.cases.clauses import Clause, coverage_problems, load_clauses, read_clauses
from ykt_conformance.cases.registry import all_cases
from ykt_sim.errors import ProfileError

GOOD = """
[[clause]]
id = "CL-A-001"
text = "One."
text_zh = "一。"
source = "[DUMP]"
level = "must"
basis = "dump"
"""


def clause(clause_id: str, excused: str = "") -> Clause:
    return Clause(
        id=clause_id, text="x", text_zh="x", source="x", level="must", basis="dump",
        excused=excused,
    )  # fmt: skip


def test_a_file_is_read() -> None:
    assert read_clauses(GOOD, "card.toml")[0].subject == "card"
    assert read_clauses(GOOD, "terminal-entry.toml")[0].subject == "terminal"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"CL-A-001"', '"A-1"', r"\$\.clause\[0\]\.id: 'A-1' is no clause id"),
        ('"must"', '"maybe"', r"\$\.clause\[0\]\.level"),
        ('"dump"', '"hearsay"', r"\$\.clause\[0\]\.basis"),
        ('"[DUMP]"', '""', "CL-A-001 needs text"),
        ("text_zh", "text_fr", r"\$\.clause\[0\]"),
        ("[[clause]]", "[[clauses]]", "unknown field"),
        ('"One."', "One", "card.toml"),
    ],
)
def test_errors_name_file_and_path(old: str, new: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        read_clauses(GOOD.replace(old, new), "card.toml")


def test_what_keeps_clauses_and_cases_apart() -> None:
    clauses = {
        found.id: found
        for found in (
            clause("CL-A-001"),
            clause("CL-A-002", "no way to see it"),
            clause("CL-A-003"),
        )
    }
    one = case("C-9001", clauses=("CL-A-001", "CL-A-002", "CL-A-009"))
    terminal = replace(scene("T-9001", print, selected), clauses=("CL-A-001",))
    assert coverage_problems([one, case("C-9002", clauses=()), terminal], clauses) == [
        "C-9001 cites CL-A-009, which does not exist",
        "C-9002 cites no clause",
        "T-9001 is a terminal case, CL-A-001 is not",
        "CL-A-002 is excused but covered",
        "CL-A-003 is neither covered nor excused",
    ]


def test_every_clause_is_covered_or_excused_and_every_case_cites_one() -> None:
    assert coverage_problems(all_cases(), load_clauses()) == []

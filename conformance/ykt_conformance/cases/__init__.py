"""Cases: one module per subject matter, each with a tuple `CASES`, and how they are chosen.

A case is in the suite because its module lies in ``card`` or ``terminal``; ``words`` and
``scenes`` are what these are written with, ``clauses`` what they rest on. Must not know how a
case is run or reported.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.cases.case import CardCase, Case, TerminalCase
    from ykt_conformance.cases.clauses import Clause, load_clauses
    from ykt_conformance.cases.registry import all_cases, card_cases, suite_sha256, terminal_cases
    from ykt_conformance.cases.select import Selection, choose, decide
else:
    __getattr__ = late(
        __name__,
        {
            "case": "CardCase Case TerminalCase",
            "clauses": "Clause load_clauses",
            "registry": "all_cases card_cases suite_sha256 terminal_cases",
            "select": "Selection choose decide",
        },
    )

__all__ = [
    "CardCase",
    "Case",
    "Clause",
    "Selection",
    "TerminalCase",
    "all_cases",
    "card_cases",
    "choose",
    "decide",
    "load_clauses",
    "suite_sha256",
    "terminal_cases",
]

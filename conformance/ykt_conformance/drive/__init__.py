"""What a stimulus is given: a card or terminal to drive, commands, limits, cards to present.

A card case yields steps at a `CardBench`; a terminal case presents cards at a `TerminalBench`.
A target gives the `Terminal`. Must not know a case, a run or an engine; cards to present are
made by `ykt_sim.bench`.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.drive.card import CardBench
    from ykt_conformance.drive.issue import Spec, TestCard
    from ykt_conformance.drive.limits import LimitError, Limits, seeded
    from ykt_conformance.drive.steps import Impossible, PowerCycle, Pull, Send, Step, Tear
    from ykt_conformance.drive.terminal import (
        CardSide,
        Mutation,
        Removal,
        Shown,
        Terminal,
        TerminalBench,
        TerminalReport,
    )
else:
    __getattr__ = late(
        __name__,
        {
            "card": "CardBench",
            "issue": "Spec TestCard",
            "limits": "LimitError Limits seeded",
            "steps": "Impossible PowerCycle Pull Send Step Tear",
            "terminal": "CardSide Mutation Removal Shown Terminal TerminalBench TerminalReport",
        },
    )

__all__ = [
    "CardBench",
    "CardSide",
    "Impossible",
    "LimitError",
    "Limits",
    "Mutation",
    "PowerCycle",
    "Pull",
    "Removal",
    "Send",
    "Shown",
    "Spec",
    "Step",
    "Tear",
    "Terminal",
    "TerminalBench",
    "TerminalReport",
    "TestCard",
    "seeded",
]

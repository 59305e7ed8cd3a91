"""The reference model of a card, and of a PSAM: what it may answer to any command, in any state.

Written from the fact sheets and made for one card by its form (ICS) and keys alone. It shares no
code with the engine: it knows what a card says, not how it comes to it. It must not know cases,
targets or reports.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.model.expect import Divergence, Expectation, Outcome
    from ykt_conformance.model.model import Model
    from ykt_conformance.model.psam import Psam
    from ykt_conformance.model.rules import RULES
    from ykt_conformance.model.walking import Lane, Walked, walk
else:
    __getattr__ = late(
        __name__,
        {
            "expect": "Divergence Expectation Outcome",
            "model": "Model",
            "psam": "Psam",
            "rules": "RULES",
            "walking": "Lane Walked walk",
        },
    )

__all__ = [
    "RULES",
    "Divergence",
    "Expectation",
    "Lane",
    "Model",
    "Outcome",
    "Psam",
    "Walked",
    "walk",
]

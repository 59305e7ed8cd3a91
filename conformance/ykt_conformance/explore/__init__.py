"""Exploration: a card is driven where no case goes, and every answer is judged by the model.

`explore` draws steps by the model's own state, `replay` plays a list of them, `withheld` and
`redactor` take out what is not to be told. Must not know
cases or reports.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.explore.run import Explored, ExplorePlan, explore, replay
    from ykt_conformance.explore.telling import recording, redactor, withheld
else:
    __getattr__ = late(
        __name__,
        {
            "run": "Explored ExplorePlan explore replay",
            "telling": "recording redactor withheld",
        },
    )

__all__ = [
    "ExplorePlan",
    "Explored",
    "explore",
    "recording",
    "redactor",
    "replay",
    "withheld",
]

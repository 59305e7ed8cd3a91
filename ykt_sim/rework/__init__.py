"""Traces worked over: compared, replayed against a card, played as a card, sanitised.

What goes in and what comes out are traces; verbs and pages show them. Nothing here opens a
reader or a file of a card: links are handed in.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.rework.changes import Change, Difference
    from ykt_sim.rework.driving import drive, fits
    from ykt_sim.rework.outcome import Replayed
    from ykt_sim.rework.play.card import make_player
    from ykt_sim.rework.play.link import PlayedLink
    from ykt_sim.rework.play.report import Manner
    from ykt_sim.rework.replay import Replay, ReplayOptions, WithoutKeys
    from ykt_sim.rework.sanitise.trace import Sanitised
else:
    __getattr__ = late(
        __name__,
        {
            "changes": "Change Difference",
            "driving": "drive fits",
            "outcome": "Replayed",
            "play.card": "make_player",
            "play.link": "PlayedLink",
            "play.report": "Manner",
            "replay": "Replay ReplayOptions WithoutKeys",
            "sanitise.trace": "Sanitised",
        },
    )

__all__ = [
    "Change",
    "Difference",
    "Manner",
    "PlayedLink",
    "Replay",
    "ReplayOptions",
    "Replayed",
    "Sanitised",
    "WithoutKeys",
    "drive",
    "fits",
    "make_player",
]

"""ykt-sim: an open test bench for transit-card interoperability in Guangdong.

The names here are those for daily use; each is imported when it is asked for. Every room
offers more (`ykt_sim.bench`, `ykt_sim.trace`, ...), see ``docs/reference/python.md``. The rooms
and the one-way imports between them are described in ``docs/reference/architecture.md``.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late
from ykt_sim.version import __version__

if TYPE_CHECKING:
    from ykt_sim.bench.images import load_card, save_card
    from ykt_sim.bench.make import make_card, make_host, make_sam, make_terminal
    from ykt_sim.bench.stand import Stand, StandSetup, Tapped
    from ykt_sim.bench.tap import TapResult, run_tap
    from ykt_sim.bench.targets import open_target
    from ykt_sim.card.engine import Card
    from ykt_sim.card.image import CardImage
    from ykt_sim.errors import YktError
    from ykt_sim.meaning.annotate import annotate
    from ykt_sim.meaning.decode import decode
    from ykt_sim.meaning.understand import understand
    from ykt_sim.profiles.cards import load_card_profile
    from ykt_sim.profiles.terminals import load_terminal_profile
    from ykt_sim.rework.diff import diff
    from ykt_sim.trace.jsonl import write_trace
    from ykt_sim.trace.model import Trace
    from ykt_sim.trace.opening import open_trace, whole_trace
else:
    __getattr__ = late(
        __name__,
        {
            "bench.images": "load_card save_card",
            "bench.make": "make_card make_host make_sam make_terminal",
            "bench.stand": "Stand StandSetup Tapped",
            "bench.tap": "TapResult run_tap",
            "bench.targets": "open_target",
            "card.engine": "Card",
            "card.image": "CardImage",
            "errors": "YktError",
            "meaning.annotate": "annotate",
            "meaning.decode": "decode",
            "meaning.understand": "understand",
            "profiles.cards": "load_card_profile",
            "profiles.terminals": "load_terminal_profile",
            "rework.diff": "diff",
            "trace.jsonl": "write_trace",
            "trace.model": "Trace",
            "trace.opening": "open_trace whole_trace",
        },
    )

__all__ = [
    "Card",
    "CardImage",
    "Stand",
    "StandSetup",
    "TapResult",
    "Tapped",
    "Trace",
    "YktError",
    "__version__",
    "annotate",
    "decode",
    "diff",
    "load_card",
    "load_card_profile",
    "load_terminal_profile",
    "make_card",
    "make_host",
    "make_sam",
    "make_terminal",
    "open_target",
    "open_trace",
    "run_tap",
    "save_card",
    "understand",
    "whole_trace",
    "write_trace",
]

"""The sweep of cuts: a tap is cut wherever it can be, and what comes after is held to the books.

`flows` are the taps, `cuts` the places at which one can be cut, `after` what is presented then;
`sweep` plays every combination, or a sample of several cuts, in memory; `pages` and `kept` say what
came of it.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.bench.sweep.after import AFTER
    from ykt_sim.bench.sweep.case import Case, Outcome, play
    from ykt_sim.bench.sweep.cuts import Cut
    from ykt_sim.bench.sweep.flows import FLOWS, Flow, Setting, flows_of
    from ykt_sim.bench.sweep.run import Plan, Swept, sweep
else:
    __getattr__ = late(
        __name__,
        {
            "after": "AFTER",
            "case": "Case Outcome play",
            "cuts": "Cut",
            "flows": "FLOWS Flow Setting flows_of",
            "run": "Plan Swept sweep",
        },
    )

__all__ = [
    "AFTER",
    "FLOWS",
    "Case",
    "Cut",
    "Flow",
    "Outcome",
    "Plan",
    "Setting",
    "Swept",
    "flows_of",
    "play",
    "sweep",
]

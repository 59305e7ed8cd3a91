"""A terminal: events in, actions out.

The machine knows no link, no file and no clock; what it wants done it says in actions,
and what happened comes back as events. MACs are the PSAM's business, load MACs the
issuer host's; the terminal never holds a key. Each tap ends in one decision.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.terminal.journal import recover
    from ykt_sim.terminal.machine import Machine, TransitionError, state_diagram
    from ykt_sim.terminal.phases import Phase
else:
    __getattr__ = late(
        __name__,
        {
            "journal": "recover",
            "machine": "Machine TransitionError state_diagram",
            "phases": "Phase",
        },
    )

__all__ = [
    "Machine",
    "Phase",
    "TransitionError",
    "recover",
    "state_diagram",
]

"""A terminal: events in, actions out.

The machine knows no link, no file and no clock; what it wants done it says in actions,
and what happened comes back as events. MACs are the PSAM's business, load MACs the
issuer host's; the terminal never holds a key. Each tap ends in one decision.
"""

from ykt_sim.terminal.journal import recover
from ykt_sim.terminal.machine import Machine, TransitionError, state_diagram
from ykt_sim.terminal.phases import Phase

__all__ = [
    "Machine",
    "Phase",
    "TransitionError",
    "recover",
    "state_diagram",
]

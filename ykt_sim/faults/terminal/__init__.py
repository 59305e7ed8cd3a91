"""Terminals that are wrong in one point: one name, one wrong thing each.

The machine knows nothing of this: a fault changes its profile, stands between it and the
world, or puts another row or another rule in the place of one (`fault` says where). They
are what the conformance suite is tried on; the first ones are faults that terminals in the
field have shown (cards facts 7).
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.faults.terminal.fault import TerminalFault
    from ykt_sim.faults.terminal.make import make_terminal
    from ykt_sim.faults.terminal.table import FAULTS, check
else:
    __getattr__ = late(
        __name__,
        {
            "fault": "TerminalFault",
            "make": "make_terminal",
            "table": "FAULTS check",
        },
    )

__all__ = ["FAULTS", "TerminalFault", "check", "make_terminal"]

"""Cards that are wrong in one point: one name, one wrong thing each.

The engine knows nothing of this: a fault changes the card's image, stands at its border, or
replaces a row or a rule (`fault` says where, `make` applies them). Each chapter of rules
(`ykt_sim.card.rules`) has a file of the same name in `chapters`.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.faults.card.border import AnyCard
    from ykt_sim.faults.card.fault import CardFault
    from ykt_sim.faults.card.make import make_card
    from ykt_sim.faults.card.table import FAULTS, check
else:
    __getattr__ = late(
        __name__,
        {
            "border": "AnyCard",
            "fault": "CardFault",
            "make": "make_card",
            "table": "FAULTS check",
        },
    )

__all__ = ["FAULTS", "AnyCard", "CardFault", "check", "make_card"]

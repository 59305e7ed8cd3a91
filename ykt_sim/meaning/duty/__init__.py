"""Money and duty: who must pay at a terminal, who must not, what must be on record.

`visits` reads the taps of a recording, `Terms` says what a terminal has declared, and `Duty`
judges one visit after the other: given what a card was before, what the terminal did and said
and what the card is after, it gives findings, each with its rule and source. Written from the
fact sheets alone; must not know an engine, a link or a suite.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.meaning.duty.finding import Finding
    from ykt_sim.meaning.duty.ledger import Duty
    from ykt_sim.meaning.duty.purse import Money
    from ykt_sim.meaning.duty.rules import DUTIES
    from ykt_sim.meaning.duty.seen import Purse, State, Visit, Who, visits
    from ykt_sim.meaning.duty.terms import Terms
else:
    __getattr__ = late(
        __name__,
        {
            "finding": "Finding",
            "ledger": "Duty",
            "purse": "Money",
            "rules": "DUTIES",
            "terms": "Terms",
            "seen": "Purse State Visit Who visits",
        },
    )

__all__ = [
    "DUTIES",
    "Duty",
    "Finding",
    "Money",
    "Purse",
    "State",
    "Terms",
    "Visit",
    "Who",
    "visits",
]

"""APPLICATION UNBLOCK [GM 8.2]; what a blocked application still answers is in `tables`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import Df
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW

PERMANENT: Final = 2
#: Wrong APPLICATION UNBLOCK in a row that lock the application for good [GM 8.2].
_TRIES: Final = 3


class BlockingRules:
    """What can be unblocked, and what wrong tries cost."""

    def for_a_time(self, df: Df) -> None:
        """What is locked for good stays so: 9303 [GM 8.2]."""
        if df.blocked == PERMANENT:
            raise Refusal(SW.APP_LOCKED)

    def locks(self, failures: int) -> bool:
        """Three wrong tries in a row lock the application for good [GM 8.2]."""
        return failures >= _TRIES

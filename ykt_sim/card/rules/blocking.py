"""Blocked applications: SELECT, APPLICATION BLOCK and UNBLOCK [GM 8.2, 8.3].

Which commands a blocked application still answers is in `tables`.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import MF, Df
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Command

TEMPORARY: Final = 1
PERMANENT: Final = 2
#: Wrong APPLICATION UNBLOCK in a row that lock the application for good [GM 8.2].
_TRIES: Final = 3


class BlockingRules:
    """What is told of a blocked application, what can be unblocked, what wrong tries cost."""

    def selected(self, df: Df) -> int:
        """SELECT of what is blocked ends as the application says [LAB][GM 8.3].

        6283, 6284, 9303 or 6A81; real cards differ.
        """
        if df.blocked == PERMANENT:
            return df.locked_select_sw
        return df.blocked_select_sw if df.blocked else df.select_sw

    def tells_fci(self, df: Df) -> bool:
        """Blocked for a time it gives its FCI beside 9000 or a warning only [LAB].

        Locked for good it gives none.
        """
        if df.blocked == PERMANENT:
            return False
        return not df.blocked or df.blocked_select_sw >> 8 in (0x62, 0x90)

    def file_selected(self, df: Df) -> None:
        """No file of a blocked application is selected: 6A81 [GM 8.3]."""
        if df.blocked:
            raise Refusal(SW.NOT_SUPPORTED)

    def application(self, fid: int) -> None:
        """The MF is no application and cannot be blocked: 6985 [GM 8.3]."""
        if fid == MF:
            raise Refusal(SW.CONDITIONS)

    def parameters(self, command: Command) -> None:
        """P1 is 00 (01 would be SM4), P2 00 or 01, else 6A86 [GM 8.3][LAB]."""
        if command.p1 or command.p2 > 1:
            raise Refusal(SW.WRONG_P1P2)

    def level(self, df: Df, p2: int) -> int:
        """P2 00 blocks for a time, 01 for good, and what is locked for good stays so [GM 8.3]."""
        return max(df.blocked, PERMANENT if p2 else TEMPORARY)

    def is_blocked(self, df: Df) -> None:
        """What is not blocked cannot be unblocked: 6985 [GM 8.2]."""
        if not df.blocked:
            raise Refusal(SW.CONDITIONS)

    def for_a_time(self, df: Df) -> None:
        """What is locked for good stays so: 9303 [GM 8.2]."""
        if df.blocked == PERMANENT:
            raise Refusal(SW.APP_LOCKED)

    def locks(self, failures: int) -> bool:
        """Three wrong tries in a row lock the application for good [GM 8.2]."""
        return failures >= _TRIES

    def told(self, locked: bool) -> int:  # noqa: FBT001 - what `locks` said
        """A wrong try is 6988, the one that locks is 9303 [GM 8.2]."""
        return SW.APP_LOCKED if locked else SW.SM_MAC_WRONG

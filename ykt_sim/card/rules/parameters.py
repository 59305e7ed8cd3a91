"""P1, P2 and the length of data, where a command has one shape only [ISO 7816-4][GM 7, 8].

What P1, P2 and Le choose is in the chapter of the command.
"""

from __future__ import annotations

from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Command


class ParametersRules:
    """What every command of a fixed shape is asked, P1 and P2 before the length."""

    def none(self, command: Command) -> None:
        """A command without parameters has P1 and P2 00, else 6A86 [ISO 7816-4]."""
        if command.p1 or command.p2:
            raise Refusal(SW.WRONG_P1P2)

    def p2_alone(self, command: Command) -> None:
        """A command that takes P2 alone has P1 00, else 6A86 [ISO 7816-4]."""
        if command.p1:
            raise Refusal(SW.WRONG_P1P2)

    def either(self, command: Command) -> int:
        """The PIN to unblock stands in P1 [CODE] or P2 [GM 8.4], the other is 00; else 6A86."""
        if command.p1 and command.p2:
            raise Refusal(SW.WRONG_P1P2)
        return command.p1 or command.p2

    def length(self, command: Command, *known: int) -> None:
        """Data of any other length than the command's own is 6700 [ISO 7816-4]."""
        if len(command.data) not in known:
            raise Refusal(SW.WRONG_LENGTH)

    def between(self, command: Command, least: int, most: int) -> None:
        """Data shorter or longer than the command takes is 6700 [ISO 7816-4]."""
        if not least <= len(command.data) <= most:
            raise Refusal(SW.WRONG_LENGTH)

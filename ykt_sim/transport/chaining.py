"""A wrapper that speaks T=0 with a card that needs it.

``61xx`` asks for GET RESPONSE, ``6Cxx`` for the same command with Le xx (ISO 7816-4). With
T=0 a command cannot carry data and Le: the Le of such a command stays behind, and the card
announces its answer with 61xx (ISO 7816-3, 12.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.errors import LinkError, WireError
from ykt_sim.transport.link import Link
from ykt_sim.wire.apdu import Command

_MORE: Final = 0x61
_WRONG_LE: Final = 0x6C
#: Rounds after which a card that never stops announcing is given up.
LIMIT: Final = 64


class ResponseChaining:
    """Hide 61xx and 6Cxx: `transmit` gives the whole answer with the last status word.

    Args:
        link: what is wrapped.
        t0: says before each command whether the card speaks T=0; where it does not,
            everything passes as it is. Always, when None: then Le goes out too.
    """

    def __init__(self, link: Link, *, t0: Callable[[], bool] | None = None) -> None:
        self.link = link
        self._t0 = t0

    def power_on(self) -> bytes:
        """Reset the link."""
        return self.link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command and fetch the rest of its answer.

        Raises:
            LinkError: the card keeps announcing more, or answers less than two bytes.
        """
        if self._t0 is not None:
            if not self._t0():
                return self.link.transmit(apdu)
            apdu = _without_le(apdu)
        collected = b""
        command = apdu
        for _ in range(LIMIT):
            answer = self.link.transmit(command)
            if len(answer) < 2:
                raise LinkError(f"answer of {len(answer)} byte(s), a status word has two")
            sw1, sw2 = answer[-2], answer[-1]
            if sw1 == _MORE:
                collected += answer[:-2]
                command = bytes((apdu[0] & 0x03, INS.GET_RESPONSE, 0, 0, sw2))
            elif sw1 == _WRONG_LE:
                command = Command.parse(command)._replace(le=sw2).build()
            else:
                return collected + answer
        raise LinkError(f"the card announced more data {LIMIT} times in a row")

    def close(self) -> None:
        """Close the link."""
        self.link.close()


def _without_le(apdu: bytes) -> bytes:
    try:
        command = Command.parse(apdu)
    except WireError:
        return apdu  # what is no command goes out as it is, for the card to refuse
    return command._replace(le=None).build() if command.data else apdu

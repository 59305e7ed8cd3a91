"""A wrapper that fetches what a T=0 card announces.

``61xx`` asks for GET RESPONSE, ``6Cxx`` for the same command with Le xx (ISO 7816-4).
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import INS
from ykt_sim.errors import LinkError
from ykt_sim.transport.link import Link
from ykt_sim.wire.apdu import Command

_MORE: Final = 0x61
_WRONG_LE: Final = 0x6C
#: Rounds after which a card that never stops announcing is given up.
LIMIT: Final = 64


class ResponseChaining:
    """Hide 61xx and 6Cxx: `transmit` gives the whole answer with the last status word."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def power_on(self) -> bytes:
        """Reset the link."""
        return self._link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command and fetch the rest of its answer.

        Raises:
            LinkError: the card keeps announcing more, or answers less than two bytes.
        """
        collected = b""
        command = apdu
        for _ in range(LIMIT):
            answer = self._link.transmit(command)
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
        self._link.close()

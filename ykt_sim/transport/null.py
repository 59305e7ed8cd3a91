"""A card that does nothing: what is left of a command's time is the way to it and back.

It answers everything with 9000, at once. ``80 FE hi lo`` (a class and instruction of no
card here) is answered with that many zero bytes and 9000, so that the way can be measured
for answers of any length.
"""

from __future__ import annotations

from typing import Final

#: TS, T0 with TD1 and four historical bytes, T=1, "null", TCK.
ATR: Final = bytes.fromhex("3B84016E756C6C9E")
FILL: Final = bytes.fromhex("80FE")
_OK: Final = b"\x90\x00"
_MOST: Final = 256


class NullLink:
    """The card that does nothing."""

    def power_on(self) -> bytes:
        """Give the ATR."""
        return ATR

    def transmit(self, apdu: bytes) -> bytes:
        """Answer at once."""
        if apdu[:2] == FILL and len(apdu) >= 4:
            return bytes(min(_MOST, apdu[2] << 8 | apdu[3])) + _OK
        return _OK

    def close(self) -> None:
        """Nothing to give up."""


def fill(count: int) -> bytes:
    """The command that a null card answers with so many bytes (0 to 256) and 9000."""
    return FILL + count.to_bytes(2, "big") + b"\x00"

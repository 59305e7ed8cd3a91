"""What a PSAM's DES makes: `80 1A` opens a key, `80 FA` enciphers or makes a MAC with it.

`80 1A usage version` divides the PSAM's key by 8 or 16 bytes; `80 FA 05 00` goes over IV and data
that is padded already, `80 FA 00 00` enciphers [CODE] purse facts 1. No answer of a PSAM was ever
seen, so how many bytes of a MAC come back is taken from the answer, and which of two factors
divides first is told by what fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ykt_sim.meaning.explain.inputs import Cipher, Inputs, KeyPath, Padding, Take
from ykt_sim.wire.apdu import Command

#: Standard under which keys of a PSAM stand in a key file.
PSAM: Final = "psam"
_BLOCK: Final = 8
_MAC: Final = 0x05
_ENCIPHER: Final = 0x00
#: Usage of the key for line protection, the one that a card's master is known for too.
_LINE: Final = 0x26


class SamDes(msgspec.Struct, frozen=True):
    """What `80 1A` opened.

    Attributes:
        usage, version: of the key.
        factors: in the order in which they were sent.
    """

    usage: int
    version: int
    factors: tuple[bytes, ...]

    @classmethod
    def opened(cls, asked: Command) -> SamDes | None:
        """Read `80 1A`; None where its data is no factors."""
        data = asked.data
        if len(data) not in {0, _BLOCK, 2 * _BLOCK}:
            return None
        factors = tuple(data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK))
        return cls(asked.p1, asked.p2, factors)

    @property
    def name(self) -> str:
        """The key in words."""
        return f"usage {self.usage:02X}, version {self.version:02X}"

    def paths(self, standard: str | None) -> Iterator[KeyPath]:
        """Where its key may be, the surest first.

        Args:
            standard: of the card that is there, None where that is not known.
        """
        orders = dict.fromkeys((self.factors, self.factors[::-1]))
        usage = f"usage-{self.usage:02X}"
        for factors in orders:
            yield KeyPath(PSAM, f"{usage}-{self.version:02X}", factors)
            yield KeyPath(PSAM, usage, factors)
            if self.usage == _LINE and standard:
                yield KeyPath(standard, "line", factors)

    @property
    def wanted(self) -> str:
        """Why nothing can be said without a key."""
        return (
            f"no key of the PSAM for {self.name}: a key file gives it as standard psam, "
            f"type {self.usage:02X}, value or master"
        )


def made(asked: Command, answer: bytes, path: KeyPath) -> Inputs | str:
    """What the answer of `80 FA` is made of, or why that cannot be said."""
    data, size = asked.data, len(answer)
    if not data or len(data) % _BLOCK:
        return f"{len(data)} bytes are no whole blocks"
    if asked.p1 == _ENCIPHER:
        under = (("data", data),)
        return Inputs("cryptogram", path, under, cipher=Cipher.ECB, take=Take.WHOLE)
    if asked.p1 != _MAC:
        return f"what P1 {asked.p1:02X} makes is not known"
    if size not in {_BLOCK // 2, _BLOCK} or len(data) < 2 * _BLOCK:
        return "a MAC has four or eight bytes, over IV and data"
    take = Take.WHOLE if size == _BLOCK else Take.LEFT
    under = (("data", data[_BLOCK:]),)
    return Inputs("MAC", path, under, iv=data[:_BLOCK], padding=Padding.IF_NEEDED, take=take)

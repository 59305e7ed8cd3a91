"""The link protocol, and what some links can do besides.

Who wants more of a link than these three methods asks with ``isinstance`` for one of the
protocols here; a wrapper that hides such an ability hides it on purpose.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


class Link(Protocol):
    """A card or SAM at the other end of a wire, a field or a function call."""

    def power_on(self) -> bytes:
        """Reset or activate; gives the ATR. Raises LinkError when nobody answers."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """Send one command APDU; gives data and status word, whatever the status word.

        Raises:
            CardRemovedError: the card left before it answered.
            LinkError: the other side cannot be reached.
        """
        ...

    def close(self) -> None:
        """Give the other side up; may be called twice."""
        ...


@runtime_checkable
class Tearable(Link, Protocol):
    """A link to a card whose power can be cut inside a command."""

    def tear(self, write: int, /) -> None:
        """Cut the power at the n-th physical write (from 1) of the next command, of no other."""
        ...


@runtime_checkable
class Factual(Link, Protocol):
    """A link to a card that can be looked into."""

    def facts(self) -> dict[str, Any]:
        """What the card holds, as plain data without keys."""
        ...


@runtime_checkable
class Renewable(Link, Protocol):
    """A link whose other side may put a new card in the place of the one it has."""

    def renew(self, seed: int, /) -> bool:
        """A card in its first state, its randoms from the seed; False where nobody makes one."""
        ...


@runtime_checkable
class InReader(Link, Protocol):
    """A link to a card in a reader.

    Attributes:
        reader: the reader's name; empty before it was connected.
        protocol: spoken with the card, ``T=0`` or ``T=1``; empty before it was connected.
    """

    @property
    def reader(self) -> str:
        """Name of the reader."""
        ...

    @property
    def protocol(self) -> str:
        """Protocol spoken with the card."""
        ...

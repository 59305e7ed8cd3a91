"""A wrapper that takes the card away at a chosen command."""

from __future__ import annotations

from collections.abc import Callable

from ykt_sim.errors import CardRemovedError, UsageError
from ykt_sim.transport.link import Link


class FaultLink:
    """Remove the card around its n-th command, once.

    Args:
        link: the link to the card.
        before: number of the command that no longer reaches the card; commands are
            counted from 1 over the life of this object, resets do not count.
        after: number of the command that the card still executes but whose answer is lost.
        matching: count only commands this accepts, e.g. ``lambda c: c[1] == 0x54``.

    After the removal every command fails until `power_on`; then the link is whole again.
    """

    def __init__(
        self,
        link: Link,
        *,
        before: int | None = None,
        after: int | None = None,
        matching: Callable[[bytes], bool] | None = None,
    ) -> None:
        for name, number in (("before", before), ("after", after)):
            if number is not None and number < 1:
                raise UsageError(f"{name} counts commands from 1, got {number}")
        self._link = link
        self._before = before
        self._after = after
        self._matching = matching
        self._count = 0
        self._gone = False

    @property
    def count(self) -> int:
        """Commands counted so far."""
        return self._count

    def power_on(self) -> bytes:
        """Put the card back and reset it."""
        self._gone = False
        return self._link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        """One command, or CardRemovedError when the card is (being) taken away."""
        if self._gone:
            raise CardRemovedError("the card is gone: power_on first")
        counted = self._matching is None or self._matching(apdu)
        self._count += counted
        if counted and self._count == self._before:
            self._gone = True
            raise CardRemovedError(f"card removed before command {self._count}")
        answer = self._link.transmit(apdu)
        if counted and self._count == self._after:
            self._gone = True
            raise CardRemovedError(f"card removed before the answer to command {self._count}")
        return answer

    def close(self) -> None:
        """Close the link."""
        self._link.close()

"""A wrapper that turns everything on a link into trace events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from ykt_sim.errors import LinkError
from ykt_sim.trace.model import Exchange, Removed, Reset
from ykt_sim.transport.link import Link

Clock = Callable[[], float]
Sink = Callable[[Exchange | Reset | Removed], object]

#: Microseconds are kept; what is finer is noise of the arithmetic.
_SECOND_DIGITS: Final = 6
_MS_DIGITS: Final = 3


class Recorder:
    """Record resets, exchanges and removals of a link.

    Args:
        link: what is recorded.
        clock: monotonic seconds; handed in, so that a simulated trace can be repeated.
        sink: takes each event in order, e.g. ``list.append``.
        channel: ``card`` or ``sam``.
        start: clock value that counts as time 0; the first call of the clock when None.

    A command whose answer never came is not an exchange; the removal stands for it, as a
    sniffer on the card's side could not tell more.
    """

    def __init__(
        self,
        link: Link,
        clock: Clock,
        sink: Sink,
        *,
        channel: Literal["card", "sam"] = "card",
        start: float | None = None,
    ) -> None:
        self._link = link
        self._clock = clock
        self._sink = sink
        self._channel: Literal["card", "sam"] = channel
        self._start = clock() if start is None else start

    def power_on(self) -> bytes:
        """Reset the link and record it."""
        at = self._clock()
        atr = self._link.power_on()
        self._sink(Reset(t=self._since(at), channel=self._channel, atr=atr))
        return atr

    def transmit(self, apdu: bytes) -> bytes:
        """Pass one command on and record it with its duration in milliseconds."""
        at = self._clock()
        try:
            answer = self._link.transmit(apdu)
        except LinkError:
            self._sink(Removed(t=self._since(self._clock()), channel=self._channel))
            raise
        taken = (self._clock() - at) * 1000
        self._sink(
            Exchange(
                t=self._since(at),
                channel=self._channel,
                command=apdu,
                response=answer,
                duration_ms=round(taken, _MS_DIGITS),
            )
        )
        return answer

    def _since(self, at: float) -> float:
        return round(at - self._start, _SECOND_DIGITS)

    def close(self) -> None:
        """Close the link."""
        self._link.close()

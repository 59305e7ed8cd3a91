"""The card's side of a trace, byte by byte in its order; whatever else comes is refused."""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import SW
from ykt_sim.rework.play.report import PlayReport, card_events, named, shown
from ykt_sim.trace.model import Event, Exchange, Removed, Reset, Trace

#: ATR of a contactless card that says nothing of itself [PC/SC part 3]; where there is none.
PLAIN_ATR: Final = bytes.fromhex("3B80800101")


class ExactPlayer:
    """Answers in the order of the trace and nothing else.

    Args:
        trace: what was recorded.
        once: a reset goes on in the trace instead of beginning anew.
    """

    def __init__(self, trace: Trace, *, once: bool = False) -> None:
        self.report = PlayReport()
        self._events = card_events(trace)
        self._once = once
        self._at = 0

    def power_on(self) -> bytes:
        """Take the next reset of the trace, or begin anew; gives the recorded ATR."""
        self._at, atr = _after_power(self._events, self._at, once=self._once)
        return atr

    def power_off(self) -> None:
        """Nothing is lost: a trace goes on where it is."""

    def process(self, apdu: bytes) -> bytes:
        """Give the next answer if this is the next command, else 6F00."""
        self.report.commands += 1
        event = self._events[self._at] if self._at < len(self._events) else None
        if isinstance(event, Exchange) and event.command == apdu:
            self._at += 1
            return event.response
        if isinstance(event, Exchange):
            expected = f"expected {shown(event.command)}"
        else:
            expected = "expected a reset" if event is not None else "the trace is at its end"
        answer = SW.NO_DIAGNOSIS.to_bytes(2, "big")
        self.report.miss(apdu, named(apdu), answer, f"event {self._at} of the card: {expected}")
        return answer


def _after_power(events: list[Event], at: int, *, once: bool) -> tuple[int, bytes]:
    """Where to go on after a reset, and the ATR there.

    A reset that the trace holds at this place is taken in order. Any other one begins anew,
    or with ``once`` goes on where the trace is.
    """
    here = at < len(events) and isinstance(events[at], Reset | Removed)
    start = at if here or once else 0
    atr = b""
    after = start
    while after < len(events) and isinstance(event := events[after], Reset | Removed):
        atr = event.atr if isinstance(event, Reset) else atr
        after += 1
    if not atr:
        before = (e.atr for e in reversed(events[:after]) if isinstance(e, Reset) and e.atr)
        atr = next(before, PLAIN_ATR)
    return after, atr

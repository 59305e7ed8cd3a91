"""Time on the way to the card, told apart from the card's and the terminal's own.

A measured time holds the way. How long that is, a calibration says
(`ykt_sim.transport.calibrate`), with a spread; the runner writes it into the trace as a note,
so that a recording can be judged again without the calibration at hand. The time that is
left is known to lie between two bounds, and a limit between these bounds decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Found, Held, Unproven
from ykt_sim.transport.calibrate import Calibration

#: Text of the note that says what is known of the way in a card run.
WAY: Final = "way"
UNKNOWN: Final = "not calibrated: what was measured holds the time on the way"


class Bounds(msgspec.Struct, frozen=True):
    """A time that is not known exactly, ms.

    Attributes:
        low, high: it is not shorter, not longer.
        way: how long the way took, None when nobody knows.
    """

    low: float
    high: float
    way: float | None

    def against(self, limit: float, what: str, event: int, also: str = "") -> Found:
        """Hold it against a limit, ms: Fault when it is over it for sure, Held when under it.

        Args:
            limit: what was claimed, ms.
            what: who took the time, e.g. ``the card took``.
            event: index of the event the fault points to.
            also: more for the sentence, e.g. the other shares.
        """
        shown = f"{self.text} ms"
        way = "an unknown time on the way" if self.way is None else f"{self.way:.1f} ms on the way"
        words = f"{what} {shown}, claimed are {limit:g} ms ({way}{also})"
        if self.high <= limit:
            return Held(words)
        if self.low > limit:
            return Fault(words, event, f"{limit:g} ms", shown)
        return Unproven(
            f"{words}: the spread of the way is larger than the margin; "
            + ("calibrate with ykt reader calibrate" if self.way is None else "calibrate again")
        )

    @property
    def text(self) -> str:
        """The time, or both bounds."""
        if self.low == self.high:
            return f"{self.low:.1f}"
        return f"between {self.low:.1f} and {self.high:.1f}"


def decide(found: Iterable[Found], missing: str) -> Found:
    """One answer for several: a fault before what is not proven before what held.

    Args:
        found: answers; those that held are given by the first one's words.
        missing: what to say when there is none.
    """
    held: Found = None
    unsure: Unproven | None = None
    some = False
    for one in found:
        some = True
        if isinstance(one, Fault):
            return one
        if isinstance(one, Unproven):
            unsure = unsure or one
        else:
            held = held or one
    if not some:
        return Unproven(missing)
    return unsure or held


def note_of(calibration: Calibration | None) -> dict[str, object]:
    """Data of the note `WAY`."""
    if calibration is None:
        return {"basis": UNKNOWN}
    return {
        "basis": calibration.words(),
        "fixed_ms": calibration.fixed_ms,
        "per_byte_ms": calibration.per_byte_ms,
        "spread_ms": calibration.spread_ms,
    }


def card_time(calls: Iterable[Call], notes: Iterable[Mapping[str, Any]]) -> Bounds | None:
    """The card's own time over some calls, by what the trace's `WAY` notes say.

    None when a call was not timed. Without a note the calls were measured at the card
    itself, as in a simulation: nothing was on the way.
    """
    calls = tuple(calls)
    if any(call.ms is None for call in calls):
        return None
    total = sum(call.ms or 0.0 for call in calls)
    said = next(iter(notes), None)
    if said is None:
        return Bounds(total, total, 0.0)
    if "fixed_ms" not in said:
        return Bounds(0.0, total, None)
    size = sum(len(call.raw) + len(call.response.data) + 2 for call in calls)
    way = float(said["fixed_ms"]) * len(calls) + float(said["per_byte_ms"]) * size
    spread = float(said["spread_ms"]) * len(calls)
    return Bounds(max(0.0, total - way - spread), max(0.0, total - way + spread), way)

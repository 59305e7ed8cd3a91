"""No fen is lost and none is made: part of the judge of every terminal case.

Three accounts are compared: what the cards hold before and after each tap, what the
commits on the wire say, and what the terminal told (decision and clearing record).
"""

from __future__ import annotations

from collections.abc import Sequence

from ykt_conformance.judge.taps import SeenTap, signed, taps
from ykt_conformance.judge.verdict import Fault
from ykt_conformance.judge.view import View
from ykt_sim.codes import LOAD


def money(view: View) -> Fault | None:
    """A fault when the accounts differ; None when they agree or the trace holds none."""
    found = taps(view)
    for tap in found:
        fault = _wire(tap)
        if fault is not None:
            return fault
    if not found or any(tap.moved is None or tap.decision is None for tap in found):
        return None  # a recording without our cards, or a terminal that does not report
    return _told(view, found)


def _spoilt(tap: SeenTap) -> bool:
    """The terminal cannot know what its commit did: no answer, or another than the card's."""
    return "mutation" in tap.note or any(not call.answered for call in tap.commits)


def _wire(tap: SeenTap) -> Fault | None:
    if tap.moved is None:
        return None
    said = sum(signed(tx) for tx in tap.committed)
    if tap.moved != said and not _spoilt(tap):
        return Fault(
            f"{tap.name}: the card's money moved by {tap.moved} fen, the commits say {said} fen",
            tap.commits[-1].index if tap.commits else None,
        )
    return None


def _told(view: View, found: Sequence[SeenTap]) -> Fault | None:
    load = view.ics["device"]["kind"] == LOAD
    moved = told = cleared = 0
    for tap in found:
        change = tap.moved or 0
        disputed = "mutation" in tap.note and tap.outcome != "accepted"
        moved += 0 if disputed else (change if load else -change)
        if tap.outcome == "accepted" and tap.decision is not None:
            told += int(tap.decision.get("amount", 0))
        if tap.clearing is not None:
            cleared += int(tap.clearing.get("amount", 0))
    way = "were loaded onto" if load else "left"
    if moved != told:
        return Fault(
            f"{moved} fen {way} the cards, but the terminal accepted {told} fen",
            None, str(moved), str(told),
        )  # fmt: skip
    if view.ics["reports"]["clearing"] and cleared != told:
        return Fault(
            f"the terminal accepted {told} fen, its clearing records say {cleared} fen",
            None, str(told), str(cleared),
        )  # fmt: skip
    return None

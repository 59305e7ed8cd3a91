"""A trace of a terminal as a judge sees it: taps, with what each did and what was said.

A run of the suite marks its taps with notes (`drive.terminal`). In any other
recording a tap ends with its decision; where there are no decisions, every reset of the
card begins one. What is not in the trace is None: no facts of the card, no decision.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeVar

import msgspec

from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, Operation
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Note, Removed, Reset

_COMMITS: Final = frozenset((INS.DEBIT, INS.CREDIT_FOR_LOAD))
_T = TypeVar("_T")


class SeenTap(msgspec.Struct, frozen=True):
    """One visit of a card.

    Attributes:
        number: from 1.
        role: what it is in the case; empty in other recordings.
        card: the suite's name of the card; empty when not known.
        clock: the terminal's clock as it should be, 14 digits, or empty.
        note: data of the opening note.
        start, end: event indices, end exclusive.
        calls: with the card; `sam` with the PSAM.
        transactions: begun on the card, i.e. INITIALIZE answered 9000.
        decision, clearing, dispute: as said, or None.
        before, after: facts of the card, or None.
        transport_ms: time on the way, or None.
        spread_ms: how much that scatters; None when the time on the way is not known.
    """

    number: int
    role: str
    card: str
    clock: str
    note: Mapping[str, Any]
    start: int
    end: int
    calls: tuple[Call, ...]
    sam: tuple[Call, ...]
    transactions: tuple[SeenTransaction, ...]
    decision: Mapping[str, Any] | None = None
    clearing: Mapping[str, Any] | None = None
    dispute: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    transport_ms: float | None = None
    spread_ms: float | None = None

    @property
    def name(self) -> str:
        """For reasons: ``tap 2 (mutant)``."""
        return f"tap {self.number} ({self.role})" if self.role else f"tap {self.number}"

    @property
    def outcome(self) -> str:
        """What the terminal said; empty when nothing."""
        return "" if self.decision is None else str(self.decision.get("outcome"))

    @property
    def code(self) -> str:
        """The code it showed; empty when none."""
        return "" if self.decision is None else str(self.decision.get("code") or "")

    @property
    def committed(self) -> tuple[SeenTransaction, ...]:
        """Transactions whose commit was answered 9000."""
        return tuple(tx for tx in self.transactions if tx.committed)

    @property
    def moved(self) -> int | None:
        """Change of the money on the card, fen; None when that is not known."""
        if self.before is None or self.after is None:
            return None
        return int(self.after["total"]) - int(self.before["total"])

    @property
    def passed(self) -> bool:
        """The terminal let the card pass: by its word, else by a commit that worked."""
        return self.outcome == "accepted" if self.decision is not None else bool(self.committed)

    def calls_of(self, ins: int) -> tuple[Call, ...]:
        """Card calls with this instruction."""
        return tuple(call for call in self.calls if call.is_(ins))

    @property
    def commits(self) -> tuple[Call, ...]:
        """DEBIT and CREDIT FOR LOAD, whatever came of them."""
        return tuple(call for call in self.calls if call.command.ins in _COMMITS)


def keys_of(view: View, tap: SeenTap) -> KeyRing:
    """Keys of the card in one tap; a trace of a terminal holds many cards."""
    ring = copy.deepcopy(view.keys)
    learn(ring, tap.calls)
    told = (tap.before or {}).get("factors")
    if isinstance(told, Mapping):
        for standard, factors in told.items():
            ring.know(standard, *(bytes.fromhex(factor) for factor in factors))
    return ring


def signed(tx: SeenTransaction) -> int:
    """What a transaction does to the card's balance, fen."""
    return tx.amount if tx.operation == Operation.LOAD else -tx.amount


def taps(view: View) -> tuple[SeenTap, ...]:
    """All taps of a trace in which anything was said, in order."""
    found = (_tap(view, *span) for span in _spans(view))
    return tuple(tap for tap in found if tap.calls or tap.decision is not None)


def of(view: View, *roles: str) -> tuple[SeenTap, ...]:
    """Taps with one of these roles; taps of other recordings count as controls."""
    return tuple(tap for tap in taps(view) if (tap.role or "control") in roles)


def marked(view: View) -> bool:
    """True for a recording of the suite's, which says what its taps are."""
    return any(note.text == "tap" for _, note in view.notes)


def good(view: View) -> tuple[SeenTap, ...]:
    """Taps in which nothing was spoilt and no card taken away."""
    return tuple(tap for tap in taps(view) if "mutation" not in tap.note and tap.role != "torn")


def _spans(view: View) -> Iterator[tuple[int, int, int]]:
    marks = [index for index, note in view.notes if note.text == "tap"]
    if not marks:
        marks = list(_resets(view)) or [0]
    ends = [*marks[1:], len(view.events)]
    for number, (start, end) in enumerate(zip(marks, ends, strict=True), 1):
        yield number, start, end


def _resets(view: View) -> Iterator[int]:
    decided = any(note.text == "decision" for _, note in view.notes)
    waiting = True
    for index, event in enumerate(view.events):
        if isinstance(event, Reset) and event.channel == "card" and waiting:
            waiting = not decided
            yield index
        elif isinstance(event, Removed) and event.channel == "card":
            waiting = waiting or not decided
        elif isinstance(event, Note) and event.text == "decision":
            waiting = True


def _within(
    items: tuple[_T, ...], start: int, end: int, index: Callable[[_T], int]
) -> tuple[_T, ...]:
    """Those of items in order of event whose event is in this span."""
    return items[bisect_left(items, start, key=index) : bisect_left(items, end, key=index)]


def _tap(view: View, number: int, start: int, end: int) -> SeenTap:
    own = [note for _, note in _within(view.notes, start, end, itemgetter(0))]
    notes = {note.text: note.data for note in own}
    facts = {str(note.data.get("when")): note.data for note in own if note.text == "card"}
    mark = notes.get("tap", {})
    decision = notes.get("decision")
    clock = str(mark.get("clock") or (decision or {}).get("time") or "")
    timing = notes.get("timing", {})
    way = timing.get("transport_ms")
    spread = timing.get("spread_ms", 0.0) if way is not None else None
    return SeenTap(
        number=int(str(mark.get("number", number))),
        role=str(mark.get("role", "")),
        card=str(mark.get("card", "")),
        clock=clock,
        note=mark,
        start=start,
        end=end,
        calls=_within(view.card, start, end, attrgetter("index")),
        sam=_within(view.sam, start, end, attrgetter("index")),
        transactions=_within(view.transactions, start, end, attrgetter("init.index")),
        decision=decision,
        clearing=notes.get("clearing"),
        dispute=notes.get("dispute"),
        before=facts.get("before"),
        after=facts.get("after"),
        transport_ms=float(str(way)) if way is not None else None,
        spread_ms=float(str(spread)) if spread is not None else None,
    )

"""What really differs between two traces.

Two taps never have the same bytes: randoms, MACs, TACs and counters are new each time. Such a
field is no difference as long as it is right: every code that rests on it was worked out
and found valid in its own trace. When one is wrong, it is named, and so is everything else
that differs in its transaction. All other fields are compared by value.

Without keys nothing can be proven of a code; then codes that differ are counted as
``unproven``, unless everything that goes into them is the same on both sides.

Both traces are gone through twice: once for what each event is, which tells the pairs, and
once pair by pair. Of an event nothing is kept but a few numbers, and what was found.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.errors import TraceError
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.cryptograms import Checked, Status
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.understand import Piece, Side, Understood
from ykt_sim.rework.align import align
from ykt_sim.rework.changes import MAX_CHANGES, Change, Difference
from ykt_sim.rework.recording import (
    NOTED_CODES,
    NOTED_COUNTERS,
    OWN_COUNTERS,
    Recording,
    counter_text,
    flat,
)
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset, Trace

_LOG_COUNTER: Final = frozenset({INS.READ_RECORD})
_MISSING: Final = "-"


def diff(
    a: Trace | Iterable[Event],
    b: Trace | Iterable[Event],
    keys_a: Keys | None = None,
    keys_b: Keys | None = None,
    *,
    meet: Callable[[Understood], object] = lambda _item: None,
) -> Difference:
    """Compare two traces by meaning.

    Args:
        a, b: the traces, or something that gives their events whenever it is gone through.
        keys_a, keys_b: keys of the card in each, None when they are not known. The two
            must not be the same object when keys learn from the trace.
        meet: takes each event of both, before they are compared; for what shows the changes.
    """
    return _Comparison(Recording(a, keys_a, meet), Recording(b, keys_b, meet)).run()


@dataclass
class _Group:
    """One pair of transactions: what differs in it and may be excused.

    Attributes:
        held: what may be excused; of more than `MAX_CHANGES`, ``more`` counts the rest.
        unproven: how many of them are codes that nobody checked.
    """

    name: tuple[int, int] = (-1, -1)
    held: list[tuple[int, Change]] = field(default_factory=list)
    more: int = 0
    unproven: int = 0
    spoilt: bool = False
    inputs_differ: bool = False

    def hold(self, order: int, change: Change) -> None:
        """Keep what may be excused."""
        if len(self.held) < MAX_CHANGES:
            self.held.append((order, change))
        else:
            self.more += 1


class _Comparison:
    def __init__(self, a: Recording, b: Recording) -> None:
        self._a, self._b = a, b
        self._changes: list[tuple[int, Change]] = []
        self._unlisted = 0
        self._group = _Group()
        self._lonely: list[_Group] = []
        self._lonely_held = 0
        self._loose = 0
        self._excused = self._unproven = 0
        self._shifts: set[int] = {0}
        self._logs: list[tuple[int, int, Change]] = []
        self._more_logs: Counter[int] = Counter()
        self._noted: list[tuple[int, str, Change]] = []
        self._identity_differs = False
        self._order = 0

    def run(self) -> Difference:
        compared = 0
        first, second = iter(self._a), iter(self._b)
        for left, right in align(self._a.marks, self._b.marks, self._given_up):
            self._order += 1
            one = None if left is None else _next(first)
            other = None if right is None else _next(second)
            if one is not None and other is not None and _comparable(one, other):
                compared += 1
                self._pair(one, other)
                continue
            if one is not None:
                self._say(Change("missing", one.understood.index, None, _what(one)))
            if other is not None:
                self._say(Change("extra", None, other.understood.index, _what(other)))
        for rest in (first, second):
            for _ in rest:  # remarks alone are left, but their trace may end in an error
                pass
        self._settle()
        changes = tuple(change for _, change in sorted(self._changes, key=lambda item: item[0]))
        return Difference(
            changes, compared, self._excused, self._unproven, self._unlisted, self._loose
        )

    def _given_up(self, count: int) -> None:
        self._loose += count

    def _say(self, change: Change, order: int | None = None) -> None:
        if len(self._changes) < MAX_CHANGES:
            self._changes.append((self._order if order is None else order, change))
        else:
            self._unlisted += 1

    # -- one pair --------------------------------------------------------------------

    def _pair(self, one: Checked, other: Checked) -> None:
        event_a, event_b = one.understood.event, other.understood.event
        if isinstance(event_a, Note) and isinstance(event_b, Note):
            self._notes(one, other, event_a, event_b)
            return
        group = self._group_of((one.group, other.group))
        for side in ("command", "response"):
            self._side(one, other, side, group)
        self._verdicts(one, other, group)

    def _group_of(self, name: tuple[int, int]) -> _Group:
        """The pair of transactions that goes on; one that ended is settled."""
        if self._group.name != name:
            self._end_group(self._group)
            self._group = _Group(name)
        return self._group

    def _side(self, one: Checked, other: Checked, side: Side, group: _Group) -> None:
        pieces_a: tuple[Piece, ...] = getattr(one.understood, side)
        pieces_b: tuple[Piece, ...] = getattr(other.understood, side)
        raw_a, raw_b = (b"".join(piece.raw for piece in one) for one in (pieces_a, pieces_b))
        if raw_a == raw_b:
            return
        if [(p.name, p.size) for p in pieces_a] == [(p.name, p.size) for p in pieces_b]:
            for left, right in zip(pieces_a, pieces_b, strict=True):
                if left.raw != right.raw:
                    self._field(one, other, side, left, right, group)
            return
        group.spoilt = group.inputs_differ = True
        self._layouts(one, other, side, pieces_a, pieces_b)

    def _field(
        self, one: Checked, other: Checked, side: Side, a: Piece, b: Piece, group: _Group
    ) -> None:
        change = _change(one, other, side, a, b)
        if a.byte_class in SECURED:
            statuses = {_status(one, side, a.offset), _status(other, side, b.offset)}
            if Status.NOT_CHECKABLE in statuses and Status.WRONG not in statuses:
                group.unproven += 1
            if Status.WRONG not in statuses:
                group.hold(self._order, change)
            return
        group.inputs_differ = True
        ins = one.understood.asked.ins if one.understood.asked is not None else None
        if a.byte_class is ByteClass.RANDOM:
            group.hold(self._order, change)
        elif a.byte_class is ByteClass.COUNTER and ins in OWN_COUNTERS:
            if a.name == "counter" and ins == INS.INITIALIZE:
                self._shifts.add(_number(b) - _number(a))
            group.hold(self._order, change)
        elif a.byte_class is ByteClass.COUNTER and a.name == "counter" and ins in _LOG_COUNTER:
            shift = _number(b) - _number(a)
            if shift in self._shifts:
                self._excused += 1
            elif len(self._logs) < MAX_CHANGES:
                self._logs.append((self._order, shift, change))
            else:
                self._more_logs[shift] += 1
        else:
            self._identity_differs |= a.byte_class is ByteClass.IDENTITY
            self._say(change)

    def _layouts(
        self,
        one: Checked,
        other: Checked,
        side: Side,
        a: tuple[Piece, ...],
        b: tuple[Piece, ...],
    ) -> None:
        """Compare two commands or answers that are not built alike."""
        raw_a, raw_b = (b"".join(piece.raw for piece in pieces) for pieces in (a, b))
        if len(raw_a) != len(raw_b):
            text = f"{side} length"
            self._say(
                Change(
                    "field",
                    one.understood.index,
                    other.understood.index,
                    _what(one),
                    side,
                    text,
                    value_a=f"{len(raw_a)} bytes",
                    value_b=f"{len(raw_b)} bytes",
                )
            )
            self._by_name(one, other, side, a, b)
            return
        places = {(piece.offset, piece.size): piece for piece in b}
        for piece in a:
            low, high = piece.offset, piece.offset + piece.size
            if raw_a[low:high] != raw_b[low:high]:
                same = places.get((low, piece.size))
                part = raw_b[low:high]
                right = same or Piece(low, piece.size, piece.name, piece.byte_class, part, part)
                self._say(_change(one, other, side, piece, right))

    def _by_name(
        self,
        one: Checked,
        other: Checked,
        side: Side,
        a: tuple[Piece, ...],
        b: tuple[Piece, ...],
    ) -> None:
        """Compare the fields that both have, and name those that only one has."""
        a, b = (
            tuple(piece for piece in pieces if piece.byte_class is not ByteClass.LENGTH)
            for pieces in (a, b)
        )
        names_a, names_b = ([piece.name for piece in pieces] for pieces in (a, b))
        matcher = difflib.SequenceMatcher(None, names_a, names_b, autojunk=False)
        for kind, a1, a2, b1, b2 in matcher.get_opcodes():
            if kind == "equal":
                for left, right in zip(a[a1:a2], b[b1:b2], strict=True):
                    if left.raw != right.raw:
                        self._say(_change(one, other, side, left, right))
                continue
            for piece in a[a1:a2]:
                self._say(replace(_change(one, other, side, piece, piece), value_b=_MISSING))
            for piece in b[b1:b2]:
                self._say(replace(_change(one, other, side, piece, piece), value_a=_MISSING))

    def _verdicts(self, one: Checked, other: Checked, group: _Group) -> None:
        """Say what is wrong in either trace; it spoils its transaction."""
        for which, item in (("first", one), ("second", other)):
            for verdict in item.verdicts:
                if verdict.status is Status.WRONG:
                    group.spoilt = True
                    why = f"wrong in the {which} trace"
                    self._wrong(one, other, verdict.side, verdict.offset, verdict.name, why)
            for side, offset, _, name, said in item.mismatches:
                group.spoilt = True
                why = f"{said}, in the {which} trace"
                self._wrong(one, other, side, offset, name, why)

    def _wrong(
        self, one: Checked, other: Checked, side: Side, offset: int, name: str, why: str
    ) -> None:
        found = [
            next((p for p in getattr(item.understood, side) if p.offset == offset), None)
            for item in (one, other)
        ]
        a, b = (piece.raw.hex().upper() if piece is not None else _MISSING for piece in found)
        size = next((piece.size for piece in found if piece is not None), None)
        self._say(
            Change(
                "code",
                one.understood.index,
                other.understood.index,
                _what(one),
                side,
                name,
                offset,
                size,
                a,
                b,
                why,
            )
        )

    # -- notes -----------------------------------------------------------------------

    def _notes(self, one: Checked, other: Checked, a: Note, b: Note) -> None:
        left, right = dict(flat(a.data)), dict(flat(b.data))
        for name in dict.fromkeys((*left, *right)):
            x, y = left.get(name, _MISSING), right.get(name, _MISSING)
            if x == y:
                continue
            last = name.rpartition(".")[2]
            change = Change(
                "field",
                one.understood.index,
                other.understood.index,
                _what(one),
                field=name,
                value_a=x,
                value_b=y,
            )
            if last not in NOTED_CODES and last not in NOTED_COUNTERS:
                self._say(change)
            elif not self._own(last, x, y):
                self._noted.append((self._order, last, change))

    def _own(self, name: str, x: str, y: str) -> bool:
        """True where each trace holds this code or counter in an exchange of its own.

        What is True once stays so; what is False may become True until the end.
        """
        if name in NOTED_CODES:
            return x in self._a.codes and y in self._b.codes
        if name == "sequence":
            return x.isdecimal() and y.isdecimal()
        left, right = counter_text(name, x), counter_text(name, y)
        return left in self._a.counters and right in self._b.counters

    # -- the end ---------------------------------------------------------------------

    def _end_group(self, group: _Group) -> None:
        """Excuse what was held back, or say it where its transaction is not right.

        Codes that differ although nothing under them does are wrong, unless the cards are not
        the same; that may be known only at the end.
        """
        lonely = bool(group.unproven) and not group.inputs_differ and not self._identity_differs
        if group.spoilt:
            for order, change in group.held:
                self._say(change, order)
            self._unlisted += group.more
        elif lonely:
            self._put_off(group)
        else:
            self._unproven += group.unproven
            self._excused += len(group.held) + group.more - group.unproven

    def _put_off(self, group: _Group) -> None:
        """Keep a group until the end; of what would not be listed, the number alone."""
        if self._lonely_held < MAX_CHANGES:
            self._lonely_held += len(group.held)
            self._lonely.append(group)
        else:
            rest = self._lonely[-1]
            rest.more += len(group.held) + group.more
            rest.unproven += group.unproven

    def _settle(self) -> None:
        self._end_group(self._group)
        lonely, self._lonely = self._lonely, []
        for group in lonely:
            group.spoilt = not self._identity_differs
            self._end_group(group)
        for order, shift, change in self._logs:
            if shift in self._shifts:
                self._excused += 1
            else:
                self._say(change, order)
        for shift, count in self._more_logs.items():
            if shift in self._shifts:
                self._excused += count
            else:
                self._unlisted += count
        for order, name, change in self._noted:
            if not self._own(name, change.value_a, change.value_b):
                self._say(change, order)


def _next(items: Iterator[Checked]) -> Checked:
    found = next(items, None)
    if found is None:
        raise TraceError("a trace was changed while it was compared")
    return found


def _lane(item: Checked) -> tuple[str, str]:
    event = item.understood.event
    return type(event).__name__, getattr(event, "channel", "")


def _comparable(one: Checked, other: Checked) -> bool:
    """Both are of one sort: exchanges with one party whose headers differ in a byte at most."""
    if _lane(one) != _lane(other):
        return False
    a, b = one.understood.event, other.understood.event
    if isinstance(a, Exchange) and isinstance(b, Exchange):
        heads = zip(a.command[:4], b.command[:4], strict=False)
        return sum(x != y for x, y in heads) <= 1
    return not isinstance(a, Note) or not isinstance(b, Note) or a.text == b.text


def _what(item: Checked) -> str:
    event = item.understood.event
    if isinstance(event, Note):
        return f"note {event.text}"
    if isinstance(event, Reset | Removed):
        return f"{item.understood.annotated.name} of {event.channel}"
    note = item.understood.annotated
    name = " ".join(part for part in (note.name, note.target) if part)
    return f"{name} ({event.channel})" if event.channel == "sam" else name


def _change(one: Checked, other: Checked, side: Side, a: Piece, b: Piece) -> Change:
    """Difference of one field; the place is the first byte that differs."""
    pairs = enumerate(zip(a.raw, b.raw, strict=False))
    first = next((at for at, (x, y) in pairs if x != y), 0)
    return Change(
        "field",
        one.understood.index,
        other.understood.index,
        _what(one),
        side,
        a.name,
        a.offset + first,
        a.size,
        a.text,
        b.text,
        byte_class=a.byte_class,
    )


def _status(item: Checked, side: Side, offset: int) -> Status:
    for verdict in item.verdicts:
        if (verdict.side, verdict.offset) == (side, offset):
            return verdict.status
    return Status.NOT_CHECKABLE


def _number(piece: Piece) -> int:
    return int.from_bytes(piece.raw, "big")

"""What really differs between two traces.

Two taps never have the same bytes: randoms, MACs, TACs and counters are new each time. Such a
field is no difference as long as it is right: every code that rests on it was worked out
and found valid in its own trace. When one is wrong, it is named, and so is everything else
that differs in its transaction. All other fields are compared by value.

Without keys nothing can be proven of a code; then codes that differ are counted as
``unproven``, unless everything that goes into them is the same on both sides.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.cryptograms import Checked, Status, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.understand import Piece, Side
from ykt_sim.rework.align import align
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset, Trace

#: Notes about how a recording was made, not about what happened.
_IGNORED_NOTES: Final = frozenset({"timing", "withheld"})
#: Commands in which a counter is the purse's or the PSAM's own.
_OWN_COUNTERS: Final = frozenset(
    {INS.INITIALIZE, INS.DEBIT, INS.SAM_INIT_PURCHASE, INS.GET_TRANSACTION_PROVE}
)
_LOG_COUNTER: Final = frozenset({INS.READ_RECORD})
#: Fields of notes that hold codes, and those that hold numbers counted by card or terminal.
_NOTED_CODES: Final = frozenset({"tac", "mac2"})
_NOTED_COUNTERS: Final = frozenset({"counter", "terminal_serial", "sequence"})
_MISSING: Final = "-"


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Attributes:
        kind: ``field``, ``code`` (a cryptogram that is wrong), ``extra`` (only in the
            second trace), ``missing`` (only in the first).
        a, b: index of the event in each trace, None where it is not there.
        what: command and target, or the note.
        side: ``command``, ``response``, or empty.
        field: name of the field.
        offset, size: place in the command or answer; None in a note.
        value_a, value_b: what each trace says.
        why: what is wrong, for codes.
    """

    kind: str
    a: int | None
    b: int | None
    what: str
    side: str = ""
    field: str = ""
    offset: int | None = None
    size: int | None = None
    value_a: str = ""
    value_b: str = ""
    why: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain data; empty members are left out."""
        return {name: value for name, value in vars(self).items() if value not in ("", None)} | {
            "a": self.a,
            "b": self.b,
        }

    def __str__(self) -> str:
        if self.kind == "missing":
            return f"only in the first trace: event {self.a}, {self.what}"
        if self.kind == "extra":
            return f"only in the second trace: event {self.b}, {self.what}"
        where = f"event {self.a}" if self.a == self.b else f"event {self.a} and {self.b}"
        at = "" if self.offset is None else f" at {self.side} byte {self.offset}"
        text = f"{where}, {self.what}: {self.field}{at}: {self.value_a} -> {self.value_b}"
        return f"{text} ({self.why})" if self.why else text


@dataclass(frozen=True)
class Difference:
    """All that differs.

    Attributes:
        changes: in the order of the traces.
        compared: pairs of events that were compared.
        excused: fields that differ and are right for their own inputs.
        unproven: codes that differ and could not be checked.
    """

    changes: tuple[Change, ...]
    compared: int
    excused: int
    unproven: int

    @property
    def equal(self) -> bool:
        """True when nothing differs."""
        return not self.changes

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "equal": self.equal,
            "compared": self.compared,
            "excused": self.excused,
            "unproven": self.unproven,
            "changes": [change.to_json() for change in self.changes],
        }


def diff(
    a: Trace,
    b: Trace,
    keys_a: Keys | None = None,
    keys_b: Keys | None = None,
) -> Difference:
    """Compare two traces by meaning.

    Args:
        a, b: the traces.
        keys_a, keys_b: keys of the card in each, None when they are not known. The two
            must not be the same object when keys learn from the trace.
    """
    return _Comparison(tuple(check(a, keys_a)), tuple(check(b, keys_b))).run()


@dataclass
class _Group:
    """One pair of transactions: what differs in it and may be excused."""

    held: list[tuple[int, Change]] = field(default_factory=list)
    unproven: int = 0
    spoilt: bool = False
    inputs_differ: bool = False


class _Comparison:
    def __init__(self, a: Sequence[Checked], b: Sequence[Checked]) -> None:
        self._a, self._b = a, b
        self._changes: list[tuple[int, Change]] = []
        self._groups: dict[tuple[int, int], _Group] = {}
        self._shifts: set[int] = {0}
        self._logs: list[tuple[int, int, Change]] = []
        self._codes = tuple(_seen(side, SECURED) for side in (a, b))
        self._counters = tuple(_seen(side, {ByteClass.COUNTER}) for side in (a, b))
        self._identity_differs = False
        self._order = 0

    def run(self) -> Difference:
        compared = 0
        kept = [
            [at for at, item in enumerate(side) if not _ignored(item.understood.event)]
            for side in (self._a, self._b)
        ]
        keys = [
            [_key(side[at]) for at in places]
            for side, places in zip((self._a, self._b), kept, strict=True)
        ]
        for left, right in align(keys[0], keys[1]):
            self._order += 1
            one = None if left is None else self._a[kept[0][left]]
            other = None if right is None else self._b[kept[1][right]]
            if one is not None and other is not None and _lane(one) == _lane(other):
                compared += 1
                self._pair(one, other)
                continue
            if one is not None:
                self._say(Change("missing", one.understood.index, None, _what(one)))
            if other is not None:
                self._say(Change("extra", None, other.understood.index, _what(other)))
        excused, unproven = self._settle()
        changes = tuple(change for _, change in sorted(self._changes, key=lambda item: item[0]))
        return Difference(changes, compared, excused, unproven)

    def _say(self, change: Change, order: int | None = None) -> None:
        self._changes.append((self._order if order is None else order, change))

    # -- one pair --------------------------------------------------------------------

    def _pair(self, one: Checked, other: Checked) -> None:
        event_a, event_b = one.understood.event, other.understood.event
        if isinstance(event_a, Note) and isinstance(event_b, Note):
            self._notes(one, other, event_a, event_b)
            return
        group = self._groups.setdefault((one.group, other.group), _Group())
        for side in ("command", "response"):
            self._side(one, other, side, group)
        self._verdicts(one, other, group)

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
                group.held.append((self._order, change))
            return
        group.inputs_differ = True
        ins = one.understood.asked.ins if one.understood.asked is not None else None
        if a.byte_class is ByteClass.RANDOM:
            group.held.append((self._order, change))
        elif a.byte_class is ByteClass.COUNTER and ins in _OWN_COUNTERS:
            if a.name == "counter" and ins == INS.INITIALIZE:
                self._shifts.add(_number(b) - _number(a))
            group.held.append((self._order, change))
        elif a.byte_class is ByteClass.COUNTER and a.name == "counter" and ins in _LOG_COUNTER:
            self._logs.append((self._order, _number(b) - _number(a), change))
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
        left, right = dict(_flat(a.data)), dict(_flat(b.data))
        for name in dict.fromkeys((*left, *right)):
            x, y = left.get(name, _MISSING), right.get(name, _MISSING)
            if x == y:
                continue
            last = name.rpartition(".")[2]
            if last in _NOTED_CODES and x in self._codes[0] and y in self._codes[1]:
                continue
            if last in _NOTED_COUNTERS and self._counted(last, x, y):
                continue
            self._say(
                Change(
                    "field",
                    one.understood.index,
                    other.understood.index,
                    _what(one),
                    field=name,
                    value_a=x,
                    value_b=y,
                )
            )

    def _counted(self, name: str, x: str, y: str) -> bool:
        """True where both traces hold this number as a counter of their own."""
        if name == "sequence":
            return x.isdecimal() and y.isdecimal()
        if name == "counter":
            if not x.isdecimal() or not y.isdecimal():
                return False
            x, y = f"{int(x):04X}", f"{int(y):04X}"
        return x in self._counters[0] and y in self._counters[1]

    # -- the end ---------------------------------------------------------------------

    def _settle(self) -> tuple[int, int]:
        """Excuse what was held back, or say it where its transaction is not right."""
        excused = unproven = 0
        for group in self._groups.values():
            lonely = bool(group.unproven) and not group.inputs_differ and not self._identity_differs
            if group.spoilt or lonely:
                for order, change in group.held:
                    self._say(change, order)
                continue
            unproven += group.unproven
            excused += len(group.held) - group.unproven
        for order, shift, change in self._logs:
            if shift in self._shifts:
                excused += 1
            else:
                self._say(change, order)
        return excused, unproven


def _seen(items: Sequence[Checked], classes: set[ByteClass] | frozenset[ByteClass]) -> set[str]:
    return {
        piece.raw.hex().upper()
        for item in items
        for _, piece in item.understood.pieces()
        if piece.byte_class in classes
    }


def _ignored(event: Event) -> bool:
    return isinstance(event, Note) and event.text in _IGNORED_NOTES


def _lane(item: Checked) -> tuple[str, str]:
    event = item.understood.event
    return type(event).__name__, getattr(event, "channel", "")


def _key(item: Checked) -> Hashable:
    """What an event is: kind and channel, instruction, target and application."""
    known = item.understood
    event = known.event
    if isinstance(event, Note):
        return ("note", event.text)
    if not isinstance(event, Exchange):
        return (*_lane(item),)
    asked = known.asked
    if asked is None:
        return ("odd", event.channel, len(event.command))
    note = known.annotated
    parameter = asked.p1 if asked.ins in {INS.INITIALIZE, INS.GET_BALANCE} else None
    return (event.channel, asked.ins, parameter, known.fetching, note.target, note.application)


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
    )


def _status(item: Checked, side: Side, offset: int) -> Status:
    for verdict in item.verdicts:
        if (verdict.side, verdict.offset) == (side, offset):
            return verdict.status
    return Status.NOT_CHECKABLE


def _number(piece: Piece) -> int:
    return int.from_bytes(piece.raw, "big")


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Members of a note's data with dotted names, as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _flat(item, f"{name}.{number}")
    else:
        yield name, str(value)

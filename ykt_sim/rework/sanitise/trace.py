"""Traces that may be given away: other numbers, and codes that are right for them.

Card numbers, chip and terminal numbers, cardholders, PINs and keys are replaced, the same
original by the same replacement in all traces of one call. Every MAC and TAC is then worked
out anew with the keys handed in (the published test keys, diversified from the replacement
numbers), so the result can be replayed and verified. A code that was wrong stays wrong.

What nobody understands may hold anybody's number: such a trace is refused, with the places,
or the bytes are zeroed when the caller says so. A last search over the finished text makes
sure that no original is left anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import msgspec

from ykt_sim.codes import INS, SW
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.cryptograms import Checked, Status, check, refused_as_wrong
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.follow import Follower
from ykt_sim.meaning.hiding.identities import is_cut, learn_event, learn_header
from ykt_sim.meaning.understand import Piece, Side, Understood, understand
from ykt_sim.rework.pseudonyms import NumberSearch, Pseudonyms, telling
from ykt_sim.rework.sanitise import fields
from ykt_sim.rework.sanitise.fields import Shift
from ykt_sim.rework.sanitise.notes import NoteTexts
from ykt_sim.trace.jsonl import event_line, header_line
from ykt_sim.trace.model import Event, Exchange, Note, Reset, Trace

#: What the header says afterwards, once.
STATEMENT: Final = "sanitised: numbers replaced, codes made with published test keys"
_UNKNOWN_COMMAND: Final = "unknown command"
_NOWHERE: Final = -1
_YEAR_AND_MONTH: Final = 2


@dataclass(frozen=True)
class Problem:
    """A place that may hold somebody's number and is not understood.

    Attributes:
        index: of the event, -1 for the header.
        side: ``command``, ``response``, or what else it is in.
        offset, size: in bytes; in characters for texts.
        field: name of the field.
        why: what is wrong with it.
    """

    index: int
    side: str
    offset: int
    size: int
    field: str
    why: str

    def __str__(self) -> str:
        where = "header" if self.index == _NOWHERE else f"event {self.index}, {self.side}"
        place = f" byte {self.offset}" if self.side in {"command", "response"} else ""
        return f"{where}{place}: {self.field}, {self.size} long: {self.why}"


@dataclass
class Sanitised:
    """One trace after the work.

    Attributes:
        trace: the new trace, None when it is refused.
        problems: why it is refused, or what was zeroed.
        changed: number of changed fields by what they hold.
        dropped: fields that were zeroed.
        unverifiable: codes that could not be made anew, now meaningless bytes.
    """

    trace: Trace | None
    problems: tuple[Problem, ...]
    changed: Counter[str]
    dropped: int
    unverifiable: int

    def to_json(self) -> dict[str, object]:
        """Plain data, without the trace."""
        return {
            "written": self.trace is not None,
            "changed": dict(sorted(self.changed.items())),
            "dropped": self.dropped,
            "unverifiable": self.unverifiable,
            "problems": [vars(problem) for problem in self.problems],
        }


@dataclass(frozen=True)
class SanitiseOptions:
    """How to sanitise.

    Attributes:
        secret: key of the replacements; new for every run, kept by nobody.
        new_keys: makes the keys for the result; they must learn a card's factors.
        own_keys: makes the keys of the original cards, to tell right codes from wrong
            ones; without them the cards' answers decide.
        pins: published PINs; one takes the place of the PIN that a card accepts.
        shift_days: move all dates by so many days.
        drop_unknown: zero what is not understood instead of refusing.
    """

    secret: bytes
    new_keys: Callable[[], Keys]
    own_keys: Callable[[], Keys] | None = None
    pins: tuple[bytes, ...] = ()
    shift_days: int = 0
    drop_unknown: bool = False


def sanitise(traces: Mapping[str, Trace], options: SanitiseOptions) -> dict[str, Sanitised]:
    """Sanitise a set of traces together; by the same names as they came in."""
    names = Pseudonyms(options.secret)
    read = {
        name: tuple(check(trace, options.own_keys() if options.own_keys else None))
        for name, trace in traces.items()
    }
    texts = NoteTexts(names)
    for name, trace in traces.items():
        for item in read[name]:
            learn_event(names, item.understood)
        learn_header(names, trace.header)
    return {name: _One(traces[name], read[name], names, texts, options).run() for name in traces}


@dataclass
class _One:
    """Works on one trace."""

    original: Trace
    items: tuple[Checked, ...]
    names: Pseudonyms
    texts: NoteTexts
    options: SanitiseOptions
    problems: list[Problem] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    unverifiable: int = 0
    codes: dict[bytes, bytes] = field(default_factory=dict)
    pins: dict[bytes, bytes] = field(default_factory=dict)

    def run(self) -> Sanitised:
        self._shift = Shift(self.options.shift_days, _today(self.original))
        self.pins = self._accepted_pins()
        events = [self._event(item) for item in self.items]
        events = list(self._secure(events))
        found: list[Event] = []
        for index, event in enumerate(events):
            if isinstance(event, Note):
                new, problems = self.texts.note(event, self.codes, self._shift)
                self._text_problems(index, "note", problems)
                self.changed["note"] += new != event
                found.append(new)
            else:
                found.append(event)
        header, problems = self.texts.header(self.original.header, STATEMENT, self._shift)
        self._text_problems(_NOWHERE, "header", problems)
        trace: Trace | None = Trace(header=header, events=tuple(found))
        if self.options.drop_unknown:
            self.dropped += len(self.problems)
        elif self.problems:
            trace = None
        if trace is not None:
            leaks = tuple(self._leaks(trace))
            if leaks:
                self.problems += leaks
                trace = None
        return Sanitised(trace, tuple(self.problems), self.changed, self.dropped, self.unverifiable)

    def _text_problems(self, index: int, side: str, problems: Iterable[tuple[str, int]]) -> None:
        for name, size in problems:
            why = "text that may hold a number"
            self.problems.append(Problem(index, side, 0, size, name, why))

    # -- fields ----------------------------------------------------------------------

    def _event(self, item: Checked) -> Event:
        known = item.understood
        event = known.event
        if isinstance(event, Reset):
            atr = self._rewrite(known, "response", known.response)
            if atr != event.atr:
                atr = fields.with_check_byte(atr, known.response)
            return msgspec.structs.replace(event, atr=atr)
        if not isinstance(event, Exchange):
            return event
        if _is_foreign(known):
            return self._foreign(known, event)
        command = self._rewrite(known, "command", known.command)
        response = self._rewrite(known, "response", known.response)
        return msgspec.structs.replace(event, command=command, response=response)

    def _foreign(self, known: Understood, event: Exchange) -> Event:
        """A command nobody knows: what it carries cannot be judged."""
        head = min(5 if known.asked is not None else 4, len(event.command))
        tail = max(0, len(event.response) - 2)
        why = "the command is not known" if known.asked is not None else "no short APDU"
        if len(event.command) > head:
            place = (known.index, "command", head, len(event.command) - head)
            self.problems.append(Problem(*place, "data", why))
        if tail:
            self.problems.append(Problem(known.index, "response", 0, tail, "data", why))
        return msgspec.structs.replace(
            event,
            command=event.command[:head] + bytes(len(event.command) - head),
            response=bytes(tail) + event.response[tail:],
        )

    def _rewrite(self, known: Understood, side: Side, pieces: tuple[Piece, ...]) -> bytes:
        out: list[bytes] = []
        month = self._month(pieces)
        for piece in pieces:
            new = month.get(piece.offset) or self._field(known, side, piece)
            if new != piece.raw:
                kind = piece.name if piece.byte_class is ByteClass.IDENTITY else piece.byte_class
                self.changed[str(kind)] += 1
            out.append(new)
        return b"".join(out)

    def _month(self, pieces: tuple[Piece, ...]) -> dict[int, bytes]:
        """Year and month of a statistics record, which move together."""
        found = {piece.name: piece for piece in pieces if piece.name in {"year", "month"}}
        if not self._shift.days or len(found) != _YEAR_AND_MONTH:
            return {}
        year, month = found["year"], found["month"]
        moved = self._shift.month(year.raw, month.raw)
        return {year.offset: moved[0], month.offset: moved[1]}

    def _field(self, known: Understood, side: Side, piece: Piece) -> bytes:
        kind, raw = piece.byte_class, piece.raw
        doubt = _doubt(piece)
        new = raw
        if doubt:
            place = (known.index, side, piece.offset, piece.size, piece.name)
            self.problems.append(Problem(*place, doubt))
            new = bytes(piece.size)
        elif kind is ByteClass.IDENTITY:
            new = fields.identity(self.names, piece)
        elif kind is ByteClass.PIN:
            new = fields.pin(self.names, raw, self.pins)
        elif kind in {ByteClass.PERSONAL, ByteClass.KEY} and raw.strip(b"\xff"):
            new = bytes(len(raw))
        elif kind is ByteClass.DATE and self._shift.days and piece.name != "time":
            new = fields.shifted(piece, self._shift)
        return new

    def _accepted_pins(self) -> dict[bytes, bytes]:
        """Published PINs for those that a card took, the first one of each length."""
        found: dict[int, tuple[bytes, bytes]] = {}
        for item in self.items:
            known = item.understood
            taken = known.asked is not None and known.asked.ins == INS.VERIFY
            if not taken or known.annotated.sw != SW.OK:
                continue
            for piece in known.command:
                pin = piece.raw.rstrip(b"\xff")
                same = next((one for one in self.options.pins if len(one) == len(pin)), None)
                if piece.byte_class is ByteClass.PIN and same is not None:
                    found.setdefault(len(pin), (pin, same))
        return dict(found.values())

    # -- codes -----------------------------------------------------------------------

    def _secure(self, events: list[Event]) -> Iterator[Event]:
        """Put the right code into every place that holds one."""
        follower = Follower(self.options.new_keys())
        refused = self._refused_codes()
        for item, old in zip(understand(events), self.items, strict=True):
            event = item.event
            dues, _ = follower.step(item)
            if not isinstance(event, Exchange):
                yield event
                continue
            by_place = {(due.side, due.offset): due.value for due in dues}
            sides = {"command": bytearray(event.command), "response": bytearray(event.response)}
            places = [(side, p) for side, p in item.pieces() if p.byte_class in SECURED]
            for side, piece in places:
                original = _raw_at(old.understood, side, piece.offset, piece.size)
                due = by_place.get((side, piece.offset))
                wrong = _was_wrong(old, side, piece, refused)
                new = self._code(original, due, piece, wrong=wrong)
                sides[side][piece.offset : piece.offset + piece.size] = new
            yield msgspec.structs.replace(
                event, command=bytes(sides["command"]), response=bytes(sides["response"])
            )

    def _code(self, original: bytes, due: bytes | None, piece: Piece, *, wrong: bool) -> bytes:
        if wrong and (not original.strip(b"\0") or not original.strip(b"\xff")):
            return original
        if due is None or wrong:
            new = self.names.code("code", original)
            if new == due:
                new = bytes(byte ^ 0xFF for byte in new)
            self.unverifiable += due is None
        else:
            new = due
        self.codes[original] = new
        self.changed[str(piece.byte_class)] += 1
        return new

    def _refused_codes(self) -> set[bytes]:
        """Codes that somebody refused as wrong and nobody took."""
        said: dict[bool, set[bytes]] = {True: set(), False: set()}
        for item in self.items:
            refused = refused_as_wrong(item.understood)
            for verdict in item.verdicts:
                if verdict.side == "command":
                    raw = _raw_at(item.understood, "command", verdict.offset, verdict.size)
                    said[refused].add(raw)
        return said[True] - said[False]

    # -- the last search -------------------------------------------------------------

    def _leaks(self, trace: Trace) -> Iterator[Problem]:
        """Originals that are still somewhere in the finished text."""
        numbers = {number for number in self.names.originals if telling(number)}
        search = NumberSearch(
            numbers | {number.encode("ascii").hex().upper() for number in numbers}
        )
        lines = [header_line(trace.header), *(event_line(event) for event in trace.events)]
        for index, line in enumerate(lines, _NOWHERE):
            for start, end in search.find(line, 0, len(line)):
                why = "an original is left"
                yield Problem(index, "line", start, end - start, "number", why)
            for person in self.names.people:
                if person in line:
                    at, size = line.index(person), len(person)
                    yield Problem(index, "line", at, size, "person", "an original is left")


def _is_foreign(known: Understood) -> bool:
    return known.asked is None or known.annotated.name.startswith(_UNKNOWN_COMMAND)


def _doubt(piece: Piece) -> str:
    """Why a field may hold a number that nobody would replace; empty when it cannot."""
    if piece.byte_class is ByteClass.UNKNOWN and not fields.holds_nothing(piece):
        return "its meaning is not known"
    if piece.byte_class is ByteClass.IDENTITY and is_cut(piece):
        return "only a part of the number"
    return "an enciphered PIN" if piece.name == "enciphered_pin" else ""


def _was_wrong(old: Checked, side: Side, piece: Piece, refused: set[bytes]) -> bool:
    """True where the original code was wrong: as worked out, else as the answers said."""
    for verdict in old.verdicts:
        if (verdict.side, verdict.offset) == (side, piece.offset):
            if verdict.status is not Status.NOT_CHECKABLE:
                return verdict.status is Status.WRONG
            break
    if side == "command":
        return refused_as_wrong(old.understood)
    return _raw_at(old.understood, side, piece.offset, piece.size) in refused


def _raw_at(known: Understood, side: Side, offset: int, size: int) -> bytes:
    event = known.event
    data: bytes = getattr(event, side, b"")
    return data[offset : offset + size]


def _today(trace: Trace) -> date:
    """Day of a recording, as its header says."""
    try:
        return date.fromisoformat(trace.header.created[:10])
    except ValueError:
        return date(2000, 1, 1)

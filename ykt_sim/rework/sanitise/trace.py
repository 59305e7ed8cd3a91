"""Traces that may be given away: other numbers, and codes that are right for them.

Card numbers, chip and terminal numbers, cardholders, PINs and keys are replaced, the same
original by the same replacement in all traces of one call. Every MAC and TAC is then worked
out anew with the keys handed in (the published test keys, diversified from the replacement
numbers), so the result can be replayed and verified. A code that was wrong stays wrong.

What nobody understands may hold anybody's number: such a trace is refused, with the places,
or the bytes are zeroed when the caller says so. A last search over the finished text makes
sure that no original is left anywhere.

All traces are gone through once for the numbers in them. Then each is rewritten with its codes,
and once more with its notes, which may name a code before the exchange that holds it. In memory
are only the numbers and codes and what took their place; events go through a spool.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
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
from ykt_sim.trace.model import Event, Exchange, Note, Recorded, Reset, Trace
from ykt_sim.trace.spool import Spool

#: What the header says afterwards, once.
STATEMENT: Final = "sanitised: numbers replaced, codes made with published test keys"
_UNKNOWN_COMMAND: Final = "unknown command"
_NOWHERE: Final = -1
_YEAR_AND_MONTH: Final = 2
#: Problems that are kept; of more, their number.
MAX_PROBLEMS: Final = 20_000


@dataclass(frozen=True, slots=True)
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
class Problems:
    """Problems of a trace in order: the first `MAX_PROBLEMS` of them, and how many there are."""

    kept: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, problem: Problem) -> None:
        """Take the next one."""
        self.count += 1
        if len(self.kept) < MAX_PROBLEMS:
            self.kept.append(problem)


@dataclass
class Sanitised:
    """One trace after the work.

    Attributes:
        trace: the new trace, None when it is refused.
        problems: why it is refused, or what was zeroed; at most `MAX_PROBLEMS`.
        changed: number of changed fields by what they hold.
        dropped: fields that were zeroed.
        unverifiable: codes that could not be made anew, now meaningless bytes.
        unlisted: problems that are not among ``problems``, because they are too many.
    """

    trace: Recorded | None
    problems: tuple[Problem, ...]
    changed: Counter[str]
    dropped: int
    unverifiable: int
    unlisted: int = 0

    def to_json(self) -> dict[str, object]:
        """Plain data, without the trace."""
        return {
            "written": self.trace is not None,
            "changed": dict(sorted(self.changed.items())),
            "dropped": self.dropped,
            "unverifiable": self.unverifiable,
            "problems": [asdict(problem) for problem in self.problems],
            **({"unlisted": self.unlisted} if self.unlisted else {}),
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
    """Sanitise a set of traces together; by the same names as they came in.

    The new traces are in memory (`Trace`); `sanitise_kept` is for traces of any length.
    """
    with Spool() as spool:
        done = sanitise_kept(traces, options, spool)
        for one in done.values():
            if one.trace is not None:
                one.trace = Trace(header=one.trace.header, events=tuple(one.trace.events))
    return done


def sanitise_kept(
    traces: Mapping[str, Recorded], options: SanitiseOptions, spool: Spool
) -> dict[str, Sanitised]:
    """Sanitise a set of traces together, of any length.

    Args:
        traces: by any name; each is gone through twice.
        options: how.
        spool: takes the new traces, which can be read until it is closed.
    """
    names = Pseudonyms(options.secret)
    works = {name: _One(trace, names, options, spool) for name, trace in traces.items()}
    for one in works.values():
        one.learn()
    return {name: one.run() for name, one in works.items()}


@dataclass
class _One:
    """Works on one trace."""

    original: Recorded
    names: Pseudonyms
    options: SanitiseOptions
    spool: Spool
    problems: Problems = field(default_factory=Problems)
    changed: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    unverifiable: int = 0
    codes: dict[bytes, bytes] = field(default_factory=dict)
    pins: dict[bytes, bytes] = field(default_factory=dict)
    refused: set[bytes] = field(default_factory=set)
    taken: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._texts = NoteTexts(self.names)
        self._shift = Shift(self.options.shift_days, _today(self.original))

    def learn(self) -> None:
        """Learn the numbers, and which PINs and codes were taken or refused."""
        pins: dict[int, tuple[bytes, bytes]] = {}
        for item in understand(self.original.events):
            learn_event(self.names, item)
            self._accepted_pins(item, pins)
            self._answered_codes(item)
        learn_header(self.names, self.original.header)
        self.pins = dict(pins.values())

    def run(self) -> Sanitised:
        """Write the new trace."""
        start = self.spool.begin()
        for event in self._secure():
            self.spool.add(event)
        secured = self.spool.since(start, self.original.header)
        start = self.spool.begin()
        leaks = Problems()
        search = self._search()
        for index, event in enumerate(secured.events):
            new = event
            if isinstance(event, Note):
                new, problems = self._texts.note(event, self.codes, self._shift)
                self._text_problems(index, "note", problems)
                self.changed["note"] += new != event
            if self._fit():
                self._leaks(search, index, event_line(new), leaks)
                self.spool.add(new)
        header, problems = self._texts.header(self.original.header, STATEMENT, self._shift)
        self._text_problems(_NOWHERE, "header", problems)
        trace = self.spool.since(start, header)
        return self._told(trace, search, leaks)

    def _fit(self) -> bool:
        """Whether the trace may still be given away."""
        return self.options.drop_unknown or not self.problems.count

    def _told(self, trace: Recorded, search: NumberSearch, leaks: Problems) -> Sanitised:
        fit = self._fit()
        if self.options.drop_unknown:
            self.dropped += self.problems.count
        if fit:
            found = Problems()
            self._leaks(search, _NOWHERE, header_line(trace.header), found)
            for one in (*found.kept, *leaks.kept):
                self.problems.add(one)
            self.problems.count += leaks.count - len(leaks.kept)
            fit = not found.count and not leaks.count
        kept = tuple(self.problems.kept)
        return Sanitised(
            trace if fit else None, kept, self.changed, self.dropped, self.unverifiable,
            self.problems.count - len(kept),
        )  # fmt: skip

    def _text_problems(self, index: int, side: str, problems: Iterable[tuple[str, int]]) -> None:
        for name, size in problems:
            why = "text that may hold a number"
            self.problems.add(Problem(index, side, 0, size, name, why))

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
            self.problems.add(Problem(*place, "data", why))
        if tail:
            self.problems.add(Problem(known.index, "response", 0, tail, "data", why))
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
            self.problems.add(Problem(*place, doubt))
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

    def _accepted_pins(self, known: Understood, found: dict[int, tuple[bytes, bytes]]) -> None:
        """Published PINs for those that a card took, the first one of each length."""
        taken = known.asked is not None and known.asked.ins == INS.VERIFY
        if not taken or known.annotated.sw != SW.OK:
            return
        for piece in known.command:
            pin = piece.raw.rstrip(b"\xff")
            same = next((one for one in self.options.pins if len(one) == len(pin)), None)
            if piece.byte_class is ByteClass.PIN and same is not None:
                found.setdefault(len(pin), (pin, same))

    # -- codes -----------------------------------------------------------------------

    def _secure(self) -> Iterator[Event]:
        """The rewritten events, with the right code in every place that holds one."""
        follower = Follower(self.options.new_keys())
        refused = self.refused - self.taken
        originals: deque[Checked] = deque()
        for item in understand(self._rewritten(originals)):
            event, old = item.event, originals.popleft()
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

    def _rewritten(self, originals: deque[Checked]) -> Iterator[Event]:
        """The events with other numbers; the originals are put where they can be taken."""
        own = self.options.own_keys
        for item in check(self.original.events, own() if own else None):
            originals.append(item)
            yield self._event(item)

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

    def _answered_codes(self, known: Understood) -> None:
        """Note which codes somebody refused as wrong, and which somebody took."""
        said = self.refused if refused_as_wrong(known) else self.taken
        said.update(piece.raw for piece in known.command if piece.byte_class in SECURED)

    # -- the last search -------------------------------------------------------------

    def _search(self) -> NumberSearch:
        """Finds originals in the finished text."""
        numbers = {number for number in self.names.originals if telling(number)}
        return NumberSearch(numbers | {number.encode("ascii").hex().upper() for number in numbers})

    def _leaks(self, search: NumberSearch, index: int, line: str, found: Problems) -> None:
        """Originals that are still somewhere in a line of the finished text."""
        why = "an original is left"
        for start, end in search.find(line, 0, len(line)):
            found.add(Problem(index, "line", start, end - start, "number", why))
        for person in self.names.people:
            if person in line:
                found.add(Problem(index, "line", line.index(person), len(person), "person", why))


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


def _today(trace: Recorded) -> date:
    """Day of a recording, as its header says."""
    try:
        return date.fromisoformat(trace.header.created[:10])
    except ValueError:
        return date(2000, 1, 1)

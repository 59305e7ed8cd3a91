"""One of two recordings that are compared: what its events are, and the events, checked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.cryptograms import Checked, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.understand import Understood, understand
from ykt_sim.rework.align import Marks
from ykt_sim.trace.model import Event, Exchange, Note, Trace

#: Notes about how a recording was made, not about what happened.
_IGNORED_NOTES: Final = frozenset({"timing", "withheld"})
#: Commands in which a counter is the purse's or the PSAM's own.
OWN_COUNTERS: Final = frozenset(
    {INS.INITIALIZE, INS.DEBIT, INS.SAM_INIT_PURCHASE, INS.GET_TRANSACTION_PROVE}
)
#: Fields of notes that hold codes, and those that hold numbers counted by card or terminal.
NOTED_CODES: Final = frozenset({"tac", "mac2"})
NOTED_COUNTERS: Final = frozenset({"counter", "terminal_serial", "sequence"})
#: Commands whose bytes chance does not repeat: randoms, counters, codes.
_FRESH: Final = OWN_COUNTERS | {
    INS.GET_CHALLENGE,
    INS.INTERNAL_AUTHENTICATE,
    INS.EXTERNAL_AUTHENTICATE,
    INS.CREDIT_FOR_LOAD,
    INS.SAM_CHECK_MAC2,
}
#: Bytes of an answer, with its status word, that chance does not repeat in any command.
_LONG: Final = 18
#: Bytes of a command or answer, header or status word included, that hold a fresh number.
_SHORT: Final = 6
#: Digits of a counter of two bytes.
_DIGITS: Final = 5


class Recording:
    """One of the two traces: what its events are, and the events once more, checked.

    Args:
        events: the trace, or something that gives its events whenever it is gone through.
        keys: keys of its card, None when they are not known.
        meet: takes each event before the comparison begins.

    Attributes:
        marks: what its events are.
        noted: codes and counters in its notes.
        codes, counters: those of them that exchanges hold as well, as far as they went by.
    """

    def __init__(
        self,
        events: Trace | Iterable[Event],
        keys: Keys | None,
        meet: Callable[[Understood], object],
    ) -> None:
        self._events, self._keys = events, keys
        self.marks = Marks()
        self.noted: set[str] = set()
        self.codes: set[str] = set()
        self.counters: set[str] = set()
        for item in understand(events):
            meet(item)
            if _ignored(item.event):
                continue
            if isinstance(item.event, Note):
                self.noted |= set(_numbers_in(item.event))
            self.marks.add(_kind(item), _bytes_of(item.event), telling=_telling(item))

    def __iter__(self) -> Iterator[Checked]:
        for item in check(self._events, self._keys):
            self._see(item.understood)
            if not _ignored(item.understood.event):
                yield item

    def _see(self, item: Understood) -> None:
        for _, piece in item.pieces() if self.noted else ():
            secured = piece.byte_class in SECURED
            if secured or piece.byte_class is ByteClass.COUNTER:
                text = piece.raw.hex().upper()
                if text in self.noted:
                    (self.codes if secured else self.counters).add(text)


def _ignored(event: Event) -> bool:
    return isinstance(event, Note) and event.text in _IGNORED_NOTES


def _kind(known: Understood) -> Hashable:
    """What an event is: kind and channel, instruction, target and application."""
    event = known.event
    if isinstance(event, Note):
        return ("note", event.text)
    if not isinstance(event, Exchange):
        return (type(event).__name__, event.channel)
    asked = known.asked
    if asked is None:
        return ("odd", event.channel, len(event.command))
    note = known.annotated
    parameter = asked.p1 if asked.ins in {INS.INITIALIZE, INS.GET_BALANCE} else None
    return (event.channel, asked.ins, parameter, known.fetching, note.target, note.application)


def _bytes_of(event: Event) -> Hashable:
    if isinstance(event, Exchange):
        return event.channel, event.command, event.response
    if isinstance(event, Note):
        return event.text, *flat(event.data)
    return type(event).__name__, event.channel, getattr(event, "atr", b"")


def _telling(known: Understood) -> bool:
    """Chance does not repeat these bytes."""
    event, asked = known.event, known.asked
    if not isinstance(event, Exchange):
        return False
    fresh = (
        asked is not None
        and asked.ins in _FRESH
        and max(len(event.command), len(event.response)) >= _SHORT
    )
    return fresh or len(event.response) >= _LONG


def _numbers_in(note: Note) -> Iterator[str]:
    """Codes and counters of a note, as exchanges hold them."""
    for name, value in flat(note.data):
        last = name.rpartition(".")[2]
        if last in NOTED_CODES or last in NOTED_COUNTERS:
            yield counter_text(last, value)


def counter_text(name: str, value: str) -> str:
    """A number of a note as an exchange holds it."""
    return f"{int(value):04X}" if name == "counter" and _is_count(value) else value


def _is_count(value: str) -> bool:
    return value.isdecimal() and len(value) <= _DIGITS


def flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Members of a note's data with dotted names, as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from flat(item, f"{name}.{number}")
    else:
        yield name, str(value)

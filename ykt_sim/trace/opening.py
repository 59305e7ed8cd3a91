"""Traces of any format: this is the one door.

The format is chosen by what the file holds, or by name; so is one of several conversations
in a file. ``-`` is standard input, gzip is taken off. Errors name the file.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

import msgspec

from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.apart import Dealer, apart
from ykt_sim.trace.model import Event, Exchange, Header, Note, Trace
from ykt_sim.trace.readers import LIMIT, NATIVE, choose, header_of, read_as
from ykt_sim.trace.readers.account import ACCOUNT, unused_lines
from ykt_sim.trace.readers.base import BROKEN, HEADER, Format, Source

if TYPE_CHECKING:
    from ykt_sim.trace.spool import Kept, Spool

_GZIP: Final = b"\x1f\x8b"
#: Bytes that gzip may grow to; more is an attack or a mistake.
MAX_UNPACKED: Final = 16 << 30
#: Sessions that an error lists.
_LISTED: Final = 20
STDIN: Final = "-"
_BY_NUMBER: Final = ", by number "
#: Lines that are told as not used.
_LINES: Final = 30


class Choice(msgspec.Struct, frozen=True):
    """What of a file is wanted.

    Attributes:
        form: name of the format, empty to look at the file.
        session: name or number of the conversation, empty for all or the only one; with
            ``, by number 2`` or ``.2`` behind it only what its second card (`apart`) did.
    """

    form: str = ""
    session: str = ""

    @property
    def reader(self) -> str:
        """The session without the card."""
        return self._parts()[0]

    @property
    def card(self) -> int:
        """Number of the card, 0 for all."""
        return self._parts()[1]

    def _parts(self) -> tuple[str, int]:
        for mark in (_BY_NUMBER, "."):
            reader, found, card = self.session.rpartition(mark)
            if found and card.isdecimal() and int(card) and (mark != "." or reader.isdecimal()):
                return reader, int(card)
        return self.session, 0


class Named(NamedTuple):
    """One conversation of a file.

    Attributes:
        number: from 1, in order of first appearance.
        name: as the reader calls it.
        header: what is known of it.
    """

    number: int
    name: str
    header: Header

    @property
    def label(self) -> str:
        """Number and name for people."""
        return f"{self.number} {printable(self.name)!r}"


class Conversation(NamedTuple):
    """One whole conversation in memory."""

    named: Named
    trace: Trace


class Telling(msgspec.Struct, frozen=True):
    """Who is told while a file is read.

    Attributes:
        progress: takes the bytes read so far, and all there are where that is known.
        say: takes a line on what was left out.
    """

    progress: Callable[[int, int | None], object] = lambda _count, _total: None
    say: Callable[[str], object] = lambda _line: None


#: Nobody.
UNTOLD: Final = Telling()


def printable(text: str) -> str:
    """Text out of a file, without what would move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else "?" for mark in text)


# -- bytes -----------------------------------------------------------------------------


class _Head:
    """A stream whose first bytes were looked at."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def read(self, count: int = -1) -> bytes:
        if self._head and count:
            data = self._head if count < 0 else self._head[:count]
            self._head = self._head[len(data) :]
            return data
        return self._stream.read(count)


class _Unpacked:
    """Takes gzip off; keeps a fault for the end, so that what comes before it can be used."""

    def __init__(self, packed: BinaryIO, limit: int) -> None:
        self._file = gzip.GzipFile(fileobj=packed, mode="rb")
        self._left = limit
        self.fault = ""

    def read(self, count: int = -1) -> bytes:
        if self.fault:
            return b""
        try:
            data = self._file.read1(count)
        except (EOFError, OSError, zlib.error) as error:
            self.fault = f"gzip: {error}"
            return b""
        self._left -= len(data)
        if self._left < 0:
            self.fault = "gzip: grows beyond what a trace may be"
            return b""
        return data


@contextmanager
def open_source(
    path: Path, *, limit: int = MAX_UNPACKED, telling: Telling = UNTOLD
) -> Iterator[Source]:
    """Open a file of any format as bytes; ``-`` is standard input.

    Args:
        path: of the file.
        limit: bytes that gzip may grow to.
        telling: who is told how far it is.

    Raises:
        TraceError: gzip that is damaged, after everything before the damage was read.
    """
    with _opened(path) as (stream, total):
        head = stream.read(len(_GZIP))
        joined = cast("BinaryIO", _Head(head, stream))
        unpacked = _Unpacked(joined, limit) if head == _GZIP else None
        data = joined if unpacked is None else cast("BinaryIO", unpacked)
        whole = None if unpacked else total
        source = Source(data, name_of(path), lambda count: telling.progress(count, whole))
        if unpacked is not None and unpacked.fault and not source.head:
            raise TraceError(unpacked.fault)
        yield source
        if unpacked is not None and unpacked.fault:
            raise TraceError(unpacked.fault)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    if str(path) == STDIN:
        yield sys.stdin.buffer, None
        return
    with path.open("rb") as stream:
        yield stream, path.stat().st_size if path.is_file() else None


# -- conversations ---------------------------------------------------------------------


class Opened(msgspec.Struct):
    """A file that is being read.

    Attributes:
        source: its bytes.
        known: its format.
        telling: is told which lines with bytes were not used.
        sessions: conversations met so far, by name.
        dealers: of conversations of which one card is wanted, by name.
    """

    source: Source
    known: Format
    choice: Choice = msgspec.field(default_factory=Choice)
    telling: Telling = UNTOLD
    sessions: dict[str, Named] = msgspec.field(default_factory=dict)
    dealers: dict[str, Dealer] = msgspec.field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[Named, Event | None]]:
        """Events of the wanted conversations in the order of the file, as they are read.

        A conversation begins with None, so that one without events is seen as well.
        """
        last, wanted = 0, self.choice.card
        for named, event in self._read():
            if event is None or not wanted:
                yield named, event
                continue
            dealer = self.dealers.setdefault(named.name, Dealer())
            last = yield from self._chosen(named, dealer.take(event), last)
        for session, dealer in self.dealers.items():
            last = yield from self._chosen(self.sessions[session], dealer.end(), last)
        if self.choice.card > last:
            raise UsageError(
                f"no session {self.choice.session!r}; the last card there has number {last}"
            )

    def _chosen(
        self, named: Named, dealt: Iterable[tuple[int, Event]], last: int
    ) -> Generator[tuple[Named, Event], None, int]:
        """What the wanted card did; gives the highest number of a card so far."""
        for card, event in dealt:
            last = max(last, card)
            if card == self.choice.card:
                yield named, event
        return last

    def _read(self) -> Iterator[tuple[Named, Event | None]]:
        """The same of whole conversations."""
        wanted: set[str] = set()
        for session, event in read_as(self.source, self.known):
            named = self.sessions.get(session)
            if named is None:
                told = event.data if isinstance(event, Note) and event.text == HEADER else None
                header = header_of(self.known, session, told or {})
                named = self.sessions[session] = Named(len(self.sessions) + 1, session, header)
                if self.wants(named):
                    wanted.add(session)
                    yield named, None
                if told is not None:
                    continue
            if self.known.name != NATIVE:
                self._tell(event)
            if session in wanted:
                yield named, event
        self._check()

    def _tell(self, event: Event) -> None:
        """Say which lines hold bytes that are in no exchange, and what else is not as it was."""
        if not isinstance(event, Note) or event.text != ACCOUNT:
            return
        if steps := event.data.get("joined"):
            what = f"{steps} answers 61xx or 6Cxx of T=0 are joined with what follows them"
            self.telling.say(f"{self.source.name}: {what}")
        if "times" in event.data:
            self.telling.say(f"{self.source.name}: times: {event.data['times']}")
        if lines := unused_lines(event):
            count, more = event.data.get("count"), ""
            if isinstance(count, int) and count > len(lines):
                more = f" and {count - len(lines)} more"
            listed = ", ".join(map(str, lines[:_LINES]))
            more = ", ..." if len(lines) > _LINES else more
            self.telling.say(f"{self.source.name}: not used: lines {listed}{more}")

    def wants(self, named: Named) -> bool:
        """True when the words ask for this conversation."""
        wanted = self.choice.reader
        return not wanted or wanted == named.name or wanted == str(named.number)

    def _check(self) -> None:
        if not self.sessions:
            raise TraceError(f"no exchange in it, read as {self.known.name}")
        if not any(self.wants(named) for named in self.sessions.values()):
            there = listed(self.sessions.values())
            raise UsageError(f"no session {self.choice.reader!r}; there are {there}")


def listed(sessions: Iterable[Named]) -> str:
    """Conversations in words, not more than fit into an error."""
    found = [named.label for named in sessions]
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more


@contextmanager
def open_trace(
    path: Path, choice: Choice | None = None, *, telling: Telling = UNTOLD
) -> Iterator[Opened]:
    """Open a trace of any format for reading as a stream; errors name the file.

    Args:
        path, telling: as in `open_source`.
        choice: format and session.

    Raises:
        TraceError: no format knows it, or nothing of it can be used.
        UsageError: no such format or session.
    """
    choice = choice or Choice()
    name = name_of(path)
    try:
        with open_source(path, telling=telling) as source:
            yield Opened(source, choose(source, choice.form), choice, telling)
    except TraceError as error:
        text = str(error)
        raise TraceError(text if text.startswith(f"{name}: ") else f"{name}: {text}") from None
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def conversations(
    path: Path, choice: Choice | None = None, telling: Telling = UNTOLD
) -> tuple[Conversation, ...]:
    """All wanted conversations of a file in memory, in order of first appearance.

    One of broken places alone is left out where there are others, and that is said.

    Raises:
        TraceError, UsageError: as `open_trace`, or more events than memory should hold.
    """
    events: dict[int, list[Event]] = {}
    met: dict[int, _Met] = {}
    with open_trace(path, choice, telling=telling) as opened:
        for count, (named, event) in enumerate(_passing(opened, met)):
            if count >= LIMIT:
                raise TraceError(f"more than {LIMIT} events; 'ykt trace show' reads any number")
            events.setdefault(named.number, []).append(event)
    return tuple(
        Conversation(
            one.named,
            Trace(header=one.named.header, events=tuple(events.get(one.named.number, ()))),
        )
        for one in _worth(name_of(path), met.values(), telling.say)
    )


def by_card(found: Iterable[Conversation]) -> tuple[Conversation, ...]:
    """Conversations of readers as those of the cards that were there (`apart`).

    The first card keeps the name of the reader's conversation, the others add ``by number 2``
    and on. Numbers stay those of the readers' conversations.
    """
    return tuple(
        Conversation(_of_card(one.named, card), Trace(header=one.trace.header, events=events))
        for one in found
        for card, events in _dealt(one.trace).items()
    )


def card_conversations(
    path: Path, choice: Choice, telling: Telling = UNTOLD
) -> tuple[Conversation, ...]:
    """As `conversations`, by card, named as `by_card` names them.

    Raises:
        TraceError, UsageError: as `conversations`.
    """
    found = conversations(path, choice, telling)
    if not choice.card:
        return by_card(found)
    return tuple(one._replace(named=_of_card(one.named, choice.card)) for one in found)


def _dealt(trace: Trace) -> dict[int, tuple[Event, ...]]:
    cards: dict[int, list[Event]] = {}
    for card, event in apart(trace.events):
        cards.setdefault(card, []).append(event)
    return {card: tuple(events) for card, events in cards.items()} or {1: ()}


def _of_card(named: Named, card: int) -> Named:
    return named if card == 1 else named._replace(name=f"{named.name}{_BY_NUMBER}{card}")


class _Met(msgspec.Struct):
    """A conversation that was met.

    Attributes:
        exchanges: how many it has.
        said: it holds more than broken places.
    """

    named: Named
    exchanges: int = 0
    said: bool = False


def _passing(opened: Opened, met: dict[int, _Met]) -> Iterator[tuple[Named, Event]]:
    """Let all events of a file pass, and note of which conversations they are, by number."""
    for named, event in opened:
        if event is None:
            met[named.number] = _Met(named)
            continue
        one = met[named.number]
        one.exchanges += isinstance(event, Exchange)
        one.said = one.said or not _is_remark(event)
        yield named, event


def _worth(name: str, met: Iterable[_Met], say: Callable[[str], object]) -> list[_Met]:
    """Leave out conversations of broken places alone, and say so, where there are others."""
    found = list(met)
    left = [one.named for one in found if not one.said]
    if not left or len(left) == len(found):
        return found
    say(f"{name}: left out, nothing but broken places: {listed(left)}")
    return [one for one in found if one.said]


def _is_remark(event: Event) -> bool:
    return isinstance(event, Note) and event.text in {BROKEN, ACCOUNT}


def _is_broken(event: Event) -> bool:
    return isinstance(event, Note) and event.text == BROKEN


def name_of(path: Path) -> str:
    """A file's name in messages."""
    return "standard input" if str(path) == STDIN else str(path)


def whole_trace(path: Path, choice: Choice | None = None, telling: Telling = UNTOLD) -> Trace:
    """The one wanted conversation of a file in memory.

    Raises:
        UsageError: there are several and none was chosen.
        TraceError: as `conversations`.
    """
    found = conversations(path, choice, telling)
    _must_be_one(name_of(path), [_Met(one.named, len(one.trace.exchanges)) for one in found])
    return found[0].trace


def kept_trace(
    path: Path, spool: Spool, choice: Choice | None = None, telling: Telling = UNTOLD
) -> Kept:
    """The one wanted conversation of a file of any length, in a spool.

    Raises:
        UsageError, TraceError: as `whole_trace`, but for the number of events.
    """
    met: dict[int, _Met] = {}
    start, name = spool.begin(), name_of(path)
    with open_trace(path, choice, telling=telling) as opened:
        for named, event in _passing(opened, met):
            spool.add(event, named.number)
    found = _worth(name, met.values(), telling.say)
    _must_be_one(name, found)
    named = found[0].named
    return spool.since(start, named.header, named.number)


def _must_be_one(name: str, found: list[_Met]) -> None:
    """Raise UsageError where there are several conversations."""
    if len(found) > 1:
        some = found[:_LISTED]
        there = ", ".join(f"{one.named.label} ({_count(one.exchanges)})" for one in some)
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UsageError(f"{name}: {len(found)} sessions, choose one with --session: {there}{more}")


def card_trace(path: Path, choice: Choice | None = None, telling: Telling = UNTOLD) -> Trace:
    """As `whole_trace`, of a conversation in which a card was asked something.

    Raises:
        UsageError: nothing was asked of a card.
    """
    trace = whole_trace(path, choice, telling)
    if not any(one.channel == "card" for one in trace.exchanges):
        raise UsageError(f"{name_of(path)}: no exchange with a card in it")
    return trace


def damaged(trace: Trace) -> int:
    """Places of the file that could not be used."""
    return sum(map(_is_broken, trace.events))


def _count(count: int) -> str:
    return "1 exchange" if count == 1 else f"{count} exchanges"

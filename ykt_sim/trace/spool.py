"""Recordings kept in a temporary file instead of memory, to be gone through again and again.

A `Spool` is one file for any number of recordings. As long as it is small it is not written at
all; afterwards nobody else can read it, and it is gone when the spool is closed or the program
ends. Of a recording nothing is in memory but a block of events for each place where it is read.
"""

from __future__ import annotations

import pickle
import struct
import tempfile
from collections.abc import Iterator
from typing import Final, Self

import msgspec

from ykt_sim.trace.model import Event, Exchange, Header, Note, Trace

#: Bytes up to which a spool stays in memory.
SMALL: Final = 1 << 20
#: Events, and characters that they hold, after which a block is written.
_EVENTS: Final = 256
_CHARACTERS: Final = 1 << 16
_SIZE: Final = struct.Struct("<I")

#: Events with the number of their conversation.
_Block = list[tuple[int, Event]]


class Spool:
    """A temporary file that holds recordings; a context manager, which takes it away."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(SMALL, prefix="ykt-")  # noqa: SIM115
        self._block: _Block = []
        self._held = 0
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def begin(self) -> int:
        """Begin a recording, or several that come mixed; gives the place that `since` takes."""
        self._write()
        return self._end

    def add(self, event: Event, session: int = 0) -> None:
        """Store the next event, of a conversation of this number; `since` makes it readable."""
        self._block.append((session, event))
        self._held += _characters(event)
        if len(self._block) >= _EVENTS or self._held >= _CHARACTERS:
            self._write()

    def since(self, start: int, header: Header, session: int = 0) -> Kept:
        """What was stored of a conversation from a place on, which `begin` gave."""
        self._write()
        return Kept(header, Events(self, start, self._end, session))

    def _write(self) -> None:
        if not self._block:
            return
        data = pickle.dumps(self._block, pickle.HIGHEST_PROTOCOL)
        try:
            self._file.seek(self._end)
            self._file.write(_SIZE.pack(len(data)) + data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, tempfile.gettempdir()) from None
        self._end += _SIZE.size + len(data)
        self._block, self._held = [], 0

    def blocks(self, start: int, end: int) -> Iterator[_Block]:
        """Blocks of a part of the file; others may read and write in between."""
        while start < end:
            self._file.seek(start)
            (size,) = _SIZE.unpack(self._file.read(_SIZE.size))
            yield pickle.loads(self._file.read(size))  # noqa: S301 - what `_write` wrote
            start += _SIZE.size + size


class Events:
    """Events of one conversation in a spool; can be gone through any number of times.

    Args:
        spool: where they are.
        start, end: the part of the file.
        session: which of the conversations in that part.
    """

    def __init__(self, spool: Spool, start: int, end: int, session: int) -> None:
        self._spool = spool
        self._start, self._end, self._session = start, end, session

    def __iter__(self) -> Iterator[Event]:
        for block in self._spool.blocks(self._start, self._end):
            for session, event in block:
                if session == self._session:
                    yield event


class Kept(msgspec.Struct, frozen=True):
    """A recording in a spool: a `model.Recorded`, good until the spool is closed."""

    header: Header
    events: Events

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """Only the exchanges, in order."""
        return (event for event in self.events if isinstance(event, Exchange))

    def whole(self) -> Trace:
        """The recording in memory."""
        return Trace(header=self.header, events=tuple(self.events))


def _characters(event: Event) -> int:
    if isinstance(event, Exchange):
        return len(event.command) + len(event.response)
    return len(repr(event.data)) if isinstance(event, Note) else 0

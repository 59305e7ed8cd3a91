"""Commands and answers, found one by one in a log, become exchanges.

Every reader of a log has the same questions: is a command still waiting, what if the next
one comes before an answer, what if one of the two cannot be read. They are answered here
once. A conversation is named by a key, e.g. a thread; at most `MAX_OPEN` of them wait at a
time, of more the oldest is taken as unanswered.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final, TypeVar

import msgspec

from ykt_sim.errors import WireError
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers.base import Found, Line, Source, broken, ends_in_sw, no_sw
from ykt_sim.trace.readers.hexrows import Read
from ykt_sim.wire.apdu import Command

#: Conversations that may wait for an answer at a time, and names remembered for any of them.
MAX_OPEN: Final = 256
#: Text of the note behind a command that the other side could not be given.
FAILED: Final = "failed"

_CUT: Final = "expected a line end, the file ends here and the line may be cut"
#: An answer that ends so is believed to be whole.
_DONE: Final = b"\x90\x00"

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


def remember(table: dict[_K, _V], key: _K, value: _V) -> None:
    """Put into a table that never holds more than `MAX_OPEN`; the oldest entry goes."""
    table.pop(key, None)
    if len(table) >= MAX_OPEN:
        del table[next(iter(table))]
    table[key] = value


def failed(session: str, t: float, call: str, code: str) -> Found:
    """A note that a call to the reader failed, with its error code."""
    return Found(session, Note(t=t, text=FAILED, data={"call": call, "code": code}))


class _Open(msgspec.Struct, frozen=True):
    """A command that waits; without bytes, one that could not be read."""

    session: str
    t: float
    command: bytes


class Pairs:
    """The waiting commands of one file.

    Args:
        source: the file, which knows whether its last line is whole.
        timed: the times are real, so a duration can be told from them.
    """

    def __init__(self, source: Source, *, timed: bool = False) -> None:
        self._source = source
        self._timed = timed
        self._open: dict[str, _Open] = {}

    def waiting(self, key: str) -> bytes:
        """The command that waits for its answer, empty without one."""
        opened = self._open.get(key)
        return b"" if opened is None else opened.command

    def waits(self, key: str) -> bool:
        """A command of this conversation has no answer yet."""
        return key in self._open

    def command(
        self,
        key: str,
        t: float,
        data: Read,
        line: Line,
        *,
        session: str = "",
        rows: Iterable[int] = (),
    ) -> list[Found]:
        """Take a command; one that still waits comes out unanswered.

        Args:
            key: names the conversation.
            t: when it was sent.
            data: its bytes, or why it cannot be read.
            line: where it was found.
            session: name of the conversation outside, when it is another one.
            rows: numbers of the lines that hold the bytes, where they are several.
        """
        session = session or key
        out = self.drop(key)
        if data == b"":
            data = "expected a command, found no bytes"
        elif isinstance(data, bytes) and self._source.partial and not _whole(data):
            data = "expected a whole command, the file ends inside it"
        if isinstance(data, str):
            out.append(self._refused(session, t, f"command: {data}", line, rows))
            data = b""
        elif self._source.partial:
            out.append(_note(session, t, f"command: {_CUT}", line))
        self._open[key] = _Open(session, t, data)
        if len(self._open) > MAX_OPEN:
            out += self.drop(next(iter(self._open)))
        return out

    def answer(
        self,
        key: str,
        t: float,
        data: Read,
        line: Line,
        *,
        session: str = "",
        duration_ms: float | None = None,
        rows: Iterable[int] = (),
    ) -> list[Found]:
        """Take an answer; arguments as in `command`."""
        opened = self._open.pop(key, None)
        if isinstance(data, bytes) and self._source.partial and not ends_in_sw(data):
            data = "expected a whole answer, the file ends inside it"
        elif isinstance(data, bytes) and data:
            data = no_sw(data) or data
        if opened is None or not opened.command:
            why = "a command before this answer, there is none"
            if opened is not None:
                why = "a command before this answer, it could not be read"
            why = f"answer: expected {why}"
            return [self._refused(session or key, t, why, line, rows)]
        if isinstance(data, str):
            unanswered = Exchange(t=opened.t, channel="card", command=opened.command, response=b"")
            return [
                Found(opened.session, unanswered),
                self._refused(opened.session, t, f"answer: {data}", line, rows),
            ]
        # Nothing takes no time: two times that are the same do not measure it.
        if duration_ms is None and self._timed and data and t > opened.t:
            duration_ms = round((t - opened.t) * 1000, 3)
        exchange = Exchange(
            t=opened.t,
            channel="card",
            command=opened.command,
            response=data,
            duration_ms=duration_ms,
        )
        out = [Found(opened.session, exchange)]
        if self._source.partial and data[-2:] != _DONE:
            out.append(_note(opened.session, t, f"answer: {_CUT}", line))
        return out

    def _refused(self, session: str, t: float, why: str, line: Line, rows: Iterable[int]) -> Found:
        """A mark for bytes that cannot be used; those in its other lines are told."""
        for row in rows:
            if row != line.number:
                self._source.account.unused(row)
        return _note(session, t, why, line)

    def drop(self, key: str) -> list[Found]:
        """No answer will come: the command comes out with an empty one."""
        opened = self._open.pop(key, None)
        if opened is None or not opened.command:
            return []
        exchange = Exchange(t=opened.t, channel="card", command=opened.command, response=b"")
        return [Found(opened.session, exchange)]

    def end(self) -> list[Found]:
        """The file ends: what still waits comes out unanswered."""
        return [found for key in list(self._open) for found in self.drop(key)]


def _note(session: str, t: float, why: str, line: Line) -> Found:
    return broken(session, t, why, offset=line.offset, line=line.number, raw=line.text)


def bad_line(session: str, t: float, why: str, line: Line) -> Found:
    """A `broken` note for a line."""
    return _note(session, t, why, line)


def _whole(command: bytes) -> bool:
    """A short command whose lengths agree; an extended one counts as whole."""
    try:
        Command.parse(command)
    except WireError:
        return len(command) > 6 and command[4] == 0
    return True

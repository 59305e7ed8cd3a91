"""Raw log of libpcscspy: what it writes into its pipe.

::

    7FA679E03740@>|1795331527|536352|SCardTransmit
    7FA679E03740@0x0A6D7A8D
    7FA679E03740@0x00000002
    7FA679E03740@0x00000010
    7FA679E03740@0x00000005
    7FA679E03740@80 5C 00 02 04
    7FA679E03740@0x00000001
    7FA679E03740@0x00000010
    7FA679E03740@0x00000006
    7FA679E03740@00 00 27 10 90 00
    7FA679E03740@<|1795331527|536352|SCardTransmit|Command successful.|0x00000000

Every line begins with the thread; calls of several threads mix. pcsc-lite 2 leaves out the
text of the error code, and old versions the four lines about the protocol. Times are
absolute. The number in front of a buffer is its length; ``NULL`` is a buffer nobody gave.

Not read: SCardControl, by which PIN pads are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text, header_note
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.clock import LogClock
from ykt_sim.trace.readers.hexrows import Read, parse_counted, too_many
from ykt_sim.trace.readers.pairs import bad_line, remember
from ykt_sim.trace.readers.pcsc_calls import ATTR_ATR, Calls, PcscCall

_LINE: Final = re.compile(r"([0-9A-Fa-f]{1,16})@(.*)", re.DOTALL)
_ENTER: Final = re.compile(r">\|([0-9]{1,12})\|([0-9]{1,6})\|(SCard\w{1,40})\s*")
_LEAVE: Final = re.compile(
    r"<\|([0-9]{1,12})\|([0-9]{1,6})\|(SCard\w{1,40})\|(?:[^|]{0,200}\|)?(0x[0-9A-Fa-f]{1,16})\s*"
)
_NUMBER: Final = re.compile(r"0x[0-9A-Fa-f]{1,16}\s*")
_SNIFF: Final = re.compile(r"^[0-9A-F]{1,16}@[<>]\|[0-9]{1,12}\|[0-9]{1,6}\|SCard", re.MULTILINE)

#: Parameters kept of one call, and characters in all of them.
_MAX_LINES: Final = 512
_MAX_TEXT: Final = 1 << 19
#: Calls that may be under way at a time, one in each thread.
_MAX_THREADS: Final = 64
#: Lines of one reader in SCardGetStatusChange.
_STATE: Final = 5


def _sniff(head: bytes) -> int:
    return 100 if _SNIFF.search(head_text(head)) else 0


class _Open(msgspec.Struct):
    """A call that has not come back yet."""

    name: str
    line: Line
    t: float
    lines: list[Line] = msgspec.field(default_factory=list)
    size: int = 0

    def add(self, line: Line) -> bool:
        """Keep a parameter; False when there are too many."""
        self.size += len(line.text)
        if len(self.lines) >= _MAX_LINES or self.size > _MAX_TEXT:
            return False
        self.lines.append(line)
        return True


def _number(texts: list[str], at: int) -> int:
    """A numeric parameter; 0 where there is none."""
    text = texts[at] if -len(texts) <= at < len(texts) else ""
    return int(text.strip(), 16) if _NUMBER.fullmatch(text) else 0


def _buffer(lines: list[Line], at: int) -> Read | None:
    """The buffer in line ``at``; its length stands in the line before."""
    count = _number([line.text for line in lines[at - 1 : at]], 0)
    text = lines[at].text
    if text.strip() == "NULL":
        return None
    return too_many(count) or parse_counted(text, count, lines[at])


def _transmit(call: PcscCall, lines: list[Line]) -> None:
    places = [at for at, line in enumerate(lines) if at and not _NUMBER.fullmatch(line.text)]
    call.buffers += [lines[at].number for at in places]
    if places:
        call.sent = _buffer(lines, places[0])
    if len(places) > 1:
        call.received = _buffer(lines, places[1])
    if len(places) > 2:
        call.received = f"expected two buffers in SCardTransmit, found {len(places)}"


def _states(call: PcscCall, lines: list[Line]) -> None:
    """The second half of the parameters tells how the readers are after the call."""
    count = _number([line.text for line in lines[:3]], 2)
    if len(lines) != 3 + 2 * _STATE * count:
        return
    for at in range(3 + _STATE * count, len(lines), _STATE):
        state = _number([lines[at + 2].text], 0)
        call.states.append((lines[at].text, state, _buffer(lines, at + 4)))
        call.buffers.append(lines[at + 4].number)


def _fill(call: PcscCall, lines: list[Line]) -> None:
    """Take the parameters a call has by their places."""
    texts = [line.text.strip() for line in lines]
    if call.name == "SCardGetStatusChange":
        _states(call, lines)
    elif call.name == "SCardConnect":
        call.reader = texts[1] if len(texts) > 1 else ""
        call.handle = texts[6] if len(texts) > 6 else ""
    elif texts:
        call.handle = texts[0]
    if call.name == "SCardTransmit":
        _transmit(call, lines)
    elif call.name == "SCardReconnect":
        call.disposition = _number(texts, 3)
    elif call.name in {"SCardDisconnect", "SCardEndTransaction"}:
        call.disposition = _number(texts, 1)
    elif (call.name == "SCardStatus" and len(texts) >= 8) or (
        call.name == "SCardGetAttrib" and len(texts) == 4 and _number(texts, 1) == ATTR_ATR
    ):
        call.atr = _buffer(lines, len(lines) - 1)
        call.buffers.append(lines[-1].number)


class _Log:
    """The calls of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._clock = LogClock()
        self._open: dict[str, _Open] = {}
        self._calls = Calls(source)
        self._created = ""
        self._headed: dict[str, bool] = {}

    def _time(self, seconds: str, micro: str) -> float:
        total = int(seconds) * 1_000_000 + int(micro)
        if not self._created:
            self._created = _iso(int(seconds))
        return self._clock.at(total)

    def line(self, thread: str, text: str, line: Line) -> Iterator[Found]:
        """Take a line without its thread."""
        opened = self._open.get(thread)
        if (enter := _ENTER.fullmatch(text)) is not None:
            if opened is not None:
                yield from self._lost(thread, "expected the end of a call before the next", line)
            elif len(self._open) >= _MAX_THREADS:
                oldest = next(iter(self._open))
                why = f"expected at most {_MAX_THREADS} threads in calls"
                yield from self._lost(oldest, why, line)
            t = self._time(enter[1], enter[2])
            self._open[thread] = _Open(enter[3], line, t)
        elif (leave := _LEAVE.fullmatch(text)) is not None:
            if opened is None or opened.name != leave[3]:
                yield from self._lost(thread, f"expected the beginning of {leave[3]}", line)
                return
            t = self._time(leave[1], leave[2])
            yield from self._done(self._open.pop(thread), t, leave[4])
        elif text.startswith((">|", "<|")):
            yield from self._lost(thread, "expected |seconds|microseconds|call", line)
        elif opened is None:
            self._source.passed(line, text)
        elif not opened.add(line._replace(text=text)):
            yield from self._lost(thread, "expected the end of a call", line)

    def _lost(self, thread: str, why: str, line: Line) -> Iterator[Found]:
        """The order of calls is broken: what was open ends here."""
        opened = self._open.pop(thread, None)
        t = opened.t if opened is not None else 0.0
        if opened is not None:
            yield from self._done(opened, None, "")
        yield bad_line(f"thread {thread}", t, why, line)

    def _done(self, opened: _Open, t: float | None, rv: str) -> Iterator[Found]:
        call = PcscCall(opened.name, opened.t, opened.line)
        if t is not None:
            call.rv, call.rv_text = int(rv, 16) & 0xFFFFFFFF, rv
            call.duration_ms = round((t - opened.t) * 1000, 3) if t >= opened.t else None
        _fill(call, opened.lines)
        for line in opened.lines:
            if line.number not in call.buffers and not _NUMBER.fullmatch(line.text):
                self._source.passed(line)
        if t is None and call.name != "SCardTransmit":
            return
        for found in self._calls.done(call):
            if found.session not in self._headed:
                remember(self._headed, found.session, value=True)
                yield header_note(found.session, found.event.t, created=self._created)
            yield found

    def end(self) -> Iterator[Found]:
        """The file ends: commands under way have no answer."""
        for opened in self._open.values():
            yield from self._done(opened, None, "")


def _iso(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return ""


def _read(source: Source) -> Iterator[Found]:
    log = _Log(source)
    for line in source.lines():
        found = _LINE.match(line.text)
        if found is not None:
            yield from log.line(found[1], found[2], line)
        else:
            source.passed(line)
    yield from log.end()


FORMAT: Final = Format(
    name="pcsc-spy",
    title="raw log of pcsc-spy (libpcscspy)",
    sniff=_sniff,
    read=by_card(_read),
)

"""Debug log of FreeRDP with smart cards redirected (``/log-level:DEBUG``).

::

    [10:47:05:559] [1512:1523] [DEBUG][com.freerdp.channels.smartcard.client] - Transmit_Call {
    [10:47:05:559] [1512:1523] [DEBUG][com.freerdp.channels.smartcard.client] - cbSendLength: 5
    [10:47:05:559] [1512:1523] [DEBUG][...] - pbSendBuffer: 80 5C 00 02 04
    [10:47:05:566] [1512:1534] [DEBUG][...] - Transmit_Return {
    [10:47:05:566] [1512:1534] [DEBUG][...] - ReturnCode: SCARD_S_SUCCESS (0x00000000)
    [10:47:05:566] [1512:1534] [DEBUG][...] - cbRecvLength: 6
    [10:47:05:566] [1512:1534] [DEBUG][...] - pbRecvBuffer: { 000027109000 }

Later versions write braces and no blanks, and the function in front. Milliseconds stand
behind a colon. The answer does not name its call: one call at a time is taken to be open.

Not read: calls that overlap; their answers go to the call that was open last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.clock import LogClock
from ykt_sim.trace.readers.hexrows import Read, parse_counted
from ykt_sim.trace.readers.pairs import Pairs, failed

_LINE: Final = re.compile(
    r"\s{0,8}\[(?P<time>[0-9:.]{8,20})\] \[[0-9a-f]{1,10}:[0-9a-f]{1,10}\] \[[A-Z]{1,8}\]"
    r"\s?\[[\w.]{1,80}\]"
    r" - (?:\[\w{1,80}(?:\(\d{1,6}\))?\]:)?\s{0,12}(?P<text>.*)",
    re.DOTALL,
)
_TIME: Final = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})[:.]([0-9]{3,6})")
_LENGTH: Final = re.compile(r"cb(Send|Recv)Length: ([0-9]{1,9})\s*")
_BUFFER: Final = re.compile(r"pb(Send|Recv)Buffer: \{?(.*?)\}?\s*", re.DOTALL)
_RETURN: Final = re.compile(r"ReturnCode: (\w{1,60}) \((0x[0-9A-Fa-f]{8})\)")
_CALL: Final = re.compile(r"(\w{1,40})_(Call|Return)\s?\{\s*")
_HANDLE: Final = re.compile(r"h(?:Context|Card)(?:\[\d\])?: ")
_SNIFF: Final = re.compile(
    r"\] - (?:\[\w{1,80}(?:\(\d{1,6}\))?\]:)?\s{0,12}"
    r"(?:Transmit_(?:Call|Return) \{|pb(?:Send|Recv)Buffer: )"
)
_KEY: Final = "card"


def _sniff(head: bytes) -> int:
    return 92 if _SNIFF.search(head_text(head)) else 0


class _Log:
    """The state of one log."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.pairs = Pairs(source, timed=True)
        self._clock = LogClock()
        self._t = 0.0
        self._inside = ""
        self._count: int | None = None

    def line(self, line: Line) -> Iterator[Found]:
        """Take a line."""
        found = _LINE.match(line.text)
        if found is None:
            self._source.passed(line)
            return
        stamp = _TIME.fullmatch(found["time"])
        seconds = self._clock.find(f"{stamp[1]}.{stamp[2]}") if stamp else None
        self._t = self._t if seconds is None else seconds
        text = found["text"]
        if (call := _CALL.fullmatch(text)) is not None:
            self._inside, self._count = f"{call[1]}_{call[2]}", None
        elif self._inside.startswith("Transmit_"):
            yield from self._member(text, line)
        else:
            self._chatter(text, line)

    def _member(self, text: str, line: Line) -> Iterator[Found]:
        """A line inside a call of SCardTransmit, or its return."""
        if (length := _LENGTH.fullmatch(text)) is not None:
            self._count = int(length[2])
        elif (code := _RETURN.match(text)) is not None:
            if int(code[2], 16):
                yield from self.pairs.drop(_KEY)
                yield failed(_KEY, self._t, "SCardTransmit", code[2])
        elif (buffer := _BUFFER.fullmatch(text)) is not None:
            yield from self._bytes(buffer, line)
        elif text.strip() == "}":
            self._inside = ""
        else:
            self._chatter(text, line)

    def _bytes(self, buffer: re.Match[str], line: Line) -> list[Found]:
        read: Read = "expected the number of bytes in the line before"
        if self._count is not None:
            read = parse_counted(buffer[2], self._count, line)
        if buffer[1] == "Send":
            return self.pairs.command(_KEY, self._t, read, line)
        return self.pairs.answer(_KEY, self._t, read, line)

    def _chatter(self, text: str, line: Line) -> None:
        if _HANDLE.match(text):
            self._source.account.named("handle", line.number)
        else:
            self._source.passed(line, text)


def _read(source: Source) -> Iterator[Found]:
    log = _Log(source)
    for line in source.lines():
        yield from log.line(line)
    yield from log.pairs.end()


FORMAT: Final = Format(
    name="freerdp",
    title="debug log of FreeRDP (smart card redirected)",
    sniff=_sniff,
    read=_read,
)

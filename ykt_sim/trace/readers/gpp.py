"""Log of GlobalPlatformPro and of everything else built on apdu4j.

::

    # SCardConnect("Reader", T=*) -> T=1, 3BFC180000813180459067464A00680804000000000E
    A>> T=1 (4+0008) 80500000 08 EC25F0D1A4E2B390 00
    A<< (0028+2) (61ms) 00001248950019F73870 ... 9000

    >> 00A40400 07 A0000001510000 00
    << 6F108408A000000003000000A5049F6501FF 9000 (24ms)

The first shape is that of the PC/SC terminal (``B`` for raw buffers, ``#1`` for a logical
channel; later versions leave the protocol out), the second that of LoggingBIBO, with a
prefix chosen by the program; its documentation shows the duration in front. The numbers
in brackets are lengths and are held against the bytes. No times, only durations.

Not told: times of day. Not read: what a prefix that nobody knows stands in front of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Removed, Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.clock import DURATION, duration
from ykt_sim.trace.readers.hexrows import Read, parse_hex
from ykt_sim.trace.readers.pairs import Pairs, bad_line, failed

_LINE: Final = re.compile(r"(?P<who>.{0,80}?)(?P<way>>>|<<) (?P<text>.*)", re.DOTALL)
_TERMINAL: Final = re.compile(r"(?:.*[\s\]:-])?([AB](?:#[0-9]{1,3})?)", re.DOTALL)
_COMMAND: Final = re.compile(r"(?:T=[01] )?\((?:4\+([0-9]{1,6})|([0-9]{1,6}))\) (.*)", re.DOTALL)
_ANSWER: Final = re.compile(r"\((?:([0-9]{1,6})\+2|([0-9]{1,6}))\) (.*)", re.DOTALL)
_TIME: Final = re.compile(rf"\(({DURATION.pattern})\)")
_CONNECT: Final = re.compile(r'SCardConnect\("([^"]{0,200})", [^)]{0,20}\) -> (.*)', re.DOTALL)
_PROTOCOL_ATR: Final = re.compile(r"[\w=]{1,10}(?:, ([0-9A-Fa-f]+))?\s*")
_DISCONNECT: Final = re.compile(r'SCardDisconnect\("([^"]{0,200})", true\)')
_HEX_BEGINS: Final = re.compile(r"\s*[0-9A-Fa-f]{4}")
_SNIFF: Final = re.compile(
    r"^[^\n]{0,80}?[AB](?:#[0-9]{1,3})?(?:>> (?:T=[01] )?\([0-9]|<< \([0-9])", re.MULTILINE
)
_SNIFF_BIBO: Final = re.compile(
    r"^[^\n]{0,80}?>> [0-9A-F]{8}(?: |$)[^\n]*\n(?:[^\n]*\n){0,20}?"
    rf"[^\n]{{0,80}}?<< (?:[^\n]*\({DURATION.pattern}\)|\[error\])",
    re.MULTILINE,
)
_DEFAULT: Final = "card"


def _sniff(head: bytes) -> int:
    text = head_text(head)
    if _SNIFF.search(text):
        return 93
    return 75 if _SNIFF_BIBO.search(text) else 0


def _uncommented(text: str) -> str:
    return text.partition("//")[0]


def _command(text: str, line: Line) -> Read | None:
    """The bytes of a command; None when the line is none."""
    counted = _COMMAND.match(text)
    body = _uncommented(counted[3] if counted is not None else text)
    malformed = body.rstrip().removesuffix("[malformed]")
    if counted is None and not _HEX_BEGINS.match(malformed):
        return None
    data = parse_hex(malformed, line)
    if counted is None or isinstance(data, str):
        return data
    raw = counted[2]
    right = _fits(data, int(counted[1])) if raw is None else len(data) == int(raw)
    announced = text[: counted.start(3)].strip()
    return data if right else f"expected the bytes {announced!r} announces, got {len(data)}"


def _fits(command: bytes, size: int) -> bool:
    """The command has so many bytes of data: Lc says so and the length agrees."""
    if not size:
        return len(command) in {4, 5, 7}
    if command[4:5] == bytes((size & 0xFF,)) and size < 256:
        return len(command) - size in {5, 6}
    return command[4:7] == b"\0" + size.to_bytes(4, "big")[2:] and len(command) - size in {7, 9}


def _answer(text: str, line: Line) -> tuple[Read | None, float | None]:
    """The bytes of an answer, or None when the line is none, and how long it took."""
    counted = _ANSWER.match(text)
    body = counted[3] if counted is not None else text
    took = _TIME.search(body)
    milliseconds = None
    if took is not None:
        milliseconds = duration(took[1])
        body = body[: took.start()] + body[took.end() :]
    body = _uncommented(body)
    if counted is None and not _HEX_BEGINS.match(body):
        return None, milliseconds
    data = parse_hex(body, line)
    if counted is not None and isinstance(data, bytes):
        count = int(counted[1]) + 2 if counted[1] is not None else int(counted[2])
        if len(data) != count:
            data = f"expected {count} bytes, found {len(data)}"
    return data, milliseconds


def _reason(text: str) -> str:
    """What a failed transmission says of itself."""
    return " ".join(_TIME.sub(" ", text).replace("[error]", " ").split())[:80]


class _Log:
    """The conversations of one log."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.pairs = Pairs(source)
        self._reader = _DEFAULT
        self._last = ""

    def exchange(self, found: re.Match[str], line: Line) -> list[Found]:
        """Take a line with an arrow."""
        who = found["who"].strip()
        # The name in front of the arrow is the terminal's own, or a prefix that tells apart.
        terminal = _TERMINAL.fullmatch(who)
        session = self._reader if not who or terminal is not None else who.rstrip(":")
        if terminal is not None:
            who = terminal[1]
        text = found["text"]
        if found["way"] == ">>":
            data = _command(text, line)
            if data is None:
                self._source.passed(line)
                return []
            self._remark(text, line)
            self._last = who
            return self.pairs.command(who, 0.0, data, line, session=session)
        answer, milliseconds = _answer(text, line)
        if answer is not None:
            self._remark(text, line)
            return self.pairs.answer(
                who, 0.0, answer, line, session=session, duration_ms=milliseconds
            )
        # A failure is written without the letter in front.
        key = who if self.pairs.waits(who) else self._last
        if not self.pairs.waits(key):
            self._source.passed(line)
            return []
        return [*self.pairs.drop(key), failed(session, 0.0, "transmit", _reason(text))]

    def _remark(self, text: str, line: Line) -> None:
        """Bytes in a remark behind those of an APDU."""
        if "//" in text:
            self._source.passed(line, text.partition("//")[2])

    def connection(self, line: Line) -> list[Found]:
        """Take a line about connecting."""
        gone = _DISCONNECT.search(line.text)
        if gone is not None:
            return [Found(gone[1] or _DEFAULT, Removed(t=0.0, channel="card"))]
        connect = _CONNECT.search(line.text)
        if connect is None:
            self._source.passed(line)
            return []
        out = self.pairs.end()
        self._reader = connect[1].strip() or _DEFAULT
        result = connect[2]
        if not result.startswith("T="):
            return [*out, failed(self._reader, 0.0, "SCardConnect", result.strip()[:80])]
        atr = _PROTOCOL_ATR.fullmatch(result)
        read = parse_hex(atr[1] or "", line) if atr is not None else "expected hex after T=, ATR"
        if isinstance(read, str):
            return [*out, bad_line(self._reader, 0.0, f"ATR: {read}", line)]
        return [*out, Found(self._reader, Reset(t=0.0, channel="card", atr=read))]


def _read(source: Source) -> Iterator[Found]:
    log = _Log(source)
    for line in source.lines():
        found = _LINE.match(line.text)
        if found is not None:
            yield from log.exchange(found, line)
        elif "SCard" in line.text:
            yield from log.connection(line)
        else:
            source.passed(line)
    yield from log.pairs.end()


FORMAT: Final = Format(
    name="gpp",
    title="log of GlobalPlatformPro or apdu4j (A>> A<<)",
    sniff=_sniff,
    read=by_card(_read),
    aliases=("globalplatformpro",),
)

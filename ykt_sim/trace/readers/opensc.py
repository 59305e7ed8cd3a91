"""Debug log of OpenSC.

::

    P:13953; T:0x140033105922112 07:09:44.687 [opensc-tool] reader-pcsc.c:326:pcsc_transmit:
    Outgoing APDU (14 bytes):
    00 A4 04 00 08 A0 00 00 06 32 01 01 05 00 .........2....

In front of a message stand process and thread (0.21 and later), or the thread alone, and a
date only under Windows. Old versions write ``Outgoing APDU data [   14 bytes] =====``. The
announced number of bytes rules; the text column, which may look like hex, is not read.

Not told: the day, outside Windows. Not read: logs of a level that leaves APDUs out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text, header_note
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.clock import LogClock, time_of_day
from ykt_sim.trace.readers.hexrows import Dump, Read, parse_hex, too_many
from ykt_sim.trace.readers.pairs import Pairs, bad_line, failed, remember

_PREFIX: Final = re.compile(
    r"(?P<thread>P:[0-9]{1,10}; T:[0-9a-fx]{1,24} |0x[0-9a-f]{1,16} )?"
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2} )?"
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)\.([0-9]{1,20}) "
)
_APDU: Final = re.compile(r"(Outgoing|Incoming) APDU (?:data )?[(\[] {0,8}([0-9]{1,9}) bytes[)\]]")
_READER: Final = re.compile(
    r"pcsc_transmit: reader '(.{1,200})'|refresh_attributes: (.{1,200}) check"
)
_ATR: Final = re.compile(r":match_atr_table: ATR {1,8}: (.*)", re.DOTALL)
_FAILED: Final = re.compile(r"SCardTransmit(?:/Control)? failed: (0x[0-9a-fA-F]{8})")
_MILLISECONDS: Final = 3
_SNIFF: Final = re.compile(
    r"^[> \t]{0,8}(?:(?:Outgoing|Incoming) APDU (?:data )?[(\[] {0,8}[0-9]{1,9} bytes[)\]]"
    r"|(?:P:[0-9]{1,10}; T:[0-9a-fx]{1,24} |0x[0-9a-f]{1,16} |[0-9]{4}-[0-9]{2}-[0-9]{2} )"
    r"[0-9. :-]{8,40} \[[^\]\n]{1,60}\] (?:[\w./-]{1,120}\.c:[0-9]|called))",
    re.MULTILINE,
)


def _sniff(head: bytes) -> int:
    return 97 if _SNIFF.search(head_text(head)) else 0


class _Log:
    """The state of one log."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.pairs = Pairs(source, timed=True)
        self.dump: Dump | None = None
        self._rows: list[int] = []
        self._outgoing = False
        self._clock = LogClock()
        self._t = 0.0
        self._thread = ""
        self._created = ""
        self._readers: dict[str, str] = {}
        self._headed: dict[str, bool] = {}
        self._powered: dict[str, bool] = {}

    @property
    def _session(self) -> str:
        return self._readers.get(self._thread, "card")

    def message(self, text: str, line: Line) -> Iterator[Found]:
        """Take a line that is no row of a dump."""
        prefix = _PREFIX.match(text)
        if prefix is not None:
            self._tick(prefix, line)
            text = text[prefix.end() :]
        apdu = _APDU.match(text)
        if apdu is not None:
            yield from self._open(apdu, line)
            return
        if prefix is None:
            self._source.passed(line, text)
        elif "pcsc_connect: called" in text:
            self._powered.pop(self._thread, None)
        elif (reader := _READER.search(text)) is not None:
            remember(self._readers, self._thread, reader[1] or reader[2])
        elif (atr := _ATR.search(text)) is not None:
            yield from self._atr(atr[1], line)
        elif (failure := _FAILED.search(text)) is not None:
            yield from self.pairs.drop(self._thread)
            yield failed(self._session, self._t, "SCardTransmit", failure[1])
        else:
            self._source.passed(line, text)

    def _tick(self, prefix: re.Match[str], line: Line) -> None:
        self._thread = (prefix["thread"] or "").strip()
        hours, minutes, seconds, fraction = prefix.groups()[2:]
        if len(fraction) > _MILLISECONDS:  # macOS printed 64 bits of which 32 were meant
            low = int(fraction) & 0xFFFFFFFF
            fraction = f"{low:03}" if low < 1000 else "0"
        t = self._clock.of_day(time_of_day(hours, minutes, seconds, fraction))
        if (
            t < self._t
            and len(prefix.groups()[-1]) > _MILLISECONDS
            and not self._source.account.times
        ):
            self._source.account.times = f"line {line.number}: the clock goes back"
        self._t = t
        if prefix["date"] and not self._created:
            self._created = f"{prefix['date'].strip()}T{hours}:{minutes}:{seconds}"

    def _head(self) -> Iterator[Found]:
        session = self._session
        if self._created and session not in self._headed:
            remember(self._headed, session, value=True)
            yield header_note(session, self._t, created=self._created)

    def _atr(self, text: str, line: Line) -> Iterator[Found]:
        # The driver compares the ATR with many tables and says it every time.
        if self._thread in self._powered:
            return
        yield from self._head()
        atr = parse_hex(text.replace(":", " "), line)
        if isinstance(atr, str):
            yield bad_line(self._session, self._t, f"ATR: {atr}", line)
            return
        remember(self._powered, self._thread, value=True)
        yield Found(self._session, Reset(t=self._t, channel="card", atr=atr))

    def _open(self, apdu: re.Match[str], line: Line) -> Iterator[Found]:
        yield from self._head()
        self._outgoing, self._rows = apdu[1] == "Outgoing", []
        count = int(apdu[2])
        why = too_many(count)
        if why or not count:
            yield from self._close(why or b"", line)
        else:
            self.dump = Dump(count)

    @property
    def _waiting(self) -> str:
        """The thread whose command an answer is for: an excerpt may begin without a prefix."""
        return "" if self.pairs.waits("") and not self.pairs.waits(self._thread) else self._thread

    def row(self, line: Line) -> Iterator[Found]:
        """Take a row of the open dump; a line that is none ends it and is then a message."""
        if self.dump is None:
            return
        why = self.dump.row(line.text)
        if why:
            missing = f"{why}, {self.dump.missing} of {self.dump.count} bytes are missing"
            self.dump = None
            yield from self._close(missing, line)
            yield from self.message(line.text, line)
            return
        self._rows.append(line.number)
        if not self.dump.missing:
            data, self.dump = self.dump.read(), None
            yield from self._close(data, line)

    def _close(self, data: Read, line: Line) -> list[Found]:
        if self._outgoing:
            return self.pairs.command(
                self._thread, self._t, data, line, session=self._session, rows=self._rows
            )
        return self.pairs.answer(
            self._waiting, self._t, data, line, session=self._session, rows=self._rows
        )

    def end(self, line: Line | None) -> Iterator[Found]:
        """The file ends."""
        if self.dump is not None and line is not None:
            yield from self._close(f"{self.dump.read()!s} before the end of the file", line)
        yield from self.pairs.end()


def _read(source: Source) -> Iterator[Found]:
    log = _Log(source)
    line = None
    for written in source.lines():
        # People paste logs indented, and mail puts marks in front.
        line = written._replace(text=written.text.lstrip("> \t"))
        if log.dump is not None:
            yield from log.row(line)
        else:
            yield from log.message(line.text, line)
    yield from log.end(line)


FORMAT: Final = Format(
    name="opensc",
    title="debug log of OpenSC",
    sniff=_sniff,
    read=by_card(_read),
)

"""Log of pcscd with ``--apdu``.

::

    00000005 Card ATR: 3B 8F 80 01 ...
    00000004 APDU: 00 A4 04 00 08 A0 00 00 06 32 01 01 05 00
    00001145 SW: 6F 31 84 08 ... 90 00

``SW`` holds data and status word. APDU and SW do not name a reader. With thread numbers
(coloured logs) every client has a thread of its own, and the messages about connecting
say which reader it uses; without them a log of two clients at once cannot be told apart.

Not told: which of two clients, without thread numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Removed, Reset
from ykt_sim.trace.readers.base import Format, Found, Source, head_text
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.hexrows import Read, clean_hex, parse_hex, without_remark
from ykt_sim.trace.readers.pairs import Pairs, bad_line, remember
from ykt_sim.trace.readers.pcsclog import FRAME, PcscLog

_DATA: Final = re.compile(r"(APDU|SW|Card ATR): ?(.*)", re.DOTALL)
_READER: Final = re.compile(
    r"\S{1,200}\(\) (?:Attempting Connect to (?P<connect>.{1,200}) using protocol"
    r"|Card inserted into (?P<insert>.{1,200})|Card Removed From (?P<removed>.{1,200}))"
)
_SNIFF_APDU: Final = re.compile(FRAME + r"APDU: ?[0-9A-F]{2} ", re.MULTILINE)
_SNIFF_LOG: Final = re.compile(
    FRAME + r"[\w./-]{1,120}\.[chl]:[0-9]{1,5}:\w{1,60}\(\)", re.MULTILINE
)
#: Messages of the CCID driver, which show the same once more.
_DRIVER: Final = ("-> ", "<- ", "sending: ", "received: ")
#: The messages alone, as they remain when somebody took the frame off.
_SNIFF_BARE: Final = re.compile(
    r"^APDU: (?:[0-9A-F]{2} ){3,}\s*\nSW: (?:[0-9A-F]{2} )*\s*$", re.MULTILINE
)


def _sniff(head: bytes) -> int:
    text = head_text(head)
    if _SNIFF_APDU.search(text):
        return 95
    if _SNIFF_BARE.search(text):
        return 85
    return 60 if _SNIFF_LOG.search(text) else 0


class _Readers:
    """Which reader a thread speaks with."""

    def __init__(self) -> None:
        self._connected: dict[str, str] = {}
        self._inserted: dict[str, str] = {}

    def note(self, thread: str, connect: str | None, insert: str | None) -> None:
        if connect:
            remember(self._connected, thread, connect)
            self._inserted.pop(thread, None)
        elif insert:
            remember(self._inserted, thread, insert)

    def of_apdu(self, thread: str) -> str:
        fallback = f"thread {thread}" if thread else "card"
        return self._connected.get(thread) or self._inserted.get(thread) or fallback

    def of_atr(self, thread: str) -> str:
        # An insertion is reported just before the ATR, perhaps amid another client's work.
        return self._inserted.get(thread) or self.of_apdu(thread)


def _read(source: Source) -> Iterator[Found]:
    log = PcscLog()
    pairs = Pairs(source, timed=True)
    readers = _Readers()
    for line in source.lines():
        t, thread, text = log.entry(line)
        data = _DATA.match(text)
        if data is None:
            about = _READER.match(text)
            if about is not None and about["removed"]:
                yield Found(about["removed"], Removed(t=t, channel="card"))
            elif about is not None:
                readers.note(thread, about["connect"], about["insert"])
            elif text.startswith(_DRIVER):
                source.account.named("message of the driver", line.number)
            else:
                source.passed(line, text)
            continue
        name, rest = data.groups()
        read: Read | None = clean_hex(rest, line)
        if read is None:
            shown = without_remark(rest)
            if len(shown) < len(rest):
                source.passed(line, rest[len(shown) :])
            read = parse_hex(shown, line)
        if name == "APDU":
            yield from pairs.command(thread, t, read, line, session=readers.of_apdu(thread))
        elif name == "SW":
            yield from pairs.answer(thread, t, read, line, session=readers.of_apdu(thread))
        elif isinstance(read, str):
            yield bad_line(readers.of_atr(thread), t, f"ATR: {read}", line)
        else:
            yield Found(readers.of_atr(thread), Reset(t=t, channel="card", atr=read))
    yield from pairs.end()


FORMAT: Final = Format(
    name="pcscd",
    title="log of pcscd --apdu (pcsc-lite)",
    sniff=_sniff,
    read=by_card(_read),
    aliases=("pcsclite",),
)

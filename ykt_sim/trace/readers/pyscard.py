"""What pyscard's ConsoleCardConnectionObserver prints.

::

    connecting to Virtual PCD 00 00
    > 80 5C 00 02 04
    < 00 00 27 10 90 00
    <  [] 6A 82
    disconnecting from Virtual PCD 00 00

``[]`` stands where an answer has no data. Old versions write SW2 without its
leading zero (``90 0``). No times, no ATR: connecting is a reset whose ATR is not known.

Not told: times, the ATR, and which of several connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Removed, Reset
from ykt_sim.trace.readers.base import Format, Found, Source, head_text
from ykt_sim.trace.readers.hexrows import parse_hex
from ykt_sim.trace.readers.pairs import Pairs

_CONNECTION: Final = re.compile(r"(connecting to|reconnecting to|disconnecting from) (.{1,200})")
_SNIFF: Final = re.compile(
    r"^(?:connecting to \S|disconnecting from \S|<  \[\] [0-9A-F]{1,2} )", re.MULTILINE
)
_EXCHANGE: Final = re.compile(r"^(?:> [0-9A-F]{2} [0-9A-F]{2} |<  \[\] )", re.MULTILINE)
_KEY: Final = "card"


def _sniff(head: bytes) -> int:
    text = head_text(head)
    return 85 if _SNIFF.search(text) and _EXCHANGE.search(text) else 0


def _answer(text: str, *, partial: bool) -> str:
    """The hex of an answer, with the status word in full."""
    if partial:  # a digit may be missing because the file ends there
        return text[1:].replace("[]", "", 1)
    head, _, sw2 = text[1:].rstrip().rpartition(" ")
    return f"{head.replace('[]', '', 1)} {sw2.zfill(2)}"


def _read(source: Source) -> Iterator[Found]:
    pairs = Pairs(source)
    session = _KEY
    for line in source.lines():
        text = line.text
        if text.startswith("> "):
            yield from pairs.command(_KEY, 0.0, parse_hex(text[2:], line), line, session=session)
        elif text.startswith("< "):
            data = parse_hex(_answer(text, partial=source.partial), line)
            yield from pairs.answer(_KEY, 0.0, data, line, session=session)
        elif (connection := _CONNECTION.match(text)) is not None:
            yield from pairs.drop(_KEY)
            session = connection[2].strip() or _KEY
            if connection[1] == "disconnecting from":
                yield Found(session, Removed(t=0.0, channel="card"))
            else:
                yield Found(session, Reset(t=0.0, channel="card", atr=b""))
        else:
            source.passed(line)
    yield from pairs.end()


FORMAT: Final = Format(
    name="pyscard",
    title="ConsoleCardConnectionObserver of pyscard",
    sniff=_sniff,
    read=_read,
)

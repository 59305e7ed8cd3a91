"""What the emulators of libnfc print (``nfc-emulate-forum-tag4``, ``nfc-relay-picc``).

::

        In: 00  a4  04  00  07  d2  76  00  00  85  01  01  00
        Out: 90  00

The program is the card: what comes in is a command, what goes out an answer. No times.

Not read: what the library says of the chip itself (`plain` reads such frames).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.readers.base import Format, Found, Source, head_text
from ykt_sim.trace.readers.hexrows import parse_hex
from ykt_sim.trace.readers.pairs import Pairs

_LINE: Final = re.compile(r"\s{0,40}(In|Out): ?(.*)", re.DOTALL)
_SNIFF: Final = re.compile(r"^ {4}(?:In|Out): [0-9a-f]{2}  ", re.MULTILINE)
_KEY: Final = "card"


def _sniff(head: bytes) -> int:
    return 85 if _SNIFF.search(head_text(head)) else 0


def _read(source: Source) -> Iterator[Found]:
    pairs = Pairs(source)
    for line in source.lines():
        found = _LINE.match(line.text)
        if found is None:
            source.passed(line)
            continue
        take = pairs.command if found[1] == "In" else pairs.answer
        yield from take(_KEY, 0.0, parse_hex(found[2], line), line)
    yield from pairs.end()


FORMAT: Final = Format(
    name="libnfc",
    title="output of a card emulator of libnfc",
    sniff=_sniff,
    read=_read,
)

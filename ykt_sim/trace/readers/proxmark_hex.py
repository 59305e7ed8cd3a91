"""Input for text2pcap, as Proxmark3's ``trace list -t 14a -x`` prints it.

::

    0.0000006993
    000000 00 fe 00 01 52

The first line looks like seconds and is a count of carrier periods behind ``0.``, in ten
digits. The second is a frame behind the four bytes of link type 264.

Not told: which side sent a frame, but by what is in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.iso14443 import CARRIER_HZ
from ykt_sim.trace.readers.base import Format, Found, Source, head_text
from ykt_sim.trace.readers.isodep import IsoDep
from ykt_sim.trace.readers.link264 import HEADER, events
from ykt_sim.trace.readers.ticks import Ticks

_TIME: Final = re.compile(r"[ \t]*0\.(\d{10})[ \t]*")
_BYTES: Final = re.compile(r"([0-9A-Fa-f]{6})((?:[ \t]+[0-9A-Fa-f]{2})+)[ \t]*")
_LIKE: Final = re.compile(r"[ \t]*(?:0\.\d|[0-9A-Fa-f]{6}[ \t])")


def read(source: Source) -> Iterator[Found]:
    """The frames of the listing."""
    radio, clock, t = IsoDep(), Ticks(CARRIER_HZ), 0.0
    timed = False
    for line in source.lines():
        stamp = _TIME.fullmatch(line.text)
        if stamp:
            t, timed = clock.seconds(int(stamp[1])), True
            continue
        where = {"offset": line.offset, "line": line.number}
        row = _BYTES.fullmatch(line.text) if not line.cut else None
        if row and timed:
            data = bytes.fromhex(row[2])
            if int(row[1], 16):
                why = f"expected a frame at 000000, got one at {row[1]}"
                yield from radio.missing(t, why, **where)
            else:
                yield from events(radio, t, data, size=len(data), **where)
            timed = False
        elif row or _LIKE.match(line.text):
            why = "expected a time, then a row of hex bytes"
            yield from radio.missing(t, why, **where)
        else:
            source.passed(line)
    yield from radio.end()


def sniff(head: bytes) -> int:
    """A time and a row of link type 264 below it."""
    lines = head_text(head).splitlines()
    for above, below in itertools.pairwise(lines):
        if _TIME.fullmatch(above):
            row = _BYTES.fullmatch(below)
            return 95 if row and len(bytes.fromhex(row[2])) >= HEADER else 0
    return 0


FORMAT: Final = Format("proxmark-hex", "Proxmark3 trace list -x (for text2pcap)", sniff, read)

"""Card log of Cardpeek (``.clf``).

::

    # cardpeek trace file
    # version 0
    R:3B8F80018031B86404B0ECC1739401808290000E
    C:805C000204:9000:00002710
    # end

``C`` is command, status word, data; ``R`` a reset with its ATR. No times. Cardpeek itself
reads no more than 1,024 characters of a line; it writes longer ones, and they are read here.

Not told: times, and how long an answer took.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange, Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text, no_sw
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.hexrows import parse_hex
from ykt_sim.trace.readers.pairs import bad_line

_MAGIC: Final = ("# cardpeek trace file", "# cardpeek emulator")
_VERSION: Final = re.compile(r"# version ([0-9]{1,9})\s*")
_SNIFF: Final = re.compile(r"^C:[0-9A-F]{8,}:[0-9A-F]{4}:(?:[0-9A-F]{2})*$", re.MULTILINE)
_SESSION: Final = "card"


def _sniff(head: bytes) -> int:
    text = head_text(head)
    if text.lstrip().startswith(_MAGIC):
        return 100
    return 70 if _SNIFF.search(text) else 0


def _command(line: Line, *, partial: bool) -> Iterator[Found]:
    parts = line.text.rstrip().split(":")
    if len(parts) != 4:
        yield bad_line(_SESSION, 0.0, "expected C:command:SW:data", line)
        return
    command = parse_hex(parts[1], line)
    if isinstance(command, str) or not command:
        why = command if isinstance(command, str) else "expected bytes"
        yield bad_line(_SESSION, 0.0, f"command: {why}", line)
        return
    sw, data = parse_hex(parts[2], line), parse_hex(parts[3], line)
    why, answer = "", b""
    if isinstance(sw, str) or len(sw) != 2:
        why = "SW: expected four hex digits"
    elif isinstance(data, str):
        why = f"data: {data}"
    elif flaw := no_sw(sw):
        why = f"SW: {flaw}"
    elif partial:
        why = "data: expected the end of the line, the file ends inside it"
    else:
        answer = data + sw
    exchange = Exchange(t=0.0, channel="card", command=command, response=answer)
    yield Found(_SESSION, exchange)
    if why:
        yield bad_line(_SESSION, 0.0, why, line)


def _read(source: Source) -> Iterator[Found]:
    ended = False
    last: Line | None = None
    for line in source.lines():
        last = line
        text = line.text.rstrip()
        if (version := _VERSION.fullmatch(text)) is not None and int(version[1]):
            raise TraceError(
                f"line {line.number}: version {version[1]} is newer than 0, known here"
            )
        if text.startswith("#"):
            ended = text == "# end"
            source.passed(line)
        elif text.startswith("C:"):
            yield from _command(line, partial=source.partial)
        elif text.startswith("R:"):
            atr = parse_hex(text[2:], line)
            if isinstance(atr, bytes) and source.partial:
                atr = "expected the end of the line, the file ends inside it"
            if isinstance(atr, str):
                yield bad_line(_SESSION, 0.0, f"ATR: {atr}", line)
            else:
                yield Found(_SESSION, Reset(t=0.0, channel="card", atr=atr))
        elif text:
            yield bad_line(_SESSION, 0.0, "expected a line that begins with C:, R: or #", line)
    if last is not None and not ended:
        yield bad_line(_SESSION, 0.0, "expected # end as the last line", last)


FORMAT: Final = Format(
    name="cardpeek",
    title="card log of Cardpeek (.clf)",
    sniff=_sniff,
    read=by_card(_read),
    aliases=("clf",),
)

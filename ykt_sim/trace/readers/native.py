"""This project's own format (`ykt_sim.trace.jsonl`), so that one call reads every file.

Unlike foreign logs, a damaged line raises `TraceError` here: our own files are whole or
they are wrong.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ykt_sim.trace import jsonl
from ykt_sim.trace.readers.base import Format, Found, Source, header_note

_HEADER: Final = re.compile(rb'\s*\{[^\n]{0,4000}?"format"\s*:\s*"ykt-trace"')
#: A file that lost its header: reading it says what is wrong.
_LIKE: Final = re.compile(rb'\s*\{\s*"(?:version|t|ch|ev|c|r)"\s*:')
_SESSION: Final = "trace"


def _sniff(head: bytes) -> int:
    start = head.removeprefix(codecs.BOM_UTF8)
    if _HEADER.match(start):
        return 100
    return 30 if _LIKE.match(start) else 0


def _lines(source: Source) -> Iterator[bytes]:
    lines = source.byte_lines()
    for first in lines:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from lines


def _read(source: Source) -> Iterator[Found]:
    reader = jsonl.TraceReader(_lines(source))
    yield header_note(_SESSION, **msgspec.structs.asdict(reader.header))
    for event in reader:
        yield Found(_SESSION, event)


FORMAT: Final = Format(
    name="native",
    title="trace of ykt-sim (JSON Lines)",
    sniff=_sniff,
    read=_read,
    aliases=("jsonl",),
)

"""This project's own format (`ykt_sim.trace.jsonl`), so that one call reads every file.

Unlike foreign logs, a damaged line raises `TraceError` here: our own files are whole or
they are wrong. A run's folder keeps all its recordings in one file; each is a conversation.

Not read: files of a newer version than this program knows.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ykt_sim.errors import TraceError
from ykt_sim.trace import jsonl
from ykt_sim.trace.model import Note
from ykt_sim.trace.readers.base import Format, Found, Source, head_text, header_note

_HEADER: Final = re.compile(rb'\s*\{[^\n]{0,4000}?"format"\s*:\s*"ykt-trace"')
#: A file that lost its header: reading it says what is wrong.
_LIKE: Final = re.compile(rb'\s*\{\s*"(?:version|t|ch|ev|c|r)"\s*:')
#: Enough of a file in another dress to see its header.
_HEAD: Final = 1 << 13
_SESSION: Final = "trace"


def _sniff(head: bytes) -> int:
    for start in (head.removeprefix(codecs.BOM_UTF8), head_text(head[:_HEAD]).encode()):
        if _HEADER.match(start):
            return 100
        if _LIKE.match(start):
            return 30
    return 0


def _is_plain(head: bytes) -> bool:
    """True for UTF-8 as we write it: no other encoding, no colours of a terminal."""
    return _HEADER.match(head.removeprefix(codecs.BOM_UTF8)) is not None


def _lines(source: Source) -> Iterator[bytes]:
    if not _is_plain(source.head):
        for line in source.lines():
            yield f"{line.text}\n".encode()
        return
    lines = source.byte_lines()
    for first in lines:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from lines


def _read(source: Source) -> Iterator[Found]:
    reader = jsonl.TraceReader(_lines(source))
    names: set[str] = set()
    session = ""
    for event in reader:
        if isinstance(event, Note) and event.text == jsonl.RECORDING:
            session, header = jsonl.recording_of(event, reader.header)
            if session in names:
                raise TraceError(f"two recordings are named {session[:40]!r}")
            names.add(session)
            yield header_note(session, event.t, **msgspec.structs.asdict(header))
            continue
        if not session:
            session = _SESSION
            yield header_note(session, **msgspec.structs.asdict(reader.header))
        yield Found(session, event)
    if not session:
        yield header_note(_SESSION, **msgspec.structs.asdict(reader.header))


FORMAT: Final = Format(
    name="native",
    title="trace of ykt-sim (JSON Lines)",
    sniff=_sniff,
    read=_read,
    aliases=("jsonl",),
)

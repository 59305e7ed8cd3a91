"""Logs and captures: by what they show, in a format that is named, and what is told of them.

Only `TraceError`, never an invented byte of time, and what was read can be written down and read
again; then it is annotated and its story is told.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

from tests.fuzz.target import ROOT, Target, files, refused
from tests.trace.readers.samples import SAMPLES
from ykt_sim.errors import TraceError, YktError
from ykt_sim.meaning.annotate import annotate
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Exchange, Note, Trace
from ykt_sim.trace.readers import FORMATS, PLAIN, read_sessions
from ykt_sim.trace.readers.base import BROKEN, Source

#: What the first byte stands for: nothing, so that the file's beginning is looked at, or a format.
NAMES = ("", *(name for name in FORMATS if name != PLAIN))
_EVENTS = 20_000


def check_reader(data: bytes) -> None:
    """The first byte names a format, or none; the rest is the file."""
    _read(data[1:], NAMES[data[0] % len(NAMES)] if data else "")


def check_plain(data: bytes) -> None:
    """A log of no particular program."""
    _read(data, PLAIN)


def _read(data: bytes, name: str) -> None:
    try:
        traces = read_sessions(Source(io.BytesIO(data)), name, limit=_EVENTS)
    except YktError as error:
        refused(error, TraceError)
        return
    for trace in traces:
        _sound(trace, len(data))
        assert read_trace(write_trace(trace)) == trace
        for _ in annotate(trace):
            pass


def _sound(trace: Trace, size: int) -> None:
    for event in trace.events:
        assert 0 <= event.t < math.inf
        if isinstance(event, Exchange):
            assert event.command
            assert len(event.response) != 1
            assert event.duration_ms is None or 0 <= event.duration_ms < math.inf
        elif isinstance(event, Note) and event.text == BROKEN and "offset" in event.data:
            offset = event.data["offset"]
            assert isinstance(offset, int)
            assert 0 <= offset <= size
            assert event.data["why"]


def reader_seeds() -> Iterator[bytes]:
    """The corpus, by what it shows; samples of every format, in that format."""
    for text in files("apdu_traces/broken/*", "apdu_traces/synthetic/formats/*"):
        yield b"\0" + text
    for name, sample in SAMPLES.items():
        if name in NAMES:
            yield bytes([NAMES.index(name)]) + sample
    for path in sorted((ROOT / "apdu_traces/synthetic/formats").iterdir()):
        if (name := path.name.partition(".")[0]) in NAMES:
            yield bytes([NAMES.index(name)]) + path.read_bytes()


def plain_seeds() -> Iterator[bytes]:
    """Shapes of strangers' logs."""
    yield from files("tests/trace/readers/shapes/*.log", "apdu_traces/synthetic/formats/plain.txt")


TARGETS = (
    Target("reader", check_reader, reader_seeds, 4096),
    Target("plain", check_plain, plain_seeds, 2048),
)

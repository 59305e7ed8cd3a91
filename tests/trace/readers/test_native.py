"""Our own format through the same door."""

from __future__ import annotations

import codecs
import io
from pathlib import Path

import pytest

from tests.trace.readers.samples import DIALOGUE, events, native, pairs
from ykt_sim.errors import TraceError
from ykt_sim.trace.jsonl import read_trace
from ykt_sim.trace.readers import detect, read_sessions
from ykt_sim.trace.readers.base import MAX_LINE, Source

CORPUS = Path(__file__).parents[3] / "apdu_traces"
FILES = sorted([*CORPUS.glob("recorded/*.jsonl"), *CORPUS.glob("synthetic/*-bus-legacy.jsonl")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_trace_is_read_as_it_is(path: Path) -> None:
    with path.open("rb") as stream:
        assert read_sessions(Source(stream)) == (read_trace(path.read_bytes().decode()),)


def test_a_byte_order_mark_and_other_line_ends() -> None:
    data = codecs.BOM_UTF8 + native().replace("\n", "\r\n").encode()
    assert detect(Source(io.BytesIO(data))).name == "native"
    assert pairs(events(data, "native")) == list(DIALOGUE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (native() + '{"t":1}\n', "line 6"),
        (native()[:-3], "line 5"),
        ('{"format":"ykt-trace","version":99}\n', "newer"),
        (native() + '{"t":1,"ev":"note","text":"' + "x" * MAX_LINE, "longer than"),
        ('{"format":"ykt-trace","version":1}\n"', "line 2"),
    ],
)
def test_damage_is_an_error(text: str, why: str) -> None:
    with pytest.raises(TraceError, match=why):
        read_sessions(Source(io.BytesIO(text.encode())))


def test_bad_utf_8_is_named() -> None:
    data = native().encode() + b'{"t":1,"ev":"note","text":"\xff"}\n'
    with pytest.raises(TraceError, match="line 6: not UTF-8"):
        events(data, "native")


def test_its_chains_are_not_merged() -> None:
    dialogue = [
        (b"\x00\xa4\x00\x00\x02\x3f\x01", b"\x61\x02"),
        (b"\x00\xc0\x00\x00\x02", b"ab\x90\x00"),
    ]
    (trace,) = read_sessions(Source(io.BytesIO(native(dialogue).encode())))
    assert pairs(trace.events) == dialogue

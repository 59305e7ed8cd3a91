"""Our own format through the same door."""

from __future__ import annotations

import codecs
import io
from pathlib import Path

import pytest

from tests.trace.readers.samples import DIALOGUE, events, native, pairs
from ykt_sim.errors import TraceError
from ykt_sim.trace.jsonl import read_trace, recording_note, recording_of
from ykt_sim.trace.model import Header
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


def several(*notes: str) -> bytes:
    head, *lines = native().splitlines(keepends=True)
    body = "".join(note + "".join(lines) for note in notes)
    return (head + body).encode()


def begins(data: str) -> str:
    return f'{{"t":0,"ev":"note","text":"recording","data":{data}}}\n'


def test_several_recordings_in_a_file_are_conversations() -> None:
    data = several(begins('{"name":"C-1","card":"first"}'), begins('{"name":"C-2"}'))
    first, second = read_sessions(Source(io.BytesIO(data)))
    assert pairs(first.events) == pairs(second.events) == list(DIALOGUE)
    assert (first.header.card, second.header.card) == ("first", "dual")


@pytest.mark.parametrize(
    ("notes", "why"),
    [
        ((begins('{"name":"C-1"}'),) * 2, "two recordings are named 'C-1'"),
        ((begins('{"name":7}'),), "expected the name of a recording, got '7'"),
        ((begins('{"name":"C-1","card":7}'),), "recording 'C-1': Expected `str`"),
        ((begins('{"name":"C-1","x":7}'),), "recording 'C-1': Object contains unknown field"),
    ],
)
def test_a_damaged_begin_of_a_recording_is_an_error(notes: tuple[str, ...], why: str) -> None:
    with pytest.raises(TraceError, match=why):
        read_sessions(Source(io.BytesIO(several(*notes))))


def test_what_begins_a_recording_is_read_back() -> None:
    shared = Header(source="run", card="a")
    own = Header(source="run", card="b", seed=3)
    note = recording_note("C-1", own, shared)
    assert note.data == {"name": "C-1", "card": "b", "seed": 3}
    assert recording_of(note, shared) == ("C-1", own)

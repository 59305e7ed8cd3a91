"""What holds for every reader of a text log: cut files, other encodings, hostile bytes."""

from __future__ import annotations

import codecs
import io
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.samples import DIALOGUE, SAMPLES, Pair, found, pairs
from ykt_sim.errors import TraceError
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Exchange, Note, Reset
from ykt_sim.trace.readers import FORMATS, detect, read, read_sessions
from ykt_sim.trace.readers.account import ACCOUNT
from ykt_sim.trace.readers.base import BROKEN, MAX_LINE, Found, Source

FOREIGN = sorted(set(SAMPLES) - {"native"})
fuzz = settings(max_examples=60, deadline=None)
every = pytest.mark.parametrize("name", sorted(SAMPLES))
foreign = pytest.mark.parametrize("name", FOREIGN)

#: Lines that stand in real logs by accident or in hostile ones on purpose.
HOSTILE = [
    b"",
    b"\0\0\0\0 APDU: 00 A4",
    b"A" * 5000,
    b"99999999999999999999 APDU: 00 A4 04",
    b"-0000001 APDU: 00 B0 00 00 00",
    b"Outgoing APDU (999999999 bytes):",
    b"Incoming APDU (0 bytes):",
    b"-> 000000 6F FF FF FF FF 00 00 00 00 00 00 A4",
    b"7FA679E03740@0xFFFFFFFFFFFFFFFF",
    b"7FA679E03740@<|999999999999|999999|SCardTransmit|0x80100069",
    b" i bSendLength 0xFFFFFFFF (4294967295)",
    b"> 0",
    b"< zz zz",
    "\u202e> 00 A4 04 00\u202c".encode(),
    "> \u0660\u0660 \u0664\u0664".encode(),
    b"C:00A404:9:0",
    b"\xff\xfe\xfd",
    b"A>> (4+9999) 00A40400",
    b"A<< (0000+2) (999999s999999ms) 9000",
    b"Received (SW1=0xZZ, SW2=0x00):",
    b"connecting to \x1b[31m",
    b"# ATR: 3",
]


def run(data: bytes, name: str) -> list[Found]:
    """Everything a reader finds, whatever the file; checked for what must always hold."""
    try:
        items = found(data, name)
    except TraceError:
        return []
    text = data.decode("utf-8", "replace")
    digits = re.sub(r"[^0-9A-F]", "", text.upper())
    for session, event in items:
        assert session
        assert 0 <= event.t < math.inf
        if isinstance(event, Exchange):
            assert event.command
            assert literal(event.command, digits)
            assert literal(event.response, digits)
            assert event.duration_ms is None or 0 <= event.duration_ms < math.inf
        elif isinstance(event, Note) and event.text == BROKEN:
            offset = event.data["offset"]
            assert isinstance(offset, int)
            assert 0 <= offset <= len(data)
            assert event.data["why"]
    return items


def literal(data: bytes, digits: str) -> bool:
    """The bytes stand in the file: in a few pieces, as rows, blocks and status words do."""
    hexed = data.hex().upper()
    pieces = 0
    while hexed:
        size = len(hexed)
        while size and hexed[:size] not in digits:
            size -= 2
        if not size:
            return False
        hexed = hexed[size:]
        pieces += 1
    return pieces <= 3 + len(data) // 16


def shown(items: list[Found]) -> list[Found]:
    """Without the notes about damage, which name offsets."""
    return [
        item for item in items if not (isinstance(item.event, Note) and item.event.text == BROKEN)
    ]


def coloured(data: bytes) -> bytes:
    return b"".join(b"\x1b[01;31m" + line + b"\x1b[0m\n" for line in data.splitlines())


def test_every_sample_is_of_a_known_format() -> None:
    assert set(SAMPLES) <= set(FORMATS)
    assert list(FORMATS) == sorted(FORMATS)


@every
def test_the_format_is_recognised(name: str) -> None:
    assert detect(Source(io.BytesIO(SAMPLES[name]))).name == name


@every
def test_a_good_file_has_exchanges_and_no_damage(name: str) -> None:
    items = run(SAMPLES[name], name)
    assert len(pairs(items)) >= 4
    assert len(items) == len(shown(items))
    if name not in {"opensc-tool", "pcsc-spy-pretty", "pyscard", "scriptor"}:
        assert pairs(items) == list(DIALOGUE)


@foreign
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(lambda data: codecs.BOM_UTF8 + data, id="bom"),
        pytest.param(
            lambda data: codecs.BOM_UTF16_LE + data.decode().encode("utf-16-le"), id="utf-16-le"
        ),
        pytest.param(
            lambda data: codecs.BOM_UTF16_BE + data.decode().encode("utf-16-be"), id="utf-16-be"
        ),
        pytest.param(coloured, id="colours"),
    ],
)
def test_the_same_file_in_another_dress(name, change) -> None:
    data = change(SAMPLES[name])
    assert detect(Source(io.BytesIO(data))).name == name
    assert found(data, name) == found(SAMPLES[name], name)


@foreign
def test_cut_after_every_line(name: str) -> None:
    lines = SAMPLES[name].splitlines(keepends=True)
    whole = pairs(found(SAMPLES[name], name))
    for count in range(len(lines)):
        items = run(b"".join(lines[:count]), name)
        assert_begins(pairs(items), whole, marked=len(items) > len(shown(items)))


def assert_begins(cut: list[Pair], whole: list[Pair], *, marked: bool) -> None:
    """A cut file shows the beginning; only its last exchange may be less, if a note says so."""
    assert cut[:-1] == whole[: max(0, len(cut) - 1)]
    if cut:
        command, answer = cut[-1]
        sent, received = whole[len(cut) - 1]
        assert sent == command or (marked and not answer and sent.startswith(command))
        assert answer in (b"", received) or (marked and received.startswith(answer[:-2]))


@foreign
@fuzz
@given(data=st.data())
def test_cut_after_any_byte(name: str, data: st.DataObject) -> None:
    sample = SAMPLES[name]
    whole = pairs(found(sample, name))
    items = run(sample[: data.draw(st.integers(0, len(sample)))], name)
    assert_begins(pairs(items), whole, marked=len(items) > len(shown(items)))


@every
@fuzz
@given(data=st.data())
def test_damaged_bytes(name: str, data: st.DataObject) -> None:
    sample = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(sample)))
        size = data.draw(st.sampled_from([0, 0, 1, 1, 2, 30]))
        sample[at : at + size] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b" ", b"\n", b"0", b"F", b":", b"|", b"<"])
        )
    run(bytes(sample), name)


@foreign
@fuzz
@given(data=st.data())
def test_lines_out_of_order(name: str, data: st.DataObject) -> None:
    lines = SAMPLES[name].splitlines(keepends=True)
    picked = data.draw(st.lists(st.sampled_from(range(len(lines))), max_size=30))
    run(b"".join(lines[at] for at in picked), name)


@every
@fuzz
@given(data=st.data())
def test_hostile_lines_in_between(name: str, data: st.DataObject) -> None:
    lines = SAMPLES[name].splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines)))
        lines.insert(at, data.draw(st.sampled_from(HOSTILE)) + b"\n")
    run(b"".join(lines), name)


@every
@fuzz
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes(name: str, data: bytes) -> None:
    run(data, name)


@every
def test_nothing_and_nonsense(name: str) -> None:
    for data in (b"", b"\n\n", b"\0" * 1000, b"\r" * 1000, bytes(range(256)) * 8):
        assert pairs(run(data, name)) == []


@foreign
def test_a_line_without_end(name: str) -> None:
    lines = SAMPLES[name].splitlines(keepends=True)
    long = lines[-2].rstrip(b"\n") + b" 00" * (MAX_LINE // 2) + b"\n"
    items = found(b"".join(lines) + long + b"".join(lines), name)
    assert all(len(event.command) < 70_000 for _, event in items if isinstance(event, Exchange))


@foreign
def test_every_trace_can_be_stored(name: str) -> None:
    traces = read_sessions(Source(io.BytesIO(SAMPLES[name])))
    assert traces
    for trace in traces:
        assert read_trace(write_trace(trace)) == trace


@foreign
def test_the_same_events_through_the_front_door(name: str) -> None:
    direct = [event for _, event in found(SAMPLES[name], name)]
    through = [event for _, event in read(Source(io.BytesIO(SAMPLES[name])))]
    told = [event for event in through if not (isinstance(event, Note) and event.text == ACCOUNT)]
    assert told == direct
    assert all(isinstance(event, Exchange | Reset | Note) for event in through[:2])

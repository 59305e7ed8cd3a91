"""Every run of hex in a text file is in an event, has a name, or is told as not used."""

# ruff: noqa: S311, TID251 - seeds of a generator
from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers import scribe
from tests.trace.readers.samples import SAMPLES, events
from tests.trace.readers.test_nci import READER
from tests.trace.readers.test_proxmark_apdu import TEXT as CONSOLE
from tests.trace.readers.test_proxmark_list import HEAD, ROWS
from ykt_sim.errors import TraceError
from ykt_sim.textfile import decode
from ykt_sim.trace.model import Event, Exchange, Note, Reset
from ykt_sim.trace.readers import choose, format_named, read_as
from ykt_sim.trace.readers.account import ACCOUNT, Account, unused_lines
from ykt_sim.trace.readers.base import BROKEN, Source
from ykt_sim.trace.readers.runs import Run

TEXTS = {name: decode(data) for name, data in SAMPLES.items() if name != "native"}
TEXTS |= {"proxmark-list": HEAD + ROWS, "proxmark-apdu": CONSOLE, "nci": READER}

#: Lines with bytes that are none of a format's business; the bytes are put in.
STRAY = [
    "{solid}", "bar {solid}", "    {spaced}", "x={solid}", "[{spaced}]", "note: {colons} seen",
    "数据 {solid}", "(0x{solid})", "<- {spaced}", "foo,{solid},bar", "# {spaced}",
    "status {spaced} ok",
]  # fmt: skip


def read_all(data: bytes, name: str = "") -> list[Event]:
    """All events, with what is told at the end; nothing where no format knows the file."""
    source = Source(io.BytesIO(data))
    try:
        known = format_named(name) if name else choose(source)
        return [found.event for found in read_as(source, known)]
    except TraceError:
        return []


def told(found: list[Event], line: int, digits: str) -> bool:
    """Bytes of a line are in an exchange, a reset or a mark, or are told at the end."""
    for event in found:
        if isinstance(event, Exchange):
            if digits in event.command.hex() or digits in event.response.hex():
                return True
        elif isinstance(event, Reset):
            if digits in event.atr.hex():
                return True
        elif isinstance(event, Note) and event.text == BROKEN:
            if event.data.get("line") == line or digits[:60] in str(event.data.get("raw", "")):
                return True
        elif isinstance(event, Note) and event.text == ACCOUNT:
            named = event.data.get("else", {})
            assert isinstance(named, dict)
            if line in unused_lines(event) or any(line in lines for lines in named.values()):
                return True
    return False


def strayed(rng: random.Random, text: str) -> tuple[str, int, str]:
    """A file with one line more, the number of the line and its digits."""
    lines = text.splitlines()
    size = rng.choice([4, 5, 8, 10, 16, 33])
    data = rng.randbytes(size)
    if rng.random() < 0.3:
        data = bytes.fromhex("".join(rng.choice("0123456789") for _ in range(2 * size)))
    shown = {"solid": data.hex(), "spaced": data.hex(" ").upper(), "colons": data.hex(":")}
    at = rng.randrange(len(lines) + 1)
    lines.insert(at, rng.choice(STRAY).format(**shown))
    return "\n".join(lines) + "\n", at + 1, data.hex()


@pytest.mark.parametrize("name", sorted(TEXTS))
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_a_stray_line_is_told(name: str, seed: int) -> None:
    text, line, digits = strayed(random.Random(seed), TEXTS[name])
    found = read_all(text.encode(), name)
    assert told(found, line, digits), text.splitlines()[line - 1]


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_a_stray_line_in_a_log_of_any_shape_is_told(first: int) -> None:
    for seed in range(first, first + 20):
        log = scribe.write(seed)
        if log.damaged or "mail" in log.shape:
            continue  # a line put into a mail may be the rest of the one before it
        text, line, digits = strayed(random.Random(seed), decode(log.data))
        found = read_all(text.encode())
        assert not found or told(found, line, digits), (seed, text.splitlines()[line - 1])


@pytest.mark.parametrize("seed", range(80))
def test_every_message_of_a_log_is_told(seed: int) -> None:
    """What the scribe wrote is in an exchange, or the log is marked."""
    log = scribe.write(seed)
    found = read_all(log.data)
    if not found:
        return
    there = {
        part
        for event in found
        if isinstance(event, Exchange)
        for part in (event.command, event.response)
    }
    missing = [part for _, c, r in log.talk for part in (c, r) if part not in there]
    assert not missing or log.damaged or scribe.judge(log) == "marked"


def test_bytes_without_a_use_are_told_by_their_lines() -> None:
    log = (
        "TX: 805C000204\nRX: 000027109000\nkey: 00112233445566778899AABBCCDDEEFF\n"
        "stray 00112233AABBCCDD\nTX: 0084000004\nRX: 6985\nbar 00112233445566778899\n"
    )
    note = read_all(log.encode(), "plain")[-1]
    assert isinstance(note, Note)
    assert note.text == ACCOUNT
    assert unused_lines(note) == [4, 7]
    assert note.data["else"] == {"key": [3]}


def test_nothing_left_means_no_note() -> None:
    assert Account().note(0.0) is None
    assert read_all(b"TX: 805C000204\nRX: 000027109000\n") == events(
        "TX: 805C000204\nRX: 000027109000\n", "plain"
    )


def test_many_lines_are_counted() -> None:
    account = Account()
    for line in range(1000):
        account.unused(line)
        account.unused(line)
    note = account.note(1.5)
    assert note is not None
    assert note.data["count"] == 1000
    assert unused_lines(note) == list(range(200))


def test_a_run_is_told_by_its_name() -> None:
    account = Account()
    account.told([Run("00112233", "uid", 0, 8), Run("44556677", "", 9, 17)], 3)
    note = account.note(0.0)
    assert note is not None
    assert note.data == {"lines": [3], "count": 1, "else": {"uid": [3]}}


def test_an_answer_shown_again_as_fields_is_told_by_name() -> None:
    log = (
        "TX: 00A4040008A000000632010105\nRX: 6F108408A000000632010105A5049F0801029000\n"
        "RX:\n6F 10 -- FCI\n   x: A000000632010105 (DF name)\n"
        "TX: 00B0950004\nRX: 112233449000\nstray 556677889900\n"
    )
    note = read_all(log.encode(), "plain")[-1]
    assert isinstance(note, Note)
    assert unused_lines(note) == [8]
    assert note.data["else"] == {"parts of an answer again": [4, 5]}


def test_what_is_joined_of_t0_is_counted() -> None:
    log = "TX: 00A4040008A000000632010105\nRX: 6104\nTX: 00C0000004\nRX: 6F0284009000\n"
    found = read_all(log.encode(), "plain")
    assert len([event for event in found if isinstance(event, Exchange)]) == 1
    note = found[-1]
    assert isinstance(note, Note)
    assert note.data["joined"] == 1
    assert unused_lines(note) == []


def test_bytes_behind_a_mere_arrow_are_no_command_of_lengths_that_disagree() -> None:
    """`> Tag (30) = 0x0220...` is a row of fields; its line is told."""
    log = (
        b"C-APDU: GET RESPONSE: [00, C0, 00, 00, 09]\n"
        b"R-APDU: [6F, 07, 84, 05, A0, 00, 00, 06, 32, 90, 00]\n"
        b" > UnknownTag (30) = 0x02205810FFFFFFFF0201031048760001 | XHv\n"
        b"C-APDU: READ BINARY: [00, B0, 95, 00, 02]\nR-APDU: [00, 01, 90, 00]\n"
    )
    found = read_all(log)
    assert [event.command.hex() for event in found if isinstance(event, Exchange)] == [
        "00c0000009",
        "00b0950002",
    ]
    assert told(found, 3, "02205810ffffffff0201031048760001")


def test_a_status_word_that_finds_no_answer_is_told() -> None:
    """Whatever else stands in its line: an address is told by that name, the bytes are not."""
    log = (
        b"(0x7f3a12bc) tx: 80 5C 00 02 04\n(0x7f3a12bc) rx: 00 00 1A 2C 90 00\n"
        b"(0x7f3a12bc) tx: 80 5C 00 02 04\n(0x7f3a12bc) foo = 90 00\n"
        b"(0x7f3a12bc) tx: 80 5C 00 02 04\n(0x7f3a12bc) rx: 00 00 1A 2C 90 00\n"
    )
    found = read_all(log)
    assert told(found, 4, "9000")


def test_a_command_in_lines_of_its_fields_is_marked() -> None:
    """Its header alone would be a command without data."""
    log = (
        "ApduSend.Command: 00 A4 04 00\nApduSend.Lc: 8\n"
        "ApduSend.DataIn: A0 00 00 06 32 01 01 05\nret=0\nApduResp.SWA: 90\nApduResp.SWB: 00\n"
        "TX: 805C000204\nRX: 00001A2C9000\n"
    )
    found = read_all(log.encode())
    assert [event.command.hex() for event in found if isinstance(event, Exchange)] == ["805c000204"]
    assert any(
        "its Lc stands in a line of its own" in str(event.data.get("why"))
        for event in found
        if isinstance(event, Note)
    )

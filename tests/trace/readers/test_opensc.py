"""Debug logs of OpenSC."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import DIALOGUE, READER, events, found, opensc, pairs, whys
from ykt_sim.trace.model import Exchange, Note, Reset

FRONTS = {
    "0.21": "P:13953; T:0x140033105922112 07:09:{:02}.{:03} ",
    "0.18": "0x7fd485e77880 17:20:{:02}.{:03} ",
    "windows": "2018-06-23 13:08:{:02}.{:03} ",
    "windows 0.20": "P:49960; T:54992 2020-04-21 17:08:{:02}.{:03} ",
}
LINE = FRONTS["0.18"].format(1, 0) + "[opensc-tool] reader-pcsc.c:335:pcsc_transmit: "


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_all_shapes(front: str, *, old: bool) -> None:
    items = found(opensc(front=front, old=old), "opensc")
    assert pairs(items) == list(DIALOGUE)
    assert {item.session for item in items} == {READER}
    first, second, *_ = (item.event for item in items if isinstance(item.event, Exchange))
    assert (first.t, first.duration_ms, second.t) == (0.001, 44.0, 1.001)


def test_only_windows_says_the_day() -> None:
    head = found(opensc(front=FRONTS["windows"]), "opensc")[0].event
    assert isinstance(head, Note)
    assert (head.text, head.data) == ("header", {"created": "2018-06-23T13:08:00"})
    assert all(
        not isinstance(event, Note) for event in events(opensc(front=FRONTS["0.18"]), "opensc")
    )


def test_the_text_column_is_not_read() -> None:
    # Bytes whose text looks like pairs of hex digits.
    answer = b"A1 B2 C3 D4 E5 F6 A7 B8" + b"\x90\x00"
    dialogue = [(bytes.fromhex("00B0950000"), answer)]
    assert pairs(found(opensc(dialogue), "opensc")) == dialogue


def test_readers_and_threads_mix_between_messages() -> None:
    one = opensc(reader="A", front="P:1; T:0x1 07:09:{:02}.{:03} ").split("P:")[1:]
    other = opensc(reader="B", front="P:1; T:0x2 07:09:{:02}.{:03} ").split("P:")[1:]
    mixed = "".join("P:" + text for both in zip(one, other, strict=True) for text in both)
    items = found(mixed, "opensc")
    for session in "AB":
        assert pairs([item for item in items if item.session == session]) == list(DIALOGUE)


def test_the_atr_is_one_reset_for_each_connection() -> None:
    atr = LINE.replace("reader-pcsc.c:335:pcsc_transmit", "card.c:1234:match_atr_table")
    atr += "ATR     : 3b:8f:80\n"
    connect = LINE.replace("335:pcsc_transmit", "609:pcsc_connect") + "called\n"
    log = connect + atr + atr + connect + atr
    assert events(log, "opensc") == [Reset(t=0.0, channel="card", atr=b"\x3b\x8f\x80")] * 2


def test_a_failed_transmission() -> None:
    log = opensc(DIALOGUE[:1]).partition("Incoming")[0]
    log += LINE.replace("0x7fd485e77880", "P:13953; T:0x140033105922112")
    log += f"{READER}:SCardTransmit failed: 0x80100069\n"
    exchange, note = events(log, "opensc")
    assert isinstance(exchange, Exchange)
    assert exchange.response == b""
    assert isinstance(note, Note)
    assert note.data == {"call": "SCardTransmit", "code": "0x80100069"}


def test_midnight_and_the_odd_milliseconds_of_macos() -> None:
    log = (
        "0x7fff 23:59:59.140733193388068 [tokend] x.c:1:f:\n"
        "0x7fff 00:00:01.4294967370 [tokend] x.c:1:f:\n"
        "Outgoing APDU (5 bytes):\n80 5C 00 02 04 .\\...\n"
    )
    (event,) = events(log, "opensc")
    assert event.t == pytest.approx(2.038)  # 36 ms before to 74 ms after


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("(17 bytes):\n00 A4 04 00\n", "expected a row of 16 bytes, 17 of 17 bytes are missing"),
        (
            f"(17 bytes):\n{'00 ' * 16}................\n\n",
            "expected a row of 1 bytes, 1 of 17 bytes are missing",
        ),
        ("(4 bytes):\n00 A4 04 0G ....\n", "expected a row of 4 bytes, 4 of 4 bytes are missing"),
        ("(99999999 bytes):\n", "expected at most 65544 bytes, 99999999 are announced"),
        ("(0 bytes):\n", "expected a command, found no bytes"),
        ("(4 bytes):\n", "expected 4 bytes, found 0 before the end of the file"),
    ],
)
def test_damage_is_named(rows: str, why: str) -> None:
    assert whys(found(f"{LINE}\nOutgoing APDU {rows}", "opensc")) == [f"command: {why}"]


def test_a_message_that_ends_a_dump_is_still_read() -> None:
    log = f"{LINE}\nOutgoing APDU (9 bytes):\nOutgoing APDU (5 bytes):\n80 5C 00 02 04 .\\...\n"
    assert pairs(found(log, "opensc")) == [(bytes.fromhex("805C000204"), b"")]

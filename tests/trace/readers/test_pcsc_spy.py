"""Raw logs of pcsc-spy."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import (
    ATR,
    DIALOGUE,
    READER,
    events,
    found,
    pairs,
    spaced,
    spy,
    whys,
)
from ykt_sim.trace.model import Exchange, Note, Removed, Reset

HANDLE = "0x0A6D7A8D"
BALANCE = DIALOGUE[2]


def call(name: str, *lines: str, code: str = "0x00000000", thread: str = "7F") -> str:
    rows = [f">|10|000100|{name}", *lines, f"<|10|000600|{name}|{code}"]
    return "".join(f"{thread}@{row}\n" for row in rows)


def transmit(command: bytes, *answer: str, code: str = "0x00000000") -> str:
    return call(
        "SCardTransmit", HANDLE, "0x00000002", "0x00000010", f"0x{len(command):08X}",
        spaced(command) + " ", "0x00000001", "0x00000010", *answer, code=code,
    )  # fmt: skip


def connect(reader: str = READER) -> str:
    return call(
        "SCardConnect", "0x1", reader, "0x00000002", "0x00000003", "0x00000000", "0x00000000",
        HANDLE, "0x00000002",
    )  # fmt: skip


GOOD = transmit(BALANCE[0], "0x00000006", "00 00 27 10 90 00 ")


@pytest.mark.parametrize("new", [False, True])
def test_both_ways_to_end_a_call(*, new: bool) -> None:
    items = found(spy(new=new), "pcsc-spy")
    assert {item.session for item in items} == {READER}
    assert pairs(items) == list(DIALOGUE)
    head, reset, first = (item.event for item in items[:3])
    assert isinstance(head, Note)
    assert head.data == {"created": "2026-11-22T07:12:07+00:00"}
    assert reset == Reset(t=0.001, channel="card", atr=ATR)
    assert isinstance(first, Exchange)
    assert (first.t, first.duration_ms) == (0.002, 0.5)
    assert isinstance(items[-1].event, Removed)


def test_old_versions_do_not_log_the_protocol() -> None:
    log = call(
        "SCardTransmit", HANDLE, "0x00000005", "80 5C 00 02 04 ", "0x00000006",
        "00 00 27 10 90 00 ",
    )  # fmt: skip
    assert pairs(found(log, "pcsc-spy")) == [BALANCE]


def test_threads_mix_line_by_line() -> None:
    one = spy(thread="AA", reader="A", handle="0x1").splitlines(keepends=True)
    other = spy(thread="BB", reader="B", handle="0x2", start=1010).splitlines(keepends=True)
    items = found("".join(a + b for a, b in zip(one, other, strict=True)), "pcsc-spy")
    for session in "AB":
        mine = [item for item in items if item.session == session]
        assert pairs(mine) == list(DIALOGUE)
        assert [type(item.event) for item in mine][:2] == [Note, Reset]


def test_a_failed_call() -> None:
    log = connect() + transmit(BALANCE[0], "0x00000102", "NULL", code="0x80100069") + GOOD
    _, reset, exchange, note, removed, *rest = events(log, "pcsc-spy")
    assert isinstance(reset, Reset)
    assert isinstance(exchange, Exchange)
    assert (exchange.command, exchange.response) == (BALANCE[0], b"")
    assert isinstance(note, Note)
    assert note.data == {"call": "SCardTransmit", "code": "0x80100069"}
    assert isinstance(removed, Removed)
    assert pairs(rest) == [BALANCE]


def test_an_error_code_of_64_bits() -> None:
    log = transmit(BALANCE[0], "0x00000102", "NULL", code="0xFFFFFFFF80100068") + GOOD
    kinds = [type(event) for event in events(log, "pcsc-spy")]
    assert kinds == [Note, Exchange, Note, Reset, Exchange]  # reset by somebody else


def test_the_atr_as_an_attribute_and_from_the_state_of_the_readers() -> None:
    attribute = call("SCardGetAttrib", HANDLE, "0x00090303", "0x00000002", "3B 01 ")
    assert events(connect() + attribute, "pcsc-spy")[1] == Reset(
        t=0.0, channel="card", atr=b"\x3b\x01"
    )
    before = [READER, "0x00000000", "0x00000000", "0x00000000", ""]
    after = [READER, "0x00000000", "0x00010122", "0x00000002", "3B 02 "]
    state = call("SCardGetStatusChange", "0x1", "0x00000000", "0x00000001", *before, *after)
    reset = events(state + connect() + GOOD, "pcsc-spy")[1]
    assert reset == Reset(t=0.0, channel="card", atr=b"\x3b\x02")
    gone = state.replace("0x00010122", "0x00010012")
    assert isinstance(events(connect() + GOOD + gone, "pcsc-spy")[-1], Removed)


def test_an_atr_that_comes_late_is_a_note() -> None:
    status = call(
        "SCardStatus", HANDLE, "0x80", "0x21", "0x00000002", "A", "0x34", "0x2", "0x00000002",
        "3B 01 ",
    )  # fmt: skip
    note = events(connect() + GOOD + status + status, "pcsc-spy")[-1]
    assert note == Note(t=0.0, text="atr", data={"atr": "3B01"})


def test_dispositions() -> None:
    again = call("SCardReconnect", HANDLE, "0x2", "0x3", "0x00000001", "0x00000002")
    kept = call("SCardReconnect", HANDLE, "0x2", "0x3", "0x00000000", "0x00000002")
    ended = call("SCardEndTransaction", HANDLE, "0x00000001")
    left = call("SCardDisconnect", HANDLE, "0x00000000")
    unpowered = call("SCardDisconnect", HANDLE, "0x00000002")

    def kinds(log: str) -> list[type]:
        return [type(event) for event in events(connect() + GOOD + log + GOOD, "pcsc-spy")[3:]]

    assert kinds(again) == [Reset, Exchange]
    assert kinds(kept) == [Exchange]
    assert kinds(ended) == [Reset, Exchange]
    assert kinds(left + connect()) == [Exchange]
    assert kinds(unpowered + connect()) == [Removed, Reset, Exchange]


def test_calls_that_are_no_exchange() -> None:
    control = call("SCardControl", HANDLE, "0x42000DAC", "0x00000000", " ", "0x00000002", "06 04 ")
    readers = call("SCardListReaders", "0x1", "NULL", "0x00000006", "A", "")
    assert events(control + readers, "pcsc-spy") == []


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (
            transmit(BALANCE[0], "0x00000007", "00 00 27 10 90 00 "),
            "answer: expected 7 bytes, found 6",
        ),
        (
            transmit(BALANCE[0], "0x7FFFFFFF", "00 00 "),
            "answer: expected at most 65544 bytes, 2147483647 are announced",
        ),
        (GOOD.replace("80 5C 00", "80 5C"), "command: expected 5 bytes, found 4"),
        (GOOD.replace("80 5C 00 02 04 ", "NULL"), "command: expected the bytes of SCardTransmit"),
        (GOOD.replace("7F@>|10", "7F@>|x"), "expected |seconds|microseconds|call"),
        (GOOD.partition("7F@<")[0] + GOOD, "expected the end of a call before the next"),
        (GOOD.replace("|000600|SCardTransmit", "|000600|SCardStatus"), "expected the beginning of"),
        ("7F@<|10|1|SCardTransmit|0x00000000\n", "expected the beginning of SCardTransmit"),
        ("7F@>|1|1|SCardTransmit\n" + "7F@0x1\n" * 600, "expected the end of a call"),
    ],
)
def test_damage_is_named(log: str, why: str) -> None:
    assert any(found.startswith(why) for found in whys(events(log, "pcsc-spy")))


def test_a_log_that_ends_in_a_call_and_a_reader_that_is_not_named() -> None:
    (head, exchange) = found(GOOD.partition("7F@<")[0], "pcsc-spy")
    assert head.session == exchange.session == f"handle {HANDLE}"
    # Whether the call succeeded is not known, so its buffer is no answer.
    assert pairs([exchange]) == [(BALANCE[0], b"")]
    assert pairs(found(GOOD[:90], "pcsc-spy")) == []


def test_more_threads_than_can_be_followed() -> None:
    begun = GOOD.partition("7F@<")[0]
    log = "".join(begun.replace("7F@", f"{number:X}@") for number in range(100))
    items = found(log, "pcsc-spy")
    assert pairs(items) == [(BALANCE[0], b"")] * 100
    assert len(whys(items)) == 36


def test_a_control_sign_behind_a_number_is_no_fault() -> None:
    log = GOOD.replace("0x00000006\n", "0x00000006\x1c\n")
    assert log != GOOD
    assert pairs(events(log, "pcsc-spy")) == [BALANCE]

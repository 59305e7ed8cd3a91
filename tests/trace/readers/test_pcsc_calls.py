"""What calls of PC/SC mean; the logs of them are tested with their readers."""

from __future__ import annotations

import io

from tests.trace.readers.samples import pairs, whys
from ykt_sim.trace.model import Exchange, Removed, Reset
from ykt_sim.trace.readers.base import Found, Line, Source
from ykt_sim.trace.readers.pcsc_calls import Calls, PcscCall

LINE = Line(1, 0, "")
READ = bytes.fromhex("00B0000004")


def call(name: str, **fields: object) -> PcscCall:
    made = PcscCall(name, 0.0, LINE, rv=0, handle="h")
    for key, value in fields.items():
        setattr(made, key, value)
    return made


def play(*calls: PcscCall) -> list[Found]:
    followed = Calls(Source(io.BytesIO()))
    return [found for made in calls for found in followed.done(made)]


def kinds(*calls: PcscCall) -> list[type]:
    return [type(found.event) for found in play(*calls)]


CONNECT = call("SCardConnect", reader="R")
TRANSMIT = call("SCardTransmit", sent=READ, received=b"\x90\x00")


def test_a_second_connection_under_power_is_no_reset() -> None:
    other = call("SCardConnect", reader="R", handle="h2")
    assert kinds(CONNECT, TRANSMIT, other, TRANSMIT) == [Reset, Exchange, Exchange]


def test_a_connection_without_an_exchange_shows_its_card() -> None:
    status = call("SCardStatus", atr=b"\x3b\x00")
    end = call("SCardDisconnect", disposition=2)
    assert kinds(CONNECT, status, end) == [Reset, Removed]
    assert kinds(CONNECT, end) == [Removed]
    failed = call("SCardStatus", atr=b"\x3b\x00", rv=0x8010001D)
    assert kinds(CONNECT, failed, TRANSMIT) == [Reset, Exchange]


def test_failed_connections_and_unknown_calls_mean_nothing() -> None:
    assert kinds(call("SCardConnect", reader="R", rv=0x80100009)) == []
    assert kinds(call("SCardControl"), call("SCardFoo")) == []


def test_buffers_that_cannot_be_read() -> None:
    items = play(
        call("SCardTransmit", sent="expected x"),
        call("SCardTransmit"),
        call("SCardTransmit", sent=READ, received="expected y"),
        call("SCardStatus", atr="expected z"),
    )
    assert pairs(items) == [(READ, b"")]
    assert whys(items) == [
        "command: expected x",
        "command: expected the bytes of SCardTransmit, found none",
        "answer: expected y",
        "SCardStatus: ATR: expected z",
    ]


def test_a_hidden_handle_is_the_latest_connection() -> None:
    hidden = call("SCardTransmit", sent=READ, received=b"\x90\x00", handle="0x????")
    assert {found.session for found in play(CONNECT, hidden)} == {"R"}
    assert {found.session for found in play(hidden)} == {"card"}

"""What pcsc-spy prints."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import ATR, TOOLS, events, found, pairs, spaced, whys
from ykt_sim.trace.model import Exchange, Note, Removed, Reset
from ykt_sim.trace.readers.pcsc_spy_pretty import MAX_OPEN

FILE = (TOOLS / "pcsc-spy_pretty.txt").read_text(encoding="utf-8")
WHOLE = pairs(found(FILE, "pcsc-spy-pretty"))
OK = " => Command successful. (SCARD_S_SUCCESS [0x00000000])  [0.000460]\n"
TRANSMIT = (
    "SCardTransmit\n i hCard: 0x1\n i bSendLength 0x00000005 (5)\n i bSendBuffer\n"
    " i  0000 80 5C 00 02 04                                  .\\...\n"
    " o bRecvLength 0x00000006 (6)\n o bRecvBuffer\n"
    " o  0000 00 00 27 10 90 00                               ..'...\n"
)


def indented(text: str, front: str) -> str:
    return "".join(front + line for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("fronts", [("", "    "), (" (t0) ", "     (t1) ")])
def test_threads_by_indentation_and_by_number(fronts: tuple[str, str]) -> None:
    one = indented(FILE.partition("\nThread")[0], fronts[0])
    second = FILE.partition("\nThread")[0].replace("PCD 00 00", "PCD 00 01")
    other = indented(second.replace("0x0A6D7A8D", "0x0A6D7A8E"), fronts[1])
    pieces = zip(one.splitlines(keepends=True), other.splitlines(keepends=True), strict=True)
    items = found("".join(a + b for a, b in pieces), "pcsc-spy-pretty")
    for session in ("Virtual PCD 00 00", "Virtual PCD 00 01"):
        assert pairs([item for item in items if item.session == session]) == WHOLE


def test_hidden_handles_and_times() -> None:
    hidden = FILE.replace("hCard: 0x0A6D7A8D", "hCard: 0x????").replace("[0.00", "[??.??]")
    items = found(hidden, "pcsc-spy-pretty")
    assert pairs(items) == WHOLE
    assert {item.session for item in items} == {"Virtual PCD 00 00"}
    assert all(event.duration_ms is None for _, event in items if isinstance(event, Exchange))


def test_durations_of_both_kinds() -> None:
    for took in ("[0.000460]", "[0.000000460]"):
        (event,) = events(TRANSMIT + OK.replace("[0.000460]", took), "pcsc-spy-pretty")
        assert isinstance(event, Exchange)
        assert event.duration_ms == 0.46


def test_the_atr_of_status_and_attribute() -> None:
    connect = "SCardConnect\n i szReader R\n o phCard 0x1 (1)\n" + OK
    status = (
        "SCardStatus\n i hCard: 0x1\n o mszReaderName R\n o bAtrLen 0x00000014 (20)\n"
        f" o bAtr {spaced(ATR)} \n{OK}"
    )
    attribute = (
        "SCardGetAttrib\n i hCard: 0x1\n i dwAttrId: SCARD_ATTR_ATR_STRING (0x00090303)\n"
        " o bAttrLen 0x00000002 (2)\n o bAttr\n"
        f" o  0000 3B 00                                           ;.\n{OK}"
    )
    assert events(connect + status, "pcsc-spy-pretty") == [Reset(t=0.0, channel="card", atr=ATR)]
    assert events(connect + attribute, "pcsc-spy-pretty") == [
        Reset(t=0.0, channel="card", atr=b"\x3b\x00")
    ]
    other = attribute.replace("ATR_STRING (0x00090303)", "MAXINPUT (0x0007A007)")
    assert events(connect + other, "pcsc-spy-pretty") == []


def test_failures_and_dispositions() -> None:
    failed = TRANSMIT.partition(" o bRecvBuffer")[0] + (
        " o bRecvBuffer\n o  NULL\n => Card was removed. (SCARD_W_REMOVED_CARD [0x80100069])\n"
    )
    exchange, note, removed = events(failed, "pcsc-spy-pretty")
    assert pairs([exchange]) == [(bytes.fromhex("805C000204"), b"")]
    assert isinstance(note, Note)
    assert note.data == {"call": "SCardTransmit", "code": "0x80100069"}
    assert isinstance(removed, Removed)
    again = "SCardReconnect\n i hCard: 0x1\n i dwInitialization 0x00000001 (1)\n" + OK
    kinds = [type(event) for event in events(again + TRANSMIT + OK, "pcsc-spy-pretty")]
    assert kinds == [Reset, Exchange]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("(6)\n", "(6)\n o x\n"), ""),
        (("0x00000006 (6)", "0x00000007 (7)"), "answer: expected a row of 7 bytes"),
        (("0x00000005 (5)", "0x7FFFFFFF (1)"), "command: expected at most 65544 bytes"),
        (("i  0000 80", "i  0010 80"), "command: expected a row with offset 0000"),
        (("27 10", "27 1G"), "answer: expected a row of 6 bytes"),
        (("SCardTransmit\n", "\n"), "expected the name of a call before its parameters"),
        ((" i  0000 80 5C 00 02 04                                  .\\...\n", ""), "command: ex"),
    ],
)
def test_damage_is_named(change: tuple[str, str], why: str) -> None:
    found_whys = whys(events(TRANSMIT.replace(*change) + OK, "pcsc-spy-pretty"))
    assert bool(found_whys) == bool(why)
    assert all(found.startswith(why) for found in found_whys[:1])


def test_a_file_that_ends_in_a_call() -> None:
    for size in (60, len(TRANSMIT)):
        items = events(TRANSMIT[:size], "pcsc-spy-pretty")
        assert all(not answer for _, answer in pairs(items))


def test_more_threads_than_can_be_followed() -> None:
    log = "".join(indented(TRANSMIT, f" (t{number}) ") for number in range(300))
    assert len(pairs(found(log, "pcsc-spy-pretty"))) == 300


def test_a_thread_too_many_ends_the_call_of_the_first() -> None:
    calls = (indented(TRANSMIT, f" (t{number}) ") for number in range(MAX_OPEN + 1))
    log = "".join(calls) + f" (t0) {OK} (t{MAX_OPEN}) {OK}"
    items = events(log, "pcsc-spy-pretty")
    took = [item.duration_ms for item in items if isinstance(item, Exchange)]
    assert len(took) == MAX_OPEN + 1
    assert [time for time in took if time] == [0.46]

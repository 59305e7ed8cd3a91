"""Logs of pcscd --apdu."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import ATR, DIALOGUE, READER, events, found, pairs, pcscd, whys
from ykt_sim.trace.model import Exchange, Removed, Reset

COLOURED = (
    "\x1b[36m00000004\x1b[0m [14000] \x1b[34mAPDU: 80 5C 00 02 04 \x1b[0m\n"
    "\x1b[36m00000077\x1b[0m [14000] \x1b[34mSW: 00 00 27 10 90 00 \x1b[0m\n"
)


def test_frames_of_all_kinds() -> None:
    journal = "Mar 29 10:34:30 desk pcscd[2811]: "
    for log in (
        pcscd(),
        pcscd(thread="140033105922112"),
        pcscd(thread="-1224925184"),
        pcscd(thread="0x7fff7e07b300"),
        pcscd(front=journal),
        pcscd(front="> "),
        pcscd(front=journal, thread="7"),
    ):
        items = found(log, "pcscd")
        assert pairs(items) == list(DIALOGUE)
        assert {item.session for item in items} == {READER}
        assert items[0].event == Reset(t=0.000255, channel="card", atr=ATR)
        first = items[1].event
        assert isinstance(first, Exchange)
        assert first.t == pytest.approx(0.000645)
        assert first.duration_ms == 1.145


def test_colours() -> None:
    (event,) = events(COLOURED, "pcscd")
    assert isinstance(event, Exchange)
    assert event.duration_ms == 0.077


def test_syslog_without_the_first_column_has_the_time_of_day() -> None:
    log = (
        "Nov  1 12:00:01 desk pcscd[7]: APDU: 80 5C 00 02 04 \n"
        "Nov  1 12:00:02 desk pcscd[7]: SW: 00 00 27 10 90 00 \n"
        "2025-03-29T12:00:03.250000+00:00 desk pcscd: APDU: 00 84 00 00 04 \n"
    )
    first, second = events(log, "pcscd")
    assert isinstance(first, Exchange)
    assert (first.t, first.duration_ms) == (0.0, 1000.0)
    assert second == Exchange(
        t=2.25, channel="card", command=bytes.fromhex("0084000004"), response=b""
    )


def test_two_clients_of_two_readers() -> None:
    log = "".join(
        f"00000010 [{thread}] {text}\n"
        for thread, text in [
            ("1", "winscard.c:258:SCardConnect() Attempting Connect to A 00 using protocol: 3"),
            ("2", "winscard.c:258:SCardConnect() Attempting Connect to B 00 using protocol: 3"),
            ("1", "APDU: 00 84 00 00 04 "),
            ("2", "APDU: 80 5C 00 02 04 "),
            ("9", "eventhandler.c:423:EHStatusHandlerThread() Card inserted into C 00"),
            ("9", "Card ATR: 3B 00 "),
            ("1", "SW: 01 02 03 04 90 00 "),
            ("2", "SW: 00 00 27 10 90 00 "),
            ("9", "eventhandler.c:333:EHStatusHandlerThread() Card Removed From C 00"),
            ("3", "APDU: 00 B0 95 00 00 "),
        ]
    )
    items = found(log, "pcscd")
    assert [(session, type(event)) for session, event in items] == [
        ("C 00", Reset),
        ("A 00", Exchange),
        ("B 00", Exchange),
        ("C 00", Removed),
        ("thread 3", Exchange),
    ]
    assert [answer.hex() for _, answer in pairs(items)] == ["010203049000", "000027109000", ""]


def test_an_insertion_amid_a_dialogue_does_not_take_it_over() -> None:
    log = (
        "00000001 winscard.c:258:SCardConnect() Attempting Connect to A using protocol: 3\n"
        "00000001 APDU: 00 84 00 00 04 \n"
        "00000001 eventhandler.c:423:EHStatusHandlerThread() Card inserted into B\n"
        "00000001 Card ATR: 3B 00 \n"
        "00000001 SW: 90 00 \n"
    )
    assert [(item.session, type(item.event)) for item in found(log, "pcscd")] == [
        ("B", Reset),
        ("A", Exchange),
    ]


def test_a_failed_transmission_has_no_answer() -> None:
    log = (
        "00000004 APDU: 80 5C 00 02 04 \n"
        "00000900 ifdwrapper.c:543:IFDTransmit() Card not transacted: 612\n"
        "00000004 APDU: 80 5C 00 02 04 \n"
        "00000077 SW: 00 00 27 10 90 00 \n"
    )
    assert [answer for _, answer in pairs(found(log, "pcscd"))] == [
        b"",
        bytes.fromhex("000027109000"),
    ]


def test_times_never_go_back() -> None:
    log = "00000005 x\n-0000700 APDU: 00 84 00 00 04 \n99999999 SW: 90 00 \n"
    (event,) = events(log, "pcscd")
    assert isinstance(event, Exchange)
    assert (event.t, event.duration_ms) == (0.0, 99999.999)


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("APDU: 00 A4 0\n", "command: expected pairs of hex digits, found an odd number of them"),
        ("APDU: 00 G4 00 00\n", "command: expected hex digits, found 'G' at character 4"),
        ("SW: 90 00\n", "answer: expected a command before this answer, there is none"),
        ("Card ATR: 3B XX\n", "ATR: expected hex digits, found 'X' at character 4"),
        ("APDU: \n", "command: expected a command, found no bytes"),
    ],
)
def test_damage_is_named(log: str, why: str) -> None:
    assert whys(found("00000000 a\n00000004 " + log, "pcscd")) == [why]


def test_an_answer_to_a_command_that_could_not_be_read() -> None:
    items = found("00000004 APDU: 00 A\n00000004 SW: 90 00 \n", "pcscd")
    assert pairs(items) == []
    assert whys(items)[1] == "answer: expected a command before this answer, it could not be read"


def test_many_threads_are_not_kept() -> None:
    log = "".join(f"00000001 [{n}] APDU: 00 84 00 00 04 \n" for n in range(2000))
    assert len(pairs(found(log, "pcscd"))) == 2000

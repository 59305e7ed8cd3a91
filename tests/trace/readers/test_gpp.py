"""Logs of GlobalPlatformPro and apdu4j."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import ATR, DIALOGUE, READER, events, found, gpp, pairs, whys
from ykt_sim.trace.model import Exchange, Note, Removed, Reset

SELECT = "A>> (4+0008) 00A40400 08 A000000632010105 00\n"
SELECTED = "A<< (0012+2) (61ms) 6F0A8408A000000632010105 9000\n"


@pytest.mark.parametrize("new", [False, True])
def test_both_generations(*, new: bool) -> None:
    items = found(gpp(new=new), "gpp")
    assert items[0] == (READER, Reset(t=0.0, channel="card", atr=ATR))
    assert pairs(items) == list(DIALOGUE)
    assert items[-1] == (READER, Removed(t=0.0, channel="card"))
    assert {event.duration_ms for _, event in items if isinstance(event, Exchange)} == {61.0}


def test_a_log_under_another_program() -> None:
    log = "".join(f"\t\t[main] INFO  gp - {line}" for line in gpp().splitlines(keepends=True))
    assert pairs(found(log, "gpp")) == list(DIALOGUE)


@pytest.mark.parametrize(
    ("took", "milliseconds"), [("0.16ms", 0.16), ("61ms", 61.0), ("8s378ms", 8378.0)]
)
def test_durations(took: str, milliseconds: float) -> None:
    (event,) = events(SELECT + SELECTED.replace("61ms", took), "gpp")
    assert isinstance(event, Exchange)
    assert event.duration_ms == milliseconds


@pytest.mark.parametrize(
    "answer", ["<< 6F0A8408A000000632010105 9000 (24ms)", "<< (24ms) 6F0A8408A000000632010105 9000"]
)
def test_logging_bibo(answer: str) -> None:
    log = f">> 00A40400 08 A000000632010105 00\n{answer}\n"
    (event,) = events(log, "gpp")
    assert isinstance(event, Exchange)
    assert pairs([event]) == [DIALOGUE[0]]
    assert event.duration_ms == 24.0


def test_prefixes_are_conversations_and_channels_are_not() -> None:
    log = (
        f'SCardConnect("R", T=*) -> T=1, 3B00\n{SELECT}host>> 805C0002 04\n'
        "A#1>> (4+0000) 80CA9F7F 00\nhost<< 00002710 9000 (1.50ms)\n"
        f"A#1<< (0000+2) (1ms) 6A88\n{SELECTED}B>> T=1 (5) 0084000004\nB<< (6) 010203049000\n"
    )
    items = found(log, "gpp")
    assert [(item.session, answer.hex()[-4:]) for item, (_, answer) in
            zip(items[1:], pairs(items), strict=True)] == [
        ("host", "9000"), ("R", "6a88"), ("R", "9000"), ("R", "9000"),
    ]  # fmt: skip
    assert pairs(items)[3] == (bytes.fromhex("0084000004"), bytes.fromhex("010203049000"))


def test_commands_with_remarks_and_without_lengths_that_fit_a_short_apdu() -> None:
    log = (
        "A>> T=0 (4+0005) 00A40400 05 5555555555  // a remark\n"
        "A<< (0000+2) (7ms) 9000                  // another\n"
        ">> 00A4 [malformed]\n<< 6700 (1ms)\n"
    )
    assert pairs(found(log, "gpp")) == [
        (bytes.fromhex("00A40400055555555555"), b"\x90\x00"),
        (b"\x00\xa4", b"\x67\x00"),
    ]


def test_an_extended_command() -> None:
    data = "AB" * 300
    log = f"A>> T=1 (4+0300) 00D60000 00012C {data} 0000\nA<< (0000+2) (9ms) 9000\n"
    assert len(pairs(found(log, "gpp"))[0][0]) == 309
    assert whys(found(log.replace("00012C", "00012D"), "gpp"))


def test_failures() -> None:
    log = (
        f"{SELECT}<< (12ms) SCARD_W_REMOVED_CARD\n{SELECT}<< Exception (3ms)\n"
        ">> 805C0002 04\n<< [error] card lost (0.10ms)\n"
        'SCardConnect("R", T=*) -> SCARD_E_NO_SMARTCARD\n'
    )
    items = found(log, "gpp")
    assert [answer for _, answer in pairs(items)] == [b"", b"", b""]
    notes = [event.data for _, event in items if isinstance(event, Note)]
    assert notes == [
        {"call": "transmit", "code": "SCARD_W_REMOVED_CARD"},
        {"call": "transmit", "code": "Exception"},
        {"call": "transmit", "code": "card lost"},
        {"call": "SCardConnect", "code": "SCARD_E_NO_SMARTCARD"},
    ]


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (SELECT.replace("0008", "0009"), "command: expected the bytes '(4+0009)' announces"),
        (SELECT.replace(" 00\n", " 0000\n"), "command: expected the bytes '(4+0008)' announces"),
        (SELECT.replace("0008", "0007"), "command: expected the bytes '(4+0007)' announces"),
        (SELECT.replace("0105 00", "010 00"), "command: expected pairs of hex digits"),
        (SELECT + SELECTED.replace("0012", "0013"), "answer: expected 15 bytes, found 14"),
        (SELECTED, "answer: expected a command before this answer"),
        ("B>> T=1 (6) 0084000004\n", "command: expected the bytes 'T=1 (6)' announces, got 5"),
        ('SCardConnect("R", T=*) -> T=1, 3B0\n', "ATR: expected pairs of hex digits"),
    ],
)
def test_damage_is_named(log: str, why: str) -> None:
    assert whys(found(log, "gpp"))[0].startswith(why)


def test_arrows_of_other_things_are_passed_over() -> None:
    assert found("a >> b\n<< merge >> conflict\ncat << EOF\n>>> x\n", "gpp") == []

"""What a player says, and how it is told to behave."""

from __future__ import annotations

import pytest

from tests.trace.corpus import talk
from ykt_sim.errors import UsageError
from ykt_sim.rework.play.report import Manner, PlayReport, card_events, named, shown


def test_the_same_command_is_counted() -> None:
    report = PlayReport()
    for _ in range(3):
        report.miss(bytes.fromhex("0020000003123456"), "VERIFY PIN", b"\x6a\x80", "another PIN")
    report.miss(bytes.fromhex("0020000003123456"), "VERIFY PIN", b"\x6a\x82", "another PIN")
    assert [str(one) for one in report.unknown.values()] == [
        "00200000 VERIFY PIN: another PIN; answered 6A80, 3 times",
        "00200000 VERIFY PIN: another PIN; answered 6A82",
    ]
    told = report.to_json()
    assert told["commands"] == 0
    assert "123456" not in str(told)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("00", "no short APDU"),
        ("00A4040008A000000632010105", "SELECT T-Union EP 交通联合电子钱包"),
        ("00B201C400", "READ RECORD EF 18 record 1"),
        ("00B0000000", "READ BINARY"),
        ("0020000003123456", "VERIFY PIN"),
    ],
)
def test_commands_in_words(text: str, name: str) -> None:
    assert named(bytes.fromhex(text)) == name


def test_a_command_without_its_data() -> None:
    assert shown(bytes.fromhex("0020000003123456")) == "00200000 of 8 bytes"


@pytest.mark.parametrize(("word", "sw"), [("", None), ("nearest", None), ("6a82", b"\x6a\x82")])
def test_policies(word: str, sw: bytes | None) -> None:
    assert Manner(word).status == sw


def test_only_the_cards_events_are_played() -> None:
    trace = talk("00840000 > 9000", "sam 00840000 > 9000")
    assert len(card_events(trace)) == 1
    with pytest.raises(UsageError, match="nothing to play"):
        card_events(talk("sam 00840000 > 9000"))

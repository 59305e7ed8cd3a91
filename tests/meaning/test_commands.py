"""Which command an APDU is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.meaning.commands import FileReference, describe, file_reference, is_protected, pick
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.purse import (
    Balance,
    BalanceAll,
    CreditData,
    DebitAnswer,
    DebitData,
    InitializeOverdraftData,
    ProveAnswer,
    SamPurchaseData1,
    SamPurchaseData2,
)

CARDS = Path(__file__).parents[2] / "apdu_traces" / "recorded" / "cards.json"
byte = st.integers(0, 255)


def command(text: str) -> Command:
    return Command.parse(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("00A4040008A000000632010105", "SELECT"),
        ("00B0950000", "READ BINARY"),
        ("04B0950004AABBCCDD1E", "READ BINARY"),
        ("00B201C417", "READ RECORD"),
        ("80B400D0022701", "READ EXT DATA"),
        ("805C000204", "GET BALANCE"),
        ("0084000004", "GET CHALLENGE"),
        ("00200000021234", "VERIFY PIN"),
        ("805000020B01000000640102030405060F", "INITIALIZE FOR LOAD"),
        ("805001020B01000000640102030405060F", "INITIALIZE FOR PURCHASE"),
        ("805002010B01000000640102030405060F", "INITIALIZE FOR CASH WITHDRAW"),
        ("805003020B01000000640102030405060F", "INITIALIZE FOR CAPP PURCHASE"),
        ("805013020B01000000640102030405060F", "INITIALIZE FOR CAPP PURCHASE"),
        ("80500401070101020304050613", "INITIALIZE FOR UPDATE"),
        ("805005010B010000006401020304050610", "INITIALIZE FOR UNLOAD"),
        ("8052000000", "CREDIT FOR LOAD"),
        ("8054010000", "DEBIT FOR PURCHASE / CASH / CAPP"),
        ("8054020000", "DEBIT FOR PURCHASE / CASH / CAPP"),
        ("8054030000", "DEBIT FOR UNLOAD"),
        ("8058000000", "UPDATE OVERDRAW LIMIT"),
        ("805A000902002808", "GET TRANSACTION PROVE"),
        ("80DC00F000", "UPDATE CAPP DATA CACHE"),
        ("84DC00F000", "UPDATE CAPP DATA CACHE"),
        ("00DC01C400", "UPDATE RECORD"),
        ("04DC01C400", "UPDATE RECORD"),
        ("84DE00D000", "UPDATE EXT CACHE"),
        ("841E000004AABBCCDD", "APPLICATION BLOCK"),
        ("8418000004AABBCCDD", "APPLICATION UNBLOCK"),
        ("8416000004AABBCCDD", "CARD BLOCK"),
        ("80CD000001", "ALGORITHM"),
        ("805E000000", "RELOAD PIN"),
        ("805E010000", "CHANGE PIN"),
        ("807000001C", "PSAM INIT FOR PURCHASE"),
        ("8072000004AABBCCDD", "PSAM CREDIT (CHECK MAC2)"),
        ("80E03F000D", "CREATE FILE"),
        ("84D401001C", "WRITE KEY"),
        ("800E000000", "ERASE DF"),
        ("80CA9F7900", "GET DATA"),
        ("80A8000000", "GET PROCESSING OPTIONS"),
        ("00C0000010", "GET RESPONSE"),
        ("E07A080107", "INIT GREY LOCK / UNLOCK"),
        ("80F001010A", "SET STATUS (applet activation)"),
        ("00F0000000", "unknown command"),
        ("8099000000", "unknown command"),
        ("80500E0200", "unknown command"),
    ],
)
def test_names(text: str, name: str) -> None:
    info = describe(command(text))
    assert info.name == name
    assert info.zh


@pytest.mark.parametrize(
    ("p1", "words"),
    [
        (0, "available balance"),
        (1, "overdraft limit"),
        (2, "overdrawn"),
        (3, "actual balance"),
        (4, "upper limit"),
        (5, "all values"),
        (6, "available balance (actual and unused overdraft), second ticket currency"),
        (11, "all values, second ticket currency"),
    ],
)
def test_balance_says_which(p1: int, words: str) -> None:
    assert words in describe(Command(0x80, 0x5C, p1, 2, b"", 4)).remark


def test_balance_with_an_unlisted_p1_says_nothing() -> None:
    assert describe(Command(0x80, 0x5C, 0x40, 2, b"", 4)).remark == ""


def test_layouts_are_told_apart_by_size() -> None:
    assert pick(describe(command("807000001C")).data, 0x1C) is SamPurchaseData1
    assert pick(describe(command("807000001C")).data, 0x24) is SamPurchaseData2
    assert pick(describe(command("805C000204")).answer, 4) is Balance
    assert pick(describe(command("805C050210")).answer, 16) is BalanceAll
    assert describe(command("8054010000")).data == (DebitData,)
    assert describe(command("8054010000")).answer == (DebitAnswer,)
    assert describe(command("8054030000")).data == (CreditData,)
    assert describe(command("8050040100")).data == (InitializeOverdraftData,)
    assert describe(command("805A000900")).answer == (ProveAnswer,)
    assert pick((DebitData,), 14) is None


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("00B0950000", FileReference(0x15)),
        ("00B0950808", FileReference(0x15, offset=8)),
        ("00B0012308", FileReference(None, offset=0x123)),
        ("00B0800008", FileReference(None)),
        ("04D6970000", FileReference(0x17)),
        ("00B201C417", FileReference(0x18, record=1)),
        ("00B201C517", FileReference(0x18, record=1, many=True)),
        ("00B2010417", FileReference(None, record=1)),
        ("00B2C84000", FileReference(0x08, record_id=0xC8)),
        ("80DC00F000", FileReference(0x1E, record_id=0)),
        ("80DC01D000", FileReference(0x1A, record_id=1)),
        ("00E200C000", FileReference(0x18)),
        ("80B400D0022701", FileReference(0x1A, record_id=0x2701)),
        ("80B400D000", FileReference(0x1A)),
        ("805C000204", None),
        ("E0B0950000", None),
    ],
)
def test_files_named_by_p1_p2(text: str, reference: FileReference | None) -> None:
    assert file_reference(command(text)) == reference


def test_secure_messaging_classes() -> None:
    assert [cla for cla in range(256) if is_protected(Command(cla, 0xB0, 0, 0))] == [
        *range(0x04, 0x08),
        *range(0x0C, 0x10),
        *range(0x84, 0x88),
        *range(0x8C, 0x90),
    ]


@settings(max_examples=100, deadline=None)
@given(st.builds(Command, byte, byte, byte, byte, st.binary(max_size=20), st.none() | byte))
def test_every_command_has_a_name(found: Command) -> None:
    assert describe(found).name
    file_reference(found)


def test_no_recorded_command_is_unknown() -> None:
    cards = json.loads(CARDS.read_text(encoding="utf-8"))
    texts = [item["c"] for card in cards for item in card.get("exchanges", [])]
    assert len(texts) > 20
    assert all(describe(command(text)).name != "unknown command" for text in texts)

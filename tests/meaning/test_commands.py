"""What a command says besides its name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.meaning.commands import FileReference, file_reference, is_protected, pick, remark
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import find
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

byte = st.integers(0, 255)


def command(text: str) -> Command:
    return Command.parse(bytes.fromhex(text))


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
    assert words in remark(Command(0x80, 0x5C, p1, 2, b"", 4))


def test_balance_with_an_unlisted_p1_says_nothing() -> None:
    assert remark(Command(0x80, 0x5C, 0x40, 2, b"", 4)) == ""


def test_other_commands_have_no_remark() -> None:
    assert remark(command("00B0050000")) == ""


def test_layouts_are_told_apart_by_size() -> None:
    assert pick(find(command("807000001C")).data, 0x1C) is SamPurchaseData1
    assert pick(find(command("807000001C")).data, 0x24) is SamPurchaseData2
    assert pick(find(command("805C000204")).answer, 4) is Balance
    assert pick(find(command("805C050210")).answer, 16) is BalanceAll
    assert find(command("8054010000")).data == (DebitData,)
    assert find(command("8054010000")).answer == (DebitAnswer,)
    assert find(command("8054030000")).data == (CreditData,)
    assert find(command("8050040100")).data == (InitializeOverdraftData,)
    assert find(command("805A000900")).answer == (ProveAnswer,)
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
def test_every_command_has_a_reference_or_none(found: Command) -> None:
    reference = file_reference(found)
    assert reference is None or reference.sfi is None or 0 < reference.sfi < 0x20

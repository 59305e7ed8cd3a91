"""Purse commands against the traces of real cards in the vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ykt_sim.codes import TransactionType
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.files import TransactionRecord
from ykt_sim.wire.purse import (
    Balance,
    BalanceAll,
    CreditData,
    DebitAnswer,
    DebitData,
    InitializeData,
    InitializeLoadAnswer,
    InitializeOverdraftAnswer,
    InitializeOverdraftData,
    InitializePurchaseAnswer,
    LoadAnswer,
    OverdraftData,
    ProveAnswer,
    ProveData,
    SamCheckData,
    SamPurchaseAnswer,
    SamPurchaseData1,
    SamPurchaseData2,
    UnloadAnswer,
)
from ykt_sim.wire.record import Record

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "purse.json").read_text())
APDUS = {vector["id"]: vector.get("apdu", []) for vector in VECTORS["vectors"]}


def exchange(vector: str, index: int) -> tuple[Command, Response]:
    """Give the n-th exchange of a real trace; the lines alternate between > and <."""
    sent, got = APDUS[vector][2 * index : 2 * index + 2]
    assert sent[0] == ">"
    assert got[0] == "<"
    return Command.parse(bytes.fromhex(sent[1:])), Response.parse(bytes.fromhex(got[1:]))


def test_load_of_a_real_card() -> None:
    command, answer = exchange("fm1208-deng-load-1", 0)
    asked = InitializeData.parse(command.data)
    assert (asked.key_index, asked.amount, asked.terminal) == (1, 0x2000, "001122334455")
    got = InitializeLoadAnswer.parse(answer.data)
    assert (got.balance, got.counter, got.key_version, got.algorithm) == (0, 0, 1, 0)
    assert got.random.hex() == "c903814d"
    assert got.mac1.hex() == "03976c22"
    command, answer = exchange("fm1208-deng-load-1", 1)
    credit = CreditData.parse(command.data)
    assert (credit.datetime, credit.mac2.hex()) == ("20161216105800", "8afa5718")
    assert LoadAnswer.parse(answer.data).tac.hex() == "fa00066d"


def test_purchase_of_a_real_card() -> None:
    command, answer = exchange("fm1208-deng-purchase-1", 0)
    assert InitializeData.parse(command.data).amount == 1
    got = InitializePurchaseAnswer.parse(answer.data)
    assert (got.balance, got.counter, got.overdraft_limit) == (0x2000, 0, 0)
    command, answer = exchange("fm1208-deng-purchase-1", 1)
    debit = DebitData.parse(command.data)
    assert (debit.terminal_serial, debit.datetime) == (bytes(4), "20161216134600")
    done = DebitAnswer.parse(answer.data)
    assert (done.tac.hex(), done.mac2.hex()) == ("8af270dc", "66b54a6b")


def test_log_line_of_a_real_card_counts_after_the_increment() -> None:
    command, answer = exchange("fm1208-robur-load", 2)
    assert InitializeLoadAnswer.parse(answer.data).counter == 0
    command, answer = exchange("fm1208-robur-load", 5)
    assert command.header.hex() == "00b201c4"
    line = TransactionRecord.parse(answer.data)
    assert (line.counter, line.amount, line.type) == (1, 0x10, TransactionType.EP_LOAD)
    assert (line.terminal, line.date, line.time) == ("666666666666", "20240411", "212121")


def test_prove_of_a_real_card_answers_mac2_first() -> None:
    lines = VECTORS["traces_without_keys"][0]["lines"]
    command = Command.parse(bytes.fromhex(lines[2][1:]))
    assert ProveData.parse(command.data).counter == 0x28
    answer = ProveAnswer.parse(Response.parse(bytes.fromhex(lines[3][1:])).data)
    assert answer.mac2.hex() == "0410385d"
    assert answer.tac.hex() == "807979f8"


@pytest.mark.parametrize(
    ("record", "size"),
    [
        (InitializeData, 0x0B),
        (InitializeOverdraftData, 0x07),
        (InitializeLoadAnswer, 0x10),
        (InitializePurchaseAnswer, 0x0F),
        (InitializeOverdraftAnswer, 0x13),
        (CreditData, 0x0B),
        (DebitData, 0x0F),
        (DebitAnswer, 0x08),
        (LoadAnswer, 0x04),
        (UnloadAnswer, 0x04),
        (OverdraftData, 0x0E),
        (ProveData, 0x02),
        (ProveAnswer, 0x08),
        (Balance, 0x04),
        (BalanceAll, 0x10),
        (SamPurchaseData1, 0x1C),
        (SamPurchaseData2, 0x24),
        (SamPurchaseAnswer, 0x08),
        (SamCheckData, 0x04),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value:02X}",
)
def test_sizes_are_the_lc_and_le_of_the_manual(record: type[Record], size: int) -> None:
    assert size == record.SIZE

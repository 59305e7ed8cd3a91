"""What goes under each MAC and TAC, checked against the real cards' vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ykt_sim.codes import TransactionType
from ykt_sim.wire.macs import (
    LoadMac1Input,
    LoadSessionInput,
    LoadTacInput,
    OverdraftMac1Input,
    OverdraftMac2Input,
    OverdraftTacInput,
    PurchaseMac2Input,
    PurchaseSessionInput,
    PurchaseTacInput,
    TransactionMacInput,
)
from ykt_sim.wire.record import Record

VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "vectors" / "purse.json").read_text())[
        "vectors"
    ]
}
LOAD, BUY = TransactionType.EP_LOAD, TransactionType.EP_PURCHASE
TERMINAL = "001122334455"


def step(vector: str, name: str) -> bytes:
    """Give the input of the step whose name starts so."""
    (found,) = (s for s in VECTORS[vector]["steps"] if s["name"].startswith(name))
    return bytes.fromhex(found["data"])


@pytest.mark.parametrize(
    ("record", "vector", "name"),
    [
        (
            LoadSessionInput(random=bytes.fromhex("C903814D"), counter=0),
            "fm1208-deng-load-1",
            "SESLK",
        ),
        (
            LoadMac1Input(balance=0, amount=0x2000, type=LOAD, terminal=TERMINAL),
            "fm1208-deng-load-1",
            "MAC1",
        ),
        (
            TransactionMacInput(
                amount=0x2000, type=LOAD, terminal=TERMINAL, datetime="20161216105800"
            ),
            "fm1208-deng-load-1",
            "MAC2",
        ),
        (
            LoadTacInput(
                balance=0x2000,
                counter=0,
                amount=0x2000,
                type=LOAD,
                terminal=TERMINAL,
                datetime="20161216105800",
            ),
            "fm1208-deng-load-1",
            "TAC =",
        ),
        (
            PurchaseSessionInput(random=bytes.fromhex("584633C9"), counter=0, serial_low=bytes(2)),
            "fm1208-deng-purchase-1",
            "SESPK",
        ),
        (
            TransactionMacInput(amount=1, type=BUY, terminal=TERMINAL, datetime="20161216134600"),
            "fm1208-deng-purchase-1",
            "MAC1",
        ),
        (
            PurchaseTacInput(
                amount=1,
                type=BUY,
                terminal=TERMINAL,
                terminal_serial=bytes(4),
                datetime="20161216134600",
            ),
            "fm1208-deng-purchase-1",
            "TAC",
        ),
        (PurchaseMac2Input(amount=1), "fm1208-deng-purchase-1", "MAC2"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Record) else str(value),
)
def test_input_of_a_real_card(record: Record, vector: str, name: str) -> None:
    assert record.build() == step(vector, name)


def test_load_session_block_ends_in_8000() -> None:
    assert LoadSessionInput(random=bytes(4), counter=1).build() == bytes(5) + b"\x01\x80\x00"


def test_overdraft_inputs_keep_the_manuals_order() -> None:
    update = TransactionType.OVERDRAFT_UPDATE
    first = OverdraftMac1Input(balance=1, limit=2, type=update, terminal=TERMINAL)
    assert first.build().hex() == "0000000100000207" + TERMINAL
    second = OverdraftMac2Input(limit=2, type=update, terminal=TERMINAL, datetime="20240411212121")
    assert second.build().hex() == "00000207" + TERMINAL + "20240411212121"
    tac = OverdraftTacInput(
        balance=1, counter=3, limit=2, type=update, terminal=TERMINAL, datetime="20240411212121"
    )
    assert tac.build().hex() == "000000010003" + second.build().hex()

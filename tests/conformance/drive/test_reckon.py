from __future__ import annotations

import pytest

from ykt_conformance.drive import reckon
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.view import SeenTransaction
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.purse import CreditData, InitializeData, InitializeLoadAnswer

RING = KeyRing()
RING.know("tunion", b"\x02\x20\x58\x10\xff\xff\xff\xff", bytes(8))


def load(balance: int, amount: int) -> SeenTransaction:
    """A load of some fen on a balance, as the card told it."""
    raw = bytes.fromhex("805000020B")
    init = Call(
        0, "card", Command.parse(raw[:4]), Response(b"", 0x9000), raw, b"", "tunion", 0, 0.0, 1.0
    )
    return SeenTransaction(
        operation="load",
        standard="tunion",
        init=init,
        request=InitializeData(key_index=1, amount=amount, terminal="413199990001"),
        answer=InitializeLoadAnswer.parse(balance.to_bytes(4, "big") + bytes(12)),
        data=CreditData.parse(bytes(CreditData.SIZE)),
    )


def test_the_tac_is_over_the_balance_that_was_told_and_the_amount() -> None:
    codes = {
        reckon.tac(load(balance, amount), RING) for balance, amount in ((0, 1), (1, 1), (1, 2))
    }
    assert len(codes) == 3
    assert reckon.tac(load(0xFFFFFFFE, 1), RING)


def test_a_balance_that_no_purse_holds_is_the_cards_and_no_mistake_of_ours() -> None:
    with pytest.raises(ReadError, match="a balance of 4294967295 fen would become 4294967296 fen"):
        reckon.tac(load(0xFFFFFFFF, 1), RING)

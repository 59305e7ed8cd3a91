"""Codes of one transaction, from its INITIALIZE alone."""

from __future__ import annotations

import pytest

from tests.independent import fmcos_crypto as second
from ykt_sim.errors import WireError
from ykt_sim.meaning.purse_codes import PurseTransaction, card_key
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
TERMINAL, MOMENT = "112233445566", "20240411212121"


class Keys:
    def __init__(self, key: bytes | None = KEY) -> None:
        self.key = key

    def get(self, standard: str, role: str) -> bytes | None:
        assert standard == "tunion"
        return self.key

    def tac(self, standard: str) -> bytes | None:
        assert standard == "tunion"
        return None if self.key is None else second.tac_key(self.key)


def begun(p1: int, data: str, answer: str) -> PurseTransaction:
    command = Command(0x80, 0x50, p1, 0x02, bytes.fromhex(data))
    found = PurseTransaction.begin(command, bytes.fromhex(answer), "tunion")
    assert found is not None
    return found


def test_overdraft() -> None:
    purse = begun(4, f"01{TERMINAL}", "00001000 0007 000500 01 00 AABBCCDD 00000000")
    session = second.online_session_key(KEY, bytes.fromhex("AABBCCDD"), 7)
    found = purse.mac1(Keys())
    assert found is not None
    assert found[0] == 15
    assert found[1].value == second.mac(session, bytes.fromhex(f"0000100000050007{TERMINAL}"))
    record = wire.OverdraftData.parse(bytes.fromhex(f"000800{MOMENT}00000000"))
    purse.settle(Keys(), record)
    assert purse.results["mac"].value == second.mac(
        session, bytes.fromhex(f"00080007{TERMINAL}{MOMENT}")
    )
    # 1000h - 500h + 800h
    under = bytes.fromhex(f"00001300000700080007{TERMINAL}{MOMENT}")
    assert purse.results["tac"].value == second.mac(second.tac_key(KEY), under)


def test_cash() -> None:
    purse = begun(2, f"0100000001{TERMINAL}", "00001000 0007 000000 01 00 AABBCCDD")
    assert purse.mac1(Keys()) is None
    record = wire.DebitData.parse(bytes.fromhex(f"00000009{MOMENT}00000000"))
    purse.settle(Keys(), record)
    assert purse.results["mac"].why == "the terminal's serial number is not in the trace"
    purse.serial = record.terminal_serial
    purse.settle(Keys(), record)
    session = second.offline_session_key(KEY, bytes.fromhex("AABBCCDD"), 7, record.terminal_serial)
    assert purse.results["mac"].value == second.mac(
        session, bytes.fromhex(f"0000000104{TERMINAL}{MOMENT}")
    )
    assert purse.results["mac2"].value == second.mac(session, bytes.fromhex("00000001"))


@pytest.mark.parametrize(
    ("p1", "amount", "balance"), [(0, "00000001", "FFFFFFFF"), (5, "00000002", "00000001")]
)
def test_a_balance_that_cannot_be(p1: int, amount: str, balance: str) -> None:
    purse = begun(p1, f"01{amount}{TERMINAL}", f"{balance} 0007 01 00 AABBCCDD 00000000")
    purse.settle(Keys(), wire.CreditData.parse(bytes.fromhex(f"{MOMENT}00000000")))
    assert purse.results["tac"].why == "the new balance is no balance"
    assert purse.results["mac"].value is not None


@pytest.mark.parametrize(
    ("keys", "algorithm", "why"),
    [
        (Keys(None), "00", "no key"),
        (Keys(bytes(24)), "00", "no key"),
        (Keys(), "04", "key algorithm 04 is not known"),
    ],
)
def test_what_cannot_be_worked_out(keys: Keys, algorithm: str, why: str) -> None:
    purse = begun(0, f"0100000001{TERMINAL}", f"00000001 0007 01 {algorithm} AABBCCDD 00000000")
    found = purse.mac1(keys)
    assert found is not None
    assert found[1] == (None, why, None)


def test_titles_and_commits() -> None:
    data, answer = f"0100000001{TERMINAL}", "00001000 0007 000000 01 00 AABBCCDD"
    assert begun(3, data, answer).title == "composite purchase"
    assert begun(3, data, answer).commit == (0x54, wire.DebitData)
    assert begun(5, data, "00001000 0007 01 00 AABBCCDD 00000000").commit == (
        0x54,
        wire.CreditData,
    )


def test_other_operations_and_lengths() -> None:
    command = Command(0x80, 0x50, 9, 2, b"")
    assert PurseTransaction.begin(command, b"", "tunion") is None
    with pytest.raises(WireError):
        begun(1, "01", "00")


def test_keys_of_odd_lengths_are_none() -> None:
    assert card_key(Keys(), "tunion", "load") == KEY
    assert card_key(Keys(bytes(5)), "tunion", "load") is None
    assert card_key(Keys(), "", "load") is None

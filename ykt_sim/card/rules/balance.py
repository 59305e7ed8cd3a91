"""GET BALANCE [GM 8.14]: P1 00 available, and up to 05 where the purse answers them [LAB]."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, Purse
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

_TOP_BIT: Final = 0x80000000
_ALL: Final = 0x05


class BalanceRules:
    """What may be asked, and what is told."""

    def kind(self, command: Command) -> int:
        """P2 names the purse, 01 ED or 02 EP, else 6A86; no data, else 6700 [GM 8.14]."""
        if command.p2 not in (Purse.ED, Purse.EP):
            raise Refusal(SW.WRONG_P1P2)
        if command.data:
            raise Refusal(SW.WRONG_LENGTH)
        return command.p2

    def amount(self, purse: PurseState, p1: int) -> None:
        """P1 00 is answered by every purse, 01 to 05 by some; else 6A86 [GM 8.14][LAB]."""
        if p1 > (_ALL if purse.balance_p1 else 0x00):
            raise Refusal(SW.WRONG_P1P2)

    def answer_length(self, command: Command) -> None:
        """Le is 04, 10 for P1 05, or 00; else 6700 [GM 8.14][LAB]."""
        if command.le not in (0, 0x10 if command.p1 == _ALL else 0x04):
            raise Refusal(SW.WRONG_LENGTH)

    def answer(self, purse: PurseState, money: Money, p1: int) -> bytes:
        """P1: 00 available, 01 limit, 02 drawn, 03 actual, 04 ceiling, 05 all [LAB].

        Some cards answer the actual balance for P1 00, some set the top bit of balances.
        """
        if p1 == _ALL:
            return wire.BalanceAll.pack(
                balance=money.available,
                ceiling=purse.ceiling,
                overdraft_limit=money.limit,
                overdrawn=money.overdrawn,
            )
        value = (
            money.actual if purse.p1_00_actual else money.available,
            money.limit,
            money.overdrawn,
            money.actual,
            purse.ceiling,
        )[p1]
        if purse.top_bit and p1 in (0x00, 0x03):
            value |= _TOP_BIT
        return wire.Balance.pack(balance=value)

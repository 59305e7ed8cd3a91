"""Faults of the amounts; the rules are in `ykt_sim.card.rules.money`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.card.model import Cells, Df, Money, PurseState
from ykt_sim.card.operations import ONLINE
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.money import MoneyRules
from ykt_sim.card.states import Transaction
from ykt_sim.codes import SW, Standard, TransactionType
from ykt_sim.faults.card.fault import CardFault, Image, Restart, Rule, Switch

_T = TransactionType
_PURCHASES: Final = tuple(set(TransactionType) - ONLINE)


def _kept(
    change: Callable[[Transaction, Money], int | None], *types: TransactionType
) -> type[MoneyRules]:
    """Transactions of these types leave another actual balance; None for all as it was."""

    class Kept(MoneyRules):
        def kept(self, transaction: Transaction, before: Money, after: Money) -> Money:
            after = super().kept(transaction, before, after)
            if transaction.type not in types:
                return after
            actual = change(transaction, after)
            return before if actual is None else msgspec.structs.replace(after, actual=actual)

    return Kept


class _LastFenKept(MoneyRules):
    def spendable(self, money: Money) -> int:
        return max(super().spendable(money) - 1, 0)


class _NoZero(MoneyRules):
    def spent(self, money: Money, amount: int) -> Money:
        if not amount:
            raise Refusal(SW.BALANCE_INSUFFICIENT)
        return super().spent(money, amount)


class _LimitFirst(MoneyRules):
    def own_share(self, money: Money, amount: int) -> int:
        return amount - min(amount, money.limit - money.overdrawn)


class _RepaysNothing(MoneyRules):
    def repaid(self, money: Money, amount: int) -> int:
        del money, amount
        return 0


class _NoCeiling(MoneyRules):
    def under_ceiling(self, purse: PurseState, after: Money) -> None:
        pass


class _CeilingOneLess(MoneyRules):
    def under_ceiling(self, purse: PurseState, after: Money) -> None:
        super().under_ceiling(purse, after)
        if after.actual == purse.ceiling:
            raise Refusal(SW.CONDITIONS)


class _AnyUnload(MoneyRules):
    def unloadable(self, money: Money) -> int:
        del money
        return 0xFFFFFFFF


class _UnloadsLimit(MoneyRules):
    def unloadable(self, money: Money) -> int:
        return money.available


class _BelowDrawn(MoneyRules):
    def above_drawn(self, money: Money, limit: int) -> None:
        pass


class _AnySum(MoneyRules):
    def within_three_bytes(self, purse: PurseState, limit: int) -> None:
        pass


class _LimitAdded(MoneyRules):
    def new_limit(self, money: Money, limit: int) -> int:
        return super().new_limit(money, limit) + money.limit


def _takes_a_fen(cells: Cells) -> None:
    for key, value in cells.items():
        if isinstance(value, Money) and value.actual:
            cells[key] = msgspec.structs.replace(value, actual=value.actual - 1)


def _own_money(cells: Cells) -> None:
    """Give each purse of a wallet a money cell of its own, with what is in the shared one."""
    for key, value in list(cells.items()):
        df = cells.get(("df", key[1])) if isinstance(value, PurseState) else None
        if isinstance(value, PurseState) and isinstance(df, Df) and df.standard == Standard.LNT:
            own = f"{value.money} of {key[1]:04X}"
            cells["money", own] = cells["money", value.money]
            cells[key] = msgspec.structs.replace(value, money=own)


FAULTS: Final = (
    CardFault("last-fen-unspendable", "the last fen cannot be spent", Rule(_LastFenKept)),
    CardFault("zero-amount-refused", "a purchase of zero fen is refused at DEBIT", Rule(_NoZero)),
    CardFault(
        "debit-takes-double",
        "purchases take their amount twice",
        Rule(_kept(lambda done, after: max(after.actual - done.amount, 0), *_PURCHASES)),
    ),
    CardFault(
        "debit-a-fen-less",
        "purchases take a fen less than their amount",
        Rule(_kept(lambda done, after: after.actual + bool(done.amount), *_PURCHASES)),
    ),
    CardFault(
        "composite-is-free",
        "a composite purchase takes no money",
        Rule(_kept(lambda _done, _after: None, _T.COMPOSITE_PURCHASE)),
    ),
    CardFault(
        "load-a-fen-less",
        "loads add a fen less than their amount",
        Rule(_kept(lambda _done, after: after.actual - 1, _T.EP_LOAD)),
    ),
    CardFault("ceiling-not-checked", "loads go above the ceiling", Rule(_NoCeiling)),
    CardFault(
        "ceiling-one-less", "a load exactly up to the ceiling is refused", Rule(_CeilingOneLess)
    ),
    CardFault(
        "unload-leaves-money",
        "an unload leaves the balance as it was",
        Rule(_kept(lambda _done, _after: None, _T.UNLOAD)),
    ),
    CardFault("unload-unbounded", "more than there is can be unloaded", Rule(_AnyUnload)),
    CardFault("unload-takes-limit", "the overdraft limit can be unloaded", Rule(_UnloadsLimit)),
    CardFault("limit-added", "a new overdraft limit is added to the old one", Rule(_LimitAdded)),
    CardFault("limit-below-drawn", "the limit can go below what is drawn", Rule(_BelowDrawn)),
    CardFault(
        "a-plus-c-unbounded", "ceiling and limit may go above FFFFFF together", Rule(_AnySum)
    ),
    CardFault(
        "limit-spent-first",
        "purchases draw on the limit before the balance",
        Rule(_LimitFirst),
    ),
    CardFault(
        "load-repays-nothing",
        "loads leave what is drawn and fill the balance",
        Rule(_RepaysNothing),
    ),
    CardFault(
        "overdraft-everywhere",
        "every purse takes an overdraft limit",
        Switch(PurseState, {"overdraft": True}),
    ),
    CardFault("reset-takes-a-fen", "every reset costs a fen", Restart(_takes_a_fen)),
    CardFault(
        "balances-drift",
        "the wallet forgets that it shares its balance with the T-Union purse",
        Image(_own_money),
    ),
)

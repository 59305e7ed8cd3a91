"""The amounts of a purse: what may be spent, loaded, unloaded, drawn [GM 8.7-8.12].

All in fen. A is the ceiling, B the actual balance, C the overdraft limit, D what is drawn of
it; the available balance is B + C - D.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import MAX_LIMIT, Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Transaction
from ykt_sim.codes import SW

#: Balances have four bytes on the wire.
MAX_BALANCE: Final = 0xFFFFFFFF


class MoneyRules:
    """How each operation moves the amounts."""

    def covered(self, most: int, amount: int) -> None:
        """More than there is is 9401, at INITIALIZE and at the commit [GM 8.8, 8.10]."""
        if amount > most:
            raise Refusal(SW.BALANCE_INSUFFICIENT)

    # -- purchases

    def spendable(self, money: Money) -> int:
        """Purchases may use the available balance, down to the last fen [GM 8.8]."""
        return money.available

    def own_share(self, money: Money, amount: int) -> int:
        """A purchase spends the actual balance first, then draws on the limit [GM 8.8]."""
        return min(amount, money.actual)

    def spent(self, money: Money, amount: int) -> Money:
        """What a purchase leaves; 0 fen can be spent like any other amount [GM 8.8]."""
        self.covered(self.spendable(money), amount)
        own = self.own_share(money, amount)
        return Money(money.actual - own, money.limit, money.overdrawn + amount - own)

    # -- loads

    def repaid(self, money: Money, amount: int) -> int:
        """A load repays what is drawn first [GM 8.7]."""
        return min(amount, money.overdrawn)

    def loaded(self, money: Money, amount: int) -> Money:
        """What a load leaves: what does not repay is added to the actual balance [GM 8.7]."""
        repaid = self.repaid(money, amount)
        return Money(money.actual + amount - repaid, money.limit, money.overdrawn - repaid)

    def under_ceiling(self, purse: PurseState, after: Money) -> None:
        """A load up to the ceiling is taken, one fen more is 6985 at INITIALIZE [GM 8.7][LAB]."""
        if after.actual > purse.ceiling or after.available > MAX_BALANCE:
            raise Refusal(SW.CONDITIONS)

    # -- unloads

    def unloadable(self, money: Money) -> int:
        """The actual balance can be unloaded, the overdraft limit cannot [GM 8.10]."""
        return money.actual

    def unloaded(self, money: Money, amount: int) -> Money:
        """What an unload leaves; what is drawn stays drawn [GM 8.10]."""
        self.covered(self.unloadable(money), amount)
        return Money(max(money.actual - amount, 0), money.limit, money.overdrawn)

    # -- overdraft

    def above_drawn(self, money: Money, limit: int) -> None:
        """A limit below what is drawn already is refused with 9401 [GM 8.12]."""
        if limit < money.overdrawn:
            raise Refusal(SW.BALANCE_INSUFFICIENT)

    def within_three_bytes(self, purse: PurseState, limit: int) -> None:
        """Ceiling and limit stay below FFFFFF together, A + C; else 6985 [LAB]."""
        if purse.ceiling <= MAX_LIMIT < purse.ceiling + limit:
            raise Refusal(SW.CONDITIONS)

    def new_limit(self, money: Money, limit: int) -> int:
        """The new limit takes the place of the old one [GM 8.12]."""
        del money
        return limit

    def limited(self, purse: PurseState, money: Money, limit: int) -> Money:
        """What an update of the overdraft limit leaves [GM 8.12]."""
        self.above_drawn(money, limit)
        self.within_three_bytes(purse, limit)
        limit = self.new_limit(money, limit)
        after = Money(money.actual, limit, min(money.overdrawn, limit))
        if after.available > MAX_BALANCE:
            raise Refusal(SW.CONDITIONS)
        return after

    # -- all

    def kept(self, transaction: Transaction, before: Money, after: Money) -> Money:
        """A commit writes the amounts that its TAC was reckoned over [GM 8.7-8.12]."""
        del transaction, before
        return after

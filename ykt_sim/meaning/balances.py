"""What is left to spend, where a card tells it in two numbers.

P1=00 of GET BALANCE holds the unused overdraft as well. A card of Shanghai answers 8.00 yuan to
P1=00 and to P1=01, and there is nothing on it: what is left is P1=00 less P1=01, or P1=03 less
P1=02 where the card tells these; P1=03 and P1=02 both above zero contradict each other
[DUMP][CODE] cards facts 3.10.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from ykt_sim.codes import BalanceKind
from ykt_sim.meaning.spans import TOP_BIT

#: What is told, and what of it is not the card's own.
_PAIRS: Final = (
    (BalanceKind.ACTUAL, BalanceKind.OVERDRAWN),
    (BalanceKind.AVAILABLE, BalanceKind.OVERDRAFT_LIMIT),
)


class Balances(msgspec.Struct):
    """Answers of GET BALANCE since the purse was selected and since money moved.

    Attributes:
        told: fen without the top bit, by purse (P2) and then by P1.
    """

    told: dict[int, dict[int, int]] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, kept: Iterable[tuple[int, int, int]]) -> Balances:
        """What `kept` gave, taken up again."""
        found = cls()
        for p2, p1, value in kept:
            found.told.setdefault(p2, {})[p1] = value
        return found

    def kept(self) -> tuple[tuple[int, int, int], ...]:
        """P2, P1 and fen of every answer, in a form that is equal where the answers are."""
        return tuple((p2, p1, told[p1]) for p2, told in self.told.items() for p1 in sorted(told))

    def take(self, p1: int, p2: int, value: int) -> str:
        """Take one answer; gives what it says together with those before, or nothing."""
        told = self.told.setdefault(p2, {})
        told[p1] = value & ~TOP_BIT
        for whole, part in _PAIRS:
            if p1 not in {whole, part} or whole not in told or not told.get(part):
                continue
            if whole is BalanceKind.ACTUAL and told[whole]:
                return (
                    "P1=03 and P1=02 are both above zero, which contradicts itself "
                    "余额与已透支不能同时大于零"
                )
            left = (told[whole] - told[part]) / 100
            return f"net balance {left:.2f} yuan: P1={whole:02X} less P1={part:02X} 净余额"
        return ""

    def forget(self) -> None:
        """Money moved, or another purse was selected."""
        self.told.clear()

"""The amounts of a purse as far as they are known, in fen.

A is the ceiling, B the actual balance, C the overdraft limit, D what is drawn of it; available
is B + C - D [LAB carddata1]. B and D are never both above zero [CODE huami], so available and
limit say everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: The top bit of a balance, which some cards set, is no money [CODE x5].
_MONEY: Final = 0x7FFFFFFF


def fen_of(told: int) -> int:
    """What a balance of four bytes says, fen."""
    return told & _MONEY


@dataclass(slots=True)
class Money:
    """One purse's amounts, or those that two purses share.

    Attributes:
        available: B + C - D; None while nobody has told it.
        limit: C; likewise.
        ceiling: A as the card told it; None before that.
    """

    available: int | None = None
    limit: int | None = None
    ceiling: int | None = None

    @property
    def actual(self) -> int | None:
        """B, or None."""
        if self.available is None or self.limit is None:
            return None
        return max(self.available - self.limit, 0)

    @property
    def drawn(self) -> int | None:
        """D, or None."""
        if self.available is None or self.limit is None:
            return None
        return max(self.limit - self.available, 0)

    def move(self, change: int) -> None:
        """A purchase, load or unload is done: purchases spend B first, loads repay D first."""
        if self.available is not None:
            self.available += change

    def set_limit(self, limit: int) -> None:
        """A new overdraft limit: available moves by new minus old."""
        if self.limit is None:
            self.available = None
        else:
            self.move(limit - self.limit)
        self.limit = limit

    def after_load(self, amount: int) -> int | None:
        """B after a load of so much, or None."""
        if self.available is None or self.limit is None:
            return None
        return max(self.available + amount - self.limit, 0)

    def learn(
        self,
        *,
        available: int | None = None,
        limit: int | None = None,
        drawn: int | None = None,
        actual: int | None = None,
    ) -> None:
        """Take in what the card told."""
        if limit is not None:
            self.limit = limit
        if available is not None:
            self.available = available
        elif self.limit is not None and actual:
            self.available = actual + self.limit
        elif self.limit is not None and drawn:
            self.available = self.limit - drawn

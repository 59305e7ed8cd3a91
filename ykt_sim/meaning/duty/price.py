"""What a card pays, and what may be against it."""

from __future__ import annotations

import msgspec

#: Nothing may be begun; nothing may be committed; it may only not be let through.
INIT, DEBIT, PASS = "init", "debit", "pass"


class Ground(msgspec.Struct, frozen=True):
    """Something against a card.

    Attributes:
        rule: its name without ``D-``.
        before: what must not come to pass: ``init``, ``debit``, ``pass``.
        what: of the card, in words that follow "a card that".
        code: that belongs to it; empty where none is public.
    """

    rule: str
    before: str
    what: str
    code: str = ""


class Price(msgspec.Struct, frozen=True):
    """What a card pays or is loaded with.

    Attributes:
        standard: from which purse.
        amount: fen; None where the statement does not say.
        need: fen that it must hold.
        full: fen before discounts; None where the statement does not say.
        rounded: a part of a fen is left, and no source says what becomes of it.
        spare: fen that may be enough, where that is left open; None where it is not.
        may: other amounts that it may come to, where the statement leaves it open among some.
    """

    standard: str
    amount: int | None
    need: int = 0
    full: int | None = None
    rounded: bool = False
    spare: int | None = None
    may: tuple[int, ...] = ()

    def is_(self, amount: int) -> bool:
        """So much may be taken."""
        if self.amount is None or amount in {self.amount, *self.may}:
            return True
        return self.rounded and amount - 1 == self.amount

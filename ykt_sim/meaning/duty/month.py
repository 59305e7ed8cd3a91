"""What a card has ridden for this month, and the discount steps that are known.

A statement need not declare its discount. Known cities give one above a monthly sum, not at it
[CODE] cards facts 3.8; which of the two sums of EF 19 counts, nobody says.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.seen import Purse
from ykt_sim.wire.files import MonthlyStatistics

#: Monthly sums above which Guangzhou or Foshan give a discount, fen [CODE] cards facts 3.8.
STEPS: Final = (6000, 8000, 15000, 20000)


def step_of(fen: int, steps: tuple[int, ...] = STEPS) -> int:
    """How many of the declared steps, or of the known ones, a monthly sum is above."""
    return sum(fen > step for step in steps)


def sums(purse: Purse, clock: str) -> tuple[int, ...]:
    """Both monthly sums of a purse, fen; those of another month are none."""
    try:
        month = MonthlyStatistics.parse(bytes.fromhex(purse.month))
    except ReadError:
        return ()
    same = (month.year, month.month) == (clock[2:4], clock[4:6])
    return (month.sum_1, month.sum_2) if same else ()

"""Which differences of two traces come first: causes before what may follow from them.

The order rests on what a field is for and on what differed before it; it proves nothing. What
was selected, given or decided, the data of a card, a code that is wrong: causes. Randoms,
counters, balances and codes are worked out by card and PSAM, so they follow. A status word, an
event that only one trace has and a note follow when a wrong code, a status word or such an event
differed earlier; the first of them is a cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.rework.changes import Change

#: What a card or PSAM works out by itself.
_WORKED_OUT: Final = SECURED | {ByteClass.RANDOM, ByteClass.COUNTER, ByteClass.BALANCE}


def ranked(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """Causes and what may follow from them, each in the order given.

    Args:
        changes: in the order of the traces, as `Difference.changes` has them.
    """
    causes: list[Change] = []
    following: list[Change] = []
    turned = False
    for change in changes:
        turning = change.kind in {"missing", "extra"} or change.byte_class == ByteClass.STATUS
        if change.kind == "code":
            follows, turning = False, True
        elif turning or not change.side:
            follows = turned
        else:
            follows = change.byte_class in _WORKED_OUT
        turned |= turning
        (following if follows else causes).append(change)
    return causes, following

"""What P1 of INITIALIZE starts on this card: the rows of `wire.commands` and the state after.

Sources: [GM 8.7-8.12].
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ykt_sim import codes
from ykt_sim.card.states import State
from ykt_sim.codes import KeyType, Purse, TransactionType
from ykt_sim.wire import commands as wire


class CardOperation(NamedTuple):
    """One row.

    Attributes:
        name: as in a purse's `pin_for`.
        key_type: of the key that INITIALIZE names.
        types: purse (01 ED, 02 EP) to transaction type; what is not here is 6A86.
        answer_length: bytes that INITIALIZE answers.
        state: which commit may follow.
        online: counted by the online counter, and MAC1 comes from the card.
    """

    name: codes.Operation
    key_type: KeyType
    types: Mapping[int, TransactionType]
    answer_length: int
    state: State
    online: bool


LOAD, PURCHASE, OVERDRAFT, UNLOAD = (
    codes.Operation.LOAD, codes.Operation.PURCHASE,
    codes.Operation.OVERDRAFT, codes.Operation.UNLOAD,
)  # fmt: skip
_STATES: Final = {
    LOAD: State.LOAD,
    PURCHASE: State.PURCHASE,
    codes.Operation.CASH: State.PURCHASE,
    codes.Operation.COMPOSITE: State.COMPOSITE,
    OVERDRAFT: State.OVERDRAFT,
    UNLOAD: State.UNLOAD,
}


def _types(row: wire.OperationRow) -> Mapping[int, TransactionType]:
    pairs = ((Purse.ED, row.ed), (Purse.EP, row.ep))
    return MappingProxyType({int(kind): type_ for kind, type_ in pairs if type_ is not None})


#: By P1.
OPERATIONS: Final[Mapping[int, CardOperation]] = MappingProxyType({
    row.p1: CardOperation(
        name, row.key, _types(row), row.initialize.le, _STATES[name], online=row.online
    )
    for name, row in wire.OPERATIONS.items()
})  # fmt: skip

#: Transaction types that the online counter counts; the offline counter counts all others.
ONLINE: Final = frozenset(
    type_ for row in OPERATIONS.values() if row.online for type_ in row.types.values()
)

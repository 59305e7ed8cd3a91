"""What P1 of INITIALIZE starts: one row per kind of transaction [GM 8.7-8.12]."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ykt_sim.card.states import State
from ykt_sim.codes import KeyType, Purse, TransactionType


class Operation(NamedTuple):
    """One row.

    Attributes:
        name: as in a purse's `pin_for`.
        key_type: of the key that INITIALIZE names.
        types: purse (01 ED, 02 EP) to transaction type; what is not here is 6A86.
        answer_length: bytes that INITIALIZE answers.
        state: which commit may follow.
        online: counted by the online counter, and MAC1 comes from the card.
    """

    name: str
    key_type: KeyType
    types: Mapping[int, TransactionType]
    answer_length: int
    state: State
    online: bool


def _types(ed: TransactionType | None, ep: TransactionType | None) -> Mapping[int, TransactionType]:
    pairs = ((Purse.ED, ed), (Purse.EP, ep))
    return MappingProxyType({int(kind): type_ for kind, type_ in pairs if type_ is not None})


_K, _T = KeyType, TransactionType
OPERATIONS: Final[Mapping[int, Operation]] = MappingProxyType({
    0x00: Operation("load", _K.LOAD, _types(_T.ED_LOAD, _T.EP_LOAD),
                    0x10, State.LOAD, online=True),
    0x01: Operation("purchase", _K.PURCHASE, _types(_T.ED_PURCHASE, _T.EP_PURCHASE),
                    0x0F, State.PURCHASE, online=False),
    0x02: Operation("cash", _K.PURCHASE, _types(_T.CASH_WITHDRAWAL, None),
                    0x0F, State.PURCHASE, online=False),
    0x03: Operation("composite", _K.PURCHASE, _types(None, _T.COMPOSITE_PURCHASE),
                    0x0F, State.COMPOSITE, online=False),
    0x04: Operation("overdraft", _K.OVERDRAFT, _types(_T.OVERDRAFT_UPDATE, _T.OVERDRAFT_UPDATE),
                    0x13, State.OVERDRAFT, online=True),
    0x05: Operation("unload", _K.UNLOAD, _types(_T.UNLOAD, _T.UNLOAD),
                    0x10, State.UNLOAD, online=True),
})  # fmt: skip

#: Transaction types that the online counter counts; the offline counter counts all others.
ONLINE: Final = frozenset(
    type_ for row in OPERATIONS.values() if row.online for type_ in row.types.values()
)

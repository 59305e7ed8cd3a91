"""Faults of error counters and rights; the rules are in `ykt_sim.card.rules.keys`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.card.model import Cells, Key
from ykt_sim.card.rules.keys import KeysRules
from ykt_sim.codes import KeyType
from ykt_sim.faults.card.fault import CardFault, Restart, Rule


def _costs(of: KeyType, change: Callable[[int, int], int]) -> type[KeysRules]:
    """Something wrong leaves other tries; ``change`` is given those before and after."""

    class Costs(KeysRules):
        def left(self, key_type: KeyType, left: int) -> int:
            after = super().left(key_type, left)
            return change(left, after) if key_type == of else after

    return Costs


class _BlockedWorks(KeysRules):
    def usable(self, key: Key) -> None:
        pass

    def left(self, key_type: KeyType, left: int) -> int:
        return max(super().left(key_type, left), 0)


class _NotRestored(KeysRules):
    def restored(self, key: Key) -> int:
        return key.left


class _OpensNothing(KeysRules):
    def register(self, before: int, key: Key) -> int:
        del key
        return before


def _all_tries(cells: Cells) -> None:
    for cell, key in cells.items():
        if isinstance(key, Key):
            cells[cell] = msgspec.structs.replace(key, left=key.tries)


FAULTS: Final = (
    CardFault(
        "pin-not-counted",
        "wrong PINs are not counted",
        Rule(_costs(KeyType.PIN, lambda before, _after: before)),
    ),
    CardFault(
        "pin-never-blocks",
        "the last try is never used up",
        Rule(_costs(KeyType.PIN, lambda _before, after: max(after, 1))),
    ),
    CardFault("tries-not-restored", "success does not give the tries back", Rule(_NotRestored)),
    CardFault(
        "blocked-key-works",
        "a PIN or key without tries left still works",
        Rule(_BlockedWorks),
    ),
    CardFault("reset-gives-tries-back", "a reset gives all tries back", Restart(_all_tries)),
    CardFault(
        "authentication-opens-nothing",
        "EXTERNAL AUTHENTICATE succeeds and opens no file",
        Rule(_OpensNothing),
    ),
    CardFault(
        "authentication-not-counted",
        "wrong cryptograms are not counted",
        Rule(_costs(KeyType.EXTERNAL_AUTH, lambda before, _after: before)),
    ),
)

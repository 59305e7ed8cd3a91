"""What a key or PIN costs and gives: error counters, security register [GM 7.1, 7.10]."""

from __future__ import annotations

from ykt_sim.card.model import Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, KeyType


class KeysRules:
    """Error counters of keys and PINs, and the state that a right one opens."""

    def usable(self, key: Key) -> None:
        """A key or PIN without tries left is 6983, right or wrong [GM 7.1, 7.10]."""
        if key.tries and not key.left:
            raise Refusal(SW.KEY_BLOCKED)

    def left(self, key_type: KeyType, left: int) -> int:
        """Something wrong costs one try; using up the last one is told as 63C0 [GM 7.1, 7.10]."""
        del key_type
        return left - 1

    def restored(self, key: Key) -> int:
        """Something right gives all tries back [GM 7.1, 7.10]."""
        return key.tries

    def register(self, before: int, key: Key) -> int:
        """The right key or PIN sets the security register to its follow state [UM 5.2]."""
        del before
        return key.follow & 15

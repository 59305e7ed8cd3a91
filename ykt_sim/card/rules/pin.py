"""VERIFY, CHANGE PIN and RELOAD PIN [GM 7.10, 8.5, 8.6]; error counters are in `keys`."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import NoReturn

from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW


class PinRules:
    """What is compared when a PIN is shown, changed or set anew."""

    def length(self, pin: bytes) -> None:
        """VERIFY carries two to eight bytes; else 6700, and no try is lost [GM 7.10]."""
        if not 2 <= len(pin) <= 8:
            raise Refusal(SW.WRONG_LENGTH)

    def change(self, data: bytes) -> tuple[bytes, bytes]:
        """CHANGE PIN: old PIN, FF, new PIN of two to six bytes, else 6700 [GM 8.6]."""
        old, separator, new = data.partition(b"\xff")
        new = new.rstrip(b"\xff")
        if not separator or not 2 <= len(new) <= 6:
            raise Refusal(SW.WRONG_LENGTH)
        return old, new

    def new(self, filled: bytes) -> bytes:
        """A new PIN has two to eight bytes without its filling, else 6A80 [GM 8.4, 8.5]."""
        pin = filled.rstrip(b"\xff")
        if not 2 <= len(pin) <= 8:
            raise Refusal(SW.WRONG_DATA)
        return pin

    def keeper(self, pin_id: int, ids: Sequence[int]) -> int:
        """The key that sets a PIN anew has its index, or is the first there is [CODE].

        9403 when there is none [GM 8.4, 8.5].
        """
        if not ids:
            raise Refusal(SW.KEY_INDEX)
        return pin_id if pin_id in ids else ids[0]

    def fits(self, due: bytes, shown: bytes) -> bool:
        """The whole PIN is compared; FF behind it is filling [GM 7.10]."""
        return hmac.compare_digest(shown.rstrip(b"\xff"), due)

    def old_fits(self, due: bytes, shown: bytes) -> bool:
        """CHANGE PIN wants the old PIN, as VERIFY does [GM 8.6]."""
        return self.fits(due, shown)

    def reload_mac_wrong(self) -> NoReturn:
        """A wrong MAC of RELOAD PIN is 9302, however many tries are left [GM 8.5]."""
        raise Refusal(SW.MAC_INVALID)

    def reload_mac_fits(self, due: bytes, got: bytes) -> bool:
        """RELOAD PIN wants a MAC under key 38, compared whole [GM 8.5]."""
        return hmac.compare_digest(due, got)

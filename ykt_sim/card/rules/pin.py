"""VERIFY, CHANGE PIN and RELOAD PIN [GM 7.10, 8.5, 8.6]; error counters are in `keys`."""

from __future__ import annotations

import hmac

from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW


class PinRules:
    """What is compared when a PIN is shown, changed or set anew."""

    def length(self, pin: bytes) -> None:
        """VERIFY carries two to eight bytes; else 6700, and no try is lost [GM 7.10]."""
        if not 2 <= len(pin) <= 8:
            raise Refusal(SW.WRONG_LENGTH)

    def fits(self, due: bytes, shown: bytes) -> bool:
        """The whole PIN is compared; FF behind it is filling [GM 7.10]."""
        return hmac.compare_digest(shown.rstrip(b"\xff"), due)

    def old_fits(self, due: bytes, shown: bytes) -> bool:
        """CHANGE PIN wants the old PIN, as VERIFY does [GM 8.6]."""
        return self.fits(due, shown)

    def reload_mac_fits(self, due: bytes, got: bytes) -> bool:
        """RELOAD PIN wants a MAC under key 38, compared whole [GM 8.5]."""
        return hmac.compare_digest(due, got)

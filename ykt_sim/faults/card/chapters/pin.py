"""Faults of PINs; the rules are in `ykt_sim.card.rules.pin`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.rules.pin import PinRules
from ykt_sim.codes import INS
from ykt_sim.faults.card.fault import CardFault, Heard, Rule


class _AnyPin(PinRules):
    def fits(self, due: bytes, shown: bytes) -> bool:
        del due, shown
        return True


class _TwoBytes(PinRules):
    def fits(self, due: bytes, shown: bytes) -> bool:
        return super().fits(due, shown) or shown[:2] == due[:2]


class _NoFilling(PinRules):
    def fits(self, due: bytes, shown: bytes) -> bool:
        return super().fits(due, shown) and not shown.endswith(b"\xff")


class _AnyLength(PinRules):
    def length(self, pin: bytes) -> None:
        pass


class _AnyOldPin(PinRules):
    def old_fits(self, due: bytes, shown: bytes) -> bool:
        del due, shown
        return True


class _AnyReloadMac(PinRules):
    def reload_mac_fits(self, due: bytes, got: bytes) -> bool:
        del due, got
        return True


FAULTS: Final = (
    CardFault("any-pin", "every PIN is right", Rule(_AnyPin)),
    CardFault("pin-two-bytes", "only the first two bytes of the PIN are compared", Rule(_TwoBytes)),
    CardFault("pin-padding-refused", "a PIN filled up with FF is wrong", Rule(_NoFilling)),
    CardFault(
        "pin-length-not-checked",
        "VERIFY of a wrong length is compared and counted",
        Rule(_AnyLength),
    ),
    CardFault(
        "any-pin-id",
        "every PIN identifier is taken for 00",
        Heard((INS.VERIFY,), lambda command: command._replace(p2=0x00)),
    ),
    CardFault("old-pin-not-checked", "CHANGE PIN does not ask for the old PIN", Rule(_AnyOldPin)),
    CardFault("reload-without-mac", "RELOAD PIN takes any MAC", Rule(_AnyReloadMac)),
)

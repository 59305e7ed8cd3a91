"""Faults of secure messaging; the rules are in `ykt_sim.card.rules.messaging`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import Df
from ykt_sim.card.rules.messaging import MessagingRules
from ykt_sim.codes import INS
from ykt_sim.faults.card.fault import CardFault, Rule, Switch
from ykt_sim.wire.apdu import Command

_BLOCKING: Final = (INS.APP_BLOCK, INS.APP_UNBLOCK, INS.CARD_BLOCK)


class _AnyMac(MessagingRules):
    def mac_fits(self, command: Command, due: bytes, got: bytes) -> bool:
        del command, due, got
        return True


class _TwoBytes(MessagingRules):
    def mac_fits(self, command: Command, due: bytes, got: bytes) -> bool:
        return super().mac_fits(command, due, got[:2] + due[2:])


class _Reversed(MessagingRules):
    def mac_fits(self, command: Command, due: bytes, got: bytes) -> bool:
        return super().mac_fits(command, due[::-1], got)


class _AnyMacBlocks(MessagingRules):
    def mac_fits(self, command: Command, due: bytes, got: bytes) -> bool:
        return command.ins in _BLOCKING or super().mac_fits(command, due, got)


class _NoMacNeeded(MessagingRules):
    def without_mac(self) -> None:
        pass


FAULTS: Final = (
    CardFault("line-mac-not-checked", "the line MAC is not checked", Rule(_AnyMac)),
    CardFault(
        "line-mac-two-bytes",
        "only the first two bytes of the line MAC are checked",
        Rule(_TwoBytes),
    ),
    CardFault("line-mac-reversed", "the right line MAC is refused", Rule(_Reversed)),
    CardFault("mac-not-demanded", "a protected file is written without MAC", Rule(_NoMacNeeded)),
    CardFault(
        "line-mac-never-locks",
        "wrong line MACs never lock the application",
        Switch(Df, {"lock_on_line_mac": False}),
    ),
    CardFault("block-without-mac", "blocking and unblocking take any MAC", Rule(_AnyMacBlocks)),
)

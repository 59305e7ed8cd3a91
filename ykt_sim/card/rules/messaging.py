"""Secure messaging on files: the line MAC [GM 9]."""

from __future__ import annotations

import hmac

from ykt_sim.card.model import Df, Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Command


class MessagingRules:
    """What a line MAC must be, and what wrong ones cost."""

    def without_mac(self) -> None:
        """A protected file takes no write without MAC: 6987 [GM 9]."""
        raise Refusal(SW.SM_MISSING)

    def mac_fits(self, command: Command, due: bytes, got: bytes) -> bool:
        """All four bytes of the MAC that ends a command are compared [GM 9]."""
        del command
        return hmac.compare_digest(due, got)

    def locks(self, df: Df, key: Key) -> bool:
        """Three wrong MACs on a purse application's files lock it for good [GM 7.7, App. A]."""
        return df.lock_on_line_mac and key.tries > 0 and not key.left

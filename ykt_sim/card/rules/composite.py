"""Composite (CAPP) purchases: updates that take effect with the debit [GM 8.9][ttssC]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ykt_sim.card.model import Ef
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import CacheUpdate, Transaction
from ykt_sim.codes import SW

#: Cached updates one transaction may hold (this project's bound; real limits are unknown).
MAX_UPDATES: Final = 16


class CompositeRules:
    """UPDATE CAPP DATA CACHE and what becomes of it."""

    def may_cache(self, card: Powered, transaction: Transaction, fid: int, ef: Ef) -> None:
        """Who updates has the rights the file asks for; the log is the card's: 6982 [GM 8.9]."""
        card.demand(ef.write_ac if ef.capp_ac is None else ef.capp_ac)
        purse = card.purse(transaction.kind)
        if purse is not None and fid == purse.log_fid:
            raise Refusal(SW.SECURITY)

    def record(self, ef: Ef, data: bytes) -> bytes:
        """The record comes whole, as long as it is in the file; 6700 else [GM 7.8, 8.9]."""
        del ef
        return data

    def room(self, transaction: Transaction) -> None:
        """Any number of updates is taken, up to this project's bound; 6A84 then [GM 8.9]."""
        if len(transaction.cache) >= MAX_UPDATES:
            raise Refusal(SW.NO_SPACE)

    def waiting(
        self, card: Powered, transaction: Transaction, update: CacheUpdate, after: tuple[bytes, ...]
    ) -> None:
        """An update waits for the debit; ``after`` is the file as it will be then [GM 8.9]."""
        del card, after
        transaction.cache.append(update)

    def applied(self, cache: Sequence[CacheUpdate]) -> Sequence[CacheUpdate]:
        """The debit applies all updates in their order, and it needs none [GM 8.9][tBus]."""
        return cache

    def written(self, fid: int, records: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """A file is left as its updates make it [GM 8.9]."""
        del fid
        return records

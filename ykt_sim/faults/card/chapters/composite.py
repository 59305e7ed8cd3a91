"""Faults of composite purchases; the rules are in `ykt_sim.card.rules.composite`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ykt_sim.card.model import Ef
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.composite import CompositeRules
from ykt_sim.card.states import CacheUpdate, Transaction
from ykt_sim.codes import INS, SW
from ykt_sim.faults.card.fault import CardFault, Heard, Rule
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile

_INDUSTRY, _TRIPS = TunionFile.INDUSTRY, TunionFile.TRIPS
_BY_NUMBER: Final = 0b100
Cache = Sequence[CacheUpdate]


class _FilledUp(CompositeRules):
    def record(self, ef: Ef, data: bytes) -> bytes:
        return super().record(ef, data).ljust(ef.record_length, b"\0")


class _OneUpdate(CompositeRules):
    def room(self, transaction: Transaction) -> None:
        super().room(transaction)
        if transaction.cache:
            raise Refusal(SW.NO_SPACE)


class _AtOnce(CompositeRules):
    def waiting(
        self, card: Powered, transaction: Transaction, update: CacheUpdate, after: tuple[bytes, ...]
    ) -> None:
        super().waiting(card, transaction, update, after)
        card.put(("data", card.session.df, update.fid), after)


def _applied(change: Callable[[Cache], Cache]) -> type[CompositeRules]:
    """The debit applies other updates."""

    class Applied(CompositeRules):
        def applied(self, cache: Cache) -> Cache:
            return change(super().applied(cache))

    return Applied


def _some(cache: Cache) -> Cache:
    if not cache:
        raise Refusal(SW.CONDITIONS)
    return cache


def _no_industry(cache: Cache) -> Cache:
    return [update for update in cache if update.fid != _INDUSTRY]


def _spilt(cache: Cache) -> Cache:
    spilt = [
        CacheUpdate(update.fid, update.index + 1, update.record)
        for update in cache
        if update.fid == _INDUSTRY and update.index is not None
    ]
    return [*cache, *spilt]


def _newest(command: Command) -> Command:
    """An update of the trips' file by its position means the newest trip."""
    if command.cla & 0x80 and command.p2 >> 3 == _TRIPS:
        return command._replace(p1=1, p2=_TRIPS << 3 | _BY_NUMBER)
    return command


class _OneTripLess(CompositeRules):
    def written(self, fid: int, records: tuple[bytes, ...]) -> tuple[bytes, ...]:
        records = super().written(fid, records)
        return (*records[:-1], bytes(len(records[-1]))) if fid == _TRIPS else records


FAULTS: Final = (
    CardFault("one-update-only", "one cache update is taken, a second refused", Rule(_OneUpdate)),
    CardFault(
        "composite-needs-update",
        "a composite purchase without updates is refused",
        Rule(_applied(_some)),
    ),
    CardFault("cache-written-at-once", "cache updates are written before the debit", Rule(_AtOnce)),
    CardFault(
        "cache-length-not-checked",
        "a cache update that is too short is filled up",
        Rule(_FilledUp),
    ),
    CardFault(
        "trip-overwrites-newest",
        "a trip replaces the newest instead of moving it on",
        Heard((INS.UPDATE_RECORD,), _newest),
    ),
    CardFault("trip-log-one-less", "the trip log keeps one trip less", Rule(_OneTripLess)),
    CardFault(
        "industry-update-lost",
        "updates of EF 1A are taken and forgotten",
        Rule(_applied(_no_industry)),
    ),
    CardFault(
        "industry-update-spills",
        "an update of EF 1A also lands in the next record",
        Rule(_applied(_spilt)),
    ),
)

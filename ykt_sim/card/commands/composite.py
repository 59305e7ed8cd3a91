"""Composite (CAPP) purchase: cached record updates that take effect with the debit.

After INITIALIZE FOR CAPP PURCHASE the terminal sends any number of UPDATE CAPP DATA
CACHE `80 DC`; DEBIT applies them with balance, log, counter and MAC/TAC as one atomic
update [GM 8.9][ttssC]. A debit without any cache update is allowed, as a validator's
retry path sends it [tBus]. The laboratory's state chart has 1A before 1E; the card takes
either order.
"""

from __future__ import annotations

from ykt_sim.card.commands.commits import debit
from ykt_sim.card.commands.records import record_target, update_record, with_record, write_index
from ykt_sim.card.context import CardContext
from ykt_sim.card.messaging import unwrap_write
from ykt_sim.card.model import CellKey, CellValue, Ef
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.records import BY_NUMBER, record_id
from ykt_sim.card.states import CacheUpdate, State
from ykt_sim.codes import SW, FileType
from ykt_sim.wire.apdu import Command


def update_cache_or_record(context: CardContext, command: Command) -> tuple[bytes, State]:
    """`80 DC`/`84 DC` caches an update; `00 DC`/`04 DC` is a plain UPDATE RECORD."""
    if not command.cla & 0x80:
        return update_record(context, command)
    transaction = context.rules.order.begun(context.session)
    fid, ef, mode = record_target(context, command)
    rules = context.rules.composite
    rules.may_cache(context, transaction, fid, ef)
    record = rules.record(ef, unwrap_write(context, command, ef))
    index = _cache_index(context, fid, ef, mode, command.p1, record)
    # A wrong shape is refused now.
    after = with_record(context.rules.records, ef, context.records(fid), index, record)
    rules.room(transaction)
    rules.waiting(context, transaction, CacheUpdate(fid, index, record), after)
    return b"", State.COMPOSITE


def _cache_index(
    context: CardContext, fid: int, ef: Ef, mode: int, p1: int, record: bytes
) -> int | None:
    """Where a cached record goes.

    By number (mode 100) or by record id (variable files); cyclic files append.
    """
    if ef.type == FileType.VARIABLE and mode != BY_NUMBER:
        p1 = context.rules.composite.identifier(p1, record_id(ef, record))
    return write_index(context, fid, ef, mode, p1)


def debit_composite(context: CardContext, command: Command) -> tuple[bytes, State]:
    """DEBIT FOR CAPP PURCHASE: apply every cached update together with the debit."""
    transaction = context.rules.order.begun(context.session)
    df, rules = context.session.df, context.rules.composite
    changed: dict[int, tuple[bytes, ...]] = {}
    for update in rules.applied(transaction.cache):
        ef = context.ef(update.fid)
        if ef is None:
            raise Refusal(SW.FILE_NOT_FOUND)
        records = changed.get(update.fid, context.records(update.fid))
        changed[update.fid] = with_record(
            context.rules.records, ef, records, update.index, update.record
        )
    extra: dict[CellKey, CellValue] = {}
    for fid, records in changed.items():
        extra["data", df, fid] = rules.written(fid, records)
    return debit(context, command, extra)

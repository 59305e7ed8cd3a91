"""Faults of record files; the rules are in `ykt_sim.card.rules.records`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ykt_sim.card.commands.records import record_target, with_record, write_index
from ykt_sim.card.context import CardContext
from ykt_sim.card.messaging import unwrap_write
from ykt_sim.card.model import Cells, Ef
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.composite import CompositeRules
from ykt_sim.card.rules.records import RECORD_FILES, RecordsRules
from ykt_sim.card.states import State, Transaction
from ykt_sim.card.tables import Handler
from ykt_sim.codes import INS, SW, FileType
from ykt_sim.faults.card.fault import CardFault, Image, Rule, Said, Switch, data, handled
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile

_INDUSTRY, _TRIPS = TunionFile.INDUSTRY, TunionFile.TRIPS
_LAST_INDUSTRY: Final = bytes.fromhex("2712")
_TRIP: Final = 48
_NEVER: Final = 0xEF
_ALWAYS: Final = 0xF0


# -- what a card was made with ---------------------------------------------------------


def _unwritten(change: Callable[[bytes], bytes | None]) -> Image:
    """Records of cyclic files never written are others; None leaves them out."""

    def changed(cells: Cells) -> None:
        for key, value in cells.items():
            ef = cells.get(("ef", *key[1:])) if key[0] == "data" else None
            if isinstance(ef, Ef) and isinstance(value, tuple) and ef.type == FileType.CYCLIC:
                made = (record if any(record) else change(record) for record in value)
                cells[key] = tuple(record for record in made if record is not None)

    return Image(changed)


def _no_2712(cells: Cells) -> None:
    for key, value in cells.items():
        if key[0] == "data" and key[2] == _INDUSTRY and isinstance(value, tuple):
            cells[key] = tuple(record for record in value if record[:2] != _LAST_INDUSTRY)


# -- which record ----------------------------------------------------------------------


class _LastHidden(RecordsRules):
    def by_number(self, ef: Ef, count: int, number: int) -> int:
        if ef.type == FileType.CYCLIC and number == count:
            raise Refusal(SW.RECORD_NOT_FOUND)
        return super().by_number(ef, count, number)


class _Wraps(RecordsRules):
    def by_number(self, ef: Ef, count: int, number: int) -> int:
        wraps = ef.type == FileType.CYCLIC and number > count
        return super().by_number(ef, count, 1 if wraps else number)


class _OldestFirst(RecordsRules):
    def by_number(self, ef: Ef, count: int, number: int) -> int:
        index = super().by_number(ef, count, number)
        return count - 1 - index if ef.type == FileType.CYCLIC else index


class _NextId(RecordsRules):
    def by_id(self, ef: Ef, records: Sequence[bytes], wanted: int) -> list[int]:
        return super().by_id(ef, records, wanted + 1)


# -- what is told and taken ------------------------------------------------------------


class _Truncates(RecordsRules):
    def told(self, record: bytes, le: int) -> bytes:
        return record[:le] if 0 < le < len(record) else super().told(record, le)


def _one_less(_command: bytes, answer: bytes) -> bytes:
    return bytes((0x6C, answer[1] - 1)) if answer[0] == SW.WRONG_LE >> 8 else answer


def _poor(command: bytes, told: bytes) -> bytes:
    trip = command[3] >> 3 == _TRIPS and len(told) == _TRIP and any(told)
    return told[:21] + bytes(4) + told[25:] if trip else told


class _AnybodyLogs(RecordsRules, CompositeRules):
    def may_write(self, card: Powered, ef: Ef) -> None:
        if ef.write_ac != _NEVER:
            super().may_write(card, ef)

    def may_cache(self, card: Powered, transaction: Transaction, fid: int, ef: Ef) -> None:
        if ef.write_ac != _NEVER:
            super().may_cache(card, transaction, fid, ef)


def _cached_at_once(update: Handler, context: CardContext, command: Command) -> tuple[bytes, State]:
    """A cache update outside a composite purchase is written, whoever asks for it."""
    if not command.cla & 0x80 or context.session.state is State.COMPOSITE:
        return update(context, command)
    fid, ef, mode = record_target(context, command)
    record = unwrap_write(context, command, ef)
    index = write_index(context, fid, ef, mode, command.p1)
    after = with_record(context.rules.records, ef, context.records(fid), index, record)
    context.put(("data", context.session.df, fid), after)
    return b"", State.IDLE


FAULTS: Final = (
    CardFault(
        "record-one-short",
        "READ RECORD gives one byte less",
        data(INS.READ_RECORD, change=lambda _command, told: told[:-1]),
    ),
    CardFault(
        "last-record-hidden",
        "the oldest record of a cyclic file is not found",
        Rule(_LastHidden),
    ),
    CardFault(
        "behind-last-record-wraps",
        "a record number behind the last one gives the newest",
        Rule(_Wraps),
    ),
    CardFault("oldest-first", "record 1 of a cyclic file is the oldest", Rule(_OldestFirst)),
    CardFault(
        "empty-record-6a83",
        "records never written are answered 6A83",
        _unwritten(lambda _record: None),
    ),
    CardFault(
        "empty-record-ff",
        "records never written read as FF",
        _unwritten(lambda record: b"\xff" * len(record)),
    ),
    CardFault(
        "record-id-off-by-one",
        "a record identifier finds the next record",
        Rule(_NextId),
    ),
    CardFault(
        "record-2712-missing",
        "the last industry record is not found",
        Image(_no_2712),
    ),
    CardFault(
        "ext-data-short",
        "READ EXT DATA gives two bytes less",
        data(INS.READ_EXT_DATA, change=lambda _command, told: told[:-2]),
    ),
    CardFault(
        "short-le-truncates",
        "READ RECORD with a short Le gives part of the record",
        Rule(_Truncates),
    ),
    CardFault(
        "wrong-6cxx",
        "6Cxx names one byte less than there is",
        Said((INS.READ_RECORD,), _one_less),
    ),
    CardFault(
        "balance-in-record",
        "the balance in trips reads as zero",
        data(INS.READ_RECORD, change=_poor),
    ),
    CardFault("log-writable", "anybody may write the transaction log", Rule(_AnybodyLogs)),
    CardFault(
        "cache-outside-composite",
        "cache updates are taken outside a composite purchase",
        handled(INS.UPDATE_RECORD, _cached_at_once),
    ),
    CardFault(
        "write-without-rights",
        "records are written without authentication",
        Switch(
            Ef,
            {"write_ac": _ALWAYS},
            lambda ef: ef.type in RECORD_FILES and ef.write_ac != _NEVER,
        ),
    ),
)

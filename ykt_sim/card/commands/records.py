"""Record files: READ, UPDATE and APPEND RECORD, and READ EXT DATA `80 B4`.

The rules are in `rules.records`. Cyclic files take appends by APPEND RECORD or by UPDATE
RECORD with P1 00 or mode 011/010 [GM 7.8]. Records never written answer 6A83; T-Union
cards hold all-zero records from issuance instead, and those are read like any other.
"""

from __future__ import annotations

from ykt_sim.card.context import CardContext
from ykt_sim.card.messaging import protect_answer, unwrap_read, unwrap_write
from ykt_sim.card.model import Ef
from ykt_sim.card.rules.records import BY_NUMBER, RecordsRules
from ykt_sim.card.states import State
from ykt_sim.wire.apdu import Command


def record_target(context: CardContext, command: Command) -> tuple[int, Ef, int]:
    """(FID, header, mode) of a record command; 6981 when it is no record file."""
    rules = context.rules.records
    mode = rules.mode(command.p2)
    fid, ef = context.target(command.p2 >> 3)
    rules.file_type(ef)
    return fid, ef, mode


def find_record(context: CardContext, fid: int, ef: Ef, mode: int, p1: int) -> int:
    """Position (0-based) of the record a command means, number 0 the current one.

    6A83 when there is none.
    """
    rules, records = context.rules.records, context.records(fid)
    pointer = context.session.record
    if mode == BY_NUMBER:
        if not p1 and 0 < pointer <= len(records):
            return pointer - 1
        return rules.by_number(ef, len(records), p1)
    rules.identifiers(ef)
    return rules.meant(rules.by_id(ef, records, p1), mode, pointer)


def read_record(context: CardContext, command: Command) -> tuple[bytes, State]:
    """READ RECORD; Le 00 or the exact length, any other Le answers 6Cxx."""
    rules = context.rules.records
    fid, ef, mode = record_target(context, command)
    context.demand(ef.read_ac)
    key = unwrap_read(context, command, ef)
    index = find_record(context, fid, ef, mode, command.p1)
    record = rules.told(context.records(fid)[index], rules.le(command.le))
    context.session.record = index + 1
    return protect_answer(context, ef, key, record), context.session.state


def read_ext_data(context: CardContext, command: Command) -> tuple[bytes, State]:
    """READ EXT DATA `80 B4 00 (SFI<<3) 02 id [Le]`: an industry record by its two-byte id."""
    rules = context.rules.records
    context.rules.parameters.p2_alone(command)
    fid, ef, mode = record_target(context, command)
    rules.ext_data(ef, mode)
    context.rules.parameters.length(command, 2)
    context.demand(ef.read_ac)
    record = rules.by_long_id(context.records(fid), command.data)
    return rules.told(record, command.le or 0), context.session.state


def with_record(
    rules: RecordsRules, ef: Ef, records: tuple[bytes, ...], index: int | None, record: bytes
) -> tuple[bytes, ...]:
    """Records after one write: replaced at ``index``, or appended when it is None.

    Raises:
        Refusal: 6700 wrong length, 6A84 no space, 6A80 a record that names itself wrongly.
    """
    rules.shape(ef, record)
    if index is None or index >= len(records):
        return rules.appended(ef, records, record)
    return (*records[:index], rules.replaced(records[index], record), *records[index + 1 :])


def write_index(context: CardContext, fid: int, ef: Ef, mode: int, p1: int) -> int | None:
    """Position an UPDATE means, None for an append (next free number, cyclic modes)."""
    if context.rules.records.appends(ef, len(context.records(fid)), mode, p1):
        return None
    return find_record(context, fid, ef, mode, p1)


def update_record(context: CardContext, command: Command) -> tuple[bytes, State]:
    """UPDATE RECORD outside a composite purchase; 80DC there answers 6901."""
    rules = context.rules.records
    rules.plain(command)
    fid, ef, mode = record_target(context, command)
    rules.may_write(context, ef)
    data = unwrap_write(context, command, ef)
    index = write_index(context, fid, ef, mode, command.p1)
    records = with_record(rules, ef, context.records(fid), index, data)
    context.put(("data", context.session.df, fid), records)
    return b"", State.IDLE


def append_record(context: CardContext, command: Command) -> tuple[bytes, State]:
    """APPEND RECORD to a variable, fixed or cyclic file."""
    rules = context.rules.records
    context.rules.parameters.p2_alone(command)
    fid, ef, _ = record_target(context, command)
    rules.may_write(context, ef)
    data = unwrap_write(context, command, ef)
    records = with_record(rules, ef, context.records(fid), None, data)
    context.put(("data", context.session.df, fid), records)
    return b"", State.IDLE

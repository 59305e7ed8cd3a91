"""Record files: READ, UPDATE and APPEND RECORD, and READ EXT DATA `80 B4`.

The rules are in `rules.records`. Cyclic files take appends by APPEND RECORD or by UPDATE
RECORD with P1 00 or mode 011/010 [GM 7.8]. Records never written answer 6A83; T-Union
cards hold all-zero records from issuance instead, and those are read like any other.
"""

from __future__ import annotations

from ykt_sim.card.context import Context
from ykt_sim.card.messaging import protect_answer, unwrap_read, unwrap_write
from ykt_sim.card.model import Ef
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.records import BY_NUMBER
from ykt_sim.card.states import State
from ykt_sim.codes import SW, FileType
from ykt_sim.wire.apdu import Command

_FIRST, _LAST, _NEXT, _PREVIOUS = range(4)


def record_target(context: Context, command: Command) -> tuple[int, Ef, int]:
    """(FID, header, mode) of a record command; 6981 when it is no record file."""
    rules = context.rules.records
    mode = rules.mode(command.p2)
    fid, ef = context.target(command.p2 >> 3)
    rules.file_type(ef)
    return fid, ef, mode


def find_record(context: Context, fid: int, ef: Ef, mode: int, p1: int) -> int:
    """Position (0-based) of the record a command means, number 0 the current one.

    6A83 when there is none.
    """
    rules, records = context.rules.records, context.records(fid)
    pointer = context.session.record
    if mode == BY_NUMBER:
        if not p1 and 0 < pointer <= len(records):
            return pointer - 1
        return rules.by_number(ef, len(records), p1)
    if ef.type != FileType.VARIABLE:
        raise Refusal(SW.NOT_SUPPORTED)
    hits = rules.by_id(ef, records, p1)
    if mode == _NEXT:
        hits = [index for index in hits if index >= pointer]
    elif mode == _PREVIOUS:
        hits = [index for index in hits if index < pointer - 1]
    if not hits:
        raise Refusal(SW.RECORD_NOT_FOUND)
    return hits[-1] if mode in (_LAST, _PREVIOUS) else hits[0]


def read_record(context: Context, command: Command) -> tuple[bytes, State]:
    """READ RECORD; Le 00 or the exact length, any other Le answers 6Cxx."""
    fid, ef, mode = record_target(context, command)
    context.demand(ef.read_ac)
    key = unwrap_read(context, command, ef)
    index = find_record(context, fid, ef, mode, command.p1)
    if command.le is None:
        raise Refusal(SW.WRONG_LENGTH)
    record = context.rules.records.told(context.records(fid)[index], command.le)
    context.session.record = index + 1
    return protect_answer(context, ef, key, record), context.session.state


def read_ext_data(context: Context, command: Command) -> tuple[bytes, State]:
    """READ EXT DATA `80 B4 00 (SFI<<3) 02 id [Le]`: an industry record by its two-byte id."""
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
    fid, ef, mode = record_target(context, command)
    if mode or ef.type != FileType.VARIABLE:
        raise Refusal(SW.WRONG_P1P2 if mode else SW.FILE_TYPE)
    if len(command.data) != 2:
        raise Refusal(SW.WRONG_LENGTH)
    context.demand(ef.read_ac)
    for record in context.records(fid):
        if record[:2] == command.data:
            told = context.rules.records.told(record, command.le or 0)
            return told, context.session.state
    raise Refusal(SW.RECORD_NOT_FOUND)


def with_record(
    ef: Ef, records: tuple[bytes, ...], index: int | None, record: bytes
) -> tuple[bytes, ...]:
    """Records after one write: replaced at ``index``, or appended when it is None.

    Raises:
        Refusal: 6700 wrong length, 6A84 no space, 6A80 a record that names itself wrongly.
    """
    _check_shape(ef, record)
    if index is not None and index < len(records):
        if len(record) != len(records[index]):
            raise Refusal(SW.WRONG_LENGTH)
        return (*records[:index], record, *records[index + 1 :])
    if ef.type == FileType.CYCLIC:
        return (record, *records)[: ef.max_records]
    if ef.type == FileType.FIXED and len(records) >= ef.max_records:
        raise Refusal(SW.NO_SPACE)
    if ef.type == FileType.VARIABLE and sum(map(len, records)) + len(record) > ef.size:
        raise Refusal(SW.NO_SPACE)
    return (*records, record)


def _check_shape(ef: Ef, record: bytes) -> None:
    if ef.type == FileType.VARIABLE:
        head = ef.id_size + 1
        if len(record) < head:
            raise Refusal(SW.WRONG_LENGTH)
        if record[ef.id_size] != (len(record) - head) & 0xFF and ef.id_size == 1:
            raise Refusal(SW.WRONG_DATA)
    elif len(record) != ef.record_length:
        raise Refusal(SW.WRONG_LENGTH)


def write_index(context: Context, fid: int, ef: Ef, mode: int, p1: int) -> int | None:
    """Position an UPDATE means, None for an append (next free number, cyclic modes)."""
    if ef.type == FileType.CYCLIC and (mode != BY_NUMBER or p1 == 0):
        return None
    if mode == BY_NUMBER and p1 == len(context.records(fid)) + 1 and ef.type != FileType.CYCLIC:
        return None
    return find_record(context, fid, ef, mode, p1)


def update_record(context: Context, command: Command) -> tuple[bytes, State]:
    """UPDATE RECORD outside a composite purchase; 80DC there answers 6901."""
    rules = context.rules.records
    rules.plain(command)
    fid, ef, mode = record_target(context, command)
    rules.may_write(context, ef)
    data = unwrap_write(context, command, ef)
    index = write_index(context, fid, ef, mode, command.p1)
    records = with_record(ef, context.records(fid), index, data)
    context.put(("data", context.session.df, fid), records)
    return b"", State.IDLE


def append_record(context: Context, command: Command) -> tuple[bytes, State]:
    """APPEND RECORD to a variable, fixed or cyclic file."""
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
    fid, ef, _ = record_target(context, command)
    context.rules.records.may_write(context, ef)
    data = unwrap_write(context, command, ef)
    records = with_record(ef, context.records(fid), None, data)
    context.put(("data", context.session.df, fid), records)
    return b"", State.IDLE

"""Record files: READ, UPDATE and APPEND RECORD, READ EXT DATA [GM 7.6, 7.8].

P2 is sssssmmm: SFI and mode. Mode 100 takes P1 as record number, modes 000..011 as record
identifier in variable files (first, last, next, previous).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ykt_sim.card.model import Ef
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, FileType
from ykt_sim.wire.apdu import Command

RECORD_FILES: Final = (FileType.FIXED, FileType.VARIABLE, FileType.CYCLIC)
BY_NUMBER: Final = 0b100
_LAST, _NEXT, _PREVIOUS = 1, 2, 3


class RecordsRules:
    """Which record is meant, and what is given or taken; in the order of the commands."""

    def mode(self, p2: int) -> int:
        """The low three bits of P2 are 000 to 100, else 6A86 [GM 7.6, 7.8]."""
        mode = p2 & 0b111
        if mode > BY_NUMBER:
            raise Refusal(SW.WRONG_P1P2)
        return mode

    def file_type(self, ef: Ef) -> None:
        """Record commands are for files of records, else 6981 [GM 7.6, 7.8]."""
        if ef.type not in RECORD_FILES:
            raise Refusal(SW.FILE_TYPE)

    def by_number(self, ef: Ef, count: int, number: int) -> int:
        """Position of a record, 0 the first: 1 of a cyclic file is the newest [GM 7.6, 7.8].

        6A83 when the file has no such record.
        """
        del ef
        if not 0 < number <= count:
            raise Refusal(SW.RECORD_NOT_FOUND)
        return number - 1

    def by_id(self, ef: Ef, records: Sequence[bytes], wanted: int) -> list[int]:
        """Positions of the records with an identifier [GM 7.6, 7.8]."""
        return [index for index, record in enumerate(records) if record_id(ef, record) == wanted]

    def identifiers(self, ef: Ef) -> None:
        """Records of variable files alone are found by identifier, else 6A81 [GM 7.6]."""
        if ef.type != FileType.VARIABLE:
            raise Refusal(SW.NOT_SUPPORTED)

    def meant(self, hits: Sequence[int], mode: int, pointer: int) -> int:
        """Of these the first, the last, the next one or the one before [GM 7.6].

        The record pointer says from where, 0 where there is none; no such record is 6A83.
        """
        if mode == _NEXT:
            hits = [index for index in hits if index >= pointer]
        elif mode == _PREVIOUS:
            hits = [index for index in hits if index < pointer - 1]
        if not hits:
            raise Refusal(SW.RECORD_NOT_FOUND)
        return hits[-1] if mode in (_LAST, _PREVIOUS) else hits[0]

    def appends(self, ef: Ef, count: int, mode: int, number: int) -> bool:
        """UPDATE RECORD appends to cyclic files, to others behind the last record [GM 7.8].

        A cyclic file is appended to with P1 00 or by any mode but the record number.
        """
        if ef.type == FileType.CYCLIC:
            return mode != BY_NUMBER or number == 0
        return mode == BY_NUMBER and number == count + 1

    def le(self, le: int | None) -> int:
        """READ RECORD without Le is 6700 [GM 7.6]."""
        if le is None:
            raise Refusal(SW.WRONG_LENGTH)
        return le

    def ext_data(self, ef: Ef, mode: int) -> None:
        """READ EXT DATA has no mode, else 6A86, and is for variable files, else 6981 [ttssC]."""
        if mode:
            raise Refusal(SW.WRONG_P1P2)
        if ef.type != FileType.VARIABLE:
            raise Refusal(SW.FILE_TYPE)

    def by_long_id(self, records: Sequence[bytes], wanted: bytes) -> bytes:
        """READ EXT DATA finds a record by its two bytes of identifier, or 6A83 [ttssC]."""
        for record in records:
            if record[:2] == wanted:
                return record
        raise Refusal(SW.RECORD_NOT_FOUND)

    def told(self, record: bytes, le: int) -> bytes:
        """Le is 00 or the record's length, else 6Cxx with that length [GM 7.6]."""
        if le not in (0, len(record)):
            raise Refusal(SW.WRONG_LE | len(record))
        return record

    def plain(self, command: Command) -> None:
        """`80 DC` is a cache update: outside a composite purchase it is 6901 [GM 8.9]."""
        if command.cla & 0x80:
            raise Refusal(SW.WRONG_STATE)

    def shape(self, ef: Ef, record: bytes) -> None:
        """A record has its file's length, else 6700; a variable one tells its own [GM 7.8].

        One that tells a wrong length is 6A80.
        """
        if ef.type == FileType.VARIABLE:
            head = ef.id_size + 1
            if len(record) < head:
                raise Refusal(SW.WRONG_LENGTH)
            if record[ef.id_size] != (len(record) - head) & 0xFF and ef.id_size == 1:
                raise Refusal(SW.WRONG_DATA)
        elif len(record) != ef.record_length:
            raise Refusal(SW.WRONG_LENGTH)

    def replaced(self, old: bytes, record: bytes) -> bytes:
        """A record is replaced by one as long as it, else 6700 [GM 7.8]."""
        if len(record) != len(old):
            raise Refusal(SW.WRONG_LENGTH)
        return record

    def appended(self, ef: Ef, records: tuple[bytes, ...], record: bytes) -> tuple[bytes, ...]:
        """A cyclic file loses its oldest record, any other that is full is 6A84 [GM 7.8]."""
        if ef.type == FileType.CYCLIC:
            return (record, *records)[: ef.max_records]
        if ef.type == FileType.FIXED and len(records) >= ef.max_records:
            raise Refusal(SW.NO_SPACE)
        if ef.type == FileType.VARIABLE and sum(map(len, records)) + len(record) > ef.size:
            raise Refusal(SW.NO_SPACE)
        return (*records, record)

    def may_write(self, card: Powered, ef: Ef) -> None:
        """Who writes a record has the rights the file asks for, else 6982 [GM 7.8, UM 5.2]."""
        card.demand(ef.write_ac)


def record_id(ef: Ef, record: bytes) -> int:
    """Low byte of a record's identifier (the second byte of two-byte ids 2701..)."""
    return record[ef.id_size - 1] if len(record) >= ef.id_size else -1

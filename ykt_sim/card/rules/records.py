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

    def told(self, record: bytes, le: int) -> bytes:
        """Le is 00 or the record's length, else 6Cxx with that length [GM 7.6]."""
        if le not in (0, len(record)):
            raise Refusal(SW.WRONG_LE | len(record))
        return record

    def plain(self, command: Command) -> None:
        """`80 DC` is a cache update: outside a composite purchase it is 6901 [GM 8.9]."""
        if command.cla & 0x80:
            raise Refusal(SW.WRONG_STATE)

    def may_write(self, card: Powered, ef: Ef) -> None:
        """Who writes a record has the rights the file asks for, else 6982 [GM 7.8, UM 5.2]."""
        card.demand(ef.write_ac)


def record_id(ef: Ef, record: bytes) -> int:
    """Low byte of a record's identifier (the second byte of two-byte ids 2701..)."""
    return record[ef.id_size - 1] if len(record) >= ef.id_size else -1

"""Elementary files of every standard, in one place; records with their own length byte.

The layouts live in `files_tunion`, `files_lnt`, `files_sam` and `ecash`; engines import them
from here.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Self

from ykt_sim.errors import PackError, ReadError
from ykt_sim.wire.ecash import EcashCardInfo, EcashCardInfoK5
from ykt_sim.wire.files_lnt import (
    METRO_TRIP_RECORD_ID,
    STATISTICS_RECORD_ID,
    LntApplication,
    LntMetroTrip,
    LntStatistics,
    LntTail,
    LntTransactionRecord,
    LntWallet,
    ShenzhenApplication,
)
from ykt_sim.wire.files_sam import SamApplicationFile, SamCardFile, SamTerminalFile
from ykt_sim.wire.files_tunion import (
    BUS_RECORD_ID,
    RAIL_RECORD_ID,
    BusRailRecord,
    BusRecord,
    BusTailOne,
    BusTailTwo,
    IndustryRecord,
    MonthlyStatistics,
    RailRecord,
    TransactionRecord,
    TripRecord,
    TripSerial,
    TunionApplication,
    TunionCardholder,
    TunionCardInfo,
)
from ykt_sim.wire.record import Record

__all__ = [
    "BUS_RECORD_ID",
    "FILE_RECORDS",
    "INDUSTRY_RECORDS",
    "METRO_TRIP_RECORD_ID",
    "RAIL_RECORD_ID",
    "STATISTICS_RECORD_ID",
    "BusRailRecord",
    "BusRecord",
    "BusTailOne",
    "BusTailTwo",
    "EcashCardInfo",
    "EcashCardInfoK5",
    "IndustryRecord",
    "LntApplication",
    "LntMetroTrip",
    "LntStatistics",
    "LntTail",
    "LntTransactionRecord",
    "LntWallet",
    "MonthlyStatistics",
    "RailRecord",
    "SamApplicationFile",
    "SamCardFile",
    "SamTerminalFile",
    "ShenzhenApplication",
    "TransactionRecord",
    "TripRecord",
    "TripSerial",
    "TunionApplication",
    "TunionCardInfo",
    "TunionCardholder",
    "VariableRecord",
    "industry_records",
    "is_empty",
]

#: Every record that is the content of a file or of an FCI.
FILE_RECORDS: Final[frozenset[type[Record]]] = frozenset(
    {
        BusRailRecord,
        BusRecord,
        EcashCardInfo,
        EcashCardInfoK5,
        IndustryRecord,
        LntApplication,
        LntMetroTrip,
        LntStatistics,
        LntTransactionRecord,
        LntWallet,
        MonthlyStatistics,
        RailRecord,
        SamApplicationFile,
        SamCardFile,
        SamTerminalFile,
        ShenzhenApplication,
        TransactionRecord,
        TripRecord,
        TunionApplication,
        TunionCardInfo,
        TunionCardholder,
    }
)

#: Record classes of EF 1A by the first two bytes; any other id is an `IndustryRecord`.
INDUSTRY_RECORDS: Final[dict[bytes, tuple[type[Record], ...]]] = {
    bytes.fromhex(RAIL_RECORD_ID): (RailRecord, BusRailRecord),
    bytes.fromhex(BUS_RECORD_ID): (BusRecord,),
}


def industry_records(data: bytes) -> tuple[type[Record], ...]:
    """Which classes may read this EF 1A record, by its id."""
    return INDUSTRY_RECORDS.get(bytes(data[:2]), (IndustryRecord,))


def is_empty(data: bytes) -> bool:
    """True for an all-zero record: the slot of a log that was never written [DUMP]."""
    return bool(data) and not any(data)


class VariableRecord(NamedTuple):
    """A record of a variable-record file: one id byte, one length byte, content.

    Seen in Lingnan Tong EF 08 (``18 14 ..``, ``C8 54 ..``) and T-Union EF 19
    (``01 2E ..``) [DUMP]. EF 1A is built otherwise: its id has two bytes.
    """

    id: int
    content: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one record that fills the data exactly; raises ReadError otherwise."""
        records = cls.parse_all(data)
        if len(records) != 1:
            size = len(records[0].content) + 2 if records else 0
            raise ReadError(
                f"expected one record, the data holds {len(data)} bytes",
                record=cls.__name__,
                offset=size,
            )
        return records[0]

    @classmethod
    def parse_all(cls, data: bytes) -> list[Self]:
        """Read records one after the other to the end; raises ReadError when one is cut."""
        records: list[Self] = []
        offset = 0
        while offset < len(data):
            if offset + 2 > len(data):
                raise ReadError(
                    "the data ends inside the record's head",
                    record=cls.__name__,
                    field="length",
                    offset=offset + 1,
                )
            end = offset + 2 + data[offset + 1]
            if end > len(data):
                raise ReadError(
                    f"record {data[offset]:02X} announces {data[offset + 1]} bytes, "
                    f"{len(data) - offset - 2} follow",
                    record=cls.__name__,
                    field="content",
                    offset=offset + 2,
                )
            records.append(cls(data[offset], bytes(data[offset + 2 : end])))
            offset = end
        return records

    def build(self) -> bytes:
        """Id, length, content; raises PackError when they do not fit a byte."""
        if not 0 <= self.id <= 0xFF:
            raise PackError(
                f"expected 0..255, got {self.id!r}", record="VariableRecord", field="id"
            )
        if len(self.content) > 0xFF:
            raise PackError(
                f"content of {len(self.content)} bytes does not fit a length byte",
                record="VariableRecord",
                field="content",
                offset=2,
            )
        return bytes((self.id, len(self.content))) + self.content

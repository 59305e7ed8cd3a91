"""What a wrong terminal writes: trips, industry records, what it reports for clearing.

Names and meanings stand in `deviations.DEVIATIONS`. Each table entry is one deviation: it
gives the fields that it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from ykt_sim.codes import Industry, RideState, TripType
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import BusRecord, RailRecord, TripRecord

#: As seen in the field: a neighbour's city, and an institution number of old.
_NEIGHBOUR: Final = "5820"
_OLD_ACQUIRER: Final = "00015860FFFFFFFF"


class Facts(NamedTuple):
    """What a wrong field may be taken from.

    Attributes:
        issuer: the card's issuer, eight digits; its last four are the issuing city.
        previous: city of the card's trip before, four digits; empty when it has none.
        fare: fen before discount.
        entry: the terminal is an entry.
        own: the card is one of the terminal's own issuers.
    """

    issuer: str
    previous: str
    fare: int
    entry: bool
    own: bool


_Trip = Callable[[TripRecord, Facts], dict[str, Any]]
_TRIP: Final[Mapping[str, _Trip]] = {
    "city-of-card": lambda _, facts: {"city": facts.issuer[4:]},
    "city-of-neighbour": lambda *_: {"city": _NEIGHBOUR},
    "city-7835": lambda *_: {"city": "7835"},
    "city-postcode": lambda *_: {"city": "5180"},
    "city-zero": lambda *_: {"city": "0000"},
    "city-previous": lambda trip, facts: {"city": facts.previous or trip.city},
    "acquirer-issuer-form": lambda trip, _: {"acquirer": "0" + trip.acquirer[1:]},
    "acquirer-zero-padded": lambda trip, _: {"acquirer": trip.acquirer[:8] + "0" * 8},
    "acquirer-of-card": lambda _, facts: {"acquirer": facts.issuer + "F" * 8},
    "acquirer-ascii": lambda *_: {"acquirer": b"00290000".hex()},
    "acquirer-old-number": lambda *_: {"acquirer": _OLD_ACQUIRER},
    "trip-year-wrong": lambda trip, _: {
        "datetime": f"{int(trip.datetime[:4]) - 1}{trip.datetime[4:]}"
    },
    "trip-type-wrong": lambda *_: {"type": TripType.SINGLE_VARIANT},
    "trip-industry-wrong": lambda *_: {"industry": Industry.TAXI},
    "trip-amount-full": lambda _, facts: {"amount": facts.fare},
    "trip-amount-wrong": lambda trip, _: {"amount": trip.amount + 1},
    "trip-balance-before": lambda trip, _: {"balance_after": trip.balance_after + trip.amount},
    "trip-terminal-zero": lambda *_: {"terminal": "0" * 16},
    "trip-line-zero": lambda *_: {"line_station": "0" * 14},
    "trip-time-zero": lambda trip, _: {"datetime": trip.datetime[:8] + "0" * 6},
}  # fmt: skip


def trip(wrong: frozenset[str], record: TripRecord, facts: Facts) -> TripRecord:
    """The EF 1E record as it is written."""
    return _changed(wrong, _TRIP, record, facts)


_Record = TypeVar("_Record", TripRecord, RailRecord, BusRecord)


def _changed(
    wrong: frozenset[str],
    table: Mapping[str, Callable[[Any, Facts], dict[str, Any]]],
    record: _Record,
    facts: Facts,
) -> _Record:
    for name in sorted(wrong & table.keys()):
        record = record.replace(**table[name](record, facts))
    return record


_INSIDE: Final = {"state": RideState.INSIDE}
_RAIL: Final[Mapping[str, Callable[[RailRecord, Facts], dict[str, Any]]]] = {
    "industry-state-stuck": lambda *_: _INSIDE,
    "industry-entry-lost": lambda _, facts: {} if facts.entry else {
        "entry_city": "0" * 4, "entry_acquirer": "0" * 16, "entry_station": "0" * 16,
        "entry_terminal": "0" * 16, "entry_datetime": "0" * 14,
    },
    "industry-city-wrong": lambda _, facts: {
        "entry_city" if facts.entry else "exit_city": facts.issuer[4:]
    },
    "industry-time-wrong": lambda record, facts: (
        {"entry_datetime": record.entry_datetime[:8] + "0" * 6}
        if facts.entry
        else {"exit_datetime": record.exit_datetime[:8] + "0" * 6}
    ),
    "industry-maximum-zero": lambda _, facts: {"amount": 0} if facts.entry else {},
    "industry-id-wrong": lambda *_: {"id": "2703"},
}  # fmt: skip
_BUS: Final[Mapping[str, Callable[[BusRecord, Facts], dict[str, Any]]]] = {
    "industry-state-stuck": lambda *_: _INSIDE,
    "industry-entry-lost": lambda _, facts: {} if facts.entry else {
        "boarding_city": "0" * 4, "boarding_acquirer": "0" * 16, "boarding_line": "0" * 10,
        "boarding_terminal": "0" * 16, "boarding_datetime": "0" * 14,
    },
    "industry-city-wrong": lambda _, facts: {
        "boarding_city" if facts.entry else "alighting_city": facts.issuer[4:]
    },
    "industry-time-wrong": lambda record, facts: (
        {"boarding_datetime": record.boarding_datetime[:8] + "0" * 6}
        if facts.entry
        else {"alighting_datetime": record.alighting_datetime[:8] + "0" * 6}
    ),
    "industry-maximum-zero": lambda _, facts: {"maximum_amount": 0} if facts.entry else {},
    "industry-id-wrong": lambda *_: {"id": "2703"},
}  # fmt: skip


def industry(wrong: frozenset[str], record: bytes, facts: Facts) -> bytes:
    """The EF 1A record as it is written."""
    if record[:2].hex() == "2701":
        return _changed(wrong, _RAIL, RailRecord.parse(record), facts).build()
    return _changed(wrong, _BUS, BusRecord.parse(record), facts).build()


def updates(wrong: frozenset[str], commands: list[bytes], facts: Facts) -> list[bytes]:
    """The cache updates that are sent, the last one first."""
    if "no-trip" in wrong or ("no-trip-for-own-cards" in wrong and facts.own):
        return commands[1:]
    if "no-entry-record" in wrong and facts.entry:
        return []
    if "trip-before-industry" in wrong:
        return [*commands[1:], commands[0]]
    return commands


_Clearing = Callable[[ClearingRecord], dict[str, Any]]
_CLEARING: Final[Mapping[str, _Clearing]] = {
    "clearing-counter-after": lambda record: {"counter": record.counter + 1},
    "clearing-codes-swapped": lambda record: {"tac": record.mac2, "mac2": record.tac},
    "clearing-amount-wrong": lambda record: {"amount": record.amount + 1},
    "clearing-serial-zero": lambda _: {"terminal_serial": "0" * 8},
    "clearing-city-of-card": lambda record: {"city": record.issuer[4:] or "0000"},
    "clearing-card-wrong": lambda record: {"card": record.card[:-1] + "5"},
    "clearing-balance-wrong": lambda record: {"balance_after": record.balance_before},
    "clearing-time-wrong": lambda record: {"datetime": record.datetime[:12] + "00"},
    "sequence-stuck": lambda _: {"sequence": 1},
}


def clearing(
    wrong: frozenset[str], record: ClearingRecord | None, dispute: ClearingRecord | None
) -> ClearingRecord | None:
    """The record that goes to clearing."""
    if record is None:
        return dispute if "clearing-of-disputed" in wrong else None
    if "clearing-missing" in wrong:
        return None
    for name in sorted(wrong & _CLEARING.keys()):
        record = replace(record, **_CLEARING[name](record))
    return record

"""Where the open ride of a card began, as its own files tell."""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.codes import LNT, BusState, LntSubType, RideState
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.seen import Purse
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.files import BusRecord, LntTransactionRecord, RailRecord

#: The declared entry; another one in this terminal's city; one of another city; an entry that is
#: not the newest record of its log.
DECLARED, KNOWN, STRANGE, BEHIND = "declared", "known", "strange", "behind"


class Ride(msgspec.Struct, frozen=True):
    """An open ride.

    Attributes:
        where: it began: ``declared``, ``known``, ``strange``; ``behind``: it may be open; empty
            where none is.
        station: one of those from which other fares are declared; empty where it is none.
        marked: highest fare that the entry wrote, fen; 0 where it wrote none.
        place: what the entry wrote of itself, in digits.
    """

    where: str = ""
    station: str = ""
    marked: int = 0
    place: str = ""


_NONE: Final = Ride()


def begun(terms: Terms, purse: Purse, standard: str) -> Ride:
    """The open ride of a purse."""
    if standard == LNT:
        return _logged(terms, purse)
    data = bytes.fromhex(purse.rail if terms.record == "2701" else purse.bus)
    try:
        if terms.record == "2701":
            rail = RailRecord.parse(data)
            inside, marked = rail.state == RideState.INSIDE, rail.amount
            city, station = rail.entry_city, rail.entry_station
        else:
            bus = BusRecord.parse(data)
            inside, marked = bus.state == BusState.BOARDED, bus.maximum_amount
            city = bus.boarding_city
            station = bus.boarding_operator + bus.boarding_line + bus.boarding_station
    except ReadError:
        return _NONE
    if not inside:
        return _NONE
    entry, where = terms.entry, KNOWN if city == terms.place.city else STRANGE
    if entry.city and city == entry.city and station == entry.station.ljust(len(station), "0"):
        where = DECLARED
    code = station.ljust(16, "0")
    listed = city == terms.place.city and code in terms.stations
    return Ride(where, code if listed else "", marked, city + station)


def _logged(terms: Terms, purse: Purse) -> Ride:
    """The newest record of the log, if it is an entry [DUMP metro].

    Behind an entry nothing but a ride may stand before its exit, as far as sources go: whether a
    terminal looks past a load or a purchase, none says. Where no entry is behind them, or an exit
    before one, no ride is open either way.
    """
    last = _line(purse.log)
    if last is None or not last.type:
        return _NONE
    if not last.tells_ride:
        told = _line(purse.ride or "")
        out = told is None or told.sub_type in _EXITS
        return _NONE if out and purse.ride is not None else Ride(BEHIND)
    if last.sub_type in _EXITS:
        return _NONE
    declared = terms.entry.terminal or terms.place.terminal
    same = last.terminal.upper() == declared.upper()
    gate = terms.gates.get(last.terminal.upper(), "")
    return Ride(DECLARED if same or gate else STRANGE, gate, 0, last.terminal)


_EXITS: Final = (LntSubType.METRO_EXIT, LntSubType.METRO_EXIT_VARIANT)


def _line(record: str) -> LntTransactionRecord | None:
    try:
        return LntTransactionRecord.parse(bytes.fromhex(record))
    except ReadError:
        return None

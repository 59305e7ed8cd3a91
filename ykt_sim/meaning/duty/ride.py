"""Where the open ride of a card began, as its own files tell."""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.codes import LNT, LntSubType, RideState
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.clock import dated
from ykt_sim.meaning.duty.seen import Purse
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.files import BusRecord, LntTransactionRecord, RailRecord

#: The declared entry; another one in this terminal's city; one of another city; an entry that may
#: stand behind the newest record of its log; a record of which nobody says what it means.
DECLARED, KNOWN, STRANGE, BEHIND, ODD = "declared", "known", "strange", "behind", "odd"


class Ride(msgspec.Struct, frozen=True):
    """An open ride.

    Attributes:
        where: it began: ``declared``, ``known``, ``strange``; ``behind``, ``odd``: it may be
            open; empty where none is.
        station: one of those from which other fares are declared; empty where it is none.
        marked: highest fare that the entry wrote, fen; 0 where it wrote none.
        place: what the entry wrote of itself, in digits.
        moment: when it was begun, 14 digits; empty where nobody knows the year.
        doubt: why nobody says what becomes of it; empty where somebody does.
    """

    where: str = ""
    station: str = ""
    marked: int = 0
    place: str = ""
    moment: str = ""
    doubt: str = ""


_NONE: Final = Ride()


#: States that both records of EF 1A know, by the same bytes [CODE x3] cards facts 3.9.
_STATES: Final = tuple(RideState)
#: Digits of operator and line in front of a stop.
_LINE: Final = 8
#: Flags in the head of a record: valid, of the usual kind, not locked.
_USUAL: Final = ("01", "01", "00")


def begun(terms: Terms, purse: Purse, standard: str, clock: str = "") -> Ride:
    """The open ride of a purse; by the clock a Lingnan Tong log, which has no years, is dated."""
    if standard == LNT:
        return _logged(terms, purse, clock)
    record: RailRecord | BusRecord
    data = bytes.fromhex(purse.rail if terms.record == "2701" else purse.bus)
    try:
        if terms.record == "2701":
            rail = record = RailRecord.parse(data)
            marked, moment = rail.amount, rail.entry_datetime
            city, station = rail.entry_city, rail.entry_station
        else:
            bus = record = BusRecord.parse(data)
            marked, moment = bus.maximum_amount, bus.boarding_datetime
            city = bus.boarding_city
            station = bus.boarding_operator + bus.boarding_line + bus.boarding_station
    except ReadError:
        return _NONE
    if record.state not in _STATES:
        why = f"no source says what state {record.state:02X} of EF 1A means"
        return Ride(ODD, place=data[:15].hex(), doubt=why)
    if record.state != RideState.INSIDE:
        return _NONE
    if (record.application_valid, record.record_kind, record.lock_flag) != _USUAL:
        why = "no source speaks of a ride whose record is not valid, or locked"
        return Ride(ODD, place=data.hex(), doubt=why)
    entry, where = terms.entry, KNOWN if city == terms.place.city else STRANGE
    if terms.record != "2701" and not _own_line(terms, station):
        where = STRANGE
    if entry.city and city == entry.city and station == entry.station.ljust(len(station), "0"):
        where = DECLARED
    code = station.ljust(16, "0")
    listed = city == terms.place.city and code in terms.stations
    return Ride(where, code if listed else "", marked, city + station, moment)


def _own_line(terms: Terms, station: str) -> bool:
    """Who alights from a bus has boarded it, on its line; any may be its own that says none.

    Operator and line together name a line [CODE x3] cards facts 3.9.
    """
    own = terms.place.station.ljust(_LINE, "0")[:_LINE]
    return not terms.place.station or station[:_LINE] == own


def _logged(terms: Terms, purse: Purse, clock: str) -> Ride:
    """The newest entry or exit in the log, if it is an entry [DUMP metro].

    A log is in order of time (cards facts 6.4), so loads and purchases after an entry end no ride.
    Where nobody looked behind them, nobody knows.
    """
    last = _line(purse.log)
    if last is None or not last.type:
        return _NONE
    if not _tells(terms, last):
        if purse.ride is None:
            return Ride(BEHIND)
        last = _line(purse.ride)
        if last is None:
            return _NONE
        if not _tells(terms, last):
            return Ride(BEHIND)
    if last.sub_type in _EXITS:
        return _NONE if _ours(terms, last) else Ride(ODD, doubt=_SECONDS)
    declared = terms.entry.terminal or terms.place.terminal
    same = last.terminal.upper() == declared.upper()
    gate = terms.gates.get(last.terminal.upper(), "")
    moment = dated(f"{last.month_day}{last.hour_minute}00", clock) if clock else ""
    return Ride(DECLARED if same or gate else STRANGE, gate, 0, last.terminal, moment)


def _ours(terms: Terms, line: LntTransactionRecord) -> bool:
    """It was written at this terminal or at a gate that is declared."""
    own = (terms.entry.terminal, terms.place.terminal, *terms.gates)
    return line.terminal.upper() in {one.upper() for one in own}


def _tells(terms: Terms, line: LntTransactionRecord) -> bool:
    """It begins or ends a ride.

    An entry costs nothing [DUMP metro] cards facts 6.4, unless one of these gates has collected
    there what was left unpaid; whoever else charges has written a second there.
    """
    paid = line.sub_type == LntSubType.METRO_ENTRY and line.amount > 0
    return line.tells_ride and (not paid or _ours(terms, line))


_SECONDS: Final = "an exit at a gate nobody knows has the same record as a bus ride in that second"
_EXITS: Final = (LntSubType.METRO_EXIT, LntSubType.METRO_EXIT_VARIANT)


def _line(record: str) -> LntTransactionRecord | None:
    try:
        return LntTransactionRecord.parse(bytes.fromhex(record))
    except ReadError:
        return None

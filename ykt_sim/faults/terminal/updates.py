"""Faults in what is written with the debit: EF 1E trips, EF 1A industry records.

They change the cache updates on their way to the card. Some swallow an update: nothing is
sent, and the terminal goes on as if the card had taken it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ykt_sim.codes import Cla, Industry, RideState, TripType
from ykt_sim.faults.terminal.border import Border, Heard, Said, saying
from ykt_sim.faults.terminal.fault import Between, TerminalFault
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action, SendCard
from ykt_sim.terminal.context import TerminalContext
from ykt_sim.terminal.machine import Machine
from ykt_sim.terminal.phases import Phase
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import RAIL_RECORD_ID, BusRecord, RailRecord, TripRecord

_TRIPS, _INDUSTRY = TunionFile.TRIPS, TunionFile.INDUSTRY
#: As seen in the field: a neighbour's city, and an institution number of old.
_NEIGHBOUR: Final = "5820"
_OLD_ACQUIRER: Final = "00015860FFFFFFFF"

_Fields = dict[str, Any]


def _update(machine: Machine, action: Action) -> tuple[Command, int] | None:
    """The cache update that an action is, and its short file identifier."""
    if machine.phase is not Phase.CACHE or not isinstance(action, SendCard):
        return None
    command = Command.parse(action.apdu)
    return command, command.p2 >> 3


def _trip(change: Callable[[TripRecord, TerminalContext], _Fields]) -> tuple[Between]:
    """Other fields in the EF 1E record."""
    return (Between(saying(lambda machine, action: _other_trip(machine, action, change))),)


def _other_trip(
    machine: Machine, action: Action, change: Callable[[TripRecord, TerminalContext], _Fields]
) -> Action:
    found = _update(machine, action)
    if found is None or found[1] != _TRIPS:
        return action
    record = TripRecord.parse(found[0].data)
    record = record.replace(**change(record, machine.context))
    return SendCard(found[0]._replace(data=record.build()).build())


class _Ride(NamedTuple):
    """How an EF 1A record names its fields, at the side where the terminal stands.

    Attributes:
        record: rail or bus.
        begun, here: first words of the fields about the entry, and about this side.
        place: last words of the fields about the place.
        maximum: the field that holds the highest fare.
        entry: this side is the entry.
        city: the card's issuing city.
    """

    record: type[RailRecord | BusRecord]
    begun: str
    here: str
    place: tuple[str, ...]
    maximum: str
    entry: bool
    city: str


def _ride(context: TerminalContext) -> _Ride:
    entry, city = context.profile.direction == "entry", _issuing_city(context)
    if context.profile.ride.record == RAIL_RECORD_ID:
        here = "entry" if entry else "exit"
        return _Ride(RailRecord, "entry", here, ("station",), "amount", entry, city)
    here = "boarding" if entry else "alighting"
    place = ("operator", "line", "station")
    return _Ride(BusRecord, "boarding", here, place, "maximum_amount", entry, city)


def _industry(change: Callable[[RailRecord | BusRecord, _Ride], _Fields]) -> tuple[Between]:
    """Other fields in the EF 1A record."""

    def says(machine: Machine, action: Action) -> Action:
        found = _update(machine, action)
        if found is None or found[1] != _INDUSTRY:
            return action
        ride = _ride(machine.context)
        record = ride.record.parse(found[0].data)
        data = record.replace(**change(record, ride)).build()
        return SendCard(found[0]._replace(p1=data[1], data=data).build())

    return (Between(saying(says)),)


def _entry_lost(record: RailRecord | BusRecord, ride: _Ride) -> _Fields:
    if ride.entry:
        return {}
    words = ("city", "acquirer", *ride.place, "terminal", "datetime")
    lost = (f"{ride.begun}_{word}" for word in words)
    return {name: "0" * len(getattr(record, name)) for name in lost}


def _no_time(record: RailRecord | BusRecord, ride: _Ride) -> _Fields:
    name = f"{ride.here}_datetime"
    return {name: getattr(record, name)[:8] + "0" * 6}


def _issuing_city(context: TerminalContext) -> str:
    """The last four digits of the card's issuer."""
    return context.tap.tunion.issuer[4:]


def _swallowed(which: Callable[[int, TerminalContext], bool]) -> tuple[Between]:
    """Updates that are not sent; ``which`` is given the short file identifier."""

    def says(machine: Machine, action: Action) -> Said:
        found = _update(machine, action)
        if found is not None and which(found[1], machine.context):
            return ev.CardAnswered(b"")
        return action

    return (Between(saying(says)),)


def _plain(machine: Machine, action: Action) -> Action:
    found = _update(machine, action)
    return action if found is None else SendCard(found[0]._replace(cla=Cla.ISO).build())


class _PreviousCity(Border):
    """Remembers the city of the trip that this tap has read."""

    def __init__(self) -> None:
        self._city = ""

    def hears(self, machine: Machine, event: ev.Event) -> Heard:
        if isinstance(event, ev.CardPresented):
            self._city = ""
        if machine.phase is Phase.READ_1E and isinstance(event, ev.CardAnswered):
            data = event.data
            if len(data) == TripRecord.SIZE and any(data):
                self._city = TripRecord.parse(data).city
        return event

    def says(self, machine: Machine, action: Action) -> Said:
        return _other_trip(
            machine, action, lambda trip, _context: {"city": self._city or trip.city}
        )


FAULTS: Final = (
    # city and acquirer: faults met in the field
    TerminalFault(
        "city-of-card",
        "EF 1E carries the card's issuing city (Foshan, Jiangmen buses)",
        _trip(lambda _, context: {"city": _issuing_city(context)}),
    ),
    TerminalFault(
        "city-of-neighbour",
        "EF 1E carries a neighbour's city (Huizhou, Zhanjiang buses)",
        _trip(lambda *_: {"city": _NEIGHBOUR}),
    ),
    TerminalFault(
        "city-7835",
        "EF 1E carries 7835, which is no city (Zhuhai buses)",
        _trip(lambda *_: {"city": "7835"}),
    ),
    TerminalFault(
        "city-postcode",
        "EF 1E carries a city in post-code style, 5180 (Shenzhen tram)",
        _trip(lambda *_: {"city": "5180"}),
    ),
    TerminalFault(
        "city-zero",
        "EF 1E carries city 0000 (Dalian)",
        _trip(lambda *_: {"city": "0000"}),
    ),
    TerminalFault(
        "city-previous",
        "EF 1E carries the city of the card's trip before (one maker's validators)",
        (Between(_PreviousCity),),
    ),
    TerminalFault(
        "acquirer-issuer-form",
        "the acquirer is written in issuer form, 0 in front (Shenzhen tram)",
        _trip(lambda trip, _: {"acquirer": "0" + trip.acquirer[1:]}),
    ),
    TerminalFault(
        "acquirer-zero-padded",
        "the acquirer is padded with 00 instead of FF (Foshan, Guangzhou)",
        _trip(lambda trip, _: {"acquirer": trip.acquirer[:8] + "0" * 8}),
    ),
    TerminalFault(
        "acquirer-of-card",
        "the card's issuer code stands in the acquirer field",
        _trip(lambda _, context: {"acquirer": context.tap.tunion.issuer + "F" * 8}),
    ),
    TerminalFault(
        "acquirer-ascii",
        "the acquirer is eight ASCII characters",
        _trip(lambda *_: {"acquirer": b"00290000".hex()}),
    ),
    TerminalFault(
        "acquirer-old-number",
        "the acquirer has an organisation number of old (Shantou ferry)",
        _trip(lambda *_: {"acquirer": _OLD_ACQUIRER}),
    ),
    TerminalFault(
        "trip-year-wrong",
        "the year in EF 1E is wrong, in DEBIT it is right (Shijiazhuang)",
        _trip(lambda trip, _: {"datetime": f"{int(trip.datetime[:4]) - 1}{trip.datetime[4:]}"}),
    ),
    TerminalFault(
        "no-trip",
        "no EF 1E is written (Zhongshan buses)",
        _swallowed(lambda sfi, _: sfi == _TRIPS),
    ),
    TerminalFault(
        "no-trip-for-own-cards",
        "no EF 1E for cards of the own city (Tangshan, Taiyuan)",
        _swallowed(
            lambda sfi, context: (
                sfi == _TRIPS and context.tap.tunion.issuer in context.profile.interoperability.own
            )
        ),
    ),
    TerminalFault(
        "no-entry-record",
        "nothing is written at the entry (Shenzhen metro gates)",
        _swallowed(lambda _, context: context.profile.direction == "entry"),
    ),
    # other fields of the trip
    TerminalFault(
        "trip-type-wrong",
        "EF 1E has type 0A, a load, whatever the ride is",
        _trip(lambda *_: {"type": TripType.LOAD}),
    ),
    TerminalFault(
        "trip-industry-wrong",
        "EF 1E names the industry 04, taxi",
        _trip(lambda *_: {"industry": Industry.TAXI}),
    ),
    TerminalFault(
        "trip-amount-full",
        "EF 1E carries the fare before discount",
        _trip(lambda _, context: {"amount": context.quoted().fare}),
    ),
    TerminalFault(
        "trip-amount-wrong",
        "EF 1E carries one fen more than was charged",
        _trip(lambda trip, _: {"amount": trip.amount + 1}),
    ),
    TerminalFault(
        "trip-balance-before",
        "EF 1E carries the balance before the debit",
        _trip(lambda trip, _: {"balance_after": trip.balance_after + trip.amount}),
    ),
    TerminalFault(
        "trip-terminal-zero",
        "EF 1E has zeros as terminal number",
        _trip(lambda *_: {"terminal": "0" * 16}),
    ),
    TerminalFault(
        "trip-line-zero",
        "EF 1E has zeros as line and station",
        _trip(lambda *_: {"line_station": "0" * 14}),
    ),
    TerminalFault(
        "trip-time-zero",
        "EF 1E has no time of day",
        _trip(lambda trip, _: {"datetime": trip.datetime[:8] + "0" * 6}),
    ),
    # industry records
    TerminalFault(
        "industry-state-stuck",
        "the exit leaves state 01 (inside) in EF 1A",
        _industry(lambda *_: {"state": RideState.INSIDE}),
    ),
    TerminalFault(
        "industry-entry-lost",
        "the exit blanks the entry's part of EF 1A",
        _industry(_entry_lost),
    ),
    TerminalFault(
        "industry-city-wrong",
        "EF 1A carries the card's issuing city",
        _industry(lambda _, ride: {f"{ride.here}_city": ride.city}),
    ),
    TerminalFault(
        "industry-time-wrong",
        "EF 1A has another time than DEBIT",
        _industry(_no_time),
    ),
    TerminalFault(
        "industry-maximum-zero",
        "the entry writes no maximum fare to EF 1A",
        _industry(lambda _, ride: {ride.maximum: 0} if ride.entry else {}),
    ),
    TerminalFault(
        "industry-id-wrong",
        "the industry record is written as 2703",
        _industry(lambda *_: {"id": "2703"}),
    ),
    TerminalFault(
        "plain-update",
        "records are updated with class 00, outside the purchase",
        (Between(saying(_plain)),),
    ),
)

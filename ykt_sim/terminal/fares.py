"""Fares: pure functions of a profile and of what the card says. Money in fen, rounded down.

Where the sources say nothing (rounding, which monthly sum counts) the profile's docs say
what this project does.
"""

from __future__ import annotations

from typing import NamedTuple

from ykt_sim.codes import Code, TripType
from ykt_sim.profiles.terminals import Distance, Fare, Station, TerminalProfile
from ykt_sim.terminal.events import Refuse


class Entered(NamedTuple):
    """A ride that was begun and not ended.

    Attributes:
        station: where, None when this table does not know it.
        maximum: fen kept on the card as the highest possible fare.
    """

    station: Station | None
    maximum: int


class Quote(NamedTuple):
    """What a tap costs.

    Attributes:
        amount: fen to debit now, discounts applied.
        fare: fen before discounts.
        need: fen the card must be able to pay; at an entry the lowest fare besides.
        trip: first byte of the EF 1E record.
    """

    amount: int
    fare: int
    need: int
    trip: TripType


def discounted(fare: Fare, standard: str, amount: int, month: int | None) -> int:
    """Apply the monthly discount, or the standard's percentage when none applies.

    Args:
        fare: the profile's fare.
        standard: ``tunion`` or ``lnt``.
        amount: fen before discounts.
        month: fen paid so far this month, None when not known.
    """
    percent = 100
    if fare.percent:
        percent = next((p for name, p in fare.percent.items() if name == standard), 100)
    if fare.monthly and month is not None:
        reached = [step for step in fare.monthly if month > step.over]
        if reached:
            percent = max(reached, key=lambda step: step.over).percent
    return amount * percent // 100


def by_distance(distance: Distance, start: Station, end: Station) -> int:
    """Fare between two stations of a table."""
    metres = abs(start.at - end.at)
    for step in distance.steps:
        if metres <= step.up_to:
            return step.amount
    return max(step.amount for step in distance.steps)


def station_by_code(profile: TerminalProfile, digits: str) -> Station | None:
    """Station whose code begins these digits and is followed by zeros only."""
    if profile.fare.distance is None:
        return None
    for station in profile.fare.distance.stations:
        if digits.startswith(station.code) and not digits[len(station.code) :].strip("0"):
            return station
    return None


def station_by_terminal(profile: TerminalProfile, terminal: str) -> Station | None:
    """Station one of whose entry gates has this terminal number."""
    if profile.fare.distance is None:
        return None
    for station in profile.fare.distance.stations:
        if terminal in station.terminals:
            return station
    return None


def quote(
    profile: TerminalProfile, standard: str, entered: Entered | None, month: int | None
) -> Quote | Refuse:
    """Work out what this tap costs, or why it is refused."""
    if profile.direction == "entry":
        return _entry(profile, standard, entered, month)
    if profile.direction == "exit":
        return _exit(profile, standard, entered, month)
    full = profile.fare.maximum
    amount = discounted(profile.fare, standard, full, month)
    return Quote(amount, full, amount, TripType.SINGLE)


def _entry(
    profile: TerminalProfile, standard: str, entered: Entered | None, month: int | None
) -> Quote | Refuse:
    owed = 0
    if entered is not None and profile.ride.entry_inside == "refuse":
        return Refuse(Code.ALREADY_INSIDE)
    if entered is not None and profile.ride.entry_inside == "charge-max":
        owed = entered.maximum or profile.fare.maximum
    amount = discounted(profile.fare, standard, owed, month)
    least = discounted(profile.fare, standard, profile.fare.minimum, month)
    trip = TripType.ENTRY if profile.kind == "metro" else TripType.BOARDING
    return Quote(amount, owed, amount + least, trip)


def _exit(
    profile: TerminalProfile, standard: str, entered: Entered | None, month: int | None
) -> Quote | Refuse:
    fare, ride = profile.fare, profile.ride
    here = station_by_code(profile, profile.station)
    if entered is None:
        if ride.exit_outside == "refuse":
            return Refuse(Code.NOT_INSIDE)
        full = fare.minimum if ride.exit_outside == "charge-min" else fare.maximum
    elif entered.station is None or here is None or fare.distance is None:
        if ride.unknown_station == "refuse":
            return Refuse(Code.UNKNOWN_STATION)
        full = entered.maximum or fare.maximum
    else:
        full = by_distance(fare.distance, entered.station, here)
    amount = discounted(fare, standard, full, month)
    return Quote(amount, full, amount, TripType.EXIT)

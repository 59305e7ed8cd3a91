"""Fares: from a profile and from what the card says. Money in fen, rounded down.

Where the sources say nothing (rounding, which monthly sum counts) the profile's docs say
what this project does. Broken rides are a setting, since operators differ.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ykt_sim.codes import Code, Standard, TripType
from ykt_sim.profiles.terminals import Distance, Fare, Station, TerminalProfile, Transfer
from ykt_sim.terminal.events import Refuse
from ykt_sim.terminal.tap import Entered, Quote, Tap


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


def moment_of(digits: str) -> datetime | None:
    """Date and time of 14 digits; None where they are none."""
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


class FareRules:
    """What a tap costs, or why it is refused."""

    def quote(self, profile: TerminalProfile, tap: Tap) -> Quote | Refuse:
        """The terminal's direction says which fare it is [LAB PICCL2]."""
        if profile.direction == "entry":
            return self.entry(profile, tap.entered_standard(), tap.entered, tap.month)
        if profile.direction == "exit":
            return self.exit(profile, tap.entered_standard(), tap.entered, tap.month)
        quote = self.single(profile, tap.entered_standard(), tap.month)
        transfer = profile.fare.transfer
        if transfer is None or not self.transferred(profile, transfer, tap):
            return quote
        return quote._replace(amount=transfer.amount, need=transfer.amount)

    def transferred(self, profile: TerminalProfile, transfer: Transfer, tap: Tap) -> bool:
        """A ride on another line of this city, begun at most so many minutes ago [YKT]."""
        trip = tap.tunion.trip
        if trip is None or tap.standard != Standard.TUNION or trip.city != profile.city:
            return False
        begun = moment_of(trip.datetime)
        if begun is None or trip.line_station == profile.line_station:
            return False
        ago = (moment_of(tap.now) or begun) - begun
        return timedelta(0) <= ago <= timedelta(minutes=transfer.minutes)

    def discounted(self, fare: Fare, standard: Standard, amount: int, month: int | None) -> int:
        """The monthly discount, or the standard's percentage when none applies.

        Args:
            fare: the profile's fare.
            standard: of the purse that pays.
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

    def single(self, profile: TerminalProfile, standard: Standard, month: int | None) -> Quote:
        """One tap a ride: the flat fare."""
        full = profile.fare.maximum
        amount = self.discounted(profile.fare, standard, full, month)
        return Quote(amount, full, amount, TripType.SINGLE)

    def entry(
        self,
        profile: TerminalProfile,
        standard: Standard,
        entered: Entered | None,
        month: int | None,
    ) -> Quote | Refuse:
        """An entry costs nothing and wants the lowest fare on the card.

        What a card that is inside already owes, the profile says.
        """
        owed = 0
        if entered is not None and profile.ride.entry_inside == "refuse":
            return Refuse(Code.ALREADY_INSIDE)
        if entered is not None and profile.ride.entry_inside == "charge-max":
            owed = entered.maximum or profile.fare.maximum
        amount = self.discounted(profile.fare, standard, owed, month)
        least = self.discounted(profile.fare, standard, profile.fare.minimum, month)
        return Quote(amount, owed, amount + least, TripType.ENTRY)

    def exit(
        self,
        profile: TerminalProfile,
        standard: Standard,
        entered: Entered | None,
        month: int | None,
    ) -> Quote | Refuse:
        """An exit costs the way from where the ride began."""
        here = station_by_code(profile, profile.station)
        distance = profile.fare.distance
        if entered is None:
            full = self.never_entered(profile)
        elif entered.station is None or here is None or distance is None:
            full = self.unknown_station(profile, entered)
        else:
            full = self.by_distance(distance, entered.station, here)
        if not isinstance(full, int):
            return full
        amount = self.discounted(profile.fare, standard, full, month)
        return Quote(amount, full, amount, TripType.EXIT)

    def never_entered(self, profile: TerminalProfile) -> int | Refuse:
        """What an exit without an entry costs, the profile says; fen before discounts."""
        match profile.ride.exit_outside:
            case "refuse":
                return Refuse(Code.NOT_INSIDE)
            case "charge-min":
                return profile.fare.minimum
            case _:
                return profile.fare.maximum

    def unknown_station(self, profile: TerminalProfile, entered: Entered) -> int | Refuse:
        """A ride from a station that is not in the table costs the most, or is refused."""
        if profile.ride.unknown_station == "refuse":
            return Refuse(Code.UNKNOWN_STATION)
        return entered.maximum or profile.fare.maximum

    def by_distance(self, distance: Distance, start: Station, end: Station) -> int:
        """The first step that reaches far enough, else the highest fare."""
        metres = abs(start.at - end.at)
        for step in distance.steps:
            if metres <= step.up_to:
                return step.amount
        return max(step.amount for step in distance.steps)

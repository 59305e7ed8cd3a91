"""What a ride costs a card: where it began, what is declared for it, what is given.

Nothing is guessed: where neither the statement nor a source says what a ride comes to, that is
said, with the amounts among which it is left open.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.codes import LNT, TUNION, TripType
from ykt_sim.meaning.duty.clock import seconds_between
from ykt_sim.meaning.duty.month import step_of, sums
from ykt_sim.meaning.duty.price import INIT, Ground, Price
from ykt_sim.meaning.duty.ride import BEHIND, DECLARED, KNOWN, STRANGE, Ride, begun
from ykt_sim.meaning.duty.seen import Purse
from ykt_sim.meaning.duty.terms import Policy, Terms
from ykt_sim.wire.files import MonthlyStatistics, TripRecord

#: Seconds that a ride may last for sure; of longer ones a statement has to say so.
_LONG: Final = 3 * 3600


class Open(msgspec.Struct, frozen=True):
    """What a ride costs is left open.

    Attributes:
        why: in words.
        amounts: fen that it may come to before discounts; empty: any.
    """

    why: str
    amounts: tuple[int, ...] = ()

    def price(self, terms: Terms, standard: str) -> Price:
        """The amounts that may be taken, those after a discount among them."""
        if not self.amounts:
            return Price(standard, None)
        parts = [part for _, part in terms.monthly] if standard == TUNION else []
        less = (amount * part // 100 + up for amount in self.amounts for part in parts
                for up in (0, 1))  # fmt: skip
        return Price(standard, self.amounts[0], may=(*self.amounts, *less))


def price_of(terms: Terms, purse: Purse, standard: str, clock: str) -> Price | Ground | Open:
    """The price of a ride before discounts, what is against it, or why it is not stated."""
    fare = terms.fare.get(standard, 0)
    if terms.direction == "single":
        return Price(standard, fare, fare, terms.full)
    ride = begun(terms, purse, standard, clock)
    doubt = _doubt(terms, ride, clock)
    if doubt:
        return Open(doubt)
    if ride.where == STRANGE and standard == LNT:
        return _strange_gate(terms)
    if terms.direction == "entry":
        least = terms.minimum.get(standard, 0)
        ground = Ground("INSIDE", INIT, "is inside already")
        policy = terms.entry_inside if ride.where else "allow"
        return _by(policy, terms, ground, Price(standard, fare, least), ride.marked)
    if ride.station:
        fares = terms.stations[ride.station]
        charged = fares.charged.get(standard, 0)
        return Price(standard, charged, charged, fares.full)
    return _exit(terms, Price(standard, fare, 0, terms.full), ride)


def _doubt(terms: Terms, ride: Ride, clock: str) -> str:
    """Why nobody says what a ride costs; empty where somebody may."""
    if ride.where == BEHIND:
        return "the newest record of a Lingnan Tong card is none of its ride, and no other is known"
    if ride.doubt or not ride.where:
        return ride.doubt
    ago = seconds_between(ride.moment, clock)
    if ago is None:
        return "no source speaks of a ride that does not tell when it began"
    if terms.direction == "entry":
        return ""  # a fare is collected at the next entry whenever that is
    if ago < 0 or (terms.time_limit != "none" and ago > _LONG):
        return "no source says how long a ride may last"
    return ""


def _strange_gate(terms: Terms) -> Ground | Open:
    """A Lingnan Tong card that entered at a gate nobody knows, or at none."""
    words: tuple[Policy, ...] = ("allow", terms.entry_inside)
    if terms.direction == "exit":
        words = (terms.exit_outside, terms.unknown_station)
    charges = {
        "allow": terms.fare.get(LNT, 0),
        "charge-max": terms.maximum.get(LNT, 0),
        "charge-min": terms.minimum.get(LNT, 0),
    }
    found = tuple(charges[word] for word in words if word in charges)
    if not found:
        return Ground("STATION", INIT, "entered at a gate nobody knows")
    return Open("a Lingnan Tong card that entered at a gate nobody knows", found)


def _exit(terms: Terms, price: Price, ride: Ride) -> Price | Ground | Open:
    if ride.where == KNOWN and terms.others != "unknown":
        return Open("the fare from this station is not declared")
    if not ride.where:
        return _by(terms.exit_outside, terms, Ground("OUTSIDE", INIT, "never entered"), price)
    if ride.where == DECLARED:
        return msgspec.structs.replace(price, need=price.amount or 0)
    if ride.marked not in {0, terms.highest} and terms.unknown_station == "charge-max":
        why = "whether an exit takes its own highest fare or the one that the entry marked"
        highest = terms.maximum.get(price.standard, 0)
        return Open(why, (highest, ride.marked) if highest == terms.highest else ())
    ground = Ground("STATION", INIT, "entered at a station nobody knows")
    return _by(terms.unknown_station, terms, ground, price)


def _by(
    policy: Policy, terms: Terms, ground: Ground, price: Price, marked: int = 0
) -> Price | Ground | Open:
    """What is declared for a broken ride.

    Args:
        policy: as declared.
        terms: of the terminal.
        ground: where it is refused.
        price: the usual one, and what else is needed.
        marked: fen that the entry wrote, which are collected from who never alights, however
            long ago that was [CODE] cards facts 3.9; 0: it wrote none.
    """
    if policy == "refuse":
        return ground
    standard, highest = price.standard, terms.maximum.get(price.standard, 0)
    full = price.full if policy == "allow" else None
    if policy == "charge-max":
        full = marked or terms.highest
        if marked not in {0, terms.highest}:
            if highest != terms.highest:
                return Open("what a marked fare comes to for this standard is not declared")
            highest = marked
    charges = {
        "allow": price.amount or 0,
        "charge-max": highest,
        "charge-min": terms.minimum.get(standard, 0),
    }
    return Price(standard, charges[policy], charges[policy] + price.need, full)


# -- what is given ---------------------------------------------------------------------------


def discounted(terms: Terms, purse: Purse, clock: str, price: Price, paid: int) -> Price:
    """The price less what is declared to be given; open where that is not declared.

    Args:
        terms: of the terminal.
        purse: that pays.
        clock: of the terminal.
        price: before discounts.
        paid: fen that the card has paid here.
    """
    if price.standard == TUNION and terms.monthly:
        return _of_month(terms, purse, clock, price)
    if price.standard == TUNION and terms.transfer_minutes and terms.direction == "single":
        return _transfer(terms, purse, clock, price)
    if step_of(paid) or any(map(step_of, sums(purse, clock))):
        # A discount may be earned that no statement declares.
        return msgspec.structs.replace(price, amount=None)
    return price


#: Names of the sums in EF 19.
_SUMS: Final = {"sum-1": "sum_1", "sum-2": "sum_2"}


def _of_month(terms: Terms, purse: Purse, clock: str, price: Price) -> Price:
    """The declared discount of the month, which takes the place of the usual fare.

    Open where the sum that counts or the full fare of a ride is not declared, or EF 19 is
    another city's.
    """
    if terms.monthly_sum not in _SUMS:
        return msgspec.structs.replace(price, amount=None)
    data = bytes.fromhex(purse.month)
    paid = 0
    if len(data) == MonthlyStatistics.SIZE and data[0] == 1:
        record = MonthlyStatistics.parse(data)
        if (record.year, record.month) == (clock[2:4], clock[4:6]):
            paid = getattr(record, _SUMS[terms.monthly_sum])
    elif purse.month:
        return msgspec.structs.replace(price, amount=None)
    parts = [step for step in terms.monthly if paid > step[0]]
    if not parts:
        return price
    percent, besides = max(parts)[1], price.need - (price.amount or 0)
    if price.amount == 0:
        return msgspec.structs.replace(price, spare=besides * percent // 100)
    if price.full is None:
        return msgspec.structs.replace(price, amount=None)
    amount, left = divmod(price.full * percent, 100)
    return Price(
        price.standard, amount, amount + besides, price.full, rounded=left > 0,
        spare=amount + besides * percent // 100 if besides else None,
    )  # fmt: skip


def _transfer(terms: Terms, purse: Purse, clock: str, price: Price) -> Price:
    """The declared fare of a ride that follows the stated one soon enough.

    EF 1E tells seconds (cards facts 3.7), so a minute that has begun is over the stated ones.
    Open at the end of the window, as far as the terminal's clock may be off, after a ride on a
    line that is not stated, after what is no single ride, and where the newest trip lies ahead.
    """
    data = bytes.fromhex(purse.trip)
    if len(data) != TripRecord.SIZE:
        return price
    trip = TripRecord.parse(data)
    ago = seconds_between(trip.datetime, clock)
    line = trip.line_station.upper()
    if ago is None or trip.city != terms.place.city or line == terms.place.line_station.upper():
        return price
    late = ago - 60 * terms.transfer_minutes
    if late > terms.tolerance_s:
        return price
    stated = line == terms.transfer_from and trip.type == TripType.SINGLE
    if ago < 0 or abs(late) <= terms.tolerance_s or not stated:
        return msgspec.structs.replace(
            price, may=(terms.transfer_fare,), spare=min(terms.transfer_fare, price.need)
        )
    return Price(price.standard, terms.transfer_fare, terms.transfer_fare)

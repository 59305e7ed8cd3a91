"""What a terminal has declared: the part of its statement that money and duty depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ykt_sim.codes import LNT, LOAD, TUNION, Standard

#: What is declared for a card that is inside at an entry, or outside at an exit.
Policy = Literal["allow", "refuse", "charge-max", "charge-min"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal writes of itself, in digits as they stand on cards.

    Attributes:
        city: 4 digits of EF 1E.
        acquirer: 16 digits.
        line_station: 14 digits of EF 1E.
        station: of EF 1A, up to 16 digits; empty where it writes none.
        industry: 2 digits.
        terminal: number under MAC1 and TAC, 12 digits.
        trip_terminal: number in EF 1E, 16 digits.
        ride_terminal: number in EF 1A, 16 digits.
    """

    city: str = ""
    acquirer: str = ""
    line_station: str = ""
    station: str = ""
    industry: str = ""
    terminal: str = ""
    trip_terminal: str = ""
    ride_terminal: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The entry from which the declared fares of an exit count."""

    city: str = ""
    station: str = ""
    terminal: str = ""


class Fares(msgspec.Struct, frozen=True):
    """What a ride from a station costs, fen: before discounts, and by standard."""

    full: int
    charged: Mapping[str, int]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal has declared. Amounts in fen.

    Attributes:
        direction: ``single``, ``entry``, ``exit`` or ``load``.
        record: EF 1A record of rides, ``2701`` or ``2702``; empty for single rides.
        priority: standards that it takes, the first choice first.
        way_in: what it selects first: ``ppse-first``, ``lnt-probe-first``, ``direct``.
        without_ppse: ``direct`` or ``refuse``.
        fare: charged, by standard; ``full``: before discounts.
        maximum, minimum: highest and lowest charge, by standard; ``highest``: the highest
            fare, which an entry writes.
        types: ``composite`` or ``simple``, by standard.
        key_index: of the purchase key in INITIALIZE.
        overdraft: a card's overdraft may pay.
        recovery: a torn tap is finished when the card comes back.
        tolerance_s: seconds that the clock may be off.
        white: pairs of issuer and IIN; None where it has no such list.
        black: card numbers; 19 digits of a PAN, 16 of a Lingnan Tong card.
        judged: it reads the interoperability flag.
        own: issuers that pass without the flag.
        fallback: without EF 17: ``ecash``, ``accept``, ``refuse``.
        entry_inside, exit_outside, unknown_station: what it does with broken rides.
        again: the same card at once again: ``charge`` or ``refuse``.
        entry: where rides begin that its fares are declared for.
        stations: fares from other entries, by station in 16 digits; gates: their stations by
            terminal number.
        others: ``unknown``: every other entry is one that nobody knows; or not stated.
        time_limit: ``none``: a ride may last as long as it will; or not stated.
        monthly: discount of T-Union cards: above so many fen, percent of the full fare.
        monthly_sum: which sum of EF 19 that is: ``sum-1``, ``sum-2``, or not stated.
        transfer_minutes: a transfer is within so many; 0: nothing is stated. transfer_fare: what
            it costs a T-Union card; transfer_from: line and station of a ride before it.
        second: ``tried`` or ``not tried``: the other application after a refusal; or not stated.
        enabled: ``judged`` or ``not judged``: the enable flag; or not stated.
        least, most: of a load.
        codes: it shows 2449, 5469 and 2731.
        clearing: its reports hold the clearing record.
    """

    direction: str = "single"
    record: str = ""
    priority: tuple[str, ...] = ()
    way_in: str = "ppse-first"
    without_ppse: str = "direct"
    fare: Mapping[str, int] = {}
    full: int = 0
    maximum: Mapping[str, int] = {}
    minimum: Mapping[str, int] = {}
    highest: int = 0
    types: Mapping[str, str] = {}
    key_index: int = 1
    overdraft: bool = False
    recovery: bool = True
    tolerance_s: int = 0
    white: frozenset[tuple[str, str]] | None = None
    black: frozenset[str] = frozenset()
    judged: bool = False
    own: frozenset[str] = frozenset()
    fallback: str = "refuse"
    entry_inside: Policy = "allow"
    exit_outside: Policy = "refuse"
    unknown_station: Policy = "charge-max"
    again: str = "charge"
    entry: Entry = Entry()
    stations: Mapping[str, Fares] = {}
    gates: Mapping[str, str] = {}
    others: str = ""
    time_limit: str = ""
    monthly: tuple[tuple[int, int], ...] = ()
    monthly_sum: str = ""
    transfer_minutes: int = 0
    transfer_fare: int = 0
    transfer_from: str = ""
    second: str = ""
    enabled: str = ""
    least: int = 0
    most: int = 0
    codes: bool = False
    clearing: bool = False
    place: Place = Place()

    @property
    def load(self) -> bool:
        """It is a load point."""
        return self.direction == LOAD

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Terms:
        """From a statement of the form that the conformance suite gives a terminal."""
        takes, fare, rides = stated["applications"], stated["fare"], stated["rides"]
        white, black, flag = (
            stated["white_list"], stated["black_list"], stated["interoperability"],
        )  # fmt: skip
        buys, place = stated["purchase"], stated["place"]
        tariff = stated.get("tariff", {})
        stations = [(str(row[0]).ljust(16, "0"), row) for row in tariff.get("stations", ())]
        number = str(place["terminal_prefix"]) + str(place["terminal_number"])
        return cls(
            direction=LOAD if stated["device"]["kind"] == LOAD else stated["device"]["direction"],
            record=stated["device"]["record"],
            priority=tuple(one for one in takes["priority"] if takes[one]),
            way_in=takes["entry"],
            without_ppse=takes["without_ppse"],
            fare={one.value: int(fare[one]) for one in Standard},
            full=int(fare["full"]),
            maximum={one.value: int(fare[f"maximum_{one}"]) for one in Standard},
            minimum={one.value: int(fare[f"minimum_{one}"]) for one in Standard},
            highest=int(fare["maximum"]),
            types={one.value: str(buys[one]) for one in Standard},
            key_index=int(buys["key_index"]),
            overdraft=bool(buys["overdraft"]),
            recovery=bool(buys["recovery"]),
            tolerance_s=int(stated["clock"]["tolerance_s"]),
            white=frozenset((pair[0], pair[1]) for pair in white["pairs"])
            if white["enabled"] and white["pairs"]
            else None,
            black=frozenset(black["numbers"]) if black["enabled"] else frozenset(),
            judged=bool(flag["judged"]),
            own=frozenset(flag["own"]),
            fallback=flag["fallback"],
            entry_inside=rides["entry_inside"],
            exit_outside=rides["exit_outside"],
            unknown_station=rides["unknown_station"],
            again=rides["again"],
            entry=Entry(
                city=rides["entry_city"],
                station=rides["entry_station"],
                terminal=rides["entry_terminal"],
            ),
            stations={
                code: Fares(int(row[2]), {TUNION: int(row[3]), LNT: int(row[4])})
                for code, row in stations
            },
            gates={str(row[1]).upper(): code for code, row in stations},
            others=str(tariff.get("others", "")),
            time_limit=str(rides.get("time_limit", "")),
            monthly=tuple((int(over), int(part)) for over, part in tariff.get("monthly", ())),
            monthly_sum=str(tariff.get("monthly_sum", "")),
            transfer_minutes=int(tariff.get("transfer_minutes", 0)),
            transfer_fare=int(tariff.get("transfer_fare", 0)),
            transfer_from=str(tariff.get("transfer_from", "")).upper(),
            second=str(takes.get("second", "")),
            enabled=str(takes.get("enable_flag", "")),
            least=int(stated["load"]["minimum"]),
            most=int(stated["load"]["maximum"]),
            codes=bool(stated["reports"]["codes"]),
            clearing=bool(stated["reports"]["clearing"]),
            place=Place(
                city=place["city"],
                acquirer=str(place["acquirer"]).upper(),
                line_station=place["line_station"],
                station=place["station"],
                industry=place["industry"],
                terminal=str(place["terminal_number"]).upper(),
                trip_terminal=str(place["trip_terminal"] or number).upper(),
                ride_terminal=number.upper(),
            ),
        )

"""What is wrong with a terminal's profile: malformed values, and values that contradict others.

Each problem names its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

from ykt_sim.codes import Standard
from ykt_sim.profiles.terminal_parts import Distance, TerminalProfile

VERSION: Final = 1
#: Digits of a line and station in EF 1E, and of a terminal number.
_LINE_STATION: Final = 14
_TERMINAL: Final = 12

#: Where something is wrong, and what.
Problem = tuple[str, str]


def problems(profile: TerminalProfile) -> Iterator[Problem]:
    """Everything that is wrong with a profile whose values have their types.

    Gives:
        the place, ``$.fare.flat``, and what is wrong with it.
    """
    for look in (_malformed, _in_the_fare, _in_the_ride, _in_the_rest):
        yield from look(profile)


def _malformed(profile: TerminalProfile) -> Iterator[Problem]:
    """Values that are wrong whatever the others are."""
    if profile.version != VERSION:
        yield "$.version", f"this program reads {VERSION}"
    yield from _digits("$.city", profile.city, 4)
    yield from _digits("$.acquirer", profile.acquirer, 16)
    yield from _digits("$.line_station", profile.line_station, _LINE_STATION)
    yield from _digits("$.industry", profile.industry, 2)
    yield from _digits("$.sam.serial", profile.sam.serial, 20)
    yield from _digits("$.sam.terminal", profile.sam.terminal, _TERMINAL)
    yield from _digits("$.sam.prefix", profile.sam.prefix, 4)
    if not 0 <= profile.already_paid_s <= 86_400:
        yield "$.already_paid_s", "is 0..86400 seconds"
    if not profile.vehicle.isascii() or len(profile.vehicle) > 8:
        yield "$.vehicle", "expected up to 8 ASCII characters"
    priority = profile.applications.priority
    if not 0 < len(set(priority)) == len(priority):
        yield "$.applications.priority", "expected one or two different standards"
    for at, number in enumerate(profile.black_list):
        if not re.fullmatch("[0-9]{19}|[0-9]{16}", number):
            yield f"$.black_list[{at}]", f"expected 19 or 16 digits, got {number!r}"
    for at, pair in enumerate(profile.white_list.pairs):
        for part, code in enumerate(pair):
            yield from _digits(f"$.white_list.pairs[{at}][{part}]", code, 8)
    for at, code in enumerate(profile.interoperability.own):
        yield from _digits(f"$.interoperability.own[{at}]", code, 8)


def _in_the_fare(profile: TerminalProfile) -> Iterator[Problem]:
    fare = profile.fare
    if (fare.flat is None) == (fare.distance is None):
        yield "$.fare", "give either flat or distance"
    for standard in fare.percent:
        yield from _taken(profile, f"$.fare.percent.{standard}", standard)
    if fare.transfer is not None and not (profile.direction == "single" and profile.reads.trip):
        yield "$.fare.transfer", "belongs to single rides, and needs reads.trip"
    overs = [step.over for step in fare.monthly]
    yield from _rising("$.fare.monthly[{}].over", overs, int.__lt__)
    tunion = Standard.TUNION in profile.applications.priority
    if fare.monthly and tunion and not fare.keep_statistics:
        yield "$.fare.monthly", "needs keep_statistics: without it no monthly sum ever grows"
    if fare.keep_statistics and not (tunion and profile.purchase.tunion == "composite"):
        yield "$.fare.keep_statistics", "needs composite purchases of tunion, which write EF 19"
    if fare.distance is not None:
        yield from _in_the_table(profile, fare.distance)
    elif profile.station:
        yield "$.station", "belongs to a fare by distance"


def _in_the_table(profile: TerminalProfile, distance: Distance) -> Iterator[Problem]:
    where = "$.fare.distance"
    if not distance.steps:
        yield f"{where}.steps", "expected at least one"
    yield from _rising(f"{where}.steps[{{}}].up_to", [s.up_to for s in distance.steps], int.__lt__)
    amounts = [step.amount for step in distance.steps]
    yield from _rising(f"{where}.steps[{{}}].amount", amounts, int.__le__)
    codes = [station.code for station in distance.stations]
    for at, station in enumerate(distance.stations):
        if not re.fullmatch(f"[0-9A-Fa-f]{{1,{_LINE_STATION}}}", station.code):
            got = f"expected 1 to {_LINE_STATION} digits, got {station.code!r}"
            yield f"{where}.stations[{at}].code", got
        for gate, number in enumerate(station.terminals):
            yield from _digits(f"{where}.stations[{at}].terminals[{gate}]", number, _TERMINAL)
    if profile.station not in codes:
        yield "$.station", f"not among {', '.join(codes)}"
    elif profile.line_station != _padded(profile.station):
        says = f"is what an exit looks for, expected {_padded(profile.station)}: station and zeros"
        yield "$.line_station", says
    if _twice(_padded(code) for code in codes):
        yield f"{where}.stations", "a code stands twice"
    if number := _twice(gate for station in distance.stations for gate in station.terminals):
        yield f"{where}.stations", f"terminal {number} stands twice"
    for at, station in enumerate(distance.stations):
        if profile.sam.terminal in station.terminals and station.code != profile.station:
            says = f"this terminal's own number, but it stands at station {profile.station}"
            yield f"{where}.stations[{at}].terminals", says


def _in_the_ride(profile: TerminalProfile) -> Iterator[Problem]:
    direction, record = profile.direction, profile.ride.record
    if direction == "single" and profile.fare.distance is not None:
        yield "$.direction", "single rides have a flat fare"
    gates = direction in ("entry", "exit")
    if gates != bool(record):
        yield "$.ride.record", "entry and exit need a record, single rides have none"
    if (profile.kind, record) in {("metro", "2702"), ("bus", "2701")}:
        yield "$.ride.record", f"2701 is rail, 2702 is bus; this is a {profile.kind}"
    if not gates:
        return
    if Standard.TUNION in profile.applications.priority and profile.purchase.tunion == "simple":
        yield "$.purchase.tunion", "a simple purchase keeps no ride: entry and exit need composite"
    if Standard.LNT in profile.applications.priority and profile.purchase.lnt_sub_type != "ride":
        yield "$.purchase.lnt_sub_type", "entry and exit need 'ride': by it an exit finds the entry"
    if Standard.LNT in profile.applications.priority and profile.purchase.lnt == "simple":
        yield "$.purchase.lnt", "an exit looks for a composite entry: entry and exit need composite"


def _in_the_rest(profile: TerminalProfile) -> Iterator[Problem]:
    load = profile.load
    if (profile.direction == "load") != (load is not None):
        yield "$.load", "belongs to direction load, and is needed there"
    if (profile.direction == "load") != (profile.kind == "load"):
        yield "$.kind", "load goes with direction load, and with no other"
    if Standard.TUNION in profile.applications.priority and not profile.white_pairs():
        yield "$.white_list", "no pair at all: every T-Union card would be refused"
    if load is None:
        return
    if not 0 < load.minimum <= load.maximum:
        yield "$.load.minimum", f"expected 1 to the maximum {load.maximum}, got {load.minimum}"
    for standard, pin in load.pin.items():
        if not re.fullmatch("(?:[0-9A-Fa-f]{2}){2,6}", pin):
            yield f"$.load.pin.{standard}", "expected 2 to 6 bytes in hex"
        yield from _taken(profile, f"$.load.pin.{standard}", standard)


def _digits(path: str, value: str, count: int) -> Iterator[Problem]:
    if not re.fullmatch(f"[0-9A-Fa-f]{{{count}}}", value):
        yield path, f"expected {count} digits, got {value!r}"


def _taken(profile: TerminalProfile, path: str, standard: Standard) -> Iterator[Problem]:
    if standard not in profile.applications.priority:
        yield path, "this terminal does not take that standard ($.applications.priority)"


def _rising(path: str, values: list[int], holds: Callable[[int, int], bool]) -> Iterator[Problem]:
    for at, (before, value) in enumerate(pairwise(values), 1):
        if not holds(before, value):
            yield path.format(at), f"out of order: {value} follows {before}"


def _padded(code: str) -> str:
    return code.ljust(_LINE_STATION, "0")


def _twice(values: Iterable[str]) -> str:
    """The first value that was there before, empty when all differ."""
    met: set[str] = set()
    for value in values:
        if value in met:
            return value
        met.add(value)
    return ""

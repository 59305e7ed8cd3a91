"""Terminal profiles: a terminal's kind, place, lists, fares and habits as one TOML file.

Money is integers in fen, codes are the digits that stand on cards. What no source fixes
(policies for broken rides, rounding, example stations) is a setting here, not code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.errors import ProfileError
from ykt_sim.profiles import loading
from ykt_sim.profiles.registry import load_registry

VERSION: Final = 1
_ROOM: Final = "terminals"

#: Digits of a line and station in EF 1E, and of a terminal number.
_LINE_STATION: Final = 14
_TERMINAL: Final = 12

Byte = Annotated[int, msgspec.Meta(ge=0, le=0xFF)]
#: What a ride can cost, and any other sum; fen.
FareFen = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Fen = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFF)]
Metres = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Entry = Literal["ppse-first", "direct", "lnt-probe-first"]
Kind = Literal["bus", "metro", "ferry", "load"]
Direction = Literal["single", "entry", "exit", "load"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of a profile."""


class Title(_Part, frozen=True, kw_only=True):
    """A short name for people."""

    en: str
    zh: str


class Applications(_Part, frozen=True, kw_only=True):
    """Which standards the terminal takes and how it enters a card.

    Attributes:
        priority: standards in order of preference.
        entry: ``ppse-first`` selects PPSE and follows it; ``direct`` selects AIDs in
            priority order; ``lnt-probe-first`` probes PAY.APPY, then goes by PPSE. A dual
            card that has answered PPSE hides PAY.* until reset [DUMP-reported], so the
            machine resets the card before it looks for PAY.APPY after a PPSE.
    """

    priority: tuple[Standard, ...]
    entry: Entry


class SamData(_Part, frozen=True, kw_only=True):
    """The PSAM that sits in the terminal.

    Attributes:
        serial: PSAM serial, 20 digits.
        terminal: terminal number in PSAM file 16, 12 digits; goes under MAC1 and TAC.
        prefix: 4 digits before it in the 8-byte terminal number of EF 1E.
    """

    serial: str
    terminal: str
    prefix: str = "0000"


class WhiteList(_Part, frozen=True, kw_only=True):
    """(issuer institution, IIN) pairs that may pay.

    Attributes:
        registered: all pairs of the registry.
        pairs: more pairs.
    """

    registered: bool = True
    pairs: tuple[tuple[str, str], ...] = ()


class Interoperability(_Part, frozen=True, kw_only=True):
    """How the interoperability flag is judged.

    Attributes:
        own: issuer institutions (8 digits) that pass without the flag.
        fallback: when EF 17 cannot be read: ``ecash`` looks for DF11 in the e-cash FCI
            and refuses when that is missing too; ``accept`` and ``refuse`` do not look.
    """

    own: tuple[str, ...] = ()
    fallback: Literal["ecash", "accept", "refuse"] = "ecash"


class Reads(_Part, frozen=True, kw_only=True):
    """Optional reads; a terminal without them is quicker and knows less.

    Attributes:
        file_15: read EF 15 although the FCI shows it.
        file_17: judge the interoperability flag.
        trip: read the newest EF 1E record, as bus validators do.
        balance: GET BALANCE before INITIALIZE.
    """

    file_15: bool = False
    file_17: bool = True
    trip: bool = True
    balance: bool = True


class Purchase(_Part, frozen=True, kw_only=True):
    """What kind of purchase each standard gets.

    Attributes:
        tunion, lnt: ``composite`` (CAPP, type 09) or ``simple`` (type 06).
        key_index: purchase key index in INITIALIZE.
        overdraft: a card's overdraft may pay.
        lnt_sub_type: last byte of the Lingnan Tong tail: ``ride`` writes 11 at the entry
            and 17 at the exit, ``seconds`` the second of the minute.
    """

    tunion: Literal["composite", "simple"] = "composite"
    lnt: Literal["composite", "simple"] = "simple"
    key_index: Byte = 1
    overdraft: bool = True
    lnt_sub_type: Literal["ride", "seconds"] = "seconds"


class Step(_Part, frozen=True, kw_only=True):
    """One step of a distance table: up to this distance, this fare."""

    up_to: Metres
    amount: FareFen


class Station(_Part, frozen=True, kw_only=True):
    """A stop or station.

    Attributes:
        code: first digits of the 7-byte line and station field of EF 1E; Guangzhou metro
            has line and station, two BCD bytes each.
        at: position along the line in metres.
        zh, en: names.
        terminals: PSAM terminal numbers of its entry gates; by them a Lingnan Tong log
            tells where the ride began.
    """

    code: str
    at: int
    zh: str = ""
    en: str = ""
    terminals: tuple[str, ...] = ()


class Distance(_Part, frozen=True, kw_only=True):
    """Fare by distance: the first step that reaches far enough, else the last step."""

    steps: tuple[Step, ...]
    stations: tuple[Station, ...]


class MonthlyStep(_Part, frozen=True, kw_only=True):
    """Above this monthly sum in fen, pay so many percent."""

    over: Fen
    percent: Percent


class Fare(_Part, frozen=True, kw_only=True):
    """What a ride costs. Either ``flat`` or ``distance`` is given.

    Attributes:
        flat: fen per ride.
        distance: table by distance.
        percent: percent of the fare that a standard pays; 100 when not listed.
        monthly: steps of a monthly discount, highest step that applies counts; it takes
            the place of ``percent``. The monthly sum is ``sum_2`` of EF 19 (T-Union) or
            EF 08 (Lingnan Tong): project convention, sources do not say which sum.
        keep_statistics: write EF 19 with the purchase (T-Union, composite).
    """

    flat: FareFen | None = None
    distance: Distance | None = None
    percent: dict[Standard, Percent] = {}
    monthly: tuple[MonthlyStep, ...] = ()
    keep_statistics: bool = False

    @property
    def maximum(self) -> int:
        """Highest fare before discounts, fen."""
        if self.distance is None:
            return self.flat or 0
        return max(step.amount for step in self.distance.steps)

    @property
    def minimum(self) -> int:
        """Lowest fare before discounts, fen."""
        if self.distance is None:
            return self.flat or 0
        return min(step.amount for step in self.distance.steps)


class Ride(_Part, frozen=True, kw_only=True):
    """Rides with entry and exit, kept in EF 1A.

    Attributes:
        record: ``2701`` rail or ``2702`` bus; empty for single rides.
        entry_inside: entry with a card that is inside already: ``allow`` starts over,
            ``charge-max`` takes the maximum fare kept on the card, ``refuse``.
        exit_outside: exit with a card that never entered: ``refuse``, ``charge-min``,
            ``charge-max``.
        unknown_station: exit after an entry this table does not know: ``charge-max`` or
            ``refuse``.
        expired_inside: exit, or alighting, with a card that has expired since it entered, the
            day before at the earliest: ``let-out`` or ``refuse``. No source says.
    """

    record: Literal["", "2701", "2702"] = ""
    entry_inside: Literal["allow", "charge-max", "refuse"] = "allow"
    exit_outside: Literal["refuse", "charge-min", "charge-max"] = "refuse"
    unknown_station: Literal["charge-max", "refuse"] = "charge-max"
    expired_inside: Literal["let-out", "refuse"] = "let-out"


class Load(_Part, frozen=True, kw_only=True):
    """A load point.

    Attributes:
        key_index: load key index in INITIALIZE FOR LOAD.
        minimum, maximum: fen per load.
        pin: by standard, the bytes sent in VERIFY when the card asks for the PIN (6982),
            hex; never sent for a standard that is not listed. Six ASCII digits for T-Union
            [LAB]; the form on Lingnan Tong wallets is not public (BCD: project convention).
    """

    key_index: Byte = 1
    minimum: Fen = 1
    maximum: Fen = 100_000
    pin: dict[Standard, str] = {}


class Texts(_Part, frozen=True, kw_only=True):
    """What the display says; laboratory: success voice, or "please insert coin"."""

    accepted: Title = Title(en="Thank you", zh="刷卡成功")
    refused: Title = Title(en="Please insert coin", zh="请投币")
    retry: Title = Title(en="Please tap again", zh="请重刷")


class TerminalProfile(_Part, frozen=True, kw_only=True):
    """One terminal. See the parts for units and sources.

    Attributes:
        kind, direction: what it is; ``single`` for one tap per ride.
        city: four digits written to EF 1E.
        acquirer: 16 digits written to EF 1E.
        line_station: 14 digits of EF 1E, private to each city.
        station: code of this stop in the fare's distance table.
        vehicle: vehicle number, up to 8 ASCII characters (record 2702).
        industry: tenth byte of EF 1E, two hex digits.
        black_list: card numbers: 19-digit PANs, 16-digit Lingnan Tong numbers.
        already_paid_s: seconds after an accepted tap within which a terminal that died before it
            could note that it had shown it tells the same card once more, and charges nothing;
            0: never. 300 is project convention: a restart, and a rider who still stands there.
    """

    version: int
    name: str
    title: Title
    kind: Kind
    direction: Direction
    city: str
    acquirer: str
    line_station: str
    industry: str
    applications: Applications
    sam: SamData
    fare: Fare = Fare(flat=0)
    station: str = ""
    vehicle: str = ""
    white_list: WhiteList = WhiteList()
    black_list: tuple[str, ...] = ()
    interoperability: Interoperability = Interoperability()
    reads: Reads = Reads()
    purchase: Purchase = Purchase()
    ride: Ride = Ride()
    load: Load | None = None
    already_paid_s: int = 300
    texts: Texts = Texts()

    @property
    def terminal_8(self) -> str:
        """The 8-byte terminal number of EF 1E, 16 digits."""
        return self.sam.prefix + self.sam.terminal

    def white_pairs(self) -> frozenset[tuple[str, str]]:
        """All (issuer, IIN) pairs that may pay."""
        pairs = set(self.white_list.pairs)
        if self.white_list.registered:
            pairs.update(load_registry().pairs())
        return frozenset(pairs)


def terminal_profile_names() -> tuple[str, ...]:
    """Names of the profiles that come with the package, sorted."""
    return loading.names(_ROOM)


def load_terminal_profile(name_or_path: str | Path) -> TerminalProfile:
    """Read a profile by name, or from a file when the text ends in ``.toml``.

    Raises:
        ProfileError: not found, not readable, or wrong; names file and path of the value.
    """
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _sound(text, text)
    if text not in terminal_profile_names():
        known = ", ".join(terminal_profile_names())
        raise ProfileError(f"no terminal profile {text!r}; there are {known}")
    return _own(text)


@lru_cache(maxsize=32)
def _own(name: str) -> TerminalProfile:
    return _sound(name, f"{_ROOM}/{name}.toml")


def _sound(name: str, shown: str) -> TerminalProfile:
    """A profile in which nothing is malformed and nothing contradicts something else."""
    profile = loading.load(_ROOM, name, TerminalProfile)
    for look in (_malformed, _in_the_fare, _in_the_ride, _in_the_rest):
        for path, problem in look(profile):
            raise ProfileError(f"{shown}: {path}: {problem}")
    return profile


#: Where something is wrong, and what.
_Problem = tuple[str, str]


def _malformed(profile: TerminalProfile) -> Iterator[_Problem]:
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


def _in_the_fare(profile: TerminalProfile) -> Iterator[_Problem]:
    fare = profile.fare
    if (fare.flat is None) == (fare.distance is None):
        yield "$.fare", "give either flat or distance"
    for standard in fare.percent:
        yield from _taken(profile, f"$.fare.percent.{standard}", standard)
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


def _in_the_table(profile: TerminalProfile, distance: Distance) -> Iterator[_Problem]:
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


def _in_the_ride(profile: TerminalProfile) -> Iterator[_Problem]:
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


def _in_the_rest(profile: TerminalProfile) -> Iterator[_Problem]:
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


def _digits(path: str, value: str, count: int) -> Iterator[_Problem]:
    if not re.fullmatch(f"[0-9A-Fa-f]{{{count}}}", value):
        yield path, f"expected {count} digits, got {value!r}"


def _taken(profile: TerminalProfile, path: str, standard: Standard) -> Iterator[_Problem]:
    if standard not in profile.applications.priority:
        yield path, "this terminal does not take that standard ($.applications.priority)"


def _rising(path: str, values: list[int], holds: Callable[[int, int], bool]) -> Iterator[_Problem]:
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

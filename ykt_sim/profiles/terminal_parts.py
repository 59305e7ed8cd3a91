"""What a terminal's profile holds: its kind, place, lists, fares and habits.

Money is integers in fen, codes are the digits that stand on cards. What no source fixes
(policies for broken rides, rounding, example stations) is a setting here, not code.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.profiles.registry import load_registry

Byte = Annotated[int, msgspec.Meta(ge=0, le=0xFF)]
#: What a ride can cost, and any other sum; fen.
FareFen = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Fen = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFF)]
Metres = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=1440)]
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


class Transfer(_Part, frozen=True, kw_only=True):
    """Single rides of T-Union cards that begin soon after one on another line of this city.

    Project convention: the sources name windows of minutes and hours, and no rule.

    Attributes:
        minutes: the ride before is at most so long ago, by EF 1E.
        amount: fen that such a ride costs, whatever discounts there are.
    """

    minutes: Minutes
    amount: FareFen


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
        transfer: what a transfer costs; None: as any ride.
    """

    flat: FareFen | None = None
    distance: Distance | None = None
    percent: dict[Standard, Percent] = {}
    monthly: tuple[MonthlyStep, ...] = ()
    keep_statistics: bool = False
    transfer: Transfer | None = None

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

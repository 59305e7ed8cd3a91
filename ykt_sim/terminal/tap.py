"""One card's visit: what a terminal keeps of it while it lasts.

`Tap` holds what every visit has. What one standard, one kind of transaction or the repair
of a torn one needs besides is a record of its own in it, so that another application adds
a record and no attribute. Lingnan Tong needs none: its data are facts of every visit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec import field

from ykt_sim.codes import Standard, TripType
from ykt_sim.profiles.terminals import Station
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.journal import Pending, Unshown
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import BusRecord, MonthlyStatistics, RailRecord, TripRecord
from ykt_sim.wire.purse import InitializeLoadAnswer, InitializePurchaseAnswer


class Entered(NamedTuple):
    """A ride that was begun and not ended.

    Attributes:
        station: where, None when this table does not know it.
        maximum: fen kept on the card as the highest possible fare.
        day: month and day on which it was begun, four digits; empty when not known.
    """

    station: Station | None
    maximum: int
    day: str = ""


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


class TunionTap(msgspec.Struct, eq=False):
    """What only a T-Union purse tells or wants.

    Attributes:
        aid: the AID by which the purse was selected.
        issuer, iin: eight digits each.
        flag: interoperability flag, None when not read.
        statistics: the EF 19 record.
        trip: the newest EF 1E record.
        industry: the EF 1A record of an open ride.
        caches: cache updates still to send, next one last.
    """

    aid: bytes = b""
    issuer: str = ""
    iin: str = ""
    flag: str | None = None
    statistics: MonthlyStatistics | None = None
    trip: TripRecord | None = None
    industry: RailRecord | BusRecord | None = None
    caches: list[bytes] = []


class PurseTap(msgspec.Struct, eq=False):
    """What goes through the purse commands of either standard.

    Attributes:
        init: answer of INITIALIZE for purchase.
        serial, mac1: from the PSAM.
        datetime: seven bytes for DEBIT or CREDIT, hex.
        tac, mac2: from the card; MAC2 from the host for loads.
    """

    init: InitializePurchaseAnswer | None = None
    serial: bytes = b""
    mac1: bytes = b""
    datetime: str = ""
    tac: bytes = b""
    mac2: bytes = b""


class LoadTap(msgspec.Struct, eq=False):
    """What only a load point needs.

    Attributes:
        wanted: fen to load, as presented.
        init: answer of INITIALIZE FOR LOAD.
        pin_sent: VERIFY was tried.
    """

    wanted: int = 0
    init: InitializeLoadAnswer | None = None
    pin_sent: bool = False


class RecoveryTap(msgspec.Struct, eq=False):
    """What is found out about a transaction of which nobody knows whether it happened.

    It is an earlier torn one of the same card; or that of this tap, which the card says it
    has refused; or an accepted one that was perhaps never shown.

    Attributes:
        looked_elsewhere: the card's other application was tried for it.
        refusal: what is said of this tap's own transaction once it is known not to have
            happened.
        unshown: the accepted tap.
        one_ahead: the card's counter stands one after the transaction's.
        in_log: EF 18 shows that it happened.
        forgotten: EF 18 is full, and it is none of its records.
        completing: this tap ends as that one should have ended.
        unresolved: an old entry that can no longer be cleared up.
    """

    looked_elsewhere: bool = False
    refusal: ev.Refuse | None = None
    unshown: Unshown | None = None
    one_ahead: bool = False
    in_log: bool = False
    forgotten: bool = False
    completing: bool = False
    unresolved: ClearingRecord | None = None


class Tap(msgspec.Struct, eq=False):
    """One card's visit, filled as answers come in.

    Attributes:
        now: the terminal's clock as presented, 14 digits.
        queue: entries still to try, next one last.
        plan: what is left to do in the application entered.
        standard, card, start, expiry: of the application entered; None before there is one.
        factors: diversification factors for the PSAM: card, then issuer.
        balance: net balance in fen, None when not asked.
        month: fen paid this month, None when not known.
        log_number: record of EF 18 being read.
        entered: an open ride.
        quote: what this tap costs.
        pending: the entry written before DEBIT or CREDIT, or the one being recovered.
        settles: sequence numbers that are over with this tap.
        shows: sequence number of the transaction it was accepted with, until that is shown.
    """

    now: str
    queue: list[ev.Signal] = []
    plan: Iterator[ev.Signal] = iter(())
    standard: Standard | None = None
    card: str = ""
    start: str = ""
    expiry: str = ""
    factors: tuple[bytes, ...] = ()
    balance: int | None = None
    month: int | None = None
    log_number: int = 0
    entered: Entered | None = None
    quote: Quote | None = None
    pending: Pending | None = None
    settles: tuple[int, ...] = ()
    shows: int = 0
    tunion: TunionTap = field(default_factory=TunionTap)
    purse: PurseTap = field(default_factory=PurseTap)
    load: LoadTap = field(default_factory=LoadTap)
    recovery: RecoveryTap = field(default_factory=RecoveryTap)

    def entered_standard(self) -> Standard:
        """The standard; nothing that asks for it comes before an application is entered."""
        if self.standard is None:
            raise RuntimeError("no application was entered")
        return self.standard

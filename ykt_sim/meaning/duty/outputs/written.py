"""What every byte is that a terminal sends: a value, what stood there before, or not stated.

Each layout that a terminal fills in has a table here, with a line for each of its fields. A line
gives the values that may stand there, or says which other rule judges the field, or why nobody
can. A layout without a line for a field is a mistake that the tests find.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ykt_sim.codes import BusState, Direction, RideState
from ykt_sim.meaning.duty.purse import fen_of
from ykt_sim.meaning.duty.seen import Transaction
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.files import (
    BusRailRecord,
    BusRecord,
    EcashCardInfo,
    EcashCardInfoK5,
    IndustryRecord,
    LntApplication,
    LntMetroTrip,
    LntStatistics,
    LntTail,
    LntTransactionRecord,
    LntWallet,
    MonthlyStatistics,
    RailRecord,
    SamApplicationFile,
    SamCardFile,
    SamTerminalFile,
    ShenzhenApplication,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardholder,
    TunionCardInfo,
)
from ykt_sim.wire.purse import (
    CreditData,
    DebitData,
    InitializeData,
    ProveData,
    SamCheckData,
    SamPurchaseData1,
    SamPurchaseData2,
)
from ykt_sim.wire.record import Record


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What a record may depend on that goes with a transaction.

    Attributes:
        terms: of the terminal.
        tx: the transaction.
        old: the record of this layout as it stood on the card; None where nobody knows it, or
            where another one stood there.
        within: a ride was open in it.
        full: fen before discounts; None where the statement does not say.
    """

    terms: Terms
    tx: Transaction
    old: Any = None
    within: bool = False
    full: int | None = None


#: Values that may stand in a field; none where nothing is stated in this case.
Values = tuple[Any, ...]
Predict = Callable[[Writing], Values]


class Line(NamedTuple):
    """One field of a table.

    Attributes:
        rule: that judges it, without ``D-``; empty where none does.
        values: gives what may stand there; None where it is judged elsewhere, or by nobody.
        why: where it is judged, or why nobody can.
    """

    rule: str = ""
    values: Predict | None = None
    why: str = ""


Table = Mapping[str, Line]


def _is(rule: str, value: Callable[[Writing], Any]) -> Line:
    return Line(rule, lambda at: (value(at),))


def _stated(rule: str, value: Callable[[Writing], str]) -> Line:
    """A value of the statement, which need not say it."""
    return Line(rule, lambda at: (value(at),) if value(at) else ())


def _constant(rule: str, *values: Any) -> Line:
    return Line(rule, lambda _at: values)


def _kept(rule: str, name: str) -> Line:
    """What an open ride has there; where none is open, nothing is stated."""
    return Line(rule, lambda at: (getattr(at.old, name),) if at.within else ())


def _not_yet(rule: str, record: type[Record], name: str) -> Line:
    """The other end of a ride that begins: nothing, or what the ride before has left there."""
    nothing = _nothing(record, name)
    return Line(rule, lambda at: () if at.old is None else (nothing, getattr(at.old, name)))


def _elsewhere(rule: str, why: str) -> Line:
    return Line(rule, None, why)


def _open(why: str) -> Line:
    return Line("", None, why)


def _nothing(record: type[Record], name: str) -> Any:
    spec = next(one for one in record.LAYOUT if one.name == name)
    return getattr(record.parse(bytes(record.SIZE)), spec.name)


def balances_after(tx: Transaction) -> Values:
    """What may be told as the balance after a purchase, fen.

    No source says whether it counts an overdraft limit in, where there is one.
    """
    available, limit = fen_of(tx.answer.balance), int(tx.answer.overdraft_limit)
    return max(available - limit - tx.amount, 0), available - tx.amount


def allowed(line: Line, at: Writing) -> Values:
    """The values that may stand in a field; none where nothing is stated."""
    return () if line.values is None else line.values(at)


# -- commands ----------------------------------------------------------------------------

_CARD: Final = "a wrong one makes a code that the card refuses, so nothing moves"

INITIALIZE: Final[Table] = {
    "key_index": _elsewhere("KEY", "`record`"),
    "amount": _elsewhere("PRICE", "`paid`, with what is due; of a recovery it is no money"),
    "terminal": _elsewhere("TERMINAL", "`record`"),
}
DEBIT: Final[Table] = {
    "terminal_serial": _elsewhere("SERIAL", "`ledger`, over all taps"),
    "datetime": _elsewhere("CLOCK", "`record`, with the tolerance that is declared"),
    "mac1": _open(_CARD),
}
CREDIT: Final[Table] = {
    "datetime": _open("the host may name it; the record says the same, Lingnan Tong D-LNT-RIDE"),
    "mac2": _open(_CARD),
}
TAIL: Final[Table] = {
    "fare": _elsewhere("FARE", "`record`"),
    "month_day": _elsewhere("CLOCK", "`record`"),
    "hour_minute": _elsewhere("CLOCK", "`record`"),
    "sub_type": _elsewhere("LNT-RIDE", "`record`"),
}
PROVE: Final[Table] = {
    "counter": _open("of another number there is no proof, and the record lacks its TAC: D-TAC"),
}
_MAC1_1: Final[Table] = {spec.name: _open(_CARD) for spec in SamPurchaseData1.LAYOUT}
_MAC1_2: Final[Table] = {spec.name: _open(_CARD) for spec in SamPurchaseData2.LAYOUT}
CHECK: Final[Table] = {
    "mac2": _open("the PSAM refuses a wrong one, and a wrong card let through is D-FORGED"),
}

# -- EF 1E ---------------------------------------------------------------------------------

#: First byte of EF 1E: two makers' table first, then what real terminals write against it
#: [CODE x2][DUMP x250].
TYPES: Final = {"entry": (0x03, 0x15), "exit": (0x04, 0x16), "single": (0x06, 0x02, 0x05, 0x09)}

TRIP: Final[Table] = {
    "type": Line("TRIP-KIND", lambda at: TYPES.get(at.terms.direction, ())),
    "terminal": _is("TRIP-KIND", lambda at: at.terms.place.trip_terminal),
    "industry": _is("TRIP-KIND", lambda at: int(at.terms.place.industry or "0", 16)),
    "line_station": _is("TRIP-PLACE", lambda at: at.terms.place.line_station),
    "amount": _is("TRIP-MONEY", lambda at: at.tx.amount),
    "balance_after": Line("TRIP-MONEY", lambda at: balances_after(at.tx)),
    # The clock may be off; what a terminal says twice of one moment may not.
    "datetime": _is("TRIP-TIME", lambda at: at.tx.data.datetime),
    "city": _is("TRIP-PLACE", lambda at: at.terms.place.city),
    "acquirer": _is("TRIP-PLACE", lambda at: at.terms.place.acquirer),
    "reserved": _open("zero at first, and four cities keep data of their own there [DUMP]"),
}

# -- EF 1A -----------------------------------------------------------------------------------


def _head(record: str, state: int) -> dict[str, Line]:
    def or_kept(value: str, name: str) -> Line:
        def values(at: Writing) -> Values:
            return (value, getattr(at.old, name)) if at.within else (value,)

        return Line("RIDE", values)

    return {
        "id": _constant("RIDE", record),
        "length": _constant("RIDE", 0x7D),
        "application_valid": _constant("RIDE", "01"),
        "record_kind": or_kept("01", "record_kind"),
        "lock_flag": or_kept("00", "lock_flag"),
        "record_serial": _open("a serial number, nobody says whose"),
        "state": _constant("RIDE", state),
    }


def _own(side: str, *, rail: bool) -> dict[str, Line]:
    """What a terminal writes of itself, on its side of a ride."""
    found = {
        f"{side}_city": _is("RIDE", lambda at: at.terms.place.city),
        f"{side}_acquirer": _is("RIDE", lambda at: at.terms.place.acquirer),
        f"{side}_terminal": _is("RIDE", lambda at: at.terms.place.ride_terminal),
        f"{side}_datetime": _is("RIDE", lambda at: at.tx.data.datetime),
    }
    if rail:
        return found | {f"{side}_station": _stated("RIDE", lambda at: _digits(at, 16, 0, 16))}
    return found | {
        f"{side}_operator": _stated("RIDE", lambda at: _digits(at, 10, 0, 4)),
        f"{side}_line": _stated("RIDE", lambda at: _digits(at, 10, 4, 8)),
        f"{side}_station": _stated("RIDE", lambda at: _digits(at, 10, 8, 10)),
        f"{side}_vehicle": _open("the statement does not name the vehicle"),
    }


def _digits(at: Writing, size: int, start: int, end: int) -> str:
    station = at.terms.place.station
    return station.ljust(size, "0")[start:end] if station else ""


_RAIL_WORDS: Final = ("city", "acquirer", "station", "terminal", "datetime")
_BUS_WORDS: Final = ("city", "acquirer", "operator", "line", "station", "vehicle", "terminal",
                     "datetime")  # fmt: skip
_RAIL_OPEN: Final[Table] = {
    "unknown_85": _open("nobody knows what it is [DUMP x2]"),
    "cumulative_amount": _open("its meaning rests on one record [INF, weak]"),
    "unknown_99": _open("nobody knows what it is [DUMP x2]"),
    "unknown_126": _open("nobody knows what it is [DUMP]"),
}
_RAIL_BALANCE: Final = Line("RIDE", lambda at: balances_after(at.tx))

RAIL_ENTRY: Final[Table] = {
    **_head("2701", RideState.INSIDE),
    **_own("entry", rail=True),
    # Nothing, also where a ride that is over stands there [DUMP metro] cards facts 3.9.
    **{
        f"exit_{word}": _constant("RIDE", _nothing(RailRecord, f"exit_{word}"))
        for word in _RAIL_WORDS
    },
    "amount": _is("RIDE", lambda at: at.terms.highest),
    "balance": _RAIL_BALANCE,
    **_RAIL_OPEN,
}
RAIL_EXIT: Final[Table] = {
    **_head("2701", RideState.OUTSIDE),
    **{f"entry_{word}": _kept("RIDE-KEPT", f"entry_{word}") for word in _RAIL_WORDS},
    **_own("exit", rail=True),
    "amount": _is("RIDE", lambda at: at.tx.amount),
    "balance": _RAIL_BALANCE,
    **_RAIL_OPEN,
}
_BUS_OPEN: Final[Table] = {"reserved": _open("each maker's own [CODE x2]")}
BUS_BOARDING: Final[Table] = {
    **_head("2702", BusState.BOARDED),
    **_own("boarding", rail=False),
    "maximum_amount": _is("RIDE", lambda at: at.terms.highest),
    "direction": _constant("RIDE", *Direction),
    **{f"alighting_{word}": _not_yet("RIDE", BusRecord, f"alighting_{word}")
       for word in _BUS_WORDS},
    "amount": Line("RIDE", lambda at: () if at.old is None else (0, at.tx.amount, at.old.amount)),
    "distance": _not_yet("RIDE", BusRecord, "distance"),
    **_BUS_OPEN,
}  # fmt: skip
BUS_ALIGHTING: Final[Table] = {
    **_head("2702", BusState.ALIGHTED),
    **{f"boarding_{word}": _kept("RIDE-KEPT", f"boarding_{word}") for word in _BUS_WORDS},
    "maximum_amount": _kept("RIDE-KEPT", "maximum_amount"),
    "direction": _kept("RIDE-KEPT", "direction"),
    **_own("alighting", rail=False),
    "amount": _is("RIDE", lambda at: at.tx.amount),
    "distance": _open("no statement names distances"),
    **_BUS_OPEN,
}

# -- EF 19 -----------------------------------------------------------------------------------

_MOST_RIDES, _MOST_FEN = 0xFF, 0xFFFF
_SUMS: Final = {"sum_1": "sum-1", "sum_2": "sum-2"}


def _same_month(at: Writing) -> bool:
    moment = at.tx.data.datetime
    return (at.old.year, at.old.month) == (moment[2:4], moment[4:6])


def _rides(name: str) -> Line:
    """A ride that is paid in one tap counts; of other taps no source says which one does."""

    def values(at: Writing) -> Values:
        if at.old is None:
            return ()
        before = getattr(at.old, name) if _same_month(at) else 0
        counted = min(before + 1, _MOST_RIDES)
        sure = name == "rides" and at.terms.direction == "single" and at.tx.amount
        return (counted,) if sure else (before, counted)

    return Line("MONTH", values)


def _sum(name: str) -> Line:
    """The sum that the discount goes by grows; of the other one no source says by what."""

    def values(at: Writing) -> Values:
        if at.old is None:
            return ()
        before = getattr(at.old, name) if _same_month(at) else 0
        parts = [at.tx.amount, *([] if at.full is None else [at.full])]
        counts = at.terms.monthly_sum == _SUMS[name]
        steps = parts if counts else [0, *parts]
        return tuple(min(before + step, _MOST_FEN) for step in steps)

    return Line("MONTH", values)


def _unexplained(name: str) -> Line:
    """What nobody explains stays, and may be cleared when a month begins."""

    def values(at: Writing) -> Values:
        if at.old is None:
            return ()
        old = getattr(at.old, name)
        return (old,) if _same_month(at) else (old, bytes(len(old)))

    return Line("MONTH-KEPT", values)


MONTH: Final[Table] = {
    "id": _constant("MONTH", "01"),
    "length": Line("MONTH", lambda at: () if at.old is None else (0x2E, at.old.length)),
    "unknown_2": _unexplained("unknown_2"),
    "year": _is("MONTH", lambda at: at.tx.data.datetime[2:4]),
    "month": _is("MONTH", lambda at: at.tx.data.datetime[4:6]),
    "unknown_5": _unexplained("unknown_5"),
    "metro_rides": _rides("metro_rides"),
    "rides": _rides("rides"),
    "unknown_8": _unexplained("unknown_8"),
    "sum_1": _sum("sum_1"),
    "sum_2": _sum("sum_2"),
    "unknown_14": _unexplained("unknown_14"),
}

#: Every layout that a terminal fills in, by what it is in words.
OUTPUTS: Final[Mapping[str, tuple[type[Record], Table]]] = {
    "INITIALIZE": (InitializeData, INITIALIZE),
    "DEBIT": (DebitData, DEBIT),
    "CREDIT FOR LOAD": (CreditData, CREDIT),
    "the seven bytes of a Lingnan Tong DEBIT": (LntTail, TAIL),
    "GET TRANSACTION PROVE": (ProveData, PROVE),
    "PSAM 8070, one level": (SamPurchaseData1, _MAC1_1),
    "PSAM 8070, two levels": (SamPurchaseData2, _MAC1_2),
    "PSAM 8072": (SamCheckData, CHECK),
    "EF 1E": (TripRecord, TRIP),
    "EF 1A 2701 of an entry": (RailRecord, RAIL_ENTRY),
    "EF 1A 2701 of an exit": (RailRecord, RAIL_EXIT),
    "EF 1A 2702 of a boarding": (BusRecord, BUS_BOARDING),
    "EF 1A 2702 of an alighting": (BusRecord, BUS_ALIGHTING),
    "EF 19": (MonthlyStatistics, MONTH),
}

_ISSUER: Final = "the issuer's, no terminal writes it: D-UPDATES"
_PSAM: Final = "in the PSAM, which a terminal only reads"

#: Layouts of files that have no table, and why.
WITHOUT: Final[Mapping[type[Record], str]] = {
    BusRailRecord: "one maker's older 2701 of a bus; the statement does not tell it from the other",
    IndustryRecord: "another EF 1A record than the declared one is no ride: D-RIDE",
    TransactionRecord: "the card writes its log itself",
    LntTransactionRecord: "the card writes its log itself",
    LntMetroTrip: "in PAY.APPY, outside any purchase: D-UPDATES",
    LntStatistics: "in PAY.APPY, outside any purchase: D-UPDATES",
    **dict.fromkeys(
        (EcashCardInfo, EcashCardInfoK5, LntApplication, LntWallet, ShenzhenApplication,
         TunionApplication, TunionCardInfo, TunionCardholder),
        _ISSUER,
    ),
    **dict.fromkeys((SamApplicationFile, SamCardFile, SamTerminalFile), _PSAM),
}  # fmt: skip

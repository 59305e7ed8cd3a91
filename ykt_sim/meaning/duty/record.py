"""What must be on record: in INITIALIZE and DEBIT, in EF 1E and EF 1A of the card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ykt_sim.codes import COMPOSITE, INS, LNT, TUNION, LntSubType, Operation
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.clock import dated, seconds_of
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.purse import Money, fen_of
from ykt_sim.meaning.duty.seen import Call, Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import BusRecord, LntTail, RailRecord, TripRecord
from ykt_sim.wire.purse import InitializeData

#: First byte of EF 1E: two makers' table first, then what real terminals write against it
#: [CODE x2][DUMP x250].
_TYPES: Final = {"entry": (0x03, 0x15), "exit": (0x04, 0x16), "single": (0x06, 0x02, 0x05, 0x09)}
_P1: Final = {COMPOSITE: 0x03, "simple": 0x01}
#: A minute: Lingnan Tong sends no seconds of its own.
_MINUTE: Final = 60


def recorded(terms: Terms, visit: Visit) -> Iterator[Finding]:
    """What was begun, sent and written in a visit.

    Where other answers were heard than the card's, what was heard counts; what the card itself
    was does not.
    """
    for call in visit.calls:
        if call.command.ins == INS.INITIALIZE and call.within:
            yield from _begun(terms, visit, call)
    if not visit.spoilt:  # an answer of another length hides where a purchase begins
        yield from _outside(visit)
    for tx in visit.transactions:
        if tx.commit is None or tx.data is None or tx.operation == Operation.LOAD:
            continue
        yield from _moment(terms, visit, tx)
        if tx.standard == TUNION and terms.types.get(TUNION) == COMPOSITE:
            yield from _trip(terms, visit, tx)
            if terms.record:
                yield from _ride(terms, visit, tx)


def _begun(terms: Terms, visit: Visit, call: Call) -> Iterator[Finding]:
    try:
        request = InitializeData.parse(call.command.data)
    except ReadError:
        return
    due, got = terms.place.terminal, request.terminal.upper()
    if due and got != due:
        yield breaks("TERMINAL", visit.number, "INITIALIZE carries another terminal number", due,
                     got, call.index)  # fmt: skip
    if terms.load:
        return
    if request.key_index != terms.key_index:
        yield breaks(
            "KEY", visit.number, "INITIALIZE names another key index", f"{terms.key_index:02X}",
            f"{request.key_index:02X}", call.index,
        )  # fmt: skip
    kind = terms.types.get(call.within, "")
    p1 = _P1.get(kind)
    if p1 is not None and call.command.p1 != p1:
        yield breaks("TYPE", visit.number, f"INITIALIZE is not that of a {kind} purchase",
                     f"{p1:02X}", f"{call.command.p1:02X}", call.index)  # fmt: skip
    allowed = (0x01, 0x02) if kind == "simple" else (0x01,)
    for debit in visit.calls:
        if debit.command.ins == INS.DEBIT and debit.command.p1 not in allowed:
            yield breaks("TYPE", visit.number, "DEBIT has another P1", "01",
                         f"{debit.command.p1:02X}", debit.index)  # fmt: skip


def _outside(visit: Visit) -> Iterator[Finding]:
    inside = {call.index for tx in visit.transactions for call in tx.caches}
    for call in visit.calls:
        # What comes behind a refused INITIALIZE is another rule's business.
        if call.command.ins == INS.UPDATE_RECORD and call.index not in inside and call.ok:
            yield breaks("UPDATES", visit.number, "a record is updated outside a purchase",
                         "none", "an update", call.index)  # fmt: skip
        elif call.command.ins == INS.UPDATE_RECORD and not call.command.cla & 0x80:
            yield breaks("UPDATES", visit.number, "a record is updated by a plain command",
                         "80", f"{call.command.cla:02X}", call.index)  # fmt: skip


# -- time ----------------------------------------------------------------------------------


def _off(terms: Terms, moment: str, clock: str, slack: int = 0) -> bool:
    found, due = seconds_of(moment), seconds_of(clock)
    if due is None:
        return False
    return found is None or abs(found - due) > terms.tolerance_s + slack


def _moment(terms: Terms, visit: Visit, tx: Transaction) -> Iterator[Finding]:
    """The seven bytes of date and time: the clock, or fare, month, day, hour and minute."""
    sent, clock = tx.data.datetime.upper(), visit.clock
    at = tx.commit.index if tx.commit is not None else None
    if tx.standard != LNT:
        if clock and _off(terms, sent, clock):
            yield breaks("CLOCK", visit.number, "DEBIT carries another time", clock, sent, at)
        return
    try:
        tail = LntTail.parse(bytes.fromhex(sent))
    except ReadError:
        yield breaks("CLOCK", visit.number, "DEBIT carries no time", clock, sent, at)
        return
    moment = dated(tail.month_day + tail.hour_minute + clock[12:], clock)
    if clock and _off(terms, moment, clock, _MINUTE if terms.tolerance_s else 0):
        yield breaks("CLOCK", visit.number, "DEBIT carries another time", clock[4:12],
                     tail.month_day + tail.hour_minute, at)  # fmt: skip
    entry = tail.sub_type == LntSubType.METRO_ENTRY
    if terms.record and entry != (terms.direction == "entry"):
        yield breaks("LNT-RIDE", visit.number, f"another sub-type at an {terms.direction}",
                     "11" if terms.direction == "entry" else "not 11", f"{tail.sub_type:02X}",
                     at)  # fmt: skip
    # The full fare of a broken ride is not declared, only what it is charged.
    ordinary = tx.amount == terms.fare.get(LNT)
    if ordinary and tail.fare != terms.full:
        yield breaks("FARE", visit.number, "DEBIT carries another fare before discount",
                     terms.full, tail.fare, at)  # fmt: skip


# -- EF 1E -----------------------------------------------------------------------------------


def _updates(tx: Transaction, sfi: int) -> list[Call]:
    return [call for call in tx.caches if call.command.p2 >> 3 == sfi]


def _trip(terms: Terms, visit: Visit, tx: Transaction) -> Iterator[Finding]:
    found = _updates(tx, TunionFile.TRIPS)
    sizes = [len(call.command.data) for call in found]
    if sizes != [TripRecord.SIZE]:
        yield breaks("TRIP", visit.number, f"{len(found)} updates of EF 1E", 1, len(found),
                     tx.init.index)  # fmt: skip
        return
    call, place = found[0], terms.place
    if any(one.index > call.index for one in _updates(tx, TunionFile.INDUSTRY)):
        yield breaks("TRIP", visit.number, "EF 1E is written before EF 1A", "EF 1A", "EF 1E",
                     call.index)  # fmt: skip
    trip = TripRecord.parse(call.command.data)
    named: dict[str, dict[str, Any]] = {
        "TRIP-MONEY": {"amount": tx.amount, **_after(tx, "balance_after")},
        "TRIP-PLACE": {
            "city": place.city, "acquirer": place.acquirer, "line_station": place.line_station,
        },
        "TRIP-KIND": {
            "terminal": place.trip_terminal, "industry": int(place.industry or "0", 16),
        },
    }  # fmt: skip
    for rule, fields in named.items():
        yield from _fields(rule, "EF 1E", visit, call, trip, fields)
    known = _TYPES.get(terms.direction, (trip.type,))
    if trip.type not in known:
        yield breaks("TRIP-KIND", visit.number, "another type in EF 1E",
                     f"{known[0]:02X}", f"{trip.type:02X}", call.index)  # fmt: skip
    # The clock may be off; what a terminal says twice of one moment may not.
    if trip.datetime != tx.data.datetime:
        yield breaks("TRIP-TIME", visit.number, "another time in EF 1E than in DEBIT",
                     tx.data.datetime, trip.datetime, call.index)  # fmt: skip
    if tx.done and not visit.spoilt and visit.after is not None and TUNION in visit.after.purses:
        held = visit.after.purses[TUNION].trip
        if bytes.fromhex(held) != call.command.data:
            yield breaks("TRIP", visit.number, "the card does not hold the trip",
                         call.command.data.hex().upper(), held, call.index)  # fmt: skip


def _after(tx: Transaction, name: str) -> dict[str, int]:
    """The balance after a purchase, fen; no source says which one, where there is an overdraft."""
    money = Money(fen_of(tx.answer.balance), int(tx.answer.overdraft_limit))
    money.move(-tx.amount)
    return {} if money.limit else {name: money.actual or 0}


def _fields(
    rule: str, file: str, visit: Visit, call: Call, record: Any, due: Mapping[str, Any]
) -> Iterator[Finding]:
    for name, value in due.items():
        got = getattr(record, name)
        same = got == value if isinstance(value, int) else str(got).upper() == str(value).upper()
        if not same:
            words = name.replace("_", " ")
            yield breaks(rule, visit.number, f"another {words} in {file}", value, got, call.index)


# -- EF 1A -----------------------------------------------------------------------------------


def _ride(terms: Terms, visit: Visit, tx: Transaction) -> Iterator[Finding]:
    rail = terms.record == "2701"
    shape: Any = RailRecord if rail else BusRecord
    found = _updates(tx, TunionFile.INDUSTRY)
    head = bytes.fromhex(terms.record)
    data = found[0].command.data if found else b""
    fits = len(found) == 1 and len(data) == shape.SIZE and data[:2] == head
    if not fits or found[0].command.p1 != head[1]:
        got = data[:2].hex() or "none"
        yield breaks("RIDE", visit.number, "no such update of EF 1A", terms.record, got,
                     found[0].index if found else tx.init.index)  # fmt: skip
        return
    record = shape.parse(data)
    side = _side(terms, rail=rail)
    due = _written(terms, tx, side, rail=rail)
    yield from _fields("RIDE", "EF 1A", visit, found[0], record, due)
    if visit.spoilt or visit.before is None or TUNION not in visit.before.purses:
        return
    if terms.direction == "exit":
        purse = visit.before.purses[TUNION]
        old = bytes.fromhex(purse.rail if rail else purse.bus)
        begun = shape.parse(old) if len(old) == shape.SIZE else None
        if begun is not None and begun.state == 0x01:
            yield from _fields(
                "RIDE-KEPT", "EF 1A", visit, found[0], record, _kept(begun, rail=rail)
            )


def _side(terms: Terms, *, rail: bool) -> str:
    if terms.direction == "entry":
        return "entry" if rail else "boarding"
    return "exit" if rail else "alighting"


def _written(terms: Terms, tx: Transaction, side: str, *, rail: bool) -> dict[str, Any]:
    """What this side of a ride must hold."""
    place, entry = terms.place, terms.direction == "entry"
    due: dict[str, Any] = {
        "state": 0x01 if entry else 0x02,
        f"{side}_city": place.city,
        f"{side}_acquirer": place.acquirer,
        f"{side}_terminal": place.ride_terminal,
        f"{side}_datetime": tx.data.datetime,
    }
    if rail:
        due |= {"amount": terms.highest if entry else tx.amount, **_after(tx, "balance")}
        if place.station:
            due[f"{side}_station"] = place.station.ljust(16, "0")
    elif place.station:
        digits = place.station.ljust(10, "0")
        due |= {
            f"{side}_operator": digits[:4], f"{side}_line": digits[4:8],
            f"{side}_station": digits[8:10],
        }  # fmt: skip
    if not rail:
        due |= {"maximum_amount": terms.highest} if entry else {"amount": tx.amount}
    return due


def _kept(begun: Any, *, rail: bool) -> dict[str, Any]:
    side = "entry" if rail else "boarding"
    words = ("city", "acquirer", "operator", "line", "station", "terminal", "datetime")
    return {
        f"{side}_{word}": getattr(begun, f"{side}_{word}")
        for word in words
        if hasattr(begun, f"{side}_{word}")
    }

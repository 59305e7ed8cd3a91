"""What must be on record: in INITIALIZE and DEBIT, in EF 1E, EF 1A and EF 19 of the card.

What may stand in each field says `outputs.written`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ykt_sim.codes import COMPOSITE, INS, LNT, TUNION, LntSubType, Operation
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.clock import dated, seconds_of
from ykt_sim.meaning.duty.due import Due
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.outputs.written import (
    BUS_ALIGHTING,
    BUS_BOARDING,
    MONTH,
    RAIL_ENTRY,
    RAIL_EXIT,
    TRIP,
    Table,
    Writing,
    allowed,
)
from ykt_sim.meaning.duty.seen import Call, Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import BusRecord, LntTail, MonthlyStatistics, RailRecord, TripRecord
from ykt_sim.wire.purse import InitializeData

_P1: Final = {COMPOSITE: 0x03, "simple": 0x01}
#: A minute: Lingnan Tong sends no seconds of its own.
_MINUTE: Final = 60


def recorded(terms: Terms, visit: Visit, what: Due | None = None) -> Iterator[Finding]:
    """What was begun, sent and written in a visit.

    Args:
        terms: of the terminal.
        visit: in which it was.
        what: what was due in it, where that is known.

    Where other answers were heard than the card's, what was heard counts; what the card itself
    was does not.
    """
    for call in visit.calls:
        if call.command.ins == INS.INITIALIZE and call.within:
            yield from _begun(terms, visit, call)
    if not visit.spoilt:  # an answer of another length hides where a purchase begins
        yield from _outside(visit)
    for tx in visit.transactions:
        if tx.commit is None or tx.data is None:
            continue
        if tx.operation == Operation.LOAD:
            yield from _loaded(visit, tx)
            continue
        full = full_fare(terms, what, tx)
        yield from _moment(terms, visit, tx, full)
        if tx.standard == TUNION and terms.types.get(TUNION) == COMPOSITE:
            yield from _trip(terms, visit, tx)
            yield from _ride(terms, visit, tx)
            yield from _month(terms, visit, tx, full)


def full_fare(terms: Terms, what: Due | None, tx: Transaction) -> int | None:
    """Fen before discounts of what a transaction takes; None where the statement does not say.

    The full fare of a broken ride is not declared, only what it is charged.
    """
    prices = [] if what is None else [what.price, what.other]
    for price in prices:
        if price is not None and price.standard == tx.standard and price.amount is not None:
            return price.full if price.is_(tx.amount) else None
    usual = tx.amount == terms.fare.get(tx.standard)
    return terms.full if usual and not terms.stations else None


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


def _moment(terms: Terms, visit: Visit, tx: Transaction, full: int | None) -> Iterator[Finding]:
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
    entry, load = tail.sub_type == LntSubType.METRO_ENTRY, tail.sub_type == LntSubType.LOAD
    if terms.record and (load or entry != (terms.direction == "entry")):
        yield breaks("LNT-RIDE", visit.number, f"another sub-type at an {terms.direction}",
                     "11" if terms.direction == "entry" else "neither 11 nor 14",
                     f"{tail.sub_type:02X}", at)  # fmt: skip
    if full is not None and tail.fare != full:
        yield breaks("FARE", visit.number, "DEBIT carries another fare before discount",
                     full, tail.fare, at)  # fmt: skip


def _loaded(visit: Visit, tx: Transaction) -> Iterator[Finding]:
    """The sub-type of a Lingnan Tong load; its time may be the host's, its fare nobody knows."""
    if tx.standard != LNT:
        return
    sub_type = bytes.fromhex(tx.data.datetime)[-1]
    if sub_type != LntSubType.LOAD:
        yield breaks("LNT-RIDE", visit.number, "another sub-type at a load", "14",
                     f"{sub_type:02X}", tx.init.index)  # fmt: skip


# -- records of the card ---------------------------------------------------------------------


def _updates(tx: Transaction, sfi: int) -> list[Call]:
    return [call for call in tx.caches if call.command.p2 >> 3 == sfi]


def _fields(
    file: str, visit: Visit, call: Call, record: Any, table: Table, at: Writing
) -> Iterator[Finding]:
    """Every field of a record that was written, held to its line."""
    for name, line in table.items():
        values = allowed(line, at)
        got = getattr(record, name)
        if values and not any(_same(got, value) for value in values):
            words = name.replace("_", " ")
            yield breaks(line.rule, visit.number, f"another {words} in {file}", _shown(values[0]),
                         _shown(got), call.index)  # fmt: skip


def _same(got: Any, value: Any) -> bool:
    if isinstance(value, str):
        return str(got).upper() == value.upper()
    return bool(got == value)


def _shown(value: Any) -> object:
    return value.hex().upper() if isinstance(value, bytes) else value


#: File and number or id of a record, by its name among the facts of a card.
_READ: Final = {
    "rail": (TunionFile.INDUSTRY, 1), "bus": (TunionFile.INDUSTRY, 2),
    "month": (TunionFile.STATISTICS, 1),
}  # fmt: skip


def _old(visit: Visit, name: str) -> bytes | None:
    """A record of the T-Union purse before the tap; None where nobody knows it.

    Where something else than the truth was heard, what was read last counts.
    """
    if not visit.spoilt and visit.before is not None and TUNION in visit.before.purses:
        return bytes.fromhex(getattr(visit.before.purses[TUNION], name))
    sfi, number = _READ[name]
    read = [
        call.response.data
        for call in visit.calls
        if call.command.ins == INS.READ_RECORD and call.within == TUNION and call.ok
        and (call.command.p2 >> 3, call.command.p1) == (sfi, number)
    ]  # fmt: skip
    return read[-1] if read else None


def _trip(terms: Terms, visit: Visit, tx: Transaction) -> Iterator[Finding]:
    found = _updates(tx, TunionFile.TRIPS)
    sizes = [len(call.command.data) for call in found]
    if sizes != [TripRecord.SIZE]:
        yield breaks("TRIP", visit.number, f"{len(found)} updates of EF 1E", 1, len(found),
                     tx.init.index)  # fmt: skip
        return
    call = found[0]
    if any(one.index > call.index for one in _updates(tx, TunionFile.INDUSTRY)):
        yield breaks("TRIP", visit.number, "EF 1E is written before EF 1A", "EF 1A", "EF 1E",
                     call.index)  # fmt: skip
    trip = TripRecord.parse(call.command.data)
    yield from _fields("EF 1E", visit, call, trip, TRIP, Writing(terms=terms, tx=tx))
    if tx.done and not visit.spoilt and visit.after is not None and TUNION in visit.after.purses:
        held = visit.after.purses[TUNION].trip
        if bytes.fromhex(held) != call.command.data:
            yield breaks("TRIP", visit.number, "the card does not hold the trip",
                         call.command.data.hex().upper(), held, call.index)  # fmt: skip


def _ride(terms: Terms, visit: Visit, tx: Transaction) -> Iterator[Finding]:
    found = _updates(tx, TunionFile.INDUSTRY)
    if not terms.record:
        for call in found:
            yield breaks("RIDE", visit.number, "a single ride is written into EF 1A", "none",
                         call.command.data[:2].hex(), call.index)  # fmt: skip
        return
    rail = terms.record == "2701"
    shape: Any = RailRecord if rail else BusRecord
    head = bytes.fromhex(terms.record)
    data = found[0].command.data if found else b""
    fits = len(found) == 1 and len(data) == shape.SIZE and data[:2] == head
    if not fits or found[0].command.p1 != head[1]:
        got = data[:2].hex() or "none"
        yield breaks("RIDE", visit.number, "no such update of EF 1A", terms.record, got,
                     found[0].index if found else tx.init.index)  # fmt: skip
        return
    stood = _old(visit, "rail" if rail else "bus")
    old = shape.parse(stood) if stood is not None and len(stood) == shape.SIZE else None
    at = Writing(terms=terms, tx=tx, old=old, within=old is not None and old.state == 0x01)
    entry = terms.direction == "entry"
    table = (RAIL_ENTRY if entry else RAIL_EXIT) if rail else (
        BUS_BOARDING if entry else BUS_ALIGHTING
    )  # fmt: skip
    record = shape.parse(data)
    yield from _fields("EF 1A", visit, found[0], record, table, at)
    for call in _updates(tx, TunionFile.TRIPS):
        if rail and len(call.command.data) == TripRecord.SIZE:
            trip = TripRecord.parse(call.command.data)
            if trip.balance_after != record.balance:
                yield breaks("RIDE", visit.number, "another balance in EF 1A than in EF 1E",
                             trip.balance_after, record.balance, found[0].index)  # fmt: skip


def _month(terms: Terms, visit: Visit, tx: Transaction, full: int | None) -> Iterator[Finding]:
    """EF 19, where the terminal keeps it and it is that of Guangzhou and Foshan."""
    stood = _old(visit, "month")
    shape = MonthlyStatistics
    for call in _updates(tx, TunionFile.STATISTICS):
        data = call.command.data
        if stood is None or len(stood) != shape.SIZE or stood[0] != 0x01 or call.command.p1 != 1:
            continue  # another city's file, or another record
        if len(data) != shape.SIZE:
            yield breaks("MONTH", visit.number, f"EF 19 is written with {len(data)} bytes",
                         shape.SIZE, len(data), call.index)  # fmt: skip
            continue
        at = Writing(terms=terms, tx=tx, old=shape.parse(stood), full=full)
        yield from _fields("EF 19", visit, call, shape.parse(data), MONTH, at)


def counts_rides(visit: Visit, tx: Transaction) -> str:
    """What a paid ride adds in EF 19, in words; empty where none is paid, or it is not known."""
    stood = _old(visit, "month") or b""
    if tx.commit is None or tx.data is None or not tx.amount or visit.spoilt:
        return ""
    if tx.operation != Operation.COMPOSITE or tx.standard != TUNION:
        return ""
    if len(stood) != MonthlyStatistics.SIZE or stood[0] != 0x01:
        return ""
    written = [call.command.data for call in _updates(tx, TunionFile.STATISTICS)]
    if not written or len(written[-1]) != MonthlyStatistics.SIZE:
        return "nothing" if not written else ""
    old, new = MonthlyStatistics.parse(stood), MonthlyStatistics.parse(written[-1])
    same = (old.year, old.month) == (new.year, new.month)
    metro, rides = (old.metro_rides, old.rides) if same else (0, 0)
    if 0xFF in (metro, rides):
        return ""
    return f"{new.rides - rides} ride(s), {new.metro_rides - metro} by metro"

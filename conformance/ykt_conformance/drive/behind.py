"""What a card has behind it: rides, purchases and loads at places of our own, off the record.

Everything is done with ordinary commands over the card's own link, by keys that are published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.altered import WRITTEN, altered, entered, file_of, own_of
from ykt_conformance.drive.card import test_pin
from ykt_conformance.drive.issue import ELSEWHERE, RIDE, SimLink, Spec, TestCard, factors
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.steps import Impossible
from ykt_sim.codes import (
    INS,
    LNT,
    SW,
    BusState,
    Direction,
    Industry,
    LntSubType,
    Operation,
    Purse,
    RideState,
    Standard,
    TripType,
)
from ykt_sim.crypto.derive import diversify_chain
from ykt_sim.profiles.cards import Identity
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Response
from ykt_sim.wire.commands import OPERATIONS, transaction_type
from ykt_sim.wire.files import BusRecord, LntTail, MonthlyStatistics, RailRecord, TripRecord

_FOREIGN_CITY: Final = "9999"
#: Another institution's than any terminal's: who writes its own for the entry's is seen.
_ANOTHER: Final = "19985810FFFFFFFF"
#: Minutes since a card entered, and since it left again.
_ENTERED, _LEFT = 20, 10
#: Rides that are over, with the sub-type of the exit in a Lingnan Tong log: 17 or 31 by
#: readers' code, cards facts 6.4.
_OVER: Final = {"left": LntSubType.METRO_EXIT, "left-31": LntSubType.METRO_EXIT_VARIANT}
#: What those who write no sub-type seem to put there: seconds, here of a bus.
_SECONDS: Final = 0x08
#: Behind a line of a log: it cost nothing. What a line costs by its type, fen.
_FREE: Final = "free"
_SPENDS: Final = {"02": -RIDE, "06": RIDE, "09": RIDE}
#: No terminal's own vehicle: who writes its own for the one of the boarding is seen.
_VEHICLE: Final = b"00090817"


def prepare(card: TestCard, ics: Mapping[str, Any], ago: Callable[[int], str]) -> None:
    """Do what a card's spec wants it to have behind it.

    Args:
        card: just issued.
        ics: of the terminal.
        ago: the terminal's clock so many minutes ago, 14 digits.

    Raises:
        Impossible: the card refuses it.
    """
    spec = card.spec
    for standard in _standards(spec):
        if spec.ride != "none" and ics[standard]["claimed"]:
            _ride(card, standard, ics, ago)
    if spec.newest:
        _used_last(card, spec.newest, ago(_LEFT))
    if spec.trip_city:
        _ride_before(card, later(ago(spec.trip_minutes), seconds=-spec.trip_seconds))
    if spec.month is not None:
        _paid_before(card, ago(_ENTERED), *spec.month)
    for change in spec.changes:
        if file_of(change) in WRITTEN:
            _alter(card, change, ago(_LEFT), own_of(ics["place"]))
    if spec.blocked:
        _block(card)


def spent(spec: Spec, ics: Mapping[str, Any]) -> int:
    """What its rides will have cost a card before it is tapped, fen."""
    last = 0 if spec.newest.endswith(_FREE) else _SPENDS.get(spec.newest[:2], 0)
    if spec.ride not in _OVER:
        return last
    purses = [one for one in _standards(spec) if ics[one]["claimed"]]
    return last + RIDE * (1 if not spec.shared else len(purses))


def _standards(spec: Spec) -> tuple[Standard, ...]:
    """Whose purses a card has."""
    return tuple(Standard) if spec.kind == "dual" else (Standard(spec.kind),)


# -- keys and transactions of our own ------------------------------------------------------


def card_key(identity: Identity, standard: str, role: str) -> bytes:
    """A key of a card of ours, diversified from the published test keys."""
    master = load_test_keys().masters(standard)[role]
    return diversify_chain(master, *(bytes.fromhex(f) for f in factors(identity)[standard]))


def _must(link: SimLink, command: bytes) -> bytes:
    answer = Response.parse(link.transmit(command))
    if answer.sw != SW.OK:
        raise Impossible(f"the card cannot be prepared: {command[:4].hex()} -> {answer.sw:04X}")
    return answer.data


def pay(
    card: TestCard,
    standard: str,
    *,
    operation: Operation = Operation.COMPOSITE,
    amount: int = 0,
    moment: bytes,
    terminal: str = "",
    caches: Sequence[bytes] = (),
) -> None:
    """A purchase at a terminal of our own, off the record.

    Args:
        card: who pays.
        standard: with which purse.
        operation: ``composite`` or ``purchase``.
        amount: fen.
        moment: the seven bytes of date and time as this standard sends them.
        terminal: 12 digits.
        caches: UPDATE CAPP DATA CACHE commands.

    Raises:
        Impossible: the card refuses it.
    """
    link, number = card.link, bytes.fromhex(terminal or ELSEWHERE[standard])
    link.power_on()
    _must(link, c.select(c.PURSE_AID[standard]))
    told = wire.InitializePurchaseAnswer.parse(_must(link, c.initialize(operation, amount, number)))
    for cache in caches:
        _must(link, cache)
    serial = b"\0\0\x7f\x01"
    session = reckon.offline_session(
        card_key(card.identity, standard, "purchase"), told.random, told.counter, serial
    )
    kind = transaction_type(operation, Purse.EP)
    mac = reckon.transaction_mac(session, amount, kind, number.hex(), moment.hex())
    _must(link, c.debit(serial, moment, mac))
    link.close()


def _by_host(
    card: TestCard, standard: str, operation: Operation, amount: int, moment: bytes
) -> None:
    """A load or an unload at a place of our own; the PIN is verified where the card wants it."""
    link, number = card.link, bytes.fromhex(ELSEWHERE[standard])
    link.power_on()
    _must(link, c.select(c.PURSE_AID[standard]))
    begin = c.initialize(operation, amount, number)
    answer = Response.parse(link.transmit(begin))
    pin = test_pin(standard)
    if answer.sw == SW.SECURITY and pin is not None:
        _must(link, c.verify(pin))
    told = wire.InitializeLoadAnswer.parse(
        answer.data if answer.sw == SW.OK else _must(link, begin)
    )
    key = card_key(card.identity, standard, OPERATIONS[operation].role)
    session = reckon.online_session(key, told.random, told.counter)
    kind = transaction_type(operation, Purse.EP)
    mac = reckon.transaction_mac(session, amount, kind, number.hex(), moment.hex())
    commit = c.credit if operation == Operation.LOAD else c.debit_unload
    _must(link, commit(moment, mac))
    link.close()


def _tail(moment: str, fare: int, sub_type: int) -> bytes:
    """The seven bytes of a Lingnan Tong terminal; ``moment`` has 14 digits."""
    return LntTail(
        fare=fare,
        month_day=moment[4:8],
        hour_minute=moment[8:12],
        sub_type=LntSubType(sub_type),
    ).build()


def _stamp(standard: str, moment: str, fare: int, sub_type: int) -> bytes:
    """Date and time as a terminal of a standard sends them."""
    return _tail(moment, fare, sub_type) if standard == LNT else bytes.fromhex(moment)


# -- elsewhere -----------------------------------------------------------------------------


class _Use(NamedTuple):
    """A use at another terminal: the operation by standard, and a Lingnan Tong sub-type."""

    tunion: Operation
    lnt: Operation
    sub_type: int = _SECONDS


#: What may be done with a card at another terminal: every type that a log may hold, cards facts 4.
USES: Final[Mapping[str, _Use]] = {
    "pays": _Use(Operation.COMPOSITE, Operation.PURCHASE),
    "buys": _Use(Operation.PURCHASE, Operation.PURCHASE, LntSubType.METRO_EXIT),
    "rides": _Use(Operation.COMPOSITE, Operation.COMPOSITE),
    "loads": _Use(Operation.LOAD, Operation.LOAD, LntSubType.LOAD),
    "unloads": _Use(Operation.UNLOAD, Operation.UNLOAD),
}


def use(card: TestCard, standard: str, what: str, amount: int, moment: str) -> None:
    """Use a card at another terminal, off the record.

    Args:
        card: that is used.
        standard: of its purse.
        what: a word of `USES`; ``changes``: its trip is made again; ``counts``: EF 19 has a sum of
            this month; these two are T-Union's, and nothing is charged.
        amount: fen; of ``counts`` the sum.
        moment: 14 digits.

    Raises:
        Impossible: the card refuses it.
    """
    if what == "changes" and not card.spec.trip_city:
        raise Impossible("the card has made no trip")
    if what == "changes":
        _ride_before(card, moment)
        return
    if what == "counts":
        _paid_before(card, moment, moment[:6], amount)
        return
    found = USES[what]
    operation = found.lnt if standard == LNT else found.tunion
    sent = _stamp(standard, moment, amount, found.sub_type)
    if operation in (Operation.LOAD, Operation.UNLOAD):
        _by_host(card, standard, operation, amount, sent)
    else:
        pay(card, standard, operation=operation, amount=amount, moment=sent)


#: What may stand as the newest line of a Lingnan Tong log, whatever stands behind it: every type
#: with every sub-type that a device writes, and a second; of an entry and of none, cards facts 6.4.
NEWEST: Final = tuple(
    f"{kind}{sub}{free}" for kind in ("02", "06", "09") for sub in ("08", "11", "14", "17", "31")
    for free in (("",) if kind == "02" else ("", _FREE))
)  # fmt: skip


def _used_last(card: TestCard, line: str, moment: str) -> None:
    """The Lingnan Tong purse is used once more, see `Spec.newest`."""
    kind, sub_type = line[:2], int(line[2:4], 16)
    amount = 0 if line.endswith(_FREE) else RIDE
    sent = _tail(moment, amount, sub_type)
    if kind == "02":
        _by_host(card, LNT, Operation.LOAD, amount, sent)
    else:
        operation = Operation.PURCHASE if kind == "06" else Operation.COMPOSITE
        pay(card, LNT, operation=operation, amount=amount, moment=sent)


# -- rides ---------------------------------------------------------------------------------


class _Gate(NamedTuple):
    """Where a card entered; digits."""

    city: str
    acquirer: str
    station: str
    terminal: str


def _gate(card: TestCard, standard: str, ics: Mapping[str, Any]) -> _Gate:
    """The entry that the ICS states, another one that is wished for, or one that nobody knows."""
    rides, (at, gate) = ics["rides"], card.spec.gate
    acquirer = rides["entry_acquirer"] or _ANOTHER
    if card.spec.ride == "elsewhere":
        return _Gate(_FOREIGN_CITY, acquirer, "99990099", ELSEWHERE[standard])
    return _Gate(
        card.spec.ride_city or rides["entry_city"] or ics["place"]["city"],
        acquirer,
        at or rides["entry_station"] or ics["place"]["station"],
        gate or rides["entry_terminal"] or ics["place"]["terminal_number"],
    )


def _ride(card: TestCard, standard: str, ics: Mapping[str, Any], ago: Callable[[int], str]) -> None:
    """A ride that is open or over, as the card's spec wants it."""
    gate, word, began, ended = _gate(card, standard, ics), card.spec.ride, ago(_ENTERED), ago(_LEFT)
    over = _OVER.get(word)
    if standard == LNT:
        if word == "other":
            return  # it has no records of rides
        number, at = entered(gate.terminal, began, card.spec.changes)
        pay(card, LNT, moment=_tail(at, 0, LntSubType.METRO_ENTRY), terminal=number)
        if over is not None:
            pay(card, LNT, amount=RIDE, moment=_tail(ended, RIDE, over), terminal=gate.terminal)
        return
    record = ics["device"]["record"]
    if word == "other":
        record = "2701" if record == "2702" else "2702"
    _passes(card, gate, began, _record(card, ics, record, gate, began))
    if over is not None:
        _passes(card, gate, ended, _record(card, ics, record, gate, began, ended), out=True)


def _passes(
    card: TestCard, gate: _Gate, moment: str, data: bytes, *, out: bool = False
) -> None:  # fmt: skip
    """A T-Union card goes in or out; the record of EF 1A is empty where none is written."""
    kind, place = TripType.EXIT if out else TripType.ENTRY, "0000" + gate.terminal
    caches = [_trip(card, kind, place, gate.city, moment)]
    if data:
        caches.insert(0, c.cache(data[1], c.INDUSTRY, data))
    pay(card, Standard.TUNION, amount=RIDE if out else 0, moment=bytes.fromhex(moment),
        terminal=gate.terminal, caches=caches)  # fmt: skip


def _record(
    card: TestCard, ics: Mapping[str, Any], record: str, gate: _Gate, began: str, ended: str = ""
) -> bytes:
    """A record of EF 1A: of an open ride, or of one that is over where its end is given.

    Empty where rides have no record.
    """
    if not record:
        return b""
    highest = card.spec.marked or ics["fare"]["maximum"]
    place, serial = "0000" + gate.terminal, "0" * 16
    if record == "2701":
        end: dict[str, Any] = {
            "exit_city": gate.city, "exit_acquirer": gate.acquirer,
            "exit_station": gate.station.ljust(16, "0"), "exit_terminal": place,
            "exit_datetime": ended,
        } if ended else {}  # fmt: skip
        return RailRecord.pack(
            record_serial=serial, state=RideState.OUTSIDE if ended else RideState.INSIDE,
            entry_city=gate.city, entry_acquirer=gate.acquirer,
            entry_station=gate.station.ljust(16, "0"), entry_terminal=place, entry_datetime=began,
            amount=RIDE if ended else highest, balance=card.spec.balance, **end,
        )  # fmt: skip
    stop = gate.station.ljust(10, "0")
    where = {"operator": stop[:4], "line": stop[4:8], "station": stop[8:10]}
    end = {
        **{f"alighting_{name}": digits for name, digits in where.items()},
        "alighting_city": gate.city, "alighting_acquirer": gate.acquirer,
        "alighting_vehicle": _VEHICLE, "alighting_terminal": place,
        "alighting_datetime": ended, "amount": RIDE, "distance": 1200,
    } if ended else {}  # fmt: skip
    return BusRecord.pack(
        record_serial=serial, state=BusState.ALIGHTED if ended else BusState.BOARDED,
        boarding_city=gate.city, boarding_acquirer=gate.acquirer, boarding_vehicle=_VEHICLE,
        boarding_terminal=place, boarding_datetime=began, maximum_amount=highest,
        direction=Direction.UP,
        **{f"boarding_{name}": digits for name, digits in where.items()}, **end,
    )  # fmt: skip


def _trip(card: TestCard, kind: TripType, place: str, city: str, moment: str) -> bytes:
    record = TripRecord(
        type=kind,
        terminal=place,
        industry=Industry.OTHER,
        line_station=card.spec.trip_line,
        amount=0,
        balance_after=card.spec.balance,
        datetime=moment,
        city=city,
        acquirer="1" * 8 + "F" * 8,
    )
    return c.cache(0x00, c.TRIPS, record.build())


def _ride_before(card: TestCard, moment: str) -> None:
    """A finished trip, so that EF 1E is not empty."""
    trip = _trip(
        card, TripType.SINGLE, "0000" + ELSEWHERE[Standard.TUNION], card.spec.trip_city, moment
    )
    pay(card, Standard.TUNION, moment=bytes.fromhex(moment), caches=[trip])


def _paid_before(card: TestCard, moment: str, when: str, fen: int) -> None:
    """What EF 19 says of the rides of a month, six digits."""
    record = MonthlyStatistics.pack(
        year=when[2:4], month=when[4:6], metro_rides=1, rides=1, sum_1=fen, sum_2=fen
    )
    pay(card, Standard.TUNION, moment=bytes.fromhex(moment),
        caches=[c.cache(0x01, c.PRIVATE, record)])  # fmt: skip


#: How a record is written: P1 and the file; and its name among the facts of a card.
_PLACES: Final[Mapping[str, tuple[int, int, str]]] = {
    "2701": (0x01, c.INDUSTRY, "2701"), "2702": (0x02, c.INDUSTRY, "2702"),
    "19": (0x01, c.PRIVATE, "19"), "1E": (0x00, c.TRIPS, "trip"),
}  # fmt: skip


def _alter(card: TestCard, change: str, moment: str, own: Mapping[str, str]) -> None:
    """One field of a record is another, as if another maker's terminal had written it."""
    p1, sfi, name = _PLACES[file_of(change)]
    record = card.facts().get(Standard.TUNION, {}).get(name, "")
    data = altered(bytes.fromhex(record), change, own)
    pay(card, Standard.TUNION, moment=bytes.fromhex(moment), caches=[c.cache(p1, sfi, data)])


def _block(card: TestCard) -> None:
    """APPLICATION BLOCK, for a while or for good."""
    standard, link = card.spec.blocked, card.link
    link.power_on()
    _must(link, c.select(c.PURSE_AID[standard]))
    challenge = _must(link, c.apdu(0x00, INS.GET_CHALLENGE, le=4))
    head = bytes((0x84, INS.APP_BLOCK, 0x00, 0x01 if card.spec.locked else 0x00))
    mac = reckon.line_mac(card_key(card.identity, standard, "line"), head, challenge)
    _must(link, head + b"\x04" + mac)
    link.close()

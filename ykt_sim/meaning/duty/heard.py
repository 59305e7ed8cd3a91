"""What is due from a card whose files were told wrong: by what was heard, never by another card.

A file that was told whole is what the terminal knows of it. One that was told too short, too long
or not at all may be taken for what it is or for none; so a price has to be that of the card as it
is, as it was told, or without that file. A terminal that fills the gap with what it has kept of
the card before takes another price, or lets through whom nothing lets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

import msgspec

from ykt_sim.codes import INS, LNT, TUNION, BusState, Tag
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.due import Due, History, due
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.purse import fen_of
from ykt_sim.meaning.duty.seen import Call, Purse, Visit, Who
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import (
    BusRecord,
    LntApplication,
    LntTransactionRecord,
    MonthlyStatistics,
    RailRecord,
    TripRecord,
    TunionApplication,
    TunionCardInfo,
)
from ykt_sim.wire.tlv import value_at

#: The flag of EF 17 lies before its tenth byte.
_FLAG_END: Final = 10
#: Grounds that a card shows by its money; bytes of what GET BALANCE answers.
_MONEY: Final = frozenset(("ENOUGH", "EMPTY"))
_BALANCE: Final = 4
#: Grounds that a card shows in its files, and not by its money.
_SHOWN: Final = frozenset(
    ("NO-DATE", "START", "EXPIRY", "ISSUER", "IIN", "FLAG", "BLACK", "INSIDE", "OUTSIDE", "STATION")
)


def told_wrong(terms: Terms, visit: Visit, past: History) -> Iterator[Finding]:
    """What is against a terminal that let a card through whose answers were spoilt."""
    if not visit.passed or len(visit.done) != 1 or terms.load:
        return
    tx = visit.done[0]
    found = [due(terms, one, past) for one in _heard(terms, visit, tx.standard)]
    if not found:
        return
    if all(one.refused and not one.doubt for one in found) and (
        _sure(found, visit) or _too_little(found, visit)
    ):
        ground = found[0].grounds[0]
        yield breaks(
            ground.rule, visit.number,
            f"a card that {ground.what} is let through, and nothing that was heard says otherwise",
            "refused", "accepted", visit.last,
        )  # fmt: skip
        return
    found = [one for one in found if not one.refused]
    if found and not any(one.fits(tx.standard, tx.amount) for one in found):
        prices = sorted({one.price.amount or 0 for one in found if one.price is not None})
        yield breaks(
            "PRICE", visit.number,
            f"INITIALIZE asks for {tx.amount} fen, to which nothing comes that this card has told",
            " or ".join(map(str, prices)), tx.amount, tx.init.index,
        )  # fmt: skip


def _sure(found: list[Due], visit: Visit) -> bool:
    """The card is refused for what its files show, and they were not told as other ones."""
    shown = all(one.rule in _SHOWN for each in found for one in each.grounds)
    return shown and not any(_another(visit, call) for call in visit.calls)


def _too_little(found: list[Due], visit: Visit) -> bool:
    """It holds too little whatever it is taken for, and nothing that was heard says otherwise.

    INITIALIZE tells the unused overdraft with its balance, and its limit beside (purse facts 3).
    """
    if not all(any(one.rule in _MONEY for one in each.grounds) for each in found):
        return False
    need = min(each.price.need if each.price is not None else 0 for each in found)
    told = [
        fen_of(int.from_bytes(call.response.data, "big"))
        for call in visit.calls
        if call.ok and call.command.ins == INS.GET_BALANCE and len(call.response.data) == _BALANCE
    ]
    told += [fen_of(tx.answer.balance) - tx.answer.overdraft_limit for tx in visit.done]
    return need > 0 and all(one < need for one in told)


def _another(visit: Visit, call: Call) -> bool:
    """An answer that names a whole card, and not this one."""
    who = visit.who
    if who is None or not call.ok:
        return False
    data, layout = call.response.data, LntApplication if call.within == LNT else TunionApplication
    if call.command.ins == INS.SELECT:
        try:
            data = value_at(data, Tag.FCI, Tag.PROPRIETARY, Tag.ISSUER_DATA) or b""
        except ReadError:
            return True
        layout = TunionApplication
    elif call.command.ins != INS.READ_BINARY or call.command.p1 & 0x1F != TunionFile.APPLICATION:
        return False
    if len(data) < layout.SIZE - 2:
        return False
    dates = [date for pair in who.dates.values() for date in pair]
    return not any(bytes.fromhex(date) in data for date in dates if len(date) == 8)


# -- which cards it may be ---------------------------------------------------------------------


def _heard(terms: Terms, visit: Visit, standard: str) -> Iterator[Visit]:
    """The visit of every card that this one may be taken for; money comes from one purse only."""
    if visit.who is None or visit.before is None or standard not in visit.before.purses:
        return
    purse = visit.before.purses[standard]
    ways = {name: _ways(terms, visit, name, true) for name, true in _files(terms, purse, standard)}
    for who in _people(visit, standard):
        for contents in product(*ways.values()):
            told = dict(zip(ways, contents, strict=True))
            purses = {**visit.before.purses, standard: _with(purse, told)}
            before = msgspec.structs.replace(visit.before, purses=purses)
            yield msgspec.structs.replace(visit, who=who, before=before)


def _files(terms: Terms, purse: Purse, standard: str) -> Iterator[tuple[str, str]]:
    """Records that a price may depend on, and what they hold."""
    if standard == LNT:
        yield "log", purse.log
        if purse.ride is not None:
            yield "ride", purse.ride
        return
    yield from (("19", purse.month), ("trip", purse.trip))
    if terms.record:
        yield terms.record, purse.rail if terms.record == "2701" else purse.bus


def _people(visit: Visit, standard: str) -> Iterator[Who]:
    if visit.who is None:
        return
    only = msgspec.structs.replace(visit.who, standards=(standard,), ppse=True)
    yield only
    calls = _reads(visit, TunionFile.CARD_INFO, INS.READ_BINARY)
    if any(not call.ok or len(call.response.data) < _FLAG_END for call in calls):
        yield msgspec.structs.replace(only, ef17=False)
    for call in calls:
        if call.ok and len(call.response.data) == TunionCardInfo.SIZE:
            flag = TunionCardInfo.parse(call.response.data).interoperability
            yield msgspec.structs.replace(only, flag=flag)


#: Where a record is read, and how long it is.
_FILES: Final = {
    "19": (TunionFile.STATISTICS, MonthlyStatistics.SIZE),
    "trip": (TunionFile.TRIPS, TripRecord.SIZE),
    "2701": (TunionFile.INDUSTRY, RailRecord.SIZE), "2702": (TunionFile.INDUSTRY, BusRecord.SIZE),
    "log": (TunionFile.LOG, LntTransactionRecord.SIZE),
}  # fmt: skip


def _ways(terms: Terms, visit: Visit, name: str, true: str) -> tuple[str, ...]:
    """What a record may be taken for."""
    if name == "ride":
        return _rides(visit, true)
    sfi, size = _FILES[name]
    for call in _reads(visit, sfi, INS.READ_RECORD):
        data = call.response.data
        if call.ok and len(data) == size:
            return (data.hex(),) if any(data) or name != "log" else ("",)
        return (true, "", *((_strange(name, visit.clock),) if name == terms.record else ()))
    return (true,)


def _rides(visit: Visit, true: str) -> tuple[str, ...]:
    """The newest entry or exit among the records of the log that were told."""
    sfi, size = _FILES["log"]
    calls = _reads(visit, sfi, INS.READ_RECORD)
    whole = [call.response.data for call in calls if call.ok and len(call.response.data) == size]
    found = (one.hex() for one in whole if LntTransactionRecord.parse(one).tells_ride)
    told = next(found, "")
    return (told,) if len(whole) == len(calls) else tuple(dict.fromkeys((true, told, "")))


def _strange(record: str, clock: str) -> str:
    """A ride from a place nobody knows: for that a record may pass that cannot be read."""
    if record == "2701":
        rail = RailRecord.parse(bytes.fromhex(RailRecord.EXAMPLE))
        return rail.replace(entry_city="FFFF", amount=0, entry_datetime=clock).build().hex()
    bus = BusRecord.parse(bytes.fromhex(BusRecord.EXAMPLE))
    return bus.replace(
        boarding_city="FFFF", state=BusState.BOARDED, maximum_amount=0, boarding_datetime=clock
    ).build().hex()  # fmt: skip


def _reads(visit: Visit, sfi: int, ins: int) -> list[Call]:
    def names(call: Call) -> int:
        command = call.command
        return command.p1 & 0x1F if ins == INS.READ_BINARY else command.p2 >> 3

    return [
        call
        for call in visit.calls
        if call.command.ins == ins and call.within in (TUNION, LNT) and names(call) == sfi
    ]


def _with(purse: Purse, told: dict[str, str]) -> Purse:
    names = {"19": "month", "2701": "rail", "2702": "bus"}
    return msgspec.structs.replace(
        purse, **{names.get(name, name): data for name, data in told.items()}
    )

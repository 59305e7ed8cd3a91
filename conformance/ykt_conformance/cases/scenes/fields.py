"""Checks of what a terminal writes: under MAC1, into EF 1E and EF 1A, in the right order.

Expected values come from the ICS and from the answers of the card; nothing here knows how
our own terminals work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from ykt_conformance.cases.scenes.checks import initialized, purchases
from ykt_conformance.cases.words.checks import each
from ykt_conformance.cases.words.record import Judge
from ykt_conformance.drive import reckon
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.taps import SeenTap, good, keys_of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, INS, LOAD, PURCHASE, TUNION
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.clock import dated
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import BusRecord, LntTail, RailRecord, TripRecord
from ykt_sim.wire.purse import InitializeData
from ykt_sim.wire.record import Record

_TRIPS, _INDUSTRY = TunionFile.TRIPS, TunionFile.INDUSTRY
_FORMAT: Final = "%Y%m%d%H%M%S"
#: Bytes of a command before its data.
_HEAD: Final = 5
_R = TypeVar("_R", bound=Record)


def differs(
    tap: SeenTap,
    call: Call,
    record: type[Record],
    name: str,
    *,
    due: str,
    found: str,
    what: str = "",
) -> Fault:
    """A field of a record in a command that is not as it should be; values as digits."""
    offset = next(spec.offset for spec in record.LAYOUT if spec.name == name)
    return Fault(
        f"{tap.name}: {what or name.replace('_', ' ')} is {found}, expected {due}",
        call.index, due, found, _HEAD + offset,
    )  # fmt: skip


# -- MAC1, time, numbers ---------------------------------------------------------------


def mac1_right(standard: str) -> Judge:
    """MAC1 in DEBIT is the one that follows from the card's key and what was sent."""

    def check(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
        tap, tx = item
        due = reckon.mac_of_commit(tx, keys_of(view, tap))
        if due is None or tx.commit is None:
            return Unproven(f"the {standard} purchase key is not known")
        sent = reckon.sent_mac(tx)
        if sent == due:
            return None
        # Where in the command it stands: serial, date and time come before it.
        return Fault(
            f"{tap.name}: MAC1 is wrong", tx.commit.index, due.hex().upper(), sent.hex().upper(),
            _HEAD + 11,
        )  # fmt: skip

    missing = f"DEBIT of a {standard} purse"
    return each(lambda view: purchases(view, standard), check, missing)


def _seconds(moment: str) -> float | None:
    try:
        return datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def off_clock(view: View, moment: str, clock: str, slack: int = 0) -> bool:
    """True when a moment of 14 digits is further from the clock than the ICS allows."""
    found, due = _seconds(moment), _seconds(clock)
    if due is None:
        return found is None
    return found is None or abs(found - due) > int(view.ics["clock"]["tolerance_s"]) + slack


def moment_right(standard: str) -> Judge:
    """Date and time in DEBIT are the terminal's clock in the form of the standard."""

    def check(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
        tap, tx = item
        if tx.commit is None:
            return Unproven("no commit")
        sent = tx.data.datetime.upper()
        if not tap.clock:
            return Unproven("the trace does not tell the terminal's clock")
        if standard == TUNION:
            wrong, due = off_clock(view, sent, tap.clock), tap.clock
        else:
            tail = LntTail.parse(bytes.fromhex(sent))
            due = f"....{tap.clock[4:12]}.."
            moment = dated(tail.month_day + tail.hour_minute + tap.clock[12:], tap.clock)
            wrong = off_clock(view, moment, tap.clock, 60)
        if wrong:
            return Fault(
                f"{tap.name}: date and time in DEBIT are {sent}, the clock says {due}",
                tx.commit.index, "" if "." in due else due, "" if "." in due else sent, _HEAD + 4,
            )  # fmt: skip
        return None

    missing = f"DEBIT of a {standard} purse"
    return each(lambda view: purchases(view, standard), check, missing)


def lnt_fare(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
    """The first two bytes of the Lingnan Tong tail are the fare before discount."""
    tap, tx = item
    if tx.commit is None:
        return Unproven("no commit")
    tail = LntTail.parse(bytes.fromhex(tx.data.datetime))
    due = int(view.ics["fare"]["full"])
    if tail.fare == due:
        return None
    return Fault(
        f"{tap.name}: the fare in DEBIT is {tail.fare} fen, before discount it is {due} fen",
        tx.commit.index, f"{due:04X}", f"{tail.fare:04X}", _HEAD + 4,
    )  # fmt: skip


def fare_right(standard: str) -> Judge:
    """INITIALIZE of an ordinary tap asks for what the ICS states."""

    def check(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
        tap, tx = item
        due = int(view.ics["fare"][standard])
        if tx.amount == due:
            return None
        return Fault(
            f"{tap.name}: INITIALIZE asks for {tx.amount} fen, the fare is {due} fen",
            tx.init.index, f"{due:08X}", f"{tx.amount:08X}", _HEAD + 1,
        )  # fmt: skip

    def ordinary(view: View) -> list[tuple[SeenTap, SeenTransaction]]:
        found = purchases(view, standard)
        return [item for item in found if item[0].role in ("", "control", "again")]

    return each(ordinary, check, f"DEBIT of a {standard} purse")


def _request(call: Call) -> InitializeData | None:
    try:
        return InitializeData.parse(call.command.data)
    except ReadError:
        return None


def init_right(standard: str, name: str) -> Judge:
    """A field of INITIALIZE: ``terminal`` or ``key_index``, as the ICS states it."""

    def check(view: View, item: tuple[SeenTap, Call]) -> Judgement:
        tap, call = item
        request = _request(call)
        if request is None:
            return Fault(f"{tap.name}: INITIALIZE has {len(call.command.data)} bytes", call.index)
        if name == "terminal":
            due = view.ics["place"]["terminal_number"].upper()
            sent = request.terminal.upper()
        else:
            due, sent = f"{view.ics['purchase']['key_index']:02X}", f"{request.key_index:02X}"
        if sent == due:
            return None
        return differs(tap, call, InitializeData, name, due=due, found=sent)

    missing = f"INITIALIZE of a {standard} purse"
    return each(lambda view: initialized(view, standard), check, missing)


def kind_right(standard: str) -> Judge:
    """The purchase is of the declared type: P1 of INITIALIZE and of DEBIT."""

    def check(view: View, item: tuple[SeenTap, Call]) -> Judgement:
        tap, call = item
        due = view.ics["purchase"][standard]
        p1 = {COMPOSITE: 0x03, "simple": 0x01}[due]
        if call.command.p1 != p1:
            return Fault(
                f"{tap.name}: INITIALIZE has P1={call.command.p1:02X}, {due} has {p1:02X}",
                call.index, f"{p1:02X}", f"{call.command.p1:02X}", 2,
            )  # fmt: skip
        allowed = (0x01, 0x02) if due == "simple" else (0x01,)  # the laboratory shows 02
        for debit in tap.calls_of(INS.DEBIT):
            if debit.command.p1 not in allowed:
                return Fault(
                    f"{tap.name}: DEBIT has P1={debit.command.p1:02X}, not 01",
                    debit.index, "01", f"{debit.command.p1:02X}", 2,
                )  # fmt: skip
        return None

    missing = f"INITIALIZE of a {standard} purse"
    return each(lambda view: initialized(view, standard), check, missing)


def serials(view: View) -> Judgement:
    """No PSAM number is used twice, and each is higher than the one before."""
    last = -1
    seen = 0
    for tap in good(view):
        for tx in tap.transactions:
            if tx.operation not in (PURCHASE, COMPOSITE) or tx.data is None:
                continue
            number = int.from_bytes(tx.data.terminal_serial, "big")
            seen += 1
            if number <= last and tx.commit is not None:
                how = "repeated" if number == last else "lower than one before"
                return Fault(
                    f"{tap.name}: PSAM number {number} is {how}",
                    tx.commit.index, f"{last + 1:08X}", f"{number:08X}", _HEAD,
                )  # fmt: skip
            last = number
    return None if seen > 1 else Unproven("the trace has no two purchases")


# -- EF 1E -----------------------------------------------------------------------------


def composites(view: View) -> list[tuple[SeenTap, SeenTransaction]]:
    """T-Union purchases that got as far as DEBIT, in taps nobody spoilt.

    Simple ones are among them: where composite is declared they have no updates.
    """
    return [(tap, tx) for tap, tx in purchases(view, TUNION) if tx.operation != LOAD]


def updates(tx: SeenTransaction, sfi: int) -> Iterator[Call]:
    """Cache updates of a file in a transaction."""
    return (call for call in tx.caches if call.command.p2 >> 3 == sfi)


def trip(tx: SeenTransaction) -> tuple[Call, TripRecord] | None:
    """The EF 1E record written with a transaction."""
    for call in updates(tx, _TRIPS):
        if len(call.command.data) == TripRecord.SIZE:
            return call, TripRecord.parse(call.command.data)
    return None


def one_trip(_view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
    """Exactly one EF 1E record of 48 bytes goes with each purchase."""
    tap, tx = item
    found = list(updates(tx, _TRIPS))
    if len(found) != 1:
        return Fault(f"{tap.name}: {len(found)} updates of EF 1E, one is due", tx.init.index)
    size = len(found[0].command.data)
    if size != TripRecord.SIZE:
        return Fault(f"{tap.name}: EF 1E is written with {size} bytes, not 48", found[0].index)
    return None


Expect = Callable[[View, SeenTap, SeenTransaction, TripRecord], tuple[str, str] | None]


def trip_field(name: str, expect: Expect, what: str = "") -> Judge:
    """A field of EF 1E; ``expect`` gives (due, found) as digits when they differ."""

    def check(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
        tap, tx = item
        found = trip(tx)
        if found is None:
            return Unproven("no EF 1E was written")
        call, record = found
        wrong = expect(view, tap, tx, record)
        if wrong is None:
            return None
        return differs(
            tap,
            call,
            TripRecord,
            name,
            due=wrong[0],
            found=wrong[1],
            what=what or f"{name} in EF 1E",
        )

    return each(composites, check, "EF 1E record that goes with a purchase")


def same(value: Callable[[View, SeenTransaction], str], name: str) -> Expect:
    """The field must be this value, compared as text without case."""

    def expect(
        view: View, _tap: SeenTap, tx: SeenTransaction, record: TripRecord
    ) -> tuple[str, str] | None:
        raw = getattr(record, name)
        found = (f"{raw:02X}" if isinstance(raw, int) else raw).upper()
        due = value(view, tx).upper()
        return None if found == due else (due, found)

    return expect


def number(value: Callable[[SeenTransaction], int], name: str) -> Expect:
    """The field must be this number of fen."""

    def expect(
        _view: View, _tap: SeenTap, tx: SeenTransaction, record: TripRecord
    ) -> tuple[str, str] | None:
        due, found = value(tx), int(getattr(record, name))
        return None if due == found else (f"{due:08X}", f"{found:08X}")

    return expect


def after(tx: SeenTransaction) -> int:
    """Net balance after a purchase: what can be spent without the overdraft limit, fen."""
    return max(0, int(tx.answer.balance) - int(tx.answer.overdraft_limit) - tx.amount)


# -- EF 1A -----------------------------------------------------------------------------


_SHAPES: Final[dict[bytes, type[RailRecord] | type[BusRecord]]] = {
    b"\x27\x01": RailRecord,
    b"\x27\x02": BusRecord,
}


def industry(tx: SeenTransaction) -> tuple[Call, Any] | None:
    """The EF 1A record written with a transaction, parsed by its identifier."""
    for call in updates(tx, _INDUSTRY):
        shape = _SHAPES.get(call.command.data[:2])
        if shape is not None and len(call.command.data) == shape.SIZE:
            return call, shape.parse(call.command.data)
    return None


def one_industry(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
    """One EF 1A record with the declared identifier, before EF 1E."""
    tap, tx = item
    found = list(updates(tx, _INDUSTRY))
    if not found:
        return Fault(f"{tap.name}: no update of EF 1A", tx.init.index)
    due, sent = view.ics["device"]["record"], found[0].command.data[:2].hex()
    if sent != due:
        return Fault(
            f"{tap.name}: the EF 1A record is {sent}, declared is {due}",
            found[0].index, due, sent, _HEAD,
        )  # fmt: skip
    if found[0].command.p1 != int(due, 16) & 0xFF:
        return Fault(
            f"{tap.name}: P1={found[0].command.p1:02X} does not name record {due}",
            found[0].index, due[2:], f"{found[0].command.p1:02X}", 2,
        )  # fmt: skip
    return None


def order(_view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
    """EF 1A before EF 1E, and all of it between INITIALIZE and DEBIT."""
    tap, tx = item
    files = [call.command.p2 >> 3 for call in tx.caches]
    if _INDUSTRY not in files or _TRIPS not in files:
        return Unproven("not both files were written")
    if files.index(_INDUSTRY) > files.index(_TRIPS):
        call = tx.caches[files.index(_TRIPS)]
        return Fault(f"{tap.name}: EF 1E is written before EF 1A", call.index)
    return None


def industry_fields(
    expect: Callable[[View, SeenTap, SeenTransaction, Any], dict[str, str]],
) -> Judge:
    """Fields of EF 1A; ``expect`` gives names and digits, ``*`` stands for any digits."""

    def check(view: View, item: tuple[SeenTap, SeenTransaction]) -> Judgement:
        tap, tx = item
        found = industry(tx)
        if found is None:
            return Unproven("no EF 1A record was written that can be read")
        call, record = found
        for name, due in expect(view, tap, tx, record).items():
            raw = getattr(record, name)
            size = next(spec.size for spec in type(record).LAYOUT if spec.name == name)
            sent = (f"{raw:0{2 * size}X}" if isinstance(raw, int) else str(raw)).upper()
            if sent != due.upper():
                what = f"{name.replace('_', ' ')} in EF 1A"
                return differs(tap, call, type(record), name, due=due, found=sent, what=what)
        return None

    return each(composites, check, "EF 1A record that goes with a purchase")


def stray_updates(view: View) -> Judgement:
    """No record is updated outside a composite purchase."""
    found = False
    for tap in good(view):
        inside = {call.index for tx in tap.transactions for call in tx.caches}
        for call in tap.calls_of(INS.UPDATE_RECORD):
            found = True
            if not call.command.cla & 0x80:
                return Fault(f"{tap.name}: a record is updated with a plain command", call.index)
            if call.index not in inside:
                return Fault(f"{tap.name}: a record is updated outside a purchase", call.index)
    return None if found else Unproven("the trace has no update of a record")

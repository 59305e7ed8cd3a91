"""What many card cases do: enter an application, take its state down, run a transaction.

Flows are used with ``yield from``. A flow that cannot go on (no key, an answer it needs
did not come) raises `Impossible`; whatever the card did wrong until then stands in the
trace, and the judge looks at it all the same.
"""

from __future__ import annotations

from typing import Final, cast

import msgspec

from ykt_conformance.cases.words.record import Flow, Stimulus
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench, asks_pin
from ykt_conformance.drive.steps import Impossible, PowerCycle, Send
from ykt_sim.codes import (
    AID_LNT_BASIC,
    SW,
    TUNION,
    LntSubType,
    Operation,
    Purse,
    Standard,
    TransactionType,
)
from ykt_sim.crypto import des
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Response
from ykt_sim.wire.applications import LntFile
from ykt_sim.wire.commands import OFFLINE, ONLINE, OPERATIONS, transaction_type
from ykt_sim.wire.files import IndustryRecord, LntTail, TripRecord

#: Type byte under MAC and TAC by operation.
TYPES: Final[dict[str, TransactionType]] = {
    operation: transaction_type(operation, Purse.EP) for operation in Operation
}
_Answer = wire.InitializeLoadAnswer | wire.InitializePurchaseAnswer | wire.InitializeOverdraftAnswer


def send(command: bytes) -> Flow[Response]:
    """One command; gives the answer, whatever it is."""
    return (yield Send(command))


def sends(*commands: bytes) -> Stimulus:
    """A stimulus that sends these commands and no more."""

    def flow(_bench: CardBench) -> Flow[None]:
        for command in commands:
            yield Send(command)

    return flow


def must(command: bytes, what: str) -> Flow[Response]:
    """One command that has to end in 9000 for the case to go on."""
    answer = yield Send(command)
    if answer.sw != 0x9000:
        raise Impossible(f"{what} was answered {answer.sw:04X}")
    return answer


def key(bench: CardBench, standard: str, role: str) -> bytes:
    """A card key, or Impossible."""
    found = bench.keys.get(standard, role)
    if found is None:
        raise Impossible(f"the {standard} key for {role} is not known")
    return found


# -- getting in ------------------------------------------------------------------------


def enter(standard: str) -> Flow[Response]:
    """Select a purse, learning on the way what its keys are diversified with."""
    if standard == Standard.LNT:
        yield from must(c.select(AID_LNT_BASIC), "SELECT PAY.APPY")
        yield from must(c.read_binary(LntFile.APPLICATION), "READ BINARY of EF 15 under PAY.APPY")
    return (yield from must(c.select(c.PURSE_AID[standard]), f"SELECT of the {standard} purse"))


def again(standard: str) -> Flow[None]:
    """Power-cycle and select the purse."""
    yield PowerCycle()
    yield from enter(standard)


def show_pin(bench: CardBench, standard: str, pin: bytes) -> Flow[Response]:
    """VERIFY a PIN, filled as the card takes it; gives the answer.

    Where the ICS does not say what it takes, a wrong length costs no try [GM 7.10].
    """
    first, *others = bench.shapes(standard, pin)
    answer = yield Send(c.verify(first))
    for shape in others:
        if answer.sw == SW.WRONG_LENGTH:
            answer = yield Send(c.verify(shape))
    return answer


def present_pin(bench: CardBench, standard: str) -> Flow[None]:
    """VERIFY the right PIN where there is one and it is known."""
    pin = bench.pin(standard)
    if bench.ics[standard]["pin"] and pin is not None:
        answer = yield from show_pin(bench, standard, pin)
        if not answer.ok:
            raise Impossible(f"VERIFY with the right PIN was answered {answer.sw:04X}")


def unlock(bench: CardBench, standard: str, operation: str) -> Flow[None]:
    """Present the PIN before a transaction with the host where the card asks for it, or may."""
    if operation in ONLINE and asks_pin(bench.ics[standard], operation) is not False:
        yield from present_pin(bench, standard)


# -- taking the state down ---------------------------------------------------------------


def balances(bench: CardBench) -> Flow[None]:
    """Every GET BALANCE the card claims to answer."""
    last = 5 if bench.ics["behaviour"]["balance_p1"] else 0
    for p1 in range(last + 1):
        yield Send(c.balance(p1, 0x10 if p1 == 5 else 0x04))


def available(bench: CardBench) -> Flow[int]:
    """Available balance in fen, as GET BALANCE says."""
    answer = yield from must(c.balance(0x00), "GET BALANCE")
    value = int.from_bytes(answer.data, "big")
    return value & 0x7FFFFFFF if bench.ics["behaviour"]["top_bit"] else value


def _net(bench: CardBench, standard: str, have: int) -> Flow[int]:
    """Actual balance less what is drawn, in fen: P1=03 and P1=02 where the two differ.

    Args:
        bench: surroundings.
        standard: selected purse.
        have: its available balance.
    """
    behaviour = bench.ics["behaviour"]
    names = c.PURSE_AID if behaviour["balance"] == "shared" else (standard,)
    overdrawn = any(bench.ics[name]["overdraft"] for name in names)
    if not overdrawn or not behaviour["balance_p1"]:
        return have
    answer = yield from must(c.balance(0x03), "GET BALANCE P1=03")
    value = int.from_bytes(answer.data, "big")
    value = value & 0x7FFFFFFF if behaviour["top_bit"] else value
    if value:
        return value  # nothing is drawn while something is there (cards 3.10)
    answer = yield from must(c.balance(0x02), "GET BALANCE P1=02")
    return -int.from_bytes(answer.data, "big")


def net(bench: CardBench, standard: str) -> Flow[int]:
    """Actual balance less what is drawn, in fen, as GET BALANCE says."""
    have = yield from available(bench)
    return (yield from _net(bench, standard, have))


def log(count: int, sfi: int = c.LOG, start: int = 1) -> Flow[None]:
    """Read records ``start``.. of a file, ``count`` of them."""
    for number in range(start, start + count):
        yield Send(c.read_record(number, sfi))


def audit(bench: CardBench, standard: str, records: int = 2) -> Flow[None]:
    """Read what a transaction may change: balances, newest log records, ride records."""
    yield from balances(bench)
    yield from log(records)
    if standard == Standard.TUNION:
        yield from log(min(records, 2), c.TRIPS)
        if bench.ics[TUNION]["ef1a"]:
            yield Send(c.read_record_id(c.RAIL, c.INDUSTRY))


def count(standard: str, operation: str = Operation.PURCHASE) -> Flow[None]:
    """Let INITIALIZE tell the counter, with amount 0, and leave it at that."""
    yield Send(c.initialize(operation, 0, c.TERMINAL[standard]))


def counters(bench: CardBench, standard: str) -> Flow[None]:
    """Both counters where load is claimed, else the offline one; the PIN is presented."""
    if bench.ics[standard]["load"]:
        yield from unlock(bench, standard, Operation.LOAD)
        yield from count(standard, Operation.LOAD)
    yield from count(standard, Operation.PURCHASE)


# -- transactions ----------------------------------------------------------------------


class Begun(msgspec.Struct, frozen=True):
    """An INITIALIZE that was answered 9000, and the commit that belongs to it.

    Attributes:
        answer: of INITIALIZE, parsed.
        commit: command APDU with the right MAC.
    """

    standard: str
    operation: str
    answer: _Answer
    commit: bytes

    @property
    def number(self) -> int:
        """The counter after the transaction."""
        return int(self.answer.counter) + 1


def moment(bench: CardBench, standard: str, fare: int = 200) -> bytes:
    """The seven bytes of date and time as a terminal of this standard sends them."""
    drawn = bench.rng(3)
    hour, minute, second = drawn[0] % 24, drawn[1] % 60, drawn[2] % 60
    if standard == Standard.TUNION:
        return bytes.fromhex(f"20240615{hour:02d}{minute:02d}{second:02d}")
    return LntTail(
        fare=fare,
        month_day="0615",
        hour_minute=f"{hour:02d}{minute:02d}",
        sub_type=LntSubType(int(f"{second:02d}", 16)),
    ).build()


def initialize(bench: CardBench, standard: str, operation: str, amount: int) -> Flow[Response]:
    """The PIN where it may be asked for, and INITIALIZE, whatever it answers."""
    yield from unlock(bench, standard, operation)
    return (yield Send(c.initialize(operation, amount, c.TERMINAL[standard])))


def begin(
    bench: CardBench,
    standard: str,
    operation: str,
    amount: int = 0,
    *,
    limit: int = 0,
    key_standard: str = "",
) -> Flow[Begun]:
    """PIN, INITIALIZE, and the commit is made; the caller sends it, spoils it or leaves it.

    Args:
        bench: surroundings.
        standard: selected purse.
        operation: ``load``, ``purchase``, ``composite``, ``overdraft``, ``unload``.
        amount: fen.
        limit: new overdraft limit in fen.
        key_standard: take the key of another application, to be refused.
    """
    answer = yield from initialize(bench, standard, operation, amount)
    if answer.sw != 0x9000:
        raise Impossible(f"INITIALIZE for {operation} was answered {answer.sw:04X}")
    return commit_of(
        bench, (standard, operation), amount, answer, limit=limit, key_standard=key_standard
    )


def commit_of(
    bench: CardBench,
    begun: tuple[str, str],
    amount: int,
    answer: Response,
    *,
    limit: int = 0,
    key_standard: str = "",
    when: bytes = b"",
) -> Begun:
    """What INITIALIZE began, and the commit with the right MAC.

    Args:
        bench: surroundings.
        begun: purse and operation.
        amount, limit, key_standard: as for `begin`.
        answer: of INITIALIZE, 9000.
        when: seven bytes of date and time; any without.
    """
    standard, operation = begun
    row = OPERATIONS[Operation(operation)]
    told = cast("_Answer", row.initialize.answer[0].parse(answer.data))
    secret = key(bench, key_standard or standard, row.role)
    when, serial = when or moment(bench, standard), bench.rng(4)
    where, date = c.TERMINAL[standard].hex(), when.hex()
    if operation in OFFLINE:
        session = reckon.offline_session(secret, told.random, told.counter, serial)
        mac = reckon.transaction_mac(session, amount, TYPES[operation], where, date)
        return Begun(standard, operation, told, c.debit(serial, when, mac))
    session = reckon.online_session(secret, told.random, told.counter)
    if operation == Operation.OVERDRAFT:
        mac = reckon.overdraft_mac2(session, limit, where, date)
        return Begun(standard, operation, told, c.update_overdraft(limit, when, mac))
    mac = reckon.transaction_mac(session, amount, TYPES[operation], where, date)
    build = c.credit if operation == Operation.LOAD else c.debit_unload
    return Begun(standard, operation, told, build(when, mac))


def spoil(begun: Begun, byte: int = -2, bits: int = 0x01) -> bytes:
    """The commit with one byte turned; -2 is the last byte of the MAC, before Le."""
    commit = bytearray(begun.commit)
    commit[byte] ^= bits
    return bytes(commit)


def unsigned(begun: Begun) -> bytes:
    """The commit with zeros for its MAC."""
    return begun.commit[:-5] + bytes(4) + begun.commit[-1:]


def do(
    bench: CardBench, standard: str, operation: str, amount: int = 0, *, limit: int = 0
) -> Flow[Begun]:
    """A whole transaction; what the card answers to the commit is for the judge."""
    begun = yield from begin(bench, standard, operation, amount, limit=limit)
    yield Send(begun.commit)
    return begun


def done(
    bench: CardBench, standard: str, operation: str, amount: int = 0, *, limit: int = 0
) -> Flow[Begun]:
    """A whole transaction that has to succeed for the case to go on."""
    begun = yield from begin(bench, standard, operation, amount, limit=limit)
    yield from must(begun.commit, f"the commit of {operation}")
    return begun


#: Fen that a case may load, beside what it needs, before a purse is full.
_ROOM: Final = 2000


def fund(bench: CardBench, standard: str, need: int) -> Flow[None]:
    """See to it that ``need`` fen are there with nothing drawn, and that some more can be loaded.

    What is there when a card comes is nobody's choice: it may be empty, drawn on its limit or full.
    """
    have = yield from available(bench)
    loads, ceiling = bench.ics[standard]["load"], bench.ics[standard]["ceiling"]
    if loads:
        have = yield from _net(bench, standard, have)
    if have < need:
        if not loads:
            raise Impossible(f"{have} fen on the card, {need} needed, and no load is claimed")
        yield from done(bench, standard, Operation.LOAD, need - have)
        yield from available(bench)
    elif loads and ceiling and ceiling - have < _ROOM and bench.ics[standard]["simple"]:
        most = max(ceiling - _ROOM, need)
        if have > most:
            yield from done(bench, standard, Operation.PURCHASE, have - most)
            yield from available(bench)


def ready(bench: CardBench, standard: str, need: int = 500) -> Flow[None]:
    """Enter a purse that holds at least ``need`` fen."""
    yield from enter(standard)
    yield from fund(bench, standard, need)


def restored(stimulus: Stimulus) -> Stimulus:
    """The stimulus, and after it an overdraft limit of zero with nothing drawn."""

    def flow(bench: CardBench) -> Flow[None]:
        try:
            yield from stimulus(bench)
        except Impossible:
            yield from _no_overdraft(bench)
            raise
        yield from _no_overdraft(bench)

    return flow


def _no_overdraft(bench: CardBench) -> Flow[None]:
    told = yield Send(c.balance(0x02))
    drawn = int.from_bytes(told.data, "big") if told.ok and len(told.data) == 4 else 0
    if bench.ics[TUNION]["overdraft"]:
        if drawn and bench.ics[TUNION]["load"]:
            yield from do(bench, Standard.TUNION, Operation.LOAD, drawn)
        yield from do(bench, Standard.TUNION, Operation.OVERDRAFT, limit=0)


# -- composite purchases -----------------------------------------------------------------


def trip(bench: CardBench, amount: int, after: int) -> bytes:
    """A record of EF 1E as a terminal writes it; content recognisable by random digits."""
    mark = bench.rng(7).hex()
    return TripRecord.parse(
        b"\x06"
        + b"\x00\x01"
        + c.TERMINAL[Standard.TUNION]
        + b"\x02"
        + bytes.fromhex(mark)
        + amount.to_bytes(4, "big")
        + max(after, 0).to_bytes(4, "big")
        + moment(bench, Standard.TUNION)
        + bytes.fromhex("5810")
        + bytes.fromhex("12205810FFFFFFFF")
        + bytes(6)
    ).build()


def industry(bench: CardBench, record_id: int = 0x2701) -> bytes:
    """A record of EF 1A: head as known, the rest random digits."""
    head = IndustryRecord.parse(record_id.to_bytes(2, "big") + b"\x7d\x01\x01" + bytes(123))
    return head.build()[:14] + b"\x01" + bench.rng(113)


def cached(bench: CardBench, amount: int, begun: Begun) -> Flow[None]:
    """The laboratory's order of updates: EF 1A first where it is there, then EF 1E."""
    if bench.ics[TUNION]["ef1a"]:
        yield Send(c.cache(c.RAIL, c.INDUSTRY, industry(bench)))
    yield Send(c.cache(0x00, c.TRIPS, trip(bench, amount, int(begun.answer.balance) - amount)))


def ride(bench: CardBench, amount: int) -> Flow[Begun]:
    """A T-Union composite purchase up to the point where DEBIT is due."""
    begun = yield from begin(bench, Standard.TUNION, Operation.COMPOSITE, amount)
    yield from cached(bench, amount, begun)
    return begun


# -- security ----------------------------------------------------------------------------


def fresh_challenge(size: int = 4) -> Flow[bytes]:
    """GET CHALLENGE that has to work."""
    answer = yield from must(c.challenge(size), "GET CHALLENGE")
    return answer.data


def authenticate(bench: CardBench, standard: str) -> Flow[Response]:
    """EXTERNAL AUTHENTICATE with the right key; gives the answer."""
    secret = key(bench, standard, "external_auth")
    challenge = yield from fresh_challenge()
    return (yield Send(c.external_authenticate(des.ecb(secret, challenge.ljust(8, b"\0")))))


def protected(
    bench: CardBench,
    standard: str,
    head: bytes,
    data: bytes = b"",
    *,
    bits: int = 0,
    size: int = 4,
    role: str = "line",
) -> Flow[bytes]:
    """A command under the line MAC, ready to be sent next.

    Args:
        bench: surroundings.
        standard: whose key.
        head: CLA INS P1 P2.
        data: plain data.
        bits: turned in the last byte of the MAC.
        size: bytes of the challenge.
        role: of the key under which the MAC is made.
    """
    secret = key(bench, standard, role)
    challenge = yield from fresh_challenge(size)
    mac = bytearray(reckon.line_mac(secret, head + data, challenge))
    mac[-1] ^= bits
    body = data + bytes(mac)
    return head + bytes((len(body),)) + body

"""INITIALIZE: what begins a transaction, and what it tells [GM 8.7-8.12]."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.drive.card import asks_pin
from ykt_conformance.drive.reckon import online_session
from ykt_conformance.model.expect import (
    ANY,
    OK,
    Errors,
    Expectation,
    Outcome,
    Wrong,
    done,
    not_stated,
)
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Directory, Purse, Transaction
from ykt_conformance.model.world import World, le, length, parameters
from ykt_sim.codes import SW, Operation
from ykt_sim.codes import Purse as Kind
from ykt_sim.crypto import des
from ykt_sim.errors import ReadError
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import ONLINE, OPERATIONS, operation_of, transaction_type

_FULL: Final = 0xFFFF
#: P1 with the bit that names a second ticket currency [LAB, 2023].
_SECOND: Final = range(0x10, 0x16)
_NO_PURSE: Final = (
    SW.WRONG_P1P2, SW.FILE_NOT_FOUND, SW.NOT_SUPPORTED, SW.SECURITY, SW.CONDITIONS, SW.KEY_INDEX,
)  # fmt: skip
#: What may say that a load is too much: no source names the word.
_TOO_MUCH: Final = (
    SW.CONDITIONS, SW.WRONG_DATA, SW.NO_SPACE, SW.NOT_SUPPORTED, SW.STATE_UNCHANGED,
    SW.BALANCE_INSUFFICIENT, SW.COUNTER_AT_MAXIMUM, SW.NO_DIAGNOSIS,
)  # fmt: skip
#: What says that the PIN was not shown [GM 8.7.1, 8.12.1].
_PIN_MISSING: Final = (SW.SECURITY, SW.CONDITIONS)
#: A key index that no card is taken to have: the suite's own.
ABSENT_KEY: Final = 0x0E
#: What the form says of each operation.
_CLAIM: Final = {
    Operation.LOAD: "load", Operation.PURCHASE: "simple", Operation.COMPOSITE: "composite",
    Operation.UNLOAD: "unload", Operation.OVERDRAFT: "overdraft",
}  # fmt: skip


def initialize(world: World, command: Command, errors: Errors) -> Expectation:
    """INITIALIZE FOR load, purchase, cash, composite purchase, overdraft update, unload."""
    here = world.here
    if here is None or here.purse is None:
        return errors.outcomes()
    if command.p1 in _SECOND:
        return (not_stated("whether there is a second ticket currency", _forget(world)),)
    operation = operation_of(command.p1)
    parameters(errors, operation is None or command.p2 not in (Kind.ED, Kind.EP))
    if operation is None:
        length(errors, len(command.data) != 11)
        return errors.outcomes()
    _purse_of(world, command, errors, operation)
    layout = OPERATIONS[operation].initialize.data[0]
    length(errors, len(command.data) != layout.SIZE)
    le(errors, command.le, OPERATIONS[operation].initialize.le or 0)
    if len(command.data) != layout.SIZE:
        return errors.outcomes()
    try:
        request: Any = layout.parse(command.data)
    except ReadError:
        return (not_stated("a terminal number that is none", _forget(world)),)
    return _asked(world, here, here.purse, command, errors, (operation, request))


def _forget(world: World) -> Any:
    """Something may have been begun of which nothing is known."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.sw == SW.OK:
            world.session.known = False
        world.refused()

    return then


def _purse_of(world: World, command: Command, errors: Errors, operation: Operation) -> None:
    """These cards have an EP: cash is of the ED, and P2 01 names the EP for two operations."""
    either = operation in (Operation.OVERDRAFT, Operation.UNLOAD)
    if operation == Operation.CASH or (command.p2 == Kind.ED and not either):
        errors.add(RULES["P1P2"], "purse", *_NO_PURSE)
        return
    usual = Kind.ED if operation == Operation.OVERDRAFT else Kind.EP
    if command.p2 != usual:
        errors.add(RULES["P1P2"], "purse", *_NO_PURSE, sure=False)
    if not world.claimed(_CLAIM[operation]):
        refuses = operation == Operation.OVERDRAFT
        errors.add(RULES["INIT-LIMIT" if refuses else "INIT-TAKEN"], "not claimed", sure=refuses)


def _asked(
    world: World,
    here: Directory,
    purse: Purse,
    command: Command,
    errors: Errors,
    asked: tuple[Operation, Any],
) -> Expectation:
    operation, request = asked
    online = operation in ONLINE
    _pin(world, here, purse, errors, operation)
    _key(purse, errors, operation, request.key_index)
    count = purse.counters[online]
    if count is None or count >= _FULL:
        errors.add(RULES["INIT-FULL"], "counter", SW.COUNTER_AT_MAXIMUM, sure=count is not None)
    _amount(world, purse, errors, operation, int(getattr(request, "amount", 0)))
    success = _begun(world, purse, command, operation, request)
    outcomes = errors.outcomes(success)
    return tuple(_learns(purse, operation, request.key_index, one) for one in outcomes)


def _pin(world: World, here: Directory, purse: Purse, errors: Errors, operation: Operation) -> None:
    """The PIN is asked for as the form says; where it is silent, that is learnt."""
    asks = asks_pin(world.form[here.standard], operation)
    if asks is None:
        asks = purse.asks_pin.get(operation)
    if asks is not False and not world.session.pin:
        sure = bool(asks) and world.session.pin is False
        errors.add(RULES["INIT-PIN"], "PIN", *_PIN_MISSING, sure=sure)


def _key(purse: Purse, errors: Errors, operation: Operation, index: int) -> None:
    taken = True if index == 1 else purse.indexes.get((operation, index))
    if index == ABSENT_KEY:
        taken = False
    if taken is not True:
        words = (SW.KEY_INDEX, SW.KEY_NOT_FOUND) if index != ABSENT_KEY else (SW.KEY_INDEX,)
        errors.add(RULES["INIT-KEY"], "key", *words, sure=taken is False)


def _amount(world: World, purse: Purse, errors: Errors, operation: Operation, amount: int) -> None:
    money = purse.money
    if operation == Operation.OVERDRAFT:
        return
    if operation == Operation.LOAD:
        after, ceiling = money.after_load(amount), world.claimed("ceiling")
        if (after is None or not ceiling) and amount:
            errors.add(RULES["INIT-CEILING"], "ceiling", *_TOO_MUCH, sure=False)
        elif after is not None and ceiling and after > ceiling:
            errors.add(RULES["INIT-CEILING"], "ceiling", *_TOO_MUCH)
        return
    most = money.actual if operation == Operation.UNLOAD else money.available
    if most is None:
        errors.add(RULES["INIT-MONEY"], "money", SW.BALANCE_INSUFFICIENT, sure=False)
    elif amount > most:
        errors.add(RULES["INIT-MONEY"], "money", SW.BALANCE_INSUFFICIENT)


def _learns(purse: Purse, operation: Operation, index: int, outcome: Outcome) -> Outcome:
    """What a refusal tells of key indexes and of the PIN."""
    if outcome.kind == OK or outcome.sws == ANY:
        return outcome

    def then(answer: Response | None) -> None:
        if answer is not None and answer.sw == SW.KEY_INDEX and index != 1:
            purse.indexes[operation, index] = False
        if answer is not None and answer.sw in _PIN_MISSING and operation != Operation.LOAD:
            purse.asks_pin[operation] = True

    return outcome.also(then)


def _begun(
    world: World, purse: Purse, command: Command, operation: Operation, request: Any
) -> Outcome:
    """9000 with balance, counter, limit, key and random as they are, and MAC1."""
    layout = OPERATIONS[operation].initialize.answer[0]
    kind = transaction_type(operation, command.p2)
    pin_shown = world.session.pin

    def look(data: bytes) -> str | Wrong:
        if len(data) != layout.SIZE:
            return Wrong(f"{len(data)} bytes, not {layout.SIZE}", due=f"{layout.SIZE} bytes")
        told: Any = layout.parse(data)
        return _told_wrong(world, purse, operation, request, told) or _mac1_wrong(
            world, operation, request, told, kind
        )

    def then(answer: Response | None) -> None:
        if answer is None:
            world.session.transaction = None
            return
        told: Any = layout.parse(answer.data)
        money = purse.money
        money.learn(available=told.balance, limit=getattr(told, "overdraft_limit", None))
        purse.counters[operation in ONLINE] = told.counter
        if request.key_index == 1:
            purse.keys[operation] = bytes((told.key_version, told.algorithm))
        else:
            purse.indexes[operation, request.key_index] = True
        if pin_shown is False and operation not in purse.asks_pin:
            purse.asks_pin[operation] = False
        amount = int(getattr(request, "amount", 0))
        world.session.refused = False
        world.session.transaction = Transaction(
            operation, kind, amount, request.terminal, request, told
        )

    return done(RULES["INIT-TAKEN"], then, look=look)


def _told_wrong(
    world: World, purse: Purse, operation: Operation, request: Any, told: Any
) -> str | Wrong:
    money, rule = purse.money, RULES["INIT"]
    if money.available is not None and told.balance != money.available:
        return Wrong(f"a balance of {told.balance} fen, not {money.available}", rule,
                     told.replace(balance=money.available).build())  # fmt: skip
    count = purse.counters[operation in ONLINE]
    if count is not None and told.counter != count:
        new = world.new and count == 0
        return Wrong(f"the counter {told.counter}, not {count}",
                     RULES["COUNT-NEW" if new else "COUNT"],
                     told.replace(counter=count).build())  # fmt: skip
    limit = getattr(told, "overdraft_limit", None)
    if limit is not None and money.limit is not None and limit != money.limit:
        return Wrong(f"a limit of {limit} fen, not {money.limit}", rule,
                     told.replace(overdraft_limit=money.limit).build())  # fmt: skip
    key = purse.keys.get(operation) or b""
    if request.key_index == 1 and key not in (b"", bytes((told.key_version, told.algorithm))):
        return Wrong("another key version or algorithm than before", rule,
                     told.replace(key_version=key[0], algorithm=key[1]).build())  # fmt: skip
    stale = world.randoms.wrong(told.random)
    return Wrong(stale, RULES["INIT-RANDOM"], "a fresh random") if stale else ""


def _mac1_wrong(
    world: World, operation: Operation, request: Any, told: Any, kind: Any
) -> str | Wrong:
    key = world.key(OPERATIONS[operation].role)
    if operation not in ONLINE or key is None or request.key_index != 1:
        return ""
    session = online_session(key, told.random, told.counter)
    if operation == Operation.OVERDRAFT:
        under = macs.OverdraftMac1Input(
            balance=told.balance, limit=told.overdraft_limit, type=kind, terminal=request.terminal
        ).build()
    else:
        under = macs.LoadMac1Input(
            balance=told.balance, amount=request.amount, type=kind, terminal=request.terminal
        ).build()
    due = des.mac(session, under)
    if told.mac1 == due:
        return ""
    return Wrong(f"MAC1 is {told.mac1.hex().upper()}, not {due.hex().upper()}", RULES["INIT-MAC1"],
                 told.replace(mac1=due).build())  # fmt: skip

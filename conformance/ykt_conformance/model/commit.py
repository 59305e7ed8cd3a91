"""Commits: CREDIT FOR LOAD, DEBIT, UPDATE OVERDRAFT LIMIT: answers, and what is left [GM 8].

The counter under TAC and MAC3 is the one before the transaction, that of the log and of the
proof the one after (purse facts 0).
"""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.model.expect import OK, Errors, Expectation, Outcome, Wrong, done, refused
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import (
    Cyclic,
    Directory,
    Pattern,
    Proof,
    Purse,
    Transaction,
    Transparent,
    Variable,
    blur,
)
from ykt_conformance.model.world import World, le
from ykt_sim.codes import INS, LNT, SW, Operation, TransactionType
from ykt_sim.crypto import des
from ykt_sim.errors import ReadError
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import ONLINE, OPERATIONS
from ykt_sim.wire.files import TransactionRecord

_MOST: Final = 0xFFFFFF
_FOUR_BYTES: Final = 0xFFFFFFFF
_OTHER: Final = (
    SW.WRONG_STATE, SW.WRONG_P1P2, SW.WRONG_LENGTH, SW.MAC_INVALID, SW.CONDITIONS,
)  # fmt: skip
#: What any commit without INITIALIZE may say besides, where header or length are wrong too.
_SHAPE: Final = (SW.WRONG_P1P2, SW.WRONG_LENGTH)
_SIZES: Final = {INS.CREDIT_FOR_LOAD: (11,), INS.DEBIT: (15, 11), INS.UPDATE_OVERDRAFT: (14,)}
_P1: Final = {
    INS.CREDIT_FOR_LOAD: (0x00,), INS.DEBIT: (0x01, 0x02, 0x03), INS.UPDATE_OVERDRAFT: (0x00,),
}  # fmt: skip


def commit(world: World, command: Command, errors: Errors) -> Expectation:
    """Any commit: with nothing begun 6901, else by its MAC."""
    here, transaction = world.here, world.session.transaction
    if here is None or here.purse is None:
        return errors.outcomes()
    if transaction is None:
        words = [SW.WRONG_STATE]
        ins = INS(command.ins)
        if command.p2 or command.p1 not in _P1[ins] or len(command.data) not in _SIZES[ins]:
            words += _SHAPE
        if command.le not in (None, 0, 4, 8):
            words.append(SW.WRONG_LENGTH)
        rule = "COMMIT-AGAIN" if world.session.refused else "COMMIT-STATE"
        errors.add(RULES[rule], "state", *words)
        return errors.outcomes()
    found = _of(world, here, here.purse, command, errors, transaction)
    if transaction.sure:
        return found
    ended = refused(RULES["COMMIT-KEPT"], (SW.WRONG_STATE, *_SHAPE), "state", _ends(world))
    return (*found, ended)


def _ends(world: World) -> Any:
    """Nothing is open any more."""

    def then(_answer: Response | None) -> None:
        world.session.transaction, world.session.refused = None, True

    return then


def _of(
    world: World,
    here: Directory,
    purse: Purse,
    command: Command,
    errors: Errors,
    transaction: Transaction,
) -> Expectation:
    row = OPERATIONS[transaction.operation]
    if command.ins != row.commit.ins:
        errors.add(RULES["COMMIT-OTHER"], "operation", *_OTHER)
        return errors.outcomes()
    unload = transaction.operation == Operation.UNLOAD
    fine = {0x03} if unload else {0x01} if command.ins == INS.DEBIT else {0x00}
    second = command.ins == INS.DEBIT and not unload and command.p1 == 0x02
    claimed = world.form[here.standard].get("debit_p1_02", False)
    if second and not (claimed and transaction.operation == Operation.PURCHASE):
        errors.add(RULES["COMMIT-P102"], "parameters", SW.WRONG_P1P2, SW.WRONG_STATE, sure=False)
    elif command.ins == INS.DEBIT and not second and (command.p1 == 0x03) != unload:
        errors.add(RULES["COMMIT-OTHER"], "operation", *_OTHER)
    elif not second and command.p1 not in fine:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2)
    if command.ins == INS.CREDIT_FOR_LOAD and command.p2 == 0x02:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2, sure=False)  # taken by [LAB]
    elif command.p2:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2)
    layout = row.commit.data[0]
    answer_size = row.commit.answer[0].SIZE
    if len(command.data) != layout.SIZE:
        errors.add(RULES["LENGTH"], "length", SW.WRONG_LENGTH)
        return _ended(world, errors.outcomes())
    le(errors, command.le, answer_size)
    try:
        data: Any = layout.parse(command.data)
    except ReadError:
        errors.add(RULES["COMMIT-MAC"], "data", SW.WRONG_LENGTH, SW.MAC_INVALID, SW.WRONG_DATA)
        return _ended(world, errors.outcomes())
    due = mac_due(world, transaction, data)
    right = None if due is None else due == command.data[-4:]
    if right is False:
        errors.add(RULES["COMMIT-MAC"], "MAC", SW.MAC_INVALID)
    elif right is None:
        errors.add(RULES["COMMIT-MAC"], "MAC", SW.MAC_INVALID, sure=False)
    if transaction.operation == Operation.OVERDRAFT:
        _limit(world, purse, errors, data.limit)
    success = _done(world, here, purse, transaction, data)
    return _ended(world, errors.outcomes(*success))


def _ended(world: World, outcomes: Expectation) -> Expectation:
    """A refused commit has to be begun again [mem]."""
    return tuple(one if one.kind == OK else one.also(_ends(world)) for one in outcomes)


def _limit(world: World, purse: Purse, errors: Errors, limit: int) -> None:
    """A new limit is not below what is drawn, and with the ceiling at most FFFFFF."""
    drawn, ceiling = purse.money.drawn, world.claimed("ceiling")
    if drawn is None or not ceiling:
        errors.add(RULES["COMMIT-LIMIT"], "limit", sure=False)
    if (drawn is not None and limit < drawn) or (ceiling and ceiling + limit > _MOST):
        errors.add(RULES["COMMIT-LIMIT"], "limit")


# -- codes -------------------------------------------------------------------------------


def session_of(world: World, transaction: Transaction, data: Any) -> bytes | None:
    """Session key of a transaction, or None where its key is not known."""
    if transaction.request.key_index != 1:
        return None
    key = world.key(OPERATIONS[transaction.operation].role)
    told = transaction.answer
    if key is None:
        return None
    if transaction.operation in ONLINE:
        return reckon.online_session(key, told.random, told.counter)
    return reckon.offline_session(key, told.random, told.counter, data.terminal_serial)


def mac_due(world: World, transaction: Transaction, data: Any) -> bytes | None:
    """The MAC a commit must carry, or None."""
    session = session_of(world, transaction, data)
    if session is None:
        return None
    if transaction.operation == Operation.OVERDRAFT:
        return reckon.overdraft_mac2(session, data.limit, transaction.terminal, data.datetime)
    return reckon.transaction_mac(
        session, transaction.amount, transaction.type, transaction.terminal, data.datetime
    )


def _codes(
    world: World, here: Directory, transaction: Transaction, data: Any, after: int | None
) -> tuple[bytes | None, bytes | None]:
    """MAC2 and TAC (MAC3 of an unload) as the proof gives them; None where not known."""
    session, tac_key = session_of(world, transaction, data), world.keys.tac(here.standard)
    common = {"type": transaction.type, "terminal": transaction.terminal,
              "datetime": data.datetime}  # fmt: skip
    if transaction.operation not in ONLINE:
        tac = (
            None
            if tac_key is None
            else des.mac(
                tac_key,
                macs.PurchaseTacInput(
                    amount=transaction.amount, terminal_serial=data.terminal_serial, **common
                ).build(),
            )
        )
        mac2 = None if session is None else des.mac(
            session, macs.PurchaseMac2Input(amount=transaction.amount).build())  # fmt: skip
        return mac2, tac
    key = session if transaction.operation == Operation.UNLOAD else tac_key
    if key is None or after is None:
        return data.mac2, None
    counter = transaction.answer.counter
    if transaction.operation == Operation.OVERDRAFT:
        under = macs.OverdraftTacInput(
            balance=after, counter=counter, limit=data.limit, **common
        ).build()
    else:
        under = macs.LoadTacInput(
            balance=after, counter=counter, amount=transaction.amount, **common
        ).build()
    return data.mac2, des.mac(key, under)


# -- what it leaves ------------------------------------------------------------------------


def _after(purse: Purse, transaction: Transaction, data: Any) -> int | None:
    """Available balance after it, or None."""
    have = purse.money.available
    if have is None:
        return None
    if transaction.operation == Operation.OVERDRAFT:
        change = int(data.limit) - int(transaction.answer.overdraft_limit)
    else:
        sign = 1 if transaction.operation == Operation.LOAD else -1
        change = sign * transaction.amount
    after = have + change
    return after if 0 <= after <= _FOUR_BYTES else None


def _done(
    world: World, here: Directory, purse: Purse, transaction: Transaction, data: Any
) -> tuple[Outcome, ...]:
    """9000 with the codes; an update of the limit may leave a line in the log or not."""
    mac2, tac = _codes(world, here, transaction, data, _after(purse, transaction, data))
    if transaction.operation not in ONLINE:
        due = None if mac2 is None or tac is None else tac + mac2
        size = 8
    else:
        due, size = tac, 4

    def look(answer: bytes) -> str | Wrong:
        if due is None and len(answer) != size:
            return Wrong(f"{len(answer)} bytes, not {size}", due=f"{size} bytes")
        if due is None or answer == due:
            return ""
        return Wrong(f"the codes are {due.hex().upper()}", due=due)

    def outcome(*, logged: bool) -> Outcome:
        def then(answer: Response | None) -> None:
            got = answer.data if answer is not None else b""
            if transaction.operation in ONLINE:
                codes = mac2, (got or tac)
            else:
                codes = (got[4:8] or mac2), (got[:4] or tac)
            _write(world, here, purse, transaction, data, codes, logged=logged)

        return done(RULES["COMMIT"], then, look=look)

    if transaction.operation != Operation.OVERDRAFT:
        return (outcome(logged=True),)
    said = world.claimed("overdraft_log")
    logs = purse.logs_overdraft if said == NOT_STATED else said != "none"
    if logs is None:
        return outcome(logged=True), outcome(logged=False)
    return (outcome(logged=logs),)


def _write(
    world: World,
    here: Directory,
    purse: Purse,
    transaction: Transaction,
    data: Any,
    codes: tuple[bytes | None, bytes | None],
    *,
    logged: bool,
) -> None:
    """Amounts, counter, proof, log and the updates that waited, all at once."""
    operation = transaction.operation
    if operation == Operation.OVERDRAFT:
        purse.money.set_limit(int(data.limit))
        purse.logs_overdraft = logged
    else:
        sign = 1 if operation == Operation.LOAD else -1
        purse.money.move(sign * transaction.amount)
    number = int(transaction.answer.counter) + 1
    purse.counters[operation in ONLINE] = number
    mac2, tac = codes
    purse.proof, purse.proof_known = Proof(transaction.type, number, mac2, tac), True
    log = here.files.get(c.LOG)
    if logged and isinstance(log, Cyclic):
        log.push(_line(world, here, purse, transaction, data, number))
    for sfi, record in transaction.cache:
        file = here.files.get(sfi)
        if isinstance(file, Cyclic):
            file.push(record)
        elif isinstance(file, Variable):
            file.ids[record[file.id_size - 1]] = record
    if world.session.pin:
        world.session.pin = None  # whether a transaction ends what a PIN opened: sources differ
    if any(sfi < 0 for sfi, _ in transaction.cache):
        _forget_records(here)  # behind those that are known: nobody knows in which order
    world.session.transaction = None


def _forget_records(here: Directory) -> None:
    """Updates were taken of which nobody knows what they do."""
    for sfi, file in here.files.items():
        if sfi != c.LOG and not isinstance(file, Transparent):
            blur(file)


def _line(
    world: World, here: Directory, purse: Purse, transaction: Transaction, data: Any, number: int
) -> Pattern:
    """The line of the log: number after, limit, amount, type, terminal, time as sent.

    The amount in the line of a limit's update is as the form says, or not known; so is a
    wallet's limit above zero.
    """
    limit, amount = purse.money.limit, transaction.amount
    said = None
    if transaction.operation == Operation.OVERDRAFT:
        limits = int(transaction.answer.overdraft_limit), int(data.limit)
        said = reckon.overdraft_amount(world.claimed("overdraft_log"), *limits)
        amount = said or 0
    line = TransactionRecord(
        counter=number,
        overdraft_limit=limit or 0,
        amount=amount,
        type=TransactionType(transaction.type),
        terminal=transaction.terminal,
        date=data.datetime[:8],
        time=data.datetime[8:],
    ).build()
    pattern: list[int | None] = list(line)
    if limit is None or (here.standard == LNT and limit):
        pattern[2:5] = [None] * 3
    if transaction.operation == Operation.OVERDRAFT:
        pattern[2:9] = [None] * 3 + ([None] * 4 if said is None else pattern[5:9])
    return line if None not in pattern else tuple(pattern)

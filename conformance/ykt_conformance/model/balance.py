"""GET BALANCE and GET TRANSACTION PROVE [GM 8.13, 8.14][LAB]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.model.expect import Errors, Expectation, Outcome, Wrong, done, not_stated
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Proof, Purse
from ykt_conformance.model.world import World, le, length, parameters
from ykt_sim.codes import SW, BalanceKind
from ykt_sim.codes import Purse as Kind
from ykt_sim.wire.apdu import Command, Response

_TOP: Final = 0x80000000
_ALL: Final = BalanceKind.ALL
_SECOND: Final = range(0x06, 0x0C)
_NO_PURSE: Final = (SW.FILE_NOT_FOUND, SW.NOT_SUPPORTED, SW.SECURITY, SW.CONDITIONS)
_PROVED: Final = (0x02, 0x03, 0x06, 0x07, 0x09)
_MOST: Final = 0xFFFFFF


def get_balance(world: World, command: Command, errors: Errors) -> Expectation:
    """GET BALANCE: any of the amounts, by P1."""
    here, behaviour = world.here, world.form["behaviour"]
    if here is None or here.purse is None:
        return errors.outcomes()
    p1 = command.p1
    if p1 in _SECOND and command.p2 == Kind.EP:
        return (not_stated("whether there is a second ticket currency", world.refused),)
    if command.p2 == Kind.ED:
        errors.add(RULES["BAL-ASK"], "purse", SW.WRONG_P1P2, *_NO_PURSE)
    elif command.p2 != Kind.EP:
        errors.add(RULES["BAL-ASK"], "parameters", SW.WRONG_P1P2)
    if p1 > _ALL or (p1 and not behaviour["balance_p1"]):  # a drafted form may not know
        errors.add(RULES["BAL-ASK"], "parameters", SW.WRONG_P1P2, sure=p1 > _ALL)
    length(errors, bool(command.data))
    size = 16 if p1 == _ALL else 4
    if command.le in (None, 0):
        errors.add(RULES["BAL-ASK"], "Le", SW.WRONG_LENGTH, 0x6C00 | size, sure=False)
    elif command.le != size:
        errors.add(RULES["BAL-ASK"], "Le", SW.WRONG_LENGTH, 0x6C00 | size)
    return errors.outcomes(_told(world, here.purse, p1, size))


def _told(world: World, purse: Purse, p1: int, size: int) -> Outcome:
    money, behaviour = purse.money, world.form["behaviour"]
    kind = BalanceKind(p1) if p1 <= _ALL else BalanceKind.ALL
    if kind == BalanceKind.AVAILABLE and behaviour["p1_00"] == "actual":
        kind = BalanceKind.ACTUAL

    def look(data: bytes) -> str | Wrong:
        if len(data) != size:
            return Wrong(f"{len(data)} bytes", RULES["BAL-LENGTH"], f"{size} bytes")
        if kind == BalanceKind.ALL:
            return _all_wrong(world, purse, data)
        return _one_wrong(world, purse, kind, p1, data)

    def then(answer: Response | None) -> None:
        if answer is None:
            return
        value = _value(world, p1, answer.data[:4])
        match kind:
            case BalanceKind.AVAILABLE:
                money.learn(available=value)
            case BalanceKind.OVERDRAFT_LIMIT:
                money.learn(limit=value)
            case BalanceKind.OVERDRAWN:
                money.learn(drawn=value)
            case BalanceKind.ACTUAL:
                money.learn(actual=value)
            case BalanceKind.CEILING:
                money.ceiling = value
            case BalanceKind.ALL:
                purse.second = int.from_bytes(answer.data[4:8], "big")

    return done(RULES["BAL"], then, look=look)


def _value(world: World, p1: int, data: bytes) -> int:
    value = int.from_bytes(data, "big")
    return value & ~_TOP if world.form["behaviour"]["top_bit"] and p1 in (0, 3) else value


def _one_wrong(world: World, purse: Purse, kind: BalanceKind, p1: int, data: bytes) -> str | Wrong:
    value = _value(world, p1, data)
    money = purse.money
    due = {
        BalanceKind.AVAILABLE: money.available,
        BalanceKind.OVERDRAFT_LIMIT: money.limit,
        BalanceKind.OVERDRAWN: money.drawn,
        BalanceKind.ACTUAL: money.actual,
        BalanceKind.CEILING: world.claimed("ceiling") or money.ceiling,
    }[kind]
    if due is not None and value != due:
        beside = int.from_bytes(data, "big") - value  # a top bit that says nothing of it
        return Wrong(f"{value} fen, not {due}", due=(due + beside).to_bytes(4, "big"))
    bound = kind in (BalanceKind.CEILING, BalanceKind.OVERDRAFT_LIMIT) and value > _MOST
    return Wrong(f"{value} fen", RULES["BAL-BOUND"], f"at most {_MOST} fen") if bound else ""


def _all_wrong(world: World, purse: Purse, data: bytes) -> str | Wrong:
    """P1 05 begins with the balance, available or actual, and an amount that stays the same.

    Whether that is the ceiling of 9F0C and of loads is not known: two sources differ.
    """
    money, told = purse.money, int.from_bytes(data[:4], "big")
    second, due = int.from_bytes(data[4:8], "big"), world.claimed("p1_05") or purse.second
    if due is not None and second != due:
        right = data[:4] + due.to_bytes(4, "big") + data[8:]
        return Wrong(f"a second amount of {second} fen, not {due}", RULES["BAL-ALL"], right)
    balances = {money.available, money.actual}
    if None not in balances and told not in balances:
        first = " or ".join(str(one) for one in dict.fromkeys((money.available, money.actual)))
        return Wrong(f"{told} fen, not {first}", RULES["BAL-ALL"], f"{first} fen first")
    return ""


# -- proof -----------------------------------------------------------------------------------


def prove(world: World, command: Command, errors: Errors) -> Expectation:
    """GET TRANSACTION PROVE by type and the number after the transaction."""
    here = world.here
    if here is None or here.purse is None:
        return errors.outcomes()
    if not world.claimed("proof"):
        return (not_stated("no proof is claimed", world.refused),)
    parameters(errors, bool(command.p1))
    if command.p2 not in _PROVED:
        errors.add(RULES["PROOF-NONE"], "type", SW.PROOF_NOT_AVAILABLE, SW.WRONG_P1P2)
    length(errors, len(command.data) != 2)
    le(errors, command.le, 8)
    purse = here.purse
    number = int.from_bytes(command.data, "big")
    known = purse.proof
    if purse.proof_known:
        if known is None or (known.type, known.number) != (command.p2, number):
            errors.add(RULES["PROOF-NONE"], "number", SW.PROOF_NOT_AVAILABLE)
    else:
        errors.add(RULES["PROOF-NONE"], "number", SW.PROOF_NOT_AVAILABLE, sure=False)

    def look(data: bytes) -> str | Wrong:
        if len(data) != 8:
            return Wrong(f"{len(data)} bytes", due="8 bytes")
        mac2 = (known.mac2 if known else None) or data[:4]
        tac = (known.tac if known else None) or data[4:]
        for due, got, name in ((mac2, data[:4], "MAC2"), (tac, data[4:], "TAC")):
            if due != got:
                return Wrong(f"{name} is {due.hex().upper()}", due=mac2 + tac)
        return ""

    def then(answer: Response | None) -> None:
        if answer is not None:
            purse.proof = Proof(command.p2, number, answer.data[:4], answer.data[4:])
            purse.proof_known = True

    return errors.outcomes(done(RULES["PROOF"], then, look=look))

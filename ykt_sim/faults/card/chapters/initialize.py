"""Faults of INITIALIZE; the rules are in `ykt_sim.card.rules.initialize`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.card.model import PurseState
from ykt_sim.card.operations import LOAD, OPERATIONS, PURCHASE, CardOperation
from ykt_sim.card.powered import Powered
from ykt_sim.card.rules.initialize import InitializeRules
from ykt_sim.card.states import Transaction
from ykt_sim.codes import INS, SW, Purse
from ykt_sim.faults.card.fault import CardFault, Heard, Rule, Said, Switch, data, status
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import INITIALIZE_OVERDRAFT, INITIALIZE_PURCHASE
from ykt_sim.wire.files import TransactionRecord
from ykt_sim.wire.purse import InitializeData, InitializeOverdraftData

_PURCHASE, _OVERDRAFT = INITIALIZE_PURCHASE.p1[0], INITIALIZE_OVERDRAFT.p1[0]


def _purchase(change: Callable[[bytes], bytes]) -> Said:
    """Something else is heard of an INITIALIZE for a purchase, cash or a composite purchase."""
    offline = [p1 for p1, operation in OPERATIONS.items() if not operation.online]
    return data(
        INS.INITIALIZE,
        change=lambda command, told: change(told) if command[2] in offline else told,
    )


def _in_yuan(told: bytes) -> bytes:
    return (int.from_bytes(told[:4], "big") // 100).to_bytes(4, "big") + told[4:]


def _without_mac1(command: bytes, told: bytes) -> bytes:
    operation = OPERATIONS.get(command[2])
    return told[:-4] + bytes(4) if operation is not None and operation.online else told


def _any_parameters(command: Command) -> Command:
    known = command.p1 in OPERATIONS
    return command._replace(p1=command.p1 if known else _PURCHASE, p2=int(Purse.EP))


def _sized(command: Command) -> Command:
    size = (InitializeOverdraftData if command.p1 == _OVERDRAFT else InitializeData).SIZE
    return command._replace(data=command.data[:size].ljust(size, b"\0"))


def _writes(
    change: Callable[[Powered, PurseState, CardOperation], PurseState],
) -> type[InitializeRules]:
    """INITIALIZE leaves another purse."""

    class Writes(InitializeRules):
        def writes(self, card: Powered, kind: int, operation: CardOperation) -> None:
            super().writes(card, kind, operation)
            cell = ("purse", card.session.df, kind)
            purse = card.memory.staged(cell)
            if isinstance(purse, PurseState):
                card.put(cell, change(card, purse, operation))

    return Writes


def _clears_proof(_card: Powered, purse: PurseState, _operation: CardOperation) -> PurseState:
    return msgspec.structs.replace(purse, proof=None)


def _counts(_card: Powered, purse: PurseState, operation: CardOperation) -> PurseState:
    moved = "online" if operation.online else "offline"
    return msgspec.structs.replace(purse, **{moved: getattr(purse, moved) + 1})


def _logs(card: Powered, purse: PurseState, operation: CardOperation) -> PurseState:
    if operation.name == PURCHASE:
        line = (purse.offline + 1).to_bytes(2, "big") + bytes(TransactionRecord.SIZE - 2)
        lines = (line, *card.records(purse.log_fid)[:-1])
        card.put(("data", card.session.df, purse.log_fid), lines)
    return purse


class _FixedRandom(InitializeRules):
    def random(self, card: Powered) -> bytes:
        del card
        return b"\x11\x22\x33\x44"


class _FirstKept(InitializeRules):
    def begun(self, new: Transaction, old: Transaction | None) -> Transaction:
        new = super().begun(new, old)
        new.amount = new.amount if old is None else old.amount
        return new


class _CacheKept(InitializeRules):
    def begun(self, new: Transaction, old: Transaction | None) -> Transaction:
        new = super().begun(new, old)
        new.cache = new.cache if old is None else old.cache
        return new


FAULTS: Final = (
    CardFault("balance-in-yuan", "INITIALIZE tells the balance in yuan", _purchase(_in_yuan)),
    CardFault(
        "initialize-answer-short",
        "INITIALIZE FOR PURCHASE answers fourteen bytes",
        _purchase(lambda told: told[:-1]),
    ),
    CardFault(
        "limit-not-told",
        "INITIALIZE FOR PURCHASE tells no overdraft limit",
        _purchase(lambda told: told[:6] + bytes(3) + told[9:]),
    ),
    CardFault(
        "insufficient-6985",
        "too little money is answered 6985",
        status(INS.INITIALIZE, told=SW.CONDITIONS, instead_of=SW.BALANCE_INSUFFICIENT),
    ),
    CardFault(
        "any-key-index",
        "any key index is taken for 01",
        Heard(
            (INS.INITIALIZE,),
            lambda command: command._replace(
                data=(b"\x01" + command.data[1:])[: len(command.data)]
            ),
        ),
    ),
    CardFault(
        "purse-random-fixed", "INITIALIZE always answers the same random", Rule(_FixedRandom)
    ),
    CardFault(
        "mac1-zero",
        "MAC1 of INITIALIZE is 00000000, as seen for algorithm id 03",
        data(INS.INITIALIZE, change=_without_mac1),
    ),
    CardFault(
        "load-without-pin",
        "INITIALIZE FOR LOAD never asks for the PIN",
        Switch(PurseState, {"pin_for": ()}),
    ),
    CardFault(
        "load-always-with-pin",
        "INITIALIZE FOR LOAD always asks for the PIN",
        Switch(PurseState, {"pin_for": (LOAD,)}),
    ),
    CardFault(
        "initialize-logged",
        "INITIALIZE FOR PURCHASE leaves a line in the log",
        Rule(_writes(_logs)),
    ),
    CardFault(
        "initialize-clears-proof",
        "INITIALIZE clears the stored proof",
        Rule(_writes(_clears_proof)),
    ),
    CardFault("initialize-counts", "INITIALIZE moves the counter", Rule(_writes(_counts))),
    CardFault(
        "first-initialize-kept",
        "a second INITIALIZE keeps the amount of the first",
        Rule(_FirstKept),
    ),
    CardFault(
        "cache-survives-initialize",
        "updates of an abandoned purchase come with the next",
        Rule(_CacheKept),
    ),
    CardFault(
        "p1p2-not-checked",
        "INITIALIZE takes any P1 and P2",
        Heard((INS.INITIALIZE,), _any_parameters),
    ),
    CardFault(
        "initialize-length-not-checked",
        "INITIALIZE of a wrong length is cut or filled up",
        Heard((INS.INITIALIZE,), _sized),
    ),
    CardFault(
        "le-not-checked",
        "Le of INITIALIZE and GET BALANCE is not looked at",
        Heard((INS.INITIALIZE, INS.GET_BALANCE), lambda command: command._replace(le=0)),
    ),
)

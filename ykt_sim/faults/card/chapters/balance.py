"""Faults of GET BALANCE; the rules are in `ykt_sim.card.rules.balance`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import PurseState
from ykt_sim.codes import INS, Purse
from ykt_sim.faults.card.fault import CardFault, Heard, Switch, data
from ykt_sim.wire.apdu import Command

_ACTUAL, _ALL = 0x03, 0x05


def _any_parameters(command: Command) -> Command:
    return command._replace(p1=command.p1 if command.p1 <= _ALL else 0x00, p2=int(Purse.EP))


FAULTS: Final = (
    CardFault(
        "p1-00-without-limit",
        "GET BALANCE P1=00 leaves the overdraft limit out",
        Switch(PurseState, {"p1_00_actual": True}),
    ),
    CardFault(
        "p1-03-zero",
        "GET BALANCE P1=03 answers zero",
        data(
            INS.GET_BALANCE,
            change=lambda command, told: bytes(4) if command[2] == _ACTUAL else told,
        ),
    ),
    CardFault(
        "p1-05-eight-bytes",
        "GET BALANCE P1=05 gives the first two amounts only",
        data(
            INS.GET_BALANCE, change=lambda command, told: told[:8] if command[2] == _ALL else told
        ),
    ),
    CardFault(
        "balance-three-bytes",
        "GET BALANCE leaves out the first byte",
        data(
            INS.GET_BALANCE, change=lambda command, told: told if command[2] == _ALL else told[1:]
        ),
    ),
    CardFault(
        "balance-any-parameters",
        "GET BALANCE takes any P1 and P2",
        Heard((INS.GET_BALANCE,), _any_parameters),
    ),
)

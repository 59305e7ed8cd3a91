"""Faults in commands: what the terminal asks for is changed on its way to the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ykt_sim.faults.terminal.border import Said, saying
from ykt_sim.faults.terminal.fault import Between, TerminalFault
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action, SendCard
from ykt_sim.terminal.machine import Machine
from ykt_sim.terminal.phases import Phase
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.purse import InitializeData


def _sent(phase: Phase, change: Callable[[Command], Command]) -> tuple[Between]:
    """Another command in this phase."""

    def says(machine: Machine, action: Action) -> Said:
        if machine.phase is phase and isinstance(action, SendCard):
            return SendCard(change(Command.parse(action.apdu)).build())
        return action

    return (Between(saying(says)),)


def _initialize(phase: Phase, change: Callable[[InitializeData], dict[str, Any]]) -> tuple[Between]:
    """Other fields in the data of INITIALIZE."""

    def changed(command: Command) -> Command:
        data = InitializeData.parse(command.data)
        return command._replace(data=data.replace(**change(data)).build())

    return _sent(phase, changed)


def _not_reselected(machine: Machine, action: Action) -> Said:
    return ev.CardAnswered(b"") if machine.phase is Phase.RETURN_EP else action


FAULTS: Final = (
    TerminalFault(
        "ep-not-reselected",
        "after the e-cash the purse is not selected again",
        (Between(saying(_not_reselected)),),
    ),
    TerminalFault(
        "terminal-number-zero",
        "INITIALIZE carries zeros as terminal number",
        _initialize(Phase.INIT, lambda _: {"terminal": "0" * 12}),
    ),
    TerminalFault(
        "debit-p1-02",
        "DEBIT is sent with P1=02",
        _sent(Phase.DEBIT, lambda command: command._replace(p1=2)),
    ),
    TerminalFault(
        "load-amount-wrong",
        "INITIALIZE FOR LOAD asks for one fen more than was paid",
        _initialize(Phase.LOAD_INIT, lambda data: {"amount": data.amount + 1}),
    ),
)

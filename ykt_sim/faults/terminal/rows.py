"""Faults in where a terminal goes: other rows of its table."""

from __future__ import annotations

from typing import Any, Final

from ykt_sim.codes import Code
from ykt_sim.faults.terminal.fault import Rows, TerminalFault
from ykt_sim.terminal import ending, recovery_flow
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.machine import TRANSITIONS, Act, Row
from ykt_sim.terminal.phases import Phase


def _instead(act: Act, *right: Act) -> tuple[Rows]:
    """Another act in every row that has one of these."""
    found = {key: Row(act, row.next) for key, row in TRANSITIONS.items() if row.act in right}
    return (Rows(found),)


def _no_application(_context: TerminalContext, _event: ev.Event) -> Result:
    return ev.Refuse(Code.NO_APPLICATION)


def _no_17(_context: TerminalContext, _event: ev.Event) -> Result:
    return ev.Refuse(Code.CARD_ERROR, "no EF 17")


def _paid(context: TerminalContext, _event: ev.Event) -> Result:
    return ending.finish(context, "accepted", record=context.awaited().record)


def _forgotten(context: TerminalContext, event: ev.Event) -> Result:
    ending.settle(context, context.awaited())
    return ending.torn(context, event)


def _alone(right: Act) -> Act:
    def act(context: TerminalContext, event: Any) -> Result:
        context.pending.clear()
        return right(context, event)

    return act


def _believed(context: TerminalContext, _event: ev.Event) -> Result:
    context.tap.recovery.in_log = True
    return recovery_flow.ask_proof(context, ev.AskProof())


FAULTS: Final = (
    TerminalFault(
        "no-fallback",
        "a card without PPSE is not tried any further",
        (Rows({(Phase.PPSE, ev.CardRefused): Row(_no_application, Phase.ENTERING)}),),
    ),
    TerminalFault(
        "ef17-needed",
        "a card without EF 17 is refused at once",
        (Rows({(Phase.READ_17, ev.CardRefused): Row(_no_17, Phase.READING)}),),
    ),
    TerminalFault(
        "torn-accepted",
        "a card that leaves at DEBIT passes at once",
        _instead(_paid, ending.torn),
    ),
    TerminalFault(
        "torn-forgotten",
        "a torn DEBIT is forgotten, the card pays again",
        _instead(_forgotten, ending.torn),
    ),
    TerminalFault(
        "one-pending-only",
        "a torn tap is forgotten when another card pays",
        (
            Rows(
                {
                    key: Row(_alone(TRANSITIONS[key].act), TRANSITIONS[key].next)
                    for key in ((Phase.PAYING, ev.SendDebit), (Phase.HOST, ev.HostAnswered))
                }
            ),
        ),
    ),
    TerminalFault(
        "proof-suffices",
        "the last transaction passes for ours whoever made it",
        (Rows({(Phase.RECOVERING, ev.AskLog): Row(_believed, Phase.PROVE)}),),
    ),
)

"""Faults that show when a tap is cut: in the journal, in recovery, in the order of things.

Most are seen by no case of the suite, which cannot take a terminal's power away: the sweep of
cuts finds them.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from ykt_sim.codes import Code
from ykt_sim.faults.terminal.border import Border
from ykt_sim.faults.terminal.fault import Between, Restart, Rows, Rule, TerminalFault
from ykt_sim.terminal import ending
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action, Finish, WriteJournal
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.journal import Key, Pending, Recovered, Shown, TapEnd, decode, encode
from ykt_sim.terminal.machine import TRANSITIONS, Machine, Row
from ykt_sim.terminal.phases import Phase
from ykt_sim.terminal.rules import RecoveryRules
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import TransactionRecord

# -- what is made of the journal ------------------------------------------------------------


def _revived(found: Recovered) -> Recovered:
    """The first entry of a card that no tap's end names, whatever newer ones say of it."""
    over: set[int] = set()
    for entry in found.entries:
        over.update(entry.settles if isinstance(entry, TapEnd) else ())
    pending: dict[Key, Pending] = {}
    for entry in found.entries:
        if isinstance(entry, Pending) and entry.record.sequence not in over:
            pending.setdefault(entry.key, entry)
    return found._replace(pending=pending)


# -- the order of things ----------------------------------------------------------------------


class _AfterTheBeep(Border):
    """The line that ends a tap is written when it has been shown."""

    def __init__(self) -> None:
        self._late: tuple[Action, ...] = ()

    def does(
        self, _machine: Machine, event: ev.Event, actions: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        if isinstance(event, ev.Told):
            late, self._late = self._late, ()
            return (*late, *actions)
        if actions and isinstance(actions[-1], Finish):
            self._late = actions[:-1]
            return actions[-1:]
        return actions


class _AfterTheDebit(Border):
    """What is about to happen is written when it has happened."""

    def __init__(self) -> None:
        self._late: tuple[Action, ...] = ()

    def does(
        self, machine: Machine, _event: ev.Event, actions: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        late, self._late = self._late, ()
        if machine.phase in (Phase.DEBIT, Phase.CREDIT) and len(actions) > 1:
            self._late, actions = actions[:-1], actions[-1:]
        return (*late, *actions)


class _Unannounced(Border):
    """Nothing is written before a commit."""

    def does(
        self, machine: Machine, _event: ev.Event, actions: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        return actions[-1:] if machine.phase in (Phase.DEBIT, Phase.CREDIT) else actions


class _ShownBefore(Border):
    """That a tap was shown is written with its end."""

    def does(
        self, _machine: Machine, event: ev.Event, actions: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        if isinstance(event, ev.Told):
            return ()
        if not actions or not isinstance(actions[-1], Finish):
            return actions
        *before, finish = actions
        end = decode(before[-1].line) if isinstance(before[-1], WriteJournal) else None
        if not isinstance(end, TapEnd) or not end.shows:
            return actions
        return (*before, WriteJournal(encode(Shown(end.shows))), finish)


class _NeverNoted(Border):
    """That a tap was shown is never written."""

    def does(
        self, _machine: Machine, event: ev.Event, actions: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        return () if isinstance(event, ev.Told) else actions


class _AtItsReturn(Border):
    """A tap that is completed later is reported at the time of the card's return."""

    def ends(self, _machine: Machine, end: TapEnd) -> TapEnd:
        record, decision = end.clearing, end.decision
        if record is None or not decision.recovered:
            return end
        return replace(end, clearing=replace(record, time=decision.time))


class _TacOfTheOneBefore(Border):
    """A tap that is completed later is reported with the TAC of the one reported last."""

    def __init__(self) -> None:
        self._last = ""

    def ends(self, _machine: Machine, end: TapEnd) -> TapEnd:
        record = end.clearing
        if record is None:
            return end
        before, self._last = self._last, record.tac
        if not end.decision.recovered or not before:
            return end
        return replace(end, clearing=replace(record, tac=before))


# -- what is thought ----------------------------------------------------------------------------


class _OneOff(RecoveryRules):
    def by_counter(self, counter: int, record: ClearingRecord) -> ev.Signal:
        one_on = counter == self.counter_after(record)
        return ev.NotCharged() if one_on else super().by_counter(counter, record)


class _TwoAfter(RecoveryRules):
    def counter_after(self, record: ClearingRecord) -> int:
        return super().counter_after(record) + 1


class _OursByAmount(RecoveryRules):
    def at_its_counter(self, _line: TransactionRecord, _record: ClearingRecord) -> bool:
        return True

    def ours(self, line: TransactionRecord, record: ClearingRecord) -> bool:
        return line.amount == record.amount


class _OtherPurseForgotten(RecoveryRules):
    def torn_elsewhere(self, *_: object) -> None:
        return None


class _NeverShownAgain(RecoveryRules):
    def shown_again(self, *_: object) -> bool:
        return False


class _AnyCodes(RecoveryRules):
    def same_codes(self, _tac: bytes, _record: ClearingRecord) -> bool:
        return False


# -- where it goes ------------------------------------------------------------------------------


def _believed(context: TerminalContext, event: ev.CardRefused) -> Result:
    ending.settle(context, context.awaited())
    return ending.finish(context, "refused", Code.CARD_ERROR, f"{event.sw:04X}")


def _passed_again(context: TerminalContext, event: ev.Proven) -> Result:
    """What is told once more may be told for ever."""
    unshown = context.tap.recovery.unshown
    actions = ending.proven(context, event)
    if unshown is not None:
        context.unshown[unshown.key] = unshown
    return actions


def _unheard(context: TerminalContext, event: ev.TimedOut) -> Result:
    """A PSAM that says nothing has said no."""
    if context.tap.pending is not None:
        ending.settle(context, context.tap.pending)
    return ending.sam_failed(context, event)


_RECOVERING: Final = (Phase.RECOVERING, ev.Proven)

FAULTS: Final = (
    TerminalFault(
        "old-pending-revived",
        "after a restart an old torn tap stands before the newer one that settled it",
        (Restart(_revived),),
    ),
    TerminalFault(
        "pending-lost-at-restart",
        "a restart forgets torn taps",
        (Restart(lambda found: found._replace(pending={})),),
    ),
    TerminalFault(
        "unshown-lost-at-restart",
        "a restart forgets which accepted tap was perhaps never shown",
        (Restart(lambda found: found._replace(unshown={})),),
    ),
    TerminalFault(
        "sequence-restarts",
        "after a restart the terminal's own numbers begin anew",
        (Restart(lambda found: found._replace(next_sequence=1)),),
    ),
    TerminalFault(
        "journal-after-the-beep",
        "the end of a tap is written after it was shown",
        (Between(_AfterTheBeep),),
    ),
    TerminalFault(
        "journal-after-the-debit",
        "what is about to happen is written after DEBIT was answered",
        (Between(_AfterTheDebit),),
    ),
    TerminalFault("debit-unannounced", "nothing is written before DEBIT", (Between(_Unannounced),)),
    TerminalFault(
        "shown-before-the-display",
        "that a tap was shown is written before it was",
        (Between(_ShownBefore),),
    ),
    TerminalFault(
        "shown-never-noted", "that a tap was shown is never written", (Between(_NeverNoted),)
    ),
    TerminalFault(
        "recovered-at-its-return",
        "a completed tap is reported at the time at which its card was back",
        (Between(_AtItsReturn),),
    ),
    TerminalFault(
        "tac-of-the-one-before",
        "a completed tap is reported with the TAC of another one",
        (Between(_TacOfTheOneBefore),),
    ),
    TerminalFault(
        "counter-one-off",
        "a counter one further on passes for that of a tap that never happened",
        (Rule(_OneOff),),
    ),
    TerminalFault(
        "counter-two-after",
        "a torn tap is looked for two numbers further on",
        (Rule(_TwoAfter),),
    ),
    TerminalFault(
        "ours-by-amount",
        "any line of the log with its amount passes for the torn tap",
        (Rule(_OursByAmount),),
    ),
    TerminalFault(
        "other-purse-forgotten",
        "a torn tap is not looked for in the card's other application",
        (Rule(_OtherPurseForgotten),),
    ),
    TerminalFault(
        "never-shown-again",
        "a restarted terminal does not say again that a card has paid",
        (Rule(_NeverShownAgain),),
    ),
    TerminalFault(
        "proof-never-ours",
        "a restarted terminal does not believe the proof of what it had accepted",
        (Rule(_AnyCodes),),
    ),
    TerminalFault(
        "debit-refusal-believed",
        "a refusal of DEBIT is believed, the card is not asked",
        (Rows({(Phase.DEBIT, ev.CardRefused): Row(_believed, Phase.IDLE)}),),
    ),
    TerminalFault(
        "load-refusal-believed",
        "a refusal of CREDIT FOR LOAD is believed, the card is not asked",
        (Rows({(Phase.CREDIT, ev.CardRefused): Row(_believed, Phase.IDLE)}),),
    ),
    TerminalFault(
        "shown-for-ever",
        "who is told once more that he has paid is told so again and again",
        (Rows({_RECOVERING: Row(_passed_again, TRANSITIONS[_RECOVERING].next)}),),
    ),
    TerminalFault(
        "silent-psam-settles",
        "a PSAM that is silent over MAC2 ends a payment that was made",
        (Rows({(Phase.SAM_MAC2, ev.TimedOut): Row(_unheard, Phase.OUT_OF_SERVICE)}),),
    ),
)

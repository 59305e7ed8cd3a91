"""The terminal as a table: (phase, event type) -> (act, next phase).

An act gives actions to do, or a signal that is looked up at once in the next phase. A
pair that is not in the table raises `TransitionError` and changes nothing. Every phase
that waits has a row for a removed card and one for a time-out. To change what a terminal
does, change a row or a profile; the diagram in the docs is drawn from the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ykt_sim.errors import WireError
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.terminal import (
    ending,
    entry_flow,
    lnt_flow,
    load_flow,
    payment,
    recovery_flow,
    tunion_flow,
)
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.journal import Pending, Recovered
from ykt_sim.terminal.phases import CARD_WAITS, HELPER_WAITS, INNER, PARSING, Phase
from ykt_sim.terminal.rules import RULES, Rules

Act = Callable[[TerminalContext, Any], Result]


class TransitionError(RuntimeError):
    """An event came in a phase that has no row for it; a mistake of the driver."""


class Row(NamedTuple):
    """What to do, and where that leads."""

    act: Act
    next: Phase


Key = tuple[Phase, type[ev.Event]]
Table = Mapping[Key, Row]
P = Phase
_ANSWER: Final = ev.CardAnswered
_REFUSED: Final = ev.CardRefused

TRANSITIONS: Final[dict[Key, Row]] = {
    # start
    (P.OFF, ev.Started): Row(entry_flow.open_sam, P.SAM_OPEN),
    (P.SAM_OPEN, ev.SamAnswered): Row(entry_flow.read_number, P.SAM_NUMBER),
    (P.SAM_NUMBER, ev.SamAnswered): Row(entry_flow.keep_number, P.IDLE),
    (P.OUT_OF_SERVICE, ev.Started): Row(entry_flow.open_sam, P.SAM_OPEN),
    (P.OUT_OF_SERVICE, ev.CardPresented): Row(ending.out_of_service, P.OUT_OF_SERVICE),
    # entry
    (P.IDLE, ev.CardPresented): Row(entry_flow.begin, P.ENTERING),
    (P.ENTERING, ev.TryPpse): Row(entry_flow.select_ppse, P.PPSE),
    (P.ENTERING, ev.TryReset): Row(entry_flow.reset_card, P.RESET),
    (P.ENTERING, ev.TryEp): Row(entry_flow.select_ep, P.SELECT_EP),
    (P.ENTERING, ev.TryBasic): Row(entry_flow.select_basic, P.SELECT_BASIC),
    (P.PPSE, _ANSWER): Row(entry_flow.follow_ppse, P.ENTERING),
    (P.PPSE, _REFUSED): Row(entry_flow.without_ppse, P.ENTERING),
    (P.RESET, ev.CardReset): Row(entry_flow.after_reset, P.ENTERING),
    (P.SELECT_EP, _ANSWER): Row(tunion_flow.enter, P.READING),
    (P.SELECT_EP, _REFUSED): Row(entry_flow.not_entered, P.ENTERING),
    (P.SELECT_BASIC, _ANSWER): Row(lnt_flow.enter, P.READING),
    (P.SELECT_BASIC, _REFUSED): Row(entry_flow.not_entered, P.ENTERING),
    # T-Union reads
    (P.READING, ev.Want15): Row(tunion_flow.ask_15, P.READ_15),
    (P.READ_15, _ANSWER): Row(tunion_flow.keep_15, P.READING),
    (P.READ_15, _REFUSED): Row(tunion_flow.needed_read, P.READING),
    (P.READING, ev.Want17): Row(tunion_flow.ask_17, P.READ_17),
    (P.READ_17, _ANSWER): Row(tunion_flow.keep_17, P.READING),
    (P.READ_17, _REFUSED): Row(tunion_flow.without_17, P.READING),
    (P.READING, ev.WantEc): Row(tunion_flow.select_ec, P.SELECT_EC),
    (P.SELECT_EC, _ANSWER): Row(tunion_flow.keep_ec, P.READING),
    (P.SELECT_EC, _REFUSED): Row(tunion_flow.without_ec, P.READING),
    (P.READING, ev.WantEp): Row(tunion_flow.return_ep, P.RETURN_EP),
    (P.RETURN_EP, _ANSWER): Row(tunion_flow.go_on, P.READING),
    (P.RETURN_EP, _REFUSED): Row(tunion_flow.needed_read, P.READING),
    (P.READING, ev.Want19): Row(tunion_flow.ask_19, P.READ_19),
    (P.READ_19, _ANSWER): Row(tunion_flow.keep_19, P.READING),
    (P.READ_19, _REFUSED): Row(tunion_flow.optional_read, P.READING),
    (P.READING, ev.Want1A): Row(tunion_flow.ask_1a, P.READ_1A),
    (P.READ_1A, _ANSWER): Row(tunion_flow.keep_1a, P.READING),
    (P.READ_1A, _REFUSED): Row(tunion_flow.optional_read, P.READING),
    (P.READING, ev.Want1E): Row(tunion_flow.ask_1e, P.READ_1E),
    (P.READ_1E, _ANSWER): Row(tunion_flow.keep_1e, P.READING),
    (P.READ_1E, _REFUSED): Row(tunion_flow.optional_read, P.READING),
    # Lingnan Tong reads
    (P.READING, ev.WantLnt15): Row(lnt_flow.ask_15, P.LNT_15),
    (P.LNT_15, _ANSWER): Row(lnt_flow.keep_15, P.READING),
    (P.LNT_15, _REFUSED): Row(tunion_flow.needed_read, P.READING),
    (P.READING, ev.WantLnt08): Row(lnt_flow.ask_08, P.LNT_08),
    (P.LNT_08, _ANSWER): Row(lnt_flow.keep_08, P.READING),
    (P.LNT_08, _REFUSED): Row(tunion_flow.optional_read, P.READING),
    (P.READING, ev.WantWallet): Row(lnt_flow.select_wallet, P.SELECT_WALLET),
    (P.SELECT_WALLET, _ANSWER): Row(lnt_flow.enter_wallet, P.READING),
    (P.SELECT_WALLET, _REFUSED): Row(lnt_flow.no_wallet, P.READING),
    (P.READING, ev.WantLnt18): Row(lnt_flow.ask_18, P.LNT_18),
    (P.LNT_18, _ANSWER): Row(lnt_flow.keep_18, P.READING),
    (P.LNT_18, _REFUSED): Row(tunion_flow.optional_read, P.READING),
    # checks and balance
    (P.READING, ev.Judge): Row(payment.judge, P.READING),
    (P.READING, ev.WantBalance): Row(payment.ask_balance, P.BALANCE),
    (P.BALANCE, _ANSWER): Row(payment.keep_balance, P.READING),
    (P.BALANCE, _REFUSED): Row(payment.without_balance, P.READING),
    (P.READING, ev.WantAvailable): Row(payment.ask_available, P.AVAILABLE),
    (P.AVAILABLE, _ANSWER): Row(payment.keep_available, P.READING),
    (P.AVAILABLE, _REFUSED): Row(payment.without_available, P.READING),
    (P.READING, ev.TryReset): Row(entry_flow.reset_card, P.RESET),
    # payment
    (P.READING, ev.Pay): Row(payment.initialize, P.INIT),
    (P.INIT, _ANSWER): Row(payment.keep_init, P.PAYING),
    (P.INIT, _REFUSED): Row(payment.init_refused, P.PAYING),
    (P.PAYING, ev.NeedSam): Row(payment.select_sam, P.SAM_SELECT),
    (P.SAM_SELECT, ev.SamAnswered): Row(payment.sam_selected, P.PAYING),
    (P.PAYING, ev.AskMac1): Row(payment.ask_mac1, P.SAM_MAC1),
    (P.SAM_MAC1, ev.SamAnswered): Row(payment.keep_mac1, P.PAYING),
    (P.PAYING, ev.SendCache): Row(payment.send_cache, P.CACHE),
    (P.CACHE, _ANSWER): Row(payment.cached, P.PAYING),
    (P.CACHE, _REFUSED): Row(payment.cache_refused, P.PAYING),
    (P.PAYING, ev.SendDebit): Row(payment.send_debit, P.DEBIT),
    (P.DEBIT, _ANSWER): Row(payment.keep_debit, P.PAYING),
    (P.DEBIT, _REFUSED): Row(payment.debit_refused, P.RECOVERING),
    (P.DEBIT, ev.CardRemoved): Row(ending.torn, P.IDLE),
    (P.DEBIT, ev.TimedOut): Row(ending.torn, P.IDLE),
    (P.DEBIT, ev.Malformed): Row(ending.torn, P.IDLE),
    (P.PAYING, ev.CheckMac2): Row(payment.check_mac2, P.SAM_MAC2),
    (P.SAM_MAC2, ev.SamAnswered): Row(ending.mac2_checked, P.IDLE),
    (P.SAM_MAC2, ev.SamRefused): Row(ending.mac2_failed, P.IDLE),
    (P.SAM_MAC2, ev.TimedOut): Row(ending.mac2_unknown, P.OUT_OF_SERVICE),
    (P.SAM_MAC2, ev.CardRemoved): Row(ending.nothing, P.SAM_MAC2),
    # what is not known to have happened
    (P.READING, ev.Recover): Row(recovery_flow.ask_counter, P.RECOVER_INIT),
    (P.RECOVER_INIT, _ANSWER): Row(recovery_flow.compare, P.RECOVERING),
    (P.RECOVER_INIT, _REFUSED): Row(recovery_flow.counter_refused, P.RECOVERING),
    (P.RECOVERING, ev.SendPin): Row(load_flow.send_pin, P.RECOVER_PIN),
    (P.RECOVER_PIN, _ANSWER): Row(recovery_flow.pin_accepted, P.RECOVERING),
    (P.RECOVER_PIN, _REFUSED): Row(recovery_flow.pin_refused, P.RECOVERING),
    (P.RECOVERING, ev.Recover): Row(recovery_flow.ask_counter, P.RECOVER_INIT),
    (P.RECOVERING, ev.NotCharged): Row(recovery_flow.resume, P.READING),
    (P.RECOVERING, ev.AskProof): Row(recovery_flow.ask_proof, P.PROVE),
    (P.PROVE, _ANSWER): Row(recovery_flow.keep_proof, P.RECOVERING),
    (P.PROVE, _REFUSED): Row(recovery_flow.no_proof, P.RECOVERING),
    (P.RECOVERING, ev.AskLog): Row(recovery_flow.ask_log, P.LOG),
    (P.LOG, _ANSWER): Row(recovery_flow.search_log, P.RECOVERING),
    (P.LOG, _REFUSED): Row(recovery_flow.no_log, P.RECOVERING),
    (P.RECOVERING, ev.CheckMac2): Row(payment.check_mac2, P.SAM_MAC2),
    (P.RECOVERING, ev.AskConfirm): Row(load_flow.ask_confirmation, P.CONFIRM),
    (P.RECOVERING, ev.Proven): Row(ending.proven, P.IDLE),
    # load
    (P.READING, ev.StartLoad): Row(load_flow.initialize, P.LOAD_INIT),
    (P.LOADING, ev.StartLoad): Row(load_flow.initialize, P.LOAD_INIT),
    (P.LOAD_INIT, _ANSWER): Row(load_flow.ask_host, P.HOST),
    (P.LOAD_INIT, _REFUSED): Row(load_flow.init_refused, P.LOADING),
    (P.LOADING, ev.SendPin): Row(load_flow.send_pin, P.LOAD_PIN),
    (P.LOAD_PIN, _ANSWER): Row(load_flow.pin_accepted, P.LOADING),
    (P.LOAD_PIN, _REFUSED): Row(recovery_flow.pin_refused, P.LOADING),
    (P.HOST, ev.HostAnswered): Row(load_flow.send_credit, P.CREDIT),
    (P.HOST, ev.HostRefused): Row(ending.host_failed, P.IDLE),
    (P.CREDIT, _ANSWER): Row(load_flow.keep_credit, P.LOADING),
    (P.CREDIT, _REFUSED): Row(load_flow.credit_refused, P.RECOVERING),
    (P.CREDIT, ev.CardRemoved): Row(ending.torn, P.IDLE),
    (P.CREDIT, ev.TimedOut): Row(ending.torn, P.IDLE),
    (P.CREDIT, ev.Malformed): Row(ending.torn, P.IDLE),
    (P.LOADING, ev.AskConfirm): Row(load_flow.ask_confirmation, P.CONFIRM),
    (P.CONFIRM, ev.HostConfirmed): Row(ending.load_confirmed, P.IDLE),
    (P.CONFIRM, ev.HostRefused): Row(ending.load_disputed, P.IDLE),
    (P.CONFIRM, ev.TimedOut): Row(ending.unconfirmed, P.IDLE),
    (P.CONFIRM, ev.CardRemoved): Row(ending.nothing, P.CONFIRM),
}

# What every waiting phase shares.
for _phase in CARD_WAITS:
    TRANSITIONS[_phase, ev.CardRemoved] = Row(ending.lost, P.IDLE)
    TRANSITIONS[_phase, ev.TimedOut] = Row(ending.lost, P.IDLE)
for _phase in PARSING:
    TRANSITIONS[_phase, ev.Malformed] = Row(ending.malformed, P.IDLE)
for _phase in HELPER_WAITS:
    TRANSITIONS[_phase, ev.CardRemoved] = Row(ending.lost, P.IDLE)
for _phase in (P.SAM_SELECT, P.SAM_MAC1):
    TRANSITIONS[_phase, ev.SamRefused] = Row(ending.sam_failed, P.IDLE)
    # A silent PSAM needs a reset: Started begins again from OUT_OF_SERVICE.
    TRANSITIONS[_phase, ev.TimedOut] = Row(ending.sam_failed, P.OUT_OF_SERVICE)
TRANSITIONS[P.SAM_MAC1, ev.Malformed] = Row(ending.sam_failed, P.IDLE)
TRANSITIONS[P.HOST, ev.TimedOut] = Row(ending.host_failed, P.IDLE)
TRANSITIONS[P.HOST, ev.Malformed] = Row(ending.host_failed, P.IDLE)
for _phase in (P.SAM_OPEN, P.SAM_NUMBER):
    for _failure in (ev.SamRefused, ev.TimedOut):
        TRANSITIONS[_phase, _failure] = Row(ending.nothing, P.OUT_OF_SERVICE)
    TRANSITIONS[_phase, ev.CardRemoved] = Row(ending.nothing, _phase)
TRANSITIONS[P.SAM_NUMBER, ev.Malformed] = Row(ending.nothing, P.OUT_OF_SERVICE)
for _phase in (phase for phase in Phase if phase in INNER):  # a set has no order
    TRANSITIONS[_phase, ev.Refuse] = Row(ending.refused, P.IDLE)
# Idle: removals, and answers that come after their tap has ended.
for _late in (ev.CardRemoved, ev.TimedOut, ev.SamAnswered, ev.SamRefused):
    TRANSITIONS[P.IDLE, _late] = Row(ending.nothing, P.IDLE)
for _phase in (P.IDLE, P.OUT_OF_SERVICE):
    TRANSITIONS[_phase, ev.Told] = Row(ending.told, _phase)
for _late in (ev.CardRemoved, ev.TimedOut):
    TRANSITIONS[P.OUT_OF_SERVICE, _late] = Row(ending.nothing, P.OUT_OF_SERVICE)


class Machine:
    """A terminal. Feed it events, do the actions it gives, in order.

    Args:
        profile: what kind of terminal.
        recovered: the journal's memory after a restart.
        rules: what it thinks.
        table: where it goes.
    """

    def __init__(
        self,
        profile: TerminalProfile,
        recovered: Recovered | None = None,
        rules: Rules = RULES,
        table: Table = TRANSITIONS,
    ) -> None:
        self.phase = Phase.OFF
        self.context = TerminalContext(profile, recovered, rules)
        self._table = table

    @property
    def profile(self) -> TerminalProfile:
        """The profile it was made from."""
        return self.context.profile

    @property
    def pending(self) -> tuple[Pending, ...]:
        """Torn transactions that wait for their card."""
        return tuple(self.context.pending.values())

    def handle(self, event: ev.Event) -> tuple[Action, ...]:
        """Take one event; gives what is to be done now.

        Raises:
            TransitionError: the event has no row in this phase; nothing has changed.
            UsageError: the clock of a CardPresented is no 14 digits.
        """
        if type(event) in ev.SIGNALS:
            raise TransitionError(f"{type(event).__name__} is the machine's own signal")
        context, table = self.context, self._table
        while True:
            row = table.get((self.phase, type(event)))
            if row is None:
                raise TransitionError(
                    f"{type(event).__name__} does not belong to phase {self.phase.name} "
                    f"({self.phase.value})"
                )
            try:
                result = row.act(context, event)
            except WireError as error:
                if (self.phase, ev.Malformed) not in table:
                    raise
                event = ev.Malformed(str(error))
                continue
            self.phase = row.next
            if isinstance(result, tuple):
                return result
            event = result


def state_diagram() -> str:
    """The table as a Mermaid state diagram; rows to the same end are drawn as one arrow."""
    lines = ["stateDiagram-v2", "    [*] --> OFF"]
    used = {phase for phase, _ in TRANSITIONS} | {row.next for row in TRANSITIONS.values()}
    lines += [f"    {phase.name}: {phase.value}" for phase in Phase if phase in used]
    arrows: dict[tuple[Phase, Phase], list[str]] = {}
    for (phase, event), row in TRANSITIONS.items():
        arrows.setdefault((phase, row.next), []).append(event.__name__)
    for (start, end), names in arrows.items():
        lines.append(f"    {start.name} --> {end.name}: {', '.join(dict.fromkeys(names))}")
    return "\n".join(lines) + "\n"

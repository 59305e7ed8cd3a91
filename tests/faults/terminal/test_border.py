"""Borders: what is heard and said is changed in the order of the borders."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.terminal import playbook as pb
from tests.terminal.playbook import NOW, Play, no, ok
from ykt_sim.faults.terminal.border import Border, BorderedMachine, ending, hearing, saying
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.terminal import TransitionError
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard
from ykt_sim.terminal.journal import TapEnd, decode
from ykt_sim.terminal.machine import TRANSITIONS
from ykt_sim.terminal.phases import Phase
from ykt_sim.terminal.rules import RULES


def behind(*borders: Border) -> BorderedMachine:
    profile = load_terminal_profile("bus-tunion")
    machine = BorderedMachine(profile, None, RULES, TRANSITIONS, borders)
    machine.handle(ev.Started())
    machine.handle(ev.SamAnswered(b""))
    machine.handle(ev.SamAnswered(bytes.fromhex(profile.sam.terminal)))
    return machine


def test_one_that_changes_nothing() -> None:
    play = Play(behind(Border())).card(pb.PPSE, no(0x6A82)).card(pb.SELECT_EP, no(0x6A82))
    assert play.end.decision.code == "YKT-01"


def test_events_are_changed_one_after_the_other() -> None:
    def absent(machine, event):
        return ev.CardRefused(0x6A82) if machine.phase is Phase.PPSE else event

    def blocked(machine, event):
        assert machine.phase is not Phase.PPSE or event == ev.CardRefused(0x6A82)
        return ev.CardRefused(0x9303) if machine.phase is Phase.SELECT_EP else event

    machine = behind(hearing(absent)(), hearing(blocked)())
    play = Play(machine).card(pb.PPSE, ok("6F")).card(pb.SELECT_EP, ok(pb.FCI))
    assert play.end.decision.code == "YKT-02"


def test_actions_are_changed_one_after_the_other() -> None:
    def longer(_machine, action):
        return SendCard(action.apdu + b"\x01") if isinstance(action, SendCard) else action

    play = Play(behind(saying(longer)(), saying(longer)()))
    assert play.waiting == pb.PPSE + "0101"


def test_an_action_instead_of_an_event_is_done_and_nothing_is_heard() -> None:
    class Again(Border):
        def hears(self, machine, event):
            if machine.phase is Phase.PPSE and event == no(0x6985):
                return SendCard(b"again")
            return event

    play = Play(behind(Again())).card(pb.PPSE, no(0x6985))
    assert play.machine.phase is Phase.PPSE
    assert bytes.fromhex(play.waiting) == b"again"
    assert play.event(no(0x6A82)).waiting == pb.SELECT_EP


def test_an_event_instead_of_an_action_is_heard_and_nothing_is_done() -> None:
    def unsent(machine, action):
        return no(0x6A82) if machine.phase is Phase.PPSE else action

    assert Play(behind(saying(unsent)())).waiting == pb.SELECT_EP


def test_the_end_is_changed_in_the_journal_as_on_the_display() -> None:
    def renamed(end: TapEnd) -> TapEnd:
        return replace(end, decision=replace(end.decision, terminal=end.decision.terminal + "X"))

    play = Play(behind(ending(renamed)(), ending(renamed)()))
    play.card(pb.PPSE, no(0x6A82)).card(pb.SELECT_EP, no(0x6A82))
    end = decode(play.journal[-1])
    assert isinstance(end, TapEnd)
    assert play.end.decision == end.decision
    assert end.decision.terminal.endswith("XX")
    assert end.decision.time == NOW


def test_a_mistake_of_the_driver_stays_one() -> None:
    machine = behind(Border())
    with pytest.raises(TransitionError):
        machine.handle(ev.CardAnswered(b""))

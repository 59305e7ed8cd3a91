"""Whatever happens to a terminal: nothing but TransitionError, one decision a tap, no entry lost,
and money only moves from one place to another.

The first two tests let cards and PSAMs lie and events come at any time. The third one keeps the
card honest and tears its taps apart, at several terminals in turn; then the sum of what is in the
card and what terminals have accepted must be what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.terminal import playbook as pb
from tests.terminal import world
from tests.terminal.playbook import NOW
from tests.terminal.world import DeviantLink
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.tap import TapResult
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.profiles.terminals import terminal_profile_names
from ykt_sim.terminal import Machine, Phase, TransitionError
from ykt_sim.terminal import actions as do
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.journal import Pending, TapEnd, decode, reread
from ykt_sim.transport import EngineLink
from ykt_sim.wire.decision import Decision

NAMES = terminal_profile_names()
ENDS = {Phase.IDLE, Phase.OUT_OF_SERVICE}
LOAD = 5000


@dataclass
class Watch:
    """A machine whose promises are checked after every event."""

    machine: Machine
    journal: bytes = b""
    finishes: list[do.Finish] = field(default_factory=list)
    taps: int = 0

    def handle(self, event: ev.Event) -> tuple[do.Action, ...]:
        machine = self.machine
        before = machine.phase, machine.pending, self.settled()
        try:
            actions = machine.handle(event)
        except TransitionError:
            assert (machine.phase, machine.pending, self.settled()) == before
            return ()
        self.taps += isinstance(event, ev.CardPresented)
        waiting = [a for a in actions if not isinstance(a, do.WriteJournal | do.Finish)]
        assert len(waiting) <= 1
        assert not waiting or actions[-1] is waiting[0]
        for action in actions:
            if isinstance(action, do.WriteJournal):
                assert decode(action.line) is not None
                self.journal += action.line
            elif isinstance(action, do.Finish):
                self.finish(action)
        if machine.phase in ENDS:
            self.at_rest()
        return actions

    def finish(self, action: do.Finish) -> None:
        self.finishes.append(action)
        assert self.machine.phase in ENDS
        last = reread(self.journal).entries[-1]
        assert isinstance(last, TapEnd), "the end of a tap is in the journal before it is shown"
        assert (last.decision, last.clearing, last.dispute) == (
            action.decision, action.clearing, action.dispute,
        )  # fmt: skip
        decision = action.decision
        assert (decision.code == "") == (decision.outcome == "accepted")
        if action.clearing is not None:
            assert decision.outcome == "accepted"
            assert decision.amount == action.clearing.amount > 0

    def settled(self) -> set[int]:
        entries = reread(self.journal).entries
        return {number for e in entries if isinstance(e, TapEnd) for number in e.settles}

    def at_rest(self) -> None:
        """Between taps: one decision each, and every entry is settled or kept."""
        assert len(self.finishes) == self.taps
        written = reread(self.journal)
        kept = {entry.record.sequence for entry in self.machine.pending}
        for entry in written.entries:
            if isinstance(entry, Pending):
                number = entry.record.sequence
                assert (number in self.settled()) != (number in kept), "an entry was lost"
        assert set(written.pending) == {entry.key for entry in self.machine.pending}


# -- arbitrary events --------------------------------------------------------------

#: Bytes that fit somewhere, so that a tap goes on.
ANSWERS = tuple(
    bytes.fromhex(text)
    for text in (
        "", pb.DUAL_PPSE, pb.FCI, pb.EF15, pb.EF17, pb.LNT15, pb.INIT, pb.MAC1, pb.TAC_MAC2,
        "00002260", "AABBCCDD", "00" * 23, "00" * 48, "6F0A84085041592E41505059",
        pb.INIT[:12] + pb.INIT[-12:] + "11223344", "27017D" + "00" * 125,
    )
)  # fmt: skip
some_bytes = st.sampled_from(ANSWERS) | st.binary(max_size=64)
status_words = st.sampled_from(
    (0x6283, 0x6581, 0x6700, 0x6982, 0x6985, 0x6A81, 0x6A82, 0x6A83, 0x9302, 0x9303, 0x9401)
) | st.integers(0, 0xFFFF)
events = st.one_of(
    st.just(ev.Started()),
    st.builds(ev.CardPresented, st.just(NOW), st.sampled_from((0, LOAD, -1, 1 << 40))),
    some_bytes.map(ev.CardAnswered),
    some_bytes.map(ev.CardAnswered),
    st.builds(ev.CardRefused, status_words, some_bytes),
    some_bytes.map(ev.CardReset),
    st.just(ev.CardRemoved()),
    st.just(ev.TimedOut()),
    some_bytes.map(ev.SamAnswered),
    status_words.map(ev.SamRefused),
    st.builds(ev.HostAnswered, st.binary(max_size=5), st.sampled_from(("", NOW, "zz"))),
    st.just(ev.HostConfirmed()),
    st.just(ev.HostRefused("no")),
    st.just(ev.Malformed("a signal from outside")),
    st.just(ev.Pay()),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.booleans(), st.lists(events, max_size=40))
def test_any_events(name: str, on: bool, happened: list[ev.Event]) -> None:  # noqa: FBT001
    watch = Watch(pb.started(name) if on else Machine(pb.variant(name)))
    for event in happened:
        watch.handle(event)
    come_to_rest(watch)


def come_to_rest(watch: Watch) -> None:
    """Silence ends every tap; at most the PSAM and the host are waited for in turn."""
    for _ in range(3):
        if watch.machine.phase in {*ENDS, Phase.OFF}:
            break
        watch.handle(ev.TimedOut())
    assert watch.machine.phase in {*ENDS, Phase.OFF}
    if watch.machine.phase is not Phase.OFF:
        watch.at_rest()


# -- cards and PSAMs that lie ------------------------------------------------------

#: What becomes of an honest answer: itself, or another event.
Move = Callable[[ev.Event], ev.Event]


def honest(event: ev.Event) -> ev.Event:
    return event


def damaged(change: Callable[[bytes], bytes]) -> Move:
    def move(event: ev.Event) -> ev.Event:
        if isinstance(event, ev.CardAnswered | ev.SamAnswered):
            return msgspec.structs.replace(event, data=change(event.data))
        return event

    return move


def flipped(at: int, bit: int) -> Move:
    def change(data: bytes) -> bytes:
        if not data:
            return data
        spot = at % len(data)
        return data[:spot] + bytes((data[spot] ^ (1 << bit),)) + data[spot + 1 :]

    return damaged(change)


def instead(event: ev.Event) -> Move:
    return lambda _event: event


moves = st.one_of(
    st.just(honest),
    st.just(honest),
    st.just(honest),
    st.builds(flipped, st.integers(0, 127), st.integers(0, 7)),
    st.integers(0, 64).map(lambda size: damaged(lambda data: data[:size])),
    st.binary(max_size=4).map(lambda extra: damaged(lambda data: data + extra)),
    events.map(instead),
)


def answer(action: do.Action, card: EngineLink, bench: Bench) -> ev.Event:
    """What an honest world says to an action."""
    match action:
        case do.SendCard(apdu=apdu):
            return ev.card_event(card.transmit(apdu))
        case do.SendSam(apdu=apdu):
            return ev.sam_event(bench.sam_link.transmit(apdu))
        case do.ResetCard():
            return ev.CardReset(card.power_on())
        case do.AskAuthorization():
            return ev.HostAnswered(b"\x01\x02\x03\x04", action.datetime)
        case do.AskConfirmation():
            return ev.HostConfirmed()
    raise TypeError(type(action).__name__)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.sampled_from(("lnt", "tunion", "dual")),
    st.lists(st.lists(moves, max_size=30), min_size=1, max_size=4),
)
def test_lying_cards_and_psams(name: str, kind: str, visits: list[list[Move]]) -> None:
    bench, card = world.bench(name), EngineLink(world.card(kind))
    watch = Watch(bench.machine)
    for visit in visits:
        card.power_on()
        if watch.machine.phase is Phase.OUT_OF_SERVICE:
            drive(watch, ev.Started(), card, bench, [])
        amount = LOAD if name == "load-point" else 0
        drive(watch, ev.CardPresented(NOW, amount), card, bench, visit)
        come_to_rest(watch)


def drive(watch: Watch, event: ev.Event, card: EngineLink, bench: Bench, visit: list[Move]) -> None:
    """Do what the machine asks for, answering as the visit says and then honestly."""
    actions = watch.handle(event)
    for step in range(100):
        if not actions or isinstance(actions[-1], do.Finish):
            return
        told = answer(actions[-1], card, bench)
        following = watch.handle(visit[step](told) if step < len(visit) else told)
        # refused by the table: the machine still waits for the same answer
        actions = following or (() if watch.machine.phase in ENDS else watch.handle(told))
    raise AssertionError("the tap does not end")


# -- money -------------------------------------------------------------------------

#: Ways to lose a command or its answer; what the card does say stays true.
TEARS = ("removed-before", "removed-after", "silent-before", "silent-after")
STANDARDS = {"lnt": "lnt", "tunion": "tunion", "dual": "tunion"}
START = 20000


@dataclass(frozen=True)
class Visit:
    """A card comes to a terminal; at its n-th command something happens, or nothing (0)."""

    terminal: int
    card: str
    at: int
    deviation: str
    restart: bool


def numbered(kind: str) -> Card:
    """A card whose number no other one has."""
    pan = "3104870300000007777" if kind == "dual" else None
    image = personalise(load_card_profile(kind), pan=pan, balance=START)
    return Card(image, world.counting())


@dataclass
class Street:
    """Terminals and cards, and what has been said and paid."""

    terminals: tuple[str, ...]
    benches: list[Bench] = field(init=False)
    cards: dict[str, Card] = field(init=False)
    paid: dict[str, int] = field(init=False)
    minute: int = 0

    def __post_init__(self) -> None:
        self.benches = [world.bench(name) for name in self.terminals]
        self.cards = {name: numbered(name) for name in STANDARDS}
        self.paid = dict.fromkeys(self.cards, 0)

    def tap(self, number: int, name: str, link: DeviantLink | Card) -> TapResult:
        bench = self.benches[number]
        load = LOAD if self.terminals[number] == "load-point" else 0
        self.minute += 1
        now = f"20250601{8 + self.minute // 60:02d}{self.minute % 60:02d}00"
        result = bench.tap(link, now=now, amount=load)
        self.count(name, result.decision, load)
        assert result.dispute is None
        return result

    def count(self, name: str, decision: Decision, load: int) -> None:
        if decision.outcome == "accepted":
            self.paid[name] += -decision.amount if load else decision.amount
        else:
            assert decision.amount == 0

    def visit(self, visit: Visit) -> None:
        number = visit.terminal % len(self.terminals)
        if visit.restart:
            self.benches[number] = world.restarted(self.benches[number])
        card = self.cards[visit.card]
        deviation = world.DEVIATIONS[visit.deviation]
        self.tap(number, visit.card, DeviantLink(EngineLink(card), visit.at, deviation))

    def come_back(self) -> None:
        """Every card returns, undisturbed, wherever an entry waits for one."""
        for number, bench in enumerate(self.benches):
            for _ in range(3):
                if not bench.machine.pending:
                    break
                for name, card in self.cards.items():
                    self.tap(number, name, card)
            assert not bench.machine.pending


tears = st.builds(
    Visit,
    st.integers(0, 2),
    st.sampled_from(tuple(STANDARDS)),
    st.integers(0, 16),
    st.sampled_from(TEARS),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
    st.lists(tears, min_size=1, max_size=8),
)
def test_money_is_conserved(terminals: list[str], visits: list[Visit]) -> None:
    street = Street(tuple(terminals))
    for visit in visits:
        street.visit(visit)
    street.come_back()
    left = {name: world.balance_of(card, STANDARDS[name]) for name, card in street.cards.items()}
    assert {name: left[name] + street.paid[name] for name in left} == dict.fromkeys(left, START)


# -- the checks can fail -----------------------------------------------------------


def test_a_lost_entry_is_noticed() -> None:
    bench, card = world.bench("bus-tunion"), world.card("tunion")
    link = DeviantLink(EngineLink(card), 0, world.removed_before)
    bench.tap(link, now=NOW)
    torn = world.bench("bus-tunion")
    torn.tap(DeviantLink(EngineLink(card), link.count, world.removed_after), now=NOW)
    watch = Watch(torn.machine, torn.journal.data, taps=0)
    watch.at_rest()
    torn.machine.context.pending.clear()
    with pytest.raises(AssertionError, match="an entry was lost"):
        watch.at_rest()


def test_a_second_decision_is_noticed() -> None:
    bench = world.bench("bus-tunion")
    watch = Watch(bench.machine)
    watch.at_rest()
    watch.taps += 1
    with pytest.raises(AssertionError):
        watch.at_rest()


def test_money_that_vanishes_is_noticed() -> None:
    street = Street(("bus-tunion",))
    result = street.tap(0, "tunion", street.cards["tunion"])
    assert result.decision.amount > 0
    assert world.balance_of(street.cards["tunion"], "tunion") == START - result.decision.amount
    assert street.paid["tunion"] == result.decision.amount

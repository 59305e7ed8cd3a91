"""Every row of the table is walked, by real taps that are disturbed everywhere."""

from __future__ import annotations

import pytest

from tests.terminal import playbook as pb
from tests.terminal import world
from tests.terminal.playbook import Play, no, ok, sam, started, variant
from tests.terminal.world import NOW, DeviantLink
from ykt_sim.bench.tap import run_tap
from ykt_sim.terminal import Machine, Phase
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.machine import TRANSITIONS
from ykt_sim.terminal.rules import RULES
from ykt_sim.transport import EngineLink

DEVIATIONS = (
    world.removed_before,
    world.silent_before,
    world.garbled_after,
    world.refused(0x6A82),
    world.removed_after,
)


class Watched(dict):
    """The table, noting which rows are looked up with success."""

    def __init__(self) -> None:
        super().__init__(TRANSITIONS)
        self.walked: set[object] = set()

    def get(self, key, default=None):
        if key in self:
            self.walked.add(key)
        return super().get(key, default)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Every machine made from now on goes by this table."""
    rows = Watched()
    monkeypatch.setattr(Machine.__init__, "__defaults__", (None, RULES, rows))
    return rows


def disturb(profile, kind: str, amount: int = 0, prepare=None) -> None:
    """One undisturbed tap, then every command disturbed, each followed by a return."""
    length = 30
    at = 0
    while at <= length:
        for deviation in DEVIATIONS:
            bench, card = world.bench(profile), world.card(kind)
            if prepare is not None:
                prepare(bench, card)
            link = DeviantLink(EngineLink(card), at, deviation)
            bench.tap(link, now=NOW, amount=amount)
            if at == 0:
                length = link.count
            else:
                bench.tap(card, now=NOW, amount=amount)
        at += 1


def torn(amount: int = 0):
    """A torn payment lies behind the tap."""

    def prepare(bench, card) -> None:
        class Torn(DeviantLink):
            def transmit(self, apdu: bytes) -> bytes:
                if apdu[1] in (0x54, 0x52):
                    return world.removed_after(self._link, apdu)
                return self._link.transmit(apdu)

        bench.tap(Torn(EngineLink(card), 0, world.removed_before), now=NOW, amount=amount)

    return prepare


def at_phase(profile, kind: str, phase: Phase, event: ev.Event, amount: int = 0, prepare=None):
    """Run a tap until the machine waits in a phase, then let something happen."""
    bench, card = world.bench(profile), world.card(kind)
    if prepare is not None:
        prepare(bench, card)
    link = EngineLink(card)
    link.power_on()
    inner = bench.machine

    class StopError(Exception):
        pass

    class Peek:
        def handle(self, given: ev.Event):
            actions = inner.handle(given)
            if inner.phase is phase:
                raise StopError
            return actions

    with pytest.raises(StopError):
        run_tap(Peek(), link, bench.sam_link, now=NOW, amount=amount, host=bench.host)  # type: ignore[arg-type]
    inner.handle(event)


def test_every_row_is_walked(watched: Watched) -> None:
    full = variant("metro-exit", reads__file_15=True, ride__exit_outside="charge-max")
    poor = variant("bus-tunion", fare__flat=20000)
    lnt = variant("metro-entry", reads__trip=True, applications__entry="lnt-probe-first")
    for profile, kind in (
        (full, "dual"),
        (full, "tunion"),
        (poor, "tunion"),
        (lnt, "lnt"),
        (variant("ferry-upgraded"), "lnt"),
        (variant("bus-upgraded"), "dual"),
        (variant("bus-tunion"), "dual"),
    ):
        disturb(profile, kind)
    disturb("bus-tunion", "tunion", prepare=torn())
    disturb("load-point", "lnt", 5000)
    disturb("load-point", "lnt", 5000, prepare=torn(5000))

    # Lingnan Tong after a PPSE, with a reset that does not come back
    only_ecash = ok(
        "6F2A840E325041592E5359532E4444463031A518BF0C1561134F08A00000063201010650044D4F5454870101"
    )
    for event in (ev.CardRemoved(), ev.TimedOut(), ev.CardReset(b"")):
        Play(started("ferry-upgraded")).card(pb.PPSE, only_ecash).event(event)
    Play(started("ferry-upgraded")).card(pb.PPSE, no(0x6A82)).card(pb.SELECT_EP, no(0x9303))
    Play(started("ferry-upgraded")).card(pb.PPSE, no(0x6A82)).card(pb.SELECT_EP, ok("6F"))
    Play(started("load-point"), ev.CardPresented(NOW, 0))

    # the torn payment lies in the card's other application
    bench, card = world.bench("bus-upgraded"), world.card("dual")

    class Unlucky(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu[1] == 0xA4 and b"PAY.APPY" in apdu:
                return b"\x6a\x82"
            if apdu[1] == 0x54:
                return world.removed_after(self._link, apdu)
            return self._link.transmit(apdu)

    bench.tap(Unlucky(EngineLink(card), 0, world.removed_before), now=NOW)
    bench.tap(card, now=NOW)

    # PSAM and host
    for event in (ev.CardRemoved(), ev.TimedOut(), ev.SamRefused(0x6985), sam("00")):
        at_phase("bus-tunion", "tunion", Phase.SAM_MAC1, event)
        at_phase("ferry-upgraded", "lnt", Phase.SAM_SELECT, event)
    for event in (ev.CardRemoved(), ev.TimedOut(), ev.SamRefused(0x9302)):
        at_phase("bus-tunion", "tunion", Phase.SAM_MAC2, event)
    for event in (ev.CardRemoved(), ev.TimedOut(), ev.HostRefused("no")):
        at_phase("load-point", "lnt", Phase.HOST, event, 5000)
        at_phase("load-point", "lnt", Phase.CONFIRM, event, 5000)

    at_phase("load-point", "lnt", Phase.HOST, ev.HostAnswered(b"", NOW), 5000)

    # switched on, out of service, late answers
    for early in (ev.CardRemoved(), ev.SamRefused(0x6A82), sam("00"), ev.TimedOut()):
        machine = Machine(variant("bus-tunion"))
        machine.handle(ev.Started())
        if early != sam("00"):
            machine.handle(early)
        machine = Machine(variant("bus-tunion"))
        machine.handle(ev.Started())
        machine.handle(sam())
        machine.handle(early)
    for event in (
        ev.CardRemoved(), ev.TimedOut(), ev.CardPresented(NOW), ev.Told(), ev.Started(), sam(),
        sam("00" * 6),
        ev.CardRemoved(), ev.TimedOut(), sam(), ev.SamRefused(0x6901),
    ):  # fmt: skip
        machine.handle(event)

    missed = sorted(f"{p.name} {e.__name__}" for p, e in set(TRANSITIONS) - watched.walked)
    assert not missed, "\n".join(missed)

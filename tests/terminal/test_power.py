"""Power cuts inside card and PSAM during a tap: money and numbers stay right."""

from __future__ import annotations

import pytest

from tests.terminal import world
from tests.terminal.playbook import variant
from tests.terminal.world import NOW
from ykt_sim.card.memory import CutPlan as CardCut
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.sam.memory import SamCutPlan as SamCut

FARE = 200
PAIRS = [("bus-upgraded", "lnt", "lnt"), ("bus-tunion", "tunion", "tunion")]


def profile(name: str) -> TerminalProfile:
    return variant(name, fare__flat=FARE, fare__percent={})


def writes(name: str, kind: str) -> int:
    bench, card = world.bench(profile(name)), world.card(kind)
    card.cut_plan(None)
    bench.tap(card, now=NOW)
    return card.writes


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize(("name", "kind", "standard"), PAIRS)
def test_cut_at_every_write_of_the_card(name: str, kind: str, standard: str, *, torn: bool) -> None:
    last = writes(name, kind)
    assert last > 4
    recovered = 0
    for cut in range(1, last + 1):
        bench, card = world.bench(profile(name)), world.card(kind)
        card.cut_plan(CardCut(cut, torn=torn))
        first = bench.tap(card, now=NOW)
        assert (first.decision.outcome, first.decision.code) == ("retry", "YKT-11"), cut
        second = bench.tap(card, now=NOW)
        assert second.decision.outcome == "accepted", cut
        recovered += second.decision.recovered
        assert world.balance_of(card, standard) == 8800 - FARE, cut
        assert second.clearing is not None
        assert second.clearing.counter == 0
        assert not bench.machine.pending
    assert 0 < recovered < last  # both endings occur


@pytest.mark.parametrize("cut", [1, 2])
@pytest.mark.parametrize(("name", "kind", "standard"), PAIRS)
def test_cut_in_the_psam_before_mac1_leaves(name: str, kind: str, standard: str, cut: int) -> None:
    bench, card = world.bench(profile(name)), world.card(kind)
    before = bench.tap(card, now=NOW)
    bench.sam.cut_plan(SamCut(cut))
    failed = bench.tap(card, now=NOW)
    assert (failed.decision.outcome, failed.decision.code) == ("refused", "YKT-13")
    assert failed.clearing is None
    after = bench.tap(card, now=NOW)
    assert after.decision.outcome == "accepted"
    assert before.clearing is not None
    assert after.clearing is not None
    assert after.clearing.terminal_serial > before.clearing.terminal_serial
    assert world.balance_of(card, standard) == 8800 - 2 * FARE


def test_a_wrong_mac2_that_cuts_the_psam_is_settled_by_the_proof() -> None:
    """The PSAM dies over MAC2: the card comes back and is not charged again."""
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")

    class Dying:
        def __init__(self, inner) -> None:
            self.inner = inner
            self.dead = False

        def power_on(self) -> bytes:
            self.dead = False
            return self.inner.power_on()

        def transmit(self, apdu: bytes) -> bytes:
            self.dead = self.dead or apdu[1] == 0x72
            return world.silent_before(self, apdu) if self.dead else self.inner.transmit(apdu)

        def close(self) -> None:
            self.inner.close()

    whole = bench.sam_link
    bench.sam_link = Dying(whole)
    first = bench.tap(card, now=NOW)
    assert (first.decision.outcome, first.decision.code) == ("retry", "YKT-13")
    bench.sam_link = whole
    second = bench.tap(card, now=NOW)
    assert second.decision.recovered
    assert second.clearing is not None
    assert second.clearing.evidence == "proof"
    assert world.balance_of(card, "tunion") == 8800 - FARE

"""How taps end that were never shown: told once more, and nothing is charged twice."""

from __future__ import annotations

import pytest

from tests.terminal import world
from tests.terminal.playbook import variant
from tests.terminal.world import NOW, DeviantLink
from ykt_sim.bench.bench import Bench
from ykt_sim.card import Card
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.terminal.journal import Shown, reread
from ykt_sim.transport import EngineLink

SOON, LATE = "20250601080459", "20250601080500"
RIDES = [
    ("bus-upgraded", "lnt", 0),
    ("bus-tunion", "tunion", 0),
    ("metro-exit", "tunion", 0),
    ("metro-exit", "lnt", 0),
    ("load-point", "lnt", 5000),
    ("load-point", "tunion", 5000),
]


def entered(name: str, card: Card) -> Card:
    if name == "metro-exit":
        world.bench("metro-entry").tap(card, now=NOW)
    return card


def died_before_the_display(profile: TerminalProfile | str, card: Card, amount: int = 0) -> Bench:
    """The terminal's last line of an accepted tap is its end; then it starts again."""
    bench = world.bench(profile)
    assert bench.tap(card, now=NOW, amount=amount).decision.outcome == "accepted"
    assert isinstance(reread(bench.journal.lines.pop()).entries[0], Shown)
    return world.restarted(bench)


@pytest.mark.parametrize(("name", "kind", "amount"), RIDES)
def test_a_card_whose_tap_was_not_shown_is_told_once(name: str, kind: str, amount: int) -> None:
    card = entered(name, world.card(kind))
    bench = died_before_the_display(name, card, amount)
    held = world.balance_of(card, kind)
    again = bench.tap(card, now=SOON, amount=amount)
    assert (again.decision.outcome, again.decision.already) == ("accepted", True)
    assert (again.decision.amount, again.decision.recovered) == (0, False)
    assert again.decision.reason == f"paid already at {NOW}"
    assert (again.clearing, again.dispute) == (None, None)
    assert world.balance_of(card, kind) == held
    third = bench.tap(card, now=SOON, amount=amount)
    assert not third.decision.already
    if name == "metro-exit":
        assert third.decision.code == "YKT-15"
    else:
        assert third.clearing is not None
        assert third.clearing.counter == (again.decision.counter or 0) + 1
    assert not world.restarted(bench).machine.context.unshown


@pytest.mark.parametrize(
    ("profile", "now"),
    [
        ("bus-tunion", LATE),
        ("bus-tunion", "20250601075959"),
        (variant("bus-tunion", already_paid_s=0), NOW),
        (variant("bus-tunion", already_paid_s=60), "20250601080100"),
    ],
)
def test_outside_the_window_it_pays(profile: TerminalProfile | str, now: str) -> None:
    card = world.card("tunion")
    result = died_before_the_display(profile, card).tap(card, now=now)
    assert not result.decision.already
    assert result.clearing is not None


def test_a_tap_that_was_shown_is_not_told_again() -> None:
    bench, card = world.bench("bus-tunion"), world.card("tunion")
    bench.tap(card, now=NOW)
    assert world.restarted(bench).tap(card, now=NOW).clearing is not None


def test_a_terminal_that_lives_on_tells_nothing_twice() -> None:
    bench, card = world.bench("bus-tunion"), world.card("tunion")
    bench.tap(card, now=NOW)
    assert bench.tap(card, now=NOW).clearing is not None


def test_others_come_first() -> None:
    card, other = world.card("tunion"), world.card("dual")
    bench = died_before_the_display("bus-tunion", card)
    assert not bench.tap(other, now=SOON).decision.already
    assert bench.tap(card, now=SOON).decision.already


def test_it_is_told_again_after_another_death() -> None:
    card = world.card("tunion")
    bench = died_before_the_display("bus-tunion", card)
    assert bench.tap(card, now=SOON).decision.already
    bench.journal.lines.pop()
    bench = world.restarted(bench)
    assert bench.tap(card, now=SOON).decision.already
    assert world.restarted(bench).tap(card, now=SOON).clearing is not None


def test_a_card_that_leaves_while_it_is_asked_is_told_the_next_time() -> None:
    card = world.card("tunion")
    bench = died_before_the_display("bus-tunion", card)
    for at in range(2, 6):
        link = DeviantLink(EngineLink(card), at, world.removed_after)
        assert bench.tap(link, now=SOON).decision.outcome == "retry", at
    assert bench.tap(card, now=SOON).decision.already


def test_a_card_of_the_same_number_that_has_not_paid_pays() -> None:
    card, twin = world.card("tunion"), world.card("tunion")
    bench = died_before_the_display("bus-tunion", card)
    result = bench.tap(twin, now=SOON)
    assert not result.decision.already
    assert result.clearing is not None


def test_a_card_of_the_same_number_with_another_payment_pays() -> None:
    """Counter and log fit, the proof does not: another PSAM number lies under it."""
    card, twin = world.card("tunion"), world.card("tunion")
    bench = died_before_the_display("bus-tunion", card)
    elsewhere = world.bench("bus-tunion")
    elsewhere.tap(world.card("dual"), now=NOW)
    elsewhere.tap(twin, now=NOW)
    result = bench.tap(twin, now=SOON)
    assert not result.decision.already
    assert not result.decision.recovered
    assert result.clearing is not None
    assert result.clearing.evidence == "mac2"


def test_another_amount_is_loaded() -> None:
    card = world.card("lnt")
    bench = died_before_the_display("load-point", card, 5000)
    result = bench.tap(card, now=SOON, amount=2000)
    assert result.clearing is not None
    assert world.balance_of(card, "lnt") == 8800 + 7000


def test_an_entry_that_was_not_shown_is_told_where_it_would_cost_to_begin_anew() -> None:
    card = world.card("lnt")
    bench = died_before_the_display("bus-board", card)
    assert bench.tap(card, now=SOON).decision.already
    assert bench.tap(card, now=SOON).decision.amount == 475

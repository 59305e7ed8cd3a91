"""Explorations of sound cards find nothing, those of faulty ones a short list of steps."""

from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.explore import Explored, ExplorePlan, explore, replay
from ykt_conformance.explore import run as exploring
from ykt_conformance.ics import form as forms
from ykt_conformance.model import RULES, walk
from ykt_conformance.run.targets.names import CardTarget, form_of, open_target
from ykt_sim.errors import CardRemovedError, LinkError
from ykt_sim.meaning.keyring import KeyRing


def _still() -> float:
    """A clock that stands: bounds are steps alone."""
    return 0.0


def _plan(target: str, steps: int, seed: int = 1, **more: object) -> ExplorePlan:
    form = forms.load(form_of(target)).values
    return ExplorePlan(target=open_target(target), form=form, clock=_still, steps=steps, seed=seed,
                **more)  # type: ignore[arg-type]  # fmt: skip


def _explore(target: str, steps: int, seed: int = 1) -> Explored:
    return explore(_plan(target, steps, seed))


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual"])
def test_a_sound_card_diverges_nowhere(name: str) -> None:
    came = _explore(f"sim:{name}", 90_000)
    assert came.divergence is None, str(came.divergence)
    assert came.exit_code == 0
    assert came.exchanges >= 90_000
    assert came.played == came.planned > 300
    assert len(came.coverage.states) > 15
    told = came.coverage.commands()
    assert {"done", "state"} <= told["DEBIT FOR PURCHASE / CASH / CAPP"].keys()
    classes = {kind for kinds in told.values() for kind in kinds}
    assert {"MAC", "class", "instruction", "parameters", "money"} <= classes


def test_the_same_seed_goes_the_same_way() -> None:
    first, second = _explore("sim:dual", 300, 5), _explore("sim:dual", 300, 5)
    assert first.document() == second.document()
    assert first.coverage.reached != _explore("sim:dual", 300, 6).coverage.reached


@pytest.mark.parametrize(
    ("fault", "rules", "most"),
    [
        ("debit-takes-double", {"R-BAL", "R-INIT"}, 8),
        ("proof-any-type", {"R-PROOF-NONE"}, 8),
        ("pin-survives-select", {"R-INIT-PIN"}, 8),
        ("log-in-both", {"R-REC-ZERO", "R-REC-SAME"}, 11),  # the keys of a wallet take two of them
        ("no-journal", None, 14),
    ],
)
def test_a_fault_is_found_and_told_in_few_steps(
    fault: str, rules: set[str] | None, most: int
) -> None:
    """By which of the rules it breaks it is found depends on the way that a seed goes."""
    target = f"sim:dual?deviate={fault}"
    came = _explore(target, 20_000)
    assert came.divergence is not None
    assert came.exit_code == 1
    assert came.shrunk
    assert rules is None or came.divergence.rule.id in rules
    assert len(came.steps) <= most
    played = replay(_plan(target, 0), came.steps, came.history)
    assert str(played.divergence) == str(came.divergence)
    sound = replay(_plan("sim:dual", 0), came.steps, came.history)
    assert sound.divergence is None
    assert any(came.steps[-1] in line for line in sound.lines())
    assert not any("not shortened" in line for line in sound.lines())
    assert any(came.divergence.rule.text in line for line in came.lines())


def test_its_recording_shows_the_same() -> None:
    came = _explore("sim:dual?deviate=debit-takes-double", 20_000)
    form = forms.load("dual").values
    [found] = walk(came.events, form, KeyRing(), new=True).divergences
    assert came.divergence is not None
    assert found.rule == came.divergence.rule


def test_a_rule_that_is_passed_over_is_told_and_no_more() -> None:
    target = "sim:dual?deviate=wrong-state-6985"
    known = frozenset(
        {"R-COMMIT-STATE", "R-CAPP-STATE", "R-COMMIT-AGAIN", "R-COMMIT-MAC", "R-COMMIT"}
    )
    plan = _plan(target, 800, passed=known)
    came = explore(plan)
    assert came.divergence is None or came.divergence.rule.id not in plan.passed
    assert came.passed_over <= plan.passed
    assert came.passed_over


def _one_card(name: str) -> CardTarget:
    target = open_target(f"sim:{name}")
    return CardTarget(f"one {name}", frozenset({"reset"}), target.open, form=name)


def test_a_card_that_is_never_fresh_is_handled_gently() -> None:
    plan = ExplorePlan(target=_one_card("dual"), form=forms.load("dual").values, clock=_still,
                steps=1500, seed=2)  # fmt: skip
    came = explore(plan)
    assert came.divergence is None, str(came.divergence)
    assert came.histories == 1
    assert not any("locked" in state or "blocked" in state for state in came.coverage.states)
    assert "CARD BLOCK" not in came.coverage.commands()


def test_a_card_that_falls_silent_ends_it_early() -> None:
    class Falls(s.FakeCard):
        def transmit(self, apdu: bytes) -> bytes:
            if len(self.sent) > 5:
                raise CardRemovedError("gone")
            return super().transmit(apdu)

    target = CardTarget("falls", frozenset({"reset"}), lambda _seed: Falls())
    plan = ExplorePlan(target=target, form=forms.load("tunion").values, clock=_still, steps=100,
                passed=frozenset(rule.id for rule in RULES.values()))  # fmt: skip
    came = explore(plan)
    assert came.exit_code == 2
    assert came.lost == "gone"


def test_a_card_that_is_not_there_is_an_error() -> None:
    def nobody(_seed: int) -> s.FakeCard:
        raise LinkError("nobody there")

    target = CardTarget("nobody", frozenset({"reset"}), nobody)
    plan = ExplorePlan(target=target, form=forms.load("tunion").values, clock=_still, steps=10)
    with pytest.raises(LinkError):
        explore(plan)


@pytest.mark.parametrize(
    "steps",
    [
        ("select tunion", "send 00B0800000"),
        ("select tunion", "init composite 0", "cache 1E 00 681", "cache 1E 00 677 p1=01",
         "commit 675", "send 00B201F400"),
    ],
)  # fmt: skip
def test_steps_that_once_misled_the_model_do_not(steps: tuple[str, ...]) -> None:
    came = replay(_plan("sim:dual", 0), steps)
    assert came.divergence is None, str(came.divergence)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        # What is wrong in two ways at once may be told as either, and may have cost a try.
        ("lnt", ("select lnt-basic", "send 00B0950000", "select lnt",
                 *["verify mac=flip0"] * 3, "change 1111 p2=55",
                 "reload 1111 p1=01")),
        # The beginning of a blocked application's name may enter it.
        ("lnt", ("select lnt-basic", "send 00B0950000", "select lnt", "init composite 256",
                 "select lnt-basic", "challenge 4", "block 0",
                 *["challenge 8", "unblock mac=zero"] * 3, "select lnt", "verify",
                 "select lnt-basic cut=1", "init load room-1")),
        # A wrong MAC on another file may count with those on EF 15.
        ("tunion", ("select tunion", "send 00B0970000", "challenge 4", "line 16 50 01 p1=07",
                    *["challenge 4", "line 15 28 0114 mac=flip3"] * 2)),
    ],
)  # fmt: skip
def test_refusals_that_may_have_more_behind_them_are_left_open(
    name: str, steps: tuple[str, ...]
) -> None:
    assert replay(_plan(f"sim:{name}", 0), steps).divergence is None


def test_a_card_that_does_not_come_up_is_let_go() -> None:
    closed: list[bool] = []

    class Down(s.FakeCard):
        def power_on(self) -> bytes:
            raise CardRemovedError("no card")

        def close(self) -> None:
            closed.append(True)

    target = CardTarget("down", frozenset({"reset"}), lambda _seed: Down())
    plan = ExplorePlan(target=target, form=forms.load("tunion").values, clock=_still, steps=10)
    with pytest.raises(LinkError):
        explore(plan)
    assert closed == [True]


def test_a_card_without_a_purse_is_not_dead() -> None:
    values = forms.load("dual").values
    form = {**values, "tunion": {**values["tunion"], "claimed": False},
            "lnt": {**values["lnt"], "claimed": False}}  # fmt: skip
    every = frozenset(rule.id for rule in RULES.values())
    plan = ExplorePlan(target=open_target("sim:dual"), form=form, clock=_still, steps=400,
                       passed=every)  # fmt: skip
    assert explore(plan).histories < 400 / 25


def test_of_a_card_that_is_never_fresh_the_last_of_it_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exploring, "_KEPT", 30)
    target = open_target("sim:dual?deviate=debit-takes-double")
    one = CardTarget("one", frozenset({"reset"}), target.open)
    came = explore(ExplorePlan(target=one, form=forms.load("dual").values, clock=_still,
                               steps=20_000, seed=4))  # fmt: skip
    assert came.divergence is not None
    assert came.exchanges > 30
    assert (len(came.said), len(came.events), len(came.steps)) == (30, 30, 30)
    assert came.dropped == came.exchanges - 30
    assert any(f"{came.dropped} exchanges before" in line for line in came.lines())

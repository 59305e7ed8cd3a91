"""Sound cards have no difference; faulty ones have, with the shortest steps that show it."""

from __future__ import annotations

from itertools import count

import pytest

from ykt_conformance.drive.limits import RESET
from ykt_conformance.explore import ExplorePlan
from ykt_conformance.ics import form as forms
from ykt_conformance.learn import LearnPlan, Learnt, learn
from ykt_conformance.run.targets.names import CardTarget, form_of, open_target
from ykt_sim.codes import INS
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport import Link


def _plan(name: str, *, steps: int = 0) -> ExplorePlan:
    form = forms.load(form_of(name)).values
    return ExplorePlan(target=open_target(name), form=form, clock=lambda: 0.0, steps=steps, seed=1)


def _learnt(name: str, *only: str, walks: int = 20) -> Learnt:
    return learn(LearnPlan(explore=_plan(name), only=only, walks=walks))


@pytest.mark.parametrize(
    ("name", "subject"),
    [("sim:lnt", "lnt-money"), ("sim:tunion", "tunion-pin"), ("sim:tunion", "tunion-blocking")],
)
def test_a_sound_card_has_no_difference_and_its_machine_is_complete(
    name: str, subject: str
) -> None:
    learnt = _learnt(name, subject)
    assert learnt.exit_code == 0
    (one,) = learnt.machines
    assert one.machine is not None
    assert len(one.machine.access) > 3
    assert (one.sure, one.walked, one.ended) == (0, 20, "")
    assert len(one.labels) == len(one.expected) == len(one.machine.access)


def test_a_machine_says_what_the_model_makes_of_its_states_and_allows_there() -> None:
    (one,) = _learnt("sim:lnt", "lnt-pin").machines
    shown = one.labels.index("lnt, PIN")
    assert "9000" in one.expected[shown]["verify"]
    assert one.expected[shown]["verify mac=flip0"].startswith("63C0")
    assert "verify mac=flip0" in one.unheard()
    assert "reset" not in one.unheard()


def test_a_difference_has_the_shortest_steps_and_the_states_it_is_seen_in() -> None:
    learnt = _learnt("sim:tunion?deviate=pin-not-counted", "tunion-pin")
    assert learnt.exit_code == 1
    one = learnt.differences[0]
    assert one.rule.id == one.found.divergence.rule.id  # type: ignore[union-attr]
    assert one.found.shrunk
    assert len(one.found.steps) <= 3
    name = learnt.machines[0].subject.name
    assert {state for state, _ in learnt.marks(name)} >= set(one.places[name])


def test_queries_exchanges_and_time_bound_it_and_the_last_guess_is_kept() -> None:
    ticks = count()
    plan = _plan("sim:lnt")
    for bounded in (
        LearnPlan(explore=plan, only=("money",), queries=60),
        LearnPlan(explore=_plan("sim:lnt", steps=500), only=("money",)),
        LearnPlan(explore=ExplorePlan(target=plan.target, form=plan.form, seconds=60,
                                      clock=lambda: float(next(ticks))), only=("money",)),
    ):  # fmt: skip
        learnt = learn(bounded)
        assert learnt.exit_code == 2
        assert "used up" in learnt.machines[0].ended
        assert learnt.machines[0].machine is not None


def test_it_may_stop_at_the_first_difference() -> None:
    explore = _plan("sim:lnt?deviate=unknown-name-accepted")
    learnt = learn(LearnPlan(explore=explore, first=True))
    assert (len(learnt.differences), len(learnt.machines)) == (1, 1)


class _Kept:
    """One card for all words, as a reader has it; counts what is sent."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.sent: set[int] = set()

    def power_on(self) -> bytes:
        return self._link.power_on()

    def transmit(self, command: bytes) -> bytes:
        self.sent.add(command[1])
        return self._link.transmit(command)

    def close(self) -> None:
        pass


def test_a_card_that_is_never_fresh_again_is_left_as_it_was() -> None:
    kept = _Kept(open_target("sim:tunion").open(1))
    target = CardTarget("reader", frozenset({RESET}), lambda _seed: kept)  # type: ignore[arg-type,return-value]
    plan = ExplorePlan(target=target, form=forms.load("tunion").values, clock=lambda: 0.0)
    learnt = learn(LearnPlan(explore=plan, walks=20))
    assert (learnt.gentle, learnt.exit_code, learnt.differences) == (True, 0, ())
    assert INS.INITIALIZE in kept.sent
    lasting = (INS.DEBIT, INS.CREDIT_FOR_LOAD, INS.UPDATE_BINARY, INS.UPDATE_RECORD,
               INS.APPEND_RECORD, INS.UPDATE_OVERDRAFT, INS.CHANGE_PIN, INS.APP_BLOCK,
               INS.CARD_BLOCK, INS.PIN_UNBLOCK)  # fmt: skip
    assert not kept.sent & set(lasting) - {INS.UPDATE_RECORD}


def test_a_card_that_cannot_be_reset_cannot_be_learnt() -> None:
    target = CardTarget("odd", frozenset(), open_target("sim:lnt").open)
    plan = ExplorePlan(target=target, form=forms.load("lnt").values, clock=lambda: 0.0)
    with pytest.raises(UsageError, match="can be reset"):
        learn(LearnPlan(explore=plan))


def test_a_card_that_is_lost_on_the_way_ends_it_with_what_there_is() -> None:
    opened = count()

    def open_(seed: int) -> Link:
        if next(opened) > 40:
            raise LinkError("the card is gone")
        return open_target("sim:lnt").open(seed)

    target = CardTarget("odd", open_target("sim:lnt").capabilities, open_)
    plan = ExplorePlan(target=target, form=forms.load("lnt").values, clock=lambda: 0.0)
    learnt = learn(LearnPlan(explore=plan, only=("money",)))
    assert (learnt.exit_code, learnt.machines[0].ended) == (2, "the card is gone")

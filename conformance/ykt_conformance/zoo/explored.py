"""The faults of cards that exploration and learning find without any declared case."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ykt_conformance.explore import ExplorePlan, explore
from ykt_conformance.ics import form as forms
from ykt_conformance.learn import LearnPlan, learn
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_conformance.zoo.entry import CardMutant

Clock = Callable[[], float]


class Found(msgspec.Struct, frozen=True):
    """What exploration or learning made of one fault.

    Attributes:
        name: of the fault.
        rule: that it breaks; empty when it was not found.
        exchanges, seconds: until then.
        ended: why it ended without a rule broken, where it ended early.
    """

    name: str
    rule: str
    exchanges: int
    seconds: float
    ended: str = ""


def explored(
    mutant: CardMutant, clock: Clock, *, seed: int, seconds: float, steps: int = 0
) -> Found:
    """Explore a faulty card as far as seconds or steps go."""
    came = explore(_plan(mutant, clock, seed=seed, seconds=seconds, steps=steps))
    rule = came.divergence.rule.id if came.divergence is not None else ""
    return Found(mutant.name, rule, came.exchanges, came.seconds)


def learnt(mutant: CardMutant, clock: Clock, *, seed: int, seconds: float, steps: int = 0) -> Found:
    """Learn a faulty card up to its first difference, as far as seconds or exchanges go."""
    plan = _plan(mutant, clock, seed=seed, seconds=seconds, steps=steps)
    came = learn(LearnPlan(explore=plan, first=True))
    rules = [one.rule.id for one in came.differences]
    ended = next((one.ended for one in came.machines if one.ended), "")
    return Found(mutant.name, rules[0] if rules else "", came.exchanges, came.seconds, ended)


def _plan(
    mutant: CardMutant, clock: Clock, *, seed: int, seconds: float, steps: int
) -> ExplorePlan:
    return ExplorePlan(
        target=open_target(mutant.target), form=forms.load(form_of(mutant.target)).values,
        clock=clock, seed=seed, seconds=seconds, steps=steps, shrink_s=0,
    )  # fmt: skip

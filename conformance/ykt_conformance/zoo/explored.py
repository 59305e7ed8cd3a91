"""The faults that exploration and learning find by themselves, without any declared case."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.explore import ExplorePlan, explore
from ykt_conformance.explore import terminal as scenes
from ykt_conformance.ics import form as forms
from ykt_conformance.learn import LearnPlan, learn
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_conformance.run.terminal import open_terminal
from ykt_conformance.zoo.entry import CardMutant
from ykt_conformance.zoo.terminal import TerminalMutant

Clock = Callable[[], float]


class Found(msgspec.Struct, frozen=True):
    """What exploration or learning made of one fault.

    Attributes:
        name: of the fault.
        rule: that it breaks; empty when it was not found.
        steps: exchanges with a card, taps at a terminal until then; seconds likewise.
        ended: why it ended without a rule broken, where it ended early.
    """

    name: str
    rule: str
    steps: int
    seconds: float
    ended: str = ""


def explored(
    mutant: CardMutant, clock: Clock, *, seed: int, seconds: float, steps: int = 0
) -> Found:
    """Explore a faulty card as far as seconds or exchanges go."""
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


def explored_terminal(
    mutant: TerminalMutant, clock: Clock, *, seed: int, seconds: float, steps: int = 0
) -> Found:
    """Explore a faulty terminal as far as seconds or taps go."""
    came = scenes.explore(
        scene_plan(mutant.target, clock, seed=seed, seconds=seconds, taps=steps, shrink_s=0)
    )
    rule = came.finding.rule.id if came.finding is not None else ""
    return Found(f"{mutant.name} ({mutant.profile})", rule, came.taps, came.seconds)


def scene_plan(
    target: str,
    clock: Clock,
    *,
    seed: int,
    seconds: float,
    taps: int = 0,
    shrink_s: float = 20.0,
) -> scenes.ScenePlan:
    """The exploration of a simulated terminal with its own form."""
    form = forms.load(form_of(target))
    run: RunPlan[TerminalCase] = RunPlan(cases=(), ics=form, clock=clock, now=lambda: "", seed=seed)
    return scenes.ScenePlan(
        target=open_terminal(run, target=target),
        form=form.values,
        clock=clock,
        seed=seed,
        seconds=seconds,
        taps=taps,
        shrink_s=shrink_s,
    )

"""The faults that exploration finds by itself, without any declared case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.explore import ExplorePlan, explore
from ykt_conformance.explore import terminal as scenes
from ykt_conformance.ics import form as forms
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_conformance.run.terminal import open_terminal
from ykt_conformance.zoo.entry import CardMutant
from ykt_conformance.zoo.terminal import TerminalMutant


class Found(msgspec.Struct, frozen=True):
    """What exploration made of one fault.

    Attributes:
        name: of the fault.
        rule: that it breaks; empty when it was not found.
        steps: exchanges with a card, taps at a terminal until then; seconds likewise.
    """

    name: str
    rule: str
    steps: int
    seconds: float


def explored(
    mutants: Iterable[CardMutant],
    clock: Callable[[], float],
    *,
    seed: int,
    seconds: float,
    steps: int = 0,
) -> Iterator[Found]:
    """Explore each of these faulty cards as far as seconds or exchanges go."""
    for mutant in mutants:
        plan = ExplorePlan(
            target=open_target(mutant.target),
            form=forms.load(form_of(mutant.target)).values,
            clock=clock,
            seed=seed,
            seconds=seconds,
            steps=steps,
            shrink_s=0,
        )
        came = explore(plan)
        rule = came.divergence.rule.id if came.divergence is not None else ""
        yield Found(mutant.name, rule, came.exchanges, came.seconds)


def explored_terminals(
    mutants: Iterable[TerminalMutant],
    clock: Callable[[], float],
    *,
    seed: int,
    seconds: float,
    steps: int = 0,
) -> Iterator[Found]:
    """Explore each of these faulty terminals as far as seconds or taps go."""
    for mutant in mutants:
        came = scenes.explore(
            scene_plan(mutant.target, clock, seed=seed, seconds=seconds, taps=steps, shrink_s=0)
        )
        rule = came.finding.rule.id if came.finding is not None else ""
        yield Found(f"{mutant.name} ({mutant.profile})", rule, came.taps, came.seconds)


def scene_plan(
    target: str,
    clock: Callable[[], float],
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

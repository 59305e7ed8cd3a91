"""The faults of cards that exploration finds by itself, without any declared case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from ykt_conformance.explore import ExplorePlan, explore
from ykt_conformance.ics import form as forms
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_conformance.zoo.entry import CardMutant


class Found(msgspec.Struct, frozen=True):
    """What exploration made of one fault.

    Attributes:
        name: of the fault.
        rule: that it breaks; empty when it was not found.
        exchanges, seconds: until then.
    """

    name: str
    rule: str
    exchanges: int
    seconds: float


def explored(
    mutants: Iterable[CardMutant],
    clock: Callable[[], float],
    *,
    seed: int,
    seconds: float,
    steps: int = 0,
) -> Iterator[Found]:
    """Explore each of these faulty cards as far as seconds or steps go."""
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

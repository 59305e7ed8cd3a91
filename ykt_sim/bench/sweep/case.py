"""One story: a tap that is cut, what is presented then, and tomorrow."""

from __future__ import annotations

from random import Random

import msgspec

from ykt_sim.bench.sweep.after import AFTER, tomorrow
from ykt_sim.bench.sweep.begin import Start
from ykt_sim.bench.sweep.cuts import ABSENT, Cut, Step
from ykt_sim.bench.sweep.world import CARD, HERE, World
from ykt_sim.meaning.books import Broken


class Case(msgspec.Struct, frozen=True):
    """What is played.

    Attributes:
        flow: its name.
        cuts: of the card's taps, one a tap, from the first.
        after: what is presented after the first tap.
    """

    flow: str
    cuts: tuple[Cut, ...]
    after: str

    def words(self) -> str:
        """As options of ``ykt tear``."""
        cuts = " ".join(f"--cut {cut}" for cut in self.cuts)
        return f"--flow {self.flow} {cuts} --after {self.after}"


class Outcome(msgspec.Struct, frozen=True):
    """What came of a story.

    Attributes:
        case: as it was played: cuts that chance chose have their names.
        steps: names of the steps at which it was cut.
        first: what the display said at the tap that was cut first.
        back: what it said when the card came back, before tomorrow; empty when it did not.
        broken: what did not agree; empty where all did.
        story: what happened, a line a tap.
    """

    case: Case
    steps: tuple[str, ...]
    first: str
    back: str
    broken: tuple[Broken, ...]
    story: tuple[str, ...]


def play(
    start: Start, case: Case, chance: Random | None = None, world: World | None = None
) -> Outcome:
    """Play a story.

    Args:
        start: of its flow.
        case: what is played.
        chance: chooses how, where a cut leaves that open.
        world: to play it in, when somebody wants to look; a new one otherwise.
    """
    world = world or start.world(chance)
    world.cuts = list(case.cuts)
    world.tap(CARD, HERE)
    first = world.said[-1][1]
    AFTER[case.after].play(world)
    back = [word for place, word in world.said[1:] if place == HERE]
    tomorrow(world)
    made = [(cut, name) for cut, name in world.made if cut.how != ABSENT]
    return Outcome(
        case=msgspec.structs.replace(case, cuts=tuple(cut for cut, _ in made) or case.cuts),
        steps=tuple(name for _, name in made),
        first=first,
        back=back[-1] if back else "",
        broken=tuple(world.broken),
        story=tuple(world.story),
    )


def whole_steps(start: Start) -> list[Step]:
    """The steps of the flow's tap when nothing is cut."""
    world = start.world()
    world.tap(CARD, HERE)
    return world.steps


def cuts_of(start: Start) -> list[Cut]:
    """Every single cut of the flow's tap."""
    return [cut for at, step in enumerate(whole_steps(start), 1) for cut in step.cuts(at)]

"""What becomes of steps that were drawn: another one between them, and one wrong by one thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.subject import Steps
from ykt_conformance.explore.words import RESET

#: Steps beyond which a list is left as it is: its end tells of all of it.
_WHOLE: Final = 20
#: A step is wrong by one thing once in so many times.
_EDIT: Final = 12


class Bends(msgspec.Struct, frozen=True, kw_only=True):
    """How steps are bent, each once in so many times.

    Attributes:
        between: another step stands between two of a list.
        tear: a step is torn; by what the step is.
        writes: the last write at which one is torn.
        pull: its answer is not waited for.
        edit: draws a change of one thing.
        whole: steps that stay as they are; a reset always does.
    """

    between: int
    tear: Callable[[str], int]
    writes: int
    pull: int
    edit: Callable[[], str]
    whole: Callable[[str], bool] = lambda _step: False

    def bent(
        self, steps: Steps, other: Callable[[], Steps], chance: Chance, can: frozenset[str]
    ) -> Steps:
        """The steps of a list as they are sent; ``other`` draws another list."""
        if len(steps) > _WHOLE:
            return steps
        if len(steps) > 1 and chance.one_in(self.between):
            between = other()
            at = 1 + chance.below(len(steps) - 1)
            steps = steps[:at] + between[:1] + steps[at:]
        return tuple(self._one(step, chance, can) for step in steps)

    def _one(self, step: str, chance: Chance, can: frozenset[str]) -> str:
        if step == RESET or self.whole(step):
            return step
        if "tear" in can and chance.one_in(self.tear(step)):
            return f"tear:{1 + chance.below(self.writes)} {step}"
        if chance.one_in(self.pull):
            return f"pull {step}"
        if chance.one_in(_EDIT) and "=" not in step:
            return f"{step} {self.edit()}"
        return step

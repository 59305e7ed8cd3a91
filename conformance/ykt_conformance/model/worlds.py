"""A model that judges answers and moves on with them, in several worlds where it is not sure.

Where it is not known what happened (the answer to a commit never came), several worlds go on side
by side until an answer tells which it was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final, Generic, Protocol, TypeVar

from ykt_conformance.model.expect import Divergence, Expectation, Outcome, Wrong
from ykt_conformance.model.rules import RULES, Rule
from ykt_sim.wire.apdu import Response

#: Worlds beyond which the model gives up telling them apart.
_MOST_WORLDS: Final = 32


class OneWorld(Protocol):
    """One way in which the other side may be; those with equal states are one."""

    state: Any


W = TypeVar("W", bound=OneWorld)


class Worlds(ABC, Generic[W]):
    """What models of cards and of PSAMs have in common.

    Args:
        first: how things are before anything was said.

    Attributes:
        last: what came of the command that was observed last: the outcome's kind.
    """

    #: The rule that the ATR does not change.
    same_atr: Rule = RULES["SEL-ATR"]

    def __init__(self, first: W) -> None:
        self._worlds = [first]
        self.last = ""

    @property
    def world(self) -> W:
        """The likeliest world."""
        return self._worlds[0]

    def predict(self, command: bytes) -> Expectation:
        """Every outcome that the facts allow, over all worlds."""
        found: list[Outcome] = []
        for world in self._worlds:
            found += self._expect(world, command)
        return tuple(found)

    # -- of each subject -------------------------------------------------------------------

    @abstractmethod
    def gap(self) -> None:
        """Something was missed: nothing is believed any more, what follows is learnt anew."""

    @abstractmethod
    def _expect(self, world: W, command: bytes) -> Expectation:
        """What one world says of a command: at least one outcome, whatever it is."""

    @abstractmethod
    def _copy(self, world: W) -> W:
        """A world of its own with the same state."""

    @abstractmethod
    def _powered(self, world: W) -> None:
        """The power came: nothing of the session is left."""

    def _moved(self, world: W, command: bytes, outcome: Outcome, response: Response | None) -> W:
        """Move a world on by one of its own outcomes; gives the world."""
        del command
        outcome.then(response)
        return world

    def _remember(self, command: bytes, response: Response) -> None:
        """Take in what belongs to all worlds."""

    # -- what happens ----------------------------------------------------------------------

    def observe(self, command: bytes, answer: bytes) -> list[Divergence]:
        """Judge one exchange and move on with it.

        Args:
            command: as sent.
            answer: data and status word; empty when none came and the power is gone.
        """
        if not answer:
            self._unanswered(command)
            return []
        response = Response.parse(answer)
        kept: list[W] = []
        wrong: tuple[Outcome, Wrong] | None = None
        kinds: list[str] = []
        for world in self._worlds:
            outcomes = self._expect(world, command)
            fitting = [n for n, outcome in enumerate(outcomes) if not outcome.against(response)]
            if not fitting:
                wrong = wrong or _nearest(outcomes, response)
                continue
            kinds.append(outcomes[fitting[0]].kind)
            for number in fitting[:-1]:
                copied = self._copy(world)
                outcome = self._expect(copied, command)[number]
                kept.append(self._moved(copied, command, outcome, response))
            kept.append(self._moved(world, command, outcomes[fitting[-1]], response))
        if kept:
            self._worlds = _different(kept)
            self.last = kinds[0]
            self._remember(command, response)
            return []
        self.last = "divergence"
        nearest, why = wrong if wrong is not None else (None, Wrong("nothing fits"))
        expected = " or ".join(
            dict.fromkeys(
                one.due(response, why) if nearest and one.words == nearest.words else one.words
                for one in self.predict(command)
            )
        )
        rule = why.rule or (nearest.rule if nearest else RULES["BROKEN"])
        self.gap()
        self._remember(command, response)
        return [Divergence(rule, command, expected, answer.hex().upper(), why.why)]

    def _unanswered(self, command: bytes) -> None:
        """The command may have been done, or not."""
        made: list[W] = []
        for world in self._worlds:
            for number, outcome in enumerate(self._expect(world, command)):
                for answer in outcome.unheard():
                    copied = self._copy(world)
                    own = self._expect(copied, command)[number]
                    made.append(self._moved(copied, command, own, answer))
            made.append(world)
        made = _different(made[::-1])
        if len(made) > _MOST_WORLDS:
            self.gap()
        else:
            self._worlds = made
        self.last = "no answer"

    def reset(self, atr: bytes = b"") -> list[Divergence]:
        """The power came: nothing of the session is left."""
        found: list[Divergence] = []
        known = self.world.state.atr
        if atr and known is not None and atr != known:
            due, came = known.hex().upper(), atr.hex().upper()
            found.append(Divergence(self.same_atr, b"", due, came, "the ATR"))
        for world in self._worlds:
            self._powered(world)
            world.state.atr = atr or known
        return found


def _different(worlds: list[W]) -> list[W]:
    """The worlds without those that are equal to another one."""
    found: list[W] = []
    for world in worlds if len(worlds) > 1 else ():
        if all(world.state != other.state for other in found):
            found.append(world)
    return found or worlds


def _nearest(outcomes: Expectation, response: Response) -> tuple[Outcome, Wrong]:
    """The outcome that an answer misses by least: the first whose status word fits."""
    for outcome in outcomes:
        if response.sw in outcome.sws:
            return outcome, outcome.against(response) or Wrong("")
    outcome = outcomes[0]
    return outcome, outcome.against(response) or Wrong("")

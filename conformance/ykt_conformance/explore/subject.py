"""What an exploration has to know of its subject, a card or a PSAM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.words import Grammar, Step
from ykt_conformance.model.worlds import Worlds
from ykt_sim.meaning.keyring import KeyRing

Steps = tuple[str, ...]
#: How often steps were drawn.
Tried = Counter[tuple[str, ...]]
AnyModel = Worlds[Any]


class Memory(Protocol):
    """What steps remember of what was sent and said, besides the model."""

    def heard(self, command: bytes, answer: bytes, world: Any) -> None:
        """Take in an exchange, and how things stand after it."""


class Chooser(Protocol):
    """Draws steps."""

    def next(self, world: Any) -> Steps:
        """Steps that belong together."""
        ...


class Gentle(Protocol):
    """Says of every command whether it may be sent to what is never fresh again."""

    def lets(self, step: Step, command: bytes, model: AnyModel) -> bool:
        """Whether a command may be sent as things stand."""
        ...

    def heard(self, command: bytes, answer: bytes) -> None:
        """Take in an answer."""


class MakeModel(Protocol):
    """Makes a model that has seen nothing."""

    def __call__(
        self, form: Mapping[str, Any], keys: KeyRing, *, new: bool, test_keys: bool
    ) -> AnyModel:
        """For a form and a ring of its own."""
        ...


class MakeChooser(Protocol):
    """Makes a chooser for one history."""

    def __call__(
        self, chance: Chance, can: frozenset[str], tried: Tried, *, gentle: bool
    ) -> Chooser:
        """By what the target can do, and what was drawn before."""
        ...


class MakeGentle(Protocol):
    """Makes what says what may be sent."""

    def __call__(self, *, shows: bool, far: bool) -> Gentle:
        """Whether PINs, keys and codes may be shown at all; whether it is in a reader."""
        ...


#: Makes the lists of steps that come first, of a form, in an order by chance; each of them leaves
#: what it is played on fit for the next one.
Plan = Callable[[Mapping[str, Any], Chance], tuple[Steps, ...]]


def _nothing_first(_form: Mapping[str, Any], _chance: Chance) -> tuple[Steps, ...]:
    return ()


def _no_prologue(_form: Mapping[str, Any]) -> Steps:
    return ()


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing that is explored.

    Attributes:
        name: its word in `ykt conform explore`.
        channel: of recordings.
        grammar: its steps.
        memory: a new one.
        model: a new one.
        state: a word for the state of a world.
        dead: whether nothing more is to be learnt of it.
        chooser: a new one.
        gentle: a new one.
        first: lists of steps that come before any that are drawn.
        prologue: steps in front of them on each one.
        spoilt: whether a world is no longer fit for the next list.
    """

    name: Literal["card", "psam"]
    channel: Literal["card", "sam"]
    grammar: Grammar
    memory: Callable[[], Memory]
    model: MakeModel
    state: Callable[[Any], str]
    dead: Callable[[Any], bool]
    chooser: MakeChooser
    gentle: MakeGentle
    first: Plan = _nothing_first
    prologue: Callable[[Mapping[str, Any]], Steps] = _no_prologue
    spoilt: Callable[[Any], bool] = bool

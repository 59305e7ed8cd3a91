"""Cards as a subject of explorations."""

from __future__ import annotations

from typing import Final

from ykt_conformance.explore import plan
from ykt_conformance.explore.choose import Chooser
from ykt_conformance.explore.gentle import Gentle
from ykt_conformance.explore.steps import GRAMMAR, Memory
from ykt_conformance.explore.subject import Subject
from ykt_conformance.model import Model
from ykt_conformance.model.world import World


def state_of(world: World) -> str:
    """A word for the state of the card as the model has it."""
    session, here = world.session, world.here
    if world.state.dead:
        return "card blocked"
    if not session.known:
        return "not known"
    words = [session.df or "nothing selected"]
    if here is not None and here.blocked:
        words.append("blocked" if here.blocked == 1 else "locked for good")
    if session.transaction is not None:
        words.append(str(session.transaction.operation))
    if session.pin:
        words.append("PIN")
    if session.auth:
        words.append("authenticated")
    if session.locked:
        words.append("after PPSE")
    return ", ".join(words)


def _dead(world: World) -> bool:
    state = world.state
    purses = [one for one in state.directories.values() if one.purse is not None]
    return state.dead or bool(purses and all(one.blocked == 2 for one in purses))


def _spoilt(world: World) -> bool:
    """Something is blocked, or a count of wrong tries has run out."""
    every = world.state.directories.values()
    return world.state.dead or any(one.blocked or 0 in (one.pin.left, one.auth.left)
                                   for one in every)  # fmt: skip


def _gentle(*, shows: bool, far: bool) -> Gentle:
    del far  # a card in a reader has a guard of its own
    return Gentle(shows=shows)


CARD: Final = Subject(
    name="card", channel="card", grammar=GRAMMAR, memory=Memory, model=Model, state=state_of,
    dead=_dead, chooser=Chooser, gentle=_gentle, first=plan.first, prologue=plan.prologue,
    spoilt=_spoilt,
)  # fmt: skip

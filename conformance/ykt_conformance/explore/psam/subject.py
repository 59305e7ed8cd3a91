"""PSAMs as a subject of explorations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.explore.psam.choose import Chooser
from ykt_conformance.explore.psam.gentle import Gentle
from ykt_conformance.explore.psam.steps import GRAMMAR, Memory
from ykt_conformance.explore.subject import Subject
from ykt_conformance.model import Psam
from ykt_conformance.model.psam.state import LAST, MF, SamWorld
from ykt_sim.meaning.keyring import KeyRing


def _state(world: SamWorld) -> str:
    session, opened = world.session, world.session.opened
    if session.df is None:
        words = ["somewhere"]
    else:
        words = ["MF" if session.df == MF else world.standard or session.df]
    if opened is not None:
        words.append("purchase" if opened.sure else "purchase, perhaps")
    elif session.missed:
        words.append("perhaps a purchase")
    if session.des is not None:
        words.append("DES")
    tries = world.claims.tries
    if tries and (world.state.wrong or 0) >= tries:
        words.append("locked")
    return ", ".join(words)


def _dead(world: SamWorld) -> bool:
    """Its keys are locked, or its numbers used up."""
    tries = world.claims.tries
    return (tries > 0 and (world.state.wrong or 0) >= tries) or world.state.least > LAST


def _model(form: Mapping[str, Any], keys: KeyRing, *, new: bool, test_keys: bool) -> Psam:
    del test_keys  # a PSAM has no PIN
    return Psam(form, keys, new=new)


def _gentle(*, shows: bool, far: bool) -> Gentle:
    """One in a reader is only read: nothing says whose it is."""
    return Gentle(pays=shows and not far)


PSAM: Final = Subject(
    name="psam", channel="sam", grammar=GRAMMAR, memory=Memory, model=_model, state=_state,
    dead=_dead, chooser=Chooser, gentle=_gentle,
)  # fmt: skip

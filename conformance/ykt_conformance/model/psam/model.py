"""The reference model of a PSAM: every answer judged, and what follows from it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from ykt_conformance.model.expect import (
    ANY,
    Errors,
    Expectation,
    not_stated,
    refused,
)
from ykt_conformance.model.psam import des, files, purchase
from ykt_conformance.model.psam.state import Claims, SamSession, SamState, SamWorld, Seen
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.worlds import Worlds
from ykt_sim.codes import INS, Cla
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.purse import SamPurchaseAnswer

Chapter = Callable[[SamWorld, Command, Errors], Expectation]

_CHAPTERS: Final[Mapping[int, tuple[int, Chapter]]] = {
    INS.SELECT: (Cla.ISO, files.select),
    INS.READ_BINARY: (Cla.ISO, files.read_binary),
    INS.GET_CHALLENGE: (Cla.ISO, files.get_challenge),
    INS.SAM_INIT_PURCHASE: (Cla.PBOC, purchase.init),
    INS.SAM_CHECK_MAC2: (Cla.PBOC, purchase.check),
    INS.SAM_INIT_DES: (Cla.PBOC, des.open_key),
    INS.SAM_DES: (Cla.PBOC, des.compute),
}
#: Instructions and classes that no smart card has: odd ones of old, and those of other worlds.
_NONE: Final = frozenset((0x02, 0x7F, 0xF7))
_CLASSES: Final = frozenset((0x00, 0x04, 0x80, 0x84))


class Psam(Worlds[SamWorld]):
    """The reference model of one PSAM.

    Args:
        form: the ICS of its terminal as nested mappings; that of a card says nothing of it.
        keys: the masters; a ring without them predicts no codes.
        new: it is in its first state: no MAC2 was ever wrong.
    """

    same_atr = RULES["SAM-ATR"]

    def __init__(self, form: Mapping[str, Any], keys: KeyRing, *, new: bool = False) -> None:
        claims = Claims.of(form)
        state = SamState(wrong=0 if new else None)
        super().__init__(SamWorld(state, claims, keys, Seen(claims.terminal)))

    def gap(self) -> None:
        """Something was missed: what was seen stays true, how things stand is not known."""
        least = min(world.state.least for world in self._worlds)
        session = SamSession(df=None, missed=True, des_known=False)
        state = SamState(session, least, atr=self.world.state.atr)
        self._worlds = [self._with(self.world, state)]

    def _with(self, world: SamWorld, state: SamState) -> SamWorld:
        return SamWorld(state, world.claims, world.keys, world.seen)

    def _copy(self, world: SamWorld) -> SamWorld:
        return self._with(world, copy.deepcopy(world.state))

    def _powered(self, world: SamWorld) -> None:
        world.state.session = SamSession()

    def _remember(self, command: bytes, response: Response) -> None:
        """What was given belongs to all worlds."""
        seen, data, ins = self.world.seen, response.data, command[1:2]
        if not response.ok:
            return
        if data and ins == bytes((INS.GET_CHALLENGE,)):
            seen.randoms.take(data)
        elif len(data) == SamPurchaseAnswer.SIZE and ins == bytes((INS.SAM_INIT_PURCHASE,)):
            seen.codes.append(SamPurchaseAnswer.parse(data).mac1)

    def _expect(self, world: SamWorld, command: bytes) -> Expectation:
        try:
            asked = Command.parse(command)
        except ReadError:
            return (refused(RULES["SAM-SHAPE"], ANY, "broken", world.shaken),)
        errors = world.errors()
        chapter = _CHAPTERS.get(asked.ins)
        if asked.ins in _NONE or (chapter and asked.cla not in _CLASSES and not asked.cla & 0x03):
            errors.add(RULES["SAM-SHAPE"], "instruction" if asked.ins in _NONE else "class")
            return errors.outcomes()
        if chapter is None or asked.cla != chapter[0]:
            return (not_stated("whether a PSAM has this command", _anything(world)),)
        return chapter[1](world, asked, errors)


def _anything(world: SamWorld) -> Callable[[Response | None], None]:
    """A command that nobody knows: what was open may be gone, and what is selected."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.ok:
            world.session.df = None
            world.session.missed, world.session.opened = True, None
            world.session.des_known = False
        world.shaken()

    return then

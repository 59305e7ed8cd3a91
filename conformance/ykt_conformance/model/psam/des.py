"""DES with a divided key: `80 1A` opens it, `80 FA` uses it [CODE] purse facts 1.

No answer was ever seen, so which usages there are and how long a MAC is are not stated. What is
held: nothing comes of a key that was not opened, as many bytes are enciphered as were sent, and
the same comes of the same.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.model.expect import (
    ANY,
    Effect,
    Errors,
    Expectation,
    Wrong,
    done,
    not_stated,
    refused,
)
from ykt_conformance.model.psam.state import SamWorld
from ykt_conformance.model.rules import NOT_STATED, RULES
from ykt_sim.meaning.explain.sam_des import SamDes
from ykt_sim.wire.apdu import Command, Response

_BLOCK: Final = 8
_ENCIPHER: Final = 0x00
_MAC: Final = 0x05


def open_key(world: SamWorld, command: Command, _errors: Errors) -> Expectation:
    """`80 1A`: which usages and versions there are is not stated."""

    def then(answer: Response | None) -> None:
        world.shaken()
        if answer is not None and answer.ok:
            world.session.des = SamDes.opened(command)
            world.session.des_known = world.session.des is not None

    return (not_stated("which keys there are for DES", then),)


def compute(world: SamWorld, command: Command, errors: Errors) -> Expectation:
    """`80 FA`: a cryptogram or a MAC."""
    session = world.session
    if session.des is None and session.des_known:
        errors.add(RULES["SAM-DES-ORDER"], "nothing opened")
        return errors.outcomes()
    made = session.des
    if made is None or not session.des_known or command.p1 not in (_ENCIPHER, _MAC):
        return (not_stated("what is enciphered under", world.shaken),)
    place = (made, command.p1, command.data)
    whole = bool(command.data) and not len(command.data) % _BLOCK

    def look(data: bytes) -> str | Wrong:
        if command.p1 == _ENCIPHER and whole and len(data) != len(command.data):
            return Wrong(f"{len(data)} bytes", due=f"{len(command.data)} bytes")
        before = world.seen.des.get(place)
        if before is not None and data != before:
            return Wrong("something else than before of the same", due=before)
        return ""

    refusal = refused(NOT_STATED, ANY, "not stated", world.shaken)
    return (done(RULES["SAM-DES"], _made(world, place), look=look), refusal)


def _made(world: SamWorld, place: tuple[SamDes, int, bytes]) -> Effect:
    def then(answer: Response | None) -> None:
        if answer is not None:
            world.seen.des[place] = answer.data
        world.shaken()

    return then

"""What may be sent to a card that is never fresh again.

The command itself is looked at, not the step that it was made from: whatever was changed behind
a step, nothing passes that could cost a try, block anything or overwrite what the issuer wrote.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.explore.words import Step
from ykt_conformance.model.expect import OK
from ykt_conformance.model.world import World
from ykt_conformance.model.worlds import Worlds
from ykt_sim.codes import INS, SW
from ykt_sim.crypto import des
from ykt_sim.errors import ReadError
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import GET_PROCESSING_OPTIONS

#: Reads, and what moves money: no try is counted for them, and nothing is blocked.
_FREE: Final = frozenset(
    (INS.SELECT, INS.READ_BINARY, INS.READ_RECORD, INS.READ_EXT_DATA, INS.GET_DATA,
     INS.GET_CHALLENGE, INS.GET_BALANCE, INS.INITIALIZE, INS.CREDIT_FOR_LOAD, INS.DEBIT,
     INS.UPDATE_OVERDRAFT, INS.GET_TRANSACTION_PROVE, GET_PROCESSING_OPTIONS.ins)
)  # fmt: skip
#: Instructions that no card knows.
_NONE: Final = frozenset((0x02, 0x7F, 0xF7))
_RECORDS: Final = frozenset((INS.UPDATE_RECORD, INS.APPEND_RECORD))
#: Class bits that announce a MAC: a wrong one costs a try.
_SECURE: Final = 0x0C
_PLAIN: Final = 0x00
_CACHE: Final = 0x80


class Gentle:
    """Says of every command whether it may be sent.

    Args:
        shows: a PIN and a key may be shown at all, where the right one is known.
    """

    def __init__(self, *, shows: bool) -> None:
        self._shows = shows
        self._refused: set[int] = set()

    def lets(self, step: Step, command: bytes, model: Worlds[World]) -> bool:
        """Whether a command may be sent as things stand."""
        if len(command) < 2:
            return True
        cla, ins = command[:2]
        if cla & _SECURE:
            return False
        if ins in _RECORDS:
            return cla == _PLAIN or (cla == _CACHE and ins == INS.UPDATE_RECORD)
        if ins in (INS.VERIFY, INS.EXTERNAL_AUTHENTICATE):
            whole = not (step.tear or step.pull)
            return whole and self._shows and ins not in self._refused and _right(command, model)
        return ins in _FREE or ins in _NONE

    def heard(self, command: bytes, answer: bytes) -> None:
        """A PIN or a key that was refused once is never shown again."""
        secret = len(command) > 1 and command[1] in (INS.VERIFY, INS.EXTERNAL_AUTHENTICATE)
        if secret and (len(answer) < 2 or Response.parse(answer).sw != SW.OK):
            self._refused.add(command[1])


def _right(command: bytes, model: Worlds[World]) -> bool:
    """The command shows what the card expects here, and the model says that it is taken."""
    outcomes = model.predict(command)
    taken = any(one.kind == OK for one in outcomes) and not any(one.anything for one in outcomes)
    return taken and _whole(command, model.world)


def _whole(command: bytes, world: World) -> bool:
    """The PIN, or the cryptogram under the challenge, and nothing else."""
    try:
        shown = Command.parse(command)
    except ReadError:
        return False
    here = world.here
    if here is None or (shown.cla, shown.p1, shown.p2, shown.le) != (0, 0, 0, None):
        return False
    if shown.ins == INS.VERIFY:
        return here.pin.value is not None and shown.data == here.pin.value
    key, challenge = world.key("external_auth"), world.session.challenge
    if key is None or not challenge:
        return False
    return shown.data == des.ecb(key, challenge.ljust(8, b"\0"))

"""What may be sent to a PSAM that is never fresh again.

A wrong MAC2 costs one of few tries, so none is sent; the right one is only sent as it is. INIT FOR
PURCHASE uses up a number. Where not even that may be, reads and challenges are left.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.explore.words import Step
from ykt_conformance.model.psam.state import SamWorld
from ykt_conformance.model.worlds import Worlds
from ykt_sim.codes import INS, Cla

_READS: Final = frozenset(
    (Cla.ISO, ins) for ins in (INS.SELECT, INS.READ_BINARY, INS.GET_CHALLENGE)
)
_INIT: Final = (Cla.PBOC, INS.SAM_INIT_PURCHASE)
_CHECK: Final = (Cla.PBOC, INS.SAM_CHECK_MAC2)
_HEAD: Final = bytes((Cla.PBOC, INS.SAM_CHECK_MAC2, 0, 0, 4))


class Gentle:
    """Says of every command whether it may be sent.

    Args:
        pays: purchases may be begun and ended.
    """

    def __init__(self, *, pays: bool) -> None:
        self._pays = pays

    def lets(self, step: Step, command: bytes, model: Worlds[SamWorld]) -> bool:
        """Whether a command may be sent as things stand."""
        if len(command) < 2:
            return True
        head = (command[0], command[1])
        if head == _CHECK:
            opened = model.world.session.opened
            if not self._pays or opened is None or opened.mac2 is None:
                return False
            whole = opened.sure and not (step.tear or step.pull)
            return whole and command == _HEAD + opened.mac2
        return head in _READS or (self._pays and head == _INIT)

    def heard(self, command: bytes, answer: bytes) -> None:
        """A right MAC2 that was refused is the last one that is shown."""
        if command[:2] == bytes(_CHECK) and answer[-2:] != b"\x90\x00":
            self._pays = False

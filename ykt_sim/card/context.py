"""What a command handler is given: the powered card and the rules it goes by."""

from __future__ import annotations

from ykt_sim.card.memory import Memory
from ykt_sim.card.model import Ef
from ykt_sim.card.powered import Powered, Rng
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules import RULES, Rules
from ykt_sim.codes import SW


class CardContext(Powered):
    """One powered card as its command handlers see it.

    Attributes:
        rules: one instance per chapter; handlers ask them in the standard's order.
    """

    def __init__(self, memory: Memory, rng: Rng, rules: Rules = RULES) -> None:
        super().__init__(memory, rng)
        self.rules = rules

    def target(self, sfi: int) -> tuple[int, Ef]:
        """The file a command means: by SFI (which makes it current) or the current one."""
        if sfi:
            fid = self.fid_of_sfi(sfi)
            if fid != self.session.ef:
                self.session.ef, self.session.record = fid, 0
        elif self.session.ef is None:
            raise Refusal(SW.NO_CURRENT_EF)
        else:
            fid = self.session.ef
        ef = self.ef(fid)
        if ef is None:
            raise Refusal(SW.FILE_NOT_FOUND)
        return fid, ef

"""A played recording as a card at the end of a link."""

from __future__ import annotations

from collections.abc import Callable

from ykt_sim.errors import CardRemovedError
from ykt_sim.rework.play.report import PlayReport
from ykt_sim.transport import EngineLink
from ykt_sim.transport.local import Engine


class PlayedLink(EngineLink):
    """A player as a card: no answer means that the card left, warnings are told once.

    Args:
        engine: the player.
        report: what it says.
        say: takes a warning.

    Attributes:
        ended: called after an answer, once the player was told to stop at what it does not know.
    """

    def __init__(
        self, engine: Engine, report: PlayReport, say: Callable[[str], object] = lambda _line: None
    ) -> None:
        super().__init__(engine)
        self._report, self._say = report, say
        self._told = 0
        self.ended: Callable[[], object] = lambda: None

    def transmit(self, apdu: bytes) -> bytes:
        """One command; raises CardRemovedError where the trace holds no answer."""
        answer = super().transmit(apdu)
        for warning in list(self._report.warnings)[self._told :]:
            self._say(f"warning: {warning}")
        self._told = len(self._report.warnings)
        if self._report.stopped:
            self.ended()
        if not answer:
            self.close()
            raise CardRemovedError("the trace holds no answer here: the card left")
        return answer

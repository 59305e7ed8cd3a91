"""Faults of power and restarts; the rules are in `ykt_sim.card.rules.power`."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from ykt_sim.card.memory import Journal, Memory
from ykt_sim.card.model import MF, CellKey, CellValue
from ykt_sim.card.powered import Powered, Rng
from ykt_sim.card.rules.power import PowerRules
from ykt_sim.card.rules.selection import SelectionRules
from ykt_sim.card.states import Session
from ykt_sim.errors import PowerCutError
from ykt_sim.faults.card.fault import CardFault, Chance, Rule


class _NoJournal(Memory):
    def write_out(self, pending: dict[CellKey, CellValue | None]) -> None:
        for key, value in pending.items():
            self._step(lambda key=key, value=value: self._half(key, value))
            self._apply({key: value})

    def _half(self, key: CellKey, value: CellValue | None) -> None:
        old = self.cells.get(key)
        if isinstance(old, bytes) and isinstance(value, bytes):
            at = next((i for i, (a, b) in enumerate(zip(old, value, strict=True)) if a != b), 0)
            self.cells[key] = value[: at + 1] + old[at + 1 :]


class _AfterTheAnswer(Memory):
    """The answer is out before anything is written; power that goes then takes it along."""

    def write_out(self, pending: dict[CellKey, CellValue | None]) -> None:
        with suppress(PowerCutError):
            super().write_out(pending)


class _NotFinished(Memory):
    def recover(self) -> None:
        self.journal, self._torn_cells = Journal(), set()
        super().recover()


class _PieceByPiece(Memory):
    """Each value is a transaction of its own."""

    def write_out(self, pending: dict[CellKey, CellValue | None]) -> None:
        for key, value in pending.items():
            super().write_out({key: value})


def _the_same_again() -> Rng:
    """A source that gives the same randoms each time it is made."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return (b"\x5a\xa5" + drawn.to_bytes(6, "big"))[-count:].rjust(count, b"\x01")

    return draw


class _StaysSelected(PowerRules):
    def session(self, before: Session) -> Session:
        session = super().session(before)
        session.df, session.ef = before.df, before.ef
        return session


class _StaysLockedOut(PowerRules):
    def session(self, before: Session) -> Session:
        session = super().session(before)
        session.directory_lock = before.directory_lock
        return session


class _KeepsRights(PowerRules, SelectionRules):
    def session(self, before: Session) -> Session:
        session = super().session(before)
        session.df_state = before.df_state
        return session

    def rights(self, before: Session) -> int:
        return before.df_state if before.df == MF else super().rights(before)


class _OtherAtr(PowerRules):
    def atr(self, card: Powered) -> bytes:
        return super().atr(card)[:-1] + card.rng(1)


FAULTS: Final = (
    CardFault(
        "selection-survives-reset",
        "after a reset the application is still selected",
        Rule(_StaysSelected),
    ),
    CardFault("atr-changes", "the last byte of the ATR is random", Rule(_OtherAtr)),
    CardFault(
        "lockout-survives-reset",
        "what PPSE locked out stays so after a reset",
        Rule(_StaysLockedOut),
    ),
    CardFault("rights-survive-reset", "rights stay after a reset", Rule(_KeepsRights)),
    CardFault(
        "randoms-restart",
        "after every reset the same randoms come again",
        Chance(_the_same_again),
    ),
    CardFault(
        "commit-after-the-answer",
        "what was answered is written after the answer",
        Rule(_AfterTheAnswer),
    ),
    CardFault(
        "journal-not-finished",
        "a commit that a power cut broke off is not finished at the next start",
        Rule(_NotFinished),
    ),
    CardFault(
        "commit-piece-by-piece",
        "money, counter and log are committed one after the other",
        Rule(_PieceByPiece),
    ),
    CardFault("no-journal", "memory is written without a journal", Rule(_NoJournal)),
)

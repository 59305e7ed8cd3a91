"""Persistent memory with write and commit; a power cut at any write is data.

The engine commits once per command: whatever a command writes, counters of wrong tries
included, is there as a whole or not at all.

A commit goes through a journal as on a real chip: every new value is written to the
journal, then a commit mark, then the values reach their places, then the journal is
cleared. A `CutPlan` cuts the power at the n-th of these physical writes; the write in
progress may be left torn, i.e. unreadable. After a restart `recover` finishes a marked
journal and drops an unmarked one, so that either all of a transaction is there or none.

Without a plan no journal is kept and a commit is one dict update.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ykt_sim.card.model import CellKey, Cells, CellValue
from ykt_sim.errors import PowerCutError


@dataclass(frozen=True)
class CutPlan:
    """Cut the power at physical write number ``cut_at`` (counted from 1 after the plan is set).

    Attributes:
        cut_at: which write.
        torn: the write in progress leaves an unreadable cell instead of the old one.
    """

    cut_at: int
    torn: bool = True


class Torn:
    """Content of a cell whose write was interrupted; no handler may ever see it."""


_TORN = Torn()


@dataclass
class Journal:
    """The physical journal: entries, each readable or torn, and the commit mark."""

    entries: list[tuple[CellKey, CellValue | None] | Torn] = field(default_factory=list)
    mark: bool | Torn = False


class Memory:
    """The cells of one card.

    Args:
        cells: content to start from.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells: Cells = cells
        self.journal = Journal()
        self.writes = 0
        #: Grows whenever a cell appears or disappears; indexes over the keys depend on it.
        self.generation = 0
        self._pending: dict[CellKey, CellValue | None] = {}
        self._plan: CutPlan | None = None
        self._torn_cells: set[CellKey] = set()

    def plan(self, plan: CutPlan | None) -> None:
        """Set or clear the cut plan and count physical writes from zero again."""
        self._plan = plan
        self.writes = 0

    def write(self, key: CellKey, value: CellValue | None) -> None:
        """Stage a new value, None to delete; takes effect at `commit`."""
        self._pending[key] = value

    def staged(self, key: CellKey) -> CellValue | None:
        """Give the value as it will be after the open transaction."""
        return self._pending[key] if key in self._pending else self.cells.get(key)

    def rollback(self) -> None:
        """Forget what was staged."""
        self._pending = {}

    def commit(self) -> None:
        """Make all staged values permanent, or raise PowerCutError under a plan."""
        if not self._pending:
            return
        pending, self._pending = self._pending, {}
        if self._plan is None:
            self.writes += 2 * len(pending) + 2
            self._apply(pending)
            return
        self.write_out(pending)

    def write_out(self, pending: dict[CellKey, CellValue | None]) -> None:
        """Write value by value through the journal, so that a cut leaves all or nothing."""
        for key, value in pending.items():
            self._step(lambda: self.journal.entries.append(_TORN))
            self.journal.entries.append((key, value))
        self._step(self._tear_mark)
        self.journal.mark = True
        for key, value in pending.items():
            self._step(lambda key=key: self._torn_cells.add(key))
            self._apply({key: value})
        self._step(lambda: None)
        self.journal = Journal()

    def recover(self) -> None:
        """Finish or drop what a power cut left; called at every power-on."""
        self.rollback()
        journal, self.journal = self.journal, Journal()
        if journal.mark is True:
            entries = [entry for entry in journal.entries if not isinstance(entry, Torn)]
            self._apply(dict(entries))
            self._torn_cells -= {key for key, _ in entries}
        if self._torn_cells:
            raise RuntimeError(
                f"torn cells without a journal: {sorted(map(str, self._torn_cells))}"
            )

    def _tear_mark(self) -> None:
        self.journal.mark = _TORN

    def _step(self, tear: object) -> None:
        self.writes += 1
        plan = self._plan
        if plan is not None and self.writes == plan.cut_at:
            if plan.torn and callable(tear):
                tear()
            self._plan = None
            raise PowerCutError(f"power cut at write {self.writes}")

    def replace_all(self, cells: Cells) -> None:
        """Forget everything, an interrupted commit included, and hold these cells."""
        self.cells.clear()
        self.cells.update(cells)
        self.rollback()
        self.journal = Journal()
        self._torn_cells.clear()
        self.generation += 1

    def _apply(self, values: dict[CellKey, CellValue | None]) -> None:
        cells = self.cells
        for key, value in values.items():
            if value is None:
                cells.pop(key, None)
                self.generation += 1
            else:
                if key not in cells:
                    self.generation += 1
                cells[key] = value

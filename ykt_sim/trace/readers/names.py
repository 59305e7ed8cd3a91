"""Names of the conversations with one card after the other."""

from __future__ import annotations

from typing import Final

#: Cards that are remembered, so that one that comes back finds its session.
MAX_CARDS: Final = 1024


class Names:
    """``card 1``, ``card 2`` and so on; the same identifier has the same name again.

    Args:
        label: what stands before the number.
    """

    def __init__(self, label: str = "card") -> None:
        self.label = label
        self._known: dict[str, str] = {}
        self._count = 0

    def name(self, uid: str) -> str:
        """Name of a card; without an identifier, always a new one."""
        name = self._known.pop(uid, "") if uid else ""
        if not name:
            self._count += 1
            name = f"{self.label} {self._count}"
        if uid:
            self._known[uid] = name
            if len(self._known) > MAX_CARDS:
                del self._known[next(iter(self._known))]
        return name

    def adopt(self, uid: str, name: str) -> None:
        """The card of a conversation has become known."""
        self._known[uid] = name

    @property
    def first(self) -> str:
        """Name of the first card, for what happens before one is there."""
        return f"{self.label} 1"

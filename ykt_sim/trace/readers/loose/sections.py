"""Headings over lines of one lane: ``==> psam.log <==``, ``--- PSAM ---``, ``[picc]``.

Only headings that differ tell anything: where all name one lane, or there is one alone, the
lines above it and those that follow it may as well be of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ykt_sim.trace.readers.loose.tokens import pieces
from ykt_sim.trace.readers.loose.words import lane_word

_HEADING: Final = re.compile(
    r"\s*(?:[=#*~<>+-]{2,40}|[\[(<{#])\s?(?P<name>[^=#*~<>\[\](){}]{2,80}?)\s?[=#*~<>:+\])}-]{0,40}\s*"
)


def _heading(text: str) -> str:
    """The lane that a heading names; nothing for other lines."""
    found = _HEADING.fullmatch(text)
    if found is None or any(len(piece.data) > 2 for piece in pieces(found["name"])):
        return ""
    return lane_word(found["name"])


class Sections:
    """Tells the lane of the lines below headings.

    Args:
        known: the log has such headings, of lanes that differ.
    """

    def __init__(self, *, known: bool = False) -> None:
        self._known = known
        self._lane = ""

    def take(self, text: str) -> tuple[str, bool]:
        """The lane of a line by the heading above it, and whether it is a heading."""
        lane = _heading(text) if self._known else ""
        self._lane = lane or self._lane
        return self._lane, bool(lane)


def have_headings(texts: Iterable[str]) -> bool:
    """Lines of a log are headings of different lanes."""
    return len({lane for text in texts if (lane := _heading(text))}) > 1

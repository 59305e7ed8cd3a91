"""Colour on a terminal, and nowhere else.

``NO_COLOR`` with any value turns it off (no-color.org), and so does ``TERM=dumb``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Final

Paint = Callable[[str, "Tone"], str]


class Tone(StrEnum):
    """What a text is, for the eye; the value is the mark in `screen.MARKS` that begins it."""

    PLAIN = ""
    GOOD = "\ufdd3"
    BAD = "\ufdd2"
    DOUBT = "\ufdd4"
    HEAD = "\ufdd1"


_END: Final = "\ufdd0"


def plain(text: str, _tone: Tone) -> str:
    """The text as it is."""
    return text


def painted(text: str, tone: Tone) -> str:
    """The text in its colour."""
    if not tone or not text:
        return text
    return f"{tone}{text}{_END}"


def paint() -> Paint:
    """What to paint with: colours where standard output is a terminal that wants them."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return painted if wanted and sys.stdout.isatty() else plain

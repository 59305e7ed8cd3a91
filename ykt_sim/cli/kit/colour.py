"""Colour on a terminal, and nowhere else.

``NO_COLOR`` with any value turns it off (no-color.org), and so does ``TERM=dumb``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum

import click

Paint = Callable[[str, "Tone"], str]


class Tone(StrEnum):
    """What a text is, for the eye; the value is a colour that terminals know, or bold."""

    PLAIN = ""
    GOOD = "green"
    BAD = "red"
    DOUBT = "yellow"
    HEAD = "bold"


def plain(text: str, _tone: Tone) -> str:
    """The text as it is."""
    return text


def painted(text: str, tone: Tone) -> str:
    """The text in its colour."""
    if not tone or not text:
        return text
    return click.style(text, bold=True) if tone is Tone.HEAD else click.style(text, fg=str(tone))


def paint() -> Paint:
    """What to paint with: colours where standard output is a terminal that wants them."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return painted if wanted and sys.stdout.isatty() else plain

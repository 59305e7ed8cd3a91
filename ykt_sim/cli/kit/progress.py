"""Progress on stderr: one line that is written over, or a line now and then where nobody watches.

Nothing is said in the first two seconds, so short work stays silent.
"""

from __future__ import annotations

import sys
import time
from typing import Final

import click

#: Seconds after which progress is shown, and between two lines of it where nobody watches.
AFTER: Final = 2.0
_EVERY: Final = 5.0
_UNITS: Final = ("B", "KB", "MB", "GB", "TB")


class ProgressLine:
    """Looks at the clock and shows a line when it is time for one."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._next = self._begun + AFTER
        self._watched = sys.stderr.isatty()
        self._shown = False

    def tell(self, text: str, *, last: bool = False) -> None:
        """Show how far the work is; ``last`` ends the line."""
        now = time.monotonic()
        if now < self._next and not (self._shown and self._watched):
            return
        self._shown = True
        self._next = now + _EVERY
        line = f"{text}, {now - self._begun:.0f} s"
        click.echo(f"\r{line:60}" if self._watched else line, err=True, nl=not self._watched)
        if self._watched and last:
            click.echo(err=True)

    def end(self) -> None:
        """End the line that is written over, if there is one."""
        if self._shown and self._watched:
            click.echo(err=True)
        self._shown = False


def size(count: int) -> str:
    """Bytes in words: ``512 B``, ``1.5 MB``."""
    value = float(count)
    for unit in _UNITS[:-1]:
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} {_UNITS[-1]}"

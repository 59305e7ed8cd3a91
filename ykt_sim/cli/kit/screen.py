r"""What reaches the screen: our own colours, and of all other text what can be printed.

Text of files, cards, readers and other programs may hold sequences that move a terminal's cursor,
name its window, hide text or turn it round. Nobody has to know which text is foreign: both streams
are wrapped once, and what would do so is written as its code point, ``\u001b``, which in a JSON
string means the same as before. Colours are asked for by marks that no text has (`colour`).
"""

from __future__ import annotations

import re
import sys
from typing import Any, Final, TextIO

#: Unicode's noncharacters FDD0 and on are for a program's own use: begin and end of colours.
MARKS: Final = {
    "\ufdd0": "\x1b[0m",
    "\ufdd1": "\x1b[1m",
    "\ufdd2": "\x1b[31m",
    "\ufdd3": "\x1b[32m",
    "\ufdd4": "\x1b[33m",
}
#: Controls but tab and line feed, and what changes the direction or the lines of a text.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


class Screen:
    """A text stream that writes no control character, but the colours of `MARKS`.

    A carriage return at the beginning of a write stays: a progress line is written over.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, what cannot be printed in it as code points."""
        if _UNSEEN.search(text):
            head = "\r" if text[0] == "\r" else ""
            text = head + _UNSEEN.sub(self._shown, text[len(head) :])
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _shown(self, found: re.Match[str]) -> str:
        mark = found[0]
        if mark in MARKS:
            return MARKS[mark] if self._stream.isatty() else ""
        units = mark.encode("utf-16-be").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def guard_streams() -> None:
    """Wrap standard output and error, once."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, Screen):
            setattr(sys, name, Screen(stream))

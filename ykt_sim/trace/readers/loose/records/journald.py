"""What ``journalctl -o json`` gives: one object a line, the message under ``MESSAGE``.

Each becomes the line that the program wrote, behind its time and the program's name. The other
fields are the journal's own [systemd, Journal Export Formats].
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.trace.readers.base import Line

_TIME: Final = "__REALTIME_TIMESTAMP"
_MESSAGE: Final = "MESSAGE"
_WHO: Final = ("SYSLOG_IDENTIFIER", "_COMM")

_Lines = Iterator[tuple[Line, bool]]


def is_journal(texts: Iterable[str]) -> bool:
    """The first lines of a log are objects of the journal."""
    shown = [text for text in texts if text.strip()]
    return bool(shown) and all(_TIME in text and _MESSAGE in text for text in shown[:3])


def messages(lines: Iterable[tuple[Line, bool]]) -> _Lines:
    """The lines, objects of the journal as the messages in them; others as they are.

    Args:
        lines: of the file, and whether each is the last and has no end.
    """
    for line, partial in lines:
        yield line._replace(text=_text(line.text)), partial


def _text(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, dict) or _MESSAGE not in found:
        return text
    said = found[_MESSAGE]
    if isinstance(said, list):  # not all of it is UTF-8: numbers of bytes
        said = bytes(byte & 0xFF for byte in said if isinstance(byte, int)).decode(
            "utf-8", "replace"
        )
    who = next((str(found[name]) for name in _WHO if name in found), "")
    micros = str(found.get(_TIME, ""))
    time = f"{micros[:-6]}.{micros[-6:]} " if micros.isdecimal() and len(micros) > 6 else ""
    return f"{time}{who}: {said}" if who else f"{time}{said}"

"""Dumps of the scribe's logs whose rows have the whole front of their line, and a number."""

# ruff: noqa: S311, TID251 - drawn by a seed of its own

from __future__ import annotations

import random

#: Offset, address and number of a row.
NUMBERS = (
    "{0:08x}: ",
    "{0:04X}  ",
    "0x{1:08x}   ",
    "0x{1:08x} <buf+{0}>:\t",
    "[{0:04x}] ",
    "{1:016x}: ",
    "{2}: ",
)
_PART = 0.06


def numbers_of(seed: int) -> str:
    """How a log numbers its rows; mostly not at all.

    It is drawn apart, so that the rest of a seed's log is what it always was.
    """
    rng = random.Random(f"dump {seed}")
    return rng.choice(NUMBERS) if rng.random() < _PART else ""


def rows(front: str, numbers: str, data: bytes, width: int, *, side: int, text: bool) -> list[str]:
    """The lines of a message.

    Args:
        front: of each line.
        numbers: one of `NUMBERS`.
        data: the message.
        width: bytes of a row.
        side: 0 for commands, 1 for answers: they lie elsewhere in memory.
        text: the bytes stand behind as characters, too.
    """
    base = 0x20001F40 + 0x111 * side
    lines = []
    for number, at in enumerate(range(0, len(data), width)):
        part = data[at : at + width]
        line = f"{front}{numbers.format(at, base + at, number)}{part.hex(' '):<{3 * width}}"
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{line} |{shown}|" if text else line.rstrip())
    return lines

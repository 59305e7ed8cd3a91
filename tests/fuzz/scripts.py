"""A session with an engine as bytes: what the fuzzer writes and the engines are played.

After a first byte that chooses who is spoken to, each step is one byte and what it announces:

======  ===================================================================================
00..EF  a command of so many bytes, which follow
F0..F7  the power is cut at the so-manieth write from now (1..8)
F8..FB  a step of the target's own (a purchase with right codes, for a card)
FC..FD  the power goes, and comes back
FE      the engine is written to a file and read again
FF      a command of 240 bytes and as many as the next byte says
======  ===================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

CUT, OWN, RESET, KEEP, LONG = 0xF0, 0xF8, 0xFC, 0xFE, 0xFF


class Step(NamedTuple):
    """One step: its kind (`CUT`, `OWN`, `RESET`, `KEEP`, 0 for a command) and what it takes."""

    kind: int = 0
    number: int = 0
    data: bytes = b""


def steps(script: bytes) -> Iterator[Step]:
    """The steps of a script; a command at the end may be shorter than announced."""
    at = 0
    while at < len(script):
        first = script[at]
        at += 1
        if CUT <= first < OWN:
            yield Step(CUT, first - CUT + 1)
        elif OWN <= first < RESET:
            yield Step(OWN, first - OWN)
        elif RESET <= first < KEEP:
            yield Step(RESET)
        elif first == KEEP:
            yield Step(KEEP)
        else:
            size = first
            if first == LONG:
                size = CUT + (script[at] if at < len(script) else 0)
                at += 1
            yield Step(0, 0, script[at : at + size])
            at += size


def script(who: int, commands: Iterable[bytes]) -> bytes:
    """A script that sends commands; none of them is cut."""
    out = bytearray([who])
    for command in commands:
        size = len(command)
        out += bytes([size]) if size < CUT else bytes([LONG, size - CUT])
        out += command
    return bytes(out)

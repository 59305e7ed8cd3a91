"""What Proxmark3's ``hf 14a apdu`` prints: ``>>>`` the command, ``<<<`` the answer.

::

    [+] ( select, keep )
    [+] >>> 00A404000E325041592E5359532E4444463031
    [+] <<< 6F..9000 | o1..
    [+] <<< status: 90 00 - Command executed successfully

The answer holds its status word; the line after it says it again. Older programs print four
arrows, spaces between the bytes, the options in brackets behind the arrows, and
``APDU response:`` before the status.

Not told: times; what happened on the air.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.readers.base import (
    Format,
    Found,
    Line,
    Source,
    broken,
    ends_in_sw,
    head_text,
)
from ykt_sim.trace.readers.pairing import Pairing

_PREFIX: Final = r"[ \t]*(?:\[[+=#!?]\][ \t]*)?"
_HEX: Final = r"((?:[0-9A-Fa-f]{2}[ \t]*)*)"
_COMMAND: Final = re.compile(rf"{_PREFIX}>>>>?[ \t]*(?:\[[^\]]*\][ \t]*)?{_HEX}")
_ANSWER: Final = re.compile(rf"{_PREFIX}<<<<?[ \t]*{_HEX}(?:\|.*)?")
_STATUS: Final = re.compile(
    rf"{_PREFIX}(?:<<<<?[ \t]*status:|APDU response:)[ \t]*"
    r"([0-9A-Fa-f]{2}) ([0-9A-Fa-f]{2})\b.*"
)
_LIKE: Final = re.compile(rf"{_PREFIX}(?:>>>|<<<)")
_SESSION: Final = "card 1"


def read(source: Source) -> Iterator[Found]:
    """The exchanges of a console's text."""
    pairing = Pairing(_SESSION, timed=False)
    answer: tuple[bytes, Line] | None = None
    stated = False
    for line in source.lines():
        status = _STATUS.fullmatch(line.text)
        if status:
            stated = True
            said = bytes.fromhex(status[1] + status[2])
            held, answer = answer, None
            if held is None or not held[0].endswith(said):
                text = held[0].hex() if held else ""
                why = f"expected an answer that ends with the status {said.hex().upper()}"
                if held:
                    source.account.unused(held[1].number)
                yield from pairing.close(why + (f", got {text}" if text else ", got none"))
            else:
                yield from _answer(pairing, held)
            continue
        if not _LIKE.match(line.text):
            source.passed(line)
            continue
        if answer is not None:
            yield from _answer(pairing, answer)
            answer = None
        command = None if line.cut else _COMMAND.fullmatch(line.text)
        found = None if line.cut or command else _ANSWER.fullmatch(line.text)
        if command:
            data = bytes.fromhex(command[1])
            yield from pairing.command(0.0, data, offset=line.offset, line=line.number)
        elif found:
            answer = (bytes.fromhex(found[1]), line)
        else:
            yield from pairing.close("the line after it is not whole bytes in hex")
            yield from pairing.answer(0.0, b"", offset=line.offset, line=line.number)
    if answer is not None and not stated and not source.partial and ends_in_sw(answer[0]):
        # The commands for EMV never print the line with the status.
        yield from _answer(pairing, answer)
        answer = None
    if answer is not None:
        # Without the line that says the status again, the last answer may be cut off.
        data, line = answer
        yield from pairing.close("the text ends before the answer's status line")
        why = "an answer without its status line"
        yield broken(_SESSION, 0.0, why, offset=line.offset, line=line.number, raw=data.hex())
    yield from pairing.close("the text ends before the answer")


def _answer(pairing: Pairing, held: tuple[bytes, Line]) -> Iterator[Found]:
    data, line = held
    yield from pairing.answer(0.0, data, offset=line.offset, line=line.number)


def sniff(head: bytes) -> int:
    """Arrows with bytes behind them; the status line is unmistakable."""
    lines = head_text(head).splitlines()
    arrows = sum(1 for line in lines if _LIKE.match(line) and _COMMAND.fullmatch(line))
    if not arrows:
        return 0
    if any(_STATUS.fullmatch(line) for line in lines):
        return 95
    return 45 if any(_LIKE.match(line) and "<<<" in line for line in lines) else 0


FORMAT: Final = Format("proxmark-apdu", "Proxmark3 hf 14a apdu (console text)", sniff, read)

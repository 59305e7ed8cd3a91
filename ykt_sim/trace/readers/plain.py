"""Logs of no particular program: an arrow or a word, and hex.

::

    2024-01-05 12:00:01.250 TX: 00 A4 04 00 08 A0 00 00 06 32 01 01 05 00
    2024-01-05 12:00:01.300 RX: 6F 31 84 08 ... 90 00

Commands: ``>`` ``>>`` ``=>`` ``->`` ``C-APDU`` ``TX`` ``Send`` ``CMD`` and the like; answers
the other way round. ``SCardTransmit(00 A4 ...)`` and ``SCardTransmit(): SW12 = 6A 82`` are
those of the Belgian eID software, which does not log data. Lines of nothing but hex take
turns. Hex may be spaced, separated by commas or colons, and have ``0x`` in front of bytes.
A time of day in front is used. There is one conversation, called ``card``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ykt_sim.errors import WireError
from ykt_sim.trace.model import Note
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.clock import Clock
from ykt_sim.trace.readers.hexrows import Read, parse_hex, parse_loose
from ykt_sim.trace.readers.pairs import Pairs
from ykt_sim.wire.apdu import Command

#: Where in a line a mark is looked for.
_FRONT: Final = 160
_WORDS: Final = re.compile(
    r"(?<![\w-])(?:(?P<command>C-?APDU|CAPDU|APDU|TX|SENDING|SENT|SEND|CMD|COMMAND|REQUEST|REQ)"
    r"|(?P<answer>R-?APDU|RAPDU|RX|RECEIVED|RECV|RECEIVE|RSP|RESP|RESPONSE))"
    r"(?:\s{0,4}[:=]\s{0,4}|\s{1,4}|\s{0,4}(?=[\[({]))(?:[-=]?>|<[-=]?)?",
    re.IGNORECASE,
)
_ARROWS: Final = re.compile(
    r"(?:^|(?<=[\s\]|:]))(?:(?P<command>(?:C\s?)?(?:-->|==>|->|=>|>>>|>>|>))"
    r"|(?P<answer>(?:R\s?)?(?:<--|<==|<-|<=|<<<|<<|<)))(?![<>=-])"
)
_EID: Final = re.compile(
    r"SCardTransmit\((?:(?P<command>[0-9A-Fa-f][0-9A-Fa-f ]{7,})\)"
    r"|\): SW12 = (?P<sw>[0-9A-Fa-f]{2} ?[0-9A-Fa-f]{2})\s*\Z)"
)
_LOOKS_HEX: Final = re.compile(
    r"[\s\[({'\"]{0,4}(?:0[xX])?[0-9A-Fa-f]{2}(?:[ ,:]{1,2}(?:0[xX])?[0-9A-Fa-f]{2}|[0-9A-Fa-f]{2})"
    r"(?![G-Zg-z_])"
)
_BARE: Final = re.compile(
    r"\s*(?:0[xX])?[0-9A-Fa-f]{2}(?:[0-9A-Fa-f]{2}|[ ,:]{1,2}[0-9A-Fa-fxX]{2})"
)
#: What may stand behind the bytes: a remark in brackets or behind a sign.
_REMARK: Final = re.compile(r"[(|#;\[\])}'\"]|//|--")
_OPENING: Final = " \t[({'\""
_KEY: Final = "card"


class _Hit(NamedTuple):
    """A line that shows bytes."""

    command: bool
    data: Read
    front: str
    only_sw: bool = False


def _marked(line: Line) -> _Hit | None:
    """A line with a word or an arrow in front of hex."""
    front = line.text[:_FRONT]
    for pattern in (_WORDS, _ARROWS):
        for mark in pattern.finditer(front):
            rest = line.text[mark.end() :]
            if _LOOKS_HEX.match(rest):
                body = _REMARK.split(rest.lstrip(_OPENING), maxsplit=1)[0]
                data = parse_loose(body, line)
                return _Hit(mark["command"] is not None, data, front[: mark.start()])
    return None


def _eid(line: Line) -> _Hit | None:
    found = _EID.search(line.text[: 1 << 16]) if "SCardTransmit(" in line.text else None
    if found is None:
        return None
    is_command = found["command"] is not None
    data = parse_hex(found["command"] or found["sw"], line)
    return _Hit(is_command, data, line.text[: min(found.start(), _FRONT)], only_sw=not is_command)


def _bare(line: Line, *, waits: bool) -> _Hit | None:
    """A line of nothing but hex; a command, unless one waits for an answer."""
    if not _BARE.match(line.text):
        return None
    data = parse_loose(line.text, line)
    if not waits:
        return _Hit(command=True, data=data, front="") if _is_command(data) else None
    # After a command without an answer the next command is out of turn.
    out_of_turn = isinstance(data, bytes) and not _is_answer(data) and _is_command(data)
    return _Hit(out_of_turn, data, "")


def _is_command(data: Read) -> bool:
    if isinstance(data, str):
        return False
    try:
        Command.parse(data)
    except WireError:
        return False
    return True


def _is_answer(data: bytes) -> bool:
    return len(data) >= 2 and data[-2] >> 4 in {6, 9} and data[-2] != 0x60


def _hit(line: Line, *, waits: bool) -> _Hit | None:
    return _eid(line) or _marked(line) or _bare(line, waits=waits)


def _sniff(head: bytes) -> int:
    text = head_text(head)
    commands = answers = 0
    marked = False
    for number, row in enumerate(text.split("\n")[:2000]):
        hit = _hit(Line(number, 0, row[:4096]), waits=commands > answers)
        if hit is None or isinstance(hit.data, str):
            continue
        marked |= _marked(Line(number, 0, row[:4096])) is not None or hit.only_sw
        if hit.command:
            commands += 1
        elif commands and _is_answer(hit.data):
            answers += 1
        if commands and answers:
            return 30 if marked else 20
    return 10 if commands and marked else 0


def _read(source: Source) -> Iterator[Found]:
    clock = Clock()
    pairs = Pairs(source)
    told = False
    sent_at: float | None = None
    for line in source.lines():
        hit = _hit(line, waits=pairs.waits(_KEY))
        if hit is None:
            continue
        at = clock.find(hit.front)
        t = at or 0.0
        if hit.only_sw and not told:
            told = True
            text = "this log shows status words only, the data of answers is not known"
            yield Found(_KEY, Note(t=t, text=text))
        if hit.command:
            sent_at = at
            yield from pairs.command(_KEY, t, hit.data, line)
        else:
            took = None
            if at is not None and sent_at is not None:
                took = round(max(0.0, at - sent_at) * 1000, 3)
            yield from pairs.answer(_KEY, t, hit.data, line, duration_ms=took)
    yield from pairs.end()


FORMAT: Final = Format(
    name="plain",
    title="hex with arrows or words, or alternating lines of hex",
    sniff=_sniff,
    read=_read,
    aliases=("hex",),
)

"""What stands in a line and is of no message: numbers of lines, signs of mails, who wrote it.

Each is put away where it stands, so that nothing behind it moves.
"""

from __future__ import annotations

import re
from typing import Final

#: Where in the source of a program a line was written: ``<psam.c:77>``.
_SOURCE: Final = re.compile(
    r"(?<![\w./\\-])[<\[(]?(?=[\w./\\-]{0,80}[A-Za-z_])[\w./\\-]{1,80}\.[A-Za-z]{1,4}"
    r"(?::|\()\d{1,6}[)>\]]{0,2}(?![0-9A-Za-z:])"
)
#: A day without a time, as an attribute of a document has it; the years of a copyright.
_DAY: Final = re.compile(
    r"(?<![0-9A-Za-z-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![0-9A-Za-z-])"
    r"|(?:[Cc]opyright|COPYRIGHT|\([Cc]\)|©)[^0-9A-Za-z]{0,3}(?:\([Cc]\)\s?)?(?:19|20)\d\d"
    r"(?:\s?[-,]\s?(?:19|20)\d\d){0,8}(?!\s?[-,]?\s?[0-9A-Fa-f]{2}(?![A-Za-z]))"
)
_QUOTED: Final = re.compile(r"\A\s{0,4}(?:>\s?)+")
_NUMBERED: Final = re.compile(
    r"\A\s{0,8}(?!\d+[.,]\d)\d{1,9}(?:\s?[.:)\]|>]\s{0,4}|\s{1,4}|(?![0-9A-Za-z]))"
)
#: Process, thread and level of an Android log, behind its time.
_LOGCAT: Final = re.compile(r"^\s*\d{1,6}[ -]{1,4}\d{1,6}(?:/\S*)?\s+[VDIWEF](?=[\s/])")
#: Module, function and line: ``gate.card:transmit:57 - ``.
_CALLER: Final = re.compile(
    r"(?<![\w.:])[A-Za-z_][\w.]{0,80}:[A-Za-z_<][\w<>.]{0,80}:\d{1,6}(?=\s|\Z)"
)
#: Severity and version in front of a message of syslog [RFC 5424 6.2].
_PRIORITY: Final = re.compile(r"\A\s{0,4}<\d{1,3}>(?:\d{1,2}(?=\s))?")
#: Where a row of a dump begins: ``D[0010]``.
_OFFSET: Final = re.compile(r"\A(\s*)[A-Za-z]\[([0-9A-Fa-f]{4,8})\](?=\s)")
#: The line above a dump that counts its columns.
_RULER: Final = re.compile(r"(?<![0-9A-Za-z])0(?:\s+[1-9]){9}(?:\s+[A-Fa-f]){6}(?![0-9A-Za-z])")


def _away(found: re.Match[str]) -> str:
    return " " * len(found[0])


def unplaced(text: str) -> str:
    """A line, behind its time, without who wrote it and where, and without days and rulers."""
    if _RULER.search(text[:200]):
        return " " * len(text)
    text = _OFFSET.sub(r"\1 \2: ", text, count=1)
    text = _LOGCAT.sub(_away, text, count=1)
    for place in (_DAY, _SOURCE, _CALLER):
        text = place.sub(_away, text)
    return text


def unfronted(text: str, *, quoted: bool, numbered: bool) -> str:
    """A line without the ``>`` of mail, its number, and the priority of syslog."""
    text = _PRIORITY.sub(_away, text, count=1)
    if quoted:
        text = _QUOTED.sub("", text, count=1)
    return _NUMBERED.sub(" ", text, count=1) if numbered else text

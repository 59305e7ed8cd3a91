"""What stands in a line and is of no message: numbers of lines, signs of mails, who wrote it.

Each is put away where it stands, so that nothing behind it moves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ykt_sim.trace.readers.loose.tokens import pieces
from ykt_sim.trace.readers.loose.words import lane_word

#: Where in the source of a program a line was written: ``<psam.c:77>``.
_SOURCE: Final = re.compile(
    r"(?<![\w./\\-])(?:at\s{1,4})?[<\[(]?(?=[\w./\\-]{0,80}[A-Za-z_])[\w./\\-]{1,80}\.[A-Za-z]{1,4}"
    r"(?::|\()\d{1,6}[)>\]]{0,2}(?![0-9A-Za-z:])"
    r"|(?<=\s)at\s{1,4}[\w./\\-]{0,80}[A-Za-z_]\w{0,40}\.[A-Za-z]{1,4}\s*\Z"
)
#: Characters of a line in which its source stands.
_FRONT: Final = 200
#: A day without a time, as an attribute of a document has it, or around one; a second time, of
#: seconds since 1970; the years of a copyright.
_DAY: Final = re.compile(
    r"(?<![0-9A-Za-z-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![0-9A-Za-z-])"
    r"|(?<![A-Za-z])(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?\s"
    r"[ 0-3]?\d(?:st|nd|rd|th)?(?:,?\s|\s{8,20}(?:[A-Z]{3,4}\s)?)(?:19|20)\d\d(?![0-9A-Za-z])"
    r"|[\[(<]\d{9,10}\.\d{3,9}[\])>]"
    r"|(?:[Cc]opyright|COPYRIGHT|\([Cc]\)|©)[^0-9A-Za-z]{0,3}(?:\([Cc]\)\s?)?(?:19|20)\d\d"
    r"(?:\s?[-,]\s?(?:19|20)\d\d){0,8}(?!\s?[-,]?\s?[0-9A-Fa-f]{2}(?![A-Za-z]))"
)
_QUOTED: Final = re.compile(r"\A\s{0,4}(?:>\s?)+")
_NUMBERED: Final = re.compile(
    r"\A\s{0,8}(?!\d+[.,]\d)\d{1,9}(?:(?:\s?[.:)\]|]|>)\s{0,4}|\s{1,4}|(?![0-9A-Za-z]))"
)
#: File and number in front of a line that grep found (``:``), or that stands beside one (``-``).
_FOUND: Final = re.compile(
    r"(?:(?P<file>[\w./\\-]{1,80}?\.[A-Za-z]\w{0,4})(?P<of>[:-]))?(?:(?P<n>\d{1,9})(?P<at>[:-]))?(?=\S)"
)
_MOST: Final = 0.9
#: Process, thread and level of an Android log, behind its time.
_LOGCAT: Final = re.compile(
    r"^[\s\[(]*\d{1,6}(?:[ -]{1,4}|:\s{0,4})\d{1,6}(?:/\S*)?\s+[VDIWEF](?=[\s/])"
)
#: The same where no time was: what follows is a word, or all may be bytes.
_LOGCAT_ALONE: Final = re.compile(_LOGCAT.pattern + r"(?=/|\s{1,4}\S{0,60}[G-Zg-z_:])")
#: Module, function and line: ``gate.card:transmit:57 - ``.
_CALLER: Final = re.compile(
    r"(?<![\w.:])[A-Za-z_][\w.]{0,80}:[A-Za-z_<][\w<>.]{0,80}:\d{1,6}(?=\s|\Z)"
)
#: Facility, level and process, as logread shows them: ``daemon.debug [6358]:``.
_FACILITY: Final = re.compile(
    r"^\s*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)?\s*[a-z]{3,8}\d?\."
    r"(?:emerg|alert|crit|err|warn(?:ing)?|notice|info|debug)\s(?:[\w.-]{1,40})?\s?\[\d{1,7}\]:(?=\s)"
)
#: Day and minute in front of who says something in a chat: ``[01.03.2024 08:17] Oleg:``.
_CHAT: Final = re.compile(
    r"^\s{0,4}\[(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4},?\s{1,2})?(?:[01]?\d|2[0-3]):[0-5]\d(?:\s?[AaPp][Mm])?\]"
    r"(?=\s{1,2}[^\s:\[\]][^:\[\]]{0,40}:\s)"
)
#: Severity and version in front of a message of syslog [RFC 5424 6.2].
_PRIORITY: Final = re.compile(r"\A\s{0,4}<\d{1,3}>(?:\d{1,2}(?=\s))?")
#: Where a row of a dump begins: ``D[0010]``.
_OFFSET: Final = re.compile(r"\A(\s*)[A-Za-z]\[([0-9A-Fa-f]{4,8})\](?=\s)")
#: The line above a dump that counts its columns.
_RULER: Final = re.compile(r"(?<![0-9A-Za-z])0(?:\s+[1-9]){9}(?:\s+[A-Fa-f]){6}(?![0-9A-Za-z])")


#: The same of two digits, which are bytes too: only above rows with offsets.
_WIDE_RULER: Final = re.compile(
    r"\s*(?:[A-Za-z]{1,12}\W{0,3}\s)?\s*00(?:\s+0[1-9]){9}(?:\s+0[A-Fa-f]){6}\s*"
)
_ZERO: Final = re.compile(r"\s*(?:0[xX])?0{3,16}[hH]?[\s:|]")


#: Numbers in columns of their own, in front of a time; and one with a fraction that is none.
_COLUMNS: Final = re.compile(r"\s*(?:\d{1,12}\s{0,2}[,;|\t]\s{0,4}){1,6}")
_FRACTION: Final = re.compile(r"\A\s*(?:\d{1,9}\s{0,2}[,;|\t]\s{0,4})?\d{1,6}\.\d{5,12}(?=[\s,;|])")


def _away(found: re.Match[str]) -> str:
    return " " * len(found[0])


def has_wide_rulers(texts: Sequence[str]) -> bool:
    """Rows of dumps stand below lines that count their columns: ``00 01 02 .. 0F``.

    Such a line may also be a row of bytes; below each ruler the offset is 0.
    """
    shown = [text for text in texts if text.strip()]
    below = [b for a, b in pairwise(shown) if _WIDE_RULER.fullmatch(a)]
    return bool(below) and all(_ZERO.match(text) for text in below)


def unplaced(text: str, *, rulers: bool = False, timed: bool = False) -> str:
    """A line, behind its time, without who wrote it and where, and without days and rulers.

    Args:
        text: the line.
        rulers: of two digits, too (`has_wide_rulers`).
        timed: a time was taken from it.
    """
    if _RULER.search(text[:200]) or (rulers and _WIDE_RULER.fullmatch(text)):
        return " " * len(text)
    text = _OFFSET.sub(r"\1 \2: ", text, count=1)
    text = (_LOGCAT if timed else _LOGCAT_ALONE).sub(_away, text, count=1)
    for place in (_CHAT, _FRACTION, _DAY, _FACILITY, _SOURCE, _CALLER):
        text = place.sub(_away, text)
    return text


def uncounted(text: str, whole: str) -> str:
    """A line without the numbers in columns in front of its time.

    Args:
        text: the line without its time, blanks in its place.
        whole: the line as it was.
    """
    columns = _COLUMNS.match(whole)
    if columns is None or text == whole:
        return text
    at = columns.end()
    # The time begins where the columns end: there are blanks now.
    timed = text[:at] == whole[:at] and whole[at : at + 1] not in {"", text[at : at + 1]}
    return " " * at + text[at:] if timed else text


def are_found(texts: Sequence[str]) -> bool:
    """Lines are what grep gives with those around: numbers that rise, and both its signs."""
    lines = [text for text in texts if text.strip() and text.strip() != "--"]
    found = [one for text in lines if (one := _FOUND.match(text)) and one[0]]
    numbers = [int(one["n"]) for one in found if one["n"]]
    signs = {one["at"] or one["of"] for one in found}
    most = len(found) >= _MOST * (len(lines) - 1)
    return len(found) > 2 and most and len(signs) > 1 and numbers == sorted(numbers)


def unfronted(text: str, *, quoted: bool, numbered: bool, found: bool = False) -> str:
    """A line without the ``>`` of mail, its number, and the priority of syslog.

    Args:
        text: the line.
        quoted: the ``>`` is that of a mail.
        numbered: it begins with its number.
        found: it begins with what grep puts there (`are_found`).
    """
    text = _PRIORITY.sub(_away, text, count=1)
    if found:
        text = _FOUND.sub(_away, text, count=1)
    if quoted:
        text = _QUOTED.sub("", text, count=1)
    return _NUMBERED.sub(" ", text, count=1) if numbered else text


class Sources:
    """Files of programs that wrote the lines, where some are named after the PSAM.

    Args:
        texts: the first lines. Where all with bytes are of one file, it tells no lane.
    """

    def __init__(self, texts: Sequence[str] = ()) -> None:
        found = {self._named(text) for text in texts if pieces(text)}
        self._known = len(found - {""}) > 1 and "sam" in map(lane_word, found)

    def lane(self, text: str) -> str:
        """The lane that the file of a line names; empty for none."""
        return lane_word(self._named(text)) if self._known else ""

    @staticmethod
    def _named(text: str) -> str:
        found = _SOURCE.search(text[:_FRONT])
        return found[0] if found is not None else ""

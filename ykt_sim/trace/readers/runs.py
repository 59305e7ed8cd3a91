"""Runs of hex digits in a line: what has to be accounted for, whatever the format.

A reader takes from a line what its format says. Everything else in the line is looked at
here: bytes that nobody took are told (`account`), and a run that is plainly something else,
an address, a time, a number with a name in front, is told by that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_LEFT: Final = r"(?<![0-9A-Za-z])"
_RIGHT: Final = r"(?![0-9A-Za-z])"
_PREFIX: Final = r"(?:0[xX]|\\[xX])?"
_GROUP: Final = rf"{_PREFIX}(?:[0-9A-Fa-f]{{2}})++[hH]?{_RIGHT}"
_RUN: Final = re.compile(
    rf"{_LEFT}(?:{_GROUP}(?:(?:[ \t]{{1,2}}|[ ]?[,:;|_-][ ]?|(?=\\)){_GROUP})*+"
    rf"|0?x?[0-9A-Fa-f]{{9,}}+{_RIGHT})"
)
_DRESS: Final = re.compile(r"(?<![0-9A-Fa-f])0[xX]|\\[xX]|[^0-9A-Fa-f]")
#: Times of day and dates, which look like bytes with colons or dashes.
_TIME: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ,]{1,3}\d{1,2}:\d\d:\d\d"
    r"(?:[.,:]\d{1,9})?)?"
    r"|\d{1,2}:[0-5]\d:[0-5]\d(?:[.,]\d{1,9}|:\d{3}))(?![0-9A-Za-z:])"
)
UUID: Final = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
)
#: Words in front of bytes that are no APDU.
NAMES: Final = re.compile(
    r"(atr|ats|uid|nuid|aid|keys?|mac[12]?|tac|iccid|imsi|crc|pin|csn|pan|serial|fci|tlv|challenge"
    r"|pid|tid|ppid|handle|identifier|address|hash|digest|sha1|sha256|md5|version|hcard|hcontext"
    r"|随机数|密钥|卡号|序列号)", re.IGNORECASE,
)  # fmt: skip
_NAME_BEFORE: Final = re.compile(
    rf"(?<![A-Za-z]){NAMES.pattern}[^0-9A-Za-z]{{0,6}}\Z", re.IGNORECASE
)
_SIGN_BEFORE: Final = re.compile(r"[:=>]\s*[\[({<\"']?\Z")
#: Digits of a run that is accounted for wherever it stands, and of one that needs a reason.
_ENOUGH: Final = 8
_FEW: Final = 4
_ADDRESS: Final = 16


class Run(NamedTuple):
    """A run of hex digits.

    Attributes:
        digits: without what stands between them, in small letters.
        name: what it is when it is plainly something else than an APDU.
        start, end: where, in the line.
    """

    digits: str
    name: str
    start: int
    end: int


def runs(text: str) -> list[Run]:
    """Every run of hex in a line that has to be accounted for.

    Four bytes or more always; two or three where they end like a status word, or stand as
    single bytes. A lone number of decimal digits is one when it has eight of them or more.
    """
    named = {found.span(): "uuid" for found in UUID.finditer(text)} if "-" in text else {}
    named |= {found.span(): "time" for found in _TIME.finditer(text)}
    told: list[Run] = []
    for (start, end), name in named.items():
        told.append(Run(_bare(text[start:end]), name, start, end))
        text = text[:start] + "~" * (end - start) + text[end:]
    for found in _RUN.finditer(text):
        digits = _bare(found[0])
        if _counts(found, digits):
            told.append(Run(digits, _name(text, found, digits), *found.span()))
    return told


def _bare(text: str) -> str:
    return _DRESS.sub("", text).lower()


def _counts(found: re.Match[str], digits: str) -> bool:
    lone = digits.isdigit() and found[0].isdigit()
    if len(digits) >= _ENOUGH:
        return not (lone and len(digits) % 2)
    if len(digits) < _FEW or found[0].isalpha():
        return False
    signed = _SIGN_BEFORE.search(found.string, max(0, found.start() - 8), found.start())
    if digits[-4] in "69" and digits[-4:-2] != "60" and len(digits) == _FEW:
        return not lone or signed is not None
    return len(digits) > _FEW and len(found[0]) > len(digits) + 1


def _name(text: str, found: re.Match[str], digits: str) -> str:
    before = text[max(0, found.start() - 40) : found.start()]
    word = _NAME_BEFORE.search(before)
    if word is not None:
        return word[1].lower()
    if found[0][:2] in {"0x", "0X"} and len(found[0]) <= 2 + _ADDRESS:
        return "" if before.rstrip().endswith((":", "=", ">")) else "address"
    return ""


def left(text: str, taken: Iterable[bytes]) -> list[Run]:
    """The runs of a line that are in nothing that was taken from it.

    Args:
        text: the line, or the part of it that is in question.
        taken: bytes that were.
    """
    found = runs(text)
    if not found:
        return found
    used = [data.hex() for data in taken if data]
    return [run for run in found if not _covered(run.digits, used)]


def _covered(digits: str, used: list[str]) -> bool:
    for data in used:
        if digits in data:
            return True
        digits = digits.replace(data, " ", 1)
    return max(map(len, digits.split(" "))) < _FEW

r"""A terminal's journal as anybody reads it: lines ``YKTJ1 <length> <crc> <json>\n``.

A line counts when its length and CRC-32 fit; what does not fit is stepped over.
"""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

Record = Mapping[str, Any]
_LINE: Final = re.compile(rb"YKTJ1 ([0-9A-F]{8}) ([0-9A-F]{8}) ")


def entries(data: bytes) -> tuple[Record, ...]:
    """Every whole line's content, in order."""
    return tuple(_entries(data))


def _entries(data: bytes) -> Iterator[Record]:
    at = 0
    while (head := _LINE.search(data, at)) is not None:
        size, crc = (int(digits, 16) for digits in head.groups())
        body, end = data[head.end() : head.end() + size], head.end() + size
        whole = len(body) == size and crc32(body) == crc and data[end : end + 1] == b"\n"
        if whole:
            yield _decoded(body)
        at = end if whole else head.end()


@lru_cache(maxsize=1024)
def _decoded(body: bytes) -> Record:
    found: Record = msgspec.json.decode(body, type=dict[str, Any])
    return found


class Reading:
    """What a journal says.

    Attributes:
        claims: clearing records; disputes: records whose truth is not settled, once each.
        pending: records of what may have been about to happen.
        ends: ends of taps; passed: sequence numbers for which a card was let through, with
            the clock then; shown: of what was noted as shown.
    """

    def __init__(self, data: bytes) -> None:
        self.claims: list[Record] = []
        self.disputes: dict[int, Record] = {}
        self.pending: list[Record] = []
        self.ends: list[Record] = []
        self.passed: dict[int, str] = {}
        self.shown: set[int] = set()
        self._over: set[int] = set()
        for entry in entries(data):
            self._take(entry)

    def _take(self, entry: Record) -> None:
        kind = entry.get("entry")
        self._over.update(entry.get("settles") or ())
        if kind == "pending":
            self.pending.append(entry["record"])
        elif kind == "shown":
            self.shown.add(entry["sequence"])
        elif kind == "tap":
            self.ends.append(entry)
            self.passed[entry.get("shows") or 0] = entry["decision"]["time"]
            if entry.get("clearing"):
                self.claims.append(entry["clearing"])
            if entry.get("dispute"):
                self.disputes[entry["dispute"]["sequence"]] = entry["dispute"]

    @property
    def open(self) -> list[Record]:
        """What waits for its card."""
        return [one for one in self.pending if one["sequence"] not in self._over]

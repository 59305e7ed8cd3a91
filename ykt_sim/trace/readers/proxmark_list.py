"""What Proxmark3's ``trace list`` prints, for types 14a, 14b, mf, mfdes and 7816.

::

          Start |        End | Src | Data (! denotes parity error)      | CRC | Annotation
              0 |        992 | Rdr |52(7)                               |     | WUPA
           2244 |       4612 | Tag |04  00                              |     |

A frame goes on in rows without times; checksum and annotation stand in its last row. Times
are carrier periods, microseconds (``-u``, one decimal), or gap and duration (``-r``). What
type 7816 shows of a contact card has neither blocks nor checksums: there the rows are APDUs.

Not read: other types (iclass, 15, felica, hitag), whose frames are no APDUs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from ykt_sim.trace.iso14443 import CARRIER_HZ, Side, has_crc
from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep
from ykt_sim.trace.readers.pairing import Pairing
from ykt_sim.trace.readers.ticks import Ticks

_NUMBER: Final = r"[ \t]*(\d{1,20}(?:\.\d{1,6})?)[ \t]*"
_ROW: Final = re.compile(
    rf"(?:{_NUMBER}\|{_NUMBER}\|)?[ \t]*(Rdr|Tag)[ \t]*\|([^|]*)(?:(\|)([^|]*)(?:\|.*)?)?"
)
_MORE: Final = re.compile(r"(?:[ \t]*\|[ \t]*\|)?[ \t]*\|([^|]*)(?:(\|)([^|]*)(?:\|.*)?)?")
_LIKE_ROW: Final = re.compile(r"\|[ \t]*(?:Rdr|Tag)\b|^[ \t]*(?:Rdr|Tag)[ \t]*\|")
_BYTE: Final = re.compile(r"[ \[\]]*([0-9A-Fa-f]{2})([!'])?(?:\((\d)\))?[ \[\]]*")
_CLEAN: Final = re.compile("[0-9A-Fa-f ]*")
_HEADER: Final = re.compile(r"Src[ \t]*\|[ \t]*Data \(! denotes parity error")
_MICROSECONDS: Final = re.compile(r"all times are in microseconds", re.IGNORECASE)
_PERIODS: Final = re.compile(r"all times are in carrier periods", re.IGNORECASE)
_UNTIMED: Final = re.compile(r"timings n/a", re.IGNORECASE)
#: The program prints no more of a frame than 18 rows of 18 bytes.
_MAX_ROWS: Final = 18
_MAX_SHOWN: Final = 18 * 18
#: Fewer digits than this are exact in floating point, ten times as well.
_EXACT: Final = 15
#: Tenths of microseconds in 2**32 carrier periods.
_TURN_OF_TENTHS: Final = round((1 << 32) / 1.356)


class _List:
    """The frame that is being put together, and the units."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._radio = IsoDep()
        self._contact: Pairing | None = None
        self._contact_possible = False
        self._timed = True
        self._relative = False
        self._ticks = {False: Ticks(CARRIER_HZ), True: Ticks(10_000_000, _TURN_OF_TENTHS)}
        self._micros = False
        self._end = 0
        self._t = 0.0
        self._frame: Frame | None = None
        self._data = bytearray()
        self._flaw, self._cut = "", False
        self._rows = 0

    def line(self, line: Line) -> Iterator[Found]:
        """One line of the listing."""
        text = line.text
        row = _ROW.fullmatch(text) if "Rdr" in text or "Tag" in text else None
        if row:
            yield from self.flush()
            start, end, side, data, whole, _crc = row.groups()
            self._time(start, end)
            who: Side = "reader" if side == "Rdr" else "card"
            timed = self._timed and start is not None
            self._frame = Frame(
                self._t, who, b"", timed=timed, offset=line.offset, line=line.number
            )
            self._data.clear()
            self._flaw, self._cut, self._rows = "", False, 0
            self._add(data, whole=whole is not None and not line.cut)
            return
        more = _MORE.fullmatch(text)
        if more and self._frame is not None and _BYTE.match(more[1]):
            self._add(more[1], whole=more[2] is not None and not line.cut)
            return
        if more and not more[1].strip():
            return
        yield from self.flush()
        if more and _BYTE.match(more[1]):
            yield from self._missing(line, "a continued row without its beginning")
        elif _LIKE_ROW.search(text):
            yield from self._missing(line, "expected start, end, Rdr or Tag, bytes and CRC")
        else:
            self._header(line)

    def _header(self, line: Line) -> None:
        text = line.text
        if _MICROSECONDS.search(text):
            self._micros = True
        elif _PERIODS.search(text):
            self._micros = False
        elif _UNTIMED.search(text):
            self._contact_possible, self._timed = True, False
        elif _HEADER.search(text):
            self._relative = "Gap" in text
        else:
            self._source.passed(line)

    def _time(self, start: str | None, end: str | None) -> None:
        """Time of a row; a row without times has the one before it."""
        if start is None or end is None or not self._timed:
            return
        micros = self._micros or "." in start
        # Tenths of microseconds, or periods: whole numbers in both units.
        scale = 10 if micros else 1
        first, second = _scaled(start, scale), _scaled(end, scale)
        if self._relative:
            # A gap below zero is printed as what is missing to 32 bits: a whole turn too much,
            # which the clock does not see.
            first += self._end
            self._end = first + second
        self._t = self._ticks[micros].seconds(first)

    def _add(self, data: str, *, whole: bool) -> None:
        self._rows += 1
        if self._rows > _MAX_ROWS:
            return
        if _CLEAN.fullmatch(data):
            # Two digits and blanks, as often as they stand there: what follows reads the same.
            with suppress(ValueError):
                self._data += bytes.fromhex(data)
                self._cut = self._cut or not whole
                return
        found, at = bytearray(), 0
        flaw, cut = self._flaw, self._cut or not whole
        while match := _BYTE.match(data, at):
            found.append(int(match[1], 16))
            if match[2] == "!" and not flaw:
                flaw = f"a parity error in byte {len(self._data) + len(found) - 1}"
            at = match.end()
        if data[at:].strip():
            flaw, cut = f"expected bytes in hex, got {data[at:].strip()[:20]!r}", True
        self._data += found
        self._flaw, self._cut = flaw, cut

    def _missing(self, line: Line, why: str) -> Iterator[Found]:
        yield from self._radio.missing(self._t, why, offset=line.offset, line=line.number)

    def flush(self) -> Iterator[Found]:
        """The frame that is being put together is complete."""
        frame, self._frame = self._frame, None
        if frame is None:
            return
        frame = msgspec.structs.replace(
            frame, data=bytes(self._data), flaw=self._flaw, cut=self._cut
        )
        if len(frame.data) == _MAX_SHOWN and not has_crc(frame.data):
            frame = msgspec.structs.replace(
                frame, cut=True, flaw="a listing shows 324 bytes of a frame"
            )
        if self._contact is None and self._contact_possible:
            self._contact_possible = False
            if len(frame.data) > 2 and not has_crc(frame.data) and not frame.cut:
                self._contact = Pairing("card 1", timed=False)
        if self._contact is None:
            yield from self._radio.feed(frame)
            return
        offset, line = frame.offset, frame.line
        if frame.side == "reader":
            yield from self._contact.command(frame.t, frame.data, offset=offset, line=line)
        elif not self._contact.waiting and frame.data[:1] in (b"\x3b", b"\x3f"):
            yield Found("card 1", Reset(t=frame.t, channel="card", atr=frame.data))
        else:
            yield from self._contact.answer(frame.t, frame.data, offset=offset, line=line)

    def end(self) -> Iterator[Found]:
        """The listing is over."""
        yield from self.flush()
        yield from self._radio.end()
        if self._contact is not None:
            yield from self._contact.close("the listing ends before the answer")


def _scaled(text: str, scale: int) -> int:
    """A number times the scale, whole; exact as long as floating point is."""
    if len(text) < _EXACT and text.isdecimal():
        return int(text) * scale
    return round(float(text) * scale)


def read(source: Source) -> Iterator[Found]:
    """What a listing shows."""
    listing = _List(source)
    for line in source.lines():
        yield from listing.line(line)
    yield from listing.end()


def sniff(head: bytes) -> int:
    """The header is unmistakable; a few rows without it are good enough."""
    text = head_text(head)
    if _HEADER.search(text):
        return 100
    rows = sum(1 for line in text.splitlines()[:200] if _ROW.fullmatch(line))
    return 90 if rows > 1 else 40 if rows else 0


FORMAT: Final = Format("proxmark-list", "Proxmark3 trace list (text)", sniff, read, ("pm3",))

"""What an Android phone's log shows between host and NFC chip (NCI).

::

    07-24 18:54:26.173   903  3890 D NxpNciX : len =   6 > 00000310A004

X is what the host sends, R what the chip sends. Data packets of connection 0 carry APDUs
while the ISO-DEP interface is active: in reader mode the host sends the commands, in card
emulation the chip does. Which it is stands in RF_INTF_ACTIVATED_NTF; a log that begins
later tells it by the first SELECT. Names and shapes differ with the vendor: ``NxpNciX``,
``BrcmNciX`` and the like with or without ``len``, ``StNfcHal: (#0001A) Rx 60 06``, and
``SecHAL: data_trace: Send( 10) 20 02``.

Not read: tags without ISO-DEP, whose frames are no APDUs, and the routing tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, Literal

from ykt_sim.trace.iso14443 import historical_bytes, pseudo_atr
from ykt_sim.trace.model import Note, Removed, Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, broken, head_text
from ykt_sim.trace.readers.isodep import ACTIVATED
from ykt_sim.trace.readers.names import Names
from ykt_sim.trace.readers.pairing import MAX_APDU, Pairing
from ykt_sim.trace.readers.ticks import Stamps

_Way = Literal["X", "R"]

_NCI: Final = re.compile(
    r"\b(?:"
    r"[A-Z][A-Za-z]{1,15}Nci([XR])[ \t]{0,40}"
    r"(?:(?:\([ \d]{1,8}\))?:|[\w.]{1,80}[ \t]{1,40}[VDIWEF][ \t])[ \t]*"
    r"(?:len[ \t]*=[ \t]*(\d{1,5})[ \t]*(?:<=|=>|>)[ \t]*)?"
    r"|StNfcHal[ \t]*(?:\([ \d]{1,8}\))?:[ \t]*\(#[0-9A-F]{1,8}\)[ \t]*([TR])x[ \t]+"
    r"|SecHAL[ \t]*(?:\([ \d]{1,8}\))?:[ \t]*data_trace:[ \t]*(Send|Recv)\([ \t]*(\d{1,5})\)[ \t]*"
    r")([0-9A-Fa-f \t]*)(.*)"
)
_LOGCAT: Final = re.compile(
    r"(?:(\d{4})[-:])?(\d\d)[-:](\d\d)[ -](\d\d):(\d\d):(\d\d)\.(\d{1,9})\b"
)
_DAYS: Final = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
_YEAR: Final = 366 * 86400

_DATA: Final = 0
_NOTIFICATION: Final = 0x60
_SEGMENT: Final = 0x10
_RF_GROUP: Final = 1
_ACTIVATED: Final = 0x05
_DEACTIVATED: Final = 0x06
_ISO_DEP: Final = 2
_LISTEN: Final = 0x80
_PASSIVE_A: Final = 0
_EMULATED: Final = "emulated card"
_SELECT: Final = b"\x00\xa4\x04"
_MAX_CONTROL: Final = 4096


class _Clock:
    """Times of a log; most have no year, so a step back by half a year is a new one."""

    def __init__(self) -> None:
        self._stamps = Stamps()
        self._years = 0
        self._last = Fraction(0)
        self.t = 0.0
        self.known = False

    def see(self, text: str) -> None:
        """Take a line's time, if it has one."""
        match = _LOGCAT.search(text[:80])
        if not match:
            return
        month = int(match[2])
        if not 1 <= month <= 12:
            return
        day = _DAYS[month - 1] + int(match[3])
        seconds = ((day * 24 + int(match[4])) * 60 + int(match[5])) * 60 + int(match[6])
        stamp = seconds + Fraction(int(match[7]), 10 ** len(match[7])) + self._years * _YEAR
        if stamp < self._last - _YEAR // 2:
            self._years += 1
            stamp += _YEAR
        self._last = stamp
        self.t, self.known = self._stamps.seconds(stamp), True


class _Log:
    """The state of the chip as far as the log shows it."""

    def __init__(self) -> None:
        self.clock = _Clock()
        self._names = Names()
        self._pairing: Pairing | None = None
        self._commands: _Way | None = None
        self._iso_dep = True
        self._present = False
        self._parts: dict[_Way, bytearray] = {"X": bytearray(), "R": bytearray()}
        self._control: bytes = b""
        self._first: Line | None = None

    def packet(self, way: _Way, data: bytes, line: Line) -> Iterator[Found]:
        """One NCI packet."""
        if len(data) < 3 or len(data) != 3 + data[2]:
            told = 3 + data[2] if len(data) > 2 else 3
            yield from self._broken(line, f"expected a packet of {told} bytes, got {len(data)}")
            return
        kind, segment = data[0] & 0xE0, bool(data[0] & _SEGMENT)
        if kind == _DATA:
            if not data[0] & 0x0F and self._iso_dep:
                yield from self._data(way, data[3:], line, more=segment)
        elif kind == _NOTIFICATION and data[0] & 0x0F == _RF_GROUP and way == "R":
            whole = self._control + data[3:]
            self._control = whole if segment and len(whole) <= _MAX_CONTROL else b""
            if segment:
                return
            if data[1] == _ACTIVATED:
                yield from self._activated(whole, line)
            elif data[1] == _DEACTIVATED:
                yield from self._deactivated()

    def _data(self, way: _Way, data: bytes, line: Line, *, more: bool) -> Iterator[Found]:
        part = self._parts[way]
        part += data
        if len(part) > MAX_APDU:
            part.clear()
            yield from self._broken(line, f"an APDU longer than {MAX_APDU} bytes")
            return
        if more:
            return
        apdu = bytes(part)
        part.clear()
        if self._commands is None:
            if apdu[:3] != _SELECT:
                why = "a data packet before any activation or SELECT: its direction is not known"
                yield from self._broken(line, why)
                return
            self._commands = way
        if self._pairing is None:
            name = self._names.name("") if self._commands == "X" else _EMULATED
            self._pairing = Pairing(name, timed=self.clock.known)
            self._present = True
        where = {"offset": line.offset}
        if way == self._commands:
            yield from self._pairing.command(self.clock.t, apdu, line=line.number, **where)
        else:
            yield from self._pairing.answer(self.clock.t, apdu, line=line.number, **where)

    def _activated(self, data: bytes, line: Line) -> Iterator[Found]:
        yield from self._gone("the next activation came before the answer")
        if len(data) < 7 or len(data) < 7 + data[6]:
            yield from self._broken(line, "expected an activation with its parameters")
            return
        self._iso_dep = data[1] == _ISO_DEP
        mode = data[3]
        self._commands = "R" if mode & _LISTEN else "X"
        if not self._iso_dep:
            return
        self._present = True
        if mode & _LISTEN:
            self._pairing = Pairing(_EMULATED, timed=self.clock.known)
            return
        uid, atr = _identity(mode, data)
        self._pairing = Pairing(self._names.name(uid), timed=self.clock.known)
        session, t = self._pairing.session, self.clock.t
        if uid:
            yield Found(session, Note(t=t, text=ACTIVATED, data={"uid": uid}))
        if atr is not None:
            yield Found(session, Reset(t=t, channel="card", atr=atr))

    def _deactivated(self) -> Iterator[Found]:
        yield from self._gone("the card was deactivated before the answer")
        self._iso_dep = True
        self._commands = None

    def _gone(self, why: str) -> Iterator[Found]:
        for part in self._parts.values():
            part.clear()
        if self._pairing is not None:
            yield from self._pairing.close(why)
            if self._present:
                yield Found(self._pairing.session, Removed(t=self.clock.t, channel="card"))
        self._pairing, self._present = None, False

    def _broken(self, line: Line, why: str) -> Iterator[Found]:
        session = self._pairing.session if self._pairing else self._names.first
        yield broken(
            session, self.clock.t, why, offset=line.offset, line=line.number, raw=line.text[-60:]
        )

    def damaged(self, line: Line, why: str) -> Iterator[Found]:
        """A line that should hold a packet and does not."""
        for part in self._parts.values():
            part.clear()
        if self._pairing is not None:
            yield from self._pairing.close("a line after it is damaged")
        yield from self._broken(line, why)

    def end(self) -> Iterator[Found]:
        """The log is over."""
        if self._pairing is not None:
            yield from self._pairing.close("the log ends before the answer")


def _identity(mode: int, data: bytes) -> tuple[str, bytes | None]:
    """UID and ATR of a card of type A; for others and for short notifications, neither."""
    if mode != _PASSIVE_A:
        return "", None
    end = 7 + data[6]
    params, rest = data[7:end], data[end:]
    uid = ""
    if len(params) > 2 and len(params) >= 3 + params[2]:
        uid = params[3 : 3 + params[2]].hex().upper()
    # Technology and two bit rates, the length of what follows, and the length of the ATS
    # without its own length byte.
    if len(rest) < 5 or rest[4] > rest[3] or len(rest) < 5 + rest[4]:
        return uid, None
    ats = rest[5 : 5 + rest[4]]
    historical = historical_bytes(bytes((len(ats) + 1 & 0xFF,)) + ats)
    return uid, None if historical is None else pseudo_atr(historical)


def read(source: Source) -> Iterator[Found]:
    """The APDUs of a log."""
    log = _Log()
    for line in source.lines():
        match = None if line.cut else _NCI.search(line.text)
        if not match:
            source.passed(line)
            continue
        log.clock.see(line.text)
        nci, size, st, sec, sec_size, text, tail = match.groups()
        if "hidden" in tail:
            continue
        way: _Way = "X" if nci == "X" or st == "T" or sec == "Send" else "R"
        digits = "".join(text.split())
        told = int(size or sec_size or len(digits) // 2)
        if tail.strip() or len(digits) % 2 or len(digits) != 2 * told:
            why = f"expected {told} bytes in hex, got {len(digits)} digits"
            yield from log.damaged(line, why)
            continue
        yield from log.packet(way, bytes.fromhex(digits), line)
    yield from log.end()


def sniff(head: bytes) -> int:
    """Packets in both directions are unmistakable."""
    ways = set()
    for line in head_text(head).splitlines():
        match = _NCI.search(line)
        if match and match[6].strip():
            ways.add(match[1] or match[3] or match[4])
    return {0: 0, 1: 70}.get(len(ways), 95)


FORMAT: Final = Format("nci", "Android NCI log (NxpNciX, NxpNciR and others)", sniff, read)

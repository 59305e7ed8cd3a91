"""What becomes of each field of a command or answer in a trace that is given away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ykt_sim.meaning.hiding.identities import CARD_FIELDS, FACTOR_DIGITS, is_kept, is_sam_serial
from ykt_sim.meaning.understand import Piece
from ykt_sim.rework.pseudonyms import Pseudonyms
from ykt_sim.wire.digits import iso_date, iso_datetime, iso_month_day, unpack_pan

_UID_KEPT: Final = 2
#: Longest field without a known meaning that cannot hold anybody's number.
SHORT: Final = 2
_DAY: Final = 86_400
_LEAP_YEAR: Final = "2000"
_MOMENT_DIGITS: Final = 14


def identity(names: Pseudonyms, piece: Piece) -> bytes:
    """Give the replacement of an identity field."""
    name, raw = piece.name, piece.raw
    if is_kept(name):
        return raw
    text = raw.strip(b"\0")
    if name.endswith("vehicle") and text.isdigit():
        # Vehicle numbers are often written in ASCII digits; they stay digits.
        return raw.replace(text, names.other("vehicle", text.decode("ascii")).encode())
    return bytes.fromhex(_replaced(names, piece, raw.hex().upper()))


def _replaced(names: Pseudonyms, piece: Piece, digits: str) -> str:
    name = piece.name
    if name.endswith("terminal") or is_sam_serial(piece):
        return names.terminal(digits)
    if name == "pan":
        return _pan(names, digits)
    if name in CARD_FIELDS:
        return names.lnt(digits)
    if name == "factor1":
        return names.factor(digits)
    return names.other(name, digits, _UID_KEPT if name == "uid" else 0)


def _pan(names: Pseudonyms, digits: str) -> str:
    """Replacement in the packing of the original: right-aligned after zeros or before F."""
    number = unpack_pan(digits)
    if number is None:
        return names.pan(digits)
    new = names.pan(number)
    return digits.replace(number, new) if len(number) >= FACTOR_DIGITS else new.rjust(20, "0")


def pin(names: Pseudonyms, raw: bytes, published: Mapping[bytes, bytes]) -> bytes:
    """Give another PIN, or two others with FF between and behind them.

    Args:
        names: the replacements.
        raw: the PINs as sent.
        published: replacements that are settled already.
    """
    return b"\xff".join(
        published.get(part) or bytes.fromhex(names.other("pin", part.hex().upper()))
        for part in raw.split(b"\xff")
    )


def shifted(piece: Piece, shift: Shift) -> bytes:
    """Give a date field moved; what holds no date stays as it is."""
    digits = piece.raw.hex().upper()
    if piece.name.endswith("seconds"):
        count = int.from_bytes(piece.raw, "big")
        moved = max(0, count + _DAY * shift.days)
        return moved.to_bytes(piece.size, "big") if count else piece.raw
    if piece.name == "month_day":
        return bytes.fromhex(shift.month_day(digits))
    return bytes.fromhex(shift.moment(digits))


@dataclass(frozen=True)
class Shift:
    """How dates are moved.

    Attributes:
        days: how far; 0 leaves everything.
        today: day of the recording: gives a year to dates without one, and a day to months.
    """

    days: int
    today: date

    def digits(self, digits: str) -> str:
        """``YYYYMMDD...`` moved; anything that is no date comes back as it is."""
        found = iso_date(digits[:8])
        if found is None:
            return digits
        try:
            moved = date.fromisoformat(found) + timedelta(days=self.days)
        except OverflowError:
            return digits
        return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}{digits[8:]}"

    def month_day(self, digits: str) -> str:
        """``MMDD`` moved."""
        if iso_month_day(digits) is None:
            return digits
        whole = f"{self.today.year:04d}{digits}"
        if iso_date(whole) is None:
            whole = _LEAP_YEAR + digits
        return self.digits(whole)[4:8]

    def moment(self, digits: str) -> str:
        """Seven bytes of date and time moved, or of a Lingnan Tong tail, or a date."""
        if len(digits) != _MOMENT_DIGITS or iso_datetime(digits) is not None:
            return self.digits(digits)
        return digits[:4] + self.month_day(digits[4:8]) + digits[8:]

    def month(self, year: bytes, month: bytes) -> tuple[bytes, bytes]:
        """Year (two digits) and month of a record of sums, moved as today's day in it."""
        for day in (f"{self.today.day:02d}", "28"):
            moved = self.digits("20" + year.hex() + month.hex() + day)
            if iso_date(moved[:8]) is not None:
                return bytes.fromhex(moved[2:4]), bytes.fromhex(moved[4:6])
        return year, month


def holds_nothing(piece: Piece) -> bool:
    """True for a field of unknown meaning that is too short for a number."""
    return piece.size <= SHORT and piece.name != "checksum"


def with_check_byte(atr: bytes, pieces: tuple[Piece, ...]) -> bytes:
    """Give a changed ATR a check byte that fits again, if it has one [ISO 7816-3]."""
    place = next((piece.offset for piece in pieces if piece.name == "check"), None)
    if place is None:
        return atr
    check = 0
    for value in atr[1:place]:
        check ^= value
    return atr[:place] + bytes((check,)) + atr[place + 1 :]

"""Dates and times of a terminal, moved together.

A terminal writes one moment into many fields: under the MAC, into the log, into the records
of a ride. All of them move by the same span, so what was later stays later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ykt_sim.errors import UsageError
from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.understand import Piece, Understood
from ykt_sim.rework.sanitise.fields import Shift
from ykt_sim.trace.model import Exchange, Trace
from ykt_sim.wire.digits import iso_date, iso_datetime, iso_month_day

_DAY: Final = 8
_MOMENT: Final = 14
_MIDNIGHT: Final = "00"
_BASE_YEAR: Final = 2000


@dataclass(frozen=True)
class Move:
    """By how much, and in which year dates without a year lie.

    Attributes:
        span: what is added to every moment.
        begun: the terminal's clock in the trace, its first moment.
    """

    span: timedelta
    begun: datetime

    def pieces(self, pieces: Iterable[Piece]) -> Iterator[tuple[int, bytes]]:
        """Offsets and new bytes of the date fields among the pieces of a command."""
        held: Piece | None = None  # a field that may make a moment with the next one
        for piece in pieces:
            dated = piece.byte_class is ByteClass.DATE
            pair = _pair(held, piece) if dated else ""
            if held is not None and pair:
                moved = self._digits(held.raw + piece.raw, pair)
                yield held.offset, moved[: held.size]
                yield piece.offset, moved[held.size :]
                held = None
                continue
            if held is not None:
                yield held.offset, self._alone(held)
            held = piece if dated and piece.name in _FIRSTS else None
            if dated and held is None:
                yield piece.offset, self._alone(piece)
        if held is not None:
            yield held.offset, self._alone(held)

    def _alone(self, piece: Piece) -> bytes:
        digits = piece.raw.hex().upper()
        if piece.name.endswith("seconds"):
            count = int.from_bytes(piece.raw, "big")
            moved = count + int(self.span.total_seconds())
            limit = 256**piece.size
            return moved.to_bytes(piece.size, "big") if count and 0 <= moved < limit else piece.raw
        if len(digits) == _MOMENT:
            return bytes.fromhex(self.moment(digits))
        days = Shift(self._days(), self.begun.date())
        if piece.name == "month_day":
            return bytes.fromhex(days.month_day(digits))
        return bytes.fromhex(days.digits(digits)) if len(digits) == _DAY else piece.raw

    def _days(self) -> int:
        try:
            return ((self.begun + self.span).date() - self.begun.date()).days
        except OverflowError:
            return self.span.days

    def _digits(self, raw: bytes, pair: str) -> bytes:
        digits = raw.hex().upper()
        if pair == "month":
            shift = Shift(self._days(), self.begun.date())
            return b"".join(shift.month(raw[:1], raw[1:]))
        if pair == "moment":
            return bytes.fromhex(self.moment(digits))
        return bytes.fromhex(self._short(digits))

    def moment(self, digits: str) -> str:
        """Seven bytes: date and time, or the tail that Lingnan Tong puts in their place."""
        if iso_datetime(digits) is None:
            return digits[:4] + self._short(digits[4:12]) + digits[12:]
        return self._moved(digits)

    def _short(self, digits: str) -> str:
        """``MMDDhhmm``, in the year of the recording."""
        if iso_month_day(digits[:4]) is None:
            return digits
        for year in (self.begun.year, _BASE_YEAR):
            whole = f"{year:04d}{digits}{_MIDNIGHT}"
            if iso_datetime(whole) is not None:
                return self._moved(whole)[4:12]
        return digits

    def _moved(self, digits: str) -> str:
        try:
            moved = datetime.fromisoformat(str(iso_datetime(digits))) + self.span
        except OverflowError:
            return digits
        return f"{moved.year:04d}{moved:%m%d%H%M%S}"


_FIRSTS: Final = {"month_day": "short", "date": "moment", "year": "month"}
_SECONDS: Final = {"month_day": "hour_minute", "date": "time", "year": "month"}


def _pair(first: Piece | None, second: Piece) -> str:
    """What two fields make together: ``short``, ``moment``, ``month``; empty for nothing."""
    if first is None or first.offset + first.size != second.offset:
        return ""
    return _FIRSTS[first.name] if _SECONDS.get(first.name) == second.name else ""


def move_to(target: str, items: Iterable[Understood], trace: Trace) -> Move:
    """How to move a trace so that its terminal's clock begins at another moment.

    Args:
        target: 14 digits, or 8 for a day; then times of day stay.
        items: the events of the trace.
        trace: whose header tells the day where the commands do not.

    Raises:
        UsageError: the target is no date, or the trace has none to begin from.
    """
    day = iso_date(target[:_DAY])
    whole = iso_datetime(target) if len(target) == _MOMENT else day
    if whole is None or day is None or len(target) not in {_DAY, _MOMENT}:
        raise UsageError(f"{target!r} is no date: expected YYYYMMDD or YYYYMMDDhhmmss")
    begun = _begun(items, trace)
    if begun is None:
        raise UsageError("the trace holds no date of its terminal, so none can be moved")
    if len(target) == _DAY:
        return Move(date.fromisoformat(day) - begun.date(), begun)
    return Move(datetime.fromisoformat(whole) - begun, begun)


def _begun(items: Iterable[Understood], trace: Trace) -> datetime | None:
    """The first moment that the terminal sent; a date without a year takes the header's."""
    try:
        noted = datetime.fromisoformat(trace.header.created).replace(tzinfo=None)
    except ValueError:
        noted = None
    for item in items:
        if not isinstance(item.event, Exchange):
            continue
        short = ""
        for piece in item.command:
            if piece.byte_class is not ByteClass.DATE:
                continue
            digits = piece.raw.hex()
            found = iso_datetime(digits)
            if found is not None:
                return datetime.fromisoformat(found)
            short = digits if piece.name == "month_day" else short
            if piece.name == "hour_minute" and short and noted is not None:
                found = iso_datetime(f"{noted.year:04d}{short}{digits}{_MIDNIGHT}")
                if found is not None:
                    return datetime.fromisoformat(found)
    return noted

"""When bytes can be what a layout takes them for: conditions on fields, and what breaks one.

A record says by `record.field(fits=...)` what must hold of a field that it is believed.
`record.Record.misfit` asks. Parsing does not: a card or terminal that holds nonsense is read
as it is; only who explains bytes of unknown origin must ask first (`meaning.layouts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ykt_sim.wire.digits import iso_date, iso_datetime, iso_month_day, iso_time, seconds_1988

#: Years that a date on a transit card can have: the first cards, a century's end.
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2099
#: No amount or balance of a T-Union purse is higher, fen [LAB].
MOST_FEN: Final = 0xFF_FFFF
#: Readers ignore this bit of a balance; some cards set it [CODE x5].
_TOP_BIT: Final = 0x80


class Fits(NamedTuple):
    """A condition on a field's bytes, and what it expects in words."""

    expects: str
    holds: Callable[[bytes], bool]


class Misfit(NamedTuple):
    """Why a layout is not the one of some bytes.

    Attributes:
        layout: name of the record.
        field: whose condition does not hold.
        offset: of the field in the record.
        expects: what the layout expects there.
        found: the bytes, hex.
    """

    layout: str
    field: str
    offset: int
    expects: str
    found: str

    def __str__(self) -> str:
        return (
            f"{self.layout}: {self.field} at byte {self.offset} is {self.found}, "
            f"expected {self.expects}"
        )


def is_blank(data: bytes) -> bool:
    """True for bytes that are all 00 or all FF: never written."""
    return bool(data) and (not data.strip(b"\x00") or not data.strip(b"\xff"))


def is_no_balance(value: int) -> bool:
    """True for four bytes that no purse can hold, the top bit that some cards set aside."""
    return value & ~(_TOP_BIT << 24) > MOST_FEN


def _in_range(digits: str) -> bool:
    return FIRST_YEAR <= int(digits[:4]) <= LAST_YEAR


def _day(chunk: bytes) -> bool:
    return iso_date(chunk.hex()) is not None and _in_range(chunk.hex())


def _moment(chunk: bytes) -> bool:
    return iso_datetime(chunk.hex()) is not None and _in_range(chunk.hex())


def _text(chunk: bytes, encoding: str) -> bool:
    """True for text between NUL, FF and blanks."""
    try:
        text = chunk.strip(b"\x00\xff ").decode(encoding)
    except UnicodeDecodeError:
        return False
    return text.isprintable()


def _or_blank(condition: Fits) -> Fits:
    return Fits(
        f"{condition.expects}, or nothing written",
        lambda chunk: is_blank(chunk) or condition.holds(chunk),
    )


_YEARS: Final = f"{FIRST_YEAR} to {LAST_YEAR}"
DAY: Final = Fits(f"a BCD date of {_YEARS}", _day)
DAY_OR_NONE: Final = _or_blank(DAY)
MOMENT: Final = Fits(f"a BCD date and time of {_YEARS}", _moment)
MOMENT_OR_NONE: Final = _or_blank(MOMENT)
SECONDS_1988: Final = Fits(
    f"seconds from 1988 to a moment of {_YEARS}, or nothing written",
    lambda chunk: (
        is_blank(chunk)
        or FIRST_YEAR <= int(seconds_1988(int.from_bytes(chunk, "big"))[:4]) <= LAST_YEAR
    ),
)
CLOCK: Final = Fits("a BCD time of day", lambda chunk: iso_time(chunk.hex()) is not None)
MONTH_DAY: Final = Fits("a BCD month and day", lambda c: iso_month_day(c.hex()) is not None)
MONTH_OR_NONE: Final = Fits(
    "a BCD month, or 00", lambda c: c.hex() in {f"{number:02d}" for number in range(13)}
)
DIGITS: Final = Fits("BCD digits", lambda chunk: chunk.hex().isdecimal())
FEN: Final = Fits(f"at most {MOST_FEN} fen", lambda chunk: int.from_bytes(chunk, "big") <= MOST_FEN)
BALANCE: Final = Fits(
    f"at most {MOST_FEN} fen, the top bit aside",
    lambda chunk: not is_no_balance(int.from_bytes(chunk, "big")),
)
#: Institution: eight digits and filling, FF as the laboratory says; field devices fill with 00.
INSTITUTION: Final = Fits(
    "eight digits, not all zero, and filling",
    lambda c: c[:4].hex().isdecimal() and any(c[:4]) and is_blank(c[4:]),
)
NOT_ZERO: Final = Fits("not zero", any)
CITY: Final = Fits("four digits, not all zero", lambda c: c.hex().isdecimal() and any(c))
MINUTES: Final = Fits("at most a day", lambda chunk: int.from_bytes(chunk, "big") <= 24 * 60)
#: Vehicles are numbered in ASCII, right-aligned behind NUL or blanks [CODE x3].
VEHICLE: Final = Fits(
    "ASCII behind NUL, or nothing written",
    lambda chunk: is_blank(chunk) or _text(chunk, "ascii"),
)
NAME: Final = Fits("Chinese text or nothing written", lambda c: is_blank(c) or _text(c, "gb18030"))


def exactly(*values: bytes) -> Fits:
    """One of these values and nothing else."""
    return Fits(" or ".join(one.hex().upper() for one in values), lambda chunk: chunk in values)

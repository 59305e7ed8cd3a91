"""One field of a card's files that is another: every field that a terminal reads, from the layouts.

A change is written ``FILE.FIELD:WHAT``. Files are those of the T-Union purse: ``2701`` and
``2702`` of EF 1A, ``19``, ``1E``, and ``15`` and ``17`` as far as a card's numbers make them; and
``18``, the entry in a Lingnan Tong log, whose gate and minute are chosen. What a change means
depends on the field's type, not on its name, so that a field that is added to a layout is tried
like all others:

==============  ==============================================================================
``digitN``      the N-th digit, from 0, is one more: digits and identifiers
``N``           the number itself: amounts, counters, states
``zero``        all bits are 0, ``ones`` all are 1; ``all`` is the field that is the whole record
                behind its head
``own``         what the terminal under test writes of itself there: city, acquirer, terminal
a moment        ``minute``, ``day``, ``month``, ``year`` before, ``midnight``, ``ahead``
==============  ==============================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from ykt_conformance.drive.steps import Impossible
from ykt_sim.codes import OpenIntEnum
from ykt_sim.profiles.cards import Identity
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import (
    BusRecord,
    MonthlyStatistics,
    RailRecord,
    TripRecord,
    TunionApplication,
    TunionCardInfo,
)
from ykt_sim.wire.record import FieldSpec, Record

#: Files that a purchase writes, and those that personalisation makes.
WRITTEN: Final[Mapping[str, type[Record]]] = {
    "2701": RailRecord, "2702": BusRecord, "19": MonthlyStatistics, "1E": TripRecord,
}  # fmt: skip
_MADE: Final[Mapping[str, type[Record]]] = {"15": TunionApplication, "17": TunionCardInfo}
_LAYOUTS: Final = {**WRITTEN, **_MADE}
#: What an entry in a Lingnan Tong log may hold: the gate, and when that was.
_GATE, _WHEN = "18.terminal", "18.month_day"
_GATE_DIGITS: Final = 12
#: Fields of `_MADE` that an `Identity` holds, and its names for them.
_IDENTITY: Final[Mapping[str, str]] = {
    "15.issuer": "issuer", "15.pan": "pan", "15.reserved": "reserved", "17.province": "province",
    "17.city": "city", "17.interoperability": "interoperability",
}  # fmt: skip
#: Which record it is, is no field of a record that is found by it.
_HEAD: Final[Mapping[str, int]] = {"2701": 3, "2702": 3, "19": 2, "1E": 0}
_NUMBERS: Final = (0, 1, 0xFF, 0x100, 0xFFFF, 0x10000, 0xFFFFFF)
_SOME: Final = datetime(2025, 6, 1, 8, tzinfo=UTC)
_FORMAT: Final = "%Y%m%d%H%M%S"
#: Identifiers up to so many bytes are tried digit by digit; of longer ones both ends, and both
#: sides of the middle, where a number ends that is filled up.
_SHORT: Final = 4
_ALL: Final = "all"
#: Fields that hold what a terminal writes of itself, by the last word of their names.
_OWN: Final = ("city", "acquirer", "terminal")


def _back(moment: datetime, months: int) -> datetime:
    """The same day and time so many months before; the 28th of a month that is too short."""
    at = 12 * moment.year + moment.month - 1 - months
    return moment.replace(year=at // 12, month=at % 12 + 1, day=min(moment.day, 28))


_MOMENTS: Final[Mapping[str, Callable[[datetime], datetime]]] = {
    "minute": lambda at: at - timedelta(minutes=1),
    "day": lambda at: at - timedelta(days=1),
    "month": lambda at: _back(at, 1),
    "year": lambda at: _back(at, 12),
    "midnight": lambda at: at.replace(hour=0, minute=0, second=0) - timedelta(seconds=1),
    "ahead": lambda at: at + timedelta(days=1),
}


# -- which there are ----------------------------------------------------------------------------


def changes_of(file: str, *, thorough: bool = False) -> tuple[str, ...]:
    """Every change of a file, field by field; ``thorough``: each digit of long identifiers too."""
    if file == "18":
        gates = (f"{_GATE}:digit{at}" for at in range(_GATE_DIGITS))
        return (*gates, *(f"{_WHEN}:{what}" for what in _MOMENTS if what != "ahead"))
    layout, found = _LAYOUTS[file], []
    example = layout.parse(bytes.fromhex(layout.EXAMPLE))
    for spec in layout.LAYOUT:
        name = f"{file}.{spec.name}"
        if spec.offset < _HEAD.get(file, 0) or (file in _MADE and name not in _IDENTITY):
            continue
        whats = _whats(spec, getattr(example, spec.name), thorough=thorough)
        found += [f"{name}:{what}" for what in whats if _can(name, what)]
        found += [f"{name}:own"] if _last(spec.name) in _OWN else []
    if file in WRITTEN:
        found += [f"{file}.{_ALL}:zero", f"{file}.{_ALL}:ones"]
    return tuple(found)


def _last(name: str) -> str:
    return name.rpartition(".")[2].rpartition("_")[2]


def own_of(place: Mapping[str, Any]) -> dict[str, str]:
    """What a terminal writes of itself, from the part of its statement that says so; digits."""
    number = f"{place['terminal_prefix']}{place['terminal_number']}"
    return {"city": place["city"], "acquirer": place["acquirer"], "terminal": number}


def _can(name: str, what: str) -> bool:
    """What stands behind an issuer's eight digits is always F; a PAN begins with a filling 0."""
    if name == "15.issuer":
        return what.startswith("digit") and int(what[5:]) < 8
    return name != "15.pan" or what not in {"digit0", "zero", "ones"}


def _whats(spec: FieldSpec, value: Any, *, thorough: bool) -> Iterator[str]:
    if spec.kind is FieldKind.DATE and spec.size == 7:
        yield from _MOMENTS
        yield from ("zero", "ones")
    elif isinstance(value, OpenIntEnum):
        yield from (str(int(one)) for one in type(value))
    elif isinstance(value, int):
        yield from (str(n) for n in _NUMBERS if n < 1 << 8 * spec.size)
    elif isinstance(value, str):
        size = spec.size
        some = range(2 * size) if thorough or size <= _SHORT else _ends(spec)
        yield from (f"digit{at}" for at in some)
    else:
        yield "ones"


def _ends(spec: FieldSpec) -> Iterable[int]:
    if spec.name in {"issuer", "pan"}:  # every digit of what begins them tells them apart
        return range(2 * spec.size)
    return (0, 1, spec.size - 1, spec.size, 2 * spec.size - 1)


# -- bringing one about ---------------------------------------------------------------------------


def file_of(change: str) -> str:
    """The file that a change is of."""
    return change.partition(".")[0]


def problem(change: str) -> str:
    """What is wrong with a change; empty where nothing is."""
    name, _, what = change.partition(":")
    file, _, field = name.partition(".")
    layout = _LAYOUTS.get(file)
    if file == "18":
        return "" if change in changes_of(file) else f"18 has {_GATE}:digitN and {_WHEN}"
    if layout is None:
        return f"a file is one of {', '.join(_LAYOUTS)}, 18"
    fields = {spec.name: spec for spec in layout.LAYOUT}
    if field != _ALL and field not in fields:
        return f"{file} has no such field"
    if file in _MADE and name not in _IDENTITY:
        return f"of {file} there are {', '.join(_IDENTITY)}"
    digit = what.startswith("digit") and what[5:].isdecimal() and len(what) < 9
    number = what.isdecimal() and what.isascii() and len(what) < 9
    return (
        ""
        if digit or number or what in {"zero", "ones", *_MOMENTS}
        else ("" if what == "own" and _last(field) in _OWN else "no such change")
    )


def altered(record: bytes, change: str, own: Mapping[str, str]) -> bytes:
    """A record with a change of `WRITTEN`.

    Args:
        record: as it is.
        change: what is to be another.
        own: of the terminal, from `own_of`.

    Raises:
        Impossible: the record does not hold what is to be changed.
    """
    name, _, what = change.partition(":")
    file, _, field = name.partition(".")
    layout, head = WRITTEN[file], _HEAD[file]
    if len(record) != layout.SIZE:
        raise Impossible(f"the card has no such record of {file}")
    if field == _ALL:
        return record[:head] + _bits(what, len(record) - head)
    spec = next(one for one in layout.LAYOUT if one.name == field)
    start, end = spec.offset, spec.offset + spec.size
    what = own[_last(field)] if what == "own" else what
    new = bytes.fromhex(what) if change.endswith(":own") else _other(record[start:end], what)
    return record[:start] + new + record[end:]


def entered(gate: str, moment: str, changes: Iterable[str]) -> tuple[str, str]:
    """Gate and moment of an entry in a Lingnan Tong log, with the changes of it."""
    for change in changes:
        name, _, what = change.partition(":")
        if name == _GATE:
            gate = _other(bytes.fromhex(gate), what).hex().upper()
        elif name == _WHEN:
            moment = _other(bytes.fromhex(moment), what).hex()
    return gate, moment


def someone(identity: Identity, changes: Iterable[str], own: Mapping[str, str]) -> Identity:
    """A card's numbers with those of the changes that are of EF 15 or 17; `own` as in `altered`.

    Raises:
        Impossible: it has no such digit.
    """
    for change in changes:
        name, _, what = change.partition(":")
        if name in _IDENTITY and what == "own":
            identity = replace(identity, **{_IDENTITY[name]: own[_last(name)]})
        elif name in _IDENTITY:
            digits = getattr(identity, _IDENTITY[name])
            # An odd number of digits has a filling 0 before it on the card.
            other = _other(bytes.fromhex("0" * (len(digits) % 2) + digits), what).hex().upper()
            identity = replace(identity, **{_IDENTITY[name]: other[len(digits) % 2 :]})
    return identity


def _bits(what: str, size: int) -> bytes:
    return bytes(size) if what == "zero" else b"\xff" * size


def _other(old: bytes, what: str) -> bytes:
    if what in {"zero", "ones"}:
        return _bits(what, len(old))
    if what in _MOMENTS:
        try:
            at = datetime.strptime(old.hex(), _FORMAT).replace(tzinfo=UTC)
        except ValueError:
            at = _SOME  # where there is none, there is one now
        return bytes.fromhex(f"{_MOMENTS[what](at):{_FORMAT}}")
    if what.startswith("digit"):
        place, digits = int(what[5:]), old.hex()
        if place >= len(digits):
            raise Impossible(f"{digits} has no digit {place}")
        more = (int(digits[place], 16) + 1) % 10
        return bytes.fromhex(f"{digits[:place]}{more}{digits[place + 1 :]}")
    try:
        return int(what).to_bytes(len(old), "big")
    except OverflowError:
        raise Impossible(f"{what} does not fit {len(old)} bytes") from None

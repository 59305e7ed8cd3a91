"""Which layout bytes of a card have: every candidate is asked, and only one that fits is used.

A `Place` is where bytes come from: a file of an application, or 9F0C of an FCI. It names the
layouts that are known there. `read` asks each (`record.Record.misfit`):

* none fits: the bytes stay raw, and `Decoded.misfits` says why for each;
* one fits: it is used;
* several fit: the one that other fields bear out, else the one that asks most of the bytes, is
  used, and `Decoded.also` names the others with what they say differently;
* all 00 or all FF: the place was never written.

Bytes that each maker uses as he likes (`_PRIVATE`) are read by all layouts known for them that
fit. No layout of a maker is the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ykt_sim.codes import TripType
from ykt_sim.errors import ReadError
from ykt_sim.meaning.spans import (
    Decoded,
    Reading,
    Span,
    decode_record,
    field_spans,
    head_size,
    json_fields,
)
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import (
    FILE_RECORDS,
    BusRecord,
    BusTailOne,
    BusTailTwo,
    LntTransactionRecord,
    TripRecord,
    TripSerial,
    VariableRecord,
)
from ykt_sim.wire.fits import MOST_FEN, Misfit, is_blank, is_no_balance
from ykt_sim.wire.record import Record

Layouts = tuple[type[Record], ...]

#: Bytes of a record that makers fill differently: where they begin, and whose layouts are known.
_PRIVATE: Final[dict[type[Record], tuple[tuple[int, Layouts], ...]]] = {
    BusRecord: ((102, (BusTailOne, BusTailTwo)),),
    TripRecord: ((9, (TripSerial,)),),
}
#: What real cards say against the table of trip types [DUMP x250].
_TRIP_DOUBTS: Final[dict[int, str]] = {
    TripType.EC_ENTRY: "type 01 is an entry with e-cash; intercity rail writes it for a purse too",
    TripType.EC_EXIT: "type 02 is an exit with e-cash; buses of some cities write it for a single "
    "ride, intercity rail for an exit with a purse",
    TripType.EC_SINGLE: "type 05 is a single ride with e-cash; buses of some cities write it "
    "where no debit of e-cash was seen",
    TripType.EC_LOAD: "type 09 is a load of e-cash; terminals of some cities write it for a ride",
}
#: BCD years that a record can be of.
_YEARS: Final = (0x1990, 0x2099)
#: What stands behind the eight digits of an institution.
_FILLED: Final = "F" * 8
#: Country of every card that was seen [CODE x3][DUMP].
_CHINA: Final = "00000156"


def _unusual(name: str, usual: str, what: str) -> Callable[[object], str | None]:
    """Words for a value that no card that was seen has."""
    return lambda value: None if value == usual else f"{name} {value}: {what}"


#: What speaks against a field, by record and name: words, or nothing for a value like others.
_FIELD_DOUBTS: Final[dict[tuple[str, str], Callable[[object], str | None]]] = {
    ("TripRecord", "type"): lambda value: (
        _TRIP_DOUBTS.get(value) if isinstance(value, TripType) else None
    ),
    ("TransactionRecord", "overdraft_limit"): lambda value: (
        "overdraft_limit: cards of Shanghai keep a running value there, no limit" if value else None
    ),
    ("TunionCardInfo", "country"): _unusual(
        "country", _CHINA, f"every card that was seen has {_CHINA}"
    ),
    ("EcashCardInfo", "country"): _unusual(
        "country", _CHINA, f"every card that was seen has {_CHINA}"
    ),
    ("TunionApplication", "application_type"): _unusual(
        "application_type", "02", "every card that was seen has 02"
    ),
    ("TunionApplication", "enable_flag"): _unusual(
        "enable_flag",
        "01",
        "every card that was seen has 01; 00 is the initial value, and validators refuse FF",
    ),
    ("TunionApplication", "issuer"): lambda value: (
        None
        if str(value).endswith(_FILLED)
        else f"issuer {value}: eight digits and {_FILLED} are known"
    ),
    ("TunionApplication", "pan"): lambda value: (
        None
        if str(value).startswith("0")
        else f"pan begins with {str(value)[:1]}: 19 digits behind one 0 are known"
    ),
    ("TunionCardInfo", "interoperability"): lambda value: (
        None if value in {"0000", "0001"} else f"interoperability {value}: 0000 and 0001 are known"
    ),
}

#: Other fields of a record that bear a layout out, where they hold something.
_BORNE_OUT: Final[dict[type[Record], Callable[[bytes], bool]]] = {
    # A fare charged in full: its two bytes are those of the amount.
    LntTransactionRecord: lambda data: data[16:18] == data[7:9] and any(data[5:9]),
}


class Place(msgspec.Struct, frozen=True):
    """Where bytes come from, and which layouts are known there.

    Attributes:
        key: of the kind of `decode.KINDS`, ``tunion:18``.
        title, zh: what it is.
        layouts: the candidates; they are told apart by size first.
        choose: in their stead, candidates that depend on the bytes.
        least: shortest part worth reading, 0 where only the whole is.
        extra: how many bytes more than the record there may be, None for any number.
        sizes: lengths met on cards, besides ``least`` and the record's.
        variable: a record of a variable-record file: with id and length it is read anyhow.
        odd: reads records of another length, by kind and bytes.
    """

    key: str
    title: str
    zh: str
    layouts: Layouts
    choose: Callable[[bytes], Layouts] | None = None
    least: int = 0
    extra: int | None = 0
    sizes: tuple[int, ...] = ()
    variable: bool = False
    odd: Callable[[str, bytes], Decoded | None] | None = None

    def candidates(self, data: bytes) -> Layouts:
        """Layouts that bytes of this length and beginning may have."""
        known = self.choose(data) if self.choose is not None else self.layouts
        return tuple(one for one in known if self.takes(one, len(data)))

    @property
    def records(self) -> set[int]:
        """Sizes of the whole records that may stand there."""
        return {one.SIZE for one in self.layouts} or set(self.sizes)

    def takes(self, layout: type[Record], size: int) -> bool:
        """True where this many bytes can be the layout, or enough of it."""
        least = self.least or layout.SIZE
        return least <= size and (self.extra is None or size <= layout.SIZE + self.extra)

    def is_whole(self, data: bytes) -> bool:
        """True for a record that is as long as its own length byte says."""
        return self.variable and len(data) > 1 and len(data) == 2 + data[1]

    def lengths(self) -> set[int]:
        """Lengths that the bytes have without a status word."""
        return self.records | set(self.sizes) | ({self.least} if self.least else set())


def read(
    kind: str, layouts: Sequence[type[Record]], data: bytes, start: int = 0, year: int | None = None
) -> Decoded:
    """Read bytes by the layout among some that fits them.

    Args:
        kind: what to call the bytes.
        layouts: the candidates, at least one, the usual one first.
        data: the bytes, a whole record or a window of it.
        start: where in the record they begin.
        year: year of a Lingnan Tong log line, which does not hold one.

    Raises:
        ReadError: a field refuses its bytes.
    """
    if start == 0 and layouts[0] in FILE_RECORDS:
        blank = _never_written(kind, layouts[0], data)
        if blank is not None:
            return blank
    misfits: list[Misfit] = []
    fitting: list[type[Record]] = []
    for layout in layouts:
        why = layout.misfit(data, start)
        if why is None:
            fitting.append(layout)
        else:
            misfits.append(why)
    if not fitting:
        return _raw(kind, data, misfits)
    if len(fitting) > 1:
        fitting.sort(key=lambda layout: (_borne_out(layout, data), _asks(layout)), reverse=True)
    found = decode_record(kind, fitting[0], data, start, year)
    also = [_other(found, layout, data, start, year) for layout in fitting[1:]]
    if start == 0:
        also += _private(fitting[0], data)
    doubts = _doubts(found) + _near_date(found, alone=len(fitting) == 1)
    if not also and not doubts:
        return found
    return msgspec.structs.replace(
        found, also=tuple(one for one in also if one is not None), doubts=doubts
    )


def read_place(place: Place, data: bytes, year: int | None = None) -> Decoded:
    """Read the content of a place.

    Raises:
        ReadError: the length is none of the place; names record, field and offset.
    """
    odd = place.odd(place.key, data) if place.odd is not None else None
    if odd is not None:
        return odd
    candidates = place.candidates(data)
    if candidates:
        found = read(place.key, candidates, data, year=year)
        return by_id(found) if place.variable and found.misfits else found
    if place.variable and place.choose is None:
        return variable(place.key, data)
    first = place.choose(data)[0] if place.choose is not None else place.layouts[0]
    first.parse(data)
    raise ReadError(f"{len(data)} bytes", record=first.__name__, offset=len(data))


def by_id(found: Decoded) -> Decoded:
    """Read bytes that fit no layout by id and length alone, if they are built so."""
    try:
        plain = variable(found.kind, found.data)
    except ReadError:
        return found
    return msgspec.structs.replace(plain, misfits=found.misfits)


def fits_in(place: Place, data: bytes) -> bool:
    """True where bytes fit a layout of a place that has conditions."""
    known = (one for one in place.candidates(data) if _asks(one) and len(data) == one.SIZE)
    return any(one.misfit(data) is None for one in known)


def long_trip(kind: str, data: bytes) -> Decoded | None:
    """Read a trip with one byte too many, as one published real record has it; None for others.

    The byte is an eighth one of line and station. The fields before that and, counted from the
    end, behind it are in their places, so it is read that way, if and only if they then fit;
    ``anomaly`` says so.
    """
    if len(data) != TripRecord.SIZE + 1:
        return None
    place = next(spec for spec in TripRecord.LAYOUT if spec.name == "line_station")
    end = place.offset + place.size
    if TripRecord.misfit(data[:end] + data[end + 1 :]) is not None:
        return None
    line = Span(place.offset, place.size + 1, place.name, place.kind, data[place.offset : end + 1])
    spans = (
        *field_spans(TripRecord, data[: place.offset]),
        line,
        *(span.moved(end + 1) for span in field_spans(TripRecord, data[end + 1 :], end)),
    )
    fields = json_fields(spans)
    fields["anomaly"] = "49 bytes, one more than a trip record: line_station read with 8"
    return Decoded(kind, "TripRecord", bytes(data), spans, fields)


def variable(kind: str, data: bytes) -> Decoded:
    """Read a record of a variable-record file by its id and length alone.

    Raises:
        ReadError: it is not built so.
    """
    item = VariableRecord.parse(data)
    spans = (
        Span(0, 1, "id", FieldKind.CODE, data[:1], "记录标识"),
        Span(1, 1, "length", FieldKind.CONSTANT, data[1], "记录长度"),
        Span(2, len(item.content), "content", FieldKind.DATA, item.content),
    )
    return Decoded(
        kind, "VariableRecord", bytes(data), spans, json_fields(spans),
        empty=is_blank(item.content),
    )  # fmt: skip


def _borne_out(layout: type[Record], data: bytes) -> bool:
    return layout in _BORNE_OUT and _BORNE_OUT[layout](data)


def _asks(layout: type[Record]) -> int:
    """How many bytes a layout has conditions on."""
    return sum(spec.size for spec in layout.LAYOUT if spec.fits is not None)


def _never_written(kind: str, layout: type[Record], data: bytes) -> Decoded | None:
    head = head_size(layout)
    content = data[head:]
    if not is_blank(content):
        return None
    told = any(spec.fits and spec.offset + spec.size <= len(data) for spec in layout.LAYOUT)
    if not told and len(data) < layout.SIZE:
        return None
    if not any(content):
        return decode_record(kind, layout, data)
    filling = Span(head, len(content), "never_written", FieldKind.DATA, bytes(content))
    spans = (*field_spans(layout, data[:head]), filling)
    return Decoded(kind, layout.__name__, bytes(data), spans, json_fields(spans), empty=True)


def _raw(kind: str, data: bytes, misfits: Sequence[Misfit]) -> Decoded:
    spans = (Span(0, len(data), "unread", FieldKind.DATA, bytes(data)),)
    return Decoded(kind, "", bytes(data), spans, {}, misfits=tuple(misfits))


def _other(
    found: Decoded, layout: type[Record], data: bytes, start: int, year: int | None
) -> Reading | None:
    """What another layout says of the bytes that the main one does not say."""
    other = decode_record(found.kind, layout, data, start, year)
    said = {(span.offset, span.size, span.name): span.value for span in found.spans}
    spans = tuple(
        span for span in other.spans
        if said.get((span.offset, span.size, span.name)) != span.value
    )  # fmt: skip
    names = {name: value for name, value in other.fields.items() if found.fields.get(name) != value}
    return Reading(layout.__name__, spans, names) if spans else None


def _private(layout: type[Record], data: bytes) -> list[Reading | None]:
    """Readings of the bytes that each maker fills as he likes."""
    found: list[Reading | None] = []
    for offset, tails in _PRIVATE.get(layout, ()):
        for tail in tails:
            part = data[offset : offset + tail.SIZE]
            if len(part) == tail.SIZE and not is_blank(part) and tail.misfit(part) is None:
                spans = field_spans(tail, part)
                moved = tuple(
                    span.moved(offset) for span in spans if span.kind is not FieldKind.CONSTANT
                )
                found.append(Reading(tail.__name__, moved, json_fields(spans)))
    return found


def _near_date(found: Decoded, *, alone: bool) -> tuple[str, ...]:
    """Say of a fare of Lingnan Tong that it may be the year of a date with a fault in it."""
    value = found.value
    if not alone or not isinstance(value, LntTransactionRecord):
        return ()
    if not f"{value.fare:04X}".isdecimal() or not _YEARS[0] <= value.fare <= _YEARS[1]:
        return ()
    return (f"fare {value.fare:04X} is also a year, but bytes 16 to 22 are no date and time",)


def _doubts(found: Decoded) -> tuple[str, ...]:
    """What speaks against single fields of a layout that fits."""
    doubts = [
        f"{span.name} {span.value:08X} is no balance: more than {MOST_FEN} fen"
        for span in found.spans
        if span.kind is FieldKind.BALANCE
        and isinstance(span.value, int)
        and is_no_balance(span.value)
    ]
    for span in found.spans:
        doubt = _FIELD_DOUBTS.get((found.record, span.name))
        said = doubt(span.value) if doubt is not None and not found.empty else None
        if said:
            doubts.append(said)
    start, end = found.fields.get("start_date"), found.fields.get("expiry_date")
    if isinstance(start, str) and isinstance(end, str) and start > end:
        doubts.append(f"start_date {start} is after expiry_date {end}")
    return tuple(doubts)

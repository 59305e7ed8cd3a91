"""Fields of a piece of data: where each lies, what it is, and its plain value for JSON.

JSON of a record is flat, every field by its name; on top of that:

* amounts and balances are integers in fen;
* an enumeration is hex, with ``<field>_name`` beside it;
* ``date`` fields are ISO (``2024-10-27``), the digits stay in ``<field>_digits``;
* ``datetime`` fields keep their digits and add ``date`` and ``time``
  (``2024-10-27T21:25:55``), with the field's prefix: ``entry_datetime`` adds ``entry_time``;
* what is no date is null.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from ykt_sim.codes import OpenIntEnum
from ykt_sim.errors import ReadError
from ykt_sim.wire.digits import (
    iso_date,
    iso_datetime,
    iso_month_day,
    iso_time,
    seconds_1988,
    unpack_pan,
)
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import (
    FILE_RECORDS,
    LntTail,
    LntTransactionRecord,
    TunionApplication,
    is_empty,
)
from ykt_sim.wire.fits import Misfit
from ykt_sim.wire.record import FieldSpec, Record

JsonFields = dict[str, object]

#: Readers ignore this bit of a balance; some cards set it [CODE x5].
TOP_BIT: Final = 0x8000_0000


class Span(msgspec.Struct, frozen=True):
    """One field in its place; offset and size in bytes."""

    offset: int
    size: int
    name: str
    kind: FieldKind
    value: object
    zh: str = ""

    def moved(self, by: int) -> Span:
        """The same field in data that starts ``by`` bytes earlier."""
        return Span(self.offset + by, self.size, self.name, self.kind, self.value, self.zh)

    def digits(self, data: bytes) -> str:
        """Its bytes in hex, out of the data in which it has its offset."""
        return data[self.offset : self.offset + self.size].hex().upper()

    @property
    def text(self) -> str:
        """Value as an engineer writes it: hex for bytes, code and name for enumerations."""
        if isinstance(self.value, OpenIntEnum):
            return f"{int(self.value):0{2 * self.size}X} {self.value.name}"
        if isinstance(self.value, bytes):
            return self.value.hex().upper()
        return str(self.value)


def _told(span: Span) -> str:
    money = span.kind in {FieldKind.AMOUNT, FieldKind.BALANCE} and isinstance(span.value, int)
    return f"{int(str(span.value)) / 100:.2f} yuan" if money else span.text


class Reading(msgspec.Struct, frozen=True):
    """Another layout that fits the bytes, where it says something else.

    Attributes:
        layout: name of its record.
        spans: its fields that the main reading has not.
        fields: the same, flat, for JSON.
    """

    layout: str
    spans: tuple[Span, ...]
    fields: JsonFields

    def __str__(self) -> str:
        first, last = self.spans[0].offset, self.spans[-1].offset + self.spans[-1].size - 1
        said = ", ".join(f"{span.name} {_told(span)}" for span in self.spans)
        return f"bytes {first} to {last} can also be read as {self.layout}: {said}"


class Decoded(msgspec.Struct, frozen=True):
    """What a piece of data says.

    Attributes:
        kind: key of the kind table, e.g. ``tunion:18``.
        record: name of the record or structure.
        data: the bytes decoded, without a status word.
        spans: the fields in order.
        fields: the same, flat, for JSON.
        empty: True for file content that is all 00 or FF: a slot that was never written.
        value: the parsed record, when the data fits one exactly.
        misfits: where no layout fits, so that the bytes stay raw, why each one does not.
        also: other layouts that fit as well.
        doubts: what real cards say against a field's meaning.
    """

    kind: str
    record: str
    data: bytes
    spans: tuple[Span, ...]
    fields: JsonFields
    empty: bool = False
    value: Record | None = None
    misfits: tuple[Misfit, ...] = ()
    also: tuple[Reading, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know besides the fields: misfits, other readings, doubts."""
        none = (f"no layout fits, raw: {one}" for one in self.misfits)
        return (*none, *map(str, self.also), *self.doubts)

    def to_json(self) -> JsonFields:
        """Flat JSON object: kind, record, empty, the fields, raw.

        Only where there are such: ``misfits``, ``also`` and ``doubts``.
        """
        found: JsonFields = {
            "kind": self.kind,
            "record": self.record,
            "empty": self.empty,
            **self.fields,
            "raw": self.data.hex().upper(),
        }
        if self.misfits:
            found["misfits"] = [one._asdict() for one in self.misfits]
        if self.also:
            found["also"] = [{"layout": one.layout, **one.fields} for one in self.also]
        if self.doubts:
            found["doubts"] = list(self.doubts)
        return found


def field_spans(record: type[Record], data: bytes, start: int = 0) -> tuple[Span, ...]:
    """Fields of a record in a window of it; offsets count from the window's first byte.

    A field that the window cuts comes out as raw bytes under its own name; what lies
    beyond the record comes out as ``rest``.

    Args:
        record: the record's class.
        data: the bytes at hand.
        start: where in the record they begin.

    Raises:
        ReadError: a whole field refuses its bytes.
    """
    spans: list[Span] = []
    end = start + len(data)
    for spec in record.LAYOUT:
        first, last = max(spec.offset, start), min(spec.offset + spec.size, end)
        if first >= last:
            continue
        chunk = bytes(data[first - start : last - start])
        value: object = chunk
        if len(chunk) == spec.size:
            value = _value(record, spec, chunk)
        spans.append(Span(first - start, len(chunk), spec.name, spec.kind, value, spec.zh))
    first = max(record.SIZE, start)
    if first < end:
        chunk = bytes(data[first - start :])
        spans.append(Span(first - start, len(chunk), "rest", FieldKind.DATA, chunk))
    return tuple(spans)


def _whole_spans(value: Record) -> tuple[Span, ...]:
    """As `field_spans` gives them for a whole record, which was parsed already."""
    values = vars(value)
    return tuple(
        [
            Span(offset, size, name, kind, values[name], zh)
            for name, offset, size, kind, zh, *_ in value.LAYOUT
        ]
    )


def _value(record: type[Record], spec: FieldSpec, chunk: bytes) -> object:
    try:
        (value,) = struct.unpack(">" + spec.type.code, chunk)
        return spec.type.load(value) if spec.type.load else value
    except (struct.error, ValueError, TypeError) as error:
        raise ReadError(
            str(error), record=record.__name__, field=spec.name, offset=spec.offset
        ) from None


def _plain(span: Span) -> JsonFields:
    if isinstance(span.value, OpenIntEnum):
        return {
            span.name: f"{int(span.value):0{2 * span.size}X}",
            span.name + "_name": span.value.name,
        }
    return {span.name: span.value.hex().upper() if isinstance(span.value, bytes) else span.value}


#: `head_size` of the layouts that were asked for.
_HEADS: Final[dict[type[Record], int]] = {}


@lru_cache(maxsize=1024)
def _dates(name: str, value: object) -> JsonFields:
    if isinstance(value, int):
        base = name.removesuffix("seconds")
        moment = {} if base == name else {base + "time": seconds_1988(value) if value else None}
        return {name: value, **moment}
    if not isinstance(value, str):
        return {}
    if name.endswith("datetime"):
        base = name.removesuffix("datetime")
        whole = iso_datetime(value)
        return {name: value, base + "date": iso_date(value[:8]), base + "time": whole}
    if name.endswith("date"):
        return {name: iso_date(value), name + "_digits": value}
    if name == "time":
        return {name: iso_time(value), name + "_digits": value}
    return {}


def _text(value: bytes, encoding: str) -> str | None:
    stripped = value.strip(b"\x00\xff ")
    try:
        text = stripped.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


#: Fields that say more than their value: by kind, by name.
_MORE: Final = frozenset({FieldKind.PERSONAL, FieldKind.BALANCE})
_TOLD: Final = frozenset({"pan", "interoperability"})


def _extras(span: Span) -> JsonFields:
    name, value = span.name, span.value
    if isinstance(value, str):
        if name == "pan":
            return {"pan_number": unpack_pan(value)}
        if name == "interoperability":
            return {"interoperable": {"0001": True, "0000": False}.get(value)}
    if isinstance(value, bytes) and name.endswith("vehicle"):
        return {name + "_text": _text(value, "ascii")}
    if isinstance(value, bytes) and span.kind is FieldKind.PERSONAL:
        return {name + "_text": _text(value, "gb18030")}
    if span.kind is FieldKind.BALANCE and isinstance(value, int) and value & TOP_BIT:
        return {name + "_masked": value & ~TOP_BIT}
    return {}


def json_fields(spans: Iterable[Span]) -> JsonFields:
    """Flat JSON values of fields, as the module's head describes."""
    out: JsonFields = {}
    for span in spans:
        name, value = span.name, span.value
        if type(value) is bytes:
            out[name] = value.hex().upper()
        elif type(value) is str or type(value) is int:
            out[name] = value
            if span.kind is FieldKind.DATE:
                out |= _dates(name, value)
        else:
            out |= _plain(span)
        if span.kind in _MORE or name in _TOLD or name.endswith("vehicle"):
            out |= _extras(span)
    if "time_digits" in out:
        day, clock = out.get("date"), out["time"]
        out["time"] = f"{day}T{clock}" if day and clock else None
    year, month = out.get("year"), out.get("month")
    if isinstance(year, str) and isinstance(month, str):
        valid = iso_date(f"20{year}{month}01")
        out["year_month"] = valid[:7] if valid else None
    return out


def lnt_time_fields(month_day: str, hour_minute: str, year: int | None) -> JsonFields:
    """Date and time of a log line without a year; ISO only when the year is known."""
    day, clock = iso_month_day(month_day), iso_time(hour_minute)
    full = iso_date(f"{year:04d}{month_day}") if year is not None else None
    return {
        "date_without_year": day,
        "time_of_day": clock,
        "date": full,
        "time": f"{full}T{clock}" if full and clock else None,
    }


def head_size(record: type[Record]) -> int:
    """Bytes of id and length in front of a variable record's content, else 0."""
    known = _HEADS.get(record)
    if known is None:
        ends = (spec.offset + spec.size for spec in record.LAYOUT if spec.name == "length")
        known = _HEADS[record] = next(ends, 0)
    return known


def decode_record(
    kind: str, record: type[Record], data: bytes, start: int = 0, year: int | None = None
) -> Decoded:
    """Decode a record, or a window of one that begins at ``start``.

    Args:
        kind: what to call it.
        record: the record's class.
        data: the bytes at hand; longer ones end in a ``rest``.
        start: where in the record they begin.
        year: year of a Lingnan Tong log line, which does not hold one.

    Raises:
        ReadError: a field refuses its bytes.
    """
    whole = start == 0 and len(data) == record.SIZE
    value = record.parse(data) if whole else None
    spans = field_spans(record, data, start) if value is None else _whole_spans(value)
    fields = json_fields(spans)
    if record in {LntTransactionRecord, LntTail}:
        month_day, hour_minute = fields.get("month_day"), fields.get("hour_minute")
        if isinstance(month_day, str) and isinstance(hour_minute, str):
            fields |= lnt_time_fields(month_day, hour_minute, year)
    if record is TunionApplication and "enable_flag" in fields:
        fields["application_version"] = fields["enable_flag"]
    if not whole:
        fields["complete"] = start == 0 and len(data) >= record.SIZE
    return Decoded(
        kind=kind,
        record=record.__name__,
        data=bytes(data),
        spans=spans,
        fields=fields,
        empty=start == 0 and record in FILE_RECORDS and is_empty(data[head_size(record) :]),
        value=value,
    )

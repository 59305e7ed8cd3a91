"""What holds for every record: two equal paths, exact inverses, errors that say where."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim import wire
from ykt_sim.codes import OpenIntEnum
from ykt_sim.errors import WireError
from ykt_sim.wire.fields import U8, U16, FieldKind, const, hexdigits
from ykt_sim.wire.record import FieldSpec, Record, all_records, field

for _module in pkgutil.iter_modules(wire.__path__):
    importlib.import_module(f"{wire.__name__}.{_module.name}")

RECORDS = sorted(
    (record for record in all_records() if record.__module__.startswith(wire.__name__)),
    key=lambda record: record.__qualname__,
)
FIELDS = [(record, spec) for record in RECORDS for spec in record.LAYOUT]
ENUMS = [
    (record, spec)
    for record, spec in FIELDS
    if isinstance(getattr(record.parse(bytes.fromhex(record.EXAMPLE)), spec.name), OpenIntEnum)
]

moderate = settings(max_examples=50, deadline=None)
each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)


def spec_id(value: object) -> str:
    return value.name if isinstance(value, FieldSpec) else value.__name__


each_field = pytest.mark.parametrize(("record", "spec"), FIELDS, ids=spec_id)
each_enum = pytest.mark.parametrize(("record", "spec"), ENUMS, ids=spec_id)


def example(record: type[Record]) -> bytes:
    return bytes.fromhex(record.EXAMPLE)


def test_the_walk_finds_the_records() -> None:
    names = {record.__name__ for record in RECORDS}
    assert len(names) == len(RECORDS) >= 45
    assert {"TransactionRecord", "LntTransactionRecord", "TripRecord", "DebitData"} <= names
    assert {"PurchaseMac2Input", "EcashCardInfo", "RailRecord", "BusRecord"} <= names
    assert len(ENUMS) >= 15


@each_record
def test_says_where_it_comes_from(record: type[Record]) -> None:
    assert record.SOURCE.strip()
    assert record.__doc__
    assert all(spec.source for spec in record.LAYOUT)


@each_record
def test_has_an_example_that_is_read_and_written(record: type[Record]) -> None:
    data = example(record)
    assert len(data) == record.SIZE > 0
    assert record.parse(data).build() == data


@each_record
def test_layout_has_no_gap_and_no_overlap(record: type[Record]) -> None:
    offset = 0
    for spec in record.LAYOUT:
        assert spec.offset == offset
        offset += spec.size
    assert offset == record.SIZE


@each_record
def test_unknown_parts_are_named_after_their_place(record: type[Record]) -> None:
    unknown = [spec for spec in record.LAYOUT if spec.name.startswith("unknown_")]
    assert [spec.name for spec in unknown] == [f"unknown_{spec.offset}" for spec in unknown]


@each_record
@moderate
@given(data=st.data())
def test_struct_and_construct_agree(record: type[Record], data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=record.SIZE, max_size=record.SIZE))
    fast = record.parse(raw)
    slow = record.declaration().parse(raw)
    values = {spec.name: getattr(fast, spec.name) for spec in record.LAYOUT}
    assert values == {spec.name: slow[spec.name] for spec in record.LAYOUT}
    assert fast.build() == raw
    assert record.declaration().build(values) == raw


@each_record
@moderate
@given(data=st.data())
def test_cut_data_names_record_field_and_offset(record: type[Record], data: st.DataObject) -> None:
    size = data.draw(st.integers(0, record.SIZE - 1))
    with pytest.raises(WireError) as caught:
        record.parse(example(record)[:size])
    hit = next(spec for spec in record.LAYOUT if spec.offset + spec.size > size)
    assert caught.value.record == record.__name__
    assert caught.value.field == hit.name
    assert caught.value.offset == hit.offset
    assert f"{record.__name__}.{hit.name} at byte {hit.offset}" in str(caught.value)


@each_record
def test_trailing_bytes_are_refused(record: type[Record]) -> None:
    with pytest.raises(WireError, match="trailing AB") as caught:
        record.parse(example(record) + b"\xab")
    assert caught.value.record == record.__name__
    assert caught.value.offset == record.SIZE


@each_field
def test_a_value_that_does_not_fit_names_its_field(record: type[Record], spec: FieldSpec) -> None:
    good = record.parse(example(record))
    for wrong in (None, -1, 1 << 40, "XY", b"\x00" * (spec.size + 1)):
        with pytest.raises(WireError) as caught:
            good.replace(**{spec.name: wrong}).build()
        assert (caught.value.record, caught.value.field) == (record.__name__, spec.name)
        assert caught.value.offset == spec.offset


@each_enum
def test_every_enumeration_value_survives(record: type[Record], spec: FieldSpec) -> None:
    data = bytearray(example(record))
    for value in range(256):
        data[spec.offset] = value
        parsed = record.parse(bytes(data))
        member = getattr(parsed, spec.name)
        assert member == value
        assert parsed.build() == data
        shown = parsed.to_json()
        assert shown[spec.name] == f"{value:02X}"
        assert (shown[f"{spec.name}_name"] == f"UNKNOWN_{value:02X}") is not member.known


@each_record
def test_json_has_every_field_and_only_plain_values(record: type[Record]) -> None:
    shown = record.parse(example(record)).to_json()
    assert {spec.name for spec in record.LAYOUT} <= set(shown)
    assert all(isinstance(value, int | str) for value in shown.values())


@pytest.mark.parametrize("convert", [bytes, bytearray, memoryview])
def test_any_bytes_like_is_read(convert: Callable[[bytes], bytes]) -> None:
    record = RECORDS[0]
    assert record.parse(convert(example(record))).build() == example(record)


class Sample(Record):
    """A record of this test alone."""

    SOURCE = "made up"
    EXAMPLE = "01020304"

    a: int = field(U8)
    b: int = field(U16, default=7)
    c: str = field(hexdigits(1), default="FF")


def test_defaults_equality_and_replace() -> None:
    one = Sample(a=1)
    assert one == Sample(a=1, b=7, c="FF")
    assert one.replace(b=8).build() == b"\x01\x00\x08\xff"
    assert one.b == 7
    assert repr(one) == "Sample(a=1, b=7, c='FF')"
    assert {one: "kept"}[Sample(c="FF", b=7, a=1)] == "kept"
    assert one != one.replace(c="00")
    assert Sample.pack(a=1) == one.build() == b"\x01\x00\x07\xff"
    with pytest.raises(TypeError):
        one.replace(d=1)


def test_records_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Sample(a=1).a = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del Sample(a=1).a


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(TypeError):
        Sample()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Sample.pack()
    with pytest.raises(TypeError):
        Sample.pack(a=1, d=1)


def test_a_record_is_not_derived_from_another() -> None:
    with pytest.raises(TypeError, match="Longer"):

        class Longer(Sample):
            d: int = field(U8)


def test_a_name_has_one_kind() -> None:
    """Traces and reports colour by it; an id is fixed in some records only."""
    kinds: dict[str, set[FieldKind]] = {}
    for _, spec in FIELDS:
        kinds.setdefault(spec.name, set()).add(spec.kind)
    assert {name for name, found in kinds.items() if len(found) > 1} == {"id"}


@each_record
def test_what_need_not_be_given_fits(record: type[Record]) -> None:
    """Reserved bytes among it, but for the PSAM's, which its issuer fills."""
    made = record.parse(example(record)).replace(**record.DEFAULTS)
    assert record.parse(made.build()) == made
    reserved = {spec.name for spec in record.LAYOUT if spec.kind is FieldKind.RESERVED}
    assert reserved - record.DEFAULTS.keys() <= {"fci"}


def test_another_constant_names_its_field() -> None:
    class Marked(Record):
        SOURCE = "made up"
        EXAMPLE = "018000"

        a: int = field(U8)
        mark: bytes = field(const(b"\x80\x00"))

    assert Marked.parse(b"\x01\x80\x00").mark == b"\x80\x00"
    with pytest.raises(WireError, match="expected constant 8000, got") as caught:
        Marked.parse(b"\x01\x80\x01")
    error = caught.value
    assert (error.record, error.field, error.offset) == ("Marked", "mark", 1)

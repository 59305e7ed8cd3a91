"""Conditions on fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.wire import fits
from ykt_sim.wire.files import FILE_RECORDS, TransactionRecord
from ykt_sim.wire.record import Record

each_record = pytest.mark.parametrize("record", sorted(FILE_RECORDS, key=lambda one: one.__name__))


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        (fits.DAY, ("20170715", "19900101", "20991231"), ("20170230", "20171315", "18990101",
                                                          "2017071A", "00000000", "FFFFFFFF")),
        (fits.DAY_OR_NONE, ("20170715", "00000000", "FFFFFFFF"), ("00000001", "20170732")),
        (fits.MOMENT, ("20241101080000",), ("20241101240000", "20241101086000", "FF" * 7)),
        (fits.MONTH_DAY, ("1101", "0229"), ("1301", "0230", "0000")),
        (fits.CLOCK, ("235959", "000000"), ("240000", "126000")),
        (fits.MONTH_OR_NONE, ("00", "12"), ("13", "1A")),
        (fits.DIGITS, ("0123", "99"), ("1A", "F0")),
        (fits.FEN, ("00FFFFFF", "00000000"), ("01000000", "FFFFFFFF")),
        (fits.BALANCE, ("80000064", "00FFFFFF"), ("7FFFFFFF", "FFFFFFFF")),
        (fits.INSTITUTION, ("02205810FFFFFFFF", "0220581000000000"), ("00000000FFFFFFFF",
                                                                      "0220581A00000000",
                                                                      "02205810FF00FF00")),
        (fits.MINUTES, ("05A0", "0000"), ("05A1",)),
        (fits.CITY, ("5810",), ("0000", "58FF")),
        (fits.VEHICLE, ("0000415542313233", "00" * 8, "FF" * 8), ("0000410155423132",)),
        (fits.exactly(b"\x01", b"\x02"), ("01", "02"), ("03", "0101")),
    ],
    ids=lambda value: value.expects if isinstance(value, fits.Fits) else "",
)  # fmt: skip
def test_what_holds_and_what_does_not(
    condition: fits.Fits, yes: tuple[str, ...], no: tuple[str, ...]
) -> None:
    assert [text for text in yes if not condition.holds(bytes.fromhex(text))] == []
    assert [text for text in no if condition.holds(bytes.fromhex(text))] == []
    assert condition.expects


def test_what_was_never_written() -> None:
    assert fits.is_blank(bytes(5))
    assert fits.is_blank(b"\xff" * 5)
    assert not fits.is_blank(b"\x00\xff")
    assert not fits.is_blank(b"")


@each_record
def test_its_example_fits_a_record(record: type[Record]) -> None:
    assert record.misfit(bytes.fromhex(record.EXAMPLE)) is None


@each_record
@given(data=st.data())
def test_a_misfit_names_the_field_and_its_bytes(record: type[Record], data: st.DataObject) -> None:
    content = data.draw(st.binary(min_size=record.SIZE, max_size=record.SIZE))
    found = record.misfit(content)
    broken = [
        spec for spec in record.LAYOUT
        if spec.fits and not spec.fits.holds(content[spec.offset : spec.offset + spec.size])
    ]  # fmt: skip
    assert (found is None) == (not broken)
    if found is not None:
        spec = broken[0]
        assert (found.field, found.offset) == (spec.name, spec.offset)
        assert bytes.fromhex(found.found) == content[spec.offset : spec.offset + spec.size]
        assert found.expects in str(found)


def test_only_fields_inside_a_window_are_asked() -> None:
    record = bytes.fromhex(TransactionRecord.EXAMPLE)
    moment = next(spec for spec in TransactionRecord.LAYOUT if "date" in spec.name)
    broken = record[: moment.offset] + b"\x99" * moment.size + record[moment.offset + moment.size :]
    assert TransactionRecord.misfit(broken) is not None
    assert TransactionRecord.misfit(broken[: moment.offset + 1]) is None
    assert TransactionRecord.misfit(broken[moment.offset :], moment.offset) is not None

"""Field types one by one."""

from __future__ import annotations

import struct

import construct
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.codes import SW, TransactionType
from ykt_sim.wire.fields import (
    U8,
    U16,
    U24,
    U32,
    FieldType,
    const,
    enum8,
    enum16,
    hexdigits,
    raw,
)

moderate = settings(max_examples=50, deadline=None)
INTEGERS = [(U8, 1), (U16, 2), (U24, 3), (U32, 4)]


def fast_load(type_: FieldType, data: bytes) -> object:
    (value,) = struct.unpack(">" + type_.code, data)
    return type_.load(value) if type_.load else value


def fast_dump(type_: FieldType, value: object) -> bytes:
    return struct.pack(">" + type_.code, type_.dump(value) if type_.dump else value)


@pytest.mark.parametrize(("type_", "size"), INTEGERS)
@moderate
@given(data=st.data())
def test_integers_are_big_endian_both_ways(
    type_: FieldType, size: int, data: st.DataObject
) -> None:
    value = data.draw(st.integers(0, (1 << 8 * size) - 1))
    wire = value.to_bytes(size, "big")
    assert fast_load(type_, wire) == type_.con.parse(wire) == value
    assert fast_dump(type_, value) == type_.con.build(value) == wire


@pytest.mark.parametrize(("type_", "size"), INTEGERS)
def test_integers_refuse_what_does_not_fit(type_: FieldType, size: int) -> None:
    for wrong in (-1, 1 << 8 * size, "1", None):
        with pytest.raises((struct.error, ValueError, TypeError)):
            fast_dump(type_, wrong)


def test_hexdigits_are_upper_case_text() -> None:
    type_ = hexdigits(3)
    assert fast_load(type_, b"\xab\x01\xff") == type_.con.parse(b"\xab\x01\xff") == "AB01FF"
    assert fast_dump(type_, "ab01ff") == b"\xab\x01\xff"


@pytest.mark.parametrize("wrong", ["AB01F", "AB01FFFF", "AB 1FF", "AB01FG", b"\x00\x00\x00", 5])
def test_hexdigits_refuse(wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match="hex"):
        fast_dump(hexdigits(3), wrong)


@pytest.mark.parametrize("wrong", [b"\x00", b"\x00\x00\x00", "00", "0000", None])
def test_raw_refuses_another_length(wrong: object) -> None:
    with pytest.raises((ValueError, TypeError, struct.error)):
        struct.pack("2s", fast_dump(raw(2), wrong))


def test_enum8_knows_and_survives() -> None:
    type_ = enum8(TransactionType)
    assert fast_load(type_, b"\x09") is TransactionType.COMPOSITE_PURCHASE
    unknown = fast_load(type_, b"\xee")
    assert isinstance(unknown, TransactionType)
    assert (unknown, unknown.name, unknown.known) == (0xEE, "UNKNOWN_EE", False)
    assert type_.con.parse(b"\xee") == 0xEE
    assert fast_dump(type_, unknown) == b"\xee"


def test_enum16() -> None:
    type_ = enum16(SW)
    assert fast_load(type_, b"\x6a\x82") is SW.FILE_NOT_FOUND
    assert fast_dump(type_, SW.FILE_NOT_FOUND) == b"\x6a\x82"
    assert fast_load(type_, b"\x12\x34") == 0x1234


def test_const_refuses_anything_else_on_both_paths() -> None:
    type_ = const(b"\x80\x00")
    assert fast_load(type_, b"\x80\x00") == b"\x80\x00"
    with pytest.raises(ValueError, match="8000"):
        fast_load(type_, b"\x80\x01")
    with pytest.raises(ValueError, match="8000"):
        fast_dump(type_, b"\x00\x00")
    with pytest.raises(construct.ConstError):
        type_.con.parse(b"\x80\x01")

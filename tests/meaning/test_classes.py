"""Where the layouts leave the class of a byte open."""

from __future__ import annotations

import pytest

from ykt_sim.codes import AID_NAMES
from ykt_sim.meaning.classes import SECURED, ByteClass, class_of, is_filling, name_class
from ykt_sim.meaning.spans import Span
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.fields import FieldKind


@pytest.mark.parametrize("aid", AID_NAMES, ids=bytes.hex)
def test_published_names_are_constant(aid: bytes) -> None:
    assert name_class(aid) == ((len(aid), ByteClass.CONSTANT),)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("A0000003330101", [(7, ByteClass.CONSTANT)]),
        ("A00000063201010511223344", [(8, ByteClass.CONSTANT), (4, ByteClass.UNKNOWN)]),
        ("5943542E555345525800022058100001", [(8, ByteClass.CONSTANT), (8, ByteClass.UNKNOWN)]),
        ("A000000632010105FFFFFFFF", [(12, ByteClass.CONSTANT)]),
        ("F0000000000123456789", [(10, ByteClass.UNKNOWN)]),
        ("5041592E31323334353637", [(11, ByteClass.UNKNOWN)]),
        ("5041592E41424344", [(8, ByteClass.CONSTANT)]),
    ],
)
def test_names_with_room_for_a_number(name: str, wanted: list[tuple[int, ByteClass]]) -> None:
    assert list(name_class(bytes.fromhex(name))) == wanted


@pytest.mark.parametrize(
    ("name", "raw", "wanted"),
    [
        ("anything", "0000", True),
        ("anything", "FFFF", True),
        ("anything", "0001", False),
        ("unknown_16", "030002", True),
        ("unknown_16", "030003", False),
        ("unknown_60", "00000000FF8000FF", True),
        ("unknown_60", "00000000FF8000FE", False),
    ],
)
def test_what_holds_nothing(name: str, raw: str, *, wanted: bool) -> None:
    assert is_filling(name, bytes.fromhex(raw)) is wanted


def test_codes_made_with_keys() -> None:
    assert {str(one) for one in SECURED} == {
        "MAC1", "MAC2", "MAC3", "TAC", "line MAC", "cryptogram",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("command", "sent", "wanted"),
    [
        ("0020000003123456", True, ("pin", ByteClass.PIN)),
        ("0020000003123456", False, ("data", ByteClass.UNKNOWN)),
        ("0084000008", False, ("challenge", ByteClass.RANDOM)),
        ("FFCA000000", False, ("uid", ByteClass.IDENTITY)),
        ("", True, ("data", ByteClass.UNKNOWN)),
    ],
)
def test_the_command_settles_what_raw_data_is(
    command: str, *, sent: bool, wanted: tuple[str, ByteClass]
) -> None:
    asked = Command.parse(bytes.fromhex(command)) if command else None
    raw = bytes.fromhex("123456")
    span = Span(0, 3, "data", FieldKind.DATA, raw)
    assert class_of(span, raw, asked, sent=sent) == wanted

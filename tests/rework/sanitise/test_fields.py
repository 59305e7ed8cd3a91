"""What becomes of single fields."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.hiding.identities import is_cut, learn_piece
from ykt_sim.meaning.understand import Piece, atr_pieces
from ykt_sim.rework.pseudonyms import Pseudonyms
from ykt_sim.rework.sanitise import fields
from ykt_sim.rework.sanitise.fields import Shift

TODAY = date(2024, 11, 1)


def piece(name: str, digits: str, byte_class: ByteClass = ByteClass.IDENTITY) -> Piece:
    raw = bytes.fromhex(digits)
    return Piece(0, len(raw), name, byte_class, raw, raw)


def changed(name: str, digits: str, names: Pseudonyms | None = None) -> str:
    one = names or Pseudonyms(b"secret")
    learn_piece(one, piece(name, digits))
    return fields.identity(one, piece(name, digits)).hex().upper()


def test_both_packings_of_a_card_number_agree() -> None:
    names = Pseudonyms(b"secret")
    right = changed("pan", "03104870399000000017", names)
    left = changed("pan", "3104870399000000017F", names)
    assert right == "0" + left[:-1]
    assert left.endswith("F")
    assert changed("factor1", "4870399000000017", names) == right[-16:]
    assert right[:9] == "031048703"


@pytest.mark.parametrize(
    ("name", "digits"),
    [("issuer", "02205810FFFFFFFF"), ("entry_acquirer", "12205810FFFFFFFF"), ("factor2", "11" * 8)],
)
def test_institutions_stay(name: str, digits: str) -> None:
    names = Pseudonyms(b"secret")
    assert changed(name, digits, names) == digits
    assert names.is_public(digits.rstrip("F"))
    assert not names.originals


def test_long_and_short_terminal_numbers_agree() -> None:
    names = Pseudonyms(b"secret")
    short = changed("terminal", "413158100102", names)
    assert changed("boarding_terminal", "0000413158100102", names) == "0000" + short
    assert changed("serial", "00001001413158100102", names) == "00001001" + short


def test_vehicle_numbers_stay_digits() -> None:
    new = bytes.fromhex(changed("boarding_vehicle", b"00002845".hex()))
    assert new.isdigit()
    assert new != b"00002845"


@pytest.mark.parametrize(
    ("name", "digits", "cut"),
    [
        ("pan", "0310487039", True),
        ("pan", "03104870399000000017", False),
        ("terminal", "41315810", True),
        ("entry_terminal", "0000413158100102", False),
        ("uid", "0411", False),
    ],
)
def test_parts_of_numbers(name: str, digits: str, *, cut: bool) -> None:
    assert is_cut(piece(name, digits)) is cut


def test_pins() -> None:
    names = Pseudonyms(b"secret")
    published = {bytes.fromhex("4321"): bytes.fromhex("1234")}
    assert fields.pin(names, bytes.fromhex("4321"), published) == bytes.fromhex("1234")
    other = fields.pin(names, bytes.fromhex("5678"), published)
    assert other != bytes.fromhex("5678")
    both = fields.pin(names, bytes.fromhex("4321FF5678FF"), published)
    assert both == bytes.fromhex("1234") + b"\xff" + other + b"\xff"


@pytest.mark.parametrize(
    ("name", "digits", "wanted"),
    [
        ("date", "20241101", "20241102"),
        ("datetime", "20241231235959", "20250101235959"),
        ("datetime", "00C81231101500", "00C80101101500"),
        ("month_day", "0228", "0229"),
        ("month_day", "0229", "0301"),
        ("month_day", "1399", "1399"),
        ("datetime", "00000000000000", "00000000000000"),
        ("time", "235959", "235959"),
        ("exit_seconds", "00000001", "00015181"),
        ("exit_seconds", "00000000", "00000000"),
        ("expiry_date", "99991231", "99991231"),
    ],
)
def test_a_day_later(name: str, digits: str, wanted: str) -> None:
    moved = fields.shifted(piece(name, digits, ByteClass.DATE), Shift(1, TODAY))
    assert moved.hex().upper() == wanted


def test_a_day_that_only_leap_years_have() -> None:
    moved = fields.shifted(piece("month_day", "0229", ByteClass.DATE), Shift(1, date(2023, 3, 1)))
    assert moved.hex() == "0301"


def test_months_move_as_the_day_of_the_recording_does() -> None:
    year, month = Shift(-400, TODAY).month(b"\x24", b"\x11")
    assert (year.hex(), month.hex()) == ("23", "09")
    assert Shift(5, date(2024, 1, 31)).month(b"\x23", b"\x02") == (b"\x23", b"\x03")
    assert Shift(5, TODAY).month(b"\x00", b"\x00") == (b"\x00", b"\x00")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-3000, 3000))
def test_there_and_back(day: date, days: int) -> None:
    digits = day.strftime("%Y%m%d") + "081500"
    there = Shift(days, TODAY).moment(digits)
    assert Shift(-days, TODAY).moment(there) == digits


def test_short_fields_hold_no_number() -> None:
    assert fields.holds_nothing(piece("unknown_57", "AB12"))
    assert not fields.holds_nothing(piece("unknown_57", "AB1234"))
    assert not fields.holds_nothing(piece("checksum", "AB12"))


def test_a_check_byte_fits_again() -> None:
    atr = bytes.fromhex("3B8880010000000000000000FF")
    new = fields.with_check_byte(atr, atr_pieces(atr))
    assert new == atr[:-1] + b"\x09"
    plain = bytes.fromhex("3B6800000000000000000000")
    assert fields.with_check_byte(plain, atr_pieces(plain)) == plain

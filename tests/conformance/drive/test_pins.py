"""PINs that are nearly right are never the right one."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.pins import NEARLY, nearly

_TEXT, _PACKED = b"123456", bytes.fromhex("123456")


@pytest.mark.parametrize(
    ("word", "made"),
    [
        ("first-2", b"12"), ("last-1", b"6"), ("backwards", b"654321"), ("packed", _PACKED),
        ("last-wrong", b"123457"), ("before", b"1111"), ("other", b"22"), ("first-5", b"12345"),
    ],
)  # fmt: skip
def test_a_word_makes_its_pin(word: str, made: bytes) -> None:
    assert nearly(_TEXT, word, before=b"1111", other=b"22") == made


def test_none_of_them_is_the_right_one_or_empty() -> None:
    for pin in (_TEXT, _PACKED, b"11", bytes.fromhex("1111")):
        for word in NEARLY:
            made = nearly(pin, word, before=pin)
            assert made is None or (made and made != pin), (pin, word)
    assert nearly(_TEXT, "more-00") is None
    assert nearly(_PACKED, "more-00") == _PACKED + b"\0"
    assert nearly(_PACKED, "digits") == _TEXT
    assert nearly(_PACKED, "packed") is None


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match="middle"):
        nearly(_TEXT, "middle")

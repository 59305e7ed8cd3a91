"""Replacements: stable, of the same shape, never an original, never two alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.rework.pseudonyms import NumberSearch, Pseudonyms, is_blank, luhn, telling

PAN = "3104870399000000017"
LNT = "5100000123456789"
TERMINAL = "413158100102"
PANS = st.text("0123456789", min_size=19, max_size=19).filter(lambda n: not is_blank(n))


def names(secret: bytes = b"secret") -> Pseudonyms:
    return Pseudonyms(secret)


@settings(deadline=None)
@given(st.lists(PANS, min_size=1, max_size=20, unique=True))
def test_card_numbers(numbers: list[str]) -> None:
    one = names()
    for number in numbers:
        one.learn_pan(number)
    made = [one.pan(number) for number in numbers]
    assert made == [one.pan(number) for number in numbers]
    assert len(set(made)) == len(numbers)
    assert not set(made) & set(numbers)
    for old, new in zip(numbers, made, strict=True):
        assert len(new) == 19
        assert new.isdecimal()
        assert new[:8] == old[:8]
        assert one.factor(old[-16:]) == next(
            one.pan(n)[-16:] for n in reversed(numbers) if n[-16:] == old[-16:]
        )


@settings(deadline=None)
@given(PANS)
def test_a_valid_check_digit_stays_valid(number: str) -> None:
    number = number[:-1] + luhn(number[:-1])
    new = names().pan(number)
    assert new[-1] == luhn(new[:-1])


def test_luhn() -> None:
    assert luhn("7992739871") == "3"


def test_other_secrets_give_other_numbers() -> None:
    assert names(b"a").pan(PAN) != names(b"b").pan(PAN)
    assert names(b"a").pan(PAN) == names(b"a").pan(PAN)


def test_issuer_parts_stay() -> None:
    one = names()
    assert one.lnt(LNT).startswith("510000")
    assert one.lnt(LNT) != LNT
    assert one.terminal(TERMINAL).startswith("4131")
    assert one.terminal(TERMINAL) != TERMINAL
    assert one.terminal("0000" + TERMINAL) == "0000" + one.terminal(TERMINAL)


def test_the_alphabet_stays() -> None:
    one = names()
    assert one.other("serial", "0123456789").isdecimal()
    changed = one.other("uid", "04A1B2C3", 2)
    assert changed.startswith("04")
    assert changed != "04A1B2C3"
    assert one.other("pin", "1234FF").endswith("FF")


@pytest.mark.parametrize("blank", ["0000000000000000000", "FFFFFFFF", ""])
def test_what_is_no_number_stays(blank: str) -> None:
    one = names()
    one.learn_pan(blank)
    assert not one.originals
    assert one.pan(blank) == one.terminal(blank) == one.other("x", blank) == blank


def test_numbers_too_short_to_be_replaced_become_zeros() -> None:
    """All digits are taken, so none is left for any of them."""
    one = names()
    for digit in "123456789":
        one.learn(digit)
    assert one.other("x", "1") == "0"
    assert one.other("uid", "04", 2) == "00"


def test_known_parts() -> None:
    one = names()
    one.learn_pan(PAN)
    one.learn_lnt(LNT)
    one.learn_terminal("0000" + TERMINAL)
    assert one.known(PAN) == one.pan(PAN)
    assert one.known(PAN[-16:]) == one.pan(PAN)[-16:]
    assert one.known(LNT) == one.lnt(LNT)
    assert one.known(LNT[6:]) == one.lnt(LNT)[6:]
    assert one.known(TERMINAL) == one.terminal(TERMINAL)
    assert one.known("999999999999") is None
    assert one.known(PAN[8:18]) == one.pan(PAN)[8:18]
    assert one.originals == {PAN, PAN[-16:], PAN[8:18], LNT, LNT[6:], TERMINAL}


def test_both_numbers_of_a_dual_card_stay_in_step() -> None:
    one = names()
    one.learn_pan("3104870395000000827")
    one.learn_lnt("5100009500000082")
    assert one.pan("3104870395000000827")[8:18] == one.lnt("5100009500000082")[6:]


def test_masked_numbers() -> None:
    one = names()
    one.learn_pan(PAN)
    new = one.pan(PAN)
    assert one.masked("310487*********0017") == new[:6] + "*" * 9 + new[-4:]
    assert one.masked("999999*********0017") is None
    one.learn_pan("3104870311111110017")
    assert one.masked("310487*********0017") is None


def test_codes() -> None:
    one = names()
    assert one.code("code", b"1234") == one.code("code", b"1234") != b"1234"
    assert len(one.code("code", b"12345678")) == 8


@pytest.mark.parametrize(
    ("number", "wanted"), [("0000000000123456", True), ("0000000000012345", False), ("FF", False)]
)
def test_numbers_that_can_be_recognised(number: str, *, wanted: bool) -> None:
    assert telling(number) is wanted


def test_the_search_takes_the_longest_and_goes_on_behind_it() -> None:
    search = NumberSearch({"12345678", "1234567890", "ABCDEF01", "777"})
    text = "x1234567890abcdef0177712345678x 1234567"
    assert [text[a:b] for a, b in search.find(text, 0, len(text))] == [
        "1234567890", "abcdef01", "12345678",
    ]  # fmt: skip


@settings(deadline=None)
@given(st.text("0123456789ABCDEF", min_size=8, max_size=20), st.text("0123456789ABCDEFx"))
def test_the_search_finds_what_stands_anywhere(number: str, around: str) -> None:
    text = f"{around}{number}{around}"
    assert list(NumberSearch({number}).find(text, 0, len(text)))
    assert not list(NumberSearch(()).find(text, 0, len(text)))

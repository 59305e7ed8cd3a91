"""Card numbers are hidden in every dress in which a trace or a text holds them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.corpus import load
from ykt_sim.meaning.hiding.masking import Masker, Unmasked
from ykt_sim.meaning.understand import understand

PAN = "3104870399000012317"
LNT = "5100000123456789"
NUMBERS = st.text("0123456789", min_size=13, max_size=19).filter(
    lambda number: len(number.strip("0")) >= 8
)


def knowing(*numbers: str) -> Masker:
    masker = Masker()
    for number in numbers:
        masker.learn_pan(number)
    return masker


def holds(text: str, number: str) -> bool:
    """True where the whole number can be read: as digits, in groups, as ASCII in hex."""
    bare = re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", text)
    return any(one in whole for whole in (text, bare)
               for one in (number, number.encode().hex()))  # fmt: skip


@given(number=NUMBERS, before=st.text("0123456789ABCDEF"), after=st.text("0123456789ABCDEF"))
def test_no_neighbour_keeps_a_number_visible(number: str, before: str, after: str) -> None:
    """At any nibble, whatever stands on both sides."""
    text = before + number + after
    shown = knowing(number).text(text)
    assert not holds(shown, number)
    assert len(shown) == len(text)


@given(numbers=st.lists(NUMBERS, min_size=2, max_size=4), overlap=st.integers(0, 12))
def test_numbers_that_overlap_are_all_hidden(numbers: list[str], overlap: int) -> None:
    first, second, *_ = numbers
    text = first + second[min(overlap, len(second)) :] + " " + second + first
    shown = knowing(*numbers).text(text)
    assert not any(holds(shown, number) for number in numbers)


@pytest.mark.parametrize(
    "text",
    [
        f"card {PAN} refused",
        f"card {PAN[:4]} {PAN[4:8]} {PAN[8:12]} {PAN[12:16]} {PAN[16:]}",
        f"{PAN[:8]}-{PAN[8:18]}-{PAN[18]}",
        f"0{PAN}",
        f"{PAN}F",
        PAN.encode().hex(),
        PAN.encode().hex().upper() + "2C",
        " ".join(re.findall("..", "0" + PAN)),
    ],
)
def test_every_dress(text: str) -> None:
    shown = knowing(PAN).text(text)
    assert not holds(shown, PAN)
    assert not holds(shown, PAN[-16:])
    assert len(shown) == len(text)


def test_ends_stay_and_so_does_everything_else() -> None:
    masker = knowing(PAN)
    assert masker.text(f"pan {PAN}, amount 200") == "pan 310487*********2317, amount 200"
    assert masker.text(PAN[-16:]) == "487*********2317"
    assert masker.text("805003020B01000000C8413158100102") == "805003020B01000000C8413158100102"


def test_the_end_of_a_number_alone_is_hidden_alike() -> None:
    masker = Masker()
    masker.learn_factor(PAN[-16:])
    assert masker.text(f"8070{PAN[-16:]}08") == "8070487*********231708"


def test_a_part_is_hidden_whole() -> None:
    masker = Masker()
    masker.learn_part("0310487039")
    assert masker.text("03104870399000") == "**********9000"
    masker.learn_part("0000000001")
    assert masker.text("0000000001") == "0000000001"


def test_a_blank_number_hides_no_zeros() -> None:
    masker = Masker()
    masker.learn_lnt("0000000000000000")
    masker.learn_pan("0000000000000000001")
    masker.learn_lnt("FFFFFFFFFFFFFFFF")
    text = "00000000000000000000000000000001FFFFFFFFFFFFFFFF"
    assert masker.text(text) == text


def test_a_holder_is_hidden_as_bytes_and_as_text() -> None:
    masker = Masker()
    masker.learn_person("张三李四".encode("gb18030").ljust(20, b"\0"))
    assert "张三" not in masker.text("name 张三李四")
    assert "D5C5C8FD" not in masker.text("0100D5C5C8FDC0EECBC4" + "00" * 12 + "9000")


@pytest.mark.parametrize("name", ["dual-load-point", "tunion-bus-tunion", "lnt-bus-legacy"])
def test_no_number_of_a_trace_is_left_in_its_bytes(name: str) -> None:
    masker, numbers = Masker(), set[str]()
    items = list(understand(load(name)))
    for item in items:
        masker.take(item)
        numbers |= {
            str(piece.value).strip("F")[-19:]
            for _, piece in item.pieces()
            if piece.name in {"pan", "card_number"}
        }
    assert numbers
    for item in items:
        raw = "".join(piece.raw.hex().upper() for _, piece in item.pieces())
        assert not any(holds(masker.text(raw), number) for number in numbers)


def test_what_was_asked_for_is_whole() -> None:
    masker = Unmasked()
    for item in understand(load("dual-load-point")):
        masker.take(item)
    assert masker.text(PAN) == PAN


def test_what_was_shown_once_is_hidden_when_it_is_learnt() -> None:
    masker = Masker()
    assert masker.text(f"card {PAN}, key C0FFEE") == f"card {PAN}, key C0FFEE"
    masker.learn_pan(PAN)
    masker.learn_word("c0ffee", "(key)")
    assert masker.text(f"card {PAN}, key C0FFEE") == "card 310487*********2317, key (key)"
    masker.learn_word("C0FFEE", "(other)")
    assert masker.text("key C0FFEE") == "key (other)"

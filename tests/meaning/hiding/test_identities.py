"""The one finder of numbers: what it tells of fields, tags, notes and headers."""

from __future__ import annotations

import hashlib

import pytest

from ykt_sim.meaning.hiding.identities import (
    learn_event,
    learn_header,
    learn_note,
    loose_numbers,
    own_numbers,
    tagged_numbers,
)
from ykt_sim.meaning.understand import understand
from ykt_sim.rework.pseudonyms import Pseudonyms
from ykt_sim.trace.model import Exchange, Header, Note

PAN = "3104870399000000017"
LNT = "5100000123456789"
TERMINAL = "413158100102"


def test_numbers_are_learnt_from_notes_and_headers() -> None:
    names = Pseudonyms(b"secret")
    learn_note(names, Note(t=0.0, text="card", data={"card": PAN, "terminal": TERMINAL, "n": 1}))
    learn_note(names, Note(t=0.0, text="card", data={"factors": {"lnt": [LNT]}}))
    learn_note(names, Note(t=0.0, text="shown 3104870377777777777 at the gate"))
    learn_header(names, Header(card="3104870388888888888"))
    assert {PAN, TERMINAL, LNT, "3104870388888888888"} <= names.originals
    assert "3104870377777777777" in names.originals


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ("700F5A0A6228480012345678901F5F3400", "6228480012345678901"),
        ("7013571162284800123456789D2512201123400000", "62284800123456789"),
        ("77169F6B134485123456781234D25122010000000000000F", "4485123456781234"),
        ("5615" + b"B4485123456781234^NAM".hex(), "4485123456781234"),
    ],
)
def test_card_numbers_in_tags_of_any_card(data: str, number: str) -> None:
    assert list(tagged_numbers(bytes.fromhex(data))) == [number]


@pytest.mark.parametrize(
    "data", ["", "5A", "5A0AFFFFFFFFFFFFFFFFFFFF", "5A03123456", "700E5A0A62", "00" * 12]
)
def test_what_is_no_number_is_not_told(data: str) -> None:
    assert not list(tagged_numbers(bytes.fromhex(data)))


def test_an_answer_of_an_unknown_card_is_looked_through() -> None:
    names = Pseudonyms(b"secret")
    answer = bytes.fromhex("70105A0A6228480012345678901F5F3401019000")
    events = [Exchange(t=0, channel="card", command=bytes.fromhex("00B2010C00"), response=answer)]
    for item in understand(events):
        learn_event(names, item)
    assert "6228480012345678901" in names.originals


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ("0055031048703990000000175555", "3104870399000000017"),
        ("3104870399000000017F", "3104870399000000017"),
        ("FFFF5100000123456789FFFF", "5100000123456789"),
        ("4485123456781234D25122010000000000000F", ""),
        ("00004485123456781232D25122010000000000000F", "4485123456781232"),
        ("7081FF5A084485123456781232", "4485123456781232"),
        ("7081FF5A084485123456781234", ""),
        ("7081FF5A0A448512345678", ""),
        ("05100000123456789F", ""),
        ("02010319999000000001234520240101203912310000", "3199990000000012345"),
        ("02010319999000000001234520240101203913310000", ""),
    ],
)
def test_card_numbers_in_no_order(data: str, number: str) -> None:
    raw = bytes.fromhex(data)
    assert [*own_numbers(raw), *loose_numbers(raw)] == [number] * bool(number)


def test_random_bytes_hold_no_number() -> None:
    blocks = [hashlib.sha512(b"%d" % number).digest() for number in range(10_000)]
    finders = (tagged_numbers, own_numbers, loose_numbers)
    assert not [found for one in blocks for finder in finders for found in finder(one)]


@pytest.mark.parametrize("front", ["", "00", "FF", "31", "0031", "5713"])
def test_what_stands_in_front_hides_no_number(front: str) -> None:
    pan = "3104123456789012345"
    assert list(own_numbers(bytes.fromhex(f"{front}{pan}F11229000".ljust(60, "0")))) == [pan]


@pytest.mark.parametrize("front", ["5713", "9F6B13", "0057" + "13"])
def test_track_2_behind_its_tag(front: str) -> None:
    track = "4111111111111111D25122010000012345F0"
    assert list(loose_numbers(bytes.fromhex(front + track))) == ["4111111111111111"]

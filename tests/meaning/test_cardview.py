"""A card's description, decoded: what is shown, what is masked, what is never shown."""

from __future__ import annotations

import json

import pytest

from ykt_sim.bench.make import make_card
from ykt_sim.card.describe import describe
from ykt_sim.meaning.cardview import decoded_view, masked, readable

NUMBER = "3105170000000000001"


def view(*, unmasked: bool) -> str:
    found = describe(make_card("dual", balance=500).snapshot())
    return json.dumps(decoded_view(found, unmasked=unmasked))


def whole_number() -> str:
    found = decoded_view(describe(make_card("tunion").snapshot()), unmasked=True)
    (number,) = {
        content["pan_number"]
        for folder in found["directories"] for file in folder["files"]
        for content in file["content"] or () if "pan_number" in content
    }  # fmt: skip
    return str(number)


def test_numbers_are_masked_and_their_bytes_left_out() -> None:
    number = whole_number()
    found = decoded_view(describe(make_card("tunion").snapshot()), unmasked=False)
    text = json.dumps(found)
    assert number not in text
    assert f"{number[:6]}*" in text
    assert number in json.dumps(
        decoded_view(describe(make_card("tunion").snapshot()), unmasked=True)
    )


@pytest.mark.parametrize("unmasked", [False, True])
def test_personal_files_are_never_shown(unmasked: bool) -> None:  # noqa: FBT001 - a parameter
    found = json.loads(view(unmasked=unmasked))
    personal = [
        file for folder in found["directories"] for file in folder["files"]
        if file["kind"] == "tunion:16"
    ]  # fmt: skip
    assert personal
    assert all(file["content"] is None and file["size"] for file in personal)


def test_what_is_of_no_kind_is_a_count_or_bytes() -> None:
    file = {"kind": "odd", "content": ["0102"]}
    for unmasked, said in ((False, {"bytes": 2}), (True, {"raw": "0102"})):
        found = decoded_view({"directories": [{"files": [dict(file)]}]}, unmasked=unmasked)
        assert found["directories"][0]["files"] == [{"kind": "", "size": 2, "content": [said]}]


def test_an_fci_names_no_card_unless_asked() -> None:
    fci = "6F318408A000000632010105A5259F0801029F0C1E02205810FFFFFFFF0201031048703000000000172017" \
          "07152040121500009000"  # fmt: skip
    made = [
        decoded_view({"directories": [{"fci": fci, "files": []}]}, unmasked=unmasked)
        for unmasked in (False, True)
    ]
    hidden, shown = (found["directories"][0]["fci"] for found in made)
    assert "raw" not in hidden
    assert "310487030000000001" not in json.dumps(hidden)
    assert hidden["application"] == shown["application"]
    broken = {"directories": [{"fci": "6F05", "files": []}]}
    assert decoded_view(broken, unmasked=False)["directories"][0]["fci"] is None


def test_pieces() -> None:
    assert masked({"pan_number": NUMBER, "amount": 5}) == {
        "pan_number": "310517*********0001", "amount": 5,
    }  # fmt: skip
    assert readable("tunion:18", b"\x00") is None
    assert readable("", b"\x00") is None

"""Card images: round trip, and every kind of damage refused in one clear line."""

from __future__ import annotations

import hashlib
import json
import sys
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.card.reference import TUNION_KEYS, Wallet
from tests.card.support import EP, changed, create_purse_application, made, new_card, powered
from ykt_sim.card import Card, CardImage
from ykt_sim.card.image import VERSION
from ykt_sim.card.model import CellValue
from ykt_sim.errors import ImageError, ProfileError, YktError

CODE = "hex:00000000"
NAMES = ("lnt", "tunion", "dual", "blank")


def sealed(cells: Any, version: Any = VERSION, form: str = "ykt-card") -> str:
    """A file as somebody would forge it: any cells, with the checksum that fits them."""
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return json.dumps({"format": form, "version": version, "sha256": digest, "cells": cells})


def cells_of(name: str) -> list[Any]:
    cells: list[Any] = json.loads(made(name, balance=500).to_json())["cells"]
    return cells


def refusal(text: str) -> str:
    with pytest.raises(ImageError) as caught:
        CardImage.from_json(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    return message


# -- round trip ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_round_trip_of_a_fresh_card(name: str) -> None:
    image = made(name)
    text = image.to_json()
    assert CardImage.from_json(text) == image
    assert CardImage.from_json(text).to_json() == text
    assert json.loads(text)["version"] == VERSION


def test_round_trip_of_a_used_card_and_of_an_issued_one() -> None:
    talk = new_card("tunion", balance=5000)
    talk.ok(EP)
    wallet = Wallet(talk, TUNION_KEYS)
    wallet.do("overdraft", 100)
    wallet.do("composite", 5010)
    image = talk.card.snapshot()
    assert CardImage.from_json(image.to_json()) == image
    talk = powered(image)
    talk.ok(EP)
    assert Wallet(talk, TUNION_KEYS).balance("02") == 10
    blank = new_card("blank")
    create_purse_application(blank, {"34/00/01": "11" * 16, "3E/01/01": "22" * 16}, pin="1234")
    image = blank.card.snapshot()
    assert CardImage.from_json(image.to_json()) == image


def test_bytes_are_readable_hex_and_one_cell_stands_on_a_line() -> None:
    lines = made("tunion").to_json().splitlines()
    assert any('"hex:01011000FFFFFFFF0201' in line for line in lines)
    assert len(lines) == len(made("tunion").cells) + 2


def test_whitespace_and_order_inside_json_do_not_matter() -> None:
    body = json.loads(made("tunion").to_json())
    text = json.dumps(dict(reversed(body.items())), indent=3)
    assert CardImage.from_json(text) == made("tunion")


# -- damage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "{", "[]", "null", "3", '"x"', "\x00", "ykt-card", "{}"])
def test_no_image_at_all(text: str) -> None:
    assert "card image" in refusal(text)


def test_truncated_anywhere() -> None:
    text = made("tunion").to_json()
    for length in range(0, len(text.rstrip()), 97):
        assert "damaged" in refusal(text[:length])


def test_one_flipped_bit_anywhere() -> None:
    raw = made("tunion", balance=500).to_json().encode()
    whole = CardImage.from_json(raw.decode())
    for at in range(0, len(raw), 41):
        bad = bytearray(raw)
        bad[at] ^= 0x01
        try:
            image = CardImage.from_json(bad.decode("utf-8"))
        except ImageError:
            continue
        assert image == whole, f"byte {at}: only insignificant bytes may change unnoticed"


def test_edited_amount_is_told_from_damage_to_the_file() -> None:
    text = made("tunion", balance=500).to_json()
    assert '"actual": 500' in text
    assert "edited" in refusal(text.replace('"actual": 500', '"actual": 900'))


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (2, "version 2; this program reads up to 1: update it"),
        (10**30, "update it"),
        (0, "no usable version: 0"),
        (-1, "no usable version"),
        ("1", "no usable version: '1'"),
        (None, "no usable version"),
        (1.5, "no usable version"),
        ([], "no usable version"),
    ],
)
def test_other_versions(version: object, message: str) -> None:
    assert message in refusal(sealed(cells_of("lnt"), version))


@pytest.mark.parametrize("form", ["", "ykt-sam", "YKT-CARD", 5, None])
def test_other_formats(form: Any) -> None:
    assert '"format": "ykt-card"' in refusal(sealed(cells_of("lnt"), form=form))


@pytest.mark.parametrize(
    "cells", [None, {}, "", 5, [5], [[]], [[["card"]]], [["card", {}]], [[[], {}]]]
)
def test_cells_of_the_wrong_shape(cells: Any) -> None:
    assert "damaged" in refusal(sealed(cells))


def test_missing_card_master_file_or_anything_else_that_is_named() -> None:
    cells = cells_of("dual")
    for at, (name, _) in enumerate(cells):
        rest = cells[:at] + cells[at + 1 :]
        names = [entry[0] for entry in rest]
        whole = name[0] in ("key", "purse")  # a card without it: refused by status word
        if whole or (name[0] == "ef" and ["data", *name[1:]] not in names):
            CardImage.from_json(sealed(rest))
        else:
            assert "damaged" in refusal(sealed(rest)), name


def test_a_cell_twice() -> None:
    cells = cells_of("lnt")
    assert "twice" in refusal(sealed([*cells, cells[-1]]))


def edits() -> list[tuple[str, list[Any], str, Any]]:
    """(card, cell, field, impossible value)."""
    card, df, ef = ["card"], ["df", 0xDF05], ["ef", 0xDF05, 0x15]
    key, purse, money = ["key", 0xDF05, 0x3E, 1], ["purse", 0xDF05, 2], ["money", "tunion"]
    return [
        ("tunion", card, "atr", 5),
        ("tunion", card, "blocked", "no"),
        ("tunion", card, "unknown", 1),
        ("tunion", df, "blocked", 3),
        ("tunion", df, "blocked", -1),
        ("tunion", df, "parent", 0xDF05),
        ("tunion", df, "parent", 0x7777),
        ("tunion", df, "create_ac", 256),
        ("tunion", df, "name", "hex:" + "41" * 17),
        ("tunion", df, "select_sw", 0x10000),
        ("tunion", df, "fci", [[1, 2, 3]]),
        ("tunion", ef, "type", 0x2E),
        ("tunion", ef, "type", 0x99),
        ("tunion", ef, "size", 31),
        ("tunion", ef, "size", -1),
        ("tunion", ef, "read_ac", 999),
        ("tunion", key, "value", "hex:0011"),
        ("tunion", key, "value", "hex:" + "00" * 17),
        ("tunion", key, "value", "00112233"),
        ("tunion", key, "value", "hex:XY"),
        ("tunion", key, "left", 1),
        ("tunion", key, "tries", 16),
        ("tunion", purse, "money", "nobody"),
        ("tunion", purse, "offline", 65536),
        ("tunion", purse, "online", -1),
        ("tunion", purse, "ceiling", 499),
        ("tunion", purse, "ceiling", 1.5),
        ("tunion", purse, "log_fid", "0018"),
        ("tunion", purse, "proof", {"type": 6, "number": 1, "mac2": "hex:00", "tac": CODE}),
        ("tunion", purse, "proof", {"type": 6, "number": 65537, "mac2": CODE, "tac": CODE}),
        ("tunion", money, "actual", -1),
        ("tunion", money, "actual", 100_001),
        ("tunion", money, "actual", True),
        ("tunion", money, "actual", "500"),
        ("tunion", money, "limit", 0x1000000),
        ("tunion", money, "overdrawn", 1),
        ("tunion", ["data", 0xDF05, 0x15], "", "hex:00"),
        ("tunion", ["data", 0xDF05, 0x15], "", ["hex:" + "00" * 30]),
        ("tunion", ["data", 0xDF05, 0x15], "", None),
        ("tunion", ["data", 0xDF05, 0x18], "", ["hex:00"]),
        ("tunion", ["data", 0xDF05, 0x18], "", ["hex:" + "00" * 23] * 11),
        ("tunion", ["data", 0xDF05, 0x18], "", "hex:00"),
        ("tunion", ["data", 0xDF05, 0x1A], "", ["hex:" + "00" * 128] * 19),
        ("tunion", ["data", 0xDF05, 0x19], "", ["hex:00"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "cell", "field", "value"), edits())
def test_forged_image_with_a_fitting_checksum(name: str, cell: Any, field: str, value: Any) -> None:
    """The checksum is no secret: what a card could not be is refused for what it says."""
    cells = cells_of(name)
    for entry in cells:
        if entry[0] == cell:
            if field:
                entry[1][field] = value
            else:
                entry[1] = value
            break
    else:
        pytest.fail(f"no cell {cell}")
    message = refusal(sealed(cells))
    assert "checksum" not in message
    assert "SHA" not in message


@pytest.mark.parametrize(
    "cell",
    [
        [["nothing", 1], {}],
        [["df", "DF05"], {}],
        [["df", True], {}],
        [["df", -5], {}],
        [["df", 0x10000], {}],
        [["df"], {}],
        [["df", 1, 2], {}],
        [["money", 5], {}],
        [["key", 0xDF05, 0x99, 0], {"value": "hex:" + "00" * 8}],
        [["key", 0x1234, 0x36, 0], {"value": "hex:" + "00" * 8}],
        [["ef", 0xDF05, 0x99], {"type": 0x28, "size": 5}],
        [["data", 0xDF05, 0x99], "hex:00"],
        [[None], {}],
        [[["df"]], {}],
        [["df", 0x1111], {"parent": 0x2222}],
        ["df", {}],
        5,
    ],
)
def test_forged_extra_cell(cell: Any) -> None:
    assert refusal(sealed([*cells_of("tunion"), cell]))


def test_loop_of_parents_is_no_card() -> None:
    loop = [[["df", 0x1111], {"parent": 0x2222}], [["df", 0x2222], {"parent": 0x1111}]]
    assert "no parent directory" in refusal(sealed([*cells_of("tunion"), *loop]))


@pytest.mark.parametrize("depth", [100, 900, 985, 995, 1100, 100_000])
@pytest.mark.parametrize("bracket", ["[]", '{"a":}'])
def test_deep_nesting(depth: int, bracket: str) -> None:
    left, right = (bracket[0], bracket[1]) if bracket == "[]" else ('{"a":', "}")
    deep = left * depth + "1" + right * depth
    refusal(deep)
    refusal('{"format":"ykt-card","version":1,"sha256":"","cells":[' + deep + "]}")
    if depth < 900:
        refusal(sealed([[["card"], json.loads(deep)]]))


def test_every_depth_around_the_interpreters_limit() -> None:
    """Whatever is read can also be digested: a refusal at each depth, never a traceback."""
    head = '{"format":"ykt-card","version":1,"sha256":"","cells":['
    for depth in range(sys.getrecursionlimit() - 250, sys.getrecursionlimit() + 10):
        refusal(head + "[" * depth + "]" * depth + "]}")


def test_huge_files_and_numbers() -> None:
    refusal("[" * 10)
    refusal('{"format":"ykt-card","version":' + "9" * 5000 + "}")
    refusal("9" * 10_000)
    refusal(sealed([[["money", "x" * 1_000_000], {}]])[:500_000])
    refusal(" " * 1_000_000)
    refusal(sealed([[["x" * 1_000_000], {}]]))
    refusal(sealed([[["df", "x" * 1_000_000], {}]]))
    refusal(sealed([], version="x" * 1_000_000))
    refusal(sealed([], version=10**4000))
    cells = cells_of("tunion")
    for entry in cells:
        if entry[0] == ["money", "tunion"]:
            entry[1]["actual"] = 10**400
    refusal(sealed(cells))


@pytest.mark.parametrize(
    "text",
    [
        '{"format":"ykt-card","version":NaN}',
        '{"format":"ykt-card","version":1,"sha256":"","cells":[Infinity]}',
    ],
)
def test_numbers_that_are_none(text: str) -> None:
    refusal(text)


def test_lone_surrogates_are_refused_not_crashed_on() -> None:
    refusal('{"format":"ykt-card","version":1,"sha256":"","cells":["\\ud800"]}')
    refusal(sealed([[["money", "\ud800"], {}]]))
    cells = cells_of("lnt")
    cells[0][1]["profile"] = "\ud800"
    assert "lone surrogate" in refusal(sealed(cells))


@pytest.mark.parametrize(("field", "value"), [("fci", [[-1, None]]), ("get_data", [[-1, "hex:"]])])
def test_a_tag_is_a_number_of_two_bytes(field: str, value: Any) -> None:
    cells = cells_of("lnt")
    next(cell for cell in cells if cell[0][0] == "df")[1][field] = value
    assert "Expected `int`" in refusal(sealed(cells))


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["hex:", "hex:00", "card", "df", "ef", "data", "key", "purse", "money"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_arbitrary_cells_never_crash_the_reader(value: Any) -> None:
    for cells in (value, [value], [[["card"], value]], [*cells_of("lnt"), [["df", 5], value]]):
        with suppress(ImageError):
            Card(CardImage.from_json(sealed(cells)), bytes).power_on()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"select_sw": 0x4800}, "4800 is no status word"),
        ({"blocked_select_sw": 0}, "0000 is no status word"),
        ({"locked_select_sw": 0xA000}, "A000 is no status word"),
        ({"get_data": [[0x9F79, "hex:" + "3B" * 128]]}, "data 9F79 is over 127 bytes"),
        ({"fci_trailing": "hex:" + "3B" * 250}, "its FCI is longer than 256 bytes"),
        ({"fci": [[0x50, "hex:" + "3B" * 250]]}, "its FCI is longer than 256 bytes"),
        ({"fci": [[0x9F0C, None]] * 9}, "its FCI is longer than 256 bytes"),
    ],
)
def test_what_a_directory_answers_fits_an_answer(change: dict[str, Any], message: str) -> None:
    cells = cells_of("dual")
    cell = next(value for key, value in cells if key == ["df", 0xDF05])
    cell.update(change)
    assert refusal(sealed(cells)) == f"df DF05: {message}"


@pytest.mark.parametrize("size", [0, 1, 34, 100])
def test_an_atr_has_2_to_33_bytes(size: int) -> None:
    cells = cells_of("dual")
    next(value for key, value in cells if key == ["card"])["atr"] = "hex:" + "3B" * size
    assert refusal(sealed(cells)) == f"ATR of {size} bytes, expected 2 to 33"


def test_errors_are_profile_errors() -> None:
    """The command line shows one tree of errors as one line each."""
    assert issubclass(ImageError, ProfileError)
    assert issubclass(ImageError, YktError)


def test_check_finds_what_code_put_together_wrongly() -> None:
    def without_money(value: CellValue) -> CellValue:
        return msgspec.structs.replace(value, money="nobody")  # type: ignore[type-var]

    with pytest.raises(ImageError, match="names no money"):
        changed(made("lnt"), {("purse", 0xADF3, 2): without_money}).check()
    with pytest.raises(ImageError, match="card cell or MF missing"):
        CardImage({}).check()

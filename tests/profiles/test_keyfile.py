"""Key files: whose keys, what for, and what is said of those that cannot be used."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ykt_sim.errors import ProfileError
from ykt_sim.profiles.keyfile import KeyFile, read_key_file

KEY = "00112233445566778899AABBCCDDEEFF"
LOAD = {"standard": "tunion", "type": "3F", "value": KEY}


def read(tmp_path: Path, document: Any) -> KeyFile:
    path = tmp_path / "k.json"
    path.write_text(json.dumps(document), encoding="utf-8-sig")
    return read_key_file(str(path))


@pytest.mark.parametrize(
    ("more", "standard"),
    [
        ({"standard": "lnt"}, "lnt"),
        ({"aid": "A000000632010105"}, "tunion"),
        ({"aid": "A0000006320101055800022058100000"}, "tunion"),
        ({"aid": b"PAY.TICL".hex()}, "lnt"),
        ({"aid": b"1PAY.SYS.DDF01".hex()}, "own"),
        ({"fid": "DDF1"}, "lnt"),
        ({"fid": "3f01"}, "own"),
        ({"standard": "", "fid": "3F01"}, "own"),
        ({"standard": "own"}, "own"),
    ],
)
def test_whose_key_it_is(tmp_path: Path, more: dict[str, str], standard: str) -> None:
    (key,) = read(tmp_path, [{"type": "3F", "value": KEY} | more]).keys
    assert key.standard == standard
    assert key.role == "load"
    assert key.value == bytes.fromhex(KEY)
    assert not key.master


def test_bits_of_a_type_that_say_how_it_is_written_do_not_count(tmp_path: Path) -> None:
    for kind in ("3E", "7E", "be", "FE"):
        (key,) = read(tmp_path, [LOAD | {"type": kind}]).keys
        assert key.role == "purchase"


def test_a_role_may_stand_for_a_type(tmp_path: Path) -> None:
    entry = {"standard": "tunion", "role": "tac", "master": KEY}
    (key,) = read(tmp_path, {"keys": [entry]}).keys
    assert (key.role, key.master) == ("tac", True)


def test_masters_are_divided_as_the_file_says(tmp_path: Path) -> None:
    issuer, card, fixed = b"issuer!!", b"cardcard", "1122334455667788"
    found = read(tmp_path, {"keys": [], "levels": {"tunion": ["card"], "own": [fixed, "issuer"]}})
    assert found.factors("tunion", (issuer, card)) == (card,)
    assert found.factors("own", (issuer, card)) == (bytes.fromhex(fixed), issuer)
    assert found.factors("lnt", (card,)) == (card,)


def test_what_cannot_be_used_is_said_once_for_each_reason(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            LOAD,
            {"type": "33"},
            {"type": "33"},
            LOAD | {"standard": "ecash"},
            LOAD | {"value": "00"},
            LOAD,
            LOAD | {"value": KEY[::-1]},
            LOAD | {"id": 2, "index": 2},
        ],
    )
    assert [key.label for key in found.keys] == ["", "index 2"]
    where = str(tmp_path / "k.json")
    assert found.unused == (
        f"{where}: keys 1, 2 not used: no code is made with a key of type 33",
        f"{where}: key 3 not used: no code is checked under standard 'ecash', only "
        "tunion, lnt, own or psam",
        f"{where}: key 4 not used: a key of 1 bytes is no DES key of 8 or 16",
        f"{where}: key 5 not used: the same key of that standard, type, id and version stands "
        "before it",
        f"{where}: key 6 not used: another key of that standard, type, id and version stands "
        "before it",
        f"{where}: key 7 not used: 'index' is no field of a key",
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([{"type": "3F", "value": KEY}], "key 0 lacks 'standard': write tunion, lnt, own or psam"),
        ([LOAD, {"standard": "lnt", "type": "3F"}], "key 1 lacks 'value'"),
        ([{"standard": "lnt", "value": KEY}], "key 0 lacks 'type'"),
        ([LOAD | {"type": "load"}], "'type' must be two hex digits like 3E, got 'load'"),
        ([{"standard": "lnt", "role": "pay", "value": KEY}], "'role' must be one of purchase, "),
        ([LOAD | {"value": "zz"}], "'value' must be hex"),
        ([LOAD | {"value": 3}], "'value' must be hex"),
        ([LOAD | {"standard": 3}], "'standard' must be tunion, lnt, own or psam, got 3"),
        ([LOAD | {"type": 62}], "'type' must be two hex digits like 3E, got 62"),
        ([LOAD | {"type": "3EE"}], "'type' must be two hex digits like 3E, got '3EE'"),
        ([LOAD | {"type": ["3E"]}], "'type' must be two hex digits like 3E, got ['3E']"),
        ([LOAD | {"role": "tac"}], "'type' 3F is load, 'role' says 'tac'"),
        ([LOAD | {"master": KEY}], "key 0 has 'value' and 'master'"),
        ([{"standard": "lnt", "role": ["tac"], "value": KEY}], "'role' must be one of purchase, "),
        ([LOAD | {"aid": b"PAY.TICL".hex()}], "is of lnt, 'standard' says tunion"),
        ([{"type": "3F", "fid": 3, "value": KEY}], "'fid' must be four hex digits like 3F01"),
        ([{"type": "3F", "fid": "3F", "value": KEY}], "'fid' must be four hex digits like 3F01"),
        ([{"type": "3F", "aid": "A0 0", "value": KEY}], "'aid' must be hex"),
        ([LOAD | {"id": "one"}], "'id' must be a number from 0 to 255, got 'one'"),
        ([LOAD | {"id": 300}], "'id' must be a number from 0 to 255, got 300"),
        ([LOAD | {"id": True}], "'id' must be a number from 0 to 255, got True"),
        ([LOAD | {"version": [1]}], "'version' must be a number from 0 to 255, got [1]"),
        (["key"], "key 0: expected an object"),
        ({"keys": [], "levels": []}, "'levels' must be an object"),
        ({"keys": [], "levels": {"x": []}}, "'levels' has tunion, lnt, own or psam"),
        ({"keys": [], "levels": {"lnt": "card"}}, "levels of lnt: expected a list like"),
        ({"keys": [], "levels": {"lnt": [["card"]]}}, "expected issuer, card or 16 hex digits"),
        ({"keys": [], "levels": {"lnt": ["pan"]}}, "expected issuer, card or 16 hex digits"),
        ({"keys": [], "levels": {"lnt": ["1122"]}}, "expected issuer, card or 16 hex digits"),
    ],
)
def test_errors_name_the_key_and_the_field(tmp_path: Path, document: Any, said: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read(tmp_path, document)
    assert said in str(caught.value)
    assert "k.json" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "k.json: it is empty"),
        ("00112233445566778899AABBCCDDEEFF", "no JSON as ykt card keys --json prints"),
        ('[{"value": "00", "value": "11"}]', "'value' stands twice in one object"),
        ("[" * 100_000, "no JSON"),
        (" " * ((4 << 20) + 1), "4,194,305 bytes, a key file has 4,194,304 at most"),
    ],
)
def test_what_is_no_key_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "k.json"
    path.write_text(text)
    with pytest.raises(ProfileError, match=re.escape(said)):
        read_key_file(str(path))


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        read_key_file(str(tmp_path))
    assert str(caught.value) == f"{tmp_path}: Is a directory"


def test_a_field_of_the_file_that_nobody_knows_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"keys": [LOAD], "level": {"tunion": ["card"]}})
    assert found.unused == (f"{tmp_path / 'k.json'}: 'level' not used: no field of a key file",)


def test_a_key_of_a_psam_is_told_by_usage_and_version(tmp_path: Path) -> None:
    key = {"standard": "psam", "type": "0x28", "master": KEY}
    found = read(tmp_path, [key, key | {"version": 1}])
    assert [one.role for one in found.keys] == ["usage-28", "usage-28-01"]
    assert found.unused == ()


@pytest.mark.parametrize("more", [{}, {"type": 28}, {"type": "purchase"}, {"role": "purchase"}])
def test_a_key_of_a_psam_lacks_its_usage(tmp_path: Path, more: dict[str, object]) -> None:
    with pytest.raises(ProfileError, match=r"key 0.*'type' of a PSAM's key must be its usage"):
        read(tmp_path, [{"standard": "psam", "master": KEY} | more])


def test_a_file_without_keys_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, []).unused == (f"{tmp_path / 'k.json'}: no key in it",)

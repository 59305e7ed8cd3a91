"""What `card show` and `card keys` are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.card.reference import LNT_KEYS, TUNION_KEYS, Wallet, line
from tests.card.support import EP, changed, create_purse_application, made, new_card
from ykt_sim.card import CardImage
from ykt_sim.card.describe import describe, list_keys


def directory(image: CardImage, fid: str) -> dict[str, Any]:
    found: Any = describe(image)["directories"]
    return next(item for item in found if item["fid"] == fid)


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual", "blank"])
def test_description_is_plain_json_and_tells_no_key(name: str) -> None:
    image = made(name)
    text = json.dumps(describe(image))
    for key in list_keys(image):
        assert str(key["value"]) not in text or key["type"] == "3A"
    assert '"value"' not in text


def test_purse_after_use() -> None:
    talk = new_card("tunion", balance=1000)
    talk.ok(EP)
    wallet = Wallet(talk, TUNION_KEYS)
    wallet.do("overdraft", 500)
    wallet.do("purchase", 1200)
    purse = directory(talk.card.snapshot(), "DF05")["purses"]
    assert purse == [
        {
            "purse": "EP",
            "money": "tunion",
            "balance": 300,
            "actual": 0,
            "overdraft_limit": 500,
            "overdrawn": 200,
            "ceiling": 100000,
            "online_counter": 1,
            "offline_counter": 1,
            "log": "0018",
            "last_type": "06",
            "last_number": 1,
        }
    ]


def test_fresh_purse_has_nothing_to_prove() -> None:
    purse = directory(made("lnt"), "ADF3")["purses"][0]
    assert purse["last_type"] is None
    assert purse["last_number"] is None


def test_files_name_their_decoder_and_hold_their_bytes() -> None:
    files = {item["sfi"]: item for item in directory(made("dual"), "DF05")["files"]}
    assert "17" not in files
    assert files["15"]["kind"] == "tunion:15"
    assert files["15"]["content"][0].startswith("02205810FFFFFFFF0201")
    assert files["18"]["content"] == ["00" * 23] * 10
    assert len(files["1A"]["content"]) == 18
    assert files["1E"]["type"] == "cyclic"
    lnt = {item["sfi"]: item for item in directory(made("dual"), "DDF1")["files"]}
    assert {item["kind"] for item in lnt.values()} == {"lnt:15", "lnt:08"}


def test_directories_have_names_people_know() -> None:
    titles = {item["fid"]: item["title"] for item in describe(made("dual"))["directories"]}  # type: ignore[attr-defined]
    assert "PPSE" in titles["DF0E"]
    assert "岭南通" in titles["ADF3"]
    assert "T-Union" in titles["DF05"]


def test_blocked_states_are_told() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    talk.ok(line(TUNION_KEYS["line"], "841E0001", "", talk.ok("0084000004")))
    assert directory(talk.card.snapshot(), "DF05")["blocked"] == "permanently"
    assert directory(talk.card.snapshot(), "DF0E")["blocked"] == "no"
    assert describe(talk.card.snapshot())["blocked"] is False


def test_keys_of_a_card_by_role() -> None:
    lines = list_keys(made("lnt"))
    purchase = [item for item in lines if item["role"] == "purchase"]
    assert purchase == [
        {
            "fid": "ADF3",
            "aid": b"PAY.TICL".hex().upper(),
            "standard": "lnt",
            "type": "3E",
            "name": "PURCHASE",
            "id": 1,
            "version": 1,
            "algorithm": 0,
            "role": "purchase",
            "tries": 0,
            "left": 0,
            "value": LNT_KEYS["purchase"].upper(),
        }
    ]


def test_keys_of_an_issued_card() -> None:
    talk = new_card("blank")
    create_purse_application(talk, {"3E/01/02": "11" * 16}, pin="1234")
    lines = {(item["fid"], item["type"]): item for item in list_keys(talk.card.snapshot())}
    assert lines["3F00", "39"]["value"] == "FF" * 8
    assert lines["3F01", "3E"]["version"] == 2
    assert lines["3F01", "3A"]["value"] == "1234"
    assert (lines["3F01", "3A"]["tries"], lines["3F01", "3A"]["left"]) == (3, 3)


@pytest.mark.parametrize("cell", [("card",), ("money", "lnt")])
def test_damage_is_no_silent_default(cell: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match="damaged"):
        describe(changed(made("lnt"), {cell: lambda _: b""}))

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ykt_conformance.drive.card import CardBench
from ykt_sim.meaning.keyring import KeyRing


def bench(**words: object) -> CardBench:
    ring = words.pop("ring", KeyRing())
    assert isinstance(ring, KeyRing)
    return CardBench({}, ring, bytes, frozenset({"reset"}), test_keys=not words.get("own", False))


@pytest.mark.parametrize(
    ("need", "can"),
    [
        ("reset", True),
        ("tear", False),
        ("keys:tunion.load", True),
        ("keys:lnt.tac", True),
        ("keys:lnt.pin", True),
        ("keys:ecash.load", False),
        ("keys:tunion.nonsense", False),
        ("keys:tunion", False),
    ],
)
def test_what_it_can_do_with_test_keys(need: str, can: bool) -> None:  # noqa: FBT001
    assert bench().can(need) is can


def test_pins_of_the_test_cards() -> None:
    assert bench().pin("tunion") == b"123456"
    assert bench().pin("lnt") == bytes.fromhex("123456")
    assert bench().pin("ecash") is None


def test_with_a_key_file_it_has_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = [
        {"standard": "tunion", "type": "3F", "value": "00" * 16},
        {"standard": "tunion", "type": "3A", "value": "0102"},
    ]
    path.write_text(json.dumps({"keys": keys}), encoding="utf-8")
    own = bench(ring=KeyRing.from_file(str(path)), own=True)
    assert own.can("keys:tunion.load")
    assert own.pin("tunion") == b"\x01\x02"
    assert not own.can("keys:tunion.purchase")
    assert not own.can("keys:lnt.pin")

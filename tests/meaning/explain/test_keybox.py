"""Keys that a try may use: the card's own, and what the published masters give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.independent import fmcos_crypto as second
from ykt_sim.meaning import KeyRing
from ykt_sim.meaning.explain.inputs import Inputs, KeyPath
from ykt_sim.meaning.explain.keybox import KeyBox
from ykt_sim.meaning.explain.search import Search, explain
from ykt_sim.profiles.keys import load_test_keys

OWN = (bytes.fromhex("01011000FFFFFFFF"), bytes.fromhex("5170000000000001"))
OTHER = (OWN[0], bytes.fromhex("5170000000000002"))
MASTER = load_test_keys().masters("tunion")["purchase"]


def divided(*factors: bytes) -> bytes:
    key = MASTER
    for factor in factors:
        key = second.diversify(key, factor)
    return key


class Card:
    """A card of which one key of each role is known, and no master."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def get(self, standard: str, role: str) -> bytes | None:
        return self.key if (standard, role) == ("tunion", "purchase") else None

    def tac(self, standard: str) -> bytes | None:
        del standard
        return None


@pytest.mark.parametrize("factors", [OWN, OTHER, OWN[:1], OWN[1:], ()])
def test_a_card_of_the_published_master_has_a_key_for_any_number(
    factors: tuple[bytes, ...],
) -> None:
    box = KeyBox(Card(divided(*OWN)), {"tunion": OWN})
    assert box.key(KeyPath("tunion", "purchase", factors)) == divided(*factors)


@pytest.mark.parametrize(("factors", "known"), [(OWN, True), (OTHER, False), ((), False)])
def test_a_card_of_an_owners_master_has_its_own_key_alone(
    factors: tuple[bytes, ...], *, known: bool
) -> None:
    box = KeyBox(Card(bytes(range(16))), {"tunion": OWN})
    assert box.key(KeyPath("tunion", "purchase", factors)) == (bytes(range(16)) if known else None)
    assert not box.published(KeyPath("tunion", "purchase", factors))


def test_a_role_that_nobody_published_has_no_master() -> None:
    box = KeyBox(Card(divided(*OWN)), {"tunion": OWN})
    assert box.key(KeyPath("tunion", "no such role", OTHER)) is None


def test_more_levels_than_the_key_file_says_are_named(tmp_path: Path) -> None:
    """Masters of an own directory are divided by the card number alone; somebody took both."""
    path = tmp_path / "k.json"
    key = {"standard": "own", "role": "purchase", "master": MASTER.hex()}
    path.write_text(json.dumps({"keys": [key], "levels": {"own": ["card"]}}), encoding="utf-8")
    under = (("data", bytes(8)),)
    inputs = Inputs("MAC", KeyPath("own", "purchase", OWN), under)
    search = Search(inputs, KeyBox(KeyRing.from_file(str(path)), {"own": OWN}))
    assert search.right == second.mac(divided(OWN[1]), bytes(8))
    found = explain(search, second.mac(divided(*OWN), bytes(8)))
    assert "all-levels" in [one.name for fit in found.fits for one in fit]

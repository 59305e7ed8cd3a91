from __future__ import annotations

import json
from pathlib import Path

import pytest

from ykt_sim.crypto.derive import diversify_chain
from ykt_sim.errors import ProfileError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.keyfile import ROLE_TYPES
from ykt_sim.profiles.keys import load_test_keys

PURCHASE = load_test_keys().masters("tunion")["purchase"]
FACTORS = (bytes.fromhex("02205810FFFFFFFF"), bytes.fromhex("4870300000000017"))


def test_factors_may_be_told() -> None:
    ring = KeyRing()
    ring.know("tunion", *FACTORS)
    assert ring.get("tunion", "purchase") == diversify_chain(PURCHASE, *FACTORS)
    other = KeyRing(test_keys=False)
    other.know("tunion", *FACTORS)
    assert other.get("tunion", "purchase") is None


def test_a_key_file_is_the_owners_word(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    own = bytes(range(16))
    entry = {"standard": "tunion", "type": f"{ROLE_TYPES['purchase']:02x}", "value": own.hex()}
    path.write_text(json.dumps({"keys": [entry, entry | {"value": "00"}, {"type": "EE"}]}))
    ring = KeyRing.from_file(str(path))
    assert ring.get("tunion", "purchase") == own  # the first of two
    ring.know("tunion", *FACTORS)
    assert ring.get("tunion", "load") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("3", "expected a list of keys"),
        ('{"keys": {}}', "expected a list of keys"),
        ("[1]", "key 0"),
        ('[{"type": "3E", "standard": "tunion", "value": "zz"}]', "key 0"),
        ('[{"standard": "tunion"}]', "key 0 lacks 'type'"),
    ],
)
def test_a_damaged_key_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text.replace("3E", f"{ROLE_TYPES['purchase']:02X}"))
    with pytest.raises(ProfileError, match=said):
        KeyRing.from_file(str(path))
    with pytest.raises(ProfileError, match="nowhere"):
        KeyRing.from_file(str(tmp_path / "nowhere"))


def test_another_card_has_other_keys() -> None:
    ring, other = KeyRing(), (FACTORS[0], bytes.fromhex("4870300000000018"))
    for factors in (FACTORS, other, FACTORS):
        ring.know("tunion", *factors)
        assert ring.get("tunion", "purchase") == diversify_chain(PURCHASE, *factors)
    assert ring.get("lnt", "purchase") is None

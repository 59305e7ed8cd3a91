"""The published test keys and how a card's keys come from them."""

from __future__ import annotations

import pytest

from tests.card.reference import complement, ecb
from ykt_sim.errors import ProfileError
from ykt_sim.profiles.keys import ROLES, card_keys, load_test_keys


def test_every_standard_has_every_role_and_no_key_twice() -> None:
    keys = load_test_keys()
    assert set(keys.standards) == {"tunion", "lnt"}
    values = []
    for standard in keys.standards:
        masters = keys.masters(standard)
        assert set(masters) == set(ROLES)
        assert all(len(key) == 16 for key in masters.values())
        values += masters.values()
    assert len(set(values)) == len(values)


def test_test_keys_say_of_themselves_what_they_are() -> None:
    keys = load_test_keys()
    assert "never use them for real cards" in keys.notice
    for standard, short in (("tunion", "TU"), ("lnt", "LN")):
        for role, key in keys.masters(standard).items():
            assert key.isascii(), role
            assert key.decode().startswith(f"YKTTST{short}"), role
    assert (keys.key_index, keys.key_version) == (1, 1)


def test_unknown_standard_tells_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="no test keys for standard 'cu'; known: lnt, tunion"):
        load_test_keys().masters("cu")


def test_two_levels_issuer_then_card() -> None:
    """Each level: 3DES of the factor, then of its complement; 16 bytes."""
    master = load_test_keys().masters("tunion")["purchase"]
    issuer, card = "02205810FFFFFFFF", "4870300000000017"
    level = ecb(master.hex(), issuer + complement(issuer))
    expected = ecb(level, card + complement(card))
    factors = [bytes.fromhex(issuer), bytes.fromhex(card)]
    assert card_keys({"purchase": master}, factors)["purchase"].hex().upper() == expected
    assert card_keys({"purchase": master}, factors[::-1])["purchase"].hex().upper() != expected


def test_one_level_and_none() -> None:
    master = load_test_keys().masters("lnt")["tac"]
    factor = "5100000000000001"
    expected = ecb(master.hex(), factor + complement(factor))
    assert card_keys({"tac": master}, [bytes.fromhex(factor)])["tac"].hex().upper() == expected
    assert card_keys({"tac": master}, []) == {"tac": master}
